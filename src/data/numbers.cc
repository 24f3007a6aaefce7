#include "data/numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <limits>
#include <set>

#include "arrays/bytes.h"
#include "arrays/npy.h"
#include "arrays/safetensors.h"
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
  constexpr std::string_view kMark = ".safetensors:";
  std::error_code error;
  const std::size_t at = lower(name).rfind(kMark);
  if (at == std::string::npos || fs::exists(name, error)) return {name, ""};
  const std::size_t colon = at + kMark.size() - 1;
  return {name.substr(0, colon), name.substr(colon + 1)};
}

std::string how_to_save(const std::string& type) {
  if (type == ".npz") return "save each of its arrays alone, with numpy.save, as .npy";
  if (type == ".pt" || type == ".pth" || type == ".pkl" || type == ".pickle") {
    return "save it with numpy.save as .npy (tensor.numpy()), or with safetensors";
  }
  return "give .npy (numpy.save), .safetensors or .csv";
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

Numbers numbers_of_array(const std::string& name) {
  Numbers numbers;
  numbers.file = name;
  const Source source = source_of(name);
  try {
    const std::string bytes = arrays::read_bytes(source.file);
    const arrays::RawTensor raw =
        ending(source.file) == ".npy" ? arrays::read_npy(bytes) : tensor_of(bytes, source.tensor);
    if (raw.shape.empty() || raw.shape.size() > 2) {
      throw Error(fmt::format("has {} (its shape is {}); a table of rows and columns is needed",
                              base::counted(raw.shape.size(), "dimension"), shape_text(raw.shape)));
    }
    if (std::count(raw.shape.begin(), raw.shape.end(), 0) > 0) {
      throw Error(fmt::format("is empty: its shape is {}", shape_text(raw.shape)));
    }
    auto budget = static_cast<std::int64_t>(bytes.size());
    const std::vector<double> values = arrays::to_doubles(raw, budget);
    numbers.dimensions = static_cast<int>(raw.shape.size());
    numbers.values = Eigen::Map<const Matrix>(values.data(), raw.shape[0],
                                              raw.shape.size() == 2 ? raw.shape[1] : 1);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", base::printable(source.file), error.what()));
  }
  return numbers;
}

bool is_whole(const std::string& cell) {
  return cell.find_first_not_of("+-0123456789") == std::string::npos;
}

/// pandas, when nobody names the columns: 0,1,2,… above numbers with fractions.
bool is_counting(const std::vector<CsvRow>& rows) {
  for (std::size_t i = 0; i < rows[0].cells.size(); ++i) {
    if (rows[0].cells[i] != std::to_string(i)) return false;
  }
  return std::any_of(rows.begin() + 1, rows.end(), [](const CsvRow& row) {
    return !std::all_of(row.cells.begin(), row.cells.end(), is_whole);
  });
}

/// A single cell with a fraction among others that are none is an error, not a header.
bool has_header(const std::vector<CsvRow>& rows) {
  bool words = false, fractions = false;
  for (const std::string& cell : rows[0].cells) {
    const bool number = to_number(cell).has_value();
    words |= !number;
    fractions |= number && !is_whole(cell);
  }
  return words ? !fractions : is_counting(rows);
}

/// numpy.savetxt parts numbers by spaces, which elsewhere stand within names.
bool is_spaced(const Csv& csv, const Csv& spaced) {
  if (csv.rows.empty() || csv.rows[0].cells.size() > 1 || spaced.rows.empty()) return false;
  const auto& cells = spaced.rows[0].cells;
  return cells.size() > 1 && std::all_of(cells.begin(), cells.end(), [](const std::string& cell) {
           return to_number(cell).has_value();
         });
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

Numbers numbers_of_csv(const std::string& name) {
  const std::string text = read_text(name);
  Csv csv = parse_csv(text, ',');
  for (const char delimiter : {';', '\t'}) {
    Csv other = parse_csv(text, delimiter);
    const auto width = [](const Csv& c) { return c.rows.empty() ? 0 : c.rows[0].cells.size(); };
    if (width(other) > width(csv)) csv = std::move(other);
  }
  if (Csv spaced = parse_csv(text, ' '); is_spaced(csv, spaced)) csv = std::move(spaced);
  if (csv.broken) {
    throw Error(fmt::format("{}: {}", at_line(name, csv.broken->line), csv.broken->why));
  }
  Numbers numbers;
  numbers.file = name;
  auto& rows = csv.rows;
  if (!rows.empty() && has_header(rows)) {
    require_names(rows[0], name);
    numbers.columns = rows[0].cells;
    rows.erase(rows.begin());
  }
  if (rows.empty()) {
    throw Error(fmt::format("{}: is empty: it needs a row of numbers for each picture",
                            base::printable(name)));
  }
  numbers.values.resize(static_cast<Index>(rows.size()), static_cast<Index>(rows[0].cells.size()));
  for (const CsvRow& row : rows) numbers.lines.push_back(row.line);
  for (Index i = 0; i < numbers.values.rows(); ++i) {
    for (Index j = 0; j < numbers.values.cols(); ++j) {
      const std::string& cell =
          rows[static_cast<std::size_t>(i)].cells[static_cast<std::size_t>(j)];
      const auto value = to_number(cell);
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

std::string Numbers::place(Index row) const {
  if (lines.empty()) return fmt::format("{}, row {} (counted from 0)", base::printable(file), row);
  return at_line(file, lines[static_cast<std::size_t>(row)]);
}

std::string Numbers::place(Index row, Index column) const {
  if (lines.empty()) {
    return fmt::format("{}, row {}, column {} (counted from 0)", base::printable(file), row,
                       column);
  }
  std::string text = fmt::format("{}, column {}", place(row), column + 1);
  if (!columns.empty())
    text += " (" + base::excerpt(columns[static_cast<std::size_t>(column)]) + ")";
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

bool is_csv(const std::string& name) {
  const std::string type = ending(name);
  return type == ".csv" || type == ".tsv" || type == ".txt";
}

Numbers read_numbers(const std::string& name) {
  const std::string type = ending(source_of(name).file);
  if (type == ".npy" || type == ".safetensors") return numbers_of_array(name);
  if (is_csv(name)) return numbers_of_csv(name);
  throw Error(fmt::format("{}: is of no known kind; {}", base::printable(name), how_to_save(type)));
}

}  // namespace oneormany::data
