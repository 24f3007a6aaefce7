#pragma once
// The three faces of a comparison.

#include <filesystem>
#include <string>

#include "evaluate/results.h"

namespace oneormany::report {

/// One screen and the verdict, for a terminal `width` columns wide: the recommendation, the arms
/// side by side, the classes or labels that do worst, sets and calibration. `all_scores`: every
/// score of every arm too.
std::string terminal_report(const evaluate::Results& comparison, int width, bool colour,
                            bool all_scores = false);

/// report.json, format "oneormany-report-2": see docs/report.md. Never contains NaN: throws
/// Error if the comparison does.
std::string json_report(const evaluate::Results& comparison);

/// report.html: one file that works offline; charts by Vega-Lite, whose scripts are read from
/// `share_dir`/vega and inlined. `max_megapixels`: pictures over that aren't shown.
std::string html_report(const evaluate::Results& comparison, const std::filesystem::path& share_dir,
                        double max_megapixels);

}  // namespace oneormany::report
