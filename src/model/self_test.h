#pragma once
// Whether a model gives here what it gave where it was trained: another processor or library may
// round otherwise, but must not see something else.

#include <cstdint>
#include <vector>

#include "backbone/backbone.h"
#include "model/predictor.h"

namespace oneormany::model {

/// rgb: SelfTest::kSide × kSide × 3, enlarged by repetition to the backbone's size; through it and
/// the head.
Vector logits_of(const std::vector<std::uint8_t>& rgb, const backbone::Backbone& backbone,
                 const Predictor& predictor);

/// Throws Error, without the file's name, if the logits of a self-test are further from those it
/// must give than 0.001 (bf16: 0.2) of the largest of them.
void check_self_tests(const Predictor& predictor, const backbone::Backbone& backbone);

}  // namespace oneormany::model
