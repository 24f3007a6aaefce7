#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "report/measures.h"
#include "report/report.h"
#include "report/text.h"
#include "tests/report/fixture.h"

namespace oneormany::report {
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
evaluate::Results unruly_comparison() {
  evaluate::Results c = example_comparison();
  c.data.classes = {{"東京都庁舎第一本庁舎の建物", 30}, {"Zürich\x1b[2J", 41}};
  for (int i = 0; i < 60; ++i) c.data.classes.push_back({fmt::format("class_{}", i), 5});
  c.data.skipped.assign(7, {std::string(200, 'x') + "/\x1b]0;owned\a.png", "why\nover two lines"});
  c.data.notes.assign(5, std::string(150, 'n'));
  c.recommended = trusted_comparison().recommended;
  c.recommended->score = "sc\x1b[2Jore";
  c.prediction_sets = trusted_comparison().prediction_sets;
  c.untrained = {{"classes", fmt::format("12 pictures carry no label, {:w<99}", 30)}};
  c.models.push_back(
      example_arm({"東京+とても長い名前のモデルです", "x", "sigmoid", 0, 9, 0.9, 0.2}));
  c.models.push_back(example_arm({std::string(70, 'a'), "x", "sigmoid", 0, 9, 0.9, 0.2}));
  return c;
}

evaluate::Results many_arms() {
  evaluate::Results c = example_comparison();
  for (int i = 0; i < 6; ++i) {
    c.models.push_back(example_arm({fmt::format("labels+background:asymmetric:margin=0.{}", i), "x",
                                    "sigmoid", 0, 9, 0.81 + 0.02 * i, 0.2 + 0.03 * i}));
  }
  return c;
}

class TerminalWidth : public testing::TestWithParam<int> {};

TEST_P(TerminalWidth, NoLineIsLongerThanTheTerminal) {
  for (const evaluate::Results& c : {example_comparison(), unruly_comparison(),
                                     many_label_comparison(), trusted_comparison(), many_arms()}) {
    for (const bool all_scores : {false, true}) {
      for (const auto& line : lines_of(terminal_report(c, GetParam(), false, all_scores))) {
        EXPECT_LE(display_width(line), GetParam()) << line;
      }
    }
  }
}

TEST_P(TerminalWidth, ShowsTheBriefMeasuresOfEveryArm) {
  for (const evaluate::Results& c : {many_arms(), many_label_comparison(), trusted_comparison()}) {
    const std::string text = terminal_report(c, GetParam(), false);
    const std::string models = text.substr(text.find("\nModels\n"));
    for (const evaluate::ModelResult& model : c.models) {
      std::string shown;  // the lines that end a name, with this arm's numbers
      const std::string end = model.name.substr(model.name.find_last_of(":+") + 1);
      for (const auto& line : lines_of(models)) {
        if (line.find(end) != std::string::npos) shown += line + ' ';
      }
      for (const Measure& measure : brief_measures(c)) {
        if (measure.known && !measure.known(model)) continue;
        const Reading reading = measure.read(model);
        const std::string value =
            measure.known && reading.ci95
                ? format_measured(measure.unit,
                                  {reading.value, reading.ci95->first, reading.ci95->second})
                : format_value(measure.unit, reading.value);
        EXPECT_THAT(shown, HasSubstr(value)) << model.name << ", " << measure.name;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Columns, TerminalWidth, testing::Values(40, 80, 120, 200));

TEST(TerminalReport, ArmsAreRowsOfOneTableIn80Columns) {
  const std::string text = terminal_report(trusted_comparison(), 80, false);
  EXPECT_THAT(line_starting(text, "  classes  "),
              testing::MatchesRegex("  classes +96.8 % +0.012 +40 % \\(37–43\\) +41 % "
                                    "\\(38–46\\) +0.915"));
  EXPECT_THAT(line_starting(text, "* labels+background"),
              testing::MatchesRegex(".* 96.7 % +0.012 +9 % \\(6–12\\) +10 % "
                                    "\\(7–15\\) +0.967"));
}

TEST(TerminalReport, TenArmsStayOneTableIn80Columns) {
  const std::string text = terminal_report(many_arms(), 80, false);
  EXPECT_THAT(line_starting(text, "asymmetric:margin=0.3"),
              testing::MatchesRegex("asymmetric:margin=0.3 +87.0 % +0.012 +29 % "
                                    "\\(26–34\\) +0.935"));
  EXPECT_THAT(line_starting(text, "labels+background:"), "labels+background:");
}

TEST(TerminalReport, TheRecommendationComesFirst) {
  const std::string text = terminal_report(trusted_comparison(), 80, false);
  EXPECT_THAT(text, HasSubstr(R"(
  Use     labels+background, score background, threshold -7.35 (-7.90 to -6.81)
  keeps   95 % (93–97) of the right answers; accuracy 96.7 %
  expect  5 % (2–8) of other pictures to get a label: rehearsed on hidden kinds
          of background
  unseen  6 % (3–11) of your 345 unseen pictures did

Models
)"));
}

TEST(TerminalReport, AllThatMattersFitsOneScreen) {
  const std::string text = terminal_report(trusted_comparison(), 80, false);
  EXPECT_LE(lines_of(text.substr(0, text.find("\nLeft out"))).size(), 40U);
}

TEST(TerminalReport, AnAimThatCannotBeReachedIsSaidSo) {
  evaluate::Results c = trusted_comparison();
  c.recommended->aim = "precision=0.99";
  c.recommended->reachable = false;
  c.recommended->estimate.reset();
  c.recommended->unseen.reset();
  const std::string text = terminal_report(c, 80, false);
  EXPECT_THAT(text, HasSubstr(R"(
  but     no threshold of it has 99 % of the answers given right on these
          pictures; this comes nearest
  keeps   95 % (93–97) of the right answers; 98 % (97–99) of the answers given
          are right; accuracy 96.7 %

Models
)"));
}

TEST(TerminalReport, ScoresComeByTheRehearsalAfterTheChosenOne) {
  evaluate::Results c = trusted_comparison();
  c.recommended->score = "energy";
  const std::string text = terminal_report(c, 80, false, true);
  const std::string part = text.substr(text.find("Scores of labels+background\n"));
  EXPECT_THAT(part,
              testing::ContainsRegex("\n\\* energy +3.45 +10 % [^\n]*\n  background +-7.35 +5 % "
                                     "\\(2–8\\) [^\n]*\n  knn +-8.35 [^\n]*\n  max_prob"));
  EXPECT_THAT(terminal_report(c, 80, false), Not(HasSubstr("Scores of")));
}

TEST(TerminalReport, ClassesStandTheWorstFirst) {
  evaluate::Results c = trusted_comparison();
  const auto part = [&] {
    const std::string text = terminal_report(c, 80, false);
    const std::size_t at = text.find("\nClass by class");
    return at == std::string::npos ? "" : text.substr(at, text.find("\n\n", at) - at + 1);
  };
  EXPECT_EQ(part(), R"(
Class by class
Given: of its pictures those that get it as their label; unseen: of the unseen
ones
           pictures          recall  precision         given  unseen
────────────────────────────────────────────────────────────────────
flags           497    85 % (76–93)     88.1 %  72 % (61–82)   1.3 %
buildings        68  98 % (97–99.1)     97.9 %  94 % (92–96)   4.8 %
)");
  for (int i = 0; i < 6; ++i) {
    c.data.classes.push_back({"class " + std::to_string(i), 30});
    evaluate::Recommendation::PerClass one;
    one.recall = {0.9 + 0.01 * i, 0.8, 1};
    c.recommended->classes.push_back(one);
  }
  EXPECT_THAT(part(), AllOf(HasSubstr("Class by class, the 6 of 8 that are recognised worst\n"),
                            HasSubstr("\nclass 4 "), Not(HasSubstr("\nclass 5 "))));
  c.recommended->classes.clear();
  EXPECT_EQ(part(), "");
}

TEST(TerminalReport, AllScoresShowsEachOfEveryArm) {
  const evaluate::Results c = trusted_comparison();
  const std::string text = terminal_report(c, 80, false, true);
  for (const evaluate::ModelResult& model : c.models) {
    const std::size_t at = text.find("Scores of " + model.name + "\n");
    ASSERT_NE(at, std::string::npos) << model.name;
    for (const evaluate::ScoreResult& score : model.scores) {
      const std::string part = text.substr(at);
      EXPECT_THAT(part, testing::ContainsRegex("\n[* ] " + score.name + " .*" +
                                               format_value(Unit::kShare, score.fpr95->value)));
    }
  }
}

TEST(TerminalReport, SetsAndCalibrationTakeALineEach) {
  const std::string text = terminal_report(trusted_comparison(), 300, false);
  EXPECT_THAT(line_starting(text, "Sets"),
              "Sets         at 5 % risk: in domain 96 % (94–97) of labels covered; empty 3 %, "
              "one 90 %, several 7 %; background empty 93 %; unseen empty 85 %; 1 label is in "
              "every set made from fewer than 19 pictures of it");
  EXPECT_THAT(line_starting(text, "Calibration"),
              "Calibration  temperature: log-loss 0.206 → 0.093, ECE 0.097 → 0.021 "
              "(0.015–0.031)");
  EXPECT_THAT(line_starting(text, "Look at"), HasSubstr("2 pictures in the report whose label"));
  evaluate::Results c = trusted_comparison();
  c.models[3].calibration->chosen = "none";
  EXPECT_THAT(line_starting(terminal_report(c, 300, false), "Calibration"),
              "Calibration  none of the kinds helped: log-loss 0.206, ECE stays 0.097 "
              "(0.081–0.113)");
  c.models[3].calibration->methods[0].ece = {0.012, 0.008, 0.019};
  c.prediction_sets->without_guarantee.clear();
  const std::string well = terminal_report(c, 300, false);
  EXPECT_THAT(line_starting(well, "Calibration"),
              "Calibration  not needed: log-loss 0.206, ECE 0.012 (0.008–0.019)");
  EXPECT_THAT(line_starting(well, "Sets"), Not(HasSubstr("every set")));
}

TEST(TerminalReport, WithoutFindingsOfTrustNothingIsSaidOfThem) {
  const std::string text = terminal_report(example_comparison(), 80, false);
  for (const char* part : {"  Use", "Scores of", "Sets ", "Calibration", "Look at", "rehearsed"}) {
    EXPECT_THAT(text, Not(HasSubstr(part))) << part;
  }
}

TEST(TerminalReport, ModelsThatCannotBeTrainedForOneReasonAreNamedTogether) {
  evaluate::Results c = example_comparison();
  c.untrained = {{"classes", "why"}, {"classes+none", "why"}, {"x", "another"}};
  EXPECT_THAT(terminal_report(c, 80, false),
              HasSubstr("Not trained\n  classes, classes+none: why\n  x: another\n"));
}

TEST(TerminalReport, ACertaintyIsNeverRoundedInto) {
  EXPECT_EQ(format_value(Unit::kProbability, 0.99996), ">0.999");
  EXPECT_EQ(format_value(Unit::kProbability, 1.0), "1.000");
  EXPECT_EQ(format_value(Unit::kProbability, 0.00004), "<0.001");
  EXPECT_EQ(format_value(Unit::kShare, 0.4123), "41.2 %");
}

TEST(TerminalReport, ColourChangesOnlyTheLookAndMarksTheBest) {
  const evaluate::Results c = trusted_comparison();
  const std::string plain = terminal_report(c, 100, false);
  const std::string coloured = terminal_report(c, 100, true);
  EXPECT_THAT(plain, Not(HasSubstr("\x1b")));
  EXPECT_EQ(without_colour(coloured), plain);
  EXPECT_THAT(coloured, HasSubstr("\x1b[1m10 % (7–15)\x1b[0m"));
  EXPECT_THAT(coloured, Not(HasSubstr("\x1b[1m41 % (")));
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

TEST(TerminalReport, SaysWhatOfTheBankWasLeftOut) {
  evaluate::Results c = trusted_comparison();
  const auto line = [&] { return line_starting(terminal_report(c, 300, false), "Left out of"); };
  EXPECT_EQ(line(),
            "Left out of the built-in background: 151 pictures too near to your classes (most: "
            "signs/flags, near to flags), 77 more so that yours aren't drowned");
  c.data.background_source.left_out.resize(1);
  c.data.background_source.left_out_for_balance = 0;
  EXPECT_EQ(line(),
            "Left out of the built-in background: 120 pictures too near to your classes "
            "(signs/flags, near to flags)");
  c.data.background_source.left_out.clear();
  c.data.background_source.left_out_for_balance = 3;
  c.data.background_source.bank = "my.bank";
  EXPECT_EQ(line(), "Left out of the bank my.bank: 3 pictures so that yours aren't drowned");
  c.data.background_source.left_out_for_balance = 0;
  EXPECT_EQ(line(), "no line starts with Left out of");
}

TEST(TerminalReport, WithoutUnseenPicturesThereIsNoUnseenTable) {
  evaluate::Results c = example_comparison();
  for (evaluate::ModelResult& model : c.models) model.unseen.reset();
  c.data.unseen = 0;
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
  EXPECT_THAT(line_starting(text, "labels+background "),
              testing::MatchesRegex("labels\\+background +0.653 +0.643 +10 % .*"));
  EXPECT_THAT(text, Not(HasSubstr("accuracy")));
  const std::string one_class = terminal_report(example_comparison(), 80, false);
  EXPECT_THAT(one_class, Not(HasSubstr("mAP")));
  EXPECT_THAT(one_class, Not(HasSubstr("Label by label")));
}

TEST(TerminalReport, ShowsTheWorstLabelsAndSaysWhereTheOthersAre) {
  const std::string text = terminal_report(many_label_comparison(), 80, false);
  const std::string part = text.substr(text.find("Label by label\n"));
  EXPECT_THAT(part,
              HasSubstr("The 5 of 40 labels that \"labels\" ranks worst; all are in the report"));
  const auto lines = lines_of(part);
  // A blank line, the heading and its rule stand between.
  const auto rule = std::find_if(lines.begin(), lines.end(),
                                 [](const auto& line) { return line.starts_with("─"); });
  ASSERT_GT(lines.end() - rule, 6);
  EXPECT_THAT(*(rule - 1), testing::MatchesRegex(
                               " +pictures  avg. precision  F1 at 0.5  F1 tuned  threshold +ECE"));
  // The one of 120 letters is cut; "label 2", that nobody carries, is not among the worst.
  EXPECT_THAT(rule[1],
              testing::MatchesRegex("東京都庁舎_x+… +61 +0.200 +0.140 +0.180 +0.21 +0.007"));
  EXPECT_THAT(rule[2], HasSubstr("label 33"));
  EXPECT_EQ(rule[6], "");
  EXPECT_THAT(part, HasSubstr("2 labels are on fewer than 30 pictures"));
  EXPECT_THAT(part, HasSubstr("label 2 (0)."));
}

TEST(TerminalReport, SaysWhichLabelsAreOutOfReachOfTheAim) {
  evaluate::Results c = many_label_comparison();
  evaluate::LabelResults& labels = *c.models[0].in_domain.labels;
  labels.tuned->aim = "precision=0.99";
  EXPECT_THAT(terminal_report(c, 300, false), Not(HasSubstr("out of reach")));
  EXPECT_THAT(line_starting(terminal_report(c, 300, false), "            "), Not(HasSubstr("kept")))
      << "in the page alone";
  for (std::size_t i = 2; i < 9; ++i) labels.each[i].tuned->reachable = false;
  EXPECT_THAT(
      terminal_report(c, 300, false),
      HasSubstr("\nprecision=0.99 is out of reach on these pictures for 6 labels, whose threshold "
                "comes nearest to it: label 3, label 4, label 5, label 6, label 7, 1 more.\n"));
}

TEST(TerminalReport, WithoutFoldsNoTunedThresholdsAreShown) {
  evaluate::Results c = many_label_comparison(3);
  for (evaluate::ModelResult& model : c.models) {
    model.in_domain.labels->tuned.reset();
    for (evaluate::LabelResult& label : model.in_domain.labels->each) label.tuned.reset();
  }
  const std::string text = terminal_report(c, 80, false);
  EXPECT_THAT(text, Not(HasSubstr("tuned")));
  EXPECT_THAT(line_starting(text, "label 2 "), testing::MatchesRegex("label 2 +0 +– +– +–"));
}

}  // namespace
}  // namespace oneormany::report
