// The completions of the shells: commands, options, what an option's argument may be.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/manual.h"

namespace oneormany::cli {
namespace {

/// Between the shell's single quotes.
std::string shell_quoted(std::string_view text, std::string_view quote = "'\\''") {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += quote;
    } else if (c != '`') {
      out += c;
    }
  }
  return out + "'";
}

/// The first clause of a text: a line of a menu has no room for more.
std::string brief(const std::string& text) {
  constexpr std::size_t kLongest = 72;
  std::size_t end = text.size();
  for (const char* at : {". ", ": ", "; "}) end = std::min(end, text.find(at));
  std::string first = text.substr(0, end);
  if (first.ends_with('.')) first.pop_back();
  if (first.size() > kLongest) first = first.substr(0, first.rfind(' ', kLongest)) + " ...";
  return first;
}

std::vector<ManualOption> options_of(const ManualCommand& command) {
  std::vector<ManualOption> all;
  for (const auto& [heading, options] : command.groups) {
    all.insert(all.end(), options.begin(), options.end());
  }
  return all;
}

std::string flags_of(const std::vector<ManualOption>& options) {
  std::vector<std::string> flags;
  for (const ManualOption& one : options) {
    flags.insert(flags.end(), one.names.begin(), one.names.end());
  }
  return fmt::format("{}", fmt::join(flags, " "));
}

std::string names_of(const std::vector<ManualCommand>& commands) {
  std::vector<std::string> names;
  for (const ManualCommand& one : commands) names.push_back(one.name);
  return fmt::format("{}", fmt::join(names, " "));
}

// bash: what to do is set by a table of "command option".

std::string bash_kinds(const ManualOption& option) {
  std::string kinds;
  if (!option.values.empty()) {
    kinds += " values=" + shell_quoted(fmt::format("{}", fmt::join(option.values, " ")));
  }
  if (option.list) kinds += " list=1";
  if (option.files) kinds += " files=1";
  if (option.folders) kinds += " folders=1";
  return kinds;
}

constexpr const char* kBash =
    R"(# Completion of oneormany for bash, written by `oneormany _manual bash`.
_oneormany() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} command=${{COMP_WORDS[1]}} option=
  local values= list= files= folders= options= first=
  COMPREPLY=()
  # --option=value are three words for bash.
  if [[ $cur == = ]]; then
    cur= option=${{COMP_WORDS[COMP_CWORD-1]}}
  elif [[ ${{COMP_WORDS[COMP_CWORD-1]}} == = ]]; then
    option=${{COMP_WORDS[COMP_CWORD-2]}}
  elif ((COMP_CWORD > 1)); then
    option=${{COMP_WORDS[COMP_CWORD-1]}}
  fi
  if ((COMP_CWORD == 1)); then
    values='{commands}' options='{options}'
  else
    case "$command $option" in
{arguments}    *)
      case $command in
{operands}      esac ;;
    esac
  fi
  if [[ $cur == -* && $options ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$cur"))
    return
  fi
  if [[ $list && $cur == *,* ]]; then
    first=${{cur%,*}}, cur=${{cur##*,}}
  fi
  [[ $list ]] && compopt -o nospace 2>/dev/null
  COMPREPLY=($(compgen -P "$first" -W "$values" -- "$cur"))
  # The shell's own way with names: it knows about ~, blanks and quotes.
  if [[ ! ${{COMPREPLY[*]}} ]]; then
    [[ $files ]] && compopt -o default 2>/dev/null
    [[ $folders ]] && compopt -o dirnames 2>/dev/null
  elif [[ $files ]]; then
    mapfile -t -O ${{#COMPREPLY[@]}} COMPREPLY < <(compgen -f -- "$cur")
    compopt -o filenames 2>/dev/null
  fi
}}
complete -F _oneormany oneormany
)";

// zsh

/// In a description or message of _arguments.
std::string zsh_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    if (c != '\'' && c != '`') out += c;
  }
  return out;
}

/// ":message:action" of an argument.
std::string zsh_argument(const ManualOption& option, const std::string& message) {
  const std::string values = fmt::format("{}", fmt::join(option.values, " "));
  std::string action = " ";
  if (option.files && !option.values.empty()) {
    action = "{_oneormany_or_files " + values + "}";
  } else if (option.files) {
    action = "_files";
  } else if (option.folders) {
    action = "_files -/";
  } else if (option.list && !option.values.empty()) {
    action = "{_sequence compadd - " + values + "}";
  } else if (!option.values.empty()) {
    action = "(" + values + ")";
  }
  return fmt::format(":{}:{}", zsh_text(message), action);
}

std::string zsh_option(const ManualOption& option) {
  std::string specs;
  for (const std::string& name : option.names) {
    const char* equals = option.argument.empty() ? "" : name.starts_with("--") ? "=" : "+";
    specs += fmt::format(
        " \\\n        '*{}{}[{}]{}'", name, equals, zsh_text(brief(option.text)),
        option.argument.empty()
            ? ""
            : zsh_argument(option, option.argument.substr(0, option.argument.find('='))));
  }
  return specs;
}

std::string zsh_command(const ManualCommand& command) {
  std::string specs;
  for (const ManualOption& option : options_of(command)) specs += zsh_option(option);
  int place = 0;
  for (const ManualOption& option : command.positionals) {
    ++place;
    specs += fmt::format(" \\\n        '{}{}'", option.repeats ? "*" : std::to_string(place),
                         zsh_argument(option, option.names[0]));
  }
  return fmt::format("    {})\n      _arguments -S{} ;;\n", command.name, specs);
}

// fish

std::string fish_option(const std::string& command, const ManualOption& option) {
  std::string line = "complete -c oneormany -n " + command;
  for (const std::string& name : option.names) {
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  std::vector<std::string> values = option.values;
  if (option.list && !values.empty()) {  // each behind what is there already
    values = {"(__oneormany_list " + fmt::format("{}", fmt::join(option.values, " ")) + ")"};
  }
  if (option.folders && !option.files) values.emplace_back("(__fish_complete_directories)");
  if (!option.argument.empty()) line += option.files ? " -r -F" : " -x";
  if (!values.empty())
    line += " -a " + shell_quoted(fmt::format("{}", fmt::join(values, " ")), "\\'");
  return line + " -d " + shell_quoted(brief(option.text), "\\'") + "\n";
}

std::string fish_operand(const std::string& command, const ManualOption& option) {
  std::string line = "complete -c oneormany -n " + command;
  if (option.files) {
    line += " -F";
  } else if (option.folders) {
    line += " -a '(__fish_complete_directories)'";
  }
  if (!option.values.empty()) line += fmt::format(" -a '{}'", fmt::join(option.values, " "));
  return line + "\n";
}

constexpr const char* kFish =
    R"(# Completion of oneormany for fish, written by `oneormany _manual fish`.
function __oneormany_is
    set -l words (commandline -opc)
    test (count $words) -gt 1; and test $words[2] = $argv[1]
end
function __oneormany_none
    test (count (commandline -opc)) -eq 1
end
function __oneormany_list
    set -l before (string match -r '.*,' -- (string replace -r '^--[^=]*=' '' -- (commandline -ct)))
    printf '%s\n' "$before"$argv
end
complete -c oneormany -f
)";

}  // namespace

