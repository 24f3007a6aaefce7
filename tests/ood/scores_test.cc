#include "ood/scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <random>

#include "base/error.h"
#include "ood/covariance.h"
#include "tests/golden.h"
#include "tests/ood/measures.h"

namespace oneormany::ood {
namespace {

using testing::HasSubstr;

constexpr Index kDims = 6;

double uniform(std::mt19937_64& random) { return static_cast<double>(random() >> 11) * 0x1p-53; }
double bell(std::mt19937_64& random) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += uniform(random);
  return sum;
}

/// Three classes of unlike spread and size, and a background elsewhere.
struct Data {
  MatrixF features, background, held_out;  // held out: half like the classes, half far away
  std::vector<std::vector<int>> labels;
  head::LinearHead head;
  Matrix logits, held_out_logits;

  explicit Data(Index rows = 40, Index dims = kDims, unsigned seed = 5)
      : features(rows, dims), background(25, dims), held_out(12, dims) {
    std::mt19937_64 random(seed);
    const auto fill = [&](auto row, int c) {
      for (Index j = 0; j < dims; ++j) {
        row(j) = static_cast<float>(2 + (j % 3 == c ? 2 : 0) + (0.3 + 0.2 * c) * bell(random));
      }
    };
    const auto far = [&](auto row) {
      for (Index j = 0; j < dims; ++j) row(j) = static_cast<float>(3 * bell(random));
    };
    for (Index i = 0; i < rows; ++i) {
      const int c = i % 4 == 3 ? 0 : static_cast<int>(i % 4);
      fill(features.row(i), c);
      labels.push_back({c});
    }
    for (Index i = 0; i < background.rows(); ++i) far(background.row(i));
    for (Index i = 0; i < held_out.rows(); ++i) {
      i < 6 ? fill(held_out.row(i), static_cast<int>(i % 3)) : far(held_out.row(i));
    }
    head.weights = Matrix(3, dims).unaryExpr([&](double) { return bell(random); });
    head.bias = Vector(3).unaryExpr([&](double) { return bell(random); });
    logits = head.logits(features);
    held_out_logits = head.logits(held_out);
  }

