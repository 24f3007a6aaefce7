#pragma once
// What the terminal and the page say class by class, where each picture is of exactly one.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/results.h"

namespace oneormany::report {

/// A column of the table of classes.
struct ClassColumn {
  std::string name;
  std::string meaning;
  std::optional<evaluate::Measured> (*read)(const evaluate::Recommendation::PerClass&) = nullptr;
};

/// The columns after name and number of pictures: shares. Only those that are known.
std::vector<ClassColumn> class_columns(const evaluate::Recommendation& recommended);

/// Numbers of the classes: by recall, the worst first.
std::vector<std::size_t> worst_classes_first(const evaluate::Recommendation& recommended);

/// "flags (9 %)"; "–" if all are recognised.
std::string mistaken_text(const evaluate::Results& comparison, std::size_t number);

}  // namespace oneormany::report
