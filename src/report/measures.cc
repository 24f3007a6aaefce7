#include "report/measures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/figures.h"

namespace oneormany::report {
namespace {

/// A dash would look like one more minus.
const char* between(double low) { return low < 0 ? " to " : "–"; }

Reading with_interval(const evaluate::Measured& measured) {
  return {measured.value, std::pair(measured.low, measured.high)};
}

bool has_one_label_each(const evaluate::Results& comparison) {
  return std::all_of(comparison.data.labels_per_picture.begin(),
                     comparison.data.labels_per_picture.end(),
                     [](const auto& entry) { return entry.first == 1 || entry.second == 0; });
}

bool all_models(const evaluate::Results& comparison, bool (*have)(const evaluate::InDomain&)) {
  return !comparison.models.empty() &&
         std::all_of(comparison.models.begin(), comparison.models.end(),
                     [&](const evaluate::ModelResult& model) { return have(model.in_domain); });
}

/// For data with none, one or many labels a picture.
std::vector<Measure> f1_measures(bool tuned) {
  std::vector<Measure> measures{
      {.name = "micro F1",
       .meaning = "the same over all decisions together: frequent labels count more",
       .obvious = true,
       .better = Better::kHigher,
       .read =
           [](const evaluate::ModelResult& model) {
             return with_interval(model.in_domain.labels->micro_f1);
           }},
      {.name = "macro F1, tuned",
       .meaning = "each label at a threshold of its own, chosen on other folds than the one it is "
                  "judged on",
       .better = Better::kHigher,
       .read =
           [](const evaluate::ModelResult& model) {
             return with_interval(model.in_domain.labels->tuned->macro_f1);
           }},
      {.name = "micro F1, tuned",
       .better = Better::kHigher,
       .read =
           [](const evaluate::ModelResult& model) {
             return with_interval(model.in_domain.labels->tuned->micro_f1);
           }},
  };
  if (!tuned) measures.resize(1);
  return measures;
}

Measure micro_average_precision() {
  return {.name = "micro average precision",
          .meaning = "how well all answers, of every label together, are ranked",
          .obvious = true,
          .better = Better::kHigher,
          .read = [](const evaluate::ModelResult& model) {
            return with_interval(model.in_domain.labels->micro_map);
          }};
}

Reading mean_average_precision(const evaluate::ModelResult& model) {
  const evaluate::InDomain& in = model.in_domain;
  return in.labels ? with_interval(in.labels->macro_map) : Reading{in.map};
}

}  // namespace

std::vector<Measure> in_domain_measures(const evaluate::Results& comparison) {
  const bool one_each = has_one_label_each(comparison);
  std::vector<Measure> measures{
      {.name = one_each ? "accuracy" : "exact match",
       .meaning = one_each ? "share of the pictures whose most probable class is the right one"
                           : "share of the pictures whose labels at 0.5 are exactly the right ones",
       .obvious = true,
       .unit = Unit::kShare,
       .better = Better::kHigher,
       .read =
           [](const evaluate::ModelResult& model) {
             return with_interval(model.in_domain.accuracy);
           }},
      {.name = "macro F1",
       .meaning = one_each ? "precision and recall in one number, every class counting the same"
                           : "precision and recall at 0.5 in one number, every label counting the "
                             "same",
       .obvious = true,
       .better = Better::kHigher,
       .read =
           [](const evaluate::ModelResult& model) {
             return with_interval(model.in_domain.macro_f1);
           }},
      {.name = "mean average precision",
       .meaning = "how well each class ranks its own pictures above the others",
       .obvious = true,
       .better = Better::kHigher,
       .read = mean_average_precision},
      {.name = "log-loss",
       .meaning =
           "softmax: over the classes; sigmoid: mean over the labels. Compare it only among arms "
           "of one kind",
       .read =
           [](const evaluate::ModelResult& model) { return Reading{model.in_domain.log_loss}; }},
      {.name = "Brier score",
       .meaning = "squared distance of the probabilities from the truth; 0 is perfect",
       .obvious = true,
       .better = Better::kLower,
       .read = [](const evaluate::ModelResult& model) { return Reading{model.in_domain.brier}; }},
      {.name = "ECE",
       .meaning = "expected calibration error: how far probabilities are from how often they are "
                  "right; 0 is perfect",
       .better = Better::kLower,
       .read = [](const evaluate::ModelResult& model) { return Reading{model.in_domain.ece}; }},
      {.name = "highest probability, mean",
       .meaning = "how sure the model is of its most probable class",
       .obvious = true,
       .unit = Unit::kProbability,
       .read =
           [](const evaluate::ModelResult& model) {
             return Reading{model.in_domain.max_probability.mean};
           }},
      {.name = "sum of probabilities, min",
       .meaning =
           "what all classes get together: always 1 with softmax, less if \"none\" takes its "
           "part, anything with sigmoid",
       .read =
           [](const evaluate::ModelResult& model) {
             return Reading{model.in_domain.sum_of_probabilities.min};
           }},
      {.name = "sum of probabilities, max",
       .read =
           [](const evaluate::ModelResult& model) {
             return Reading{model.in_domain.sum_of_probabilities.max};
           }},
  };
  if (all_models(comparison, [](const evaluate::InDomain& in) { return in.labels.has_value(); })) {
    const auto f1 = f1_measures(all_models(
        comparison, [](const evaluate::InDomain& in) { return in.labels->tuned.has_value(); }));
    constexpr int kAfterMacroF1 = 2, kAfterMap = 3;
    measures.insert(measures.begin() + kAfterMap, micro_average_precision());
    measures.insert(measures.begin() + kAfterMacroF1, f1.begin(), f1.end());
  }
  return measures;
}

std::vector<Measure> unseen_measures() {
  return {
      {.name = "highest probability, min",
       .meaning = "how sure the model is of a class, although none is right",
       .obvious = true,
       .unit = Unit::kProbability,
       .read =
           [](const evaluate::ModelResult& model) {
             return Reading{model.unseen->max_probability.min};
           }},
      {.name = "highest probability, median",
       .unit = Unit::kProbability,
       .better = Better::kLower,
       .read =
           [](const evaluate::ModelResult& model) {
             return Reading{model.unseen->max_probability.median};
           }},
      {.name = "highest probability, max",
       .unit = Unit::kProbability,
       .read =
           [](const evaluate::ModelResult& model) {
             return Reading{model.unseen->max_probability.max};
           }},
      {.name = "labelled at argmax",
       .meaning = "share of the unseen pictures that get a label when the most probable answer is "
                  "always taken",
       .unit = Unit::kShare,
       .better = Better::kLower,
       .read =
           [](const evaluate::ModelResult& model) {
             return with_interval(model.unseen->at_argmax);
           }},
      {.name = "labelled at 0.5",
       .meaning = "the same when a label needs a probability of 0.5",
       .obvious = true,
       .unit = Unit::kShare,
       .better = Better::kLower,
       .read =
           [](const evaluate::ModelResult& model) { return with_interval(model.unseen->at_05); }},
      {.name = "labelled at 0.9",
       .unit = Unit::kShare,
       .better = Better::kLower,
       .read =
           [](const evaluate::ModelResult& model) { return with_interval(model.unseen->at_09); }},
      {.name = "labelled keeping 95 %",
       .meaning = "the same at the threshold that keeps 95 % of the right answers in domain: the "
                  "figure to compare",
       .unit = Unit::kShare,
       .better = Better::kLower,
       .headline = true,
       .read =
           [](const evaluate::ModelResult& model) {
             return with_interval(model.unseen->keeping_95);
           }},
      {.name = "threshold keeping 95 %",
       .meaning = "chosen on pictures of the classes alone",
       .obvious = true,
       .unit = Unit::kThreshold,
       .read = [](const evaluate::ModelResult& model) { return Reading{model.unseen->threshold}; }},
      {.name = "AUROC",
       .meaning = "how often a picture of the classes gets a higher probability than an unseen "
                  "one; 0.5 is chance, 1 is perfect",
       .better = Better::kHigher,
       .read =
           [](const evaluate::ModelResult& model) { return with_interval(model.unseen->auroc); }},
      {.name = "FPR95",
       .meaning = "share of the unseen pictures above the probability that 95 % of the pictures of "
                  "the classes reach, right or not",
       .unit = Unit::kShare,
       .better = Better::kLower,
       .read =
           [](const evaluate::ModelResult& model) { return with_interval(model.unseen->fpr95); }},
  };
}

std::vector<Measure> brief_measures(const evaluate::Results& comparison) {
  const auto in_domain = in_domain_measures(comparison);
  const auto take = [&](const std::string& name, const std::string& shown) {
    const auto found = std::find_if(in_domain.begin(), in_domain.end(),
                                    [&](const Measure& one) { return one.name == name; });
    if (found == in_domain.end()) return std::vector<Measure>{};
    Measure measure = *found;
    measure.name = shown;
    return std::vector{measure};
  };
  std::vector<Measure> measures;
  const auto add = [&](const std::vector<Measure>& more) {
    measures.insert(measures.end(), more.begin(), more.end());
  };
  if (all_models(comparison, [](const evaluate::InDomain& in) { return in.labels.has_value(); })) {
    add(take("mean average precision", "macro mAP"));
    const auto tuned = take("macro F1, tuned", "macro F1, tuned");
    add(tuned.empty() ? take("macro F1", "macro F1") : tuned);
  } else {
    add(take("accuracy", "accuracy"));
    add(take("exact match", "exact match"));
    add(take("ECE", "ECE"));
  }
  const std::vector<Measure> others{
      {.name = "expected (rehearsed)",
       .unit = Unit::kShare,
       .better = Better::kLower,
       .read =
           [](const evaluate::ModelResult& model) {
             return with_interval(*model.scores[0].estimate);
           },
       .known =
           [](const evaluate::ModelResult& model) {
             return !model.scores.empty() && model.scores[0].estimate;
           }},
      {.name = "unseen labelled",
       .unit = Unit::kShare,
       .better = Better::kLower,
       .headline = true,
       .read =
           [](const evaluate::ModelResult& model) {
             const bool scored = !model.scores.empty() && model.scores[0].labelled;
             return with_interval(scored ? *model.scores[0].labelled : model.unseen->keeping_95);
           },
       .known = [](const evaluate::ModelResult& model) { return model.unseen.has_value(); }},
      {.name = "AUROC",
       .better = Better::kHigher,
       .read =
           [](const evaluate::ModelResult& model) { return Reading{model.unseen->auroc.value}; },
       .known = [](const evaluate::ModelResult& model) { return model.unseen.has_value(); }},
  };
  for (const Measure& measure : others) {
    if (std::any_of(comparison.models.begin(), comparison.models.end(), measure.known)) {
      measures.push_back(measure);
    }
  }
  return measures;
}

std::vector<ScoreColumn> score_columns(const std::vector<const evaluate::ScoreResult*>& scores) {
  const std::vector<ScoreColumn> all{
      {"threshold", "chosen on pictures of the classes alone", Unit::kThreshold, Better::kNeither,
       [](const evaluate::ScoreResult& score) {
         return std::optional(
             evaluate::Measured{score.threshold, score.threshold, score.threshold});
       }},
      {"expected (rehearsed)",
       "share of background pictures that get a label from heads which their kind was hidden from",
       Unit::kShare, Better::kLower,
       [](const evaluate::ScoreResult& score) { return score.estimate; }},
      {"unseen labelled", "the truth: share of the unseen pictures that get a label", Unit::kShare,
       Better::kLower, [](const evaluate::ScoreResult& score) { return score.labelled; }},
      {"AUROC",
       "how often a picture of the classes scores higher than an unseen one; 0.5 is chance",
       Unit::kNumber, Better::kHigher,
       [](const evaluate::ScoreResult& score) { return score.auroc; }},
      {"FPR95",
       "share of the unseen pictures above the score that 95 % of the pictures of the classes "
       "reach",
       Unit::kShare, Better::kLower,
       [](const evaluate::ScoreResult& score) { return score.fpr95; }},
  };
  std::vector<ScoreColumn> columns;
  std::copy_if(all.begin(), all.end(), std::back_inserter(columns), [&](const ScoreColumn& one) {
    return std::any_of(scores.begin(), scores.end(), [&](const evaluate::ScoreResult* score) {
      return one.read(*score).has_value();
    });
  });
  return columns;
}

std::vector<const evaluate::ScoreResult*> best_estimate_first(
    const std::vector<evaluate::ScoreResult>& scores) {
  std::vector<const evaluate::ScoreResult*> order;
  for (const evaluate::ScoreResult& score : scores) order.push_back(&score);
  const auto rank = [](const evaluate::ScoreResult* score) {
    return std::pair(!score->estimate, score->estimate ? score->estimate->value : 0);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](const auto* a, const auto* b) { return rank(a) < rank(b); });
  return order;
}

