#pragma once
// The measures that the terminal and the page show: their names, what they mean in plain words,
// and how their numbers are written. One list, so that the two say the same.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "evaluate/results.h"

namespace oneormany::report {

enum class Better {
  kHigher,
  kLower,
  kNeither  ///< says what the model is like, not how good; or arms can't be compared by it
};

enum class Unit {
  kShare,        ///< a share of the pictures, written as per cent
  kProbability,  ///< a probability, three decimals; never rounded up to a certainty
  kThreshold,    ///< as threshold_text() writes it
  kNumber        ///< three decimals
};

struct Reading {
  double value = 0;
  std::optional<std::pair<double, double>> ci95 = std::nullopt;
};

struct Measure {
  std::string name;
  std::string meaning = {};  ///< a sentence or two in plain words; empty: the name says it
  bool obvious = false;  ///< few need the meaning: the page gives it, the terminal saves the line
  Unit unit = Unit::kNumber;
  Better better = Better::kNeither;
  bool headline = false;  ///< the figure that the whole comparison is about
  Reading (*read)(const evaluate::ModelResult&) = nullptr;
  bool (*known)(const evaluate::ModelResult&) = nullptr;  ///< whether it may be read; null: always
};

/// The few that tell the arms apart at a glance: in domain, rehearsed and unseen. Only those that
/// some arm has.
std::vector<Measure> brief_measures(const evaluate::Results& comparison);

/// A column of the table of an arm's scores, after their names.
struct ScoreColumn {
  std::string name;
  std::string meaning;
  Unit unit = Unit::kNumber;
  Better better = Better::kNeither;
  std::optional<evaluate::Measured> (*read)(const evaluate::ScoreResult&) = nullptr;
};

/// Only columns that one of the scores has.
std::vector<ScoreColumn> score_columns(const std::vector<const evaluate::ScoreResult*>& scores);

/// The scores that do best in the rehearsal come first; without one they stay in their order.
std::vector<const evaluate::ScoreResult*> best_estimate_first(
    const std::vector<evaluate::ScoreResult>& scores);

/// Measures on pictures of the classes.
std::vector<Measure> in_domain_measures(const evaluate::Results& comparison);

/// Measures on pictures of none of the classes; they may only read arms that have `unseen`.
std::vector<Measure> unseen_measures();

/// "97.2 %", "0.973"; a probability under 1 that rounds to 1 is ">0.999".
std::string format_value(Unit unit, double value);

/// "36.3–46.7 %", "0.931–0.962".
std::string format_interval(Unit unit, const std::pair<double, double>& interval);

/// "7.0 % (3.4–22)", "0.971 (0.952–0.990)", "0.22 (0.16–0.31)"; the value alone where the interval
/// is a point.
std::string format_measured(Unit unit, const evaluate::Measured& measured);

/// Which readings are the best as written (several when they tie). None if there is nothing to
/// choose: a single arm, all the same, or Better::kNeither.
std::vector<bool> best_of(const Measure& measure, const std::vector<Reading>& readings);

}  // namespace oneormany::report
