// What the verdict must state: figures, names, significance, and what it must keep quiet about. How
// it says it is free.

#include "report/verdict.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include "report/verdict_parts.h"
#include "tests/report/fixture.h"

namespace oneormany::report {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr const char* kSignificant = "statistically significant";
constexpr const char* kNotSignificant = "not statistically significant";

std::string joined(const Sentences& part) { return fmt::format("{}", fmt::join(part, " ")); }
std::string all(const evaluate::Results& c) { return joined(verdict(c).paragraphs()); }
std::string use(const evaluate::Results& c) { return joined(verdict(c).use); }
std::string unseen(const evaluate::Results& c) { return joined(verdict(c).unseen); }
std::string compared(const evaluate::Results& c) { return joined(verdict(c).compared); }
std::string sets(const evaluate::Results& c) { return joined(verdict(c).sets); }
std::string advice(const evaluate::Results& c) { return joined(verdict(c).advice); }

evaluate::ScoreResult score(ood::ScoreKind kind, const evaluate::Measured& estimate,
                            const evaluate::Measured& labelled) {
  return {.kind = kind,
          .threshold = 0.6,
          .estimate = estimate,
          .labelled = labelled,
          .auroc = evaluate::Measured{0.97, 0.96, 0.98},
          .fpr95 = labelled};
}

/// Of the demo: labels+background (models[3]) with energy, no worse in domain than any other.
evaluate::Results recommended() {
  evaluate::Results c = example_comparison();
  for (evaluate::ModelResult& model : c.models) {
    const evaluate::Measured& share = model.unseen->keeping_95;
    model.scores = {score(ood::ScoreKind::kMaxProbability, {0.38, 0.35, 0.42}, share)};
  }
  c.models[3].scores.push_back(
      score(ood::ScoreKind::kEnergy, {0.06, 0.04, 0.08}, {0.07, 0.05, 0.1}));
  c.recommended = evaluate::Recommendation{.model = 3,
                                           .score = ood::ScoreKind::kEnergy,
                                           .aim = {},
                                           .threshold = {0.613, 0.52, 0.68},
                                           .reachable = true,
                                           .kept = {0.95, 0.93, 0.97},
                                           .precision = {0.98, 0.966, 0.993},
                                           .answered = {0.94, 0.92, 0.96},
                                           .estimate = evaluate::Measured{0.06, 0.04, 0.08},
                                           .unseen = evaluate::Measured{0.07, 0.05, 0.1}};
  c.recommended->classes = {{.recall = {0.88, 0.8, 0.94},
                             .precision = evaluate::Measured{0.95, 0.9, 0.99},
                             .given = {0.86, 0.78, 0.94},
                             .kept = {0.95, 0.9, 0.98},
                             .unseen = evaluate::Measured{0.05, 0.03, 0.07},
                             .mistaken_for = 1,
                             .mistaken = 0.12},
                            {.recall = {0.99, 0.98, 1},
                             .precision = evaluate::Measured{0.985, 0.97, 0.99},
                             .given = {0.96, 0.94, 0.98},
                             .kept = {0.97, 0.95, 0.98},
                             .unseen = evaluate::Measured{0.02, 0.01, 0.03},
                             .mistaken_for = 0,
                             .mistaken = 0.01}};
  for (std::size_t model = 0; model < 3; ++model) {
    c.differences.push_back({.model = model,
                             .score = {-0.001, -0.011, 0.009},
                             .p = 0.8,
                             .unseen = evaluate::Measured{-0.34, -0.38, -0.29},
                             .score_significant = false,
                             .unseen_significant = true});
  }
  return c;
}

/// Without unseen pictures, and what was found on them.
evaluate::Results without_unseen(evaluate::Results c) {
  c.data.unseen = 0;
  for (evaluate::ModelResult& model : c.models) {
    model.unseen.reset();
    for (evaluate::ScoreResult& score : model.scores)
      score.labelled = score.auroc = score.fpr95 = {};
  }
  if (c.recommended) c.recommended->unseen.reset();
  for (evaluate::ModelDifference& difference : c.differences) difference.unseen.reset();
  return c;
}

TEST(Verdict, OfTheDemoSaysWhatToUseAndWhatThatWillDo) {
  const evaluate::Results c = recommended();
  EXPECT_THAT(joined(verdict(c).problem), AllOf(HasSubstr("565"), HasSubstr("classification")));
  EXPECT_THAT(use(c),
              AllOf(HasSubstr("labels+background"), HasSubstr("\"energy\""), HasSubstr("0.61"),
                    HasSubstr("none of these"), HasSubstr("95 % (93 to 97)")));
  EXPECT_THAT(unseen(c), AllOf(HasSubstr("6 % (4 to 8)"), HasSubstr("345 unseen"),
                               HasSubstr("7 % (5 to 10)"), HasSubstr("as expected")));
  EXPECT_THAT(compared(c),
              AllOf(HasSubstr("97 % (95 to 98)"), HasSubstr("(classes)"),
                    HasSubstr(kNotSignificant), HasSubstr("p = 0.8"), HasSubstr("other 2 models"),
                    HasSubstr("41 %"), HasSubstr("42 %"), HasSubstr("sigmoid alone")));
}

TEST(Verdict, PartsComeInOrderEachAParagraph) {
  Verdict v;
  v.advice = {"Last."};
  v.problem = {"First.", "Second."};
  EXPECT_THAT(v.paragraphs(), ElementsAre("First. Second.", "Last."));
}

TEST(Verdict, HasNoEmptySentences) {
  for (const auto& c : {recommended(), without_unseen(recommended()), trusted_comparison(),
                        example_comparison(), many_label_comparison(), evaluate::Results{}}) {
    const Verdict v = verdict(c);
    for (const auto* part : {&v.problem, &v.use, &v.unseen, &v.compared, &v.sets, &v.advice}) {
      EXPECT_THAT(*part, Each(Not(IsEmpty())));
      for (const std::string& sentence : *part) {
        EXPECT_EQ(sentence.back(), '.') << sentence;
        EXPECT_THAT(sentence, AllOf(Not(HasSubstr("  ")), Not(HasSubstr("{"))));
      }
    }
  }
}

TEST(Verdict, NamesTheClassThatTheThresholdRejectsMore) {
  evaluate::Results c = recommended();
  c.recommended->classes[0].kept = {0.9, 0.84, 0.94};
  c.recommended->classes[1].kept = {0.98, 0.97, 0.99};
  EXPECT_THAT(use(c), Not(HasSubstr("buildings")));  // 0.94 may be as much as 0.93
  c.recommended->classes[0].kept = {0.71, 0.59, 0.81};
  EXPECT_THAT(use(c), AllOf(HasSubstr("\"buildings\""), HasSubstr("71 % (59 to 81)"),
                            HasSubstr("98 % of the \"flags\""), HasSubstr("--aim keep-each")));
  const auto one = c.recommended->classes[1];
  for (int i = 2; i < 21; ++i) {  // of many some fall behind by chance
    c.data.classes.push_back({"class " + std::to_string(i), 50});
    c.recommended->classes.push_back(one);
  }
  EXPECT_THAT(use(c), Not(HasSubstr("buildings")));
}

TEST(Verdict, NamesTheModelWithFewerFalseAcceptsThoughItIsWorseInDomain) {
  evaluate::Results c = recommended();
  c.models[2].scores[0].estimate = evaluate::Measured{0.04, 0.02, 0.06};
  c.models[2].in_domain.accuracy.value = 0.91;
  c.models[2].in_domain.macro_f1.value = 0.84;
  EXPECT_THAT(compared(c), Not(HasSubstr("consider")));  // it isn't known to be worse
  for (evaluate::ModelDifference& difference : c.differences) {
    if (difference.model == 2) difference.score_significant = true;
  }
  EXPECT_THAT(compared(c), AllOf(HasSubstr("consider " + c.models[2].name), HasSubstr("4 %"),
                                 HasSubstr("91 % (macro F1 0.84)"), HasSubstr("97 %")));
  c.models[2].scores[0].estimate = evaluate::Measured{0.2, 0.18, 0.22};
  EXPECT_THAT(compared(c), Not(HasSubstr("consider")));
}

TEST(Verdict, SaysWhatBothGatesAndEachClassAsk) {
  evaluate::Results c = trusted_comparison();
  c.recommended->score = ood::ScoreKind::kBothGates;
  c.recommended->gates = {0.25, -0.75};
  EXPECT_THAT(use(c), HasSubstr("a picture gets its most probable label if its highest probability "
                                "is 0.25 or more and its distance to yours 0.75 or less, else"));
  c.recommended->gates.reset();
  c.recommended->each_class.resize(c.data.classes.size());
  EXPECT_THAT(use(c), HasSubstr("its score both_gates reaches the threshold of its most probable "
                                "class, else"));
}

TEST(Verdict, TellsRelatedFromUnrelatedPicturesAndWhichCount) {
  evaluate::Results c = recommended();
  c.recommended->related = evaluate::Measured{0.58, 0.06, 0.97};
  EXPECT_THAT(unseen(c), AllOf(HasSubstr("58 % (6 to 97) of related pictures"),
                               HasSubstr("2 classes tell little about it")));
  c.recommended->related = evaluate::Measured{0.58, 0.45, 0.69};
  c.recommended->unseen = evaluate::Measured{0.6, 0.55, 0.65};
  EXPECT_THAT(unseen(c), AllOf(Not(HasSubstr("tell little")),
                               HasSubstr("as may be expected of related ones")));
  c.recommended->unseen = evaluate::Measured{0.9, 0.85, 0.95};
  EXPECT_THAT(unseen(c), HasSubstr("more like your classes than the background is"));
}

TEST(Verdict, AdvisesUnlabelledPicturesUntilTheyAreGiven) {
  evaluate::Results c = recommended();
  c.data.background_source.built_in = 1000;
  c.recommended->related = evaluate::Measured{0.04, 0.001, 0.79};
  EXPECT_THAT(advice(c), HasSubstr("--unlabelled FOLDER"));
  c.data.unlabelled = {300, 290, 10};
  EXPECT_THAT(advice(c), Not(HasSubstr("--unlabelled")));
  c.recommended->unseen = evaluate::Measured{0.8, 0.75, 0.85};
  EXPECT_THAT(advice(c), HasSubstr("of the kinds that your unseen ones are of: 80 %"));
  EXPECT_THAT(unseen(c), HasSubstr("the unlabelled pictures show few like them"));
  c.data.unlabelled = {5, 4, 1};
  c.recommended->unseen.reset();
  EXPECT_THAT(advice(c), HasSubstr("Give some hundred unsorted pictures"));
}

TEST(Verdict, OfOneClassNothingIsKnownOfRelatedPictures) {
  evaluate::Results c = recommended();
  c.data.classes = {{"horse", 80}};
  c.data.pictures = 80;
  c.recommended->related.reset();
  const Verdict said = verdict(c);
  EXPECT_THAT(said.problem,
              ElementsAre(HasSubstr("All your 80 pictures are of one class, \"horse\"")));
  EXPECT_THAT(unseen(c), HasSubstr("no second class that could be hidden"));
  EXPECT_THAT(advice(c), HasSubstr("--unlabelled FOLDER"));
  EXPECT_THAT(compared(c), Not(HasSubstr("accuracy")));
}

TEST(Verdict, WarnsOfAPileThatIsMostlyOfTheClasses) {
  evaluate::Results c = recommended();
  c.data.unlabelled = {.given = 300, .background = 151, .of_classes = 149};
  EXPECT_THAT(unseen(c), Not(HasSubstr("look like your classes")));
  c.data.unlabelled = {.given = 300, .background = 150, .of_classes = 150};
  EXPECT_THAT(unseen(c), HasSubstr("150 of your 300 unlabelled pictures look like your classes"));
}

TEST(Verdict, SaysWhyALabelModelServesForClasses) {
  evaluate::Results c = recommended();
  c.recommended->model = 3;
  EXPECT_THAT(joined(verdict(c).problem), HasSubstr("which a label model solves as well"));
  c.recommended->model = 2;
  EXPECT_THAT(joined(verdict(c).problem), HasSubstr("classification problem."));
}

TEST(Verdict, WithoutBackgroundExpectsRelatedPicturesAlone) {
  evaluate::Results c = recommended();
  c.recommended->estimate.reset();
  c.recommended->related = evaluate::Measured{0.58, 0.06, 0.97};
  EXPECT_THAT(unseen(c), AllOf(HasSubstr("58 % (6 to 97) of related pictures"),
                               HasSubstr("there is no other background")));
}

TEST(Verdict, SaysWhenTheEstimateWasSignificantlyOffAndWhatThatMeans) {
  evaluate::Results c = recommended();
  c.recommended->unseen = {0.14, 0.11, 0.18};
  EXPECT_THAT(unseen(c), AllOf(HasSubstr("14 % (11 to 18)"), HasSubstr("significantly more")));
  EXPECT_THAT(advice(c), AllOf(HasSubstr("--background"), HasSubstr("14 %"), HasSubstr("6 %"),
                               Not(HasSubstr("built-in"))));
  c.data.background_source = {.own = 0, .built_in = 900, .bank = "built-in"};
  EXPECT_THAT(advice(c), HasSubstr("beside the built-in one"));

  c.recommended->estimate = {0.045, 0.035, 0.06};
  c.recommended->unseen = {0.005, 0.001, 0.02};
  EXPECT_THAT(unseen(c), AllOf(HasSubstr("0.5 % (0.1 to 2)"), HasSubstr("significantly fewer")));
  EXPECT_THAT(advice(c), Not(HasSubstr("--background")));
}

// What lies inside either interval can't be significantly off.
TEST(Verdict, CallsATruthWithinTheIntervalExpected) {
  evaluate::Results c = recommended();
  for (const double truth : {0.041, 0.06, 0.079}) {
    c.recommended->unseen = {truth, truth - 0.0001, truth + 0.0001};
    EXPECT_THAT(unseen(c), AllOf(HasSubstr("as expected"), Not(HasSubstr("significantly"))))
        << truth;
  }
  c.recommended->unseen = {0.2, 0.02, 0.6};
  EXPECT_THAT(unseen(c), AllOf(HasSubstr("20 % (2 to 60)"), HasSubstr("few pictures"),
                               Not(HasSubstr("significantly"))));
}

TEST(Verdict, SaysUnrelatedWhereAllBackgroundIsBuiltIn) {
  evaluate::Results c = recommended();
  c.data.background_source.own = 204;
  c.data.background_source.built_in = 1000;
  EXPECT_THAT(unseen(c), Not(HasSubstr("unrelated")));
  c.data.background_source.own = 0;
  EXPECT_THAT(unseen(c), HasSubstr("unrelated"));
}

TEST(Verdict, WithoutUnseenPicturesHasTheEstimateAndAsksForThem) {
  const evaluate::Results c = without_unseen(recommended());
  EXPECT_THAT(unseen(c), AllOf(HasSubstr("6 % (4 to 8)"), HasSubstr("--unseen"),
                               Not(HasSubstr("unseen picture"))));
  EXPECT_THAT(compared(c), AllOf(HasSubstr("held-out background"), HasSubstr("38 %"),
                                 HasSubstr("sigmoid alone"), Not(HasSubstr("unseen"))));
}

TEST(Verdict, WithoutBackgroundHasNoEstimateAndAsksForOneFirst) {
  evaluate::Results c = recommended();
  c.data.background = 0;
  std::erase_if(c.models, [](const evaluate::ModelResult& model) { return model.background; });
  for (evaluate::ModelResult& model : c.models) model.scores[0].estimate.reset();
  c.recommended->model = 0;
  c.recommended->score = ood::ScoreKind::kMaxProbability;
  c.recommended->estimate.reset();
  c.recommended->unseen = c.models[0].unseen->keeping_95;
  c.differences = {{.model = 1,
                    .score = {0.001, -0.005, 0.006},
                    .p = 1,
                    .unseen = evaluate::Measured{-0.01, -0.03, 0.01}}};
  EXPECT_THAT(use(c), AllOf(HasSubstr("Use classes"), HasSubstr("the highest probability")));
  EXPECT_THAT(unseen(c), AllOf(HasSubstr("cannot be estimated"), HasSubstr("41 % (38 to 46)"),
                               Not(HasSubstr("expected"))));
  EXPECT_THAT(compared(c), AllOf(HasSubstr("plain classifier"), HasSubstr("42 %"),
                                 HasSubstr("sigmoid alone"), Not(HasSubstr("41 %"))));
  ASSERT_FALSE(verdict(c).advice.empty());
  EXPECT_THAT(verdict(c).advice[0],
              AllOf(HasSubstr("--background"), HasSubstr("the built-in one")));
  EXPECT_THAT(unseen(without_unseen(c)),
              AllOf(HasSubstr("cannot be estimated"), HasSubstr("--unseen")));
  c.data.background_source.built_in = 500;  // but this model learns from none
  EXPECT_THAT(advice(c), Not(HasSubstr("--background")));
}

TEST(Verdict, SaysByHowMuchModelsDifferAndWhetherThatIsSignificant) {
  evaluate::Results c = recommended();
  c.differences[0].score = {-0.021, -0.032, -0.009};
  c.differences[0].p = 0.012;
  c.differences[0].score_significant = true;
  c.differences[2].score = {0.15, 0.11, 0.19};
  c.differences[2].p = 0.0000001;
  c.differences[2].score_significant = true;
  EXPECT_THAT(compared(c), AllOf(HasSubstr("2.1 points (0.9 to 3.2) better"),
                                 HasSubstr("p = 0.012"), HasSubstr(kSignificant),
                                 HasSubstr("classes+none is 15 points (11 to 19) worse"),
                                 Not(HasSubstr(kNotSignificant))));
  // A better one that isn't recommended calls for the reason.
  c.differences[2].score = {-0.03, -0.04, -0.02};
  EXPECT_THAT(compared(c), AllOf(HasSubstr("classes+none is 3.0 points (2.0 to 4.0) better"),
                                 HasSubstr("but is expected to give a label to 38 %")));
}

// The interval may hold 0 though p is below 0.05: p alone would contradict the verdict.
TEST(Verdict, IsSilentOnPWhereItDoesNotDecide) {
  evaluate::Results c = recommended();
  c.differences[0].p = 0.04;
  EXPECT_THAT(compared(c), AllOf(HasSubstr(kNotSignificant), Not(HasSubstr("p = "))));
}

TEST(Verdict, OfManyDifferingModelsNamesTwo) {
  evaluate::Results c = recommended();
  for (std::size_t i = 0; i < 4; ++i) {
    c.models.push_back(example_model({"labels:loss" + std::to_string(i), "zlpr",
                                      loss::Activation::kSigmoid, 0.4, 20, 0.9, 0.4}));
    c.differences.push_back(
        {.model = 4 + i, .score = {0.07, 0.05, 0.09}, .score_significant = true});
  }
  EXPECT_THAT(
      compared(c),
      AllOf(HasSubstr("other 6 models"), HasSubstr("labels:loss0 is 7.0 points (5.0 to 9.0) worse"),
            HasSubstr("labels:loss1"), HasSubstr("2 more"), Not(HasSubstr("loss2"))));
}

TEST(Verdict, SaysWhenUnseenPicturesShowNoSignificantDifferenceFromThePlainModel) {
  evaluate::Results c = recommended();
  c.differences[0].score_significant = true;  // so that only one sentence can say it
  c.differences[0].p = 0.01;
  EXPECT_THAT(compared(c), Not(HasSubstr(kNotSignificant)));
  c.differences[0].unseen_significant = false;
  EXPECT_THAT(compared(c), HasSubstr(kNotSignificant));
}

TEST(Verdict, OfSeveralPlainModelsTakesTheStandardOne) {
  evaluate::Results c = recommended();
  evaluate::ModelResult other = c.models[0];
  other.name = "classes:softmax_focal";
  other.loss = loss::parse_loss("softmax_focal");
  other.scores[0].labelled = {0.77, 0.7, 0.8};
  c.models.insert(c.models.begin(), other);
  c.recommended->model = 4;
  for (evaluate::ModelDifference& difference : c.differences) ++difference.model;
  EXPECT_THAT(compared(c),
              AllOf(HasSubstr("(classes)"), HasSubstr("41 %"), Not(HasSubstr("77 %"))));
}

TEST(Verdict, OfFewPicturesAsksForMore) {
  evaluate::Results c = recommended();
  c.data.pictures = 24;
  c.data.labels_per_picture = {{1, 24}};
  c.data.classes = {{"jay", 12}, {"owl", 12}};
  c.models[3].in_domain.accuracy = {0.875, 0.7, 0.96};
  EXPECT_THAT(compared(c), AllOf(HasSubstr("88 % (70 to 96)"), HasSubstr(kNotSignificant)));
  EXPECT_THAT(advice(c),
              AllOf(HasSubstr("all classes"), HasSubstr("24"), HasSubstr("70"), HasSubstr("96 %")));
}

TEST(Verdict, AdviceIsFourThingsAtMostAndNothingWhereAllIsWell) {
  evaluate::Results c = recommended();
  c.recommended->estimate = {0.03, 0.02, 0.05};
  c.recommended->unseen = {0.03, 0.02, 0.05};
  c.recommended->classes[0].recall = {0.95, 0.92, 0.97};
  EXPECT_THAT(verdict(c).advice, IsEmpty());

  c.data.duplicates = 120;
  EXPECT_THAT(verdict(c).advice, ElementsAre(AllOf(HasSubstr("120"), HasSubstr("565"))));
  c.label_errors = {
      {.file = "x.png", .label = "flags", .prediction = "a", .prediction_probability = 0.9}};
  EXPECT_THAT(verdict(c).advice, SizeIs(1));  // not sure enough
  c.label_errors[0].prediction_probability = 0.91;
  EXPECT_THAT(verdict(c).advice,
              ElementsAre(HasSubstr("120"), AllOf(HasSubstr("1 picture"), HasSubstr("label"))));

  using metrics::CalibrationMethod;
  evaluate::CalibrationResult calibration;
  calibration.methods = {{CalibrationMethod::kNone, 0.12, {0.041, 0.03, 0.05}},
                         {CalibrationMethod::kTemperature, 0.1, {0.031, 0, 0}}};
  calibration.chosen = CalibrationMethod::kTemperature;
  calibration.ece_falls = true;
  c.models[3].calibration = calibration;
  EXPECT_THAT(verdict(c).advice, SizeIs(2));  // 3.1 of 4.1 points left are no cure
  c.models[3].calibration->methods[1].ece.value = 0.012;
  EXPECT_THAT(verdict(c).advice, ElementsAre(HasSubstr("120"), HasSubstr("label"),
                                             AllOf(HasSubstr("oneormany predict"),
                                                   HasSubstr("(temperature), off by "
                                                             "1.2 points"),
                                                   HasSubstr("off by 4.1"))));
  c.models[3].calibration->ece_falls = false;
  EXPECT_THAT(verdict(c).advice, SizeIs(2));
  c.models[3].calibration->ece_falls = true;
  c.models[3].calibration->chosen = CalibrationMethod::kNone;
  EXPECT_THAT(verdict(c).advice, SizeIs(2));
  c.models[3].calibration->methods[0].ece.value = 0.242;
  EXPECT_THAT(verdict(c).advice.back(),
              AllOf(HasSubstr("Don't read"), HasSubstr("off by 24.2 points")));
  c.models[3].calibration->methods[0].ece.value = 0.041;
  c.models[3].calibration->chosen = CalibrationMethod::kTemperature;
  c.recommended->classes[0].recall = {0.88, 0.8, 0.94};
  c.data.doubts = {{"nearly white once decoded", {"a.png", "b.png"}, "Mend them."},
                   {"under 32 pixels on a side", {"c.png"}, "Enlarge them."}};
  EXPECT_THAT(verdict(c).advice,
              ElementsAre(HasSubstr("\"buildings\""),
                          HasSubstr(": 2 nearly white once decoded; 1 under 32 pixels on a side."),
                          HasSubstr("120"), HasSubstr("label")));
}

TEST(Verdict, AsksForASmallClassOnlyWhereItIsRecognisedWorseBeyondTheIntervals) {
  evaluate::Results c = recommended();
  EXPECT_THAT(advice(c), AllOf(HasSubstr("\"buildings\""), HasSubstr("68"), HasSubstr("88 %"),
                               HasSubstr("97 %")));
  c.recommended->classes[0].recall.high = 0.97;  // as far as 68 pictures can tell
  EXPECT_THAT(advice(c), Not(HasSubstr("buildings")));
  c.recommended->classes[0].recall.high = 0.94;
  std::swap(c.data.classes[0].count, c.data.classes[1].count);  // there are pictures enough
  EXPECT_THAT(advice(c), Not(HasSubstr("buildings")));

  c.data.classes = {{"a", 200}, {"b", 30}, {"c", 40}, {"d", 180}, {"e", 190}};
  const auto recalled = [](double low, double value, double high) {
    evaluate::Recommendation::PerClass one;
    one.recall = {value, low, high};
    return one;
  };
  c.recommended->classes = {recalled(0.5, 0.6, 0.7), recalled(0.7, 0.8, 0.9),
                            recalled(0.6, 0.7, 0.8), recalled(0.97, 0.99, 1),
                            recalled(0.97, 0.99, 1)};
  EXPECT_THAT(advice(c), AllOf(HasSubstr("\"c\""), HasSubstr("40"), HasSubstr("70 %")));
}

TEST(Verdict, SaysWhatTheThresholdWasSetFor) {
  evaluate::Results c = recommended();
  EXPECT_THAT(use(c), Not(HasSubstr("98 % (97 to 99.3)")));  // precision is another aim's
  c.recommended->aim = metrics::parse_aim("precision=0.99");
  EXPECT_THAT(use(c), AllOf(HasSubstr("99 %"), HasSubstr("98 % (97 to 99.3)"),
                            Not(HasSubstr("cannot be reached"))));
  c.recommended->reachable = false;
  EXPECT_THAT(use(c), AllOf(HasSubstr("99 %"), HasSubstr("cannot be reached")));
  c.recommended->aim = metrics::parse_aim("cost:wrong=1:none=0.2");
  EXPECT_THAT(use(c), AllOf(HasSubstr("cost"), HasSubstr("1 for"), HasSubstr("0.2 for")));
  c.recommended->aim = metrics::parse_aim("f1");
  EXPECT_THAT(use(c), HasSubstr("F1"));
  // The others' shares are where 95 % are accepted, whatever the aim.
  EXPECT_THAT(compared(c), AllOf(HasSubstr("41 %"), HasSubstr("95 % of the correct answers")));
}

TEST(Verdict, SaysWhatTheTestSetShowsAndWhereItDisagrees) {
  const auto said = [](double worse) {
    return fmt::format("{}", fmt::join(verdict(tested_comparison(worse)).test, " "));
  };
  EXPECT_EQ(verdict(trusted_comparison()).test.size(), 0u);
  EXPECT_THAT(said(0), AllOf(HasSubstr("120 test pictures"), HasSubstr("agrees"),
                             HasSubstr("92 % (88 to 95)"), HasSubstr("99 % (97 to 99.5)")));
  EXPECT_THAT(said(0.25), HasSubstr("significantly less"));
  EXPECT_THAT(said(-0.25), HasSubstr("significantly more"));
}

TEST(Verdict, OfPredictionSetsSaysCoverageSizesAndWhoHasNoGuarantee) {
  evaluate::Results c = recommended();
  EXPECT_THAT(verdict(c).sets, IsEmpty());
  c.prediction_sets = evaluate::PredictionSets{
      .alpha = 0.05,
      .coverage = {0.96, 0.94, 0.975},
      .in_domain = {.empty = {0.04, 0.03, 0.06},
                    .one = {0.93, 0.91, 0.95},
                    .several = {0.03, 0.02, 0.04},
                    .mean = 0.99},
      .background = evaluate::PredictionSets::Sizes{{0.7, 0.66, 0.73}, {}, {}}};
  EXPECT_THAT(sets(c), AllOf(HasSubstr("95 %"), HasSubstr("α = 0.05"), HasSubstr("96 %"),
                             HasSubstr("93 %"), HasSubstr("3 %"),
                             HasSubstr("background 70 % (66 to 73)"), Not(HasSubstr("narrow"))));
  c.prediction_sets->unseen = evaluate::PredictionSets::Sizes{{0.88, 0.85, 0.91}, {}, {}};
  EXPECT_THAT(sets(c), AllOf(HasSubstr("unseen pictures 88 % (85 to 91)"), Not(HasSubstr("70 %"))));
  c.prediction_sets->in_domain.several.value = 0.51;
  c.prediction_sets->without_guarantee = {"a", "b", "c", "d", "e"};
  EXPECT_THAT(sets(c),
              AllOf(HasSubstr("narrow little"), HasSubstr("\"a\", \"b\", \"c\" and 2 more")));
}

TEST(Verdict, HasWordsForEveryScore) {
  for (const ood::ScoreInfo& score : ood::all_scores()) {
    EXPECT_THAT(
        score_words(score.kind),
        score.kind == ood::ScoreKind::kMaxProbability
            ? testing::Matcher<std::string>("the highest probability")
            : AllOf(HasSubstr(std::string(score.name)), HasSubstr(std::string(score.what))));
  }
}

TEST(Verdict, RoundsNeitherLittleToNothingNorMuchToAll) {
  EXPECT_EQ(share_text({0.0613, 0.0449, 0.0781}), "6 % (4 to 8)");
  EXPECT_EQ(share_text({0.004, 0, 0.012}), "0.4 % (0 to 1)");
  EXPECT_EQ(share_text({0.996, 0.988, 1}), "99.6 % (99 to 100)");
  EXPECT_EQ(p_text(0.3), "p = 0.3");
  EXPECT_EQ(p_text(0.0004), "p < 0.001");
}

/// Many labels, one model, with this macro F1 at 0.5 and tuned.
evaluate::Results multi_label(const evaluate::Measured& fixed, const evaluate::Measured& tuned) {
  evaluate::Results c;
  c.data.pictures = 90;
  c.data.background = 300;
  c.data.classes = {{"house", 40}, {"river", 30}};
  c.data.labels_per_picture = {{0, 30}, {1, 50}, {2, 10}};
  c.data.problem = data::Problem::kMultiLabel;
  c.protocol.emplace();
  c.untrained = {{"classes", "30 pictures have no label"}};
  evaluate::ModelResult model;
  model.name = "labels";
  model.loss = loss::parse_loss("bce_with_logits");
  model.activation = loss::Activation::kSigmoid;
  model.in_domain.accuracy = {0.5, 0.45, 0.55};
  model.in_domain.macro_f1 = fixed;
  model.in_domain.labels = evaluate::LabelResults{};
  model.in_domain.labels->macro_map = {0.5, 0.45, 0.55};
  model.in_domain.labels->tuned = evaluate::LabelResults::Tuned{tuned, tuned};
  c.models = {model};
  c.recommended = evaluate::Recommendation{.aim = {},
                                           .threshold = {0.2, 0.1, 0.3},
                                           .kept = {0.95, 0.9, 0.98},
                                           .precision = {0.8, 0.7, 0.9},
                                           .answered = {0.7, 0.6, 0.8},
                                           .estimate = evaluate::Measured{0.02, 0.01, 0.04},
                                           .unseen = {}};
  return c;
}

TEST(Verdict, OfManyLabelsSaysWhatAThresholdForEachIsWorth) {
  const evaluate::Results gains = multi_label({0.41, 0.38, 0.44}, {0.62, 0.59, 0.65});
  EXPECT_THAT(joined(verdict(gains).problem),
              AllOf(HasSubstr("90"), HasSubstr("30 have no label"), HasSubstr("10 have several"),
                    HasSubstr("multi-label classification")));
  EXPECT_THAT(use(gains), AllOf(HasSubstr("from 0.41 to 0.62"), Not(HasSubstr("overlap"))));
  EXPECT_THAT(compared(gains), AllOf(HasSubstr("mean average precision"),
                                     HasSubstr("0.50 (0.45 to 0.55)"), HasSubstr("plain label")));
  EXPECT_THAT(use(multi_label({0.41, 0.38, 0.44}, {0.43, 0.4, 0.47})),
              AllOf(HasSubstr("from 0.41 to 0.43"), HasSubstr("overlap")));
  EXPECT_THAT(use(multi_label({0.41, 0.38, 0.44}, {0.4, 0.37, 0.43})),
              AllOf(HasSubstr("0.5"), Not(HasSubstr("0.40"))));

  evaluate::Results other_aim = gains;
  other_aim.models[0].in_domain.labels->tuned->aim = metrics::parse_aim("keep=0.9");
  EXPECT_THAT(use(other_aim), AllOf(HasSubstr("own threshold"), Not(HasSubstr("macro F1"))));
  evaluate::Results not_tuned = gains;
  not_tuned.models[0].in_domain.labels->tuned.reset();
  EXPECT_THAT(use(not_tuned), Not(HasSubstr("own threshold")));
}

TEST(Verdict, OfManyLabelsSaysWhatIsGiven) {
  evaluate::Results c = multi_label({0.41, 0.38, 0.44}, {0.62, 0.59, 0.65});
  EXPECT_THAT(use(c), Not(HasSubstr("61 %")));
  c.recommended->labels = {{0.61, 0.58, 0.64}, {0.72, 0.7, 0.75}};
  EXPECT_THAT(use(c), AllOf(HasSubstr("61 % (58 to 64)"), HasSubstr("72 % (70 to 75)")));
}

// A loss that doesn't aim at 0.5 may have no exact match there and still rank best.
TEST(Verdict, ComparesManyLabelsByMeanAveragePrecision) {
  evaluate::Results c = multi_label({0.41, 0.38, 0.44}, {0.62, 0.59, 0.65});
  c.models.push_back(c.models[0]);
  c.models[1].name = "labels:zlpr";
  c.models[1].loss = loss::parse_loss("zlpr");
  c.models[1].in_domain.accuracy = {0.1, 0.08, 0.12};
  c.models[1].in_domain.labels->macro_map = {0.7, 0.65, 0.75};
  c.recommended->model = 1;
  c.differences = {{.model = 0, .score = {0.2, 0.15, 0.24}, .p = 1, .score_significant = true}};
  EXPECT_THAT(use(c), HasSubstr("Use labels:zlpr"));
  EXPECT_THAT(compared(c), AllOf(HasSubstr("0.70 (0.65 to 0.75)"), HasSubstr("(labels) 0.50"),
                                 HasSubstr("0.20 (0.15 to 0.24) worse"), HasSubstr(kSignificant),
                                 Not(HasSubstr(kNotSignificant)), Not(HasSubstr("p = "))));
}

TEST(Verdict, NamesTheWeakLabelIfItHasFewPictures) {
  evaluate::Results c = multi_label({0.41, 0.38, 0.44}, {0.62, 0.59, 0.65});
  const auto label = [](const std::string& name, std::size_t count,
                        const evaluate::Measured& precision) {
    evaluate::LabelResult found;
    found.name = name;
    found.count = count;
    found.average_precision = precision;
    return found;
  };
  auto& each = c.models[0].in_domain.labels->each;
  each = {label("house", 40, {0.3, 0.2, 0.4}), label("river", 7, {0.35, 0.3, 0.44}),
          label("bridge", 30, {0.8, 0.7, 0.9}), label("gone", 0, {})};
  EXPECT_THAT(advice(c),
              AllOf(HasSubstr("\"river\""), HasSubstr("7"), HasSubstr("0.35"), HasSubstr("0.50")));
  each[1].average_precision.high = 0.46;
  EXPECT_THAT(advice(c), Not(HasSubstr("river")));
}

/// Two models of other programs.
evaluate::Results of_logits() {
  evaluate::Results c = example_comparison();
  c.models.resize(2);
  c.models[0].name = "resnet";
  c.models[1].name = "vit";
  c.protocol.reset();
  c.data.background = 0;
  c.differences = {{.model = 1,
                    .score = {0.001, -0.01, 0.01},
                    .p = 0.9,
                    .unseen = evaluate::Measured{-0.01, -0.03, 0.01}}};
  return c;
}

TEST(Verdict, OfLogitsComparesTheModelsAndWarnsOfWhatTheyLearnedFrom) {
  evaluate::Results c = of_logits();
  EXPECT_THAT(compared(c),
              AllOf(HasSubstr("97 % (95 to 98) for \"resnet\""), HasSubstr("for \"vit\""),
                    HasSubstr("from \"resnet\""), HasSubstr(kNotSignificant)));
  EXPECT_THAT(unseen(c), AllOf(HasSubstr("345"), HasSubstr("41 % (38 to 46) for \"resnet\""),
                               HasSubstr("for \"vit\""), HasSubstr(kNotSignificant)));
  EXPECT_THAT(use(c), AllOf(HasSubstr("hreshold"), HasSubstr("for \"resnet\""),
                            HasSubstr("for \"vit\""), HasSubstr("none of these")));
  EXPECT_THAT(advice(c), HasSubstr("out-of-fold"));
  EXPECT_THAT(all(c), Not(HasSubstr("background")));
  c.differences[0].score_significant = c.differences[0].unseen_significant = true;
  EXPECT_THAT(compared(c), AllOf(HasSubstr(kSignificant), Not(HasSubstr(kNotSignificant))));
  EXPECT_THAT(unseen(c), AllOf(HasSubstr(kSignificant), Not(HasSubstr(kNotSignificant))));
}

TEST(Verdict, OfLogitsWithBackgroundRecommends) {
  evaluate::Results c = of_logits();
  c.recommended = recommended().recommended;
  c.recommended->model = 1;
  c.data.background = 500;
  EXPECT_THAT(use(c), AllOf(HasSubstr("Use vit"), HasSubstr("\"energy\""), HasSubstr("0.61"),
                            Not(HasSubstr("for \"vit\""))));
  EXPECT_THAT(unseen(c), AllOf(HasSubstr("6 % (4 to 8)"), HasSubstr("500 background pictures"),
                               HasSubstr("7 % (5 to 10)"), Not(HasSubstr("in training"))));
  EXPECT_THAT(compared(c),
              AllOf(HasSubstr("from the recommended model"), Not(HasSubstr("plain classifier"))));
}

TEST(Verdict, OfLogitsWithoutUnseenOnesAsksForThem) {
  const evaluate::Results c = without_unseen(of_logits());
  EXPECT_THAT(unseen(c), AllOf(HasSubstr("logits"), HasSubstr("--unseen"), Not(HasSubstr("41 %"))));
  EXPECT_THAT(verdict(c).use, IsEmpty());
}

}  // namespace
}  // namespace oneormany::report
