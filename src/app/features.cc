#include "app/features.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "app/count_reason.h"
#include "arrays/npy.h"
#include "arrays/safetensors.h"
#include "base/base64.h"
#include "base/printable.h"
#include "base/write_file.h"
#include "data/csv.h"
#include "data/names.h"
#include "data/picture_names.h"
#include "features/bank.h"
#include "features/in_order.h"
#include "features/stream.h"

namespace oneormany::app {
namespace {

namespace fs = std::filesystem;

/// A draft that takes small pieces.
class Out {
 public:
  explicit Out(fs::path file) : file_(std::move(file)), draft_(file_) {}

  void append(std::string_view text) {
    waiting_ += text;
    constexpr std::size_t kEnough = 1 << 18;
    if (waiting_.size() >= kEnough) flush();
  }
  void finish(std::string_view start = {}) {
    flush();
    if (!start.empty()) draft_.replace_start(start);
    draft_.sync();
  }
  void keep() { draft_.keep(); }
  const fs::path& file() const { return file_; }

 private:
  void flush() {
    draft_.append(waiting_);
    waiting_.clear();
  }

  fs::path file_;
  base::Draft draft_;
  std::string waiting_;
};

/// One way of writing pictures one after the other.
class Writer {
 public:
  virtual ~Writer() = default;
  virtual void row(const std::string& file, std::span<const float> features) = 0;
  virtual void failure(const std::string& file, const std::string& why) = 0;
  /// Writes what is left, and all files take their places.
  virtual void keep() = 0;
  virtual std::vector<fs::path> files() const = 0;
};

/// Numbers, with names beside them. What stands in front of the numbers says how many rows there
/// are; it is as long for any number.
class Numbers : public Writer {
 public:
  using Header = std::function<std::string(std::uint64_t rows)>;

  Numbers(const fs::path& file, Header header)
      : header_(std::move(header)),
        numbers_(file),
        names_(fs::path(file) += kNamesEnding),
        failed_(fs::path(file) += kFailedEnding) {
    numbers_.append(header_(0));
    names_.append("file\n");
    failed_.append("file,error\n");
  }

  void row(const std::string& file, std::span<const float> features) override {
    numbers_.append({reinterpret_cast<const char*>(features.data()), features.size_bytes()});
    names_.append(data::csv_cell(file) + "\n");
    ++rows_;
  }
  void failure(const std::string& file, const std::string& why) override {
    failed_.append(fmt::format("{},{}\n", data::csv_cell(file), data::csv_cell(why)));
  }
  void keep() override {
    numbers_.finish(header_(rows_));
    names_.finish();
    failed_.finish();
    // The numbers last: who finds them finds their names.
    failed_.keep();
    names_.keep();
    numbers_.keep();
  }
  std::vector<fs::path> files() const override {
    return {numbers_.file(), names_.file(), failed_.file()};
  }

 private:
  Header header_;
  Out numbers_, names_, failed_;
  std::uint64_t rows_ = 0;
};

/// A line for each picture.
class Lines : public Writer {
 public:
  void keep() override {
    out_.finish();
    out_.keep();
  }
  std::vector<fs::path> files() const override { return {out_.file()}; }

 protected:
  explicit Lines(const fs::path& file) : out_(file) {}
  Out out_;
};

class CsvLines : public Lines {
 public:
  CsvLines(const fs::path& file, std::size_t columns) : Lines(file), columns_(columns) {
    std::string line = "file,error";
    for (std::size_t i = 0; i < columns; ++i) line += fmt::format(",f{}", i);
    out_.append(line + "\n");
  }
  void row(const std::string& file, std::span<const float> features) override {
    std::string line = data::csv_cell(file) + ",";
    for (const float value : features) fmt::format_to(std::back_inserter(line), ",{}", value);
    out_.append(line + "\n");
  }
  void failure(const std::string& file, const std::string& why) override {
    out_.append(fmt::format("{},{}{}\n", data::csv_cell(file), data::csv_cell(why),
                            std::string(columns_, ',')));
  }

