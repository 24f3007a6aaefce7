#pragma once
// report.json; the terminal's report and the page are written from a Document (report/document.h).

#include <string>

#include "evaluate/results.h"

namespace oneormany::report {

/// report.json, format "oneormany-report-2": see docs/report.md. Never contains NaN: throws
/// Error if the results do.
std::string json_report(const evaluate::Results& results);

/// Throws Error if any number that a report would show is NaN or infinite, and says which by its
/// path in report.json. Whatever else writes results asks this first.
void require_finite(const evaluate::Results& results);

}  // namespace oneormany::report
