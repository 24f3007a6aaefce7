#include "app/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <set>

#include "base/error.h"
#include "base/nearest.h"
#include "base/printable.h"
#include "loss/activation.h"

namespace oneormany::app {
namespace {

// Beyond these e^z is no 32-bit float, which is what models compute with.
constexpr double kLargest = 88, kSmallest = -87;
// A sigmoid of at most 0.05: nothing fits.
constexpr double kNothing = -3;

using Labels = std::vector<std::size_t>;

Spread spread_of(std::vector<double> values) {
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  return {std::move(values), sum};
}

Spread softmax_of(std::vector<double> z) {
  loss::softmax(z);
  return spread_of(std::move(z));
}

Spread sigmoid_of(std::vector<double> z) {
  loss::sigmoid(z);
  return spread_of(std::move(z));
}

std::size_t largest_of(const std::vector<double>& values) {
  return static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

std::vector<std::string> names_of(const Question& question) {
  std::vector<std::string> names = question.names;
  for (std::size_t i = 0; question.names.empty() && i < question.logits.size(); ++i) {
    names.push_back(std::to_string(i));
  }
  if (names.size() != question.logits.size()) {
    throw UsageError(fmt::format("--names: {} for {}", base::counted(names.size(), "name"),
                                 base::counted(question.logits.size(), "logit")));
  }
  std::set<std::string_view> seen;
  for (const std::string& name : names) {
    if (name.empty()) throw UsageError("--names: a name is empty");
    if (!seen.insert(name).second) throw UsageError("--names: '" + name + "' is there twice");
  }
  return names;
}

std::size_t label_of(const std::string& text, const std::vector<std::string>& names) {
  const auto found = std::find(names.begin(), names.end(), text);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  long long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (!text.empty() && error == std::errc() && end == text.data() + text.size()) {
    if (number >= 0 && static_cast<std::size_t>(number) < names.size()) {
      return static_cast<std::size_t>(number);
    }
    throw UsageError(fmt::format("--target {}: there {} {}, counted from 0", number,
                                 names.size() == 1 ? "is" : "are",
                                 base::counted(names.size(), "class", "classes")));
  }
  const auto near = base::nearest(text, names);
  throw UsageError(fmt::format("--target: no class is called '{}'{}", text,
                               near              ? ": did you mean " + *near + "?"
                               : names[0] == "0" ? " (name them with --names)"
                                                 : ""));
}

Labels target_of(const std::string& text, const std::vector<std::string>& names) {
  const bool none_stands_alone = std::find(names.begin(), names.end(), "none") == names.end();
  if (none_stands_alone && trimmed(text) == "none") return {};
  Labels labels;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string label = trimmed(text.substr(at, end - at));
    if (label.empty()) throw UsageError("--target: name a class, several as in a,b, or none");
    if (none_stands_alone && label == "none") {
      throw UsageError("--target " + text + ": none stands alone; leave it out, or the others");
    }
    labels.push_back(label_of(label, names));
    at = end + 1;
  }
  std::sort(labels.begin(), labels.end());
  if (std::adjacent_find(labels.begin(), labels.end()) != labels.end()) {
    throw UsageError("--target " + text + ": a class is there twice");
  }
  return labels;
}

Labels above(const std::vector<double>& probabilities, double threshold) {
  Labels labels;
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    if (probabilities[i] > threshold) labels.push_back(i);
  }
  return labels;
}

Change change(std::vector<double> z, double by, std::optional<std::size_t> only) {
  for (std::size_t i = 0; i < z.size(); ++i) z[i] += !only || *only == i ? by : 0;
  return {by, softmax_of(z), sigmoid_of(z)};
}

std::string wrong_target(const loss::LossChoice& choice, std::size_t labels) {
  if (choice.info->targets != loss::TargetKind::kClass || labels == 1) return "";
  return fmt::format(
      "{}'s targets must sum to 1, as softmax does, and {}: exactly one class is right. Label "
      "losses such as bce_with_logits take any target.",
      choice.info->name,
      labels == 0 ? "a target of none sums to 0"
                  : fmt::format("a target of {} labels sums to {}", labels, labels));
}

// What a loss with label smoothing makes of its targets.
std::vector<double> smoothed(const loss::LossChoice& choice, std::vector<double> y) {
  const auto found = choice.parameters.find("label_smoothing");
  if (found == choice.parameters.end() || found->second == 0) return y;
  const double shares =
      choice.info->targets == loss::TargetKind::kClass ? static_cast<double>(y.size()) : 2;
  for (double& one : y) one = (1 - found->second) * one + found->second / shares;
  return y;
}

LossStep loss_step(const loss::LossChoice& choice, const std::vector<double>& logits,
                   const Labels& target) {
  LossStep step;
  step.choice = choice;
  step.why_not = wrong_target(choice, target.size());
  if (!step.why_not.empty()) return step;
  const auto columns = static_cast<std::int64_t>(logits.size());
  std::vector<double> y(logits.size(), 0.0);
  for (const std::size_t label : target) y[label] = 1;
  // There are no pictures to count: every class is as frequent as not.
  const auto loss = choice.make({2, std::vector<double>(logits.size(), 1.0)});
  std::vector<double> values(static_cast<std::size_t>(loss->values_size(1, columns)));
  step.gradient.resize(logits.size());
  loss::Batch<double> batch{.logits = logits.data(),
                            .rows = 1,
                            .columns = columns,
                            .targets = y.data(),
                            .gradient = step.gradient.data(),
                            .values = values.data()};
  try {
    step.value = loss->evaluate(batch, loss::Reduction::kNone, 1);
    batch.gradient = batch.values = nullptr;
    step.mean = loss->evaluate(batch, loss::Reduction::kMean, 1);
  } catch (const Error& error) {
    step.why_not = error.what();
    step.gradient.clear();
    return step;
  }
  // A loss with a value for each logit, not one for the row
  if (loss->values_size(3, columns) == 3 * columns && columns > 1) step.per_class = values;
  step.probabilities = logits;
  loss::activate(loss->activation(), step.probabilities.data(), 1, columns);
  step.targets = smoothed(choice, std::move(y));
  if (choice.info->name == "two_way" && (target.empty() || target.size() == logits.size())) {
    step.note = fmt::format(
        "0, whatever the logits: a row with no {} label has no term, and no column has one while "
        "this row is alone.",
        target.empty() ? "present" : "absent");
  }
  return step;
}

std::vector<std::string> notes_of(const std::vector<double>& z) {
  std::vector<std::string> notes;
  const auto [low, high] = std::minmax_element(z.begin(), z.end());
  const double sum = std::accumulate(z.begin(), z.end(), 0.0);
  if (z.size() == 1) {
    notes.push_back(
        "One logit alone: softmax can only say 1, whatever it is. Sigmoid fits: it answers yes or "
        "no, as softmax over z and 0 would.");
  } else if (*low >= 0 && *high <= 1 && std::abs(sum - 1) < 1e-3) {
    notes.push_back(
        "These numbers lie between 0 and 1 and sum to 1: are they probabilities already? Logits "
        "are what a model gives before softmax; its probabilities, taken for logits, come out far "
        "too even.");
  }
  return notes;
}

}  // namespace

