#include "evaluate/per_label.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <set>

#include "evaluate/predictions.h"
#include "loss/matrix.h"
#include "metrics/bootstrap.h"
#include "metrics/labels.h"
#include "metrics/thresholds.h"
#include "train/cross_validation.h"

namespace oneormany::evaluate {
namespace {

constexpr metrics::Aim kBestF1{.kind = metrics::Aim::Kind::kF1};
constexpr int kPictures = 60, kFolds = 3, kLabels = 3;

/// Pictures dealt twice; each deal has its own answers. Nobody carries the last label.
struct Judged {
  Matrix p = Matrix(2 * kPictures, kLabels);
  std::vector<std::vector<int>> labels, folds{{}, {}};
  std::vector<int> groups;
  std::vector<ClassCount> names{{"one", 0}, {"two", 0}, {"nobody", 0}};

  Judged() {
    std::mt19937_64 random(11);
    const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
    for (int i = 0; i < kPictures; ++i) {
      std::vector<int> own;
      for (int c = 0; c < 2; ++c) {
        if (uniform() < 0.3) own.push_back(c);
      }
      for (const int c : own) ++names[static_cast<std::size_t>(c)].count;
      labels.push_back(own);
    }
    for (int row = 0; row < 2 * kPictures; ++row) {
      const int picture = row % kPictures;
      if (row >= kPictures) labels.push_back(labels[static_cast<std::size_t>(picture)]);
      groups.push_back(picture);
      folds[static_cast<std::size_t>(row / kPictures)].push_back(
          static_cast<int>(random() % kFolds));
      for (int c = 0; c < kLabels; ++c) p(row, c) = 0.3 * uniform();
      for (const int c : labels[static_cast<std::size_t>(row)]) p(row, c) += 0.2 * uniform();
    }
  }

