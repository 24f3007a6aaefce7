#include "evaluate/per_label.h"

#include <algorithm>
#include <limits>

#include "base/progress.h"
#include "base/stop.h"
#include "evaluate/replicates.h"
#include "loss/matrix.h"
#include "metrics/bootstrap.h"
#include "metrics/labels.h"
#include "metrics/reliability.h"
#include "metrics/thresholds.h"

namespace oneormany::evaluate {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Decisions at the thresholds that the other folds chose.
metrics::LabelMatrix tune(const metrics::Aim& aim, const Matrix& p,
                          const metrics::LabelMatrix& target,
                          const std::vector<std::vector<int>>& folds) {
  metrics::LabelMatrix decided(p.rows(), p.cols());
  Index first = 0;
  for (const std::vector<int>& fold : folds) {
    const auto n = static_cast<Index>(fold.size());
    // Of this repeat alone: in another one the same picture lies in another fold.
    const Matrix own = p.middleRows(first, n);
    const Matrix thresholds =
        metrics::thresholds_from_other_folds(aim, own, target.middleRows(first, n), fold);
    decided.middleRows(first, n) = metrics::decide(own, thresholds, fold);
    first += n;
  }
  return decided;
}

/// The measures that get an interval, one after the other: macro and micro average precision, micro
/// F1 at 0.5, tuned macro and micro F1; the average precision of each label; then, of others, the
/// macro average precision and that of each label.
class Measuring {
 public:
  static constexpr std::size_t kFirstLabel = 5;

  Measuring(const Matrix& p, const metrics::LabelMatrix& target, const std::vector<int>& groups,
            const metrics::Decisions& at_05, const metrics::Decisions* tuned)
      : all_(p.reshaped<Eigen::RowMajor>(), target.reshaped<Eigen::RowMajor>(), p.cols()),
        at_05_(at_05),
        tuned_(tuned) {
    for (Index c = 0; c < p.cols(); ++c) each_.emplace_back(p.col(c), target.col(c), groups);
  }

  /// NaN: undefined, for none of the rows that count carries the label.
  std::vector<metrics::Lanes<double>> measure(const metrics::Times& times) const {
    constexpr std::size_t kLanes = metrics::kLanes;
    const std::size_t first_of_others = kFirstLabel + each_.size();
    std::vector<metrics::Lanes<double>> found(first_of_others + 1 + each_.size());
    metrics::Lanes<double> sum{}, sum_of_others{}, carried{};
    for (std::size_t c = 0; c < each_.size(); ++c) {
      const auto own = each_[c].average_precisions(times);
      for (std::size_t l = 0; l < kLanes; ++l) {
        const bool defined = own.plain[l] > 0;  // it is never 0 where a row carries the label
        sum[l] += own.plain[l];
        sum_of_others[l] += own.of_others[l];
        carried[l] += defined;
        found[kFirstLabel + c][l] = defined ? own.plain[l] : kNaN;
        found[first_of_others + 1 + c][l] = defined ? own.of_others[l] : kNaN;
      }
    }
    found[0] = metrics::ratio(sum, carried, kNaN);
    found[1] = all_.average_precision(times);
    found[2] = at_05_.f1(times).micro;
    if (tuned_) {
      const metrics::F1OfLabels tuned = tuned_->f1(times);
      found[3] = tuned.macro;
      found[4] = tuned.micro;
    }
    found[first_of_others] = metrics::ratio(sum_of_others, carried, kNaN);
    for (std::size_t l = 0; l < kLanes; ++l) {
      if (carried[l] == 0) found[1][l] = kNaN;
    }
    return found;
  }

 private:
  metrics::Ranking all_;
  std::vector<metrics::RankingOfOthers> each_;
  const metrics::Decisions& at_05_;
  const metrics::Decisions* tuned_;
};

/// How many different pictures (clusters) carry any label.
double with_any(const metrics::LabelMatrix& target, const metrics::Clusters& clusters) {
  double any = 0;
  for (const auto& rows : clusters) any += target(rows, Eigen::all).maxCoeff();
  return any;
}

/// How many independent pictures (clusters) each measure is of: those that carry the label or, of
/// all labels together, any.
std::vector<double> independent(const std::vector<double>& labelled, double any) {
  const double mean = pictures_of_mean(labelled, any);
  std::vector<double> found{mean, any, any, mean, any};
  found.insert(found.end(), labelled.begin(), labelled.end());
  found.push_back(mean);
  found.insert(found.end(), labelled.begin(), labelled.end());
  return found;
}

/// Measure `plain`, an average precision or a mean of such, with the interval that its measure
/// `of_others` allows. n: pictures of the label, or their harmonic mean. Of one label, whose
/// precision is far from normal, the interval reaches up to that of the plain replicates too.
Measured precision_of(const MeasuredReplicates& all, std::size_t plain, std::size_t of_others,
                      double n, bool one_label) {
  const Measured& measured = all.measured[plain];
  if (is_point(all.replicates[plain])) return measured;
  metrics::Interval interval =
      metrics::wider_interval(all.measured[of_others].value, all.replicates[of_others], n);
  if (one_label) {
    interval.high = std::max(
        interval.high, metrics::wider_interval(measured.value, all.replicates[plain], n).high);
  }
  return {measured.value, std::min(interval.low, measured.value),
          std::max(interval.high, measured.value)};
}

std::vector<metrics::ChosenThreshold> thresholds_for(const metrics::Aim& aim, const Matrix& p,
                                                     const metrics::LabelMatrix& target,
                                                     const metrics::Clusters& clusters,
                                                     const metrics::Resampling& resampling) {
  base::Progress progress("thresholds of the labels", resampling.blocks());
  return metrics::choose_label_thresholds(aim, p, target, clusters, resampling, [&] {
    base::throw_if_stopped();
    progress.add();
  });
}

}  // namespace

