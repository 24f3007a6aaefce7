#include "evaluate/per_label.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "loss/matrix.h"
#include "metrics/bootstrap.h"
#include "metrics/labels.h"
#include "metrics/thresholds.h"
#include "tests/evaluate/model_case.h"
#include "tests/standard_models.h"

namespace oneormany::evaluate {
namespace {

constexpr metrics::Aim kBestF1{.kind = metrics::Aim::Kind::kF1};
constexpr int kPictures = 60, kFolds = 3, kLabels = 3;

/// A label model's, of these probabilities but for rounding.
Predictions of_probabilities(const Matrix& p, const std::vector<int>& groups) {
  return predictions(train::label_models(false)[0], static_cast<int>(p.cols()), p.unaryExpr(&logit),
                     groups);
}

/// Pictures split twice; each repeat has its own probabilities. No picture has the last label.
struct Predicted {
  Predictions predictions;
  Matrix p = Matrix(2 * kPictures, kLabels);
  std::vector<std::vector<int>> labels, folds{{}, {}};
  std::vector<ClassCount> names{{"one", 0}, {"two", 0}, {"missing", 0}};

  Predicted() {
    Random random(11);
    std::vector<int> groups;
    for (int i = 0; i < kPictures; ++i) {
      std::vector<int> own;
      for (int c = 0; c < 2; ++c) {
        if (random.uniform() < 0.3) own.push_back(c);
      }
      for (const int c : own) ++names[static_cast<std::size_t>(c)].count;
      labels.push_back(own);
    }
    for (int row = 0; row < 2 * kPictures; ++row) {
      const int picture = row % kPictures;
      if (row >= kPictures) labels.push_back(labels[static_cast<std::size_t>(picture)]);
      groups.push_back(picture);
      folds[static_cast<std::size_t>(row / kPictures)].push_back(random.below(kFolds));
      for (int c = 0; c < kLabels; ++c) p(row, c) = 0.3 * random.uniform();
      for (const int c : labels[static_cast<std::size_t>(row)]) p(row, c) += 0.2 * random.uniform();
    }
    predictions = of_probabilities(p, groups);
    p = predictions.probabilities;
  }

