#include "train/cross_validation.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <numeric>
#include <set>
#include <stdexcept>

#include "base/parallel.h"
#include "base/stop.h"
#include "train/head_fits.h"
#include "train/hidden_classes.h"

namespace oneormany::train {
namespace {

bool has_penalty(const ModelSpec& spec) { return spec.head != head::HeadKind::kMlp; }

/// Models that are fitted together.
struct ModelGroup {
  head::HeadKind head;
  bool background;
  std::vector<std::size_t> models;
};

/// Small networks share nothing, and each takes long: they stand alone.
std::vector<ModelGroup> groups_of(const std::vector<ModelSpec>& specs) {
  std::vector<ModelGroup> groups;
  for (std::size_t model = 0; model < specs.size(); ++model) {
    const ModelSpec& spec = specs[model];
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const ModelGroup& group) {
      return has_penalty(spec) && group.head == spec.head && group.background == spec.background;
    });
    if (same != groups.end()) {
      same->models.push_back(model);
    } else {
      groups.push_back({spec.head.value(), spec.background, {model}});
    }
  }
  return groups;
}

using Scores = std::vector<std::shared_ptr<const ood::Score>>;
using FeatureRows = std::shared_ptr<const ood::FeatureRows>;

/// The model's scores, fitted on the rows that its head was fitted on: of these the pictures of the
/// classes and the background, where scores need their features.
Scores fit_scores(const FittedModel& model, const Rows& rows, const HeadFits& fits,
                  const head::Head& head, const FeatureRows& pictures,
                  const FeatureRows& background) {
  Matrix logits;
  if (pictures) {
    logits = fits.logits(head, rows).topRows(static_cast<Index>(rows.pictures.size()));
  }
  const ood::ScoreTraining training{.activation = model.spec.activation(),
                                    .none_class = model.spec.none_class,
                                    .logits = logits,
                                    .rows = pictures,
                                    .background = background,
                                    .head = &head};
  Scores scores;
  for (const ood::ScoreKind kind : model.score_kinds) {
    base::throw_if_stopped();
    scores.push_back(ood::fit_score(kind, training));
  }
  return scores;
}

/// Of each model its logits, and the scores that follow.
std::vector<RawPredictions> with_scores(std::vector<Matrix> logits,
                                        const std::vector<Scores>& scores,
                                        const MatrixF& features) {
  std::vector<ood::ModelScores> models;
  for (std::size_t m = 0; m < logits.size(); ++m) models.push_back({scores[m], logits[m]});
  std::vector<std::vector<Vector>> found = ood::scores_of(models, features);
  std::vector<RawPredictions> predictions;
  for (std::size_t m = 0; m < logits.size(); ++m) {
    predictions.push_back({std::move(logits[m]), std::move(found[m])});
  }
  return predictions;
}

RawPredictions empty_predictions(Index rows, Index columns, std::size_t scores) {
  return {Matrix(rows, columns), std::vector<Vector>(scores, Vector(rows))};
}

/// Writes the rows of `part` to those rows of `whole`.
void place(RawPredictions& whole, const std::vector<Index>& rows, const RawPredictions& part) {
  whole.logits(rows, Eigen::all) = part.logits;
  for (std::size_t s = 0; s < whole.scores.size(); ++s) whole.scores[s](rows) = part.scores[s];
}

/// Logits of some of the classes (`known`, rising, and what comes after the classes), as those of
/// all: −∞ for the others.
Matrix widened(const Matrix& logits, const std::vector<Index>& columns, Index all) {
  Matrix wide = Matrix::Constant(logits.rows(), all, -std::numeric_limits<double>::infinity());
  wide(Eigen::all, columns) = logits;
  return wide;
}

std::vector<Index> shifted(std::vector<Index> rows, Index by) {
  for (Index& row : rows) row += by;
  return rows;
}

