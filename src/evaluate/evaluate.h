#pragma once
// From predictions to results, the same way for models that were trained here and for logits of
// other programs: first the pictures of the classes, then the selection, and only then the test set
// and the unseen pictures.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "evaluate/gates.h"
#include "evaluate/holdout.h"
#include "evaluate/predictions.h"
#include "evaluate/results.h"
#include "evaluate/select.h"

namespace oneormany::evaluate {

/// All that models and thresholds may be selected by.
struct Evidence {
  std::vector<ModelPredictions> models;  ///< not empty
  std::vector<std::vector<int>> labels;  ///< of each row of `own`
  /// Of each repeat the fold of each picture; none where the pictures are too few for what learns
  /// from them: calibration, prediction sets, each label's own threshold.
  std::vector<std::vector<int>> folds;
  std::vector<std::filesystem::path> files;  ///< of the pictures; none where only logits are known
  /// What add_gates() made of the models; or none.
  std::vector<std::optional<BothGates>> gates{};
};

/// What every model predicts for the unseen pictures, in the order of Evidence::models; none where
/// there are none.
struct UnseenPredictions {
  std::vector<Predictions> models;
  std::vector<std::filesystem::path> files;  ///< of the pictures; none where only logits are known
};

struct Options {
  metrics::Aim aim;                                         ///< of the recommended threshold
  metrics::Aim label_aim{.kind = metrics::Aim::Kind::kF1};  ///< of each label's own threshold
  double alpha = 0.05;                                      ///< of the prediction sets
  std::uint64_t seed = 1;                                   ///< of the bootstrap
  std::size_t false_accepts = 24, label_errors = 10;        ///< how many to keep
  /// Without background the models differ by nothing that could select one. True: recommend the
  /// first all the same.
  bool order_decides = false;
  /// Use this one, of Evidence::models, whatever is chosen by the rest.
  std::optional<std::size_t> model{};
  /// Nothing is chosen: this is the rule of the first model.
  std::optional<GivenRule> given{};
};

/// What every model predicts for a test set (labelled pictures that had no part in training), in
/// the order of Evidence::models; none where there is none.
struct TestPredictions {
  std::vector<Predictions> models;
  std::vector<std::vector<int>> labels;  ///< of each row
};

/// What was set aside until everything is selected.
struct SetAside {
  UnseenPredictions unseen;
  TestPredictions test{};
};

/// data: of the pictures of the classes. set_aside: is called once, when the selection is finished.
/// Protocol, untrained models and seconds are left for the caller to add. The
/// same arguments give the same results. Throws Interrupted on Ctrl-C.
Results evaluate(DataSummary data, const Evidence& evidence,
                 const Holdout<std::function<SetAside()>>& set_aside, const Options& options);

}  // namespace oneormany::evaluate
