#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "report/describe.h"
#include "report/labels.h"
#include "report/page.h"
#include "report/text.h"

namespace oneormany {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kBins = 25;

/// A histogram as bars. A threshold that falls inside a bin parts its bar by height, so that the
/// areas on both sides of the threshold are always the true shares.
void add_bars(Json& bars, const char* group, const std::vector<double>& values, double threshold) {
  std::array<std::size_t, kBins> below{}, above{};
  for (const double value : values) {
    const double place = std::clamp(value, 0.0, 1.0) * kBins;
    const std::size_t bin = std::min(static_cast<std::size_t>(place), kBins - 1);
    ++(value >= threshold ? above : below)[bin];
  }
  const auto share = [&](std::size_t n) {
    return static_cast<double>(n) / static_cast<double>(values.size());
  };
  const auto add = [&](std::size_t bin, std::size_t lower, std::size_t upper, bool reached) {
    if (lower == upper) return;
    bars.push_back({{"group", group},
                    {"from", static_cast<double>(bin) / kBins},
                    {"to", static_cast<double>(bin + 1) / kBins},
                    {"lower", share(lower)},
                    {"upper", share(upper)},
                    {"reached", reached}});
  };
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    add(bin, 0, above[bin], true);
    add(bin, above[bin], above[bin] + below[bin], false);
  }
}

Json bins_of(const std::vector<ReliabilityBin>& reliability) {
  Json bins = Json::array();
  for (const ReliabilityBin& bin : reliability) {
    if (bin.count == 0) continue;
    bins.push_back({{"count", bin.count}, {"p", bin.mean_probability}, {"share", bin.share}});
  }
  return bins;
}

Json measured(const std::optional<Measured>& m) {
  return m ? Json{{"value", m->value}, {"low", m->low}, {"high", m->high}} : Json(nullptr);
}

Json scores_of(const Comparison& comparison, std::size_t arm) {
  const auto& use = comparison.recommended;
  Json list = Json::array();
  for (const ScoreFinding* score : best_rehearsed_first(comparison.arms[arm].scores)) {
    list.push_back({{"name", printable(score->name)},
                    {"chosen", use && use->score == score->name},
                    {"rehearsal", measured(score->rehearsal)},
                    {"labelled", measured(score->labelled)},
                    {"auroc", measured(score->auroc)}});
  }
  return list;
}

Json sets_of(const ConformalFinding& sets) {
  Json list = Json::array();
  const auto add = [&](const char* group, const ConformalFinding::Sizes& sizes) {
    list.push_back({{"group", group},
                    {"empty", sizes.empty.value},
                    {"one", sizes.one.value},
                    {"several", sizes.several.value}});
  };
  add("in domain", sets.in_domain);
  if (sets.background) add("background", *sets.background);
  if (sets.unseen) add("unseen", *sets.unseen);
  return list;
}

Json reliability_of(const LabelFindings& labels) {
  Json list = Json::array();
  for (const LabelFinding* label : worst_first(labels)) {
    if (label->count == 0) continue;
    list.push_back({{"name", printable(label->name)},
                    {"count", label->count},
                    {"bins", bins_of(label->reliability)}});
  }
  return list;
}

/// On the highest probability: the recommended one, or else the one that keeps 95 %.
std::optional<double> drawn_threshold(const Comparison& comparison, const Arm& arm) {
  const auto& use = comparison.recommended;
  const bool recommended = use && &comparison.arms[use->arm] == &arm;
  if (recommended && use->score == "max_probability") return use->threshold.value;
  return arm.unseen ? std::optional(arm.unseen->threshold) : std::nullopt;
}

}  // namespace

std::string chart_data_json(const Comparison& comparison) {
  Json arms = Json::array();
  for (const Arm& arm : comparison.arms) {
    const auto drawn = drawn_threshold(comparison, arm);
    const double threshold = drawn.value_or(0);
    Json bars = Json::array();
    add_bars(bars, "in domain", arm.in_domain_max, threshold);
    add_bars(bars, "unseen", arm.unseen_max, threshold);
    arms.push_back(
        {{"name", printable(arm.name)},
         {"threshold", drawn ? Json(*drawn) : Json(nullptr)},
         {"bars", std::move(bars)},
         {"labels", arm.in_domain.labels ? reliability_of(*arm.in_domain.labels) : Json(nullptr)}});
  }
  Json data{{"arms", std::move(arms)}, {"scores", nullptr}, {"calibration", nullptr}};
  if (!comparison.arms.empty()) {
    const std::size_t shown = shown_arm(comparison);
    if (!comparison.arms[shown].scores.empty()) data["scores"] = scores_of(comparison, shown);
    if (const auto& calibration = comparison.arms[shown].calibration) {
      const bool changes = calibration->chosen != "none";
      data["calibration"] = {{"before", bins_of(calibration->before)},
                             {"after", changes ? bins_of(calibration->after) : Json(nullptr)}};
    }
  }
  data["sets"] = comparison.sets ? sets_of(*comparison.sets) : Json(nullptr);
  std::string safe;
  for (const char c : data.dump()) {
    if (c == '<') {
      safe += "\\u003c";  // so that no "</script" or "<!--" can end or change the element
    } else {
      safe += c;
    }
  }
  return safe;
}

}  // namespace oneormany
