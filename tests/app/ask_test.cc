// The table by which the user is asked, and answers.

#include "app/ask.h"

#include <gmock/gmock.h>

#include "tests/error_in.h"
#include "tests/folder.h"

namespace oneormany::app {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

class AskTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"a.png", "b, c.png", "\"d\".png", "e.png"}) {
      pictures.push_back(folder.write(std::string("pile/") + name, "-"));
    }
  }

  std::vector<evaluate::AskedPicture> asked() const {
    std::vector<evaluate::AskedPicture> all;
    for (std::size_t i = 0; i < 3; ++i) {
      all.push_back({.picture = i,
                     .file = pictures[i],
                     .prediction = "wren",
                     .probability = 0.5,
                     .labelled = true,
                     .stratum = 1,
                     .stands_for = 4.0 / 3});
    }
    return all;
  }

  /// With answers in place of the empty cells.
  fs::path filled_in(const std::vector<std::string>& answers, bool many = false) const {
    std::string text = ask_csv(asked(), folder.path() / "report", many);
    std::size_t at = text.find('\n');
    for (const std::string& answer : answers) {
      at = text.find(",,", at) + 1;
      text.insert(at, answer);
    }
    return folder.write("report/ask.csv", text);
  }

  std::vector<evaluate::Answer> read(const fs::path& file) const {
    return read_answers(file, pictures, classes, {});
  }

  std::string error(const fs::path& file) const {
    return error_in([&] { read(file); });
  }

  const Folder folder;
  std::vector<fs::path> pictures;
  const std::vector<std::string> classes{"robin", "wren"};
};

TEST_F(AskTest, WhatIsWrittenIsReadBack) {
  const fs::path file = filled_in({"wren", "none", ""});
  EXPECT_THAT(read_text(file), testing::StartsWith("file,label,predicted,probability,stratum,"
                                                   "stands_for\n../pile/a.png,wren,wren,0.5000,1,"
                                                   "1.33333333\n\"../pile/b, c.png\",none,"));
  const std::vector<evaluate::Answer> answers = read(file);
  ASSERT_EQ(answers.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(answers[i].picture, i);
    EXPECT_EQ(answers[i].stratum, 1);
    EXPECT_NEAR(answers[i].stands_for, 4.0 / 3, 1e-8);
  }
  EXPECT_THAT(answers[0].labels, testing::Optional(testing::ElementsAre(1)));
  EXPECT_THAT(answers[1].labels, testing::Optional(testing::IsEmpty()));
  EXPECT_FALSE(answers[2].labels);
}

TEST_F(AskTest, ATableThatASpreadsheetSavedElsewhereIsRead) {
  const std::string text =
      "\xEF\xBB\xBF"
      "file;label;predicted;probability;stratum;stands_for\r\n"
      "a.png; Wren ;wren;0,5;1;2,5\r\ne.png;NONE;wren;0,5;1;2,5\r\n";
  const auto answers = read(folder.write("elsewhere/a.csv", text));
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[1].picture, 3u);
  EXPECT_EQ(answers[1].stands_for, 2.5);
  // Of another folder's picture nothing is known.
  EXPECT_THAT(error(folder.write("elsewhere/b.csv",
                                 "file,label,stratum,stands_for\nother/a.png,none,1,1\n")),
              HasSubstr("other/a.png is not among"));
  EXPECT_THAT(answers[0].labels, testing::Optional(testing::ElementsAre(1)));
}

TEST_F(AskTest, SeveralLabelsStandInACell) {
  const auto answers = read(filled_in({"wren|robin", "none", "robin"}, true));
  EXPECT_THAT(answers[0].labels, testing::Optional(testing::ElementsAre(0, 1)));
  EXPECT_THAT(answers[2].labels, testing::Optional(testing::ElementsAre(0)));
}

TEST_F(AskTest, AClassMayBeCalledNone) {
  const fs::path file = filled_in({"none", "none of these"});
  const auto answers = read_answers(file, pictures, {"none", "wren"}, {});
  EXPECT_THAT(answers[0].labels, testing::Optional(testing::ElementsAre(0)));
  EXPECT_THAT(answers[1].labels, testing::Optional(testing::IsEmpty()));
}

TEST_F(AskTest, WhatIsWrongIsAnErrorThatNamesTheLineAndTheCure) {
  EXPECT_THAT(error(filled_in({"wrem"})), AllOf(HasSubstr("ask.csv, line 2: no class is called "
                                                          "wrem"),
                                                HasSubstr("did you mean wren?")));
  EXPECT_THAT(error(filled_in({"xyz"})), HasSubstr("write the name of a class, or none"));
  EXPECT_THAT(error(filled_in({})), HasSubstr("has no answer in its column label"));
  const std::string head = "file,label,stratum,stands_for\n";
  const auto wrong = [&](const std::string& rows) {
    return error(folder.write("report/wrong.csv", head + rows));
  };
  EXPECT_THAT(wrong("../pile/z.png,none,1,2\n../pile/a.png,none,1,2\n"),
              AllOf(HasSubstr("wrong.csv, line 2: ../pile/z.png is not among the unlabelled")));
  EXPECT_THAT(wrong("../pile/a.png,none,1,2\n../pile/a.png,none,1,2\n"),
              HasSubstr("line 3: ../pile/a.png is there already, in line 2"));
  EXPECT_THAT(wrong("../pile/a.png,none,1,0.5\n"), HasSubstr("line 2: stratum is '1' and"));
  EXPECT_THAT(wrong("../pile/a.png,none,x,2\n"), HasSubstr("stratum is 'x'"));
  // Of four that 1.33 were to stand for each, one row is gone.
  EXPECT_THAT(wrong("../pile/a.png,none,1,1.33333\n../pile/e.png,none,1,1.33333\n"),
              HasSubstr("line 2: rows of stratum 1 are missing"));
  EXPECT_THAT(error(folder.write("t.csv", "file,label\na.png,none\n")),
              HasSubstr("has no columns file and stands_for: give the table that --ask wrote"));
  EXPECT_THAT(error(folder.path() / "nowhere.csv"), HasSubstr("nowhere.csv"));
}

TEST_F(AskTest, AnswersAreNotOverwritten) {
  const auto refused = [](const fs::path& file) {
    return error_in([&] { refuse_answered(file); });
  };
  EXPECT_NO_THROW(refuse_answered(folder.path() / "nowhere.csv"));
  EXPECT_NO_THROW(refuse_answered(filled_in({})));
  EXPECT_THAT(refused(filled_in({"wren"})), AllOf(HasSubstr("ask.csv: holds 1 answer"),
                                                  HasSubstr("--answers"), HasSubstr("--out")));
  EXPECT_THAT(refused(folder.write("ask.csv", "a letter\n")), HasSubstr("has no columns file"));
}

TEST_F(AskTest, EveryPictureNeedsANameThatATableCanHold) {
  EXPECT_NO_THROW(require_names(pictures));
  EXPECT_THAT(error_in([] { require_names({}); }), HasSubstr("with a column file"));
  EXPECT_THAT(error_in([] { require_names({"a.png", "\xff.png"}); }), HasSubstr("isn't UTF-8"));
}

}  // namespace
}  // namespace oneormany::app
