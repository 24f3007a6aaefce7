#include "data/numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <functional>
#include <limits>
#include <set>

#include "arrays/bytes.h"
#include "arrays/npy.h"
#include "arrays/safetensors.h"
#include "arrays/zip.h"
#include "base/error.h"
#include "base/printable.h"
#include "data/csv.h"
#include "data/names.h"
#include "data/table.h"

namespace oneormany::data {
namespace {

namespace fs = std::filesystem;

std::string ending(const std::string& name) { return lower(fs::path(name).extension().string()); }

/// What an array file's path and, in it, the tensor's name are.
struct Source {
  std::string file;
  std::string tensor;  // empty: the only one
};

Source source_of(const std::string& name) {
  std::error_code error;
  if (fs::exists(name, error)) return {name, ""};
  for (const std::string_view mark : {".safetensors:", ".npz:"}) {
    const std::size_t at = lower(name).rfind(mark);
    if (at == std::string::npos) continue;
    const std::size_t colon = at + mark.size() - 1;
    return {name.substr(0, colon), name.substr(colon + 1)};
  }
  return {name, ""};
}

std::string how_to_save(const std::string& type) {
  if (type == ".pt" || type == ".pth" || type == ".pkl" || type == ".pickle") {
    return "save it with numpy.save as .npy (tensor.numpy()), or with safetensors";
  }
  return "give .npy (numpy.save), .npz, .safetensors or .csv";
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return shape.size() == 1 ? fmt::format("({},)", shape[0])
                           : fmt::format("({})", fmt::join(shape, ", "));
}

arrays::RawTensor tensor_of(std::string_view bytes, const std::string& wanted) {
  const auto tensors = arrays::read_safetensors(bytes);
  if (tensors.empty()) throw Error("holds no tensor");
  if (wanted.empty() && tensors.size() == 1) return tensors.begin()->second;
  if (const auto found = tensors.find(wanted); found != tensors.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, raw] : tensors) {
    if (names.size() < 8) names.push_back(base::excerpt(name) + " " + shape_text(raw.shape));
  }
  if (tensors.size() > names.size()) names.push_back("…");
  throw Error(
      fmt::format("{} {} ({}): say which, as FILE.safetensors:NAME",
                  wanted.empty() ? "holds" : "has no tensor " + base::excerpt(wanted) + " among",
                  base::counted(tensors.size(), "tensor"), fmt::join(names, ", ")));
}

/// Of a .npz the bytes of its array.
std::string bytes_of(const Source& source) {
  std::string bytes = arrays::read_bytes(source.file);
  return ending(source.file) == ".npz" ? arrays::npz_entry(bytes, source.tensor) : bytes;
}

void read_values(const arrays::RawTensor& raw, std::int64_t& budget, Matrix& values) {
  arrays::read_doubles(raw, budget, {values.data(), static_cast<std::size_t>(values.size())});
}

void read_values(const arrays::RawTensor& raw, std::int64_t& budget, MatrixF& values) {
  arrays::read_floats(raw, budget, {values.data(), static_cast<std::size_t>(values.size())});
}

/// Some: Numbers or NumbersF.
template <class Some>
Some numbers_of_array(const std::string& name) {
  Some numbers;
  numbers.file = name;
  const Source source = source_of(name);
  try {
    const std::string bytes = bytes_of(source);
    const arrays::RawTensor raw = ending(source.file) == ".safetensors"
                                      ? tensor_of(bytes, source.tensor)
                                      : arrays::read_npy(bytes);
    if (raw.shape.empty() || raw.shape.size() > 2) {
      throw Error(fmt::format("has {} (its shape is {}); a table of rows and columns is needed",
                              base::counted(raw.shape.size(), "dimension"), shape_text(raw.shape)));
    }
    if (std::count(raw.shape.begin(), raw.shape.end(), 0) > 0) {
      throw Error(fmt::format("is empty: its shape is {}", shape_text(raw.shape)));
    }
    auto budget = static_cast<std::int64_t>(bytes.size());
    if (arrays::count_of(raw.shape) > budget) {
      throw Error("has more numbers than the file can hold");
    }
    numbers.dimensions = static_cast<int>(raw.shape.size());
    numbers.values.resize(raw.shape[0], raw.shape.size() == 2 ? raw.shape[1] : 1);
    read_values(raw, budget, numbers.values);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", base::printable(source.file), error.what()));
  }
  return numbers;
}

bool is_whole(const std::string& cell) {
  return cell.find_first_not_of("+-0123456789") == std::string::npos;
}

/// A number, one with a decimal comma (1,5), or either with a sign of per cent.
std::optional<double> to_value(const std::string& given) {
  // Per cent stays per cent: who reads the numbers sees by them what they are.
  const std::string cell =
      given.ends_with('%') ? trimmed(given.substr(0, given.size() - 1)) : given;
  if (const auto value = to_number(cell)) return value;
  const std::size_t comma = cell.find(',');
  if (comma == std::string::npos || cell.find_first_of(".,", comma + 1) != std::string::npos ||
      cell.find('.') < comma) {
    return std::nullopt;
  }
  std::string point = cell;
  point[comma] = '.';
  const auto is_digit = [&](std::size_t i) {
    return i < cell.size() && cell[i] >= '0' && cell[i] <= '9';
  };
  return comma > 0 && is_digit(comma - 1) && is_digit(comma + 1) ? to_number(point) : std::nullopt;
}

/// Names of columns that are numbers: whole and ascending, above numbers that have fractions.
/// pandas writes 0,1,2,… when nobody names them; category numbers are others.
bool is_counting(const std::vector<CsvRow>& rows, std::size_t first) {
  const auto& cells = rows[0].cells;
  bool from_0 = true;
  std::vector<double> numbers;
  for (std::size_t i = first; i < cells.size(); ++i) {
    const auto number = to_number(cells[i]);
    if (!number || !is_whole(cells[i]) || *number < 0) return false;
    from_0 &= cells[i] == std::to_string(i - first);
    numbers.push_back(*number);
  }
  if (std::adjacent_find(numbers.begin(), numbers.end(), std::greater_equal<>()) != numbers.end()) {
    return false;
  }
  std::size_t whole = 0, all = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto begin = rows[i].cells.begin() + static_cast<std::ptrdiff_t>(first);
    all += rows[i].cells.size() - first;
    whole += static_cast<std::size_t>(std::count_if(begin, rows[i].cells.end(), is_whole));
  }
  constexpr std::size_t kFewWhole = 10;  // one in
  return from_0 ? whole < all : numbers.size() > 1 && whole * kFewWhole < all;
}

