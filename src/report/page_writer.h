#pragma once
// What the commands write on a terminal: headings, wrapped paragraphs, tables and bars.

#include <fmt/color.h>

#include <string>
#include <vector>

namespace oneormany::report {

/// What the terminal can show.
struct Look {
  int width = 80;       ///< columns, at least 40
  bool colour = false;  ///< escape sequences for colour and weight
  bool unicode = true;  ///< else nothing but ASCII is drawn
};

/// Every text given is printed as it is: what came from a user must be printable() already.
class Page {
 public:
  explicit Page(Look look) : look_(look) {}

  void line(const std::string& text = "");
  void heading(const std::string& text);  ///< in bold, after an empty line

  /// Wrapped, with `lead` before the first line and as much space before the others. The style is
  /// the lead's where the lead is a mark ("! "), and else the text's.
  void flow(const std::string& lead, const std::string& text, const fmt::text_style& style = {});

  struct Column {
    std::string head;
    std::vector<std::string> cells = {};
    bool right = true;  ///< flush right, as numbers are
    fmt::text_style style = {};
  };
  /// Columns side by side, two blanks between them, a rule below the heads and another one before
  /// row `total` (none if there is no such row). Empty cells at the end may be left out.
  void table(const std::vector<Column>& columns, std::size_t total);

  /// Columns that table() takes for these.
  static int width_of(const std::vector<Column>& columns);

  /// A bar of `share` (0 to 1) of `columns`, in eighths of a column; anything above 0 can be seen.
  std::string bar(double share, int columns) const;

  std::string styled(const std::string& text, const fmt::text_style& style) const;

  /// A table was wider than the terminal.
  bool too_wide() const { return too_wide_; }

  const Look& look() const { return look_; }
  const std::string& text() const { return text_; }

 private:
  Look look_;
  std::string text_;
  bool too_wide_ = false;
};

}  // namespace oneormany::report
