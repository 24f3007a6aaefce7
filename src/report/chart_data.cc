#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "report/sections.h"
#include "report/text.h"

namespace oneormany::report {
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

Json bins_of(const std::vector<metrics::ReliabilityBin>& reliability) {
  Json bins = Json::array();
  for (const metrics::ReliabilityBin& bin : reliability) {
    if (bin.count == 0) continue;
    bins.push_back({{"count", bin.count}, {"p", bin.mean_probability}, {"share", bin.share}});
  }
  return bins;
}

Json measured(const std::optional<evaluate::Measured>& m) {
  return m ? Json{{"value", m->value}, {"low", m->low}, {"high", m->high}} : Json(nullptr);
}

Json scores_of(const evaluate::Results& results, std::size_t model) {
  const auto& use = results.recommended;
  Json list = Json::array();
  for (const evaluate::ScoreResult* score : best_estimate_first(results.models[model].scores)) {
    list.push_back({{"name", ood::name_of(score->kind)},
                    {"chosen", use && use->score == score->kind},
                    {"estimate", measured(score->estimate)},
                    {"labelled", measured(score->labelled)},
                    {"auroc", measured(score->auroc)}});
  }
  return list;
}

Json sets_of(const evaluate::PredictionSets& sets) {
  Json list = Json::array();
  const auto add = [&](const char* group, const evaluate::PredictionSets::Sizes& sizes) {
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

Json reliability_of(const evaluate::LabelResults& labels) {
  Json list = Json::array();
  for (const evaluate::LabelResult* label : worst_first(labels)) {
    if (label->count == 0) continue;
    list.push_back({{"name", base::printable(label->name)},
                    {"count", label->count},
                    {"bins", bins_of(label->reliability)}});
  }
  return list;
}

/// On the highest probability: the recommended one, or else the one that keeps 95 %.
std::optional<double> drawn_threshold(const evaluate::Results& results,
                                      const evaluate::ModelResult& model) {
  const auto& use = results.recommended;
  const bool recommended = use && &results.models[use->model] == &model;
  if (recommended && use->score == ood::ScoreKind::kMaxProbability) return use->threshold.value;
  return model.unseen ? std::optional(model.unseen->threshold) : std::nullopt;
}

}  // namespace

std::string chart_data_json(const evaluate::Results& results) {
  Json models = Json::array();
  for (const evaluate::ModelResult& model : results.models) {
    const auto drawn = drawn_threshold(results, model);
    const double threshold = drawn.value_or(0);
    Json bars = Json::array();
    add_bars(bars, "in domain", model.in_domain_max, threshold);
    add_bars(bars, "unseen", model.unseen_max, threshold);
    models.push_back({{"name", base::printable(model.name)},
                      {"threshold", drawn ? Json(*drawn) : Json(nullptr)},
                      {"bars", std::move(bars)},
                      {"labels", model.in_domain.labels ? reliability_of(*model.in_domain.labels)
                                                        : Json(nullptr)}});
  }
  Json data{{"models", std::move(models)}, {"scores", nullptr}, {"calibration", nullptr}};
  if (!results.models.empty()) {
    const std::size_t shown = shown_model(results);
    if (!results.models[shown].scores.empty()) data["scores"] = scores_of(results, shown);
    if (const auto& calibration = results.models[shown].calibration) {
      const bool changes = calibration->chosen != metrics::CalibrationMethod::kNone;
      data["calibration"] = {{"before", bins_of(calibration->before)},
                             {"after", changes ? bins_of(calibration->after) : Json(nullptr)}};
    }
  }
  data["sets"] = results.prediction_sets ? sets_of(*results.prediction_sets) : Json(nullptr);
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

}  // namespace oneormany::report
