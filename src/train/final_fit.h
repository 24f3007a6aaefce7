#pragma once
// The head that people get: fitted on everything.

#include <cstdint>

#include "train/cross_validation.h"

namespace oneormany::train {

/// The λ of that head: the median of those that the folds chose; of two, the larger. 0 for the
/// small network.
double final_penalty(const FittedModel& model);

/// Fits as the folds' heads were fitted, on all pictures, and on all background where the model
/// learns from it. data: what `model` was fitted on. Throws Interrupted on Ctrl-C.
head::Head fit_final(const FittedModel& model, const LearningData& data, std::uint64_t seed);

}  // namespace oneormany::train
