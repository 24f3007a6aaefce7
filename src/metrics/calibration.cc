#include "metrics/calibration.h"

#include <lbfgs.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <memory>
#include <numeric>
#include <string>

#include "base/error.h"
#include "base/parallel.h"
#include "loss/matrix.h"
#include "metrics/bootstrap.h"

namespace oneormany::metrics {
namespace {

constexpr std::array<std::string_view, kCalibrationMethods.size()> kNames{
    "none", "temperature", "vector", "platt", "isotonic"};

bool is_softmax(loss::Activation activation) { return activation == loss::Activation::kSoftmax; }

/// What Platt's fit starts from, and with a = 1, b = 0 would leave as it is.
Matrix single_logits(loss::Activation activation, const Matrix& logits) {
  return is_softmax(activation) ? against_the_rest(logits) : logits;
}

/// a z + b, column by column.
Matrix mapped(const Matrix& logits, const Vector& scale, const Vector& shift) {
  Matrix result = logits.array().rowwise() * scale.transpose().array();
  result.rowwise() += shift.transpose();
  return result;
}

/// The calibrated probabilities of columns that are all calibrated.
Matrix apply_to_own(const Calibration& map, const Matrix& logits) {
  const bool single =
      map.method == CalibrationMethod::kPlatt || map.method == CalibrationMethod::kIsotonic;
  if (!single) return loss::activate(map.activation, mapped(logits, map.scale, map.shift));
  const Matrix plain = loss::activate(map.activation, logits);
  Matrix p = plain;
  if (map.method == CalibrationMethod::kPlatt) {
    p = loss::activate(loss::Activation::kSigmoid,
                       mapped(single_logits(map.activation, logits), map.scale, map.shift));
  } else {
    for (Index c = 0; c < p.cols(); ++c) {
      const auto& curve = map.curves[static_cast<std::size_t>(c)];
      for (double& value : p.col(c)) value = curve.at(value);
    }
  }
  if (!is_softmax(map.activation)) return p;
  for (Index i = 0; i < p.rows(); ++i) {
    const double sum = p.row(i).sum();
    if (sum > 0) {
      p.row(i) /= sum;
    } else {
      p.row(i) = plain.row(i);
    }
  }
  return p;
}

// --- fitting a and b ---

/// The mean loss of the mapped logits, for L-BFGS.
struct CalibrationObjective {
  const loss::Loss& loss;
  const Matrix& logits;
  const Matrix& targets;
  bool one_scale;  ///< a is one number, and there is no b; else all a, then all b
  const std::function<void()>& each_step;
  std::exception_ptr thrown{};  ///< by each_step

  Index parameters() const { return one_scale ? 1 : 2 * logits.cols(); }

  static lbfgsfloatval_t call(void* self, const lbfgsfloatval_t* x, lbfgsfloatval_t* gradient, int,
                              lbfgsfloatval_t) {
    return static_cast<const CalibrationObjective*>(self)->evaluate(x, gradient);
  }

  /// 1 ends the fit. Thrown through liblbfgs, which is C, what it holds would be lost.
  static int stepped(void* self, const lbfgsfloatval_t*, const lbfgsfloatval_t*, lbfgsfloatval_t,
                     lbfgsfloatval_t, lbfgsfloatval_t, lbfgsfloatval_t, int, int, int) {
    auto& objective = *static_cast<CalibrationObjective*>(self);
    try {
      objective.each_step();
    } catch (...) {
      objective.thrown = std::current_exception();
    }
    return objective.thrown ? 1 : 0;
  }

