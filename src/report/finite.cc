// NaN never reaches a report: every face of the comparison asks this first.

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "report/measures.h"
#include "report/text.h"

namespace oneormany::report {
namespace {

/// Checks the numbers of one place, which the error names.
class Check {
 public:
  explicit Check(std::string place) : place_(std::move(place)) {}

  void number(const char* what, double value) const {
    if (!std::isfinite(value)) {
      throw Error(fmt::format(
          "report: {}, {} is not a finite number, so no report is written; this is a fault in the "
          "program, please report it with the data's description",
          place_, what));
    }
  }
  void measured(const char* what, const evaluate::Measured& m) const {
    for (const double value : {m.value, m.low, m.high}) number(what, value);
  }
  void measured(const char* what, const std::optional<evaluate::Measured>& m) const {
    if (m) measured(what, *m);
  }
  void summary(const char* what, const evaluate::Summary& s) const {
    for (const double value : {s.min, s.mean, s.median, s.max}) number(what, value);
  }
  void numbers(const char* what, const std::vector<double>& values) const {
    for (const double value : values) number(what, value);
  }
  void bins(const std::vector<metrics::ReliabilityBin>& bins) const {
    for (const metrics::ReliabilityBin& bin : bins) {
      numbers("reliability", {bin.count, bin.mean_probability, bin.share});
    }
  }

 private:
  std::string place_;
};

void check_labels(const evaluate::ModelResult& model) {
  if (!model.in_domain.labels) return;
  const evaluate::LabelResults& labels = *model.in_domain.labels;
  const Check check("arm " + base::printable(model.name) + ", labels");
  check.measured("macro_map", labels.macro_map);
  check.measured("micro_map", labels.micro_map);
  check.measured("micro_f1", labels.micro_f1);
  if (labels.tuned) {
    check.measured("tuned macro_f1", labels.tuned->macro_f1);
    check.measured("tuned micro_f1", labels.tuned->micro_f1);
  }
  for (const evaluate::LabelResult& label : labels.each) {
    const Check own("arm " + base::printable(model.name) + ", label " +
                    base::printable(label.name));
    own.measured("average_precision", label.average_precision);
    own.number("f1", label.f1);
    own.number("ece", label.ece);
    if (label.tuned) {
      own.number("tuned f1", label.tuned->f1);
      own.measured("threshold", label.tuned->threshold);
      own.measured("kept", label.tuned->kept);
      own.measured("precision", label.tuned->precision);
    }
    own.bins(label.reliability);
  }
}

void check_in_domain(const evaluate::ModelResult& model) {
  const Check check("arm " + base::printable(model.name) + ", in domain");
  const evaluate::InDomain& in = model.in_domain;
  check.measured("accuracy", in.accuracy);
  check.measured("macro_f1", in.macro_f1);
  check.number("log_loss", in.log_loss);
  check.number("brier", in.brier);
  check.number("ece", in.ece);
  check.number("map", in.map);
  check.summary("max_probability", in.max_probability);
  check.summary("sum_of_probabilities", in.sum_of_probabilities);
  check.numbers("the highest probability of a picture", model.in_domain_max);
}

void check_unseen(const evaluate::ModelResult& model) {
  const Check check("arm " + base::printable(model.name) + ", unseen");
  check.numbers("the highest probability of a picture", model.unseen_max);
  if (!model.unseen) return;
  const evaluate::UnseenResult& unseen = *model.unseen;
  check.summary("max_probability", unseen.max_probability);
  check.summary("sum_of_probabilities", unseen.sum_of_probabilities);
  check.measured("labelled argmax", unseen.at_argmax);
  check.measured("labelled at_0.5", unseen.at_05);
  check.measured("labelled at_0.9", unseen.at_09);
  check.measured("labelled keeping_95", unseen.keeping_95);
  check.number("threshold", unseen.threshold);
  check.measured("auroc", unseen.auroc);
  check.measured("fpr95", unseen.fpr95);
}

void check_scores(const evaluate::ModelResult& model) {
  for (const evaluate::ScoreResult& score : model.scores) {
    const Check check("arm " + base::printable(model.name) + ", score " +
                      std::string(ood::name_of(score.kind)));
    check.number("threshold", score.threshold);
    check.measured("rehearsal", score.estimate);
    check.measured("labelled", score.labelled);
    check.measured("auroc", score.auroc);
    check.measured("fpr95", score.fpr95);
  }
}

void check_calibration(const evaluate::ModelResult& model) {
  if (!model.calibration) return;
  const std::string place = "arm " + base::printable(model.name) + ", calibration";
  for (const evaluate::CalibrationResult::Method& kind : model.calibration->methods) {
    const Check check(place + " " + std::string(metrics::name_of(kind.method)));
    check.number("log_loss", kind.log_loss);
    check.measured("ece", kind.ece);
  }
  Check(place + " before").bins(model.calibration->before);
  Check(place + " after").bins(model.calibration->after);
}

void check_recommended(const evaluate::Results& comparison) {
  if (const auto& recommended = comparison.recommended) {
    const Check check("recommended");
    check.measured("threshold", recommended->threshold);
    check.measured("kept", recommended->kept);
    check.measured("precision", recommended->precision);
    check.measured("answered", recommended->answered);
    check.measured("rehearsal", recommended->estimate);
    check.measured("unseen", recommended->unseen);
    if (recommended->labels) {
      check.measured("recall of labels", recommended->labels->recall);
      check.measured("precision of labels", recommended->labels->precision);
    }
    for (const auto& one : recommended->classes) {
      check.measured("recall of a class", one.recall);
      check.measured("precision of a class", one.precision);
      check.measured("given of a class", one.given);
      check.measured("kept of a class", one.kept);
      check.measured("unseen of a class", one.unseen);
      check.number("mistaken of a class", one.mistaken);
    }
  }
  for (const evaluate::ModelDifference& one : comparison.differences) {
    const Check check("differences");
    check.measured("score", one.score);
    check.number("p", one.p);
    check.measured("unseen", one.unseen);
  }
}

void check_sets(const evaluate::PredictionSets& sets) {
  const Check check("conformal");
  check.number("risk", sets.alpha);
  check.measured("coverage", sets.coverage);
  const auto sizes = [&](const char* what, const evaluate::PredictionSets::Sizes& found) {
    for (const evaluate::Measured& share : {found.empty, found.one, found.several}) {
      check.measured(what, share);
    }
    check.number(what, found.mean);
  };
  sizes("in_domain", sets.in_domain);
  if (sets.background) sizes("background", *sets.background);
  if (sets.unseen) sizes("unseen", *sets.unseen);
}

}  // namespace

void require_finite(const evaluate::Results& comparison) {
  for (const evaluate::ModelResult& model : comparison.models) {
    check_in_domain(model);
    check_labels(model);
    check_unseen(model);
    check_scores(model);
    check_calibration(model);
  }
  check_recommended(comparison);
  if (comparison.prediction_sets) check_sets(*comparison.prediction_sets);
  for (const evaluate::LabelError& one : comparison.label_errors) {
    Check("suspect " + base::printable(one.file.string()))
        .numbers("a probability", {one.label_probability, one.prediction_probability});
  }
  for (const evaluate::FalseAccept& false_accept : comparison.false_accepts) {
    const Check check("mistake " + base::printable(false_accept.file.string()));
    for (const auto& answer : false_accept.predictions)
      check.number("a probability", answer.probability);
  }
  const Check check("seconds");
  check.number("features", comparison.seconds.features);
  check.number("heads", comparison.seconds.heads);
  check.number("total", comparison.seconds.total);
}

}  // namespace oneormany::report
