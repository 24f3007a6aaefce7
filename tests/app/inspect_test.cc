// What inspect concludes, from data sets and pixel hashes given here.
#include "app/inspect.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/error_in.h"

namespace oneormany::app {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Pictures 0.png, 1.png, … with these labels.
data::DataSet data_with(const std::vector<std::string>& classes,
                        const std::vector<std::vector<int>>& labels) {
  data::DataSet data;
  data.root = "birds";
  data.layout = "class folders";
  data.classes = classes;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    data.pictures.push_back({"birds/" + std::to_string(i) + ".png", labels[i]});
  }
  return data;
}

// Every picture readable and different.
features::FeatureSet all_different(const data::DataSet& data) {
  features::FeatureSet decoded;
  for (std::size_t i = 0; i < data.pictures.size(); ++i) {
    decoded.pixels.push_back({static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i >> 8)});
    decoded.usable.push_back(true);
  }
  return decoded;
}

void make_unreadable(const data::DataSet& data, std::size_t i, features::FeatureSet& decoded) {
  decoded.usable[i] = false;
  decoded.pixels[i] = {};
  decoded.skipped.push_back({data.pictures[i].file, "is empty"});
}

std::vector<std::vector<int>> one_each(const std::vector<int>& sizes) {
  std::vector<std::vector<int>> labels;
  for (std::size_t c = 0; c < sizes.size(); ++c) {
    labels.insert(labels.end(), static_cast<std::size_t>(sizes[c]), {static_cast<int>(c)});
  }
  return labels;
}

TEST(Inspection, OneLabelEachIsClassification) {
  const data::DataSet data = data_with({"robin", "wren"}, one_each({12, 10}));
  const Inspection found = inspect(data, all_different(data));
  EXPECT_EQ(found.problem, data::Problem::kOneClass);
  EXPECT_EQ(found.pictures, 22u);
  EXPECT_THAT(found.labels_per_picture, ElementsAre(std::pair(1, 22)));
  EXPECT_THAT(found.warnings, IsEmpty());
  EXPECT_THAT(inspection_text(found, 80, false),
              AllOf(HasSubstr("22 pictures, 2 classes"), HasSubstr("softmax, cross-entropy"),
                    HasSubstr("none of"), Not(HasSubstr("Look at")), Not(HasSubstr("\x1b"))));
}

TEST(Inspection, NoneOrSeveralLabelsAreALabelProblem) {
  data::DataSet data = data_with({"nest", "robin"}, one_each({10, 10}));
  data.pictures[0].labels = {0, 1};
  data.pictures[1].labels = data.pictures[2].labels = {};
  const Inspection found = inspect(data, all_different(data));
  EXPECT_EQ(found.problem, data::Problem::kMultiLabel);
  EXPECT_THAT(found.labels_per_picture,
              ElementsAre(std::pair(0, 2), std::pair(1, 17), std::pair(2, 1)));
  EXPECT_THAT(found.why, HasSubstr("1 picture carries several labels and 2 carry none, so"));
  EXPECT_THAT(inspection_text(found, 80, false), HasSubstr("sigmoid, binary cross-entropy"));
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
  EXPECT_THAT(inspection_text(found, 80, false),
              AllOf(HasSubstr("Left out: 2 files"), HasSubstr("0.png: is empty")));
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
  EXPECT_THAT(inspection_text(found, 80, false),
              AllOf(HasSubstr("7.png (robin) = "), HasSubstr("12.png (wren)"),
                    HasSubstr("3 pictures repeat the pixels")));
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

TEST(Inspection, PointsOutTheFewPicturesThatMakeItALabelProblem) {
  data::DataSet data = data_with({"robin", "wren"}, one_each({60, 50}));
  data.pictures[5].labels = {0, 1};
  EXPECT_THAT(inspect(data, all_different(data)).warnings,
              ElementsAre(AllOf(HasSubstr("All but 1 picture"), HasSubstr("birds/5.png"))));
}

TEST(Inspection, WarnsOfNamesThatLookMistaken) {
  const data::DataSet data = data_with({"Robin", "robin", "wren|nest"}, one_each({6, 6, 6}));
  EXPECT_THAT(inspect(data, all_different(data)).warnings,
              ElementsAre(AllOf(HasSubstr("only in capitals"), HasSubstr("Robin, robin")),
                          AllOf(HasSubstr("--label-delimiter"), HasSubstr("wren|nest"))));
}

TEST(Inspection, TheTextKeepsToItsWidthAndCutsLongLists) {
  std::vector<std::string> classes;
  for (int i = 0; i < 40; ++i)
    classes.push_back("a rather long name of a class, no. " + std::to_string(100 + i));
  data::DataSet data = data_with(classes, one_each(std::vector<int>(40, 6)));
  for (int i = 0; i < 15; ++i) data.skipped.push_back({"birds/s.txt", "no picture"});
  const std::string text = inspection_text(inspect(data, all_different(data)), 60, false);
  EXPECT_THAT(text, AllOf(HasSubstr("… 10 more, down to 6 pictures"), HasSubstr("… 5 more")));
  const data::DataSet plain = data_with({"猫", "robin"}, one_each({6, 6}));
  std::istringstream lines(inspection_text(inspect(plain, all_different(plain)), 60, false));
  for (std::string line; std::getline(lines, line);) {
    const auto columns =
        std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; });
    EXPECT_LE(columns, 60) << line;
  }
}

