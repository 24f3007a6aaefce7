#pragma once
// Help for the command line: wrapped to the terminal; and for a wrong one the word that was meant.

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace oneormany::cli {

/// Help is wrapped to the terminal's width, the heading "Options" comes last. In a footer lines
/// that begin with a blank stay as they are.
class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(28); }
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;
  std::string make_description(const CLI::App* app) const override;
  std::string make_option_desc(const CLI::Option* option) const override;
  std::string make_subcommand(const CLI::App* command) const override;
  std::string make_footer(const CLI::App* app) const override;

 private:
  std::string groups_of(const CLI::App& app) const;
};

/// The headings under which --help has options, in its order.
std::vector<std::string> headings_of(const CLI::App& app);

/// The arguments as CLI::App::parse wants them (the last one first). -.5 becomes -0.5, so that it
/// is taken for the number it is and not for an option.
std::vector<std::string> arguments_for(int argc, const char* const* argv);

/// Why `app` couldn't read the command line. If a command or an option isn't known: which is the
/// nearest; else what CLI11 says.
std::string usage_message(const CLI::App& app, const CLI::ParseError& error);

}  // namespace oneormany::cli