/// All models on all folds and seeds. Its jobs may run on any thread, in any order but for one: the
/// pairs of folds come before the folds.
class CrossValidation {
 public:
  CrossValidation(const std::vector<ModelSpec>& specs, const LearningData& data,
                  const CrossValidationOptions& options, const std::function<void(double)>& fitted)
      : specs_(specs), data_(data), options_(options), fitted_(fitted), groups_(groups_of(specs)) {
    for (const auto seed : options.seeds) {
      base::throw_if_stopped();  // clustering much background takes a while
      splits_.push_back(split(data, options.folds, seed));
    }
    hides_ = hidden_classes(data, splits_, options.seeds, options.folds);
    pairs_.assign(specs.size(), {splits_.size(), FoldPairs(options.folds)});
    for (const ModelSpec& spec : specs) models_.push_back(empty(spec));
    if (std::any_of(groups_.begin(), groups_.end(),
                    [](const auto& group) { return group.head == head::HeadKind::kRbf; })) {
      kernel_rows_ = std::make_shared<const head::KernelRows>(data.features, data.background);
    }
    gather_for_scores();
  }

  std::vector<FittedModel> run() &&;

 private:
  struct PairJob {
    const ModelGroup* group;
    std::size_t seed;
    int a, b;
    double share;  // of all the work
  };
  struct FoldJob {
    const ModelGroup* group;
    std::size_t seed;
    int held_out;
    bool hold_out_clusters;  // the fold's background too
    double share;
  };

  struct HideJob {
    const ModelGroup* group;
    const HiddenClasses* hide;
    double share;
  };

  bool hides(bool background) const;
  std::vector<Index> columns_of_known(const ModelSpec& spec, const HiddenClasses& hide) const;
  void fit_hide(const HideJob& job);
  std::vector<head::Head> fit_all(head::HeadKind kind, const HeadFits& fits,
                                  const std::vector<WantedHead>& wanted, std::size_t seed,
                                  int fold) const;
  FittedModel empty(const ModelSpec& spec) const;
  void gather_for_scores();
  double cost(const ModelGroup& group, int background_out, int pictures_out) const;
  void measure_pair(const PairJob& job);
  void fit_fold(const FoldJob& job);

  const std::vector<ModelSpec>& specs_;
  const LearningData& data_;
  const CrossValidationOptions& options_;
  const std::function<void(double)>& fitted_;
  const std::vector<ModelGroup> groups_;
  std::shared_ptr<const head::KernelRows> kernel_rows_;  // null: no such head
  std::vector<Split> splits_;                            // of each seed
  std::vector<HiddenClasses> hides_;
  std::vector<std::vector<FoldPairs>> pairs_;  // of each model and seed
  std::vector<FittedModel> models_;

  // What scores learn from, which is the same for all models: null where none needs it.
  struct ScoreRows {
    FeatureRows pictures, background, background_of_others;
  };
  std::vector<ScoreRows> score_rows_;  // seed after seed, of the folds but this one
};

void CrossValidation::gather_for_scores() {
  const auto any = [&](bool (*needs)(ood::ScoreKind)) {
    return std::any_of(models_.begin(), models_.end(), [&](const FittedModel& model) {
      return std::any_of(model.score_kinds.begin(), model.score_kinds.end(), needs);
    });
  };
  score_rows_.resize(splits_.size() * static_cast<std::size_t>(options_.folds));
  if (!any(ood::needs_features)) return;
  FeatureRows background;
  if (any(ood::needs_background)) {
    background = std::make_shared<const ood::FeatureRows>(data_.background);
  }
  for (std::size_t at = 0; at < score_rows_.size(); ++at) {
    const Split& split = splits_[at / static_cast<std::size_t>(options_.folds)];
    const auto in_others = [fold = static_cast<int>(at) % options_.folds](int one) {
      return one != fold;
    };
    const std::vector<Index> own = rows_where(split.picture_fold, in_others);
    std::vector<std::vector<int>> labels;
    for (const Index i : own) labels.push_back(data_.labels[static_cast<std::size_t>(i)]);
    ScoreRows& rows = score_rows_[at];
    rows.pictures =
        std::make_shared<const ood::FeatureRows>(data_.features(own, Eigen::all), labels);
    rows.background = background;
    if (background) {
      rows.background_of_others = std::make_shared<const ood::FeatureRows>(
          data_.background(rows_where(split.background_fold, in_others), Eigen::all));
    }
  }
}

