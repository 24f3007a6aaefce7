#pragma once
// The real program on real pictures, from one folder of clip art each.

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/program.h"

namespace oneormany::cli {

class ClipartTest : public ProgramTest {
 protected:
  /// Links the first `n` small files right in a clipart category into dir/to.
  void pictures(const std::string& category, std::size_t n, const std::filesystem::path& to) const {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(
             std::filesystem::path("/usr/share/openclipart/png") / category)) {
      if (entry.is_regular_file() && !entry.is_symlink() && entry.file_size() < 200'000) {
        files.push_back(entry.path());
      }
    }
    std::sort(files.begin(), files.end());
    files.resize(std::min(n, files.size()));
    std::filesystem::create_directories(dir / to);
    for (const auto& file : files)
      std::filesystem::create_symlink(file, dir / to / file.filename());
  }
};

}  // namespace oneormany::cli
