#include "metrics/aim.h"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/error.h"
#include "base/nearest.h"

namespace oneormany::metrics {
namespace {

constexpr const char* kAims =
    " (there are keep=0.95, keep-each=0.95, precision=0.99, f1 and cost:wrong=1:none=0.2)";

std::string number_text(double value) {
  std::array<char, 32> text;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool all = error == std::errc() && end == text.data() + text.size();
  return all && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

double parse_share(const std::string& name, std::string_view text) {
  const bool percent = text.ends_with('%');
  const auto value = number(percent ? text.substr(0, text.size() - 1) : text);
  if (value && *value > 0 && *value <= 1 && !percent) return *value;
  std::string error =
      name + " is '" + std::string(text) + "', but must be a number above 0 and at most 1";
  if (value && *value >= 1 && *value <= 100) {
    error += base::did_you_mean({name + "=" + number_text(*value / 100)});
  }
  throw UsageError(error);
}

/// What follows "cost": ":wrong=1:none=0.2".
Aim parse_cost(std::string_view text) {
  Aim aim;
  aim.kind = Aim::Kind::kCost;
  bool has_none = false;
  while (!text.empty()) {
    text.remove_prefix(1);
    const std::string_view part = text.substr(0, text.find(':'));
    text.remove_prefix(part.size());
    const std::size_t equals = part.find('=');
    const std::string name(part.substr(0, equals));
    if (name.empty()) throw UsageError("cost: after the colon a cost is missing (wrong or none)");
    if (name != "wrong" && name != "none") {
      const auto meant = base::likely(name, {"wrong", "none"});
      throw UsageError("there is no cost '" + name + "'" +
                       (meant.empty() ? " (there are wrong and none)" : base::did_you_mean(meant)));
    }
    if (equals == std::string_view::npos) {
      throw UsageError("cost: " + name + " has no value: write " + name + "=" +
                       (name == "wrong" ? "1" : "0.2"));
    }
    const auto value = number(part.substr(equals + 1));
    if (!value || *value < 0 || (name == "wrong" && *value == 0)) {
      throw UsageError("cost: " + name + " is '" + std::string(part.substr(equals + 1)) +
                       "', but must be a number " + (name == "wrong" ? "above 0" : "from 0 up"));
    }
    (name == "wrong" ? aim.wrong : aim.none) = *value;
    has_none |= name == "none";
  }
  // No cost of "none" is a safe guess: it decides how many pictures get a label.
  if (!has_none) {
    throw UsageError(
        "cost: say what it costs to leave a picture without a label, as a share of a wrong "
        "label's cost: cost:wrong=1:none=0.2");
  }
  return aim;
}

}  // namespace

std::string Aim::text() const {
  switch (kind) {
    case Kind::kKeep:
      return (each ? "keep-each=" : "keep=") + number_text(share);
    case Kind::kPrecision:
      return "precision=" + number_text(share);
    case Kind::kF1:
      return "f1";
    case Kind::kCost:
      break;
  }
  return "cost:wrong=" + number_text(wrong) + ":none=" + number_text(none);
}

Aim parse_aim(std::string_view text) {
  const std::string name(text.substr(0, text.find_first_of("=:")));
  const std::string_view rest = text.substr(name.size());
  Aim aim;
  aim.each = name == "keep-each";
  const bool keep = name == "keep" || aim.each;
  if (keep || name == "precision") {
    aim.kind = keep ? Aim::Kind::kKeep : Aim::Kind::kPrecision;
    if (rest.empty() && keep) return aim;
    if (!rest.starts_with('=')) {
      throw UsageError(name + ": write the share after it: " + name + (keep ? "=0.95" : "=0.99"));
    }
    aim.share = parse_share(name, rest.substr(1));
    return aim;
  }
  if (name == "f1") {
    if (!rest.empty()) throw UsageError("f1 takes no value: write f1 alone");
    aim.kind = Aim::Kind::kF1;
    return aim;
  }
  if (name == "cost" && (rest.empty() || rest.starts_with(':'))) return parse_cost(rest);
  if (name == "cost") throw UsageError("cost: write its parts: cost:wrong=1:none=0.2");
  const auto meant = base::likely(name, {"keep", "keep-each", "precision", "f1", "cost"});
  throw UsageError("no aim is called '" + name + "'" +
                   (meant.empty() ? kAims : base::did_you_mean(meant)));
}

}  // namespace oneormany::metrics
