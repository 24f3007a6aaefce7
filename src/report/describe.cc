#include "report/describe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/printable.h"

namespace oneormany {
namespace {

constexpr std::size_t kClassesShown = 8;

std::string class_list(const std::vector<ClassCount>& classes) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < std::min(kClassesShown, classes.size()); ++i) {
    parts.push_back(fmt::format("{} {}", classes[i].name, grouped(classes[i].count)));
  }
  if (classes.size() > kClassesShown) {
    parts.push_back(fmt::format("{} more", grouped(classes.size() - kClassesShown)));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

std::string describe_data(const Comparison& comparison) {
  std::string text =
      fmt::format("{} of {}: {}.", counted(comparison.pictures, "picture"),
                  counted(comparison.classes.size(), "class"), class_list(comparison.classes));
  const auto& labels = comparison.labels_per_picture;
  if (std::any_of(labels.begin(), labels.end(), [](const auto& e) { return e.first != 1; })) {
    std::vector<std::string> parts;
    for (const auto& [count, pictures] : labels) {
      parts.push_back(fmt::format("{} with {}", grouped(pictures),
                                  count == 0 ? "no label" : counted(count, "label")));
    }
    text += fmt::format(" {}.", fmt::join(parts, ", "));
  }
  if (comparison.duplicates > 0) {
    text += fmt::format(" {} kept in one fold with the original.",
                        counted(comparison.duplicates, "duplicate"));
  }
  std::vector<std::string> others;
  if (comparison.background > 0) {
    others.push_back(
        fmt::format("{} for training", counted(comparison.background, "background picture")));
  }
  if (comparison.unseen > 0) {
    others.push_back(fmt::format("{} for judging", counted(comparison.unseen, "unseen picture")));
  }
  if (!others.empty()) text += fmt::format(" {}.", fmt::join(others, ", "));
  return text;
}

const char* in_domain_subtitle(const Comparison& comparison) {
  return comparison.from_logits
             ? "Pictures of the classes; a model that was trained on any of them is flattered"
             : "Pictures of the classes, each judged by models that never saw it";
}

std::string describe_protocol(const Comparison& comparison) {
  if (comparison.from_logits) {
    std::vector<std::string> activations;
    for (const Arm& arm : comparison.arms) {
      const auto& known = activations;
      if (std::find(known.begin(), known.end(), arm.activation) == known.end()) {
        activations.push_back(arm.activation);
      }
    }
    return fmt::format("logits of other programs, under {}", fmt::join(activations, " or "));
  }
  return fmt::format("{}, {} {}; {} at {} px, {}", counted(comparison.folds, "fold"),
                     comparison.seeds.size() == 1 ? "seed" : "seeds",
                     fmt::join(comparison.seeds, ", "), comparison.backbone, comparison.size,
                     comparison.precision);
}

std::vector<std::pair<std::vector<std::string>, std::string>> untrained_by_reason(
    const Comparison& comparison) {
  std::vector<std::pair<std::vector<std::string>, std::string>> reasons;
  for (const UntrainedArm& arm : comparison.untrained) {
    const auto known = std::find_if(reasons.begin(), reasons.end(),
                                    [&](const auto& one) { return one.second == arm.why; });
    if (known != reasons.end()) {
      known->first.push_back(arm.name);
    } else {
      reasons.push_back({{arm.name}, arm.why});
    }
  }
  return reasons;
}

}  // namespace oneormany