/// Whether the first column names files: nothing in it is a number, the header included or not.
bool begins_with_texts(const std::vector<CsvRow>& rows, std::size_t first) {
  return rows.size() > first && rows[0].cells.size() > 1 &&
         std::none_of(rows.begin() + static_cast<std::ptrdiff_t>(first), rows.end(),
                      [](const CsvRow& row) {
                        return row.cells[0].empty() || to_value(row.cells[0]).has_value();
                      });
}

/// A single cell with a fraction among others that are none is an error, not a header.
bool has_header(const std::vector<CsvRow>& rows) {
  const std::size_t first = begins_with_texts(rows, 0) ? 1 : 0;  // of the columns
  bool words = false, fractions = false;
  for (std::size_t i = first; i < rows[0].cells.size(); ++i) {
    const std::string& cell = rows[0].cells[i];
    const bool number = to_value(cell).has_value();
    words |= !number;
    fractions |= number && !is_whole(cell);
  }
  if (words) return !fractions;
  if (first > 0 && is_file_column(rows[0].cells[0])) return true;  // file,0,1,2
  return is_counting(rows, first);
}

/// How well a delimiter fits: the share of numbers in the last row, and how many they are.
std::pair<double, std::size_t> fit(const Csv& csv) {
  if (csv.rows.empty()) return {0, 0};
  const auto& cells = csv.rows.back().cells;
  const auto numbers = static_cast<std::size_t>(
      std::count_if(cells.begin(), cells.end(),
                    [](const std::string& cell) { return to_value(cell).has_value(); }));
  return {static_cast<double>(numbers) / static_cast<double>(cells.size()), numbers};
}

/// Under the delimiter that makes most numbers of it; if none makes any, most columns.
Csv parse_numbers(const std::string& text) {
  const auto width = [](const Csv& c) { return c.rows.empty() ? 0 : c.rows[0].cells.size(); };
  Csv best = parse_csv(text, ',');
  for (const char delimiter : {';', '\t'}) {
    Csv other = parse_csv(text, delimiter);
    if (std::pair(fit(other), width(other)) > std::pair(fit(best), width(best))) {
      best = std::move(other);
    }
  }
  // numpy.savetxt parts numbers by spaces, which elsewhere stand within names.
  if (Csv spaced = parse_csv(text, ' ');
      fit(spaced).first == 1 && fit(spaced).second > 1 && fit(spaced) > fit(best)) {
    best = std::move(spaced);
  }
  return best;
}

