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

/// One model in the comparison.
struct Arm {
  std::string name;             ///< "classes", "labels+background", "labels:zlpr", "classes (mlp)"
  std::string loss;             ///< as --losses takes it: "cross_entropy", "asymmetric:margin=0"
  std::string activation;       ///< "softmax", "sigmoid"
  std::string head = "linear";  ///< or "mlp"
  bool background = false;      ///< trained on background pictures too
  InDomain in_domain;
  std::optional<Unseen> unseen;
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
    bool labelled = false;   ///< reaches the arm's keeping_95 threshold (in most folds)
  };
  std::vector<Answer> answers;  ///< one for each arm, in the order of Comparison::arms
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
  // protocol
  int folds = 0;
  std::vector<std::uint64_t> seeds;
  std::string backbone;
  int size = 0;
  std::string precision;
  // findings
  std::vector<Arm> arms;
  std::vector<UntrainedArm> untrained;
  std::vector<Mistake> mistakes;  ///< most confident first
  std::string verdict;            ///< plain words; paragraphs are separated by an empty line
  double seconds_features = 0, seconds_heads = 0, seconds_total = 0;
};

}  // namespace oneormany
