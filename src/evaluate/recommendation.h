#pragma once
// The model to use, what it will do, and how the other models compare.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/model_result.h"

namespace oneormany::evaluate {

/// What both gates ask of a picture (evaluate/gates.h).
struct AskedOfGates {
  double probability = 0;  ///< the highest of a class
  double nearness = 0;     ///< ood::ScoreKind::kKnn: the negative distance, in −2–0
};

/// Neither unseen pictures nor a test set have a part in the choice; only the fields called
/// `unseen` and `test` are of them.
struct Recommendation {
  std::size_t model = 0;  ///< of Results::models
  ood::ScoreKind score = ood::ScoreKind::kMaxProbability;
  metrics::Aim aim;       ///< what the threshold is for
  Measured threshold;     ///< on the score; where each class has its own, the lowest
  bool reachable = true;  ///< the aim is met on these pictures
  Measured kept;          ///< share of the right predictions that are accepted
  Measured precision;     ///< share of the accepted that are right; background counts as wrong
  Measured answered;      ///< share of the pictures in domain that get a label
  std::optional<Measured> estimate;   ///< expected share of unrelated pictures that get a label
  std::optional<Measured> related{};  ///< the same of related ones (evaluate/related.h)
  std::optional<Measured> unseen;     ///< the truth, where there are unseen pictures
  /// Multi-label: of the pictures that reach `threshold`, each label at its own threshold too
  /// (LabelResult::Tuned), out of fold.
  struct GivenLabels {
    Measured recall;     ///< share of the pictures' labels that are given (micro)
    Measured precision;  ///< share of the labels given that are right (micro)
  };
  std::optional<GivenLabels> labels{};
  /// One class each: what becomes of each class's pictures, out of fold; in the order of
  /// DataSummary::classes. Empty for multi-label.
  struct PerClass {
    Measured recall;  ///< share of its pictures whose most probable class it is
    /// Share of the pictures whose most probable class it is that are its own; none if there are
    /// none.
    std::optional<Measured> precision;
    Measured given;  ///< share of its pictures that get it, at `threshold`
    Measured kept;   ///< per-class acceptance: share of the right predictions of it that pass
    std::optional<Measured> unseen;  ///< share of the unseen pictures that get it
    /// The class that its pictures are most often taken for (of DataSummary::classes), and the
    /// share of them that is; none if all are recognised.
    std::optional<std::size_t> mistaken_for;
    double mistaken = 0;
  };
  std::vector<PerClass> classes{};
  /// On the test set, at the thresholds that were chosen without it.
  struct OnTest {
    Measured kept;                        ///< share of the right predictions that are accepted
    Measured precision;                   ///< share of the accepted that are right
    Measured answered;                    ///< share of its pictures that get a label
    std::optional<GivenLabels> labels{};  ///< as above
    std::vector<PerClass> classes{};      ///< as above; `unseen` is empty
  };
  std::optional<OnTest> test{};
  /// Where the aim is to keep a share of each class's right predictions, a picture gets a label
  /// where the score reaches the threshold of its most probable class. In the order of
  /// DataSummary::classes; empty: there is one threshold for all.
  struct OfClass {
    Measured threshold, kept;
    double right = 0;  ///< right predictions of the class
    std::optional<AskedOfGates> gates{};
  };
  std::vector<OfClass> each_class{};
  std::optional<AskedOfGates> gates{};  ///< of `threshold`, where the score is of both
  /// One class each: what the pictures get at `threshold`, out of fold. Shares of all of them.
  struct Outcome {
    Measured right, wrong;  ///< a label
    Measured none;
  };
  std::optional<Outcome> outcome{};
};

/// A model against the recommended one (or, where there is none, the first), in the same bootstrap
/// replicates.
struct ModelDifference {
  std::size_t model = 0;  ///< of Results::models
  Measured score;         ///< recommended minus model: accuracy; multi-label: macro mAP
  double p = 1;           ///< McNemar's exact test of the right predictions; multi-label: 1
  std::optional<Measured> unseen{};  ///< recommended minus model: share of unseen labelled
  /// Statistically significant: by p < 0.05 and the interval, or (multi-label and unseen) the
  /// interval alone.
  bool score_significant = false, unseen_significant = false;
};

/// Prediction sets (conformal prediction): of a picture like those evaluated, each label that it
/// carries is in its set with a probability of 1 − α. By the recommended model.
struct PredictionSets {
  double alpha = 0.05;
  Measured coverage;  ///< share of the labels that are in their picture's set, out of fold
  struct Sizes {
    Measured empty, one, several;
    double mean = 0;
  };
  Sizes in_domain;
  std::optional<Sizes> background{}, unseen{};
  /// Labels of too few pictures: they are in every set, or in domain in those of some folds.
  std::vector<std::string> without_guarantee{};
};

/// A picture whose label is likely an error: out of fold the recommended model is sure of another.
struct LabelError {
  std::filesystem::path file;
  std::string label;                  ///< its own; empty: a label that it lacks (`prediction`)
  std::string prediction;             ///< the model's; empty: not `label`
  double label_probability = 0;       ///< of its own label, out of fold
  double prediction_probability = 0;  ///< of the prediction; of "not `label`" 1 − its probability
};

/// An unseen picture that was given a label with confidence.
struct FalseAccept {
  std::filesystem::path file;
  struct Prediction {
    std::string label;       ///< the most probable class
    double probability = 0;  ///< mean over the folds' heads
    /// Reaches the recommended threshold, by the mean of that score; of models that aren't
    /// recommended the keeping_95 threshold.
    bool labelled = false;
  };
  std::vector<Prediction> predictions;  ///< one for each model, in the order of Results::models
};

}  // namespace oneormany::evaluate
