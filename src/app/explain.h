#pragma once
// What becomes of one row of logits, step by step: probabilities, decisions, losses, gradients.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "loss/catalogue.h"

namespace oneormany::app {

struct Question {
  std::vector<double> logits;            ///< at least one, all finite
  std::vector<std::string> names;        ///< of the classes; none: "0", "1", …
  std::optional<std::string> target;     ///< "flag", "flag,person", "1" or "none"
  std::vector<loss::LossChoice> losses;  ///< none: cross-entropy and binary cross-entropy
  double threshold = 0.9;                ///< 0 to 1
  std::size_t row = 1, rows = 1;         ///< where the logits stood
  std::string note;                      ///< what looks odd about how they were written, or nothing
};

/// What one can say of a row's probabilities.
struct Spread {
  std::vector<double> values;
  double sum = 0;
};

/// Which classes a rule says yes to.
struct Decision {
  std::optional<double> above;  ///< those with a probability above this; nothing: the largest alone
  std::vector<std::size_t> softmax, sigmoid;
};

/// Probabilities of logits that were changed.
struct Change {
  double by = 0;
  Spread softmax, sigmoid;
};

struct LossStep {
  loss::LossChoice choice;
  std::string why_not;  ///< why it has no value for this target, or nothing; the rest is empty then
  double value = 0;     ///< of the picture: the sum
  double mean = 0;      ///< as the loss defines it
  std::vector<double> per_class;  ///< of each class, if the value is their sum
  std::vector<double> targets;    ///< as the loss takes them: with label smoothing
  std::vector<double> probabilities, gradient;
  std::string note;  ///< why the value says little here, or nothing
};

struct Explanation {
  std::size_t row = 1, rows = 1;
  std::vector<double> logits;
  std::vector<std::string> names;
  bool shifted = false;              ///< e^z itself is too large or too small for a 32-bit float
  Spread exp;                        ///< e^z, or e^(z - max) if shifted
  std::optional<Spread> normalised;  ///< z / sum of z, if no logit is negative
  Spread softmax, sigmoid;
  double threshold = 0.9;
  std::vector<Decision> decisions;  ///< the largest; above 0.5; above the threshold
  std::size_t raised_class = 0;     ///< the target's first, or the largest
  Change raised;                    ///< its logit + 1
  std::optional<Change> lowered;    ///< every logit lower, so that nothing fits; if one did fit
  std::optional<std::vector<std::size_t>> target;
  std::vector<LossStep> losses;    ///< if there is a target
  std::vector<std::string> notes;  ///< what looks odd, in plain words
};

/// Without blanks before and after it.
std::string trimmed(const std::string& text);

/// Throws UsageError if names and logits differ in number, names repeat, or the target is none of
/// them.
Explanation explain(const Question& question);

}  // namespace oneormany::app
