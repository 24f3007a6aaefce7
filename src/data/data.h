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

/// A folder or label of this name is no class: it says that there is none.
inline constexpr const char* kNoneOfThese = "none of these";

inline constexpr const char* kClassFolders = "class folders";

struct DataSet {
  std::filesystem::path root;
  std::vector<std::string> classes;  ///< sorted by name
  std::vector<Picture> pictures;     ///< sorted by file name; no two name the same file
  std::vector<Skip> skipped;         ///< what is left out, and why; sorted by file name
  std::size_t extra_names = 0;       ///< further names (links) of files that are there already
  std::string layout;                ///< kClassFolders, "CSV file", "image folder with metadata"
  bool plural_labels = false;        ///< a table, whose column is called labels, tags, …
  std::vector<std::string> notes{};  ///< how the data was understood where it could be otherwise
  bool predictions = false;          ///< a table that `oneormany predict` wrote
  /// Of read_data() of several sources: what is said to be of none of the classes (by an empty cell
  /// of predictions, or kNoneOfThese), where every other picture has exactly one.
  std::vector<std::filesystem::path> none{};
};

struct DataOptions {
  std::optional<std::string> file_column;  ///< CSV header name; found by itself when not given
  /// Likewise; or several, parted by commas: each is a label, with 0 or 1 in its cells.
  std::optional<std::string> label_column;
  /// Between the labels of one cell. When not given, cells are split only in a column called
  /// labels, classes, tags or categories, at the first of | ; , that occurs anywhere in it;
  /// in any other column (label, class, …) a cell is one label, whatever is in it. A space, as
  /// fastai writes it, has to be given: too many labels have spaces in them.
  std::optional<char> delimiter;
  /// Of data that is parted into train, val, test, …, the only part to read.
  std::optional<std::string> split{};
  /// Where the files of a table are, if not beside it.
  std::optional<std::filesystem::path> pictures{};
  /// Of class folders in folders: how many levels down the classes are. At 2 a picture a/b/c.jpg is
  /// of class b.
  int class_level = 1;
  /// Data of one class is no error: there is background to tell it from.
  bool one_class = false;
};

/// Reads a data set. `path` is
///  - a folder of class folders (pictures in deeper folders belong to the class folder on top, or
///    see DataOptions::class_level); one picture (one real file) in two class folders carries both
///    labels. A folder that holds nothing but one folder is looked through;
///  - a CSV file (RFC 4180; columns parted by comma, semicolon or tab) with a column of files
///    (file, file_name, image, path, image_id, …) and a column of labels (label, labels, class,
///    tags, category, …), or one with 0 and 1 for each label. Without such a header, when the first
///    cell is a file that exists: files first, labels second. An empty cell means no label. A cell
///    may hold a list as Python or JSON writes it. Names of files may lack their ending or folder
///    (data/locate.h);
///  - a folder with metadata.csv or metadata.jsonl, or folders (splits) with one each, as the
///    Hugging Face imagefolder layout has it; in JSON a label is a text, a whole number, a list
///    of these, or null. If it says nothing of labels, class folders beside it are the classes.
/// Splits (data/splits.h) as folders in the first three levels are an Error that lists them, unless
/// DataOptions::split picks one; a column of splits, folders of splits within each class and
/// metadata of several splits are read together, with a note.
/// Two names of one file (symbolic or hard links) are one picture. Rows that repeat a picture
/// with the same labels are one picture; with other labels they are an error. No picture is
/// opened. Left out silently: hidden files and what file managers leave behind. Left out as
/// skips: files whose ending says they aren't pictures, links to nowhere, pictures that lie
/// beside a table that doesn't name them.
/// Class names are in Unicode's normal form NFC.
/// Throws Error, one line with the file's name and the line's number, for anything wrong: among
/// them an empty class, one class only (every picture carrying the same one label; see
/// DataOptions::one_class), a row whose file doesn't exist, a folder that can't be read.
DataSet read_data(const std::filesystem::path& path, const DataOptions& options = {});

/// Pictures without labels.
struct PictureList {
  std::vector<std::filesystem::path> files;  ///< sorted by file name; no two name the same file
  std::vector<Skip> skipped;
  std::vector<std::string> notes{};  ///< as in DataSet
};

/// Standard input, among sources of pictures.
inline constexpr const char* kStandardInput = "-";

/// The source as messages name it.
std::string source_name(const std::filesystem::path& source);

/// Whether a source that is no folder is a picture, or a list of pictures, by its name.
bool names_pictures(const std::filesystem::path& source);

/// Every picture of the sources, each real file once, for --unseen, --background and --unlabelled.
/// A source is
///  - a folder: all below it, links followed;
///  - a picture;
///  - a table (.csv, .tsv, .txt, .jsonl) with a column of files, found as read_data does, beside
///    which DataOptions::pictures says where they are. Other columns mean nothing, and there may be
///    one only, with or without a header;
///  - kStandardInput: a file name a line, or after each a zero byte (find -print0).
/// No picture is opened. Throws Error, one line with the source's name and the line's number, if
/// one is missing, names no picture, or names one that is missing.
PictureList list_pictures(const std::vector<std::filesystem::path>& sources,
                          const DataOptions& options = {});

/// The same of several sources, read as one: classes of one name are one class, and of a picture
/// that several name the last one's labels count (a table of corrections). `root` is the first.
/// Throws Error for a label of a few corrected rows that is nearly a class of the sources before.
DataSet read_data(const std::vector<std::filesystem::path>& sources, const DataOptions& options);

/// Where class names look like several labels in one (parted by | ; , a space, …): a sentence that
/// names some and the option that parts them. Of folders only | and ; are told. Else empty.
std::string separator_hint(const DataSet& data);

/// For --strict: throws Error, naming the first few, if there are any skips.
void refuse_skips(const std::vector<Skip>& skipped);

/// What the labels are like, and so which loss fits.
enum class Problem {
  kOneClass,   ///< every picture has exactly one label: classification (softmax, cross-entropy)
  kMultiLabel  ///< zero, one or many labels a picture (sigmoid, binary cross-entropy)
};

/// The one rule for it: multi-label where some picture has none or several labels. labels: of each
/// picture.
Problem problem_of(const std::vector<std::vector<int>>& labels);
Problem problem_of(const DataSet& data);

}  // namespace oneormany::data
