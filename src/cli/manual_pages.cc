// The manual as a man page and as Markdown.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cctype>
#include <string_view>

#include "cli/manual.h"
#include "report/text.h"

namespace oneormany::cli {
namespace {

using Kind = ManualBlock::Kind;
using Terms = std::vector<std::pair<std::string, std::string>>;

/// What no option's text says.
const Terms kExitCodes = {
    {"0", "All is well."},
    {"1",
     "Something in the data must be mended, or a file can't be read or written: one line on "
     "standard error says which, and what to do. What was finished before stays."},
    {"2", "The command line is wrong. Nothing was done."},
    {"3",
     "`predict` is done, but some pictures could not be read: their rows say why. The others have "
     "their predictions."},
    {"130",
     "Stopped by Ctrl-C (SIGINT) or SIGTERM; no half-written file is left. A second signal ends "
     "the "
     "program at once."}};

const Terms kEnvironment = {
    {"NO_COLOR",
     "If set to anything, no colours. There are none either where standard output is "
     "no terminal."},
    {"ONEORMANY_THREADS",
     "How many threads to use, where `--threads` isn't given. Else as many as there are "
     "processors that the program may run on."},
    {"ONEORMANY_SHARE",
     "Where weights, built-in background and chart library are, if not in share/oneormany beside "
     "the program's bin."},
    {"XDG_CACHE_HOME, HOME",
     "Where the cache of features is: oneormany in $XDG_CACHE_HOME, or in ~/.cache."},
    {"LC_ALL, LC_CTYPE, LANG",
     "Whether the terminal shows UTF-8: bars are drawn with ASCII if not. Language and numbers "
     "don't change."}};

const Terms kFiles = {
    {"~/.cache/oneormany",
     "Features of pictures, so that they need not be read twice. It may be deleted at any time; "
     "`--cache` names another folder, `--no-cache` does without."},
    {"PREFIX/share/oneormany/weights", "The weights of the default backbone."},
    {"PREFIX/share/oneormany/background", "The built-in background: features, no pictures."},
    {"PREFIX/share/oneormany/vega", "The library that draws the charts of report.html."}};

/// --name, with what follows it, or WORD.
std::string heading_of(const ManualOption& option) {
  return fmt::format("{}{}{}", fmt::join(option.names, ", "), option.argument.empty() ? "" : " ",
                     option.argument);
}

// man(7)

/// As it stands, for any text. A line that begins with a dot would be a command.
std::string roff(std::string_view text) {
  std::string out;
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      out += "\\e";
    } else if (text[i] == '-') {
      out += "\\-";  // an option must be found, and copied
    } else if (text[i] == '\'') {
      out += "\\(aq";
    } else if (text[i] == '^') {
      out += "\\(ha";
    } else if (text[i] == '~') {
      out += "\\(ti";
    } else if (text[i] == '.' && (i == 0 || text[i - 1] == '\n')) {
      out += "\\&.";
    } else if (at(i) >= 0x80) {  // UTF-8
      const int more = at(i) >= 0xf0 ? 3 : at(i) >= 0xe0 ? 2 : 1;
      unsigned code = at(i) & (0x3fu >> more);
      for (int k = 0; k < more && i + 1 < text.size(); ++k) code = code << 6 | (at(++i) & 0x3f);
      out += fmt::format("\\[u{:04X}]", code);
    } else {
      out += text[i];
    }
  }
  return out;
}

/// What stands between backticks bold.
std::string roff_words(const std::string& line) {
  std::string out = roff(line);
  bool bold = false;
  for (std::size_t at; (at = out.find('`')) != std::string::npos; bold = !bold) {
    out.replace(at, 1, bold ? "\\fR" : "\\fB");
  }
  return out;
}

