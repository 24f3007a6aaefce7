#include "compare/mistakes.h"

#include <algorithm>
#include <set>
#include <utility>

namespace oneormany {
namespace {

/// `threshold`: on the score of that number; 0 is the probability that is shown, of others it is
/// the heads' mean.
std::vector<Mistake::Answer> mean_answers(const Said& said, std::size_t score, double threshold,
                                          const std::vector<std::string>& classes, Index pictures) {
  const Index heads = said.logits.rows() / pictures;
  std::vector<Mistake::Answer> answers;
  for (Index i = 0; i < pictures; ++i) {
    const auto of_heads = Eigen::seqN(i, heads, pictures);
    const Matrix probabilities = said.answers.probabilities(of_heads, Eigen::all);
    Index best = 0;
    const double highest = probabilities.colwise().mean().maxCoeff(&best);
    const double mean = score == 0 ? highest : said.scores[score](of_heads).mean();
    answers.push_back({classes[static_cast<std::size_t>(best)], highest, mean >= threshold});
  }
  return answers;
}

}  // namespace

std::vector<Mistake> find_mistakes(const Choices& choices, const std::vector<Arm>& judged,
                                   const std::vector<Said>& to_unseen,
                                   const std::vector<std::filesystem::path>& files,
                                   const std::vector<std::string>& classes, std::size_t most) {
  const Recommendation& recommended = choices.recommended();
  std::vector<std::vector<Mistake::Answer>> answers;
  for (std::size_t a = 0; a < judged.size(); ++a) {
    const bool use = a == recommended.arm;
    answers.push_back(mean_answers(to_unseen[a], use ? choices.recommended_score() : 0,
                                   use ? recommended.threshold.value : judged[a].unseen->threshold,
                                   classes, static_cast<Index>(files.size())));
  }
  std::vector<Mistake> mistakes;
  std::set<int> shown;  // groups of copies
  for (std::size_t i = 0; i < files.size(); ++i) {
    Mistake mistake{files[i], {}};
    for (const auto& of_arm : answers) mistake.answers.push_back(of_arm[i]);
    const bool labelled = std::any_of(mistake.answers.begin(), mistake.answers.end(),
                                      [](const auto& answer) { return answer.labelled; });
    if (labelled && shown.insert(to_unseen.front().answers.group_of_row[i]).second) {
      mistakes.push_back(std::move(mistake));
    }
  }
  const auto rank = [&](const Mistake& mistake) {
    const Mistake::Answer& answer = mistake.answers[recommended.arm];
    return std::pair(!answer.labelled, -answer.probability);
  };
  std::stable_sort(mistakes.begin(), mistakes.end(),
                   [&](const Mistake& a, const Mistake& b) { return rank(a) < rank(b); });
  if (mistakes.size() > most) mistakes.resize(most);
  return mistakes;
}

}  // namespace oneormany
