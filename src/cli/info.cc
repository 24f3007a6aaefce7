#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "backbone/known_weights.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "model/model_file.h"
#include "report/model_card.h"

namespace oneormany::cli {
namespace {

struct Arguments {
  std::filesystem::path model;
  bool card = false, json = false;
};

void run(const Arguments& arguments) {
  const model::ReadModel read = model::read_model(arguments.model);
  const std::string licence(backbone::licence_of(read.model.input.weights_sha256));
  if (arguments.json) {
    fmt::print("{}", report::model_json(read));
  } else if (arguments.card) {
    fmt::print("{}", report::model_card(read, licence));
  } else {
    fmt::print("{}", report::model_text(read, licence, terminal_look()));
  }
}

}  // namespace

void add_info(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("info", "What a model is, from what, and what it promises.");
  const auto arguments = std::make_shared<Arguments>();
  command->add_option("MODEL", arguments->model, "A file of `oneormany train`")
      ->required()
      ->type_name("");
  command->add_flag("--card", arguments->card, "A model card in Markdown, to go with the file");
  add_json(*command, arguments->json);
  command->footer(
      "Examples\n  oneormany info birds.oom\n  oneormany info birds.oom --card > birds.md\n");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace oneormany::cli
