#include "app/inspect.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "report/inspection.h"

namespace oneormany::cli {
namespace {

struct Arguments {
  app::InspectOptions options;
  bool json = false;
};

void run(const Arguments& arguments) {
  const app::Inspection inspection = app::inspect(arguments.options);
  if (arguments.json) {
    fmt::print("{}\n", report::inspection_json(inspection));
  } else {
    fmt::print("{}", report::inspection_text(inspection, terminal_width(), colour_wanted()));
  }
}

}  // namespace

void add_inspect(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "inspect", "Look at a data set first: labels, copies, and which loss fits.");
  const auto arguments = std::make_shared<Arguments>();
  app::InspectOptions& options = arguments->options;
  command->add_option("DATA", options.data, kSourcesHelp)->required()->type_name("");
  add_data_options(*command, options.data_options);
  add_reading_options(*command, options.reading);
  add_strict(*command, options.strict);
  add_json(*command, arguments->json);
  command->footer(
      "  Class folders:        A CSV file:          Hugging Face imagefolder:\n"
      "    birds/robin/1.jpg     file,labels          birds/metadata.jsonl:\n"
      "    birds/robin/2.jpg     1.jpg,robin          {\"file_name\": \"1.jpg\",\n"
      "    birds/wren/3.jpg      2.jpg,robin|nest      \"labels\": [\"robin\"]}\n"
      "                          3.jpg,\n"
      "\n"
      "A column called labels, classes, tags or categories may hold several labels in a cell, "
      "with | ; or , between them, or a list as Python or JSON writes it. Or each label has a "
      "column of its own, with 0 and 1. An empty cell says that the picture has no label. Names of "
      "files may lack their ending.\n"
      "\n"
      "Examples\n"
      "  oneormany inspect birds/\n"
      "  oneormany inspect scans.csv --file-column scan --label-column genre\n"
      "  oneormany inspect archive/ --split train\n"
      "  oneormany inspect tags.csv --label-delimiter space\n");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace oneormany::cli
