#include "ood/rank_one.h"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <random>
#include <utility>
#include <vector>

namespace oneormany::ood {
namespace {

struct Case {
  const char* name;
  Vector values, z;
};

std::vector<Case> cases() {
  std::mt19937_64 random(3);
  const auto numbers = [&](Index n) {
    return Vector(Vector(n).unaryExpr(
        [&](double) { return static_cast<double>(random() >> 11) * 0x1p-52 - 1; }));
  };
  const auto rising = [](Vector values) {
    std::sort(values.begin(), values.end());
    return values;
  };
  const Vector even = Vector::LinSpaced(12, 0, 11);
  Vector repeated = even, sparse = numbers(12), steep(60);
  repeated.segment(3, 5).setConstant(4);
  sparse.segment(2, 4).setZero();
  sparse(11) = 0;
  for (Index i = 0; i < 60; ++i) steep(i) = std::pow(10.0, static_cast<double>(i) / 5 - 6);
  Vector near = even;
  for (Index i = 0; i < 12; ++i) near(i) = 1 + 1e-13 * static_cast<double>(i);
  return {{"even", even, numbers(12)},
          {"repeated", repeated, numbers(12)},
          {"sparse", even, sparse},
          {"near", near, numbers(12)},
          {"steep", steep, numbers(60)},
          {"heavy", rising(numbers(40)), 1e4 * numbers(40)},
          {"light", rising(numbers(40)), 1e-6 * numbers(40)},
          {"one", Vector::Constant(1, 2), Vector::Constant(1, -3)},
          {"nothing", even, Vector::Zero(12)},
          {"zeros", Vector::Zero(5), numbers(5)}};
}

TEST(TopEigenvectors, AreThoseOfTheMatrix) {
  for (const auto& [name, values, z] : cases()) {
    const Index m = values.size();
    Eigen::MatrixXd matrix = z * z.transpose();
    matrix += values.asDiagonal();
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(matrix);
    const double scale = std::max(1e-300, eigen.eigenvalues().cwiseAbs().maxCoeff());
    for (const Index count : {Index{0}, (m + 1) / 2, m}) {
      const Eigen::MatrixXd top = top_eigenvectors(values, z, count);
      ASSERT_EQ(top.rows(), m) << name;
      ASSERT_EQ(top.cols(), count) << name;
      if (count == 0) continue;
      const double m_ulps = 1e-14 * static_cast<double>(m);
      EXPECT_LT((top.transpose() * top - Eigen::MatrixXd::Identity(count, count)).norm(), m_ulps)
          << name;
      const Eigen::MatrixXd inside = top.transpose() * matrix * top;
      EXPECT_LT((matrix * top - top * inside).norm() / scale, m_ulps) << name;
      Vector found = inside.diagonal();
      std::sort(found.begin(), found.end());
      EXPECT_LT((found - eigen.eigenvalues().tail(count)).norm() / scale, m_ulps) << name;
    }
  }
}

}  // namespace
}  // namespace oneormany::ood
