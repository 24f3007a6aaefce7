#include "app/weights.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "report/weights_list.h"

namespace oneormany::cli {
namespace {

struct Arguments {
  std::vector<std::filesystem::path> files;
  bool json = false;
};

void run(const Arguments& arguments) {
  const app::WeightsList list = app::list_weights(arguments.files);
  fmt::print("{}", arguments.json ? report::weights_json(list)
                                  : report::weights_text(list, terminal_look()));
  if (list.damaged()) throw ExitCode(kBadData);
}

}  // namespace

void add_weights(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("weights", "Which backbones there are, and which of them are here.");
  const auto arguments = std::make_shared<Arguments>();
  command
      ->add_option("FILE", arguments->files,
                   "Weight files or ONNX files to look at: what they are, and their SHA-256")
      ->type_name("");
  add_json(*command, arguments->json);
  command->footer(
      "Exit code 1: one that is known by name isn't what it should be, or the default one is "
      "missing.\n"
      "\n"
      "Examples\n"
      "  oneormany weights\n"
      "  oneormany weights resnet50-11ad3fa6.pth --json\n");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace oneormany::cli
