#pragma once
// What a model predicts, and for which rows a prediction can be right.

#include <optional>
#include <vector>

#include "base/matrix.h"
#include "ood/scores.h"
#include "train/model_spec.h"

namespace oneormany::evaluate {

/// Of some pictures, one row for each picture and repeat (or head). Models with a class "none" are
/// measured like the others, by the most probable of the classes and its probability: it is the
/// threshold that rejects a picture, at the same cost for every model.
struct Predictions {
  Matrix logits;                  ///< rows × columns; a class "none" is the last column
  Matrix probabilities;           ///< rows × classes; the column of "none" is left out
  std::vector<int> best;          ///< most probable class
  std::vector<double> highest;    ///< its probability
  std::vector<bool> none_wins;    ///< "none" is more probable than every class
  std::vector<int> group_of_row;  ///< rows of one picture and its exact duplicates share a group
  std::vector<Vector> scores;     ///< in the order of the model's score_kinds

  std::size_t rows() const { return best.size(); }
};

/// groups: of the pictures; logits and scores: of the pictures in their order, repeat after repeat
/// (or head after head): a row's group is that of its picture. classes: of the problem, without
/// "none". Throws Error if a probability is not a number.
Predictions predictions_of(const train::ModelSpec& spec, int classes, Matrix logits,
                           std::vector<Vector> scores, const std::vector<int>& groups);

/// One model's predictions for all pictures that may be selected by.
struct ModelPredictions {
  train::ModelSpec spec;
  std::vector<ood::ScoreKind> score_kinds;  ///< kMaxProbability first
  Predictions own;                          ///< pictures of the classes, out of fold
  /// By heads from which clusters of background were held out: for the same pictures, and for that
  /// background. None without background.
  struct HeldOutClusters {
    Predictions own, background;
    /// Of each row of background: it is one of the user's unsorted pictures, and was held out by
    /// itself. Empty: none is.
    std::vector<bool> unlabelled{};
  };
  std::optional<HeldOutClusters> held_out{};
  /// By heads that have not learned some of the classes: for pictures of the others, out of fold,
  /// and for the pictures of these, two classes at least. None where that leaves nothing to tell
  /// apart, and for logits from elsewhere.
  struct HiddenClasses {
    Predictions own, hidden;                   ///< the groups of `hidden` are the classes
    std::vector<std::vector<int>> own_labels;  ///< of each row of `own`
  };
  std::optional<HiddenClasses> hidden_classes{};
};

/// The rows whose picture carries a label (its row and its group), and whether the most probable
/// class is one of its labels. labels: of each row.
struct LabelledRows {
  std::vector<int> rows, groups;
  std::vector<bool> right;
};
LabelledRows labelled_rows(const Predictions& predictions,
                           const std::vector<std::vector<int>>& labels);

/// A score of the rows whose most probable class is right, in their order.
std::vector<double> right_scores(const Predictions& predictions,
                                 const std::vector<std::vector<int>>& labels, std::size_t score);

/// Those entries of a score, or all of them.
std::vector<double> at_rows(const Vector& column, const std::vector<int>& rows);
std::vector<double> all_rows(const Vector& column);

/// Their numbers.
std::vector<int> every_row(const Predictions& predictions);

/// A group for each row, where none is another's copy.
std::vector<int> alone(Index rows);

}  // namespace oneormany::evaluate
