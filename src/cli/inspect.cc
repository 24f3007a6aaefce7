#include "app/inspect.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "cli/commands.h"
#include "cli/data_options.h"
#include "cli/terminal.h"
#include "image/image.h"
#include "report/inspection.h"

namespace oneormany::cli {
namespace {

struct Arguments {
  std::filesystem::path data;
  data::DataOptions data_options;
  image::ImageOptions image;
  bool json = false, strict = false;
};

void run(const Arguments& arguments) {
  image::start_image_library();
  const data::DataSet data = data::read_data(arguments.data, arguments.data_options);
  std::vector<std::filesystem::path> files;
  for (const data::Picture& picture : data.pictures) files.push_back(picture.file);
  const app::Inspection inspection =
      app::inspect(data, features::decode_only(files, arguments.image));
  if (arguments.strict) data::refuse_skips(inspection.skipped);
  if (arguments.json) {
    fmt::print("{}\n", report::inspection_json(inspection));
  } else {
    fmt::print("{}", report::inspection_text(inspection, terminal_width(), colour_wanted()));
  }
}

}  // namespace

void add_inspect(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "inspect",
      "Look at a data set before training on it: how many pictures and classes, how many\n"
      "pictures carry no, one or many labels, which are copies of each other, which can't be\n"
      "read, and which kind of model and loss follows from that, and why.");
  const auto arguments = std::make_shared<Arguments>();
  add_data_options(*command, arguments->data, arguments->data_options);
  command
      ->add_option("--max-megapixels", arguments->image.max_megapixels,
                   "Larger pictures are left out: most are mistakes")
      ->check(positive)
      ->option_text("MP=250");
  command->add_flag("--json", arguments->json, "Print the findings as JSON (all lists in full)");
  command->add_flag("--strict", arguments->strict,
                    "A file that can't be used is an error (exit code 1)");
  command->footer(
      "\nA folder of class folders:       A CSV file:              Hugging Face imagefolder:\n"
      "  birds/robin/1.jpg                file,labels              birds/metadata.jsonl:\n"
      "  birds/robin/2.jpg                1.jpg,robin              {\"file_name\": \"1.jpg\",\n"
      "  birds/wren/3.jpg                 2.jpg,robin|nest          \"labels\": [\"robin\"]}\n"
      "                                   3.jpg,\n"
      "A column called labels, classes, tags or categories may hold several labels in a cell,\n"
      "parted by | ; or ,. An empty cell says that the picture has no label.\n"
      "\nExamples\n"
      "  oneormany inspect birds/\n"
      "  oneormany inspect tags.csv --label-delimiter ' '\n"
      "  oneormany inspect scans.csv --file-column scan --label-column genre --json\n");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace oneormany::cli
