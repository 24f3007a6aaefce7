#pragma once
// What a comparison found: the one structure that every report is written from.

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "data/data.h"
#include "judge/labels.h"

namespace oneormany {

struct Summary {
  double min = 0, mean = 0, median = 0, max = 0;
};

/// A proportion or measure in 0–1 with its 95 % interval (bootstrap over pictures, duplicates
/// together).
struct Measured {
  double value = 0;
  double low = 0, high = 0;
};

/// One label of a many-label problem.
struct LabelFinding {
  std::string name;
  std::size_t count = 0;  ///< pictures that carry it; 0: nothing below means anything
  Measured average_precision;
  double f1 = 0;  ///< at 0.5
  struct Tuned {
    double f1 = 0;           ///< each picture at the threshold that the other folds chose
    Measured threshold;      ///< chosen on all folds, the one to use; interval of redrawn pictures
    bool reachable = false;  ///< the aim is met on these pictures
    Measured kept;           ///< share of the label's pictures that get it (recall)
    Measured precision;      ///< share of those that get it that carry it
  };
  std::optional<Tuned> tuned;  ///< none where the folds aren't known
  double ece = 0;
  std::vector<ReliabilityBin> reliability;
};

/// Judged label by label, at 0.5 and at a threshold of its own for each label.
struct LabelFindings {
  Measured macro_map;  ///< over the labels that pictures carry
  Measured micro_map;
  Measured micro_f1;  ///< at 0.5
  struct Tuned {
    Measured macro_f1, micro_f1;
    std::string aim = "f1";  ///< what the thresholds are for, as --aim takes it
  };
  std::optional<Tuned> tuned;
  std::vector<LabelFinding> each;  ///< in the order of Comparison::classes
};

/// Judged on pictures of the classes, each by the heads that didn't see it (out-of-fold).
struct InDomain {
  Measured accuracy;  ///< the most probable class is the right one; many labels: exact match at 0.5
  Measured macro_f1;
  double log_loss = 0;  ///< class arms: cross-entropy; label arms: binary, mean over the labels
  double brier = 0;     ///< summed over classes, averaged over pictures
  double ece = 0;       ///< 15 equal-width bins
  double map = 0;       ///< mean average precision over classes
  Summary max_probability;
  Summary sum_of_probabilities;
  std::optional<LabelFindings> labels{};  ///< where pictures carry none or several labels
};

/// Judged on pictures of none of the classes, that chose nothing.
struct Unseen {
  Summary max_probability;
  Summary sum_of_probabilities;
  Measured at_argmax, at_05, at_09;  ///< share that gets a label
  Measured keeping_95;               ///< the same at the threshold that keeps 95 % of right answers
  double threshold = 0;              ///< that threshold, chosen in domain alone
  Measured auroc;                    ///< in domain against unseen, by the highest probability
  Measured fpr95;  ///< share of unseen above the score that 95 % of in-domain reach
};

/// How well one score tells pictures of the classes from all others.
struct ScoreFinding {
  std::string name;  ///< "max_probability", "energy": see judge/scores.h
  double threshold =
      0;  ///< chosen in domain alone: keeps the aim's share of right answers, or 95 %
  /// The rehearsal: share of background pictures that get a label, each judged by a head from which
  /// its whole kind (a cluster of the background) was hidden, at the threshold of the same heads.
  /// The honest estimate of what unseen pictures will do, and what scores and arms are chosen by.
  /// None without background.
  std::optional<Measured> rehearsal;
  /// On the unseen pictures, that chose nothing. None without them.
  std::optional<Measured> labelled, auroc, fpr95;
};

/// Whether probabilities mean what they say, before and after calibration (out of fold).
struct CalibrationFinding {
  struct Kind {
    std::string name;     ///< "none", "temperature", "vector", "platt", "isotonic"
    double log_loss = 0;  ///< out of fold
    Measured ece;
  };
  std::vector<Kind> kinds;  ///< from simple to flexible; the first is "none", before calibration
  /// Of these, by log-loss: the simplest within one standard error of the best.
  std::string chosen;
  bool ece_falls = false;  ///< from "none" to the chosen one, beyond chance (paired)
  /// Of the most probable class; many labels: of all decisions.
  std::vector<ReliabilityBin> before, after;
};

/// One model in the comparison.
struct Arm {
  /// "classes", "labels+background", "labels:zlpr", "classes (mlp)"; the name of a file of logits
  std::string name;
  /// As --losses takes it: "cross_entropy", "asymmetric:margin=0"; of logits the one that log_loss
  /// is of.
  std::string loss;
  std::string activation;       ///< "softmax", "sigmoid"
  std::string head = "linear";  ///< or "rbf" or "mlp"; empty: not known, of logits
  bool background = false;      ///< trained on background pictures too
  InDomain in_domain;
  std::optional<Unseen> unseen;
  std::vector<ScoreFinding> scores{};  ///< max_probability first
  std::optional<CalibrationFinding> calibration{};
  /// Highest probability of a class, picture by picture, for the charts.
  std::vector<double> in_domain_max, unseen_max;
};

struct UntrainedArm {
  std::string name;
  std::string why;  ///< plain words, and the cure
};

/// An unseen picture that was given a label with confidence.
struct Mistake {
  std::filesystem::path file;
  struct Answer {
    std::string label;       ///< the most probable class
    double probability = 0;  ///< mean over the folds' models
    /// Reaches the recommended threshold, by the mean of that score; of arms that aren't
    /// recommended the keeping_95 threshold.
    bool labelled = false;
  };
  std::vector<Answer> answers;  ///< one for each arm, in the order of Comparison::arms
};

/// What the program would use, and what that will do. Unseen pictures have no part in the choice;
/// only `unseen` is of them.
struct Recommendation {
  std::size_t arm = 0;    ///< of Comparison::arms
  std::string score;      ///< of the arm's
  std::string aim;        ///< what the threshold is for, as --aim takes it: "keep=0.95"
  Measured threshold;     ///< on the score
  bool reachable = true;  ///< the aim is met on these pictures
  Measured kept;          ///< share of the right answers that are given
  Measured precision;     ///< of the answers given those that are right; background counts as wrong
  Measured answered;      ///< share of the pictures in domain that get an answer
  std::optional<Measured> rehearsal;  ///< expected: share of other pictures that get a label
  std::optional<Measured> unseen;     ///< the truth, where there are unseen pictures
  /// Many labels: those of the pictures that reach `threshold`, each at its own threshold too
  /// (LabelFinding::Tuned), out of fold.
  struct GivenLabels {
    Measured recall;     ///< share of all labels carried that are given (micro)
    Measured precision;  ///< share of the labels given that are carried (micro)
  };
  std::optional<GivenLabels> labels{};
  /// One class each: what becomes of each class's pictures, out of fold; in the order of
  /// Comparison::classes. Empty for many labels.
  struct OfClass {
    Measured recall;  ///< share of its pictures whose most probable class it is
    /// Share of the pictures whose most probable class it is that are its own; none if there are
    /// none.
    std::optional<Measured> precision;
    Measured given;  ///< share of its pictures that get it, at `threshold`
    Measured kept;   ///< share of the right answers about it that are given, at `threshold`
    std::optional<Measured> unseen;  ///< share of the unseen pictures that get it
    /// The class that its pictures are most often taken for (of Comparison::classes), and the share
    /// of them that is; none if all are recognised.
    std::optional<std::size_t> mistaken_for;
    double mistaken = 0;
  };
  std::vector<OfClass> classes{};
};

/// An arm against the recommended one (or, where there is none, the first), in the same draws.
struct ArmDifference {
  std::size_t arm = 0;  ///< of Comparison::arms
  Measured score;       ///< recommended minus arm: accuracy, of many labels macro mAP
  double p = 1;         ///< of many labels 1; else McNemar's exact test of the right answers
  std::optional<Measured> unseen{};  ///< recommended minus arm: share of unseen pictures labelled
  /// The difference is larger than chance: by p < 0.05 and the interval, or (many labels and
  /// unseen) the interval alone.
  bool score_differs = false, unseen_differs = false;
};

/// Sets with a promise: of a picture like those judged, each label it carries is in its set with a
/// probability of 1 − risk (conformal prediction). By the recommended arm.
struct ConformalFinding {
  double risk = 0.05;
  Measured coverage;  ///< reached out of fold
  struct Sizes {
    Measured empty, one, several;
    double mean = 0;
  };
  Sizes in_domain;
  std::optional<Sizes> background{}, unseen{};
  /// Labels on too few pictures: in every set, or in domain in those of some folds.
  std::vector<std::string> without_promise{};
};

/// A picture whose label looks wrong: out of fold the recommended arm is sure of something else.
struct Suspect {
  std::filesystem::path file;
  std::string label;              ///< what it is called
  std::string answer;             ///< what the model says; empty: "not that"
  double label_probability = 0;   ///< of its own label, out of fold
  double answer_probability = 0;  ///< of the answer; of "not that" 1 − label_probability
};

/// Where the background comes from.
struct BackgroundFinding {
  std::size_t own = 0;       ///< of the user's folders
  std::size_t built_in = 0;  ///< of the built-in bank or a bank file, after what was left out
  std::string bank;          ///< "built-in", or the bank's file; empty: none
  struct LeftOut {
    std::string kind;  ///< as the bank names it: "animals/birds"
    std::size_t pictures = 0;
    std::string nearest;  ///< the class that they are too near to
  };
  std::vector<LeftOut> left_out{};       ///< most pictures first
  std::size_t left_out_for_balance = 0;  ///< so that few pictures of the user's aren't drowned
};

struct ClassCount {
  std::string name;
  std::size_t count = 0;
};

struct Comparison {
  // data
  std::string data_name;  ///< the folder or file, as the user named it
  std::size_t pictures = 0;
  std::vector<ClassCount> classes;
  std::map<int, std::size_t> labels_per_picture;
  std::size_t duplicates = 0;  ///< pictures that repeat another one's pixels
  std::vector<Skip> skipped;
  std::vector<std::string> notes;  ///< what else the user should know, a line each
  std::size_t unseen = 0, background = 0;
  BackgroundFinding background_from;
  /// Judged from another program's logits, without pictures: the protocol below, the seconds of
  /// features and heads, duplicates and mistakes aren't known.
  bool from_logits = false;
  // protocol
  int folds = 0;
  std::vector<std::uint64_t> seeds;
  std::string backbone;
  int size = 0;
  std::string precision;
  std::string stages = "all";  ///< or "last": the features are the last layer's alone
  // findings
  std::vector<Arm> arms;
  std::vector<UntrainedArm> untrained;
  std::vector<Mistake> mistakes;  ///< first those of the recommended arm, the most confident first
  std::optional<Recommendation> recommended;
  std::vector<ArmDifference> differences;  ///< all arms but that one
  std::optional<ConformalFinding> sets;
  std::vector<Suspect> suspects;  ///< the most suspicious first, ten at most
  std::string verdict;            ///< plain words; paragraphs are separated by an empty line
  double seconds_features = 0, seconds_heads = 0, seconds_total = 0;
};

}  // namespace oneormany
