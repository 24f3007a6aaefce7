#pragma once
// What to expect of related pictures: of the user's own source and style, but of other classes.

#include <vector>

#include "evaluate/predictions.h"
#include "evaluate/replicates.h"
#include "metrics/aim.h"

namespace oneormany::evaluate {

/// The share of some pictures of none of the classes that is expected to get a label, and in each
/// bootstrap replicate: those of models on the same pictures are paired.
struct ShareEstimate {
  Measured labelled;
  std::vector<double> replicates;
};

/// Of each of the model's scores, the mean over the hidden classes: each class's pictures,
/// predicted by a head that did not learn it, at the threshold that keeps so much of the right
/// predictions of the other classes by the same heads. The interval is where the share of two new
/// kinds of pictures will be (metrics/kinds.h). The replicates draw the classes.
std::vector<ShareEstimate> expect_related(const ModelPredictions::HiddenClasses& hidden,
                                          const metrics::Keep& keep,
                                          const metrics::Resampling& resampling);

}  // namespace oneormany::evaluate
