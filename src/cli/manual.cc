#include "cli/manual.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <ctime>
#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/usage.h"
#include "features/features.h"
#include "loss/catalogue.h"
#include "ood/scores.h"

namespace oneormany::cli {
namespace {

std::vector<std::string> split(std::string_view text, std::string_view at) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (at.find(c) == std::string_view::npos) {
      parts.back() += c;
    } else {
      parts.emplace_back();
    }
  }
  return parts;
}

/// A word that is meant as it stands, where capitals stand for something else: builtin, bf16.
bool is_value(const std::string& word) {
  return !word.empty() && std::islower(static_cast<unsigned char>(word[0])) &&
         std::none_of(word.begin(), word.end(),
                      [](unsigned char c) { return std::isupper(c) || c == '.'; });
}

/// Names that nobody should have to look up.
std::vector<std::string> names_of(const std::string& option, const std::string& command) {
  std::vector<std::string> names;
  if (option == "--losses" || option == "--loss" || (command == "losses" && option == "NAME")) {
    for (const loss::LossInfo& one : loss::all_losses()) names.emplace_back(one.name);
  }
  if (option == "--scores") {
    for (const ood::ScoreInfo& one : ood::all_scores()) names.emplace_back(one.name);
  }
  return names;
}

/// What an argument may be, from how --help shows it: all|last, linear,rbf,mlp, NAME|FILE=name.
void take_completion(ManualOption& option, const std::string& shown) {
  const std::size_t equals = shown.find('=');
  const std::string kinds = shown.substr(0, equals);
  for (const std::string& word : split(kinds, "|,[] ")) {
    if (is_value(word)) option.values.push_back(word);
    option.folders |= word == "DIR";
    for (const char* file : {"FILE", "DATA", "PICTURES", "BANK", "PATH", "MODEL"}) {
      option.files |= word == file;
    }
    if (word == "NAME" && equals != std::string::npos) {  // the one there is without a file
      option.values.push_back(shown.substr(equals + 1));
    }
  }
}

ManualOption option_of(const CLI::Option& option, const std::string& command) {
  ManualOption made;
  made.text = option.get_description();
  const bool positional = !option.nonpositional();
  if (positional) {
    made.names = {option.get_name(true)};
  } else {
    for (const std::string& name : option.get_snames()) made.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) made.names.push_back("--" + name);
  }
  made.repeats = positional && option.get_expected_max() > 1;
  if (!positional && option.get_items_expected_max() > 0) {
    made.argument =
        option.get_option_text().empty() ? option.get_type_name() : option.get_option_text();
  }
  // The user's own folder is another one elsewhere.
  if (const std::size_t at = made.argument.find(features::default_cache_dir().string());
      at != std::string::npos) {
    made.argument.replace(at, std::string::npos, "~/.cache/oneormany");
  }
  take_completion(made, positional ? made.names[0] : made.argument);
  for (const std::string& name : names_of(made.names.back(), command)) made.values.push_back(name);
  made.list = option.get_delimiter() == ',' || made.argument.find("[,") != std::string::npos;
  return made;
}

/// By heading, in the order of --help.
std::vector<std::pair<std::string, std::vector<ManualOption>>> groups_of(const CLI::App& app) {
  std::vector<std::pair<std::string, std::vector<ManualOption>>> groups;
  for (const std::string& heading : headings_of(app)) {
    groups.emplace_back(heading, std::vector<ManualOption>());
    for (const CLI::Option* option : app.get_options()) {
      if (option->get_group() == heading && option->nonpositional()) {
        groups.back().second.push_back(option_of(*option, app.get_name()));
      }
    }
  }
  return groups;
}

ManualCommand command_of(const CLI::App& app) {
  ManualCommand command;
  command.name = app.get_name();
  command.text = app.get_description();
  command.usage = HelpFormatter().make_usage(&app, "oneormany " + command.name);
  command.usage = command.usage.substr(command.usage.find("oneormany"));
  command.usage.erase(command.usage.find_last_not_of('\n') + 1);
  for (const CLI::Option* option : app.get_options()) {
    if (!option->nonpositional()) command.positionals.push_back(option_of(*option, command.name));
  }
  command.groups = groups_of(app);
  command.end = blocks_of(app.get_footer());
  return command;
}

