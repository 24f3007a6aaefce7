// The comparison for a terminal. Up to four arms stand side by side, with a row for each measure;
// more stand one below the other, with a column for each measure. What doesn't fit side by side
// goes on in a table below.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>

#include "report/describe.h"
#include "report/labels.h"
#include "report/measures.h"
#include "report/report.h"
#include "report/text.h"

namespace oneormany {
namespace {

constexpr int kGap = 2;            // blank columns before each arm's column
constexpr int kNarrowest = 10;     // an arm's column holds at least "36.3–46.7 %"
constexpr std::size_t kShown = 3;  // skipped files and the like; the rest is in the report

struct Row {
  std::string name;
  std::vector<std::string> cells;
  std::vector<bool> best;
  bool headline = false;
};

/// Lines of a terminal, built up; knows the width and whether there is colour.
class Page {
 public:
  Page(int width, bool colour) : width_(std::max(width, 40)), colour_(colour) {}

  void line(const std::string& text = "") { text_ += text + '\n'; }

  /// Wrapped to the width; `first` stands before the first line, blanks before the others.
  void flow(const std::string& text, const std::string& first = "", const char* style = "") {
    std::string before = first;
    for (const std::string& piece : wrap(text, width_ - display_width(first))) {
      line(before + styled(piece, style));
      before = std::string(static_cast<std::size_t>(display_width(first)), ' ');
    }
  }

  /// The first few of a list, and how many more there are.
  void list(const std::string& heading, const std::vector<std::string>& entries,
            std::size_t shown) {
    if (entries.empty()) return;
    line();
    flow(heading, "", kBold);
    for (std::size_t i = 0; i < std::min(shown, entries.size()); ++i) flow(entries[i], "  ");
    if (entries.size() > shown) {
      flow(fmt::format("… and {} more, listed in the report", entries.size() - shown), "  ", kDim);
    }
  }

  std::string styled(const std::string& text, const char* style) const {
    return colour_ && *style != '\0' ? style + text + "\x1b[0m" : text;
  }

  int width() const { return width_; }
  const std::string& text() const { return text_; }

  static constexpr const char* kBold = "\x1b[1m";
  static constexpr const char* kDim = "\x1b[2m";

 private:
  int width_;
  bool colour_;
  std::string text_;
};

std::string blanks(int n) { return std::string(static_cast<std::size_t>(std::max(n, 0)), ' '); }

std::string repeated(const char* piece, int n) {
  std::string out;
  for (int i = 0; i < n; ++i) out += piece;
  return out;
}

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

int widest(const std::vector<std::string>& lines) {
  int width = 0;
  for (const auto& one : lines) width = std::max(width, display_width(one));
  return width;
}

/// One block of measures for the arms that have them.
class Table {
 public:
  Table(const std::vector<Measure>& measures, const std::vector<const Arm*>& arms)
      : arms_are_rows_(arms.size() > kSideBySide) {
    for (const Arm* arm : arms) names_.push_back(printable(arm->name));
    for (const Measure& measure : measures) add(measure, arms);
  }

  /// Columns that the names of the measures take.
  int first_column() const {
    int first = 0;
    for (const Row& row : rows_) first = std::max(first, display_width(row.name));
    return first;
  }

  void print(Page& page, int first) const {
    if (arms_are_rows_) {
      print_rows_of_arms(page);
    } else {
      print_columns_of_arms(page, first);
    }
  }

 private:
  void print_columns_of_arms(Page& page, int first) const {
    const int room = page.width() - first;
    const int column = column_width(room);
    const std::size_t fit = static_cast<std::size_t>(std::max(1, room / (column + kGap)));
    for (std::size_t from = 0; from < names_.size(); from += fit) {
      page.line();
      print_arms(page, first, column, from, std::min(names_.size(), from + fit));
    }
  }

  void add(const Measure& measure, const std::vector<const Arm*>& arms) {
    std::vector<Reading> readings;
    Row row{.name = measure.name, .cells = {}, .best = {}, .headline = measure.headline};
    Row interval{.name = "  95 % interval", .cells = {}, .best = {}, .headline = false};
    for (const Arm* arm : arms) {
      readings.push_back(measure.read(*arm));
      row.cells.push_back(format_value(measure.unit, readings.back().value));
      if (measure.headline && readings.back().ci95) {
        interval.cells.push_back(format_interval(measure.unit, *readings.back().ci95));
      }
    }
    row.best = best_of(measure, readings);
    rows_.push_back(std::move(row));
    if (!interval.cells.empty()) rows_.push_back(std::move(interval));
  }

  /// As wide as the names if all arms fit so, else as wide as the names in two lines.
  int column_width(int room) const {
    int cells = kNarrowest;
    for (const Row& row : rows_) cells = std::max(cells, widest(row.cells));
    const int whole = std::max(cells, widest(names_));
    if (static_cast<int>(names_.size()) * (whole + kGap) <= room) return whole;
    int folded = cells;
    for (const auto& name : names_) {
      folded = std::max(folded, widest(name_lines(name, std::max(cells, whole / 2 + 3))));
    }
    return std::min(folded, std::max(cells, room - kGap));
  }

