#include "metrics/measures.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

namespace oneormany::metrics {
namespace {

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

/// F1 from counts; 0 where nothing was right.
double f1_of(double both, double predicted, double target) {
  return ratio(2 * both, predicted + target);
}

/// −log p, for a probability that rounding may have made 0.
double surprise(double p) { return -std::log(std::max(p, std::numeric_limits<double>::min())); }

std::vector<Index> falling(const Vector& scores) {
  std::vector<Index> order(static_cast<std::size_t>(scores.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::sort(order.begin(), order.end(), [&](Index a, Index b) { return scores(a) > scores(b); });
  return order;
}

/// Calls visit(positives, negatives) with the counts of each group of equal scores, from the
/// highest score down.
template <typename Visit>
void for_each_tie(const Vector& scores, const Eigen::VectorXi& target, Visit visit) {
  const auto order = falling(scores);
  for (std::size_t i = 0; i < order.size();) {
    double positives = 0, negatives = 0;
    const double score = scores(order[i]);
    for (; i < order.size() && scores(order[i]) == score; ++i) {
      (target(order[i]) != 0 ? positives : negatives) += 1;
    }
    visit(positives, negatives);
  }
}

double area_under_roc(const Vector& scores, const Eigen::VectorXi& target) {
  double above = 0, pairs_won = 0, negatives_seen = 0;
  for_each_tie(scores, target, [&](double positives, double negatives) {
    pairs_won += negatives * (above + positives / 2);
    above += positives;
    negatives_seen += negatives;
  });
  return ratio(pairs_won, above * negatives_seen);
}

/// Mean of measure(scores, target) over the columns where `use(positives)` holds.
double mean_over_labels(const Matrix& scores, const LabelMatrix& target,
                        double (*measure)(const Vector&, const Eigen::VectorXi&),
                        const std::function<bool(Index)>& use) {
  double sum = 0, count = 0;
  for (Index c = 0; c < scores.cols(); ++c) {
    if (!use(target.col(c).sum())) continue;
    sum += measure(scores.col(c), target.col(c));
    ++count;
  }
  return ratio(sum, count);
}

struct Both {
  Vector scores;
  Eigen::VectorXi target;
};

Both join(const Vector& in_domain, const Vector& unseen) {
  Both both{Vector(in_domain.size() + unseen.size()),
            Eigen::VectorXi::Zero(in_domain.size() + unseen.size())};
  both.scores << in_domain, unseen;
  both.target.head(in_domain.size()).setOnes();
  return both;
}

}  // namespace

std::vector<int> argmax(const Matrix& scores) {
  std::vector<int> best(static_cast<std::size_t>(scores.rows()));
  for (Index i = 0; i < scores.rows(); ++i) {
    Index column = 0;
    scores.row(i).maxCoeff(&column);
    best[static_cast<std::size_t>(i)] = static_cast<int>(column);
  }
  return best;
}

LabelMatrix confusion(const std::vector<int>& predicted, const std::vector<int>& target,
                      int classes) {
  LabelMatrix counts = LabelMatrix::Zero(classes, classes);
  for (std::size_t i = 0; i < target.size(); ++i) ++counts(target[i], predicted[i]);
  return counts;
}

double accuracy(const std::vector<int>& predicted, const std::vector<int>& target) {
  double right = 0;
  for (std::size_t i = 0; i < target.size(); ++i) right += predicted[i] == target[i];
  return ratio(right, static_cast<double>(target.size()));
}

double top_k_accuracy(const Matrix& scores, const std::vector<int>& target, int k) {
  double right = 0;
  for (Index i = 0; i < scores.rows(); ++i) {
    const double own = scores(i, target[static_cast<std::size_t>(i)]);
    right += (scores.row(i).array() > own).count() < k;
  }
  return ratio(right, static_cast<double>(scores.rows()));
}

double balanced_accuracy(const LabelMatrix& confusion) {
  double recalls = 0, classes = 0;
  for (Index c = 0; c < confusion.rows(); ++c) {
    const int pictures = confusion.row(c).sum();
    if (pictures == 0) continue;
    recalls += ratio(confusion(c, c), pictures);
    ++classes;
  }
  return ratio(recalls, classes);
}

F1 f1(const LabelMatrix& confusion) {
  F1 result;
  double classes = 0;
  const int all = confusion.sum();
  for (Index c = 0; c < confusion.rows(); ++c) {
    const int pictures = confusion.row(c).sum();
    const int predicted = confusion.col(c).sum();
    if (pictures == 0 && predicted == 0) continue;
    const double score = f1_of(confusion(c, c), predicted, pictures);
    result.macro += score;
    result.weighted += score * ratio(pictures, all);
    ++classes;
  }
  result.macro = ratio(result.macro, classes);
  return result;
}

double macro_f1(const std::vector<int>& predicted, const std::vector<int>& target, int classes,
                const Eigen::RowVectorXi& times) {
  const auto n = static_cast<std::size_t>(classes);
  std::vector<int> both(n), called(n), pictures(n);
  for (std::size_t i = 0; i < target.size(); ++i) {
    const int drawn = times(static_cast<Index>(i));
    const auto p = static_cast<std::size_t>(predicted[i]), t = static_cast<std::size_t>(target[i]);
    called[p] += drawn;
    pictures[t] += drawn;
    if (p == t) both[t] += drawn;
  }
  double sum = 0, counted = 0;
  for (std::size_t c = 0; c < n; ++c) {
    if (pictures[c] == 0 && called[c] == 0) continue;
    sum += f1_of(both[c], called[c], pictures[c]);
    ++counted;
  }
  return ratio(sum, counted);
}

double log_loss(const Matrix& probabilities, const std::vector<int>& target) {
  double sum = 0;
  for (std::size_t i = 0; i < target.size(); ++i) {
    sum += surprise(probabilities(static_cast<Index>(i), target[i]));
  }
  return ratio(sum, static_cast<double>(target.size()));
}

double brier(const Matrix& probabilities, const LabelMatrix& target) {
  return (probabilities - target.cast<double>()).squaredNorm() /
         static_cast<double>(probabilities.rows());
}

LabelF1 label_f1(const LabelMatrix& predicted, const LabelMatrix& target) {
  const auto both = predicted.cwiseProduct(target);
  LabelF1 result;
  result.micro = f1_of(both.sum(), predicted.sum(), target.sum());
  for (Index c = 0; c < target.cols(); ++c) {
    result.macro += f1_of(both.col(c).sum(), predicted.col(c).sum(), target.col(c).sum()) /
                    static_cast<double>(target.cols());
  }
  for (Index i = 0; i < target.rows(); ++i) {
    result.samples += f1_of(both.row(i).sum(), predicted.row(i).sum(), target.row(i).sum()) /
                      static_cast<double>(target.rows());
  }
  return result;
}

double exact_match(const LabelMatrix& predicted, const LabelMatrix& target) {
  double right = 0;
  for (Index i = 0; i < target.rows(); ++i) right += predicted.row(i) == target.row(i);
  return ratio(right, static_cast<double>(target.rows()));
}

double hamming_loss(const LabelMatrix& predicted, const LabelMatrix& target) {
  return ratio(static_cast<double>((predicted.array() != target.array()).count()),
               static_cast<double>(target.size()));
}

LabelMatrix decide(const Matrix& probabilities, double threshold) {
  return (probabilities.array() > threshold).cast<int>();
}

double label_log_loss(const Matrix& probabilities, const LabelMatrix& target) {
  double sum = 0;
  for (Index i = 0; i < target.size(); ++i) {
    const double p = probabilities.data()[i];
    sum += surprise(target.data()[i] != 0 ? p : 1 - p);
  }
  return ratio(sum, static_cast<double>(target.size()));
}

double average_precision(const Vector& scores, const Eigen::VectorXi& target) {
  double positives_seen = 0, seen = 0, sum = 0;
  for_each_tie(scores, target, [&](double positives, double negatives) {
    positives_seen += positives;
    seen += positives + negatives;
    sum += positives * positives_seen / seen;
  });
  return ratio(sum, positives_seen);
}

double macro_map(const Matrix& scores, const LabelMatrix& target) {
  return mean_over_labels(scores, target, average_precision,
                          [](Index positives) { return positives > 0; });
}

double micro_map(const Matrix& scores, const LabelMatrix& target) {
  return average_precision(scores.reshaped<Eigen::RowMajor>(), target.reshaped<Eigen::RowMajor>());
}

double macro_auroc(const Matrix& scores, const LabelMatrix& target) {
  return mean_over_labels(scores, target, area_under_roc, [&](Index positives) {
    return positives > 0 && positives < target.rows();
  });
}

double auroc(const Vector& in_domain, const Vector& unseen) {
  const auto both = join(in_domain, unseen);
  return area_under_roc(both.scores, both.target);
}

double aupr_in(const Vector& in_domain, const Vector& unseen) {
  const auto both = join(in_domain, unseen);
  return average_precision(both.scores, both.target);
}

double fpr_at_95_tpr(const Vector& in_domain, const Vector& unseen) {
  const double threshold = threshold_keeping({in_domain.begin(), in_domain.end()}, 0.95);
  return ratio(static_cast<double>((unseen.array() >= threshold).count()),
               static_cast<double>(unseen.size()));
}

double fewest_of(double n, double share) {
  return std::ceil(share * n - 1e-9);  // 0.95 * n may land a hair above a whole number
}

double threshold_keeping(std::vector<double> scores, double share) {
  const auto keep = static_cast<std::size_t>(fewest_of(static_cast<double>(scores.size()), share));
  const auto at = scores.begin() + static_cast<std::ptrdiff_t>(keep - 1);
  std::nth_element(scores.begin(), at, scores.end(), std::greater<>());
  return *at;
}

}  // namespace oneormany::metrics
