#include "report/describe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/printable.h"
#include "metrics/aim.h"
#include "metrics/conformal.h"
#include "report/figures.h"
#include "report/measures.h"
#include "report/verdict_parts.h"

namespace oneormany::report {
namespace {

constexpr std::size_t kClassesShown = 8;
constexpr double kWellCalibrated = 0.05;  // ECE: probabilities are off by 5 points on average

std::string class_list(const std::vector<evaluate::ClassCount>& classes) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < std::min(kClassesShown, classes.size()); ++i) {
    parts.push_back(fmt::format("{} {}", classes[i].name, base::grouped(classes[i].count)));
  }
  if (classes.size() > kClassesShown) {
    parts.push_back(fmt::format("{} more", base::grouped(classes.size() - kClassesShown)));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

/// For an aim as --aim takes it.
std::string describe_aim(const metrics::Aim& aim) {
  switch (aim.kind) {
    case metrics::Aim::Kind::kKeep:
      return fmt::format("keeps {} of the right answers", percent_text(aim.share));
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

}  // namespace

std::string describe_data(const evaluate::Results& comparison) {
  const auto& labels = comparison.data.labels_per_picture;
  const bool one_class = is_one_class(comparison);
  std::string text = fmt::format(
      "{}{}{}: {}.", base::counted(comparison.data.pictures, "picture"), one_class ? " of " : ", ",
      base::counted(comparison.data.classes.size(), one_class ? "class" : "label"),
      class_list(comparison.data.classes));
  if (!one_class) {
    std::vector<std::string> parts;
    for (const auto& [count, pictures] : labels) {
      parts.push_back(fmt::format("{} with {}", base::grouped(pictures),
                                  count == 0 ? "no label" : base::counted(count, "label")));
    }
    text += fmt::format(" {}.", fmt::join(parts, ", "));
  }
  if (comparison.data.duplicates > 0) {
    text += fmt::format(" {} kept in one fold with the original.",
                        base::counted(comparison.data.duplicates, "duplicate"));
  }
  std::vector<std::string> others;
  if (comparison.data.background > 0) {
    others.push_back(fmt::format("{} for {}",
                                 base::counted(comparison.data.background, "background picture"),
                                 comparison.from_logits() ? "choosing" : "training"));
  }
  if (comparison.data.unseen > 0) {
    others.push_back(
        fmt::format("{} for judging", base::counted(comparison.data.unseen, "unseen picture")));
  }
  if (!others.empty()) text += fmt::format(" {}.", fmt::join(others, ", "));
  return text;
}

const char* in_domain_subtitle(const evaluate::Results& comparison) {
  return comparison.from_logits()
             ? "Pictures of the classes; a model that was trained on any of them is flattered"
             : "Pictures of the classes, each judged by models that never saw it";
}

std::string describe_protocol(const evaluate::Results& comparison) {
  if (comparison.from_logits()) {
    std::vector<std::string> activations;
    for (const evaluate::ModelResult& model : comparison.models) {
      const std::string name(loss::name_of(model.activation));
      if (std::find(activations.begin(), activations.end(), name) == activations.end()) {
        activations.push_back(name);
      }
    }
    return fmt::format("logits of other programs, under {}", fmt::join(activations, " or "));
  }
  return fmt::format(
      "{}, {} {}; {}{} at {} px, {}", base::counted(comparison.protocol->folds, "fold"),
      comparison.protocol->seeds.size() == 1 ? "seed" : "seeds",
      fmt::join(comparison.protocol->seeds, ", "), comparison.protocol->backbone,
      comparison.protocol->stages == features::Stages::kLast ? " (last layer alone)" : "",
      comparison.protocol->size, backbone::name_of(comparison.protocol->precision));
}

std::vector<std::pair<std::vector<std::string>, std::string>> untrained_by_reason(
    const evaluate::Results& comparison) {
  std::vector<std::pair<std::vector<std::string>, std::string>> reasons;
  for (const evaluate::UntrainedModel& model : comparison.untrained) {
    const auto known = std::find_if(reasons.begin(), reasons.end(),
                                    [&](const auto& one) { return one.second == model.why; });
    if (known != reasons.end()) {
      known->first.push_back(model.name);
    } else {
      reasons.push_back({{model.name}, model.why});
    }
  }
  return reasons;
}

std::size_t shown_model(const evaluate::Results& comparison) {
  return comparison.recommended ? comparison.recommended->model : 0;
}

std::string describe_compared(const evaluate::Results& comparison) {
  const metrics::Aim aim = comparison.recommended ? comparison.recommended->aim : metrics::Aim{};
  return fmt::format("keeps {} of the right answers", percent_text(aim.compared_at()));
}

const char* estimated_on(const evaluate::Results& comparison) {
  return comparison.from_logits() ? "the background" : "hidden kinds of background";
}

std::vector<std::pair<std::string, std::string>> describe_recommendation(
    const evaluate::Results& c) {
  if (!c.recommended) return {};
  const evaluate::Recommendation& use = *c.recommended;
  const evaluate::ModelResult& model = c.models.at(use.model);
  const auto& labels = model.in_domain.labels;
  std::vector<std::pair<std::string, std::string>> lines{
      {"Use", fmt::format("{}, score {}, threshold {}", model.name, ood::name_of(use.score),
                          format_measured(Unit::kThreshold, use.threshold))}};
  if (!use.reachable) {
    lines.emplace_back("but",
                       fmt::format("no threshold of it {} on these pictures; this comes nearest",
                                   describe_aim(use.aim)));
  }
  std::string keeps =
      fmt::format("{} of the right answers", format_measured(Unit::kShare, use.kept));
  if (use.aim.kind != metrics::Aim::Kind::kKeep) {
    keeps += fmt::format("; {} of the answers given are right{}",
                         format_measured(Unit::kShare, use.precision),
                         use.estimate ? ", those to the background counted as wrong" : "");
  }
  keeps += labels ? fmt::format("; macro mAP {:.3f}", labels->macro_map.value)
                  : fmt::format("; accuracy {}",
                                format_value(Unit::kShare, model.in_domain.accuracy.value));
  lines.emplace_back("keeps", keeps);
  if (use.labels) {
    lines.emplace_back(
        "labels",
        fmt::format("{} of all labels carried are given, each at its own threshold; {} of "
                    "those given are right",
                    format_measured(Unit::kShare, use.labels->recall),
                    format_measured(Unit::kShare, use.labels->precision)));
  }
  if (use.estimate) {
    lines.emplace_back("expect",
                       fmt::format("{} of other pictures to get a label: rehearsed on {}",
                                   format_measured(Unit::kShare, *use.estimate), estimated_on(c)));
  }
  if (use.unseen) {
    lines.emplace_back("unseen",
                       fmt::format("{} of your {} {}", format_measured(Unit::kShare, *use.unseen),
                                   base::counted(c.data.unseen, "unseen picture"),
                                   use.estimate ? "did" : "get a label"));
  }
  return lines;
}

std::string describe_sets(const evaluate::Results& comparison) {
  if (!comparison.prediction_sets) return "";
  const evaluate::PredictionSets& sets = *comparison.prediction_sets;
  const auto& own = sets.in_domain;
  std::string text = fmt::format(
      "at {:g} % risk: in domain {} of labels covered; empty {}, one {}, several {}",
      100 * sets.alpha, format_measured(Unit::kShare, sets.coverage), percent_text(own.empty.value),
      percent_text(own.one.value), percent_text(own.several.value));
  const auto empty = [&](const char* whose,
                         const std::optional<evaluate::PredictionSets::Sizes>& sizes) {
    if (sizes) text += fmt::format("; {} empty {}", whose, percent_text(sizes->empty.value));
  };
  empty("background", sets.background);
  empty("unseen", sets.unseen);
  if (const std::size_t without = sets.without_guarantee.size(); without > 0) {
    text += fmt::format("; {} in every set made from fewer than {} pictures of {}",
                        base::counted(without, "label is", "labels are"),
                        pictures_for_guarantee(sets.alpha), without == 1 ? "it" : "them");
  }
  return text;
}

std::size_t pictures_for_guarantee(double alpha) {
  // From a little below the solution of 1 / (n + 1) = risk, of which one can't say where it lands.
  auto n = static_cast<std::size_t>(std::max(0.0, std::floor(1 / alpha) - 3));
  while (metrics::ConformalPredictor::smallest_alpha_of(n) > alpha) ++n;
  return n;
}

std::string describe_left_out(const evaluate::Results& comparison) {
  const evaluate::BackgroundSource& from = comparison.data.background_source;
  std::size_t near = 0;
  for (const auto& one : from.left_out) near += one.pictures;
  std::vector<std::string> parts;
  if (near > 0) {
    const auto& first = from.left_out.front();
    parts.push_back(fmt::format(
        "{} too near to your classes ({}{}, near to {})", base::counted(near, "picture"),
        from.left_out.size() > 1 ? "most: " : "", first.folder, first.nearest));
  }
  if (const std::size_t n = from.left_out_for_balance; n > 0) {
    parts.push_back((near > 0 ? base::grouped(n) + " more" : base::counted(n, "picture")) +
                    " so that yours aren't drowned");
  }
  if (parts.empty()) return "";
  return fmt::format("Left out of the {}: {}",
                     from.bank == "built-in" ? "built-in background" : "bank " + from.bank,
                     fmt::join(parts, ", "));
}

std::string describe_calibration(const evaluate::ModelResult& model) {
  if (!model.calibration || model.calibration->methods.empty()) return "";
  const auto& kinds = model.calibration->methods;
  const auto chosen = std::find_if(kinds.begin(), kinds.end(), [&](const auto& kind) {
    return kind.method == model.calibration->chosen;
  });
  const auto& before = kinds.front();
  if (chosen == kinds.end() || chosen == kinds.begin()) {
    const bool well = before.ece.value < kWellCalibrated;
    return fmt::format("{}: log-loss {:.3f}, ECE {}{}",
                       well ? "not needed" : "none of the kinds helped", before.log_loss,
                       well ? "" : "stays ", format_measured(Unit::kNumber, before.ece));
  }
  return fmt::format("{}: log-loss {:.3f} → {:.3f}, ECE {} → {}", metrics::name_of(chosen->method),
                     before.log_loss, chosen->log_loss,
                     format_value(Unit::kNumber, before.ece.value),
                     format_measured(Unit::kNumber, chosen->ece));
}

}  // namespace oneormany::report
