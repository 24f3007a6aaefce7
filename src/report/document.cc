#include "report/document.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "base/printable.h"
#include "report/figures.h"
#include "report/measures.h"
#include "report/report.h"
#include "report/sections.h"
#include "report/verdict.h"
#include "report/verdict_parts.h"

namespace oneormany::report {
namespace {

/// "565 pictures of 2 classes: buildings 68, flags 497 (6 duplicates); 1,425 background; …"
std::string data_line(const evaluate::DataSummary& data) {
  constexpr std::size_t kNamed = 8;
  const bool one_class = data.problem == data::Problem::kOneClass;
  std::vector<std::string> classes;
  std::size_t there = 0;
  for (const evaluate::ClassCount& one : data.classes) {
    if (one.count == 0 || ++there > kNamed) continue;
    const bool ends_in_number =
        !one.name.empty() && one.name.back() >= '0' && one.name.back() <= '9';
    classes.push_back(
        fmt::format("{}{} {}", one.name, ends_in_number ? ":" : "", base::grouped(one.count)));
  }
  if (there > kNamed) classes.push_back(base::grouped(there - kNamed) + " more");
  if (there < data.classes.size()) {
    classes.push_back(base::grouped(data.classes.size() - there) + " without pictures");
  }
  std::string text = fmt::format(
      "{}{}{}: {}", base::counted(data.pictures, "picture"), one_class ? " of " : ", ",
      base::counted(data.classes.size(), one_class ? "class" : "label"), fmt::join(classes, ", "));
  if (data.duplicates > 0)
    text += fmt::format(" ({})", base::counted(data.duplicates, "duplicate"));
  if (!one_class) {
    std::vector<std::string> parts;
    for (const auto& [count, pictures] : data.labels_per_picture) {
      parts.push_back(fmt::format("{} with {}", base::grouped(pictures),
                                  count == 0 ? "no label" : base::counted(count, "label")));
    }
    text += fmt::format("; {}", fmt::join(parts, ", "));
  }
  if (data.test) text += fmt::format("; {} to test on", base::grouped(data.test->pictures));
  if (data.background > 0) text += fmt::format("; {} background", base::grouped(data.background));
  if (data.unlabelled.given > 0) {
    text += fmt::format(
        " ({} of your {} unlabelled pictures among them; {} look like your {} and are left out)",
        base::grouped(data.unlabelled.background), base::grouped(data.unlabelled.used()),
        base::grouped(data.unlabelled.of_classes),
        data.problem == data::Problem::kOneClass ? "classes" : "labels");
  }
  if (data.unseen > 0) text += fmt::format("; {} unseen", base::grouped(data.unseen));
  if (data.copies_left_out > 0) {
    text += fmt::format("; left out {} of these or of each other",
                        base::counted(data.copies_left_out, "copy", "copies"));
  }
  return text + ".";
}

std::string given_features_text(const evaluate::Results& results) {
  const auto columns = static_cast<std::size_t>(results.protocol->given_features);
  return fmt::format("{} given", base::counted(columns, "feature"));
}

/// Folds, seeds, backbone, size and precision; of logits and features, that they came from
/// elsewhere.
std::string protocol_line(const evaluate::Results& results) {
  if (const auto& used = results.used_model) {
    return fmt::format("the model {} as it is, on pictures that it was not trained on; {} at {} px",
                       used->file, used->backbone, used->size);
  }
  if (results.from_logits()) {
    std::vector<std::string_view> activations;
    for (const evaluate::ModelResult& model : results.models) {
      const std::string_view name = loss::name_of(model.activation);
      if (std::find(activations.begin(), activations.end(), name) == activations.end()) {
        activations.push_back(name);
      }
    }
    return fmt::format("logits of other programs, under {}", fmt::join(activations, " or "));
  }
  const evaluate::Protocol& protocol = *results.protocol;
  const std::string folds =
      fmt::format("{}, {} {}; ", base::counted(protocol.folds, "fold"),
                  protocol.seeds.size() == 1 ? "seed" : "seeds", fmt::join(protocol.seeds, ", "));
  if (results.from_features()) return folds + given_features_text(results);
  return fmt::format("{}{}{} at {} px, {}", folds, protocol.backbone,
                     protocol.stages == features::Stages::kLast ? " (last layer alone)" : "",
                     protocol.size, backbone::name_of(protocol.precision));
}

/// What a threshold for this aim does.
std::string aim_words(const metrics::Aim& aim) {
  switch (aim.kind) {
    case metrics::Aim::Kind::kKeep:
      return fmt::format("accepts {} of {}correct answers", percent_text(aim.share),
                         aim.each ? "each class's " : "the ");
    case metrics::Aim::Kind::kPrecision:
      return fmt::format("has {} of the answers given right", percent_text(aim.share));
    case metrics::Aim::Kind::kF1:
      return "has the best F1";
    case metrics::Aim::Kind::kCost:
      break;
  }
  return fmt::format("costs least, where a wrong answer costs {} and none costs {}", aim.wrong,
                     aim.none);
}

std::string rule(const evaluate::Results& results) {
  const evaluate::Recommendation& use = *results.recommended;
  if (results.models.at(use.model).in_domain.labels) {
    return fmt::format(
        "A picture gets labels if {}: each label at its own threshold. Else \"none of these\".",
        condition_text(use));
  }
  const bool probability = use.score == ood::ScoreKind::kMaxProbability && use.each_class.empty();
  const std::string what = probability ? fmt::format("that has a probability of {} or more",
                                                     threshold_text(use.threshold.value))
                                       : condition_text(use);
  if (results.data.classes.size() == 1) {
    return fmt::format("It says \"{}\" if {}, else \"none of these\".",
                       results.data.classes[0].name, what);
  }
  // To those who sort into classes a label model is no matter of course.
  const bool classes = results.models.at(use.model).activation == loss::Activation::kSoftmax;
  return fmt::format("{}A picture gets its most probable label if {}, else \"none of these\".",
                     classes ? ""
                             : "Your pictures have one label each, for which a label model serves "
                               "as well. ",
                     what);
}

/// Goes on from the share that gets the right label.
std::string outcome_words(const evaluate::Results& results) {
  const evaluate::Recommendation::Outcome& outcome = *results.recommended->outcome;
  const std::string none = percent_text(outcome.none.value);
  return results.data.classes.size() == 1
             ? fmt::format("of your pictures get the label, {} do not", none)
             : fmt::format("of your pictures get the right label, {} a wrong one, {} none",
                           percent_text(outcome.wrong.value), none);
}

/// Of a model that was trained before: what it promised; else nothing.
std::string promised(const evaluate::Results& results, Unit unit,
                     evaluate::Measured evaluate::Promise::*share) {
  if (!results.used_model) return "";
  return "; promised: " + format_measured(unit, results.used_model->promise.*share);
}

std::string promised_of_others(const evaluate::UsedModel& used) {
  std::vector<std::string> shares;
  if (const auto& share = used.promise.unrelated) {
    shares.push_back(format_measured(Unit::kShare, *share) + " of unrelated ones");
  }
  if (const auto& share = used.promise.related) {
    shares.push_back(format_measured(Unit::kShare, *share) +
                     (used.promise.by_unlabelled ? " of such as its unlabelled pictures show"
                                                 : " of related ones"));
  }
  return shares.empty() ? "" : fmt::format("; promised: {}", fmt::join(shares, ", "));
}

std::optional<Card> card(const evaluate::Results& results) {
  if (!results.recommended) return std::nullopt;
  const evaluate::Recommendation& use = *results.recommended;
  const evaluate::ModelResult& model = results.models.at(use.model);
  const auto& labels = model.in_domain.labels;
  const bool classes = model.activation == loss::Activation::kSoftmax;
  Card card{
      .title =
          results.used_model
              ? fmt::format("{}: {}, a {} model",
                            std::filesystem::path(results.used_model->file).filename().string(),
                            model.name, classes ? "classification" : "label")
              : fmt::format("Use {}, a {} model", model.name, classes ? "classification" : "label"),
      .rule = rule(results)};
  card.setting = fmt::format("{}Score {}, {} {}.",
                             use.score == ood::ScoreKind::kBothGates
                                 ? "A distance of 0 is the same picture, 1.4 nothing in common. "
                                 : "",
                             ood::name_of(use.score),
                             use.each_class.empty() ? "threshold" : "lowest threshold of a class",
                             format_measured(Unit::kThreshold, use.threshold));
  if (!use.reachable) {
    card.warning = fmt::format("No threshold of it {} on these pictures; this comes nearest.",
                               aim_words(use.aim));
  }
  const auto add = [&](Unit unit, const evaluate::Measured& measured, const std::string& caption) {
    card.figures.push_back({cell_of(unit, measured, true), caption});
  };
  if (labels) {
    add(Unit::kNumber, labels->macro_map,
        "macro mAP: 1 where every label's pictures are ranked before all others" +
            promised(results, Unit::kNumber, &evaluate::Promise::accuracy));
  } else if (results.data.problem == data::Problem::kOneClass) {
    if (results.data.classes.size() > 1) {
      add(Unit::kShare, model.in_domain.accuracy,
          "of your pictures are recognised: their most probable label is correct" +
              promised(results, Unit::kShare, &evaluate::Promise::accuracy));
    }
  } else {
    add(Unit::kShare, model.in_domain.accuracy,
        "of your pictures get exactly their labels, at 0.5");
  }
  if (use.test) {
    const evaluate::InDomain& on_test = *model.test;
    const std::string test = base::counted(results.data.test->pictures, "test picture");
    add(on_test.labels ? Unit::kNumber : Unit::kShare, figure_of(on_test),
        on_test.labels
            ? fmt::format("macro mAP on your {}", test)
            : fmt::format("of your {} are recognised; they had no part in training", test));
  }
  if (use.outcome) {
    add(Unit::kShare, use.outcome->right, outcome_words(results));
  }
  if (results.used_model) {
    add(Unit::kShare, use.kept,
        "of the correct predictions are accepted" +
            promised(results, Unit::kShare, &evaluate::Promise::kept));
  } else if (!use.outcome) {
    add(Unit::kShare, use.kept, "of the correct labels reach the threshold and are given");
  }
  if (use.aim.kind != metrics::Aim::Kind::kKeep) {
    add(Unit::kShare, use.precision,
        use.estimate ? "of the labels given are correct, to your pictures and the background "
                       "together (where each is wrong)"
                     : "of the labels given are correct");
  }
  if (use.labels) {
    add(Unit::kShare, use.labels->recall, "of all labels carried are given");
    add(Unit::kShare, use.labels->precision, "of the labels given are correct");
  }
  if (use.related) {
    add(Unit::kShare, *use.related,
        results.data.unlabelled.estimates()
            ? "of such pictures of none of your classes as your unlabelled ones show will get a "
              "label, estimated on a part held out"
            : fmt::format("of related pictures will get a label: like yours, but of other {}",
                          results.data.problem == data::Problem::kOneClass ? "classes" : "labels"));
  }
  if (!use.related && use.estimate && results.data.classes.size() == 1) {
    card.figures.push_back({Cell{},
                            "of related pictures, like yours: not known without "
                            "unlabelled pictures"});
  }
  if (use.estimate) {
    add(Unit::kShare, *use.estimate,
        fmt::format("of unrelated pictures will get a label, estimated on {}",
                    results.from_logits() ? "the background" : "held-out background"));
  }
  if (results.answers) {
    add(Unit::kShare, results.answers->recommended.wrong_of_pile,
        fmt::format("of your unlabelled pictures get a wrong label, by your {}",
                    base::counted(results.answers->answered, "answer")));
  }
  if (use.unseen) {
    add(Unit::kShare, *use.unseen,
        results.used_model
            ? fmt::format("of your {} got a label{}",
                          base::counted(results.data.unseen, "unseen picture"),
                          promised_of_others(*results.used_model))
            : fmt::format("of your {} got a label; they were used for this test only",
                          base::counted(results.data.unseen, "unseen picture")));
  }
  return card;
}

std::string footer(const evaluate::Results& results) {
  const evaluate::Seconds& seconds = results.seconds;
  if (results.from_logits()) {
    return fmt::format("Made by oneormany {} in {:.1f} s.", ONEORMANY_VERSION, seconds.total);
  }
  return fmt::format(
      "Made by oneormany {}. Features took {:.1f} s, heads {:.1f} s, everything {:.1f} s.",
      ONEORMANY_VERSION, seconds.features, seconds.heads, seconds.total);
}

}  // namespace

Document document(const evaluate::Results& results) {
  require_finite(results);
  Verdict words = verdict(results);
  const std::vector<std::string> advice = std::exchange(words.advice, {});
  Document document{.title = results.data.name,
                    .data = data_line(results.data),
                    .protocol = protocol_line(results),
                    .card = card(results),
                    .verdict = words.paragraphs(),
                    .advice = advice,
                    .chart_data = chart_data_json(results),
                    .footer = footer(results)};
  using Sections = std::vector<Section (*)(const evaluate::Results&)>;
  // Of a model that is used as it is nothing is compared or chosen, and other thresholds than its
  // own only confuse.
  const Sections sections =
      results.used_model
          ? Sections{notes_section,         in_domain_section,    classes_section, labels_section,
                     false_accepts_section, label_errors_section, details_section}
          : Sections{asked_section,         answers_section,      models_section,
                     test_section,          untrained_section,    notes_section,
                     charts_section,        scores_section,       unseen_section,
                     in_domain_section,     differences_section,  classes_section,
                     labels_section,        calibration_section,  sets_section,
                     false_accepts_section, label_errors_section, unlabelled_section,
                     details_section};
  for (const auto section : sections) {
    if (Section one = section(results); !one.parts.empty()) {
      document.sections.push_back(std::move(one));
    }
  }
  return document;
}

}  // namespace oneormany::report
