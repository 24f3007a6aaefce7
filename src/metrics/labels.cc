#include "metrics/labels.h"

#include <algorithm>

namespace oneormany::metrics {
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
  const auto order = falling_order(scores.data(), static_cast<std::size_t>(scores.size()));
  entries_.reserve(order.size());
  bool some = false;  // positives among the equal scores
  for (std::size_t i = 0; i < order.size(); ++i) {
    const bool ends_tie = i + 1 == order.size() || scores(order[i + 1]) < scores(order[i]);
    Entry entry{};
    entry.row = static_cast<std::uint32_t>(order[i] / per_row) & 0x3fffffffu;
    entry.positive = target(order[i]) != 0;
    some |= target(order[i]) != 0;
    entry.counts = ends_tie && some;
    entries_.push_back(entry);
    if (ends_tie) some = false;
  }
}

Lanes<double> Ranking::average_precision(const Times& times) const {
  Lanes<int> seen{}, positives_of_tie{};
  Lanes<double> positives_seen{}, sum{};
  for (const Entry& entry : entries_) {
    const RowTimes there = times.of(static_cast<Index>(entry.row));
    add(seen, there);
    if (entry.positive) add(positives_of_tie, there);
    if (!entry.counts) continue;
    for (std::size_t l = 0; l < kLanes; ++l) {
      const double positives = positives_of_tie[l];
      positives_seen[l] += positives;
      sum[l] += positives * positives_seen[l] / std::max(seen[l], 1);
    }
    positives_of_tie = {};
  }
  return ratio(sum, positives_seen, 0);
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
    if (!entry.counts) continue;
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
  walk(Times::once(target.size()),
       [&](const Positive&, const RowTimes&, const Lanes<double>& of_others) {
         precision.push_back(of_others[0]);
       });
  for (std::size_t i = 0; i < precision.size(); ++i) positives_[i].precision = precision[i];
}

template <typename Visit>
Lanes<double> RankingOfOthers::walk(const Times& times, Visit visit) const {
  Lanes<int> all_positives{}, seen{}, positives_of_tie{};
  for (const Positive& one : positives_) add(all_positives, times.of(one.row));
  Lanes<double> total, positives{}, plain{}, precision;
  for (std::size_t l = 0; l < kLanes; ++l) total[l] = all_positives[l];
  std::size_t next = 0;  // of positives_
  for (std::size_t of_tie = 0; const Entry& entry : entries_) {
    const RowTimes there = times.of(static_cast<Index>(entry.row));
    add(seen, there);
    if (entry.positive) {
      add(positives_of_tie, there);
      ++of_tie;
    }
    if (!entry.counts) continue;
    for (std::size_t l = 0; l < kLanes; ++l) positives[l] += positives_of_tie[l];
    for (; of_tie > 0; --of_tie, ++next) {
      const Positive& one = positives_[next];
      const RowTimes own = times.of(one.row);
      for (std::size_t l = 0; l < kLanes; ++l) {
        const int n = own[l];
        const double others = seen[l] - n * one.own_rows;
        const double found = positives[l] - n * one.own_positives;
        const double all_found = total[l] - n * one.own_total;
        const double likely = found * total[l] / (all_found > 0 ? all_found : 1);
        const double share = likely / (likely + (others - found));
        precision[l] = others > 0 && all_found > 0 ? share : one.precision;
      }
      visit(one, own, precision);
    }
    for (std::size_t l = 0; l < kLanes; ++l) {
      plain[l] += positives_of_tie[l] * positives[l] / std::max(seen[l], 1);
    }
    positives_of_tie = {};
  }
  return ratio(plain, total, 0);
}

RankingOfOthers::Both RankingOfOthers::average_precisions(const Times& times) const {
  Lanes<double> sum{}, all{};
  const Lanes<double> plain =
      walk(times, [&](const Positive&, const RowTimes& own, const Lanes<double>& precision) {
        for (std::size_t l = 0; l < kLanes; ++l) {
          sum[l] += own[l] * precision[l];
          all[l] += own[l];
        }
      });
  return {plain, ratio(sum, all, 0)};
}

Decisions::Decisions(const LabelMatrix& predicted, const LabelMatrix& target)
    : labels_(static_cast<std::size_t>(target.cols())) {
  for (Index i = 0; i < target.rows(); ++i) {
    for (Index c = 0; c < target.cols(); ++c) {
      const int either = predicted(i, c) + target(i, c);
      if (either == 0) continue;
      Label& label = labels_[static_cast<std::size_t>(c)];
      (either == 2 ? label.both : label.one).push_back(static_cast<int>(i));
    }
  }
}

F1OfLabels Decisions::f1(const Times& times) const {
  F1OfLabels found;
  Lanes<double> all_both{}, all_either{}, some{};
  double some_on_all_rows = 0;
  for (const Label& label : labels_) {
    Lanes<int> both{}, one{};
    for (const int row : label.both) add(both, times.of(row));
    for (const int row : label.one) add(one, times.of(row));
    Lanes<double>& f1 = found.each.emplace_back();
    for (std::size_t l = 0; l < kLanes; ++l) {
      const int either = 2 * both[l] + one[l];
      f1[l] = 2.0 * both[l] / std::max(either, 1);
      found.macro[l] += f1[l];
      some[l] += either > 0;
      all_both[l] += both[l];
      all_either[l] += either;
    }
    some_on_all_rows += !label.both.empty() || !label.one.empty();
  }
  found.macro = ratio(found.macro, some, 0);
  for (std::size_t l = 0; l < kLanes; ++l) {
    found.macro[l] *= labels_.empty() ? 0 : some_on_all_rows / static_cast<double>(labels_.size());
    all_both[l] *= 2;
  }
  found.micro = ratio(all_both, all_either, 0);
  return found;
}

}  // namespace oneormany::metrics
