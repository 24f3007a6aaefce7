#include "metrics/calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <string>

#include "base/error.h"
#include "base/parallel.h"
#include "loss/matrix.h"
#include "metrics/bootstrap.h"
#include "metrics/line_fit.h"

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

/// Rows in a chunk of work whose logits are in the fastest cache together.
Index rows_together(Index columns) {
  constexpr Index kLogits = 1024;
  return std::max<Index>(1, kLogits / columns);
}

/// Platt's targets, with his counts over all of these: what is 1 there, and what 0.
struct Smoothed {
  double present, absent;
  Smoothed(double positives, double all)
      : present((positives + 1) / (positives + 2)), absent(1 / (all - positives + 2)) {}
};

/// Columns of some rows, a cache line's of them at a time: column by column the entries of the rows
/// stand side by side then.
template <typename Visit>
void each_column(const LogitRows& all, const Matrix& targets, Visit visit) {
  constexpr Index kTogether = 8;
  const auto n = static_cast<std::size_t>(all.count());
  Eigen::MatrixXd x(all.count(), kTogether), y = x;
  for (Index first = 0; first < all.columns(); first += kTogether) {
    const Index some = std::min(kTogether, all.columns() - first);
    for (std::size_t i = 0; i < n; ++i) {
      const auto to = static_cast<Index>(i);
      for (Index k = 0; k < some; ++k) {
        x(to, k) = all.logits(all.rows[i], first + k);
        y(to, k) = targets(all.rows[i], first + k);
      }
    }
    for (Index k = 0; k < some; ++k) visit(first + k, x.col(k), y.col(k));
  }
}

/// after_each: called once for each column.
Line platt(const LogitRows& single, const Matrix& targets,
           const std::function<void()>& after_each) {
  Line all{Vector(single.columns()), Vector(single.columns())};
  each_column(single, targets, [&](Index c, const auto& z, const auto& present) {
    const Smoothed smoothed(present.sum(), static_cast<double>(present.size()));
    const Vector y =
        (present.array() != 0)
            .select(smoothed.present, Vector::Constant(present.size(), smoothed.absent));
    const Line one = fit_sigmoid(z, y);
    after_each();
    all.scale(c) = one.scale(0);
    all.shift(c) = one.shift(0);
  });
  return all;
}

/// Steps of a fit, which may get by with fewer: of one that is long those of Newton's method, or
/// its columns.
std::size_t most_steps(CalibrationMethod method, loss::Activation activation, Index columns) {
  if (method == CalibrationMethod::kTemperature) return kFitSteps;
  if (method == CalibrationMethod::kVector && is_softmax(activation)) return kFitSteps;
  const bool of_columns =
      method == CalibrationMethod::kPlatt || method == CalibrationMethod::kVector;
  return of_columns ? static_cast<std::size_t>(columns) : 1;
}

