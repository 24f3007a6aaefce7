#pragma once
// What the terminal and the page say label by label.

#include <string>
#include <vector>

#include "compare/comparison.h"
#include "report/measures.h"

namespace oneormany {

/// A column of the table of labels.
struct LabelColumn {
  std::string name;
  std::string meaning;
  Unit unit = Unit::kNumber;
  Reading (*read)(const LabelFinding&) = nullptr;
  bool page_only = false;  ///< a terminal has no room for it
};

/// The columns after name and number of pictures. Those of tuned thresholds only where there are
/// some.
std::vector<LabelColumn> label_columns(const LabelFindings& labels);

/// By average precision, the worst first; labels that no picture carries come last.
std::vector<const LabelFinding*> worst_first(const LabelFindings& labels);

/// Fewer pictures than this say little: the share that is found of 30 has an interval of ± 18 %.
constexpr std::size_t kFewCarriers = 30;

/// A sentence on the labels with few pictures; empty if there are none.
std::string few_carriers(const LabelFindings& labels);

/// Some picture carries the label, and no threshold on these pictures meets the aim.
bool out_of_reach(const LabelFinding& label);

/// A sentence on the labels whose aim is out of reach; empty if there are none.
std::string labels_out_of_reach(const LabelFindings& labels);

}  // namespace oneormany
