#pragma once

#include <string>

#include "compare/comparison.h"

namespace oneormany {

/// Plain words for somebody who sorts pictures: which problem the data is, whether the arms
/// differ, what happens to a picture of something else, and what to do next. Reads the findings
/// only; paragraphs are separated by an empty line.
std::string write_verdict(const Comparison& comparison);

}  // namespace oneormany
