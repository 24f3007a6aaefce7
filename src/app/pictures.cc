#include "app/pictures.h"

#include <fmt/format.h>

#include <functional>

#include "base/printable.h"

namespace oneormany::app {
namespace {

/// Drops the pictures with such pixels; says how many.
std::size_t drop(Pictures& pictures, const std::function<bool(const base::Sha256&)>& unwanted) {
  std::vector<Index> rows;
  for (std::size_t i = 0; i < pictures.pixels.size(); ++i) {
    if (!unwanted(pictures.pixels[i])) rows.push_back(static_cast<Index>(i));
  }
  const std::size_t dropped = pictures.pixels.size() - rows.size();
  if (dropped > 0) pictures = keep(pictures, rows);
  return dropped;
}

}  // namespace

Pictures keep(const Pictures& from, const std::vector<Index>& rows) {
  Pictures kept;
  kept.features = from.features(rows, Eigen::all);
  for (const Index row : rows) {
    if (!from.files.empty()) kept.files.push_back(from.files[static_cast<std::size_t>(row)]);
    kept.pixels.push_back(from.pixels[static_cast<std::size_t>(row)]);
  }
  return kept;
}

std::size_t drop_taken(Pictures& pictures, const std::set<base::Sha256>& taken) {
  return drop(pictures, [&](const base::Sha256& pixels) { return taken.contains(pixels); });
}

std::size_t drop_repeats(Pictures& pictures) {
  std::set<base::Sha256> seen;
  return drop(pictures, [&](const base::Sha256& pixels) { return !seen.insert(pixels).second; });
}

void note(evaluate::DataSummary& summary, std::size_t count, const std::string& noun,
          const std::string& what) {
  if (count > 0) summary.notes.push_back(fmt::format("{} {}", base::counted(count, noun), what));
}

std::string name_of_sources(const std::vector<std::filesystem::path>& sources) {
  std::string name;
  for (const auto& one : sources) name += (name.empty() ? "" : " + ") + one.string();
  return name;
}

std::string first_names(const std::vector<std::string>& names) {
  constexpr std::size_t kNamed = 5;
  std::string text = base::excerpt(names[0]);
  for (std::size_t i = 1; i < std::min(kNamed, names.size()); ++i) {
    text += ", " + base::excerpt(names[i]);
  }
  return names.size() > kNamed ? text + fmt::format(" and {} more", names.size() - kNamed) : text;
}

std::string first_of(const std::vector<data::Skip>& skipped) {
  if (skipped.empty()) return "";
  return fmt::format("; {} can't be used, the first, {}: {}", base::counted(skipped.size(), "file"),
                     base::printable(skipped[0].file), skipped[0].why);
}

}  // namespace oneormany::app
