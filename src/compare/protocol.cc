#include "compare/protocol.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <set>
#include <stdexcept>

#include "base/parallel.h"
#include "base/stop.h"
#include "compare/kinds.h"
#include "data/folds.h"
#include "head/averaging.h"

namespace oneormany {
namespace {

/// From strong to weak, so that each fit starts from a simpler one.
constexpr std::array kStrengths{1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001};

/// One for each strength.
using HeldOutLosses = std::array<double, kStrengths.size()>;
using HeldOutLogits = std::array<Matrix, kStrengths.size()>;

bool has_strength(const ArmSpec& spec) { return spec.head != HeadKind::kMlp; }

struct Split {  // of one seed
  std::vector<int> picture_fold, background_fold;
};

constexpr int kKindsPerFold = 4;

Split split(const LearningData& data, int folds, std::uint64_t seed) {
  const std::vector<int> kinds = kinds_of(data.background, kKindsPerFold * folds, seed);
  return {stratified_folds(data.labels, data.classes, data.groups, folds, seed),
          deal_kinds(kinds, folds)};
}

struct Rows {
  std::vector<Index> pictures, background;  ///< which they are: the pictures come first
  MatrixF features;
  Matrix targets;
};

Index columns_of(const ArmSpec& spec, const LearningData& data) {
  return data.classes + (spec.none_class ? 1 : 0);
}

std::vector<Index> rows_where(const std::vector<int>& fold_of_row,
                              const std::function<bool(int fold)>& accept) {
  std::vector<Index> rows;
  for (std::size_t i = 0; i < fold_of_row.size(); ++i) {
    if (accept(fold_of_row[i])) rows.push_back(static_cast<Index>(i));
  }
  return rows;
}

/// The pictures, and for arms with background the background, whose fold `use` accepts.
Rows gather(const ArmSpec& spec, const LearningData& data, const Split& split,
            const std::function<bool(int fold)>& use_picture,
            const std::function<bool(int fold)>& use_background) {
  std::vector<Index> pictures = rows_where(split.picture_fold, use_picture), background;
  if (spec.background) background = rows_where(split.background_fold, use_background);
  const auto n = static_cast<Index>(pictures.size());
  const auto m = static_cast<Index>(background.size());
  std::vector<std::vector<int>> labels;
  for (const Index i : pictures) labels.push_back(data.labels[static_cast<std::size_t>(i)]);
  labels.resize(static_cast<std::size_t>(n + m),
                spec.none_class ? std::vector{data.classes} : std::vector<int>{});
  Rows rows{{}, {}, MatrixF(n + m, data.features.cols()), one_hot(labels, columns_of(spec, data))};
  rows.features.topRows(n) = data.features(pictures, Eigen::all);
  if (m > 0) rows.features.bottomRows(m) = data.background(background, Eigen::all);
  rows.pictures = std::move(pictures);
  rows.background = std::move(background);
  return rows;
}

/// The arm's loss for a head that is fitted on these rows.
std::unique_ptr<Loss> loss_for(const ArmSpec& spec, const Rows& rows) {
  TargetCounts counts{static_cast<double>(rows.targets.rows()), {}};
  for (const auto column : rows.targets.colwise()) counts.positives.push_back(column.sum());
  return spec.loss.make(counts);
}

/// Of a picture times their number, so that folds add up.
double held_out_loss(const Matrix& logits, const Loss& loss, const Rows& rows) {
  const auto [reduction, divide_by] = average_over(rows.targets.rows(), loss);
  return evaluate(loss, logits, rows.targets, reduction).value *
         (static_cast<double>(rows.targets.rows()) / divide_by);
}

/// A head for each strength, from strong to weak.
std::vector<Head> fit_path(HeadKind kind, const Rows& rows, const Loss& loss) {
  std::vector<Head> heads;
  const auto along = [&](auto fit) {
    for (const double strength : kStrengths) {
      throw_if_stopped();
      heads.emplace_back(fit.fit(strength, 1e-3));
    }
  };
  if (kind == HeadKind::kRbf) {
    along(KernelFit(rows.features, rows.targets, loss));
  } else {
    along(LinearFit(rows.features, rows.targets, loss));
  }
  return heads;
}

Head fit_head(HeadKind kind, const Rows& rows, const Loss& loss, double strength,
              std::uint64_t stream) {
  switch (kind) {
    case HeadKind::kMlp:
      return fit_mlp(rows.features, rows.targets, loss, {}, stream, throw_if_stopped);
    case HeadKind::kRbf:
      return KernelFit(rows.features, rows.targets, loss).fit(strength);
    case HeadKind::kLinear:
      break;
  }
  return LinearFit(rows.features, rows.targets, loss).fit(strength);
}

/// Two folds that were both held out, and what the heads of each strength said to them.
struct Pair {
  std::size_t arm, seed;
  int a, b;
  HeldOutLosses on_a{}, on_b{};
  HeldOutLogits logits_a, logits_b;  ///< of the fold's pictures, then its background
};

/// The pairs of one arm and deal.
class Pairs {
 public:
  Pairs(const std::vector<Pair>& all, std::size_t arm, std::size_t seed) {
    for (const Pair& pair : all) {
      if (pair.arm == arm && pair.seed == seed) pairs_.push_back(&pair);
    }
  }

