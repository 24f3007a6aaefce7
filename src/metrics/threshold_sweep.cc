#include "metrics/threshold_sweep.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>

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
                               const std::vector<double>& negatives) {
  for (std::size_t i = 0; i < scores.size(); ++i) {
    add(scores[i], right[i] ? &Counts::right : &Counts::wrong);
  }
  for (const double score : negatives) add(score, &Counts::negative);
  sort();
}

ThresholdSweep::ThresholdSweep(const Vector& probabilities, const Eigen::VectorXi& target)
    : label_(true), floor_(0) {
  for (Index i = 0; i < probabilities.size(); ++i) {
    add(probabilities(i), target(i) ? &Counts::right : &Counts::negative);
  }
  sort();
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
    const int own = cluster_of_row[static_cast<std::size_t>(entry.row)];
    if (entry.count == &Counts::right) clusters[0].insert(own);
    if (i < passing) clusters[1].insert(own);
    if (label_ || entry.count != &Counts::negative) clusters[2].insert(own);
  }
  std::array<double, 3> counts;
  for (std::size_t m = 0; m < counts.size(); ++m)
    counts[m] = static_cast<double>(clusters[m].size());
  return counts;
}

void ThresholdSweep::add(double score, Count count) {
  if (!std::isfinite(score)) throw std::invalid_argument("threshold: a score is not finite");
  falling_.push_back({score, rows(), count});
}

void ThresholdSweep::sort() {
  std::stable_sort(falling_.begin(), falling_.end(),
                   [](const Entry& a, const Entry& b) { return a.score > b.score; });
  down_to_.resize(falling_.size() + 1);
  for (std::size_t i = 0; i < falling_.size(); ++i) {
    down_to_[i + 1] = down_to_[i];
    down_to_[i + 1].*falling_[i].count += 1;
  }
}

std::size_t ThresholdSweep::passing(double threshold) const {
  const auto end = std::partition_point(falling_.begin(), falling_.end(), [&](const Entry& e) {
    return label_ ? e.score > threshold : e.score >= threshold;
  });
  return static_cast<std::size_t>(end - falling_.begin());
}

template <typename Visit>
void ThresholdSweep::walk(const Times& times, Visit visit) const {
  OperatingPoint point;
  std::size_t i = 0;
  const auto next = [&] {
    while (i < falling_.size() && times(falling_[i].row) == 0) ++i;
    point.below = i < falling_.size() ? falling_[i].score : floor_;
  };
  next();
  if (!visit(point)) return;
  while (i < falling_.size() && falling_[i].score > floor_) {
    point.lowest = falling_[i].score;
    for (; i < falling_.size() && falling_[i].score == point.lowest; ++i) {
      point.accepted.*falling_[i].count += times(falling_[i].row);
    }
    next();
    if (!visit(point)) return;
  }
}

ThresholdSweep::OperatingPoint ThresholdSweep::choose(const Aim& aim, const Times& times) const {
  Counts all;
  for (const Entry& entry : falling_) all.*entry.count += times(entry.row);
  const double labelled = all.right + all.wrong;  // rows that should get a label
  const double keep = fewest_of(all.right, aim.share);
  // What is better is larger. Of equals the highest threshold, but the lowest of those that have
  // the precision: it accepts most.
  const auto worth = [&](const Counts& accepted) {
    switch (aim.kind) {
      case Aim::Kind::kKeep:
        return std::min(accepted.right, keep);
      case Aim::Kind::kPrecision:
        return accepted.right > 0 ? std::min(accepted.right / accepted.all() + 1e-12, aim.share)
                                  : 0;
      case Aim::Kind::kF1:
        return 2 * accepted.right / (accepted.all() + labelled);
      case Aim::Kind::kCost:
        break;
    }
    return -aim.wrong * (accepted.wrong + accepted.negative) -
           aim.none * (labelled - accepted.right - accepted.wrong);
  };
  const bool equals_too = aim.kind == Aim::Kind::kPrecision;
  OperatingPoint best;
  double most = -kInfinity;
  bool some_right = false;
  walk(times, [&](const OperatingPoint& point) {
    const double own = worth(point.accepted);
    some_right |= point.accepted.right > 0;
    if (own > most || (equals_too && own == most && own > 0)) best = point;
    most = std::max(most, own);
    return aim.kind != Aim::Kind::kKeep || own < keep;
  });
  const bool cost = aim.kind == Aim::Kind::kCost;
  best.all = all;
  best.chosen = some_right || (cost && !label_);
  best.reachable = best.chosen && (aim.kind == Aim::Kind::kKeep        ? most == keep
                                   : aim.kind == Aim::Kind::kPrecision ? most == aim.share
                                                                       : true);
  return best;
}

}  // namespace oneormany::metrics
