// Any bytes as a cache must give the rows that were once written, some of them or none; and may be
// written to, or are left alone.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <vector>

#include "features/cache.h"
#include "in_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using oneormany::base::Sha256;
  using oneormany::features::Cache;
  const auto file = in_file(data, size, "-cache/features.db");
  for (const char* beside : {"-wal", "-shm", "-journal"}) {
    std::filesystem::remove(file.string() + beside);
  }
  // Those of make_corpus: row i has the number i + 1 everywhere.
  constexpr std::size_t kRows = 4;
  std::vector<Sha256> contents(kRows);
  for (std::size_t i = 0; i < kRows; ++i) contents[i].fill(static_cast<std::uint8_t>(i + 1));
  Cache cache(file.parent_path(), "setup");
  for (std::size_t i = 0; i < kRows; ++i) {
    const auto number = static_cast<float>(i + 1);
    std::array<float, 3> row{};
    const auto pixels = cache.find(contents[i], row);
    if (pixels && (pixels->hash != contents[i] || row != std::array{number, number, number})) {
      std::abort();
    }
  }
  cache.add(contents[0], {contents[0]}, std::array{1.0f, 1.0f, 1.0f});
  return 0;
}
