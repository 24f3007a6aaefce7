// Our losses and measures, for bench/reference to compare: a JSON object a line in, one a line out.

#include <Eigen/Core>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>

#include "loss/catalogue.h"
#include "loss/matrix.h"
#include "metrics/calibration.h"
#include "metrics/measures.h"
#include "metrics/prediction_sets.h"
#include "metrics/reliability.h"
#include "ood/scores.h"
#include "ood/separation.h"

namespace {

using namespace oneormany;
using Json = nlohmann::json;

Matrix matrix(const Json& rows) {
  Matrix read(static_cast<Index>(rows.size()), static_cast<Index>(rows.at(0).size()));
  for (Index i = 0; i < read.rows(); ++i) {
    for (Index c = 0; c < read.cols(); ++c) read(i, c) = rows[i][c];
  }
  return read;
}

Json rows_of(const Matrix& m) {
  Json rows = Json::array();
  for (Index i = 0; i < m.rows(); ++i) {
    rows.push_back(std::vector<double>(m.row(i).begin(), m.row(i).end()));
  }
  return rows;
}

Vector vector(const Json& numbers) {
  const std::vector<double> read = numbers;
  return Eigen::Map<const Vector>(read.data(), static_cast<Index>(read.size()));
}

template <typename T>
Json loss_of(const loss::Loss& loss, const Json& in) {
  const auto found =
      loss::evaluate(loss, base::MatrixOf<T>(matrix(in.at("logits")).cast<T>()),
                     base::MatrixOf<T>(matrix(in.at("targets")).cast<T>()), loss::Reduction::kSum);
  return {{"value", found.value}, {"gradient", rows_of(found.gradient.template cast<double>())}};
}

/// The OOD score of new rows, learned from others.
Json score_of(const std::string& name, const Json& in) {
  const Matrix logits = matrix(in.at("logits"));
  const std::vector<std::vector<int>> labels = in.at("labels");
  const auto rows =
      std::make_shared<const ood::FeatureRows>(matrix(in.at("features")).cast<float>(), labels);
  const auto score = ood::fit_score(ood::parse_score(name), {.logits = logits, .rows = rows});
  const Vector found =
      score->of(matrix(in.at("new_features")).cast<float>(), matrix(in.at("new_logits")));
  return std::vector<double>(found.begin(), found.end());
}

Json measure(const std::string& name, const Json& in) {
  if (name == "average_precision") {
    return metrics::average_precision(vector(in.at("scores")), vector(in.at("target")).cast<int>());
  }
  if (name == "macro_f1") {
    const std::vector<int> target = in.at("target");
    return metrics::macro_f1(in.at("predicted"), target, in.at("classes"),
                             metrics::Times::once(static_cast<Index>(target.size())))[0];
  }
  if (name == "brier") {
    return metrics::brier(matrix(in.at("p")), matrix(in.at("target")).cast<int>());
  }
  if (name == "ece") {
    return metrics::Confidence(vector(in.at("p")), vector(in.at("target")).cast<int>()).ece();
  }
  if (name == "auroc" || name == "fpr95") {
    const std::vector<double> own = in.at("in_domain"), unseen = in.at("unseen");
    const auto ones = [](const auto& of) {
      return metrics::Times::once(static_cast<Index>(of.size()));
    };
    const auto found = ood::Separation(own, std::vector<bool>(own.size(), true), unseen, 0.95)
                           .measure(ones(own), ones(unseen));
    return name == "auroc" ? found.auroc[0] : found.fpr95[0];
  }
  if (name == "temperature") {
    return 1 / metrics::fit_calibration(metrics::CalibrationMethod::kTemperature,
                                        loss::Activation::kSoftmax, matrix(in.at("logits")),
                                        matrix(in.at("target")))
                   .scale(0);
  }
  if (name == "isotonic") {
    const Matrix logits = matrix(in.at("logits"));
    return rows_of(metrics::fit_calibration(metrics::CalibrationMethod::kIsotonic,
                                            loss::Activation::kSigmoid, logits,
                                            matrix(in.at("target")))
                       .apply(logits));
  }
  if (in.contains("features")) return score_of(name, in);
  const Matrix scores = matrix(in.at("scores"));  // "sets": where each label is in the set
  std::vector<int> groups(static_cast<std::size_t>(scores.rows()));
  std::iota(groups.begin(), groups.end(), 0);
  const Vector lowest =
      metrics::ConformalPredictor(scores, in.at("labels"), groups).thresholds(in.at("alpha"));
  const Matrix fresh = matrix(in.at("new"));
  return rows_of(
      (fresh.array() >= lowest.transpose().replicate(fresh.rows(), 1).array()).cast<double>());
}

Json answer(const Json& in) {
  if (in.contains("measure")) return {{"value", measure(in.at("measure"), in)}};
  const auto loss =
      loss::parse_loss(in.at("loss").get<std::string>()).make({in.at("rows"), in.at("counts")});
  return in.at("precision") == "float" ? loss_of<float>(*loss, in) : loss_of<double>(*loss, in);
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << answer(Json::parse(line)) << '\n' << std::flush;
  }
}
