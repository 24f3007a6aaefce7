#include "app/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/printable.h"
#include "base/progress.h"
#include "train/background.h"
#include "evaluate/select.h"
#include "evaluate/per_class.h"
#include "evaluate/predictions.h"
#include "evaluate/per_label.h"
#include "evaluate/false_accepts.h"
#include "train/cross_validation.h"
#include "evaluate/holdout.h"
#include "evaluate/trust.h"
#include "report/verdict.h"
#include "data/duplicates.h"
#include "data/folds.h"
#include "features/features.h"

namespace oneormany::app {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Pictures of one role (the classes', background, unseen), without those that can't be read.
struct Pictures {
  std::vector<fs::path> files;  ///< empty names: rows of a bank
  MatrixF features;
  std::vector<base::Sha256> pixels;
  std::vector<std::string> kinds{};  ///< of the background: its folders; of other roles none
};

Pictures keep(const Pictures& from, const std::vector<Index>& rows) {
  Pictures kept;
  kept.features = from.features(rows, Eigen::all);
  for (const Index row : rows) {
    kept.files.push_back(from.files[static_cast<std::size_t>(row)]);
    kept.pixels.push_back(from.pixels[static_cast<std::size_t>(row)]);
    if (!from.kinds.empty()) kept.kinds.push_back(from.kinds[static_cast<std::size_t>(row)]);
  }
  return kept;
}

/// Takes the next n rows of all that was extracted, and of them those that are usable.
Pictures take(const features::FeatureSet& all, const std::vector<fs::path>& files, std::size_t first,
              std::size_t n) {
  Pictures pictures;
  std::vector<Index> rows;
  for (std::size_t i = first; i < first + n; ++i) {
    if (!all.usable[i]) continue;
    rows.push_back(static_cast<Index>(i));
    pictures.files.push_back(files[i]);
    pictures.pixels.push_back(all.pixels[i]);
  }
  pictures.features = all.features(rows, Eigen::all);
  return pictures;
}

/// Drops the pictures with such pixels; says how many.
std::size_t drop(Pictures& pictures, const std::function<bool(const base::Sha256&)>& unwanted) {
  std::vector<Index> rows;
  for (std::size_t i = 0; i < pictures.pixels.size(); ++i) {
    if (!unwanted(pictures.pixels[i])) rows.push_back(static_cast<Index>(i));
  }
  const std::size_t dropped = pictures.pixels.size() - rows.size();
  if (dropped > 0) pictures = keep(pictures, rows);
  return dropped;
}

std::size_t drop_taken(Pictures& pictures, const std::set<base::Sha256>& taken) {
  return drop(pictures, [&](const base::Sha256& pixels) { return taken.contains(pixels); });
}

/// Of pictures with the same pixels the first stays.
std::size_t drop_repeats(Pictures& pictures) {
  std::set<base::Sha256> seen;
  return drop(pictures, [&](const base::Sha256& pixels) { return !seen.insert(pixels).second; });
}

void note(evaluate::Results& result, std::size_t count, const std::string& noun, const char* what) {
  if (count > 0) result.data.notes.push_back(fmt::format("{} {}", base::counted(count, noun), what));
}

/// Groups of exact duplicates whose pictures don't all carry the same labels.
std::size_t contradictions(const train::LearningData& learning) {
  std::map<int, const std::vector<int>*> first;
  std::set<int> contradicting;
  for (std::size_t i = 0; i < learning.labels.size(); ++i) {
    const auto [known, fresh] = first.try_emplace(learning.groups[i], &learning.labels[i]);
    if (!fresh && *known->second != learning.labels[i]) contradicting.insert(learning.groups[i]);
  }
  return contradicting.size();
}

/// Says, for a message, why pictures are missing: the first that can't be read, if there is one.
std::string first_of(const std::vector<data::Skip>& skipped) {
  if (skipped.empty()) return "";
  return fmt::format("; {} can't be used, the first, {}: {}", base::counted(skipped.size(), "file"),
                     base::printable(skipped[0].file), skipped[0].why);
}

/// What can be read may teach less than what was named.
void require_something_left(const data::DataSet& data, const train::LearningData& learning, int folds,
                            const std::vector<data::Skip>& skipped) {
  std::set<int> without_label;
  std::vector<std::size_t> counts(data.classes.size());
  for (std::size_t i = 0; i < learning.labels.size(); ++i) {
    if (learning.labels[i].empty()) without_label.insert(learning.groups[i]);
    for (const int label : learning.labels[i]) ++counts[static_cast<std::size_t>(label)];
  }
  for (std::size_t c = 0; c < counts.size(); ++c) {
    if (counts[c] > 0) continue;
    throw Error(fmt::format("{}: no picture of class {} is left{}", base::printable(data.root),
                            base::printable(data.classes[c]), first_of(skipped)));
  }
  if (data.classes.size() == 1 && without_label.size() < static_cast<std::size_t>(folds)) {
    throw Error(fmt::format(
        "{}: one class only ({}), and {} without a label to tell it from, fewer than --folds {}: "
        "add some, or pictures of further classes{}",
        base::printable(data.root), base::printable(data.classes[0]),
        base::counted(without_label.size(), "different picture"), folds, first_of(skipped)));
  }
}

/// Why the class arms can't be trained on these pictures; empty if they can.
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
  if (none > 0) parts.push_back(base::counted(none, "picture has no label", "pictures have no label"));
  if (several > 0) {
    parts.push_back(base::counted(several, "picture has several", "pictures have several"));
  }
  return fmt::format(
      "a classification model needs exactly one class for each picture, but {} (for example {}); "
      "softmax must spread a total of 1 over the classes, so it can say neither \"none\" nor "
      "\"both\"; use the label models, or give each picture one class",
      fmt::join(parts, " and "), example->file.string());
}

/// Every picture that can be used, in its one role.
struct Material {
  data::DataSet data;  ///< its pictures are those of `pictures`
  Pictures pictures, background, unseen;
  std::optional<train::FoundBank> bank;
};

/// Reads and lists all pictures and turns them into features; tells `result` what was left out.
Material gather(const CompareOptions& options, evaluate::Results& result) {
  Material material;
  data::DataSet& data = material.data;
  data = data::read_data(options.data, options.data_options);
  const data::PictureList background = data::list_pictures(options.background);
  const data::PictureList unseen = data::list_pictures(options.unseen);
  // After the folders, which are read in no time: a wrong name is known before the weights are
  // read.
  const backbone::Backbone backbone(options.backbone);
  result.protocol.backbone = backbone.name();
  material.bank = train::find_bank(options.bank, backbone, options.backbone, result.data.notes);

  // All pictures in one go, so that the cores never wait for the end of a part.
  std::vector<fs::path> files;
  for (const data::Picture& picture : data.pictures) files.push_back(picture.file);
  files.insert(files.end(), background.files.begin(), background.files.end());
  files.insert(files.end(), unseen.files.begin(), unseen.files.end());
  const image::ImageOptions image_options{options.backbone.size, options.max_megapixels};
  const features::FeatureSet extracted = features::extract_features(files, backbone, image_options, options.cache_dir);

  result.data.skipped = std::move(data.skipped);
  for (const auto* skips : {&background.skipped, &unseen.skipped, &extracted.skipped}) {
    result.data.skipped.insert(result.data.skipped.end(), skips->begin(), skips->end());
  }
  if (options.strict) data::refuse_skips(result.data.skipped);

  const std::size_t n = data.pictures.size();
  material.pictures = take(extracted, files, 0, n);
  material.background = take(extracted, files, n, background.files.size());
  material.unseen = take(extracted, files, n + background.files.size(), unseen.files.size());
  for (Pictures* role : {&material.pictures, &material.background, &material.unseen}) {
    features::keep_stages(role->features, options.stages, backbone);
  }
  if (material.bank) features::keep_stages(material.bank->bank.features, options.stages, backbone);
  for (const fs::path& file : material.background.files) {
    material.background.kinds.push_back(features::folder_of(file, options.background));
  }
  std::vector<data::Picture> usable;
  for (std::size_t i = 0; i < n; ++i) {
    if (extracted.usable[i]) usable.push_back(std::move(data.pictures[i]));
  }
  data.pictures = std::move(usable);
  return material;
}

/// Puts those rows of the bank that are background to these classes after the user's own; tells
/// `result` what was left out.
void add_bank(Material& material, const std::set<base::Sha256>& taken, evaluate::Results& result) {
  Pictures& background = material.background;
  evaluate::BackgroundSource& from = result.data.background_source;
  from.own = background.files.size();
  if (!material.bank) return;
  const features::Bank& bank = material.bank->bank;
  std::vector<std::vector<int>> labels;
  for (const data::Picture& picture : material.data.pictures) labels.push_back(picture.labels);
  const std::vector<int> groups = data::groups_of(material.pictures.pixels);
  train::BankRows chosen = train::choose_bank_rows(
      bank, {material.pictures.features, labels, groups, material.data.classes}, taken);

  note(result, chosen.same_pixels, "picture",
       "of the bank left out of the background: the same pixels are among yours");
  if (chosen.rows.empty()) {
    result.data.notes.push_back(
        "nothing of the bank is far enough from your classes to be background: give pictures of "
        "none "
        "of them with --background");
  }
  from.bank = material.bank->name;
  from.built_in = chosen.rows.size();
  from.left_out = std::move(chosen.left_out);
  from.left_out_for_balance = chosen.left_out_for_balance;
  MatrixF features(background.features.rows() + static_cast<Index>(chosen.rows.size()),
                   bank.features.cols());
  features.topRows(background.features.rows()) = background.features;
  features.bottomRows(static_cast<Index>(chosen.rows.size())) =
      bank.features(chosen.rows, Eigen::all);
  background.features = std::move(features);
  for (const Index row : chosen.rows) {
    const auto i = static_cast<std::size_t>(row);
    background.files.emplace_back();
    background.pixels.push_back(bank.pixels[i]);
    background.kinds.push_back(bank.folders[i]);
  }
  material.bank.reset();
}

/// A picture can have one role only. The classes come first and unseen pictures last, so that these
/// change nothing that is learned.
void part_roles(Material& material, const CompareOptions& options, evaluate::Results& result) {
  const auto& own = material.pictures.pixels;
  std::set<base::Sha256> taken(own.begin(), own.end());
  note(result, drop_taken(material.background, taken), "background picture",
       "left out: the same pixels are among the classes");
  note(result, drop_repeats(material.background), "background picture", "left out: exact repeats");
  if (!options.background.empty() && material.background.files.empty()) {
    throw Error(
        fmt::format("{}: no background picture is left that can be used and is none of "
                    "the classes: give another folder{}",
                    base::printable(options.background[0]), first_of(result.data.skipped)));
  }
  taken.insert(material.background.pixels.begin(), material.background.pixels.end());
  add_bank(material, taken, result);
  taken.insert(material.background.pixels.begin(), material.background.pixels.end());
  note(result, drop_taken(material.unseen, taken), "unseen picture",
       "left out: the same pixels are among the classes or the background");
  if (!options.unseen.empty() && material.unseen.files.empty()) {
    throw Error(
        fmt::format("{}: no unseen picture is left that can be used and that the models "
                    "have not seen: give another folder{}",
                    base::printable(options.unseen[0]), first_of(result.data.skipped)));
  }
}

/// Lists of tags have a long tail. In a label problem a label on fewer different pictures than
/// there are folds can't be judged in every fold: it is left out, and the pictures that carry it
/// stay. (Of classes, each picture has just one: leaving it out is for the user to say.)
void leave_out_rare_labels(data::DataSet& data, const std::vector<int>& groups, int folds,
                           evaluate::Results& result) {
  if (data::problem_of(data) != data::Problem::kMultiLabel) return;
  std::vector<std::vector<int>> labels;
  for (const data::Picture& picture : data.pictures) labels.push_back(picture.labels);
  const auto counts = data::different_pictures(labels, static_cast<int>(data.classes.size()), groups);
  std::vector<std::string> kept, rare;
  std::vector<int> index;  // of each label among the kept; -1: rare
  for (std::size_t c = 0; c < counts.size(); ++c) {
    index.push_back(counts[c] < folds ? -1 : static_cast<int>(kept.size()));
    (counts[c] < folds ? rare : kept).push_back(data.classes[c]);
  }
  if (rare.empty() || kept.empty()) return;  // if all are rare, the error says what to do
  for (data::Picture& picture : data.pictures) {
    std::vector<int> own;
    for (const int label : picture.labels) {
      if (index[static_cast<std::size_t>(label)] >= 0) {
        own.push_back(index[static_cast<std::size_t>(label)]);
      }
    }
    picture.labels = std::move(own);
  }
  data.classes = std::move(kept);
  constexpr std::size_t kNamed = 5;
  std::string names = base::printable(rare[0]);
  for (std::size_t i = 1; i < std::min(kNamed, rare.size()); ++i)
    names += ", " + base::printable(rare[i]);
  if (rare.size() > kNamed) names += fmt::format(" and {} more", base::grouped(rare.size() - kNamed));
  result.data.notes.push_back(
      fmt::format("{} left out, on fewer different pictures than there are folds ({}): {}",
                  base::counted(rare.size(), "label"), folds, names));
}

/// What may be learned from: all but the unseen pictures. Takes the features out of `material`.
train::LearningData to_learn(Material& material, int folds, evaluate::Results& result) {
  data::DataSet& data = material.data;
  train::LearningData learning;
  learning.groups = data::groups_of(material.pictures.pixels);
  leave_out_rare_labels(data, learning.groups, folds, result);
  learning.features = std::move(material.pictures.features);
  learning.background = std::move(material.background.features);
  learning.classes = static_cast<int>(data.classes.size());
  for (const data::Picture& picture : data.pictures) learning.labels.push_back(picture.labels);
  require_something_left(data, learning, folds, result.data.skipped);
  data::require_enough_pictures(learning.labels, data.classes, learning.groups, folds);
  constexpr Index kFewBackground = 50;
  if (learning.background.rows() > 0 && learning.background.rows() < kFewBackground) {
    result.data.notes.push_back(fmt::format(
        "only {}: too few to learn from what \"none of these\" looks like; give some "
        "hundreds",
        base::counted(static_cast<std::size_t>(learning.background.rows()), "background picture")));
  }
  note(result, contradictions(learning), "group",
       "of exact copies with different labels: no model can get all of them right; `inspect` "
       "names them");
  return learning;
}

void describe(const Material& material, const train::LearningData& learning, const CompareOptions& options,
              evaluate::Results& result) {
  for (const std::string& name : material.data.classes) result.data.classes.push_back({name, 0});
  for (const auto& labels : learning.labels) {
    for (const int label : labels) ++result.data.classes[static_cast<std::size_t>(label)].count;
    ++result.data.labels_per_picture[static_cast<int>(labels.size())];
  }
  result.data.name = options.data.string();
  result.data.pictures = learning.labels.size();
  result.data.duplicates =
      result.data.pictures - std::set(learning.groups.begin(), learning.groups.end()).size();
  result.data.unseen = material.unseen.files.size();
  result.data.background = material.background.files.size();
  result.protocol.folds = options.folds;
  result.protocol.seeds = options.seeds;
  result.protocol.size = options.backbone.size;
  result.protocol.precision = options.backbone.precision == backbone::Precision::kF32 ? "f32" : "bf16";
  result.protocol.stages = options.stages == features::Stages::kAll ? "all" : "last";
}

/// The arms that can be trained on this data; tells `result` which can't, and why.
std::vector<train::ModelSpec> models_for(const data::DataSet& data, const CompareOptions& options,
                              bool with_background, evaluate::Results& result) {
  const std::string why = why_no_classes(data);
  std::vector<train::ModelSpec> wanted;
  const std::vector<head::HeadKind> linear{head::HeadKind::kLinear};
  for (const head::HeadKind head : options.heads.empty() ? linear : options.heads) {
    for (const loss::LossChoice& loss : options.losses.empty() ? train::standard_losses() : options.losses) {
      for (const train::ModelSpec& spec : train::models_of(loss, head, with_background)) wanted.push_back(spec);
    }
  }
  // Beside the tutorial's models one that may keep quiet better: the rehearsal tells
  // (docs/unseen.md). Without background it has nothing to gain.
  if (options.heads.empty() && options.losses.empty() && with_background) {
    for (const loss::LossChoice& loss : train::standard_losses()) {
      wanted.push_back(train::models_of(loss, head::HeadKind::kRbf, true).back());
    }
  }
  std::vector<train::ModelSpec> specs;
  for (const train::ModelSpec& spec : wanted) {
    if (why.empty() || !spec.one_class()) {
      specs.push_back(spec);
    } else {
      result.untrained.push_back({spec.name, why});
    }
  }
  if (specs.empty()) {
    throw Error(fmt::format("{}: {}: give --losses one for labels too, such as bce_with_logits",
                            base::printable(data.root), why));
  }
  return specs;
}

evaluate::Predictions predictions(const train::ModelSpec& spec, int classes, train::RawPredictions predictions, const std::vector<int>& groups) {
  evaluate::Predictions one{std::move(predictions.logits), {}, std::move(predictions.scores)};
  one.probabilities = evaluate::probabilities_of(spec, classes, one.logits, groups);
  return one;
}

/// Judges the fitted arms in domain, chooses, and only then opens the unseen pictures.
void judge(std::vector<train::FittedModel>& fitted, const evaluate::Holdout<Pictures>& holdout, const Material& material,
           const train::LearningData& learning, const CompareOptions& options, evaluate::Results& result) {
  const data::Problem problem = data::problem_of(material.data);
  const bool multi_label = problem == data::Problem::kMultiLabel;
  const std::uint64_t seed = options.seeds.front();
  std::vector<std::vector<int>> labels;  // seed after seed, as the out-of-fold logits
  for (std::size_t s = 0; s < options.seeds.size(); ++s) {
    labels.insert(labels.end(), learning.labels.begin(), learning.labels.end());
  }
  std::vector<evaluate::ModelPredictions> models;
  for (train::FittedModel& model : fitted) {
    evaluate::ModelPredictions own;
    own.spec = model.spec;
    own.score_kinds = model.score_kinds;
    own.own = predictions(model.spec, learning.classes, std::move(model.own), learning.groups);
    if (learning.background.rows() > 0) {
      // Whole kinds are hidden: they, not single pictures, are what chance draws.
      own.held_out = {
          predictions(model.spec, learning.classes, std::move(model.held_out.own), learning.groups),
          predictions(model.spec, learning.classes, std::move(model.held_out.background),
               model.background_clusters)};
    }
    evaluate::ModelResult found;
    found.name = model.spec.name;
    found.loss = model.spec.loss.text();
    found.activation = loss::name_of(model.spec.activation());
    found.head = head::name_of(model.spec.head);
    found.background = model.spec.background;
    found.in_domain =
        evaluate::evaluate_in_domain(model.spec, problem, own.own.probabilities, own.own.logits, labels, seed);
    if (multi_label) {
      found.in_domain.labels =
          evaluate::evaluate_per_label(own.own.probabilities.probabilities, own.own.probabilities.group_of_row, labels,
                       result.data.classes, model.folds, options.label_aim, seed);
    }
    found.calibration = evaluate::evaluate_calibration(own, labels, model.folds, seed);
    found.in_domain_max = own.own.probabilities.highest;
    models.push_back(std::move(own));
    result.models.push_back(std::move(found));
  }

  const evaluate::Selection selection = evaluate::select(models, result.models, labels, {options.aim, options.alpha, seed});
  result.recommended = selection.recommended();
  for (std::size_t a = 0; a < models.size(); ++a) result.models[a].scores = selection.scores()[a];
  const std::size_t chosen = selection.recommended().model;
  if (multi_label) {
    result.recommended->labels = evaluate::evaluate_given_labels(selection, models[chosen], labels,
                                                    fitted[chosen].folds, options.label_aim, seed);
  }

  const Pictures& unseen = holdout.open(selection);
  std::vector<evaluate::Predictions> to_unseen;
  if (!unseen.files.empty()) {
    {
      base::Progress progress("answers to unseen pictures", models.size() * fitted.front().heads.size());
      for (const train::FittedModel& model : fitted) {
        to_unseen.push_back(predictions(model.spec, learning.classes,
                                 train::predict(model, unseen.features, [&] { progress.add(); }),
                                 data::groups_of(unseen.pixels)));
      }
    }
    for (std::size_t a = 0; a < models.size(); ++a) {
      evaluate::ModelResult& found = result.models[a];
      found.unseen = evaluate::evaluate_unseen(models[a].own.probabilities, labels, to_unseen[a].probabilities, seed);
      found.unseen_max = to_unseen[a].probabilities.highest;
      found.scores = evaluate::evaluate_scores(selection, a, models[a], to_unseen[a], *found.unseen, labels, seed);
    }
    result.false_accepts = evaluate::find_false_accepts(selection, result.models, to_unseen, unseen.files,
                                    material.data.classes, options.gallery);
    result.recommended->unseen = evaluate::evaluate_recommended(
        selection, result.models[chosen].scores[selection.recommended_score()], to_unseen[chosen], seed);
  }
  const evaluate::Predictions* chosen_to_unseen = to_unseen.empty() ? nullptr : &to_unseen[chosen];
  if (!multi_label) {
    result.recommended->classes =
        evaluate::evaluate_per_class(selection, models[chosen], chosen_to_unseen, labels, seed);
  }
  result.differences = evaluate::compare_models(selection, models, to_unseen.empty() ? nullptr : &to_unseen,
                                         labels, multi_label, seed);
  result.prediction_sets = evaluate::evaluate_sets(selection, models[chosen], chosen_to_unseen, labels,
                           fitted[chosen].folds.front(), result.data.classes, options.alpha, seed);
  constexpr std::size_t kLabelErrors = 10;
  result.label_errors = evaluate::find_label_errors(models[chosen], labels, material.pictures.files, result.data.classes,
                                  multi_label, kLabelErrors);
}

}  // namespace

