#include "evaluate/predictions.h"

#include <gmock/gmock.h>

#include "tests/evaluate/model_case.h"
#include "tests/standard_models.h"

namespace oneormany::evaluate {
namespace {

TEST(LabelledRows, AreThoseWithALabel) {
  Matrix logits(4, 2);
  logits << 1, 0, 0, 1, 1, 0, 0, 1;
  const train::ModelSpec spec = train::label_models(false)[0];
  const LabelledRows labelled =
      labelled_rows(predictions(spec, 2, logits, {5, 6, 7, 8}), {{0}, {}, {1}, {0, 1}});
  EXPECT_EQ(labelled.rows, (std::vector{0, 2, 3}));
  EXPECT_EQ(labelled.groups, (std::vector{5, 7, 8}));
  EXPECT_EQ(labelled.right, (std::vector{true, false, true}));
}

}  // namespace
}  // namespace oneormany::evaluate
