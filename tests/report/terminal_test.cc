#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "report/measures.h"
#include "report/report.h"
#include "report/text.h"
#include "tests/report/fixture.h"

namespace oneormany {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string without_colour(std::string text) {
  for (std::size_t at = text.find('\x1b'); at != std::string::npos; at = text.find('\x1b')) {
    text.erase(at, text.find('m', at) + 1 - at);
  }
  return text;
}

std::string line_starting(const std::string& text, const std::string& start) {
  for (const auto& line : lines_of(text)) {
    if (line.starts_with(start)) return line;
  }
  return "no line starts with " + start;
}

/// A comparison that makes lines long wherever they can be.
Comparison unruly_comparison() {
  Comparison c = example_comparison();
  c.classes = {{"東京都庁舎第一本庁舎の建物", 30}, {"Zürich\x1b[2J", 41}};
  for (int i = 0; i < 60; ++i) c.classes.push_back({fmt::format("class_{}", i), 5});
  c.skipped.assign(7, {std::string(200, 'x') + "/\x1b]0;owned\a.png", "why\nover two lines"});
  c.notes.assign(5, std::string(150, 'n'));
  c.untrained = {{"classes", fmt::format("12 pictures carry no label, {:w<99}", 30)}};
  c.arms.push_back(
      example_arm({"東京+とても長い名前のモデルです", "x", "sigmoid", 0, 9, 0.9, 0.2}));
  c.arms.push_back(example_arm({std::string(70, 'a'), "x", "sigmoid", 0, 9, 0.9, 0.2}));
  return c;
}

class TerminalWidth : public testing::TestWithParam<int> {};

TEST_P(TerminalWidth, NoLineIsLongerThanTheTerminal) {
  for (const Comparison& c : {example_comparison(), unruly_comparison(), many_label_comparison()}) {
    for (const auto& line : lines_of(terminal_report(c, GetParam(), false))) {
      EXPECT_LE(display_width(line), GetParam()) << line;
    }
  }
}

TEST_P(TerminalWidth, ShowsEveryMeasureOfEveryArm) {
  Comparison c = unruly_comparison();
  c.arms.resize(4);
  const std::string text = terminal_report(c, GetParam(), false);
  for (const auto& measures : {in_domain_measures(c), unseen_measures()}) {
    for (const Measure& measure : measures) {
      std::string shown;  // an arm that doesn't fit beside the others goes on below
      for (const auto& line : lines_of(text)) {
        if (line.starts_with(measure.name + " ")) shown += line;
      }
      for (const Arm& arm : c.arms) {
        EXPECT_THAT(shown, HasSubstr(format_value(measure.unit, measure.read(arm).value)));
      }
    }
  }
}

// More than four arms stand one below the other.
TEST_P(TerminalWidth, ShowsEveryMeasureOfManyArms) {
  Comparison c = example_comparison();
  for (int i = 0; i < 6; ++i) {
    c.arms.push_back(example_arm({fmt::format("labels+background:asymmetric:margin=0.{}", i), "x",
                                  "sigmoid", 0, 9, 0.81 + 0.02 * i, 0.2 + 0.03 * i}));
  }
  const std::string text = terminal_report(c, GetParam(), false);
  for (const Arm& arm : c.arms) {
    std::string shown;  // the lines that end with this arm's numbers
    const std::string end = arm.name.substr(arm.name.find_last_of(":+") + 1);
    for (const auto& line : lines_of(text)) {
      EXPECT_LE(display_width(line), GetParam()) << line;
      if (line.find(end) != std::string::npos) shown += line + ' ';
    }
    for (const auto& measures : {in_domain_measures(c), unseen_measures()}) {
      for (const Measure& measure : measures) {
        EXPECT_THAT(shown, HasSubstr(format_value(measure.unit, measure.read(arm).value)));
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Columns, TerminalWidth, testing::Values(40, 80, 120, 200));

TEST(TerminalReport, FourArmsStandSideBySideIn80Columns) {
  const std::string text = terminal_report(example_comparison(), 80, false);
  EXPECT_THAT(line_starting(text, "accuracy "),
              testing::MatchesRegex("accuracy +96.8 % +96.8 % +96.6 % +96.7 %"));
  EXPECT_THAT(line_starting(text, "labelled keeping 95 %"),
              testing::MatchesRegex("labelled keeping 95 % +41.2 % +42.3 % +11.3 % +10.1 %"));
  EXPECT_THAT(line_starting(text, "  95 % interval"),
              testing::MatchesRegex("  95 % interval +38.1–46.0 % +39.2–47.1 % +8.2–16.1 % "
                                    "+7.0–14.9 %"));
  EXPECT_THAT(line_starting(text, "sum of probabilities, max"),
              testing::MatchesRegex(".*max +1.000 +1.213 +1.000 +1.213"));
}

TEST(TerminalReport, ManyArmsStandOneBelowTheOtherWithTheIntervalBesideItsMeasure) {
  Comparison c = example_comparison();
  c.arms.push_back(example_arm({"labels:zlpr (mlp)", "zlpr", "sigmoid", 0, 9, 0.955, 0.2}));
  const std::string text = terminal_report(c, 80, false);
  EXPECT_THAT(text, testing::ContainsRegex("\nlabels:zlpr \\(mlp\\) +95.5 % +0.925 "));
  EXPECT_THAT(text, testing::ContainsRegex("\nlabels:zlpr \\(mlp\\).* 20.0 % +16.9–24.8 % "));
}

TEST(TerminalReport, ModelsThatCannotBeTrainedForOneReasonAreNamedTogether) {
  Comparison c = example_comparison();
  c.untrained = {{"classes", "why"}, {"classes+none", "why"}, {"x", "another"}};
  EXPECT_THAT(terminal_report(c, 80, false),
              HasSubstr("Not trained\n  classes, classes+none: why\n  x: another\n"));
}

TEST(TerminalReport, NamesStandInOneLineWhereThereIsRoom) {
  const std::string text = terminal_report(example_comparison(), 120, false);
  EXPECT_THAT(text,
              testing::ContainsRegex("classes +labels +classes\\+none +labels\\+background\n"));
}

TEST(TerminalReport, ACertaintyIsNeverRoundedInto) {
  EXPECT_EQ(format_value(Unit::kProbability, 0.99996), ">0.999");
  EXPECT_EQ(format_value(Unit::kProbability, 1.0), "1.000");
  EXPECT_EQ(format_value(Unit::kProbability, 0.00004), "<0.001");
  EXPECT_EQ(format_value(Unit::kShare, 0.4123), "41.2 %");
}

TEST(TerminalReport, ColourChangesOnlyTheLookAndMarksTheBest) {
  const Comparison c = example_comparison();
  const std::string plain = terminal_report(c, 100, false);
  const std::string coloured = terminal_report(c, 100, true);
  EXPECT_THAT(plain, Not(HasSubstr("\x1b")));
  EXPECT_EQ(without_colour(coloured), plain);
  EXPECT_THAT(coloured, HasSubstr("\x1b[1m10.1 %\x1b[0m"));
  EXPECT_THAT(coloured, Not(HasSubstr("\x1b[1m41.2 %")));
}

TEST(TerminalReport, TiesAreAllBestAndEqualRowsHaveNoBest) {
  const Measure lower{.name = "", .unit = Unit::kShare, .better = Better::kLower};
  EXPECT_THAT(best_of(lower, {{0.1001}, {0.2}, {0.1002}}), testing::ElementsAre(true, false, true));
  EXPECT_THAT(best_of(lower, {{0.1}, {0.1}}), testing::ElementsAre(false, false));
  const Measure neither{.name = "", .unit = Unit::kShare};
  EXPECT_THAT(best_of(neither, {{0.1}, {0.2}}), testing::ElementsAre(false, false));
}

TEST(TerminalReport, NoUserTextReachesTheTerminalRaw) {
  const std::string text = terminal_report(unruly_comparison(), 80, false);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("\a")));
}

TEST(TerminalReport, SaysWhatWasLeftOutInBrief) {
  const std::string text = terminal_report(unruly_comparison(), 80, false);
  EXPECT_THAT(text, HasSubstr("Left out: 7 files"));
  EXPECT_THAT(text, HasSubstr("… and 4 more, listed in the report"));
  EXPECT_THAT(text, HasSubstr("Not trained\n  classes: 12 pictures carry no label"));
}

TEST(TerminalReport, WithoutUnseenPicturesThereIsNoUnseenTable) {
  Comparison c = example_comparison();
  for (Arm& arm : c.arms) arm.unseen.reset();
  c.unseen = 0;
  const std::string text = terminal_report(c, 80, false);
  EXPECT_THAT(text, HasSubstr("accuracy"));
  EXPECT_THAT(text, Not(HasSubstr("AUROC")));
}

TEST(TerminalReport, TheVerdictComesLast) {
  const std::string text = terminal_report(example_comparison(), 80, false);
  const std::string last = text.substr(text.find("Verdict\n"));
  EXPECT_THAT(last, HasSubstr("sigmoid"));
  EXPECT_TRUE(last.ends_with("would help most.\n")) << last;
}

TEST(TerminalReport, ManyLabelsHaveTheirOwnMeasures) {
  const std::string text = terminal_report(many_label_comparison(), 80, false);
  EXPECT_THAT(line_starting(text, "exact match "), testing::MatchesRegex(".* 96.8 % +96.7 %"));
  EXPECT_THAT(line_starting(text, "macro F1, tuned "), testing::MatchesRegex(".* 0.643 +0.643"));
  EXPECT_THAT(line_starting(text, "micro F1, tuned "), testing::MatchesRegex(".* 0.691 +0.691"));
  EXPECT_THAT(line_starting(text, "micro F1 "), testing::MatchesRegex(".* 0.682 +0.682"));
  EXPECT_THAT(line_starting(text, "mean average precision "), testing::MatchesRegex(".* 0.653 .*"));
  EXPECT_THAT(line_starting(text, "micro average precision "),
              testing::MatchesRegex(".* 0.760 .*"));
  const std::string one_class = terminal_report(example_comparison(), 80, false);
  EXPECT_THAT(one_class, Not(HasSubstr("micro")));
  EXPECT_THAT(one_class, Not(HasSubstr("Label by label")));
}

TEST(TerminalReport, ShowsTheWorstLabelsAndSaysWhereTheOthersAre) {
  const std::string text = terminal_report(many_label_comparison(), 80, false);
  const std::string part = text.substr(text.find("Label by label\n"));
  EXPECT_THAT(part,
              HasSubstr("The 8 of 40 labels that \"labels\" ranks worst; all are in the report"));
  const auto lines = lines_of(part);
  // A blank line, the heading and its rule stand between.
  const auto rule = std::find_if(lines.begin(), lines.end(),
                                 [](const auto& line) { return line.starts_with("─"); });
  ASSERT_GT(lines.end() - rule, 9);
  EXPECT_THAT(*(rule - 1), testing::MatchesRegex(
                               " +pictures  avg. precision  F1 at 0.5  F1 tuned  threshold +ECE"));
  // The one of 120 letters is cut; "label 2", that nobody carries, is not among the worst.
  EXPECT_THAT(rule[1],
              testing::MatchesRegex("東京都庁舎_x+… +61 +0.200 +0.140 +0.180 +0.210 +0.007"));
  EXPECT_THAT(rule[2], HasSubstr("label 33"));
  EXPECT_EQ(rule[9], "");
  EXPECT_THAT(part, HasSubstr("2 labels are on fewer than 30 pictures"));
  EXPECT_THAT(part, HasSubstr("label 2 (0)."));
}

TEST(TerminalReport, WithoutFoldsNoTunedThresholdsAreShown) {
  Comparison c = many_label_comparison(3);
  for (Arm& arm : c.arms) {
    arm.in_domain.labels->tuned.reset();
    for (LabelFinding& label : arm.in_domain.labels->each) label.tuned.reset();
  }
  const std::string text = terminal_report(c, 80, false);
  EXPECT_THAT(text, Not(HasSubstr("tuned")));
  EXPECT_THAT(text, HasSubstr("micro F1 "));
  EXPECT_THAT(line_starting(text, "label 2 "), testing::MatchesRegex("label 2 +0 +– +– +–"));
}

}  // namespace
}  // namespace oneormany
