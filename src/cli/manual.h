#pragma once
// The manual: what every command's --help says, once more as a man page, as docs/cli.md and as the
// shells' completions. All is taken from the options themselves.

#include <CLI/App.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace oneormany::cli {

struct ManualOption {
  std::vector<std::string> names;  ///< "-o", "--out"; of a positional one: "DATA"
  std::string argument;            ///< "DIR=oneormany-report", as in --help; empty: a flag
  std::string text;                ///< what it is
  // For completion: what the argument may be.
  std::vector<std::string> values;
  bool list = false;  ///< several of the values, with commas between them
  bool files = false, folders = false;
  bool repeats = false;  ///< a positional one that takes several words
};

/// A part of the end of --help.
struct ManualBlock {
  enum class Kind {
    kText,     ///< a paragraph
    kHeading,  ///< of what comes next
    kLiteral,  ///< lines as they are
    kTerms     ///< words, and what each means
  };
  Kind kind;
  std::string text;
  std::vector<std::pair<std::string, std::string>> terms;
};

struct ManualCommand {
  std::string name, text, usage;
  std::vector<ManualOption> positionals;
  std::vector<std::pair<std::string, std::vector<ManualOption>>> groups;  ///< by heading
  std::vector<ManualBlock> end;
};

struct Manual {
  std::string text;
  std::vector<ManualBlock> end;
  std::vector<ManualOption> options;  ///< of the program itself
  std::vector<ManualCommand> commands;
};

/// The commands and options that --help shows.
Manual manual_of(const CLI::App& app);

/// The end of a --help in parts. Lines that begin with a blank are literal, or terms where each has
/// a word, two blanks and a text.
std::vector<ManualBlock> blocks_of(std::string_view footer);

/// man(7), for oneormany.1. date: YYYY-MM-DD.
std::string man_page(const Manual& manual, const std::string& date);
std::string markdown_page(const Manual& manual);
std::string bash_completion(const Manual& manual);
std::string zsh_completion(const Manual& manual);
std::string fish_completion(const Manual& manual);

/// What the program's --help says of them.
std::string exit_codes_sentence();

/// oneormany _manual: prints one of the above. Not shown in --help.
void add_manual(CLI::App& app);

}  // namespace oneormany::cli