/// With place for what the jobs will find.
FittedModel CrossValidation::empty(const ModelSpec& spec) const {
  // Where a fold's clusters are held out, those of two folds must be left to learn a score from.
  const bool enough_background = std::all_of(splits_.begin(), splits_.end(), [](const Split& one) {
    return std::set(one.background_fold.begin(), one.background_fold.end()).size() >= 3;
  });
  FittedModel model;
  model.spec = spec;
  model.score_kinds = {ood::ScoreKind::kMaxProbability};
  for (const ood::ScoreKind kind : options_.scores) {
    if (kind == ood::ScoreKind::kMaxProbability) continue;
    if (!ood::needs_background(kind) || (spec.background && enough_background)) {
      model.score_kinds.push_back(kind);
    }
  }
  const auto space = [&](Index rows) {
    return empty_predictions(static_cast<Index>(splits_.size()) * rows, columns_of(spec, data_),
                             model.score_kinds.size());
  };
  model.own = space(static_cast<Index>(data_.labels.size()));
  const Index background = data_.background.rows();
  if (background > 0) model.held_out = {model.own, space(background)};
  for (const Split& one : splits_) model.folds.push_back(one.picture_fold);
  model.background_clusters = splits_.front().background_cluster;
  if (hides(spec.background)) {
    const HiddenClasses& last = hides_.back();
    const auto rows = [&](Index before, const std::vector<Index>& pictures) {
      return empty_predictions(before + static_cast<Index>(pictures.size()),
                               columns_of(spec, data_), model.score_kinds.size());
    };
    model.hidden_classes = {
        rows(last.first_own, last.own), rows(last.first_hidden, last.hidden), {}, {}};
    for (const HiddenClasses& hide : hides_) {
      auto& [own, hidden, own_pictures, hidden_pictures] = model.hidden_classes;
      own_pictures.insert(own_pictures.end(), hide.own.begin(), hide.own.end());
      hidden_pictures.insert(hidden_pictures.end(), hide.hidden.begin(), hide.hidden.end());
    }
  }
  const std::size_t heads = splits_.size() * static_cast<std::size_t>(options_.folds);
  model.heads.resize(heads);
  model.scores.resize(heads);
  if (has_penalty(spec)) model.penalties.resize(heads);
  return model;
}

std::vector<head::Head> CrossValidation::fit_all(head::HeadKind kind, const HeadFits& fits,
                                                 const std::vector<WantedHead>& wanted,
                                                 std::size_t seed, int fold) const {
  if (kind != head::HeadKind::kMlp) return fit_heads(fits, wanted);
  // A stream of random numbers for each fit, the same one for all models: so they differ by their
  // loss alone.
  const std::uint64_t stream =
      options_.seeds[seed] + 0x9e3779b97f4a7c15u * (static_cast<std::uint64_t>(fold) + 1);
  return {fits.network(wanted[0].targets, *wanted[0].loss, stream)};
}

bool CrossValidation::hides(bool background) const {
  return folds_that_hide(data_, options_.folds, background && data_.background.rows() > 0) > 0;
}

/// The columns of the model's logits that such a head has.
std::vector<Index> CrossValidation::columns_of_known(const ModelSpec& spec,
                                                     const HiddenClasses& hide) const {
  std::vector<Index> columns(hide.known.begin(), hide.known.end());
  for (Index c = data_.classes; c < columns_of(spec, data_); ++c) columns.push_back(c);
  return columns;
}

