#include "evaluate/per_class.h"

#include <set>

#include "evaluate/replicates.h"

namespace oneormany::evaluate {
namespace {

using Counts = Eigen::VectorXi;

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
std::vector<Measured> given_to(const Predictions& unseen, const metrics::Times& reached,
                               Index classes, std::uint64_t seed) {
  const std::vector<int>& best = unseen.best;
  return measure_replicates(
             {metrics::clusters_of(unseen.group_of_row)}, {best.size()},
             [&](const auto& times) {
               Counts given = Counts::Zero(classes);
               for (std::size_t i = 0; i < best.size(); ++i) {
                 if (reached(static_cast<Index>(i)))
                   given(best[i]) += times[0](static_cast<Index>(i));
               }
               std::vector<double> shares;
               for (const int one : given) shares.push_back(ratio(one, times[0].sum()));
               return shares;
             },
             seed)
      .measured;
}

}  // namespace

std::vector<Recommendation::PerClass> evaluate_per_class(
    const Selection& selection, const Predictions& labelled, const Predictions* unseen,
    const std::vector<std::vector<int>>& labels, std::uint64_t seed) {
  const Index classes = labelled.probabilities.cols();
  const std::vector<int>& best = labelled.best;
  std::vector<int> own;
  for (const auto& of_row : labels) own.push_back(of_row.front());
  const metrics::Times reached = accepted(selection, labelled);
  const metrics::Clusters clusters = metrics::clusters_of(labelled.group_of_row);

  // All recalls, then all precisions, all shares given, all shares of right predictions kept.
  std::vector<double> independent = pictures_of(own, clusters, classes);
  const std::vector<double> called = pictures_of(best, clusters, classes), of_own = independent;
  for (const auto& more : {called, of_own, of_own}) {
    independent.insert(independent.end(), more.begin(), more.end());
  }
  const auto measured = measure_replicates(
                            {clusters}, {labels.size()},
                            [&](const auto& times) {
                              Counts pictures = Counts::Zero(classes), predictions = pictures,
                                     right = pictures, given = pictures;
                              for (std::size_t i = 0; i < own.size(); ++i) {
                                const int n = times[0](static_cast<Index>(i));
                                pictures(own[i]) += n;
                                predictions(best[i]) += n;
                                if (best[i] != own[i]) continue;
                                right(own[i]) += n;
                                if (reached(static_cast<Index>(i))) given(own[i]) += n;
                              }
                              std::vector<double> found;
                              for (Index c = 0; c < classes; ++c)
                                found.push_back(ratio(right(c), pictures(c)));
                              for (Index c = 0; c < classes; ++c)
                                found.push_back(ratio(right(c), predictions(c)));
                              for (Index c = 0; c < classes; ++c)
                                found.push_back(ratio(given(c), pictures(c)));
                              for (Index c = 0; c < classes; ++c)
                                found.push_back(ratio(given(c), right(c)));
                              return found;
                            },
                            seed, "intervals of the classes", independent)
                            .measured;
  const auto to_unseen = unseen ? given_to(*unseen, accepted(selection, *unseen), classes, seed)
                                : std::vector<Measured>();

  Eigen::MatrixXi taken = Eigen::MatrixXi::Zero(classes, classes);  // for another class
  Counts pictures = Counts::Zero(classes);
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

}  // namespace oneormany::evaluate
