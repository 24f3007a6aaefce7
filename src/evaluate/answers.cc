#include "evaluate/answers.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>

#include "evaluate/replicates.h"
#include "head/random.h"
#include "metrics/measures.h"
#include "metrics/strata.h"

namespace oneormany::evaluate {
namespace {

constexpr double kKept[] = {0.99, 0.95, 0.9, 0.8};  // of the thresholds that are compared
constexpr double kFewWrong = 0.05;

// --- what the model says ---

/// The most confident first.
std::vector<double> falling(std::vector<double> scores) {
  std::sort(scores.begin(), scores.end(), std::greater());
  return scores;
}

/// The picture whose rows these are.
Pile::Picture picture_of(const std::filesystem::path& file, const Predictions& of,
                         const std::vector<Index>& rows, std::size_t score, bool held_out) {
  Pile::Picture picture{.file = file, .held_out = held_out};
  Index best = 0;
  picture.probability = of.probabilities(rows, Eigen::all).colwise().mean().maxCoeff(&best);
  picture.best = static_cast<int>(best);
  picture.score = of.scores[score](rows).mean();
  return picture;
}

/// What a threshold is for either kind of heads.
struct Threshold {
  double kept, of_all, of_held_out;
};

double keeping(const std::vector<double>& right, double kept) {
  if (right.empty()) return 1;  // as ood::Separation::threshold()
  const double n = metrics::fewest_of(static_cast<double>(right.size()), kept);
  return right[static_cast<std::size_t>(n) - 1];
}

Threshold threshold_keeping(const Pile& pile, double kept) {
  return {kept, keeping(pile.right, kept), keeping(pile.right_held_out, kept)};
}

Threshold recommended_threshold(const Pile& pile) {
  Threshold threshold = threshold_keeping(pile, pile.kept);
  threshold.of_all = pile.threshold;
  return threshold;
}

/// How far above the threshold its score is.
double margin(const Pile::Picture& picture, const Threshold& threshold) {
  return picture.score - (picture.held_out ? threshold.of_held_out : threshold.of_all);
}

bool is_labelled(const Pile::Picture& picture, const Threshold& threshold) {
  return margin(picture, threshold) >= 0;
}

// --- whom to ask ---

struct DrawnStratum {
  std::vector<std::size_t> pictures;  // the highest margins first
  bool labelled = false;
  std::size_t drawn = 0;
};

void join(std::vector<DrawnStratum>& strata, std::size_t first) {
  auto& to = strata[first].pictures;
  const auto& from = strata[first + 1].pictures;
  to.insert(to.end(), from.begin(), from.end());
  strata.erase(strata.begin() + static_cast<std::ptrdiff_t>(first) + 1);
}

void part(std::vector<DrawnStratum>& strata, std::size_t at, double share) {
  auto& pictures = strata[at].pictures;
  const auto n = static_cast<std::ptrdiff_t>(share * static_cast<double>(pictures.size()));
  DrawnStratum rest{{pictures.begin() + n, pictures.end()}, strata[at].labelled};
  pictures.erase(pictures.begin() + n, pictures.end());
  strata.insert(strata.begin() + static_cast<std::ptrdiff_t>(at) + 1, std::move(rest));
}

/// From high scores to low; each lies on one side of the recommended threshold.
std::vector<DrawnStratum> strata_of(const Pile& pile, std::size_t count) {
  constexpr std::size_t kFew = 5;  // pictures
  const Threshold recommended = recommended_threshold(pile);
  std::vector<Threshold> borders{recommended};
  for (const double kept : kKept) borders.push_back(threshold_keeping(pile, kept));
  std::vector<std::size_t> order(pile.pictures.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return margin(pile.pictures[a], recommended) > margin(pile.pictures[b], recommended);
  });
  std::map<std::pair<bool, std::size_t>, DrawnStratum, std::greater<>> by_level;
  for (const std::size_t i : order) {
    const Pile::Picture& picture = pile.pictures[i];
    const auto level = static_cast<std::size_t>(
        std::count_if(borders.begin(), borders.end(),
                      [&](const Threshold& one) { return is_labelled(picture, one); }));
    DrawnStratum& stratum = by_level[{is_labelled(picture, recommended), level}];
    stratum.labelled = is_labelled(picture, recommended);
    stratum.pictures.push_back(i);
  }
  std::vector<DrawnStratum> strata;
  for (auto& [_, stratum] : by_level) strata.push_back(std::move(stratum));
  // What is far from all thresholds is many pictures as a rule.
  if (strata.front().labelled && strata.front().pictures.size() >= 2 * kFew) part(strata, 0, 0.5);
  if (!strata.back().labelled && strata.back().pictures.size() >= 3 * kFew) {
    part(strata, strata.size() - 1, 1.0 / 3);
  }
  // The smallest goes with the smaller of its neighbours on its side.
  while (true) {
    std::size_t smallest = strata.size(), with = 0;
    for (std::size_t i = 0; i < strata.size(); ++i) {
      const std::size_t n = strata[i].pictures.size();
      if (smallest < strata.size() && n >= strata[smallest].pictures.size()) continue;
      const bool before = i > 0 && strata[i - 1].labelled == strata[i].labelled;
      const bool after = i + 1 < strata.size() && strata[i + 1].labelled == strata[i].labelled;
      if (!before && !after) continue;
      const bool take_before =
          before && (!after || strata[i - 1].pictures.size() <= strata[i + 1].pictures.size());
      smallest = i;
      with = take_before ? i - 1 : i;
    }
    const bool too_many = strata.size() * 4 > count;  // for a few answers from each
    if (smallest == strata.size()) break;
    if (strata[smallest].pictures.size() >= kFew && !too_many) break;
    join(strata, with);
  }
  return strata;
}

/// How much each stratum's answers matter: the standard deviation of its part of both shares.
double weight_of(const DrawnStratum& stratum, double labelled, double all) {
  const auto size = static_cast<double>(stratum.pictures.size());
  if (!stratum.labelled) return size * 0.3 / all;  // √(0.1 · 0.9)
  return size * 0.5 * std::sqrt(1 / all / all + 1 / labelled / labelled);
}

void allocate(std::vector<DrawnStratum>& strata, std::size_t count) {
  double labelled = 0, all = 0;
  for (const DrawnStratum& one : strata) {
    const auto n = static_cast<double>(one.pictures.size());
    all += n;
    if (one.labelled) labelled += n;
  }
  for (DrawnStratum& one : strata) one.drawn = 1;
  for (std::size_t given = strata.size(); given < count; ++given) {
    DrawnStratum* next = nullptr;
    double most = -1;
    for (DrawnStratum& one : strata) {
      if (one.drawn == one.pictures.size()) continue;
      const auto n = static_cast<double>(one.drawn);
      const double gain = weight_of(one, labelled, all) / std::sqrt(n * (n + 1));
      if (gain > most) {
        most = gain;
        next = &one;
      }
    }
    if (!next) return;
    ++next->drawn;
  }
}

// --- what the answers tell ---

struct AnsweredStratum {
  double size = 0;
  std::vector<const Answer*> all, answered;
};

/// Those without an answer go with the one above, or else with the one below.
std::vector<AnsweredStratum> answered_strata(const std::vector<Answer>& answers) {
  std::map<int, AnsweredStratum> by_number;
  for (const Answer& one : answers) {
    AnsweredStratum& stratum = by_number[one.stratum];
    stratum.size += one.stands_for;
    stratum.all.push_back(&one);
    if (one.labels) stratum.answered.push_back(&one);
  }
  std::vector<AnsweredStratum> strata;
  for (auto& [_, one] : by_number) {
    one.size = std::max(std::round(one.size), static_cast<double>(one.all.size()));
    if (strata.empty() || (!strata.back().answered.empty() && !one.answered.empty())) {
      strata.push_back(std::move(one));
      continue;
    }
    AnsweredStratum& to = strata.back();
    to.size += one.size;
    to.all.insert(to.all.end(), one.all.begin(), one.all.end());
    to.answered.insert(to.answered.end(), one.answered.begin(), one.answered.end());
  }
  return strata;
}

/// What is in question: all, what gets a label, or other things. What is counted gets a label.
enum class InQuestion { kAll, kLabelled, kOthers };

/// in_question, counted: of an answer.
template <typename IsInQuestion, typename Counted>
std::vector<metrics::Stratum> strata_for(const Pile& pile,
                                         const std::vector<AnsweredStratum>& strata,
                                         const Threshold& threshold, InQuestion kind,
                                         IsInQuestion in_question, Counted counted) {
  std::vector<metrics::Stratum> counts;
  for (const AnsweredStratum& one : strata) {
    metrics::Stratum count{one.size, static_cast<double>(one.answered.size())};
    const auto labelled = std::count_if(one.all.begin(), one.all.end(), [&](const Answer* answer) {
      return is_labelled(pile.pictures[answer->picture], threshold);
    });
    count.can_count = labelled > 0;
    count.can_miss = labelled > 0 || kind != InQuestion::kLabelled;
    count.all_in_question =
        kind == InQuestion::kAll ||
        (kind == InQuestion::kLabelled && labelled == static_cast<std::ptrdiff_t>(one.all.size()));
    for (const Answer* answer : one.answered) {
      const Pile::Picture& picture = pile.pictures[answer->picture];
      if (!in_question(picture, *answer->labels)) continue;
      ++count.of;
      count.some += counted(picture, *answer->labels) ? 1 : 0;
    }
    counts.push_back(count);
  }
  return counts;
}

std::optional<Measured> measured_of(const std::optional<metrics::StrataShare>& share) {
  if (!share) return std::nullopt;
  return evaluate::measured_of(share->value, share->interval);
}

bool is_right(const Pile::Picture& picture, const std::vector<int>& labels) {
  return std::find(labels.begin(), labels.end(), picture.best) != labels.end();
}

/// Of the labels given the wrong ones.
std::vector<metrics::Stratum> wrong_of_given(const Pile& pile,
                                             const std::vector<AnsweredStratum>& strata,
                                             const Threshold& threshold) {
  return strata_for(
      pile, strata, threshold, InQuestion::kLabelled,
      [&](const Pile::Picture& picture, const auto&) { return is_labelled(picture, threshold); },
      [](const Pile::Picture& picture, const auto& labels) { return !is_right(picture, labels); });
}

/// The same without its interval, which takes longer; none where no label is given.
std::optional<double> wrong_share(const std::vector<metrics::Stratum>& strata) {
  double wrong = 0, given = 0;
  for (const metrics::Stratum& one : strata) {
    wrong += one.size * one.some / one.drawn;
    given += one.size * one.of / one.drawn;
  }
  return given > 0 ? std::optional(wrong / given) : std::nullopt;
}

Answers::AtThreshold at_threshold(const Pile& pile, const std::vector<AnsweredStratum>& strata,
                                  const Threshold& threshold) {
  using Picture = Pile::Picture;
  using Labels = std::vector<int>;
  const auto labelled = [&](const Picture& picture) { return is_labelled(picture, threshold); };
  const auto all = [](const Picture&, const Labels&) { return true; };
  const auto none = [](const Picture&, const Labels& labels) { return labels.empty(); };
  const auto some = [](const Picture&, const Labels& labels) { return !labels.empty(); };
  const auto given = [&](const Picture& picture, const Labels&) { return labelled(picture); };
  const auto wrong = [&](const Picture& picture, const Labels& labels) {
    return labelled(picture) && !is_right(picture, labels);
  };
  const auto right = [&](const Picture& picture, const Labels& labels) {
    return labelled(picture) && is_right(picture, labels);
  };
  const auto share = [&](InQuestion kind, auto in_question, auto counted) {
    return measured_of(
        metrics::share_of_strata(strata_for(pile, strata, threshold, kind, in_question, counted)));
  };
  Answers::AtThreshold at{.kept = threshold.kept, .threshold = threshold.of_all};
  const auto n = static_cast<double>(pile.pictures.size());
  at.given =
      static_cast<double>(std::count_if(pile.pictures.begin(), pile.pictures.end(), labelled)) / n;
  at.wrong_of_pile = *share(InQuestion::kAll, all, wrong);
  at.wrong = measured_of(metrics::share_of_strata(wrong_of_given(pile, strata, threshold)));
  at.none_given = share(InQuestion::kOthers, none, given);
  at.right_given = share(InQuestion::kOthers, some, right);
  return at;
}

}  // namespace

