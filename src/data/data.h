#pragma once
// A data set: which pictures, and which labels each of them carries.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace oneormany::data {

/// A file that is left out, and why (one line without the file's name).
struct Skip {
  std::filesystem::path file;
  std::string why;
};

struct Picture {
  std::filesystem::path file;  ///< as the user names it; links are followed when it is opened
  std::vector<int> labels;     ///< indices into DataSet::classes, ascending; empty: no label
};

struct DataSet {
  std::filesystem::path root;
  std::vector<std::string> classes;  ///< sorted by name
  std::vector<Picture> pictures;     ///< sorted by file name; no two name the same file
  std::vector<Skip> skipped;         ///< what is left out, and why; sorted by file name
  std::size_t extra_names = 0;       ///< further names (links) of files that are there already
  std::string layout;                ///< "class folders", "CSV file", "image folder with metadata"
};

struct DataOptions {
  std::optional<std::string> file_column;   ///< CSV header name; found by itself when not given
  std::optional<std::string> label_column;  ///< likewise
  /// Between the labels of one cell. When not given, cells are split only in a column called
  /// labels, classes, tags or categories, at the first of | ; , that occurs anywhere in it;
  /// in any other column (label, class, …) a cell is one label, whatever is in it. A space, as
  /// fastai writes it, has to be given: too many labels have spaces in them.
  std::optional<char> delimiter;
};

/// Reads a data set. `path` is
///  - a folder of class folders (pictures in deeper folders belong to the class folder on top);
///    one picture (one real file) in two class folders carries both labels;
///  - a CSV file (RFC 4180; columns parted by comma, semicolon or tab) with a column of files
///    (file, file_name, filename, image, path or picture; relative to the CSV file) and a column
///    of labels (label, labels, class, classes, tags, category or categories). Without such a
///    header, when the first cell is a file that exists: files first, labels second. An empty
///    cell means no label;
///  - a folder with metadata.csv or metadata.jsonl, or folders (splits) with one each, as the
///    Hugging Face imagefolder layout has it; in JSON a label is a text, a whole number, a list
///    of these, or null.
/// Two names of one file (symbolic or hard links) are one picture. Rows that repeat a picture
/// with the same labels are one picture; with other labels they are an error. No picture is
/// opened. Left out silently: hidden files and what file managers leave behind. Left out as
/// skips: files whose ending says they aren't pictures, links to nowhere, pictures that lie
/// beside a table that doesn't name them.
/// Throws Error, one line with the file's name and the line's number, for anything wrong: among
/// them an empty class, one class only (every picture carrying the same one label), a row whose
/// file doesn't exist.
DataSet read_data(const std::filesystem::path& path, const DataOptions& options = {});

/// Pictures without labels.
struct PictureList {
  std::vector<std::filesystem::path> files;  ///< sorted by file name; no two name the same file
  std::vector<Skip> skipped;
};

/// Every picture file below the folders, links followed, each real file once: for --unseen and
/// --background. No picture is opened. Throws Error if a folder is missing or holds no picture.
PictureList list_pictures(const std::vector<std::filesystem::path>& folders);

/// For --strict: throws Error, naming the first few, if there are any skips.
void refuse_skips(const std::vector<Skip>& skipped);

/// What the labels are like, and so which loss fits.
enum class Problem {
  kOneClass,   ///< every picture has exactly one label: classification (softmax, cross-entropy)
  kMultiLabel  ///< zero, one or many labels a picture (sigmoid, binary cross-entropy)
};

/// The one rule for it: multi-label where some picture has none or several labels, or there is but
/// one class, of which softmax says 1, always. labels: of each picture.
Problem problem_of(const std::vector<std::vector<int>>& labels, std::size_t classes);
Problem problem_of(const DataSet& data);

}  // namespace oneormany::data
