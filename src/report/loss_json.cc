#include <nlohmann/json.hpp>

#include "report/loss_page.h"

namespace oneormany::report {
namespace {

using json = nlohmann::ordered_json;

json to_json(const loss::LossInfo& info) {
  json parameters = json::array();
  for (const loss::LossParameter& one : info.parameters) {
    parameters.push_back({{"name", one.name},
                          {"default", one.standard},
                          {"min", one.low},
                          {"max", one.high},
                          {"meaning", one.meaning}});
  }
  const bool one_class = info.targets == loss::TargetKind::kClass;
  return {{"name", info.name},
          {"title", info.title},
          {"targets", one_class ? "class" : "labels"},
          {"soft_targets", info.soft_targets},
          {"activation", one_class ? "softmax" : "sigmoid"},
          {"formula", info.formula},
          {"gradient", info.gradient},
          {"paper", info.paper},
          {"when", info.when},
          {"parameters", parameters}};
}

}  // namespace

std::string losses_json(const loss::LossInfo* one) {
  json losses = json::array();
  for (const loss::LossInfo& info : loss::all_losses()) {
    if (one == nullptr || one->name == info.name) losses.push_back(to_json(info));
  }
  return json{{"format", "oneormany-losses-1"}, {"losses", losses}}.dump(2);
}

}  // namespace oneormany::report
