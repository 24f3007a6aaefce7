#pragma once
// Pictures into folders of their labels.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace oneormany::filing {

enum class How {
  /// A symbolic link, relative: it shows that it is one, leads on to the picture from any program,
  /// stays right when both are moved together, and may be on another file system; deleting the
  /// folder deletes no picture. (A hard link does none of this, and a program that changes it
  /// in place changes the original.)
  kLink,
  /// The picture itself, and the sidecar NAME.xmp beside it. To another file system it is copied,
  /// with its times and permissions, brought to the disk, and only then removed here.
  kMove
};

/// Sorts pictures into folders below one. Not for several threads at once.
class Sorter {
 public:
  /// Makes the folder if it isn't there. Throws Error if that can't be, or it can't be written to.
  Sorter(std::filesystem::path folder, How how);
  ~Sorter();
  Sorter(Sorter&&) noexcept;

  /// Puts the picture into DIR/LABEL/NAME, or says what is there already. A link goes into the
  /// folder of each label, a picture that is moved into one folder for all of them (folder_name()).
  /// Nothing is ever replaced: where the name is another picture's it becomes "NAME (2).jpg", and
  /// so on; where it is this picture's, nothing is done. So a second run does nothing, and one
  /// after a kill at any moment goes on. Links of an earlier run to folders of other labels stay.
  /// Returns where the picture now is, a place for each folder.
  /// Throws Error, one line with the file's name, if it can't be done; the picture is then where it
  /// was. So are pictures that are links, or that have a sidecar NAME-WITHOUT-ENDING.xmp (it may
  /// be other files' too), where they should be moved.
  std::vector<std::filesystem::path> file(const std::filesystem::path& picture,
                                          const std::vector<std::string>& labels);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace oneormany::filing
