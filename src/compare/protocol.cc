#include "compare/protocol.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>
#include <stdexcept>

#include "base/parallel.h"
#include "base/stop.h"
#include "compare/strengths.h"

namespace oneormany {
namespace {

bool has_strength(const ArmSpec& spec) { return spec.head != HeadKind::kMlp; }

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

/// The arm's scores, fitted on the rows that its head was fitted on.
std::vector<std::shared_ptr<const Score>> fit_scores(const FittedArm& arm, const LearningData& data,
                                                     const Rows& rows, const Head& head) {
  const auto n = static_cast<Index>(rows.pictures.size());
  const auto m = static_cast<Index>(rows.background.size());
  const bool from_rows =
      std::any_of(arm.score_kinds.begin(), arm.score_kinds.end(), needs_features);
  MatrixF features, background;
  Matrix logits;
  std::vector<std::vector<int>> labels;
  if (from_rows) {
    features = rows.features.topRows(n);
    background = rows.features.bottomRows(m);
    logits = logits_of(head, features);
    for (const Index i : rows.pictures) {
      labels.push_back(data.labels[static_cast<std::size_t>(i)]);
    }
  }
  const ScoreTraining training{.activation = arm.spec.activation(),
                               .none_class = arm.spec.none_class,
                               .logits = logits,
                               .labels = labels,
                               .features = features,
                               .background = background,
                               .head = &head};
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

/// All arms on all folds and seeds. Its jobs may run on any thread, in any order but for one: the
/// pairs of folds come before the folds.
class Protocol {
 public:
  Protocol(const std::vector<ArmSpec>& specs, const LearningData& data,
           const ProtocolOptions& options, const std::function<void()>& fitted)
      : specs_(specs), data_(data), options_(options), fitted_(fitted), groups_(groups_of(specs)) {
    for (const auto seed : options.seeds) {
      throw_if_stopped();  // clustering much background takes a while
      splits_.push_back(split(data, options.folds, seed));
    }
    pairs_.assign(specs.size(), {splits_.size(), Pairs(options.folds)});
    for (const ArmSpec& spec : specs) arms_.push_back(empty(spec));
  }

  std::vector<FittedArm> run() &&;

 private:
  struct PairJob {
    const Group* group;
    std::size_t seed;
    int a, b;
  };
  struct FoldJob {
    const Group* group;
    std::size_t seed;
    int held_out;
    bool hidden;  // the fold's kinds of background too: the rehearsal
  };

  FittedArm empty(const ArmSpec& spec) const;
  void judge_pair(const PairJob& job);
  void fit_fold(const FoldJob& job);

  const std::vector<ArmSpec>& specs_;
  const LearningData& data_;
  const ProtocolOptions& options_;
  const std::function<void()>& fitted_;
  const std::vector<Group> groups_;
  std::vector<Split> splits_;              // of each seed
  std::vector<std::vector<Pairs>> pairs_;  // of each arm and seed
  std::vector<FittedArm> arms_;
};

/// Room for what the jobs will find.
FittedArm Protocol::empty(const ArmSpec& spec) const {
  // Where a fold's kinds are hidden, some must be left to learn a score from.
  const bool enough_background = std::all_of(splits_.begin(), splits_.end(), [](const Split& one) {
    return std::set(one.background_fold.begin(), one.background_fold.end()).size() >= 3;
  });
  FittedArm arm;
  arm.spec = spec;
  arm.score_kinds = {ScoreKind::kMaxProbability};
  for (const ScoreKind kind : options_.scores) {
    if (kind == ScoreKind::kMaxProbability) continue;
    if (!needs_background(kind) || (spec.background && enough_background)) {
      arm.score_kinds.push_back(kind);
    }
  }
  const auto room = [&](Index rows) {
    return room_for(static_cast<Index>(splits_.size()) * rows, columns_of(spec, data_),
                    arm.score_kinds.size());
  };
  arm.own = room(static_cast<Index>(data_.labels.size()));
  const Index background = data_.background.rows();
  if (background > 0) arm.rehearsal = {arm.own, room(background)};
  for (const Split& one : splits_) arm.folds.push_back(one.picture_fold);
  arm.background_kinds = splits_.front().background_kind;
  const std::size_t heads = splits_.size() * static_cast<std::size_t>(options_.folds);
  arm.heads.resize(heads);
  arm.scores.resize(heads);
  if (has_strength(spec)) arm.strengths.resize(heads);
  return arm;
}

/// Heads of all strengths that saw neither fold, judged on both.
void Protocol::judge_pair(const PairJob& job) {
  const auto [group, seed, a, b] = job;
  const auto rows_in = [&, group = group, seed = seed](const auto& use) {
    return gather(group->background, data_, splits_[seed], use, use);
  };
  const Rows rows = rows_in([a = a, b = b](int fold) { return fold != a && fold != b; });
  const HeadFits fits(group->head, rows.features);
  const std::array<Rows, 2> held_out{rows_in([a = a](int fold) { return fold == a; }),
                                     rows_in([b = b](int fold) { return fold == b; })};
  for (const std::size_t arm : group->arms) {
    const ArmSpec& spec = specs_[arm];
    const Matrix targets = targets_of(spec, data_, rows);
    const auto loss = loss_for(spec, targets);
    const Head heads = side_by_side(fits.path(targets, *loss, fitted_));
    for (const bool second : {false, true}) {
      const Rows& of = held_out[second];
      HeldOutLosses& losses = second ? pairs_[arm][seed].at(b, a) : pairs_[arm][seed].at(a, b);
      const Matrix logits = logits_of(heads, of.features);
      const Matrix wanted = targets_of(spec, data_, of);
      for (std::size_t s = 0; s < kStrengths.size(); ++s) {
        const Index columns = wanted.cols();
        losses[s] = held_out_loss(logits.middleCols(static_cast<Index>(s) * columns, columns),
                                  *loss, wanted);
      }
    }
  }
}

/// Chooses strengths by what the pairs found, fits, predicts.
void Protocol::fit_fold(const FoldJob& job) {
  const auto [group, seed, held_out, hidden] = job;
  const Split& folds_of = splits_[seed];
  const std::size_t at =
      seed * static_cast<std::size_t>(options_.folds) + static_cast<std::size_t>(held_out);
  const auto in_fold = [fold = held_out](int one) { return one == fold; };
  const auto in_others = [fold = held_out](int one) { return one != fold; };
  const Rows rows = gather(group->background, data_, folds_of, in_others,
                           [&, all = !hidden](int fold) { return all || in_others(fold); });
  const HeadFits fits(group->head, rows.features);
  const std::vector<Index> own = rows_where(folds_of.picture_fold, in_fold);
  const std::vector<Index> kinds = rows_where(folds_of.background_fold, in_fold);
  const MatrixF own_features = data_.features(own, Eigen::all);
  const MatrixF kinds_features = data_.background(kinds, Eigen::all);
  const std::vector<Index> to_own =
      shifted(own, static_cast<Index>(seed) * static_cast<Index>(data_.labels.size()));
  const std::vector<Index> to_kinds =
      shifted(kinds, static_cast<Index>(seed) * data_.background.rows());
  // A stream of random numbers for each fit, the same one for all arms: they differ by nothing
  // else.
  const std::uint64_t stream =
      options_.seeds[seed] + 0x9e3779b97f4a7c15u * (static_cast<std::uint64_t>(held_out) + 1);

  for (const std::size_t i : group->arms) {
    throw_if_stopped();
    FittedArm& arm = arms_[i];
    const Pairs* own_pairs = has_strength(arm.spec) ? &pairs_[i][seed] : nullptr;
    const std::size_t best = own_pairs ? own_pairs->best_strength(held_out) : 0;
    const Matrix targets = targets_of(arm.spec, data_, rows);
    const Head head = fits.head(targets, *loss_for(arm.spec, targets), kStrengths[best], stream);
    const auto scores = fit_scores(arm, data_, rows, head);
    const ArmAnswers answers = answers_by(head, scores, own_features);
    if (!hidden) {
      place(arm.own, to_own, answers);
      arm.heads[at] = head;
      arm.scores[at] = scores;
      if (own_pairs) arm.strengths[at] = kStrengths[best];
    }
    // What has learned from no background is rehearsed with the same head.
    if (data_.background.rows() > 0 && hidden == arm.spec.background) {
      place(arm.rehearsal.own, to_own, answers);
      place(arm.rehearsal.background, to_kinds, answers_by(head, scores, kinds_features));
    }
    fitted_();
  }
}

std::vector<FittedArm> Protocol::run() && {
  std::vector<PairJob> pair_jobs;
  std::vector<FoldJob> fold_jobs, networks;
  for (const Group& group : groups_) {
    const bool is_network = group.head == HeadKind::kMlp;
    for (std::size_t seed = 0; seed < splits_.size(); ++seed) {
      for (int a = 0; a < options_.folds; ++a) {
        for (const bool hidden : {false, true}) {
          if (hidden && !(group.background && data_.background.rows() > 0)) continue;
          (is_network ? networks : fold_jobs).push_back({&group, seed, a, hidden});
        }
        if (is_network) continue;
        for (int b = a + 1; b < options_.folds; ++b) pair_jobs.push_back({&group, seed, a, b});
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
  return std::move(arms_);
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
  return Protocol(specs, data, options, fitted).run();
}

ArmAnswers answer(const FittedArm& arm, const MatrixF& features,
                  const std::function<void()>& answered) {
  const auto heads = static_cast<Index>(arm.heads.size());
  std::vector<ArmAnswers> each(arm.heads.size());
  parallel_for(each.size(), [&](std::size_t h) {
    throw_if_stopped();
    each[h] = answers_by(arm.heads[h], arm.scores[h], features);
    answered();
  });
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
