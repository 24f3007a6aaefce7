#pragma once
// The small network on the backbone's features: the head of the tutorial that this program grew
// from, which is fastai's.

#include <cstdint>
#include <functional>

#include "base/matrix.h"
#include "loss/loss.h"

namespace oneormany::head {

/// logits = W₂ ReLU(W₁ x + b₁) + b₂, with the batch norms of the training folded in.
struct MlpHead {
  MatrixF hidden_weights;  ///< hidden × features
  Eigen::RowVectorXf hidden_bias;
  MatrixF weights;  ///< columns × hidden
  Eigen::RowVectorXf bias;

  /// One row of logits for each row of features.
  Matrix logits(const MatrixF& features) const;
};

struct MlpOptions {
  Index hidden = 512;
  double drop_features = 0.25, drop_hidden = 0.5;  ///< shares that dropout leaves out
  Index batch = 64;                                ///< rows of a batch, at most
  Index epochs = 10;
  Index fewest_steps = 80;      ///< more epochs than that where pictures are few
  double learning_rate = 5e-3;  ///< the highest of the one-cycle schedule
  double weight_decay = 0.01;   ///< of the weights; batch norms are spared
};

/// Fits by AdamW to the loss of a picture, averaged over the pictures. features: n × d; targets:
/// n × columns; n at least 2. The same seed gives the same head on machines of one kind.
/// `after_epoch` may throw to end the fit. Throws Error if a feature is not a number.
MlpHead fit_mlp(
    const MatrixF& features, const Matrix& targets, const loss::Loss& loss,
    const MlpOptions& options, std::uint64_t seed,
    const std::function<void()>& after_epoch = [] {});

}  // namespace oneormany::head
