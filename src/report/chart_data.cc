#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

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

Json reliability_of(const LabelFindings& labels) {
  Json list = Json::array();
  for (const LabelFinding* label : worst_first(labels)) {
    if (label->count == 0) continue;
    Json bins = Json::array();
    for (const ReliabilityBin& bin : label->reliability) {
      if (bin.count == 0) continue;
      bins.push_back({{"count", bin.count}, {"p", bin.mean_probability}, {"share", bin.share}});
    }
    list.push_back(
        {{"name", printable(label->name)}, {"count", label->count}, {"bins", std::move(bins)}});
  }
  return list;
}

}  // namespace

std::string chart_data_json(const Comparison& comparison) {
  Json arms = Json::array();
  for (const Arm& arm : comparison.arms) {
    const double threshold = arm.unseen ? arm.unseen->threshold : 0;
    Json bars = Json::array();
    add_bars(bars, "in domain", arm.in_domain_max, threshold);
    add_bars(bars, "unseen", arm.unseen_max, threshold);
    arms.push_back(
        {{"name", printable(arm.name)},
         {"threshold", arm.unseen ? Json(threshold) : Json(nullptr)},
         {"bars", std::move(bars)},
         {"labels", arm.in_domain.labels ? reliability_of(*arm.in_domain.labels) : Json(nullptr)}});
  }
  std::string safe;
  for (const char c : arms.dump()) {
    if (c == '<') {
      safe += "\\u003c";  // so that no "</script" or "<!--" can end or change the element
    } else {
      safe += c;
    }
  }
  return safe;
}

}  // namespace oneormany
