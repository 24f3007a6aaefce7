#pragma once
// What stands in a cell of labels: one, several with something between them, or a list as other
// programs write it out.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace oneormany::data {

/// The parts of one cell without the spaces around them; empty ones are left out. No delimiter:
/// the whole cell is one part.
std::vector<std::string> split_cell(const std::string& cell, std::optional<char> delimiter);

/// The items of a list that is written out: ['a', 'b'] of Python (also a tuple, a set, numpy's
/// ['a' 'b'] and array(['a'])), ["a", "b"] of JSON, [1, 2]; [] is no item, and None, nan and null
/// are none. None if the cell is no list. Throws Error, without table and line, if it begins as one
/// and is broken, cut short (…) or holds another list.
std::optional<std::vector<std::string>> parse_list(std::string_view cell);

/// Likewise where items have no quotes: [a, b] or {a, b}.
std::optional<std::vector<std::string>> parse_bare_list(std::string_view cell);

/// How the cells of one column of labels are read. Found once, from all of them.
class LabelCells {
 public:
  /// `delimiter`: what the user says that parts labels. `many`: where it says nothing, the first of
  /// | ; , that occurs in a cell that is no list parts them.
  LabelCells(const std::vector<std::string>& cells, std::optional<char> delimiter, bool many);

  /// The labels of a cell. Throws Error as parse_list() does.
  std::vector<std::string> labels(const std::string& cell) const;

  /// What parts labels, given or found.
  std::optional<char> delimiter() const { return delimiter_; }

 private:
  std::optional<char> delimiter_;
  bool bare_lists_ = false;  ///< every cell is in brackets
};

/// Whether the lists are 0/1 for each class in place of names: all as long, and with repeats.
bool are_zeros_and_ones(const std::vector<std::vector<std::string>>& lists);

}  // namespace oneormany::data
