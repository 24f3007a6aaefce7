#include "report/predictions.h"

#include <fmt/color.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <tuple>
#include <utility>

#include "base/base64.h"
#include "base/printable.h"
#include "data/csv.h"
#include "data/names.h"

namespace oneormany::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "oneormany-predictions-1";
constexpr std::size_t kShortHash = 12;

std::string number(double value) { return fmt::format("{:.6g}", value); }

/// Six digits, as in CSV.
double rounded(double value) { return std::stod(number(value)); }

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

PredictionRows::PredictionRows(std::vector<std::string> classes, std::string model, Options options)
    : classes_(std::move(classes)), model_(std::move(model)), options_(options) {
  options_.top = std::min(options_.top, classes_.size());
}

std::vector<int> PredictionRows::most_probable(const app::PredictedRow& row) const {
  std::vector<int> order(classes_.size());
  std::iota(order.begin(), order.end(), 0);
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(options_.top);
  std::partial_sort(order.begin(), end, order.end(), [&](int a, int b) {
    // Calibrated ones may be equal, such as 0 of all but one.
    const model::Prediction& said = row.prediction;
    return std::tuple(-said.probabilities(a), -said.logits(a), a) <
           std::tuple(-said.probabilities(b), -said.logits(b), b);
  });
  order.erase(end, order.end());
  return order;
}

std::string PredictionRows::header() const {
  if (options_.format != RowFormat::kCsv) return "";
  std::string line = "file,labels,probability,score,threshold,error,model";
  for (std::size_t k = 1; k <= options_.top; ++k) {
    line += fmt::format(",top{},top{}_probability", k, k);
  }
  for (const std::string& name : classes_) {
    if (options_.probabilities) line += "," + data::csv_cell("p:" + name);
  }
  return line + "\n";
}

std::string PredictionRows::labels_cell(const std::vector<int>& labels) const {
  std::vector<std::string> names;
  for (const int label : labels) names.push_back(classes_[static_cast<std::size_t>(label)]);
  const bool parted = std::any_of(names.begin(), names.end(), [](const std::string& name) {
    return name.find('|') != std::string::npos;
  });
  return parted ? dump(Json(names)) : fmt::format("{}", fmt::join(names, "|"));
}

std::string PredictionRows::csv(const app::PredictedRow& row) const {
  const model::Prediction& said = row.prediction;
  std::string line = data::csv_cell(row.file) + ",";
  const std::string model = model_.substr(0, kShortHash);
  if (!row.error.empty()) {
    line += fmt::format(",,,,{},{}", data::csv_cell(base::printable(row.error)), model);
    line.append(2 * options_.top + (options_.probabilities ? classes_.size() : 0), ',');
    return line + "\n";
  }
  const std::string labels = labels_cell(said.labels);
  line += fmt::format("{},{},{},{},,{}", labels.empty() ? "" : data::csv_cell(labels),
                      number(said.probabilities(said.best)), number(said.score),
                      number(said.threshold), model);
  for (const int c : most_probable(row)) {
    line += fmt::format(",{},{}", data::csv_cell(classes_[static_cast<std::size_t>(c)]),
                        number(said.probabilities(c)));
  }
  for (Index c = 0; options_.probabilities && c < said.probabilities.size(); ++c) {
    line += "," + number(said.probabilities(c));
  }
  return line + "\n";
}

std::string PredictionRows::json_line(const app::PredictedRow& row) const {
  const model::Prediction& said = row.prediction;
  Json json = {{"format", kFormat}, {"file", row.file}};
  if (!data::is_utf8(row.file)) json["file_base64"] = base::to_base64(row.file);
  const bool failed = !row.error.empty();
  Json labels = Json::array();
  for (const int label : said.labels) labels.push_back(classes_[static_cast<std::size_t>(label)]);
  const auto value = [&](double one) { return failed ? Json(nullptr) : Json(rounded(one)); };
  json["labels"] = std::move(labels);
  json["probability"] = failed ? Json(nullptr) : value(said.probabilities(said.best));
  json["score"] = value(said.score);
  json["threshold"] = value(said.threshold);
  json["error"] = failed ? Json(row.error) : Json(nullptr);
  json["model"] = model_;
  if (options_.top > 0) {
    json["top"] = Json::array();
    for (const int c : failed ? std::vector<int>() : most_probable(row)) {
      json["top"].push_back({{"label", classes_[static_cast<std::size_t>(c)]},
                             {"probability", value(said.probabilities(c))}});
    }
  }
  if (options_.probabilities) {
    json["probabilities"] = Json::object();
    for (Index c = 0; c < said.probabilities.size(); ++c) {
      json["probabilities"][classes_[static_cast<std::size_t>(c)]] = value(said.probabilities(c));
    }
  }
  return dump(json) + "\n";
}

