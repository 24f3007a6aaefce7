#pragma once

#include <CLI/App.hpp>
#include <filesystem>

#include "data/data.h"

namespace oneormany {

/// Adds DATA and the options that say how to read a CSV file.
void add_data_options(CLI::App& command, std::filesystem::path& data, DataOptions& options);

}  // namespace oneormany