  LabelResults per_label(const metrics::Aim& aim = kBestF1) const {
    return evaluate_per_label(predictions, labels, names, folds, aim, 1);
  }
  bool carries(int row, int label) const {
    const auto& own = labels[static_cast<std::size_t>(row)];
    return std::find(own.begin(), own.end(), label) != own.end();
  }
};

/// F1 of a label, counted over the rows where use(row), each row at the threshold at(row).
template <typename Use, typename At>
double f1_of(const Predicted& known, int label, Use use, At at) {
  double both = 0, either = 0;
  for (int row = 0; row < 2 * kPictures; ++row) {
    if (!use(row)) continue;
    const bool given = known.p(row, label) > at(row), carried = known.carries(row, label);
    both += given && carried;
    either += given + carried;
  }
  return either > 0 ? 2 * both / either : 0;
}

TEST(PerLabel, EachPictureIsDecidedAtAThresholdOfTheOtherFoldsOfItsRepeat) {
  const Predicted known;
  const LabelResults found = known.per_label();
  ASSERT_TRUE(found.tuned);
  for (int label = 0; label < 2; ++label) {
    // All thresholds that matter, tried one by one from the highest.
    std::vector<double> tries;
    for (int row = 0; row < 2 * kPictures; ++row) tries.push_back(known.p(row, label) - 1e-12);
    std::sort(tries.rbegin(), tries.rend());
    double best_of[2][kFolds];
    for (int repeat = 0; repeat < 2; ++repeat) {
      for (int fold = 0; fold < kFolds; ++fold) {
        const auto other = [&](int row) {
          return row / kPictures == repeat &&
                 known.folds[static_cast<std::size_t>(repeat)]
                            [static_cast<std::size_t>(row % kPictures)] != fold;
        };
        double best = 0;
        for (const double at : tries) {
          const double f1 = f1_of(known, label, other, [&](int) { return at; });
          if (f1 > best + 1e-12) {
            best = f1;
            // Halfway to the next lower probability of the rows that choose.
            double below = 0;
            for (int row = 0; row < 2 * kPictures; ++row) {
              if (other(row) && known.p(row, label) < at)
                below = std::max(below, known.p(row, label));
            }
            best_of[repeat][fold] = (at + 1e-12 + below) / 2;
          }
        }
      }
    }
    const auto& one = found.each[static_cast<std::size_t>(label)];
    EXPECT_DOUBLE_EQ(
        one.tuned->f1,
        f1_of(
            known, label, [](int) { return true; },
            [&](int row) {
              const auto repeat = static_cast<std::size_t>(row / kPictures);
              return best_of[repeat]
                            [known.folds[repeat][static_cast<std::size_t>(row % kPictures)]];
            }));
    EXPECT_GT(one.tuned->f1, one.f1) << "no probability reaches 0.5";
  }
}

TEST(PerLabel, ThresholdsServeTheAim) {
  const Predicted known;
  std::set<double> chosen;
  for (const auto* text : {"keep=0.9", "keep=0.5", "precision=0.9", "f1", "cost:none=0.3"}) {
    const metrics::Aim aim = metrics::parse_aim(text);
    const LabelResults found = known.per_label(aim);
    EXPECT_EQ(found.tuned->aim.text(), aim.text());
    const metrics::LabelMatrix target = loss::one_hot(known.labels, kLabels).cast<int>();
    for (int label = 0; label < 2; ++label) {
      const auto& one = *found.each[static_cast<std::size_t>(label)].tuned;
      EXPECT_EQ(one.threshold.value,
                metrics::label_threshold(aim, known.p.col(label), target.col(label)));
      chosen.insert(one.threshold.value);
      EXPECT_TRUE(one.reachable);
      double given = 0, carried = 0, both = 0;
      for (int row = 0; row < 2 * kPictures; ++row) {
        const bool gets = known.p(row, label) > one.threshold.value;
        given += gets;
        carried += known.carries(row, label);
        both += gets && known.carries(row, label);
      }
      EXPECT_DOUBLE_EQ(one.kept.value, both / carried);
      EXPECT_DOUBLE_EQ(one.precision.value, both / given);
      EXPECT_LT(one.threshold.low, one.threshold.high);
      EXPECT_LE(one.threshold.low, one.threshold.value);
      EXPECT_GE(one.threshold.high, one.threshold.value);
      // Each picture at the threshold for this aim of the other folds of its repeat.
      double folds_both = 0, folds_either = 0;
      for (Index repeat = 0; repeat < 2; ++repeat) {
        const auto& fold = known.folds[static_cast<std::size_t>(repeat)];
        const auto rows = Eigen::seqN(repeat * kPictures, kPictures);
        const metrics::LabelMatrix decided =
            metrics::decide(known.p(rows, Eigen::all),
                            metrics::thresholds_from_other_folds(aim, known.p(rows, Eigen::all),
                                                                 target(rows, Eigen::all), fold),
                            fold);
        const auto own = target(rows, label);
        folds_both += decided.col(label).cwiseProduct(own).sum();
        folds_either += decided.col(label).sum() + own.sum();
      }
      const auto& f1 = found.each[static_cast<std::size_t>(label)].tuned->f1;
      EXPECT_DOUBLE_EQ(f1, 2 * folds_both / folds_either) << text;
    }
  }
  EXPECT_GE(chosen.size(), 8u) << "the aims ask for thresholds of their own";
}

TEST(PerLabel, ALabelThatNoPictureHasIsNoCrash) {
  const LabelResults found = Predicted().per_label();
  const LabelResult& missing = found.each[2];
  EXPECT_EQ(missing.count, 0u);
  EXPECT_EQ(missing.average_precision.value, 0);
  EXPECT_EQ(missing.average_precision.low, 0);
  EXPECT_EQ(missing.average_precision.high, 1);
  EXPECT_EQ(missing.tuned->threshold.value, 0.5);
  EXPECT_EQ(missing.tuned->threshold.low, 0.5);
  EXPECT_EQ(missing.tuned->threshold.high, 0.5);
  EXPECT_FALSE(missing.tuned->reachable);
  EXPECT_DOUBLE_EQ(
      found.macro_map.value,
      (found.each[0].average_precision.value + found.each[1].average_precision.value) / 2);
}

TEST(PerLabel, WithoutFoldsNothingIsTuned) {
  Predicted known;
  const LabelResults with = known.per_label();
  known.folds.clear();
  const LabelResults without = known.per_label();
  EXPECT_FALSE(without.tuned);
  for (const LabelResult& label : without.each) EXPECT_FALSE(label.tuned);
  EXPECT_EQ(with.macro_map.value, without.macro_map.value);
  EXPECT_EQ(with.macro_map.low, without.macro_map.low);
}

TEST(PerLabel, IntervalsHoldTheirValuesAndBinsAllRows) {
  const LabelResults found = Predicted().per_label();
  for (const Measured& m : {found.macro_map, found.micro_map, found.micro_f1, found.tuned->macro_f1,
                            found.tuned->micro_f1, found.each[0].average_precision}) {
    EXPECT_LE(m.low, m.value);
    EXPECT_GE(m.high, m.value);
    EXPECT_LE(m.low, m.high);
  }
  EXPECT_LT(found.macro_map.low, found.macro_map.high);
  for (const LabelResult& label : found.each) {
    double rows = 0;
    for (const auto& bin : label.reliability) rows += bin.count;
    EXPECT_EQ(rows, 2 * kPictures);
  }
}

std::vector<int> first(int n) {
  std::vector<int> pictures(static_cast<std::size_t>(n));
  std::iota(pictures.begin(), pictures.end(), 0);
  return pictures;
}

/// Labels of their own on pictures that are ranked by their number, the first ones highest.
LabelResults ranked(const std::vector<std::vector<int>>& labelled, int pictures) {
  Matrix p(pictures, static_cast<Index>(labelled.size()));
  std::vector<std::vector<int>> labels(static_cast<std::size_t>(pictures));
  std::vector<ClassCount> names;
  for (int i = 0; i < pictures; ++i) p.row(i).setConstant((pictures - i) / (pictures + 1.0));
  for (std::size_t c = 0; c < labelled.size(); ++c) {
    for (const int i : labelled[c]) {
      labels[static_cast<std::size_t>(i)].push_back(static_cast<int>(c));
    }
    names.push_back({"label", labelled[c].size()});
  }
  return evaluate_per_label(of_probabilities(p, first(pictures)), labels, names, {}, kBestF1, 1);
}

// Ten pictures that are all ranked first are ten, however many others there are.
TEST(PerLabel, ARareLabelIsAsSureAsItsOwnPictures) {
  const LabelResults found = ranked({first(10), first(100)}, 400);
  for (std::size_t c = 0; c < 2; ++c) {
    const double n = c == 0 ? 10 : 100;
    const Measured& own = found.each[c].average_precision;
    EXPECT_EQ(own.value, 1);
    EXPECT_DOUBLE_EQ(own.low, metrics::proportion_interval(n, n).low);
    EXPECT_EQ(own.high, 1);
  }
  // Their mean lies between them, and nearer to the rare one than 110 pictures would be.
  EXPECT_GT(found.macro_map.low, found.each[0].average_precision.low);
  EXPECT_LT(found.macro_map.low, found.each[1].average_precision.low);
}

// One replicate in twenty holds none of three pictures with the label. That is no average precision
// of 0.
TEST(PerLabel, ReplicatesWithoutTheLabelSayNothing) {
  const LabelResults found = ranked({{0, 1, 4}}, 60);
  const Measured& own = found.each[0].average_precision;
  EXPECT_GT(own.low, 0.1);
  EXPECT_LT(own.low, own.value);
  EXPECT_EQ(own.high, 1);
  EXPECT_EQ(found.macro_map.low, own.low);
  EXPECT_GT(found.micro_map.low, 0.1);
}

TEST(GivenLabels, APictureBelowTheThresholdGetsNoneAndTheOthersTheirTunedOnes) {
  const Predicted known;
  const ModelPredictions model = model_of(train::label_models(false)[0], known.predictions);
  ModelResult found;
  found.in_domain =
      evaluate_in_domain(model.spec, model.own, data::Problem::kMultiLabel, known.labels, 1);
  found.in_domain.labels = known.per_label();
  const Selection selection = select({model}, {found}, known.labels,
                                     {.aim = {.kind = metrics::Aim::Kind::kKeep, .share = 0.5}});
  const double gate = selection.recommended().threshold.value;
  const auto given = evaluate_given_labels(selection, model, known.labels, known.folds, kBestF1, 1);

  double right = 0, all = 0, carried = 0, below = 0;
  for (std::size_t repeat = 0; repeat < 2; ++repeat) {
    const auto first = static_cast<Index>(repeat) * kPictures;
    const Matrix own = known.p.middleRows(first, kPictures);
    const metrics::LabelMatrix target = loss::one_hot(known.labels, kLabels).cast<int>();
    const Matrix thresholds = metrics::thresholds_from_other_folds(
        kBestF1, own, target.middleRows(first, kPictures), known.folds[repeat]);
    for (int i = 0; i < kPictures; ++i) {
      const int row = static_cast<int>(first) + i;
      const bool passes = known.p.row(row).maxCoeff() >= gate * (1 - 1e-12);
      for (int c = 0; c < kLabels; ++c) {
        const bool tuned =
            own(i, c) > thresholds(known.folds[repeat][static_cast<std::size_t>(i)], c);
        carried += known.carries(row, c);
        below += tuned && !passes;
        all += tuned && passes;
        right += tuned && passes && known.carries(row, c);
      }
    }
  }
  EXPECT_GT(below, 0);  // so the threshold of the picture says something
  EXPECT_DOUBLE_EQ(given.recall.value, right / carried);
  EXPECT_DOUBLE_EQ(given.precision.value, right / all);
  EXPECT_LT(given.recall.low, given.recall.value);
  EXPECT_GT(given.precision.high, given.precision.value);
}

}  // namespace
}  // namespace oneormany::evaluate
