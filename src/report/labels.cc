#include "report/labels.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/printable.h"

namespace oneormany::report {
namespace {

/// "a, b, c, d, e, 4 more".
std::string first_few(std::vector<std::string> names) {
  constexpr std::size_t kNamed = 5;
  if (names.size() <= kNamed) return fmt::format("{}", fmt::join(names, ", "));
  const std::size_t more = names.size() - kNamed;
  names.resize(kNamed);
  return fmt::format("{}, {} more", fmt::join(names, ", "), more);
}

}  // namespace

std::vector<LabelColumn> label_columns(const evaluate::LabelResults& labels) {
  std::vector<LabelColumn> columns{
      {"avg. precision", "how well the label's own pictures are ranked above the others",
       Unit::kNumber,
       [](const evaluate::LabelResult& label) {
         const evaluate::Measured& m = label.average_precision;
         return Reading{m.value, std::pair(m.low, m.high)};
       }},
      {"F1 at 0.5", "precision and recall in one number, the label given from 0.5", Unit::kNumber,
       [](const evaluate::LabelResult& label) { return Reading{label.f1}; }},
  };
  if (labels.tuned) {
    columns.push_back(
        {"F1 tuned", "each picture at the threshold that the other folds chose", Unit::kNumber,
         [](const evaluate::LabelResult& label) { return Reading{label.tuned->f1}; }});
    columns.push_back(
        {"threshold",
         fmt::format("the one to use, chosen on all folds for {}; small: its 95 % "
                     "interval, over redrawn pictures",
                     labels.tuned->aim.kind == metrics::Aim::Kind::kF1 ? "the best F1"
                                                                       : labels.tuned->aim.text()),
         Unit::kThreshold, [](const evaluate::LabelResult& label) {
           const evaluate::Measured& m = label.tuned->threshold;
           return Reading{m.value, std::pair(m.low, m.high)};
         }});
    columns.push_back(
        {"kept",
         "share of the label's pictures that get it at that threshold (recall); small: "
         "the 95 % interval for pictures to come",
         Unit::kShare,
         [](const evaluate::LabelResult& label) {
           const evaluate::Measured& m = label.tuned->kept;
           return Reading{m.value, std::pair(m.low, m.high)};
         },
         true});
    columns.push_back({"precision",
                       "share of the pictures that get the label at that threshold which carry it; "
                       "small: the same",
                       Unit::kShare,
                       [](const evaluate::LabelResult& label) {
                         const evaluate::Measured& m = label.tuned->precision;
                         return Reading{m.value, std::pair(m.low, m.high)};
                       },
                       true});
  }
  columns.push_back({"ECE",
                     "how far the label's probabilities are from how often it is carried; small "
                     "where nearly every answer is a sure no",
                     Unit::kNumber,
                     [](const evaluate::LabelResult& label) { return Reading{label.ece}; }});
  return columns;
}

std::vector<const evaluate::LabelResult*> worst_first(const evaluate::LabelResults& labels) {
  std::vector<const evaluate::LabelResult*> order;
  for (const evaluate::LabelResult& label : labels.each) order.push_back(&label);
  std::stable_sort(order.begin(), order.end(),
                   [](const evaluate::LabelResult* a, const evaluate::LabelResult* b) {
                     if ((a->count == 0) != (b->count == 0)) return b->count == 0;
                     return a->average_precision.value < b->average_precision.value;
                   });
  return order;
}

std::string few_labelled(const evaluate::LabelResults& labels) {
  std::vector<std::string> names;
  for (const evaluate::LabelResult& label : labels.each) {
    if (label.count >= kFewLabelled) continue;
    names.push_back(fmt::format("{} ({})", label.name, label.count));
  }
  if (names.empty()) return "";
  return fmt::format("{} on fewer than {} pictures, too few for figures to rely on: {}.",
                     base::counted(names.size(), "label is", "labels are"), kFewLabelled,
                     first_few(names));
}

bool out_of_reach(const evaluate::LabelResult& label) {
  return label.count > 0 && label.tuned && !label.tuned->reachable;
}

std::string labels_out_of_reach(const evaluate::LabelResults& labels) {
  std::vector<std::string> names;
  for (const evaluate::LabelResult& label : labels.each) {
    if (out_of_reach(label)) names.push_back(label.name);
  }
  if (names.empty() || !labels.tuned) return "";
  return fmt::format(
      "{} is out of reach on these pictures for {}, whose threshold comes nearest to it: {}.",
      labels.tuned->aim.text(), base::counted(names.size(), "label"), first_few(names));
}

}  // namespace oneormany::report
