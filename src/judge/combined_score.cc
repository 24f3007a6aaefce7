// Several scores, weighed by logistic regression of classes against background.

#include <algorithm>
#include <map>
#include <numeric>

#include "base/error.h"
#include "base/parallel.h"
#include "head/linear.h"
#include "head/random.h"
#include "judge/score_parts.h"
#include "loss/catalogue.h"

namespace oneormany {
namespace {

constexpr std::array kOfLogits{ScoreKind::kMaxLogit, ScoreKind::kEnergy};
constexpr std::array kOfFeatures{ScoreKind::kKnn, ScoreKind::kBackground};
constexpr int kFolds = 5;
constexpr Index kEnough = 500;      // held-out rows of either kind tell the few weights well enough
constexpr double kStrength = 0.01;  // of L2 on the weights of standardised scores

/// Deals groups into folds in turn, those of one label after each other, so that each fold gets
/// its share of every class. labels: of each row; may be empty.
std::vector<int> deal(const std::vector<int>& groups, const std::vector<std::vector<int>>& labels) {
  std::map<int, int> label_of_group;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    label_of_group.emplace(groups[i], labels.empty() ? 0 : labels[i].front());
  }
  std::vector<std::pair<int, int>> order(label_of_group.begin(), label_of_group.end());
  Random random(1);
  random.shuffle(order);  // neighbours are often alike
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.second < b.second; });
  std::map<int, int> fold_of_group;
  for (std::size_t i = 0; i < order.size(); ++i) {
    fold_of_group[order[i].first] = static_cast<int>(i) % kFolds;
  }
  std::vector<int> folds;
  for (const int group : groups) folds.push_back(fold_of_group[group]);
  return folds;
}

struct Split {
  std::vector<Index> inside, outside;
  Split(const std::vector<int>& folds, int fold) {
    for (std::size_t i = 0; i < folds.size(); ++i) {
      (folds[i] == fold ? inside : outside).push_back(static_cast<Index>(i));
    }
  }
};

class Combined : public Score {
 public:
  explicit Combined(const ScoreTraining& training)
      : activation_(training.activation),
        none_class_(training.none_class),
        with_logits_(training.held_out_logits && training.held_out_background_logits) {
    std::vector<int> each(static_cast<std::size_t>(training.background.rows()));
    std::iota(each.begin(), each.end(), 0);
    const std::vector<int> folds = deal(training.groups, training.labels);
    const std::vector<int> background_folds =
        deal(training.background_groups ? *training.background_groups : each, {});
    std::vector<Split> splits, background_splits;
    Index rows = 0, background_rows = 0;
    for (int f = 0; f < kFolds && std::min(rows, background_rows) < kEnough; ++f) {
      splits.emplace_back(folds, f);
      background_splits.emplace_back(background_folds, f);
      rows += static_cast<Index>(splits.back().inside.size());
      background_rows += static_cast<Index>(background_splits.back().inside.size());
    }
    if (splits.front().outside.empty() || background_splits.front().outside.empty()) {
      throw Error(
          "the score combined needs at least two different pictures of the classes and two of the "
          "background");
    }

    std::vector<Matrix> found(splits.size());
    parallel_for(splits.size(), [&](std::size_t f) {
      found[f] = held_out_scores(training, splits[f], background_splits[f]);
    });
    MatrixF scores(rows + background_rows, columns());
    Matrix target = Matrix::Zero(rows + background_rows, 1);
    for (Index f = 0, at = 0; f < static_cast<Index>(splits.size()); ++f) {
      const auto i = static_cast<std::size_t>(f);
      scores.middleRows(at, found[i].rows()) = found[i].cast<float>();
      target.middleRows(at, static_cast<Index>(splits[i].inside.size())).setOnes();
      at += found[i].rows();
    }
    const auto loss = parse_loss("bce_with_logits").make({});
    weights_ = LinearFit(scores, target, *loss).fit(kStrength, 1e-6);
    for (const ScoreKind kind : kOfFeatures) parts_.push_back(fit_score(kind, training));
  }

  Vector of(const MatrixF& features, const Matrix& logits) const override {
    Matrix scores(features.rows(), columns());
    if (with_logits_) scores.leftCols(kOfLogits.size()) = of_logits(logits);
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      scores.col(columns() - static_cast<Index>(parts_.size() - i)) =
          parts_[i]->of(features, logits);
    }
    return (scores * weights_.weights.transpose()).array() + weights_.bias(0);
  }

 private:
  Index columns() const {
    return static_cast<Index>(kOfFeatures.size() + (with_logits_ ? kOfLogits.size() : 0));
  }

  Matrix of_logits(const Matrix& logits) const {
    Matrix scores(logits.rows(), kOfLogits.size());
    for (std::size_t i = 0; i < kOfLogits.size(); ++i) {
      scores.col(static_cast<Index>(i)) =
          logit_score(kOfLogits[i], logits, activation_, none_class_);
    }
    return scores;
  }

  /// The scores of the rows inside, from fits on those outside: a row would be its own nearest
  /// neighbour otherwise. The background's rows follow those of the classes.
  Matrix held_out_scores(const ScoreTraining& training, const Split& rows,
                         const Split& background_rows) const {
    const auto n = static_cast<Index>(rows.inside.size());
    MatrixF held_out(n + static_cast<Index>(background_rows.inside.size()),
                     training.features.cols());
    held_out.topRows(n) = rows_of(training.features, rows.inside);
    held_out.bottomRows(held_out.rows() - n) = rows_of(training.background, background_rows.inside);
    Matrix scores(held_out.rows(), columns());
    if (with_logits_) {
      auto of_both = scores.leftCols(kOfLogits.size());
      of_both.topRows(n) = of_logits(rows_of(*training.held_out_logits, rows.inside));
      of_both.bottomRows(held_out.rows() - n) =
          of_logits(rows_of(*training.held_out_background_logits, background_rows.inside));
    }

    const MatrixF features = rows_of(training.features, rows.outside);
    const MatrixF background = rows_of(training.background, background_rows.outside);
    const Matrix no_logits;
    std::vector<std::vector<int>> labels;
    std::vector<int> groups;
    for (const Index i : rows.outside) {
      labels.push_back(training.labels[static_cast<std::size_t>(i)]);
      groups.push_back(training.groups[static_cast<std::size_t>(i)]);
    }
    const ScoreTraining outside{.logits = no_logits,
                                .labels = labels,
                                .groups = groups,
                                .features = features,
                                .background = background};
    for (std::size_t i = 0; i < kOfFeatures.size(); ++i) {
      scores.col(columns() - static_cast<Index>(kOfFeatures.size() - i)) =
          fit_score(kOfFeatures[i], outside)->of(held_out, no_logits);
    }
    return scores;
  }

  Activation activation_;
  bool none_class_, with_logits_;
  std::vector<std::unique_ptr<const Score>> parts_;  // of kOfFeatures
  LinearHead weights_;
};

}  // namespace

std::unique_ptr<const Score> fit_combined(const ScoreTraining& training) {
  return std::make_unique<Combined>(training);
}

}  // namespace oneormany
