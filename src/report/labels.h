#pragma once
// What the terminal and the page say label by label.

#include <string>
#include <vector>

#include "evaluate/results.h"
#include "report/measures.h"

namespace oneormany::report {

/// A column of the table of labels.
struct LabelColumn {
  std::string name;
  std::string meaning;
  Unit unit = Unit::kNumber;
  Reading (*read)(const evaluate::LabelResult&) = nullptr;
  bool page_only = false;  ///< a terminal has no room for it
};

/// The columns after name and number of pictures. Those of tuned thresholds only where there are
/// some.
std::vector<LabelColumn> label_columns(const evaluate::LabelResults& labels);

/// By average precision, the worst first; labels that no picture carries come last.
std::vector<const evaluate::LabelResult*> worst_first(const evaluate::LabelResults& labels);

/// Fewer pictures than this say little: the share that is found of 30 has an interval of ± 18 %.
constexpr std::size_t kFewLabelled = 30;

/// A sentence on the labels with few pictures; empty if there are none.
std::string few_labelled(const evaluate::LabelResults& labels);

/// Some picture carries the label, and no threshold on these pictures meets the aim.
bool out_of_reach(const evaluate::LabelResult& label);

/// A sentence on the labels whose aim is out of reach; empty if there are none.
std::string labels_out_of_reach(const evaluate::LabelResults& labels);

}  // namespace oneormany::report
