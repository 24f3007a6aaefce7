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

bool has_strength(const ArmSpec& spec) { return spec.head != HeadKind::kMlp; }

struct Split {  // of one seed
  std::vector<int> picture_fold, background_fold;
};

Split split(const LearningData& data, int folds, std::uint64_t seed) {
  const std::vector<int> kinds = kinds_of(data.background, kKindsPerFold * folds, seed);
  return {stratified_folds(data.labels, data.classes, data.groups, folds, seed),
          deal_kinds(kinds, folds)};
}

struct Rows {
  std::vector<Index> pictures, background;  ///< which they are: the pictures come first
  MatrixF features;
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

/// The pictures, and where background is learned from the background, whose fold `use` accepts.
Rows gather(bool with_background, const LearningData& data, const Split& split,
            const std::function<bool(int fold)>& use_picture,
            const std::function<bool(int fold)>& use_background) {
  Rows rows{rows_where(split.picture_fold, use_picture), {}, {}};
  if (with_background) rows.background = rows_where(split.background_fold, use_background);
  const auto n = static_cast<Index>(rows.pictures.size());
  const auto m = static_cast<Index>(rows.background.size());
  rows.features.resize(n + m, data.features.cols());
  rows.features.topRows(n) = data.features(rows.pictures, Eigen::all);
  if (m > 0) rows.features.bottomRows(m) = data.background(rows.background, Eigen::all);
  return rows;
}

Matrix targets_of(const ArmSpec& spec, const LearningData& data, const Rows& rows) {
  std::vector<std::vector<int>> labels;
  for (const Index i : rows.pictures) labels.push_back(data.labels[static_cast<std::size_t>(i)]);
  labels.resize(labels.size() + rows.background.size(),
                spec.none_class ? std::vector{data.classes} : std::vector<int>{});
  return one_hot(labels, columns_of(spec, data));
}

/// The arm's loss for a head that is fitted to these targets.
std::unique_ptr<Loss> loss_for(const ArmSpec& spec, const Matrix& targets) {
  TargetCounts counts{static_cast<double>(targets.rows()), {}};
  for (const auto column : targets.colwise()) counts.positives.push_back(column.sum());
  return spec.loss.make(counts);
}

/// Of a picture times their number, so that folds add up.
double held_out_loss(const Matrix& logits, const Loss& loss, const Matrix& targets) {
  const auto [reduction, divide_by] = average_over(targets.rows(), loss);
  return evaluate(loss, logits, targets, reduction).value *
         (static_cast<double>(targets.rows()) / divide_by);
}

/// Fits heads of one kind to several losses on the same rows.
class HeadFits {
 public:
  HeadFits(HeadKind kind, const MatrixF& features) : kind_(kind), features_(features) {
    if (kind == HeadKind::kLinear) linear_ = std::make_shared<LinearInputs>(features);
    if (kind == HeadKind::kRbf) kernel_ = std::make_shared<KernelInputs>(features);
  }

  /// A head for each strength, from strong to weak. Not for the small network.
  std::vector<Head> path(const Matrix& targets, const Loss& loss,
                         const std::function<void()>& fitted) const {
    std::vector<Head> heads;
    const auto along = [&](auto fit) {
      for (const double strength : kStrengths) {
        throw_if_stopped();
        heads.emplace_back(fit.fit(strength, 1e-3));
        fitted();
      }
    };
    if (kind_ == HeadKind::kRbf) {
      along(KernelFit(kernel_, targets, loss));
    } else {
      along(LinearFit(linear_, targets, loss));
    }
    return heads;
  }

  Head head(const Matrix& targets, const Loss& loss, double strength, std::uint64_t stream) const {
    switch (kind_) {
      case HeadKind::kMlp:
        return fit_mlp(features_, targets, loss, {}, stream, throw_if_stopped);
      case HeadKind::kRbf:
        return KernelFit(kernel_, targets, loss).fit(strength);
      case HeadKind::kLinear:
        break;
    }
    return LinearFit(linear_, targets, loss).fit(strength);
  }

 private:
  HeadKind kind_;
  const MatrixF& features_;
  std::shared_ptr<const LinearInputs> linear_;
  std::shared_ptr<const KernelInputs> kernel_;
};

/// Arms that are fitted together.
struct Group {
  HeadKind head;
  bool background;
  std::vector<std::size_t> arms;
};

/// Small networks share nothing, and each takes long: they stand alone.
std::vector<Group> groups_of(const std::vector<ArmSpec>& specs) {
  std::vector<Group> groups;
  for (std::size_t arm = 0; arm < specs.size(); ++arm) {
    const ArmSpec& spec = specs[arm];
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const Group& group) {
      return has_strength(spec) && group.head == spec.head && group.background == spec.background;
    });
    if (same != groups.end()) {
      same->arms.push_back(arm);
    } else {
      groups.push_back({spec.head, spec.background, {arm}});
    }
  }
  return groups;
}

