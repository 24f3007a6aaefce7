#include "app/ask.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "base/error.h"
#include "base/nearest.h"
#include "base/page_name.h"
#include "base/printable.h"
#include "data/csv.h"
#include "data/label_cell.h"
#include "data/names.h"
#include "data/table.h"

namespace oneormany::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCure = "give the table that --ask wrote, with its column label filled in";

// --- writing ---

/// Links to the file itself stay: they are its name.
fs::path in_place(const fs::path& file) {
  return fs::weakly_canonical(fs::absolute(file).parent_path()) / file.filename();
}

std::string name_from(const fs::path& folder, const fs::path& file) {
  std::error_code error;
  // Of given features: a name alone.
  if (!fs::exists(base::named_page(file).file, error)) return file.string();
  const fs::path place = in_place(file), from = fs::weakly_canonical(fs::absolute(folder));
  const auto [a, _] = std::mismatch(place.begin(), place.end(), from.begin(), from.end());
  const bool nothing_in_common = std::distance(place.begin(), a) <= 1;  // but the root
  return (nothing_in_common ? place : place.lexically_relative(from)).string();
}

// --- reading ---

struct AskRow {
  std::size_t line = 0;
  std::string file, label;
  int stratum = 0;
  double stands_for = 0;
};

struct AskTable {
  std::vector<AskRow> rows;
  bool many = false;  // the column is called labels
};

template <typename Number>
std::optional<Number> number(std::string text) {
  std::replace(text.begin(), text.end(), ',', '.');  // of spreadsheets in other languages
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool all = error == std::errc() && end == text.data() + text.size();
  return all ? std::optional(value) : std::nullopt;
}

std::optional<std::size_t> column_of(const std::vector<std::string>& header, const char* name) {
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (data::lower(header[i]) == name) return i;
  }
  return std::nullopt;
}

/// With the delimiter under which the first row has these columns.
data::Csv parse(const fs::path& file) {
  const std::string text = data::read_text(file);
  for (const char delimiter : {',', ';', '\t'}) {
    data::Csv csv = data::parse_csv(text, delimiter);
    if (csv.rows.empty() || !column_of(csv.rows[0].cells, "file") ||
        !column_of(csv.rows[0].cells, "stands_for")) {
      continue;
    }
    if (csv.broken) {
      throw Error(fmt::format("{}: {}", data::at_line(file, csv.broken->line), csv.broken->why));
    }
    return csv;
  }
  throw Error(
      fmt::format("{}: has no columns file and stands_for: {}", base::printable(file), kCure));
}

AskTable read_table(const fs::path& file) {
  const data::Csv csv = parse(file);
  const std::vector<std::string>& header = csv.rows[0].cells;
  AskTable table;
  const auto one = column_of(header, "label"), several = column_of(header, "labels");
  const auto label = one ? one : several, stratum = column_of(header, "stratum");
  if (!label || !stratum) {
    throw Error(fmt::format("{}: has no column {}: {}", base::printable(file),
                            label ? "stratum" : "label", kCure));
  }
  table.many = !one;
  const std::size_t name = *column_of(header, "file"), weight = *column_of(header, "stands_for");
  for (std::size_t i = 1; i < csv.rows.size(); ++i) {
    const std::size_t line = csv.rows[i].line;
    const std::vector<std::string>& cells = csv.rows[i].cells;
    const auto number_of_stratum = number<int>(cells[*stratum]);
    const auto stands_for = number<double>(cells[weight]);
    if (!number_of_stratum || !stands_for || !(*stands_for >= 1 && *stands_for < 1e9)) {
      throw Error(fmt::format(
          "{}: stratum is '{}' and stands_for '{}', but must be as --ask wrote "
          "them: a whole number, and one from 1 up",
          data::at_line(file, line), base::excerpt(cells[*stratum]), base::excerpt(cells[weight])));
    }
    table.rows.push_back(
        {line, cells[name], data::trimmed(cells[*label]), *number_of_stratum, *stands_for});
  }
  return table;
}