/// Prose: each sentence begins a line, as man pages want it.
std::string roff_prose(const std::string& text) {
  std::vector<std::string> sentences(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool ends = text[i] == ' ' && i > 0 &&
                      (text[i - 1] == '.' || text[i - 1] == '!' || text[i - 1] == '?' ||
                       (i > 1 && text[i - 1] == ')' && text[i - 2] == '.'));
    if (ends) {
      sentences.emplace_back();
    } else {
      sentences.back() += text[i];
    }
  }
  constexpr int kWidth = 66;  // some characters become longer
  std::string out;
  for (const std::string& sentence : sentences) {
    // Bold may go over the end of a line: the marks are set first.
    std::string marked;
    for (const std::string& line : report::wrap(sentence, kWidth)) marked += line + "\n";
    std::string lines = roff_words(marked);
    for (std::size_t at = 0; (at = lines.find("\n.", at)) != std::string::npos; at += 3) {
      lines.insert(at + 1, "\\&");
    }
    out += lines;
  }
  return out;
}

std::string roff_term(const std::string& term, const std::string& text) {
  return fmt::format(".TP\n{}\n{}", term, roff_prose(text));
}

std::string roff_terms(const Terms& terms) {
  std::string out;
  for (const auto& [term, text] : terms) out += roff_term("\\fB" + roff(term) + "\\fR", text);
  return out;
}

std::string roff_option(const ManualOption& option) {
  std::string term;
  for (const std::string& name : option.names) {
    term += fmt::format("{}\\f{}{}\\fR", term.empty() ? "" : ", ", name[0] == '-' ? 'B' : 'I',
                        roff(name));
  }
  if (!option.argument.empty()) term += " \\fI" + roff(option.argument) + "\\fR";
  return roff_term(term, option.text);
}

std::string roff_blocks(const std::vector<ManualBlock>& blocks) {
  std::string out;
  for (const ManualBlock& block : blocks) {
    switch (block.kind) {
      case Kind::kHeading:
        out += ".SS " + roff(block.text) + "\n";
        break;
      case Kind::kText:
        out += ".PP\n" + roff_prose(block.text);
        break;
      case Kind::kLiteral:
        if (!out.ends_with("\n") || out.rfind(".SS") == std::string::npos) out += ".PP\n";
        out += ".EX\n" + roff(block.text) + ".EE\n";
        break;
      case Kind::kTerms:
        out += roff_terms(block.terms);
        break;
    }
  }
  return out;
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string roff_command(const ManualCommand& command) {
  std::string out = fmt::format(".SH {}\n{}.PP\n.B {}\n", upper(command.name),
                                roff_prose(command.text), roff(command.usage));
  for (const ManualOption& option : command.positionals) out += roff_option(option);
  for (const auto& [heading, options] : command.groups) {
    out += ".SS " + roff(heading) + "\n";
    for (const ManualOption& option : options) out += roff_option(option);
  }
  return out + roff_blocks(command.end);
}

// Markdown

constexpr int kMarkdownWidth = 110;

/// Prose, with what Markdown would take for its own escaped; code stays.
std::string markdown(std::string_view text) {
  std::string out;
  bool code = false;
  for (const char c : text) {
    if (c == '`') code = !code;
    if (!code && (c == '*' || c == '<' || c == '[' || c == '\\')) out += '\\';
    out += c;
  }
  return out;
}

std::string markdown_lines(const std::string& text, int indent) {
  const std::string gap = "\n" + std::string(static_cast<std::size_t>(indent), ' ');
  return fmt::format("{}\n", fmt::join(report::wrap(text, kMarkdownWidth - indent), gap));
}

std::string markdown_term(const std::string& term, const std::string& text) {
  return "- " + markdown_lines(fmt::format("`{}`: {}", term, markdown(text)), 2);
}

std::string markdown_options(const std::vector<ManualOption>& options) {
  std::string out;
  for (const ManualOption& option : options) out += markdown_term(heading_of(option), option.text);
  return out + "\n";
}

std::string markdown_terms(const Terms& terms) {
  std::string out;
  for (const auto& [term, text] : terms) out += markdown_term(term, text);
  return out + "\n";
}

std::string markdown_blocks(const std::vector<ManualBlock>& blocks) {
  std::string out;
  for (const ManualBlock& block : blocks) {
    switch (block.kind) {
      case Kind::kHeading:
        out += "**" + block.text + "**\n\n";
        break;
      case Kind::kText:
        out += markdown_lines(markdown(block.text), 0) + "\n";
        break;
      case Kind::kLiteral:
        out += "```\n" + block.text + "```\n\n";
        break;
      case Kind::kTerms:
        out += markdown_terms(block.terms);
        break;
    }
  }
  return out;
}

std::string markdown_command(const ManualCommand& command) {
  std::string out = fmt::format("## {}\n{}\n```\n{}\n```\n\n", command.name,
                                markdown_lines(markdown(command.text), 0), command.usage);
  if (!command.positionals.empty()) out += markdown_options(command.positionals);
  for (const auto& [heading, options] : command.groups) {
    out += "**" + heading + "**\n\n" + markdown_options(options);
  }
  return out + markdown_blocks(command.end);
}

}  // namespace

