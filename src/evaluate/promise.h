#pragma once
// What a model is kept with: what was measured before it was fitted on everything.

#include <cstddef>
#include <optional>
#include <string>

#include "evaluate/model_result.h"

namespace oneormany::evaluate {

/// Shares in 0–1 (docs/evaluation.md).
struct Promise {
  Measured accuracy;      ///< out of fold; multi-label: macro mAP
  Measured kept;          ///< share of the right predictions that are accepted
  Measured precision;     ///< share of the accepted that are right
  Measured answered;      ///< share of the pictures in domain that get a label
  bool reachable = true;  ///< the aim is met
  /// Expected share of unrelated and of related pictures that get a label.
  std::optional<Measured> unrelated{}, related{};
  /// `related` was estimated on unlabelled pictures: it holds for the kinds that these show.
  bool by_unlabelled = false;
  std::optional<Measured> unseen{};  ///< of the user's unseen pictures, the truth
  struct Test {
    std::size_t pictures = 0;
    Measured accuracy, kept, precision, answered;
  };
  std::optional<Test> test{};
};

/// A model that was evaluated as it is.
struct UsedModel {
  std::string file, sha256;
  std::string backbone;
  int size = 0;  ///< pixels
  Promise promise;
};

}  // namespace oneormany::evaluate
