#pragma once
// The real program on real pictures of clip art.

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/program.h"

namespace oneormany::cli {

inline const std::filesystem::path kClipart = "/usr/share/openclipart/png";

class ClipartTest : public ProgramTest {
 protected:
  /// Links the first `n` small files of a clipart category into dir/to; returns their names in dir.
  std::vector<std::filesystem::path> pictures(const std::string& category, std::size_t n,
                                              const std::filesystem::path& to) const {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kClipart / category)) {
      if (entry.is_regular_file() && !entry.is_symlink() && entry.path().extension() == ".png" &&
          entry.file_size() < 200'000) {
        files.push_back(entry.path());
      }
    }
    std::sort(files.begin(), files.end());
    files.resize(std::min(n, files.size()));
    std::filesystem::create_directories(dir / to);
    std::vector<std::filesystem::path> links;
    for (const auto& file : files) {
      links.push_back(to / file.filename());
      std::filesystem::create_symlink(file, dir / links.back());
    }
    return links;
  }
};

}  // namespace oneormany::cli
