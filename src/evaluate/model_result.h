#pragma once
// What was measured of one model. Shares and measures are in 0–1, intervals are 95 %.

#include <optional>
#include <string>
#include <vector>

#include "head/head.h"
#include "loss/activation.h"
#include "loss/catalogue.h"
#include "metrics/aim.h"
#include "metrics/calibration.h"
#include "metrics/reliability.h"
#include "ood/scores.h"

namespace oneormany::evaluate {

struct Summary {
  double min = 0, mean = 0, median = 0, max = 0;
};

/// A proportion or measure in 0–1 with its 95 % interval (bootstrap over pictures, duplicates
/// together).
struct Measured {
  double value = 0;
  double low = 0, high = 0;
};

/// One label of a multi-label problem.
struct LabelResult {
  std::string name;
  std::size_t count = 0;  ///< pictures that carry it; 0: nothing below is defined
  Measured average_precision;
  double f1 = 0;  ///< at 0.5
  struct Tuned {
    double f1 = 0;           ///< each picture at the threshold that the other folds chose
    Measured threshold;      ///< chosen on all folds, the one to use; interval over replicates
    bool reachable = false;  ///< the aim is met on these pictures
    Measured kept;           ///< share of the label's pictures that get it (recall)
    Measured precision;      ///< share of the pictures that get it that carry it
  };
  std::optional<Tuned> tuned;  ///< none where the folds aren't known
  double ece = 0;
  std::vector<metrics::ReliabilityBin> reliability;
};

/// Label by label, at 0.5 and at a threshold of its own for each label.
struct LabelResults {
  Measured macro_map;  ///< over the labels that pictures carry
  Measured micro_map;
  Measured micro_f1;  ///< at 0.5
  struct Tuned {
    Measured macro_f1, micro_f1;
    metrics::Aim aim{.kind = metrics::Aim::Kind::kF1};  ///< what the thresholds are for
  };
  std::optional<Tuned> tuned;
  std::vector<LabelResult> each;  ///< in the order of DataSummary::classes
};

/// On pictures of the classes, each predicted by heads that didn't see it (out of fold).
struct InDomain {
  /// The most probable class is the right one; multi-label: exact match at 0.5.
  Measured accuracy;
  Measured macro_f1;
  /// Softmax: cross-entropy; sigmoid: binary cross-entropy, mean over the labels. Of the logits:
  /// nothing is clipped, where scikit-learn takes no probability below 2⁻⁵².
  double log_loss = 0;
  double brier = 0;  ///< summed over classes, averaged over pictures
  double ece = 0;    ///< 15 equal-width bins
  double map = 0;    ///< mean average precision over classes
  Summary max_probability;
  Summary sum_of_probabilities;
  std::optional<LabelResults> labels{};  ///< where pictures carry none or several labels
};

/// On pictures of none of the classes, which had no part in any choice.
struct UnseenResult {
  Summary max_probability;
  Summary sum_of_probabilities;
  Measured at_argmax, at_05, at_09;  ///< share that gets a label
  Measured keeping_95;   ///< the same at the threshold that keeps 95 % of right predictions
  double threshold = 0;  ///< that threshold, chosen in domain alone
  Measured auroc;        ///< in domain against unseen, by the highest probability
  Measured fpr95;        ///< share of unseen above the score that 95 % of in-domain reach
};

/// How well one OOD score parts pictures of the classes from all others.
struct ScoreResult {
  ood::ScoreKind kind = ood::ScoreKind::kMaxProbability;
  /// Chosen in domain alone: keeps the aim's share of right predictions, or 95 %. Where each class
  /// has its own, the lowest.
  double threshold = 0;
  /// Expected false accepts: share of background pictures that get a label, each predicted by a
  /// head from which its whole cluster was held out, at the threshold of the same heads. Scores and
  /// models are chosen by it. None without background.
  std::optional<Measured> estimate;
  /// On the unseen pictures, which had no part in any choice. None without them.
  std::optional<Measured> labelled, auroc, fpr95;
  /// As the estimate, of related pictures: of the user's own source and style, but of other classes
  /// (evaluate/related.h). None where classes can't be hidden.
  std::optional<Measured> related{};
};

/// Whether probabilities mean what they say, before and after calibration (out of fold).
struct CalibrationResult {
  struct Method {
    metrics::CalibrationMethod method = metrics::CalibrationMethod::kNone;
    double log_loss = 0;  ///< out of fold
    Measured ece;
  };
  std::vector<Method> methods;  ///< from simple to flexible; the first is kNone
  /// By log-loss: the simplest within one standard error of the best.
  metrics::CalibrationMethod chosen = metrics::CalibrationMethod::kNone;
  bool ece_falls = false;  ///< from kNone to the chosen one, statistically significant (paired)
  /// Of the most probable class; multi-label: of all decisions.
  std::vector<metrics::ReliabilityBin> before, after;
};

/// One model of those compared.
struct ModelResult {
  /// "classes", "labels+background", "labels:zlpr", "classes (mlp)"; the name of a file of logits
  std::string name;
  loss::LossChoice loss;  ///< of logits from elsewhere the one that log_loss is of
  loss::Activation activation = loss::Activation::kSoftmax;
  std::optional<head::HeadKind> head = head::HeadKind::kLinear;  ///< none: not known, of logits
  bool background = false;  ///< trained on background pictures too
  InDomain in_domain;
  /// On the test set, where there is one: each picture by the heads of all folds, so that figures
  /// are means over these heads.
  std::optional<InDomain> test{};
  std::optional<UnseenResult> unseen;
  std::vector<ScoreResult> scores{};  ///< kMaxProbability first
  std::size_t used = 0;               ///< of `scores` the one to use the model with (select())
  std::optional<CalibrationResult> calibration{};
  /// Highest probability of a class, picture by picture, for the charts.
  std::vector<double> in_domain_max, unseen_max;
};

struct UntrainedModel {
  std::string name;
  std::string why;  ///< plain words, and the cure
};

}  // namespace oneormany::evaluate
