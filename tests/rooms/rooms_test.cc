// Each room uses only the rooms above it (docs/design.md).

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace oneormany {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kRooms{"base",     "loss", "image", "arrays",  "data",   "backbone",
                                      "features", "head", "judge", "compare", "report", "cli"};

std::size_t floor_of(const std::string& room) {
  return static_cast<std::size_t>(std::find(kRooms.begin(), kRooms.end(), room) - kRooms.begin());
}

/// Rooms that `file` includes headers of.
std::vector<std::string> used_by(const fs::path& file) {
  std::vector<std::string> rooms;
  std::ifstream in(file);
  const std::string include = "#include \"";
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(include)) continue;
    rooms.push_back(line.substr(include.size(), line.find('/') - include.size()));
  }
  return rooms;
}

TEST(Rooms, UseOnlyThoseAboveThem) {
  const fs::path source = fs::path(TEST_DATA) / "../../src";
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(source)) {
    if (!entry.is_regular_file()) continue;
    const std::string room = entry.path().parent_path().filename();
    ASSERT_LT(floor_of(room), kRooms.size()) << entry.path() << " is in no known room";
    for (const auto& used : used_by(entry.path())) {
      ASSERT_LT(floor_of(used), kRooms.size()) << entry.path() << " includes " << used;
      EXPECT_LE(floor_of(used), floor_of(room)) << entry.path() << " includes " << used;
    }
    ++files;
  }
  EXPECT_GT(files, 40);
}

TEST(Rooms, TheCoreKnowsNoFileAndNoTerminal) {
  const std::vector<std::string> core{"base", "loss", "head", "judge"};
  for (const auto& room : {"loss", "head", "judge"}) {
    for (const auto& entry : fs::directory_iterator(fs::path(TEST_DATA) / "../../src" / room)) {
      for (const auto& used : used_by(entry.path())) {
        EXPECT_NE(std::find(core.begin(), core.end(), used), core.end())
            << entry.path() << " includes " << used;
      }
    }
  }
}

}  // namespace
}  // namespace oneormany
