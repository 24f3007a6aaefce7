#pragma once
// The comparison with all that led to it: what a model is made of.

#include <vector>

#include "app/compare.h"
#include "app/material.h"
#include "evaluate/evaluate.h"
#include "train/cross_validation.h"

namespace oneormany::app {

struct Comparison {
  Material material{};  ///< what is learned from; the rest of it has gone into the results
  std::vector<train::FittedModel> fitted{};
  evaluate::Evidence evidence{};  ///< of each fitted model
  evaluate::Results results{};
};

/// What compare() runs. Throws as it does.
Comparison run_comparison(const CompareOptions& options);

}  // namespace oneormany::app
