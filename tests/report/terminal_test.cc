#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "report/document.h"
#include "report/measures.h"
#include "report/text.h"
#include "tests/report/fixture.h"

namespace oneormany::report {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string terminal(const evaluate::Results& results, int width = 80, bool verbose = false,
                     bool colour = false) {
  return terminal_text(document(results), {.width = width, .colour = colour}, verbose);
}

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

/// What is written below a heading, up to the next one.
std::string below(const std::string& text, const std::string& heading) {
  const std::size_t at = text.find("\n\n" + heading + "\n");
  if (at == std::string::npos) return "";
  const std::size_t from = at + heading.size() + 3;
  return text.substr(from, text.find("\n\n", from) - from + 1);
}

evaluate::ModelResult example_sigmoid(const std::string& name, double accuracy, double labels) {
  return example_model({name, "zlpr", loss::Activation::kSigmoid, 0, 9, accuracy, labels});
}

/// Results that make lines long wherever they can be.
evaluate::Results unruly_comparison() {
  evaluate::Results c = example_comparison();
  c.data.classes = {{"東京都庁舎第一本庁舎の建物", 30}, {"Zürich\x1b[2J", 41}};
  for (int i = 0; i < 60; ++i) c.data.classes.push_back({fmt::format("class_{}", i), 5});
  c.data.skipped.assign(7, {std::string(200, 'x') + "/\x1b]0;owned\a.png", "why\nover two lines"});
  c.data.notes.assign(5, std::string(150, 'n'));
  c.recommended = trusted_comparison().recommended;
  c.prediction_sets = trusted_comparison().prediction_sets;
  c.untrained = {{"classes", fmt::format("12 pictures carry no label, {:w<99}", 30)}};
  c.models.push_back(example_sigmoid("東京+とても長い名前のモデルです", 0.9, 0.2));
  c.models.push_back(example_sigmoid(std::string(70, 'a'), 0.9, 0.2));
  c.models[0].name = "classes\x1b[2J";
  return c;
}

evaluate::Results many_models() {
  evaluate::Results c = example_comparison();
  for (int i = 0; i < 6; ++i) {
    c.models.push_back(example_sigmoid(fmt::format("labels+background:asymmetric:margin=0.{}", i),
                                       0.81 + 0.02 * i, 0.2 + 0.03 * i));
  }
  return c;
}

const Section& section(const Document& document, const std::string& id) {
  const auto found = std::find_if(document.sections.begin(), document.sections.end(),
                                  [&](const Section& one) { return one.id == id; });
  if (found == document.sections.end()) throw std::out_of_range("no section " + id);
  return *found;
}

const Table& first_table(const Section& section) {
  for (const Part& part : section.parts) {
    if (const auto* table = std::get_if<Table>(&part.content)) return *table;
  }
  throw std::out_of_range("no table in " + section.id);
}

class TerminalWidth : public testing::TestWithParam<int> {};

TEST_P(TerminalWidth, NoLineIsLongerThanTheTerminal) {
  for (const evaluate::Results& c :
       {example_comparison(), unruly_comparison(), many_label_comparison(), trusted_comparison(),
        many_models()}) {
    for (const bool verbose : {false, true}) {
      for (const auto& line : lines_of(terminal(c, GetParam(), verbose))) {
        EXPECT_LE(display_width(line), GetParam()) << line;
      }
    }
  }
}

TEST_P(TerminalWidth, ShowsTheBriefMeasuresOfEveryModel) {
  for (const evaluate::Results& c :
       {many_models(), many_label_comparison(), trusted_comparison()}) {
    const Document whole = document(c);
    const std::string text = terminal_text(whole, {.width = GetParam()}, false);
    const std::string models = text.substr(text.find("\nModels"));
    for (const Row& row : first_table(section(whole, "models")).rows) {
      std::string shown;  // the lines that end a name, with this model's figures
      const std::string end = row.name.substr(row.name.find_last_of(":+") + 1);
      for (const auto& line : lines_of(models)) {
        if (line.find(end) != std::string::npos) shown += line + ' ';
      }
      for (const Cell& cell : row.cells) {
        EXPECT_THAT(shown, HasSubstr(cell.brief.empty() ? cell.text : cell.brief)) << row.name;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Columns, TerminalWidth, testing::Values(40, 80, 120, 200));

TEST(TerminalReport, ModelsAreRowsOfOneTableIn80Columns) {
  const std::string text = terminal(trusted_comparison());
  EXPECT_THAT(line_starting(text, "  classes  "),
              testing::MatchesRegex("  classes +96.8 % +0.012 +40 % \\(37–43\\) +41 % "
                                    "\\(38–46\\) +0.915"));
  EXPECT_THAT(line_starting(text, "* labels+background"),
              testing::MatchesRegex(".* 96.7 % +0.012 +9 % \\(6–12\\) +10 % "
                                    "\\(7–15\\) +0.967"));
}

TEST(TerminalReport, TenModelsStayOneTableIn80Columns) {
  const std::string text = terminal(many_models());
  EXPECT_THAT(line_starting(text, "asymmetric:margin=0.3"),
              testing::MatchesRegex("asymmetric:margin=0.3 +87.0 % +0.012 +29 % "
                                    "\\(26–34\\) +0.935"));
  EXPECT_THAT(line_starting(text, "labels+background:"), "labels+background:");
}

TEST(TerminalReport, WhatToUseComesFirstAndWhatItWillDo) {
  const std::string text = terminal(trusted_comparison(), 100);
  EXPECT_LT(text.find("\nUse labels+background, a label model\n"), text.find("\nModels"));
  const std::string card = below(text, "Use labels+background, a label model");
  EXPECT_THAT(card, HasSubstr("score background is -7.35 or more"));
  EXPECT_THAT(line_starting(card, "  97 % (95–98)"), HasSubstr("correct"));
  EXPECT_THAT(line_starting(card, "  95 % (93–97)"), HasSubstr("correct labels"));
  EXPECT_THAT(line_starting(card, "  5 % (2–8)"), HasSubstr("unrelated pictures"));
  EXPECT_THAT(line_starting(card, "  6 % (3–11)"), HasSubstr("345 unseen pictures"));
  EXPECT_EQ(below(terminal(example_comparison()), "Use labels+background, a label model"), "");
}

TEST(TerminalReport, OnlyTheProbabilityThatItTakesIsNamedWhereThatIsTheScore) {
  evaluate::Results c = trusted_comparison();
  c.recommended->score = ood::ScoreKind::kMaxProbability;
  c.recommended->threshold = {0.153, 0.09, 0.24};
  EXPECT_THAT(terminal(c, 300), HasSubstr("probability of 0.15 or more, else \"none of these\""));
}

TEST(TerminalReport, InBriefItFitsOneScreen) {
  evaluate::Results c = trusted_comparison();
  c.data.skipped.clear();
  EXPECT_LE(lines_of(terminal(c, 100)).size(), 38U);
  EXPECT_GT(lines_of(terminal(c, 100, true)).size(), 100U);
}

TEST(TerminalReport, AnAimThatCannotBeReachedIsSaidSo) {
  evaluate::Results c = trusted_comparison();
  c.recommended->aim = metrics::parse_aim("precision=0.99");
  c.recommended->reachable = false;
  c.recommended->estimate.reset();
  c.recommended->unseen.reset();
  const std::string card = below(terminal(c), "Use labels+background, a label model");
  EXPECT_THAT(card, HasSubstr("! No threshold of it has 99 % of the answers given right"));
  EXPECT_THAT(card, HasSubstr("98 % (97–99)"));
  EXPECT_THAT(card, Not(HasSubstr("unrelated")));
}

TEST(TerminalReport, OnlyClassesWithTroubleAreShownUnlessAllIsWanted) {
  evaluate::Results c = trusted_comparison();
  const auto rows = [&](bool verbose) {
    const std::string part = terminal(c, 100, verbose);
    std::string names;
    for (const char* name : {"buildings", "flags"}) {
      const std::string line = line_starting(part, std::string(name) + "  ");
      if (line.find(" %") != std::string::npos) names += std::string(name) + " ";
    }
    return names;
  };
  EXPECT_EQ(rows(false), "flags ") << "recognised in 85 % (76–93), all in 97 % (95–98)";
  EXPECT_EQ(rows(true), "buildings flags ");
  const Document whole = document(c);
  const auto& table = first_table(section(whole, "classes"));
  EXPECT_EQ(table.rows[0].name, "flags") << "the worst first";
  c.recommended->classes[1].recall = c.recommended->classes[0].recall;
  c.recommended->classes[1].kept = c.recommended->classes[0].kept;
  EXPECT_EQ(rows(false), "");
  EXPECT_THAT(terminal(c), Not(HasSubstr("with trouble")));
  c.recommended->classes.clear();
  EXPECT_EQ(rows(true), "");
}

TEST(TerminalReport, ScoresComeByTheEstimate) {
  const Document whole = document(trusted_comparison());
  const Table& table = first_table(section(whole, "ood"));
  std::vector<std::string> names;
  for (const Row& row : table.rows) names.push_back(row.name);
  EXPECT_THAT(names, testing::ElementsAre("background", "knn", "max_probability", "energy", "vim",
                                          "mahalanobis"));
  EXPECT_TRUE(table.rows[0].marked);
  EXPECT_FALSE(table.rows[1].marked);
  const std::string text = terminal(trusted_comparison(), 100, true);
  EXPECT_THAT(text,
              testing::ContainsRegex("\n\\* background +-7.35 +5 % \\(2–8\\) [^\n]*\n  knn +"));
  EXPECT_THAT(terminal(trusted_comparison()), Not(HasSubstr("OOD scores")));
}

TEST(TerminalReport, AllOfItShowsEveryScoreOfEveryModel) {
  const evaluate::Results c = trusted_comparison();
  const std::string text = terminal(c, 100, true);
  const std::string scores = text.substr(text.find("OOD scores"));
  for (const evaluate::ModelResult& model : c.models) {
    for (const evaluate::ScoreResult& score : model.scores) {
      EXPECT_THAT(scores, testing::ContainsRegex("\n[* ]*" + std::string(ood::name_of(score.kind)) +
                                                 " [^\n]*" +
                                                 format_value(Unit::kShare, score.fpr95->value)))
          << model.name;
    }
  }
}

TEST(TerminalReport, TheTestSetStandsBesideCrossValidation) {
  const evaluate::Results c = tested_comparison(0.25);
  const std::string text = terminal_text(document(c), {.width = 100}, false);
  EXPECT_THAT(text, HasSubstr("Test set"));
  EXPECT_THAT(text, HasSubstr("120 to test on"));
  for (const evaluate::ModelResult& model : c.models) {
    EXPECT_THAT(text, HasSubstr(format_measured(Unit::kShare, model.test->accuracy)));
  }
  EXPECT_THAT(terminal_text(document(trusted_comparison()), {.width = 100}, false),
              Not(HasSubstr("est set")));
}

TEST(TerminalReport, CalibrationSaysWhatItFound) {
  evaluate::Results c = trusted_comparison();
  EXPECT_THAT(terminal(c, 400, true),
              HasSubstr("temperature: log-loss 0.206 → 0.093, ECE 0.097 → 0.021 (0.015–0.031)"));
  c.models[3].calibration->chosen = metrics::CalibrationMethod::kNone;
  EXPECT_THAT(terminal(c, 400, true), HasSubstr("log-loss 0.206, ECE stays 0.097 (0.081–0.113)"));
  c.models[3].calibration->methods[0].ece = {0.012, 0.008, 0.019};
  EXPECT_THAT(terminal(c, 400, true), HasSubstr("not needed: log-loss 0.206, ECE 0.012"));
}

TEST(TerminalReport, WhatWasNotFoundHasNoSection) {
  std::vector<std::string> ids;
  for (const Section& one : document(example_comparison()).sections) ids.push_back(one.id);
  EXPECT_THAT(ids, testing::ElementsAre("models", "distributions", "unseen-measures", "in-domain",
                                        "details"));
}

TEST(TerminalReport, ModelsThatCannotBeTrainedForOneReasonAreNamedTogether) {
  evaluate::Results c = example_comparison();
  c.untrained = {{"classes", "why"}, {"classes+none", "why"}, {"x", "another"}};
  EXPECT_THAT(terminal(c), HasSubstr("Not trained\n  classes, classes+none: why\n  x: another\n"));
}

TEST(TerminalReport, ACertaintyIsNeverRoundedInto) {
  EXPECT_EQ(format_value(Unit::kProbability, 0.99996), ">0.999");
  EXPECT_EQ(format_value(Unit::kProbability, 1.0), "1.000");
  EXPECT_EQ(format_value(Unit::kProbability, 0.00004), "<0.001");
  EXPECT_EQ(format_value(Unit::kShare, 0.4123), "41.2 %");
}

TEST(TerminalReport, ColourChangesOnlyTheLookAndMarksTheBest) {
  const evaluate::Results c = trusted_comparison();
  const std::string plain = terminal(c, 100), coloured = terminal(c, 100, false, true);
  EXPECT_THAT(plain, Not(HasSubstr("\x1b")));
  EXPECT_EQ(without_colour(coloured), plain);
  EXPECT_THAT(coloured, HasSubstr("\x1b[1m10 % (7–15)\x1b[0m"));
  EXPECT_THAT(coloured, Not(HasSubstr("\x1b[1m41 % (")));
}

TEST(TerminalReport, WithoutUnicodeTheRulesAreAscii) {
  const std::string text = terminal_text(document(trusted_comparison()), {.unicode = false}, false);
  EXPECT_THAT(text, HasSubstr("\n-----"));
  EXPECT_THAT(text, Not(HasSubstr("─")));
}

TEST(Tables, TiesAreAllBestAndEqualRowsHaveNoBest) {
  const auto best = [](Better better, const std::vector<double>& values) {
    const std::vector<Measure<double>> measures{
        {.name = "x", .unit = Unit::kShare, .better = better, .read = [](const double& value) {
           return std::optional(evaluate::Measured{value, value, value});
         }}};
    std::vector<const double*> things;
    for (const double& value : values) things.push_back(&value);
    std::vector<bool> found;
    for (const Row& row : table_of(measures, things).rows) found.push_back(row.cells[0].best);
    return found;
  };
  EXPECT_THAT(best(Better::kLower, {0.1001, 0.2, 0.1002}), testing::ElementsAre(true, false, true));
  EXPECT_THAT(best(Better::kLower, {0.1, 0.1}), testing::ElementsAre(false, false));
  EXPECT_THAT(best(Better::kNeither, {0.1, 0.2}), testing::ElementsAre(false, false));
}

TEST(TerminalReport, NoUserTextReachesTheTerminalRaw) {
  for (const bool verbose : {false, true}) {
    const std::string text = terminal(unruly_comparison(), 80, verbose);
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    EXPECT_THAT(text, Not(HasSubstr("\a")));
  }
}

TEST(TerminalReport, SaysWhatWasLeftOutInBrief) {
  const std::string text = terminal(unruly_comparison());
  EXPECT_THAT(text, HasSubstr("7 files left out"));
  EXPECT_THAT(text, HasSubstr("… and 4 more, listed in the report"));
  EXPECT_THAT(text, HasSubstr("Not trained\n  classes: 12 pictures carry no label"));
}

TEST(TerminalReport, SaysWhatOfTheBankWasLeftOut) {
  const std::string text = below(terminal(trusted_comparison(), 100, true), "The background");
  EXPECT_THAT(text, HasSubstr("204 pictures of your own, 1,000 of the bank (built-in)."));
  EXPECT_THAT(terminal(trusted_comparison(), 100, true),
              HasSubstr("signs/flags: 120 pictures, near to flags"));
  evaluate::Results c = trusted_comparison();
  c.data.unlabelled = {.given = 300, .background = 280, .of_classes = 20};
  EXPECT_THAT(
      below(terminal(c, 100, true), "The background"),
      HasSubstr("204 pictures of your own, 280 of your unlabelled ones, 1,000 of the bank"));
}

TEST(TerminalReport, TheCardSaysWhatYourPicturesGet) {
  evaluate::Results c = trusted_comparison();
  c.recommended->outcome = {{0.932, 0.91, 0.95}, {0.009, 0.003, 0.02}, {0.059, 0.04, 0.08}};
  const std::string text = terminal(c, 120);
  EXPECT_THAT(text, HasSubstr("93 % (91–95)  of your pictures get the right label, 0.9 % a wrong "
                              "one, 6 % none"));
  EXPECT_THAT(text, Not(HasSubstr("reach the threshold and are given")));
  EXPECT_THAT(text, HasSubstr("one label each, for which a label model serves as well"));
  c.recommended->model = 2;  // classes+none
  EXPECT_THAT(terminal(c), Not(HasSubstr("a label model serves as well")));
}

TEST(TerminalReport, CopiesThatWereLeftOutAreOneShortLine) {
  evaluate::Results c = trusted_comparison();
  EXPECT_THAT(terminal(c), Not(HasSubstr("left out 9 copies")));
  c.data.copies_left_out = 9;
  EXPECT_THAT(terminal(c, 200),
              HasSubstr("345 unseen; left out 9 copies of these or of each other."));
}

TEST(TerminalReport, WithoutUnseenPicturesThereIsNoUnseenTable) {
  evaluate::Results c = example_comparison();
  for (evaluate::ModelResult& model : c.models) model.unseen.reset();
  c.data.unseen = 0;
  const std::string text = terminal(c);
  EXPECT_THAT(text, HasSubstr("accuracy"));
  EXPECT_THAT(text, Not(HasSubstr("AUROC")));
}

TEST(TerminalReport, AnswersStandOnTheCardAndInATableOfThresholds) {
  evaluate::Results c = trusted_comparison();
  const evaluate::Answers::AtThreshold at{.kept = 0.8,
                                          .threshold = 0.37,
                                          .given = 0.21,
                                          .wrong_of_pile = {0.18, 0.09, 0.31},
                                          .wrong = evaluate::Measured{0.44, 0.33, 0.55},
                                          .none_given = std::nullopt,
                                          .right_given = std::nullopt};
  c.answers = evaluate::Answers{.file = "ask.csv",
                                .asked = 50,
                                .answered = 49,
                                .pile = 300,
                                .none = {0.71, 0.6, 0.8},
                                .recommended = at,
                                .thresholds = {at},
                                .few_wrong = std::nullopt};
  const std::string text = terminal(c, 120);
  EXPECT_THAT(text, HasSubstr("18 % (9–31)"));
  EXPECT_THAT(text, HasSubstr("of your unlabelled pictures get a wrong label, by your 49 answers"));
  EXPECT_THAT(text, HasSubstr("71 % (60–80) of 300 unlabelled pictures are of none"));
  EXPECT_THAT(text, HasSubstr("keeps 80 %"));
  EXPECT_THAT(text, HasSubstr("44 % (33–55)"));
  EXPECT_THAT(text, Not(HasSubstr("of classes")));  // a column of which nothing is known
  EXPECT_THAT(text, HasSubstr("(1 left open)"));
}

TEST(TerminalReport, AdviceComesLastUnderItsOwnHeading) {
  const Document whole = document(trusted_comparison());
  ASSERT_FALSE(whole.advice.empty());
  ASSERT_GT(whole.verdict.size(), 2U);
  for (const bool verbose : {false, true}) {
    const std::string text = terminal_text(whole, {.width = 4000}, verbose);
    EXPECT_TRUE(text.ends_with(whole.advice.back() + "\n"));
    EXPECT_THAT(text, HasSubstr("What to do next\n" + whole.advice.front()));
    EXPECT_EQ(text.find(whole.advice.front()), text.rfind(whole.advice.front()));
    EXPECT_EQ(text.find(whole.verdict.back()) != std::string::npos, verbose);
  }
}

TEST(TerminalReport, ManyLabelsHaveTheirOwnMeasures) {
  const std::string text = terminal(many_label_comparison());
  EXPECT_THAT(line_starting(text, "labels+background "),
              testing::MatchesRegex("labels\\+background +0.653 +0.643 +10 % .*"));
  EXPECT_THAT(text, Not(HasSubstr("accuracy")));
  const std::string one_class = terminal(example_comparison(), 80, true);
  EXPECT_THAT(one_class, Not(HasSubstr("mAP")));
  EXPECT_THAT(one_class, Not(HasSubstr("Label by label")));
}

TEST(TerminalReport, ShowsTheLabelsWithTroubleInBriefAndElseAll) {
  const std::string part = below(terminal(many_label_comparison()), "Labels with trouble");
  const auto lines = lines_of(part);
  const auto rule = std::find_if(lines.begin(), lines.end(),
                                 [](const auto& line) { return line.starts_with("─"); });
  // The rule, five labels, of which the first has a name of two lines.
  ASSERT_EQ(lines.end() - rule, 1 + 1 + 5);
  // The one of 120 letters is cut; "label 2", that no picture carries, is not among the worst.
  EXPECT_THAT(rule[1], HasSubstr("東京都庁舎_x"));
  EXPECT_THAT(rule[2], testing::MatchesRegex("x+… +61 +0.200 +0.140 +0.180 +0.21"));
  EXPECT_THAT(rule[3], HasSubstr("label 33"));
  const std::string all = terminal(many_label_comparison(), 120, true);
  EXPECT_THAT(all, HasSubstr("2 labels are on fewer than 30 pictures"));
  EXPECT_THAT(all, HasSubstr("label 2 (0)."));
  EXPECT_THAT(line_starting(all, "label 39 "), testing::MatchesRegex("label 39 +44 +0\\..*"));
}

TEST(TerminalReport, SaysWhichLabelsAreOutOfReachOfTheAim) {
  evaluate::Results c = many_label_comparison();
  evaluate::LabelResults& labels = *c.models[0].in_domain.labels;
  labels.tuned->aim = metrics::parse_aim("precision=0.99");
  EXPECT_THAT(terminal(c, 300, true), Not(HasSubstr("out of reach")));
  for (std::size_t i = 2; i < 9; ++i) labels.each[i].tuned->reachable = false;
  EXPECT_THAT(
      terminal(c, 300, true),
      HasSubstr("\nprecision=0.99 is out of reach on these pictures for 6 labels, whose threshold "
                "comes nearest to it: label 3, label 4, label 5, label 6, label 7, 1 more.\n"));
}

TEST(TerminalReport, WithoutFoldsNoTunedThresholdsAreShown) {
  evaluate::Results c = many_label_comparison(3);
  for (evaluate::ModelResult& model : c.models) {
    model.in_domain.labels->tuned.reset();
    for (evaluate::LabelResult& label : model.in_domain.labels->each) label.tuned.reset();
  }
  const std::string text = terminal(c, 80, true);
  EXPECT_THAT(text, Not(HasSubstr("tuned")));
  EXPECT_THAT(line_starting(text, "label 2 "), testing::MatchesRegex("label 2 +0 +– +– +–"));
}

}  // namespace
}  // namespace oneormany::report