  bool empty() const { return pairs_.empty(); }

  /// The strength whose heads, that did not see fold `held_out`, had the lowest loss on the others.
  std::size_t best_strength(int held_out) const {
    HeldOutLosses total{};
    for (const Pair* pair : pairs_) {
      for (std::size_t s = 0; s < kStrengths.size(); ++s) {
        if (pair->a == held_out) total[s] += pair->on_b[s];
        if (pair->b == held_out) total[s] += pair->on_a[s];
      }
    }
    return static_cast<std::size_t>(std::min_element(total.begin(), total.end()) - total.begin());
  }

  /// What the pictures and the background of `fold` got from a head that saw neither that fold nor
  /// `held_out`; where they are the same, from one of those that did not see it.
  const Matrix& logits(int held_out, int fold, std::size_t strength) const {
    for (const Pair* pair : pairs_) {
      if (fold == pair->a && (held_out == pair->b || held_out == fold)) {
        return pair->logits_a[strength];
      }
      if (fold == pair->b && (held_out == pair->a || held_out == fold)) {
        return pair->logits_b[strength];
      }
    }
    throw std::logic_error("no such pair of folds");
  }

 private:
  std::vector<const Pair*> pairs_;
};

/// The arm's scores, fitted on the rows that its head was fitted on.
std::vector<std::unique_ptr<const Score>> fit_scores(const FittedArm& arm, const LearningData& data,
                                                     const Split& folds_of, const Rows& rows,
                                                     const Head& head, const Pairs& pairs,
                                                     int held_out, std::size_t strength) {
  const auto n = static_cast<Index>(rows.pictures.size());
  const auto m = static_cast<Index>(rows.background.size());
  const bool from_rows =
      std::any_of(arm.score_kinds.begin(), arm.score_kinds.end(), needs_features);
  MatrixF features, background;
  Matrix logits;
  std::vector<std::vector<int>> labels;
  std::vector<int> groups;
  if (from_rows) {
    features = rows.features.topRows(n);
    background = rows.features.bottomRows(m);
    logits = logits_of(head, features);
    for (const Index i : rows.pictures) {
      labels.push_back(data.labels[static_cast<std::size_t>(i)]);
      groups.push_back(data.groups[static_cast<std::size_t>(i)]);
    }
  }
  // What each of these rows got from a head that had not seen it.
  Matrix held_out_logits, held_out_background;
  std::vector<int> kinds;
  if (from_rows && !pairs.empty()) {
    const Index columns = logits.cols();
    held_out_logits.resize(n, columns);
    held_out_background.resize(m, columns);
    std::map<int, Index> next, next_background;  // rows of a fold keep their order
    for (Index i = 0; i < n; ++i) {
      const int fold = folds_of.picture_fold[static_cast<std::size_t>(rows.pictures[i])];
      held_out_logits.row(i) = pairs.logits(held_out, fold, strength).row(next[fold]++);
    }
    for (Index i = 0; i < m; ++i) {
      const int fold = folds_of.background_fold[static_cast<std::size_t>(rows.background[i])];
      const Index pictures =
          std::count(folds_of.picture_fold.begin(), folds_of.picture_fold.end(), fold);
      held_out_background.row(i) =
          pairs.logits(held_out, fold, strength).row(pictures + next_background[fold]++);
    }
  }
  for (const Index i : rows.background) {
    kinds.push_back(folds_of.background_fold[static_cast<std::size_t>(i)]);
  }
  const ScoreTraining training{
      .activation = arm.spec.activation(),
      .none_class = arm.spec.none_class,
      .logits = logits,
      .labels = labels,
      .groups = groups,
      .features = features,
      .background = background,
      .head = &head,
      .background_groups = &kinds,
      .held_out_logits = held_out_logits.rows() > 0 ? &held_out_logits : nullptr,
      .held_out_background_logits =
          held_out_background.rows() > 0 ? &held_out_background : nullptr};
  std::vector<std::unique_ptr<const Score>> scores;
  for (const ScoreKind kind : arm.score_kinds) {
    throw_if_stopped();
    scores.push_back(fit_score(kind, training));
  }
  return scores;
}

ArmAnswers answers_by(const Head& head, const std::vector<std::unique_ptr<const Score>>& scores,
                      const MatrixF& features) {
  ArmAnswers answers{logits_of(head, features), {}};
  for (const auto& score : scores) answers.scores.push_back(score->of(features, answers.logits));
  return answers;
}

ArmAnswers room_for(Index rows, Index columns, std::size_t scores) {
  return {Matrix(rows, columns), std::vector<Vector>(scores, Vector(rows))};
}

/// Writes the rows of `part` to those rows of `whole`.
void place(ArmAnswers& whole, const std::vector<Index>& rows, const ArmAnswers& part) {
  whole.logits(rows, Eigen::all) = part.logits;
  for (std::size_t s = 0; s < whole.scores.size(); ++s) whole.scores[s](rows) = part.scores[s];
}

std::vector<Index> shifted(std::vector<Index> rows, Index by) {
  for (Index& row : rows) row += by;
  return rows;
}

}  // namespace

std::size_t heads_to_fit(const std::vector<ArmSpec>& specs, const ProtocolOptions& options) {
  const auto folds = static_cast<std::size_t>(options.folds);
  std::size_t heads = 0;
  for (const ArmSpec& spec : specs) {
    if (has_strength(spec)) heads += folds * (folds - 1) / 2 * kStrengths.size();
    heads += spec.background ? 2 * folds : folds;
  }
  return heads * options.seeds.size();
}

std::vector<FittedArm> fit_arms(const std::vector<ArmSpec>& specs, const LearningData& data,
                                const ProtocolOptions& options,
                                const std::function<void()>& fitted) {
  const auto folds = static_cast<std::size_t>(options.folds);
  const auto pictures = static_cast<Index>(data.labels.size());
  const Index background = data.background.rows();
  std::vector<Split> splits;
  for (const auto seed : options.seeds) splits.push_back(split(data, options.folds, seed));
  const auto deals = static_cast<Index>(splits.size());

  std::vector<Pair> pairs;
  for (std::size_t arm = 0; arm < specs.size(); ++arm) {
    if (!has_strength(specs[arm])) continue;
    for (std::size_t seed = 0; seed < splits.size(); ++seed) {
      for (int a = 0; a < options.folds; ++a) {
        for (int b = a + 1; b < options.folds; ++b)
          pairs.push_back({arm, seed, a, b, {}, {}, {}, {}});
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
    const std::vector<Head> path = fit_path(spec.head, rows, *loss);
    for (std::size_t s = 0; s < path.size(); ++s) {
      pair.logits_a[s] = logits_of(path[s], rows_a.features);
      pair.logits_b[s] = logits_of(path[s], rows_b.features);
      pair.on_a[s] = held_out_loss(pair.logits_a[s], *loss, rows_a);
      pair.on_b[s] = held_out_loss(pair.logits_b[s], *loss, rows_b);
      fitted();
    }
  };

  // Where a fold's kinds are hidden, those of two folds must be left to learn a score from.
  const bool enough_background = std::all_of(splits.begin(), splits.end(), [](const Split& one) {
    return std::set(one.background_fold.begin(), one.background_fold.end()).size() >= 3;
  });

  std::vector<FittedArm> arms(specs.size());
  for (std::size_t i = 0; i < specs.size(); ++i) {
    FittedArm& arm = arms[i];
    arm.spec = specs[i];
    arm.score_kinds = {ScoreKind::kMaxProbability};
    for (const ScoreKind kind : options.scores) {
      if (kind == ScoreKind::kMaxProbability) continue;
      if (!needs_background(kind) || (arm.spec.background && enough_background)) {
        arm.score_kinds.push_back(kind);
      }
    }
    const auto room = [&](Index rows) {
      return room_for(deals * rows, columns_of(arm.spec, data), arm.score_kinds.size());
    };
    arm.own = room(pictures);
    if (background > 0) arm.rehearsal = {room(pictures), room(background)};
    for (const Split& one : splits) arm.folds.push_back(one.picture_fold);
    arm.heads.resize(splits.size() * folds);
    arm.scores.resize(splits.size() * folds);
    if (has_strength(arm.spec)) arm.strengths.resize(splits.size() * folds);
  }
  // Fold `held_out` of each arm and seed: choose a strength by what the pairs found, fit, predict.
  const auto fit_fold = [&](std::size_t i) {
    throw_if_stopped();
    const std::size_t arm_index = i / folds / splits.size();
    const std::size_t seed = i / folds % splits.size();
    const int held_out = static_cast<int>(i % folds);
    FittedArm& arm = arms[arm_index];
    const Split& folds_of = splits[seed];
    const std::size_t at = seed * folds + static_cast<std::size_t>(held_out);
    const Pairs own_pairs(pairs, arm_index, seed);
    const std::size_t best = own_pairs.empty() ? 0 : own_pairs.best_strength(held_out);
    if (has_strength(arm.spec)) arm.strengths[at] = kStrengths[best];

    const auto in_fold = [&](int fold) { return fold == held_out; };
    const auto in_others = [&](int fold) { return fold != held_out; };
    const auto in_any = [](int) { return true; };
    const std::vector<Index> own = rows_where(folds_of.picture_fold, in_fold);
    const std::vector<Index> hidden = rows_where(folds_of.background_fold, in_fold);
    const auto deal = static_cast<Index>(seed);
    const MatrixF own_features = data.features(own, Eigen::all);
    const MatrixF hidden_features = data.background(hidden, Eigen::all);

    // A stream of random numbers for each fit, the same one for all arms: they differ by nothing
    // else.
    const std::uint64_t stream =
        options.seeds[seed] + 0x9e3779b97f4a7c15u * (static_cast<std::uint64_t>(held_out) + 1);
    const auto fit = [&](const Rows& rows, Head& head) {
      head = fit_head(arm.spec.head, rows, *loss_for(arm.spec, rows), kStrengths[best], stream);
      fitted();
      return fit_scores(arm, data, folds_of, rows, head, own_pairs, held_out, best);
    };
    arm.scores[at] = fit(gather(arm.spec, data, folds_of, in_others, in_any), arm.heads[at]);
    const ArmAnswers answers = answers_by(arm.heads[at], arm.scores[at], own_features);
    place(arm.own, shifted(own, deal * pictures), answers);
    if (background == 0) return;
    if (arm.spec.background) {
      Head head;
      const auto scores = fit(gather(arm.spec, data, folds_of, in_others, in_others), head);
      place(arm.rehearsal.own, shifted(own, deal * pictures),
            answers_by(head, scores, own_features));
      place(arm.rehearsal.background, shifted(hidden, deal * background),
            answers_by(head, scores, hidden_features));
    } else {  // it has learned from no background at all
      place(arm.rehearsal.own, shifted(own, deal * pictures), answers);
      place(arm.rehearsal.background, shifted(hidden, deal * background),
            answers_by(arm.heads[at], arm.scores[at], hidden_features));
    }
  };

  std::vector<std::size_t> after_pairs, networks;
  for (std::size_t i = 0; i < specs.size() * splits.size() * folds; ++i) {
    (has_strength(specs[i / folds / splits.size()]) ? after_pairs : networks).push_back(i);
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
  parallel_for(after_pairs.size(), [&](std::size_t i) { fit_fold(after_pairs[i]); });
  return arms;
}

ArmAnswers answer(const FittedArm& arm, const MatrixF& features) {
  const auto heads = static_cast<Index>(arm.heads.size());
  std::vector<ArmAnswers> each(arm.heads.size());
  parallel_for(each.size(),
               [&](std::size_t h) { each[h] = answers_by(arm.heads[h], arm.scores[h], features); });
  ArmAnswers all =
      room_for(heads * features.rows(), each.front().logits.cols(), each.front().scores.size());
  for (Index h = 0; h < heads; ++h) {
    std::vector<Index> rows(static_cast<std::size_t>(features.rows()));
    std::iota(rows.begin(), rows.end(), h * features.rows());
    place(all, rows, each[static_cast<std::size_t>(h)]);
  }
  return all;
}

}  // namespace oneormany
