#pragma once
// What the user says of some of the unsorted pictures: which to ask about, and what the answers
// tell of all of them.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/model_result.h"
#include "evaluate/predictions.h"
#include "evaluate/recommendation.h"

namespace oneormany::evaluate {

/// The user's unsorted pictures and what the recommended model says to each, by heads that did not
/// learn it: those that it learned as background by heads from which they were held out, those that
/// were left out as likely of the classes by the heads of all folds, whose scores are averaged.
struct Pile {
  struct Picture {
    std::filesystem::path file;
    int best = 0;            ///< the most probable class
    double probability = 0;  ///< of it
    double score = 0;        ///< the recommended one
    bool held_out = false;   ///< by the heads from which background was held out
  };
  std::vector<Picture> pictures;
  /// Scores of the right predictions in domain, falling, of either kind of heads: a threshold of
  /// the one means for the other what keeps as many of these.
  std::vector<double> right{}, right_held_out{};
  double kept = 0.95;    ///< the share of them that the recommended threshold is to keep
  double threshold = 0;  ///< the recommended one
};

/// recommended: by `model`. labels: of each row of model.own. kept: the files of the pictures that
/// are the last rows of the background; left_out: of the others, in the order of what the heads of
/// all folds predict for them (null where there are none).
Pile pile_of(const Recommendation& recommended, const ModelPredictions& model,
             const std::vector<std::vector<int>>& labels,
             const std::vector<std::filesystem::path>& kept, const Predictions* predictions,
             const std::vector<std::filesystem::path>& left_out);

/// A picture that the user is asked about.
struct AskedPicture {
  std::size_t picture = 0;  ///< of Pile::pictures
  std::filesystem::path file;
  std::string prediction;  ///< the most probable class
  double probability = 0;
  bool labelled = false;  ///< reaches the recommended threshold
  int stratum = 1;        ///< 1: the highest scores
  double stands_for = 1;  ///< pictures of its stratum for each that is drawn from it
};

inline constexpr std::size_t kFewestToAsk = 10;

/// Draws `count` pictures, or all if there are no more, in random order, so that whoever stops half
/// way has answered a random half. Strata lie between the thresholds that keep 80, 90, 95 and 99 %
/// of the right predictions, and the recommended one; what lies above and below these is parted in
/// two, and a stratum of few pictures goes with its neighbour on the same side of the recommended
/// threshold. Of each as many are drawn as make the variance least (Neyman 1934, in whole pictures:
/// Wright 2012) of two shares together: of the pile, what is none of the classes, and of the labels
/// given, what is wrong. A picture that gets a label is taken to be as unsure as can be, and one
/// below the threshold to be of none of the classes in nine of ten cases. count: kFewestToAsk at
/// least. names: of the classes.
std::vector<AskedPicture> draw_to_ask(const Pile& pile, const std::vector<std::string>& names,
                                      std::size_t count, std::uint64_t seed);

/// What the user said of a picture that was drawn.
struct Answer {
  std::size_t picture = 0;                 ///< of Pile::pictures
  std::optional<std::vector<int>> labels;  ///< none inside: of none of the classes; none: no answer
  int stratum = 1;
  double stands_for = 1;  ///< as the picture was drawn
};

/// What the answers tell of all unsorted pictures. Shares with 95 % intervals of
/// metrics::share_of_strata().
struct Answers {
  std::string file;          ///< as the user named it
  std::size_t asked = 0;     ///< pictures that were drawn
  std::size_t answered = 0;  ///< of these
  std::size_t pile = 0;      ///< what they were drawn from
  Measured none;             ///< share of the pile that is of none of the classes
  /// At a threshold.
  struct AtThreshold {
    double kept = 0;       ///< share of the right answers to the classes' pictures that it keeps
    double threshold = 0;  ///< on the recommended score
    double given = 0;      ///< share of the pile that gets a label: counted, not estimated
    Measured wrong_of_pile{};         ///< share of the pile that gets a wrong label
    std::optional<Measured> wrong{};  ///< share of the labels given that are wrong
    std::optional<Measured>
        none_given{};  ///< share of those of none of the classes that get a label
    std::optional<Measured> right_given{};  ///< share of those of the classes that get a right one
    std::optional<AskedOfGates> gates{};    ///< what it asks, where the score is of both gates
  };
  AtThreshold recommended;
  std::vector<AtThreshold> thresholds;  ///< those that keep 99, 95, 90 and 80 %
  /// The lowest at which at most 5 % of the labels given are wrong, as estimated; none if none is.
  /// (Its interval is as if it had been chosen beforehand.)
  std::optional<AtThreshold> few_wrong;
};

/// A label is wrong where the picture doesn't carry it. answers: one at least with an answer. The
/// weights are those of the answers, whatever the model was that they were drawn by: the estimates
/// hold for all models alike. Where nothing was drawn from a stratum that is labelled, or not, at a
/// threshold, nothing of it is taken to be. A stratum without answers is taken together with its
/// neighbour.
Answers evaluate_answers(const Pile& pile, const std::vector<Answer>& answers);

}  // namespace oneormany::evaluate