void require_names(const CsvRow& header, const std::string& name) {
  std::set<std::string> known;
  for (const std::string& cell : header.cells) {
    if (cell.empty()) {
      throw Error(fmt::format(
          "{}: a column has no name; if it counts the rows, leave it out (pandas: index=False)",
          at_line(name, header.line)));
    }
    if (!known.insert(cell).second) {
      throw Error(fmt::format("{}: two columns are called {}; each class needs its own name",
                              at_line(name, header.line), base::excerpt(cell)));
    }
  }
}

/// What a column is taken for.
enum class Role { kNumbers, kFiles, kLabel, kIndex };

/// Every cell begins with a letter and is no number: what was predicted, a split.
bool holds_words(const std::vector<CsvRow>& rows, std::size_t column) {
  return rows.size() > 1 && std::all_of(rows.begin(), rows.end(), [&](const CsvRow& row) {
           const std::string& cell = row.cells[column];
           const auto first = static_cast<unsigned char>(cell.empty() ? '0' : cell[0]);
           return (std::isalpha(first) || first >= 0x80) && !to_value(cell);
         });
}

/// A first column id with whole numbers, or with texts.
bool holds_ids(const std::vector<CsvRow>& rows, const std::string& name, std::size_t column) {
  return column == 0 && is_id_column(name) &&
         std::none_of(rows.begin(), rows.end(), [](const CsvRow& row) {
           return row.cells[0].find_first_of(".,") != std::string::npos;
         });
}

/// 0, 1, 2, … or 1, 2, 3, …: no model says that.
bool counts_rows(const std::vector<CsvRow>& rows, std::size_t column) {
  constexpr std::size_t kFewest = 3;
  if (rows.size() < kFewest || rows[0].cells.size() < 2) return false;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto value = to_number(rows[i].cells[column]);
    const auto first = to_number(rows[0].cells[column]);
    if (!value || !first || (*first != 0 && *first != 1) ||
        *value != *first + static_cast<double>(i)) {
      return false;
    }
  }
  return true;
}

Role role_of(const std::vector<CsvRow>& rows, const std::vector<std::string>& header,
             std::size_t column) {
  if (column == 0 && begins_with_texts(rows, 0)) return Role::kFiles;
  if (column == 0 && counts_rows(rows, column)) return Role::kIndex;
  if (header.empty() || header.size() == 1) return Role::kNumbers;
  if (holds_ids(rows, header[column], column)) return Role::kFiles;
  const bool file = is_file_column(header[column]),
             label = is_label_column(header[column]) || holds_words(rows, column);
  if (!file && !label) return Role::kNumbers;
  const bool fractions = std::any_of(rows.begin(), rows.end(), [&](const CsvRow& row) {
    return to_value(row.cells[column]).has_value() && !is_whole(row.cells[column]);
  });
  if (fractions) return Role::kNumbers;  // a class with such a name
  return file ? Role::kFiles : Role::kLabel;
}