void CrossValidation::fit_hide(const HideJob& job) {
  const auto [group, hide, _] = job;
  std::vector<Index> background;
  if (group->background) {
    background.resize(static_cast<std::size_t>(data_.background.rows()));
    std::iota(background.begin(), background.end(), Index{0});
  }
  const Rows rows = gather(data_, hide->train, std::move(background));
  const HeadFits fits(group->head, data_, kernel_rows_, rows);
  std::vector<WantedHead> wanted;
  for (const std::size_t i : group->models) {
    const ModelSpec& spec = specs_[i];
    WantedHead one{targets_of(spec, data_, rows)(Eigen::all, columns_of_known(spec, *hide)),
                   nullptr, 0};
    one.loss = loss_for(spec, one.targets);
    if (has_penalty(spec)) one.penalty = pairs_[i][hide->seed].best_penalty(hide->fold);
    wanted.push_back(std::move(one));
  }
  const std::vector<head::Head> heads = fit_all(group->head, fits, wanted, hide->seed, hide->fold);
  FeatureRows pictures;
  const ScoreRows& from = score_rows_[hide->seed * static_cast<std::size_t>(options_.folds) +
                                      static_cast<std::size_t>(hide->fold)];
  if (from.pictures) {
    std::vector<std::vector<int>> labels;
    for (const Index i : hide->train) {
      labels.emplace_back();
      for (const int label : data_.labels[static_cast<std::size_t>(i)]) {
        const auto at = std::lower_bound(hide->known.begin(), hide->known.end(), label);
        labels.back().push_back(static_cast<int>(at - hide->known.begin()));
      }
    }
    pictures = std::make_shared<const ood::FeatureRows>(data_.features(hide->train, Eigen::all),
                                                        std::move(labels));
  }
  std::vector<Scores> scores;
  for (std::size_t m = 0; m < group->models.size(); ++m) {
    base::throw_if_stopped();
    scores.push_back(
        fit_scores(models_[group->models[m]], rows, fits, heads[m], pictures, from.background));
    fitted_(job.share / static_cast<double>(group->models.size()));
  }
  const auto predict = [&](const std::vector<Index>& some, Index first,
                           RawPredictions FittedModel::HiddenClasses::*to) {
    if (some.empty()) return;
    const Rows asked = gather(data_, some, {});
    std::vector<Matrix> logits;
    for (const head::Head& head : heads) logits.push_back(fits.logits(head, asked));
    std::vector<RawPredictions> found = with_scores(std::move(logits), scores, asked.features);
    std::vector<Index> place_at(some.size());
    std::iota(place_at.begin(), place_at.end(), first);
    for (std::size_t m = 0; m < found.size(); ++m) {
      FittedModel& model = models_[group->models[m]];
      found[m].logits = widened(found[m].logits, columns_of_known(model.spec, *hide),
                                columns_of(model.spec, data_));
      place(model.hidden_classes.*to, place_at, found[m]);
    }
  };
  predict(hide->own, hide->first_own, &FittedModel::HiddenClasses::own);
  predict(hide->hidden, hide->first_hidden, &FittedModel::HiddenClasses::hidden);
}

/// Heads of falling λ that saw neither fold, and their losses on both.
void CrossValidation::measure_pair(const PairJob& job) {
  const auto [group, seed, a, b, _] = job;
  const auto rows_in = [&, group = group, seed = seed](const auto& use) {
    return gather(group->background, data_, splits_[seed], use, use);
  };
  const Rows rows = rows_in([a = a, b = b](int fold) { return fold != a && fold != b; });
  const HeadFits fits(group->head, data_, kernel_rows_, rows);
  const std::array<Rows, 2> held_out{rows_in([a = a](int fold) { return fold == a; }),
                                     rows_in([b = b](int fold) { return fold == b; })};
  const std::array<MatrixF, 2> held_out_rows{fits.rows_of(held_out[0]), fits.rows_of(held_out[1])};
  std::vector<MeasuredPath> paths;
  for (const std::size_t i : group->models) {
    const ModelSpec& spec = specs_[i];
    Matrix targets = targets_of(spec, data_, rows);
    auto loss = loss_for(spec, targets);
    paths.push_back({std::move(targets),
                     std::move(loss),
                     {targets_of(spec, data_, held_out[0]), targets_of(spec, data_, held_out[1])},
                     {&pairs_[i][seed].at(a, b), &pairs_[i][seed].at(b, a)}});
  }
  const double share = job.share / static_cast<double>(paths.size() * kPenalties.size());
  measure_paths(fits, held_out_rows, paths, [&] { fitted_(share); });
}

