#include "cli/logits.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <istream>
#include <limits>

#include "base/error.h"
#include "base/printable.h"

namespace oneormany {
namespace {

constexpr std::string_view kBetween = " \t\r\n\v\f,;";

std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  for (std::size_t at = line.find_first_not_of(kBetween); at != std::string::npos;) {
    const std::size_t end = line.find_first_of(kBetween, at);
    words.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(kBetween, end);
  }
  return words;
}

double parse_number(const std::string& word) {
  std::string text = word;
  if (text.starts_with("−")) text.replace(0, std::string("−").size(), "-");
  if (text.starts_with("+")) text.erase(0, 1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) {
    throw UsageError(fmt::format("'{}' is no number: logits are numbers such as 2.1 or -0.3",
                                 excerpt(word, 40)));
  }
  if (error != std::errc() || !(std::abs(value) <= std::numeric_limits<float>::max())) {
    throw UsageError(
        fmt::format("'{}' can't be a logit: it must be a number that a 32-bit float "
                    "holds, neither NaN nor infinite",
                    excerpt(word, 40)));
  }
  return value;
}

}  // namespace

std::vector<double> parse_logits(const std::vector<std::string>& words) {
  std::vector<double> logits;
  for (const std::string& some : words) {
    for (const std::string& word : words_of(some)) logits.push_back(parse_number(word));
  }
  return logits;
}

LogitRow read_logits(std::istream& in, const std::string& name, std::optional<std::size_t> row) {
  struct Line {
    std::size_t number;
    std::vector<std::string> words;
  };
  std::vector<Line> lines;
  bool column = true;
  std::string text;
  for (std::size_t number = 1; std::getline(in, text); ++number) {
    if (number == 1 && text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
    std::vector<std::string> words = words_of(text);
    column &= words.size() <= 1;
    if (!words.empty()) lines.push_back({number, std::move(words)});
  }
  if (in.bad() || (!in.eof() && in.fail())) throw Error(name + ": can't be read");
  if (lines.empty())
    throw Error(name + ": no numbers there (logits are numbers such as 2.1 or -0.3)");
  const std::size_t rows = column ? 1 : lines.size(), wanted = row.value_or(1);
  if (wanted < 1 || wanted > rows) {
    throw UsageError(fmt::format("--row {}: {} has {}", wanted, name, counted(rows, "row")));
  }
  LogitRow found{{}, wanted, rows};
  for (std::size_t i = column ? 0 : wanted - 1; i < (column ? lines.size() : wanted); ++i) {
    try {
      const std::vector<double> logits = parse_logits(lines[i].words);
      found.logits.insert(found.logits.end(), logits.begin(), logits.end());
    } catch (const UsageError& error) {
      throw Error(fmt::format("{}, line {}: {}", name, lines[i].number, error.what()));
    }
  }
  return found;
}

}  // namespace oneormany
