#pragma once
// The files that a table names: people write them without their ending, without their folder, or
// in another Unicode normal form than the disk has.

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace oneormany::data {

/// Finds files by the names that a table gives them.
class Locator {
 public:
  /// Names count from `base`.
  explicit Locator(std::filesystem::path base);

  /// The path that the name means (with its page, if it names one that way: base/page_name.h), if
  /// there is something there: the name as it is, or with / for backslashes; else one that is the
  /// same but for the Unicode normal form, capitals, or the ending of a picture that the table
  /// leaves out; else the only such file in a folder below `base`, down to kDeepest of them. Names
  /// with folders that aren't there (C:\Users\me\pics\a.jpg of another computer,
  /// ../input/train/a.jpg) mean the file below `base` that shares the most last parts with them, if
  /// it is one only, no other name means it, and the folder that they name next is nowhere below
  /// `base` (else the file belongs there, and is missing). Throws Error, without table and line, if
  /// several files fit.
  std::optional<std::filesystem::path> find(const std::filesystem::path& name);

  /// The first of the files that were found by another name, and how many; for a note.
  struct Found {
    std::filesystem::path name, file;
    std::size_t count = 0;
  };
  /// By less than their names.
  const Found& completed() const { return completed_; }
  /// By the last parts of their names.
  const Found& moved() const { return moved_; }

  static constexpr int kDeepest = 3;

 private:
  /// The entries of a folder by what of their names counts, the strictest first.
  struct Entries {
    std::map<std::string, std::vector<std::filesystem::path>> by_name[4];
  };
  static void add(Entries& entries, const std::filesystem::path& entry);
  const Entries& entries_of(const std::filesystem::path& folder);
  std::optional<std::filesystem::path> find_file(const std::filesystem::path& name);
  std::optional<std::filesystem::path> look_in(const std::filesystem::path& folder,
                                               const std::string& name, bool may_lack_ending);
  std::optional<std::filesystem::path> look_below(const std::filesystem::path& name);
  std::optional<std::filesystem::path> look_by_last_parts(const std::filesystem::path& name);
  void list_below();

  std::filesystem::path base_;
  std::map<std::filesystem::path, Entries> folders_;
  std::optional<Entries> below_;         ///< all files below base_, by the last part of their names
  std::set<std::string> folders_below_;  ///< their folders' names, folded
  std::map<std::filesystem::path, std::filesystem::path> moved_names_;  ///< of each file
  Found completed_, moved_;
};

}  // namespace oneormany::data
