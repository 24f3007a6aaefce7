#include "report/terminal_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "report/text.h"

namespace oneormany::report {
namespace {

constexpr int kGap = 2;         // blank columns between two columns
constexpr int kNarrowest = 11;  // of the names: "+background"

/// A long name goes on in the next line before its "+" and after its ":": "labels" over
/// "+background".
std::vector<std::string> name_lines(const std::string& name, int width) {
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
  return lines;
}

/// The cells, and every word of the heading.
int width_of(const Column& column) {
  int width = widest(column.cells);
  std::istringstream words(column.heading);
  for (std::string word; words >> word;) width = std::max(width, display_width(word));
  return width;
}

struct Shown {
  const Column* column;
  int width;
};

void print_headings(Page& page, int first, const std::vector<Shown>& shown) {
  std::vector<std::vector<std::string>> headings;
  std::size_t height = 1;
  int total = first;
  for (const auto& [column, width] : shown) {
    headings.push_back(wrap(column->heading, width));
    height = std::max(height, headings.back().size());
    total += kGap + width;
  }
  for (std::size_t y = 0; y < height; ++y) {
    std::string line = blanks(first);
    for (std::size_t i = 0; i < shown.size(); ++i) {
      const std::size_t above = height - headings[i].size();  // headings stand on the rule
      const std::string piece = y < above ? "" : headings[i][y - above];
      line += blanks(kGap + shown[i].width - display_width(piece)) +
              page.styled(piece, shown[i].column->headline ? Page::kBold : "");
    }
    page.line(line.erase(line.find_last_not_of(' ') + 1));
  }
  page.line(page.styled(repeated("─", total), Page::kDim));
}

void print_rows(Page& page, int first, const std::vector<std::string>& names,
                const std::vector<bool>& marked, const std::vector<Shown>& shown) {
  const int margin = marked.empty() ? 0 : 2;
  for (std::size_t row = 0; row < names.size(); ++row) {
    const auto lines = name_lines(names[row], first - margin);
    std::string line;
    for (std::size_t y = 0; y < lines.size(); ++y) {
      if (y > 0) page.line(line);
      const std::string mark = marked.empty() ? "" : marked[row] && y == 0 ? "* " : "  ";
      line = page.styled(mark + lines[y], Page::kBold);
    }
    line += blanks(first - margin - display_width(lines.back()));
    for (const auto& [column, width] : shown) {
      const std::string& cell = column->cells[row];
      const bool best = !column->best.empty() && column->best[row];
      line +=
          blanks(kGap + width - display_width(cell)) + page.styled(cell, best ? Page::kBold : "");
    }
    page.line(line);
  }
}

}  // namespace

std::string blanks(int n) { return std::string(static_cast<std::size_t>(std::max(n, 0)), ' '); }

std::string repeated(const char* piece, int n) {
  std::string out;
  for (int i = 0; i < n; ++i) out += piece;
  return out;
}

int widest(const std::vector<std::string>& lines) {
  int width = 0;
  for (const auto& one : lines) width = std::max(width, display_width(one));
  return width;
}

Page::Page(int width, bool colour) : width_(std::max(width, 40)), colour_(colour) {}

void Page::flow(const std::string& text, const std::string& first, const char* style,
                const char* first_style) {
  std::string before = styled(first, first_style);
  for (const std::string& piece : wrap(text, width_ - display_width(first))) {
    line(before + styled(piece, style));
    before = blanks(display_width(first));
  }
}

void Page::list(const std::string& heading, const std::vector<std::string>& entries,
                std::size_t shown) {
  if (entries.empty()) return;
  line();
  flow(heading, "", kBold);
  for (std::size_t i = 0; i < std::min(shown, entries.size()); ++i) flow(entries[i], "  ");
  if (entries.size() > shown) {
    flow(fmt::format("… and {} more, listed in the report", entries.size() - shown), "  ", kDim);
  }
}

std::string Page::styled(const std::string& text, const char* style) const {
  return colour_ && *style != '\0' ? style + text + "\x1b[0m" : text;
}

void print_table(Page& page, const std::vector<std::string>& names,
                 const std::vector<Column>& columns, const std::vector<bool>& marked) {
  const int margin = marked.empty() ? 0 : 2;
  const int first =
      margin + std::min(widest(names), std::max(kNarrowest, page.width() * 3 / 10 - margin));
  for (std::size_t from = 0; from < columns.size();) {
    std::vector<Shown> shown;
    int room = page.width() - first;
    for (std::size_t at = from; at < columns.size(); ++at) {
      const int width = width_of(columns[at]);
      if (kGap + width > room && !shown.empty()) break;
      shown.push_back({&columns[at], width});
      room -= kGap + width;
    }
    if (from > 0) page.line();
    from += shown.size();
    print_headings(page, first, shown);
    print_rows(page, first, names, marked, shown);
  }
}

}  // namespace oneormany::report
