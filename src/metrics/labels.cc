#include "metrics/labels.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace oneormany::metrics {
namespace {

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

std::vector<Index> falling(const Vector& scores) {
  std::vector<Index> order(static_cast<std::size_t>(scores.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return scores(a) > scores(b); });
  return order;
}

}  // namespace

LabelMatrix decide(const Matrix& probabilities, const Matrix& thresholds,
                   const std::vector<int>& fold) {
  LabelMatrix decided(probabilities.rows(), probabilities.cols());
  for (Index i = 0; i < probabilities.rows(); ++i) {
    const auto own = thresholds.row(fold[static_cast<std::size_t>(i)]);
    decided.row(i) = (probabilities.row(i).array() > own.array()).cast<int>();
  }
  return decided;
}

Ranking::Ranking(const Vector& scores, const Eigen::VectorXi& target, Index per_row) {
  const auto order = falling(scores);
  entries_.reserve(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const bool ends_tie = i + 1 == order.size() || scores(order[i + 1]) < scores(order[i]);
    Entry entry{};
    entry.row = static_cast<std::uint32_t>(order[i] / per_row) & 0x3fffffffu;
    entry.positive = target(order[i]) != 0;
    entry.ends_tie = ends_tie;
    entries_.push_back(entry);
  }
}

double Ranking::average_precision(const Eigen::RowVectorXi& times) const {
  std::int64_t seen = 0, positives_of_tie = 0;
  double positives_seen = 0, sum = 0;
  for (const Entry& entry : entries_) {
    const int n = times(static_cast<Index>(entry.row));
    seen += n;
    positives_of_tie += entry.positive ? n : 0;
    if (!entry.ends_tie || positives_of_tie == 0) continue;
    const auto positives = static_cast<double>(positives_of_tie);
    positives_seen += positives;
    sum += positives * positives_seen / static_cast<double>(seen);
    positives_of_tie = 0;
  }
  return ratio(sum, positives_seen);
}

RankingOfOthers::RankingOfOthers(const Vector& scores, const Eigen::VectorXi& target,
                                 const std::vector<int>& cluster_of_row)
    : Ranking(scores, target) {
  struct Seen {
    int positives = 0, rows = 0;
  };
  const auto cluster = [&](Index row) {
    return static_cast<std::size_t>(cluster_of_row[static_cast<std::size_t>(row)]);
  };
  std::vector<Seen> seen(
      static_cast<std::size_t>(*std::max_element(cluster_of_row.begin(), cluster_of_row.end())) +
      1);
  std::size_t first_of_tie = 0;  // of positives_
  for (const Entry& entry : entries_) {
    Seen& own = seen[cluster(entry.row)];
    ++own.rows;
    own.positives += static_cast<int>(entry.positive);
    if (entry.positive) positives_.push_back({.row = entry.row});
    if (!entry.ends_tie) continue;
    for (; first_of_tie < positives_.size(); ++first_of_tie) {
      Positive& one = positives_[first_of_tie];
      one.own_positives = seen[cluster(one.row)].positives;
      one.own_rows = seen[cluster(one.row)].rows;
    }
  }
  clusters_ = static_cast<double>(
      std::count_if(seen.begin(), seen.end(), [](const Seen& own) { return own.positives > 0; }));

  for (Positive& one : positives_) {
    one.own_total = seen[cluster(one.row)].positives;
    one.precision = (clusters_ + 1) / (clusters_ + 2);
  }

  std::vector<double> precision;
  walk(Eigen::RowVectorXi::Ones(target.size()),
       [&](const Positive&, int, double of_others) { precision.push_back(of_others); });
  for (std::size_t i = 0; i < precision.size(); ++i) positives_[i].precision = precision[i];
}

template <typename Visit>
double RankingOfOthers::walk(const Eigen::RowVectorXi& times, Visit visit) const {
  std::int64_t total = 0, seen = 0, positives = 0, positives_of_tie = 0;
  for (const Positive& one : positives_) total += times(one.row);
  double plain = 0;
  std::size_t next = 0;  // of positives_
  for (std::size_t of_tie = 0; const Entry& entry : entries_) {
    const int n = times(static_cast<Index>(entry.row));
    seen += n;
    of_tie += entry.positive;
    positives_of_tie += entry.positive ? n : 0;
    if (!entry.ends_tie || of_tie == 0) continue;
    positives += positives_of_tie;
    for (; of_tie > 0; --of_tie, ++next) {
      const Positive& one = positives_[next];
      const int there = times(one.row);
      if (there == 0) continue;
      const auto others = static_cast<double>(seen - std::int64_t{there} * one.own_rows);
      const auto found = static_cast<double>(positives - std::int64_t{there} * one.own_positives);
      const auto all_found = static_cast<double>(total - std::int64_t{there} * one.own_total);
      double precision = one.precision;
      if (others > 0 && all_found > 0) {
        const double likely = found * static_cast<double>(total) / all_found;
        precision = likely / (likely + (others - found));
      }
      visit(one, there, precision);
    }
    plain += static_cast<double>(positives_of_tie) * static_cast<double>(positives) /
             static_cast<double>(std::max<std::int64_t>(seen, 1));
    positives_of_tie = 0;
  }
  return ratio(plain, static_cast<double>(total));
}

RankingOfOthers::Both RankingOfOthers::average_precisions(const Eigen::RowVectorXi& times) const {
  double sum = 0, all = 0;
  const double plain = walk(times, [&](const Positive&, int there, double precision) {
    sum += there * precision;
    all += there;
  });
  return {plain, ratio(sum, all)};
}

Decisions::Decisions(const LabelMatrix& predicted, const LabelMatrix& target)
    : labels_(static_cast<std::size_t>(target.cols())) {
  for (Index i = 0; i < target.rows(); ++i) {
    for (Index c = 0; c < target.cols(); ++c) {
      const int either = predicted(i, c) + target(i, c);
      if (either == 0) continue;
      cells_.push_back({static_cast<int>(i), static_cast<int>(c), either == 2, either});
    }
  }
  some_ = static_cast<double>(((predicted + target).colwise().sum().array() > 0).count());
}

F1OfLabels Decisions::f1(const Eigen::RowVectorXi& times) const {
  std::vector<double> both(labels_), either(labels_);
  for (const Cell& cell : cells_) {
    both[static_cast<std::size_t>(cell.label)] += cell.both * times(cell.row);
    either[static_cast<std::size_t>(cell.label)] += cell.either * times(cell.row);
  }
  F1OfLabels found;
  double all_both = 0, all_either = 0, some = 0;
  for (std::size_t c = 0; c < labels_; ++c) {
    found.each.push_back(ratio(2 * both[c], either[c]));
    found.macro += found.each[c];
    some += either[c] > 0;
    all_both += both[c];
    all_either += either[c];
  }
  found.macro = ratio(found.macro, some) * ratio(some_, static_cast<double>(labels_));
  found.micro = ratio(2 * all_both, all_either);
  return found;
}

}  // namespace oneormany::metrics