/// "word  text" of a literal line, or two empty ones.
std::pair<std::string, std::string> term_of(const std::string& line) {
  const std::size_t begin = line.find_first_not_of(' ');
  const std::size_t gap = line.find("  ", begin);
  if (gap == std::string::npos) return {};
  const std::string text = line.substr(line.find_first_not_of(' ', gap));
  if (text.find("  ") != std::string::npos) return {};  // a table of its own
  return {line.substr(begin, gap - begin), text};
}

/// The terms that the lines are; none if they aren't.
std::vector<std::pair<std::string, std::string>> terms_of(const std::vector<std::string>& lines) {
  constexpr std::size_t kContinued = 8;  // a line that begins so deep goes on with the last text
  std::vector<std::pair<std::string, std::string>> terms;
  for (const std::string& line : lines) {
    const std::size_t indent = line.find_first_not_of(' ');
    if (indent >= kContinued && !terms.empty()) {
      terms.back().second += " " + line.substr(indent);
      continue;
    }
    terms.push_back(term_of(line));
    if (terms.back().first.empty()) return {};
  }
  return terms;
}

ManualBlock literal_or_terms(const std::vector<std::string>& lines) {
  if (auto terms = terms_of(lines); !terms.empty()) {
    return {ManualBlock::Kind::kTerms, "", std::move(terms)};
  }
  std::size_t indent = std::string::npos;
  for (const std::string& line : lines) indent = std::min(indent, line.find_first_not_of(' '));
  std::string text;
  for (const std::string& line : lines) text += line.substr(indent) + "\n";
  return {ManualBlock::Kind::kLiteral, text, {}};
}

/// The date of the man page: SOURCE_DATE_EPOCH's, so that the same sources give the same page.
std::string date() {
  const char* epoch = std::getenv("SOURCE_DATE_EPOCH");
  const std::time_t when = epoch && *epoch ? std::atoll(epoch) : std::time(nullptr);
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(when));
}

void print_manual(const CLI::App& app, const std::string& form) {
  const Manual manual = manual_of(app);
  fmt::print("{}", form == "man"        ? man_page(manual, date())
                   : form == "markdown" ? markdown_page(manual)
                   : form == "bash"     ? bash_completion(manual)
                   : form == "zsh"      ? zsh_completion(manual)
                                        : fish_completion(manual));
}

}  // namespace

std::vector<ManualBlock> blocks_of(std::string_view footer) {
  std::vector<ManualBlock> blocks;
  std::vector<std::string> literal;
  const auto end_literal = [&] {
    if (literal.empty()) return;
    if (!blocks.empty() && blocks.back().kind == ManualBlock::Kind::kText &&
        blocks.back().text.find(' ') == std::string::npos) {
      blocks.back().kind = ManualBlock::Kind::kHeading;
    }
    blocks.push_back(literal_or_terms(literal));
    literal.clear();
  };
  for (const std::string& line : split(footer, "\n")) {
    if (line.starts_with(' ')) {
      literal.push_back(line);
      continue;
    }
    end_literal();
    if (!line.empty()) blocks.push_back({ManualBlock::Kind::kText, line, {}});
  }
  end_literal();
  return blocks;
}

Manual manual_of(const CLI::App& app) {
  Manual manual;
  manual.text = app.get_description();
  manual.end = blocks_of(app.get_footer());
  // They have a section of their own.
  std::erase_if(manual.end,
                [](const ManualBlock& one) { return one.text == exit_codes_sentence(); });
  for (const auto& [heading, options] : groups_of(app)) {
    manual.options.insert(manual.options.end(), options.begin(), options.end());
  }
  for (const CLI::App* command : app.get_subcommands({})) {
    if (!command->get_group().empty()) manual.commands.push_back(command_of(*command));
  }
  return manual;
}

void add_manual(CLI::App& app) {
  CLI::App* command = app.add_subcommand("_manual", "Print the manual, or a shell's completions.");
  command->group("");
  const auto form = std::make_shared<std::string>();
  command->add_option("FORM", *form, "man, markdown, bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"man", "markdown", "bash", "zsh", "fish"}));
  command->callback([&app, form] { print_manual(app, *form); });
}

}  // namespace oneormany::cli
