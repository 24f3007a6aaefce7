// report.json: other programs rely on its keys, so they are spelt out here one by one;
// docs/report.md explains them.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "report/report.h"
#include "report/verdict.h"

namespace oneormany::report {
namespace {

using Json = nlohmann::ordered_json;

Json interval(const evaluate::Measured& m) { return Json::array({m.low, m.high}); }

Json measured(const evaluate::Measured& m) { return {{"value", m.value}, {"ci95", interval(m)}}; }

Json measured(const std::optional<evaluate::Measured>& m) {
  return m ? measured(*m) : Json(nullptr);
}

Json highest(const evaluate::Summary& s) {
  return {{"min", s.min}, {"mean", s.mean}, {"median", s.median}, {"max", s.max}};
}

Json sum(const evaluate::Summary& s) { return {{"min", s.min}, {"mean", s.mean}, {"max", s.max}}; }

Json unlabelled_json(const evaluate::DataSummary& data) {
  const evaluate::DataSummary::Unlabelled& unlabelled = data.unlabelled;
  if (unlabelled.given == 0) return nullptr;
  Json left_out = Json::array();
  for (const auto& one : unlabelled.left_out) {
    left_out.push_back({{"file", one.file.string()},
                        {"label", data.classes.at(static_cast<std::size_t>(one.label)).name},
                        {"probability", one.probability}});
  }
  return {{"given", unlabelled.given},
          {"background", unlabelled.background},
          {"of_classes", unlabelled.of_classes},
          {"left_out", left_out}};
}

Json background_json(const evaluate::BackgroundSource& from) {
  Json left_out = Json::array();
  for (const train::LeftOut& one : from.left_out) {
    left_out.push_back(
        {{"folder", one.folder}, {"pictures", one.pictures}, {"nearest", one.nearest}});
  }
  return {{"own", from.own},
          {"built_in", from.built_in},
          {"bank", from.bank.empty() ? Json(nullptr) : Json(from.bank)},
          {"left_out", left_out},
          {"left_out_for_balance", from.left_out_for_balance}};
}

Json test_json(const evaluate::DataSummary& data) {
  if (!data.test) return nullptr;
  Json classes = Json::array();
  for (std::size_t c = 0; c < data.classes.size(); ++c) {
    classes.push_back({{"name", data.classes[c].name}, {"count", data.test->counts.at(c)}});
  }
  return {{"name", data.test->name}, {"pictures", data.test->pictures}, {"classes", classes}};
}

Json data_json(const evaluate::Results& results) {
  Json classes = Json::array();
  for (const evaluate::ClassCount& one : results.data.classes) {
    classes.push_back({{"name", one.name}, {"count", one.count}});
  }
  Json labels = Json::object();
  for (const auto& [count, pictures] : results.data.labels_per_picture) {
    labels[std::to_string(count)] = pictures;
  }
  Json skipped = Json::array();
  for (const data::Skip& skip : results.data.skipped) {
    skipped.push_back({{"file", skip.file.string()}, {"why", skip.why}});
  }
  return {{"pictures", results.data.pictures},
          {"classes", classes},
          {"labels_per_picture", labels},
          {"duplicates", results.data.duplicates},
          {"skipped", skipped},
          {"test", test_json(results.data)},
          {"unseen", results.data.unseen},
          {"background", results.data.background},
          {"unlabelled", unlabelled_json(results.data)},
          {"background_from", background_json(results.data.background_source)}};
}

Json reliability_json(const std::vector<metrics::ReliabilityBin>& bins) {
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

Json label_json(const evaluate::LabelResult& label) {
  const bool carried = label.count > 0;  // else it has no figures
  Json tuned = nullptr;
  if (label.tuned && carried) {
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
          {"f1", carried ? Json(label.f1) : Json(nullptr)},
          {"ece", carried ? Json(label.ece) : Json(nullptr)},
          {"ci95", {{"average_precision", carried ? interval(precision) : Json(nullptr)}}},
          {"tuned", tuned},
          {"reliability", reliability_json(label.reliability)}};
}

Json labels_json(const evaluate::LabelResults& labels) {
  Json tuned = nullptr;
  if (labels.tuned) {
    tuned = {{"aim", labels.tuned->aim.text()},
             {"macro_f1", labels.tuned->macro_f1.value},
             {"micro_f1", labels.tuned->micro_f1.value},
             {"ci95",
              {{"macro_f1", interval(labels.tuned->macro_f1)},
               {"micro_f1", interval(labels.tuned->micro_f1)}}}};
  }
  Json each = Json::array();
  for (const evaluate::LabelResult& label : labels.each) each.push_back(label_json(label));
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

Json in_domain_json(const evaluate::InDomain& in) {
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

Json unseen_json(const evaluate::UnseenResult& unseen) {
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

Json scores_json(const std::vector<evaluate::ScoreResult>& scores) {
  Json list = Json::array();
  for (const evaluate::ScoreResult& score : scores) {
    list.push_back({{"name", ood::name_of(score.kind)},
                    {"threshold", score.threshold},
                    {"estimated", measured(score.estimate)},
                    {"related", measured(score.related)},
                    {"labelled", measured(score.labelled)},
                    {"auroc", measured(score.auroc)},
                    {"fpr95", measured(score.fpr95)}});
  }
  return list;
}

Json calibration_json(const evaluate::CalibrationResult& calibration) {
  Json methods = Json::array();
  for (const evaluate::CalibrationResult::Method& one : calibration.methods) {
    methods.push_back({{"name", metrics::name_of(one.method)},
                       {"log_loss", one.log_loss},
                       {"ece", measured(one.ece)}});
  }
  return {{"chosen", metrics::name_of(calibration.chosen)},
          {"methods", methods},
          {"reliability",
           {{"before", reliability_json(calibration.before)},
            {"after", reliability_json(calibration.after)}}}};
}

Json models_json(const std::vector<evaluate::ModelResult>& models) {
  Json list = Json::array();
  for (const evaluate::ModelResult& model : models) {
    Json one = {{"name", model.name},
                {"loss", model.loss.text()},
                {"activation", loss::name_of(model.activation)}};
    if (model.head) one["head"] = head::name_of(*model.head);
    one["in_domain"] = in_domain_json(model.in_domain);
    one["test"] = model.test ? in_domain_json(*model.test) : Json(nullptr);
    one["unseen"] = model.unseen ? unseen_json(*model.unseen) : Json(nullptr);
    one["scores"] = scores_json(model.scores);
    one["used"] =
        model.scores.empty() ? Json(nullptr) : Json(name_of(model.scores.at(model.used).kind));
    one["calibration"] = model.calibration ? calibration_json(*model.calibration) : Json(nullptr);
    list.push_back(std::move(one));
  }
  return list;
}

/// counts: pictures of each class.
Json classes_json(const evaluate::Results& results,
                  const std::vector<evaluate::Recommendation::PerClass>& classes,
                  const std::vector<std::size_t>& counts) {
  if (classes.empty()) return nullptr;
  Json list = Json::array();
  for (std::size_t c = 0; c < classes.size(); ++c) {
    const auto& one = classes[c];
    Json mistaken_for = nullptr;
    if (one.mistaken_for) {
      mistaken_for = {{"name", results.data.classes.at(*one.mistaken_for).name},
                      {"share", one.mistaken}};
    }
    // Of a class without pictures nothing can be said.
    const bool some = counts.at(c) > 0;
    list.push_back({{"name", results.data.classes.at(c).name},
                    {"recall", some ? measured(one.recall) : Json(nullptr)},
                    {"precision", some ? measured(one.precision) : Json(nullptr)},
                    {"given", some ? measured(one.given) : Json(nullptr)},
                    {"kept", some ? measured(one.kept) : Json(nullptr)},
                    {"unseen", measured(one.unseen)},
                    {"mistaken_for", mistaken_for}});
  }
  return list;
}

Json given_labels_json(const std::optional<evaluate::Recommendation::GivenLabels>& labels) {
  if (!labels) return nullptr;
  return {{"recall", measured(labels->recall)}, {"precision", measured(labels->precision)}};
}

Json recommended_on_test_json(const evaluate::Results& results) {
  const auto& test = results.recommended->test;
  if (!test) return nullptr;
  return {{"kept", measured(test->kept)},
          {"precision", measured(test->precision)},
          {"accepted", measured(test->answered)},
          {"labels", given_labels_json(test->labels)},
          {"classes", classes_json(results, test->classes, results.data.test->counts)}};
}

Json gates_json(const std::optional<evaluate::AskedOfGates>& asked) {
  if (!asked) return nullptr;
  return {{"probability", asked->probability}, {"nearness", asked->nearness}};
}

/// Of each class, where each has its own.
Json thresholds_json(const evaluate::Results& results) {
  const auto& classes = results.recommended->each_class;
  if (classes.empty()) return nullptr;
  Json list = Json::array();
  for (std::size_t c = 0; c < classes.size(); ++c) {
    list.push_back({{"name", results.data.classes.at(c).name},
                    {"threshold", measured(classes[c].threshold)},
                    {"gates", gates_json(classes[c].gates)},
                    {"kept", measured(classes[c].kept)}});
  }
  return list;
}

Json outcome_json(const std::optional<evaluate::Recommendation::Outcome>& outcome) {
  if (!outcome) return nullptr;
  return {{"right", measured(outcome->right)},
          {"wrong", measured(outcome->wrong)},
          {"none", measured(outcome->none)}};
}

Json recommended_json(const evaluate::Results& results) {
  if (!results.recommended) return nullptr;
  const evaluate::Recommendation& recommended = *results.recommended;
  std::vector<std::size_t> counts;
  for (const evaluate::ClassCount& one : results.data.classes) counts.push_back(one.count);
  return {{"model", results.models.at(recommended.model).name},
          {"score", ood::name_of(recommended.score)},
          {"aim", recommended.aim.text()},
          {"threshold", recommended.each_class.empty() ? measured(recommended.threshold) : nullptr},
          {"reachable", recommended.reachable},
          {"kept", measured(recommended.kept)},
          {"precision", measured(recommended.precision)},
          {"accepted", measured(recommended.answered)},
          {"outcome", outcome_json(recommended.outcome)},
          {"estimated", measured(recommended.estimate)},
          {"related", measured(recommended.related)},
          {"unseen", measured(recommended.unseen)},
          {"labels", given_labels_json(recommended.labels)},
          {"classes", classes_json(results, recommended.classes, counts)},
          {"test", recommended_on_test_json(results)},
          {"gates", gates_json(recommended.gates)},
          {"thresholds", thresholds_json(results)}};
}

Json differences_json(const evaluate::Results& results) {
  Json list = Json::array();
  for (const evaluate::ModelDifference& one : results.differences) {
    list.push_back(
        {{"model", results.models.at(one.model).name},
         {"score", measured(one.score)},
         {"p", one.p},
         {"score_significant", one.score_significant},
         {"unseen", measured(one.unseen)},
         {"unseen_significant", one.unseen ? Json(one.unseen_significant) : Json(nullptr)}});
  }
  return list;
}

Json sizes_json(const evaluate::PredictionSets::Sizes& sizes) {
  return {{"empty", measured(sizes.empty)},
          {"one", measured(sizes.one)},
          {"several", measured(sizes.several)},
          {"mean", sizes.mean}};
}

Json prediction_sets_json(const evaluate::PredictionSets& sets) {
  return {{"alpha", sets.alpha},
          {"coverage", measured(sets.coverage)},
          {"in_domain", sizes_json(sets.in_domain)},
          {"background", sets.background ? sizes_json(*sets.background) : Json(nullptr)},
          {"unseen", sets.unseen ? sizes_json(*sets.unseen) : Json(nullptr)},
          {"without_guarantee", sets.without_guarantee}};
}

Json label_errors_json(const std::vector<evaluate::LabelError>& label_errors) {
  Json list = Json::array();
  for (const evaluate::LabelError& one : label_errors) {
    list.push_back({{"file", one.file.string()},
                    {"label", one.label},
                    {"prediction", one.prediction.empty() ? Json(nullptr) : Json(one.prediction)},
                    {"label_probability", one.label_probability},
                    {"prediction_probability", one.prediction_probability}});
  }
  return list;
}

Json at_threshold_json(const evaluate::Answers::AtThreshold& at) {
  return {{"kept", at.kept},
          {"threshold", at.threshold},
          {"labelled", at.given},
          {"wrong_of_all", measured(at.wrong_of_pile)},
          {"wrong", measured(at.wrong)},
          {"labelled_of_none", measured(at.none_given)},
          {"right_of_classes", measured(at.right_given)}};
}

Json answers_json(const std::optional<evaluate::Answers>& answers) {
  if (!answers) return nullptr;
  Json thresholds = Json::array();
  for (const auto& one : answers->thresholds) thresholds.push_back(at_threshold_json(one));
  return {
      {"file", answers->file},
      {"asked", answers->asked},
      {"answered", answers->answered},
      {"unlabelled", answers->pile},
      {"none", measured(answers->none)},
      {"recommended", at_threshold_json(answers->recommended)},
      {"thresholds", thresholds},
      {"few_wrong", answers->few_wrong ? at_threshold_json(*answers->few_wrong) : Json(nullptr)}};
}

Json asked_json(const std::vector<evaluate::AskedPicture>& asked) {
  Json list = Json::array();
  for (const evaluate::AskedPicture& one : asked) {
    list.push_back({{"file", one.file.string()},
                    {"prediction", one.prediction},
                    {"probability", one.probability},
                    {"labelled", one.labelled},
                    {"stratum", one.stratum},
                    {"stands_for", one.stands_for}});
  }
  return list;
}

Json untrained_json(const std::vector<evaluate::UntrainedModel>& models) {
  Json list = Json::array();
  for (const evaluate::UntrainedModel& model : models)
    list.push_back({{"name", model.name}, {"why", model.why}});
  return list;
}

/// Of logits nobody knows how they came about, so every key is null; of features, how these did.
Json protocol_json(const evaluate::Results& results) {
  Json json{{"folds", nullptr},         {"seeds", nullptr},     {"backbone", nullptr},
            {"size", nullptr},          {"precision", nullptr}, {"stages", nullptr},
            {"given_features", nullptr}};
  if (const auto& used = results.used_model) {
    json["model"] = {{"file", used->file}, {"sha256", used->sha256}};
  }
  if (results.from_logits()) return json;
  const evaluate::Protocol& protocol = *results.protocol;
  json["folds"] = protocol.folds;
  json["seeds"] = protocol.seeds;
  if (results.from_features()) {
    json["given_features"] = protocol.given_features;
    return json;
  }
  json["backbone"] = protocol.backbone;
  json["size"] = protocol.size;
  json["precision"] = backbone::name_of(protocol.precision);
  json["stages"] = features::name_of(protocol.stages);
  return json;
}

Json seconds_json(const evaluate::Results& results) {
  const bool trained = !results.from_logits();
  return {{"features", trained ? Json(results.seconds.features) : Json(nullptr)},
          {"heads", trained ? Json(results.seconds.heads) : Json(nullptr)},
          {"total", results.seconds.total}};
}

Json notes_json(const evaluate::DataSummary& data) {
  Json notes = data.notes;
  for (const evaluate::Doubt& doubt : data.doubts) notes.push_back(doubt.text());
  return notes;
}

Json results_json(const evaluate::Results& results) {
  return {
      {"format", "oneormany-report-2"},
      {"data", data_json(results)},
      {"protocol", protocol_json(results)},
      {"models", models_json(results.models)},
      {"recommended", recommended_json(results)},
      {"differences", differences_json(results)},
      {"prediction_sets",
       results.prediction_sets ? prediction_sets_json(*results.prediction_sets) : Json(nullptr)},
      {"label_errors", label_errors_json(results.label_errors)},
      {"asked", asked_json(results.asked)},
      {"answers", answers_json(results.answers)},
      {"untrained_models", untrained_json(results.untrained)},
      {"notes", notes_json(results.data)},
      {"verdict", fmt::format("{}", fmt::join(verdict(results).paragraphs(), "\n\n"))},
      {"seconds", seconds_json(results)}};
}

/// What the page shows and report.json does not hold.
Json page_json(const evaluate::Results& results) {
  Json models = Json::array();
  for (const evaluate::ModelResult& model : results.models) {
    models.push_back({{"in_domain_max", model.in_domain_max}, {"unseen_max", model.unseen_max}});
  }
  Json false_accepts = Json::array();
  for (const evaluate::FalseAccept& one : results.false_accepts) {
    Json probabilities = Json::array();
    for (const auto& prediction : one.predictions) probabilities.push_back(prediction.probability);
    false_accepts.push_back(std::move(probabilities));
  }
  return {{"models", models}, {"false_accepts", false_accepts}};
}

/// The path to a number that isn't finite: ".models[0].in_domain.ece"; empty if there is none.
std::string not_finite(const Json& json) {
  if (json.is_number_float()) return std::isfinite(json.get<double>()) ? "" : " ";
  for (const auto& [key, value] : json.items()) {
    if (!value.is_structured() && !value.is_number_float()) continue;
    const std::string rest = not_finite(value);
    if (!rest.empty()) return (json.is_array() ? "[" + key + "]" : "." + key) + rest;
  }
  return "";
}

void require_finite(const Json& json) {
  const std::string path = not_finite(json);
  if (path.empty()) return;
  throw Error(fmt::format(
      "report: {}is not a finite number, so no report is written; this is a fault in the program, "
      "please report it with the data's description",
      path.substr(1)));
}

}  // namespace

void require_finite(const evaluate::Results& results) {
  require_finite(results_json(results));
  require_finite(page_json(results));
}

std::string json_report(const evaluate::Results& results) {
  const Json report = results_json(results);
  require_finite(report);
  require_finite(page_json(results));
  // File names needn't be UTF-8, JSON must be: a broken byte becomes U+FFFD.
  return report.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace oneormany::report
