#include "compare/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace oneormany {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Many labels, one arm, with this macro F1 at 0.5 and tuned.
Comparison many_labels(const Measured& fixed, const Measured& tuned) {
  Comparison c;
  c.pictures = 90;
  c.classes = {{"house", 40}, {"river", 30}};
  c.labels_per_picture = {{0, 30}, {1, 50}, {2, 10}};
  c.folds = 5;
  c.untrained = {{"classes", "30 pictures have no label"}};
  Arm arm;
  arm.name = "labels";
  arm.in_domain.accuracy = {0.5, 0.45, 0.55};
  arm.in_domain.macro_f1 = fixed;
  arm.in_domain.labels = LabelFindings{};
  arm.in_domain.labels->tuned = LabelFindings::Tuned{tuned, tuned};
  c.arms = {arm};
  return c;
}

TEST(Verdict, SaysWhatAThresholdForEachLabelIsWorth) {
  const std::string clear = write_verdict(many_labels({0.41, 0.38, 0.44}, {0.62, 0.59, 0.65}));
  EXPECT_THAT(clear, HasSubstr("each label's own threshold"));
  EXPECT_THAT(clear, HasSubstr("from 0.41 to 0.62"));
  const std::string unclear = write_verdict(many_labels({0.41, 0.38, 0.44}, {0.43, 0.4, 0.47}));
  EXPECT_THAT(unclear, HasSubstr("For single labels 0.5 will do"));
}

TEST(Verdict, IsSilentOnThresholdsThatWereNotTuned) {
  Comparison c = many_labels({0.41, 0.38, 0.44}, {0.62, 0.59, 0.65});
  c.arms[0].in_domain.labels->tuned.reset();
  EXPECT_THAT(write_verdict(c), Not(HasSubstr("single labels")));
  c.arms[0].in_domain.labels.reset();
  EXPECT_THAT(write_verdict(c), Not(HasSubstr("single labels")));
}

}  // namespace
}  // namespace oneormany
