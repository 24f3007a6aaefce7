#pragma once

#include <string>
#include <vector>

#include "evaluate/results.h"

namespace oneormany::report {

/// The results in plain words, for somebody who sorts pictures. Each entry is a sentence or two of
/// plain text that can stand alone; parts and entries are in the order they are read. A part that
/// has nothing to say is empty.
struct Verdict {
  std::vector<std::string> problem;   ///< one class or many labels
  std::vector<std::string> use;       ///< the model, its threshold, and what that accepts
  std::vector<std::string> test;      ///< what the test set says of it
  std::vector<std::string> unseen;    ///< what pictures of none of the classes get: expected, found
  std::vector<std::string> compared;  ///< the other models
  std::vector<std::string> sets;      ///< prediction sets
  std::vector<std::string> advice;    ///< what would help, the most important first; three at most

  /// Each part that isn't empty as a paragraph.
  std::vector<std::string> paragraphs() const;
};

/// Reads the results only: nothing is computed anew.
Verdict verdict(const evaluate::Results& results);

}  // namespace oneormany::report
