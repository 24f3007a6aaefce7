#include "cli/data_options.h"

#include <cmath>
#include <cstdlib>

namespace oneormany::cli {

std::string positive(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  const bool good = !text.empty() && *end == '\0' && std::isfinite(value) && value > 0;
  return good ? "" : "'" + text + "' is no number above 0";
}

void add_data_options(CLI::App& command, std::filesystem::path& data, data::DataOptions& options) {
  command
      .add_option("DATA", data,
                  "A folder of class folders; a CSV file (file,label or file,labels; an empty\n"
                  "cell means no label); or a folder with metadata.csv or metadata.jsonl")
      ->required();
  command.add_option("--file-column", options.file_column, "CSV column that names the file")
      ->type_name("NAME");
  add_label_options(command, options);
}

void add_label_options(CLI::App& command, data::DataOptions& options) {
  command.add_option("--label-column", options.label_column, "CSV column that holds the labels")
      ->type_name("NAME");
  command
      .add_option("--label-delimiter", options.delimiter,
                  "What stands between several labels of one cell")
      ->type_name("CHAR");
}

}  // namespace oneormany::cli
