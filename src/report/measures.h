#pragma once
// The measures that the terminal and the page show: their names, what they mean in plain words,
// and how their numbers are written. One list, so that the two say the same.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compare/comparison.h"

namespace oneormany {

enum class Better {
  kHigher,
  kLower,
  kNeither  ///< says what the model is like, not how good; or arms can't be compared by it
};

enum class Unit {
  kShare,        ///< a share of the pictures, written as per cent
  kProbability,  ///< a probability, three decimals; never rounded up to a certainty
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
  Reading (*read)(const Arm&) = nullptr;
};

/// Measures on pictures of the classes.
std::vector<Measure> in_domain_measures(const Comparison& comparison);

/// Measures on pictures of none of the classes; they may only read arms that have `unseen`.
std::vector<Measure> unseen_measures();

/// "97.2 %", "0.973"; a probability under 1 that rounds to 1 is ">0.999".
std::string format_value(Unit unit, double value);

/// "36.3–46.7 %", "0.931–0.962".
std::string format_interval(Unit unit, const std::pair<double, double>& interval);

/// Which readings are the best as written (several when they tie). None if there is nothing to
/// choose: a single arm, all the same, or Better::kNeither.
std::vector<bool> best_of(const Measure& measure, const std::vector<Reading>& readings);

/// Throws Error if any number of the comparison is NaN or infinite, and says which.
void require_finite(const Comparison& comparison);

}  // namespace oneormany
