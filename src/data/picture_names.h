#pragma once
// The names of pictures one by one, in the order in which the user gives them: for work that is
// done with each by itself, on more of them than anybody wants to hold.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/data.h"

namespace oneormany::data {

/// Each source is
///  - a folder: all below it that may be a picture, sorted, links followed;
///  - a file, or a page of one (base/page_name.h);
///  - a pattern that no file is called by (glob(7)): each file that it fits;
///  - a table (.csv, .tsv, .txt, .jsonl) with a column of files, as list_pictures() reads it; files
///    that are missing are named all the same;
///  - kStandardInput: a file name a line, or after each a zero byte. Read as they come.
/// A file that is named twice is there twice.
class PictureNames {
 public:
  /// Throws Error, one line with the source's name and the cure, if a source isn't there or holds
  /// no picture; UsageError if standard input is named twice.
  explicit PictureNames(const std::vector<std::filesystem::path>& sources,
                        const DataOptions& options = {});

  /// The next name; none: there are no more. Waits for standard input; throws Interrupted if the
  /// job is stopped meanwhile.
  std::optional<std::filesystem::path> next();

  /// next() doesn't have to wait for standard input.
  bool ready() const;

  /// How many there are in all; none: that is not known.
  std::optional<std::size_t> total() const;

  /// Of folders: how many files can't be pictures, by their names.
  std::size_t skipped() const { return skipped_; }

  /// Of folders: what can't be looked at, as a folder without the right to.
  const std::vector<Skip>& unread() const { return unread_; }

 private:
  void add(const std::filesystem::path& source, const DataOptions& options);
  std::optional<std::filesystem::path> next_of_input();
  bool fill();  // reads more of standard input; false: it has ended

  std::vector<std::filesystem::path> files_;  // before standard input, and after it
  std::optional<std::size_t> input_at_;       // standard input comes before this one of them
  std::size_t next_ = 0;
  std::size_t skipped_ = 0;
  std::vector<Skip> unread_;
  std::string read_;                // of standard input, and not yet given
  std::optional<char> terminator_;  // of its names
  bool input_ended_ = false;
};

}  // namespace oneormany::data
