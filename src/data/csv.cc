#include "data/csv.h"

#include <csv.h>
#include <fmt/core.h>

#include <algorithm>
#include <new>

namespace oneormany::data {
namespace {

struct State {
  Csv csv;
  CsvRow row;
  std::size_t line = 1;        // being fed
  std::size_t row_begins = 0;  // 0: not yet begun
  std::size_t row_byte = 0;
};

void end_cell(void* text, std::size_t size, void* state) {
  static_cast<State*>(state)->row.cells.emplace_back(static_cast<const char*>(text), size);
}

void end_row(int, void* pointer) {
  State& state = *static_cast<State*>(pointer);
  state.row.line = state.row_begins;
  state.row.byte = state.row_byte;
  state.row_begins = 0;
  state.csv.rows.push_back(std::move(state.row));
  state.row = {};
}

// Spreadsheets write the empty lines below a table as ",,,".
bool is_empty(const CsvRow& row) {
  return std::all_of(row.cells.begin(), row.cells.end(),
                     [](const std::string& cell) { return cell.empty(); });
}

// The text up to and with the next end of line: \n, \r\n, or a lone \r.
std::size_t line_length(std::string_view text) {
  const std::size_t end = text.find_first_of("\r\n");
  if (end == std::string_view::npos) return text.size();
  return text.substr(end).starts_with("\r\n") ? end + 2 : end + 1;
}

}  // namespace

Csv parse_csv(std::string_view text, char delimiter, EmptyRows empty_rows) {
  csv_parser parser;
  if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) throw std::bad_alloc();
  csv_set_delim(&parser, static_cast<unsigned char>(delimiter));
  State state;
  bool good = true;
  const std::size_t size = text.size();
  // Fed line by line, because libcsv doesn't count lines.
  while (good && !text.empty()) {
    const std::string_view line = text.substr(0, line_length(text));
    if (state.row_begins == 0) {
      if (line.find_first_not_of(" \t\r\n") != std::string_view::npos) {
        state.row_begins = state.line;
        state.row_byte = size - text.size();
      } else {
        // libcsv says nothing of it
        state.csv.rows.push_back({state.line, {""}, size - text.size()});
      }
    }
    good = csv_parse(&parser, line.data(), line.size(), end_cell, end_row, &state) == line.size();
    text.remove_prefix(line.size());
    ++state.line;
  }
  if (good) good = csv_fini(&parser, end_cell, end_row, &state) == 0;
  csv_free(&parser);

  Csv& csv = state.csv;
  if (!good) {
    csv.broken = {
        state.row_begins,
        "a quote (\") that is unclosed or in the wrong place: a cell with quotes in it is "
        "written \"like \"\"this\"\"\""};
  }
  const bool one_column = std::all_of(csv.rows.begin(), csv.rows.end(),
                                      [](const CsvRow& row) { return row.cells.size() == 1; });
  if (!one_column || empty_rows == EmptyRows::kDrop) std::erase_if(csv.rows, is_empty);
  for (std::size_t i = 1; i < csv.rows.size(); ++i) {
    const std::size_t columns = csv.rows[i].cells.size(), wanted = csv.rows[0].cells.size();
    if (columns == wanted) continue;
    csv.broken = {csv.rows[i].line, fmt::format("{} column{} where the first line has {}", columns,
                                                columns == 1 ? "" : "s", wanted)};
    csv.rows.resize(i);
  }
  return std::move(csv);
}

void drop_repeated_headers(std::vector<CsvRow>& rows) {
  if (rows.empty()) return;
  const auto is_header = [&header = rows[0].cells](const CsvRow& row) {
    constexpr std::string_view kMark = "\xEF\xBB\xBF";
    std::string_view first = row.cells[0];
    if (first.starts_with(kMark)) first.remove_prefix(kMark.size());
    return row.cells.size() == header.size() && first == header[0] &&
           std::equal(header.begin() + 1, header.end(), row.cells.begin() + 1);
  };
  rows.erase(std::remove_if(rows.begin() + 1, rows.end(), is_header), rows.end());
}

std::string csv_cell(std::string_view text) {
  const bool plain = text.find_first_of(",;\t\"\r\n") == std::string_view::npos && !text.empty() &&
                     text.front() != ' ' && text.back() != ' ';
  if (plain) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace oneormany::data
