#pragma once
// Where the rows of `predict` go.

#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace oneormany::cli {

/// A file, or standard output. Each row is written whole, by one call, so that a kill leaves whole
/// rows (or, at worst, one cut off, which app::read_done() finds).
class RowFile {
 public:
  /// Throws Error if another run is writing to the file, or if it has rows and not those that
  /// `skip_done` says to go on with.
  RowFile(const std::optional<std::filesystem::path>& file,
          const std::optional<std::filesystem::path>& skip_done);

  /// A file that it made, and that got no row because something was thrown, is taken away again.
  ~RowFile();
  RowFile(const RowFile&) = delete;
  RowFile& operator=(const RowFile&) = delete;

  bool is_standard_output() const { return descriptor_ == STDOUT_FILENO; }

  /// It is the file of --skip-done.
  bool goes_on() const { return goes_on_; }

  /// Takes away a row that was cut off; it will come again.
  void go_on_after(std::size_t whole_bytes) const;

  /// A new file of these rows takes the place of the old one, on the disk, at once, and goes on.
  /// Requires a file.
  void go_on_with(std::string_view rows);

  /// A row that can't be written whole is taken away again.
  void write(std::string_view lines) const;

 private:
  void open_file(const std::filesystem::path& file);
  void lock() const;
  bool is_named(const std::filesystem::path& name) const;
  [[noreturn]] void fail(int reason, const std::string& more = "") const;

  std::filesystem::path file_;
  std::string name_;  // to speak of it
  int descriptor_;
  bool made_ = false, goes_on_ = false;
};

}  // namespace oneormany::cli
