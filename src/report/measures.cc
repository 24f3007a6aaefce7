#include "report/measures.h"

#include <fmt/format.h>

#include "report/figures.h"

namespace oneormany::report {
namespace {

/// A dash would look like one more minus.
const char* between(double low) { return low < 0 ? " to " : "–"; }

}  // namespace

std::string format_value(Unit unit, double value) {
  if (unit == Unit::kThreshold) return threshold_text(value);
  if (unit == Unit::kShare) return fmt::format("{:.1f} %", 100 * value);
  if (unit == Unit::kProbability && value < 1 && value >= 0.9995) return ">0.999";
  if (unit == Unit::kProbability && value > 0 && value < 0.0005) return "<0.001";
  return fmt::format("{:.3f}", value);
}

std::string format_interval(Unit unit, double low, double high) {
  if (unit == Unit::kThreshold) {
    return threshold_text(low) + between(low) + threshold_text(high);
  }
  return unit == Unit::kShare ? fmt::format("{:.1f}–{:.1f} %", 100 * low, 100 * high)
                              : fmt::format("{:.3f}–{:.3f}", low, high);
}

std::string format_measured(Unit unit, const evaluate::Measured& m) {
  const auto [value, low, high] = m;
  const bool share = unit == Unit::kShare;
  std::string text = share ? percent_text(value) : format_value(unit, value);
  if (low >= high) return text;
  const auto end = [&](double one) {
    return share ? percent_number(one) : format_value(unit, one);
  };
  return fmt::format("{} ({}{}{})", text, end(low), between(low), end(high));
}

Cell cell_of(Unit unit, const std::optional<evaluate::Measured>& m, bool with_interval) {
  if (!m) return {};
  return {.text = format_value(unit, m->value),
          .interval = m->low < m->high ? format_interval(unit, m->low, m->high) : "",
          .brief = with_interval ? format_measured(unit, *m) : ""};
}

void mark_best(Table& table, std::size_t column, Better better, Unit unit,
               const std::vector<std::optional<evaluate::Measured>>& values) {
  if (better == Better::kNeither) return;
  std::vector<double> known;
  for (const auto& one : values) {
    if (one) known.push_back(one->value);
  }
  if (known.empty()) return;
  auto [worst, best] = std::minmax_element(known.begin(), known.end());
  if (better == Better::kLower) std::swap(worst, best);
  const std::string text = format_value(unit, *best);
  if (text == format_value(unit, *worst)) return;
  for (std::size_t i = 0; i < values.size(); ++i) {
    table.rows[i].cells[column].best = values[i] && format_value(unit, values[i]->value) == text;
  }
}

}  // namespace oneormany::report
