// report.json: other programs rely on its keys, so they are spelt out here one by one;
// docs/report.md explains them.

#include <nlohmann/json.hpp>

#include "report/measures.h"
#include "report/report.h"

namespace oneormany {
namespace {

using Json = nlohmann::ordered_json;

Json interval(const Measured& m) { return Json::array({m.low, m.high}); }

Json measured(const Measured& m) { return {{"value", m.value}, {"ci95", interval(m)}}; }

Json measured(const std::optional<Measured>& m) { return m ? measured(*m) : Json(nullptr); }

Json highest(const Summary& s) {
  return {{"min", s.min}, {"mean", s.mean}, {"median", s.median}, {"max", s.max}};
}

Json sum(const Summary& s) { return {{"min", s.min}, {"mean", s.mean}, {"max", s.max}}; }

Json background_json(const BackgroundFinding& from) {
  Json left_out = Json::array();
  for (const BackgroundFinding::LeftOut& one : from.left_out) {
    left_out.push_back({{"kind", one.kind}, {"pictures", one.pictures}, {"nearest", one.nearest}});
  }
  return {{"own", from.own},
          {"built_in", from.built_in},
          {"bank", from.bank.empty() ? Json(nullptr) : Json(from.bank)},
          {"left_out", left_out},
          {"left_out_for_balance", from.left_out_for_balance}};
}

Json data_json(const Comparison& comparison) {
  Json classes = Json::array();
  for (const ClassCount& one : comparison.classes) {
    classes.push_back({{"name", one.name}, {"count", one.count}});
  }
  Json labels = Json::object();
  for (const auto& [count, pictures] : comparison.labels_per_picture) {
    labels[std::to_string(count)] = pictures;
  }
  Json skipped = Json::array();
  for (const Skip& skip : comparison.skipped) {
    skipped.push_back({{"file", skip.file.string()}, {"why", skip.why}});
  }
  return {{"pictures", comparison.pictures},
          {"classes", classes},
          {"labels_per_picture", labels},
          {"duplicates", comparison.duplicates},
          {"skipped", skipped},
          {"unseen", comparison.unseen},
          {"background", comparison.background},
          {"background_from", background_json(comparison.background_from)}};
}

Json reliability_json(const std::vector<ReliabilityBin>& bins) {
  Json list = Json::array();
  for (std::size_t i = 0; i < bins.size(); ++i) {
    if (bins[i].count == 0) continue;
    const auto n = static_cast<double>(bins.size());
    list.push_back({{"from", static_cast<double>(i) / n},
                    {"to", static_cast<double>(i + 1) / n},
                    {"count", static_cast<std::size_t>(bins[i].count)},
                    {"mean_probability", bins[i].mean_probability},
                    {"share", bins[i].share}});
  }
  return list;
}

Json label_json(const LabelFinding& label) {
  const bool carried = label.count > 0;
  Json tuned = nullptr;
  if (label.tuned) {
    tuned = {{"f1", label.tuned->f1},
             {"threshold", measured(label.tuned->threshold)},
             {"reachable", label.tuned->reachable},
             {"kept", measured(label.tuned->kept)},
             {"precision", measured(label.tuned->precision)}};
  }
  const auto& precision = label.average_precision;
  return {{"name", label.name},
          {"count", label.count},
          {"average_precision", carried ? Json(precision.value) : Json(nullptr)},
          {"f1", label.f1},
          {"ece", label.ece},
          {"ci95", {{"average_precision", carried ? interval(precision) : Json(nullptr)}}},
          {"tuned", tuned},
          {"reliability", reliability_json(label.reliability)}};
}

Json labels_json(const LabelFindings& labels) {
  Json tuned = nullptr;
  if (labels.tuned) {
    tuned = {{"aim", labels.tuned->aim},
             {"macro_f1", labels.tuned->macro_f1.value},
             {"micro_f1", labels.tuned->micro_f1.value},
             {"ci95",
              {{"macro_f1", interval(labels.tuned->macro_f1)},
               {"micro_f1", interval(labels.tuned->micro_f1)}}}};
  }
  Json each = Json::array();
  for (const LabelFinding& label : labels.each) each.push_back(label_json(label));
  return {{"macro_map", labels.macro_map.value},
          {"micro_map", labels.micro_map.value},
          {"micro_f1", labels.micro_f1.value},
          {"ci95",
           {{"macro_map", interval(labels.macro_map)},
            {"micro_map", interval(labels.micro_map)},
            {"micro_f1", interval(labels.micro_f1)}}},
          {"tuned", tuned},
          {"each", each}};
}

Json in_domain_json(const InDomain& in) {
  Json json = {
      {"accuracy", in.accuracy.value},
      {"macro_f1", in.macro_f1.value},
      {"log_loss", in.log_loss},
      {"brier", in.brier},
      {"ece", in.ece},
      {"map", in.map},
      {"max_probability", highest(in.max_probability)},
      {"sum_of_probabilities", sum(in.sum_of_probabilities)},
      {"ci95", {{"accuracy", interval(in.accuracy)}, {"macro_f1", interval(in.macro_f1)}}}};
  if (in.labels) json["labels"] = labels_json(*in.labels);
  return json;
}

Json unseen_json(const Unseen& unseen) {
  const Json keeping_95 = {{"value", unseen.keeping_95.value},
                           {"ci95", interval(unseen.keeping_95)},
                           {"threshold", unseen.threshold}};
  return {{"max_probability", highest(unseen.max_probability)},
          {"sum_of_probabilities", sum(unseen.sum_of_probabilities)},
          {"labelled",
           {{"argmax", unseen.at_argmax.value},
            {"at_0.5", unseen.at_05.value},
            {"at_0.9", unseen.at_09.value},
            {"keeping_95", keeping_95}}},
          {"auroc", unseen.auroc.value},
          {"fpr95", unseen.fpr95.value},
          {"ci95",
           {{"argmax", interval(unseen.at_argmax)},
            {"at_0.5", interval(unseen.at_05)},
            {"at_0.9", interval(unseen.at_09)},
            {"auroc", interval(unseen.auroc)},
            {"fpr95", interval(unseen.fpr95)}}}};
}

Json scores_json(const std::vector<ScoreFinding>& scores) {
  Json list = Json::array();
  for (const ScoreFinding& score : scores) {
    list.push_back({{"name", score.name},
                    {"threshold", score.threshold},
                    {"rehearsal", measured(score.rehearsal)},
                    {"labelled", measured(score.labelled)},
                    {"auroc", measured(score.auroc)},
                    {"fpr95", measured(score.fpr95)}});
  }
  return list;
}

Json calibration_json(const CalibrationFinding& calibration) {
  Json kinds = Json::array();
  for (const CalibrationFinding::Kind& kind : calibration.kinds) {
    kinds.push_back(
        {{"name", kind.name}, {"log_loss", kind.log_loss}, {"ece", measured(kind.ece)}});
  }
  return {{"chosen", calibration.chosen},
          {"kinds", kinds},
          {"reliability",
           {{"before", reliability_json(calibration.before)},
            {"after", reliability_json(calibration.after)}}}};
}

Json arms_json(const std::vector<Arm>& arms) {
  Json list = Json::array();
  for (const Arm& arm : arms) {
    Json one = {{"name", arm.name}, {"loss", arm.loss}, {"activation", arm.activation}};
    if (!arm.head.empty()) one["head"] = arm.head;
    one["in_domain"] = in_domain_json(arm.in_domain);
    one["unseen"] = arm.unseen ? unseen_json(*arm.unseen) : Json(nullptr);
    one["scores"] = scores_json(arm.scores);
    one["calibration"] = arm.calibration ? calibration_json(*arm.calibration) : Json(nullptr);
    list.push_back(std::move(one));
  }
  return list;
}

Json classes_json(const Comparison& comparison) {
  const auto& classes = comparison.recommended->classes;
  if (classes.empty()) return nullptr;
  Json list = Json::array();
  for (std::size_t c = 0; c < classes.size(); ++c) {
    const auto& one = classes[c];
    Json mistaken_for = nullptr;
    if (one.mistaken_for) {
      mistaken_for = {{"name", comparison.classes.at(*one.mistaken_for).name},
                      {"share", one.mistaken}};
    }
    list.push_back({{"name", comparison.classes.at(c).name},
                    {"recall", measured(one.recall)},
                    {"precision", measured(one.precision)},
                    {"given", measured(one.given)},
                    {"kept", measured(one.kept)},
                    {"unseen", measured(one.unseen)},
                    {"mistaken_for", mistaken_for}});
  }
  return list;
}

Json recommended_json(const Comparison& comparison) {
  if (!comparison.recommended) return nullptr;
  const Recommendation& recommended = *comparison.recommended;
  return {
      {"arm", comparison.arms.at(recommended.arm).name},
      {"score", recommended.score},
      {"aim", recommended.aim},
      {"threshold", measured(recommended.threshold)},
      {"reachable", recommended.reachable},
      {"kept", measured(recommended.kept)},
      {"precision", measured(recommended.precision)},
      {"answered", measured(recommended.answered)},
      {"rehearsal", measured(recommended.rehearsal)},
      {"unseen", measured(recommended.unseen)},
      {"labels", recommended.labels ? Json{{"recall", measured(recommended.labels->recall)},
                                           {"precision", measured(recommended.labels->precision)}}
                                    : Json(nullptr)},
      {"classes", classes_json(comparison)}};
}

Json differences_json(const Comparison& comparison) {
  Json list = Json::array();
  for (const ArmDifference& one : comparison.differences) {
    list.push_back({{"arm", comparison.arms.at(one.arm).name},
                    {"score", measured(one.score)},
                    {"p", one.p},
                    {"score_differs", one.score_differs},
                    {"unseen", measured(one.unseen)},
                    {"unseen_differs", one.unseen ? Json(one.unseen_differs) : Json(nullptr)}});
  }
  return list;
}

Json sizes_json(const ConformalFinding::Sizes& sizes) {
  return {{"empty", measured(sizes.empty)},
          {"one", measured(sizes.one)},
          {"several", measured(sizes.several)},
          {"mean", sizes.mean}};
}

Json conformal_json(const ConformalFinding& sets) {
  return {{"risk", sets.risk},
          {"coverage", measured(sets.coverage)},
          {"in_domain", sizes_json(sets.in_domain)},
          {"background", sets.background ? sizes_json(*sets.background) : Json(nullptr)},
          {"unseen", sets.unseen ? sizes_json(*sets.unseen) : Json(nullptr)},
          {"without_promise", sets.without_promise}};
}

Json suspects_json(const std::vector<Suspect>& suspects) {
  Json list = Json::array();
  for (const Suspect& one : suspects) {
    list.push_back({{"file", one.file.string()},
                    {"label", one.label},
                    {"answer", one.answer.empty() ? Json(nullptr) : Json(one.answer)},
                    {"label_probability", one.label_probability},
                    {"answer_probability", one.answer_probability}});
  }
  return list;
}

Json untrained_json(const std::vector<UntrainedArm>& arms) {
  Json list = Json::array();
  for (const UntrainedArm& arm : arms) list.push_back({{"name", arm.name}, {"why", arm.why}});
  return list;
}

/// Of logits nobody knows how they came about, so every key is null.
Json protocol_json(const Comparison& comparison) {
  if (comparison.from_logits) {
    return {{"folds", nullptr}, {"seeds", nullptr},     {"backbone", nullptr},
            {"size", nullptr},  {"precision", nullptr}, {"stages", nullptr}};
  }
  return {{"folds", comparison.folds},         {"seeds", comparison.seeds},
          {"backbone", comparison.backbone},   {"size", comparison.size},
          {"precision", comparison.precision}, {"stages", comparison.stages}};
}

Json seconds_json(const Comparison& comparison) {
  const bool trained = !comparison.from_logits;
  return {{"features", trained ? Json(comparison.seconds_features) : Json(nullptr)},
          {"heads", trained ? Json(comparison.seconds_heads) : Json(nullptr)},
          {"total", comparison.seconds_total}};
}

}  // namespace

std::string json_report(const Comparison& comparison) {
  require_finite(comparison);
  const Json report = {
      {"format", "oneormany-report-1"},
      {"data", data_json(comparison)},
      {"protocol", protocol_json(comparison)},
      {"arms", arms_json(comparison.arms)},
      {"recommended", recommended_json(comparison)},
      {"differences", differences_json(comparison)},
      {"conformal", comparison.sets ? conformal_json(*comparison.sets) : Json(nullptr)},
      {"suspects", suspects_json(comparison.suspects)},
      {"untrained", untrained_json(comparison.untrained)},
      {"notes", comparison.notes},
      {"verdict", comparison.verdict},
      {"seconds", seconds_json(comparison)}};
  // File names needn't be UTF-8, JSON must be: a broken byte becomes U+FFFD.
  return report.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace oneormany
