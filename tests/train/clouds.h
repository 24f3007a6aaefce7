#pragma once
// Two classes that can be told apart, and background: what models are trained on in tests.

#include <vector>

#include "tests/simulated.h"
#include "train/fold_rows.h"
#include "train/model_spec.h"

namespace oneormany::train {

/// Class 0 has large features at the front, class 1 at the end. Background looks like one of them,
/// but has large features in the middle too.
inline LearningData clouds(int pictures, int background, double gap = 1.5) {
  Random random(3);
  LearningData data;
  data.classes = 2;
  data.features.resize(pictures, 16);
  data.background.resize(background, 16);
  for (float& x : data.features.reshaped()) x = static_cast<float>(random.uniform());
  for (float& x : data.background.reshaped()) x = static_cast<float>(random.uniform());
  for (int i = 0; i < background; ++i) {
    data.background.row(i).segment(i % 2 * 12, 4).array() += static_cast<float>(gap);
    data.background.row(i).segment(6, 4).array() += static_cast<float>(gap);
  }
  for (int i = 0; i < pictures; ++i) {
    data.labels.push_back({i % 2});
    data.groups.push_back(i);
    data.features.row(i).segment(i % 2 * 12, 4).array() += static_cast<float>(gap);
  }
  return data;
}

}  // namespace oneormany::train