std::string trimmed(const std::string& text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

Explanation explain(const Question& question) {
  const std::vector<double>& z = question.logits;
  Explanation found;
  found.row = question.row;
  found.rows = question.rows;
  found.logits = z;
  found.names = names_of(question);
  found.threshold = question.threshold;
  if (question.target) found.target = target_of(*question.target, found.names);

  const std::size_t largest = largest_of(z);
  found.shifted = z[largest] > kLargest || z[largest] < kSmallest;
  std::vector<double> exp = z;
  for (double& one : exp) one = std::exp(found.shifted ? one - z[largest] : one);
  found.exp = spread_of(std::move(exp));
  const Spread sum = spread_of(z);
  if (z.size() > 1 && *std::min_element(z.begin(), z.end()) >= 0 && sum.sum > 0) {
    std::vector<double> shares = z;
    for (double& one : shares) one /= sum.sum;
    found.normalised = spread_of(std::move(shares));
  }
  found.softmax = softmax_of(z);
  found.sigmoid = sigmoid_of(z);

  found.decisions.push_back({{}, {largest}, {largest}});
  std::set<double> thresholds{0.5, question.threshold};
  for (const double threshold : thresholds) {
    found.decisions.push_back({threshold, above(found.softmax.values, threshold),
                               above(found.sigmoid.values, threshold)});
  }

  found.raised_class = found.target && !found.target->empty() ? found.target->front() : largest;
  found.raised = change(z, 1, found.raised_class);
  if (z[largest] > kNothing) {
    found.lowered = change(z, std::floor(kNothing - z[largest]), std::nullopt);
  }

  std::vector<loss::LossChoice> selection = question.losses;
  if (selection.empty())
    selection = {loss::parse_loss("cross_entropy"), loss::parse_loss("bce_with_logits")};
  for (const loss::LossChoice& choice : selection) {
    if (found.target) found.losses.push_back(loss_step(choice, z, *found.target));
  }
  found.notes = notes_of(z);
  if (!question.note.empty()) found.notes.insert(found.notes.begin(), question.note);
  return found;
}

}  // namespace oneormany::app
