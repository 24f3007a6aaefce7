#pragma once
// All that was found: the one structure that every report is written from.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backbone/backbone.h"
#include "evaluate/answers.h"
#include "evaluate/data_summary.h"
#include "evaluate/model_result.h"
#include "evaluate/promise.h"
#include "evaluate/recommendation.h"
#include "features/features.h"

namespace oneormany::evaluate {

/// How the models came about.
struct Protocol {
  int folds = 0;
  std::vector<std::uint64_t> seeds;
  std::string backbone;
  int size = 0;  ///< pixels, of a square picture
  backbone::Precision precision = backbone::Precision::kF32;
  features::Stages stages = features::Stages::kAll;
  /// Columns of the features that were given in place of pictures: there is then no backbone, and
  /// none of what follows it. 0: pictures were read.
  Index given_features = 0;
};

struct Seconds {
  double features = 0, heads = 0, total = 0;
};

struct Results {
  DataSummary data;
  /// None where logits of another program were evaluated: nobody knows how they came about.
  std::optional<Protocol> protocol;
  std::optional<UsedModel> used_model{};  ///< it was trained before: there is no protocol
  bool from_logits() const { return !protocol; }
  bool from_features() const { return protocol && protocol->given_features > 0; }
  std::vector<ModelResult> models;
  std::vector<UntrainedModel> untrained;
  /// Those of the recommended model first, of these the most confident first.
  std::vector<FalseAccept> false_accepts;
  std::optional<Recommendation> recommended;
  std::vector<ModelDifference> differences;  ///< all models but that one
  std::optional<PredictionSets> prediction_sets;
  std::vector<LabelError> label_errors;  ///< the most likely first, ten at most
  /// Unsorted pictures that the user is asked about, in the order of the table; none: not asked.
  std::vector<AskedPicture> asked;
  std::optional<Answers> answers;  ///< what the user said of some, and what that tells
  Seconds seconds;                 ///< of logits only `total` is known
};

}  // namespace oneormany::evaluate
