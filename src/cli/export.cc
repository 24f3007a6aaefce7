#include "app/export.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "base/job.h"
#include "base/printable.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "report/model_card.h"

namespace oneormany::cli {
namespace {

namespace fs = std::filesystem;

void run(const app::ExportOptions& options) {
  if (!options.onnx && !options.hugging_face) {
    throw UsageError("export: says what to write: --onnx FILE or --hf DIR");
  }
  const std::vector<fs::path> files = app::export_model(options);
  if (base::Job::current().quiet()) return;
  std::uintmax_t bytes = 0;
  for (const fs::path& file : files) {
    std::error_code ignored;
    if (const std::uintmax_t size = fs::file_size(file, ignored); !ignored) bytes += size;
  }
  std::string what = options.onnx ? base::printable(*options.onnx) : "";
  if (options.hugging_face) {
    const std::size_t in_folder = files.size() - (options.onnx ? 1 : 0);
    what += fmt::format("{}{} ({})", what.empty() ? "" : " and ",
                        base::printable(*options.hugging_face), base::counted(in_folder, "file"));
  }
  fmt::print("written: {}, {:.1f} MB; the model gave the answers of its self-tests here\n", what,
             static_cast<double>(bytes) / 1e6);
}

}  // namespace

void add_export(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "export", "A model as an ONNX file, which gives the same answers elsewhere.");
  const auto options = std::make_shared<app::ExportOptions>();
  options->card = report::model_card;
  command->add_option("MODEL", options->model.file, "A file of `oneormany train`")
      ->required()
      ->type_name("");
  command
      ->add_option("--onnx", options->onnx,
                   "The ONNX file: from a picture's pixels to probabilities, score and labels")
      ->option_text("FILE");
  command
      ->add_option("--hf", options->hugging_face,
                   "A folder for the Hugging Face hub: ONNX file, configuration, model card")
      ->option_text("DIR");
  command->add_flag_callback(
      "--float-input", [options] { options->pixels = exporting::Pixels::kUnit; },
      "The ONNX file takes floats from 0 to 1, [N,3,size,size], as Ultralytics and transformers "
      "feed them, in place of bytes, [N,size,size,3]");
  command
      ->add_option("--backbone", options->model.backbone,
                   "Where the weights of the model's backbone are, if they aren't found")
      ->option_text("FILE");
  command->add_flag("--force", options->force, "Replace files that oneormany did not write");
  command->footer(
      "The file has all in it: normalisation, backbone, head, calibration and thresholds. Pictures "
      "must be squished to the size that the model takes. A picture whose labels are all 0 is none "
      "of these. docs/export.md has a program of ten lines that runs it.\n"
      "\n"
      "Examples\n"
      "  oneormany export birds.oom --onnx birds.onnx\n"
      "  oneormany export birds.oom --hf birds-hf/\n");
  command->callback([options] { run(*options); });
}

}  // namespace oneormany::cli
