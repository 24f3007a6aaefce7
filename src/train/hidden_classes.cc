#include "train/hidden_classes.h"

#include <algorithm>

#include "head/random.h"

namespace oneormany::train {
namespace {

std::vector<int> classes_with_pictures(const LearningData& data) {
  std::vector<bool> carried(static_cast<std::size_t>(data.classes));
  for (const auto& labels : data.labels) {
    for (const int label : labels) carried[static_cast<std::size_t>(label)] = true;
  }
  std::vector<int> classes;
  for (int c = 0; c < data.classes; ++c) {
    if (carried[static_cast<std::size_t>(c)]) classes.push_back(c);
  }
  return classes;
}

}  // namespace

std::vector<std::vector<int>> hide_in_turn(const LearningData& data, int folds,
                                           std::uint64_t seed) {
  std::vector<int> classes = classes_with_pictures(data);
  std::vector<std::vector<int>> hidden(static_cast<std::size_t>(folds));
  if (classes.size() < 2) return hidden;
  head::Random(seed).shuffle(classes);
  for (std::size_t i = 0; i < classes.size(); ++i) hidden[i % hidden.size()].push_back(classes[i]);
  for (auto& some : hidden) std::sort(some.begin(), some.end());
  return hidden;
}

int folds_that_hide(const LearningData& data, int folds, bool learns_background) {
  const int classes = static_cast<int>(classes_with_pictures(data).size());
  const int most_at_once = (classes + folds - 1) / folds;
  const bool enough = classes >= 2 && classes - most_at_once >= (learns_background ? 1 : 2);
  return enough ? std::min(classes, folds) : 0;
}

std::vector<HiddenClasses> hidden_classes(const LearningData& data,
                                          const std::vector<Split>& splits,
                                          const std::vector<std::uint64_t>& seeds, int folds) {
  std::vector<HiddenClasses> heads;
  Index own = 0, hidden = 0;
  for (std::size_t seed = 0; seed < splits.size(); ++seed) {
    const Split& split = splits[seed];
    const auto hidden_in = hide_in_turn(data, folds, seeds[seed]);
    for (int fold = 0; fold < folds; ++fold) {
      const std::vector<int>& hides = hidden_in[static_cast<std::size_t>(fold)];
      if (hides.empty()) continue;
      const auto is_hidden = [&](int label) {
        return std::binary_search(hides.begin(), hides.end(), label);
      };
      HiddenClasses hide{seed, fold, {}, {}, {}, {}, own, hidden};
      for (int c = 0; c < data.classes; ++c) {
        if (!is_hidden(c)) hide.known.push_back(c);
      }
      for (std::size_t i = 0; i < data.labels.size(); ++i) {
        const auto& labels = data.labels[i];
        const auto of_hidden = std::count_if(labels.begin(), labels.end(), is_hidden);
        const auto picture = static_cast<Index>(i);
        if (of_hidden == 0) {
          (split.picture_fold[i] == fold ? hide.own : hide.train).push_back(picture);
        } else if (of_hidden == static_cast<std::ptrdiff_t>(labels.size())) {
          hide.hidden.push_back(picture);
        }  // else it carries labels of both sides, and can't be used as either
      }
      own += static_cast<Index>(hide.own.size());
      hidden += static_cast<Index>(hide.hidden.size());
      heads.push_back(std::move(hide));
    }
  }
  return heads;
}

}  // namespace oneormany::train
