#include "loss/catalogue.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/nearest.h"

namespace oneormany::loss {

// A new loss: its line here.
#define ONEORMANY_LOSSES(loss)                                                    \
  loss(cross_entropy_info) loss(logit_adjusted_info) loss(softmax_focal_info)     \
      loss(multi_margin_info) loss(bce_with_logits_info) loss(sigmoid_focal_info) \
          loss(asymmetric_info) loss(zlpr_info) loss(two_way_info)

#define ONEORMANY_DECLARE(info) LossInfo info();
ONEORMANY_LOSSES(ONEORMANY_DECLARE)

namespace {

template <typename Entries>
std::vector<std::string> names_of(const Entries& entries) {
  std::vector<std::string> names;
  for (const auto& entry : entries) names.emplace_back(entry.name);
  return names;
}

/// The losses whose title has a word: "ASL".
std::vector<std::string> titled(const std::string& wrong) {
  std::vector<std::string> names;
  for (const LossInfo& info : all_losses()) {
    if (base::has_word(info.title, wrong)) names.emplace_back(info.name);
  }
  return names.size() < all_losses().size() / 2 ? names : std::vector<std::string>();
}

/// What a loss can be told, where nothing that was written is near to it.
std::string parameters_of(const LossInfo& info) {
  if (info.parameters.empty()) return " (it has none)";
  return " (it has " + base::listed(names_of(info.parameters), "and") + ")";
}

std::string number_text(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};  // reads back as the same
}

double parse_value(const LossInfo& info, const LossParameter& parameter, std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = parameter.name == "power";
  if (error != std::errc() || end != text.data() + text.size() || !(value >= parameter.low) ||
      !(value <= parameter.high) || (whole && value != std::round(value))) {
    throw UsageError(std::string(info.name) + ": " + std::string(parameter.name) + " is '" +
                     std::string(text) + "', but must be a" + (whole ? " whole" : "") +
                     " number from " + number_text(parameter.low) + " to " +
                     number_text(parameter.high));
  }
  return value;
}

}  // namespace

std::span<const LossInfo> all_losses() {
#define ONEORMANY_CALL(info) info(),
  static const std::vector<LossInfo> losses{ONEORMANY_LOSSES(ONEORMANY_CALL)};
  return losses;
}

std::string LossChoice::text() const {
  std::string text(info->name);
  for (const LossParameter& parameter : info->parameters) {
    const double value = parameters.at(parameter.name);
    if (value != parameter.standard) {
      text.append(":").append(parameter.name).append("=").append(number_text(value));
    }
  }
  return text;
}

std::unique_ptr<Loss> LossChoice::make(const TargetCounts& counts) const {
  return info->make(parameters, counts);
}

LossChoice parse_loss(std::string_view text) {
  std::string normal(text);
  std::replace(normal.begin(), normal.end(), '-', '_');
  const std::string name = normal.substr(0, normal.find(':'));
  const auto losses = all_losses();
  const auto info = std::find_if(losses.begin(), losses.end(),
                                 [&](const LossInfo& one) { return one.name == name; });
  if (info == losses.end()) {
    std::vector<std::string> meant = base::likely(name, names_of(losses));
    if (meant.empty()) meant = titled(name);
    throw UsageError("no loss is called '" + name + "'" + base::did_you_mean(meant) +
                     " (`oneormany losses` lists them)");
  }
  LossChoice choice{&*info, {}};
  for (const LossParameter& parameter : info->parameters) {
    choice.parameters[parameter.name] = parameter.standard;
  }
  for (std::size_t at = name.size(); at < text.size();) {
    const std::size_t end = std::min(text.find(':', at + 1), text.size());
    const std::string_view part = text.substr(at + 1, end - at - 1);
    const std::size_t equals = part.find('=');
    std::string wanted(part.substr(0, equals));
    std::replace(wanted.begin(), wanted.end(), '-', '_');
    const auto parameter = std::find_if(info->parameters.begin(), info->parameters.end(),
                                        [&](const auto& one) { return one.name == wanted; });
    if (part.empty()) {
      throw UsageError(name + ": after the colon a parameter is missing" + parameters_of(*info));
    }
    if (parameter == info->parameters.end()) {
      const std::vector<std::string> meant = base::likely(wanted, names_of(info->parameters));
      throw UsageError(name + " has no parameter '" + wanted + "'" +
                       (meant.empty() ? parameters_of(*info) : base::did_you_mean(meant)));
    }
    if (equals == std::string_view::npos) {
      throw UsageError(name + ": " + wanted + " has no value: write " + wanted + "=" +
                       number_text(parameter->standard));
    }
    choice.parameters[parameter->name] = parse_value(*info, *parameter, part.substr(equals + 1));
    at = end;
  }
  return choice;
}

std::vector<double> balanced_weights(const TargetCounts& counts, double power) {
  if (power == 0) return {};
  double total = 0;
  for (const double count : counts.positives) total += count;
  const double mean = total / static_cast<double>(counts.positives.size());
  std::vector<double> weights;
  for (const double count : counts.positives)
    weights.push_back(std::pow(mean / std::max(count, 1.0), power));
  return weights;
}

std::vector<double> balanced_positive_weights(const TargetCounts& counts, double power) {
  if (power == 0) return {};
  std::vector<double> weights;
  for (const double count : counts.positives) {
    weights.push_back(std::pow(std::max(counts.rows - count, 1.0) / std::max(count, 1.0), power));
  }
  return weights;
}

}  // namespace oneormany::loss
