#pragma once
// report.json; the terminal's report and the page are written from a Document (report/document.h).

#include <string>

#include "evaluate/results.h"

namespace oneormany::report {

/// report.json, format "oneormany-report-2": see docs/report.md. Never contains NaN: throws
/// Error if the results do.
std::string json_report(const evaluate::Results& results);

}  // namespace oneormany::report