std::vector<ood::ScoreKind> default_scores() {
  std::vector<ood::ScoreKind> scores;
  for (const ood::ScoreInfo& score : ood::all_scores()) {
    if (!score.features) scores.push_back(score.kind);
  }
  return scores;
}

evaluate::Results compare(const CompareOptions& options) {
  const auto start = Clock::now();
  if (options.folds < data::kFewestFolds) {
    throw UsageError(
        fmt::format("--folds must be at least {}: the strength of L2 is chosen on folds inside the "
                    "training folds",
                    data::kFewestFolds));
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
  evaluate::Results result;
  Material material = gather(options, result);
  part_roles(material, options, result);
  const train::LearningData learning = to_learn(material, options.folds, result);
  describe(material, learning, options, result);
  const evaluate::Holdout<Pictures> unseen(std::move(material.unseen));
  result.seconds.features = seconds_since(start);

  const auto heads_start = Clock::now();
  const auto specs = models_for(material.data, options, learning.background.rows() > 0, result);
  const train::CrossValidationOptions protocol{options.folds, options.seeds,
                                 options.scores.empty() ? default_scores() : options.scores};
  std::vector<train::FittedModel> fitted;
  {
    base::Progress progress("heads", train::heads_to_fit(specs, protocol));
    fitted = train::fit_models(specs, learning, protocol, [&] { progress.add(); });
  }
  judge(fitted, unseen, material, learning, options, result);
  result.seconds.heads = seconds_since(heads_start);
  result.verdict = report::write_verdict(result);
  result.seconds.total = seconds_since(start);
  return result;
}

}  // namespace oneormany::app
