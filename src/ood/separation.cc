#include "ood/separation.h"

#include <algorithm>
#include <numeric>

#include "metrics/measures.h"

namespace oneormany::ood {
namespace {

constexpr double kNothingToKeep = 1;

std::vector<int> all_of(std::size_t rows) {
  std::vector<int> all(rows);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

}  // namespace

Separation::Separation(const std::vector<double>& in_domain, const std::vector<bool>& right,
                       const std::vector<double>& unseen, double kept)
    : Separation(in_domain, right, unseen, kept,
                 {all_of(in_domain.size()), all_of(unseen.size())}) {}

Separation::Separation(const std::vector<double>& in_domain, const std::vector<bool>& right,
                       const std::vector<double>& unseen, double kept, const Rows& rows)
    : kept_(kept) {
  std::vector<double> scores = in_domain;
  scores.insert(scores.end(), unseen.begin(), unseen.end());
  falling_.reserve(scores.size());
  for (const int place : metrics::falling_order(scores.data(), scores.size())) {
    const auto at = static_cast<std::size_t>(place);
    const bool is_unseen = at >= in_domain.size();
    const int row = is_unseen ? rows.unseen[at - in_domain.size()] : rows.in_domain[at];
    falling_.push_back({scores[at], row, is_unseen, !is_unseen && right[at], false, false});
  }
  // Rows in domain come before unseen ones of the same score. Unseen rows with none in domain
  // between them have all in domain above them or below: one step. So many steps are there as
  // scores in domain, however many are unseen.
  for (std::size_t first = 0, end = 0; first < falling_.size(); first = end) {
    const Entry& at = falling_[first];
    const bool apart = at.unseen;
    for (++end; end < falling_.size(); ++end) {
      const Entry& next = falling_[end];
      const bool same_side = (next.score >= kNothingToKeep) == (at.score >= kNothingToKeep);
      if (!(next.score == at.score || (apart && next.unseen && same_side))) break;
    }
    falling_[first].first = falling_[end - 1].last = falling_[end - 1].unseen;
  }
  for (std::size_t i = 0; i < right.size(); ++i) {
    if (right[i]) right_.push_back(rows.in_domain[i]);
  }
}

Separation::Measures Separation::measure(const metrics::Times& in_domain_times,
                                         const metrics::Times& unseen_times) const {
  using metrics::kLanes;
  using metrics::Lanes;
  Lanes<int> all_right{};
  for (const int row : right_) add(all_right, in_domain_times.of(row));
  Lanes<double> keep_right, keep_in;
  for (std::size_t l = 0; l < kLanes; ++l) {
    keep_right[l] = metrics::fewest_of(all_right[l], kept_);
    keep_in[l] = metrics::fewest_of(in_domain_times.sum()[l], 0.95);
  }
  Lanes<int> right{}, in{}, right_above{}, in_above{}, unseen_here{};
  Lanes<int> passing_right{}, passing_in{};
  Lanes<double> pairs_won{}, pairs;
  for (const Entry& entry : falling_) {
    if (entry.first) {
      right_above = right;
      in_above = in;
    }
    if (entry.unseen) {
      add(unseen_here, unseen_times.of(entry.row));
    } else {
      const metrics::RowTimes there = in_domain_times.of(entry.row);
      add(in, there);
      if (entry.right) add(right, there);
    }
    if (!entry.last) continue;
    // The unseen reach the threshold if they come before it or with it.
    const bool reach_nothing = entry.score >= kNothingToKeep;
    for (std::size_t l = 0; l < kLanes; ++l) {
      const int n = unseen_here[l];
      pairs_won[l] += n * (in_above[l] + (in[l] - in_above[l]) / 2.0);
      const bool by_right = all_right[l] > 0 ? right_above[l] < keep_right[l] : reach_nothing;
      passing_right[l] += by_right ? n : 0;
      passing_in[l] += in_above[l] < keep_in[l] ? n : 0;
    }
    unseen_here = {};
  }
  for (std::size_t l = 0; l < kLanes; ++l) {
    pairs[l] = static_cast<double>(in[l]) * unseen_times.sum()[l];
  }
  return {ratio(passing_right, unseen_times.sum(), 0), ratio(pairs_won, pairs, 0),
          ratio(passing_in, unseen_times.sum(), 0)};
}

double Separation::threshold() const {
  std::vector<double> scores;
  for (const Entry& entry : falling_) {
    if (entry.right) scores.push_back(entry.score);
  }
  return scores.empty() ? kNothingToKeep : metrics::threshold_keeping(scores, kept_);
}

}  // namespace oneormany::ood
