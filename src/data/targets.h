#pragma once
// The true labels, for logits or features that another program gave.

#include <string>
#include <vector>

#include "data/data.h"

namespace oneormany::data {

/// The rows that the labels belong to: of logits, or of features.
struct TargetRows {
  std::string file;                  ///< for messages
  std::size_t rows = 0;              ///< one for each picture
  std::vector<std::string> classes;  ///< one for each column of logits; see find_classes
  bool named = false;                ///< false: `classes` are only the columns' numbers
  std::vector<std::string> files{};  ///< what a column of files says of each row; or none
  bool of_features = false;          ///< their columns are no classes
};

/// The classes of each row, ascending; none means "none of these". The file holds
///  - class numbers from 0, -1 for none: a 1-D array or one column; or
///  - a 0/1 matrix of the logits' shape; with a single class always this; or
///  - class names: numpy's texts, or in CSV in one column, alone or beside others, where a header
///    calls it as read_data wants it. An empty cell means none. Several classes in a cell are
///    parted, or a list, as in read_data.
/// Soft targets (shares in a matrix) are an Error that says how to round them.
/// The first line of a CSV file of one column is a header if it has such a name, or if it is no
/// class and the rows are one too many without it. A header above a matrix must name the classes in
/// order. Where both this file and the logits name the pictures' files, they must be the same, in
/// the same order. Throws Error, one line with the file and the line, for anything wrong.
std::vector<std::vector<int>> read_targets(const std::string& name, const TargetRows& logits,
                                           const DataOptions& options = {});

/// For features, which don't tell the classes: takes `classes` and `named` from the targets that
/// read_targets reads next. Names are sorted; of class numbers there are as many as the highest
/// says, of a matrix as many as columns, called as its header calls them. Throws Error likewise.
void find_classes(const std::string& name, TargetRows& rows, const DataOptions& options = {});

/// Which rows belong together: a 1-D array or one column of anything; equal values are one group.
/// Groups are numbered from 0 as they come. Throws Error likewise.
std::vector<int> read_groups(const std::string& name, const TargetRows& logits);

}  // namespace oneormany::data
