#pragma once
// Tables of measures: their names, what they mean in plain words, how their numbers are written.

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/results.h"
#include "report/document.h"

namespace oneormany::report {

enum class Better {
  kHigher,
  kLower,
  kNeither  ///< says what the model is like, not how good; or models can't be compared by it
};

enum class Unit {
  kShare,        ///< a share of the pictures, written as per cent
  kProbability,  ///< a probability, three decimals; never rounded up to a certainty
  kThreshold,    ///< as threshold_text() writes it
  kNumber        ///< three decimals
};

/// A measure of models, scores, classes or labels: a column of a table.
template <typename Thing>
struct Measure {
  std::string name;
  std::string meaning = {};
  Unit unit = Unit::kNumber;
  Better better = Better::kNeither;
  bool headline = false;
  bool with_interval = false;  ///< in a terminal too
  Level level = Level::kBrief;
  std::function<std::optional<evaluate::Measured>(const Thing&)> read;  ///< low = high: a point
};

/// A figure without an interval.
inline evaluate::Measured point(double value) { return {value, value, value}; }

/// "97.2 %", "0.973"; a probability under 1 that rounds to 1 is ">0.999".
std::string format_value(Unit unit, double value);

/// "36.3–46.7 %", "0.931–0.962".
std::string format_interval(Unit unit, double low, double high);

/// "7 % (3–22)", "0.971 (0.952–0.990)", "0.22 (0.16–0.31)"; the value alone where the interval is a
/// point.
std::string format_measured(Unit unit, const evaluate::Measured& measured);

Cell cell_of(Unit unit, const std::optional<evaluate::Measured>& measured, bool with_interval);

/// Marks the cells that are the best as written (several when they tie). None if there is nothing
/// to choose: a single value, all the same, or Better::kNeither. values: of the rows.
void mark_best(Table& table, std::size_t column, Better better, Unit unit,
               const std::vector<std::optional<evaluate::Measured>>& values);

/// A row for each thing, without its name, and a column for each measure that one of them has.
template <typename Thing>
Table table_of(const std::vector<Measure<Thing>>& measures,
               const std::vector<const Thing*>& things) {
  Table table;
  table.rows.resize(things.size());
  for (const Measure<Thing>& measure : measures) {
    std::vector<std::optional<evaluate::Measured>> values;
    for (const Thing* thing : things) values.push_back(measure.read(*thing));
    if (std::none_of(values.begin(), values.end(), [](const auto& one) { return bool(one); })) {
      continue;
    }
    table.columns.push_back({.name = measure.name,
                             .meaning = measure.meaning,
                             .headline = measure.headline,
                             .level = measure.level});
    for (std::size_t i = 0; i < things.size(); ++i) {
      table.rows[i].cells.push_back(cell_of(measure.unit, values[i], measure.with_interval));
    }
    mark_best(table, table.columns.size() - 1, measure.better, measure.unit, values);
  }
  return table;
}

}  // namespace oneormany::report
