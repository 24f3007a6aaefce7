#include "ood/feature_rows.h"

#include <utility>

#include "base/error.h"
#include "ood/covariance.h"
#include "ood/score_parts.h"

namespace oneormany::ood {
namespace {

struct Centred {
  Matrix rows;
  explicit Centred(const FeatureRows& of)
      : rows(of.features().cast<double>().rowwise() - of.centre()) {}
};

struct Products {
  Eigen::MatrixXd products;
  explicit Products(const FeatureRows& of)
      : products(of.few() ? gram(of.centred().transpose())
                          : gram(of.features().cast<double>().rowwise() - of.centre())) {}
};

struct Around {
  Matrix rows;
  Around(const Block& block, const FeatureRows& of)
      : rows(block.features().cast<double>().rowwise() - of.centre()) {}
};

struct SquaredLengths {
  Matrix lengths;
  SquaredLengths(const Block& block, const FeatureRows& of)
      : lengths(block.around(of).rowwise().squaredNorm()) {}
};

struct ProductsWith {
  Matrix products;
  ProductsWith(const Block& block, const FeatureRows& of)
      : products(block.around(of) * of.centred().transpose()) {}
};

std::vector<Index> labelled(const std::vector<std::vector<int>>& labels) {
  std::vector<Index> rows;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (!labels[i].empty()) rows.push_back(static_cast<Index>(i));
  }
  return rows;
}

}  // namespace

FeatureRows::FeatureRows(MatrixF features) : features_(std::move(features)) {
  if (!features_.allFinite()) throw Error("the features hold values that are not numbers");
  for (Index i = 0; i < features_.rows(); ++i) taken_.push_back(i);
  if (count() > 0) centre_ = features_.cast<double>().colwise().mean();
}

FeatureRows::FeatureRows(MatrixF features, std::vector<std::vector<int>> labels)
    : FeatureRows(std::move(features)) {
  taken_ = labelled(labels);
  if (taken_.size() < labels.size()) {
    features_ = rows_of(features_, taken_);
    std::erase_if(labels, [](const auto& of_row) { return of_row.empty(); });
    if (count() > 0) centre_ = features_.cast<double>().colwise().mean();
  }
  labels_ = std::move(labels);
}

const Matrix& FeatureRows::centred() const { return learned<Centred>().rows; }
const Eigen::MatrixXd& FeatureRows::products() const { return learned<Products>().products; }

const Matrix& Block::around(const FeatureRows& rows) const { return seen<Around>(rows).rows; }
const Matrix& Block::squared_lengths(const FeatureRows& rows) const {
  return seen<SquaredLengths>(rows).lengths;
}
const Matrix& Block::products_with(const FeatureRows& rows) const {
  return seen<ProductsWith>(rows).products;
}

}  // namespace oneormany::ood
