#include "app/evaluate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <set>
#include <utility>

#include "app/pictures.h"
#include "app/suspicious.h"
#include "app/test_set.h"
#include "base/error.h"
#include "base/printable.h"
#include "data/duplicates.h"
#include "evaluate/evaluate.h"
#include "evaluate/gates.h"
#include "features/features.h"

namespace oneormany::app {
namespace {

namespace fs = std::filesystem;

/// Features of pictures, of those that can be read.
Pictures read(const LoadedModel& model, const std::vector<fs::path>& files,
              const EvaluateOptions& options, evaluate::DataSummary& summary) {
  features::FeatureSet set = features::extract_features(
      files, *model.backbone, model.reading(options.limits), options.cache_dir);
  summary.skipped.insert(summary.skipped.end(), set.skipped.begin(), set.skipped.end());
  for (const auto& doubt : suspicious_pictures(files, set, model.backbone->size())) {
    summary.doubts.push_back(doubt);
  }
  Pictures pictures;
  std::vector<Index> rows;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!set.usable[i]) continue;
    rows.push_back(static_cast<Index>(i));
    pictures.files.push_back(files[i]);
    pictures.pixels.push_back(set.pixels[i]);
  }
  features::keep_rows(set.features, rows);
  pictures.features = std::move(set.features);
  features::keep_stages(pictures.features, model.model().input.stages, *model.backbone);
  return pictures;
}

/// What the model says, as evaluation has it.
evaluate::Predictions predict(const LoadedModel& model, const Pictures& pictures) {
  Matrix logits = head::logits_of(model.model().head, pictures.features);
  std::vector<Vector> scores = model.predictor->scores_of(pictures.features, logits);
  return evaluate::predictions_of(model.model().spec,
                                  static_cast<int>(model.model().classes.size()), std::move(logits),
                                  std::move(scores), data::groups_of(pictures.pixels));
}

void count(const model::Model& model, const TestSet& own, evaluate::DataSummary& summary) {
  summary.problem = model.problem;
  summary.pictures = own.labels.size();
  for (const std::string& name : model.classes) summary.classes.push_back({name, 0});
  for (const auto& labels : own.labels) {
    for (const int label : labels) ++summary.classes[static_cast<std::size_t>(label)].count;
    ++summary.labels_per_picture[static_cast<int>(labels.size())];
  }
  const std::vector<base::Sha256>& pixels = own.pictures.pixels;
  summary.duplicates = pixels.size() - std::set(pixels.begin(), pixels.end()).size();
}

}  // namespace

evaluate::Results evaluate(const EvaluateOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  image::start_image_library();
  const LoadedModel loaded = load_model(options.model);
  const model::Model& model = loaded.model();
  const bool one_class = model.problem == data::Problem::kOneClass;
  data::DataOptions reading = options.data_options;
  reading.one_class = true;
  const data::DataSet data = data::read_data(options.data, reading);
  evaluate::DataSummary summary;
  summary.name = name_of_sources(options.data);
  summary.notes = data.notes;
  summary.skipped = data.skipped;
  data::PictureList listed;
  if (!options.unseen.empty()) listed = data::list_pictures(options.unseen, options.data_options);
  summary.skipped.insert(summary.skipped.end(), listed.skipped.begin(), listed.skipped.end());

  std::vector<fs::path> files;
  for (const data::Picture& picture : data.pictures) files.push_back(picture.file);
  Pictures own = read(loaded, files, options, summary);
  Pictures unseen;
  listed.files.insert(listed.files.end(), data.none.begin(), data.none.end());
  if (!listed.files.empty()) unseen = read(loaded, listed.files, options, summary);
  if (options.strict) data::refuse_skips(summary.skipped);
  std::set<base::Sha256> taken(model.training.pixels.begin(), model.training.pixels.end());
  const std::size_t trained_on = drop_taken(own, taken);
  note(summary, trained_on, "picture", "left out: the model was trained on them");
  const TestSet test = known_labels(own, data, model.classes, one_class, "picture", summary);
  if (test.labels.empty()) {
    throw Error(fmt::format("{}: no picture is left to evaluate the model on: {}{}; it knows {}",
                            base::printable(summary.name), fmt::join(summary.notes, "; "),
                            first_of(summary.skipped), first_names(model.classes)));
  }
  taken.insert(test.pictures.pixels.begin(), test.pictures.pixels.end());
  note(summary, drop_taken(unseen, taken), "unseen picture",
       "left out: the model was trained on them, or they are among those of the classes");
  summary.unseen = unseen.count();
  count(model, test, summary);

  evaluate::Evidence evidence;
  evaluate::ModelPredictions& predictions = evidence.models.emplace_back();
  predictions.spec = model.spec;
  predictions.score_kinds = loaded.predictor->score_kinds();
  predictions.own = predict(loaded, test.pictures);
  evidence.labels = test.labels;
  evidence.files = test.pictures.files;
  if (model.rule.score == ood::ScoreKind::kBothGates) {
    const evaluate::BothGates gates(model.rule.probabilities, model.rule.nearnesses);
    predictions.score_kinds.push_back(model.rule.score);
    predictions.own.scores.push_back(gates.of(predictions.own));
    evidence.gates = {gates};
  }
  const evaluate::Holdout<std::function<evaluate::SetAside()>> set_aside(
      [&loaded, unseen = std::move(unseen)] {
        evaluate::SetAside aside;
        if (unseen.count() > 0) aside.unseen = {{predict(loaded, unseen)}, unseen.files};
        return aside;
      });
  evaluate::Results results = evaluate::evaluate(
      std::move(summary), evidence, set_aside,
      {.aim = model.rule.aim,
       .given = evaluate::GivenRule{predictions.score_kinds.size() - 1, model.rule.thresholds,
                                    model.rule.label_thresholds}});
  results.used_model = {options.model.file.string(), loaded.sha256, loaded.backbone->name(),
                        loaded.backbone->size(), model.promise};
  results.seconds.total =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return results;
}

}  // namespace oneormany::app
