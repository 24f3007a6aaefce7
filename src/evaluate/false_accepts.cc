#include "evaluate/false_accepts.h"

#include <algorithm>
#include <set>
#include <utility>

namespace oneormany::evaluate {
namespace {

/// `threshold`: on the score of that number; 0 is the probability that is shown, of others it is
/// the heads' mean.
std::vector<FalseAccept::Prediction> mean_answers(const Predictions& predictions, std::size_t score, double threshold,
                                          const std::vector<std::string>& classes, Index pictures) {
  const Index heads = predictions.logits.rows() / pictures;
  std::vector<FalseAccept::Prediction> predictions;
  for (Index i = 0; i < pictures; ++i) {
    const auto of_heads = Eigen::seqN(i, heads, pictures);
    const Matrix probabilities = predictions.probabilities.probabilities(of_heads, Eigen::all);
    Index best = 0;
    const double highest = probabilities.colwise().mean().maxCoeff(&best);
    const double mean = score == 0 ? highest : predictions.scores[score](of_heads).mean();
    predictions.push_back({classes[static_cast<std::size_t>(best)], highest, mean >= threshold});
  }
  return predictions;
}

}  // namespace

std::vector<FalseAccept> find_false_accepts(const Selection& selection, const std::vector<ModelResult>& evaluated,
                                   const std::vector<Predictions>& to_unseen,
                                   const std::vector<std::filesystem::path>& files,
                                   const std::vector<std::string>& classes, std::size_t most) {
  const Recommendation& recommended = selection.recommended();
  std::vector<std::vector<FalseAccept::Prediction>> predictions;
  for (std::size_t a = 0; a < evaluated.size(); ++a) {
    const bool use = a == recommended.model;
    predictions.push_back(mean_answers(to_unseen[a], use ? selection.recommended_score() : 0,
                                   use ? recommended.threshold.value : evaluated[a].unseen->threshold,
                                   classes, static_cast<Index>(files.size())));
  }
  std::vector<FalseAccept> false_accepts;
  std::set<int> shown;  // groups of copies
  for (std::size_t i = 0; i < files.size(); ++i) {
    FalseAccept false_accept{files[i], {}};
    for (const auto& of_arm : predictions) false_accept.predictions.push_back(of_arm[i]);
    const bool labelled = std::any_of(false_accept.predictions.begin(), false_accept.predictions.end(),
                                      [](const auto& answer) { return answer.labelled; });
    if (labelled && shown.insert(to_unseen.front().probabilities.group_of_row[i]).second) {
      false_accepts.push_back(std::move(false_accept));
    }
  }
  const auto rank = [&](const FalseAccept& false_accept) {
    const FalseAccept::Prediction& answer = false_accept.predictions[recommended.model];
    return std::pair(!answer.labelled, -answer.probability);
  };
  std::stable_sort(false_accepts.begin(), false_accepts.end(),
                   [&](const FalseAccept& a, const FalseAccept& b) { return rank(a) < rank(b); });
  if (false_accepts.size() > most) false_accepts.resize(most);
  return false_accepts;
}

}  // namespace oneormany::evaluate
