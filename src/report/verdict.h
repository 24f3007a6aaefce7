#pragma once

#include <string>

#include "evaluate/results.h"

namespace oneormany::report {

/// Plain words for somebody who sorts pictures: which problem the data is, whether the arms
/// differ, what happens to a picture of something else, and what to do next. Reads the findings
/// only; paragraphs are separated by an empty line.
std::string write_verdict(const evaluate::Results& comparison);

}  // namespace oneormany::report
