#include "data/folds.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/printable.h"

namespace oneormany::data {
namespace {

// Pictures that stay together.
struct CopyGroup {
  std::vector<std::size_t> pictures;
  std::map<int, int> counts;  // label -> pictures of the group that carry it
  bool assigned = false;
};

// The standard library's own distributions and shuffles differ from one library to the next.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  // Uniform over 0..n-1: values from the incomplete last round are thrown again.
  std::size_t below(std::size_t n) {
    const std::uint64_t rest = (std::mt19937_64::max() % n + 1) % n;
    std::uint64_t value = engine_();
    while (value > std::mt19937_64::max() - rest) value = engine_();
    return static_cast<std::size_t>(value % n);
  }

  template <typename T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  std::mt19937_64 engine_;
};

// In the order of first appearance. Pictures without a label carry the label `classes`.
std::vector<CopyGroup> gather(const std::vector<std::vector<int>>& labels, int classes,
                              const std::vector<int>& groups) {
  std::vector<CopyGroup> gathered;
  std::map<int, std::size_t> places;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto [known, is_new] = places.try_emplace(groups[i], gathered.size());
    if (is_new) gathered.emplace_back();
    CopyGroup& group = gathered[known->second];
    group.pictures.push_back(i);
    for (const int label : labels[i]) ++group.counts[label];
    if (labels[i].empty()) ++group.counts[classes];
  }
  return gathered;
}

// The label with the fewest groups that have no fold yet, or -1 when all have one.
int scarcest(const std::vector<CopyGroup>& groups, int labels) {
  std::vector<int> left(labels, 0);
  for (const CopyGroup& group : groups) {
    if (group.assigned) continue;
    for (const auto& [label, count] : group.counts) ++left[label];
  }
  int best = -1;
  for (int label = 0; label < labels; ++label) {
    if (left[label] > 0 && (best < 0 || left[label] < left[best])) best = label;
  }
  return best;
}

}  // namespace

std::vector<int> stratified_folds(const std::vector<std::vector<int>>& labels, int classes,
                                  const std::vector<int>& groups, int folds, std::uint64_t seed) {
  Dice dice(seed);
  std::vector<CopyGroup> gathered = gather(labels, classes, groups);
  dice.shuffle(gathered);
  // Large groups first, while there is room to make up for them.
  std::stable_sort(gathered.begin(), gathered.end(), [](const CopyGroup& a, const CopyGroup& b) {
    return a.pictures.size() > b.pictures.size();
  });

  // All folds want the same share, so "wants the most of it" is "has the least of it".
  std::vector<std::vector<int>> has(folds, std::vector<int>(classes + 1, 0));
  std::vector<std::size_t> size(folds, 0);
  std::vector<int> fold_of(labels.size(), 0);
  std::vector<int> order(folds);
  for (int fold = 0; fold < folds; ++fold) order[fold] = fold;
  for (int label; (label = scarcest(gathered, classes + 1)) >= 0;) {
    for (CopyGroup& group : gathered) {
      if (group.assigned || !group.counts.contains(label)) continue;
      dice.shuffle(order);  // breaks ties
      const int fold = *std::min_element(order.begin(), order.end(), [&](int a, int b) {
        return std::pair(has[a][label], size[a]) < std::pair(has[b][label], size[b]);
      });
      for (const auto& [carried, count] : group.counts) has[fold][carried] += count;
      size[fold] += group.pictures.size();
      for (const std::size_t picture : group.pictures) fold_of[picture] = fold;
      group.assigned = true;
    }
  }
  return fold_of;
}

std::vector<int> different_pictures(const std::vector<std::vector<int>>& labels, int classes,
                                    const std::vector<int>& groups) {
  std::vector<std::set<int>> seen(classes);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    for (const int label : labels[i]) seen[label].insert(groups[i]);
  }
  std::vector<int> counts;
  for (const std::set<int>& group : seen) counts.push_back(static_cast<int>(group.size()));
  return counts;
}

void require_enough_pictures(const std::vector<std::vector<int>>& labels,
                             const std::vector<std::string>& class_names,
                             const std::vector<int>& groups, int folds) {
  const auto counts = different_pictures(labels, static_cast<int>(class_names.size()), groups);
  const auto fewest = std::min_element(counts.begin(), counts.end());
  if (fewest == counts.end() || *fewest >= folds) return;
  const int label = static_cast<int>(fewest - counts.begin());
  const auto pictures = std::count_if(labels.begin(), labels.end(), [&](const auto& own) {
    return std::find(own.begin(), own.end(), label) != own.end();
  });
  const bool copies = pictures > *fewest;
  throw Error(fmt::format(
      "class \"{}\" has {}, fewer than --folds {}: give it more pictures, or {}",
      base::excerpt(class_names[label]),
      copies ? fmt::format("{} pictures but only {} different {} (exact copies count once)",
                           pictures, *fewest, *fewest == 1 ? "one" : "ones")
             : base::counted(static_cast<std::size_t>(*fewest), "picture"),
      folds,
      *fewest >= kFewestFolds ? fmt::format("say --folds {}", *fewest) : "leave the class out"));
}

}  // namespace oneormany::data