/// Which row names which picture.
class PicturesByName {
 public:
  PicturesByName(const fs::path& table, const std::vector<fs::path>& pictures)
      : folder_(fs::absolute(table).parent_path()) {
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      as_given_.emplace(pictures[i].string(), i);
      by_place_.emplace(fs::weakly_canonical(pictures[i]), i);
      by_file_name_.emplace(pictures[i].filename().string(), std::pair(in_place(pictures[i]), i));
    }
  }

  /// By its place, as seen from the table; of names alone as they are; of a table that was moved by
  /// all that is named but the way up to it, if that is the end of one picture's path.
  std::optional<std::size_t> find(const std::string& name) const {
    if (const auto same = as_given_.find(name); same != as_given_.end()) return same->second;
    const auto there = by_place_.find(fs::weakly_canonical(folder_ / name));
    if (there != by_place_.end()) return there->second;
    fs::path end;
    for (const fs::path& part : fs::path(name)) {
      if (part != ".." && part != ".") end /= part;
    }
    std::optional<std::size_t> found;
    const auto [first, last] = by_file_name_.equal_range(end.filename().string());
    for (auto one = first; one != last; ++one) {
      const auto& [place, picture] = one->second;
      if (!ends_with(place, end)) continue;
      if (found) return std::nullopt;
      found = picture;
    }
    return found;
  }

 private:
  static bool ends_with(const fs::path& path, const fs::path& end) {
    const std::vector<fs::path> all(path.begin(), path.end()), last(end.begin(), end.end());
    return last.size() <= all.size() && std::equal(last.rbegin(), last.rend(), all.rbegin());
  }

  fs::path folder_;
  std::map<std::string, std::size_t> as_given_;
  std::map<fs::path, std::size_t> by_place_;
  std::multimap<std::string, std::pair<fs::path, std::size_t>> by_file_name_;
};

/// Names to the numbers of classes, capitals all the same where that is clear.
class ClassNames {
 public:
  explicit ClassNames(const std::vector<std::string>& classes) : classes_(classes) {
    for (std::size_t c = 0; c < classes.size(); ++c) {
      exact_.emplace(classes[c], static_cast<int>(c));
      const auto [at, fresh] = folded_.emplace(data::folded(classes[c]), static_cast<int>(c));
      if (!fresh) at->second = -1;
    }
  }

  std::optional<int> find(const std::string& name) const {
    const auto same = exact_.find(data::nfc(name));
    if (same != exact_.end()) return same->second;
    const auto alike = folded_.find(data::folded(name));
    return alike != folded_.end() && alike->second >= 0 ? std::optional(alike->second)
                                                        : std::nullopt;
  }

  /// "none", unless a class is called so; then "none of these".
  bool is_none(const std::string& name) const {
    const std::string lower = data::lower(name);
    return lower == "none of these" || (lower == "none" && !find(name));
  }

  /// What else could have been meant.
  std::string hint(const std::string& name) const {
    std::vector<std::string> names = classes_;
    names.emplace_back("none");
    const auto likely = base::likely(name, names);
    return likely.empty() ? ": write the name of a class, or none" : base::did_you_mean(likely);
  }

 private:
  const std::vector<std::string>& classes_;
  std::map<std::string, int> exact_, folded_;
};

/// Throws Error where nobody has answered in it.
AskTable answered_table(const fs::path& file) {
  AskTable table = read_table(file);
  if (std::all_of(table.rows.begin(), table.rows.end(),
                  [](const AskRow& row) { return row.label.empty(); })) {
    throw Error(
        fmt::format("{}: has no answer in its column {}: write the class of each picture, or none",
                    base::printable(file), table.many ? "labels" : "label"));
  }
  return table;
}

/// Whoever deletes the rows that have no answer takes away how many pictures the others stand for.
void require_all_rows(const AskTable& table, const fs::path& file) {
  std::map<int, std::pair<double, std::size_t>> sums;  // of each stratum, and its first line
  for (const AskRow& row : table.rows) {
    auto& [sum, line] = sums[row.stratum];
    if (sum == 0) line = row.line;
    sum += row.stands_for;
  }
  for (const auto& [stratum, found] : sums) {
    if (std::abs(found.first - std::round(found.first)) < 0.01) continue;
    throw Error(fmt::format(
        "{}: rows of stratum {} are missing (together they stand for {:.4g} pictures): leave rows "
        "in that you have no answer to, with an empty label",
        data::at_line(file, found.second), stratum, found.first));
  }
}

}  // namespace

