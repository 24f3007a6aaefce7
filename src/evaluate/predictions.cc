#include "evaluate/predictions.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "loss/matrix.h"
#include "metrics/measures.h"

namespace oneormany::evaluate {

Predictions predictions_of(const train::ModelSpec& spec, int classes, Matrix logits,
                           std::vector<Vector> scores, const std::vector<int>& groups) {
  const Matrix all = loss::activate(spec.activation(), logits);
  if (!all.allFinite()) throw Error(spec.name + ": the model's predictions are not numbers");
  Predictions predictions;
  predictions.probabilities = all.leftCols(classes);
  predictions.best = metrics::argmax(predictions.probabilities);
  const auto n = static_cast<std::size_t>(all.rows());
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = static_cast<Index>(i);
    const double highest = predictions.probabilities(row, predictions.best[i]);
    predictions.highest.push_back(highest);
    predictions.none_wins.push_back(spec.none_class && all(row, classes) > highest);
    predictions.group_of_row.push_back(groups[i % groups.size()]);
  }
  predictions.logits = std::move(logits);
  predictions.scores = std::move(scores);
  return predictions;
}

LabelledRows labelled_rows(const Predictions& predictions,
                           const std::vector<std::vector<int>>& labels) {
  LabelledRows labelled;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i].empty()) continue;  // no picture "of the classes"
    labelled.rows.push_back(static_cast<int>(i));
    labelled.groups.push_back(predictions.group_of_row[i]);
    labelled.right.push_back(std::find(labels[i].begin(), labels[i].end(), predictions.best[i]) !=
                             labels[i].end());
  }
  return labelled;
}

std::vector<double> right_scores(const Predictions& predictions,
                                 const std::vector<std::vector<int>>& labels, std::size_t score) {
  const LabelledRows labelled = labelled_rows(predictions, labels);
  std::vector<double> scores;
  for (std::size_t i = 0; i < labelled.rows.size(); ++i) {
    if (labelled.right[i]) scores.push_back(predictions.scores[score](labelled.rows[i]));
  }
  return scores;
}

std::vector<double> at_rows(const Vector& column, const std::vector<int>& rows) {
  const Vector picked = column(rows);
  return {picked.begin(), picked.end()};
}

std::vector<double> all_rows(const Vector& column) { return {column.begin(), column.end()}; }

std::vector<int> every_row(const Predictions& predictions) {
  return alone(static_cast<Index>(predictions.rows()));
}

std::vector<int> alone(Index rows) {
  std::vector<int> groups(static_cast<std::size_t>(rows));
  std::iota(groups.begin(), groups.end(), 0);
  return groups;
}

}  // namespace oneormany::evaluate
