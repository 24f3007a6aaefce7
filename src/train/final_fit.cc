#include "train/final_fit.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include "base/parallel.h"
#include "base/stop.h"
#include "data/folds.h"
#include "train/head_fits.h"
#include "train/l2_penalty.h"

namespace oneormany::train {
namespace {

double median_penalty(const FittedModel& model) {
  std::vector<double> chosen = model.penalties;
  if (chosen.empty()) return 0;
  std::sort(chosen.begin(), chosen.end(), std::greater<>());
  return chosen[(chosen.size() - 1) / 2];
}

std::vector<Index> all_rows(const MatrixF& features) {
  std::vector<Index> rows(static_cast<std::size_t>(features.rows()));
  std::iota(rows.begin(), rows.end(), Index{0});
  return rows;
}

/// One model, fitted on some of the pictures.
class Fitting {
 public:
  Fitting(const ModelSpec& spec, double penalty, const LearningData& data, std::uint64_t seed)
      : spec_(spec), penalty_(penalty), data_(data), seed_(seed) {
    if (spec.background) background_ = all_rows(data.background);
    if (spec.head == head::HeadKind::kRbf) {
      kernel_rows_ = std::make_shared<const head::KernelRows>(data.features, data.background);
    }
  }

  head::Head head_on(const std::vector<Index>& pictures) const {
    const Rows rows = gather(data_, pictures, background_);
    const HeadFits fits(spec_.head.value(), data_, kernel_rows_, rows);
    std::vector<WantedHead> wanted(1);
    wanted[0].targets = targets_of(spec_, data_, rows);
    wanted[0].loss = loss_for(spec_, wanted[0].targets);
    if (spec_.head == head::HeadKind::kMlp) {
      return fits.network(wanted[0].targets, *wanted[0].loss, seed_);
    }
    const auto at = std::find(kPenalties.begin(), kPenalties.end(), penalty_);
    wanted[0].penalty = static_cast<std::size_t>(at - kPenalties.begin());
    return fit_heads(fits, wanted).front();
  }

  /// What heads and scores that learned from these pictures say of others.
  RawPredictions predict(const std::vector<Index>& pictures, const std::vector<Index>& others,
                         const std::vector<ood::ScoreKind>& kinds) const {
    const head::Head head = head_on(pictures);
    const MatrixF features = data_.features(others, Eigen::all);
    std::vector<std::vector<int>> labels;
    for (const Index i : pictures) labels.push_back(data_.labels[static_cast<std::size_t>(i)]);
    std::shared_ptr<const ood::FeatureRows> rows, background;
    Matrix logits;
    if (std::any_of(kinds.begin(), kinds.end(), ood::needs_features)) {
      MatrixF own = data_.features(pictures, Eigen::all);
      logits = head::logits_of(head, own);
      rows = std::make_shared<const ood::FeatureRows>(std::move(own), std::move(labels));
    }
    if (std::any_of(kinds.begin(), kinds.end(), ood::needs_background)) {
      background = std::make_shared<const ood::FeatureRows>(data_.background);
    }
    const ood::ScoreTraining training{.activation = spec_.activation(),
                                      .none_class = spec_.none_class,
                                      .logits = logits,
                                      .rows = rows,
                                      .background = background,
                                      .head = &head};
    std::vector<std::shared_ptr<const ood::Score>> scores;
    for (const ood::ScoreKind kind : kinds) scores.push_back(ood::fit_score(kind, training));
    RawPredictions said{head::logits_of(head, features), {}};
    said.scores = ood::scores_of({{scores, said.logits}}, features).front();
    return said;
  }

 private:
  const ModelSpec& spec_;
  const double penalty_;
  const LearningData& data_;
  const std::uint64_t seed_;
  std::vector<Index> background_;
  std::shared_ptr<const head::KernelRows> kernel_rows_;
};

}  // namespace

FinalFit fit_final(const FittedModel& model, const LearningData& data,
                   const std::vector<ood::ScoreKind>& scores, std::uint64_t seed,
                   const std::function<void()>& fitted) {
  FinalFit done;
  done.penalty = median_penalty(model);
  done.score_kinds = {ood::ScoreKind::kMaxProbability};
  for (const ood::ScoreKind kind : scores) {
    if (kind != ood::ScoreKind::kMaxProbability) done.score_kinds.push_back(kind);
  }
  const auto n = static_cast<Index>(data.labels.size());
  done.own = {Matrix(n, columns_of(model.spec, data)),
              std::vector<Vector>(done.score_kinds.size(), Vector(n))};
  const Fitting fitting(model.spec, done.penalty, data, seed);
  const std::vector<int> folds =
      data::stratified_folds(data.labels, data.classes, data.groups, kFinalFolds, seed);
  base::parallel_for(kFinalFolds + 1, [&](std::size_t job) {
    base::throw_if_stopped();
    const auto fold = static_cast<int>(job) - 1;
    if (fold < 0) {
      done.head = fitting.head_on(all_rows(data.features));
    } else if (const auto others = rows_where(folds, [&](int one) { return one == fold; });
               !others.empty()) {
      const RawPredictions said = fitting.predict(
          rows_where(folds, [&](int one) { return one != fold; }), others, done.score_kinds);
      done.own.logits(others, Eigen::all) = said.logits;
      for (std::size_t s = 0; s < said.scores.size(); ++s)
        done.own.scores[s](others) = said.scores[s];
    }
    fitted();
  });
  return done;
}

}  // namespace oneormany::train
