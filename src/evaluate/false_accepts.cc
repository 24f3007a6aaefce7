#include "evaluate/false_accepts.h"

#include <algorithm>
#include <set>
#include <utility>

namespace oneormany::evaluate {
namespace {

/// `thresholds`: on the score of that number; 0 is the probability that is shown, of others it is
/// the heads' mean.
std::vector<FalseAccept::Prediction> mean_predictions(const Predictions& of, std::size_t score,
                                                      const Thresholds& thresholds,
                                                      const std::vector<ClassCount>& classes,
                                                      Index pictures) {
  const Index heads = of.logits.rows() / pictures;
  std::vector<FalseAccept::Prediction> predictions;
  for (Index i = 0; i < pictures; ++i) {
    const auto of_heads = Eigen::seqN(i, heads, pictures);
    const Matrix probabilities = of.probabilities(of_heads, Eigen::all);
    Index best = 0;
    const double highest = probabilities.colwise().mean().maxCoeff(&best);
    const double mean = score == 0 ? highest : of.scores[score](of_heads).mean();
    predictions.push_back({classes[static_cast<std::size_t>(best)].name, highest,
                           mean >= thresholds.of(static_cast<int>(best))});
  }
  return predictions;
}

}  // namespace

std::vector<FalseAccept> find_false_accepts(const Selection& selection,
                                            const std::vector<ModelResult>& results,
                                            const std::vector<Predictions>& unseen,
                                            const std::vector<std::filesystem::path>& files,
                                            const std::vector<ClassCount>& classes,
                                            std::size_t most) {
  const Recommendation& recommended = selection.recommended();
  std::vector<std::vector<FalseAccept::Prediction>> of_models;
  for (std::size_t m = 0; m < results.size(); ++m) {
    const bool use = m == recommended.model;
    of_models.push_back(mean_predictions(
        unseen[m], use ? selection.recommended_score() : 0,
        use ? thresholds_of(recommended) : Thresholds{{results[m].unseen->threshold}}, classes,
        static_cast<Index>(files.size())));
  }
  std::vector<FalseAccept> found;
  std::set<int> shown;  // groups of copies
  for (std::size_t i = 0; i < files.size(); ++i) {
    FalseAccept one{files[i], {}};
    for (const auto& predictions : of_models) one.predictions.push_back(predictions[i]);
    const bool labelled = std::any_of(one.predictions.begin(), one.predictions.end(),
                                      [](const auto& prediction) { return prediction.labelled; });
    if (labelled && shown.insert(unseen.front().group_of_row[i]).second) {
      found.push_back(std::move(one));
    }
  }
  const auto rank = [&](const FalseAccept& one) {
    const FalseAccept::Prediction& prediction = one.predictions[recommended.model];
    return std::pair(!prediction.labelled, -prediction.probability);
  };
  std::stable_sort(found.begin(), found.end(),
                   [&](const FalseAccept& a, const FalseAccept& b) { return rank(a) < rank(b); });
  if (found.size() > most) found.resize(most);
  return found;
}

}  // namespace oneormany::evaluate
