#pragma once
// Reference values: tests/golden/README.md says where they come from.

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "base/matrix.h"

namespace oneormany {

using Json = nlohmann::json;

inline Json read_golden(const std::string& name) {
  std::ifstream in(std::string(TEST_DATA) + "/" + name);
  EXPECT_TRUE(in) << name;
  return Json::parse(in);
}

/// A list is a column, a list of lists a matrix.
inline Matrix to_matrix(const Json& json) {
  const Index columns = json.at(0).is_array() ? static_cast<Index>(json.at(0).size()) : 1;
  Matrix matrix(static_cast<Index>(json.size()), columns);
  for (Index i = 0; i < matrix.rows(); ++i) {
    for (Index j = 0; j < columns; ++j) {
      const Json& row = json.at(static_cast<std::size_t>(i));
      matrix(i, j) = row.is_array() ? row.at(static_cast<std::size_t>(j)) : row;
    }
  }
  return matrix;
}

/// Equal to `tolerance`, relative for values above 1 and absolute below.
inline void expect_near(const Matrix& actual, const Matrix& expected, double tolerance) {
  ASSERT_EQ(actual.rows(), expected.rows());
  ASSERT_EQ(actual.cols(), expected.cols());
  for (Index i = 0; i < actual.rows(); ++i) {
    for (Index j = 0; j < actual.cols(); ++j) {
      EXPECT_NEAR(actual(i, j), expected(i, j), tolerance * std::max(1.0, std::abs(expected(i, j))))
          << "at " << i << ", " << j;
    }
  }
}

}  // namespace oneormany
