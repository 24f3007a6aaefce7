#include "app/export.h"

#include <fmt/core.h>

#include <system_error>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/printable.h"
#include "base/write_file.h"
#include "exporting/hugging_face.h"
#include "exporting/onnx_model.h"

namespace oneormany::app {
namespace {

namespace fs = std::filesystem;

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    throw Error(fmt::format("{}: can't be made: {}", base::printable(folder),
                            base::write_error(error.value())));
  }
}

}  // namespace

std::vector<fs::path> export_model(const ExportOptions& options) {
  // With its self-tests; then once more, since the predictor keeps what its score is made of.
  const LoadedModel loaded = load_model(options.model);
  const model::ReadModel read = model::read_model(options.model.file);
  std::vector<std::pair<fs::path, std::string>> contents;
  try {
    if (options.onnx) {
      contents.emplace_back(*options.onnx,
                            exporting::to_onnx(read.model, *loaded.backbone, options.pixels));
    }
    if (options.hugging_face) {
      for (auto& [name, content] : exporting::hugging_face_files(
               read.model, *loaded.backbone, options.card(read, loaded.backbone->licence()))) {
        contents.emplace_back(*options.hugging_face / name, std::move(content));
      }
    }
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", base::printable(options.model.file), error.what()));
  }
  if (options.hugging_face) make_folder(*options.hugging_face);
  std::vector<base::NewFile> files;
  for (const auto& [file, content] : contents) {
    // All that we write names us in its first lines.
    if (!options.force) base::refuse_foreign(file, "oneormany");
    files.push_back({file, content});
  }
  base::write_files(files);
  std::vector<fs::path> written;
  for (const auto& [file, content] : contents) written.push_back(file);
  return written;
}

}  // namespace oneormany::app
