#include "app/weights.h"

#include <algorithm>
#include <cstdlib>
#include <system_error>

#include "backbone/built_in.h"
#include "backbone/find_weights.h"
#include "base/error.h"
#include "base/share.h"
#include "features/features.h"

namespace oneormany::app {
namespace {

namespace fs = std::filesystem;
using backbone::KnownWeights;

/// Where torch.hub keeps what it fetched.
fs::path torch_folder() {
  const char* torch = std::getenv("TORCH_HOME");
  const fs::path home =
      torch && *torch ? fs::path(torch) : features::default_cache_dir().parent_path() / "torch";
  return home / "hub" / "checkpoints";
}

std::vector<fs::path> folders() {
  std::vector<fs::path> all;
  try {
    all.push_back(base::share_dir() / "weights");
  } catch (const Error&) {
    // Nothing is set up: the list says that nothing was found.
  }
  all.push_back(features::default_cache_dir() / "weights");
  all.push_back(torch_folder());
  return all;
}

WeightsFile read(const fs::path& file) {
  WeightsFile made;
  made.file = file;
  made.sha256 = backbone::sha256_of_weights(file);
  made.bytes = fs::file_size(file);
  const auto all = backbone::known_weights();
  const auto known = std::ranges::find(all, file.filename().string(), &KnownWeights::file);
  if (known != all.end()) made.known = &*known;
  return made;
}

}  // namespace

bool WeightsFile::whole() const { return known != nullptr && sha256.starts_with(known->sha256); }

bool WeightsList::damaged() const {
  const auto wrong = [](const WeightsFile& one) { return one.known && !one.whole(); };
  const bool there = std::ranges::any_of(
      found, [](const WeightsFile& one) { return one.known->file == backbone::kDefaultFile; });
  return !there || std::ranges::any_of(found, wrong) || std::ranges::any_of(given, wrong);
}

WeightsList list_weights(const std::vector<fs::path>& files) {
  WeightsList list;
  list.looked = folders();
  for (const KnownWeights& known : backbone::known_weights()) {
    for (const fs::path& folder : list.looked) {
      std::error_code ignored;
      if (!fs::is_regular_file(folder / known.file, ignored)) continue;
      list.found.push_back(read(folder / known.file));
      break;
    }
  }
  for (const fs::path& file : files) list.given.push_back(read(file));
  return list;
}

}  // namespace oneormany::app