  void print_arms(Page& page, int first, int column, std::size_t from, std::size_t to) const {
    std::vector<std::vector<std::string>> headings;
    std::size_t height = 1;
    for (std::size_t arm = from; arm < to; ++arm) {
      headings.push_back(name_lines(names_[arm], column));
      height = std::max(height, headings.back().size());
    }
    for (std::size_t y = 0; y < height; ++y) {
      std::string line = blanks(first);
      for (const auto& heading : headings) {
        const std::size_t above = height - heading.size();  // headings stand on the rule
        const std::string piece = y < above ? "" : heading[y - above];
        line += blanks(kGap + column - display_width(piece)) + page.styled(piece, Page::kBold);
      }
      page.line(line);
    }
    const int arms = static_cast<int>(to - from);
    page.line(page.styled(repeated("─", first + arms * (column + kGap)), Page::kDim));
    for (const Row& row : rows_) {
      std::string line = page.styled(row.name, row.headline ? Page::kBold : "") +
                         blanks(first - display_width(row.name));
      for (std::size_t arm = from; arm < to; ++arm) {
        line += cell(page, row, arm, column);
      }
      page.line(line);
    }
  }

  /// As many measures side by side as fit, then the next ones below.
  void print_rows_of_arms(Page& page) const {
    const int names = std::min(widest(names_), std::max(kNarrowest, page.width() * 2 / 5));
    for (std::size_t from = 0; from < rows_.size();) {
      std::vector<int> widths;
      int width = names;
      std::size_t to = from;
      for (; to < rows_.size(); ++to) {
        widths.push_back(measure_width(rows_[to]));
        width += kGap + widths.back();
        if (width > page.width() && to > from) break;
      }
      // An interval stays with its measure.
      if (to < rows_.size() && rows_[to].best.empty() && to > from + 1) --to;
      widths.resize(to - from);
      page.line();
      print_measures(page, names, widths, from);
      from = to;
    }
  }

  /// The cells, and every word of the name.
  static int measure_width(const Row& row) {
    int width = widest(row.cells);
    std::istringstream words(row.name);
    for (std::string word; words >> word;) width = std::max(width, display_width(word));
    return width;
  }

  void print_measures(Page& page, int names, const std::vector<int>& widths,
                      std::size_t from) const {
    std::vector<std::vector<std::string>> headings;
    std::size_t height = 1;
    int total = names;
    for (std::size_t m = 0; m < widths.size(); ++m) {
      headings.push_back(wrap(rows_[from + m].name, widths[m]));
      height = std::max(height, headings.back().size());
      total += kGap + widths[m];
    }
    for (std::size_t y = 0; y < height; ++y) {
      std::string line = blanks(names);
      for (std::size_t m = 0; m < widths.size(); ++m) {
        const std::size_t above = height - headings[m].size();  // headings stand on the rule
        const std::string piece = y < above ? "" : headings[m][y - above];
        line += blanks(kGap + widths[m] - display_width(piece)) +
                page.styled(piece, rows_[from + m].headline ? Page::kBold : "");
      }
      line.erase(line.find_last_not_of(' ') + 1);
      page.line(line);
    }
    page.line(page.styled(repeated("─", total), Page::kDim));
    for (std::size_t arm = 0; arm < names_.size(); ++arm) {
      const auto lines = name_lines(names_[arm], names);
      for (std::size_t y = 0; y + 1 < lines.size(); ++y)
        page.line(page.styled(lines[y], Page::kBold));
      std::string line =
          page.styled(lines.back(), Page::kBold) + blanks(names - display_width(lines.back()));
      for (std::size_t m = 0; m < widths.size(); ++m) {
        line += cell(page, rows_[from + m], arm, widths[m]);
      }
      page.line(line);
    }
  }

  static std::string cell(const Page& page, const Row& row, std::size_t arm, int width) {
    const bool best = !row.best.empty() && row.best[arm];
    return blanks(kGap + width - display_width(row.cells[arm])) +
           page.styled(row.cells[arm], best               ? Page::kBold
                                       : row.best.empty() ? Page::kDim
                                                          : "");
  }

