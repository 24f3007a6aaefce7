#pragma once
// What every page for a terminal keeps to.

#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "report/document.h"
#include "report/text.h"

namespace oneormany::report {

/// No line is wider than the terminal or ends in a blank; no colours; ASCII if that is all there
/// is.
inline void expect_tidy(const std::string& text, const Look& look) {
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    EXPECT_LE(display_width(line), look.width) << line;
    EXPECT_FALSE(line.ends_with(' ')) << "'" << line << "'";
    if (!look.unicode) {
      EXPECT_TRUE(std::all_of(line.begin(), line.end(), [](char c) { return c > 0; })) << line;
    }
  }
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("\x1b")));
}

}  // namespace oneormany::report
