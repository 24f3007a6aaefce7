#include "app/predict.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <utility>

#include "base/error.h"
#include "base/job.h"
#include "base/printable.h"
#include "base/standard_streams.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "features/features.h"
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
};

/// Where rows go. Each is written whole, by one call, so that a kill leaves whole lines (or, at
/// worst, one cut off, which read_done() finds).
class RowFile {
 public:
  RowFile(const std::optional<fs::path>& file, const std::optional<fs::path>& skip_done,
          std::size_t whole_bytes) {
    name_ = file ? base::printable(*file) : "standard output";
    if (file) {
      const bool goes_on = skip_done && is_same(file->c_str(), skip_done->c_str());
      descriptor_ = open(file->c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
      if (descriptor_ < 0) fail("can't be written");
      if (!goes_on && lseek(descriptor_, 0, SEEK_END) > 0) {
        throw Error(fmt::format(
            "{}: is there already: go on with it (--skip-done {}), or name another file", name_,
            name_));
      }
      owned_ = true;
    }
    // A row that was cut off is taken away; it will come again.
    struct stat here {};
    struct stat done {};
    if (skip_done && fstat(descriptor_, &here) == 0 && stat(skip_done->c_str(), &done) == 0 &&
        here.st_dev == done.st_dev && here.st_ino == done.st_ino &&
        here.st_size > static_cast<off_t>(whole_bytes)) {
      if (ftruncate(descriptor_, static_cast<off_t>(whole_bytes)) != 0) fail("can't be written");
      lseek(descriptor_, 0, SEEK_END);
    }
  }
  ~RowFile() {
    if (owned_) close(descriptor_);
  }
  RowFile(const RowFile&) = delete;
  RowFile& operator=(const RowFile&) = delete;

  void write(std::string_view lines) const {
    while (!lines.empty()) {
      const ssize_t n = ::write(descriptor_, lines.data(), lines.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail("can't be written");
      lines.remove_prefix(static_cast<std::size_t>(n));
    }
  }

 private:
  static bool is_same(const char* a, const char* b) {
    struct stat of_a {};
    struct stat of_b {};
    return std::strcmp(a, b) == 0 || (stat(a, &of_a) == 0 && stat(b, &of_b) == 0 &&
                                      of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino);
  }
  [[noreturn]] void fail(const char* what) const {
    if (descriptor_ == STDOUT_FILENO) throw OutputFailed{errno};
    throw Error(fmt::format("{}: {}: {}", name_, what, std::strerror(errno)));
  }

  int descriptor_ = STDOUT_FILENO;
  bool owned_ = false;
  std::string name_;
};

int run(Arguments& arguments) {
  image::start_image_library();
  const app::LoadedModel model = app::load_model(arguments.model);
  if (!arguments.format_given && !arguments.out && isatty(STDOUT_FILENO)) {
    arguments.rows.format = report::RowFormat::kTable;
  }
  arguments.rows.look = terminal_look();
  const bool goes_on = arguments.skip_done.has_value();
  const auto format = arguments.rows.format;
  if (goes_on && format != report::RowFormat::kCsv && format != report::RowFormat::kJsonLines) {
    throw UsageError("--skip-done goes on with csv or jsonl: give one of them with --format");
  }
  app::DoneRows done;
  if (goes_on) done = app::read_done(*arguments.skip_done, model.sha256);
  const RowFile out(arguments.out, arguments.skip_done, done.bytes);
  arguments.options.done = std::move(done.files);
  report::PredictionRows rows(model.model().classes, model.sha256, arguments.rows);
  if (!done.any) out.write(rows.header());
  const app::PredictedCounts counts = app::predict(
      model, arguments.options, [&](const app::PredictedRow& row) { out.write(rows.row(row)); });
  out.write(rows.footer());
  if (!base::Job::current().quiet()) {
    base::say(report::predictions_summary(counts, model.model().classes));
  }
  return counts.failed > 0 && !arguments.failures_ok ? kSomeFailed : 0;
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

/// "2/8": the second of eight parts.
void add_shard(CLI::App& command, app::PredictOptions& options) {
  command
      .add_option_function<std::string>(
          "--shard",
          [&options](const std::string& text) {
            const std::size_t slash = text.find('/');
            const std::string part = text.substr(0, slash),
                              of = slash == std::string::npos ? "" : text.substr(slash + 1);
            const bool numbers =
                whole_number_above_0(part).empty() && whole_number_above_0(of).empty();
            if (!numbers || std::stoull(part) > std::stoull(of)) {
              throw UsageError("--shard: '" + text + "' is no part: 2/8 is the second of eight");
            }
            options.shard = std::stoull(part) - 1;
            options.shards = std::stoull(of);
          },
          "Only every N-th picture, from the K-th: one of N parts of the work")
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
  command
      ->add_option("PICTURES", options.sources,
                   "Folders (and all below them), pictures, patterns ('scans/*.tif'), tables with "
                   "a column of files, or - for a list on standard input, a file name a line")
      ->required()
      ->type_name("");
  command
      ->add_option("--file-column", options.names.file_column, "Table column that names the file")
      ->type_name("NAME");
  command
      ->add_option("--pictures", options.names.pictures,
                   "Where the files that a table names are, if not beside it")
      ->type_name("DIR");
  heading(*command, "Rows");
  add_format(*command, *arguments);
  add_shard(*command, options);
  heading(*command, "From pictures to features");
  command
      ->add_option("--backbone", arguments->model.backbone,
                   "Where the weights of the model's backbone are, if they aren't found")
      ->option_text("FILE");
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
      "  oneormany predict birds.oom new/ --format label-studio > tasks.json\n");
  command->callback([arguments] {
    if (const int code = run(*arguments); code != 0) throw ExitCode(code);
  });
}

}  // namespace oneormany::cli
