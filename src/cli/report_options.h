#pragma once
// Where reports go: the same for every command that makes some.

#include <CLI/App.hpp>
#include <memory>
#include <string>

#include "evaluate/results.h"

namespace oneormany::cli {

struct ReportOptions {
  std::string out = "oneormany-report";
  bool out_given = false, json = false;
  bool force = false;    ///< replace files that somebody else wrote
  bool asks = false;     ///< the folder also gets the table of app/ask.h
  bool verbose = false;  ///< the terminal shows all but the charts and pictures

  /// With --json alone nothing is written to files.
  bool writes_files() const { return !json || out_given; }
};

/// Adds --out, --force, --json and --verbose.
void add_report_options(CLI::App& command, ReportOptions& options);

/// Before the long work: whether the folder can be made, so that a wrong --out is known at once. A
/// run that fails leaves no empty folder. Throws Error if it can't be, or holds a report.json or
/// report.html that somebody else wrote (unless forced), or a table of questions that was answered.
/// Throws UsageError where a table is to be written, and no files.
void prepare_reports(const ReportOptions& options);

/// Writes the files (both or none) and prints the terminal's report or report.json; prints it too
/// if the files can't be written, and then throws the Error. `reading`: of the pictures that are
/// shown; none: no picture is, but its name.
void give_reports(const evaluate::Results& results, const ReportOptions& options,
                  const std::optional<image::ImageOptions>& reading);

/// Of results about files that may be names alone: how to read them, if the report can show one of
/// those that it lists.
std::optional<image::ImageOptions> reading_if_there(const evaluate::Results& results);

}  // namespace oneormany::cli
