#include "cli/report_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "app/ask.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/share.h"
#include "base/write_file.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "report/document.h"
#include "report/report.h"

namespace oneormany::cli {

void add_report_options(CLI::App& command, ReportOptions& options) {
  command
      .add_option_function<std::string>(
          "--out",
          [&options](const std::string& folder) {
            options.out = folder;
            options.out_given = true;
          },
          "Folder for report.html and report.json")
      ->option_text("DIR=" + options.out);
  command.add_flag("--force", options.force,
                   "Replace a report.json or report.html there that oneormany did not write");
  command.add_flag("--json", options.json,
                   "Print report.json on standard output; no files unless --out is given");
  command.add_flag("--verbose", options.verbose, "Print all tables (report.html has them anyway)");
}

namespace {

constexpr const char* kJson = "report.json";
constexpr const char* kHtml = "report.html";

void refuse_foreign_reports(const ReportOptions& options) {
  const std::filesystem::path out = options.out;
  if (options.asks) app::refuse_answered(out / app::kAskFile);
  if (options.force) return;
  base::refuse_foreign(out / kJson, "\"format\": \"oneormany-report-");
  base::refuse_foreign(out / kHtml, "<meta name=\"generator\" content=\"oneormany ");
}

Error no_folder(const ReportOptions& options, int reason) {
  return Error(fmt::format("{}: can't be a folder for the report (--out): {}",
                           base::printable(std::filesystem::path(options.out)),
                           base::write_error(reason)));
}

void write_reports(const evaluate::Results& results, const report::Document& document,
                   const std::string& json, const ReportOptions& options,
                   const std::optional<image::ImageOptions>& reading) {
  const std::filesystem::path out = options.out;
  const std::string html = report::page_html(document, base::share_dir(), reading);
  refuse_foreign_reports(options);  // once more: it may have been a long time
  std::error_code error;
  std::filesystem::create_directories(out, error);
  if (error) throw no_folder(options, error.value());
  std::vector<base::NewFile> files{{out / kJson, json}, {out / kHtml, html}};
  const std::string table =
      app::ask_csv(results.asked, out, results.data.problem == data::Problem::kMultiLabel);
  if (options.asks) files.push_back({out / app::kAskFile, table});
  base::write_files(files);
}

}  // namespace

void prepare_reports(const ReportOptions& options) {
  if (options.asks && !options.writes_files()) {
    throw UsageError("--ask writes a table to fill in, and --json alone no file: give --out too");
  }
  if (!options.writes_files()) return;
  base::share_dir();  // the charts are there; without it no page
  // Made when there is a report: a run that fails leaves no empty folder.
  std::error_code error;
  std::filesystem::path there = std::filesystem::absolute(options.out, error);
  while (!std::filesystem::exists(there, error) && there.has_relative_path()) {
    there = there.parent_path();
  }
  if (std::filesystem::exists(there, error) && !std::filesystem::is_directory(there, error)) {
    throw no_folder(options, ENOTDIR);
  }
  if (access(there.c_str(), W_OK | X_OK) != 0) {
    throw no_folder(options, errno);
  }
  refuse_foreign_reports(options);
}

void give_reports(const evaluate::Results& results, const ReportOptions& options,
                  const std::optional<image::ImageOptions>& reading) {
  const std::string json = report::json_report(results);
  if (!options.writes_files()) {
    fmt::print("{}", json);
    return;
  }
  const report::Document document = report::document(results);
  std::exception_ptr failed;
  try {
    write_reports(results, document, json, options, reading);
  } catch (const Error&) {
    failed = std::current_exception();  // the work is done: it is shown before it ends as an error
  }
  if (options.json) {
    fmt::print("{}", json);
  } else {
    fmt::print("{}", report::terminal_text(document, terminal_look(), options.verbose));
    if (!failed) {
      fmt::print("\nreport: {}\n", base::printable(std::filesystem::path(options.out) / kHtml));
      if (options.asks) {
        fmt::print("to fill in: {}\n",
                   base::printable(std::filesystem::path(options.out) / app::kAskFile));
      }
    }
  }
  if (failed) {
    std::fflush(stdout);
    std::rethrow_exception(failed);
  }
}

std::optional<image::ImageOptions> reading_if_there(const evaluate::Results& results) {
  std::error_code ignored;
  const auto is_there = [&](const auto& one) { return std::filesystem::exists(one.file, ignored); };
  const bool there =
      std::any_of(results.label_errors.begin(), results.label_errors.end(), is_there) ||
      std::any_of(results.false_accepts.begin(), results.false_accepts.end(), is_there) ||
      std::any_of(results.asked.begin(), results.asked.end(), is_there);
  return there ? std::optional(image::ImageOptions()) : std::nullopt;
}

}  // namespace oneormany::cli
