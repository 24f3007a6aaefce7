#pragma once
// What a model says of pictures, row by row: docs/formats.md, "Predictions".

#include <map>
#include <string>
#include <vector>

#include "app/predict.h"
#include "report/document.h"

namespace oneormany::report {

enum class RowFormat { kTable, kCsv, kJsonLines, kLabelStudio };

class PredictionRows {
 public:
  struct Options {
    RowFormat format = RowFormat::kCsv;
    bool probabilities = false;  ///< of every class
    std::size_t top = 0;         ///< so many most probable classes
    Look look{};                 ///< of kTable
  };

  /// classes: of the model; model: the SHA-256 of its content.
  PredictionRows(std::vector<std::string> classes, std::string model, Options options);

  /// Before the first row.
  std::string header() const;

  /// One row: whole lines. Of kLabelStudio nothing: the rows are kept until footer().
  std::string row(const app::PredictedRow& row);

  /// After the last row. Of kLabelStudio all rows, the least certain (nearest to the threshold)
  /// first; pictures that couldn't be read are left out.
  std::string footer() const;

 private:
  /// Parted by |; where a label has one itself, a list as in JSON.
  std::string labels_cell(const std::vector<int>& labels) const;
  std::string csv(const app::PredictedRow& row) const;
  std::string json_line(const app::PredictedRow& row) const;
  std::string table_line(const app::PredictedRow& row) const;
  std::vector<int> most_probable(const app::PredictedRow& row) const;

  std::vector<std::string> classes_;
  std::string model_;
  Options options_;
  struct Task {
    double distance;  ///< of the score from the threshold
    std::string json;
  };
  std::vector<Task> tasks_;
};

/// What came out, on a terminal: how many got each label, none, failed and why.
std::string predictions_summary(const app::PredictedCounts& counts,
                                const std::vector<std::string>& classes);

/// Why pictures failed, a line for each of the most frequent reasons.
std::string reasons_text(const std::map<std::string, std::size_t>& reasons);

/// Lines about files of folders that can't be pictures by their names, and about what can't be
/// looked at.
std::string left_out_text(std::size_t skipped, const std::vector<data::Skip>& unread);

}  // namespace oneormany::report
