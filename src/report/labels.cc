#include "report/labels.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/printable.h"

namespace oneormany {

std::vector<LabelColumn> label_columns(const LabelFindings& labels) {
  std::vector<LabelColumn> columns{
      {"avg. precision", "how well the label's own pictures are ranked above the others",
       Unit::kNumber,
       [](const LabelFinding& label) {
         const Measured& m = label.average_precision;
         return Reading{m.value, std::pair(m.low, m.high)};
       }},
      {"F1 at 0.5", "precision and recall in one number, the label given from 0.5", Unit::kNumber,
       [](const LabelFinding& label) { return Reading{label.f1}; }},
  };
  if (labels.tuned) {
    columns.push_back({"F1 tuned", "each picture at the threshold that the other folds chose",
                       Unit::kNumber,
                       [](const LabelFinding& label) { return Reading{label.tuned->f1}; }});
    columns.push_back({"threshold",
                       fmt::format("the one to use, chosen on all folds for {}; small: its 95 % "
                                   "interval, over redrawn pictures",
                                   labels.tuned->aim == "f1" ? "the best F1" : labels.tuned->aim),
                       Unit::kThreshold, [](const LabelFinding& label) {
                         const Measured& m = label.tuned->threshold;
                         return Reading{m.value, std::pair(m.low, m.high)};
                       }});
  }
  columns.push_back({"ECE",
                     "how far the label's probabilities are from how often it is carried; small "
                     "where nearly every answer is a sure no",
                     Unit::kNumber, [](const LabelFinding& label) { return Reading{label.ece}; }});
  return columns;
}

std::vector<const LabelFinding*> worst_first(const LabelFindings& labels) {
  std::vector<const LabelFinding*> order;
  for (const LabelFinding& label : labels.each) order.push_back(&label);
  std::stable_sort(order.begin(), order.end(), [](const LabelFinding* a, const LabelFinding* b) {
    if ((a->count == 0) != (b->count == 0)) return b->count == 0;
    return a->average_precision.value < b->average_precision.value;
  });
  return order;
}

std::string few_carriers(const LabelFindings& labels) {
  constexpr std::size_t kNamed = 5;
  std::vector<std::string> names;
  std::size_t few = 0;
  for (const LabelFinding& label : labels.each) {
    if (label.count >= kFewCarriers) continue;
    if (++few <= kNamed) names.push_back(fmt::format("{} ({})", label.name, label.count));
  }
  if (few == 0) return "";
  if (few > kNamed) names.push_back(fmt::format("{} more", few - kNamed));
  return fmt::format("{} on fewer than {} pictures, too few for figures to rely on: {}.",
                     counted(few, "label is", "labels are"), kFewCarriers, fmt::join(names, ", "));
}

}  // namespace oneormany
