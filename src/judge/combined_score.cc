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

constexpr std::array kOfLogits{ScoreKind::kMaxProbability, ScoreKind::kEnergy};
constexpr std::array kOfFeatures{ScoreKind::kKnn, ScoreKind::kMahalanobis, ScoreKind::kBackground};
constexpr int kFolds = 5;
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

template <typename T>
std::vector<T> items_of(const std::vector<T>& items, const std::vector<Index>& rows) {
  std::vector<T> picked;
  for (const Index i : rows) picked.push_back(items[static_cast<std::size_t>(i)]);
  return picked;
}

class Combined : public Score {
 public:
  explicit Combined(const ScoreTraining& training)
      : activation_(training.activation),
        none_class_(training.none_class),
        with_logits_(training.held_out_logits && training.held_out_background_logits) {
    const Index n = training.features.rows(), m = training.background.rows();
    Matrix scores(n + m, columns());
    if (with_logits_) {
      scores.topRows(n).leftCols(kOfLogits.size()) = of_logits(*training.held_out_logits);
      scores.bottomRows(m).leftCols(kOfLogits.size()) =
          of_logits(*training.held_out_background_logits);
    }
    cross_fit(training, scores.rightCols(kOfFeatures.size()));
    Matrix target = Matrix::Zero(n + m, 1);
    target.topRows(n).setOnes();
    const auto loss = parse_loss("bce_with_logits").make({});
    weights_ = LinearFit(scores.cast<float>(), target, *loss).fit(kStrength, 1e-6);

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

  /// The scores of features, of each row from a fit without it: its own nearest neighbour in
  /// training it would be otherwise. The rows of the background follow those of the classes.
  static void cross_fit(const ScoreTraining& training,
                        Eigen::Ref<Matrix, 0, Eigen::OuterStride<>> scores) {
    const Index n = training.features.rows(), m = training.background.rows();
    std::vector<int> background_groups(static_cast<std::size_t>(m));
    std::iota(background_groups.begin(), background_groups.end(), 0);
    if (training.background_groups) background_groups = *training.background_groups;
    const std::vector<int> folds = deal(training.groups, training.labels);
    const std::vector<int> background_folds = deal(background_groups, {});
    const auto several = [](const std::vector<int>& of) {
      return *std::max_element(of.begin(), of.end()) > 0;
    };
    if (!several(folds) || !several(background_folds)) {
      throw Error(
          "the score combined needs at least two different pictures of the classes and two of the "
          "background");
    }
    parallel_for(kFolds, [&](std::size_t f) {
      const Split rows(folds, static_cast<int>(f)), back(background_folds, static_cast<int>(f));
      if (rows.inside.empty() && back.inside.empty()) return;
      const MatrixF features = rows_of(training.features, rows.outside);
      const MatrixF background = rows_of(training.background, back.outside);
      const MatrixF held_out = rows_of(training.features, rows.inside);
      const MatrixF held_out_background = rows_of(training.background, back.inside);
      const Matrix none;
      const auto labels = items_of(training.labels, rows.outside);
      const auto groups = items_of(training.groups, rows.outside);
      for (std::size_t i = 0; i < kOfFeatures.size(); ++i) {
        const auto score = fit_score(kOfFeatures[i], {.logits = none,
                                                      .labels = labels,
                                                      .groups = groups,
                                                      .features = features,
                                                      .background = background});
        const Vector own = score->of(held_out, none), other = score->of(held_out_background, none);
        const auto column = static_cast<Index>(i);
        for (std::size_t j = 0; j < rows.inside.size(); ++j) {
          scores(rows.inside[j], column) = own(static_cast<Index>(j));
        }
        for (std::size_t j = 0; j < back.inside.size(); ++j) {
          scores(n + back.inside[j], column) = other(static_cast<Index>(j));
        }
      }
    });
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