  ScoreTraining training() const {
    return {.logits = logits,
            .rows = std::make_shared<const FeatureRows>(features, labels),
            .background = std::make_shared<const FeatureRows>(background)};
  }
  Vector scores(ScoreKind kind) const {
    return fit_score(kind, training())->of(held_out, held_out_logits);
  }
};

using Fit = std::unique_ptr<const Score>;

// --- names ---

TEST(Scores, HaveNamesThatAreReadBack) {
  int kind = 0;
  for (const ScoreInfo& info : all_scores()) {
    EXPECT_EQ(static_cast<int>(info.kind), kind++);
    EXPECT_EQ(parse_score(info.name), info.kind);
    EXPECT_EQ(name_of(info.kind), info.name);
    EXPECT_EQ(needs_features(info.kind), info.features);
    EXPECT_EQ(needs_background(info.kind), info.background);
    EXPECT_FALSE(info.what.empty() || info.paper.empty());
  }
  EXPECT_EQ(kind, 11);
  EXPECT_EQ(parse_score("max-logit"), ScoreKind::kMaxLogit);
}

TEST(Scores, SuggestTheNearestName) {
  const auto said_of = [](const char* name) {
    try {
      parse_score(name);
    } catch (const UsageError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(said_of("enrgy"), "no score is called 'enrgy': did you mean energy?");
  EXPECT_THAT(said_of("xyz"), HasSubstr("there are max_probability, max_logit, "));
}

TEST(Scores, SayWhatTheyLack) {
  const Data data;
  const MatrixF nothing;
  const Matrix empty;
  for (const ScoreInfo& info : all_scores()) {
    ScoreTraining bare{.logits = empty};
    if (info.features) {
      EXPECT_THROW(fit_score(info.kind, bare), Error) << info.name;
    } else {  // learns nothing
      EXPECT_EQ(fit_score(info.kind, bare)->of(nothing, data.held_out_logits).size(), 12);
    }
    ScoreTraining no_background = data.training();
    no_background.background = std::make_shared<const FeatureRows>(nothing);
    if (info.background) {
      try {
        fit_score(info.kind, no_background);
        ADD_FAILURE() << info.name;
      } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("--background"));
        EXPECT_THAT(error.what(), HasSubstr(std::string(info.name)));
      }
    } else {
      EXPECT_NO_THROW(fit_score(info.kind, no_background)) << info.name;
    }
  }
}

// --- of logits ---

struct LogitCase {
  loss::Activation activation;
  bool none;
  Index columns;
};

/// Written out from the definitions, on probabilities.
double plain_logit_score(ScoreKind kind, const Eigen::RowVectorXd& z, const LogitCase& of) {
  const bool softmax = of.activation == loss::Activation::kSoftmax;
  const Index classes = of.columns - (of.none ? 1 : 0);
  Eigen::RowVectorXd p(of.columns);
  double all = 0;
  for (Index c = 0; c < of.columns; ++c) all += std::exp(z(c));
  for (Index c = 0; c < of.columns; ++c) {
    p(c) = softmax ? std::exp(z(c)) / all : 1 / (1 + std::exp(-z(c)));
  }
  Index top = 0;
  for (Index c = 1; c < classes; ++c) {
    if (z(c) > z(top)) top = c;
  }
  double next = 0, of_classes = 0, joint = 0;
  for (Index c = 0; c < of.columns; ++c) {
    if (c != top) next = std::max(next, p(c));
  }
  for (Index c = 0; c < classes; ++c) {
    of_classes += std::exp(z(c));
    joint += std::log(1 + std::exp(z(c)));
  }
  switch (kind) {
    case ScoreKind::kMaxProbability:
      return p(top);
    case ScoreKind::kMaxLogit:
      return z(top) - (of.none ? z(classes) : 0);
    case ScoreKind::kEnergy:
      return softmax ? std::log(of_classes) - (of.none ? z(classes) : 0) : joint;
    case ScoreKind::kMargin:
      return p(top) - next;
    default:
      break;
  }
  double none = of.none ? std::exp(z(classes)) : 0;
  if (!softmax) none = 1;
  double sum = 0;
  const double outcomes = std::max(2.0, static_cast<double>(classes));
  for (Index c = 0; c < classes; ++c) {
    const double q = (std::exp(z(c)) + none / outcomes) / (of_classes + none);
    sum += q * std::log(q);
  }
  if (classes == 1 && none > 0) {
    const double q = none / outcomes / (of_classes + none);
    sum += q * std::log(q);
  }
  return sum;
}

const std::vector<LogitCase> kLogitCases{{loss::Activation::kSoftmax, false, 5},
                                         {loss::Activation::kSoftmax, true, 4},
                                         {loss::Activation::kSoftmax, true, 2},
                                         {loss::Activation::kSigmoid, false, 6},
                                         {loss::Activation::kSigmoid, false, 1}};
const std::vector<ScoreKind> kOfLogits{ScoreKind::kMaxProbability, ScoreKind::kMaxLogit,
                                       ScoreKind::kEnergy, ScoreKind::kMargin, ScoreKind::kEntropy};

Fit fit_on_nothing(ScoreKind kind, const LogitCase& of) {
  const Matrix none;
  return fit_score(kind, {.activation = of.activation, .none_class = of.none, .logits = none});
}

TEST(LogitScores, AreTheirDefinitions) {
  std::mt19937_64 random(2);
  for (const LogitCase& of : kLogitCases) {
    const Matrix logits =
        3 * Matrix(30, of.columns).unaryExpr([&](double) { return bell(random); });
    for (const ScoreKind kind : kOfLogits) {
      const Vector scores = fit_on_nothing(kind, of)->of({}, logits);
      for (Index i = 0; i < logits.rows(); ++i) {
        const double expected = plain_logit_score(kind, logits.row(i), of);
        EXPECT_NEAR(scores(i), expected, 1e-12 * std::max(1.0, std::abs(expected)))
            << name_of(kind) << " of " << of.columns << " columns";
      }
    }
  }
}

TEST(LogitScores, OfSoftmaxTakeNoNoticeOfAShift) {
  const Data data;
  const Matrix shifted = data.held_out_logits.array() + 17.5;
  for (const bool none : {false, true}) {
    const LogitCase of{loss::Activation::kSoftmax, none, 3};
    for (const ScoreKind kind : kOfLogits) {
      // With a column of "none" the others are measured from it.
      const bool moves = !none && (kind == ScoreKind::kEnergy || kind == ScoreKind::kMaxLogit);
      const Fit score = fit_on_nothing(kind, of);
      const Vector expected = score->of({}, data.held_out_logits).array() + (moves ? 17.5 : 0.0);
      EXPECT_LT((score->of({}, shifted) - expected).cwiseAbs().maxCoeff(), 1e-12) << name_of(kind);
    }
  }
}

TEST(LogitScores, OfEqualDifferencesAreEqualToTheLastDigit) {
  // Ranks are made of these: rounding must not decide between equals.
  const Matrix logits{{1, 0, -2}}, more = logits.array() + 100, most = logits.array() + 1048576;
  for (const bool none : {false, true}) {
    const LogitCase of{loss::Activation::kSoftmax, none, 3};
    for (const ScoreKind kind : kOfLogits) {
      const bool moves = !none && (kind == ScoreKind::kEnergy || kind == ScoreKind::kMaxLogit);
      if (moves) continue;
      const Fit score = fit_on_nothing(kind, of);
      EXPECT_EQ(score->of({}, more)(0), score->of({}, logits)(0)) << name_of(kind);
      EXPECT_EQ(score->of({}, most)(0), score->of({}, logits)(0)) << name_of(kind);
    }
  }
}

TEST(LogitScores, DontOverflow) {
  Matrix huge(2, 3);
  huge << 900, -900, 0, -900, -950, -1000;
  for (const LogitCase& of : {LogitCase{loss::Activation::kSoftmax, false, 3},
                              LogitCase{loss::Activation::kSoftmax, true, 3},
                              LogitCase{loss::Activation::kSigmoid, false, 3}}) {
    for (const ScoreKind kind : kOfLogits) {
      EXPECT_TRUE(fit_on_nothing(kind, of)->of({}, huge).allFinite()) << name_of(kind);
    }
  }
}

// Whoever is sure of "none" is not sure of a class.
TEST(LogitScores, AreLowForNone) {
  Matrix softmax(2, 3), sigmoid(2, 3);
  softmax << 5, 0, 0, 0, 0, 5;
  sigmoid << 5, -5, -5, -5, -5, -5;
  for (const ScoreKind kind : kOfLogits) {
    const Vector a = fit_on_nothing(kind, {loss::Activation::kSoftmax, true, 3})->of({}, softmax);
    const Vector b = fit_on_nothing(kind, {loss::Activation::kSigmoid, false, 3})->of({}, sigmoid);
    EXPECT_GT(a(0), a(1)) << name_of(kind);
    EXPECT_GT(b(0), b(1)) << name_of(kind);
  }
}

// --- of features, each written out again in loops of float64 ---

Matrix unit(const MatrixF& rows) {
  Matrix found = rows.cast<double>();
  for (Index i = 0; i < found.rows(); ++i) found.row(i) /= found.row(i).norm();
  return found;
}

double plain_kth_distance(const Eigen::RowVectorXd& x, const Matrix& rows, int k) {
  std::vector<double> distances;
  for (Index i = 0; i < rows.rows(); ++i) distances.push_back((rows.row(i) - x).norm());
  std::sort(distances.begin(), distances.end());
  return distances[static_cast<std::size_t>(k - 1)];
}

TEST(DistanceScores, AreDistancesToTheKthNearest) {
  const Data data;
  const int k = neighbours_for(data.labels);
  EXPECT_EQ(k, 5);  // 20, 10 and 10 pictures
  const Vector knn = data.scores(ScoreKind::kKnn);
  const Vector background = data.scores(ScoreKind::kBackground);
  const Matrix rows = unit(data.features), other = unit(data.background), x = unit(data.held_out);
  for (Index i = 0; i < x.rows(); ++i) {
    const double near = plain_kth_distance(x.row(i), rows, k);
    EXPECT_NEAR(knn(i), -near, 1e-6);
    EXPECT_NEAR(background(i), std::log(plain_kth_distance(x.row(i), other, k) / near), 1e-5);
  }
}

TEST(DistanceScores, TakeFewerNeighboursOfSmallClasses) {
  const auto of_size = [](std::size_t size) {
    std::vector<std::vector<int>> labels(2 * size, {0});
    for (std::size_t i = 0; i < size; ++i) labels[i] = {1};
    return neighbours_for(labels);
  };
  EXPECT_EQ(of_size(1), 1);
  EXPECT_EQ(of_size(8), 4);
  EXPECT_EQ(of_size(100), 10);
}

Eigen::MatrixXd plain_ledoit_wolf(const Matrix& z) {
  const auto n = static_cast<double>(z.rows()), d = static_cast<double>(z.cols());
  Eigen::MatrixXd s = Eigen::MatrixXd::Zero(z.cols(), z.cols());
  for (Index i = 0; i < z.rows(); ++i) s += z.row(i).transpose() * z.row(i) / n;
  const Eigen::MatrixXd target = Eigen::MatrixXd::Identity(z.cols(), z.cols()) * s.trace() / d;
  double error = 0;
  for (Index i = 0; i < z.rows(); ++i) {
    error += (z.row(i).transpose() * z.row(i) - s).squaredNorm() / (n * n);
  }
  const double shrinkage = std::min(1.0, error / (s - target).squaredNorm());
  return (1 - shrinkage) * s + shrinkage * target;
}

/// The mean of each class, and all rows around their own.
struct PlainClasses {
  std::vector<Eigen::RowVectorXd> means;
  std::vector<Matrix> centred;
  Matrix all;

