#include "ood/scores.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/error.h"
#include "base/nearest.h"
#include "base/parallel.h"
#include "ood/score_parts.h"

namespace oneormany::ood {
namespace {

constexpr std::array kScores{
    ScoreInfo{ScoreKind::kMaxProbability, "max_probability", "the highest probability of a class",
              "Hendrycks & Gimpel 2017", false, false},
    ScoreInfo{ScoreKind::kMaxLogit, "max_logit", "the highest logit of a class",
              "Hendrycks et al. 2022", false, false},
    ScoreInfo{ScoreKind::kEnergy, "energy", "what all classes' logits say together",
              "Liu et al. 2020; Wang et al. 2021", false, false},
    ScoreInfo{ScoreKind::kMargin, "margin", "the highest probability minus the next one",
              "Scheffer et al. 2001", false, false},
    ScoreInfo{ScoreKind::kEntropy, "entropy", "how little the probabilities are spread",
              "Shannon 1948", false, false},
    ScoreInfo{ScoreKind::kKnn, "knn", "how near the k-th nearest picture of the classes is",
              "Sun et al. 2022", true, false},
    ScoreInfo{ScoreKind::kMahalanobis, "mahalanobis",
              "how near the nearest class's mean is, by the classes' common covariance",
              "Lee et al. 2018", true, false},
    ScoreInfo{ScoreKind::kMahalanobisClass, "mahalanobis_class",
              "the likeliest class's density, each class with a covariance of its own",
              "Lee et al. 2018; Friedman 1989", true, false},
    ScoreInfo{ScoreKind::kVim, "vim",
              "energy, less what lies outside the pictures' principal space", "Wang et al. 2022",
              true, false},
    ScoreInfo{ScoreKind::kReact, "react", "energy, with the strongest features clipped",
              "Sun et al. 2021", true, false},
    ScoreInfo{ScoreKind::kBackground, "background",
              "how much nearer the classes are than the background",
              "Loftsgaarden & Quesenberry 1965", true, true},
    ScoreInfo{ScoreKind::kBothGates, "both_gates",
              "probable enough and near enough: the worse of the two", "Tippett 1931", true, false},
};
constexpr std::size_t kFitted = kScores.size() - 1;

std::unique_ptr<const Score> fit(ScoreKind kind, const ScoreTraining& training) {
  switch (kind) {
    case ScoreKind::kKnn:
      return fit_knn(training);
    case ScoreKind::kMahalanobis:
      return fit_mahalanobis(training);
    case ScoreKind::kMahalanobisClass:
      return fit_mahalanobis_class(training);
    case ScoreKind::kVim:
      return fit_vim(training);
    case ScoreKind::kReact:
      return fit_react(training);
    case ScoreKind::kBackground:
      return fit_background(training);
    default:
      return fit_logit_score(kind, training);
  }
}

}  // namespace

std::span<const ScoreInfo> all_scores() { return std::span(kScores).first(kFitted); }

namespace {
const ScoreInfo& info_of(ScoreKind kind) { return kScores[static_cast<std::size_t>(kind)]; }
}  // namespace

std::string_view name_of(ScoreKind kind) { return info_of(kind).name; }
bool needs_features(ScoreKind kind) { return info_of(kind).features; }
bool needs_background(ScoreKind kind) { return info_of(kind).background; }

ScoreKind parse_score(std::string_view name) {
  std::string normal(name);
  std::replace(normal.begin(), normal.end(), '-', '_');
  std::vector<std::string> names;
  for (const ScoreInfo& info : all_scores()) {
    if (info.name == normal) return info.kind;
    names.emplace_back(info.name);
  }
  const std::vector<std::string> meant = base::likely(normal, names);
  std::string text = "no score is called '" + std::string(name) + "'";
  text += meant.empty() ? "; there are " : ": did you mean ";
  const std::vector<std::string>& listed = meant.empty() ? names : meant;
  for (std::size_t i = 0; i < listed.size(); ++i) {
    if (i > 0) text += i + 1 < listed.size() ? ", " : meant.empty() ? " and " : " or ";
    text += listed[i];
  }
  throw UsageError(text + (meant.empty() ? "" : "?"));
}

std::unique_ptr<const Score> fit_score(ScoreKind kind, const ScoreTraining& training) {
  if (!needs_features(kind)) return fit(kind, training);
  const std::string name(name_of(kind));
  if (!training.rows) {
    throw Error("the score " + name + " needs the features of the pictures of the classes");
  }
  if (needs_background(kind) && !(training.background && training.background->count() > 0)) {
    throw Error("the score " + name +
                " needs background: pictures of none of the classes (--background)");
  }
  const std::vector<Index>& taken = training.rows->taken();
  if (taken.empty()) throw Error("the score " + name + " needs pictures with a label");
  if (static_cast<Index>(taken.size()) == training.logits.rows()) return fit(kind, training);
  const Matrix logits = rows_of(training.logits, taken);
  return fit(kind, {.activation = training.activation,
                    .none_class = training.none_class,
                    .logits = logits,
                    .rows = training.rows,
                    .background = training.background,
                    .head = training.head});
}

std::vector<std::vector<Vector>> scores_of(const std::vector<ModelScores>& models,
                                           const MatrixF& features) {
  std::vector<std::vector<Vector>> found;
  if (models.empty()) return found;
  // Some scores do without one of them.
  const Index rows = features.rows() > 0 ? features.rows() : models.front().logits.rows();
  for (const ModelScores& model : models) found.emplace_back(model.scores.size(), Vector(rows));
  for_row_blocks(rows, [&](Index first, Index count) {
    const Block block(features.rows() > 0 ? MatrixF(features.middleRows(first, count)) : MatrixF());
    for (std::size_t m = 0; m < models.size(); ++m) {
      const Matrix& all = models[m].logits;
      const Matrix logits = all.rows() > 0 ? Matrix(all.middleRows(first, count)) : Matrix();
      for (std::size_t s = 0; s < found[m].size(); ++s) {
        found[m][s].segment(first, count) = models[m].scores[s]->of_block(block, logits);
      }
    }
  });
  return found;
}

Vector Score::of(const MatrixF& features, const Matrix& logits) const {
  // Not owned: it outlives the call.
  const std::vector<std::shared_ptr<const Score>> alone{{std::shared_ptr<void>(), this}};
  return std::move(scores_of({{alone, logits}}, features)[0][0]);
}

std::vector<std::vector<Index>> rows_of_labels(const std::vector<std::vector<int>>& labels) {
  std::vector<std::vector<Index>> rows;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    for (const int label : labels[i]) {
      const auto c = static_cast<std::size_t>(label);
      if (rows.size() <= c) rows.resize(c + 1);
      rows[c].push_back(static_cast<Index>(i));
    }
  }
  return rows;
}

void for_row_blocks(Index rows, const std::function<void(Index, Index)>& work) {
  constexpr Index kBlock = 128;
  base::parallel_for(static_cast<std::size_t>((rows + kBlock - 1) / kBlock), [&](std::size_t i) {
    const Index first = static_cast<Index>(i) * kBlock;
    work(first, std::min(kBlock, rows - first));
  });
}

}  // namespace oneormany::ood
