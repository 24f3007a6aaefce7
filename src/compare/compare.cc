#include "compare/compare.h"

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
#include "compare/background.h"
#include "compare/choose.h"
#include "compare/class_judging.h"
#include "compare/judging.h"
#include "compare/label_judging.h"
#include "compare/mistakes.h"
#include "compare/protocol.h"
#include "compare/sealed.h"
#include "compare/trust.h"
#include "compare/verdict.h"
#include "data/duplicates.h"
#include "data/folds.h"
#include "features/features.h"

namespace oneormany {
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
  std::vector<Sha256> pixels;
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
Pictures take(const FeatureSet& all, const std::vector<fs::path>& files, std::size_t first,
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
std::size_t drop(Pictures& pictures, const std::function<bool(const Sha256&)>& unwanted) {
  std::vector<Index> rows;
  for (std::size_t i = 0; i < pictures.pixels.size(); ++i) {
    if (!unwanted(pictures.pixels[i])) rows.push_back(static_cast<Index>(i));
  }
  const std::size_t dropped = pictures.pixels.size() - rows.size();
  if (dropped > 0) pictures = keep(pictures, rows);
  return dropped;
}

std::size_t drop_taken(Pictures& pictures, const std::set<Sha256>& taken) {
  return drop(pictures, [&](const Sha256& pixels) { return taken.contains(pixels); });
}

/// Of pictures with the same pixels the first stays.
std::size_t drop_repeats(Pictures& pictures) {
  std::set<Sha256> seen;
  return drop(pictures, [&](const Sha256& pixels) { return !seen.insert(pixels).second; });
}

void note(Comparison& result, std::size_t count, const std::string& noun, const char* what) {
  if (count > 0) result.notes.push_back(fmt::format("{} {}", counted(count, noun), what));
}

/// Groups of exact duplicates whose pictures don't all carry the same labels.
std::size_t contradictions(const LearningData& learning) {
  std::map<int, const std::vector<int>*> first;
  std::set<int> contradicting;
  for (std::size_t i = 0; i < learning.labels.size(); ++i) {
    const auto [known, fresh] = first.try_emplace(learning.groups[i], &learning.labels[i]);
    if (!fresh && *known->second != learning.labels[i]) contradicting.insert(learning.groups[i]);
  }
  return contradicting.size();
}

/// Says, for a message, why pictures are missing: the first that can't be read, if there is one.
std::string first_of(const std::vector<Skip>& skipped) {
  if (skipped.empty()) return "";
  return fmt::format("; {} can't be used, the first, {}: {}", counted(skipped.size(), "file"),
                     printable(skipped[0].file), skipped[0].why);
}

/// What can be read may teach less than what was named.
void require_something_left(const DataSet& data, const LearningData& learning, int folds,
                            const std::vector<Skip>& skipped) {
  std::set<int> without_label;
  std::vector<std::size_t> counts(data.classes.size());
  for (std::size_t i = 0; i < learning.labels.size(); ++i) {
    if (learning.labels[i].empty()) without_label.insert(learning.groups[i]);
    for (const int label : learning.labels[i]) ++counts[static_cast<std::size_t>(label)];
  }
  for (std::size_t c = 0; c < counts.size(); ++c) {
    if (counts[c] > 0) continue;
    throw Error(fmt::format("{}: no picture of class {} is left{}", printable(data.root),
                            printable(data.classes[c]), first_of(skipped)));
  }
  if (data.classes.size() == 1 && without_label.size() < static_cast<std::size_t>(folds)) {
    throw Error(fmt::format(
        "{}: one class only ({}), and {} without a label to tell it from, fewer than --folds {}: "
        "add some, or pictures of further classes{}",
        printable(data.root), printable(data.classes[0]),
        counted(without_label.size(), "different picture"), folds, first_of(skipped)));
  }
}

/// Why the class arms can't be trained on these pictures; empty if they can.
std::string why_no_classes(const DataSet& data) {
  std::size_t none = 0, several = 0;
  const Picture* example = nullptr;
  for (const Picture& picture : data.pictures) {
    none += picture.labels.empty();
    several += picture.labels.size() > 1;
    if (!example && picture.labels.size() != 1) example = &picture;
  }
  if (!example) return "";
  std::vector<std::string> parts;
  if (none > 0) parts.push_back(counted(none, "picture has no label", "pictures have no label"));
  if (several > 0) {
    parts.push_back(counted(several, "picture has several", "pictures have several"));
  }
  return fmt::format(
      "a classification model needs exactly one class for each picture, but {} (for example {}); "
      "softmax must spread a total of 1 over the classes, so it can say neither \"none\" nor "
      "\"both\"; use the label models, or give each picture one class",
      fmt::join(parts, " and "), example->file.string());
}

/// Every picture that can be used, in its one role.
struct Material {
  DataSet data;  ///< its pictures are those of `pictures`
  Pictures pictures, background, unseen;
  std::optional<FoundBank> bank;
};

/// Reads and lists all pictures and turns them into features; tells `result` what was left out.
Material gather(const CompareOptions& options, Comparison& result) {
  Material material;
  DataSet& data = material.data;
  data = read_data(options.data, options.data_options);
  const PictureList background = list_pictures(options.background);
  const PictureList unseen = list_pictures(options.unseen);
  // After the folders, which are read in no time: a wrong name is known before the weights are
  // read.
  const Backbone backbone(options.backbone);
  result.backbone = backbone.name();
  material.bank = find_bank(options.bank, backbone, options.backbone, result.notes);

  // All pictures in one go, so that the cores never wait for the end of a part.
  std::vector<fs::path> files;
  for (const Picture& picture : data.pictures) files.push_back(picture.file);
  files.insert(files.end(), background.files.begin(), background.files.end());
  files.insert(files.end(), unseen.files.begin(), unseen.files.end());
  const ImageOptions image_options{options.backbone.size, options.max_megapixels};
  const FeatureSet extracted = extract_features(files, backbone, image_options, options.cache_dir);

  result.skipped = std::move(data.skipped);
  for (const auto* skips : {&background.skipped, &unseen.skipped, &extracted.skipped}) {
    result.skipped.insert(result.skipped.end(), skips->begin(), skips->end());
  }
  if (options.strict) refuse_skips(result.skipped);

  const std::size_t n = data.pictures.size();
  material.pictures = take(extracted, files, 0, n);
  material.background = take(extracted, files, n, background.files.size());
  material.unseen = take(extracted, files, n + background.files.size(), unseen.files.size());
  for (Pictures* role : {&material.pictures, &material.background, &material.unseen}) {
    keep_stages(role->features, options.stages, backbone);
  }
  if (material.bank) keep_stages(material.bank->bank.features, options.stages, backbone);
  for (const fs::path& file : material.background.files) {
    material.background.kinds.push_back(kind_of(file, options.background));
  }
  std::vector<Picture> usable;
  for (std::size_t i = 0; i < n; ++i) {
    if (extracted.usable[i]) usable.push_back(std::move(data.pictures[i]));
  }
  data.pictures = std::move(usable);
  return material;
}

/// Puts those rows of the bank that are background to these classes after the user's own; tells
/// `result` what was left out.
void add_bank(Material& material, const std::set<Sha256>& taken, Comparison& result) {
  Pictures& background = material.background;
  BackgroundFinding& from = result.background_from;
  from.own = background.files.size();
  if (!material.bank) return;
  const Bank& bank = material.bank->bank;
  std::vector<std::vector<int>> labels;
  for (const Picture& picture : material.data.pictures) labels.push_back(picture.labels);
  const std::vector<int> groups = groups_of(material.pictures.pixels);
  BankRows chosen = choose_bank_rows(
      bank, {material.pictures.features, labels, groups, material.data.classes}, taken);

  note(result, chosen.same_pixels, "picture",
       "of the bank left out of the background: the same pixels are among yours");
  if (chosen.rows.empty()) {
    result.notes.push_back(
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
    background.kinds.push_back(bank.kinds[i]);
  }
  material.bank.reset();
}

/// A picture can have one role only. The classes come first and unseen pictures last, so that these
/// change nothing that is learned.
void part_roles(Material& material, const CompareOptions& options, Comparison& result) {
  const auto& own = material.pictures.pixels;
  std::set<Sha256> taken(own.begin(), own.end());
  note(result, drop_taken(material.background, taken), "background picture",
       "left out: the same pixels are among the classes");
  note(result, drop_repeats(material.background), "background picture", "left out: exact repeats");
  if (!options.background.empty() && material.background.files.empty()) {
    throw Error(
        fmt::format("{}: no background picture is left that can be used and is none of "
                    "the classes: give another folder{}",
                    printable(options.background[0]), first_of(result.skipped)));
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
                    printable(options.unseen[0]), first_of(result.skipped)));
  }
}

/// Lists of tags have a long tail. In a label problem a label on fewer different pictures than
/// there are folds can't be judged in every fold: it is left out, and the pictures that carry it
/// stay. (Of classes, each picture has just one: leaving it out is for the user to say.)
void leave_out_rare_labels(DataSet& data, const std::vector<int>& groups, int folds,
                           Comparison& result) {
  if (problem_of(data) != Problem::kManyLabels) return;
  std::vector<std::vector<int>> labels;
  for (const Picture& picture : data.pictures) labels.push_back(picture.labels);
  const auto counts = different_pictures(labels, static_cast<int>(data.classes.size()), groups);
  std::vector<std::string> kept, rare;
  std::vector<int> index;  // of each label among the kept; -1: rare
  for (std::size_t c = 0; c < counts.size(); ++c) {
    index.push_back(counts[c] < folds ? -1 : static_cast<int>(kept.size()));
    (counts[c] < folds ? rare : kept).push_back(data.classes[c]);
  }
  if (rare.empty() || kept.empty()) return;  // if all are rare, the error says what to do
  for (Picture& picture : data.pictures) {
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
  std::string names = printable(rare[0]);
  for (std::size_t i = 1; i < std::min(kNamed, rare.size()); ++i)
    names += ", " + printable(rare[i]);
  if (rare.size() > kNamed) names += fmt::format(" and {} more", grouped(rare.size() - kNamed));
  result.notes.push_back(
      fmt::format("{} left out, on fewer different pictures than there are folds ({}): {}",
                  counted(rare.size(), "label"), folds, names));
}

/// What may be learned from: all but the unseen pictures. Takes the features out of `material`.
LearningData to_learn(Material& material, int folds, Comparison& result) {
  DataSet& data = material.data;
  LearningData learning;
  learning.groups = groups_of(material.pictures.pixels);
  leave_out_rare_labels(data, learning.groups, folds, result);
  learning.features = std::move(material.pictures.features);
  learning.background = std::move(material.background.features);
  learning.classes = static_cast<int>(data.classes.size());
  for (const Picture& picture : data.pictures) learning.labels.push_back(picture.labels);
  require_something_left(data, learning, folds, result.skipped);
  require_enough_pictures(learning.labels, data.classes, learning.groups, folds);
  constexpr Index kFewBackground = 50;
  if (learning.background.rows() > 0 && learning.background.rows() < kFewBackground) {
    result.notes.push_back(fmt::format(
        "only {}: too few to learn from what \"none of these\" looks like; give some "
        "hundreds",
        counted(static_cast<std::size_t>(learning.background.rows()), "background picture")));
  }
  note(result, contradictions(learning), "group",
       "of exact copies with different labels: no model can get all of them right; `inspect` "
       "names them");
  return learning;
}

void describe(const Material& material, const LearningData& learning, const CompareOptions& options,
              Comparison& result) {
  for (const std::string& name : material.data.classes) result.classes.push_back({name, 0});
  for (const auto& labels : learning.labels) {
    for (const int label : labels) ++result.classes[static_cast<std::size_t>(label)].count;
    ++result.labels_per_picture[static_cast<int>(labels.size())];
  }
  result.data_name = options.data.string();
  result.pictures = learning.labels.size();
  result.duplicates =
      result.pictures - std::set(learning.groups.begin(), learning.groups.end()).size();
  result.unseen = material.unseen.files.size();
  result.background = material.background.files.size();
  result.folds = options.folds;
  result.seeds = options.seeds;
  result.size = options.backbone.size;
  result.precision = options.backbone.precision == Precision::kF32 ? "f32" : "bf16";
  result.stages = options.stages == Stages::kAll ? "all" : "last";
}

/// The arms that can be trained on this data; tells `result` which can't, and why.
std::vector<ArmSpec> arms_for(const DataSet& data, const CompareOptions& options,
                              bool with_background, Comparison& result) {
  const std::string why = why_no_classes(data);
  std::vector<ArmSpec> wanted;
  const std::vector<HeadKind> linear{HeadKind::kLinear};
  for (const HeadKind head : options.heads.empty() ? linear : options.heads) {
    for (const LossChoice& loss : options.losses.empty() ? standard_losses() : options.losses) {
      for (const ArmSpec& spec : arms_of(loss, head, with_background)) wanted.push_back(spec);
    }
  }
  // Beside the tutorial's models one that may keep quiet better: the rehearsal tells
  // (docs/unseen.md). Without background it has nothing to gain.
  if (options.heads.empty() && options.losses.empty() && with_background) {
    for (const LossChoice& loss : standard_losses()) {
      wanted.push_back(arms_of(loss, HeadKind::kRbf, true).back());
    }
  }
  std::vector<ArmSpec> specs;
  for (const ArmSpec& spec : wanted) {
    if (why.empty() || !spec.one_class()) {
      specs.push_back(spec);
    } else {
      result.untrained.push_back({spec.name, why});
    }
  }
  if (specs.empty()) {
    throw Error(fmt::format("{}: {}: give --losses one for labels too, such as bce_with_logits",
                            printable(data.root), why));
  }
  return specs;
}

Said said(const ArmSpec& spec, int classes, ArmAnswers answers, const std::vector<int>& groups) {
  Said one{std::move(answers.logits), {}, std::move(answers.scores)};
  one.answers = answers_of(spec, classes, one.logits, groups);
  return one;
}

/// Judges the fitted arms in domain, chooses, and only then opens the unseen pictures.
void judge(std::vector<FittedArm>& fitted, const Sealed<Pictures>& sealed, const Material& material,
           const LearningData& learning, const CompareOptions& options, Comparison& result) {
  const Problem problem = problem_of(material.data);
  const bool many_labels = problem == Problem::kManyLabels;
  const std::uint64_t seed = options.seeds.front();
  std::vector<std::vector<int>> labels;  // seed after seed, as the out-of-fold logits
  for (std::size_t s = 0; s < options.seeds.size(); ++s) {
    labels.insert(labels.end(), learning.labels.begin(), learning.labels.end());
  }
  std::vector<ArmSaid> arms;
  for (FittedArm& arm : fitted) {
    ArmSaid own;
    own.spec = arm.spec;
    own.score_kinds = arm.score_kinds;
    own.own = said(arm.spec, learning.classes, std::move(arm.own), learning.groups);
    if (learning.background.rows() > 0) {
      // Whole kinds are hidden: they, not single pictures, are what chance draws.
      own.rehearsal = {
          said(arm.spec, learning.classes, std::move(arm.rehearsal.own), learning.groups),
          said(arm.spec, learning.classes, std::move(arm.rehearsal.background),
               arm.background_kinds)};
    }
    Arm found;
    found.name = arm.spec.name;
    found.loss = arm.spec.loss.text();
    found.activation = name_of(arm.spec.activation());
    found.head = name_of(arm.spec.head);
    found.background = arm.spec.background;
    found.in_domain =
        judge_in_domain(arm.spec, problem, own.own.answers, own.own.logits, labels, seed);
    if (many_labels) {
      found.in_domain.labels =
          judge_labels(own.own.answers.probabilities, own.own.answers.group_of_row, labels,
                       result.classes, arm.folds, options.label_aim, seed);
    }
    found.calibration = judge_calibration(own, labels, arm.folds, seed);
    found.in_domain_max = own.own.answers.highest;
    arms.push_back(std::move(own));
    result.arms.push_back(std::move(found));
  }

  const Choices choices = choose(arms, result.arms, labels, {options.aim, options.risk, seed});
  result.recommended = choices.recommended();
  for (std::size_t a = 0; a < arms.size(); ++a) result.arms[a].scores = choices.scores()[a];
  const std::size_t chosen = choices.recommended().arm;
  if (many_labels) {
    result.recommended->labels = judge_given_labels(choices, arms[chosen], labels,
                                                    fitted[chosen].folds, options.label_aim, seed);
  }

  const Pictures& unseen = sealed.open(choices);
  std::vector<Said> to_unseen;
  if (!unseen.files.empty()) {
    {
      Progress progress("answers to unseen pictures", arms.size() * fitted.front().heads.size());
      for (const FittedArm& arm : fitted) {
        to_unseen.push_back(said(arm.spec, learning.classes,
                                 answer(arm, unseen.features, [&] { progress.add(); }),
                                 groups_of(unseen.pixels)));
      }
    }
    for (std::size_t a = 0; a < arms.size(); ++a) {
      Arm& found = result.arms[a];
      found.unseen = judge_unseen(arms[a].own.answers, labels, to_unseen[a].answers, seed);
      found.unseen_max = to_unseen[a].answers.highest;
      found.scores = judge_scores(choices, a, arms[a], to_unseen[a], *found.unseen, labels, seed);
    }
    result.mistakes = find_mistakes(choices, result.arms, to_unseen, unseen.files,
                                    material.data.classes, options.gallery);
    result.recommended->unseen = judge_recommended(
        choices, result.arms[chosen].scores[choices.recommended_score()], to_unseen[chosen], seed);
  }
  const Said* chosen_to_unseen = to_unseen.empty() ? nullptr : &to_unseen[chosen];
  if (!many_labels) {
    result.recommended->classes =
        judge_classes(choices, arms[chosen], chosen_to_unseen, labels, seed);
  }
  result.differences = judge_differences(choices, arms, to_unseen.empty() ? nullptr : &to_unseen,
                                         labels, many_labels, seed);
  result.sets = judge_sets(choices, arms[chosen], chosen_to_unseen, labels,
                           fitted[chosen].folds.front(), result.classes, options.risk, seed);
  constexpr std::size_t kSuspects = 10;
  result.suspects = find_suspects(arms[chosen], labels, material.pictures.files, result.classes,
                                  many_labels, kSuspects);
}

}  // namespace

std::vector<ScoreKind> default_scores() {
  std::vector<ScoreKind> scores;
  for (const ScoreInfo& score : all_scores()) {
    if (!score.features) scores.push_back(score.kind);
  }
  return scores;
}

Comparison compare(const CompareOptions& options) {
  const auto start = Clock::now();
  if (options.folds < kFewestFolds) {
    throw UsageError(
        fmt::format("--folds must be at least {}: the strength of L2 is chosen on folds inside the "
                    "training folds",
                    kFewestFolds));
  }
  if (std::set(options.seeds.begin(), options.seeds.end()).size() != options.seeds.size()) {
    throw UsageError("--seeds names a seed twice: that would count the same folds twice");
  }
  std::set<std::string> losses;
  for (const LossChoice& loss : options.losses) {
    if (!losses.insert(loss.text()).second) {
      throw UsageError("--losses names " + loss.text() + " twice: that is one model, not two");
    }
  }
  if (std::set(options.heads.begin(), options.heads.end()).size() != options.heads.size()) {
    throw UsageError("--heads names a head twice: that is one model, not two");
  }
  Comparison result;
  Material material = gather(options, result);
  part_roles(material, options, result);
  const LearningData learning = to_learn(material, options.folds, result);
  describe(material, learning, options, result);
  const Sealed<Pictures> unseen(std::move(material.unseen));
  result.seconds_features = seconds_since(start);

  const auto heads_start = Clock::now();
  const auto specs = arms_for(material.data, options, learning.background.rows() > 0, result);
  const ProtocolOptions protocol{options.folds, options.seeds,
                                 options.scores.empty() ? default_scores() : options.scores};
  std::vector<FittedArm> fitted;
  {
    Progress progress("heads", heads_to_fit(specs, protocol));
    fitted = fit_arms(specs, learning, protocol, [&] { progress.add(); });
  }
  judge(fitted, unseen, material, learning, options, result);
  result.seconds_heads = seconds_since(heads_start);
  result.verdict = write_verdict(result);
  result.seconds_total = seconds_since(start);
  return result;
}

}  // namespace oneormany