/// What heads of all strengths, which saw neither of two folds, said of one of them: its pictures,
/// then its background. The columns of a strength stand together.
struct HeldOut {
  HeldOutLosses losses{};
  Matrix logits;  ///< kept where a score learns from them
};

bool learns_from_pairs(const FittedArm& arm) {
  return std::find(arm.score_kinds.begin(), arm.score_kinds.end(), ScoreKind::kCombined) !=
         arm.score_kinds.end();
}

/// Of one arm and seed, all pairs of folds.
class Pairs {
 public:
  explicit Pairs(int folds) : folds_(folds), held_out_(static_cast<std::size_t>(folds * folds)) {}

  /// Of fold `of`, by the heads that saw neither it nor fold `other`.
  HeldOut& at(int of, int other) {
    return held_out_[static_cast<std::size_t>(of * folds_ + other)];
  }
  const HeldOut& at(int of, int other) const {
    return held_out_[static_cast<std::size_t>(of * folds_ + other)];
  }

  int folds() const { return folds_; }

  /// The strength whose heads, that did not see fold `held_out`, had the lowest loss on the others.
  std::size_t best_strength(int held_out) const {
    HeldOutLosses total{};
    for (int fold = 0; fold < folds_; ++fold) {
      if (fold == held_out) continue;
      for (std::size_t s = 0; s < kStrengths.size(); ++s) {
        total[s] += at(fold, held_out).losses[s];
      }
    }
    return static_cast<std::size_t>(std::min_element(total.begin(), total.end()) - total.begin());
  }

  /// What the pictures and the background of `fold` got from a head that saw neither that fold nor
  /// `held_out`; where they are the same, from one of those that did not see it.
  Matrix logits(int held_out, int fold, std::size_t strength) const {
    const int other = held_out != fold ? held_out : fold == 0 ? 1 : 0;
    const Matrix& all = at(fold, other).logits;
    const Index columns = all.cols() / static_cast<Index>(kStrengths.size());
    return all.middleCols(static_cast<Index>(strength) * columns, columns);
  }

 private:
  int folds_;
  std::vector<HeldOut> held_out_;  // none where both are the same
};