Pile pile_of(const Recommendation& recommended, const ModelPredictions& model,
             const std::vector<std::vector<int>>& labels,
             const std::vector<std::filesystem::path>& kept, const Predictions* predictions,
             const std::vector<std::filesystem::path>& left_out) {
  const auto found =
      std::find(model.score_kinds.begin(), model.score_kinds.end(), recommended.score);
  const auto score = static_cast<std::size_t>(found - model.score_kinds.begin());
  Pile pile;
  pile.threshold = recommended.threshold.value;
  pile.kept = recommended.aim.kind == metrics::Aim::Kind::kKeep
                  ? recommended.aim.share
                  : std::max(recommended.kept.value, 1e-9);
  pile.right = falling(right_scores(model.own, labels, score));
  const auto rows_of = [](Index first, Index every, Index rows) {
    std::vector<Index> of;
    for (Index row = first; row < rows; row += every) of.push_back(row);
    return of;
  };
  if (model.held_out) {
    pile.right_held_out = falling(right_scores(model.held_out->own, labels, score));
    const Predictions& background = model.held_out->background;
    const auto rows = static_cast<Index>(background.rows());
    const auto own = static_cast<Index>(kept.size());
    const auto& marks = model.held_out->unlabelled;
    const Index repeats = own == 0 ? 1 : std::count(marks.begin(), marks.end(), true) / own;
    const Index every = rows / repeats, first = every - own;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      pile.pictures.push_back(picture_of(
          kept[i], background, rows_of(first + static_cast<Index>(i), every, rows), score, true));
    }
  }
  for (std::size_t i = 0; i < left_out.size(); ++i) {
    pile.pictures.push_back(
        picture_of(left_out[i], *predictions,
                   rows_of(static_cast<Index>(i), static_cast<Index>(left_out.size()),
                           static_cast<Index>(predictions->rows())),
                   score, false));
  }
  return pile;
}

