#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "cli/commands.h"
#include "cli/options.h"
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
  CLI::App* command = app.add_subcommand(
      "losses", "List the losses to train with, or show one: formula and curve.");
  const auto arguments = std::make_shared<Arguments>();
  command
      ->add_option("NAME", arguments->name,
                   "A loss; with parameters (sigmoid_focal:gamma=5) the curve is that of these")
      ->type_name("");
  add_json(*command, arguments->json);
  command->footer(
      "Examples\n"
      "  oneormany losses\n"
      "  oneormany losses sigmoid_focal:gamma=5\n");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace oneormany::cli
