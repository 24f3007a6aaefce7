#pragma once
// Labelled pictures that nothing is trained on.

#include <string>
#include <vector>

#include "app/pictures.h"
#include "data/data.h"
#include "evaluate/data_summary.h"

namespace oneormany::app {

struct TestSet {
  Pictures pictures;
  std::vector<std::vector<int>> labels;  ///< of each, numbers of the classes that are learned
};

/// Pictures with the labels that a model knows. data: with the labels of each file, and others;
/// classes: the model's; one_class: each picture has one label, or is left out. What is left out is
/// noted, `noun` is what the pictures are called.
TestSet known_labels(const Pictures& pictures, const data::DataSet& data,
                     const std::vector<std::string>& classes, bool one_class,
                     const std::string& noun, evaluate::DataSummary& summary);

}  // namespace oneormany::app
