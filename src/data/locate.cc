#include "data/locate.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <set>

#include "base/error.h"
#include "base/page_name.h"
#include "base/printable.h"
#include "data/files.h"
#include "data/names.h"

namespace oneormany::data {

namespace fs = std::filesystem;

namespace {

/// So that a table in a home folder doesn't have the whole disk read.
constexpr std::size_t kMostBelow = 500'000;

enum Way { kName, kFolded, kStem, kFoldedStem };

std::string key_of(const std::string& name, int way) {
  return way == kName || way == kStem ? nfc(name) : folded(name);
}

bool is_there(const fs::path& file) {
  std::error_code error;
  return fs::exists(file, error);
}

/// The folders that the name begins with.
std::vector<std::string> folders_in(const fs::path& name) {
  std::vector<std::string> folders;
  for (const fs::path& part : name.parent_path().lexically_normal()) {
    if (part != ".") folders.push_back(folded(part.string()));
  }
  return folders;
}

/// Whether `path` ends in the folders that `name` begins with.
bool folders_fit(const fs::path& path, const fs::path& name) {
  const std::vector<std::string> wanted = folders_in(name), there = folders_in(path);
  return wanted.size() <= there.size() &&
         std::equal(wanted.rbegin(), wanted.rend(), there.rbegin());
}

/// The only one of them; none if there is none. Throws Error if there are several.
std::optional<fs::path> only_one(const std::vector<fs::path>& found, const fs::path& name) {
  if (found.empty()) return std::nullopt;
  if (found.size() == 1) return found.front();
  throw Error(fmt::format("{} may be {} or {}: write the file's whole name in the table",
                          base::excerpt(name.native(), 200), base::printable(found[0]),
                          base::printable(found[1])));
}

}  // namespace

Locator::Locator(fs::path base) : base_(std::move(base)) {}

void Locator::add(Entries& entries, const fs::path& entry) {
  const std::string name = entry.filename().string();
  for (const int way : {kName, kFolded}) entries.by_name[way][key_of(name, way)].push_back(entry);
  if (ending_of(entry) != Ending::kPicture) return;
  const std::string stem = entry.stem().string();
  for (const int way : {kStem, kFoldedStem}) {
    entries.by_name[way][key_of(stem, way)].push_back(entry);
  }
}

const Locator::Entries& Locator::entries_of(const fs::path& folder) {
  const auto [known, is_new] = folders_.try_emplace(folder);
  if (is_new) {
    try {
      for (const fs::path& entry : data::entries_of(folder.empty() ? "." : folder)) {
        add(known->second, folder / entry.filename());
      }
    } catch (const Error&) {
      // A folder that isn't there, or may not be read, holds nothing that could be found.
    }
  }
  return known->second;
}

std::optional<fs::path> Locator::look_in(const fs::path& folder, const std::string& name,
                                         bool may_lack_ending) {
  const Entries& entries = entries_of(folder);
  for (const int way : {kName, kFolded, kStem, kFoldedStem}) {
    if (way >= kStem && !may_lack_ending) break;
    const auto found = entries.by_name[way].find(key_of(name, way));
    if (found != entries.by_name[way].end()) return only_one(found->second, name);
  }
  return std::nullopt;
}

void Locator::list_below() {
  below_.emplace();
  struct Folder {
    fs::path path;
    int depth;
  };
  std::deque<Folder> folders{{base_.empty() ? "." : base_, 0}};
  std::set<FileId> visited;
  std::size_t seen = 0;
  for (; !folders.empty() && seen < kMostBelow; folders.pop_front()) {
    const Folder here = folders.front();
    std::vector<fs::path> entries;
    try {
      if (!visited.insert(file_id(here.path)).second) continue;
      entries = data::entries_of(here.path);
    } catch (const std::exception&) {
      continue;  // what can't be read holds nothing that could be found
    }
    for (const fs::path& entry : entries) {
      std::error_code error;
      ++seen;
      if (fs::is_directory(entry, error)) {
        folders_below_.insert(folded(entry.filename().string()));
        if (here.depth < kDeepest) folders.push_back({entry, here.depth + 1});
      } else {
        add(*below_, base_.empty() ? entry.lexically_normal() : entry);
      }
    }
  }
}

std::optional<fs::path> Locator::look_below(const fs::path& name) {
  if (!below_) list_below();
  for (const int way : {kName, kFolded, kStem, kFoldedStem}) {
    const auto found = below_->by_name[way].find(key_of(name.filename().string(), way));
    if (found == below_->by_name[way].end()) continue;
    std::vector<fs::path> fitting;
    for (const fs::path& file : found->second) {
      if (folders_fit(file, name)) fitting.push_back(file);
    }
    if (auto one = only_one(fitting, name)) return one;
  }
  return std::nullopt;
}

std::optional<fs::path> Locator::look_by_last_parts(const fs::path& name) {
  if (!below_) list_below();
  const std::vector<std::string> wanted = folders_in(name);
  for (const int way : {kName, kFolded, kStem, kFoldedStem}) {
    const auto found = below_->by_name[way].find(key_of(name.filename().string(), way));
    if (found == below_->by_name[way].end()) continue;
    std::size_t most = 0;  // folders that are the same
    std::vector<fs::path> likeliest;
    for (const fs::path& file : found->second) {
      const std::vector<std::string> there = folders_in(file.lexically_proximate(base_));
      const auto [end, rest] =
          std::mismatch(wanted.rbegin(), wanted.rend(), there.rbegin(), there.rend());
      const auto same = static_cast<std::size_t>(end - wanted.rbegin());
      if (same > most) likeliest.clear();
      most = std::max(most, same);
      if (same == most) likeliest.push_back(file);
    }
    if (most < wanted.size() && folders_below_.contains(wanted[wanted.size() - 1 - most])) {
      return std::nullopt;
    }
    const auto one = only_one(likeliest, name);
    if (!one || moved_names_.try_emplace(*one, name).first->second != name) return std::nullopt;
    return one;
  }
  return std::nullopt;
}

std::optional<fs::path> Locator::find(const fs::path& name) {
  const fs::path whole = base_ / name;
  const base::NamedPage named = base::named_page(whole);
  if (!named.said) return find_file(name);
  const std::size_t suffix = whole.native().size() - named.file.native().size();
  const auto file = find_file(name.native().substr(0, name.native().size() - suffix));
  if (file) return base::page_name(*file, named.page);
  return std::nullopt;
}

std::optional<fs::path> Locator::find_file(const fs::path& name) {
  fs::path file = base_ / name;
  if (is_there(file)) return file;
  // Tables written on Windows.
  std::string slashes = name.string();
  std::replace(slashes.begin(), slashes.end(), '\\', '/');
  const fs::path written = slashes;
  if (written.filename().empty()) return std::nullopt;
  if (is_there(base_ / written)) return base_ / written;

  std::optional<fs::path> found = base_;
  bool ending_added = false;
  for (auto part = written.begin(); found && part != written.end(); ++part) {
    const bool last = std::next(part) == written.end();
    if (part->is_absolute() || *part == "." || *part == ".." || is_there(*found / *part)) {
      *found /= *part;
    } else {
      found = look_in(*found, part->string(), last);
      ending_added = last && found && folded(found->filename().string()) != folded(part->string());
    }
  }
  if (!found && !written.is_absolute()) {
    found = look_below(written);
    ending_added = found.has_value();
  }
  std::error_code error;
  if (!found && written.has_parent_path()) {
    found = look_by_last_parts(written);
    if (found && moved_.count++ == 0) {
      moved_.name = name;
      moved_.file = *found;
    }
  }
  if (found && !fs::is_regular_file(*found, error)) return std::nullopt;
  if (ending_added && completed_.count++ == 0) {
    completed_.name = name;
    completed_.file = *found;
  }
  return found;
}

}  // namespace oneormany::data
