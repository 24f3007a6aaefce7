// Prediction sets, galleries of pictures to look at, and what is folded away at the end.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <set>

#include "base/printable.h"
#include "metrics/prediction_sets.h"
#include "report/figures.h"
#include "report/measures.h"
#include "report/sections.h"

namespace oneormany::report {
namespace {

/// How many pictures of a label sets must be made from to guarantee something of it.
std::size_t pictures_for_guarantee(double alpha) {
  // From a little below the solution of 1 / (n + 1) = alpha, of which one can't say where it lands.
  auto n = static_cast<std::size_t>(std::max(0.0, std::floor(1 / alpha) - 3));
  while (metrics::ConformalPredictor::smallest_alpha_of(n) > alpha) ++n;
  return n;
}

/// All models where they are few; else the recommended one and the first three others.
std::vector<std::size_t> few_models(const evaluate::Results& results) {
  std::vector<std::size_t> models;
  const bool few = results.models.size() <= kSideBySide;
  if (!few) models.push_back(shown_model(results));
  for (std::size_t i = 0; i < results.models.size() && models.size() < kSideBySide; ++i) {
    if (few || i != models[0]) models.push_back(i);
  }
  return models;
}

/// Losses and heads of all models: "softmax and cross_entropy (classes), sigmoid and …".
std::string how_fitted(const evaluate::Results& results) {
  std::vector<std::string> losses, heads;
  std::set<std::string> known;
  std::set<head::HeadKind> kinds;
  for (const evaluate::ModelResult& model : results.models) {
    if (model.head) kinds.insert(*model.head);
    if (!known.insert(model.loss.text()).second) continue;
    losses.push_back(
        fmt::format("{} and {} ({})", loss::name_of(model.activation), model.loss.text(),
                    model.activation == loss::Activation::kSoftmax ? "classes" : "labels"));
  }
  for (const head::HeadKind kind : kinds) {
    heads.push_back(kind == head::HeadKind::kLinear ? "a linear layer"
                    : kind == head::HeadKind::kRbf
                        ? "a linear layer on how near a picture is to known ones (rbf)"
                        : "a small network of two layers with batch norm and dropout (mlp)");
  }
  return fmt::format("{}, under {}", fmt::join(heads, ", or "), fmt::join(losses, ", "));
}

std::vector<std::string> how_to_read(const evaluate::Results& results) {
  std::vector<std::string> paragraphs;
  if (results.used_model) {
    paragraphs.push_back(
        "The model was used as it is: nothing was trained, and its thresholds are those of its "
        "file. Pictures that it was trained on were left out. Beside each figure that was promised "
        "when it was trained stands what these pictures show.");
  } else if (results.from_logits()) {
    paragraphs.push_back(
        "The logits came from other programs and were evaluated as they are: probabilities are "
        "their softmax, or the sigmoid of each. Nothing was trained, and no picture was read. The "
        "figures hold for new pictures only if no model was trained on any of these.");
  } else {
    const evaluate::Protocol& protocol = *results.protocol;
    paragraphs.push_back(fmt::format(
        "The pictures of the classes were split into {}. Each fold was predicted by heads trained "
        "on the others, so no picture was judged by a model that saw it; exact duplicates are "
        "always in the same fold.",
        base::counted(static_cast<std::size_t>(protocol.folds), "fold")));
    if (results.from_features()) {
      paragraphs.push_back(fmt::format(
          "The features came from elsewhere, {} for each picture, and no picture was read: rows "
          "that are equal count as duplicates. Only the head on top of them was trained: {}. The "
          "figures hold for new pictures only if the network that made the features was not "
          "trained on any of these.",
          base::grouped(static_cast<std::size_t>(protocol.given_features)), how_fitted(results)));
    } else {
      paragraphs.push_back(fmt::format(
          "The backbone ({}, {} px, {}) is the same for every model and was not trained. Only the "
          "head on top of its features was: {}.",
          protocol.backbone, protocol.size, backbone::name_of(protocol.precision),
          how_fitted(results)));
    }
  }
  paragraphs.push_back(
      "The threshold that accepts 95 % of the correct answers is the probability that 95 % of the "
      "correct predictions, in domain, reach. It is chosen on pictures of the classes alone; "
      "unseen pictures never choose anything. So the share of unseen pictures that still get a "
      "label at that threshold can be compared between models, which shares at a fixed threshold "
      "can't.");
  paragraphs.push_back(
      "Intervals are 95 % bootstrap intervals over pictures. Two models whose intervals overlap "
      "widely may well be equally good.");
  return paragraphs;
}

void add_background(std::vector<Part>& parts, const evaluate::DataSummary& data) {
  const evaluate::BackgroundSource& from = data.background_source;
  if (data.background + from.left_out.size() + from.left_out_for_balance == 0) return;
  const std::string fold = "The background";
  std::vector<std::string> sources;
  if (from.own > 0 || data.unlabelled.background == 0) {
    sources.push_back(fmt::format("{} of your own", base::counted(from.own, "picture")));
  }
  if (data.unlabelled.background > 0) {
    sources.push_back(
        fmt::format("{} of your unlabelled ones", base::grouped(data.unlabelled.background)));
  }
  if (!from.bank.empty()) {
    sources.push_back(fmt::format("{} of the bank ({})", base::grouped(from.built_in), from.bank));
  }
  parts.push_back({Text{fmt::format("{}.", fmt::join(sources, ", "))}, Level::kFull, fold});
  if (from.left_out_for_balance > 0) {
    parts.push_back(
        {Text{fmt::format("{} left out, so that your own pictures aren't outnumbered.",
                          base::counted(from.left_out_for_balance, "more was", "more were"))},
         Level::kFull, fold});
  }
  if (from.left_out.empty()) return;
  Terms terms;
  for (const train::LeftOut& one : from.left_out) {
    terms.items.emplace_back(
        one.folder,
        fmt::format("{}, near to {}", base::counted(one.pictures, "picture"), one.nearest));
  }
  parts.push_back({Text{"Left out because they are too near to a class:"}, Level::kFull, fold});
  parts.push_back({std::move(terms), Level::kFull, fold});
}

}  // namespace

Section untrained_section(const evaluate::Results& results) {
  Section section{.id = "untrained", .title = "Not trained"};
  Terms terms;  // together where the reason is the same
  for (const evaluate::UntrainedModel& model : results.untrained) {
    const auto known = std::find_if(terms.items.begin(), terms.items.end(),
                                    [&](const auto& one) { return one.second == model.why; });
    if (known != terms.items.end()) {
      known->first += ", " + model.name;
    } else {
      terms.items.emplace_back(model.name, model.why);
    }
  }
  if (!terms.items.empty()) section.parts = {{std::move(terms), Level::kBrief}};
  return section;
}

Section notes_section(const evaluate::Results& results) {
  Section section{.id = "notes", .title = "Worth knowing"};
  if (!results.data.notes.empty()) section.parts = {{Bullets{results.data.notes}, Level::kBrief}};
  std::vector<std::string> doubts;
  for (const evaluate::Doubt& doubt : results.data.doubts) doubts.push_back(doubt.text());
  if (!doubts.empty()) section.parts.push_back({Bullets{std::move(doubts)}, Level::kFull});
  return section;
}

Section sets_section(const evaluate::Results& results) {
  Section section{.id = "prediction-sets", .title = "Prediction sets"};
  if (!results.prediction_sets) return section;
  using Sizes = evaluate::PredictionSets::Sizes;
  const evaluate::PredictionSets& sets = *results.prediction_sets;
  section.note = fmt::format(
      "Each picture gets a set of labels: none, one or several (conformal prediction, α = {:g}). "
      "Of pictures like yours each label is missing from its picture's set at most {:g} % of the "
      "time; measured, {} of the labels were in their set. A picture of none of the classes should "
      "get the empty set.",
      sets.alpha, 100 * sets.alpha, format_measured(Unit::kShare, sets.coverage));
  const auto share = [](evaluate::Measured Sizes::*size) {
    return [size](const Sizes& sizes) { return std::optional(sizes.*size); };
  };
  const std::vector<Measure<Sizes>> measures{
      {.name = "empty", .unit = Unit::kShare, .with_interval = true, .read = share(&Sizes::empty)},
      {.name = "one label",
       .unit = Unit::kShare,
       .with_interval = true,
       .read = share(&Sizes::one)},
      {.name = "several",
       .unit = Unit::kShare,
       .with_interval = true,
       .read = share(&Sizes::several)}};
  std::vector<const Sizes*> groups{&sets.in_domain};
  std::vector<std::string> names{"in domain"};
  const auto add = [&](const char* name, const std::optional<Sizes>& sizes) {
    if (!sizes) return;
    groups.push_back(&*sizes);
    names.emplace_back(name);
  };
  add("background", sets.background);
  add("unseen", sets.unseen);
  Table table = table_of(measures, groups);
  table.style = Table::Style::kSlim;
  table.what = "pictures";
  for (std::size_t i = 0; i < names.size(); ++i) table.rows[i].name = names[i];
  section.parts = {
      {Key{{{"empty", "empty"}, {"one", "one"}, {"several", "several"}}}, Level::kPage},
      {Charts{{{.id = "sets"}}}, Level::kPage},
      {std::move(table)}};
  if (!sets.without_guarantee.empty()) {
    section.parts.push_back({Text{fmt::format(
        "No guarantee for: {}. At α = {:g} it takes {} pictures of a label in the folds that a set "
        "is made from: for pictures of the classes all folds but their own, for others all. Where "
        "they hold fewer, the label is in every set.",
        fmt::join(sets.without_guarantee, ", "), sets.alpha, pictures_for_guarantee(sets.alpha))}});
  }
  return section;
}

Section false_accepts_section(const evaluate::Results& results) {
  Section section{.id = "false-accepts", .title = "The most confident false accepts"};
  if (results.false_accepts.empty()) return section;
  section.note =
      "Unseen pictures, of none of the classes, that were given a label: first by the recommended "
      "model, the highest probabilities first. A prediction that does not reach the threshold is "
      "struck through: the model gives no label, and is right. The threshold is the recommended "
      "one; of other models the one that accepts 95 % of the correct answers.";
  Gallery gallery;
  const auto models = few_models(results);
  for (const evaluate::FalseAccept& one : results.false_accepts) {
    Gallery::Picture picture{one.file, {}};
    for (const std::size_t i : models) {
      if (i >= one.predictions.size()) continue;
      const auto& prediction = one.predictions[i];
      picture.answers.push_back(
          {.who = results.models[i].name,
           .label = prediction.label,
           .probability = format_value(Unit::kProbability, prediction.probability),
           .bar = prediction.probability,
           .accepted = prediction.labelled});
    }
    gallery.pictures.push_back(std::move(picture));
  }
  section.parts = {{std::move(gallery), Level::kPage}};
  return section;
}

Section label_errors_section(const evaluate::Results& results) {
  Section section{.id = "label-errors", .title = "Likely label errors"};
  if (results.label_errors.empty()) return section;
  section.note =
      "Pictures of the classes whose label the model, without having seen them, contradicts most. "
      "Either it is wrong, or the label is: look.";
  Gallery gallery;
  Terms terms;
  for (const evaluate::LabelError& one : results.label_errors) {
    const std::string prediction = one.prediction.empty() ? "not " + one.label : one.prediction;
    const std::string p = format_value(Unit::kProbability, one.prediction_probability);
    gallery.pictures.push_back(
        {one.file,
         {{.who = "labelled",
           .label = one.label,
           .probability = format_value(Unit::kProbability, one.label_probability)},
          {.who = "predicted", .label = prediction, .probability = p}}});
    terms.items.emplace_back(
        one.file.string(), fmt::format("labelled {}, predicted {} ({})", one.label, prediction, p));
  }
  section.parts = {{std::move(gallery), Level::kPage},
                   {std::move(terms), Level::kFull, "The files"}};
  return section;
}

Section unlabelled_section(const evaluate::Results& results) {
  constexpr std::size_t kEnd = 12;  // pictures at either end
  Section section{.id = "unlabelled", .title = "Unlabelled pictures that look like your classes"};
  const auto& left_out = results.data.unlabelled.left_out;
  if (left_out.empty()) return section;
  section.note = fmt::format(
      "{} of your {}: they were left out of the background. Which they are is a guess of a model "
      "that did not learn from them, and shown with its probability. Those that are of no class "
      "would have been good background; if many are, give more unlabelled pictures.",
      base::grouped(left_out.size()),
      base::counted(results.data.unlabelled.used(), "unlabelled picture"));
  const auto add = [&](const std::string& title, std::size_t from, std::size_t to) {
    Gallery gallery;
    for (std::size_t i = from; i < to; ++i) {
      const auto& one = left_out[i];
      gallery.pictures.push_back(
          {one.file,
           {{.who = "looks like",
             .label = results.data.classes.at(static_cast<std::size_t>(one.label)).name,
             .probability = format_value(Unit::kProbability, one.probability),
             .bar = one.probability}}});
    }
    section.parts.push_back({Heading{title, true}, Level::kPage});
    section.parts.push_back({std::move(gallery), Level::kPage});
  };
  if (left_out.size() <= 2 * kEnd) {
    add("The most probable first", 0, left_out.size());
  } else {
    add("The most probable", 0, kEnd);
    add("The least probable", left_out.size() - kEnd, left_out.size());
  }
  return section;
}

Section details_section(const evaluate::Results& results) {
  Section section{.id = "details"};
  const std::string how = "How this was measured, and how to read it";
  for (const std::string& paragraph : how_to_read(results)) {
    section.parts.push_back({Text{paragraph}, Level::kFull, how});
  }
  add_background(section.parts, results.data);
  Terms classes, skipped;
  for (const evaluate::ClassCount& one : results.data.classes) {
    classes.items.emplace_back(one.name, base::counted(one.count, "picture"));
  }
  for (const data::Skip& skip : results.data.skipped) {
    skipped.items.emplace_back(skip.file.string(), skip.why);
  }
  section.parts.push_back(
      {std::move(classes), Level::kFull, base::counted(results.data.classes.size(), "class")});
  if (!skipped.items.empty()) {
    section.parts.push_back({std::move(skipped), Level::kBrief,
                             base::counted(results.data.skipped.size(), "file") + " left out"});
  }
  return section;
}

}  // namespace oneormany::report
