#include "app/features.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "report/written_features.h"

namespace oneormany::cli {
namespace {

struct Arguments {
  app::FeaturesOptions options;
  bool failures_ok = false;
};

int run(const Arguments& arguments) {
  const app::WrittenFeatures written = app::write_features(arguments.options);
  fmt::print("{}", report::written_features_text(written));
  const bool failed = written.failed + written.unread.size() > 0;
  return failed && !arguments.failures_ok ? kSomeFailed : 0;
}

}  // namespace

void add_features(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "features", "Features of pictures in a file, for other programs: a row each.");
  const auto arguments = std::make_shared<Arguments>();
  app::FeaturesOptions& options = arguments->options;
  add_pictures(*command, options.sources);
  command
      ->add_option("-o,--out", options.out,
                   "The file, .npy, .safetensors, .csv or .jsonl by its name")
      ->option_text("FILE REQUIRED");
  command->get_option("--out")->required();
  add_names_of_tables(*command, options.names);
  command->add_flag("--every-page", options.every_page,
                    "A row for each page of a TIFF or PDF, named scan.tif#page=2; else the first");
  command->add_flag("--failures-ok", arguments->failures_ok,
                    "Exit with 0 also if some pictures could not be read");
  add_strict(*command, options.strict);
  command->add_flag("--force", options.force, "Replace files that are there");
  heading(*command, "Features");
  add_stages(*command, options.stages);
  add_feature_options(*command, options.features);
  command->footer(
      "Rows come in the order in which pictures are named. Beside FILE.npy and FILE.safetensors "
      "(a tensor, features) are FILE.names.csv, the name of each row, and FILE.failed.csv, the "
      "pictures that have no row, and why. In .csv and .jsonl these have a row with an error. "
      "Memory stays the same however many pictures; each file is written whole or not at all.\n"
      "\n"
      "Exit code 3: written, but some pictures could not be read.\n"
      "\n"
      "Examples\n"
      "  oneormany features scans/ -o scans.npy\n"
      "  find /archive -name '*.tif' | oneormany features - -o scans.jsonl --every-page\n"
      "  python3 -c \"import pyarrow.json as j, pyarrow.parquet as p; \\\n"
      "    p.write_table(j.read_json('scans.jsonl'), 'scans.parquet')\"\n"
      "  oneormany compare --features scans.npy --targets labels.npy\n");
  command->callback([arguments] {
    if (const int code = run(*arguments); code != 0) throw ExitCode(code);
  });
}

}  // namespace oneormany::cli
