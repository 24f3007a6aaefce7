#pragma once
// What CSV and JSON tables have in common: columns found by name, rows that become pictures.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "data/csv.h"
#include "data/data.h"

namespace oneormany::data {

/// A table as it was written, before anybody asks what it means.
struct Table {
  struct Cell {
    std::string text;
    /// A list of JSON: `text` is then empty.
    std::optional<std::vector<std::string>> list{};
    std::string wrong{};  ///< why nothing of use is there; an Error if the cell is needed
    bool is_text = true;  ///< JSON: a text, not a number
  };
  struct Row {
    std::size_t line = 0;
    std::vector<Cell> cells;  ///< as many as in the header
  };
  std::filesystem::path file;
  std::vector<std::string> header;
  std::vector<Row> rows;
  bool json = false;  ///< it has lists, so that a text is one label
};

/// A table that says nothing of pictures, or nothing of labels: beside class folders that is no
/// error.
class NoLabels : public Error {
 public:
  using Error::Error;
};

/// Where a table keeps its files and labels.
struct Columns {
  std::size_t file = 0;
  /// One; or, of yes_or_no, each is a label with 0 or 1 in its cells.
  std::vector<std::size_t> labels;
  bool many = false;  ///< the label column's name is a plural: a cell may hold several labels
  bool yes_or_no = false;
  std::optional<std::size_t> split;  ///< which part of the data a row belongs to
  std::string note{};                ///< how they were found, where it could be otherwise
};

/// The column of files named in `options`, or else one with a usual name, in upper or lower case.
/// None if there is none. Throws Error if the column named in `options` is missing.
std::optional<std::size_t> find_file_column(const std::vector<std::string>& header,
                                            const DataOptions& options,
                                            const std::filesystem::path& table);

/// Where the labels are, likewise; none if no column has one of the usual names.
struct LabelColumn {
  std::size_t column = 0;
  bool many = false;  ///< as in Columns
};
std::optional<LabelColumn> find_label_column(const std::vector<std::string>& header,
                                             const DataOptions& options,
                                             const std::filesystem::path& table);

/// Whether a column's name is one of the usual ones for files, for labels.
bool is_file_column(const std::string& name);
/// id: of files where a table has nothing else that could be; in a table of numbers it may be a
/// class.
bool is_id_column(const std::string& name);
bool is_label_column(const std::string& name);

/// Finds all columns: labels in the one that `options` names, or in several (parted by commas);
/// else in one with a usual name; else, but for metadata, in the only other one if its values
/// repeat; else, if all others hold 0 and 1 only, in all others. Throws
/// NoLabels, naming the columns that there are and the option to use, if there are none.
Columns find_columns(const Table& table, std::size_t file, const DataOptions& options);

/// Whether these are the columns of `oneormany predict`: labels are then parted by |, an empty cell
/// means none of these, and rows with an error say nothing.
bool is_predictions(const std::vector<std::string>& header);

/// 0, 1, 0.0, true, …
std::optional<bool> yes_or_no(const std::string& cell);

/// What the cell of a column that is a label says: yes_or_no(), and some write -1 for no.
std::optional<bool> carries(const std::string& cell);

/// Where the files of a table are looked for: --pictures, or beside the table.
std::filesystem::path folder_of_names(const std::filesystem::path& table,
                                      const DataOptions& options);

/// One row: labels as written, already split.
struct TableRow {
  std::filesystem::path table;
  std::size_t line = 0;
  std::filesystem::path file;  ///< relative to the table's folder, or absolute
  std::vector<std::string> labels;
};

struct TableRows {
  std::vector<TableRow> rows;
  bool many = false;               ///< as in Columns
  std::vector<std::string> notes;  ///< as in DataSet
  bool from_here = false;          ///< of standard input: names count from the current folder
  bool predictions = false;        ///< it is what `oneormany predict` writes
};

/// The rows that `options` wants, with their labels. Throws Error.
TableRows interpret(const Table& table, const Columns& columns, const DataOptions& options);

/// Rows to pictures: finds each file, merges rows that repeat a picture, numbers the classes.
/// Throws Error, one line with table and line, as read_data says.
DataSet data_of_rows(const TableRows& rows, const DataOptions& options);

/// Adds a skip for every picture in `folder` that `data` doesn't name, `why` being the reason.
void skip_unnamed(DataSet& data, const std::filesystem::path& folder, bool deep,
                  const std::string& why);

/// "labels.csv, line 7", to begin an Error with.
std::string at_line(const std::filesystem::path& table, std::size_t line);

/// The whole file, which has to be UTF-8 text; without byte order mark. Throws Error.
std::string read_text(const std::filesystem::path& file);

/// What a table is read for. Of one that only lists files other columns mean nothing, there may be
/// one column only, and options' column of files is taken if it is there.
enum class Wanted { kLabels, kFiles };

/// Whether it is one by its name, .csv, .tsv, .txt, .jsonl; or has a name that says nothing, and
/// names a file in its first line.
bool is_table(const std::filesystem::path& file);

/// The rows of one table, told apart by its ending. Throws Error.
TableRows table_rows(const std::filesystem::path& file, const DataOptions& options,
                     Wanted wanted = Wanted::kLabels);
TableRows csv_rows(const std::filesystem::path& file, const DataOptions& options, Wanted wanted);
TableRows jsonl_rows(const std::filesystem::path& file, const DataOptions& options, Wanted wanted);

/// Each row of a table that only lists files.
TableRows files_of(const Table& table, std::size_t file_column);

/// The options for reading such a table: those of labels and splits are for DATA.
DataOptions for_files(const DataOptions& options, const std::vector<std::string>& header);

}  // namespace oneormany::data