std::string format_value(Unit unit, double value) {
  if (unit == Unit::kThreshold) return threshold_text(value);
  if (unit == Unit::kShare) return fmt::format("{:.1f} %", 100 * value);
  if (unit == Unit::kProbability && value < 1 && value >= 0.9995) return ">0.999";
  if (unit == Unit::kProbability && value > 0 && value < 0.0005) return "<0.001";
  return fmt::format("{:.3f}", value);
}

std::string format_interval(Unit unit, const std::pair<double, double>& interval) {
  const auto [low, high] = interval;
  if (unit == Unit::kThreshold) {
    return threshold_text(low) + between(low) + threshold_text(high);
  }
  return unit == Unit::kShare ? fmt::format("{:.1f}–{:.1f} %", 100 * low, 100 * high)
                              : fmt::format("{:.3f}–{:.3f}", low, high);
}

std::string format_measured(Unit unit, const evaluate::Measured& m) {
  const auto [value, low, high] = m;
  const bool share = unit == Unit::kShare;
  const std::string text = share ? percent_text(value) : format_value(unit, value);
  if (low >= high) return text;
  const auto end = [&](double one) {
    if (!share) return format_value(unit, one);
    const std::string percent = percent_text(one);
    return percent.substr(0, percent.size() - 2);
  };
  return fmt::format("{} ({}{}{})", text, end(low), between(low), end(high));
}

std::vector<bool> best_of(const Measure& measure, const std::vector<Reading>& readings) {
  std::vector<bool> best(readings.size(), false);
  if (measure.better == Better::kNeither || readings.empty()) return best;
  const auto [lowest, highest] =
      std::minmax_element(readings.begin(), readings.end(),
                          [](const Reading& a, const Reading& b) { return a.value < b.value; });
  const std::string worst =
      format_value(measure.unit, (measure.better == Better::kLower ? *highest : *lowest).value);
  const std::string top =
      format_value(measure.unit, (measure.better == Better::kLower ? *lowest : *highest).value);
  if (top == worst) return best;
  for (std::size_t i = 0; i < readings.size(); ++i) {
    best[i] = format_value(measure.unit, readings[i].value) == top;
  }
  return best;
}

}  // namespace oneormany::report
