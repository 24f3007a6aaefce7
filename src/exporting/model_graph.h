#pragma once
// What a model makes of features, as a part of an ONNX graph: model::Predictor, node by node.
//
// What the program works out in double, the graph does too: probabilities near 1 and thresholds
// beside them have no room in a float.

#include "exporting/graph.h"
#include "model/model.h"

namespace oneormany::exporting {

/// Of N pictures, C classes.
struct Answers {
  Value probabilities;  ///< f64 [N,C], calibrated
  Value score;          ///< f64 [N,1]
  Value labels;         ///< u8 [N,C]: 1 for each label; a row of 0: none of these
};

/// features: f32 [N,Input::features]. Throws Error, without the file's name, for a score that a
/// graph can't hold (see can_export()).
Answers add_model(Graph& graph, const model::Model& model, const Value& features);

/// Scores that are made of logits, or of distances to pictures that the file holds. The others are
/// fitted when a model is loaded.
bool can_export(ood::ScoreKind score);

}  // namespace oneormany::exporting
