#pragma once
// The rows that an earlier `predict` left.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace oneormany::app {

/// The rows of an earlier run.
struct DoneRows {
  std::unordered_set<std::string> files;  ///< names of rows
  /// Of these, those that have rows with an error alone, with the row.
  std::unordered_map<std::string, std::string> failed;
  std::size_t bytes = 0;  ///< of the file's whole rows: after these one may be cut off
  /// The whole rows but for those with an error; of a file that has such.
  std::optional<std::string> without_errors;
  bool any = false;                  ///< it has a row, or a header
  std::vector<std::string> columns;  ///< of CSV
};

/// Reads what predict() was written to, as CSV or JSON lines; a file that isn't there has no rows.
/// Throws Error, one line with the file's name, if it is something else, or of another model.
DoneRows read_done(const std::filesystem::path& file, const std::string& model_sha256);

}  // namespace oneormany::app