  double evaluate(const double* x, double* gradient) const {
    const Index columns = logits.cols();
    const auto n = static_cast<double>(logits.rows());
    const Matrix z = one_scale ? Matrix(x[0] * logits)
                               : mapped(logits, Eigen::Map<const Vector>(x, columns),
                                        Eigen::Map<const Vector>(x + columns, columns));
    const auto found = oneormany::loss::evaluate(loss, z, targets, loss::Reduction::kSum);
    if (one_scale) {
      gradient[0] = found.gradient.cwiseProduct(logits).sum() / n;
    } else {
      Eigen::RowVectorXd scale = Eigen::RowVectorXd::Zero(columns), shift = scale;
      for (Index i = 0; i < logits.rows(); ++i) {  // colwise().sum() would jump from row to row
        scale += found.gradient.row(i).cwiseProduct(logits.row(i)) / n;
        shift += found.gradient.row(i) / n;
      }
      std::copy(scale.begin(), scale.end(), gradient);
      std::copy(shift.begin(), shift.end(), gradient + columns);
    }
    return found.value / n;
  }
};

struct Line {
  Vector scale, shift;
};

/// Enough for any map that is worth having: one number takes ten, 39 classes under a hundred.
/// Hundreds of classes with a few pictures each could go on for long, overfitting.
constexpr int kSteps = 200;

/// The a and b with the least loss. It is convex in them, and with targets inside 0–1 has a
/// minimum. Columns are brought to mean 0 (for one scale, which has no shift, rows of a softmax,
/// which is the same for any number added to a row) and all of them to deviation 1 first, so that
/// the result follows the logits' unit. each_step: at most kSteps times.
Line least(const loss::Loss& loss, Matrix logits, const Matrix& targets, bool one_scale,
           const std::function<void()>& each_step) {
  const Index columns = logits.cols();
  const Eigen::RowVectorXd mean =
      one_scale ? Eigen::RowVectorXd::Zero(columns) : Eigen::RowVectorXd(logits.colwise().mean());
  const auto size = [&] { return logits.norm() / std::sqrt(static_cast<double>(logits.size())); };
  const double before = size();
  logits.rowwise() -= mean;
  if (one_scale && loss.activation() == loss::Activation::kSoftmax) {
    logits.colwise() -= logits.rowwise().mean().eval();
  }
  double unit = size();
  if (unit <= 1e-12 * before) {  // equal logits, which don't determine a: it stays 1
    logits.setZero();
    unit = 1;
  }
  logits /= unit;

  CalibrationObjective objective{loss, logits, targets, one_scale, each_step};
  const auto n = static_cast<int>(objective.parameters());
  const std::unique_ptr<lbfgsfloatval_t, decltype(&lbfgs_free)> x(lbfgs_malloc(n), &lbfgs_free);
  std::fill(x.get(), x.get() + n, 0.0);
  std::fill(x.get(), x.get() + (one_scale ? 1 : columns), 1.0);
  lbfgs_parameter_t options;
  lbfgs_parameter_init(&options);
  options.epsilon = 1e-7;
  options.max_iterations = kSteps;
  // Where it ends early (no further step is possible at double precision, or all steps are taken),
  // the best so far stands.
  const int status = lbfgs(n, x.get(), nullptr, &CalibrationObjective::call,
                           &CalibrationObjective::stepped, &objective, &options);
  if (objective.thrown) std::rethrow_exception(objective.thrown);
  if (!std::all_of(x.get(), x.get() + n, [](double v) { return std::isfinite(v); })) {
    throw Error("the logits could not be calibrated (L-BFGS ended with " + std::to_string(status) +
                ")");
  }
  if (one_scale) {  // convex: where the least is below 0, the least from 0 up is at 0
    return {Vector::Constant(columns, std::max(x.get()[0], 0.0) / unit), Vector::Zero(columns)};
  }
  Line line{Eigen::Map<const Vector>(x.get(), columns) / unit,
            Eigen::Map<const Vector>(x.get() + columns, columns)};
  line.shift -= line.scale.cwiseProduct(mean.transpose());
  return line;
}

/// Platt's targets, with his counts over all of the matrix.
Matrix smoothed(const Matrix& targets) {
  const double positives = targets.sum();
  const double negatives = static_cast<double>(targets.size()) - positives;
  return (targets.array() != 0)
      .select(Matrix::Constant(targets.rows(), targets.cols(), (positives + 1) / (positives + 2)),
              1 / (negatives + 2));
}

/// Of the right class (n + 1) / (n + 2); the others share the rest.
Matrix smoothed_rows(const Matrix& targets) {
  const double rest = 1 / (static_cast<double>(targets.rows()) + 2);
  return (targets.array() != 0)
      .select(Matrix::Constant(targets.rows(), targets.cols(), 1 - rest),
              rest / static_cast<double>(targets.cols() - 1));
}

/// each_column: once for each.
Line platt(const Matrix& single, const Matrix& targets, const std::function<void()>& each_column) {
  const auto loss = loss::bce_with_logits();
  Line all{Vector(single.cols()), Vector(single.cols())};
  for (Index c = 0; c < single.cols(); ++c) {
    const Line one = least(*loss, single.col(c), smoothed(targets.col(c)), false, [] {});
    each_column();
    all.scale(c) = one.scale(0);
    all.shift(c) = one.shift(0);
  }
  return all;
}

/// Steps of a fit, which may get by with fewer: of one that is long those of L-BFGS, or its
/// columns.
std::size_t most_steps(CalibrationMethod method, loss::Activation activation, Index columns) {
  if (method == CalibrationMethod::kTemperature) return kSteps;
  if (method == CalibrationMethod::kVector && is_softmax(activation)) return kSteps;
  const bool of_columns =
      method == CalibrationMethod::kPlatt || method == CalibrationMethod::kVector;
  return of_columns ? static_cast<std::size_t>(columns) : 1;
}

Line fit_line(CalibrationMethod method, loss::Activation activation, const Matrix& logits,
              const Matrix& targets, const std::function<void()>& each_step) {
  const bool one_scale = method == CalibrationMethod::kTemperature;
  if (is_softmax(activation) && method != CalibrationMethod::kPlatt) {
    return least(*loss::cross_entropy(), logits, smoothed_rows(targets), one_scale, each_step);
  }
  if (one_scale) return least(*loss::bce_with_logits(), logits, smoothed(targets), true, each_step);
  return platt(single_logits(activation, logits), targets, each_step);
}

void check(loss::Activation activation, const Matrix& logits, const Matrix& targets) {
  if (logits.rows() != targets.rows() || logits.cols() != targets.cols()) {
    throw Error("calibration: there must be a target for each logit");
  }
  if (!logits.allFinite()) throw Error("calibration: the logits are not all finite numbers");
  if (!is_softmax(activation)) return;
  for (Index i = 0; i < targets.rows(); ++i) {
    if (targets.row(i).sum() == 1) continue;
    throw Error("calibration: with softmax each row must have one class, but row " +
                std::to_string(i) + " has " +
                std::to_string((targets.row(i).array() != 0).count()));
  }
}

/// Columns that these rows can teach.
std::vector<int> taught(loss::Activation activation, const Matrix& targets) {
  std::vector<int> columns;
  for (Index c = 0; c < targets.cols(); ++c) {
    const auto labelled = (targets.col(c).array() != 0).count();
    const bool always = !is_softmax(activation) && labelled == targets.rows();
    if (labelled > 0 && !always) columns.push_back(static_cast<int>(c));
  }
  // One class alone has no other to be parted from.
  if (is_softmax(activation) && columns.size() < 2) columns.clear();
  return columns;
}

int folds_in(const std::vector<int>& repeat) {
  return repeat.empty() ? 0 : *std::max_element(repeat.begin(), repeat.end()) + 1;
}

std::vector<CalibrationMethod> methods_for(loss::Activation activation) {
  std::vector<CalibrationMethod> methods(kCalibrationMethods.begin(), kCalibrationMethods.end());
  if (!is_softmax(activation)) std::erase(methods, CalibrationMethod::kVector);
  return methods;
}

// --- choosing ---

/// −log p of what is, summed over the columns.
Vector row_losses(loss::Activation activation, const Matrix& p, const Matrix& targets) {
  static constexpr double kLeast = std::numeric_limits<double>::epsilon();
  const auto surprise = [](double probability) { return -std::log(std::max(probability, kLeast)); };
  Vector losses = Vector::Zero(p.rows());
  for (Index i = 0; i < p.rows(); ++i) {
    for (Index c = 0; c < p.cols(); ++c) {
      if (targets(i, c) != 0) {
        losses(i) += surprise(p(i, c));
      } else if (!is_softmax(activation)) {
        losses(i) += surprise(1 - p(i, c));
      }
    }
  }
  return losses;
}

/// The standard error of the rows' mean, where rows of one group go together.
double standard_error(const Vector& rows, const Clusters& groups) {
  const auto count = static_cast<double>(groups.size());
  if (count < 2) return std::numeric_limits<double>::infinity();
  const double mean = rows.mean();
  double squares = 0;
  for (const auto& group : groups) {
    // Of a ratio: groups differ in size.
    double sum = 0;
    for (const int row : group) sum += rows(row) - mean;
    squares += sum * sum;
  }
  return std::sqrt(squares * count / (count - 1)) / static_cast<double>(rows.size());
}

}  // namespace

Matrix against_the_rest(const Matrix& logits) {
  Matrix result(logits.rows(), logits.cols());
  for (Index i = 0; i < logits.rows(); ++i) {
    const auto z = logits.row(i).array();
    Index best = 0;
    const double highest = z.maxCoeff(&best);
    // Without one that isn't the best there is still the best: nothing cancels.
    const Eigen::ArrayXd e = (z - highest).exp().transpose();
    const double sum = e.sum();
    double second = -std::numeric_limits<double>::infinity();
    for (Index c = 0; c < z.size(); ++c) {
      if (c != best) second = std::max(second, z(c));
    }
    double others = 0;
    for (Index c = 0; c < z.size(); ++c) {
      result(i, c) = z(c) - highest - std::log(sum - e(c));
      if (c != best) others += std::exp(z(c) - second);
    }
    result(i, best) = highest - second - std::log(others);
  }
  return result;
}

std::string_view name_of(CalibrationMethod method) {
  return kNames[static_cast<std::size_t>(method)];
}

Matrix Calibration::apply(const Matrix& logits) const {
  Matrix p = loss::activate(activation, logits);
  if (columns.empty()) return p;
  Matrix own = apply_to_own(*this, logits(Eigen::all, columns));
  const bool some_kept = static_cast<Index>(columns.size()) < logits.cols();
  if (is_softmax(activation) && some_kept) {
    const Vector left = p(Eigen::all, columns).rowwise().sum();
    own.array().colwise() *= left.array();
  }
  p(Eigen::all, columns) = own;
  return p;
}

Calibration fit_calibration(CalibrationMethod method, loss::Activation activation,
                            const Matrix& logits, const Matrix& targets,
                            const std::function<void()>& each_step) {
  check(activation, logits, targets);
  Calibration map;
  map.method = method;
  map.activation = activation;
  if (method == CalibrationMethod::kNone) return map;
  map.columns = taught(activation, targets);
  if (map.columns.empty()) return map;
  const Matrix own = logits(Eigen::all, map.columns);
  const Matrix own_targets = targets(Eigen::all, map.columns);
  if (method == CalibrationMethod::kIsotonic) {
    const Matrix p = loss::activate(activation, own);
    for (Index c = 0; c < p.cols(); ++c) {
      map.curves.push_back(fit_isotonic(p.col(c), own_targets.col(c)));
    }
  } else {
    Line line = fit_line(method, activation, own, own_targets, each_step);
    map.scale = std::move(line.scale);
    map.shift = std::move(line.shift);
  }
  return map;
}

Matrix calibrated_out_of_fold(CalibrationMethod method, loss::Activation activation,
                              const Matrix& logits, const Matrix& targets,
                              const std::vector<std::vector<int>>& folds,
                              const std::function<void()>& each_step) {
  check(activation, logits, targets);
  std::size_t rows = 0;
  for (const auto& repeat : folds) rows += repeat.size();
  if (rows != static_cast<std::size_t>(logits.rows())) {
    throw Error("calibration: there must be a fold for each row");
  }
  Matrix p(logits.rows(), logits.cols());
  Index first = 0;
  for (const auto& repeat : folds) {
    base::parallel_for(static_cast<std::size_t>(folds_in(repeat)), [&](std::size_t fold) {
      std::vector<Index> own, others;
      for (std::size_t i = 0; i < repeat.size(); ++i) {
        (repeat[i] == static_cast<int>(fold) ? own : others)
            .push_back(first + static_cast<Index>(i));
      }
      std::size_t left = most_steps(method, activation, logits.cols());
      const auto step = [&] {
        each_step();
        --left;
      };
      const Calibration map = fit_calibration(method, activation, logits(others, Eigen::all),
                                              targets(others, Eigen::all), step);
      p(own, Eigen::all) = map.apply(logits(own, Eigen::all));
      while (left > 0) step();
    });
    first += static_cast<Index>(repeat.size());
  }
  return p;
}

std::size_t calibration_steps(loss::Activation activation, Index columns,
                              const std::vector<std::vector<int>>& folds) {
  std::size_t steps = 0;
  for (const CalibrationMethod method : methods_for(activation)) {
    for (const auto& repeat : folds) {
      steps += static_cast<std::size_t>(folds_in(repeat)) * most_steps(method, activation, columns);
    }
  }
  return steps;
}

CalibrationChoice choose_calibration(loss::Activation activation, const Matrix& logits,
                                     const Matrix& targets,
                                     const std::vector<std::vector<int>>& folds,
                                     const std::vector<int>& group_of_row,
                                     const std::function<void()>& each_step) {
  CalibrationChoice choice;
  std::vector<Vector> losses;
  const double evaluated = is_softmax(activation) ? 1 : static_cast<double>(logits.cols());
  for (const CalibrationMethod method : methods_for(activation)) {
    Matrix p = calibrated_out_of_fold(method, activation, logits, targets, folds, each_step);
    losses.push_back(row_losses(activation, p, targets) / evaluated);
    choice.tried.push_back({method, std::move(p), losses.back().mean(), 0, 0});
  }
  const auto least_loss = std::min_element(
      choice.tried.begin(), choice.tried.end(),
      [](const CalibrationTried& a, const CalibrationTried& b) { return a.log_loss < b.log_loss; });
  const Vector& best = losses[static_cast<std::size_t>(least_loss - choice.tried.begin())];
  const Clusters groups = clusters_of(group_of_row);
  for (std::size_t k = 0; k < losses.size(); ++k) {
    const Vector difference = losses[k] - best;
    choice.tried[k].behind = difference.mean();
    choice.tried[k].error = standard_error(difference, groups);
  }
  choice.method = std::find_if(choice.tried.begin(), choice.tried.end(), [](const auto& one) {
                    return one.behind <= one.error;
                  })->method;
  return choice;
}

}  // namespace oneormany::metrics