/// The arm's scores, fitted on the rows that its head was fitted on.
/// `pairs`: none for arms without strengths.
std::vector<std::shared_ptr<const Score>> fit_scores(const FittedArm& arm, const LearningData& data,
                                                     const Split& folds_of, const Rows& rows,
                                                     const Head& head, const Pairs* pairs,
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
  if (pairs && learns_from_pairs(arm)) {
    const Index columns = logits.cols();
    held_out_logits.resize(n, columns);
    held_out_background.resize(m, columns);
    for (int fold = 0; fold < pairs->folds(); ++fold) {
      const Matrix of_fold = pairs->logits(held_out, fold, strength);
      Index next = 0;  // rows of a fold keep their order
      for (Index i = 0; i < n; ++i) {
        if (folds_of.picture_fold[static_cast<std::size_t>(rows.pictures[i])] == fold) {
          held_out_logits.row(i) = of_fold.row(next++);
        }
      }
      next = std::count(folds_of.picture_fold.begin(), folds_of.picture_fold.end(), fold);
      for (Index i = 0; i < m; ++i) {
        if (folds_of.background_fold[static_cast<std::size_t>(rows.background[i])] == fold) {
          held_out_background.row(i) = of_fold.row(next++);
        }
      }
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
  std::vector<std::shared_ptr<const Score>> scores;
  for (const ScoreKind kind : arm.score_kinds) {
    throw_if_stopped();
    scores.push_back(fit_score(kind, training));
  }
  return scores;
}

ArmAnswers answers_by(const Head& head, const std::vector<std::shared_ptr<const Score>>& scores,
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
  const std::vector<Group> groups = groups_of(specs);
  std::vector<std::vector<Pairs>> pairs(specs.size(), {splits.size(), Pairs(options.folds)});
  struct PairJob {
    const Group* group;
    std::size_t seed;
    int a, b;
  };
  const auto judge_pair = [&](const PairJob& job) {
    const auto [group, seed, a, b] = job;
    const auto rows_in = [&, group = group, seed = seed](const auto& use) {
      return gather(group->background, data, splits[seed], use, use);
    };
    const Rows rows = rows_in([a = a, b = b](int fold) { return fold != a && fold != b; });
    const HeadFits fits(group->head, rows.features);
    const std::array<Rows, 2> held_out{rows_in([a = a](int fold) { return fold == a; }),
                                       rows_in([b = b](int fold) { return fold == b; })};
    for (const std::size_t arm : group->arms) {
      const ArmSpec& spec = specs[arm];
      const Matrix targets = targets_of(spec, data, rows);
      const auto loss = loss_for(spec, targets);
      const Head heads = side_by_side(fits.path(targets, *loss, fitted));
      for (const bool second : {false, true}) {
        const Rows& of = held_out[second];
        HeldOut& found = second ? pairs[arm][seed].at(b, a) : pairs[arm][seed].at(a, b);
        Matrix logits = logits_of(heads, of.features);
        const Matrix wanted = targets_of(spec, data, of);
        for (std::size_t s = 0; s < kStrengths.size(); ++s) {
          const Index columns = wanted.cols();
          found.losses[s] = held_out_loss(
              logits.middleCols(static_cast<Index>(s) * columns, columns), *loss, wanted);
        }
        if (learns_from_pairs(arms[arm])) found.logits = std::move(logits);
      }
    }
  };

  // A fold of a group and seed: choose strengths by what the pairs found, fit, predict.
  struct FoldJob {
    const Group* group;
    std::size_t seed;
    int held_out;
    bool hidden;  // the fold's kinds of background too: the rehearsal
  };
  const auto fit_fold = [&](const FoldJob& job) {
    const auto [group, seed, held_out, hidden] = job;
    const Split& folds_of = splits[seed];
    const std::size_t at = seed * folds + static_cast<std::size_t>(held_out);
    const auto in_fold = [fold = held_out](int one) { return one == fold; };
    const auto in_others = [fold = held_out](int one) { return one != fold; };
    const auto in_any = [](int) { return true; };
    const Rows rows = hidden ? gather(group->background, data, folds_of, in_others, in_others)
                             : gather(group->background, data, folds_of, in_others, in_any);
    const HeadFits fits(group->head, rows.features);
    const std::vector<Index> own = rows_where(folds_of.picture_fold, in_fold);
    const std::vector<Index> kinds = rows_where(folds_of.background_fold, in_fold);
    const MatrixF own_features = data.features(own, Eigen::all);
    const MatrixF kinds_features = data.background(kinds, Eigen::all);
    const std::vector<Index> to_own = shifted(own, static_cast<Index>(seed) * pictures);
    const std::vector<Index> to_kinds = shifted(kinds, static_cast<Index>(seed) * background);
    // A stream of random numbers for each fit, the same one for all arms: they differ by nothing
    // else.
    const std::uint64_t stream =
        options.seeds[seed] + 0x9e3779b97f4a7c15u * (static_cast<std::uint64_t>(held_out) + 1);

    for (const std::size_t i : group->arms) {
      throw_if_stopped();
      FittedArm& arm = arms[i];
      const Pairs* own_pairs = has_strength(arm.spec) ? &pairs[i][seed] : nullptr;
      const std::size_t best = own_pairs ? own_pairs->best_strength(held_out) : 0;
      const Matrix targets = targets_of(arm.spec, data, rows);
      const Head head = fits.head(targets, *loss_for(arm.spec, targets), kStrengths[best], stream);
      fitted();
      const auto scores = fit_scores(arm, data, folds_of, rows, head, own_pairs, held_out, best);
      const ArmAnswers answers = answers_by(head, scores, own_features);
      if (!hidden) {
        place(arm.own, to_own, answers);
        arm.heads[at] = head;
        arm.scores[at] = scores;
        if (own_pairs) arm.strengths[at] = kStrengths[best];
      }
      // What has learned from no background is rehearsed with the same head.
      if (background > 0 && hidden == arm.spec.background) {
        place(arm.rehearsal.own, to_own, answers);
        place(arm.rehearsal.background, to_kinds, answers_by(head, scores, kinds_features));
      }
    }
  };

  std::vector<PairJob> pair_jobs;
  std::vector<FoldJob> fold_jobs, networks;
  for (const Group& group : groups) {
    const bool is_network = group.head == HeadKind::kMlp;
    for (std::size_t seed = 0; seed < splits.size(); ++seed) {
      for (int a = 0; a < options.folds; ++a) {
        for (const bool hidden : {false, true}) {
          if (hidden && !(group.background && background > 0)) continue;
          (is_network ? networks : fold_jobs).push_back({&group, seed, a, hidden});
        }
        if (is_network) continue;
        for (int b = a + 1; b < options.folds; ++b) pair_jobs.push_back({&group, seed, a, b});
      }
    }
  }
  // A small network takes many times as long as a linear head. They are spread evenly over the
  // pairs, so that the time left can be told from the time so far.
  const std::size_t jobs = pair_jobs.size() + networks.size();
  parallel_for(jobs, [&](std::size_t i) {
    const std::size_t before = i * networks.size() / jobs;
    if ((i + 1) * networks.size() / jobs > before) {
      fit_fold(networks[before]);
    } else {
      judge_pair(pair_jobs[i - before]);
    }
  });
  parallel_for(fold_jobs.size(), [&](std::size_t i) { fit_fold(fold_jobs[i]); });
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
