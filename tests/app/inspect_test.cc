// What inspect concludes, from data sets and pixel hashes given here.
#include "app/inspect.h"

#include <gmock/gmock.h>

#include "tests/app/inspected.h"
#include "tests/error_in.h"

namespace oneormany::app {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Inspection, OneLabelEachIsClassification) {
  const data::DataSet data = data_with({"robin", "wren"}, one_each({12, 10}));
  const Inspection found = inspect(data, all_different(data));
  EXPECT_EQ(found.problem, data::Problem::kOneClass);
  EXPECT_EQ(found.pictures, 22u);
  EXPECT_THAT(found.labels_per_picture, ElementsAre(std::pair(1, 22)));
  EXPECT_THAT(found.warnings, IsEmpty());
}

TEST(Inspection, NoneOrSeveralLabelsAreMultiLabelClassification) {
  data::DataSet data = data_with({"nest", "robin"}, one_each({10, 10}));
  data.pictures[0].labels = {0, 1};
  data.pictures[1].labels = data.pictures[2].labels = {};
  const Inspection found = inspect(data, all_different(data));
  EXPECT_EQ(found.problem, data::Problem::kMultiLabel);
  EXPECT_THAT(found.labels_per_picture,
              ElementsAre(std::pair(0, 2), std::pair(1, 17), std::pair(2, 1)));
  EXPECT_THAT(found.why, HasSubstr("1 picture carries several labels and 2 carry none; softmax"));
}

TEST(Inspection, UnreadablePicturesDontCount) {
  data::DataSet data = data_with({"robin", "wren"}, one_each({12, 10}));
  data.pictures[0].labels = {0, 1};  // the only one with several labels
  data.skipped = {{"birds/x.txt", "not a picture"}};
  features::FeatureSet decoded = all_different(data);
  make_unreadable(data, 0, decoded);
  const Inspection found = inspect(data, decoded);
  EXPECT_EQ(found.pictures, 21u);
  EXPECT_EQ(found.classes[0].count, 11u);
  EXPECT_EQ(found.problem, data::Problem::kOneClass);
  ASSERT_EQ(found.skipped.size(), 2u);
  EXPECT_EQ(found.skipped[0].file, "birds/0.png");
}

TEST(Inspection, NothingReadableIsAnError) {
  const data::DataSet data = data_with({"robin", "wren"}, one_each({1, 1}));
  features::FeatureSet decoded = all_different(data);
  make_unreadable(data, 0, decoded);
  make_unreadable(data, 1, decoded);
  EXPECT_EQ(error_in([&] { inspect(data, decoded); }),
            "birds: none of its 2 pictures can be read; the first, birds/0.png: is empty");
}

TEST(Inspection, CopiesAreGroupedAndThoseWithOtherLabelsComeFirst) {
  const data::DataSet data = data_with({"robin", "wren"}, one_each({10, 10}));
  features::FeatureSet decoded = all_different(data);
  decoded.pixels[1] = decoded.pixels[2] = decoded.pixels[0];
  decoded.pixels[12] = decoded.pixels[7];
  make_unreadable(data, 3, decoded);
  make_unreadable(data, 4, decoded);  // equal hashes of unreadable files mean nothing
  const Inspection found = inspect(data, decoded);
  EXPECT_EQ(found.duplicates, 3u);
  ASSERT_EQ(found.duplicate_groups.size(), 2u);
  EXPECT_TRUE(found.duplicate_groups[0].conflicting);
  EXPECT_EQ(found.duplicate_groups[0].copies[1].file, "birds/12.png");
  EXPECT_EQ(found.duplicate_groups[1].copies.size(), 3u);
  EXPECT_THAT(found.warnings, ElementsAre(HasSubstr("the same pixels but not the same labels")));
}

TEST(Inspection, WarnsOfClassesThatAreTooSmallForTheFolds) {
  const data::DataSet data = data_with({"owl", "robin", "wren"}, one_each({3, 10, 12}));
  features::FeatureSet decoded = all_different(data);
  EXPECT_THAT(inspect(data, decoded).warnings,
              ElementsAre(AllOf(HasSubstr("1 class has fewer different pictures"),
                                HasSubstr("--folds 3"), HasSubstr("owl (3)"))));
  decoded.pixels[1] = decoded.pixels[0];
  EXPECT_THAT(inspect(data, decoded).warnings,
              ElementsAre(AllOf(HasSubstr("owl (2)"), HasSubstr("leave it out"))));
  for (std::size_t i = 0; i < 3; ++i) make_unreadable(data, i, decoded);
  EXPECT_THAT(inspect(data, decoded).warnings,
              ElementsAre("No picture can be read of the class: owl"));
}

TEST(Inspection, WarnsOfImbalance) {
  const data::DataSet data = data_with({"robin", "wren"}, one_each({90, 10}));
  EXPECT_THAT(inspect(data, all_different(data)).warnings,
              ElementsAre(AllOf(HasSubstr("robin has 9.0 times as many pictures as wren"),
                                HasSubstr("right for 90 %"))));
}

TEST(Inspection, PointsOutTheFewPicturesThatMakeItMultiLabel) {
  data::DataSet data = data_with({"robin", "wren"}, one_each({60, 50}));
  data.pictures[5].labels = {0, 1};
  EXPECT_THAT(inspect(data, all_different(data)).warnings,
              ElementsAre(AllOf(HasSubstr("All but 1 picture"), HasSubstr("birds/5.png"))));
}

TEST(Inspection, WarnsOfNamesThatLookMistaken) {
  const data::DataSet data =
      data_with({"NaN", "Robin", "robin", "wren|nest"}, one_each({6, 6, 6, 6}));
  EXPECT_THAT(inspect(data, all_different(data)).warnings,
              ElementsAre(AllOf(HasSubstr("--label-delimiter"), HasSubstr("wren|nest")),
                          AllOf(HasSubstr("only in capitals"), HasSubstr("Robin, robin")),
                          AllOf(HasSubstr("class NaN"), HasSubstr("empty cell"))));
}

}  // namespace
}  // namespace oneormany::app
