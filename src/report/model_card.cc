#include "report/model_card.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/printable.h"
#include "evaluate/gates.h"
#include "report/figures.h"
#include "report/terminal_writer.h"
#include "report/verdict_parts.h"

namespace oneormany::report {
namespace {

using Facts = std::vector<std::pair<std::string, std::string>>;

bool one_class(const model::Model& model) { return model.problem == data::Problem::kOneClass; }

std::string classes_text(const model::Model& model, std::size_t most) {
  std::vector<std::string> parts;
  for (std::size_t c = 0; c < model.classes.size() && c < most; ++c) {
    parts.push_back(fmt::format("{} ({})", base::printable(model.classes[c]),
                                base::grouped(model.training.counts[c])));
  }
  std::string text = fmt::format("{}", fmt::join(parts, ", "));
  if (model.classes.size() > most) {
    text += fmt::format(" and {} more", base::grouped(model.classes.size() - most));
  }
  return text;
}

/// What was measured, each with its figure.
Facts promise_terms(const model::Model& model) {
  const evaluate::Promise& promise = model.promise;
  Facts terms{{one_class(model) ? "accuracy" : "macro mAP", share_text(promise.accuracy)},
              {"correct predictions accepted", share_text(promise.kept)},
              {"pictures that get a label", share_text(promise.answered)}};
  const model::Training& training = model.training;
  const bool background =
      training.own_background + training.built_in_background + training.unlabelled > 0;
  terms.emplace_back(background ? "labels given that are correct, of these and the background "
                                  "together (where each is wrong)"
                                : "labels given that are correct",
                     share_text(promise.precision));
  const auto add = [&terms](const char* what, const std::optional<evaluate::Measured>& share) {
    if (share) terms.emplace_back(what, share_text(*share));
  };
  add("unrelated pictures labelled, expected", promise.unrelated);
  add(training.unlabelled > 0
          ? "pictures of none of the classes, such as the unlabelled ones show, labelled, expected"
          : "related pictures of other classes labelled, expected",
      promise.related);
  add("the unseen pictures labelled", promise.unseen);
  if (promise.test) {
    terms.emplace_back("on the test set, accuracy", share_text(promise.test->accuracy));
    terms.emplace_back("on the test set, correct predictions accepted",
                       share_text(promise.test->kept));
    terms.emplace_back("on the test set, accepted predictions correct",
                       share_text(promise.test->precision));
  }
  return terms;
}

std::string background_text(const model::Training& training) {
  std::vector<std::string> parts;
  const std::size_t own = training.own_background;
  if (own > 0) parts.push_back(base::counted(own, "picture") + " of the user's own");
  if (training.built_in_background > 0) {
    parts.push_back(base::grouped(training.built_in_background) + " out of a bank");
  }
  if (training.unlabelled > 0) {
    parts.push_back(base::counted(training.unlabelled, "unsorted picture"));
  }
  return parts.empty() ? "none" : fmt::format("{}", fmt::join(parts, ", "));
}

/// What it holds of the pictures that it was trained on.
std::string content_text(const model::Model& model) {
  std::string text = base::counted(model.self_tests.size(), "small picture") + " (" +
                     fmt::format("{0} × {0} pixels) for its self-test", model::SelfTest::kSide);
  if (model.score_rows.features.rows() > 0) {
    text += fmt::format(", the features of {}",
                        base::counted(static_cast<std::size_t>(model.score_rows.features.rows()),
                                      "training picture"));
  }
  return text;
}

/// The lines of the card's head. The hub refuses a name that isn't on its list
/// (huggingface.co/docs/hub/repositories-licenses), of which these are what networks come under.
std::string licence_lines(const std::string& licence) {
  static constexpr std::array kOfTheHub = {"afl-3.0",
                                           "agpl-3.0",
                                           "apache-2.0",
                                           "artistic-2.0",
                                           "bsd-2-clause",
                                           "bsd-3-clause",
                                           "bsd-3-clause-clear",
                                           "cc-by-4.0",
                                           "cc-by-nc-4.0",
                                           "cc-by-nc-nd-4.0",
                                           "cc-by-nc-sa-4.0",
                                           "cc-by-sa-4.0",
                                           "cc0-1.0",
                                           "cdla-permissive-2.0",
                                           "gemma",
                                           "gpl-2.0",
                                           "gpl-3.0",
                                           "isc",
                                           "lgpl-2.1",
                                           "lgpl-3.0",
                                           "mit",
                                           "mpl-2.0",
                                           "openrail",
                                           "unlicense"};
  if (licence.empty()) return "license: unknown\n";
  std::string name = licence;
  std::ranges::transform(name, name.begin(), [](unsigned char c) {
    return static_cast<char>(c < 0x80 ? std::tolower(c) : c);
  });
  if (std::ranges::find(kOfTheHub, name) != kOfTheHub.end()) return "license: " + name + "\n";
  // A JSON string is one of YAML's.
  return "license: other\nlicense_name: " + nlohmann::json(base::printable(licence)).dump() + "\n";
}

Facts facts(const model::ReadModel& read, const std::string& licence) {
  const model::Model& model = read.model;
  const model::Input& input = model.input;
  return {{"problem", one_class(model) ? "one class each" : "none, one or several labels"},
          {"model", fmt::format("{}, head {}, loss {}", base::printable(model.spec.name),
                                head::name_of(model.spec.head.value()), model.spec.loss.text())},
          {"trained on", fmt::format("{} of {}", base::counted(model.training.pictures, "picture"),
                                     base::printable(model.training.data))},
          {"background", background_text(model.training)},
          {"aim", model.rule.aim.text() + (model.promise.reachable ? "" : " (not reached)")},
          {"calibration", std::string(metrics::name_of(model.calibration.method))},
          {"backbone", fmt::format("{}, {} pixels, {}, SHA-256 {}", base::printable(input.name),
                                   input.backbone.size, name_of(input.backbone.precision),
                                   input.weights_sha256)},
          {"its licence", licence.empty() ? "not known" : base::printable(licence)},
          {"judged by", fmt::format("cross-validation in {} folds, {}", model.training.folds,
                                    base::counted(model.training.seeds.size(), "repeat"))},
          {"in the file", content_text(model)},
          {"made by", "oneormany " + base::printable(model.program)},
          {"SHA-256", read.sha256}};
}

/// What the column `score` of predictions is, and its threshold.
std::string score_text(const model::Model& model) {
  const model::Rule& rule = model.rule;
  if (rule.score == ood::ScoreKind::kMaxProbability) {
    return model.calibration.method == metrics::CalibrationMethod::kNone
               ? "The `score` of a prediction is its highest probability."
               : "The `score` of a prediction is its highest probability before calibration, "
                 "`probability` the one after it.";
  }
  if (rule.score != ood::ScoreKind::kBothGates) {
    return fmt::format("The `score` of a prediction is {}, on a scale of its own.",
                       score_words(rule.score));
  }
  std::string text =
      "The `score` of a prediction is a share, from 0 to 1: of the right predictions in training "
      "those that were no more probable, or five times those that were no nearer, whichever is "
      "less.";
  if (rule.thresholds.size() == 1) {
    const double share = rule.thresholds[0];
    text += fmt::format(
        " The threshold, {:.3g}, gives up {:.3g} % of them as not probable enough, and {:.2g} % as "
        "not near enough.",
        share, 100 * share, 100 * share / evaluate::BothGates::kWeight);
  }
  return text;
}

}  // namespace

std::string rule_text(const model::Model& model) {
  const model::Rule& rule = model.rule;
  std::string text;
  if (rule.thresholds.size() > 1) {
    text = fmt::format("its score {} reaches the threshold of its most probable class",
                       name_of(rule.score));
  } else if (rule.score == ood::ScoreKind::kBothGates) {
    const evaluate::AskedOfGates asked =
        evaluate::BothGates(rule.probabilities, rule.nearnesses).asked(rule.thresholds[0]);
    text = fmt::format(
        "its highest probability is {} or more and its distance to the training pictures {} or "
        "less",
        threshold_text(asked.probability), threshold_text(-asked.nearness));
  } else {
    text = fmt::format("its {} is {} or more",
                       rule.score == ood::ScoreKind::kMaxProbability
                           ? "highest probability"
                           : fmt::format("score {}", name_of(rule.score)),
                       threshold_text(rule.thresholds[0]));
  }
  return (one_class(model)
              ? "A picture gets the most probable class if " + text + ". "
              : "A picture gets labels if " + text + ": those whose own thresholds it reaches. ") +
         score_text(model);
}

std::string model_text(const model::ReadModel& read, const std::string& licence, const Look& look) {
  const model::Model& model = read.model;
  TerminalWriter out(look);
  out.heading(fmt::format("{}: {}", base::counted(model.classes.size(), "class", "classes"),
                          classes_text(model, 10)));
  out.flow("", rule_text(model));
  out.heading("What to expect (95 % intervals)");
  const auto list = [&out](const Facts& terms, bool wrapped) {
    for (const auto& [name, text] : terms) {
      if (wrapped) {
        out.flow(fmt::format("{:<14}", name), text);
      } else {
        out.line(fmt::format("{:<20}  {}", text, name));
      }
    }
  };
  list(promise_terms(model), false);
  out.heading("How it was made");
  list(facts(read, licence), true);
  const std::string text = out.text();
  return text.substr(text.find_first_not_of('\n'));
}

std::string model_card(const model::ReadModel& read, const std::string& licence) {
  const model::Model& model = read.model;
  std::string card = fmt::format(
      "---\nlibrary_name: oneormany\n{}pipeline_tag: image-classification\ntags:\n"
      "- image-classification\n- out-of-distribution\n---\n\n"
      "# {}\n\n"
      "Sorts pictures into {}{}, or says \"none of these\".\n\n"
      "## How it decides\n\n{}\n\nClasses, with their training pictures: {}.\n\n"
      "## What to expect\n\nShares with 95 % intervals, measured by cross-validation before the "
      "model was fitted on everything.\n\n| | |\n|---|---|\n",
      licence_lines(licence),
      fmt::format("{}", fmt::join(std::vector(model.classes.begin(),
                                              model.classes.begin() +
                                                  static_cast<std::ptrdiff_t>(std::min<std::size_t>(
                                                      3, model.classes.size()))),
                                  ", ")) +
          (model.classes.size() > 3 ? ", …" : ""),
      base::counted(model.classes.size(), "class", "classes"),
      one_class(model) ? "" : " (none, one or several each)", rule_text(model),
      classes_text(model, model.classes.size()));
  for (const auto& [name, text] : promise_terms(model)) {
    card += fmt::format("| {} | {} |\n", name, text);
  }
  card +=
      "\n*Unrelated* pictures are of other things and sources. *Related* ones are of the same "
      "source and style, but of classes that the model does not know" +
      std::string(
          model.training.unlabelled > 0
              ? "; their share was estimated on a part of the unlabelled pictures, and holds "
                "for the kinds that these show"
              : "; their share was estimated by hiding the classes in turn") +
      ".\n\n"
      "## Limits\n\n"
      "The figures hold for pictures like those that it was trained on. Of pictures of another "
      "source, camera or time, test some (`oneormany evaluate`). The backbone limits what can be "
      "told apart. Nothing here says that a label is right for a single picture.\n\n"
      "## How it was made\n\n| | |\n|---|---|\n";
  for (const auto& [name, text] : facts(read, licence))
    card += fmt::format("| {} | {} |\n", name, text);
  return card;
}

std::string model_json(const model::ReadModel& read) {
  auto json = nlohmann::ordered_json::parse(model::json_text(read.model));
  json["sha256"] = read.sha256;
  return json.dump(2) + "\n";
}

}  // namespace oneormany::report
