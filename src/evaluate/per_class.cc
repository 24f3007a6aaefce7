#include "evaluate/per_class.h"

#include <set>

#include "evaluate/replicates.h"

namespace oneormany::evaluate {
namespace {

/// Of each class.
using Counts = std::vector<metrics::Lanes<int>>;

/// How many different pictures (clusters) have such a class, of all classes. Copies may be of
/// several.
std::vector<double> pictures_of(const std::vector<int>& class_of_row,
                                const metrics::Clusters& clusters, Index classes) {
  std::vector<double> counts(static_cast<std::size_t>(classes));
  for (const auto& rows : clusters) {
    std::set<int> own;
    for (const int row : rows) own.insert(class_of_row[static_cast<std::size_t>(row)]);
    for (const int one : own) ++counts[static_cast<std::size_t>(one)];
  }
  return counts;
}

/// Share of the unseen pictures that get each class.
std::vector<Measured> given_to(const Predictions& unseen, const Indicator& reached, Index classes,
                               const metrics::Resampling& resampling) {
  const std::vector<int>& best = unseen.best;
  return measure_replicates(
             {metrics::clusters_of(unseen.group_of_row)},
             [&](const auto& times) {
               Counts given(static_cast<std::size_t>(classes));
               for (std::size_t i = 0; i < best.size(); ++i) {
                 const auto row = static_cast<Index>(i);
                 if (reached(row)) add(given[static_cast<std::size_t>(best[i])], times[0].of(row));
               }
               std::vector<metrics::Lanes<double>> shares;
               for (const auto& one : given) shares.push_back(ratio(one, times[0].sum()));
               return shares;
             },
             resampling)
      .measured;
}

}  // namespace

std::vector<Recommendation::PerClass> evaluate_per_class(
    const Selection& selection, const Predictions& labelled, const Predictions* unseen,
    const std::vector<std::vector<int>>& labels, const metrics::Resampling& resampling) {
  const Index classes = labelled.probabilities.cols();
  const std::vector<int>& best = labelled.best;
  std::vector<int> own;
  for (const auto& of_row : labels) own.push_back(of_row.front());
  const Indicator reached = accepted(selection, labelled);
  const metrics::Clusters clusters = metrics::clusters_of(labelled.group_of_row);

  // All recalls, then all precisions, all shares given, all shares of right predictions kept.
  std::vector<double> independent = pictures_of(own, clusters, classes);
  const std::vector<double> called = pictures_of(best, clusters, classes), of_own = independent;
  for (const auto& more : {called, of_own, of_own}) {
    independent.insert(independent.end(), more.begin(), more.end());
  }
  const auto measured = measure_replicates(
                            {clusters},
                            [&](const auto& times) {
                              const auto n = static_cast<std::size_t>(classes);
                              Counts pictures(n), predictions(n), right(n), given(n);
                              for (std::size_t i = 0; i < own.size(); ++i) {
                                const auto row = static_cast<Index>(i);
                                const metrics::RowTimes there = times[0].of(row);
                                const auto of = static_cast<std::size_t>(own[i]);
                                add(pictures[of], there);
                                add(predictions[static_cast<std::size_t>(best[i])], there);
                                if (best[i] != own[i]) continue;
                                add(right[of], there);
                                if (reached(row)) add(given[of], there);
                              }
                              std::vector<metrics::Lanes<double>> found;
                              for (std::size_t c = 0; c < n; ++c)
                                found.push_back(ratio(right[c], pictures[c]));
                              for (std::size_t c = 0; c < n; ++c)
                                found.push_back(ratio(right[c], predictions[c]));
                              for (std::size_t c = 0; c < n; ++c)
                                found.push_back(ratio(given[c], pictures[c]));
                              for (std::size_t c = 0; c < n; ++c)
                                found.push_back(ratio(given[c], right[c]));
                              return found;
                            },
                            resampling, "intervals of the classes", independent)
                            .measured;
  const auto to_unseen = unseen
                             ? given_to(*unseen, accepted(selection, *unseen), classes, resampling)
                             : std::vector<Measured>();

  Eigen::MatrixXi taken = Eigen::MatrixXi::Zero(classes, classes);  // for another class
  Eigen::VectorXi pictures = Eigen::VectorXi::Zero(classes);
  for (std::size_t i = 0; i < own.size(); ++i) {
    ++pictures(own[i]);
    taken(own[i], best[i]) += own[i] != best[i];
  }

  std::vector<Recommendation::PerClass> found;
  for (Index c = 0; c < classes; ++c) {
    const auto i = static_cast<std::size_t>(c), n = static_cast<std::size_t>(classes);
    const double right = measured[i].value * of_own[i];
    Recommendation::PerClass one{.recall = at_least_wilson(measured[i], of_own[i]),
                                 .precision = {},
                                 .given = at_least_wilson(measured[2 * n + i], of_own[i]),
                                 .kept = at_least_wilson(measured[3 * n + i], right),
                                 .unseen = {},
                                 .mistaken_for = {},
                                 .mistaken = 0};
    if (called[i] > 0) one.precision = at_least_wilson(measured[n + i], called[i]);
    if (unseen) one.unseen = to_unseen[i];
    Index most = 0;
    if (const int mistaken = taken.row(c).maxCoeff(&most); mistaken > 0) {
      one.mistaken_for = static_cast<std::size_t>(most);
      one.mistaken = ratio(mistaken, pictures(c));
    }
    found.push_back(one);
  }
  return found;
}

Recommendation::Outcome evaluate_outcome(const Selection& selection, const Predictions& labelled,
                                         const std::vector<std::vector<int>>& labels,
                                         const metrics::Resampling& resampling) {
  const Indicator reached = accepted(selection, labelled);
  const auto given = [&](bool right) {
    return indicator(labels.size(), [&](std::size_t i) {
      return reached(static_cast<Index>(i)) > 0 && (labelled.best[i] == labels[i].front()) == right;
    });
  };
  const Indicator right = given(true), wrong = given(false), none = 1 - reached.array();
  const metrics::Clusters clusters = metrics::clusters_of(labelled.group_of_row);
  const std::vector<Measured> found =
      measure_replicates(
          {clusters},
          [&](const auto& times) {
            return std::vector{share(times[0], right), share(times[0], wrong),
                               share(times[0], none)};
          },
          resampling)
          .measured;
  const auto pictures = static_cast<double>(clusters.size());
  return {at_least_wilson(found[0], pictures), at_least_wilson(found[1], pictures),
          at_least_wilson(found[2], pictures)};
}

}  // namespace oneormany::evaluate
