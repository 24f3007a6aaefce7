#include "app/predict.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/job.h"
#include "base/printable.h"
#include "base/standard_streams.h"
#include "cli/commands.h"
#include "cli/options.h"
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
  bool format_given = false, failures_ok = false;
  std::optional<fs::path> out, skip_done;
  std::optional<fs::path> link_to, move_to;
  bool xmp = false;
  filing::SidecarName xmp_name = filing::SidecarName::kAppended;
};

/// Where rows go. Each is written whole, by one call, so that a kill leaves whole lines (or, at
/// worst, one cut off, which read_done() finds).
class RowFile {
 public:
  /// Throws Error if the file has rows, and not those that `skip_done` says to go on with.
  RowFile(const std::optional<fs::path>& file, const std::optional<fs::path>& skip_done) {
    name_ = file ? base::printable(*file) : "standard output";
    if (file) {
      descriptor_ = open(file->c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
      if (descriptor_ < 0) fail("can't be written", "");
      owned_ = true;
    }
    goes_on_ = skip_done && is_same(skip_done->c_str());
    // Two runs that go on with the same rows would both add the next. The lock ends with the
    // process; file systems that know none do without.
    if ((owned_ || goes_on_) && flock(descriptor_, LOCK_EX | LOCK_NB) != 0 &&
        errno == EWOULDBLOCK) {
      throw Error(fmt::format(
          "{}: another run is writing to it: wait until it ends, or name another file", name_));
    }
    if (owned_ && !goes_on_ && lseek(descriptor_, 0, SEEK_END) > 0) {
      throw Error(
          fmt::format("{}: is there already: go on with it (--skip-done {}), or name another file",
                      name_, name_));
    }
  }
  ~RowFile() {
    if (owned_) close(descriptor_);
  }
  RowFile(const RowFile&) = delete;
  RowFile& operator=(const RowFile&) = delete;

  /// It is the file of --skip-done.
  bool goes_on() const { return goes_on_; }

  /// Takes away a row that was cut off; it will come again.
  void go_on_after(std::size_t whole_bytes) const {
    struct stat here {};
    const auto whole = static_cast<off_t>(whole_bytes);
    if (fstat(descriptor_, &here) == 0 && here.st_size > whole &&
        ftruncate(descriptor_, whole) != 0) {
      fail("can't be written", "");
    }
    lseek(descriptor_, 0, SEEK_END);
  }

  /// A row that can't be written whole is taken away again.
  void write(std::string_view lines) const {
    const off_t before = owned_ ? lseek(descriptor_, 0, SEEK_END) : 0;
    while (!lines.empty()) {
      const ssize_t n = ::write(descriptor_, lines.data(), lines.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {
        const int reason = errno;
        const bool is_whole = owned_ && before >= 0 && ftruncate(descriptor_, before) == 0;
        errno = reason;
        fail("can't be written",
             fmt::format("; {}go on with --skip-done {}",
                         is_whole ? "the rows so far are whole: make room and " : "", name_));
      }
      lines.remove_prefix(static_cast<std::size_t>(n));
    }
  }

 private:
  bool is_same(const char* file) const {
    struct stat here {};
    struct stat there {};
    return fstat(descriptor_, &here) == 0 && stat(file, &there) == 0 &&
           here.st_dev == there.st_dev && here.st_ino == there.st_ino;
  }
  [[noreturn]] void fail(const char* what, const std::string& cure) const {
    if (descriptor_ == STDOUT_FILENO) throw OutputFailed{errno};
    throw Error(fmt::format("{}: {}: {}{}", name_, what, std::strerror(errno), cure));
  }

  int descriptor_ = STDOUT_FILENO;
  bool owned_ = false, goes_on_ = false;
  std::string name_;
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
    if (sorter_ || sidecars_) text += base::counted(filed_, "picture") + " filed\n";
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
  if (goes_on && format != report::RowFormat::kCsv && format != report::RowFormat::kJsonLines) {
    throw UsageError("--skip-done goes on with csv or jsonl: give one of them with --format");
  }
  const RowFile out(arguments.out, arguments.skip_done);
  report::PredictionRows rows(model.model().classes, model.sha256, arguments.rows);
  app::DoneRows done;
  if (goes_on && !out.goes_on() && !fs::exists(*arguments.skip_done)) {
    throw Error(fmt::format("{}: doesn't exist: --skip-done names what an earlier run wrote",
                            base::printable(*arguments.skip_done)));
  }
  if (goes_on) done = app::read_done(*arguments.skip_done, model.sha256);
  if (out.goes_on()) {
    require_same_columns(done, rows.header(), *arguments.skip_done);
    out.go_on_after(done.bytes);
  }
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
  const app::PredictedCounts counts =
      app::predict(model, arguments.options, [&](const app::PredictedRow& row) {
        if (!row_first) filing.file(row);  // what has a row is done
        if (!row.is_done) out.write(std::exchange(header, "") + rows.row(row));
        if (row_first) filing.file(row);
      });
  out.write(header + rows.footer());
  if (!quiet) {
    base::say(report::predictions_summary(counts, model.model().classes) + filing.summary());
  }
  return counts.failed + filing.failed() > 0 && !arguments.failures_ok ? kSomeFailed : 0;
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
          "Move each picture to DIR/LABEL, of several labels to \"a + b\", with its sidecar")
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
      "Exit code 3: done, but some pictures could not be read.\n"
      "\n"
      "Examples\n"
      "  oneormany predict birds.oom scans/ --out scans.csv\n"
      "  oneormany predict birds.oom scans/ --out scans.csv --skip-done scans.csv   # go on\n"
      "  find /archive -name '*.tif' | oneormany predict birds.oom - --format jsonl > rows.jsonl\n"
      "  oneormany predict birds.oom new/ --format label-studio > tasks.json\n"
      "  oneormany predict birds.oom inbox/ --link-to sorted/ --xmp > inbox.csv\n");
  command->callback([arguments] {
    if (const int code = run(*arguments); code != 0) throw ExitCode(code);
  });
}

}  // namespace oneormany::cli
