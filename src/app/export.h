#pragma once
// A model for other programs.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/load_model.h"
#include "exporting/pixels.h"
#include "model/model_file.h"

namespace oneormany::app {

struct ExportOptions {
  LoadOptions model;
  std::optional<std::filesystem::path> onnx{};           ///< the file
  exporting::Pixels pixels = exporting::Pixels::kBytes;  ///< that the file is fed with
  std::optional<std::filesystem::path> hugging_face{};   ///< the folder
  /// The card in the folder, of the model and the licence of its backbone (empty: not known).
  std::function<std::string(const model::ReadModel&, const std::string&)> card{};
  bool force = false;  ///< replaces files that others wrote
};

/// Writes what is asked for: all of it, or nothing; returns the files. Throws Error, one line with
/// the file's name: as load_model() does, for a model that no graph can hold, and for a file that
/// others wrote.
std::vector<std::filesystem::path> export_model(const ExportOptions& options);

}  // namespace oneormany::app
