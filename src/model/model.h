#pragma once
// A trained model: plain data, all that a picture's labels depend on but the backbone's weights.
// model/model_file.h reads and writes it, model/predictor.h uses it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backbone/backbone.h"
#include "base/matrix.h"
#include "base/sha256.h"
#include "data/data.h"
#include "evaluate/promise.h"
#include "features/features.h"
#include "head/head.h"
#include "metrics/aim.h"
#include "metrics/calibration.h"
#include "ood/scores.h"
#include "train/model_spec.h"

namespace oneormany::model {

/// How pictures become features.
struct Input {
  backbone::BackboneOptions backbone;  ///< Backbone::options(), but for `streams`
  std::string name;                    ///< for people: "efficientnet-lite0"
  std::string weights_sha256;          ///< of the backbone's file: 64 hexadecimal digits
  std::string setup;                   ///< features::feature_setup() where it was trained
  features::Stages stages = features::Stages::kAll;
  int features = 0;  ///< columns that the head takes
  /// What changes the pixels of TIFF files (image::ImageOptions).
  std::optional<double> white{};
  std::optional<std::array<int, 3>> bands{};
};

/// What the score of a picture is compared with.
struct Rule {
  ood::ScoreKind score = ood::ScoreKind::kMaxProbability;
  metrics::Aim aim;                  ///< what the thresholds are for
  std::vector<double> thresholds{};  ///< one, or one for each class
  /// Of right predictions, out of fold, rising: what evaluate::BothGates joins. Empty for other
  /// scores.
  std::vector<double> probabilities{}, nearnesses{};
  /// Multi-label: of a picture that reaches the threshold, each label whose probability reaches its
  /// own. Empty: one class each.
  std::vector<double> label_thresholds{};
};

/// What features the score is refitted on when the model is loaded; no rows where it needs none.
struct ScoreRows {
  MatrixF features;                      ///< pictures with a label × Input::features
  std::vector<std::vector<int>> labels;  ///< of each, rising
  MatrixF background;                    ///< × Input::features; for ood::needs_background()
};

/// What it was trained on.
struct Training {
  std::string data;  ///< as the user named it
  std::size_t pictures = 0;
  std::vector<std::size_t> counts;  ///< pictures that carry each class
  std::size_t own_background = 0, built_in_background = 0, unlabelled = 0;
  int folds = 0;
  std::vector<std::uint64_t> seeds;
  double penalty = 0;  ///< λ of the head; 0: the small network
  /// Of every picture that was learned from (but for a bank's): hash of the pixels that the
  /// backbone sees. What is evaluated must be none of these.
  std::vector<base::Sha256> pixels{};
};

/// A picture that must give these logits wherever the model is used (model/self_test.h).
struct SelfTest {
  static constexpr int kSide = 64;  ///< pixels
  std::vector<std::uint8_t> rgb;    ///< kSide × kSide × 3, as image::decode_rgb() writes them
  Vector logits;
};

struct Model {
  std::string program;  ///< the version that trained it
  std::vector<std::string> classes;
  data::Problem problem = data::Problem::kOneClass;
  train::ModelSpec spec;
  Input input;
  head::Head head;                   ///< the columns of its logits: the classes, and "none"
  metrics::Calibration calibration;  ///< from logits to the probabilities that people are shown
  Rule rule;
  ScoreRows score_rows;
  evaluate::Promise promise;
  Training training;
  std::vector<SelfTest> self_tests;
};

}  // namespace oneormany::model
