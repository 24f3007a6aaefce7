#include "app/done_rows.h"

#include <fmt/core.h>

#include <algorithm>
#include <system_error>

#include "arrays/bytes.h"
#include "arrays/json.h"
#include "base/base64.h"
#include "base/error.h"
#include "base/printable.h"
#include "data/csv.h"

namespace oneormany::app {
namespace {

constexpr const char* kCure = "give what `oneormany predict` wrote as CSV or JSON lines";

/// The length of the whole rows: up to the last end of a line that isn't in quotes.
std::size_t whole_csv(std::string_view text) {
  bool quoted = false;
  std::size_t whole = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    quoted ^= text[i] == '"';
    if (!quoted && text[i] == '\n') whole = i + 1;
  }
  return whole;
}

std::size_t column(const std::vector<std::string>& header, const char* name) {
  const auto found = std::find(header.begin(), header.end(), name);
  if (found == header.end()) throw Error(fmt::format("has no column {}: {}", name, kCure));
  return static_cast<std::size_t>(found - header.begin());
}

void require_model(const std::string& here, const std::string& model) {
  if (!here.empty() && model.starts_with(here)) return;
  throw Error(fmt::format("is of another model ({}): write to another file", base::excerpt(here)));
}

/// Tells what has a row, and what of the text stays where rows with an error are taken out.
class Rows {
 public:
  Rows(std::string_view text, DoneRows& done) : text_(text), done_(done) {}

  /// from, to: the row's bytes.
  void add(std::string file, bool failed, std::size_t from, std::size_t to) {
    if (failed) {
      done_.failed.emplace(file, text_.substr(from, to - from));
      if (!done_.without_errors) done_.without_errors.emplace();
      *done_.without_errors += text_.substr(kept_, from - kept_);
      kept_ = to;
    } else {
      good_.insert(file);
    }
    done_.files.insert(std::move(file));
  }

  void end() {
    std::erase_if(done_.failed, [this](const auto& row) { return good_.contains(row.first); });
    if (done_.without_errors) *done_.without_errors += text_.substr(kept_);
  }

 private:
  std::string_view text_;
  DoneRows& done_;
  std::size_t kept_ = 0;  // what is before is in without_errors, or taken out
  std::unordered_set<std::string> good_;
};

void read_csv(std::string_view text, const std::string& model, DoneRows& done) {
  done.bytes = whole_csv(text);
  text = text.substr(0, done.bytes);
  data::Csv csv = data::parse_csv(text, ',');
  if (csv.broken) throw Error(fmt::format("line {}: {}", csv.broken->line, csv.broken->why));
  done.any = !csv.rows.empty();
  if (!done.any) return;
  const std::vector<std::string>& header = done.columns = csv.rows.front().cells;
  const std::size_t file = column(header, "file"), of_model = column(header, "model"),
                    error = column(header, "error");
  column(header, "threshold");
  data::drop_repeated_headers(csv.rows);
  Rows rows(text, done);
  for (std::size_t i = 1; i < csv.rows.size(); ++i) {
    data::CsvRow& row = csv.rows[i];
    require_model(row.cells.at(of_model), model);
    const bool failed = !row.cells.at(error).empty();
    const std::size_t end = i + 1 < csv.rows.size() ? csv.rows[i + 1].byte : text.size();
    rows.add(std::move(row.cells.at(file)), failed, row.byte, end);
  }
  rows.end();
}

void read_lines(std::string_view text, const std::string& model, DoneRows& done) {
  done.bytes = text.rfind('\n') + 1;  // 0 where there is none
  text = text.substr(0, done.bytes);
  Rows rows(text, done);
  std::size_t line = 1;
  for (std::size_t from = 0, to = 0; from < text.size(); from = to, ++line) {
    to = text.find('\n', from) + 1;
    try {
      const nlohmann::json row = arrays::parse_json(text.substr(from, to - from));
      require_model(row.at("model").get<std::string>(), model);
      rows.add(row.contains("file_base64")
                   ? base::from_base64(row.at("file_base64").get<std::string>())
                   : row.at("file").get<std::string>(),
               !row.at("error").is_null(), from, to);
    } catch (const nlohmann::json::exception&) {
      throw Error(fmt::format("line {} is no row: {}", line, kCure));
    }
    done.any = true;
  }
  rows.end();
}

}  // namespace

DoneRows read_done(const std::filesystem::path& file, const std::string& model_sha256) {
  DoneRows done;
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return done;
  try {
    const std::string text = arrays::read_bytes(file);
    (text.starts_with('{') ? read_lines : read_csv)(text, model_sha256, done);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", base::printable(file), error.what()));
  }
  return done;
}

}  // namespace oneormany::app
