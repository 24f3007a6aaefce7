#include "report/verdict.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>
#include <sstream>

#include "ood/scores.h"
#include "report/figures.h"
#include "report/verdict_parts.h"
#include "tests/report/fixture.h"

namespace oneormany::report {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// Figures aren't words.
int words(const std::string& text) {
  std::istringstream stream(text);
  int count = 0;
  for (std::string word; stream >> word;) {
    count += std::any_of(word.begin(), word.end(),
                         [](unsigned char letter) { return std::isalpha(letter) != 0; });
  }
  return count;
}

evaluate::ScoreResult score(const std::string& name, const evaluate::Measured& held_out,
                            const evaluate::Measured& labelled) {
  return {.name = name,
          .threshold = 0.6,
          .estimate = held_out,
          .labelled = labelled,
          .auroc = evaluate::Measured{0.97, 0.96, 0.98},
          .fpr95 = labelled};
}

/// Of the demo: labels+background (arms[3]) with energy, no worse in domain than any other.
evaluate::Results recommended() {
  evaluate::Results c = example_comparison();
  for (evaluate::ModelResult& model : c.models) {
    const evaluate::Measured& share = model.unseen->keeping_95;
    model.scores = {score("max_probability", {0.38, 0.35, 0.42}, share)};
  }
  c.models[3].scores.push_back(score("energy", {0.06, 0.04, 0.08}, {0.07, 0.05, 0.1}));
  c.recommended = evaluate::Recommendation{.model = 3,
                                           .score = "energy",
                                           .aim = "keep=0.95",
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

TEST(Verdict, OfTheDemoSaysWhatToUseWhatToExpectAndHowNearThatCame) {
  evaluate::Results c = recommended();
  c.prediction_sets = evaluate::PredictionSets{
      .alpha = 0.05,
      .coverage = {0.96, 0.94, 0.975},
      .in_domain = {.empty = {0.04, 0.03, 0.06},
                    .one = {0.93, 0.91, 0.95},
                    .several = {0.03, 0.02, 0.04},
                    .mean = 0.99},
      .unseen = evaluate::PredictionSets::Sizes{
          .empty = {0.88, 0.85, 0.91}, .one = {0.12, 0.09, 0.15}, .several = {}, .mean = 0.12}};
  c.label_errors.resize(10);
  for (std::size_t i = 0; i < 4; ++i) c.label_errors[i].prediction_probability = 0.97;
  const std::string verdict = write_verdict(c);
  EXPECT_THAT(
      verdict,
      AllOf(
          HasSubstr("Each of your 565 pictures carries exactly one of 2 labels: this is a "
                    "classification problem."),
          HasSubstr("Use labels+background with the score \"energy\" (all outputs for a picture "
                    "taken together) from 0.61 up; below, say \"none of these\"."),
          HasSubstr("keeps 95 % (93 to 97) of the right answers (in brackets the 95 % interval)."),
          HasSubstr("right on 97 % (95 to 98) of your pictures, the plain classifier (classes) "
                    "on 97 %: no difference that your 565 pictures could show."),
          HasSubstr("The other 2 models do not differ clearly.")));
  EXPECT_THAT(
      verdict,
      AllOf(HasSubstr("Of pictures of something else expect 6 % (4 to 8) to get a label: so many "
                      "did in rehearsal, with background of kinds new to the model, the fewest of "
                      "models no worse on yours."),
            HasSubstr("On your 345 unseen pictures it was 7 % (5 to 10), as expected."),
            HasSubstr("The plain classifier, by its highest probability, labels 41 %, the plain "
                      "label model 42 %: sigmoid alone changes nothing that "
                      "shows.")));
  EXPECT_THAT(verdict,
              HasSubstr("which hold each label of a picture with a probability of 95 % "
                        "(reached: 96 %): 93 % of your pictures get one label, 3 % several, "
                        "88 % (85 to 91) of the unseen ones the empty set."));
  EXPECT_THAT(verdict,
              AllOf(HasSubstr("1. a background more like what will come (6 % is above 5 %);"),
                    HasSubstr("2. more pictures of \"buildings\": there are 68, of which 88 % are "
                              "recognised (of all: 97 %);"),
                    HasSubstr("3. a look at the 10 pictures at the end of the report, whose labels "
                              "look wrong: some may be mislabelled.")));
  EXPECT_LE(words(verdict), 210) << verdict;
}

TEST(Verdict, SaysWhichClassPaysForTheThreshold) {
  evaluate::Results c = recommended();
  c.recommended->classes[0].kept = {0.9, 0.84, 0.94};
  c.recommended->classes[1].kept = {0.98, 0.97, 0.99};
  EXPECT_THAT(write_verdict(c), Not(HasSubstr("costs")));  // 0.94 may be as much as 0.93
  c.recommended->classes[0].kept = {0.71, 0.59, 0.81};
  EXPECT_THAT(
      write_verdict(c),
      HasSubstr("The threshold costs \"buildings\" most: of the right answers about it 71 % "
                "(59 to 81) are kept, about \"flags\" 98 %."));
  const auto one = c.recommended->classes[1];
  for (int i = 2; i < 21; ++i) {  // of many some fall behind by chance
    c.data.classes.push_back({"class " + std::to_string(i), 50});
    c.recommended->classes.push_back(one);
  }
  EXPECT_THAT(write_verdict(c), Not(HasSubstr("costs")));
}

TEST(Verdict, SaysWhatBothThresholdsOfLabelsGiveTogether) {
  evaluate::Results c = many_label_comparison(3);
  c.recommended.emplace();
  c.recommended->score = "max_probability";
  c.recommended->aim = "keep=0.95";
  EXPECT_THAT(write_verdict(c), Not(HasSubstr("both thresholds")));
  c.recommended->labels = {{0.61, 0.58, 0.64}, {0.72, 0.7, 0.75}};
  EXPECT_THAT(write_verdict(c),
              HasSubstr("With both thresholds 61 % (58 to 64) of all labels carried are given, and "
                        "72 % (70 to 75) of those given are right."));
}

TEST(Verdict, NamesTheModelThatLetsFewestThroughThoughItIsWorseInDomain) {
  evaluate::Results c = recommended();
  c.models[2].scores[0].estimate = evaluate::Measured{0.04, 0.02, 0.06};
  c.models[2].in_domain.accuracy.value = 0.91;
  c.models[2].in_domain.macro_f1.value = 0.84;
  EXPECT_THAT(write_verdict(c),
              HasSubstr("If other pictures are what matters, weigh " + c.models[2].name +
                        ": it let 4 % through, but is right on 91 % of yours, macro F1 0.84, in "
                        "place of 97 %"));
  c.models[2].scores[0].estimate = evaluate::Measured{0.2, 0.18, 0.22};
  EXPECT_THAT(write_verdict(c), Not(HasSubstr("weigh")));
}

TEST(Verdict, SaysWhenTheRehearsalWasTooOptimisticAndWhatThatMeans) {
  evaluate::Results c = recommended();
  c.recommended->unseen = {0.14, 0.11, 0.18};
  EXPECT_THAT(
      write_verdict(c),
      AllOf(HasSubstr("14 % (11 to 18), more than expected: your unseen pictures are nearer "
                      "to your classes than the background is."),
            HasSubstr("a background more like what will come: 14 % of your unseen "
                      "pictures got a label, 6 % of the background")));
  c.data.background_source = {.own = 0, .built_in = 900, .bank = "built-in"};
  EXPECT_THAT(write_verdict(c), HasSubstr("a --background of your own beside the built-in one"));
}

TEST(Verdict, SaysWhenTheRehearsalWasTooPessimistic) {
  evaluate::Results c = recommended();
  c.recommended->estimate = {0.045, 0.035, 0.06};
  c.recommended->unseen = {0.005, 0.001, 0.02};
  EXPECT_THAT(write_verdict(c),
              AllOf(HasSubstr("0.5 % (0.1 to 2), fewer than expected: your unseen pictures are "
                              "easier to tell"),
                    Not(HasSubstr("a background more like"))));
}

// What lies inside either interval can't be outside what chance allows.
TEST(Verdict, CallsATruthWithinTheIntervalExpected) {
  evaluate::Results c = recommended();
  for (const double truth : {0.041, 0.06, 0.079}) {
    c.recommended->unseen = {truth, truth - 0.0001, truth + 0.0001};
    EXPECT_THAT(write_verdict(c), HasSubstr(", as expected.")) << truth;
  }
  c.recommended->unseen = {0.2, 0.02, 0.6};
  EXPECT_THAT(write_verdict(c), HasSubstr("20 % (2 to 60), which fits, though so few pictures"));
}

TEST(Verdict, WithoutUnseenPicturesExpectsWhatWasRehearsedAndNamesNoTruth) {
  const evaluate::Results c = without_unseen(recommended());
  EXPECT_THAT(
      write_verdict(c),
      AllOf(HasSubstr("expect 6 % (4 to 8) to get a label"),
            HasSubstr("To see how near that comes, give such pictures with --unseen."),
            Not(HasSubstr("unseen picture")),
            HasSubstr("In rehearsal the plain classifier, by its highest probability, labels "
                      "38 %, the plain label model 38 %: sigmoid")));
}

TEST(Verdict, WithoutBackgroundAsksForOneFirst) {
  evaluate::Results c = recommended();
  c.data.background = 0;
  std::erase_if(c.models, [](const evaluate::ModelResult& model) { return model.background; });
  for (evaluate::ModelResult& model : c.models) model.scores[0].estimate.reset();
  c.recommended->model = 0;
  c.recommended->score = "max_probability";
  c.recommended->estimate.reset();
  c.recommended->unseen = c.models[0].unseen->keeping_95;
  c.differences = {{.model = 1,
                    .score = {0.001, -0.005, 0.006},
                    .p = 1,
                    .unseen = evaluate::Measured{-0.01, -0.03, 0.01}}};
  EXPECT_THAT(write_verdict(c),
              AllOf(HasSubstr("Use classes with the highest probability from 0.61 up;"),
                    HasSubstr("of your pictures; it is the plain classifier."),
                    HasSubstr("could not be rehearsed: there is no background. Of your 345 unseen "
                              "pictures it gives a label to 41 % (38 to 46)."),
                    HasSubstr("The plain label model, by its highest probability, labels 42 %: "
                              "sigmoid alone changes nothing that shows."),
                    HasSubstr("What would help most: 1. a background, pictures that are none of "
                              "your classes, from which the model learns what to keep quiet about: "
                              "the built-in one (there unless --background none is given), or a "
                              "folder of yours as --background"),
                    Not(HasSubstr("expected"))));
  EXPECT_THAT(
      write_verdict(without_unseen(c)),
      AllOf(HasSubstr("there is no background. Nor was it judged: give a folder of such pictures "
                      "with --unseen."),
            Not(HasSubstr("label model"))));
  c.data.background_source.built_in = 500;
  EXPECT_THAT(write_verdict(c), Not(HasSubstr("as --background")));
}

TEST(Verdict, SaysByHowMuchArmsDifferAndHowProbableThatIsByChance) {
  evaluate::Results c = recommended();
  c.differences[0].score = {-0.021, -0.032, -0.009};
  c.differences[0].p = 0.012;
  c.differences[0].score_significant = true;
  c.differences[2].score = {0.15, 0.11, 0.19};
  c.differences[2].p = 0.0000001;
  c.differences[2].score_significant = true;
  const std::string verdict = write_verdict(c);
  EXPECT_THAT(verdict, AllOf(HasSubstr("(classes) on 97 %: better by 2.1 points (0.9 to 3.2), "
                                       "which chance alone would do in 1 % of cases."),
                             HasSubstr("Of the other 2 models, classes+none is worse by 15 points "
                                       "(11 to 19)."),
                             Not(HasSubstr("no difference that your 565"))));
  // A better one that isn't recommended calls for the reason.
  c.differences[2].score = {-0.03, -0.04, -0.02};
  EXPECT_THAT(write_verdict(c), HasSubstr("classes+none is better by 3.0 points (2.0 to 4.0), but "
                                          "labels 38 % of other pictures in rehearsal."));
}

TEST(Verdict, OfManyDifferingModelsNamesTwo) {
  evaluate::Results c = recommended();
  for (std::size_t i = 0; i < 4; ++i) {
    c.models.push_back(
        example_arm({"labels:loss" + std::to_string(i), "zlpr", "sigmoid", 0.4, 20, 0.9, 0.4}));
    c.differences.push_back(
        {.model = 4 + i, .score = {0.07, 0.05, 0.09}, .score_significant = true});
  }
  EXPECT_THAT(write_verdict(c),
              AllOf(HasSubstr("Of the other 6 models, labels:loss0 is worse by 7.0 points (5.0 to "
                              "9.0); labels:loss1 is worse"),
                    HasSubstr("; 2 more differ, see the table."), Not(HasSubstr("loss2"))));
}

TEST(Verdict, SaysWhenUnseenPicturesShowNoDifferenceFromThePlainModel) {
  evaluate::Results c = recommended();
  c.differences[0].unseen_significant = false;
  EXPECT_THAT(write_verdict(c), HasSubstr("labels+background and the plain classifier show no "
                                          "difference there that your 345 unseen pictures could "
                                          "show."));
}

TEST(Verdict, OfSeveralPlainArmsTakesTheStandardOne) {
  evaluate::Results c = recommended();
  evaluate::ModelResult other = c.models[0];
  other.name = "classes:softmax_focal";
  other.loss = "softmax_focal";
  other.scores[0].labelled = {0.77, 0.7, 0.8};
  c.models.insert(c.models.begin(), other);
  c.recommended->model = 4;
  for (evaluate::ModelDifference& difference : c.differences) ++difference.model;
  EXPECT_THAT(write_verdict(c), AllOf(HasSubstr("the plain classifier (classes) on"),
                                      HasSubstr("labels 41 %"), Not(HasSubstr("77 %"))));
}

TEST(Verdict, OfFewPicturesAsksForMore) {
  evaluate::Results c = recommended();
  c.data.pictures = 24;
  c.data.labels_per_picture = {{1, 24}};
  c.data.classes = {{"jay", 12}, {"owl", 12}};
  c.models[3].in_domain.accuracy = {0.875, 0.7, 0.96};
  EXPECT_THAT(write_verdict(c),
              AllOf(HasSubstr("88 % (70 to 96) of your pictures"),
                    HasSubstr("no difference that your 24 pictures could show"),
                    HasSubstr("more pictures of all classes: from 24 it can't be told whether the "
                              "share of right answers is 70 or 96 %")));
}

TEST(Verdict, HelpIsThreeThingsAtMostAndNothingWhereAllIsWell) {
  evaluate::Results c = recommended();
  c.recommended->estimate = {0.03, 0.02, 0.05};
  c.recommended->unseen = {0.03, 0.02, 0.05};
  c.recommended->classes[0].recall = {0.95, 0.92, 0.97};
  EXPECT_THAT(write_verdict(c), Not(HasSubstr("would help")));

  c.data.duplicates = 120;
  EXPECT_THAT(write_verdict(c), HasSubstr("What would help most: other pictures in place of "
                                          "copies: 120 of your 565 repeat another exactly"));
  c.label_errors = {
      {.file = "x.png", .label = "flags", .prediction = "a", .prediction_probability = 0.9}};
  EXPECT_THAT(write_verdict(c), Not(HasSubstr("a look at")));
  c.label_errors[0].prediction_probability = 0.91;
  EXPECT_THAT(write_verdict(c),
              HasSubstr("2. a look at the picture at the end of the report, whose "
                        "label looks wrong."));
  evaluate::CalibrationResult calibration;
  calibration.methods = {{"none", 0.12, {0.041, 0.03, 0.05}}, {"temperature", 0.1, {0.031, 0, 0}}};
  calibration.chosen = "temperature";
  c.models[3].calibration = calibration;
  EXPECT_THAT(write_verdict(c), Not(HasSubstr("calibrated")));
  c.models[3].calibration->methods[1].ece.value = 0.012;
  c.models[3].calibration->ece_falls = true;
  EXPECT_THAT(write_verdict(c), HasSubstr("3. calibrated probabilities (temperature) if you read "
                                          "them as chances: they are off by 4.1 points on average, "
                                          "calibrated by 1.2."));
  c.models[3].calibration->chosen = "none";
  EXPECT_THAT(write_verdict(c), Not(HasSubstr("calibrated")));
  c.models[3].calibration->chosen = "temperature";
  c.recommended->classes[0].recall = {0.88, 0.8, 0.94};
  EXPECT_THAT(write_verdict(c), AllOf(HasSubstr("1. more pictures of \"buildings\""),
                                      Not(HasSubstr("calibrated")), Not(HasSubstr("4. "))));
}

TEST(Verdict, AsksForASmallClassOnlyWhereItIsClearlyRecognisedWorse) {
  evaluate::Results c = recommended();
  EXPECT_THAT(write_verdict(c), HasSubstr("more pictures of \"buildings\""));
  c.recommended->classes[0].recall.high = 0.97;  // as far as 68 pictures can tell
  EXPECT_THAT(write_verdict(c), Not(HasSubstr("more pictures of")));
  c.recommended->classes[0].recall.high = 0.94;
  std::swap(c.data.classes[0].count, c.data.classes[1].count);  // there are pictures enough
  EXPECT_THAT(write_verdict(c), Not(HasSubstr("more pictures of")));

  c.data.classes = {{"a", 200}, {"b", 30}, {"c", 40}, {"d", 180}, {"e", 190}};
  const auto recalled = [](double low, double value, double high) {
    evaluate::Recommendation::PerClass one;
    one.recall = {value, low, high};
    return one;
  };
  c.recommended->classes = {recalled(0.5, 0.6, 0.7), recalled(0.7, 0.8, 0.9),
                            recalled(0.6, 0.7, 0.8), recalled(0.97, 0.99, 1),
                            recalled(0.97, 0.99, 1)};
  EXPECT_THAT(write_verdict(c), HasSubstr("more pictures of \"c\": there are 40, of which 70 % are "
                                          "recognised (of all: 97 %)"));
}

TEST(Verdict, SaysWhatTheThresholdWasSetFor) {
  evaluate::Results c = recommended();
  EXPECT_THAT(write_verdict(c), Not(HasSubstr("It is set")));
  c.recommended->aim = "precision=0.99";
  EXPECT_THAT(write_verdict(c), HasSubstr("It is set for 99 % right answers of those given."));
  c.recommended->reachable = false;
  EXPECT_THAT(write_verdict(c), HasSubstr("Your aim, 99 % right answers of those given, is out of "
                                          "reach on these pictures"));
  c.recommended->aim = "cost:wrong=1:none=0.2";
  EXPECT_THAT(write_verdict(c), HasSubstr("1 for a wrong answer and 0.2 for none"));
  c.recommended->aim = "f1";
  EXPECT_THAT(write_verdict(c), HasSubstr("best balance"));
}

TEST(Verdict, NamesLabelsThatNoSetCanPromise) {
  evaluate::Results c = recommended();
  c.prediction_sets = evaluate::PredictionSets{};
  c.prediction_sets->background = evaluate::PredictionSets::Sizes{{0.7, 0.66, 0.73}, {}, {}};
  c.prediction_sets->without_guarantee = {"a"};
  EXPECT_THAT(write_verdict(c),
              AllOf(HasSubstr("70 % (66 to 73) of the background the empty set."),
                    HasSubstr("Too few pictures for that, and so in a set whatever the picture "
                              "shows: \"a\".")));
  c.prediction_sets->without_guarantee = {"a", "b"};
  EXPECT_THAT(write_verdict(c), HasSubstr("whatever the picture shows: \"a\", \"b\"."));
}

TEST(Verdict, HasWordsForEveryScore) {
  for (const ood::ScoreInfo& score : ood::all_scores()) {
    if (score.kind == ood::ScoreKind::kMaxProbability) continue;
    EXPECT_THAT(score_words(score.name),
                AllOf(HasSubstr(std::string(score.name)), HasSubstr(" (")));
  }
}

TEST(Verdict, RoundsNeitherLittleToNothingNorMuchToAll) {
  EXPECT_EQ(share_text({0.0613, 0.0449, 0.0781}), "6 % (4 to 8)");
  EXPECT_EQ(share_text({0.004, 0, 0.012}), "0.4 % (0 to 1)");
  EXPECT_EQ(share_text({0.996, 0.988, 1}), "99.6 % (99 to 100)");
  EXPECT_EQ(percent_text(0.00001), "0 %");
  EXPECT_EQ(percent_text(0.0094), "0.9 %");
  EXPECT_EQ(percent_text(0.0097), "1 %");
}

/// Many labels, one arm, with this macro F1 at 0.5 and tuned.
evaluate::Results multi_label(const evaluate::Measured& fixed, const evaluate::Measured& tuned) {
  evaluate::Results c;
  c.data.pictures = 90;
  c.data.background = 300;
  c.data.classes = {{"house", 40}, {"river", 30}};
  c.data.labels_per_picture = {{0, 30}, {1, 50}, {2, 10}};
  c.protocol.folds = 5;
  c.untrained = {{"classes", "30 pictures have no label"}};
  evaluate::ModelResult model;
  model.name = "labels";
  model.loss = "bce_with_logits";
  model.activation = "sigmoid";
  model.in_domain.accuracy = {0.5, 0.45, 0.55};
  model.in_domain.macro_f1 = fixed;
  model.in_domain.labels = evaluate::LabelResults{};
  model.in_domain.labels->macro_map = {0.5, 0.45, 0.55};
  model.in_domain.labels->tuned = evaluate::LabelResults::Tuned{tuned, tuned};
  c.models = {model};
  c.recommended = evaluate::Recommendation{.score = "max_probability",
                                           .aim = "keep=0.95",
                                           .threshold = {0.2, 0.1, 0.3},
                                           .kept = {0.95, 0.9, 0.98},
                                           .precision = {0.8, 0.7, 0.9},
                                           .answered = {0.7, 0.6, 0.8},
                                           .estimate = evaluate::Measured{0.02, 0.01, 0.04},
                                           .unseen = {}};
  return c;
}

TEST(Verdict, SaysWhatAThresholdForEachLabelIsWorth) {
  const std::string clear = write_verdict(multi_label({0.41, 0.38, 0.44}, {0.62, 0.59, 0.65}));
  EXPECT_THAT(clear,
              AllOf(HasSubstr("Of your 90 pictures, 30 carry no label and 10 carry several"),
                    HasSubstr("each label's own threshold"), HasSubstr("goes from 0.41 to 0.62."),
                    HasSubstr("it is the plain label model")));
  const std::string unclear = write_verdict(multi_label({0.41, 0.38, 0.44}, {0.43, 0.4, 0.47}));
  EXPECT_THAT(unclear, HasSubstr("from 0.41 to 0.43, though so few pictures can't show"));
  const std::string none = write_verdict(multi_label({0.41, 0.38, 0.44}, {0.4, 0.37, 0.43}));
  EXPECT_THAT(none, HasSubstr("For single labels 0.5 will do"));
}

TEST(Verdict, IsSilentOnThresholdsThatWereNotTuned) {
  evaluate::Results c = multi_label({0.41, 0.38, 0.44}, {0.62, 0.59, 0.65});
  c.models[0].in_domain.labels->tuned.reset();
  EXPECT_THAT(write_verdict(c), Not(HasSubstr("ingle labels")));
  c.models[0].in_domain.labels.reset();
  EXPECT_THAT(write_verdict(c), Not(HasSubstr("ingle labels")));
}

// A loss that doesn't aim at 0.5 may have no exact match there and still rank best.
TEST(Verdict, ComparesManyLabelsByMeanAveragePrecision) {
  evaluate::Results c = multi_label({0.41, 0.38, 0.44}, {0.62, 0.59, 0.65});
  c.models.push_back(c.models[0]);
  c.models[1].name = "labels:zlpr";
  c.models[1].loss = "zlpr";
  c.models[1].in_domain.accuracy = {0.1, 0.08, 0.12};
  c.models[1].in_domain.labels->macro_map = {0.7, 0.65, 0.75};
  c.recommended->model = 1;
  c.differences = {{.model = 0, .score = {0.2, 0.15, 0.24}, .p = 1, .score_significant = true}};
  EXPECT_THAT(write_verdict(c), AllOf(HasSubstr("Use labels:zlpr"),
                                      HasSubstr("is 0.70 (0.65 to 0.75), that of the plain label "
                                                "model (labels) 0.50: worse by 0.20 (0.15 to "
                                                "0.24), which is more than chance.")));
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
  EXPECT_THAT(write_verdict(c),
              HasSubstr("What would help most: more pictures of \"river\": there are 7, and its "
                        "average precision is 0.35 (mean of all: 0.50)."));
  each[1].average_precision.high = 0.46;
  EXPECT_THAT(write_verdict(c), Not(HasSubstr("more pictures")));
}

/// Two models of other programs.
evaluate::Results of_logits() {
  evaluate::Results c = example_comparison();
  c.models.resize(2);
  c.models[0].name = "resnet";
  c.models[1].name = "vit";
  c.from_logits = true;
  c.data.background = 0;
  return c;
}

TEST(Verdict, OfLogitsComparesTheModelsAndWarnsOfWhatTheyLearnedFrom) {
  evaluate::Results c = of_logits();
  EXPECT_THAT(write_verdict(c),
              AllOf(HasSubstr("the models give 97 % right answers: no difference"),
                    HasSubstr("\"resnet\" still gives a label to 41 % (38 to 46), \"vit\" still"),
                    HasSubstr("Threshold: "), HasSubstr("must be out-of-fold"),
                    Not(HasSubstr("There are better scores")), Not(HasSubstr("background"))));
  c.models[0].scores = {score("max_probability", {}, {0.41, 0.38, 0.46}),
                        score("energy", {}, {0.2, 0.16, 0.25})};
  c.models[1].scores = {score("max_probability", {}, {0.42, 0.39, 0.47}),
                        score("energy", {}, {0.4, 0.36, 0.45})};
  EXPECT_THAT(write_verdict(c), AllOf(HasSubstr("better scores than the highest probability: with "
                                                "the score \"energy\""),
                                      HasSubstr("\"resnet\" gives a label to 20 % (16 to 25)."),
                                      Not(HasSubstr("\"vit\" gives a label to 40 %"))));
  c.recommended = recommended().recommended;
  c.recommended->model = 1;
  c.data.background = 500;
  c.prediction_sets = evaluate::PredictionSets{};
  EXPECT_THAT(
      write_verdict(c),
      AllOf(HasSubstr("Use vit with the score \"energy\""), HasSubstr("promise label by"),
            HasSubstr("as of your 500 background pictures, the fewest of models no worse on yours"),
            HasSubstr("unseen pictures it was "), Not(HasSubstr("new to the model")),
            Not(HasSubstr("plain classifier")), Not(HasSubstr("Threshold: "))));
}

TEST(Verdict, OfLogitsWithoutUnseenOnesAsksForThem) {
  const evaluate::Results c = without_unseen(of_logits());
  EXPECT_THAT(write_verdict(c), AllOf(HasSubstr("give their logits of such pictures with --unseen"),
                                      Not(HasSubstr("still gives"))));
}

}  // namespace
}  // namespace oneormany::report