std::vector<AskedPicture> draw_to_ask(const Pile& pile, const std::vector<std::string>& names,
                                      std::size_t count, std::uint64_t seed) {
  std::vector<DrawnStratum> strata = strata_of(pile, count);
  allocate(strata, count);
  const Threshold recommended = recommended_threshold(pile);
  head::Random random(seed);
  std::vector<AskedPicture> asked;
  for (std::size_t s = 0; s < strata.size(); ++s) {
    DrawnStratum& stratum = strata[s];
    random.shuffle(stratum.pictures);
    for (std::size_t i = 0; i < stratum.drawn; ++i) {
      const Pile::Picture& picture = pile.pictures[stratum.pictures[i]];
      asked.push_back({.picture = stratum.pictures[i],
                       .file = picture.file,
                       .prediction = names[static_cast<std::size_t>(picture.best)],
                       .probability = picture.probability,
                       .labelled = is_labelled(picture, recommended),
                       .stratum = static_cast<int>(s) + 1,
                       .stands_for = static_cast<double>(stratum.pictures.size()) /
                                     static_cast<double>(stratum.drawn)});
    }
  }
  random.shuffle(asked);
  return asked;
}

Answers evaluate_answers(const Pile& pile, const std::vector<Answer>& answers) {
  const std::vector<AnsweredStratum> strata = answered_strata(answers);
  Answers found;
  found.asked = answers.size();
  for (const AnsweredStratum& one : strata) {
    found.answered += one.answered.size();
    found.pile += static_cast<std::size_t>(one.size);
  }
  std::vector<metrics::Stratum> none;
  for (const AnsweredStratum& one : strata) {
    const auto drawn = static_cast<double>(one.answered.size());
    const auto count = std::count_if(one.answered.begin(), one.answered.end(),
                                     [](const Answer* answer) { return answer->labels->empty(); });
    none.push_back({.size = one.size,
                    .drawn = drawn,
                    .of = drawn,
                    .some = static_cast<double>(count),
                    .all_in_question = true});
  }
  found.none = *measured_of(metrics::share_of_strata(none));
  found.recommended = at_threshold(pile, strata, recommended_threshold(pile));
  for (const double kept : kKept) {
    found.thresholds.push_back(at_threshold(pile, strata, threshold_keeping(pile, kept)));
  }
  constexpr int kSteps = 200;  // of half a per cent
  for (int step = kSteps; step > 0; --step) {
    const Threshold threshold = threshold_keeping(pile, static_cast<double>(step) / kSteps);
    const auto wrong = wrong_share(wrong_of_given(pile, strata, threshold));
    if (!wrong) break;  // above this one nothing gets a label
    if (*wrong > kFewWrong) continue;
    found.few_wrong = at_threshold(pile, strata, threshold);
    break;
  }
  return found;
}

}  // namespace oneormany::evaluate
