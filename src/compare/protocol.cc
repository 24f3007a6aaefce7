#include "compare/protocol.h"

#include <array>
#include <limits>
#include <numeric>

#include "base/parallel.h"
#include "base/stop.h"
#include "data/folds.h"
#include "head/averaging.h"

namespace oneormany {
namespace {

/// From strong to weak, so that each fit starts from a simpler one.
constexpr std::array kStrengths{1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001};

/// One for each strength.
using HeldOutLosses = std::array<double, kStrengths.size()>;

struct Split {  // of one seed
  std::vector<int> picture_fold, background_fold;
};

Split split(const LearningData& data, int folds, std::uint64_t seed) {
  const auto background = static_cast<std::size_t>(data.background.rows());
  std::vector<int> alone(background);
  std::iota(alone.begin(), alone.end(), 0);
  return {stratified_folds(data.labels, data.classes, data.groups, folds, seed),
          stratified_folds(std::vector<std::vector<int>>(background), data.classes, alone, folds,
                           seed)};
}

struct Rows {
  MatrixF features;
  Matrix targets;
};

Index columns_of(const ArmSpec& spec, const LearningData& data) {
  return data.classes + (spec.none_class ? 1 : 0);
}

/// The pictures, and for arms with background the background, whose fold `use` accepts.
Rows gather(const ArmSpec& spec, const LearningData& data, const Split& split,
            const std::function<bool(int fold)>& use_picture,
            const std::function<bool(int fold)>& use_background) {
  std::vector<Index> pictures, background;
  for (std::size_t i = 0; i < split.picture_fold.size(); ++i) {
    if (use_picture(split.picture_fold[i])) pictures.push_back(static_cast<Index>(i));
  }
  for (std::size_t i = 0; spec.background && i < split.background_fold.size(); ++i) {
    if (use_background(split.background_fold[i])) background.push_back(static_cast<Index>(i));
  }
  const auto n = static_cast<Index>(pictures.size());
  const auto m = static_cast<Index>(background.size());
  std::vector<std::vector<int>> labels;
  for (const Index i : pictures) labels.push_back(data.labels[static_cast<std::size_t>(i)]);
  labels.resize(static_cast<std::size_t>(n + m),
                spec.none_class ? std::vector{data.classes} : std::vector<int>{});
  Rows rows{MatrixF(n + m, data.features.cols()), one_hot(labels, columns_of(spec, data))};
  rows.features.topRows(n) = data.features(pictures, Eigen::all);
  if (m > 0) rows.features.bottomRows(m) = data.background(background, Eigen::all);
  return rows;
}

/// The arm's loss for a head that is fitted on these rows.
std::unique_ptr<Loss> loss_for(const ArmSpec& spec, const Rows& rows) {
  TargetCounts counts{static_cast<double>(rows.targets.rows()), {}};
  for (const auto column : rows.targets.colwise()) counts.positives.push_back(column.sum());
  return spec.loss.make(counts);
}

/// Of a picture times their number, so that folds add up.
double held_out_loss(const LinearHead& head, const Loss& loss, const Rows& rows) {
  const auto [reduction, divide_by] = average_over(rows.targets.rows(), loss);
  return evaluate(loss, head.logits(rows.features), rows.targets, reduction).value *
         (static_cast<double>(rows.targets.rows()) / divide_by);
}

/// A stream of random numbers for each fit, the same one for all arms: they differ by nothing else.
std::uint64_t stream_of(std::uint64_t seed, int fold) {
  return seed + 0x9e3779b97f4a7c15u * (static_cast<std::uint64_t>(fold) + 1);
}

}  // namespace

std::size_t heads_to_fit(const std::vector<ArmSpec>& specs, const ProtocolOptions& options) {
  const auto folds = static_cast<std::size_t>(options.folds);
  std::size_t heads = 0;
  for (const ArmSpec& spec : specs) {
    if (spec.head == HeadKind::kLinear) heads += folds * (folds - 1) / 2 * kStrengths.size();
    heads += folds;
  }
  return heads * options.seeds.size();
}

std::vector<FittedArm> fit_arms(const std::vector<ArmSpec>& specs, const LearningData& data,
                                const ProtocolOptions& options,
                                const std::function<void()>& fitted) {
  const auto folds = static_cast<std::size_t>(options.folds);
  const auto pictures = static_cast<Index>(data.labels.size());
  std::vector<Split> splits;
  for (const auto seed : options.seeds) splits.push_back(split(data, options.folds, seed));

  struct Pair {
    std::size_t arm, seed;
    int a, b;
    HeldOutLosses on_a{}, on_b{};  // held-out loss of each strength
  };
  std::vector<Pair> pairs;
  for (std::size_t arm = 0; arm < specs.size(); ++arm) {
    if (specs[arm].head != HeadKind::kLinear) continue;
    for (std::size_t seed = 0; seed < splits.size(); ++seed) {
      for (int a = 0; a < options.folds; ++a) {
        for (int b = a + 1; b < options.folds; ++b) pairs.push_back({arm, seed, a, b});
      }
    }
  }
  const auto judge_pair = [&](Pair& pair) {
    const ArmSpec& spec = specs[pair.arm];
    const Split& folds_of = splits[pair.seed];
    const auto in_neither = [&](int fold) { return fold != pair.a && fold != pair.b; };
    const auto in_a = [&](int fold) { return fold == pair.a; };
    const auto in_b = [&](int fold) { return fold == pair.b; };
    const Rows rows = gather(spec, data, folds_of, in_neither, in_neither);
    const Rows rows_a = gather(spec, data, folds_of, in_a, in_a);
    const Rows rows_b = gather(spec, data, folds_of, in_b, in_b);
    const auto loss = loss_for(spec, rows);
    LinearFit fit(rows.features, rows.targets, *loss);
    for (std::size_t s = 0; s < kStrengths.size(); ++s) {
      throw_if_stopped();
      const LinearHead head = fit.fit(kStrengths[s], 1e-3);
      pair.on_a[s] = held_out_loss(head, *loss, rows_a);
      pair.on_b[s] = held_out_loss(head, *loss, rows_b);
      fitted();
    }
  };

  std::vector<FittedArm> arms(specs.size());
  for (std::size_t arm = 0; arm < specs.size(); ++arm) {
    arms[arm].spec = specs[arm];
    arms[arm].logits.resize(static_cast<Index>(splits.size()) * pictures,
                            columns_of(specs[arm], data));
    for (const Split& one : splits) arms[arm].folds.push_back(one.picture_fold);
    arms[arm].heads.resize(splits.size() * folds);
    if (specs[arm].head == HeadKind::kLinear) arms[arm].strengths.resize(splits.size() * folds);
  }
  // Fold `held_out` of each arm and seed: choose a strength by what the pairs found, fit, predict.
  const auto fit_fold = [&](std::size_t i) {
    throw_if_stopped();
    const std::size_t seed = i / folds % splits.size();
    const int held_out = static_cast<int>(i % folds);
    FittedArm& arm = arms[i / folds / splits.size()];
    const std::size_t arm_index = i / folds / splits.size();

    const Split& folds_of = splits[seed];
    const Rows rows = gather(
        arm.spec, data, folds_of, [&](int fold) { return fold != held_out; },
        [](int) { return true; });
    const auto loss = loss_for(arm.spec, rows);
    const std::size_t place = seed * folds + static_cast<std::size_t>(held_out);
    Head& head = arm.heads[place];
    if (arm.spec.head == HeadKind::kMlp) {
      head = fit_mlp(rows.features, rows.targets, *loss, {},
                     stream_of(options.seeds[seed], held_out), throw_if_stopped);
    } else {
      HeldOutLosses total{};
      for (const Pair& pair : pairs) {
        if (pair.arm != arm_index || pair.seed != seed) continue;
        for (std::size_t s = 0; s < kStrengths.size(); ++s) {
          if (pair.a == held_out) total[s] += pair.on_b[s];
          if (pair.b == held_out) total[s] += pair.on_a[s];
        }
      }
      const auto best =
          static_cast<std::size_t>(std::min_element(total.begin(), total.end()) - total.begin());
      head = LinearFit(rows.features, rows.targets, *loss).fit(kStrengths[best]);
      arm.strengths[place] = kStrengths[best];
    }

    std::vector<Index> own, to;
    for (std::size_t p = 0; p < folds_of.picture_fold.size(); ++p) {
      if (folds_of.picture_fold[p] != held_out) continue;
      own.push_back(static_cast<Index>(p));
      to.push_back(static_cast<Index>(seed) * pictures + static_cast<Index>(p));
    }
    arm.logits(to, Eigen::all) = logits_of(head, data.features(own, Eigen::all));
    fitted();
  };

  std::vector<std::size_t> linear, networks;
  for (std::size_t i = 0; i < specs.size() * splits.size() * folds; ++i) {
    const bool is_linear = specs[i / folds / splits.size()].head == HeadKind::kLinear;
    (is_linear ? linear : networks).push_back(i);
  }
  // A small network takes many times as long as a linear head. They are spread evenly over the
  // pairs, so that the time left can be told from the time so far.
  const std::size_t jobs = pairs.size() + networks.size();
  parallel_for(jobs, [&](std::size_t i) {
    const std::size_t before = i * networks.size() / jobs;
    if ((i + 1) * networks.size() / jobs > before) {
      fit_fold(networks[before]);
    } else {
      judge_pair(pairs[i - before]);
    }
  });
  parallel_for(linear.size(), [&](std::size_t i) { fit_fold(linear[i]); });
  return arms;
}

Matrix predict(const FittedArm& arm, const MatrixF& features) {
  Matrix logits(static_cast<Index>(arm.heads.size()) * features.rows(), arm.logits.cols());
  for (std::size_t h = 0; h < arm.heads.size(); ++h) {
    logits.middleRows(static_cast<Index>(h) * features.rows(), features.rows()) =
        logits_of(arm.heads[h], features);
  }
  return logits;
}

}  // namespace oneormany