  LabelResults judge(const metrics::Aim& aim = kBestF1) const {
    return evaluate_per_label(p, groups, labels, names, folds, aim, 1);
  }
  bool carries(int row, int label) const {
    const auto& own = labels[static_cast<std::size_t>(row)];
    return std::find(own.begin(), own.end(), label) != own.end();
  }
};

/// F1 of a label, counted over the rows where use(row), each row at the threshold at(row).
template <typename Use, typename At>
double f1_of(const Judged& evaluated, int label, Use use, At at) {
  double both = 0, either = 0;
  for (int row = 0; row < 2 * kPictures; ++row) {
    if (!use(row)) continue;
    const bool given = evaluated.p(row, label) > at(row), carried = evaluated.carries(row, label);
    both += given && carried;
    either += given + carried;
  }
  return either > 0 ? 2 * both / either : 0;
}

TEST(JudgeLabels, EachPictureIsJudgedAtAThresholdOfTheOtherFoldsOfItsDeal) {
  const Judged evaluated;
  const LabelResults found = evaluated.judge();
  ASSERT_TRUE(found.tuned);
  for (int label = 0; label < 2; ++label) {
    // All thresholds that matter, tried one by one from the highest.
    std::vector<double> tries;
    for (int row = 0; row < 2 * kPictures; ++row) tries.push_back(evaluated.p(row, label) - 1e-12);
    std::sort(tries.rbegin(), tries.rend());
    double best_of[2][kFolds];
    for (int repeat = 0; repeat < 2; ++repeat) {
      for (int fold = 0; fold < kFolds; ++fold) {
        const auto other = [&](int row) {
          return row / kPictures == repeat &&
                 evaluated.folds[static_cast<std::size_t>(repeat)]
                                [static_cast<std::size_t>(row % kPictures)] != fold;
        };
        double best = 0;
        for (const double at : tries) {
          const double f1 = f1_of(evaluated, label, other, [&](int) { return at; });
          if (f1 > best + 1e-12) {
            best = f1;
            // Halfway to the next lower answer of the rows that choose.
            double below = 0;
            for (int row = 0; row < 2 * kPictures; ++row) {
              if (other(row) && evaluated.p(row, label) < at)
                below = std::max(below, evaluated.p(row, label));
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
            evaluated, label, [](int) { return true; },
            [&](int row) {
              const auto repeat = static_cast<std::size_t>(row / kPictures);
              return best_of[repeat]
                            [evaluated.folds[repeat][static_cast<std::size_t>(row % kPictures)]];
            }));
    EXPECT_GT(one.tuned->f1, one.f1) << "no answer reaches 0.5";
  }
}

TEST(JudgeLabels, ThresholdsServeTheAim) {
  const Judged evaluated;
  std::set<double> chosen;
  for (const auto* text : {"keep=0.9", "keep=0.5", "precision=0.9", "f1", "cost:none=0.3"}) {
    const metrics::Aim aim = metrics::parse_aim(text);
    const LabelResults found = evaluated.judge(aim);
    EXPECT_EQ(found.tuned->aim, aim.text());
    const metrics::LabelMatrix target = loss::one_hot(evaluated.labels, kLabels).cast<int>();
    for (int label = 0; label < 2; ++label) {
      const auto& one = *found.each[static_cast<std::size_t>(label)].tuned;
      EXPECT_EQ(one.threshold.value,
                metrics::label_threshold(aim, evaluated.p.col(label), target.col(label)));
      chosen.insert(one.threshold.value);
      EXPECT_TRUE(one.reachable);
      double given = 0, carried = 0, both = 0;
      for (int row = 0; row < 2 * kPictures; ++row) {
        const bool gets = evaluated.p(row, label) > one.threshold.value;
        given += gets;
        carried += evaluated.carries(row, label);
        both += gets && evaluated.carries(row, label);
      }
      EXPECT_DOUBLE_EQ(one.kept.value, both / carried);
      EXPECT_DOUBLE_EQ(one.precision.value, both / given);
      EXPECT_LT(one.threshold.low, one.threshold.high);
      EXPECT_LE(one.threshold.low, one.threshold.value);
      EXPECT_GE(one.threshold.high, one.threshold.value);
      // Each picture at the threshold for this aim of the other folds of its deal.
      double folds_both = 0, folds_either = 0;
      for (Index repeat = 0; repeat < 2; ++repeat) {
        const auto& fold = evaluated.folds[static_cast<std::size_t>(repeat)];
        const auto rows = Eigen::seqN(repeat * kPictures, kPictures);
        const metrics::LabelMatrix decided =
            metrics::decide(evaluated.p(rows, Eigen::all),
                            metrics::thresholds_from_other_folds(aim, evaluated.p(rows, Eigen::all),
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

TEST(JudgeLabels, ALabelThatNobodyCarriesIsNoCrash) {
  const LabelResults found = Judged().judge();
  const LabelResult& nobody = found.each[2];
  EXPECT_EQ(nobody.count, 0u);
  EXPECT_EQ(nobody.average_precision.value, 0);
  EXPECT_EQ(nobody.average_precision.low, 0);
  EXPECT_EQ(nobody.average_precision.high, 1);
  EXPECT_EQ(nobody.tuned->threshold.value, 0.5);
  EXPECT_EQ(nobody.tuned->threshold.low, 0.5);
  EXPECT_EQ(nobody.tuned->threshold.high, 0.5);
  EXPECT_FALSE(nobody.tuned->reachable);
  EXPECT_DOUBLE_EQ(
      found.macro_map.value,
      (found.each[0].average_precision.value + found.each[1].average_precision.value) / 2);
}

TEST(JudgeLabels, WithoutFoldsNothingIsTuned) {
  Judged evaluated;
  const LabelResults with = evaluated.judge();
  evaluated.folds.clear();
  const LabelResults without = evaluated.judge();
  EXPECT_FALSE(without.tuned);
  for (const LabelResult& label : without.each) EXPECT_FALSE(label.tuned);
  EXPECT_EQ(with.macro_map.value, without.macro_map.value);
  EXPECT_EQ(with.macro_map.low, without.macro_map.low);
}

TEST(JudgeLabels, IntervalsHoldTheirValuesAndBinsAllRows) {
  const LabelResults found = Judged().judge();
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

/// Labels of their own on pictures that are ranked by their number, the first ones highest.
LabelResults judge_ranked(const std::vector<std::vector<int>>& labelled, int pictures) {
  Matrix p(pictures, static_cast<Index>(labelled.size()));
  std::vector<std::vector<int>> labels(static_cast<std::size_t>(pictures));
  std::vector<ClassCount> names;
  for (int i = 0; i < pictures; ++i) p.row(i).setConstant(1 - i / static_cast<double>(pictures));
  for (std::size_t c = 0; c < labelled.size(); ++c) {
    for (const int i : labelled[c]) {
      labels[static_cast<std::size_t>(i)].push_back(static_cast<int>(c));
    }
    names.push_back({"label", labelled[c].size()});
  }
  std::vector<int> groups(static_cast<std::size_t>(pictures));
  std::iota(groups.begin(), groups.end(), 0);
  return evaluate_per_label(p, groups, labels, names, {}, kBestF1, 1);
}

std::vector<int> first(int n) {
  std::vector<int> pictures(static_cast<std::size_t>(n));
  std::iota(pictures.begin(), pictures.end(), 0);
  return pictures;
}

// Ten pictures that are all ranked first are ten, however many others there are.
TEST(JudgeLabels, ARareLabelIsAsSureAsItsOwnPictures) {
  const LabelResults found = judge_ranked({first(10), first(100)}, 400);
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

// One draw in twenty holds none of three carriers. That is no average precision of 0.
TEST(JudgeLabels, DrawsWithoutCarriersSayNothing) {
  const LabelResults found = judge_ranked({{0, 1, 4}}, 60);
  const Measured& own = found.each[0].average_precision;
  EXPECT_GT(own.low, 0.1);
  EXPECT_LT(own.low, own.value);
  EXPECT_EQ(own.high, 1);
  EXPECT_EQ(found.macro_map.low, own.low);
  EXPECT_EQ(found.micro_map.low, own.low);
}

// The folds that the protocol hands out are those that its heads left out.
TEST(JudgeLabels, TheFoldOfAPictureIsThatOfTheHeadThatPredictsIt) {
  train::LearningData data;
  data.classes = 2;
  std::mt19937_64 random(2);
  data.features.resize(40, 5);
  for (float& x : data.features.reshaped()) x = static_cast<float>(random() >> 40) * 0x1p-24f;
  for (int i = 0; i < 40; ++i) {
    data.labels.push_back(i % 4 == 0   ? std::vector<int>{}
                          : i % 4 == 1 ? std::vector{0, 1}
                                       : std::vector{i % 2});
    data.groups.push_back(i);
  }
  const auto model = std::move(
      train::fit_models(train::label_models(false), data, {.folds = 4, .seeds = {3, 4}}, [] {})[0]);
  ASSERT_EQ(model.folds.size(), 2u);
  for (std::size_t repeat = 0; repeat < 2; ++repeat) {
    for (Index i = 0; i < 40; ++i) {
      const int fold = model.folds[repeat][static_cast<std::size_t>(i)];
      const Matrix own = head::logits_of(model.heads[repeat * 4 + static_cast<std::size_t>(fold)],
                                         data.features.row(i));
      EXPECT_TRUE(
          model.own.logits.row(static_cast<Index>(repeat) * 40 + i).isApprox(own.row(0), 1e-9));
    }
  }
}

TEST(JudgeGivenLabels, APictureBelowTheThresholdGetsNoneAndTheOthersTheirTunedOnes) {
  const Judged evaluated;
  ModelPredictions model;
  model.spec = train::label_models(false)[0];
  model.score_kinds = {ood::ScoreKind::kMaxProbability};
  model.own.logits = (evaluated.p.array() / (1 - evaluated.p.array())).log();
  model.own.probabilities =
      probabilities_of(model.spec, kLabels, model.own.logits, evaluated.groups);
  model.own.scores = {
      Eigen::Map<const Vector>(model.own.probabilities.highest.data(), model.own.logits.rows())};
  ModelResult found;
  found.in_domain =
      evaluate_in_domain(model.spec, data::Problem::kMultiLabel, model.own.probabilities,
                         model.own.logits, evaluated.labels, 1);
  found.in_domain.labels = evaluated.judge();
  const Selection selection = select({model}, {found}, evaluated.labels,
                                     {.aim = {.kind = metrics::Aim::Kind::kKeep, .share = 0.5}});
  const double gate = selection.recommended().threshold.value;
  const auto given =
      evaluate_given_labels(selection, model, evaluated.labels, evaluated.folds, kBestF1, 1);

  double right = 0, all = 0, carried = 0, below = 0;
  for (std::size_t repeat = 0; repeat < 2; ++repeat) {
    const auto first = static_cast<Index>(repeat) * kPictures;
    const Matrix own = evaluated.p.middleRows(first, kPictures);
    const metrics::LabelMatrix target = loss::one_hot(evaluated.labels, kLabels).cast<int>();
    const Matrix thresholds = metrics::thresholds_from_other_folds(
        kBestF1, own, target.middleRows(first, kPictures), evaluated.folds[repeat]);
    for (int i = 0; i < kPictures; ++i) {
      const int row = static_cast<int>(first) + i;
      const bool passes = evaluated.p.row(row).maxCoeff() >= gate * (1 - 1e-12);
      for (int c = 0; c < kLabels; ++c) {
        const bool tuned =
            own(i, c) > thresholds(evaluated.folds[repeat][static_cast<std::size_t>(i)], c);
        carried += evaluated.carries(row, c);
        below += tuned && !passes;
        all += tuned && passes;
        right += tuned && passes && evaluated.carries(row, c);
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