/// `basis`: the logits, or for Platt single_logits() of them.
Line fit_line(CalibrationMethod method, loss::Activation activation, const LogitRows& basis,
              const Matrix& targets, const std::function<void()>& each_step) {
  const Index columns = basis.columns();
  const auto target_of = [&](Index i) {
    return targets.row(basis.rows[static_cast<std::size_t>(i)]);
  };
  const auto one_scale = [&](double scale) {
    return Line{Vector::Constant(columns, scale), Vector::Zero(columns)};
  };
  if (is_softmax(activation) && method != CalibrationMethod::kPlatt) {
    ClassTargets right{{}, 1 / (static_cast<double>(basis.count()) + 2)};
    for (Index i = 0; i < basis.count(); ++i) {
      const auto target = target_of(i);
      const auto own = std::find_if(target.begin(), target.end(), [](double t) { return t != 0; });
      right.classes.push_back(static_cast<int>(own - target.begin()));
    }
    if (method == CalibrationMethod::kTemperature) {
      return one_scale(fit_softmax_scale(basis, right, kFitAccuracy, each_step));
    }
    return fit_vector(basis, right, fit_softmax_scale(basis, right, 1e-2, [] {}), each_step);
  }
  if (method != CalibrationMethod::kTemperature) return platt(basis, targets, each_step);
  double positives = 0, of_positives = 0, of_all = 0;
  for (Index i = 0; i < basis.count(); ++i) {
    positives += target_of(i).sum();
    of_positives += (target_of(i).array() != 0).select(basis.row(i).array(), 0).sum();
    of_all += basis.row(i).sum();
  }
  const Smoothed smoothed(positives, static_cast<double>(basis.count() * columns));
  const double products =
      smoothed.present * of_positives + smoothed.absent * (of_all - of_positives);
  return one_scale(fit_sigmoid_scale(basis, products, each_step));
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

void check(loss::Activation activation, const Matrix& logits, const Matrix& targets,
           const std::vector<std::vector<int>>& folds) {
  check(activation, logits, targets);
  std::size_t rows = 0;
  for (const auto& repeat : folds) rows += repeat.size();
  if (rows != static_cast<std::size_t>(logits.rows())) {
    throw Error("calibration: there must be a fold for each row");
  }
}

/// Columns that these rows can teach.
std::vector<int> taught(loss::Activation activation, const Matrix& targets,
                        const std::vector<Index>& rows) {
  Eigen::RowVectorXi labelled = Eigen::RowVectorXi::Zero(targets.cols());
  for (const Index row : rows) labelled += (targets.row(row).array() != 0).cast<int>().matrix();
  std::vector<int> columns;
  for (Index c = 0; c < targets.cols(); ++c) {
    const bool always = !is_softmax(activation) && labelled(c) == static_cast<int>(rows.size());
    if (labelled(c) > 0 && !always) columns.push_back(static_cast<int>(c));
  }
  // One class alone has no other to be parted from.
  if (is_softmax(activation) && columns.size() < 2) columns.clear();
  return columns;
}

/// Logits and targets of some columns, and what a method's fit starts from, for all rows.
class Basis {
 public:
  Basis(CalibrationMethod method, loss::Activation activation, const Matrix& logits,
        const Matrix& targets, std::vector<int> columns)
      : columns_(std::move(columns)), logits_(&logits), targets_(&targets) {
    if (columns_.empty()) return;
    if (static_cast<Index>(columns_.size()) < logits.cols()) {
      own_logits_ = logits(Eigen::all, columns_);
      own_targets_ = targets(Eigen::all, columns_);
      logits_ = &own_logits_;
      targets_ = &own_targets_;
    }
    if (method == CalibrationMethod::kIsotonic) {
      started_ = loss::activate(activation, *logits_);
      logits_ = &started_;
    } else if (method == CalibrationMethod::kPlatt && is_softmax(activation)) {
      started_ = against_the_rest(*logits_);
      logits_ = &started_;
    }
  }
  Basis(const Basis&) = delete;
  Basis& operator=(const Basis&) = delete;

  const std::vector<int>& columns() const { return columns_; }

  Calibration fit(CalibrationMethod method, loss::Activation activation,
                  const std::vector<Index>& rows, const std::function<void()>& each_step) const {
    Calibration map;
    map.method = method;
    map.activation = activation;
    if (method == CalibrationMethod::kNone) return map;
    map.columns = columns_;
    if (columns_.empty()) return map;
    if (method == CalibrationMethod::kIsotonic) {
      each_column({*logits_, rows}, *targets_, [&](Index, const auto& x, const auto& y) {
        map.curves.push_back(fit_isotonic(x, y));
      });
    } else {
      Line line = fit_line(method, activation, {*logits_, rows}, *targets_, each_step);
      map.scale = std::move(line.scale);
      map.shift = std::move(line.shift);
    }
    return map;
  }

 private:
  std::vector<int> columns_;
  Matrix own_logits_, own_targets_, started_;
  const Matrix* logits_;  ///< what the fit starts from
  const Matrix* targets_;
};

int folds_in(const std::vector<int>& repeat) {
  return repeat.empty() ? 0 : *std::max_element(repeat.begin(), repeat.end()) + 1;
}

std::vector<CalibrationMethod> methods_for(loss::Activation activation) {
  std::vector<CalibrationMethod> methods(kCalibrationMethods.begin(), kCalibrationMethods.end());
  if (!is_softmax(activation)) std::erase(methods, CalibrationMethod::kVector);
  return methods;
}

/// calibrated_out_of_fold() of what was checked.
Matrix out_of_fold(CalibrationMethod method, loss::Activation activation, const Matrix& logits,
                   const Matrix& targets, const std::vector<std::vector<int>>& folds,
                   const std::function<void()>& each_step) {
  struct Fold {
    std::vector<Index> own, others;
    std::shared_ptr<const Basis> basis{};
  };
  std::vector<Fold> all;  // of all repeats
  Index first = 0;
  for (const auto& repeat : folds) {
    const std::size_t first_fold = all.size();
    all.resize(first_fold + static_cast<std::size_t>(folds_in(repeat)));
    for (std::size_t fold = first_fold; fold < all.size(); ++fold) {
      for (std::size_t i = 0; i < repeat.size(); ++i) {
        const bool is_own = repeat[i] == static_cast<int>(fold - first_fold);
        (is_own ? all[fold].own : all[fold].others).push_back(first + static_cast<Index>(i));
      }
    }
    first += static_cast<Index>(repeat.size());
  }
  for (std::size_t fold = 0; fold < all.size(); ++fold) {  // most have the same columns
    std::vector<int> columns = taught(activation, targets, all[fold].others);
    if (fold > 0 && all[fold - 1].basis->columns() == columns) {
      all[fold].basis = all[fold - 1].basis;
    } else {
      all[fold].basis =
          std::make_shared<const Basis>(method, activation, logits, targets, std::move(columns));
    }
  }
  Matrix p(logits.rows(), logits.cols());
  base::parallel_for(all.size(), [&](std::size_t at) {
    const Fold& fold = all[at];
    std::size_t left = most_steps(method, activation, logits.cols());
    const auto step = [&] {
      each_step();
      --left;
    };
    const Calibration map = fold.basis->fit(method, activation, fold.others, step);
    const auto together = static_cast<std::size_t>(rows_together(logits.cols()));
    for (std::size_t start = 0; start < fold.own.size(); start += together) {
      const auto n = static_cast<Index>(std::min(together, fold.own.size() - start));
      const std::vector<Index> some(fold.own.begin() + static_cast<std::ptrdiff_t>(start),
                                    fold.own.begin() + static_cast<std::ptrdiff_t>(start) + n);
      p(some, Eigen::all) = map.apply(logits(some, Eigen::all));
    }
    while (left > 0) step();
  });
  return p;
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
  constexpr Index kRows = 64;
  const auto blocks = static_cast<std::size_t>((logits.rows() + kRows - 1) / kRows);
  base::parallel_for(blocks, [&](std::size_t block) {
    Eigen::ArrayXd z(logits.cols()), e(logits.cols());
    const Index first = static_cast<Index>(block) * kRows;
    for (Index i = first; i < std::min(logits.rows(), first + kRows); ++i) {
      z = logits.row(i).transpose();
      Index best = 0;
      const double highest = z.maxCoeff(&best);
      // Without one that isn't the best there is still the best: nothing cancels.
      e = (z - highest).exp();
      const double sum = e.sum();
      result.row(i) = (z - highest - (sum - e).log()).transpose();
      z(best) = -std::numeric_limits<double>::infinity();
      const double second = z.maxCoeff();
      result(i, best) = highest - second - std::log((z - second).exp().sum());
    }
  });
  return result;
}

std::string_view name_of(CalibrationMethod method) {
  return kNames[static_cast<std::size_t>(method)];
}

Matrix Calibration::apply(const Matrix& logits) const {
  Matrix p = loss::activate(activation, logits);
  if (columns.empty()) return p;
  const bool some_kept = static_cast<Index>(columns.size()) < logits.cols();
  Matrix own =
      some_kept ? apply_to_own(*this, logits(Eigen::all, columns)) : apply_to_own(*this, logits);
  if (!some_kept) return own;
  if (is_softmax(activation)) {
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
  std::vector<Index> rows(static_cast<std::size_t>(logits.rows()));
  std::iota(rows.begin(), rows.end(), Index{0});
  std::vector<int> columns = taught(activation, targets, rows);
  return Basis(method, activation, logits, targets, std::move(columns))
      .fit(method, activation, rows, each_step);
}

Matrix calibrated_out_of_fold(CalibrationMethod method, loss::Activation activation,
                              const Matrix& logits, const Matrix& targets,
                              const std::vector<std::vector<int>>& folds,
                              const std::function<void()>& each_step) {
  check(activation, logits, targets, folds);
  return out_of_fold(method, activation, logits, targets, folds, each_step);
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

CalibrationChoice choose_calibration(
    loss::Activation activation, const Matrix& logits, const Matrix& targets,
    const std::vector<std::vector<int>>& folds, const std::vector<int>& group_of_row,
    const std::function<void()>& each_step,
    const std::function<void(CalibrationMethod, const Matrix&)>& each_method) {
  check(activation, logits, targets, folds);
  CalibrationChoice choice;
  std::vector<Vector> losses;
  const double evaluated = is_softmax(activation) ? 1 : static_cast<double>(logits.cols());
  for (const CalibrationMethod method : methods_for(activation)) {
    const Matrix p = out_of_fold(method, activation, logits, targets, folds, each_step);
    losses.push_back(row_losses(activation, p, targets) / evaluated);
    choice.tried.push_back({method, losses.back().mean(), 0, 0});
    each_method(method, p);
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
