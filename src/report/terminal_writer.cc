#include "report/terminal_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>

#include "report/text.h"

namespace oneormany::report {
namespace {

constexpr int kGap = 2;         // blanks between columns
constexpr int kNarrowest = 13;  // of names that are wrapped: "* +background"

std::string blanks(int n) { return std::string(static_cast<std::size_t>(std::max(n, 0)), ' '); }

int widest(const std::vector<std::string>& lines) {
  int width = 0;
  for (const std::string& one : lines) width = std::max(width, display_width(one));
  return width;
}

int width_of_column(const TerminalWriter::TextColumn& column) {
  return std::max(display_width(column.head), widest(column.cells));
}

/// A long name goes on in the next line before its "+" and after its ":": "labels" over
/// "+background". A mark before it stands before the first line alone.
std::vector<std::string> name_lines(const std::string& marked, int width) {
  const bool mark = marked.starts_with("* ") || marked.starts_with("  ");
  const std::string first = marked.substr(0, mark ? 2 : 0), name = marked.substr(first.size());
  width -= static_cast<int>(first.size());
  std::vector<std::string> pieces(1);
  for (const char c : name) {
    if (c == '+' && !pieces.back().empty()) pieces.emplace_back();
    if (c == ' ' || pieces.back().ends_with(':')) pieces.emplace_back();
    pieces.back() += c;
  }
  std::vector<std::string> lines;
  for (const std::string& piece : pieces) {
    if (!lines.empty() && display_width(lines.back() + piece) <= width) {
      lines.back() += piece;
    } else {
      for (auto& line : wrap(piece, width)) lines.push_back(std::move(line));
    }
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    lines[i].insert(0, i == 0 ? first : blanks(static_cast<int>(first.size())));
  }
  return lines;
}

/// The cells, every word of the heading, and the heading in two lines where there is room.
int fitted_width(const TerminalWriter::TextColumn& column, int room) {
  int width = std::max(widest(column.cells), 2);
  std::istringstream words(column.head);
  for (std::string word; words >> word;) width = std::max(width, display_width(word));
  while (width < room && wrap(column.head, width).size() > 2) ++width;
  return width;
}

}  // namespace

/// A column with its lines: of the head, and of each cell.
struct TerminalWriter::Shown {
  const TextColumn* column;
  int width;
  Lines head;
  std::vector<Lines> cells;
};

void TerminalWriter::line(const std::string& text) {
  text_ += text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
}

void TerminalWriter::heading(const std::string& text) {
  line();
  flow("", text, fmt::emphasis::bold);
}

void TerminalWriter::flow(const std::string& lead, const std::string& text,
                          const fmt::text_style& style) {
  const int indent = display_width(lead);
  const bool mark = lead.ends_with("! ");
  std::string before = mark ? styled(lead, style) : lead;
  for (const std::string& part : wrap(text, look_.width - indent)) {
    line(before + (mark ? part : styled(part, style)));
    before = blanks(indent);
  }
}

int TerminalWriter::width_of(const std::vector<TextColumn>& columns) {
  int width = -kGap;
  for (const TextColumn& column : columns) width += kGap + width_of_column(column);
  return width;
}

void TerminalWriter::print(const std::vector<Shown>& columns, std::size_t total) {
  int width = -kGap;
  std::size_t rows = 0, height = 1;
  for (const Shown& one : columns) {
    width += kGap + one.width;
    rows = std::max(rows, one.cells.size());
    height = std::max(height, one.head.size());
  }
  std::string rule;
  for (int i = 0; i < width; ++i) rule += look_.unicode ? "─" : "-";
  const auto print_line = [&](const auto& piece_of) {
    std::string text;
    for (const Shown& one : columns) {
      const auto [piece, style] = piece_of(one);
      const std::string space = blanks(one.width - display_width(piece));
      if (&one != &columns.front()) text += blanks(kGap);
      text += one.column->right ? space + styled(piece, style) : styled(piece, style) + space;
    }
    line(text);
  };
  using Piece = std::pair<std::string, fmt::text_style>;
  for (std::size_t y = 0; y < height; ++y) {
    print_line([&](const Shown& one) {  // heads stand on the rule
      const std::size_t above = height - one.head.size();
      return Piece(y < above ? "" : one.head[y - above], one.column->head_style);
    });
  }
  line(styled(rule, fmt::emphasis::faint));
  for (std::size_t row = 0; row < rows; ++row) {
    if (row == total) line(styled(rule, fmt::emphasis::faint));
    std::size_t tallest = 1;
    for (const Shown& one : columns) {
      if (row < one.cells.size()) tallest = std::max(tallest, one.cells[row].size());
    }
    for (std::size_t y = 0; y < tallest; ++y) {
      print_line([&](const Shown& one) {  // figures stand beside a name's last line
        if (row >= one.cells.size()) return Piece();
        const Lines& lines = one.cells[row];
        const std::size_t above = tallest - lines.size();
        const bool strong = row < one.column->strong.size() && one.column->strong[row];
        return Piece(y < above ? "" : lines[y - above],
                     strong ? fmt::emphasis::bold : one.column->style);
      });
    }
  }
}

void TerminalWriter::table(const std::vector<TextColumn>& columns, std::size_t total) {
  too_wide_ |= width_of(columns) > look_.width;
  std::vector<Shown> shown;
  for (const TextColumn& column : columns) {
    shown.push_back({&column, width_of_column(column), {column.head}, {}});
    for (const std::string& cell : column.cells) shown.back().cells.push_back({cell});
  }
  print(shown, total);
}

void TerminalWriter::fitted_table(std::vector<TextColumn> columns) {
  const auto fit = [](const TextColumn& column, int width, const auto& lines_of) {
    Shown shown{&column, width, wrap(column.head, std::max(width, 2)), {}};
    for (const std::string& cell : column.cells) shown.cells.push_back(lines_of(cell, width));
    return shown;
  };
  TextColumn& names = columns.front();
  names.right = false;
  const int room_for_names = std::max(kNarrowest, look_.width * 3 / 10);
  const Shown first = fit(names, std::min(width_of_column(names), room_for_names), name_lines);
  const int room = look_.width - first.width - kGap;
  for (std::size_t at = 1; at < columns.size();) {
    if (at > 1) line();
    std::vector<Shown> shown{first};
    for (int left = room; at < columns.size(); ++at) {
      const int width = std::min(fitted_width(columns[at], room), room);
      if (width > left && shown.size() > 1) break;
      left -= kGap + width;
      shown.push_back(fit(columns[at], width, [](const std::string& cell, int most) {
        return display_width(cell) > most ? wrap(cell, most) : Lines{cell};
      }));
    }
    print(shown, kNoTotal);
  }
}

std::string TerminalWriter::bar(double share, int columns) const {
  if (!(share > 0)) return "";
  share = std::min(share, 1.0);
  std::string text;
  if (!look_.unicode) {
    const long marks = std::max(1L, std::lround(share * columns));
    return std::string(static_cast<std::size_t>(marks), '#');
  }
  constexpr std::array<const char*, 8> kEighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<std::size_t>(std::max(1L, std::lround(share * columns * 8)));
  for (std::size_t i = 0; i < eighths / 8; ++i) text += "█";
  return text + kEighths[eighths % 8];
}

std::string TerminalWriter::styled(const std::string& text, const fmt::text_style& style) const {
  const bool plain = !style.has_foreground() && !style.has_emphasis();
  return look_.colour && !plain && !text.empty() ? fmt::format(style, "{}", text) : text;
}

}  // namespace oneormany::report
