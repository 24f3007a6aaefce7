#include "data/targets.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/nearest.h"
#include "base/printable.h"
#include "data/csv.h"
#include "data/label_cell.h"
#include "data/names.h"
#include "data/numbers.h"
#include "data/table.h"

namespace oneormany::data {
namespace {

using Labels = std::vector<std::vector<int>>;

void require_rows(const std::string& name, std::size_t rows, const TargetRows& logits,
                  const char* hint = "") {
  if (rows == logits.rows) return;
  std::string cure = hint;
  if (!logits.of_features && rows == logits.classes.size()) {
    cure = fmt::format("; if the columns of {} are the pictures, save z.T",
                       base::printable(logits.file));
  } else if (rows + 1 == logits.rows && is_csv(logits.file)) {
    cure =
        fmt::format("; if the first line of {} is a header, write names in place of numbers there",
                    base::printable(logits.file));
  }
  throw Error(
      fmt::format("{}: has {}, but {} has {}: both need one for each picture, in the same order{}",
                  base::printable(name), base::counted(rows, "row"), base::printable(logits.file),
                  base::grouped(logits.rows), cure));
}

/// A class number as the labels that it stands for. `place` begins the Error.
std::vector<int> labels_of_number(double value, const TargetRows& logits,
                                  const std::string& place) {
  const auto classes = static_cast<double>(logits.classes.size());
  if (classes == 1) {
    if (value == 0) return {};
    if (value == 1) return {0};
    throw Error(
        fmt::format("{}: {} is neither 0 nor 1, which is what a single class needs", place, value));
  }
  if (value == -1) return {};
  if (value >= 0 && value < classes && value == std::floor(value)) return {static_cast<int>(value)};
  throw Error(fmt::format(
      "{}: {} is no class: the {} are numbered from 0 to {}, and -1 means none of these{}", place,
      value,
      logits.of_features
          ? base::counted(logits.classes.size(), "class", "classes")
          : base::counted(logits.classes.size(), "column of logits", "columns of logits"),
      classes - 1, value == classes ? "; take 1 off if yours are counted from 1" : ""));
}

/// What to do about a matrix that isn't of zeros and ones; empty if nobody knows.
std::string cure_of_matrix(const Matrix& values) {
  if ((values.array() == 1 || values.array() == -1).all()) return ": save (y + 1) / 2";
  if (!(values.array() >= 0 && values.array() <= 1).all()) return "";
  constexpr double kRounding = 0.02;
  const bool shares = ((values.rowwise().sum().array() - 1).abs() <= kRounding).all();
  return fmt::format(
      ": soft targets are no labels: save the {}",
      shares
          ? "likeliest class of each row, y.argmax(1)"
          : "labels that are carried, (y > 0.5).astype('i1'); or of one class each, y.argmax(1)");
}

Labels labels_of_matrix(const Numbers& numbers) {
  Labels labels(static_cast<std::size_t>(numbers.values.rows()));
  for (Index i = 0; i < numbers.values.rows(); ++i) {
    for (Index j = 0; j < numbers.values.cols(); ++j) {
      const double value = numbers.values(i, j);
      if (value != 0 && value != 1) {
        throw Error(fmt::format("{}: {} is neither 0 nor 1{}", numbers.place(i, j), value,
                                cure_of_matrix(numbers.values)));
      }
      if (value == 1) labels[static_cast<std::size_t>(i)].push_back(static_cast<int>(j));
    }
  }
  return labels;
}

std::optional<int> index_of(const std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find_if(names.begin(), names.end(),
                                  [same = nfc(name)](const auto& one) { return nfc(one) == same; });
  if (found == names.end()) return std::nullopt;
  return static_cast<int>(found - names.begin());
}

std::vector<std::string> parts_of(const std::string& cell, const LabelCells& cells,
                                  const std::string& place) {
  try {
    return cells.labels(cell);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", place, error.what()));
  }
}

/// Reads the cells of one CSV column as classes.
class CellReader {
 public:
  explicit CellReader(const TargetRows& logits) : logits_(logits) {
    // Where a class is called "1", a number may mean either: names alone count there.
    numbers_ = !logits.named ||
               std::none_of(logits.classes.begin(), logits.classes.end(),
                            [](const std::string& name) { return to_number(name).has_value(); });
  }

