#include "app/predict.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <system_error>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "app/done_rows.h"
#include "base/error.h"
#include "base/job.h"
#include "base/page_name.h"
#include "base/printable.h"
#include "base/standard_streams.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/row_file.h"
#include "cli/terminal.h"
#include "data/csv.h"
#include "filing/folder_name.h"
#include "filing/sidecar.h"
#include "filing/sort.h"
#include "image/image.h"
#include "report/predictions.h"

namespace oneormany::cli {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  app::LoadOptions model;
  app::PredictOptions options;
  report::PredictionRows::Options rows;
  bool format_given = false, failures_ok = false, retry_failed = false;
  std::optional<fs::path> out, skip_done;
  std::optional<fs::path> link_to, move_to;
  bool xmp = false;
  filing::SidecarName xmp_name = filing::SidecarName::kAppended;
};

/// Rows that are added to others have their columns.
void require_same_columns(const app::DoneRows& done, const std::string& header,
                          const fs::path& file) {
  std::vector<std::string> columns;
  if (!header.empty()) columns = data::parse_csv(header, ',').rows.front().cells;
  if (!done.any || done.columns == columns) return;
  throw Error(fmt::format(
      "{}: has other columns: give --format, --probabilities and --top as before, or name another "
      "file",
      base::printable(file)));
}

// What is read back as none is what was written as none.
static_assert(filing::kNone == data::kNoneOfThese);

/// What becomes of the pictures themselves. What can't be done with one is said, and the others go
/// on.
class Filing {
 public:
  Filing(const Arguments& arguments, const std::vector<std::string>& classes) : classes_(classes) {
    if (arguments.link_to) sorter_.emplace(*arguments.link_to, filing::How::kLink);
    if (arguments.move_to) sorter_.emplace(*arguments.move_to, filing::How::kMove);
    if (arguments.xmp) sidecars_.emplace(arguments.xmp_name);
  }

  void file(const app::PredictedRow& row) {
    if (!(sorter_ || sidecars_) || !row.error.empty()) return;
    if (row.is_page) {
      ++pages_;
      return;
    }
    std::vector<std::string> labels;
    for (const int label : row.prediction.labels) {
      labels.push_back(classes_[static_cast<std::size_t>(label)]);
    }
    try {
      if (sidecars_) sidecars_->write(row.file, labels);
      if (sorter_) sorter_->file(row.file, labels);
      ++filed_;
    } catch (const Error& error) {
      constexpr std::size_t kSaid = 10;
      if (failed_++ < kSaid) base::say_line(error.what());
    }
  }

  std::size_t failed() const { return failed_; }

  std::string summary() const {
    std::string text;
    if (sorter_ || sidecars_)
      text += base::counted(filed_, "picture is", "pictures are") + " filed\n";
    if (failed_ > 0) text += base::counted(failed_, "picture") + " could not be filed, see above\n";
    if (pages_ > 0) {
      text += base::counted(pages_, "page") + " not filed: a file has one place, not one a page\n";
    }
    return text;
  }

 private:
  const std::vector<std::string>& classes_;
  std::optional<filing::Sorter> sorter_;
  std::optional<filing::Sidecars> sidecars_;
  std::size_t filed_ = 0, failed_ = 0, pages_ = 0;
};

/// What becomes of the rows of --skip-done that have an error.
class Retries {
 public:
  /// wanted: their pictures are tried again. Requires done and out as long as this lives.
  Retries(app::DoneRows& done, bool wanted, RowFile& out) : done_(done), out_(out) {
    left_ = done.failed.size();
    replaces_ = wanted && out.goes_on() && done.without_errors;
    if (replaces_ && out.is_standard_output()) {
      throw UsageError(
          "--retry-failed takes rows out of --skip-done's file first: name it with --out, not as "
          "standard output");
    }
    for (const auto& [name, row] : done.failed) {
      if (!wanted) continue;
      done.files.erase(name);
      untried_.emplace(base::named_page(name).file, row);
    }
  }

  /// The file is replaced by one without these rows.
  bool replaces() const { return replaces_; }

  /// Before a row is written. Not earlier, so that sources that aren't there change nothing.
  void begin(const app::PredictedRow& row) {
    if (replaces_ && !std::exchange(replaced_, true)) {
      out_.go_on_with(std::exchange(done_.without_errors, {}).value());
    }
    if (untried_.empty()) return;
    left_ -= untried_.erase(base::named_page(row.file).file);
  }

  /// The rows of pictures that the sources don't name.
  void put_back() {
    if (!replaced_) return;
    for (const auto& [file, row] : untried_) out_.write(row);
  }
  void put_back_if_possible() noexcept {
    try {
      put_back();
    } catch (const std::exception&) {
      // They have no row then, and are tried by the next run.
    }
  }

  /// How many failed before, and weren't tried again.
  std::size_t left() const { return left_; }

 private:
  app::DoneRows& done_;
  RowFile& out_;
  std::size_t left_ = 0;
  bool replaces_ = false, replaced_ = false;
  std::unordered_multimap<std::string, std::string> untried_;  // rows, by the pictures' files
};

