#pragma once
// What is wrong with a command line, in one line, with the word that was meant.

#include <CLI/App.hpp>
#include <string>
#include <vector>

namespace oneormany {

/// The arguments as CLI::App::parse wants them (the last one first). -.5 becomes -0.5, so that it
/// is taken for the number it is and not for an option.
std::vector<std::string> arguments_for(int argc, const char* const* argv);

/// Why `app` couldn't read the command line. If a command or an option isn't known: which is the
/// nearest; else what CLI11 says.
std::string usage_message(const CLI::App& app, const CLI::ParseError& error);

}  // namespace oneormany