  bool is_class(const std::string& text) const {
    return (numbers_ && to_number(text)) || (logits_.named && index_of(logits_.classes, text));
  }

  std::vector<int> labels(const std::string& cell, const LabelCells& cells,
                          const std::string& place) const {
    std::set<int> found;
    for (const std::string& part : parts_of(cell, cells, place)) {
      const auto number = numbers_ ? to_number(part) : std::nullopt;
      if (const auto known = logits_.named ? index_of(logits_.classes, part) : std::nullopt) {
        found.insert(*known);
      } else if (number) {
        const auto labels = labels_of_number(*number, logits_, place);
        found.insert(labels.begin(), labels.end());
      } else {
        unknown(part, cells.delimiter(), place);
      }
    }
    return {found.begin(), found.end()};
  }

 private:
  [[noreturn]] void unknown(const std::string& part, std::optional<char> delimiter,
                            const std::string& place) const {
    std::string why;
    if (logits_.of_features) {
      why = "is none of the classes that --names gives";
      if (const auto meant = base::nearest(part, logits_.classes)) {
        why = fmt::format("is no class; did you mean {}?", base::excerpt(*meant));
      }
    } else if (!logits_.named) {
      why = fmt::format(
          "names a class, but nothing names the columns of {}: give --names, or a CSV file of "
          "logits with a header",
          base::printable(logits_.file));
    } else if (logits_.classes.size() == 1) {
      why = fmt::format("is not {}, the only column of {}: logits need a column for each class",
                        base::excerpt(logits_.classes[0]), base::printable(logits_.file));
    } else if (const auto meant = base::nearest(part, logits_.classes)) {
      why = fmt::format("is no class; did you mean {}?", base::excerpt(*meant));
    } else {
      why = fmt::format("is none of the {} that name the columns of {}",
                        base::counted(logits_.classes.size(), "class", "classes"),
                        base::printable(logits_.file));
    }
    if (!delimiter && part.find_first_of("|;,") != std::string::npos) {
      why += " (if these are several, see --label-delimiter)";
    }
    throw Error(fmt::format("{}: '{}' {}", place, base::excerpt(part), why));
  }