std::string failed_before(std::size_t pictures) {
  if (pictures == 0) return "";
  return fmt::format("{} failed before: --retry-failed tries {} again\n",
                     base::counted(pictures, "picture"), pictures == 1 ? "it" : "them");
}

int run(Arguments& arguments) {
  image::start_image_library();
  const app::LoadedModel model = app::load_model(arguments.model);
  if (!arguments.format_given && !arguments.out && isatty(STDOUT_FILENO)) {
    arguments.rows.format = report::RowFormat::kTable;
  }
  arguments.rows.look = terminal_look();
  const bool quiet = base::Job::current().quiet();
  // On a terminal the rows themselves are the progress.
  if (!arguments.out && isatty(STDOUT_FILENO)) base::Job::current().silence();
  const bool goes_on = arguments.skip_done.has_value();
  const auto format = arguments.rows.format;
  const bool can_go_on =
      format == report::RowFormat::kCsv || format == report::RowFormat::kJsonLines;
  if (goes_on && !can_go_on) {
    throw UsageError("--skip-done goes on with csv or jsonl: give one of them with --format");
  }
  RowFile out(arguments.out, arguments.skip_done);
  report::PredictionRows rows(model.model().classes, model.sha256, arguments.rows);
  app::DoneRows done;
  if (goes_on && !out.goes_on() && !fs::exists(*arguments.skip_done)) {
    throw Error(fmt::format("{}: doesn't exist: --skip-done names what an earlier run wrote",
                            base::printable(*arguments.skip_done)));
  }
  if (goes_on) done = app::read_done(*arguments.skip_done, model.sha256);
  if (out.goes_on()) require_same_columns(done, rows.header(), *arguments.skip_done);
  Retries retries(done, arguments.retry_failed, out);
  if (out.goes_on() && !retries.replaces()) out.go_on_after(done.bytes);
  arguments.options.done = std::move(done.files);
  // A picture that is moved is no longer where the next run looks: it has its row before. One that
  // has its row and is still there may not have been filed when the last run ended, or was not to
  // be.
  const bool row_first = arguments.move_to.has_value();
  arguments.options.give_done = row_first || arguments.link_to || arguments.xmp;
  Filing filing(arguments, model.model().classes);
  // Not before there is a row, or none to come: what is wrong with the sources is said first.
  const bool has_header = done.any && (out.goes_on() || !arguments.out);
  std::string header = has_header ? "" : rows.header();
  const auto take = [&](const app::PredictedRow& row) {
    if (row.is_done && done.failed.contains(row.file)) return;
    if (!row_first) filing.file(row);  // what has a row is done
    if (!row.is_done) {
      retries.begin(row);
      out.write(std::exchange(header, "") + rows.row(row));
    }
    if (row_first) filing.file(row);
  };
  app::PredictedCounts counts;
  try {
    counts = app::predict(model, arguments.options, take);
  } catch (const Interrupted&) {
    retries.put_back_if_possible();
    std::error_code ignored;  // a file without a row is taken away again
    if (arguments.out && can_go_on && !quiet && fs::file_size(*arguments.out, ignored) > 0) {
      const std::string name = base::printable(*arguments.out);
      base::say_line(fmt::format("the rows so far are in {}: --skip-done {} goes on", name, name));
    }
    throw;
  } catch (...) {
    retries.put_back_if_possible();
    throw;
  }
  out.write(header + rows.footer());
  retries.put_back();
  if (!quiet) {
    base::say(report::predictions_summary(counts, model.model().classes) +
              failed_before(retries.left()) + filing.summary());
  }
  const bool failed = counts.failed + counts.unread.size() + filing.failed() + retries.left() > 0;
  return failed && !arguments.failures_ok ? kSomeFailed : 0;
}

void add_format(CLI::App& command, Arguments& arguments) {
  static const std::map<std::string, report::RowFormat> kFormats = {
      {"table", report::RowFormat::kTable},
      {"csv", report::RowFormat::kCsv},
      {"jsonl", report::RowFormat::kJsonLines},
      {"label-studio", report::RowFormat::kLabelStudio}};
  command
      .add_option_function<std::string>(
          "--format",
          [&arguments](const std::string& name) {
            arguments.rows.format = kFormats.at(name);
            arguments.format_given = true;
          },
          "Of the rows. If not given, table on a terminal and else csv. label-studio is its import "
          "format, the least certain pictures first")
      ->check(CLI::IsMember(kFormats))
      ->option_text("table|csv|jsonl|label-studio");
  command.add_flag("--probabilities", arguments.rows.probabilities,
                   "The calibrated probability of each class too: columns p:CLASS");
  command.add_option("--top", arguments.rows.top, "The K most probable classes of each too")
      ->check(whole_number_above_0)
      ->option_text("K");
  command
      .add_option("--out", arguments.out,
                  "Write the rows to this file. One that is there is not replaced")
      ->option_text("FILE");
  command
      .add_option("--skip-done", arguments.skip_done,
                  "What an earlier run of the same model wrote: leave out what has a row there. If "
                  "it is --out's file, or standard output is, the new rows are added to it")
      ->option_text("FILE");
  command
      .add_flag("--retry-failed", arguments.retry_failed,
                "Try pictures again whose row in --skip-done's file has an error. If rows are "
                "added to that file, theirs are taken out first")
      ->needs("--skip-done");
  command.add_flag("--failures-ok", arguments.failures_ok,
                   "Exit with 0 also if some pictures could not be read: their rows say why");
}

