#include "app/compare.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <set>
#include <utility>

#include "app/ask.h"
#include "app/comparison.h"
#include "app/material.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/progress.h"
#include "data/duplicates.h"
#include "data/folds.h"
#include "evaluate/answers.h"
#include "evaluate/evaluate.h"
#include "image/image.h"
#include "train/cross_validation.h"

namespace oneormany::app {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void require_sound(const CompareOptions& options) {
  if (options.folds < data::kFewestFolds) {
    throw UsageError(
        fmt::format("--folds must be at least {}: the L2 penalty is chosen on folds inside the "
                    "training folds",
                    data::kFewestFolds));
  }
  const bool unlabelled =
      options.given ? options.given->unlabelled.has_value() : !options.unlabelled.empty();
  if ((options.ask > 0 || options.answers) && !unlabelled) {
    throw UsageError(fmt::format("{} needs {}: the pictures that are asked about",
                                 options.ask > 0 ? "--ask" : "--answers",
                                 options.given ? "--unlabelled-features" : "--unlabelled"));
  }
  if (options.ask > 0 && options.answers) {
    throw UsageError(
        "--ask and --answers in one run: ask first; when the table is filled in, give it with "
        "--answers");
  }
  if (options.ask > 0 && options.ask < evaluate::kFewestToAsk) {
    throw UsageError(fmt::format("--ask must be at least {}: fewer answers tell next to nothing",
                                 evaluate::kFewestToAsk));
  }
  if (options.scoring.aim.each && (options.ask > 0 || options.answers)) {
    throw UsageError(
        "--ask and --answers tell of one threshold for all classes: give another --aim than "
        "keep-each");
  }
  if (options.test && options.test_split) {
    throw UsageError(
        "--test and --test-split both name the test set: give a folder or table of its own, or a "
        "split of the data");
  }
  if (std::set(options.seeds.begin(), options.seeds.end()).size() != options.seeds.size()) {
    throw UsageError("--seeds names a seed twice: that would count the same folds twice");
  }
  std::set<std::string> losses;
  for (const loss::LossChoice& loss : options.losses) {
    if (!losses.insert(loss.text()).second) {
      throw UsageError("--losses names " + loss.text() + " twice: that is one model, not two");
    }
  }
  if (std::set(options.heads.begin(), options.heads.end()).size() != options.heads.size()) {
    throw UsageError("--heads names a head twice: that is one model, not two");
  }
}

/// Why the class models can't be trained on these pictures; empty if they can.
std::string why_no_classes(const data::DataSet& data) {
  std::size_t none = 0, several = 0;
  const data::Picture* example = nullptr;
  for (const data::Picture& picture : data.pictures) {
    none += picture.labels.empty();
    several += picture.labels.size() > 1;
    if (!example && picture.labels.size() != 1) example = &picture;
  }
  if (!example) return "";
  std::vector<std::string> parts;
  if (none > 0)
    parts.push_back(base::counted(none, "picture has no label", "pictures have no label"));
  if (several > 0) {
    parts.push_back(base::counted(several, "picture has several", "pictures have several"));
  }
  return fmt::format(
      "a classification model needs exactly one class for each picture, but {} (for example {}); "
      "softmax must spread a total of 1 over the classes, so it can say neither \"none\" nor "
      "\"both\"; use the label models, or give each picture one class",
      fmt::join(parts, " and "), example->file.string());
}

/// The models that options ask for.
std::vector<train::ModelSpec> wanted_models(const CompareOptions& options, bool with_background) {
  std::vector<train::ModelSpec> wanted;
  const std::vector<head::HeadKind> linear{head::HeadKind::kLinear};
  for (const head::HeadKind head : options.heads.empty() ? linear : options.heads) {
    for (const loss::LossChoice& loss :
         options.losses.empty() ? train::standard_losses() : options.losses) {
      for (const train::ModelSpec& spec : train::models_of(loss, head, with_background)) {
        wanted.push_back(spec);
      }
    }
  }
  // Beside the tutorial's models one that may label fewer unseen pictures: the estimate tells
  // (docs/unseen.md). Without background it has nothing to gain.
  if (options.heads.empty() && options.losses.empty() && with_background) {
    for (const loss::LossChoice& loss : train::standard_losses()) {
      wanted.push_back(train::models_of(loss, head::HeadKind::kRbf, true).back());
    }
  }
  return wanted;
}

struct Models {
  std::vector<train::ModelSpec> trainable;
  std::vector<evaluate::UntrainedModel> untrained;
};

/// Why a model without background can't be trained on one class.
std::string why_not_one_class(const train::ModelSpec& spec) {
  return spec.one_class() ? "softmax over one class says 1, always"
                          : "without background there is nothing to tell the one class from";
}

/// Those of them that can be trained on this data, and why the others can't.
Models models_for(const Material& material, const CompareOptions& options) {
  const data::DataSet& data = material.data;
  const std::string why = why_no_classes(data);
  Models models;
  for (const train::ModelSpec& spec :
       wanted_models(options, material.learning.background.rows() > 0)) {
    if (spec.one_class() && !why.empty()) {
      models.untrained.push_back({spec.name, why});
    } else if (material.only_background_tells && !spec.background) {
      models.untrained.push_back({spec.name, why_not_one_class(spec)});
    } else {
      models.trainable.push_back(spec);
    }
  }
  if (models.trainable.empty()) {
    throw Error(fmt::format("{}: {}: give --losses one for labels too, such as bce_with_logits",
                            base::printable(data.root), why));
  }
  return models;
}

/// The number of the model that was asked for by name, before any is fitted.
std::optional<std::size_t> wanted_model(const Models& models,
                                        const std::optional<std::string>& name) {
  if (!name) return std::nullopt;
  std::vector<std::string> names;
  for (const train::ModelSpec& spec : models.trainable) {
    if (spec.name == *name) return names.size();
    names.push_back(spec.name);
  }
  for (const evaluate::UntrainedModel& one : models.untrained) {
    if (one.name == *name) throw Error(fmt::format("--model {}: {}", *name, one.why));
  }
  throw UsageError(fmt::format("--model: no model is called '{}'; there are auto, {}",
                               base::excerpt(*name), fmt::join(names, ", ")));
}

std::vector<train::FittedModel> fit(const std::vector<train::ModelSpec>& specs,
                                    const train::LearningData& learning,
                                    const CompareOptions& options) {
  const train::CrossValidationOptions protocol{
      options.folds, options.seeds,
      options.scoring.scores.empty() ? default_scores() : options.scoring.scores};
  base::Progress progress("heads", train::heads_to_fit(specs, learning, protocol));
  return train::fit_models(specs, learning, protocol,
                           [&](double share) { progress.add_share(share); });
}

/// Out-of-fold predictions, and those by heads that never met the background's clusters.
evaluate::ModelPredictions predictions_of(const train::FittedModel& model,
                                          const train::LearningData& learning) {
  const auto predictions = [&](const train::RawPredictions& raw, const std::vector<int>& groups) {
    return evaluate::predictions_of(model.spec, learning.classes, raw.logits, raw.scores, groups);
  };
  evaluate::ModelPredictions all{model.spec, model.score_kinds,
                                 predictions(model.own, learning.groups)};
  if (learning.background.rows() > 0) {
    // Whole clusters are held out: they, not single pictures, are what the bootstrap resamples.
    all.held_out = {predictions(model.held_out.own, learning.groups),
                    predictions(model.held_out.background, model.background_clusters)};
    const Index rows = learning.background.rows();
    for (Index i = 0; learning.unlabelled > 0 && i < model.held_out.background.logits.rows(); ++i) {
      all.held_out->unlabelled.push_back(i % rows >= rows - learning.unlabelled);
    }
  }
  const auto& [own, hidden, own_pictures, hidden_pictures] = model.hidden_classes;
  if (!hidden_pictures.empty()) {
    std::vector<std::vector<int>> labels;
    std::vector<int> groups, classes;
    for (const Index i : own_pictures) {
      labels.push_back(learning.labels[static_cast<std::size_t>(i)]);
      groups.push_back(learning.groups[static_cast<std::size_t>(i)]);
    }
    for (const Index i : hidden_pictures) {
      classes.push_back(learning.labels[static_cast<std::size_t>(i)].front());
    }
    all.hidden_classes = {predictions(own, groups), predictions(hidden, classes),
                          std::move(labels)};
  }
  return all;
}

/// By every fold's head of each model; none where there are no pictures.
std::vector<evaluate::Predictions> predict(const std::vector<train::FittedModel>& fitted,
                                           const Pictures& pictures, int classes,
                                           const char* what) {
  std::vector<evaluate::Predictions> predictions;
  if (pictures.count() == 0) return predictions;
  const std::vector<int> groups = data::groups_of(pictures.pixels);
  base::Progress progress(what, fitted.front().heads.size());
  std::vector<train::RawPredictions> raw =
      train::predict(fitted, pictures.features, [&] { progress.add(); });
  for (std::size_t m = 0; m < fitted.size(); ++m) {
    predictions.push_back(evaluate::predictions_of(
        fitted[m].spec, classes, std::move(raw[m].logits), std::move(raw[m].scores), groups));
  }
  return predictions;
}

evaluate::SetAside predict_set_aside(const std::vector<train::FittedModel>& fitted,
                                     const Pictures& unseen, const TestSet& test, int classes) {
  evaluate::SetAside predictions{
      .unseen = {predict(fitted, unseen, classes, "predictions for unseen pictures"), unseen.files},
      .test = {predict(fitted, test.pictures, classes, "predictions for the test set"), {}}};
  if (predictions.test.models.empty()) return predictions;
  for (std::size_t head = 0; head < fitted.front().heads.size(); ++head) {
    predictions.test.labels.insert(predictions.test.labels.end(), test.labels.begin(),
                                   test.labels.end());
  }
  return predictions;
}

evaluate::Evidence evidence_of(const std::vector<train::FittedModel>& fitted,
                               const Material& material) {
  const train::LearningData& learning = material.learning;
  evaluate::Evidence evidence;
  for (const train::FittedModel& model : fitted) {
    evidence.models.push_back(predictions_of(model, learning));
  }
  evidence.folds = fitted.front().folds;
  for (std::size_t repeat = 0; repeat < evidence.folds.size(); ++repeat) {
    evidence.labels.insert(evidence.labels.end(), learning.labels.begin(), learning.labels.end());
  }
  evidence.files = material.files;
  evidence.gates = evaluate::add_gates(evidence.models, evidence.labels);
  return evidence;
}

/// What is to be asked about the unlabelled pictures, and what answers tell.
void examine_unlabelled(const CompareOptions& options, const Unlabelled& unlabelled,
                        const std::vector<train::FittedModel>& fitted,
                        const evaluate::Evidence& evidence, const Material& material,
                        evaluate::Results& results) {
  if (options.ask == 0 && !options.answers) return;
  const std::size_t chosen = results.recommended.value().model;
  std::vector<evaluate::Predictions> left_out =
      predict({fitted[chosen]}, unlabelled.left_out, material.learning.classes,
              "predictions for unlabelled pictures");
  evaluate::add_gates({evidence.gates[chosen]}, left_out);
  const evaluate::Pile pile = evaluate::pile_of(
      *results.recommended, evidence.models[chosen], evidence.labels, unlabelled.background,
      left_out.empty() ? nullptr : &left_out.front(), unlabelled.left_out.files);
  if (options.ask > 0) {
    results.asked =
        evaluate::draw_to_ask(pile, material.data.classes, options.ask, options.seeds.front());
  } else {
    results.answers = evaluate::evaluate_answers(pile, unlabelled.answers);
    results.answers->file = options.answers->string();
    if (results.recommended->score == ood::ScoreKind::kBothGates) {
      evaluate::Answers& answers = *results.answers;
      const auto ask_gates = [&](evaluate::Answers::AtThreshold& at) {
        at.gates = evidence.gates[chosen]->asked(at.threshold);
      };
      ask_gates(answers.recommended);
      for (auto& at : answers.thresholds) ask_gates(at);
      if (answers.few_wrong) ask_gates(*answers.few_wrong);
    }
    if (results.answers->pile != pile.pictures.size()) {
      results.data.notes.push_back(
          fmt::format("{}: its pictures were drawn from {}, and there are {} now: what it tells is "
                      "of those then",
                      base::printable(*options.answers),
                      base::counted(results.answers->pile, "unlabelled picture"),
                      base::grouped(pile.pictures.size())));
    }
  }
}

}  // namespace