 private:
  std::size_t columns_;
};

class JsonLines : public Lines {
 public:
  explicit JsonLines(const fs::path& file) : Lines(file) {}
  void row(const std::string& file, std::span<const float> features) override {
    std::string line = start_of(file) + "\"features\":[";
    for (std::size_t i = 0; i < features.size(); ++i) {
      fmt::format_to(std::back_inserter(line), "{}{}", i > 0 ? "," : "", features[i]);
    }
    out_.append(line + "]}\n");
  }
  void failure(const std::string& file, const std::string& why) override {
    out_.append(fmt::format("{}\"error\":{}}}\n", start_of(file), text_of(why)));
  }

 private:
  static std::string text_of(const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  static std::string start_of(const std::string& file) {
    std::string start = "{\"file\":" + text_of(file) + ",";
    if (!data::is_utf8(file)) start += "\"file_base64\":\"" + base::to_base64(file) + "\",";
    return start;
  }
};

constexpr std::array kEndings{".npy", ".safetensors", ".csv", ".jsonl"};

std::string ending_of(const fs::path& file) { return data::lower(file.extension().string()); }

std::unique_ptr<Writer> writer_for(const FeaturesOptions& options, std::size_t columns,
                                   const backbone::Backbone& backbone) {
  const std::string ending = ending_of(options.out);
  if (ending == ".csv") return std::make_unique<CsvLines>(options.out, columns);
  if (ending == ".jsonl") return std::make_unique<JsonLines>(options.out);
  if (ending == ".npy") {
    return std::make_unique<Numbers>(
        options.out, [columns](std::uint64_t rows) { return arrays::npy_header(rows, columns); });
  }
  const std::map<std::string, std::string> metadata{
      {"format", "oneormany-features-1"},
      {"setup", features::feature_setup(backbone)},
      {"stages", std::string(features::name_of(options.stages))}};
  return std::make_unique<Numbers>(options.out, [=](std::uint64_t rows) {
    return arrays::safetensors_header("features", rows, columns, metadata);
  });
}

void refuse_what_is_there(const FeaturesOptions& options) {
  if (options.force) return;
  for (const std::string_view ending : {std::string_view(), kNamesEnding, kFailedEnding}) {
    const fs::path file = fs::path(options.out) += ending;
    std::error_code error;
    if (fs::exists(file, error)) {
      throw Error(fmt::format("{}: is there already: name another file, or replace it with --force",
                              base::printable(file)));
    }
  }
}

}  // namespace

void check_features_name(const fs::path& out) {
  const std::string ending = ending_of(out);
  if (std::ranges::find(kEndings, ending) != kEndings.end()) return;
  throw UsageError(fmt::format(
      "{}: features are written as .npy, .safetensors, .csv or .jsonl{}", base::printable(out),
      ending == ".parquet" ? ": write .jsonl, of which pyarrow makes Parquet (see --help)" : ""));
}

WrittenFeatures write_features(const FeaturesOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  check_features_name(options.out);
  refuse_what_is_there(options);
  image::start_image_library();
  data::PictureNames names(options.sources, options.names);
  WrittenFeatures written;
  written.skipped = names.skipped();
  written.unread = names.unread();
  const backbone::Backbone backbone(options.features.backbone);
  written.columns = static_cast<std::size_t>(options.stages == features::Stages::kLast
                                                 ? backbone.last_layer_count()
                                                 : backbone.feature_count());
  const auto writer = writer_for(options, written.columns, backbone);
  std::string first_failure;
  features::InOrder in_order([&](const features::Streamed& made) {
    if (made.why.empty()) {
      writer->row(made.file.string(), made.features.first(written.columns));
      ++written.rows;
      written.from_cache += made.cached;
      return;
    }
    const std::string what = fmt::format("{}: {}", base::printable(made.file), made.why);
    if (options.strict) throw Error(what + " (--strict)");
    if (first_failure.empty()) first_failure = what;
    writer->failure(made.file.string(), made.why);
    ++written.failed;
    count_reason(written.reasons, made.why);
  });
  features::stream_features([&] { return names.next(); }, backbone,
                            options.features.image(backbone.size()), options.features.cache_dir,
                            std::ref(in_order),
                            {.every_page = options.every_page, .total = names.total()});
  if (written.rows == 0) {
    throw Error(written.failed == 0
                    ? "standard input: names no picture: a file name a line is needed"
                    : fmt::format("{} (and no other picture can be used)", first_failure));
  }
  writer->keep();
  written.files = writer->files();
  written.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return written;
}

}  // namespace oneormany::app
