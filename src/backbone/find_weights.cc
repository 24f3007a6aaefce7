#include "backbone/find_weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <system_error>
#include <vector>

#include "arrays/bytes.h"
#include "backbone/built_in.h"
#include "backbone/onnx_file.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/sha256.h"
#include "base/share.h"

namespace oneormany::backbone {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> places_of(const std::string& name, std::span<const fs::path> folders) {
  const bool is_default = name == kDefault;
  const fs::path own = is_default ? fs::path(kDefaultFile) : fs::path(name);
  std::vector<fs::path> places;
  if (!is_default) places.push_back(own);
  for (const fs::path& folder : folders) places.push_back(folder / own.filename());
  try {
    places.push_back(base::share_dir() / "weights" / own.filename());
  } catch (const Error&) {
    // Nothing is set up: then there is nothing.
  }
  std::vector<fs::path> different;
  for (fs::path& place : places) {
    if (std::ranges::find(different, place) == different.end()) {
      different.push_back(std::move(place));
    }
  }
  return different;
}

}  // namespace

std::string sha256_of_weights(const fs::path& file) {
  if (!is_onnx(file)) return base::to_hex(base::sha256_of_file(file));
  try {
    return sha256_of_onnx(file, read_onnx_facts(arrays::read_bytes(file)));
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", base::printable(file), error.what()));
  }
}

fs::path find_weights(const std::string& name, const std::string& sha256,
                      std::span<const fs::path> folders) {
  std::vector<std::string> looked;
  for (const fs::path& place : places_of(name, folders)) {
    std::string why = "no such file";
    std::error_code ignored;
    if (fs::is_regular_file(place, ignored)) {
      if (sha256.empty()) return place;
      try {
        const std::string found = sha256_of_weights(place);
        if (found == sha256) return place;
        why = fmt::format("another file, its SHA-256 is {:.12}…", found);
      } catch (const Error& error) {
        why = "can't be used";
      }
    }
    looked.push_back(fmt::format("{} ({})", base::printable(place), why));
  }
  throw Error(fmt::format(
      "{}: the weights{} aren't there; looked at {}: {}", base::printable(name),
      sha256.empty() ? "" : fmt::format(" with the SHA-256 {:.12}…", sha256),
      fmt::join(looked, ", "),
      name == kDefault ? "run script/setup" : "put the file there, or name it with --backbone"));
}

}  // namespace oneormany::backbone
