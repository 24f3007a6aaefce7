#pragma once
// What the commands write on a terminal: headings, wrapped paragraphs, tables and bars.

#include <fmt/color.h>

#include <string>
#include <vector>

#include "report/document.h"

namespace oneormany::report {

class TerminalWriter {
 public:
  explicit TerminalWriter(Look look) : look_(look) {}

  /// As it is: what came from a user must be printable() already.
  void line(const std::string& text = "");
  void heading(const std::string& text);  ///< in bold, after an empty line

  /// Wrapped, and made printable, with `lead` before the first line and as much space before the
  /// others. The style is the lead's where the lead is a mark ("! "), and else the text's.
  void flow(const std::string& lead, const std::string& text, const fmt::text_style& style = {});

  struct TextColumn {
    std::string head;
    std::vector<std::string> cells = {};  ///< printable
    bool right = true;                    ///< flush right, as numbers are
    fmt::text_style style = {};
    fmt::text_style head_style = fmt::emphasis::bold;
    std::vector<bool> strong = {};  ///< cells in bold; empty: none
  };
  /// Columns side by side, two blanks between them, a rule below the heads and another one before
  /// row `total` (none if there is no such row). Empty cells at the end may be left out.
  void table(const std::vector<TextColumn>& columns, std::size_t total = kNoTotal);
  static constexpr std::size_t kNoTotal = static_cast<std::size_t>(-1);

  /// The same of names and figures, made to fit: heads and names are wrapped, and columns for which
  /// there is no room go on in a table below, with the names again.
  void fitted_table(std::vector<TextColumn> columns);

  /// Columns that table() takes for these.
  static int width_of(const std::vector<TextColumn>& columns);

  /// A bar of `share` (0 to 1) of `columns`, in eighths of a column; anything above 0 can be seen.
  std::string bar(double share, int columns) const;

  std::string styled(const std::string& text, const fmt::text_style& style) const;

  /// A table was wider than the terminal.
  bool too_wide() const { return too_wide_; }

  const Look& look() const { return look_; }
  const std::string& text() const { return text_; }

 private:
  using Lines = std::vector<std::string>;
  struct Shown;
  void print(const std::vector<Shown>& columns, std::size_t total);

  Look look_;
  std::string text_;
  bool too_wide_ = false;
};

}  // namespace oneormany::report
