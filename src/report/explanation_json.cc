#include <nlohmann/json.hpp>

#include "report/explanation.h"

namespace oneormany::report {
namespace {

using json = nlohmann::ordered_json;

json to_json(const app::Spread& spread) { return {{"values", spread.values}, {"sum", spread.sum}}; }

json to_json(const app::Change& change) {
  return {{"by", change.by},
          {"softmax", to_json(change.softmax)},
          {"sigmoid", to_json(change.sigmoid)}};
}

}  // namespace

std::string explanation_json(const app::Explanation& explanation) {
  const auto names = [&](const std::vector<std::size_t>& labels) {
    json list = json::array();
    for (const std::size_t label : labels) list.push_back(explanation.names[label]);
    return list;
  };
  json decisions = json::array(), losses = json::array();
  for (const app::Decision& one : explanation.decisions) {
    decisions.push_back({{"above", one.above ? json(*one.above) : json()},
                         {"softmax", names(one.softmax)},
                         {"sigmoid", names(one.sigmoid)}});
  }
  for (const app::LossStep& step : explanation.losses) {
    json loss = {{"name", step.choice.info->name}, {"parameters", json::object()}};
    for (const auto& [name, value] : step.choice.parameters) {
      loss["parameters"][std::string(name)] = value;
    }
    if (!step.why_not.empty()) {
      loss["why_not"] = step.why_not;
    } else {
      loss["sum"] = step.value;
      loss["mean"] = step.mean;
      loss["per_class"] = step.per_class.empty() ? json() : json(step.per_class);
      loss["targets"] = step.targets;
      loss["probabilities"] = step.probabilities;
      loss["gradient"] = step.gradient;
      if (!step.note.empty()) loss["note"] = step.note;
    }
    losses.push_back(loss);
  }
  json raised = to_json(explanation.raised);
  raised["class"] = explanation.names[explanation.raised_class];
  const json report = {
      {"format", "oneormany-explain-1"},
      {"row", explanation.row},
      {"rows", explanation.rows},
      {"names", explanation.names},
      {"logits", explanation.logits},
      {"normalised", explanation.normalised ? to_json(*explanation.normalised) : json()},
      {"exp",
       {{"of", explanation.shifted ? "z - max" : "z"},
        {"values", explanation.exp.values},
        {"sum", explanation.exp.sum}}},
      {"softmax", to_json(explanation.softmax)},
      {"sigmoid", to_json(explanation.sigmoid)},
      {"decisions", decisions},
      {"raised", raised},
      {"lowered", explanation.lowered ? to_json(*explanation.lowered) : json()},
      {"target", explanation.target ? names(*explanation.target) : json()},
      {"losses", losses},
      {"notes", explanation.notes}};
  // Names may hold bytes that aren't UTF-8; JSON may not.
  return report.dump(2, ' ', false, json::error_handler_t::replace);
}

}  // namespace oneormany::report
