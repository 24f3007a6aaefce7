#include "metrics/threshold_sweep.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>
#include <utility>

#include "metrics/measures.h"

namespace oneormany::metrics {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double share(double part, double whole) {
  return whole > 0 ? part / whole : std::numeric_limits<double>::quiet_NaN();
}

double halfway(const ThresholdSweep::OperatingPoint& point) {
  if (!point.chosen) return 0.5;
  if (point.lowest == kInfinity) return point.below;  // nothing is above the highest
  const double middle = (point.lowest + point.below) / 2;
  return middle < point.lowest ? middle : point.below;  // neighbours may have nothing between them
}

double at_score(const ThresholdSweep::OperatingPoint& point) {
  return point.lowest < kInfinity ? point.lowest : std::nextafter(point.below, kInfinity);
}

}  // namespace

ThresholdSweep::ThresholdSweep(const std::vector<double>& scores, const std::vector<bool>& right,
                               const std::vector<double>& negatives)
    : rows_(scores.size()) {
  std::vector<Entry> entries;
  entries.reserve(scores.size() + negatives.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    entries.push_back({scores[i], static_cast<int>(i), right[i] ? kRight : kWrong, false});
  }
  for (std::size_t i = 0; i < negatives.size(); ++i) {
    entries.push_back({negatives[i], static_cast<int>(i), kNegative, true});
  }
  sort(std::move(entries));
}

ThresholdSweep::ThresholdSweep(const Vector& probabilities, const Eigen::VectorXi& target)
    : label_(true), floor_(0), rows_(static_cast<std::size_t>(probabilities.size())) {
  std::vector<Entry> entries;
  entries.reserve(rows_);
  for (Index i = 0; i < probabilities.size(); ++i) {
    entries.push_back(
        {probabilities(i), static_cast<int>(i), target(i) ? kRight : kNegative, false});
  }
  sort(std::move(entries));
}

double ThresholdSweep::threshold(const OperatingPoint& point) const {
  return label_ ? halfway(point) : at_score(point);
}

std::array<double, 3> ThresholdSweep::shares(const Counts& accepted, const Counts& all) const {
  return {share(accepted.right, all.right), share(accepted.right, accepted.all()),
          label_ ? share(accepted.all(), all.all())
                 : share(accepted.right + accepted.wrong, all.right + all.wrong)};
}

std::array<double, 3> ThresholdSweep::independent(double threshold,
                                                  const std::vector<int>& cluster_of_row) const {
  std::array<std::set<int>, 3> clusters;
  const std::size_t passing = this->passing(threshold);
  for (std::size_t i = 0; i < falling_.size(); ++i) {
    const Entry& entry = falling_[i];
    const std::size_t before = entry.of_negatives ? rows_ : 0;
    const int own = cluster_of_row[before + static_cast<std::size_t>(entry.row)];
    if (entry.count == kRight) clusters[0].insert(own);
    if (i < passing) clusters[1].insert(own);
    if (label_ || entry.count != kNegative) clusters[2].insert(own);
  }
  std::array<double, 3> counts;
  for (std::size_t m = 0; m < counts.size(); ++m)
    counts[m] = static_cast<double>(clusters[m].size());
  return counts;
}

void ThresholdSweep::sort(std::vector<Entry> entries) {
  std::vector<double> scores;
  scores.reserve(entries.size());
  for (const Entry& entry : entries) {
    if (!std::isfinite(entry.score)) {
      throw std::invalid_argument("threshold: a score is not finite");
    }
    scores.push_back(entry.score);
  }
  falling_.reserve(entries.size());
  down_to_.resize(entries.size() + 1);
  for (const int place : falling_order(scores.data(), scores.size())) {
    const Entry& entry = falling_.emplace_back(entries[static_cast<std::size_t>(place)]);
    Counts& counts = down_to_[falling_.size()];
    counts = down_to_[falling_.size() - 1];
    (entry.count == kRight   ? counts.right
     : entry.count == kWrong ? counts.wrong
                             : counts.negative) += 1;
    if (entry.count == kRight) right_.push_back(entry.row);
  }
}

std::size_t ThresholdSweep::passing(double threshold) const {
  const auto end = std::partition_point(falling_.begin(), falling_.end(), [&](const Entry& e) {
    return label_ ? e.score > threshold : e.score >= threshold;
  });
  return static_cast<std::size_t>(end - falling_.begin());
}