  bool arms_are_rows_;
  std::vector<std::string> names_;
  std::vector<Row> rows_;
};

void block(Page& page, const char* title, const char* subtitle, const Table& table, int first) {
  page.line();
  page.flow(title, "", Page::kBold);
  page.flow(subtitle, "", Page::kDim);
  table.print(page, first);
}

void legend(Page& page, const std::vector<Measure>& measures, int first) {
  for (const Measure& measure : measures) {
    if (measure.meaning.empty() || measure.obvious) continue;
    const std::string name = measure.name + blanks(first + kGap - display_width(measure.name));
    page.flow(measure.meaning, name, Page::kDim);
  }
}

void tables(Page& page, const Comparison& comparison) {
  std::vector<const Arm*> all, with_unseen;
  for (const Arm& arm : comparison.arms) {
    all.push_back(&arm);
    if (arm.unseen) with_unseen.push_back(&arm);
  }
  if (all.empty()) return;
  const auto in_domain = in_domain_measures(comparison), unseen = unseen_measures();
  const Table above(in_domain, all), below(unseen, with_unseen);
  const int first = std::max(above.first_column(), below.first_column());

  block(page, kInDomainTitle, in_domain_subtitle(comparison), above, first);
  if (!with_unseen.empty()) block(page, kUnseenTitle, kUnseenSubtitle, below, first);
  page.line();
  page.flow("What the measures mean", "", Page::kBold);
  legend(page, in_domain, first);
  if (!with_unseen.empty()) legend(page, unseen, first);
}

/// The labels that the first arm ranks worst, in as many columns as there is room for.
void labels(Page& page, const Comparison& comparison) {
  if (comparison.arms.empty() || !comparison.arms[0].in_domain.labels) return;
  constexpr std::size_t kLabels = 8;
  constexpr int kShortest = 12, kLongest = 32;  // of a label's name
  const Arm& arm = comparison.arms[0];
  const LabelFindings& found = *arm.in_domain.labels;
  auto worst = worst_first(found);
  const std::size_t all = worst.size();
  worst.resize(std::min(kLabels, all));

  page.line();
  page.flow("Label by label", "", Page::kBold);
  page.flow(all > kLabels
                ? fmt::format("The {} of {} labels that \"{}\" ranks worst; all are in the report, "
                              "with their reliability diagrams",
                              kLabels, all, arm.name)
                : fmt::format("What \"{}\" makes of each; reliability diagrams are in the report",
                              arm.name),
            "", Page::kDim);
  page.line();

  // The columns: heading and cells, as wide as the widest.
  std::vector<std::vector<std::string>> columns{{"pictures"}};
  for (const LabelFinding* label : worst) columns[0].push_back(grouped(label->count));
  for (const LabelColumn& column : label_columns(found)) {
    columns.push_back({column.name});
    for (const LabelFinding* label : worst) {
      columns.back().push_back(
          label->count == 0 ? "–" : format_value(column.unit, column.read(*label).value));
    }
  }
  int first = kShortest;
  for (const LabelFinding* label : worst)
    first = std::max(first, display_width(printable(label->name)));
  int room = page.width() - kShortest;
  std::size_t shown = 0;
  while (shown < columns.size() && kGap + widest(columns[shown]) <= room) {
    room -= kGap + widest(columns[shown++]);
  }
  first = std::min({first, kLongest, kShortest + room});
  for (std::size_t y = 0; y <= worst.size(); ++y) {
    const std::string name = y == 0 ? "" : elided(worst[y - 1]->name, first);
    std::string line = name + blanks(first - display_width(name));
    for (std::size_t c = 0; c < shown; ++c) {
      const std::string& cell = columns[c][y];
      line += blanks(kGap + widest(columns[c]) - display_width(cell)) + cell;
    }
    page.line(page.styled(line, y == 0 ? Page::kBold : ""));
    if (y == 0) page.line(page.styled(repeated("─", display_width(line)), Page::kDim));
  }
  if (const std::string few = few_carriers(found); !few.empty()) {
    page.line();
    page.flow(few);
  }
}

}  // namespace

std::string terminal_report(const Comparison& comparison, int width, bool colour) {
  require_finite(comparison);
  Page page(width, colour);
  page.flow(comparison.data_name, "", Page::kBold);
  page.flow(describe_data(comparison));
  page.flow(describe_protocol(comparison), "", Page::kDim);

  tables(page, comparison);
  labels(page, comparison);

  std::vector<std::string> untrained, skipped;
  for (const auto& [names, why] : untrained_by_reason(comparison)) {
    untrained.push_back(fmt::format("{}: {}", fmt::join(names, ", "), why));
  }
  for (const Skip& skip : comparison.skipped) {
    skipped.push_back(skip.file.string() + ": " + skip.why);
  }
  page.list("Not trained", untrained, untrained.size());
  page.list("Worth knowing", comparison.notes, kShown);
  page.list(fmt::format("Left out: {}", counted(skipped.size(), "file")), skipped, kShown);

  if (const auto verdict = paragraphs(comparison.verdict); !verdict.empty()) {
    page.line();
    page.flow("Verdict", "", Page::kBold);
    for (std::size_t i = 0; i < verdict.size(); ++i) {
      if (i > 0) page.line();
      page.flow(verdict[i]);
    }
  }
  return page.text();
}

}  // namespace oneormany