Numbers numbers_of_csv(const std::string& name) {
  std::string text = read_text(name);
  if (text.starts_with("# ")) text.erase(0, 2);  // a header of numpy.savetxt
  Csv csv = parse_numbers(text);
  if (csv.broken) {
    throw Error(fmt::format("{}: {}", at_line(name, csv.broken->line), csv.broken->why));
  }
  Numbers numbers;
  numbers.file = name;
  auto& rows = csv.rows;
  std::vector<std::string> header;
  std::size_t header_line = 0;
  if (!rows.empty() && has_header(rows)) {
    if (to_number(rows[0].cells.back())) {
      numbers.notes.push_back(
          fmt::format("{}: its first line ({}) names the columns", base::printable(name),
                      base::excerpt(fmt::format("{}", fmt::join(rows[0].cells, ", ")), 60)));
    }
    header = rows[0].cells;
    header_line = rows[0].line;
    rows.erase(rows.begin());
  }
  if (rows.empty()) {
    throw Error(fmt::format("{}: is empty: it needs a row of numbers for each picture",
                            base::printable(name)));
  }
  for (std::size_t j = 0; j < rows[0].cells.size(); ++j) {
    const Role role = role_of(rows, header, j);
    if (role == Role::kFiles && numbers.files.empty()) {
      for (const CsvRow& row : rows) numbers.files.push_back(row.cells[j]);
    } else if (role == Role::kIndex) {
      numbers.notes.push_back(
          fmt::format("{}: its first column counts the rows: left out", base::printable(name)));
    } else if (role == Role::kLabel) {
      numbers.notes.push_back(fmt::format("{}: its column {} holds labels or words: left out",
                                          base::printable(name), base::excerpt(header[j])));
    } else {
      numbers.places.push_back(j);
      if (!header.empty()) numbers.columns.push_back(nfc(header[j]));
    }
  }
  if (numbers.places.empty()) {
    throw Error(fmt::format("{}: has no column of numbers", base::printable(name)));
  }
  if (!header.empty()) require_names({header_line, numbers.columns}, name);
  numbers.values.resize(static_cast<Index>(rows.size()), static_cast<Index>(numbers.places.size()));
  for (const CsvRow& row : rows) numbers.lines.push_back(row.line);
  for (Index i = 0; i < numbers.values.rows(); ++i) {
    for (Index j = 0; j < numbers.values.cols(); ++j) {
      const std::string& cell =
          rows[static_cast<std::size_t>(i)].cells[numbers.places[static_cast<std::size_t>(j)]];
      const auto value = to_value(cell);
      if (!value) {
        throw Error(fmt::format("{}: {}", numbers.place(i, j),
                                cell.empty() ? "the cell is empty; fill it in"
                                             : "'" + base::excerpt(cell) + "' is no number"));
      }
      numbers.values(i, j) = *value;
    }
  }
  return numbers;
}

}  // namespace

std::string NumbersInfo::place(Index row) const {
  if (lines.empty()) return fmt::format("{}, row {} (counted from 0)", base::printable(file), row);
  return at_line(file, lines[static_cast<std::size_t>(row)]);
}

std::string NumbersInfo::place(Index row, Index column) const {
  if (lines.empty()) {
    return fmt::format("{}, row {}, column {} (counted from 0)", base::printable(file), row,
                       column);
  }
  const auto j = static_cast<std::size_t>(column);
  std::string text = fmt::format("{}, column {}", place(row), (places.empty() ? j : places[j]) + 1);
  if (!columns.empty()) text += " (" + base::excerpt(columns[j]) + ")";
  return text;
}

std::optional<double> to_number(std::string_view cell) {
  if (cell.starts_with('+')) cell.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error == std::errc::invalid_argument || end != cell.data() + cell.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    const bool tiny = cell.find("e-") != cell.npos || cell.find("E-") != cell.npos;
    return tiny ? 0.0 : std::numeric_limits<double>::infinity();
  }
  return value;
}

std::optional<std::vector<std::string>> read_texts(const std::string& name) {
  const Source source = source_of(name);
  const std::string type = ending(source.file);
  if (type != ".npy" && type != ".npz") return std::nullopt;
  try {
    return arrays::read_npy_texts(bytes_of(source));
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", base::printable(source.file), error.what()));
  }
}

bool is_csv(const std::string& name) {
  const std::string type = ending(name);
  return type == ".csv" || type == ".tsv" || type == ".txt";
}

namespace {

/// Throws Error if the ending says neither that it is an array nor CSV.
bool is_array(const std::string& name) {
  const std::string type = ending(source_of(name).file);
  if (type == ".npy" || type == ".npz" || type == ".safetensors") return true;
  if (is_csv(name)) return false;
  throw Error(fmt::format("{}: is of no known kind; {}", base::printable(name), how_to_save(type)));
}

}  // namespace

Numbers read_numbers(const std::string& name) {
  return is_array(name) ? numbers_of_array<Numbers>(name) : numbers_of_csv(name);
}

NumbersF read_numbers_f(const std::string& name) {
  if (is_array(name)) return numbers_of_array<NumbersF>(name);
  Numbers numbers = numbers_of_csv(name);
  NumbersF narrow;
  narrow.values = numbers.values.cast<float>();
  static_cast<NumbersInfo&>(narrow) = std::move(numbers);
  return narrow;
}

}  // namespace oneormany::data