  const TargetRows& logits_;
  bool numbers_ = true;
};

/// Names, one for each row.
Labels labels_of_texts(const std::string& name, const std::vector<std::string>& texts,
                       const TargetRows& logits) {
  require_rows(name, texts.size(), logits);
  const CellReader reader(logits);
  const LabelCells whole({}, std::nullopt, false);
  Labels labels;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    labels.push_back(reader.labels(
        texts[i], whole, fmt::format("{}, row {} (counted from 0)", base::printable(name), i)));
  }
  return labels;
}

/// "z.npy has 3", to end what has another number of columns with.
std::string owner_of_classes(const TargetRows& rows) {
  return fmt::format("{} {}",
                     rows.of_features ? "--names gives" : base::printable(rows.file) + " has",
                     base::grouped(rows.classes.size()));
}

Labels labels_of_array(const std::string& name, const TargetRows& logits) {
  if (const auto texts = read_texts(name)) return labels_of_texts(name, *texts, logits);
  const Numbers numbers = read_numbers(name);
  require_rows(name, static_cast<std::size_t>(numbers.values.rows()), logits);
  const auto columns = static_cast<std::size_t>(numbers.values.cols());
  if (columns == logits.classes.size() && numbers.dimensions == 2) return labels_of_matrix(numbers);
  if (columns != 1) {
    throw Error(fmt::format(
        "{}: has {}, but {}: targets are one column of class numbers, or a 0/1 matrix with a "
        "column for each class",
        base::printable(name), base::counted(columns, "column"), owner_of_classes(logits)));
  }
  Labels labels;
  for (Index i = 0; i < numbers.values.rows(); ++i) {
    labels.push_back(labels_of_number(numbers.values(i, 0), logits, numbers.place(i)));
  }
  return labels;
}

bool all_yes_or_no(const CsvRow& row) {
  return std::all_of(row.cells.begin(), row.cells.end(),
                     [](const std::string& cell) { return yes_or_no(cell).has_value(); });
}

std::size_t width(const Csv& csv) { return csv.rows.empty() ? 0 : csv.rows[0].cells.size(); }

/// How many classes there are, where the targets are to tell: then a matrix may be of any width.
constexpr std::size_t kAnyNumber = 0;

/// A column for each class, and zeros and ones in the first or the second line.
bool looks_like_matrix(const Csv& csv, std::size_t classes) {
  if (width(csv) < 2 || (classes != kAnyNumber && width(csv) != classes)) return false;
  return all_yes_or_no(csv.rows[0]) || (csv.rows.size() > 1 && all_yes_or_no(csv.rows[1]));
}

/// A column for each class, and numbers in the last line.
bool is_soft_matrix(const Csv& csv, std::size_t classes) {
  if (classes < 2 || width(csv) != classes) return false;
  const auto& last = csv.rows.back().cells;
  return std::all_of(last.begin(), last.end(),
                     [](const std::string& cell) { return to_number(cell).has_value(); });
}

/// Both files name the pictures: brings the rows into the logits' order, and returns where each
/// was. Throws Error if they are about other pictures.
std::vector<std::size_t> sort_by_files(const std::string& name, std::vector<CsvRow>& rows,
                                       std::size_t column, const TargetRows& logits) {
  std::multimap<std::string, std::size_t> places;
  for (std::size_t i = 0; i < rows.size(); ++i) places.emplace(nfc(rows[i].cells[column]), i);
  std::set<std::string> known;
  for (const std::string& file : logits.files) known.insert(nfc(file));
  const bool unique =
      known.size() == logits.files.size();  // else only the order says which is which
  std::vector<std::size_t> order;
  std::vector<CsvRow> sorted;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string file = nfc(logits.files[i]);
    const auto found = places.find(file);
    const bool here = nfc(rows[i].cells[column]) == file;
    if (!here && (!unique || found == places.end() || places.count(file) > 1)) {
      for (const CsvRow& row : rows) {
        if (known.contains(nfc(row.cells[column]))) continue;
        throw Error(fmt::format(
            "{}: is about {}, but no row of {} is: both must be about the same pictures",
            at_line(name, row.line), base::excerpt(row.cells[column]),
            base::printable(logits.file)));
      }
      throw Error(
          fmt::format("{}: is about {}, but that row of {} is about {}: both must be about "
                      "the same pictures",
                      at_line(name, rows[i].line), base::excerpt(rows[i].cells[column]),
                      base::printable(logits.file), base::excerpt(logits.files[i])));
    }
    order.push_back(here ? i : found->second);
    sorted.push_back(rows[order.back()]);
  }
  rows = std::move(sorted);
  return order;
}

bool may_name_files(const std::string& name) { return is_file_column(name) || is_id_column(name); }

/// Of two columns, of which one names the files, the other.
std::optional<std::size_t> column_beside_files(const std::vector<CsvRow>& rows) {
  const auto& header = rows[0].cells;
  if (header.size() != 2 || may_name_files(header[0]) == may_name_files(header[1])) return {};
  return may_name_files(header[0]) ? 1 : 0;
}

/// The table under the delimiter that makes most of it.
Csv parse_table(const std::string& name, std::size_t classes) {
  const std::string text = read_text(name);
  std::optional<Csv> best;
  for (const char delimiter : {',', ';', '\t', ' '}) {
    Csv csv = parse_csv(text, delimiter, EmptyRows::kKeepInOneColumn);
    if (looks_like_matrix(csv, classes)) {
      best = std::move(csv);
      break;
    }
    if (delimiter == ' ') break;  // parts nothing but the numbers of numpy.savetxt
    // A delimiter that stands in some rows only parts labels, not columns.
    const auto worth = [](const Csv& c) { return std::pair(!c.broken, width(c)); };
    if (!best || worth(csv) > worth(*best)) best = std::move(csv);
  }
  if (best->broken) {
    throw Error(fmt::format("{}: {}", at_line(name, best->broken->line), best->broken->why));
  }
  if (best->rows.empty()) {
    throw Error(
        fmt::format("{}: is empty: it needs a row for each picture", base::printable(name)));
  }
  return std::move(*best);
}

