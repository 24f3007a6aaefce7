#include "app/logits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <fstream>
#include <istream>
#include <limits>
#include <set>
#include <system_error>

#include "base/error.h"
#include "base/printable.h"
#include "data/csv.h"

namespace oneormany::app {
namespace {

constexpr std::string_view kBetween = " \t\r\n\v\f,;";
constexpr std::string_view kBlanks = " \t\r\n\v\f";

bool is_number(const std::string& word) {
  const std::size_t sign = word.starts_with("−") ? std::string_view("−").size() : 0;
  double value = 0;
  const char *first = word.data() + (sign > 0                ? sign
                                     : word.starts_with("+") ? 1
                                                             : 0),
             *last = word.data() + word.size();
  return std::from_chars(first, last, value).ptr == last && first != last;
}

// "1,5" or "-1,738945": might be one number with a decimal comma, or two.
bool has_decimal_comma(const std::string& word) {
  const std::size_t comma = word.find(',');
  const auto digits = [&](std::size_t first, std::size_t end) {
    return first < end && end <= word.size() &&
           std::all_of(word.begin() + static_cast<std::ptrdiff_t>(first),
                       word.begin() + static_cast<std::ptrdiff_t>(end),
                       [](char c) { return c >= '0' && c <= '9'; });
  };
  const std::size_t sign = word.starts_with("−") ? std::string_view("−").size()
                                                 : (word.starts_with("-") || word.starts_with("+"));
  return comma != std::string::npos && digits(sign, comma) && digits(comma + 1, word.size());
}

// What a reader of "1,0 2,5" should know; nothing where the commas can only part numbers.
std::string comma_hint(const std::vector<std::string>& words) {
  if (words.empty() || !std::all_of(words.begin(), words.end(), has_decimal_comma)) return "";
  const std::string& first = words.front();
  // "3,4" alone are two numbers; hardly anybody's are "-1,738945".
  if (words.size() == 1 && first.size() - first.find(',') <= 3) return "";
  std::string point = first;
  std::replace(point.begin(), point.end(), ',', '.');
  return fmt::format("A comma parts numbers: {} was read as two logits. If it is one, write {}.",
                     base::excerpt(first, 40), base::excerpt(point, 40));
}

std::vector<std::string> split(const std::string& text, std::string_view between) {
  std::vector<std::string> words;
  for (std::size_t at = text.find_first_not_of(between); at != std::string::npos;) {
    const std::size_t end = text.find_first_of(between, at);
    words.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(between, end);
  }
  return words;
}

// The names in a line of a table; none if one of the cells is a number. Empty ones are left out, as
// they are among the numbers.
std::vector<std::string> header_of(const std::string& line) {
  std::vector<std::string> cells;
  const std::size_t delimiter = line.find_first_of(";,\t");
  if (delimiter == std::string::npos) {
    cells = split(line, kBetween);
  } else {
    const char first = line.find(';') != std::string::npos   ? ';'
                       : line.find(',') != std::string::npos ? ','
                                                             : '\t';
    const data::Csv csv = data::parse_csv(line, first);
    if (csv.rows.size() != 1) return {};
    cells = csv.rows[0].cells;
  }
  std::vector<std::string> names;
  for (const std::string& cell : cells) {
    if (cell.empty()) continue;
    if (is_number(cell)) return {};
    names.push_back(base::printable(cell));
  }
  return names;
}

double parse_number(const std::string& word) {
  std::string text = word;
  if (text.starts_with("−")) text.replace(0, std::string("−").size(), "-");
  if (text.starts_with("+")) text.erase(0, 1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) {
    throw UsageError(fmt::format("'{}' is no number: logits are numbers such as 2.1 or -0.3",
                                 base::excerpt(word, 40)));
  }
  if (error != std::errc() || !(std::abs(value) <= std::numeric_limits<float>::max())) {
    throw UsageError(
        fmt::format("'{}' can't be a logit: it must be a number that a 32-bit float "
                    "holds, neither NaN nor infinite",
                    base::excerpt(word, 40)));
  }
  return value;
}

}  // namespace

std::vector<double> parse_logits(const std::vector<std::string>& words) {
  std::vector<double> logits;
  for (const std::string& some : words) {
    for (const std::string& word : split(some, kBetween)) logits.push_back(parse_number(word));
  }
  return logits;
}

LogitRow argument_logits(const std::vector<std::string>& arguments) {
  LogitRow given{.logits = parse_logits(arguments)};
  std::vector<std::string> words;
  for (const std::string& one : arguments) {
    for (std::string& word : split(one, std::string(kBlanks) + ";")) words.push_back(word);
  }
  given.note = comma_hint(words);
  return given;
}

LogitRow read_logits(std::istream& in, const std::string& name, std::optional<std::size_t> row) {
  struct Line {
    std::size_t number;
    std::string text;
    std::vector<std::string> words;
  };
  std::vector<Line> lines;
  std::string text;
  for (std::size_t number = 1; std::getline(in, text); ++number) {
    if (number == 1 && text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
    std::vector<std::string> words = split(text, kBetween);
    if (!words.empty()) lines.push_back({number, text, std::move(words)});
  }
  if (in.bad() || (!in.eof() && in.fail())) throw Error(name + ": can't be read");
  if (lines.empty())
    throw Error(name + ": no numbers there (logits are numbers such as 2.1 or -0.3)");

  LogitRow found;
  std::size_t header_line = 0;
  if (lines.size() > 1) {
    found.names = header_of(lines[0].text);
    if (!found.names.empty()) {
      header_line = lines[0].number;
      lines.erase(lines.begin());
    }
  }
  const bool column = std::all_of(lines.begin(), lines.end(),
                                  [](const Line& line) { return line.words.size() == 1; });
  const std::size_t columns = lines[0].words.size();
  for (const Line& line : lines) {
    if (line.words.size() == columns) continue;
    throw Error(fmt::format(
        "{}, line {}: {}, but line {} has {}: every picture needs one for each "
        "class",
        name, line.number, base::counted(line.words.size(), "number"), lines[0].number, columns));
  }
  if (header_line > 0 && column && found.names.size() == 1 && lines.size() > 1) {
    found.names.clear();  // of the column, not of a class
  } else if (header_line > 0 && found.names.size() != columns) {
    throw Error(fmt::format("{}, line {}: {} for the {} of line {}", name, header_line,
                            base::counted(found.names.size(), "name"),
                            base::counted(columns, "number"), lines[0].number));
  }
  std::set<std::string_view> seen;
  for (const std::string& one : found.names) {
    if (seen.insert(one).second) continue;
    throw Error(
        fmt::format("{}, line {}: '{}' is there twice", name, header_line, base::excerpt(one)));
  }

  found.row = row.value_or(1);
  found.rows = column ? 1 : lines.size();
  if (found.row < 1 || found.row > found.rows) {
    throw UsageError(
        fmt::format("--row {}: {} has {}", found.row, name, base::counted(found.rows, "row")));
  }
  for (std::size_t i = column ? 0 : found.row - 1; i < (column ? lines.size() : found.row); ++i) {
    try {
      const LogitRow some = argument_logits({lines[i].text});
      found.logits.insert(found.logits.end(), some.logits.begin(), some.logits.end());
      found.note = some.note;
    } catch (const UsageError& error) {
      throw Error(fmt::format("{}, line {}: {}", name, lines[i].number, error.what()));
    }
  }
  return found;
}

LogitRow read_logits(const std::filesystem::path& file, std::optional<std::size_t> row) {
  const std::string name = base::printable(file);
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::status(file, ignored);
  if (std::filesystem::is_directory(status)) {
    throw Error(name + ": is a folder; name a file of numbers");
  }
  if (std::filesystem::is_character_file(status) || std::filesystem::is_block_file(status)) {
    throw Error(name + ": is a device, which may never end; name a file of numbers");
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    throw Error(
        fmt::format("{}: can't be read ({})", name, std::generic_category().message(errno)));
  }
  return read_logits(in, name, row);
}

}  // namespace oneormany::app
