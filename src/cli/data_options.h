#pragma once

#include <CLI/App.hpp>
#include <filesystem>
#include <string>

#include "data/data.h"

namespace oneormany::cli {

/// For CLI::Option::check: says what is wrong with a number that must be above 0, or nothing.
std::string positive(const std::string& text);

/// Adds DATA and the options that say how to read a CSV file.
void add_data_options(CLI::App& command, std::filesystem::path& data, data::DataOptions& options);

/// Adds --label-column and --label-delimiter.
void add_label_options(CLI::App& command, data::DataOptions& options);

}  // namespace oneormany::cli
