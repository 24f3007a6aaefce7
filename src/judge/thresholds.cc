#include "judge/thresholds.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>

namespace oneormany {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();  // 0 of nothing

/// How many rows that are answered right, answered wrong, and of which any answer is wrong.
struct Counts {
  double right = 0, wrong = 0, never = 0;
  double all() const { return right + wrong + never; }
};
using Kind = double Counts::*;

/// Where the answers given end: those of score `lowest` are the last; `below` is the next score.
/// Nothing is answered where `lowest` is infinite.
struct Cut {
  double lowest = kInfinity, below = -kInfinity;
  Counts given, all;
  bool reachable = false;
  bool chosen = false;  ///< by something that speaks for it
};

/// Rows by falling score, sorted once: each draw takes one walk.
class Ladder {
 public:
  /// Of one answer a row; the rows of `never` come after the others.
  Ladder(const std::vector<double>& scores, const std::vector<bool>& right,
         const std::vector<double>& never) {
    for (std::size_t i = 0; i < scores.size(); ++i) {
      add(scores[i], right[i] ? &Counts::right : &Counts::wrong);
    }
    for (const double score : never) add(score, &Counts::never);
    sort();
  }

  /// Of one label: probabilities above 0 can pass, others can't.
  Ladder(const Vector& probabilities, const Eigen::VectorXi& target) : label_(true), floor_(0) {
    for (Index i = 0; i < probabilities.size(); ++i) {
      add(probabilities(i), target(i) ? &Counts::right : &Counts::never);
    }
    sort();
  }

  Index rows() const { return static_cast<Index>(falling_.size()); }

  /// Of rows drawn that often.
  Cut choose(const Aim& aim, const Times& times) const;

  double threshold(const Cut& cut) const { return label_ ? halfway(cut) : at_score(cut); }

  /// What a threshold gives of all rows, each once.
  Counts given(double threshold) const { return down_to_[passing(threshold)]; }

  /// kept, precision, answered, never_answered; NaN for a share of nothing.
  std::array<double, 4> shares(const Counts& given, const Counts& all) const {
    const auto share = [](double part, double whole) { return whole > 0 ? part / whole : kNaN; };
    return {share(given.right, all.right), share(given.right, given.all()),
            label_ ? share(given.all(), all.all())
                   : share(given.right + given.wrong, all.right + all.wrong),
            share(given.never, all.never)};
  }

  /// How many clusters each of the shares is of, at this threshold.
  std::array<double, 4> independent(double threshold,
                                    const std::vector<int>& cluster_of_row) const {
    std::array<std::set<int>, 4> clusters;
    const std::size_t passing = this->passing(threshold);
    for (std::size_t i = 0; i < falling_.size(); ++i) {
      const Entry& entry = falling_[i];
      const int own = cluster_of_row[static_cast<std::size_t>(entry.row)];
      if (entry.kind == &Counts::right) clusters[0].insert(own);
      if (i < passing) clusters[1].insert(own);
      if (label_ || entry.kind != &Counts::never) clusters[2].insert(own);
      if (entry.kind == &Counts::never) clusters[3].insert(own);
    }
    std::array<double, 4> counts;
    for (std::size_t m = 0; m < 4; ++m) counts[m] = static_cast<double>(clusters[m].size());
    return counts;
  }

 private:
  struct Entry {
    double score;
    Index row;
    Kind kind;
  };

  void add(double score, Kind kind) {
    if (!std::isfinite(score)) throw std::invalid_argument("threshold: a score is not finite");
    falling_.push_back({score, rows(), kind});
  }

  void sort() {
    std::stable_sort(falling_.begin(), falling_.end(),
                     [](const Entry& a, const Entry& b) { return a.score > b.score; });
    down_to_.resize(falling_.size() + 1);
    for (std::size_t i = 0; i < falling_.size(); ++i) {
      down_to_[i + 1] = down_to_[i];
      down_to_[i + 1].*falling_[i].kind += 1;
    }
  }

  std::size_t passing(double threshold) const {
    const auto end = std::partition_point(falling_.begin(), falling_.end(), [&](const Entry& e) {
      return label_ ? e.score > threshold : e.score >= threshold;
    });
    return static_cast<std::size_t>(end - falling_.begin());
  }

  static double halfway(const Cut& cut) {
    if (!cut.chosen) return 0.5;
    if (cut.lowest == kInfinity) return cut.below;  // nothing is above the highest
    const double middle = (cut.lowest + cut.below) / 2;
    return middle < cut.lowest ? middle : cut.below;  // neighbours may have nothing between them
  }

