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
/// F1 at 0.5, tuned macro and micro F1, then the average precision of each label.
class Measuring {
 public:
  Measuring(const Matrix& p, const metrics::LabelMatrix& target, const metrics::Decisions& at_05,
            const metrics::Decisions* tuned)
      : all_(p.reshaped<Eigen::RowMajor>(), target.reshaped<Eigen::RowMajor>(), p.cols()),
        at_05_(at_05),
        tuned_(tuned) {
    for (Index c = 0; c < p.cols(); ++c) each_.emplace_back(p.col(c), target.col(c));
  }

  /// NaN: undefined, for none of the rows that count carries the label.
  std::vector<double> measure(const metrics::Times& times) const {
    std::vector<double> precision;
    double sum = 0, carried = 0;
    for (const metrics::Ranking& one : each_) {
      const double own = one.average_precision(times);
      sum += own;
      carried += own > 0;  // it is never 0 where a row carries the label
      precision.push_back(own > 0 ? own : kNaN);
    }
    const metrics::F1OfLabels tuned = tuned_ ? tuned_->f1(times) : metrics::F1OfLabels{};
    std::vector<double> found{carried > 0 ? sum / carried : kNaN,
                              carried > 0 ? all_.average_precision(times) : kNaN,
                              at_05_.f1(times).micro, tuned.macro, tuned.micro};
    found.insert(found.end(), precision.begin(), precision.end());
    return found;
  }

 private:
  metrics::Ranking all_;
  std::vector<metrics::Ranking> each_;
  const metrics::Decisions& at_05_;
  const metrics::Decisions* tuned_;
};

/// How many independent pictures (clusters) each measure is of: those that carry the label or, of
/// all labels together, any. A mean over labels is as sure as the mean of a share of each label's
/// pictures: the rare ones decide.
std::vector<double> independent(const metrics::LabelMatrix& target,
                                const metrics::Clusters& clusters) {
  std::vector<double> labelled(static_cast<std::size_t>(target.cols()));
  double any = 0;
  for (const auto& rows : clusters) {
    const Eigen::RowVectorXi carried = target(rows, Eigen::all).colwise().maxCoeff();
    for (std::size_t c = 0; c < labelled.size(); ++c) {
      labelled[c] += carried(static_cast<Index>(c));
    }
    any += carried.maxCoeff();
  }
  double labels = 0, inverse = 0;
  for (const double own : labelled) {
    labels += own > 0;
    inverse += own > 0 ? 1 / own : 0;
  }
  const double mean = labels > 0 ? std::min(any, labels * labels / inverse) : 0;
  std::vector<double> found{mean, any, any, mean, any};
  found.insert(found.end(), labelled.begin(), labelled.end());
  return found;
}

std::vector<metrics::ChosenThreshold> thresholds_for(const metrics::Aim& aim, const Matrix& p,
                                                     const metrics::LabelMatrix& target,
                                                     const metrics::Clusters& clusters,
                                                     std::uint64_t seed) {
  base::Progress progress("thresholds of the labels", 1000);
  return metrics::choose_label_thresholds(aim, p, target, clusters, seed, [&] {
    base::throw_if_stopped();
    progress.add();
  });
}

}  // namespace

LabelResults evaluate_per_label(const Predictions& predictions,
                                const std::vector<std::vector<int>>& labels,
                                const std::vector<ClassCount>& names,
                                const std::vector<std::vector<int>>& folds, const metrics::Aim& aim,
                                std::uint64_t seed) {
  const Matrix& p = predictions.probabilities;
  const metrics::LabelMatrix target = loss::one_hot(labels, p.cols()).cast<int>();
  const metrics::Decisions at_05(metrics::decide(p, 0.5), target);
  const bool has_folds = !folds.empty();
  const metrics::Decisions at_tuned(has_folds ? tune(aim, p, target, folds) : target, target);
  const Measuring measuring(p, target, at_05, has_folds ? &at_tuned : nullptr);
  const metrics::Clusters clusters = metrics::clusters_of(predictions.group_of_row);
  const auto measured = measure_replicates(
                            {clusters}, {labels.size()},
                            [&](const auto& times) { return measuring.measure(times[0]); }, seed,
                            "intervals of the labels", independent(target, clusters))
                            .measured;
  const auto thresholds = has_folds ? thresholds_for(aim, p, target, clusters, seed)
                                    : std::vector<metrics::ChosenThreshold>();

  LabelResults found;
  found.macro_map = measured[0];
  found.micro_map = measured[1];
  found.micro_f1 = measured[2];
  if (has_folds) found.tuned = {measured[3], measured[4], aim};
  const metrics::Times once = metrics::Times::Ones(p.rows());
  const auto f1 = at_05.f1(once).each;
  const auto f1_tuned = at_tuned.f1(once).each;
  for (std::size_t c = 0; c < names.size(); ++c) {
    const auto column = static_cast<Index>(c);
    LabelResult one;
    one.name = names[c].name;
    one.count = names[c].count;
    one.average_precision = measured[5 + c];
    one.f1 = f1[c];
    if (has_folds) {
      const metrics::ChosenThreshold& chosen = thresholds[c];
      one.tuned = {f1_tuned[c], measured_of(chosen.value, chosen.interval), chosen.reachable,
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
                                                  const metrics::Aim& aim, std::uint64_t seed) {
  const Matrix& p = model.own.probabilities;
  const metrics::LabelMatrix target = loss::one_hot(labels, p.cols()).cast<int>();
  const metrics::LabelMatrix given =
      accepted(selection, model.own).asDiagonal() * tune(aim, p, target, folds);
  // Of each row how many labels.
  const metrics::Times carried = target.rowwise().sum().transpose();
  const metrics::Times labelled = given.rowwise().sum().transpose();
  const metrics::Times both = given.cwiseProduct(target).rowwise().sum().transpose();
  const auto measured = measure_replicates(
                            {metrics::clusters_of(model.own.group_of_row)}, {labels.size()},
                            [&](const auto& times) {
                              const int right = times[0].dot(both);
                              return std::vector{ratio(right, times[0].dot(carried)),
                                                 ratio(right, times[0].dot(labelled))};
                            },
                            seed)
                            .measured;
  return {measured[0], measured[1]};
}

}  // namespace oneormany::evaluate
