#include "data/label_cell.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>

#include "arrays/utf8.h"
#include "base/error.h"
#include "base/printable.h"
#include "data/names.h"

namespace oneormany::data {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.'; }

char closer_of(char opener) {
  return opener == '[' ? ']' : opener == '(' ? ')' : opener == '{' ? '}' : '\0';
}

/// Reads a list that a program wrote: everything in it is quoted, a number, or nothing.
class ListReader {
 public:
  explicit ListReader(std::string_view text) : rest_(text) {}

  std::vector<std::string> read() {
    items(take());
    space();
    if (!rest_.empty()) broken("something follows it");
    return std::move(items_);
  }

 private:
  [[noreturn]] static void broken(const std::string& why) {
    throw Error(fmt::format("a list of labels that can't be read ({})", why));
  }
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  char take() {
    if (rest_.empty()) broken("it isn't closed");
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  void space() {
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
  }

  void items(char opener) {
    const char closer = closer_of(opener);
    for (space(); peek() != closer; space()) {
      if (peek() == ',') {
        take();
      } else {
        item();
      }
    }
    take();
  }

  void item() {
    const char c = peek();
    if (c == '\'' || c == '"') {
      quoted(take());
    } else if (closer_of(c) != '\0') {
      broken("it holds another list: write one list of labels in a cell");
    } else if (c == '-' || c == '+' || is_word(c)) {
      word();
    } else if (c == '\0') {
      broken("it isn't closed");
    } else {
      broken(fmt::format("'{}' isn't quoted", base::excerpt(rest_, 20)));
    }
  }

  void word() {
    std::string word;
    while (peek() == '-' || peek() == '+' || is_word(peek())) word += take();
    if (word.find_first_not_of('.') == std::string::npos) {
      broken("it is cut short, with ... in it: write the table with whole lists");
    }
    if ((word == "u" || word == "b" || word == "r") && (peek() == '\'' || peek() == '"')) {
      quoted(take());
    } else if (peek() == '(') {  // np.str_('a'), as numpy 2 writes it
      take();
      space();
      item();
      space();
      if (take() != ')') broken("a bracket isn't closed");
    } else if (const std::string name = lower(word);
               name != "none" && name != "nan" && name != "null") {
      const bool plain = std::isdigit(static_cast<unsigned char>(word.back())) ||
                         word.back() == '.' || name == "true" || name == "false";
      if (!plain) broken(fmt::format("'{}' isn't quoted", base::excerpt(word, 20)));
      items_.push_back(word);
    }
  }

  unsigned long hexadecimal(int digits) {
    unsigned long code = 0;
    for (int i = 0; i < digits; ++i) {
      const char c = lower(std::string(1, take()))[0];
      if (!std::isxdigit(static_cast<unsigned char>(c))) broken("an escape isn't whole");
      code = code * 16 + static_cast<unsigned long>(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return code;
  }

  /// JSON writes what lies beyond U+FFFF as two surrogates.
  unsigned long unicode() {
    unsigned long code = hexadecimal(4);
    if (code >= 0xD800 && code < 0xDC00 && rest_.starts_with("\\u")) {
      rest_.remove_prefix(2);
      code = 0x10000 + ((code - 0xD800) << 10) + (hexadecimal(4) - 0xDC00);
    }
    return code;
  }

  void quoted(char quote) {
    std::string text;
    for (char c = take(); c != quote; c = take()) {
      if (c != '\\') {
        text += c;
        continue;
      }
      switch (const char escaped = take()) {
        case 'n':
          text += '\n';
          break;
        case 't':
          text += '\t';
          break;
        case 'r':
          text += '\r';
          break;
        case 'x':
          arrays::append_utf8(text, hexadecimal(2));
          break;
        case 'u':
          arrays::append_utf8(text, unicode());
          break;
        case 'U':
          arrays::append_utf8(text, hexadecimal(8));
          break;
        default:
          text += escaped;
      }
    }
    if (!is_utf8(text)) broken("an escape means no character");
    if (text = trimmed(text); !text.empty()) items_.push_back(text);
  }

  std::string_view rest_;
  std::vector<std::string> items_;
};

bool in_brackets(std::string_view cell, std::string_view openers) {
  return cell.size() >= 2 && openers.find(cell.front()) != std::string_view::npos &&
         cell.back() == closer_of(cell.front());
}

/// Whether what stands after the bracket is what only a program writes there.
bool begins_a_list(std::string_view cell) {
  if (cell.empty() || closer_of(cell.front()) == '\0') return false;
  std::string_view inside = cell.substr(1);
  while (!inside.empty() && is_space(inside.front())) inside.remove_prefix(1);
  if (inside.empty()) return false;
  const char c = inside.front();
  if (c == closer_of(cell.front())) return inside.size() == 1;
  const auto starts = [&](std::string_view word) { return inside.starts_with(word); };
  if (c == '\'' || c == '"' || starts("u'") || starts("np.str_(")) return true;
  if (cell.front() != '[' || cell.back() != ']') return false;
  if (inside.find_first_not_of("0123456789+-.,eE \t\r\n]") == std::string_view::npos) return true;
  return c == '[' || starts("None") || starts("nan") || starts("NaN") || starts("null") ||
         starts("True") || starts("False");
}

}  // namespace

std::vector<std::string> split_cell(const std::string& cell, std::optional<char> delimiter) {
  std::vector<std::string> parts;
  std::istringstream stream(cell);
  std::string part;
  const auto add = [&] {
    if (std::string text = trimmed(part); !text.empty()) parts.push_back(std::move(text));
  };
  if (delimiter) {
    while (std::getline(stream, part, *delimiter)) add();
  } else {
    part = cell;
    add();
  }
  return parts;
}

std::optional<std::vector<std::string>> parse_list(std::string_view given) {
  const std::string text = trimmed(given);
  std::string_view cell = text;
  if (cell == "set()" || cell == "list()") return std::vector<std::string>{};
  if (cell.starts_with("array(") && cell.ends_with(")")) {  // numpy's repr; dtype=… may follow
    cell = cell.substr(6, cell.size() - 7);
    const std::size_t end = cell.rfind(']');
    if (end == std::string_view::npos) return std::nullopt;
    cell = cell.substr(0, end + 1);
  }
  constexpr std::string_view kChoices = "{\"choices\":";  // of Label Studio
  if (cell.starts_with(kChoices) && cell.ends_with("}")) {
    cell.remove_prefix(cell.find('[') == std::string_view::npos ? kChoices.size() : cell.find('['));
    cell.remove_suffix(1);
  }
  if (!begins_a_list(cell)) return std::nullopt;
  return ListReader(cell).read();
}

std::optional<std::vector<std::string>> parse_bare_list(std::string_view given) {
  const std::string cell = trimmed(given);
  if (!in_brackets(cell, "[{")) return std::nullopt;
  return split_cell(cell.substr(1, cell.size() - 2), ',');
}

LabelCells::LabelCells(const std::vector<std::string>& cells, std::optional<char> delimiter,
                       bool many)
    : delimiter_(delimiter) {
  bool some = false;
  bare_lists_ = true;
  for (const std::string& cell : cells) {
    const std::string text = trimmed(cell);
    if (text.empty()) continue;
    some = true;
    bare_lists_ &= in_brackets(text, "[{");
  }
  bare_lists_ &= some;
  if (delimiter_ || !many || bare_lists_) return;
  for (const char one : {'|', ';', ','}) {
    for (const std::string& cell : cells) {
      if (cell.find(one) == std::string::npos || begins_a_list(trimmed(cell))) continue;
      delimiter_ = one;
      return;
    }
  }
}

std::vector<std::string> LabelCells::labels(const std::string& cell) const {
  if (auto list = parse_list(cell)) return std::move(*list);
  if (bare_lists_) {
    if (auto list = parse_bare_list(cell)) return std::move(*list);
  }
  return split_cell(cell, delimiter_);
}

bool are_zeros_and_ones(const std::vector<std::vector<std::string>>& lists) {
  bool repeats = false;
  for (const auto& list : lists) {
    if (list.size() != lists[0].size() || list.size() < 2) return false;
    for (const std::string& item : list) {
      if (item != "0" && item != "1" && item != "0.0" && item != "1.0" && item != "0." &&
          item != "1.") {
        return false;
      }
    }
    repeats |= std::set(list.begin(), list.end()).size() < list.size();
  }
  return repeats;
}

}  // namespace oneormany::data