std::string bash_completion(const Manual& manual) {
  std::string arguments, operands;
  for (const ManualCommand& command : manual.commands) {
    for (const ManualOption& option : options_of(command)) {
      if (option.argument.empty()) continue;
      for (const std::string& name : option.names) {
        arguments += fmt::format("    {}){} ;;\n", shell_quoted(command.name + " " + name),
                                 bash_kinds(option));
      }
    }
    operands += fmt::format("      {}) options={}", command.name,
                            shell_quoted(flags_of(options_of(command))));
    for (const ManualOption& option : command.positionals) operands += bash_kinds(option);
    operands += " ;;\n";
  }
  return fmt::format(kBash, fmt::arg("commands", names_of(manual.commands)),
                     fmt::arg("options", flags_of(manual.options)),
                     fmt::arg("arguments", arguments), fmt::arg("operands", operands));
}

std::string zsh_completion(const Manual& manual) {
  std::string out =
      "#compdef oneormany\n"
      "# Completion of oneormany for zsh, written by `oneormany _manual zsh`.\n"
      "_oneormany_or_files() {\n  compadd -- \"$@\"\n  _files\n}\n"
      "_oneormany() {\n"
      "  local curcontext=$curcontext state line\n"
      "  typeset -A opt_args\n"
      "  _arguments -C -S";
  for (const ManualOption& option : manual.options) out += zsh_option(option);
  out +=
      " \\\n        '1:command:->command' '*::argument:->argument' && return\n"
      "  if [[ $state == command ]]; then\n    local -a commands=(\n";
  for (const ManualCommand& command : manual.commands) {
    out += "      " + shell_quoted(command.name + ":" + command.text) + "\n";
  }
  out +=
      "    )\n    _describe command commands\n    return\n  fi\n"
      "  case $words[1] in\n";
  for (const ManualCommand& command : manual.commands) out += zsh_command(command);
  return out +
         "  esac\n}\n"
         "if [[ $funcstack[1] == _oneormany ]]; then\n  _oneormany \"$@\"\n"
         "else\n  compdef _oneormany oneormany\nfi\n";
}

std::string fish_completion(const Manual& manual) {
  std::string out = kFish;
  for (const ManualOption& option : manual.options) out += fish_option("__oneormany_none", option);
  for (const ManualCommand& command : manual.commands) {
    out += fmt::format("complete -c oneormany -n __oneormany_none -a {} -d {}\n", command.name,
                       shell_quoted(command.text, "\\'"));
  }
  for (const ManualCommand& command : manual.commands) {
    const std::string is = "'__oneormany_is " + command.name + "'";
    for (const ManualOption& option : options_of(command)) out += fish_option(is, option);
    for (const ManualOption& option : command.positionals) out += fish_operand(is, option);
  }
  return out;
}

}  // namespace oneormany::cli
