#pragma once
// A data set: which pictures, and which labels each of them carries.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace oneormany {

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
  std::vector<Skip> skipped;         ///< files of the data set that aren't pictures
  std::string layout;                ///< "class folders", "CSV file", "image folder with metadata"
};

struct DataOptions {
  std::optional<std::string> file_column;   ///< CSV header name; found by itself when not given
  std::optional<std::string> label_column;  ///< likewise
  std::optional<char> delimiter;  ///< between the labels of one cell; found when not given
};

/// Reads a data set. `path` is
///  - a folder of class folders (pictures in deeper folders belong to the class folder on top);
///    one picture (one real file) in two class folders carries both labels;
///  - a CSV file with a column of files (relative to the CSV file) and a column of labels;
///    an empty cell means no label;
///  - a folder with metadata.csv or metadata.jsonl, as the Hugging Face imagefolder layout has it.
/// Two names of one file (symbolic or hard links) are one picture. No picture is opened.
/// Throws Error, one line with the file's name and the line's number, for anything wrong.
DataSet read_data(const std::filesystem::path& path, const DataOptions& options = {});

/// Every picture file below a folder, links followed, each real file once, sorted: for
/// --unseen and --background. Throws Error if the folder is missing or holds no picture.
std::vector<std::filesystem::path> list_pictures(const std::filesystem::path& folder);

/// What the labels are like, and so which loss fits.
enum class Problem {
  kOneClass,   ///< every picture has exactly one label: classification (softmax, cross-entropy)
  kManyLabels  ///< some have none or several: labels (sigmoid, binary cross-entropy)
};
Problem problem_of(const DataSet& data);

}  // namespace oneormany
