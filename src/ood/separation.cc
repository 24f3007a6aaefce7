#include "ood/separation.h"

#include <algorithm>

#include "metrics/measures.h"

namespace oneormany::ood {
namespace {

constexpr double kNothingToKeep = 1;

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

}  // namespace

Separation::Separation(const std::vector<double>& in_domain, const std::vector<bool>& right,
                       const std::vector<double>& unseen, double kept)
    : kept_(kept) {
  falling_.reserve(in_domain.size() + unseen.size());
  for (std::size_t i = 0; i < in_domain.size(); ++i) {
    falling_.push_back({in_domain[i], static_cast<int>(i), false, right[i]});
  }
  for (std::size_t i = 0; i < unseen.size(); ++i) {
    falling_.push_back({unseen[i], static_cast<int>(i), true, false});
  }
  std::stable_sort(falling_.begin(), falling_.end(),
                   [](const Entry& a, const Entry& b) { return a.score > b.score; });
}

Separation::Measures Separation::measure(const Eigen::RowVectorXi& in_domain_times,
                                         const Eigen::RowVectorXi& unseen_times) const {
  double all_right = 0;
  for (const Entry& entry : falling_) {
    if (entry.right) all_right += in_domain_times(entry.row);
  }
  const double all_in = in_domain_times.sum(), all_unseen = unseen_times.sum();
  const double keep_right = metrics::fewest_of(all_right, kept_);
  const double keep_in = metrics::fewest_of(all_in, 0.95);
  double right = 0, in = 0, unseen = 0;  // down to this score
  double passing_right = 0, passing_in = 0, pairs_won = 0;
  for (std::size_t i = 0; i < falling_.size();) {
    const double score = falling_[i].score;
    double right_here = 0, in_here = 0, unseen_here = 0;
    for (; i < falling_.size() && falling_[i].score == score; ++i) {
      const Entry& entry = falling_[i];
      if (entry.unseen) {
        unseen_here += unseen_times(entry.row);
      } else {
        in_here += in_domain_times(entry.row);
        if (entry.right) right_here += in_domain_times(entry.row);
      }
    }
    pairs_won += unseen_here * (in + in_here / 2);
    // The unseen reach the threshold if they come before it or with it.
    if (all_right > 0 ? right < keep_right : score >= kNothingToKeep) passing_right += unseen_here;
    if (in < keep_in) passing_in += unseen_here;
    right += right_here;
    in += in_here;
    unseen += unseen_here;
  }
  return {ratio(passing_right, all_unseen), ratio(pairs_won, in * unseen),
          ratio(passing_in, all_unseen)};
}

double Separation::threshold() const {
  std::vector<double> scores;
  for (const Entry& entry : falling_) {
    if (entry.right) scores.push_back(entry.score);
  }
  return scores.empty() ? kNothingToKeep : metrics::threshold_keeping(scores, kept_);
}

}  // namespace oneormany::ood
