#include "app/evaluate.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/report_options.h"

namespace oneormany::cli {
namespace {

struct Arguments {
  app::EvaluateOptions options;
  ReportOptions reports;
};

void run(const Arguments& arguments) {
  prepare_reports(arguments.reports);
  const evaluate::Results results = app::evaluate(arguments.options);
  give_reports(results, arguments.reports, arguments.options.limits);
}

}  // namespace

void add_evaluate(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "evaluate", "Test a model on labelled pictures that it was not trained on.");
  const auto arguments = std::make_shared<Arguments>();
  app::EvaluateOptions& options = arguments->options;
  heading(*command, "Model and pictures");
  command->add_option("MODEL", options.model.file, "A file of `oneormany train`")
      ->required()
      ->type_name("");
  command->add_option("DATA", options.data, kDataHelp)->required()->type_name("");
  add_data_options(*command, options.data_options);
  command
      ->add_option("--unseen", options.unseen,
                   "Pictures of none of the classes: how many of them get a label? A folder, a "
                   "picture, a table of names, or - for a list. May be given several times")
      ->allow_extra_args(false)
      ->option_text("PICTURES");
  heading(*command, "From pictures to features");
  add_loading_options(*command, options.model);
  add_limits(*command, options.limits);
  add_cache(*command, options.cache_dir);
  heading(*command, kOptions);
  add_strict(*command, options.strict);
  add_report_options(*command, arguments->reports);
  command->footer(
      "Nothing is trained or chosen: the model's own thresholds are measured, and stand beside "
      "what "
      "was promised when it was trained. Pictures that it was trained on are found and left out.\n"
      "\n"
      "Examples\n"
      "  oneormany evaluate birds.oom next-year/\n"
      "  oneormany evaluate birds.oom corrected.csv --unseen holiday/\n");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace oneormany::cli
