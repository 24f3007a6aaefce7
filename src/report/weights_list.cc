#include "report/weights_list.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "report/terminal_writer.h"

namespace oneormany::report {
namespace {

using json = nlohmann::ordered_json;

const app::WeightsFile* found(const app::WeightsList& list, const backbone::KnownWeights& known) {
  const auto at = std::ranges::find(list.found, &known, &app::WeightsFile::known);
  return at == list.found.end() ? nullptr : &*at;
}

const char* state(const app::WeightsFile* file) {
  return file == nullptr ? "no" : file->whole() ? "yes" : "damaged";
}

/// What is wrong with a file, or what it is.
std::string said_of(const app::WeightsFile& file) {
  const std::string what =
      file.known == nullptr ? "of your own"
      : file.whole()        ? fmt::format("{} {}, whole", file.known->name, file.known->weights)
                     : fmt::format("damaged, or another file: {}'s SHA-256 begins with {:.8}",
                                   file.known->name, file.known->sha256);
  return fmt::format("{}: {}; {:.1f} MB, SHA-256 {}", base::printable(file.file), what,
                     static_cast<double>(file.bytes) / 1e6, file.sha256);
}

json to_json(const app::WeightsFile* file) {
  if (file == nullptr) return nullptr;
  json made = {
      {"file", base::printable(file->file)}, {"bytes", file->bytes}, {"sha256", file->sha256}};
  if (file->known) made["whole"] = file->whole();
  return made;
}

}  // namespace

std::string weights_text(const app::WeightsList& list, const Look& look) {
  TerminalWriter out(look);
  std::vector<TerminalWriter::TextColumn> columns = {{.head = "backbone", .right = false},
                                                     {.head = "features"},
                                                     {.head = "MB"},
                                                     {.head = "licence", .right = false},
                                                     {.head = "file", .right = false},
                                                     {.head = "here", .right = false}};
  for (const backbone::KnownWeights& one : backbone::known_weights()) {
    columns[0].cells.emplace_back(one.name);
    columns[1].cells.push_back(std::to_string(one.features));
    columns[2].cells.push_back(fmt::format("{:.0f}", one.megabytes * (1 << 20) / 1e6));
    columns[3].cells.emplace_back(one.licence);
    columns[4].cells.emplace_back(one.file);
    columns[5].cells.emplace_back(state(found(list, one)));
  }
  out.table(columns);
  out.line();
  for (const app::WeightsFile& file : list.found) out.flow("", said_of(file));
  std::vector<std::string> folders;
  for (const auto& folder : list.looked) folders.push_back(base::printable(folder));
  out.flow("", fmt::format("Looked in {}.", fmt::join(folders, ", ")));
  out.line();
  out.flow("",
           fmt::format("{} {}. The others are torchvision's, which fetches them when one is "
                       "first asked for: torchvision.models.resnet50(weights=\"IMAGENET1K_V2\"). "
                       "Behind the hyphen of each name stand the first digits of its SHA-256. "
                       "All were trained on ImageNet, whose pictures have terms of their own. "
                       "Then: --backbone FILE.",
                       backbone::known_weights()[0].name, backbone::known_weights()[0].source));
  out.flow(
      "", "An ONNX file of any other network will do too: docs/backbones.md says how to make one.");
  if (!list.given.empty()) out.heading("Given");
  for (const app::WeightsFile& file : list.given) out.flow("", said_of(file));
  return out.text();
}

std::string weights_json(const app::WeightsList& list) {
  json looked = json::array(), weights = json::array(), given = json::array();
  for (const auto& folder : list.looked) looked.push_back(base::printable(folder));
  for (const backbone::KnownWeights& one : backbone::known_weights()) {
    weights.push_back({{"name", one.name},
                       {"weights", one.weights},
                       {"file", one.file},
                       {"sha256", one.sha256},
                       {"megabytes", one.megabytes * (1 << 20) / 1e6},
                       {"features", one.features},
                       {"last_layer", one.last_layer},
                       {"licence", one.licence},
                       {"source", one.source},
                       {"here", to_json(found(list, one))}});
  }
  for (const app::WeightsFile& file : list.given) {
    given.push_back(to_json(&file));
    given.back()["name"] = file.known ? json(file.known->name) : json(nullptr);
  }
  return json{{"format", "oneormany-weights-1"},
              {"looked", looked},
              {"weights", weights},
              {"given", given}}
             .dump(2) +
         "\n";
}

}  // namespace oneormany::report
