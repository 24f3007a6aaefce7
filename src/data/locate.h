#pragma once
// The files that a table names: people write them without their ending, without their folder, or
// in another Unicode normal form than the disk has.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace oneormany::data {

/// Finds files by the names that a table gives them.
class Locator {
 public:
  /// Names count from `base`.
  explicit Locator(std::filesystem::path base);

  /// The path that the name means, if there is something there: the name as it is, or with / for
  /// backslashes; else one that is the same but for the Unicode normal form, capitals, or the
  /// ending of a picture that the table leaves out; else the only such file in a folder below
  /// `base`, down to kDeepest of them. Throws Error, without table and line, if several files fit.
  std::optional<std::filesystem::path> find(const std::filesystem::path& name);

  /// The first of the files that were found by less than their names, and how many; for a note.
  struct Completed {
    std::filesystem::path name, file;
    std::size_t count = 0;
  };
  const Completed& completed() const { return completed_; }

  static constexpr int kDeepest = 3;

 private:
  /// The entries of a folder by what of their names counts, the strictest first.
  struct Entries {
    std::map<std::string, std::vector<std::filesystem::path>> by_name[4];
  };
  static void add(Entries& entries, const std::filesystem::path& entry);
  const Entries& entries_of(const std::filesystem::path& folder);
  std::optional<std::filesystem::path> look_in(const std::filesystem::path& folder,
                                               const std::string& name, bool may_lack_ending);
  std::optional<std::filesystem::path> look_below(const std::filesystem::path& name);
  void list_below();

  std::filesystem::path base_;
  std::map<std::filesystem::path, Entries> folders_;
  std::optional<Entries> below_;  ///< all files below base_, by the last part of their names
  Completed completed_;
};

}  // namespace oneormany::data