Labels labels_of_csv_matrix(const std::string& name, std::vector<CsvRow> rows,
                            const TargetRows& logits) {
  if (!all_yes_or_no(rows[0])) {
    if (logits.named && rows[0].cells != logits.classes) {
      throw Error(
          fmt::format("{}: its columns are {}, but those of {} are {}: they must be the "
                      "same, in the same order",
                      at_line(name, rows[0].line),
                      base::excerpt(fmt::format("{}", fmt::join(rows[0].cells, ", "))),
                      logits.of_features ? "--names" : base::printable(logits.file),
                      base::excerpt(fmt::format("{}", fmt::join(logits.classes, ", ")))));
    }
    rows.erase(rows.begin());
  }
  require_rows(name, rows.size(), logits);
  Labels labels;
  for (const CsvRow& row : rows) {
    labels.emplace_back();
    for (std::size_t j = 0; j < row.cells.size(); ++j) {
      const auto carried = yes_or_no(row.cells[j]);
      if (!carried) {
        const auto number = to_number(row.cells[j]);
        throw Error(fmt::format("{}, column {}: '{}' is neither 0 nor 1{}", at_line(name, row.line),
                                j + 1, base::excerpt(row.cells[j]),
                                number && *number > 0 && *number < 1
                                    ? ": soft targets are no labels: save 0 or 1"
                                    : ""));
      }
      if (*carried) labels.back().push_back(static_cast<int>(j));
    }
  }
  return labels;
}

/// A column of files beside a matrix: once it is compared with that of the logits it has served.
void drop_files(const std::string& name, Csv& csv, const TargetRows& logits) {
  if (width(csv) != logits.classes.size() + 1) return;
  const auto& header = csv.rows[0].cells;
  const auto found = std::find_if(header.begin(), header.end(), is_file_column);
  if (found == header.end()) return;
  const std::size_t column = static_cast<std::size_t>(found - header.begin());
  Csv rest = csv;
  for (CsvRow& row : rest.rows) {
    row.cells.erase(row.cells.begin() + static_cast<std::ptrdiff_t>(column));
  }
  if (!looks_like_matrix(rest, logits.classes.size())) return;
  std::vector<CsvRow> rows(csv.rows.begin() + 1, csv.rows.end());
  require_rows(name, rows.size(), logits);
  if (!logits.files.empty()) {
    const std::vector<std::size_t> order = sort_by_files(name, rows, column, logits);
    const std::vector<CsvRow> without(rest.rows.begin() + 1, rest.rows.end());
    for (std::size_t i = 0; i < order.size(); ++i) rest.rows[i + 1] = without[order[i]];
  }
  csv = std::move(rest);
}

/// pandas calls a column without a name 0: above class names that is no class.
bool is_counted_column(const std::vector<CsvRow>& rows) {
  return rows[0].cells[0] == "0" &&
         std::none_of(rows.begin() + 1, rows.end(),
                      [](const CsvRow& row) { return to_number(row.cells[0]).has_value(); });
}

/// A column of labels below its header, in the order of the logits.
struct LabelRows {
  std::vector<CsvRow> rows;
  LabelColumn column;

  std::vector<std::string> texts() const {
    std::vector<std::string> texts;
    for (const CsvRow& row : rows) texts.push_back(row.cells[column.column]);
    return texts;
  }
};

