#include "cli/report_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

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
  command.add_flag("--json", options.json,
                   "Print report.json on standard output; no files unless --out is given");
  command.add_flag("--verbose", options.verbose, "Print all tables (report.html has them anyway)");
  add_quiet(command);
}

void prepare_reports(const ReportOptions& options) {
  if (!options.writes_files()) return;
  base::share_dir();  // the charts are there; without it no page
  const std::filesystem::path folder = options.out;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error && access(folder.c_str(), W_OK) != 0) {
    error = std::error_code(errno, std::generic_category());
  }
  if (error) {
    throw Error(fmt::format("{}: can't be a folder for the report ({}): name another with --out",
                            base::printable(folder), error.message()));
  }
}

void give_reports(const evaluate::Results& results, const ReportOptions& options,
                  const image::ImageOptions& reading) {
  const std::filesystem::path out = options.out;
  const std::string json = report::json_report(results);
  if (!options.writes_files()) {
    fmt::print("{}", json);
    return;
  }
  const report::Document document = report::document(results);
  const std::string html = report::page_html(document, base::share_dir(), reading);
  base::write_file(out / "report.json", json);
  base::write_file(out / "report.html", html);
  if (options.json) {
    fmt::print("{}", json);
  } else {
    fmt::print("{}", report::terminal_text(document, terminal_look(), options.verbose));
    fmt::print("\nreport: {}\n", base::printable(out / "report.html"));
  }
}

}  // namespace oneormany::cli