std::string PredictionRows::table_line(const app::PredictedRow& row) const {
  const auto styled = [&](const std::string& text, const fmt::text_style& style) {
    return options_.look.colour ? fmt::format(style, "{}", text) : text;
  };
  const std::string file = base::printable(row.file);
  if (!row.error.empty()) {
    return fmt::format(
        "{:>6}  {}  {}  ({})\n", "",
        styled(fmt::format("{:<20}", "can't be read"), fmt::fg(fmt::terminal_color::red)), file,
        base::printable(row.error));
  }
  const model::Prediction& said = row.prediction;
  std::vector<std::string> labels;
  for (const int label : said.labels) {
    labels.push_back(base::printable(classes_[static_cast<std::size_t>(label)]));
  }
  const std::string text =
      labels.empty() ? "none of these" : fmt::format("{}", fmt::join(labels, ", "));
  const std::string padded = fmt::format("{:<20}", text);
  std::string more;
  for (const int c : most_probable(row)) {
    more += fmt::format("{}{} {:.0f} %", more.empty() ? "  (" : ", ",
                        base::printable(classes_[static_cast<std::size_t>(c)]),
                        100 * said.probabilities(c));
  }
  const std::string probability =
      labels.empty() ? "" : fmt::format("{:.0f} %", 100 * said.probabilities(said.best));
  return fmt::format("{:>6}  {}  {}{}\n", probability,
                     labels.empty() ? styled(padded, fmt::emphasis::faint) : padded, file,
                     more.empty() ? "" : more + ")");
}

std::string PredictionRows::row(const app::PredictedRow& row) {
  switch (options_.format) {
    case RowFormat::kCsv:
      return csv(row);
    case RowFormat::kJsonLines:
      return json_line(row);
    case RowFormat::kTable:
      return table_line(row);
    case RowFormat::kLabelStudio:
      break;
  }
  if (!row.error.empty()) return "";
  const model::Prediction& said = row.prediction;
  Json choices = Json::array();
  for (const int label : said.labels) choices.push_back(classes_[static_cast<std::size_t>(label)]);
  // Its own form of a file on the machine that it runs on: below the document root.
  const Json result = {{"from_name", "label"},
                       {"to_name", "image"},
                       {"type", "choices"},
                       {"value", {{"choices", std::move(choices)}}}};
  const Json task = {
      {"data", {{"image", "/data/local-files/?d=" + row.file}, {"file", row.file}}},
      {"predictions",
       Json::array({{{"model_version", model_.substr(0, kShortHash)},
                     {"score", rounded(said.probabilities(said.best))},
                     {"result", said.labels.empty() ? Json::array() : Json::array({result})}}})}};
  tasks_.push_back({std::abs(said.score - said.threshold), dump(task)});
  return "";
}

std::string PredictionRows::footer() const {
  if (options_.format != RowFormat::kLabelStudio) return "";
  std::vector<Task> tasks = tasks_;
  std::sort(tasks.begin(), tasks.end(), [](const Task& a, const Task& b) {
    return std::pair(a.distance, a.json) < std::pair(b.distance, b.json);
  });
  std::string all = "[";
  for (const Task& task : tasks) all += (all.size() == 1 ? "\n" : ",\n") + task.json;
  return all + "\n]\n";
}

std::string reasons_text(const std::map<std::string, std::size_t>& all) {
  std::string text;
  std::vector<std::pair<std::size_t, std::string>> reasons;
  for (const auto& [why, count] : all) reasons.emplace_back(count, why);
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  for (std::size_t k = 0; k < std::min<std::size_t>(5, reasons.size()); ++k) {
    text += fmt::format("{:>9}  {} {}\n", "", base::grouped(reasons[k].first),
                        base::printable(reasons[k].second));
  }
  if (reasons.size() > 5) text += fmt::format("{:>9}  …\n", "");
  return text;
}

std::string left_out_text(std::size_t skipped, const std::vector<data::Skip>& unread) {
  std::string text;
  if (skipped > 0) {
    text = fmt::format("left out: {} no picture\n",
                       base::counted(skipped, "file whose name is of", "files whose names are of"));
  }
  constexpr std::size_t kNamed = 5;
  for (std::size_t i = 0; i < std::min(kNamed, unread.size()); ++i) {
    text += fmt::format("left out: {}: {}\n", base::printable(unread[i].file),
                        base::printable(unread[i].why));
  }
  if (unread.size() > kNamed) text += fmt::format("left out: {} more\n", unread.size() - kNamed);
  return text;
}

std::string predictions_summary(const app::PredictedCounts& counts,
                                const std::vector<std::string>& classes) {
  std::string text = base::counted(counts.pictures, "picture");
  if (counts.seconds > 0 && counts.pictures > 0) {
    const double rate = static_cast<double>(counts.pictures) / counts.seconds;
    text += fmt::format(" in {:.{}f} s ({:.{}f} a second)", counts.seconds,
                        counts.seconds < 10 ? 1 : 0, rate, rate < 10 ? 1 : 0);
  }
  if (counts.done_before > 0) {
    text += fmt::format(", {} done before", base::grouped(counts.done_before));
  }
  text += "\n";
  const auto line = [&](std::size_t count, const std::string& what) {
    text += fmt::format("{:>9}  {}\n", base::grouped(count), what);
  };
  std::vector<std::size_t> order(classes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return counts.of_class[a] > counts.of_class[b];
  });
  constexpr std::size_t kShown = 20;
  if (counts.pictures > 0) {
    for (std::size_t k = 0; k < std::min(kShown, order.size()); ++k) {
      line(counts.of_class[order[k]], base::printable(classes[order[k]]));
    }
    if (order.size() > kShown) text += fmt::format("{:>9}  …\n", "");
    line(counts.none, "none of these");
  }
  if (counts.failed > 0) {
    line(counts.failed, "could not be read:");
    text += reasons_text(counts.reasons);
  }
  return text + left_out_text(counts.skipped, counts.unread);
}

}  // namespace oneormany::report
