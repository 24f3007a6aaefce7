#pragma once
// Exact duplicates: pictures whose decoded pixels are the same.

#include <vector>

#include "base/sha256.h"

namespace oneormany::data {

/// Groups of exact duplicates: rows with the same hash get the same number. Numbers are 0, 1, …
/// in the order in which groups first appear, so there are max + 1 of them.
std::vector<int> groups_of(const std::vector<base::Sha256>& pixels);

}  // namespace oneormany::data
