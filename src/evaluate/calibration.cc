#include "evaluate/calibration.h"

#include <functional>

#include "base/progress.h"
#include "base/stop.h"
#include "data/data.h"
#include "evaluate/replicates.h"
#include "loss/matrix.h"
#include "metrics/calibration.h"
#include "metrics/reliability.h"

namespace oneormany::evaluate {
namespace {

metrics::CalibrationChoice calibrate(
    const ModelPredictions& model, const Matrix& targets,
    const std::vector<std::vector<int>>& folds,
    const std::function<void(metrics::CalibrationMethod, const Matrix&)>& each_method) {
  const loss::Activation activation = model.spec.activation();
  base::Progress progress("calibration",
                          metrics::calibration_steps(activation, targets.cols(), folds));
  return metrics::choose_calibration(
      activation, model.own.logits, targets, folds, model.own.group_of_row,
      [&] {
        base::throw_if_stopped();
        progress.add();
      },
      each_method);
}

}  // namespace

CalibrationResult evaluate_calibration(const ModelPredictions& model,
                                       const std::vector<std::vector<int>>& labels,
                                       const std::vector<std::vector<int>>& folds,
                                       const metrics::Resampling& resampling) {
  const std::vector<int>& groups = model.own.group_of_row;
  const Index classes = model.own.probabilities.cols();
  const Matrix targets = loss::one_hot(labels, model.own.logits.cols());
  const bool one_class = data::problem_of(labels) == data::Problem::kOneClass;
  std::vector<metrics::Confidence> confidences;
  const metrics::CalibrationChoice choice =
      calibrate(model, targets, folds, [&](metrics::CalibrationMethod, const Matrix& p) {
        confidences.push_back(one_class ? metrics::confidence_of_best(p.leftCols(classes), labels)
                                        : metrics::confidence_of_all(p.leftCols(classes), labels));
      });
  CalibrationResult found;
  found.chosen = choice.method;
  const MeasuredReplicates eces = measure_replicates(
      {metrics::clusters_of(groups)},
      [&](const auto& times) {
        std::vector<metrics::Lanes<double>> all(
            2 * confidences.size());  // all ECEs, then all distances
        for (std::size_t k = 0; k < confidences.size(); ++k) {
          const metrics::Confidence::Replicates one = confidences[k].replicate(times[0]);
          all[k] = one.ece;
          all[confidences.size() + k] = one.distance;
        }
        return all;
      },
      resampling);
  for (std::size_t k = 0; k < choice.tried.size(); ++k) {
    const metrics::CalibrationTried& tried = choice.tried[k];
    const double ece = eces.measured[k].value;
    const metrics::Interval interval =
        metrics::ece_interval(ece, eces.replicates[k], eces.replicates[choice.tried.size() + k]);
    found.methods.push_back({tried.method, tried.log_loss, {ece, interval.low, interval.high}});
    if (tried.method == metrics::CalibrationMethod::kNone)
      found.before = confidences[k].reliability();
    if (tried.method != choice.method) continue;
    const metrics::Difference fall = paired_difference(eces, k, 0);
    found.ece_falls = fall.significant && fall.value < 0;
    found.after = confidences[k].reliability();
  }
  return found;
}

}  // namespace oneormany::evaluate
