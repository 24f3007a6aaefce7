#pragma once
// For readers of files.

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

/// Writes the bytes to a file of this process, the same one for each ending, and returns its name.
/// An ending "-OF/NAME" is a file NAME in a folder of its own, with two pictures that none
/// reads.
inline std::filesystem::path in_file(const std::uint8_t* data, std::size_t size,
                                     const std::string& ending) {
  struct Folder {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("oneormany-fuzz-" + std::to_string(getpid()));
    Folder() { std::filesystem::create_directory(path); }
    ~Folder() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
  };
  static const Folder folder;
  const auto file = std::filesystem::path(folder.path.string() + "/file" + ending);
  if (ending.find('/') != std::string::npos &&
      std::filesystem::create_directory(file.parent_path())) {
    for (const char* picture : {"a.jpg", "b.jpg"}) std::ofstream(file.parent_path() / picture);
  }
  std::filesystem::remove(file);  // to write over it would make some file systems wait for the disk
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  return file;
}
