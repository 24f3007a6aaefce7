#include "metrics/threshold_sweep.h"

#include <algorithm>
#include <cmath>
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
  std::array<std::vector<bool>, 3> seen;  // clusters
  seen.fill(std::vector<bool>(cluster_of_row.size()));
  std::array<double, 3> counts{};
  const std::size_t passing = this->passing(threshold);
  for (std::size_t i = 0; i < falling_.size(); ++i) {
    const Entry& entry = falling_[i];
    const std::size_t before = entry.of_negatives ? rows_ : 0;
    const auto own =
        static_cast<std::size_t>(cluster_of_row[before + static_cast<std::size_t>(entry.row)]);
    const std::array<bool, 3> of{entry.count == kRight, i < passing,
                                 label_ || entry.count != kNegative};
    for (std::size_t m = 0; m < of.size(); ++m) {
      if (!of[m] || seen[m][own]) continue;
      seen[m][own] = true;
      ++counts[m];
    }
  }
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
  std::sort(right_.begin(), right_.end());  // in the order of their times
}

std::size_t ThresholdSweep::passing(double threshold) const {
  const auto end = std::partition_point(falling_.begin(), falling_.end(), [&](const Entry& e) {
    return label_ ? e.score > threshold : e.score >= threshold;
  });
  return static_cast<std::size_t>(end - falling_.begin());
}

std::vector<ThresholdSweep::OperatingPoint> ThresholdSweep::choose(
    const Aim& aim, const std::vector<Times>& times) const {
  switch (aim.kind) {
    case Aim::Kind::kKeep:
      return choose_for<Aim::Kind::kKeep>(aim, times);
    case Aim::Kind::kPrecision:
      return choose_for<Aim::Kind::kPrecision>(aim, times);
    case Aim::Kind::kF1:
      return choose_for<Aim::Kind::kF1>(aim, times);
    case Aim::Kind::kCost:
      break;
  }
  return choose_for<Aim::Kind::kCost>(aim, times);
}

template <Aim::Kind kKind>
std::vector<ThresholdSweep::OperatingPoint> ThresholdSweep::choose_for(
    const Aim& aim, const std::vector<Times>& times) const {
  constexpr bool keep_share = kKind == Aim::Kind::kKeep;
  constexpr bool precision = kKind == Aim::Kind::kPrecision;
  constexpr bool cost = kKind == Aim::Kind::kCost;
  Lanes<int> all_right{};
  for (const int row : right_) add(all_right, times[0].of(row));
  Lanes<double> labelled;  // rows that should get a label
  Lanes<int> keep;         // right ones
  for (std::size_t l = 0; l < kLanes; ++l) {
    labelled[l] = label_ ? all_right[l] : times[0].sum()[l];
    keep[l] = static_cast<int>(fewest_of(all_right[l], aim.share));
  }
  // What is better is larger. Of equals the highest threshold, but the lowest of those that have
  // the precision: it accepts most.
  Lanes<int> right{}, wrong{}, negative{}, passed{};
  Lanes<double> worth, most;
  const auto find_worth = [&] {
    for (std::size_t l = 0; l < kLanes; ++l) {
      const double accepted = right[l] + wrong[l] + negative[l];
      if constexpr (keep_share) {
        worth[l] = std::min(right[l], keep[l]);
      } else if constexpr (precision) {
        const double share = right[l] / std::max(accepted, 1.0);
        worth[l] = right[l] > 0 ? std::min(share + 1e-12, aim.share) : 0;
      } else if constexpr (cost) {
        worth[l] =
            -aim.wrong * (wrong[l] + negative[l]) - aim.none * (labelled[l] - right[l] - wrong[l]);
      } else {
        worth[l] = 2.0 * right[l] / std::max(accepted + labelled[l], 1.0);
      }
    }
  };
  find_worth();  // of accepting nothing
  most = worth;
  Lanes<int> end{}, best_right{}, best_wrong{}, best_negative{};  // of the best: entries, counts
  // Where every row can pass, the share is kept sooner or later. Few rows are below there: from the
  // lowest one up, where are too few right ones left?
  const bool from_below = keep_share && !falling_.empty() && falling_.back().score > floor_;
  if (from_below) {
    const Lanes<int>& rows = times[0].sum();
    right = all_right;
    Lanes<int> open;  // lanes that must go on
    for (std::size_t l = 0; l < kLanes; ++l) {
      wrong[l] = label_ ? 0 : rows[l] - all_right[l];
      negative[l] = label_ ? rows[l] - all_right[l] : times.size() > 1 ? times[1].sum()[l] : 0;
      open[l] = keep[l] > 0;
    }
    for (std::size_t i = falling_.size(); i > 0;) {
      const auto here = static_cast<int>(i);
      const double score = falling_[i - 1].score;
      std::array<Lanes<int>, 3> equal{};  // by Count
      for (; i > 0 && falling_[i - 1].score == score; --i) {
        add(equal[falling_[i - 1].count], there(falling_[i - 1], times));
      }
      int some = 0;
      for (std::size_t l = 0; l < kLanes; ++l) {
        const bool best = open[l] && right[l] - equal[kRight][l] < keep[l];
        end[l] = best ? here : end[l];
        best_right[l] = best ? right[l] : best_right[l];
        best_wrong[l] = best ? wrong[l] : best_wrong[l];
        best_negative[l] = best ? negative[l] : best_negative[l];
        open[l] = best ? 0 : open[l];
        some |= open[l];
        right[l] -= equal[kRight][l];
        wrong[l] -= equal[kWrong][l];
        negative[l] -= equal[kNegative][l];
      }
      if (some == 0) break;
    }
    right = all_right;
    for (std::size_t l = 0; l < kLanes; ++l) most[l] = keep[l];
  }
  bool some_right = false;  // among the equal scores
  for (std::size_t i = 0; !from_below && i < falling_.size() && falling_[i].score > floor_; ++i) {
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
    find_worth();
    Lanes<int> better;
    for (std::size_t l = 0; l < kLanes; ++l) better[l] = worth[l] > most[l];
    if constexpr (precision) {
      for (std::size_t l = 0; l < kLanes; ++l) {
        const int accepted = right[l] + wrong[l] + negative[l];
        better[l] |= worth[l] > 0 && worth[l] >= most[l] && accepted > passed[l];
        passed[l] = accepted;
      }
    }
    const int here = static_cast<int>(i) + 1;
    for (std::size_t l = 0; l < kLanes; ++l) most[l] = std::max(most[l], worth[l]);
    for (std::size_t l = 0; l < kLanes; ++l) {
      end[l] = better[l] ? here : end[l];
      best_right[l] = better[l] ? right[l] : best_right[l];
      best_wrong[l] = better[l] ? wrong[l] : best_wrong[l];
      best_negative[l] = better[l] ? negative[l] : best_negative[l];
    }
    if constexpr (keep_share) {
      int left = 0;
      for (std::size_t l = 0; l < kLanes; ++l) left |= most[l] < keep[l];
      if (left == 0) break;
    }
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