std::vector<ThresholdSweep::OperatingPoint> ThresholdSweep::choose(
    const Aim& aim, const std::vector<Times>& times) const {
  const bool keep_share = aim.kind == Aim::Kind::kKeep;
  const bool precision = aim.kind == Aim::Kind::kPrecision;
  const bool cost = aim.kind == Aim::Kind::kCost;
  Lanes<int> all_right{};
  for (const int row : right_) add(all_right, times[0].of(row));
  Lanes<double> labelled, keep;  // rows that should get a label; right ones to keep
  for (std::size_t l = 0; l < kLanes; ++l) {
    labelled[l] = label_ ? all_right[l] : times[0].sum()[l];
    keep[l] = fewest_of(all_right[l], aim.share);
  }
  // What is better is larger. Of equals the highest threshold, but the lowest of those that have
  // the precision: it accepts most.
  Lanes<int> right{}, wrong{}, negative{}, passed{};
  const auto worth = [&](std::size_t l) {
    const double accepted = right[l] + wrong[l] + negative[l];
    if (keep_share) return std::min<double>(right[l], keep[l]);
    if (precision) {
      const double share = right[l] / std::max(accepted, 1.0);
      return right[l] > 0 ? std::min(share + 1e-12, aim.share) : 0;
    }
    if (!cost) return 2.0 * right[l] / std::max(accepted + labelled[l], 1.0);
    return -aim.wrong * (wrong[l] + negative[l]) - aim.none * (labelled[l] - right[l] - wrong[l]);
  };
  Lanes<double> most;
  for (std::size_t l = 0; l < kLanes; ++l) most[l] = worth(l);    // of accepting nothing
  Lanes<int> end{}, best_right{}, best_wrong{}, best_negative{};  // of the best: entries, counts
  bool some_right = false;                                        // among the equal scores
  for (std::size_t i = 0; i < falling_.size() && falling_[i].score > floor_; ++i) {
    const Entry& entry = falling_[i];
    add(entry.count == kRight   ? right
        : entry.count == kWrong ? wrong
                                : negative,
        there(entry, times));
    some_right |= entry.count == kRight;
    if (i + 1 < falling_.size() && falling_[i + 1].score == entry.score) continue;
    // Without a right one more, neither more are kept nor does F1 rise.
    if (!some_right && !precision && !cost) continue;
    some_right = false;
    const int here = static_cast<int>(i) + 1;
    for (std::size_t l = 0; l < kLanes; ++l) {
      const double own = worth(l);
      const int accepted = right[l] + wrong[l] + negative[l];
      const bool equal = precision && own > 0 && own >= most[l] && accepted > passed[l];
      const bool better = own > most[l] || equal;
      passed[l] = accepted;
      most[l] = std::max(most[l], own);
      end[l] = better ? here : end[l];
      best_right[l] = better ? right[l] : best_right[l];
      best_wrong[l] = better ? wrong[l] : best_wrong[l];
      best_negative[l] = better ? negative[l] : best_negative[l];
    }
    if (!keep_share) continue;
    bool reached = true;
    for (std::size_t l = 0; l < kLanes; ++l) reached &= most[l] >= keep[l];
    if (reached) break;
  }

  std::vector<OperatingPoint> points(kLanes);
  for (std::size_t l = 0; l < kLanes; ++l) {
    OperatingPoint& point = points[l];
    auto next = static_cast<std::size_t>(end[l]);
    if (next > 0) point.lowest = falling_[next - 1].score;
    while (next < falling_.size() && there(falling_[next], times)[l] == 0) ++next;
    point.below = next < falling_.size() ? falling_[next].score : floor_;
    point.accepted = {static_cast<double>(best_right[l]), static_cast<double>(best_wrong[l]),
                      static_cast<double>(best_negative[l])};
    const int others = times[0].sum()[l] - all_right[l];
    const int negatives = times.size() > 1 ? times[1].sum()[l] : 0;
    point.all = {static_cast<double>(all_right[l]), static_cast<double>(label_ ? 0 : others),
                 static_cast<double>(label_ ? others : negatives)};
    const bool any_right = right[l] > 0 && !(keep_share && keep[l] == 0);
    point.chosen = any_right || (cost && !label_);
    point.reachable = point.chosen && (keep_share  ? most[l] == keep[l]
                                       : precision ? most[l] == aim.share
                                                   : true);
  }
  return points;
}

}  // namespace oneormany::metrics
