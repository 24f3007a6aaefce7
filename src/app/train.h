#pragma once
// The comparison, and the model that it recommends, fitted on everything.

#include "app/compare.h"
#include "evaluate/results.h"
#include "model/model.h"

namespace oneormany::app {

struct Trained {
  evaluate::Results results;  ///< compare()'s, of the same options
  model::Model model;
};

/// Throws UsageError for given features: a model reads pictures. Else as compare() does. The same
/// options, pictures and seeds give the same model.
Trained train(const CompareOptions& options);

}  // namespace oneormany::app