LabelResults evaluate_per_label(const Predictions& predictions,
                                const std::vector<std::vector<int>>& labels,
                                const std::vector<ClassCount>& names,
                                const std::vector<std::vector<int>>& folds, const metrics::Aim& aim,
                                const metrics::Resampling& resampling) {
  const Matrix& p = predictions.probabilities;
  const metrics::LabelMatrix target = metrics::label_matrix(labels, p.cols());
  const metrics::Decisions at_05(metrics::decide(p, 0.5), target);
  const bool has_folds = !folds.empty();
  const metrics::Decisions at_tuned(has_folds ? tune(aim, p, target, folds) : target, target);
  const Measuring measuring(p, target, predictions.group_of_row, at_05,
                            has_folds ? &at_tuned : nullptr);
  const metrics::Clusters clusters = metrics::clusters_of(predictions.group_of_row);
  const std::vector<double> pictures = pictures_of(target, clusters);
  const double any = with_any(target, clusters);
  const MeasuredReplicates all = measure_replicates(
      {clusters}, [&](const auto& times) { return measuring.measure(times[0]); }, resampling,
      "intervals of the labels", independent(pictures, any));
  const std::vector<Measured>& measured = all.measured;
  const auto thresholds = has_folds ? thresholds_for(aim, p, target, clusters, resampling)
                                    : std::vector<metrics::ChosenThreshold>();

  LabelResults found;
  const std::size_t first = Measuring::kFirstLabel, first_of_others = first + names.size();
  found.macro_map = precision_of(all, 0, first_of_others, metrics::harmonic_mean(pictures), false);
  found.micro_map = measured[1];
  found.micro_f1 = measured[2];
  if (has_folds) found.tuned = {macro_f1_of(all, 3, pictures), measured[4], aim};
  const metrics::Times once = metrics::Times::once(p.rows());
  const auto f1 = at_05.f1(once).each;
  const auto f1_tuned = at_tuned.f1(once).each;
  for (std::size_t c = 0; c < names.size(); ++c) {
    const auto column = static_cast<Index>(c);
    LabelResult one;
    one.name = names[c].name;
    one.count = names[c].count;
    one.average_precision =
        precision_of(all, first + c, first_of_others + 1 + c, pictures[c], true);
    one.f1 = f1[c][0];
    if (has_folds) {
      const metrics::ChosenThreshold& chosen = thresholds[c];
      one.tuned = {f1_tuned[c][0], measured_of(chosen.value, chosen.interval), chosen.reachable,
                   measured_of(chosen.kept.value, chosen.kept.interval),
                   measured_of(chosen.precision.value, chosen.precision.interval)};
    }
    const metrics::Confidence confidence(p.col(column), target.col(column));
    one.reliability = confidence.reliability();
    one.ece = confidence.ece();
    found.each.push_back(std::move(one));
  }
  return found;
}

Recommendation::GivenLabels evaluate_given_labels(const Selection& selection,
                                                  const ModelPredictions& model,
                                                  const std::vector<std::vector<int>>& labels,
                                                  const std::vector<std::vector<int>>& folds,
                                                  const metrics::Aim& aim,
                                                  const metrics::Resampling& resampling) {
  const Matrix& p = model.own.probabilities;
  const metrics::LabelMatrix target = metrics::label_matrix(labels, p.cols());
  return measure_given_labels(
      model.own, accepted(selection, model.own).asDiagonal() * tune(aim, p, target, folds), labels,
      resampling);
}

metrics::LabelMatrix labels_at(const Matrix& probabilities, const std::vector<double>& thresholds) {
  metrics::LabelMatrix given(probabilities.rows(), probabilities.cols());
  for (Index c = 0; c < probabilities.cols(); ++c) {
    const double threshold = thresholds[static_cast<std::size_t>(c)];
    given.col(c) = (probabilities.col(c).array() >= threshold).cast<int>();
  }
  return given;
}

Recommendation::GivenLabels measure_given_labels(const Predictions& predictions,
                                                 const metrics::LabelMatrix& given,
                                                 const std::vector<std::vector<int>>& labels,
                                                 const metrics::Resampling& resampling) {
  const metrics::LabelMatrix target = metrics::label_matrix(labels, given.cols());
  // Of each row how many labels.
  const Eigen::RowVectorXi carried = target.rowwise().sum().transpose();
  const Eigen::RowVectorXi labelled = given.rowwise().sum().transpose();
  const Eigen::RowVectorXi both = given.cwiseProduct(target).rowwise().sum().transpose();
  const auto measured = measure_replicates(
                            {metrics::clusters_of(predictions.group_of_row)},
                            [&](const auto& times) {
                              const metrics::Lanes<int> right = weighted_sum(times[0], both);
                              return std::vector{ratio(right, weighted_sum(times[0], carried)),
                                                 ratio(right, weighted_sum(times[0], labelled))};
                            },
                            resampling)
                            .measured;
  return {measured[0], measured[1]};
}

}  // namespace oneormany::evaluate
