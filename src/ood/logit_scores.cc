// Scores of the logits alone.

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "ood/score_parts.h"

namespace oneormany::ood {
namespace {

using Row = std::span<const double>;

/// log Σ e^(z − above).
double log_sum_exp(Row z, double above = 0) {
  const double top = *std::max_element(z.begin(), z.end());
  double sum = 0;
  for (const double one : z) sum += std::exp(one - top);
  return (top - above) + std::log(sum);
}

/// log(1 + e^z).
double softplus(double z) { return std::max(z, 0.0) + std::log1p(std::exp(-std::abs(z))); }

/// One row: its classes, and "none" where there is such a column.
struct Logits {
  Row all, classes;
  bool softmax;

  /// Scores that don't change if a number is added to all logits are made of differences from it:
  /// a large number would be rounded, and the rounding would decide between equals.
  double largest() const { return *std::max_element(all.begin(), all.end()); }

  bool has_none() const { return all.size() > classes.size(); }
};

double max_logit(const Logits& z) {
  const double top = *std::max_element(z.classes.begin(), z.classes.end());
  return z.has_none() ? top - z.all.back() : top;
}

double energy(const Logits& z) {
  if (z.softmax) return log_sum_exp(z.classes, z.has_none() ? z.all.back() : 0);
  double sum = 0;
  for (const double one : z.classes) sum += softplus(one);
  return sum;
}

double max_probability(const Logits& z) {
  const double top = *std::max_element(z.classes.begin(), z.classes.end());
  if (!z.softmax) return std::exp(-softplus(-top));
  const double largest = z.largest();
  return std::exp((top - largest) - log_sum_exp(z.all, largest));
}

double margin(const Logits& z) {
  const auto top = std::max_element(z.classes.begin(), z.classes.end());
  double next = -std::numeric_limits<double>::infinity();
  for (const double& other : z.all) {
    if (&other != &*top) next = std::max(next, other);
  }
  if (!z.softmax) return std::exp(-softplus(-*top)) - std::exp(-softplus(-next));
  const double largest = z.largest(), all = log_sum_exp(z.all, largest);
  return std::exp((*top - largest) - all) - std::exp((next - largest) - all);
}

/// Σ q log q. What goes to none of the classes is spread over them evenly: who says "none" can't
/// tell which class, and must not look sure of one. Under sigmoid "none" has the logit 0.
double minus_entropy(const Logits& z) {
  const double largest = z.softmax ? z.largest() : 0;
  double all = log_sum_exp(z.all, largest), none = 0;
  if (!z.softmax) {
    all = softplus(all);
    none = std::exp(-all);
  } else if (z.has_none()) {
    none = std::exp((z.all.back() - largest) - all);
  }
  // A class alone has an unnamed one beside it: else it would always be sure.
  const std::size_t outcomes = std::max<std::size_t>(z.classes.size(), 2);
  const double share = none / static_cast<double>(outcomes);
  const auto term = [](double q) { return q > 0 ? q * std::log(q) : 0; };
  double sum = z.classes.size() == 1 ? term(share) : 0;
  for (const double one : z.classes) sum += term(std::exp((one - largest) - all) + share);
  return sum;
}

class LogitScore : public Score {
 public:
  LogitScore(ScoreKind kind, loss::Activation activation, bool none_class)
      : kind_(kind), activation_(activation), none_class_(none_class) {}

  Vector of_block(const Block&, const Matrix& logits) const override {
    return logit_score(kind_, logits, activation_, none_class_);
  }

 private:
  ScoreKind kind_;
  loss::Activation activation_;
  bool none_class_;
};

}  // namespace

Vector logit_score(ScoreKind kind, const Matrix& logits, loss::Activation activation,
                   bool none_class) {
  const auto one = kind == ScoreKind::kMaxLogit  ? max_logit
                   : kind == ScoreKind::kEnergy  ? energy
                   : kind == ScoreKind::kMargin  ? margin
                   : kind == ScoreKind::kEntropy ? minus_entropy
                                                 : max_probability;
  const auto columns = static_cast<std::size_t>(logits.cols());
  Vector scores(logits.rows());
  for (Index i = 0; i < logits.rows(); ++i) {
    const Row row(logits.row(i).data(), columns);
    scores(i) = one(
        {row, row.first(columns - (none_class ? 1 : 0)), activation == loss::Activation::kSoftmax});
  }
  return scores;
}

std::unique_ptr<const Score> fit_logit_score(ScoreKind kind, const ScoreTraining& training) {
  return std::make_unique<LogitScore>(kind, training.activation, training.none_class);
}

}  // namespace oneormany::ood
