#pragma once
// Help for the command line: wrapped to the terminal; and for a wrong one the word that was meant.

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace oneormany::cli {

/// Descriptions of options are wrapped to the terminal's width.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_option_desc(const CLI::Option* option) const override;
};

/// The arguments as CLI::App::parse wants them (the last one first). -.5 becomes -0.5, so that it
/// is taken for the number it is and not for an option.
std::vector<std::string> arguments_for(int argc, const char* const* argv);

/// Why `app` couldn't read the command line. If a command or an option isn't known: which is the
/// nearest; else what CLI11 says.
std::string usage_message(const CLI::App& app, const CLI::ParseError& error);

}  // namespace oneormany::cli
