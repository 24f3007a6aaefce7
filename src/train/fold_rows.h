#pragma once
// Which rows a head is fitted on, and which it predicts.

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/matrix.h"
#include "loss/matrix.h"
#include "train/model_spec.h"

namespace oneormany::train {

/// What may be learned from.
struct LearningData {
  MatrixF features;                      ///< pictures × features
  std::vector<std::vector<int>> labels;  ///< of each picture
  std::vector<int> groups;               ///< exact duplicates share a group
  int classes = 0;
  MatrixF background;    ///< pictures of none of the classes × features; may have no rows
  Index unlabelled = 0;  ///< so many of its last rows are unsorted pictures (train/unlabelled.h)
};

/// Both parted into folds: of each row its fold.
struct Split {
  std::vector<int> picture_fold, background_fold;
  std::vector<int> background_cluster;  ///< each lies in one fold
};

/// Stratified by label, copies together; of the background whole clusters (train/clusters.h), but
/// of unlabelled pictures each by itself: pictures like them will come, not other kinds.
Split split(const LearningData& data, int folds, std::uint64_t seed);

/// The numbers of the rows whose fold it accepts, rising.
std::vector<Index> rows_where(const std::vector<int>& fold_of_row,
                              const std::function<bool(int fold)>& accept);

struct Rows {
  std::vector<Index> pictures, background;  ///< which they are: the pictures come first
  MatrixF features;
};

/// The pictures, and where background is learned from the background, whose fold `use` accepts.
Rows gather(bool with_background, const LearningData& data, const Split& split,
            const std::function<bool(int fold)>& use_picture,
            const std::function<bool(int fold)>& use_background);

/// These.
Rows gather(const LearningData& data, std::vector<Index> pictures, std::vector<Index> background);

/// Columns of the model's logits: the classes, and "none" where it has that.
Index columns_of(const ModelSpec& spec, const LearningData& data);

Matrix targets_of(const ModelSpec& spec, const LearningData& data, const Rows& rows);

/// The model's loss for a head that is fitted to these targets.
std::unique_ptr<loss::Loss> loss_for(const ModelSpec& spec, const Matrix& targets);

}  // namespace oneormany::train