LabelRows label_rows(const std::string& name, Csv csv, const TargetRows& logits,
                     const DataOptions& options) {
  auto& rows = csv.rows;
  // Empty lines below the table; within it they mean no label.
  const auto drop_below = [&](std::size_t wanted) {
    while (rows.size() > wanted && rows.back().cells == std::vector<std::string>{""}) {
      rows.pop_back();
    }
  };
  drop_below(logits.rows + 1);
  const CellReader reader(logits);
  LabelColumn column;
  bool header = false;
  if (const auto found = find_label_column(rows[0].cells, options, name);
      found && !(width(csv) == 1 && reader.is_class(rows[0].cells[0]))) {
    column = *found;
    header = true;
  } else if (const auto other = column_beside_files(rows)) {
    column = {*other, false};
    header = true;
  } else if (width(csv) > 1) {
    throw Error(fmt::format(
        "{}: has {}{}: targets are a column of classes (called label or labels where there are "
        "others, or named with --label-column), or a 0/1 matrix with a column for each class",
        base::printable(name), base::counted(width(csv), "column"),
        logits.classes.empty() ? "" : ", but " + owner_of_classes(logits)));
  } else {
    header = rows.size() == logits.rows + 1 &&
             (!reader.is_class(rows[0].cells[0]) || is_counted_column(rows));
  }
  std::optional<std::size_t> files;
  if (header && width(csv) > 1 && !logits.files.empty()) {
    for (std::size_t j = 0; j < width(csv) && !files; ++j) {
      if (j != column.column && may_name_files(rows[0].cells[j])) files = j;
    }
  }
  if (header) rows.erase(rows.begin());
  drop_below(logits.rows);
  require_rows(name, rows.size(), logits,
               header || rows.size() != logits.rows + 1
                   ? ""
                   : "; if the first line is a header, call the column label");
  if (files) sort_by_files(name, rows, *files, logits);
  return {std::move(rows), column};
}

Labels labels_of_csv(const std::string& name, const TargetRows& logits,
                     const DataOptions& options) {
  const std::size_t classes = logits.classes.size();
  Csv csv = parse_table(name, classes);
  if (!options.label_column) drop_files(name, csv, logits);
  // id,breed is no matrix of two classes, unless these are called so.
  const bool beside_files = column_beside_files(csv.rows) && csv.rows[0].cells != logits.classes;
  if (!options.label_column && !beside_files && looks_like_matrix(csv, classes)) {
    return labels_of_csv_matrix(name, std::move(csv.rows), logits);
  }
  const auto& header = csv.rows[0].cells;
  if (is_soft_matrix(csv, classes) && !find_label_column(header, options, name) &&
      (classes == 2 || !column_beside_files(csv.rows))) {
    return labels_of_array(name, logits);  // which says what is wrong with it
  }
  const LabelRows table = label_rows(name, std::move(csv), logits, options);
  const CellReader reader(logits);
  const LabelCells cells(table.texts(), options.delimiter, table.column.many);
  Labels labels;
  for (const CsvRow& row : table.rows) {
    labels.push_back(reader.labels(row.cells[table.column.column], cells, at_line(name, row.line)));
  }
  return labels;
}

/// As many classes as the highest number says: "0", "1", … `place` begins an Error.
class ClassNumbers {
 public:
  void add(double value, const std::string& place) {
    constexpr double kMost = 1e6;
    if (value >= -1 && value < kMost && value == std::floor(value)) {
      count_ = std::max(count_, static_cast<std::size_t>(value + 1));
      return;
    }
    throw Error(
        fmt::format("{}: {} is no class: classes are whole numbers from 0 to {}, and -1 means none "
                    "of these",
                    place, value, kMost - 1));
  }
  std::vector<std::string> names() const { return numbered(count_); }

  static std::vector<std::string> numbered(std::size_t count) {
    std::vector<std::string> names;
    for (std::size_t c = 0; c < count; ++c) names.push_back(std::to_string(c));
    return names;
  }

 private:
  std::size_t count_ = 0;
};

void find_classes_of_array(const std::string& name, TargetRows& rows) {
  if (const auto texts = read_texts(name)) {
    std::set<std::string> names;
    const LabelCells whole({}, std::nullopt, false);
    for (const std::string& text : *texts) {
      for (const std::string& part : parts_of(text, whole, base::printable(name))) {
        names.insert(nfc(part));
      }
    }
    rows.classes.assign(names.begin(), names.end());
    rows.named = true;
    return;
  }
  const Numbers numbers = read_numbers(name);
  require_rows(name, static_cast<std::size_t>(numbers.values.rows()), rows);
  if (numbers.values.cols() > 1) {
    rows.classes = ClassNumbers::numbered(static_cast<std::size_t>(numbers.values.cols()));
    return;
  }
  ClassNumbers found;
  for (Index i = 0; i < numbers.values.rows(); ++i) {
    found.add(numbers.values(i, 0), numbers.place(i));
  }
  rows.classes = found.names();
}

