// The rows that an earlier `predict` left.

#include <fmt/core.h>

#include <algorithm>
#include <system_error>

#include "app/predict.h"
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

void read_csv(std::string_view text, const std::string& model, DoneRows& done) {
  done.bytes = whole_csv(text);
  const data::Csv csv = data::parse_csv(text.substr(0, done.bytes), ',');
  if (csv.broken) throw Error(fmt::format("line {}: {}", csv.broken->line, csv.broken->why));
  done.any = !csv.rows.empty();
  if (!done.any) return;
  const std::vector<std::string>& header = done.columns = csv.rows.front().cells;
  const std::size_t file = column(header, "file"), of_model = column(header, "model");
  column(header, "threshold");
  for (std::size_t i = 1; i < csv.rows.size(); ++i) {
    const std::vector<std::string>& cells = csv.rows[i].cells;
    require_model(cells.at(of_model), model);
    done.files.insert(cells.at(file));
  }
}

void read_lines(std::string_view text, const std::string& model, DoneRows& done) {
  done.bytes = text.rfind('\n') + 1;  // 0 where there is none
  text = text.substr(0, done.bytes);
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::string_view one = text.substr(0, text.find('\n'));
    text.remove_prefix(one.size() + 1);
    try {
      const nlohmann::json row = arrays::parse_json(one);
      require_model(row.at("model").get<std::string>(), model);
      done.files.insert(row.contains("file_base64")
                            ? base::from_base64(row.at("file_base64").get<std::string>())
                            : row.at("file").get<std::string>());
    } catch (const nlohmann::json::exception&) {
      throw Error(fmt::format("line {} is no row: {}", line, kCure));
    }
    done.any = true;
  }
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
