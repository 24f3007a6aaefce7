#include "report/page_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "report/text.h"

namespace oneormany::report {
namespace {

constexpr int kGap = 2;  // blanks between columns

std::string blanks(int n) { return std::string(static_cast<std::size_t>(std::max(n, 0)), ' '); }

int width_of_column(const Page::Column& column) {
  int width = display_width(column.head);
  for (const std::string& cell : column.cells) width = std::max(width, display_width(cell));
  return width;
}

}  // namespace

void Page::line(const std::string& text) {
  text_ += text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
}

void Page::heading(const std::string& text) {
  line();
  flow("", text, fmt::emphasis::bold);
}

void Page::flow(const std::string& lead, const std::string& text, const fmt::text_style& style) {
  const int indent = display_width(lead);
  const bool mark = lead.ends_with("! ");
  std::string before = mark ? styled(lead, style) : lead;
  for (const std::string& part : wrap(text, look_.width - indent)) {
    line(before + (mark ? part : styled(part, style)));
    before = blanks(indent);
  }
}

int Page::width_of(const std::vector<Column>& columns) {
  int width = -kGap;
  for (const Column& column : columns) width += kGap + width_of_column(column);
  return width;
}

void Page::table(const std::vector<Column>& columns, std::size_t total) {
  std::size_t rows = 0;
  for (const Column& column : columns) rows = std::max(rows, column.cells.size());
  const auto row = [&](const auto& cell_of, bool plain) {
    std::string text;
    for (const Column& column : columns) {
      const std::string cell = cell_of(column);
      const std::string space = blanks(width_of_column(column) - display_width(cell));
      const std::string shown = styled(cell, plain ? fmt::emphasis::bold : column.style);
      if (&column != &columns.front()) text += blanks(kGap);
      text += column.right ? space + shown : shown + space;
    }
    line(text);
  };
  too_wide_ |= width_of(columns) > look_.width;
  std::string rule;
  for (int i = 0; i < width_of(columns); ++i) rule += look_.unicode ? "─" : "-";
  row([](const Column& column) { return column.head; }, true);
  line(styled(rule, fmt::emphasis::faint));
  for (std::size_t i = 0; i < rows; ++i) {
    if (i == total) line(styled(rule, fmt::emphasis::faint));
    row([i](const Column& column) { return i < column.cells.size() ? column.cells[i] : ""; },
        false);
  }
}

std::string Page::bar(double share, int columns) const {
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

std::string Page::styled(const std::string& text, const fmt::text_style& style) const {
  const bool plain = !style.has_foreground() && !style.has_emphasis();
  return look_.colour && !plain && !text.empty() ? fmt::format(style, "{}", text) : text;
}

}  // namespace oneormany::report