/// Chooses λ by what the pairs found, fits, predicts.
void CrossValidation::fit_fold(const FoldJob& job) {
  const auto [group, seed, held_out, hold_out_clusters, _] = job;
  const Split& folds_of = splits_[seed];
  const std::size_t at =
      seed * static_cast<std::size_t>(options_.folds) + static_cast<std::size_t>(held_out);
  const auto in_fold = [fold = held_out](int one) { return one == fold; };
  const auto in_others = [fold = held_out](int one) { return one != fold; };
  const Rows rows =
      gather(group->background, data_, folds_of, in_others,
             [&, all = !hold_out_clusters](int fold) { return all || in_others(fold); });
  const HeadFits fits(group->head, data_, kernel_rows_, rows);
  const Rows own = gather(false, data_, folds_of, in_fold, in_fold);
  const Rows background = gather(
      true, data_, folds_of, [](int) { return false; }, in_fold);
  const std::vector<Index> to_own =
      shifted(own.pictures, static_cast<Index>(seed) * static_cast<Index>(data_.labels.size()));
  const std::vector<Index> to_background =
      shifted(background.background, static_cast<Index>(seed) * data_.background.rows());
  std::vector<WantedHead> wanted;
  for (const std::size_t i : group->models) {
    WantedHead one{targets_of(specs_[i], data_, rows), nullptr, 0};
    one.loss = loss_for(specs_[i], one.targets);
    if (has_penalty(specs_[i])) one.penalty = pairs_[i][seed].best_penalty(held_out);
    wanted.push_back(std::move(one));
  }
  const std::vector<head::Head> heads = fit_all(group->head, fits, wanted, seed, held_out);
  const ScoreRows& from = score_rows_[at];
  std::vector<Scores> scores;
  for (std::size_t m = 0; m < group->models.size(); ++m) {
    base::throw_if_stopped();
    FittedModel& model = models_[group->models[m]];
    scores.push_back(fit_scores(model, rows, fits, heads[m], from.pictures,
                                hold_out_clusters ? from.background_of_others : from.background));
    if (!hold_out_clusters) {
      model.heads[at] = heads[m];
      model.scores[at] = scores[m];
      if (has_penalty(model.spec)) model.penalties[at] = kPenalties[wanted[m].penalty];
    }
    fitted_(job.share / static_cast<double>(group->models.size()));
  }
  const auto predict = [&](const Rows& some) {
    std::vector<Matrix> logits;
    for (const head::Head& head : heads) logits.push_back(fits.logits(head, some));
    return with_scores(std::move(logits), scores, some.features);
  };
  const std::vector<RawPredictions> of_own = predict(own);
  // A model that learned from no background needs no second head.
  const bool second = data_.background.rows() > 0 && hold_out_clusters == group->background;
  std::vector<RawPredictions> of_background;
  if (second) of_background = predict(background);
  for (std::size_t m = 0; m < heads.size(); ++m) {
    FittedModel& model = models_[group->models[m]];
    if (!hold_out_clusters) place(model.own, to_own, of_own[m]);
    if (!second) continue;
    place(model.held_out.own, to_own, of_own[m]);
    place(model.held_out.background, to_background, of_background[m]);
  }
}

/// Of a fit that leaves out so many folds of the pictures, and of the background.
double CrossValidation::cost(const ModelGroup& group, int background_out, int pictures_out) const {
  const auto left = [&](Index rows, int out) {
    return rows * (options_.folds - out) / options_.folds;
  };
  Index rows = left(data_.features.rows(), pictures_out), columns = 0;
  if (group.background) rows += left(data_.background.rows(), background_out);
  for (const std::size_t model : group.models) columns += columns_of(specs_[model], data_);
  return HeadFits::cost(group.head, rows, data_.features.cols(), columns);
}

