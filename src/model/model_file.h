#pragma once
// A model in a file: safetensors, whose metadata are the format, a JSON text of all that isn't an
// array of numbers, and the SHA-256 of the whole content. docs/formats.md, "The model file", has
// every name.

#include <filesystem>
#include <string>
#include <string_view>

#include "model/model.h"

namespace oneormany::model {

inline constexpr int kFormat = 1;  ///< the version that is written; older ones are read too

/// All that isn't an array of numbers, as it stands in the file.
std::string json_text(const Model& model);

/// The bytes of a file. The same model gives the same bytes.
std::string to_bytes(const Model& model);

struct ReadModel {
  Model model;
  std::string sha256;  ///< of the content: 64 hexadecimal digits
};

/// Everything is checked before it is used: sizes against the file, shapes against each other, that
/// numbers are finite. Nothing in a file is ever run. Throws Error, without the file's name, if it
/// is damaged, no model, or of a newer version.
ReadModel from_bytes(std::string_view bytes);

/// Throws Error, one line with the file's name and the cure.
ReadModel read_model(const std::filesystem::path& file);

/// Throws Error if there is a file that isn't empty and no model (a damaged one is one).
void refuse_foreign_model(const std::filesystem::path& file);

/// The file is either the old or the whole new one. Throws Error if it can't be written.
void write_model(const std::filesystem::path& file, const Model& model);

}  // namespace oneormany::model
