#include "cli/usage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <sstream>
#include <string_view>
#include <utility>

#include "base/nearest.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "report/text.h"

namespace oneormany::cli {
namespace {

constexpr int kCommandWidth = 14;  // of the commands' names in `oneormany --help`

std::string wrapped(const std::string& text, int width) {
  return fmt::format("{}", fmt::join(report::wrap(text, width), "\n"));
}

std::string did_you_mean(const std::string& wrong, const std::vector<std::string>& names,
                         const char* dashes) {
  const auto found = base::nearest(wrong, names);
  return found ? fmt::format(": did you mean {}{}?", dashes, *found) : "";
}

std::string unknown_command(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* one : app.get_subcommands({})) {
    if (!one->get_group().empty()) names.push_back(one->get_name());  // not hidden
  }
  return fmt::format("no command is called '{}'{}", word, did_you_mean(word, names, ""));
}

std::string unknown_option(const CLI::App& command, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::Option* one : command.get_options()) {
    if (one->get_group().empty()) continue;  // a name of old
    for (const std::string& name : one->get_lnames()) names.push_back(name);
  }
  const std::string option = word.substr(0, word.find('='));
  const std::string bare = option.substr(std::min(option.find_first_not_of('-'), option.size()));
  const std::string has =
      command.get_parent() ? command.get_name() + " has no option" : "there is no option";
  return fmt::format("{} {}{}", has, option, did_you_mean(bare, names, "--"));
}

}  // namespace

std::string HelpFormatter::make_help(const CLI::App* app, std::string name,
                                     CLI::AppFormatMode mode) const {
  return make_description(app) + "\n" + make_usage(app, std::move(name)) + make_positionals(app) +
         groups_of(*app) + make_subcommands(app, mode) + "\n" + make_footer(app);
}

std::string HelpFormatter::make_description(const CLI::App* app) const {
  return wrapped(app->get_description(), terminal_width()) + "\n";
}

std::vector<std::string> headings_of(const CLI::App& app) {
  std::vector<std::string> headings;
  for (const std::string& heading : app.get_groups()) {
    const auto options = app.get_options([&heading](const CLI::Option* option) {
      return option->get_group() == heading && option->nonpositional();
    });
    if (!heading.empty() && !options.empty()) headings.push_back(heading);
  }
  std::stable_partition(headings.begin(), headings.end(),
                        [](const std::string& heading) { return heading != kOptions; });
  return headings;
}

std::string HelpFormatter::groups_of(const CLI::App& app) const {
  std::string text;
  for (const std::string& heading : headings_of(app)) {
    text += make_group(heading, false, app.get_options([&heading](const CLI::Option* option) {
      return option->get_group() == heading && option->nonpositional();
    }));
  }
  return text;
}

std::string HelpFormatter::make_option_desc(const CLI::Option* option) const {
  return wrapped(option->get_description(),
                 terminal_width() - static_cast<int>(get_column_width()));
}

std::string HelpFormatter::make_subcommand(const CLI::App* command) const {
  std::ostringstream out;
  CLI::detail::format_help(out, command->get_name(),
                           wrapped(command->get_description(), terminal_width() - kCommandWidth),
                           kCommandWidth);
  return out.str();
}

std::string HelpFormatter::make_footer(const CLI::App* app) const {
  std::istringstream lines(app->get_footer());
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    text += (line.starts_with(' ') ? line : wrapped(line, terminal_width())) + "\n";
  }
  return text;
}

std::vector<std::string> arguments_for(int argc, const char* const* argv) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  // `oneormany help predict`, as other programs have it.
  if (!arguments.empty() && arguments[0] == "help") {
    arguments.erase(arguments.begin());
    arguments.resize(std::min<std::size_t>(arguments.size(), 1));
    arguments.emplace_back("--help");
  }
  for (std::string& one : arguments) {
    const bool number =
        one.starts_with("-.") && one.size() > 2 && std::isdigit(static_cast<unsigned char>(one[2]));
    if (number) one.insert(1, "0");
  }
  return {arguments.rbegin(), arguments.rend()};
}

namespace {

/// What CLI11 says in a programmer's words. (By hand: of <regex> GCC 12 warns under sanitizers.)
std::string plain_words(const std::string& what) {
  if (what == "A subcommand is required") return "name a command, such as train or predict";
  const auto before = [&](std::size_t at, std::size_t from = 0) {
    return what.substr(from, at - from);
  };
  constexpr std::string_view kNoNumber = "Could not convert: ", kIs = " = ", kNoneOf = " not in {",
                             kMissing = ": 1 required ";
  const std::size_t is = what.find(kIs), none = what.find(kNoneOf), missing = what.find(kMissing),
                    colon = what.find(": ");
  if (what.starts_with(kNoNumber) && is != what.npos) {
    return fmt::format("{}: '{}' is no value of its kind", before(is, kNoNumber.size()),
                       what.substr(is + kIs.size()));
  }
  if (none != what.npos && colon < none && what.ends_with('}')) {
    std::string all;
    for (const char c : what.substr(none + kNoneOf.size(), what.size() - 1 - none - kNoneOf.size()))
      all += c == ',' ? ", " : std::string(1, c);
    return fmt::format("{}: '{}' is none of {}", before(colon), before(none, colon + 2), all);
  }
  if (missing != what.npos && what.ends_with(" missing")) return before(missing) + " needs a value";
  return what;
}

}  // namespace

std::string usage_message(const CLI::App& app, const CLI::ParseError& error) {
  const auto used = app.get_subcommands();
  const CLI::App& command = used.empty() ? app : *used.front();
  const std::vector<std::string> unknown = app.remaining(true);
  const std::string help =
      used.empty() ? "oneormany --help" : fmt::format("oneormany {} --help", command.get_name());
  std::string what = error.what();
  for (const std::string& word : unknown) {
    if (word.starts_with("-") && word.size() > 1) {
      return fmt::format("{} (see {})", unknown_option(command, word), help);
    }
  }
  if (!unknown.empty()) {
    what = used.empty() ? unknown_command(app, unknown.front())
                        : fmt::format("'{}' is one word too many", unknown.front());
  }
  what = plain_words(what);
  // An option is named as its user knows it.
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_snames().empty() || what != option->get_name() + " is required") continue;
    what = fmt::format("-{} is required", option->get_snames().front());
  }
  return fmt::format("{} (see {})", what, help);
}

}  // namespace oneormany::cli