void add_filing(CLI::App& command, Arguments& arguments) {
  CLI::Option* link =
      command
          .add_option("--link-to", arguments.link_to,
                      "Link each picture in DIR/LABEL, of several labels in each; those of none in "
                      "\"none of these\". Nothing is ever replaced")
          ->option_text("DIR");
  command
      .add_option(
          "--move-to", arguments.move_to,
          "Move each picture to DIR/LABEL, of several labels to \"a + b\", with its sidecar. The "
          "rows "
          "name the old places: move pictures that are wrong to other folders, and train on DIR")
      ->option_text("DIR")
      ->excludes(link);
  command.add_flag("--xmp", arguments.xmp,
                   "Write the labels as keywords (dc:subject) into XMP sidecars. What people wrote "
                   "stays; what a later run takes back is taken out again");
  command
      .add_option_function<std::string>(
          "--xmp-name",
          [&arguments](const std::string& name) {
            arguments.xmp_name =
                name == "a.xmp" ? filing::SidecarName::kReplaced : filing::SidecarName::kAppended;
          },
          "Of the picture a.jpg: a.jpg.xmp as darktable and digiKam have it, or a.xmp as Adobe's "
          "programs do")
      ->check(CLI::IsMember({"a.jpg.xmp", "a.xmp"}))
      ->option_text("a.jpg.xmp|a.xmp=a.jpg.xmp");
}

/// "2/8", the second of eight parts, as 1 and 8; or nothing.
std::optional<std::pair<std::size_t, std::size_t>> part_of(const std::string& text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const std::string part = text.substr(0, slash),
                    of = text.substr(std::min(slash + 1, text.size()));
  if (!whole_number_above_0(part).empty() || !whole_number_above_0(of).empty()) return {};
  const std::pair found(std::stoull(part) - 1, std::stoull(of));
  return found.first < found.second ? std::optional(found) : std::nullopt;
}

void add_shard(CLI::App& command, app::PredictOptions& options) {
  command
      .add_option_function<std::string>(
          "--shard",
          [&options](const std::string& text) {
            std::tie(options.shard, options.shards) = part_of(text).value();
          },
          "Only every N-th picture, from the K-th: one of N parts of the work")
      ->check([](const std::string& text) {
        return part_of(text) ? "" : "'" + text + "' is no part, as 2/8 is the second of eight";
      })
      ->option_text("K/N");
}

}  // namespace

void add_predict(CLI::App& app) {
  CLI::App* command = app.add_subcommand("predict", "What a model says of pictures, a row each.");
  const auto arguments = std::make_shared<Arguments>();
  app::PredictOptions& options = arguments->options;
  heading(*command, "What to predict");
  command->add_option("MODEL", arguments->model.file, "A file of `oneormany train`")
      ->required()
      ->type_name("");
  add_pictures(*command, options.sources);
  add_names_of_tables(*command, options.names);
  heading(*command, "Rows");
  add_format(*command, *arguments);
  add_shard(*command, options);
  heading(*command, "The pictures themselves");
  add_filing(*command, *arguments);
  heading(*command, "From pictures to features");
  add_loading_options(*command, arguments->model);
  add_limits(*command, options.limits);
  add_cache(*command, options.cache_dir);
  command->footer(
      "Columns: file, labels (of several parted by |; empty: none of these), probability (of the "
      "most probable class, calibrated), score and threshold (a picture gets a label where the "
      "score reaches it), error (why it could not be read: then all others are empty), model. "
      "Rows come in the order in which pictures are done. A table that was corrected trains the "
      "next model.\n"
      "\n"
      "Exit code 3: done, but some pictures could not be read, now or by the rows of "
      "--skip-done.\n"
      "\n"
      "Examples\n"
      "  oneormany predict birds.oom scans/ --out scans.csv\n"
      "  oneormany predict birds.oom scans/ --out scans.csv --skip-done scans.csv   # go on\n"
      "  oneormany predict birds.oom scans/ --out scans.csv --skip-done scans.csv --retry-failed\n"
      "  find /archive -name '*.tif' | oneormany predict birds.oom - --format jsonl > rows.jsonl\n"
      "  oneormany predict birds.oom new/ --format label-studio > tasks.json\n"
      "  oneormany predict birds.oom inbox/ --link-to sorted/ --xmp > inbox.csv\n");
  command->callback([arguments] {
    if (const int code = run(*arguments); code != 0) throw ExitCode(code);
  });
}

}  // namespace oneormany::cli