std::vector<ood::ScoreKind> default_scores() {
  std::vector<ood::ScoreKind> scores;
  for (const ood::ScoreInfo& score : ood::all_scores()) {
    if (!score.features || score.kind == ood::ScoreKind::kKnn) scores.push_back(score.kind);
  }
  return scores;
}

Comparison run_comparison(const CompareOptions& options) {
  const auto start = Clock::now();
  require_sound(options);
  if (options.answers) require_answers(*options.answers);  // before the long work
  if (!options.given) image::start_image_library();
  Comparison done{.material = read_material(options)};
  Material& material = done.material;
  const train::LearningData& learning = material.learning;
  const double seconds_features = seconds_since(start);

  const auto heads_start = Clock::now();
  Models models = models_for(material, options);
  const std::optional<std::size_t> wanted = wanted_model(models, options.model);
  done.fitted = fit(models.trainable, learning, options);
  const evaluate::Holdout<std::function<evaluate::SetAside()>> set_aside(
      [&fitted = done.fitted, classes = learning.classes, unseen = std::move(material.unseen),
       test = std::move(material.test)] {
        return predict_set_aside(fitted, unseen, test, classes);
      });
  done.evidence = evidence_of(done.fitted, material);
  evaluate::Results& results = done.results;
  results = evaluate::evaluate(std::move(material.summary), done.evidence, set_aside,
                               {.aim = options.scoring.aim,
                                .label_aim = options.scoring.label_aim,
                                .alpha = options.scoring.alpha,
                                .seed = options.seeds.front(),
                                .order_decides = true,
                                .model = wanted});
  examine_unlabelled(options, material.unlabelled, done.fitted, done.evidence, material, results);
  results.untrained = std::move(models.untrained);
  results.protocol = {.folds = options.folds,
                      .seeds = options.seeds,
                      .backbone = material.backbone,
                      .size = material.size,
                      .precision = options.features.backbone.precision,
                      .stages = options.stages};
  if (options.given) results.protocol->given_features = learning.features.cols();
  results.seconds = {seconds_features, seconds_since(heads_start), seconds_since(start)};
  return done;
}

evaluate::Results compare(const CompareOptions& options) { return run_comparison(options).results; }

}  // namespace oneormany::app
