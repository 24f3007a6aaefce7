#include "train/unlabelled.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/parallel.h"
#include "base/progress.h"
#include "base/stop.h"
#include "head/random.h"
#include "train/head_fits.h"

namespace oneormany::train {
namespace {

constexpr int kParts = 4;
constexpr std::size_t kPenalty = 3;            // its λ is 0.03: ranks hardly depend on it
constexpr double kDoubt = 0.1, kSlack = 0.01;  // δ and γ of the best bin
constexpr std::size_t kFewestAbove = 5, kShareAbove = 20;

/// A part for each, as many in each part.
std::vector<int> parts(Index count, head::Random& random) {
  std::vector<int> part(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < part.size(); ++i) part[i] = static_cast<int>(i % kParts);
  random.shuffle(part);
  return part;
}

struct Scores {
  std::vector<double> own, unlabelled;
  std::vector<int> label;  // of each unlabelled picture, whose the score is
};

/// The highest logit: of pictures of the classes, of one of their labels.
Scores scores_of(const LearningData& data, std::uint64_t seed) {
  const ModelSpec spec =
      models_of(loss::parse_loss("bce_with_logits"), head::HeadKind::kLinear, true).back();
  const Index first = data.background.rows() - data.unlabelled;
  head::Random random(seed);
  // Copies of a picture stay together.
  const int groups = 1 + *std::max_element(data.groups.begin(), data.groups.end());
  const std::vector<int> part_of_group = parts(groups, random);
  const std::vector<int> part_of_unlabelled = parts(data.unlabelled, random);
  const double nothing = std::numeric_limits<double>::quiet_NaN();
  Scores scores{std::vector<double>(data.labels.size(), nothing),
                std::vector<double>(part_of_unlabelled.size()),
                std::vector<int>(part_of_unlabelled.size())};
  base::Progress progress("unlabelled pictures", kParts);
  base::parallel_for(kParts, [&](std::size_t p) {
    base::throw_if_stopped();
    const int part = static_cast<int>(p);
    std::vector<Index> learned, asked, background(static_cast<std::size_t>(first)), others;
    for (std::size_t i = 0; i < data.groups.size(); ++i) {
      const bool out = part_of_group[static_cast<std::size_t>(data.groups[i])] == part;
      (out ? asked : learned).push_back(static_cast<Index>(i));
    }
    std::iota(background.begin(), background.end(), Index{0});
    for (std::size_t i = 0; i < part_of_unlabelled.size(); ++i) {
      const bool out = part_of_unlabelled[i] == part;
      (out ? others : background).push_back(first + static_cast<Index>(i));
    }
    const Rows rows = gather(data, learned, background);
    const HeadFits fits(spec.head.value(), data, nullptr, rows);
    std::vector<WantedHead> wanted(1);
    wanted[0].targets = targets_of(spec, data, rows);
    wanted[0].loss = loss_for(spec, wanted[0].targets);
    wanted[0].penalty = kPenalty;
    const Rows held_out = gather(data, asked, others);
    const Matrix logits = fits.logits(fit_heads(fits, wanted)[0], held_out);
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const auto& labels = data.labels[static_cast<std::size_t>(asked[i])];
      double& score = scores.own[static_cast<std::size_t>(asked[i])];
      for (const int label : labels) {
        score = std::fmax(score, logits(static_cast<Index>(i), label));
      }
    }
    const auto below = static_cast<Index>(asked.size());
    for (std::size_t i = 0; i < others.size(); ++i) {
      const auto at = static_cast<std::size_t>(others[i] - first);
      scores.unlabelled[at] = logits.row(below + static_cast<Index>(i)).maxCoeff(&scores.label[at]);
    }
    progress.add();
  });
  std::erase_if(scores.own, [](double score) { return std::isnan(score); });
  return scores;
}

}  // namespace

double share_like(std::vector<double> known, std::vector<double> mixture) {
  if (known.empty() || mixture.empty()) return 0;
  std::sort(known.begin(), known.end(), std::greater());
  std::sort(mixture.begin(), mixture.end(), std::greater());
  const auto n = static_cast<double>(known.size()), m = static_cast<double>(mixture.size());
  const double doubt =
      std::sqrt(std::log(4 / kDoubt) / 2 / n) + std::sqrt(std::log(4 / kDoubt) / 2 / m);
  const std::size_t fewest = std::max(kFewestAbove, known.size() / kShareAbove);
  double least = std::numeric_limits<double>::infinity(), share = 0;
  for (std::size_t i = std::min(fewest, known.size()) - 1, above = 0; i < known.size(); ++i) {
    while (above < mixture.size() && mixture[above] >= known[i]) ++above;
    const double of_known = static_cast<double>(i + 1) / n;
    const double of_mixture = static_cast<double>(above) / m;
    const double bound = (of_mixture + (1 + kSlack) * doubt) / of_known;
    if (bound < least) {
      least = bound;
      share = of_mixture / of_known;
    }
  }
  return std::min(share, 1.0);
}

SortedUnlabelled add_unlabelled(LearningData& data, const MatrixF& pictures, std::uint64_t seed,
                                const std::vector<Said>& said) {
  const Index before = data.background.rows();
  data.background.conservativeResize(before + pictures.rows(), data.features.cols());
  data.background.bottomRows(pictures.rows()) = pictures;
  data.unlabelled = pictures.rows();
  Scores scores = scores_of(data, seed);
  const std::vector<double> asked = scores.unlabelled;  // before what was said of them
  const double share = share_like(scores.own, asked);
  const auto count = [&](Said what) { return std::count(said.begin(), said.end(), what); };
  const auto of_classes = static_cast<std::size_t>(std::clamp(
      static_cast<std::ptrdiff_t>(std::lround(share * static_cast<double>(pictures.rows()))),
      count(Said::kClass), pictures.rows() - count(Said::kNone)));
  for (std::size_t i = 0; i < said.size(); ++i) {
    if (said[i] == Said::kNothing) continue;
    scores.unlabelled[i] =
        (said[i] == Said::kClass ? 1 : -1) * std::numeric_limits<double>::infinity();
  }
  std::vector<Index> order(scores.unlabelled.size());
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) {
    return scores.unlabelled[static_cast<std::size_t>(a)] >
           scores.unlabelled[static_cast<std::size_t>(b)];
  });
  const auto border = order.begin() + static_cast<std::ptrdiff_t>(of_classes);
  SortedUnlabelled sorted{{border, order.end()}, {}};
  std::sort(sorted.kept.begin(), sorted.kept.end());
  data.unlabelled = static_cast<Index>(sorted.kept.size());
  data.background.conservativeResize(before + data.unlabelled, data.features.cols());
  data.background.bottomRows(data.unlabelled) = pictures(sorted.kept, Eigen::all);
  for (auto one = order.begin(); one != border; ++one) {
    const auto at = static_cast<std::size_t>(*one);
    sorted.left_out.push_back({*one, scores.label[at], 1 / (1 + std::exp(-asked[at]))});
  }
  return sorted;
}

}  // namespace oneormany::train
