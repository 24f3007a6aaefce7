#pragma once
// What a terminal is written with: lines no wider than it, and tables.

#include <string>
#include <vector>

namespace oneormany::report {

/// Lines of a terminal, built up; knows the width and whether there is colour.
class Page {
 public:
  Page(int width, bool colour);  ///< width: columns, at least 40

  void line(const std::string& text = "") { text_ += text + '\n'; }

  /// Wrapped to the width; `first` stands before the first line, blanks before the others.
  void flow(const std::string& text, const std::string& first = "", const char* style = "",
            const char* first_style = "");

  /// The first few of a list, and how many more there are.
  void list(const std::string& heading, const std::vector<std::string>& entries, std::size_t shown);

  std::string styled(const std::string& text, const char* style) const;

  int width() const { return width_; }
  const std::string& text() const { return text_; }

  static constexpr const char* kBold = "\x1b[1m";
  static constexpr const char* kDim = "\x1b[2m";

 private:
  int width_;
  bool colour_;
  std::string text_;
};

/// A column of a table: a heading, which may take several lines, and a cell for each row.
struct Column {
  std::string heading;
  std::vector<std::string> cells;
  std::vector<bool> best = {};  ///< cells in bold; empty: none
  bool headline = false;        ///< its heading in bold
};

/// A row for each name and as many columns side by side as fit; the others go on in a table below,
/// with the names again. Rows of `marked` have a "*" before their name.
void print_table(Page& page, const std::vector<std::string>& names,
                 const std::vector<Column>& columns, const std::vector<bool>& marked = {});

std::string blanks(int n);
std::string repeated(const char* piece, int n);
int widest(const std::vector<std::string>& lines);

}  // namespace oneormany::report
