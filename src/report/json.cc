// report.json: other programs rely on its keys, so they are spelt out here one by one;
// docs/report.md explains them.

#include <nlohmann/json.hpp>

#include "report/measures.h"
#include "report/report.h"

namespace oneormany {
namespace {

using Json = nlohmann::ordered_json;

Json interval(const Measured& m) { return Json::array({m.low, m.high}); }

Json highest(const Summary& s) {
  return {{"min", s.min}, {"mean", s.mean}, {"median", s.median}, {"max", s.max}};
}

Json sum(const Summary& s) { return {{"min", s.min}, {"mean", s.mean}, {"max", s.max}}; }

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
  return {
      {"pictures", comparison.pictures},     {"classes", classes}, {"labels_per_picture", labels},
      {"duplicates", comparison.duplicates}, {"skipped", skipped}, {"unseen", comparison.unseen},
      {"background", comparison.background}};
}

Json in_domain_json(const InDomain& in) {
  return {{"accuracy", in.accuracy.value},
          {"macro_f1", in.macro_f1.value},
          {"log_loss", in.log_loss},
          {"brier", in.brier},
          {"ece", in.ece},
          {"map", in.map},
          {"max_probability", highest(in.max_probability)},
          {"sum_of_probabilities", sum(in.sum_of_probabilities)},
          {"ci95", {{"accuracy", interval(in.accuracy)}, {"macro_f1", interval(in.macro_f1)}}}};
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

Json arms_json(const std::vector<Arm>& arms) {
  Json list = Json::array();
  for (const Arm& arm : arms) {
    list.push_back({{"name", arm.name},
                    {"loss", arm.loss},
                    {"activation", arm.activation},
                    {"head", arm.head},
                    {"in_domain", in_domain_json(arm.in_domain)},
                    {"unseen", arm.unseen ? unseen_json(*arm.unseen) : Json(nullptr)}});
  }
  return list;
}

Json untrained_json(const std::vector<UntrainedArm>& arms) {
  Json list = Json::array();
  for (const UntrainedArm& arm : arms) list.push_back({{"name", arm.name}, {"why", arm.why}});
  return list;
}

}  // namespace

std::string json_report(const Comparison& comparison) {
  require_finite(comparison);
  const Json report = {{"format", "oneormany-report-1"},
                       {"data", data_json(comparison)},
                       {"protocol",
                        {{"folds", comparison.folds},
                         {"seeds", comparison.seeds},
                         {"backbone", comparison.backbone},
                         {"size", comparison.size},
                         {"precision", comparison.precision}}},
                       {"arms", arms_json(comparison.arms)},
                       {"untrained", untrained_json(comparison.untrained)},
                       {"notes", comparison.notes},
                       {"verdict", comparison.verdict},
                       {"seconds",
                        {{"features", comparison.seconds_features},
                         {"heads", comparison.seconds_heads},
                         {"total", comparison.seconds_total}}}};
  // File names needn't be UTF-8, JSON must be: a broken byte becomes U+FFFD.
  return report.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace oneormany