TEST(Inspection, ColoursOnlyWhenAsked) {
  const data::DataSet data = data_with({"robin", "wren"}, one_each({6, 6}));
  EXPECT_THAT(inspection_text(inspect(data, all_different(data)), 80, true), HasSubstr("\x1b["));
}

TEST(Inspection, NamesCantSendCommandsToTheTerminal) {
  const data::DataSet data = data_with({"a\x1b[2J", "b\nc"}, one_each({6, 1}));
  const std::string text = inspection_text(inspect(data, all_different(data)), 80, false);
  EXPECT_THAT(text, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("b\nc"))));
}

TEST(Inspection, JsonHoldsTheSameFindings) {
  data::DataSet data = data_with({"nest", "robin"}, one_each({10, 10}));
  data.pictures[0].labels = {0, 1};
  data.pictures[1].labels = {};
  data.extra_names = 3;
  data.skipped = {{"birds/caf\xE9.txt", "not a picture"}};  // a name that isn't UTF-8
  features::FeatureSet decoded = all_different(data);
  decoded.pixels[12] = decoded.pixels[2];
  const json report = json::parse(inspection_json(inspect(data, decoded)));
  EXPECT_EQ(report.at("format"), "oneormany-inspect-1");
  const json& found = report.at("data");
  EXPECT_EQ(found.at("name"), "birds");
  EXPECT_EQ(found.at("pictures"), 20);
  EXPECT_EQ(found.at("classes")[0], json({{"name", "nest"}, {"count", 9}}));
  EXPECT_EQ(found.at("labels_per_picture"), json({{"0", 1}, {"1", 18}, {"2", 1}}));
  EXPECT_EQ(found.at("duplicates"), 1);
  EXPECT_EQ(found.at("duplicate_groups")[0].at("conflicting"), true);
  EXPECT_EQ(found.at("duplicate_groups")[0].at("copies")[1],
            json({{"file", "birds/12.png"}, {"labels", {"robin"}}}));
  EXPECT_EQ(found.at("extra_names"), 3);
  EXPECT_EQ(found.at("skipped")[0].at("why"), "not a picture");
  EXPECT_EQ(report.at("problem").at("type"), "labels");
  EXPECT_EQ(report.at("problem").at("activation"), "sigmoid");
  EXPECT_EQ(report.at("problem").at("loss"), "bce_with_logits");
  EXPECT_TRUE(report.at("warnings").is_array());
}

}  // namespace
}  // namespace oneormany::app