  static double at_score(const Cut& cut) {
    return cut.lowest < kInfinity ? cut.lowest : std::nextafter(cut.below, kInfinity);
  }

  /// Calls visit(cut) for each place where the answers given may end, the highest score first,
  /// until it says false. Rows that weren't drawn have no part.
  template <typename Visit>
  void walk(const Times& times, Visit visit) const {
    Cut cut;
    std::size_t i = 0;
    const auto next = [&] {
      while (i < falling_.size() && times(falling_[i].row) == 0) ++i;
      cut.below = i < falling_.size() ? falling_[i].score : floor_;
    };
    next();
    if (!visit(cut)) return;
    while (i < falling_.size() && falling_[i].score > floor_) {
      cut.lowest = falling_[i].score;
      for (; i < falling_.size() && falling_[i].score == cut.lowest; ++i) {
        cut.given.*falling_[i].kind += times(falling_[i].row);
      }
      next();
      if (!visit(cut)) return;
    }
  }

  bool label_ = false;
  double floor_ = -kInfinity;
  std::vector<Entry> falling_;
  std::vector<Counts> down_to_;  ///< of the first i entries
};

Cut Ladder::choose(const Aim& aim, const Times& times) const {
  Counts all;
  for (const Entry& entry : falling_) all.*entry.kind += times(entry.row);
  const double carriers = all.right + all.wrong;  // rows that should have an answer
  const double keep = fewest_of(all.right, aim.share);
  // What is better is larger. Of equals the highest threshold, but the lowest of those that have
  // the precision: it answers most.
  const auto worth = [&](const Counts& given) {
    switch (aim.kind) {
      case Aim::Kind::kKeep:
        return std::min(given.right, keep);
      case Aim::Kind::kPrecision:
        return given.right > 0 ? std::min(given.right / given.all() + 1e-12, aim.share) : 0;
      case Aim::Kind::kF1:
        return 2 * given.right / (given.all() + carriers);
      case Aim::Kind::kCost:
        break;
    }
    return -aim.wrong * (given.wrong + given.never) -
           aim.none * (carriers - given.right - given.wrong);
  };
  const bool equals_too = aim.kind == Aim::Kind::kPrecision;
  Cut best;
  double most = -kInfinity;
  bool some_right = false;
  walk(times, [&](const Cut& cut) {
    const double own = worth(cut.given);
    some_right |= cut.given.right > 0;
    if (own > most || (equals_too && own == most && own > 0)) best = cut;
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

/// The interval of a share of pictures to come. `flattery`: how much higher it was in each draw,
/// of the threshold that the draw chose, than the same threshold's on all rows. At least as wide as
/// Wilson's: close to 0 and 1 too few draws differ to say what might have been.
Interval interval_to_come(double value, std::vector<double> flattery, double independent) {
  std::erase_if(flattery, [](double one) { return std::isnan(one); });
  if (std::isnan(value) || flattery.empty()) return {0, 1};
  const Interval off = interval_of(std::move(flattery));
  const Interval wilson = proportion_interval(value * independent, independent);
  return {std::clamp(value - off.high, 0.0, wilson.low),
          std::clamp(value - off.low, wilson.high, 1.0)};
}

/// A threshold for each of the ladders, which are all of the same rows: those of the samples, one
/// after the other.
std::vector<ChosenThreshold> choose_each(const Aim& aim, const std::vector<Ladder>& ladders,
                                         const std::vector<Clusters>& samples, std::uint64_t seed) {
  if (ladders.empty()) return {};
  const Times once = Times::Ones(ladders[0].rows());
  std::vector<Cut> cuts;  // on all rows
  for (const Ladder& ladder : ladders) cuts.push_back(ladder.choose(aim, once));

  std::vector<int> cluster_of_row;
  for (int cluster = 0, first = 0; const Clusters& clusters : samples) {
    cluster_of_row.resize(static_cast<std::size_t>(once.size()));
    int rows = 0;
    for (const auto& own : clusters) {
      for (const int row : own) cluster_of_row.at(static_cast<std::size_t>(first + row)) = cluster;
      rows += static_cast<int>(own.size());
      ++cluster;
    }
    first += rows;
  }

  constexpr std::size_t kEach = 5;  // the threshold, and the flattery of four shares
  const auto draws = bootstrap(
      samples,
      [&](const std::vector<Times>& drawn) {
        Times times(once.size());
        Index first = 0;
        for (const Times& own : drawn) {
          times.segment(first, own.size()) = own;
          first += own.size();
        }
        std::vector<double> found;
        for (std::size_t l = 0; l < ladders.size(); ++l) {
          const Ladder& ladder = ladders[l];
          const Cut cut = ladder.choose(aim, times);
          if (!cut.chosen) {
            found.insert(found.end(), kEach, kNaN);
            continue;
          }
          found.push_back(ladder.threshold(cut));
          const auto here = ladder.shares(cut.given, cut.all);
          const auto there = ladder.shares(ladder.given(found.back()), cuts[l].all);
          for (std::size_t m = 0; m < here.size(); ++m) found.push_back(here[m] - there[m]);
        }
        return found;
      },
      seed);

  std::vector<ChosenThreshold> chosen;
  for (std::size_t l = 0; l < ladders.size(); ++l) {
    const Ladder& ladder = ladders[l];
    ChosenThreshold one;
    one.value = ladder.threshold(cuts[l]);
    one.reachable = cuts[l].reachable;
    std::vector<double> values = draws[l * kEach];
    std::erase_if(values, [](double value) { return std::isnan(value); });
    one.interval = values.empty() ? Interval{one.value, one.value} : interval_of(values);
    const auto shares = ladder.shares(ladder.given(one.value), cuts[l].all);
    const auto independent = ladder.independent(one.value, cluster_of_row);
    const std::array<ChosenThreshold::Achieved*, 4> achieved{&one.kept, &one.precision,
                                                             &one.answered, &one.never_answered};
    for (std::size_t m = 0; m < achieved.size(); ++m) {
      achieved[m]->value = std::isnan(shares[m]) ? 0 : shares[m];
      achieved[m]->interval = interval_to_come(shares[m], draws[l * kEach + 1 + m], independent[m]);
    }
    chosen.push_back(one);
  }
  return chosen;
}

std::size_t rows_of(const Clusters& clusters) {
  std::size_t rows = 0;
  for (const auto& cluster : clusters) rows += cluster.size();
  return rows;
}

}  // namespace

ChosenThreshold choose_threshold(const Aim& aim, const std::vector<double>& scores,
                                 const std::vector<bool>& right, const Clusters& clusters,
                                 std::uint64_t seed, const std::vector<double>& never,
                                 const Clusters& never_clusters) {
  if (scores.empty()) throw std::invalid_argument("choose_threshold: there are no scores");
  if (scores.size() != right.size() || scores.size() != rows_of(clusters) ||
      never.size() != rows_of(never_clusters)) {
    throw std::invalid_argument("choose_threshold: scores, answers and clusters of different rows");
  }
  return choose_each(aim, {Ladder(scores, right, never)}, {clusters, never_clusters}, seed)[0];
}

double label_threshold(const Aim& aim, const Vector& probabilities, const Eigen::VectorXi& target) {
  const Ladder ladder(probabilities, target);
  return ladder.threshold(ladder.choose(aim, Times::Ones(ladder.rows())));
}

std::vector<ChosenThreshold> choose_label_thresholds(const Aim& aim, const Matrix& probabilities,
                                                     const LabelMatrix& target,
                                                     const Clusters& clusters, std::uint64_t seed) {
  if (probabilities.rows() != target.rows() || probabilities.cols() != target.cols() ||
      static_cast<std::size_t>(target.rows()) != rows_of(clusters)) {
    throw std::invalid_argument(
        "choose_label_thresholds: probabilities, labels and clusters of different rows");
  }
  std::vector<Ladder> ladders;
  for (Index c = 0; c < target.cols(); ++c) {
    ladders.emplace_back(probabilities.col(c), target.col(c));
  }
  return choose_each(aim, ladders, {clusters}, seed);
}

Matrix thresholds_from_other_folds(const Aim& aim, const Matrix& probabilities,
                                   const LabelMatrix& target, const std::vector<int>& fold) {
  const int folds = fold.empty() ? 0 : *std::max_element(fold.begin(), fold.end()) + 1;
  Matrix thresholds(folds, probabilities.cols());
  for (int f = 0; f < folds; ++f) {
    std::vector<Index> others;
    for (std::size_t i = 0; i < fold.size(); ++i) {
      if (fold[i] != f) others.push_back(static_cast<Index>(i));
    }
    for (Index c = 0; c < probabilities.cols(); ++c) {
      thresholds(f, c) = label_threshold(aim, probabilities(others, c), target(others, c));
    }
  }
  return thresholds;
}

}  // namespace oneormany
