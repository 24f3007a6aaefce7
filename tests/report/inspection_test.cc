// What inspect found, as text for a terminal and as JSON.
#include "report/inspection.h"

#include <fmt/core.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/app/inspected.h"

namespace oneormany::report {
namespace {

using app::all_different;
using app::data_with;
using app::inspect;
using app::make_unreadable;
using app::one_each;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(InspectionText, SaysWhatTheDataIsAndWhatFollows) {
  data::DataSet data = data_with({"robin", "wren"}, one_each({12, 10}));
  EXPECT_THAT(inspection_text(inspect(data, all_different(data)), 80, false),
              AllOf(HasSubstr("22 pictures, 2 classes"), HasSubstr("softmax, cross-entropy"),
                    HasSubstr("none of"), Not(HasSubstr("Look at")), Not(HasSubstr("\x1b"))));
  data.pictures[0].labels = {0, 1};
  EXPECT_THAT(inspection_text(inspect(data, all_different(data)), 80, false),
              HasSubstr("sigmoid, binary cross-entropy"));
}

TEST(InspectionText, NamesWhatIsLeftOutAndCopies) {
  const data::DataSet data = data_with({"robin", "wren"}, one_each({10, 10}));
  features::FeatureSet decoded = all_different(data);
  decoded.pixels[1] = decoded.pixels[2] = decoded.pixels[0];
  decoded.pixels[12] = decoded.pixels[7];
  make_unreadable(data, 3, decoded);
  EXPECT_THAT(inspection_text(inspect(data, decoded), 80, false),
              AllOf(HasSubstr("Left out: 1 file"), HasSubstr("3.png: is empty"),
                    HasSubstr("7.png (robin) = "), HasSubstr("12.png (wren)"),
                    HasSubstr("3 pictures repeat the pixels")));
}

TEST(InspectionText, FilesLeftOutForOneReasonShareALine) {
  data::DataSet data = data_with({"robin", "wren"}, one_each({10, 10}));
  for (int i = 0; i < 12; ++i)
    data.skipped.push_back({fmt::format("birds/x{:02}.png", i), "not named in t.csv"});
  data.skipped.push_back({"birds/y.txt", "not a picture"});
  EXPECT_THAT(
      inspection_text(inspect(data, all_different(data)), 100, false),
      AllOf(HasSubstr("Left out: 13 files\n"),
            HasSubstr("x00.png, birds/x01.png, birds/x02.png and 9 more: not named in t.csv\n"),
            HasSubstr("y.txt: not a picture\n"), Not(HasSubstr("x03.png"))));
}

TEST(InspectionText, TheTextKeepsToItsWidthAndCutsLongLists) {
  std::vector<std::string> classes;
  for (int i = 0; i < 40; ++i)
    classes.push_back("a rather long name of a class, no. " + std::to_string(100 + i));
  data::DataSet data = data_with(classes, one_each(std::vector<int>(40, 6)));
  for (int i = 0; i < 15; ++i)
    data.skipped.push_back({"birds/s.txt", "no picture, for reason " + std::to_string(i)});
  const std::string text = inspection_text(inspect(data, all_different(data)), 60, false);
  EXPECT_THAT(text,
              AllOf(HasSubstr("… 10 more, down to 6 pictures"), HasSubstr(" 5 more (all with")));
  const data::DataSet plain = data_with({"猫", "robin"}, one_each({6, 6}));
  std::istringstream lines(inspection_text(inspect(plain, all_different(plain)), 60, false));
  for (std::string line; std::getline(lines, line);) {
    const auto columns =
        std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; });
    EXPECT_LE(columns, 60) << line;
  }
}

TEST(InspectionText, ColoursOnlyWhenAsked) {
  const data::DataSet data = data_with({"robin", "wren"}, one_each({6, 6}));
  EXPECT_THAT(inspection_text(inspect(data, all_different(data)), 80, true), HasSubstr("\x1b["));
}

TEST(InspectionText, NamesCantSendCommandsToTheTerminal) {
  const data::DataSet data = data_with({"a\x1b[2J", "b\nc"}, one_each({6, 1}));
  const std::string text = inspection_text(inspect(data, all_different(data)), 80, false);
  EXPECT_THAT(text, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("b\nc"))));
}

TEST(InspectionText, JsonHoldsTheSameFindings) {
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
}  // namespace oneormany::report