  explicit PlainClasses(const Data& data) {
    for (int c = 0; c < 3; ++c) {
      std::vector<Eigen::RowVectorXd> own;
      for (std::size_t i = 0; i < data.labels.size(); ++i) {
        for (const int label : data.labels[i]) {
          if (label == c) own.push_back(data.features.row(static_cast<Index>(i)).cast<double>());
        }
      }
      Matrix rows(static_cast<Index>(own.size()), data.features.cols());
      for (std::size_t i = 0; i < own.size(); ++i) rows.row(static_cast<Index>(i)) = own[i];
      means.push_back(rows.colwise().mean());
      rows.rowwise() -= means.back();
      centred.push_back(rows);
      const Index had = all.rows();
      all.conservativeResize(had + rows.rows(), rows.cols());
      all.bottomRows(rows.rows()) = rows;
    }
  }
};

Vector plain_mahalanobis(const Data& data) {
  const PlainClasses classes(data);
  const Eigen::MatrixXd inverse = plain_ledoit_wolf(classes.all).inverse();
  Vector scores = Vector::Constant(data.held_out.rows(), -1e300);
  for (Index i = 0; i < scores.size(); ++i) {
    for (const auto& mean : classes.means) {
      const Eigen::RowVectorXd x = data.held_out.row(i).cast<double>() - mean;
      scores(i) = std::max(scores(i), -(x * inverse * x.transpose()).value());
    }
  }
  return scores;
}

/// With d × d matrices, and in coordinates of any square root of the shared covariance.
Vector plain_mahalanobis_class(const Data& data) {
  const PlainClasses classes(data);
  const auto d = static_cast<double>(data.features.cols());
  const Eigen::MatrixXd shared = plain_ledoit_wolf(classes.all);
  const Eigen::MatrixXd root =
      Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(shared).operatorInverseSqrt();
  Vector scores = Vector::Constant(data.held_out.rows(), -1e300);
  for (std::size_t c = 0; c < 3; ++c) {
    const Matrix rows = classes.centred[c] * root;
    const auto n = static_cast<double>(rows.rows());
    const Eigen::MatrixXd s = rows.transpose() * rows / n;
    const double trace = s.trace(), squares = (s * s).trace();
    const double rho = std::min(1.0, ((1 - 2 / d) * squares + trace * trace) /
                                         ((n + 1 - 2 / d) * (squares - trace * trace / d)));
    const Eigen::MatrixXd own = (1 - rho) * s + rho * Eigen::MatrixXd::Identity(s.rows(), s.cols());
    for (Index i = 0; i < scores.size(); ++i) {
      const Eigen::RowVectorXd x = (data.held_out.row(i).cast<double>() - classes.means[c]) * root;
      scores(i) = std::max(
          scores(i), -(x * own.inverse() * x.transpose()).value() - std::log(own.determinant()));
    }
  }
  return scores;
}

void expect_close(const Vector& actual, const Vector& expected, double tolerance) {
  expect_near(actual, expected, tolerance);
}

// More rows than features, and fewer: both ways of each computation.
TEST(GaussianScores, AreTheirDefinitions) {
  for (const Index dims : {kDims, Index{60}}) {
    const Data data(40, dims);
    expect_close(data.scores(ScoreKind::kMahalanobis), plain_mahalanobis(data), 1e-9);
    expect_close(data.scores(ScoreKind::kMahalanobisClass), plain_mahalanobis_class(data), 1e-7);
  }
}

TEST(GaussianScores, CountARowForEachOfItsLabels) {
  Data data;
  data.labels[3] = {0, 2};
  data.labels[7] = {0, 1, 2};
  expect_close(data.scores(ScoreKind::kMahalanobis), plain_mahalanobis(data), 1e-9);
}

TEST(GaussianScores, AreFiniteForClassesOfOnePictureAndFeaturesThatNeverChange) {
  Data data;
  data.features.col(2).setConstant(1.5f);
  data.labels[0] = {3};
  data.labels[1] = {5};  // nobody has 4
  for (const auto kind : {ScoreKind::kMahalanobis, ScoreKind::kMahalanobisClass}) {
    EXPECT_TRUE(data.scores(kind).allFinite()) << name_of(kind);
  }
  for (std::size_t i = 0; i < data.labels.size(); ++i) data.labels[i] = {static_cast<int>(i)};
  for (const auto kind : {ScoreKind::kMahalanobis, ScoreKind::kMahalanobisClass}) {
    EXPECT_TRUE(data.scores(kind).allFinite()) << name_of(kind);
  }
}

// scikit-learn 1.9.1 on numbers from a formula: LedoitWolf(assume_centered=True) of the rows around
// their class's mean, and NearestNeighbors(n_neighbors=3) of normalised rows.
TEST(FeatureScores, AgreeWithScikitLearn) {
  const auto formula = [](Index first, Index rows) {
    MatrixF x(rows, 5);
    for (Index i = 0; i < rows; ++i) {
      for (Index j = 0; j < 5; ++j) {
        const auto a = static_cast<double>(first + i), b = static_cast<double>(j);
        x(i, j) = static_cast<float>(std::sin(a * 7 + b * 3) + std::cos(a * b) / 2 +
                                     static_cast<double>((first + i) % 2) * b / 4);
      }
    }
    return x;
  };
  Data data;
  data.features = formula(0, 12);
  data.held_out = formula(50, 4);
  data.logits = Matrix::Zero(12, 2);
  data.labels.clear();
  for (int i = 0; i < 12; ++i) data.labels.push_back({i % 2});
  const Vector knn{
      {-0.6669201949390685, -0.6492011790783573, -0.7446794343537193, -0.6473819323647331}};
  const Vector mahalanobis{
      {-3.7898897465426984, -4.808065244363679, -3.8013921844541505, -3.1642042043104444}};
  expect_close(data.scores(ScoreKind::kKnn), knn, 1e-6);
  expect_close(data.scores(ScoreKind::kMahalanobis), mahalanobis, 1e-5);

  Matrix centred = data.features.cast<double>();
  for (Index c = 0; c < 2; ++c) {
    Eigen::RowVectorXd mean = Eigen::RowVectorXd::Zero(5);
    for (Index i = c; i < 12; i += 2) mean += centred.row(i) / 6;
    for (Index i = c; i < 12; i += 2) centred.row(i) -= mean;
  }
  const Vector lengths = centred.rowwise().squaredNorm();
  for (const Eigen::MatrixXd& products : {gram(centred), gram(centred.transpose())}) {
    EXPECT_NEAR(ledoit_wolf(lengths, 5, products).share, 0.13694954285345484, 1e-6);
  }
}

double plain_energy(const Eigen::RowVectorXd& z) { return std::log(z.array().exp().sum()); }

TEST(ActivationScores, VimIsEnergyLessTheWeighedResidual) {
  for (const Index dims : {kDims, Index{60}}) {
    const Data data(40, dims);
    ScoreTraining training = data.training();
    const head::Head head = data.head;
    training.head = &head;
    const Vector scores =
        fit_score(ScoreKind::kVim, training)->of(data.held_out, data.held_out_logits);

    const Eigen::MatrixXd w = data.head.weights;
    const Vector origin = -w.completeOrthogonalDecomposition().solve(data.head.bias);
    const Matrix x = data.features.cast<double>().rowwise() - origin.transpose();
    const Eigen::JacobiSVD<Eigen::MatrixXd> svd(x, Eigen::ComputeFullV);
    const Index kept = std::min<Index>(40, dims) / 2;
    const Eigen::MatrixXd rest = svd.matrixV().rightCols(dims - kept);
    double tops = 0, residuals = 0;
    for (Index i = 0; i < x.rows(); ++i) {
      tops += std::abs(data.logits.row(i).maxCoeff());
      residuals += (x.row(i) * rest).norm();
    }
    for (Index i = 0; i < scores.size(); ++i) {
      const Eigen::RowVectorXd one = data.held_out.row(i).cast<double>() - origin.transpose();
      const double expected =
          plain_energy(data.held_out_logits.row(i)) - tops / residuals * (one * rest).norm();
      EXPECT_NEAR(scores(i), expected, 1e-7 * std::max(1.0, std::abs(expected)));
    }
  }
}

TEST(ActivationScores, ReactClipsTheStrongestFeatures) {
  const Data data;
  std::vector<float> all(data.features.data(), data.features.data() + data.features.size());
  std::sort(all.begin(), all.end());
  const double place = 0.9 * static_cast<double>(all.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const double limit =
      all[below] + (place - static_cast<double>(below)) * (all[below + 1] - all[below]);
  ScoreTraining training = data.training();
  const head::Head head = data.head;
  training.head = &head;
  const Vector scores = fit_score(ScoreKind::kReact, training)->of(data.held_out, {});
  const Vector by_map = fit_score(ScoreKind::kReact, data.training())->of(data.held_out, {});
  for (Index i = 0; i < scores.size(); ++i) {
    Eigen::RowVectorXd z = data.head.bias.transpose();
    for (Index c = 0; c < 3; ++c) {
      for (Index j = 0; j < kDims; ++j) {
        z(c) += data.head.weights(c, j) * std::min<double>(data.held_out(i, j), limit);
      }
    }
    EXPECT_NEAR(scores(i), plain_energy(z), 1e-5);
    EXPECT_NEAR(by_map(i), plain_energy(z), 1e-5);  // 40 rows tell all of 6 features
  }
}

TEST(ActivationScores, TheLinearMapIsALinearHead) {
  const Data data;
  const head::LinearHead map = linear_map(data.features, data.logits);
  expect_near(map.weights, data.head.weights, 1e-6);
  expect_close(map.bias, data.head.bias, 1e-6);
  const Data wide(20, 50);  // any map that fits fits; of these the smallest
  const head::LinearHead smallest = linear_map(wide.features, wide.logits);
  expect_near(smallest.logits(wide.features), wide.logits, 1e-5);
  EXPECT_LT(smallest.weights.norm(), wide.head.weights.norm());
}

// --- all ---

TEST(Scores, TellPicturesOfTheClassesFromFarOnes) {
  const Data data(80, 20);
  // A head that knows its classes.
  Matrix targets = Matrix::Constant(80, 3, -4);
  for (Index i = 0; i < 80; ++i) targets(i, data.labels[static_cast<std::size_t>(i)][0]) = 4;
  const head::LinearHead head = linear_map(data.features, targets);
  const Matrix logits = head.logits(data.features), held_out = head.logits(data.held_out);
  const ScoreTraining training{
      .logits = logits, .rows = data.training().rows, .background = data.training().background};
  for (const ScoreInfo& info : all_scores()) {
    if (!info.features || info.kind == ScoreKind::kReact) continue;  // a head alone may err
    const Vector scores = fit_score(info.kind, training)->of(data.held_out, held_out);
    EXPECT_EQ(auroc(scores.head(6), scores.tail(6)), 1) << info.name;
  }
}

TEST(Scores, OfModelsOnTheSameRowsAreThoseOfEachAlone) {
  for (const Index dims : {Index{20}, Index{200}}) {
    const Data data(150, dims);  // more than a block of pictures is scored: its own
    const Matrix other_logits = -2 * data.logits.array() + 1;
    const head::Head head = data.head;
    std::vector<ScoreTraining> models(2, data.training());
    models.push_back({.activation = loss::Activation::kSigmoid,
                      .logits = other_logits,
                      .rows = models[0].rows,
                      .background = models[0].background});
    models[1].head = &head;
    std::vector<std::vector<std::shared_ptr<const Score>>> scores(models.size());
    std::vector<ModelScores> all;
    for (std::size_t m = 0; m < models.size(); ++m) {
      for (const ScoreInfo& info : all_scores()) {
        scores[m].push_back(fit_score(info.kind, models[m]));
      }
      all.push_back({scores[m], models[m].logits});
    }
    const auto together = scores_of(all, data.features);
    for (std::size_t m = 0; m < models.size(); ++m) {
      for (const ScoreInfo& info : all_scores()) {
        ScoreTraining alone{.activation = models[m].activation,
                            .logits = models[m].logits,
                            .rows = std::make_shared<const FeatureRows>(data.features, data.labels),
                            .background = std::make_shared<const FeatureRows>(data.background),
                            .head = models[m].head};
        EXPECT_EQ(together[m][static_cast<std::size_t>(info.kind)],
                  fit_score(info.kind, alone)->of(data.features, alone.logits))
            << info.name << " of model " << m;
      }
    }
  }
}

TEST(Scores, LearnNothingFromRowsWithoutALabel) {
  const Data data;
  Data more = data;
  more.features.conservativeResize(43, kDims);
  more.features.bottomRows(3) = data.held_out.bottomRows(3);
  more.logits.conservativeResize(43, 3);
  more.logits.bottomRows(3) = data.held_out_logits.bottomRows(3);
  more.labels.resize(43);
  for (const ScoreInfo& info : all_scores()) {
    EXPECT_EQ(data.scores(info.kind), more.scores(info.kind)) << info.name;
  }
}

TEST(Scores, AreTheSameEachTimeAndOnAnyNumberOfThreads) {
  const Data data(300, 40);
  for (const ScoreInfo& info : all_scores()) {
    const Vector first = data.scores(info.kind);
    EXPECT_EQ(first, data.scores(info.kind)) << info.name;
    ASSERT_EQ(setenv("ONEORMANY_THREADS", "1", 1), 0);
    EXPECT_EQ(first, data.scores(info.kind)) << info.name;
    ASSERT_EQ(unsetenv("ONEORMANY_THREADS"), 0);
  }
}

}  // namespace
}  // namespace oneormany::ood
