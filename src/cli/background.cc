#include "app/background.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/standard_streams.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "report/made_bank.h"

namespace oneormany::cli {
namespace {

void run(const app::BackgroundOptions& options) {
  const app::MadeBank made = app::make_bank(options);
  if (!made.note.empty()) base::say_line(fmt::format("note: {}", made.note));
  fmt::print("{}", report::made_bank_text(made, options, terminal_width()));
}

}  // namespace

void add_background(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "background", "Make a bank of background: what compare trains \"none of these\" on.");
  const auto options = std::make_shared<app::BackgroundOptions>();
  command
      ->add_option("DIR", options->folders,
                   "Folders of pictures, deeper ones too; or pictures, tables of their names, or - "
                   "for a list on standard input. compare leaves out whole folders that are too "
                   "near to your classes")
      ->required()
      ->type_name("");
  command->add_option("--out", options->out, "The bank's file")->option_text("FILE REQUIRED");
  command->get_option("--out")->required();
  command
      ->add_option("--pictures", options->pictures,
                   "How many to keep: those that are least like each other")
      ->check(CLI::Range(1, 1'000'000))
      ->option_text("N=1500");
  command->add_option("--seed", options->seed, "Of the order in which pictures are gone through")
      ->check(whole_number)
      ->option_text("N=1");
  command->add_flag("--force", options->force, "Replace a FILE that is no bank");
  add_strict(*command, options->strict);
  heading(*command, "Features");
  add_feature_options(*command, options->features);
  command->footer(
      "A bank holds the features of pictures, not the pictures: it is small, and they may be "
      "deleted.\n"
      "\n"
      "A good bank has many sorts of things, a few hundred pictures at least, photographs if "
      "yours are photographs, and nothing of your classes. Exact repeats and pictures too like "
      "one another (cosine 0.9 or more) are taken once.\n"
      "\n"
      "Examples\n"
      "  oneormany background things/ --out things.bank\n"
      "  oneormany compare birds/ --background things.bank\n");
  command->callback([options] { run(*options); });
}

}  // namespace oneormany::cli
