#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "cli/commands.h"
#include "cli/terminal.h"
#include "report/loss_page.h"

namespace oneormany::cli {
namespace {

struct Arguments {
  std::string name;
  bool json = false;
};

void run(const Arguments& arguments) {
  std::optional<loss::LossChoice> one;
  if (!arguments.name.empty()) one = loss::parse_loss(arguments.name);
  if (arguments.json) {
    fmt::print("{}\n", report::losses_json(one ? one->info : nullptr));
  } else {
    fmt::print("{}", one ? report::loss_text(*one, terminal_look())
                         : report::losses_text(terminal_look()));
  }
}

}  // namespace

void add_losses(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("losses",
                         "List the losses that models can be fitted to: what for, formula, paper;\n"
                         "with a NAME, the page of that one, with its parameters and its curve.");
  const auto arguments = std::make_shared<Arguments>();
  command
      ->add_option("NAME", arguments->name,
                   "A loss; with parameters (sigmoid_focal:gamma=5) the curve is that of these")
      ->type_name("");
  command->add_flag("--json", arguments->json, "Print the list, or the one, as JSON");
  command->footer(
      "\nExamples\n"
      "  oneormany losses\n"
      "  oneormany losses asymmetric\n"
      "  oneormany losses sigmoid_focal:gamma=5\n");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace oneormany::cli
