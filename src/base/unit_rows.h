#pragma once

#include <utility>

#include "base/matrix.h"

namespace oneormany::base {

/// Rows scaled to length 1, each by itself; a row of zeros stays.
inline MatrixF unit_rows(MatrixF rows) {
  for (auto row : rows.rowwise()) row.normalize();  // leaves zeros alone
  return rows;
}

}  // namespace oneormany::base
