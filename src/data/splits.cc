#include "data/splits.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <string_view>

#include "base/printable.h"
#include "data/names.h"

namespace oneormany::data {
namespace {

// Longest first, so that "training" isn't read as "train" and something else.
constexpr std::array<std::pair<std::string_view, std::string_view>, 23> kSplitWords{
    {{"development", "val"},
     {"unlabelled", "unlabelled"},
     {"evaluation", "test"},
     {"validation", "val"},
     {"prediction", "unlabelled"},
     {"unlabeled", "unlabelled"},
     {"training", "train"},
     {"validate", "val"},
     {"heldout", "test"},
     {"holdout", "test"},
     {"predict", "unlabelled"},
     {"testing", "test"},
     {"train", "train"},
     {"valid", "val"},
     {"test", "test"},
     {"eval", "test"},
     {"pred", "unlabelled"},
     {"dev", "val"},
     {"val", "val"},
     {"trn", "train"},
     {"tst", "test"},
     {"trainval", "train"},
     {"fold", "fold"}}};

// Words that say nothing of what is on the pictures.
const std::set<std::string, std::less<>> kFillers = {
    "set",     "sets",     "data",     "dataset", "image", "images", "img",      "imgs",
    "picture", "pictures", "photo",    "photos",  "pics",  "split",  "splits",   "folder",
    "dir",     "seg",      "jpg",      "jpeg",    "png",   "raw",    "full",     "final",
    "cropped", "resized",  "original", "orig",    "part",  "subset", "labelled", "labeled",
    "clean",   "public",   "private",  "v",       "the"};

/// The words of a name in small letters: letters between anything else, and TrainingSet is two.
std::vector<std::string> words_of(const std::string& name) {
  std::vector<std::string> words;
  bool inside = false, small = false;
  for (const char c : name) {
    const auto u = static_cast<unsigned char>(c);
    if (!std::isalpha(u) && u < 0x80) {
      inside = false;
      continue;
    }
    if (!inside || (std::isupper(u) && small)) words.emplace_back();
    words.back() += static_cast<char>(u < 0x80 ? std::tolower(u) : c);
    inside = true;
    small = std::islower(u) != 0;
  }
  return words;
}

/// What a word says: a split, and what of the word is left.
std::optional<std::pair<std::string, std::string>> split_word(const std::string& word) {
  for (const auto& [known, split] : kSplitWords) {
    if (word == known) return std::pair(std::string(split), std::string());
    for (const bool front : {true, false}) {  // trainset, imagetrain
      if (!(front ? word.starts_with(known) : word.ends_with(known))) continue;
      std::string rest =
          front ? word.substr(known.size()) : word.substr(0, word.size() - known.size());
      if (kFillers.contains(rest)) return std::pair(std::string(split), std::move(rest));
    }
  }
  return std::nullopt;
}

/// What the name says of a split, and its other words.
struct Named {
  std::optional<std::string> split;
  std::vector<std::string> others;
};

Named read_name(const std::string& name) {
  Named named;
  const std::vector<std::string> words = words_of(name);
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::optional<std::pair<std::string, std::string>> found;
    if (i + 1 < words.size() && (words[i] == "hold" || words[i] == "held") &&
        words[i + 1] == "out") {
      found = {"test", ""};
      ++i;
    } else {
      found = split_word(words[i]);
    }
    if (!found) {
      if (!kFillers.contains(words[i])) named.others.push_back(words[i]);
    } else if (!named.split) {
      named.split = found->first;
    } else if (*named.split + found->first == "trainval") {
      // Of both, and so to train on.
    } else if (*named.split != found->first) {
      named.others.push_back(words[i]);  // train_test
    }
  }
  return named;
}

}  // namespace

std::optional<std::string> split_of(const std::string& name) {
  Named named = read_name(name);
  return named.others.empty() ? named.split : std::nullopt;
}

std::optional<std::size_t> find_split(const std::vector<std::string>& names,
                                      const std::string& wanted) {
  const auto only = [&](const auto& is_it) -> std::optional<std::size_t> {
    const auto first = std::find_if(names.begin(), names.end(), is_it);
    if (first == names.end() || std::find_if(first + 1, names.end(), is_it) != names.end())
      return {};
    return static_cast<std::size_t>(first - names.begin());
  };
  const std::string same = folded(trimmed(wanted));
  if (const auto found = only([&](const std::string& name) { return nfc(name) == nfc(wanted); })) {
    return found;
  }
  if (const auto found = only([&](const std::string& name) { return folded(name) == same; })) {
    return found;
  }
  const auto split = read_name(wanted).split;
  if (!split) return std::nullopt;
  return only([&](const std::string& name) { return read_name(name).split == split; });
}

bool are_splits(const std::vector<std::string>& names) {
  std::set<std::string> said;
  std::size_t sure = 0;
  for (const std::string& name : names) {
    if (const auto split = split_of(name)) {
      said.insert(*split);
      ++sure;
    }
  }
  if (sure > 0 && sure == names.size()) return true;
  if (said.contains("train") && said.size() > 1) return true;
  // flowers_train, flowers_test: one set of other words in all of them.
  std::set<std::vector<std::string>> others;
  std::set<std::string> splits;
  for (const std::string& name : names) {
    Named named = read_name(name);
    if (!named.split) return false;
    others.insert(std::move(named.others));
    splits.insert(*named.split);
  }
  return others.size() == 1 && splits.size() > 1;
}

std::string list_splits(const std::vector<std::string>& names) {
  constexpr std::size_t kNamed = 8;
  std::vector<std::string> parts;
  for (const std::string& name : names) {
    const auto split = read_name(name).split;
    parts.push_back(base::excerpt(name) +
                    (split && folded(name) != *split ? fmt::format(" ({})", *split) : ""));
    if (parts.size() == kNamed && names.size() > kNamed) {
      parts.push_back(fmt::format("{} more", names.size() - kNamed));
      break;
    }
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace oneormany::data