void require_names(const std::vector<fs::path>& files) {
  if (files.empty()) {
    throw Error(
        "--ask and --answers need the pictures' names: give the unlabelled features as a CSV file "
        "with a column file");
  }
  for (const fs::path& file : files) {
    if (data::is_utf8(file.string())) continue;
    throw Error(fmt::format("{}: its name isn't UTF-8, so that no table can hold it: rename it",
                            base::printable(file)));
  }
}

std::string ask_csv(const std::vector<evaluate::AskedPicture>& asked, const fs::path& folder,
                    bool many) {
  std::string table =
      fmt::format("file,{},predicted,probability,stratum,stands_for\n", many ? "labels" : "label");
  for (const evaluate::AskedPicture& one : asked) {
    table +=
        fmt::format("{},,{},{:.4f},{},{:.9g}\n", data::csv_cell(name_from(folder, one.file)),
                    data::csv_cell(one.prediction), one.probability, one.stratum, one.stands_for);
  }
  return table;
}

void refuse_answered(const fs::path& file) {
  std::error_code error;
  if (!fs::exists(file, error) || fs::is_empty(file, error)) return;
  const AskTable table = read_table(file);
  const auto answers = std::count_if(table.rows.begin(), table.rows.end(),
                                     [](const AskRow& row) { return !row.label.empty(); });
  if (answers == 0) return;
  throw Error(fmt::format(
      "{}: holds {}, which --ask would lose: give it with --answers, or have the new table written "
      "elsewhere with --out",
      base::printable(file), base::counted(static_cast<std::size_t>(answers), "answer")));
}

void require_answers(const fs::path& file) { answered_table(file); }

std::vector<evaluate::Answer> read_answers(const fs::path& file,
                                           const std::vector<fs::path>& pictures,
                                           const std::vector<std::string>& classes,
                                           std::optional<char> delimiter) {
  const AskTable table = answered_table(file);
  std::vector<std::string> cells;
  for (const AskRow& row : table.rows) cells.push_back(row.label);
  const data::LabelCells labels(cells, delimiter, table.many);
  const PicturesByName by_name(file, pictures);
  const ClassNames names(classes);
  std::map<std::size_t, std::size_t> lines;
  std::vector<evaluate::Answer> answers;
  for (const AskRow& row : table.rows) {
    const auto found = by_name.find(row.file);
    if (!found) {
      throw Error(fmt::format(
          "{}: {} is not among the unlabelled pictures that can be used (those with the same "
          "pixels as one of the classes are none): give the pictures that were asked about",
          data::at_line(file, row.line), base::excerpt(row.file)));
    }
    const auto [line, fresh] = lines.emplace(*found, row.line);
    if (!fresh) {
      throw Error(fmt::format("{}: {} is there already, in line {}: leave one of them out",
                              data::at_line(file, row.line), base::excerpt(row.file),
                              line->second));
    }
    evaluate::Answer answer{
        .picture = *found, .labels = {}, .stratum = row.stratum, .stands_for = row.stands_for};
    if (!row.label.empty()) {
      answer.labels.emplace();
      const std::vector<std::string> said =
          names.is_none(row.label) ? std::vector<std::string>() : labels.labels(row.label);
      for (const std::string& one : said) {
        const auto label = names.find(one);
        if (!label) {
          throw Error(fmt::format("{}: no class is called {}{}", data::at_line(file, row.line),
                                  base::excerpt(one), names.hint(one)));
        }
        answer.labels->push_back(*label);
      }
      std::sort(answer.labels->begin(), answer.labels->end());
    }
    answers.push_back(std::move(answer));
  }
  require_all_rows(table, file);  // last: a row too many has a better explanation
  return answers;
}

}  // namespace oneormany::app
