#include "base/share.h"

#include <cstdlib>
#include <system_error>
#include <vector>

#include "base/error.h"

namespace oneormany::base {

std::filesystem::path share_dir() {
  std::vector<std::filesystem::path> places;
  if (const char* wish = std::getenv("ONEORMANY_SHARE"); wish && *wish) places.emplace_back(wish);
  std::error_code ignored;
  if (const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored);
      !program.empty()) {
    places.push_back(program.parent_path().parent_path() / "share" / "oneormany");
    places.push_back(program.parent_path() / "deps");
  }
  places.emplace_back(ONEORMANY_SHARE);
  for (const auto& place : places) {
    if (std::filesystem::is_directory(place, ignored)) return place;
  }
  throw Error(places.back().string() + ": no such folder; script/setup makes it");
}

}  // namespace oneormany::base
