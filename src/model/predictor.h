#pragma once
// Features to labels.

#include <memory>
#include <vector>

#include "evaluate/gates.h"
#include "model/model.h"

namespace oneormany::model {

/// What is said of a picture.
struct Prediction {
  int best = 0;             ///< the most probable class
  std::vector<int> labels;  ///< rising; empty: none of these
  Vector probabilities;     ///< calibrated, of the classes; a class "none" is left out
  double score = 0;         ///< how much it looks like one of the classes
  double threshold = 0;     ///< that the score has to reach
  Vector logits;            ///< as the head gives them
};

/// Safe to use from several threads.
class Predictor {
 public:
  /// Throws Error if its score can't be fitted.
  explicit Predictor(Model model);

  /// But for the rows of the score, which are elsewhere now.
  const Model& model() const { return model_; }

  /// features: rows × Input::features. Of each row what is said of it; rows don't depend on each
  /// other. Throws Error if a probability is not a number.
  std::vector<Prediction> predict(const MatrixF& features) const;

  /// For evaluation: the scores that the rule's is made of, after kMaxProbability, which is always
  /// the first. logits: of the features.
  std::vector<ood::ScoreKind> score_kinds() const;
  std::vector<Vector> scores_of(const MatrixF& features, const Matrix& logits) const;

 private:
  Model model_;
  std::shared_ptr<const ood::FeatureRows> rows_, background_;
  std::vector<std::shared_ptr<const ood::Score>> scores_;  // of score_kinds()
  std::optional<evaluate::BothGates> gates_;
};

}  // namespace oneormany::model
