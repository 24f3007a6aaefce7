#include "judge/costs.h"

#include <algorithm>
#include <stdexcept>

namespace oneormany {
namespace {

void require(bool holds, const char* message) {
  if (!holds) throw std::invalid_argument(message);
}

void check_shape(const Matrix& cost) {
  const Index classes = cost.cols() - 1;
  require(classes >= 1 && (cost.rows() == classes || cost.rows() == classes + 1),
          "costs need a column for each class and one for none, and a row for each class");
  require(cost.allFinite(), "a cost is not a number");
}

}  // namespace

Matrix cost_matrix(Index classes, double wrong, double none) {
  Matrix cost = Matrix::Constant(classes + 1, classes + 1, wrong);
  cost.rightCols(1).setConstant(none);
  cost.diagonal().setZero();
  return cost;
}

std::vector<int> decide_by_cost(const Matrix& probabilities, const Matrix& cost) {
  check_shape(cost);
  const Index classes = cost.cols() - 1;
  require(probabilities.cols() == classes, "probabilities and costs are of different classes");
  require(probabilities.allFinite(), "a probability is not a number");
  std::vector<int> decided;
  decided.reserve(static_cast<std::size_t>(probabilities.rows()));
  for (Index i = 0; i < probabilities.rows(); ++i) {
    const auto p = probabilities.row(i);
    Eigen::RowVectorXd expected = p * cost.topRows(classes);
    if (cost.rows() > classes) expected += std::max(0.0, 1 - p.sum()) * cost.row(classes);
    Index cheapest = 0;
    const double least = expected.head(classes).minCoeff(&cheapest);
    decided.push_back(expected(classes) < least ? -1 : static_cast<int>(cheapest));
  }
  return decided;
}

double mean_cost(const std::vector<int>& decided, const std::vector<int>& target,
                 const Matrix& cost, const Eigen::RowVectorXi& times) {
  check_shape(cost);
  const int none = static_cast<int>(cost.cols()) - 1;
  require(decided.size() == target.size() && static_cast<Index>(target.size()) == times.size(),
          "decisions, targets and times are of different rows");
  double sum = 0, rows = 0;
  for (std::size_t i = 0; i < target.size(); ++i) {
    const int row = target[i] < 0 ? none : target[i], column = decided[i] < 0 ? none : decided[i];
    require(row < cost.rows() && column <= none, "there is no cost for a target or a decision");
    const int n = times(static_cast<Index>(i));
    sum += n * cost(row, column);
    rows += n;
  }
  return rows > 0 ? sum / rows : 0;
}

}  // namespace oneormany