std::vector<FittedModel> CrossValidation::run() && {
  std::vector<PairJob> pair_jobs;
  std::vector<FoldJob> fold_jobs, networks;
  std::vector<HideJob> hide_jobs;
  double all_work = 0;
  for (const ModelGroup& group : groups_) {
    const bool is_network = group.head == head::HeadKind::kMlp;
    for (const HiddenClasses& hide : hides_) {
      if (!hides(group.background)) break;
      const double work = cost(group, 0, 1);
      all_work += work;
      hide_jobs.push_back({&group, &hide, work});
    }
    for (std::size_t seed = 0; seed < splits_.size(); ++seed) {
      // One fold after another: jobs that run at once don't wait for what a fold's scores learn.
      for (const bool clusters : {false, true}) {
        if (clusters && !(group.background && data_.background.rows() > 0)) continue;
        for (int a = 0; a < options_.folds; ++a) {
          const double work = cost(group, clusters ? 1 : 0, 1);
          all_work += work;
          (is_network ? networks : fold_jobs).push_back({&group, seed, a, clusters, work});
        }
      }
      if (is_network) continue;
      for (int a = 0; a < options_.folds; ++a) {
        for (int b = a + 1; b < options_.folds; ++b) {
          const double work = cost(group, 2, 2);
          all_work += work;
          pair_jobs.push_back({&group, seed, a, b, work});
        }
      }
    }
  }
  for (PairJob& job : pair_jobs) job.share /= all_work;
  for (auto* const jobs : {&fold_jobs, &networks}) {
    for (FoldJob& job : *jobs) job.share /= all_work;
  }
  for (HideJob& job : hide_jobs) job.share /= all_work;
  // A small network takes many times as long as a linear head. They are spread evenly over the
  // pairs, in case that one is thought cheaper than it is.
  const std::size_t jobs = pair_jobs.size() + networks.size();
  base::parallel_for(jobs, [&](std::size_t i) {
    const std::size_t before = i * networks.size() / jobs;
    if ((i + 1) * networks.size() / jobs > before) {
      fit_fold(networks[before]);
    } else {
      measure_pair(pair_jobs[i - before]);
    }
  });
  base::parallel_for(fold_jobs.size() + hide_jobs.size(), [&](std::size_t i) {
    if (i < fold_jobs.size()) {
      fit_fold(fold_jobs[i]);
    } else {
      fit_hide(hide_jobs[i - fold_jobs.size()]);
    }
  });
  return std::move(models_);
}

}  // namespace

std::size_t heads_to_fit(const std::vector<ModelSpec>& specs, const LearningData& data,
                         const CrossValidationOptions& options) {
  const auto folds = static_cast<std::size_t>(options.folds);
  std::size_t heads = 0;
  for (const ModelSpec& spec : specs) {
    const bool learns_background = spec.background && data.background.rows() > 0;
    if (has_penalty(spec)) heads += folds * (folds - 1) / 2 * kPenalties.size();
    heads += spec.background ? 2 * folds : folds;
    heads += static_cast<std::size_t>(folds_that_hide(data, options.folds, learns_background));
  }
  return heads * options.seeds.size();
}

std::vector<FittedModel> fit_models(const std::vector<ModelSpec>& specs, const LearningData& data,
                                    const CrossValidationOptions& options,
                                    const std::function<void(double share)>& fitted) {
  return CrossValidation(specs, data, options, fitted).run();
}

std::vector<RawPredictions> predict(const std::vector<FittedModel>& models, const MatrixF& features,
                                    const std::function<void()>& predicted) {
  std::vector<RawPredictions> all;
  if (models.empty()) return all;
  const std::size_t heads = models.front().heads.size();
  for (const FittedModel& model : models) {
    all.push_back(empty_predictions(static_cast<Index>(heads) * features.rows(),
                                    model.own.logits.cols(), model.score_kinds.size()));
  }
  base::parallel_for(heads, [&](std::size_t h) {
    base::throw_if_stopped();
    std::vector<const head::Head*> of_models;
    std::vector<Scores> scores;
    for (const FittedModel& model : models) {
      of_models.push_back(&model.heads[h]);
      scores.push_back(model.scores[h]);
    }
    const std::vector<RawPredictions> found =
        with_scores(head::logits_of(of_models, features), scores, features);
    predicted();
    std::vector<Index> rows(static_cast<std::size_t>(features.rows()));
    std::iota(rows.begin(), rows.end(), static_cast<Index>(h) * features.rows());
    for (std::size_t m = 0; m < models.size(); ++m) place(all[m], rows, found[m]);
  });
  return all;
}

}  // namespace oneormany::train