/// The classes of a matrix, which may have a header and a column of files; none if it is no matrix.
bool find_classes_of_matrix(const std::string& name, const Csv& csv, TargetRows& rows) {
  CsvRow first = csv.rows[0];
  const auto file = std::find_if(first.cells.begin(), first.cells.end(), is_file_column);
  if (file != first.cells.end() && csv.rows.size() > 1) {
    CsvRow second = csv.rows[1];
    second.cells.erase(second.cells.begin() + (file - first.cells.begin()));
    if (second.cells.size() < 2 || !all_yes_or_no(second)) return false;
    first.cells.erase(file);
  } else if (!looks_like_matrix(csv, kAnyNumber)) {
    return false;
  }
  rows.named = !all_yes_or_no(first);
  if (!rows.named) {
    rows.classes = ClassNumbers::numbered(first.cells.size());
    return true;
  }
  rows.classes = first.cells;
  if (std::set(rows.classes.begin(), rows.classes.end()).size() == rows.classes.size()) return true;
  throw Error(fmt::format("{}: two columns have the same name; each class needs its own",
                          at_line(name, first.line)));
}

void find_classes_of_csv(const std::string& name, TargetRows& rows, const DataOptions& options) {
  Csv csv = parse_table(name, kAnyNumber);
  if (!find_label_column(csv.rows[0].cells, options, name) && !column_beside_files(csv.rows) &&
      find_classes_of_matrix(name, csv, rows)) {
    return;
  }
  const LabelRows table = label_rows(name, std::move(csv), rows, options);
  const LabelCells cells(table.texts(), options.delimiter, table.column.many);
  std::set<std::string> names;
  std::vector<std::pair<std::optional<double>, std::string>> numbers;  // and their places
  for (const CsvRow& row : table.rows) {
    const std::string place = at_line(name, row.line);
    for (const std::string& part : parts_of(row.cells[table.column.column], cells, place)) {
      names.insert(nfc(part));
      numbers.emplace_back(to_number(part), place);
    }
  }
  rows.named = std::any_of(numbers.begin(), numbers.end(),
                           [](const auto& one) { return !one.first.has_value(); });
  if (rows.named) {
    rows.classes.assign(names.begin(), names.end());
    return;
  }
  ClassNumbers found;
  for (const auto& [number, place] : numbers) found.add(*number, place);
  rows.classes = found.names();
}

}  // namespace

Labels read_targets(const std::string& name, const TargetRows& logits, const DataOptions& options) {
  return is_csv(name) ? labels_of_csv(name, logits, options) : labels_of_array(name, logits);
}

void find_classes(const std::string& name, TargetRows& rows, const DataOptions& options) {
  rows.of_features = true;
  rows.named = false;
  rows.classes.clear();
  is_csv(name) ? find_classes_of_csv(name, rows, options) : find_classes_of_array(name, rows);
  if (rows.classes.empty()) {
    throw Error(
        fmt::format("{}: no row has a class, so there is nothing to learn", base::printable(name)));
  }
}

std::vector<int> read_groups(const std::string& name, const TargetRows& logits) {
  std::vector<std::string> keys;
  std::size_t columns = 1;
  if (is_csv(name)) {
    Csv csv = parse_table(name, 1);
    columns = width(csv);
    if (csv.rows.size() == logits.rows + 1) csv.rows.erase(csv.rows.begin());
    for (const CsvRow& row : csv.rows) keys.push_back(row.cells[0]);
  } else {
    const Numbers numbers = read_numbers(name);
    columns = static_cast<std::size_t>(numbers.values.cols());
    for (Index i = 0; i < numbers.values.rows(); ++i) {
      keys.push_back(fmt::format("{}", numbers.values(i, 0)));
    }
  }
  if (columns != 1) {
    throw Error(fmt::format("{}: has {}; groups are one column, equal values being one group",
                            base::printable(name), base::counted(columns, "column")));
  }
  require_rows(name, keys.size(), logits);
  std::map<std::string, int> known;
  std::vector<int> groups;
  for (const std::string& key : keys) {
    groups.push_back(known.try_emplace(key, static_cast<int>(known.size())).first->second);
  }
  return groups;
}

}  // namespace oneormany::data
