#pragma once

#include "evaluate/results.h"

namespace oneormany::report {

/// Throws Error if any number that a report would show is NaN or infinite, and says which, by its
/// path in report.json. Every face of the results asks this first.
void require_finite(const evaluate::Results& results);

}  // namespace oneormany::report
