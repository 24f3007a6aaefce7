#pragma once
// Measures with their bootstrap intervals.

#include <functional>
#include <string>
#include <vector>

#include "evaluate/model_result.h"
#include "metrics/bootstrap.h"
#include "metrics/measures.h"
#include "metrics/paired.h"

namespace oneormany::evaluate {

/// What measure() returns for all rows, each with its 95 % interval over bootstrap replicates of
/// the clusters, and those replicates. The replicates of calls with the same clusters and
/// resampling are paired.
struct MeasuredReplicates {
  std::vector<Measured> measured;
  std::vector<std::vector<double>> replicates;
};

/// measure: as of metrics::bootstrap(). The measures are shares or the like, in 0–1: where all
/// replicates agree, the interval is that of a share of as many independent pictures as
/// `independent` has for the measure (empty: of the last sample's clusters). A measure that is
/// undefined for these rows is NaN: such replicates are left out of the interval, and of all rows
/// it counts as 0. `what` is for the progress line. Throws Interrupted on Ctrl-C.
MeasuredReplicates measure_replicates(
    const std::vector<metrics::Clusters>& samples,
    const std::function<std::vector<metrics::Lanes<double>>(const std::vector<metrics::Times>&)>&
        measure,
    const metrics::Resampling& resampling, const std::string& what = "intervals",
    const std::vector<double>& independent = {});

/// Of two measures in the same replicates: measured[a] minus measured[b].
metrics::Difference paired_difference(const MeasuredReplicates& all, std::size_t a, std::size_t b);

Measured measured_of(double value, const metrics::Interval& interval);

/// measured[at], a macro F1, with its mirrored_interval(); where all replicates agree, as it is.
/// pictures: of each class or label.
Measured macro_f1_of(const MeasuredReplicates& all, std::size_t at,
                     const std::vector<double>& pictures);

/// With an interval at least as wide as Wilson's of so many pictures. Near 1, where few pictures
/// are wrong, the replicates of a share lie too high.
Measured at_least_wilson(const Measured& share, double pictures);

/// A mean over classes is as sure as the mean of a share of each class's pictures: the rare ones
/// decide. As many pictures as such a mean is of, but no more than carry any.
double pictures_of_mean(const std::vector<double>& pictures, double any);

/// How many different pictures (clusters) carry each label.
std::vector<double> pictures_of(const metrics::LabelMatrix& target,
                                const metrics::Clusters& clusters);

/// Do all replicates agree that are not NaN?
bool is_point(const std::vector<double>& replicates);

/// What a p-value must be below.
inline constexpr double kSignificanceLevel = 0.05;

/// 1 for some of the rows, 0 for the others.
using Indicator = Eigen::RowVectorXi;

/// Share of the rows, each as often as it is there, for which the indicator is 1.
metrics::Lanes<double> share(const metrics::Times& times, const Indicator& indicator);

/// part / whole; NaN if there is no whole.
double ratio(int part, int whole);
metrics::Lanes<double> ratio(const metrics::Lanes<int>& part, const metrics::Lanes<int>& whole);

/// 1 for each row of which holds(row) holds.
template <typename Holds>
Indicator indicator(std::size_t rows, Holds holds) {
  Indicator found(static_cast<Index>(rows));
  for (std::size_t i = 0; i < rows; ++i) found(static_cast<Index>(i)) = holds(i) ? 1 : 0;
  return found;
}

}  // namespace oneormany::evaluate
