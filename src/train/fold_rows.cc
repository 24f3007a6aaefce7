#include "train/fold_rows.h"

#include <algorithm>

#include "data/folds.h"
#include "head/random.h"
#include "train/clusters.h"

namespace oneormany::train {
Split split(const LearningData& data, int folds, std::uint64_t seed) {
  const Index in_clusters = data.background.rows() - data.unlabelled;
  std::vector<int> clusters =
      cluster_background(data.background.topRows(in_clusters), kClustersPerFold * folds, seed);
  std::vector<int> assigned = assign_folds(clusters, folds);
  std::vector<int> of_unlabelled;
  for (Index i = 0; i < data.unlabelled; ++i) of_unlabelled.push_back(static_cast<int>(i) % folds);
  head::Random(seed).shuffle(of_unlabelled);
  assigned.insert(assigned.end(), of_unlabelled.begin(), of_unlabelled.end());
  const int first = clusters.empty() ? 0 : 1 + *std::max_element(clusters.begin(), clusters.end());
  for (Index i = 0; i < data.unlabelled; ++i) clusters.push_back(first + static_cast<int>(i));
  return {data::stratified_folds(data.labels, data.classes, data.groups, folds, seed),
          std::move(assigned), std::move(clusters)};
}

Index columns_of(const ModelSpec& spec, const LearningData& data) {
  return data.classes + (spec.none_class ? 1 : 0);
}

std::vector<Index> rows_where(const std::vector<int>& fold_of_row,
                              const std::function<bool(int fold)>& accept) {
  std::vector<Index> rows;
  for (std::size_t i = 0; i < fold_of_row.size(); ++i) {
    if (accept(fold_of_row[i])) rows.push_back(static_cast<Index>(i));
  }
  return rows;
}

Rows gather(bool with_background, const LearningData& data, const Split& split,
            const std::function<bool(int fold)>& use_picture,
            const std::function<bool(int fold)>& use_background) {
  std::vector<Index> background;
  if (with_background) background = rows_where(split.background_fold, use_background);
  return gather(data, rows_where(split.picture_fold, use_picture), std::move(background));
}

Rows gather(const LearningData& data, std::vector<Index> pictures, std::vector<Index> background) {
  Rows rows{std::move(pictures), std::move(background), {}};
  const auto n = static_cast<Index>(rows.pictures.size());
  const auto m = static_cast<Index>(rows.background.size());
  rows.features.resize(n + m, data.features.cols());
  rows.features.topRows(n) = data.features(rows.pictures, Eigen::all);
  if (m > 0) rows.features.bottomRows(m) = data.background(rows.background, Eigen::all);
  return rows;
}

Matrix targets_of(const ModelSpec& spec, const LearningData& data, const Rows& rows) {
  std::vector<std::vector<int>> labels;
  for (const Index i : rows.pictures) labels.push_back(data.labels[static_cast<std::size_t>(i)]);
  labels.resize(labels.size() + rows.background.size(),
                spec.none_class ? std::vector{data.classes} : std::vector<int>{});
  return loss::one_hot(labels, columns_of(spec, data));
}

std::unique_ptr<loss::Loss> loss_for(const ModelSpec& spec, const Matrix& targets) {
  loss::TargetCounts counts{static_cast<double>(targets.rows()), {}};
  for (const auto column : targets.colwise()) counts.positives.push_back(column.sum());
  return spec.loss.make(counts);
}

}  // namespace oneormany::train
