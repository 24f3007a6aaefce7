#pragma once
// Files of numbers that other programs write: .npy, safetensors, CSV.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/matrix.h"

namespace oneormany::data {

/// What a table of numbers says beside them.
struct NumbersInfo {
  std::string file;                  ///< as the user named it
  int dimensions = 2;                ///< 1 or 2; CSV: always 2
  std::vector<std::string> columns;  ///< what a CSV header calls them; else empty
  std::vector<std::size_t> lines;    ///< CSV: the line of each row, from 1; else empty
  std::vector<std::string> files;    ///< CSV: what a column of files says of each row; else empty
  std::vector<std::string> notes;    ///< CSV: what of it was taken for something else than numbers
  /// CSV with such columns: which of the file's columns each of `values` is, from 0; else empty.
  std::vector<std::size_t> places{};

  /// "a.csv, line 4", or "a.npy, row 2 (counted from 0)", to begin an Error with.
  std::string place(Index row) const;
  /// "a.csv, line 4, column 2 (robin)", or "a.npy, row 2, column 1 (counted from 0)".
  std::string place(Index row, Index column) const;
};

/// A table of numbers, before anybody asks what they mean.
struct Numbers : NumbersInfo {
  Matrix values;  ///< of a 1-D array: one column
};

struct NumbersF : NumbersInfo {
  MatrixF values;
};

/// Reads a file by its ending: .npy; .safetensors and .npz, where FILE.safetensors:NAME says which
/// of several arrays; .csv, .tsv or .txt, parted by comma, semicolon or tab, or numbers by single
/// spaces (numpy.savetxt). Where something else parts the cells, or they are quoted, a comma in a
/// number is a decimal comma. The first line of a CSV file is a header if it holds other things
/// than numbers, or whole numbers in ascending order above numbers with fractions (as pandas
/// numbers columns). A column of texts called file, image, path, …, or the first one if it has only
/// texts, is `files`; a column called label, class, … of texts or whole numbers is left out, and a
/// first one that counts the rows. Infinities and NaN are read like any number. Throws Error, one
/// line with the file's name, for anything else: no rows or no columns, more than two dimensions, a
/// cell that is no number, rows of different lengths.
Numbers read_numbers(const std::string& name);

/// The same in float32, of an array file never held in float64. An array of numbers that float32
/// can't hold is an Error; in CSV they become infinite.
NumbersF read_numbers_f(const std::string& name);

/// Whether the file's ending says that it is CSV.
bool is_csv(const std::string& name);

/// The texts of an array of them in a .npy or .npz file; none of any other file.
std::optional<std::vector<std::string>> read_texts(const std::string& name);

/// A whole cell as a number: 1, -0.5, 1e-3, nan.
std::optional<double> to_number(std::string_view cell);

}  // namespace oneormany::data