std::string exit_codes_sentence() {
  return "Exit codes: 0 all is well, 1 something in the data must be mended, 2 the command line is "
         "wrong, 3 done but some pictures could not be read (predict, features), 130 stopped by "
         "Ctrl-C.";
}

std::string man_page(const Manual& manual, const std::string& date) {
  std::string out = fmt::format(
      ".TH ONEORMANY 1 {} \"oneormany " ONEORMANY_VERSION
      "\" \"User Commands\"\n"
      ".SH NAME\noneormany \\- one or many labels, or none of these\n"
      ".SH SYNOPSIS\n.B oneormany\n.I COMMAND\n.RI [ OPTIONS ]\\&...\n"
      ".SH DESCRIPTION\n{}{}"
      ".PP\nIn what follows, the value behind an equals sign\nis taken if the option isn\\(aqt "
      "given.\n",
      date, roff_prose(manual.text), roff_blocks(manual.end));
  for (const ManualOption& option : manual.options) out += roff_option(option);
  out += ".SH COMMANDS\n";
  for (const ManualCommand& command : manual.commands) {
    out += roff_term("\\fB" + roff(command.name) + "\\fR", command.text);
  }
  for (const ManualCommand& command : manual.commands) out += roff_command(command);
  return out + ".SH EXIT STATUS\n" + roff_terms(kExitCodes) + ".SH ENVIRONMENT\n" +
         roff_terms(kEnvironment) + ".SH FILES\n" + roff_terms(kFiles);
}

std::string markdown_page(const Manual& manual) {
  std::string out =
      "# The command line\n"
      "What `--help` says, on one page, and what it doesn't: [exit codes](#exit-codes), "
      "[environment](#environment),\n[files](#files), [completions](#completions). Written by "
      "`oneormany _manual markdown`.\n\n";
  out += markdown_lines(markdown(manual.text), 0) + "\n";
  for (const ManualCommand& command : manual.commands) {
    out += "- " +
           markdown_lines(fmt::format("[{0}](#{0}): {1}", command.name, markdown(command.text)), 2);
  }
  out +=
      "\nIn what follows, the value behind an equals sign is taken if the option isn't given.\n\n";
  for (const ManualCommand& command : manual.commands) out += markdown_command(command);
  out += "## Exit codes\n" + markdown_terms(kExitCodes) + "## Environment\n" +
         markdown_terms(kEnvironment) + "## Files\n" + markdown_terms(kFiles);
  return out +
         "## Completions\n"
         "`cmake --install` and the Debian package put them and the man page where bash, zsh, fish "
         "and man look. By hand:\n\n"
         "```\n"
         "source <(oneormany _manual bash)                 # in ~/.bashrc\n"
         "source <(oneormany _manual zsh)                  # in ~/.zshrc, after compinit\n"
         "oneormany _manual fish | source                  # in ~/.config/fish/config.fish\n"
         "```\n";
}

}  // namespace oneormany::cli
