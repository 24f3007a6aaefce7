// A document for a terminal.

#include <fmt/format.h>

#include <algorithm>

#include "base/printable.h"
#include "report/document.h"
#include "report/terminal_writer.h"
#include "report/text.h"

namespace oneormany::report {
namespace {

constexpr std::size_t kItems = 3;  // of a list, in brief
constexpr int kLongestName = 32;   // of a class or label

class TerminalReport {
 public:
  TerminalReport(const Look& look, bool verbose) : out_(look), verbose_(verbose) {}

  std::string write(const Document& document) {
    out_.flow("", document.title, fmt::emphasis::bold);
    out_.flow("", document.data);
    out_.flow("", document.protocol + "; in brackets 95 % intervals", fmt::emphasis::faint);
    if (document.card) card(*document.card);
    for (const Section& one : document.sections) section(one);
    if (verbose_) {
      out_.heading("Verdict");
      for (const std::string& paragraph : document.verdict) {
        if (&paragraph != &document.verdict.front()) out_.line();
        out_.flow("", paragraph);
      }
    }
    if (!document.advice.empty()) {
      out_.heading("What to do next");
      for (const std::string& sentence : document.advice) out_.flow("", sentence);
    }
    return out_.text();
  }

 private:
  void card(const Card& card) {
    out_.heading(card.title);
    out_.flow("", card.rule);
    if (verbose_) out_.flow("", card.setting);
    if (!card.warning.empty()) {
      out_.flow("! ", card.warning, fmt::fg(fmt::terminal_color::yellow));
    }
    int width = 0;
    for (const Card::Figure& one : card.figures) {
      width = std::max(width, display_width(short_form(one.cell)));
    }
    for (const Card::Figure& one : card.figures) {
      const std::string figure = short_form(one.cell);
      const std::string space(static_cast<std::size_t>(width - display_width(figure)), ' ');
      out_.flow("  " + figure + space + "  ", one.caption);
    }
  }

  void section(const Section& section) {
    const bool brief = !verbose_ && !section.brief_title.empty();
    title_ = brief ? section.brief_title : section.title;
    note_ = brief ? section.brief_note : section.note;
    fold_.clear();
    for (const Part& part : section.parts) {
      if (!shown(part.level)) continue;
      if (part.fold != fold_) title_ = fold_ = part.fold;
      std::visit([&](const auto& content) { show(content); }, part.content);
    }
  }

  bool shown(Level level) const {
    return level == Level::kBrief || (level == Level::kFull && verbose_);
  }

  /// Once something follows it.
  void title() {
    const bool first = !title_.empty();
    if (first) {
      out_.heading(title_);
    } else {
      out_.line();
    }
    title_.clear();
    if (!note_.empty()) {
      out_.flow("", note_, fmt::emphasis::faint);
      if (verbose_) out_.line();
    }
    note_.clear();
  }

  void show(const Heading& heading) {
    title();
    out_.flow("", heading.text, fmt::emphasis::bold);
  }

  void show(const Text& text) {
    title();
    out_.flow("", text.words, text.note ? fmt::emphasis::faint : fmt::text_style());
  }

  void show(const Terms& terms) {
    std::vector<std::string> items;
    for (const auto& [name, words] : terms.items) items.push_back(name + ": " + words);
    list(items);
  }

  void show(const Bullets& bullets) { list(bullets.items); }

  void show(const Key&) {}
  void show(const Charts&) {}
  void show(const Gallery&) {}

  void list(const std::vector<std::string>& items) {
    title();
    const std::size_t n = verbose_ ? items.size() : std::min(kItems, items.size());
    for (std::size_t i = 0; i < n; ++i) out_.flow("  ", items[i]);
    if (n < items.size()) {
      out_.flow("  ", fmt::format("… and {} more, listed in the report", items.size() - n),
                fmt::emphasis::faint);
    }
  }

  void show(const Table& table) {
    using TextColumn = TerminalWriter::TextColumn;
    std::vector<TextColumn> columns{{.head = "", .style = fmt::emphasis::bold}};
    const bool marks = std::any_of(table.rows.begin(), table.rows.end(),
                                   [](const Row& row) { return row.marked; });
    for (const Row& row : table.rows) {
      if (!shown(row.level)) continue;
      columns[0].cells.push_back(
          (row.marked ? "* "
           : marks    ? "  "
                      : "") +
          (table.what == "model" ? base::printable(row.name) : elided(row.name, kLongestName)));
    }
    if (columns[0].cells.empty()) return;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const Column& own = table.columns[i];
      if (!shown(own.level)) continue;
      TextColumn column{.head = base::printable(own.name), .head_style = {}};
      if (own.headline) column.head_style = fmt::emphasis::bold;
      for (const Row& row : table.rows) {
        if (!shown(row.level)) continue;
        column.cells.push_back(base::printable(short_form(row.cells[i])));
        column.strong.push_back(row.cells[i].best);
      }
      columns.push_back(std::move(column));
    }
    for (const Row& row : table.rows) {
      if (row.marked && !title_.empty()) title_ += " (* " + row.note + ")";
    }
    title();
    out_.fitted_table(std::move(columns));
    if (verbose_ && table.meanings != Table::Meanings::kHidden) meanings(table);
  }

  void meanings(const Table& table) {
    out_.line();
    for (const Column& column : table.columns) {
      if (column.meaning.empty()) continue;
      out_.flow("  ", column.name + ": " + column.meaning, fmt::emphasis::faint);
    }
  }

  static const std::string& short_form(const Cell& cell) {
    return cell.brief.empty() ? cell.text : cell.brief;
  }

  TerminalWriter out_;
  const bool verbose_;
  std::string title_, note_, fold_;  ///< of the section, until something is shown of it
};

}  // namespace

std::string terminal_text(const Document& document, const Look& look, bool verbose) {
  return TerminalReport(look, verbose).write(document);
}

}  // namespace oneormany::report
