#include "train/head_fits.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/stop.h"

namespace oneormany::train {
namespace {

/// The numbers that rows have among KernelRows of all pictures, and behind them the background.
std::vector<Index> kernel_rows(const LearningData& data, const Rows& rows) {
  std::vector<Index> all = rows.pictures;
  for (const Index i : rows.background) all.push_back(data.features.rows() + i);
  return all;
}

}  // namespace

HeadFits::HeadFits(head::HeadKind kind, const LearningData& data,
                   std::shared_ptr<const head::KernelRows> all, const Rows& rows)
    : data_(data), features_(rows.features) {
  if (kind == head::HeadKind::kLinear) {
    linear_ = std::make_shared<head::LinearInputs>(rows.features);
  }
  if (kind == head::HeadKind::kRbf) {
    kernel_ = std::make_shared<head::KernelInputs>(std::move(all), kernel_rows(data, rows));
  }
}

Matrix HeadFits::logits(const head::Head& head, const Rows& rows) const {
  if (!kernel_) return head::logits_of(head, rows.features);
  return kernel_->logits(std::get<head::KernelHead>(head), kernel_rows(data_, rows));
}

MatrixF HeadFits::rows_of(const Rows& rows) const {
  if (kernel_) return kernel_->rows_of(kernel_rows(data_, rows));
  return linear_->rows_of(rows.features);
}

void HeadFits::fit(const std::vector<head::Route>& routes) const {
  const auto along = [&](const auto& inputs) {
    head::fit_together(inputs.rows(), inputs.directions(), routes);
  };
  kernel_ ? along(*kernel_) : along(*linear_);
}

head::Head HeadFits::head(const head::LinearHead& on_rows) const {
  if (kernel_) return kernel_->head(on_rows);
  return linear_->head(on_rows);
}

head::Head HeadFits::network(const Matrix& targets, const loss::Loss& loss,
                             std::uint64_t stream) const {
  return head::fit_mlp(features_, targets, loss, {}, stream, base::throw_if_stopped);
}

double HeadFits::cost(head::HeadKind kind, Index rows, Index features, Index columns) {
  constexpr double kPasses = 80;               // of a path over the rows, there and back
  constexpr double kDirections = 60;           // products to find them
  constexpr double kOfNetwork = 3 * 10 * 512;  // forward, back and weights; epochs; width
  const auto n = static_cast<double>(rows), d = static_cast<double>(features),
             m = static_cast<double>(std::min(rows, head::KernelInputs::kMostLandmarks)),
             a_number = kDirections + kPasses * static_cast<double>(columns);
  switch (kind) {
    case head::HeadKind::kLinear:
      return n * d * a_number;
    case head::HeadKind::kRbf:
      return n * m * (a_number + m) + m * m * m / 3;
    case head::HeadKind::kMlp:
      break;
  }
  return n * d * kOfNetwork;
}

std::vector<head::Head> fit_heads(const HeadFits& fits, const std::vector<WantedHead>& wanted) {
  std::vector<head::Head> heads(wanted.size());
  std::vector<head::Route> routes;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const WantedHead& one = wanted[i];
    routes.push_back(
        {one.targets, *one.loss,
         [&, i, next = std::size_t{0}](
             const head::LinearHead* reached) mutable -> std::optional<head::FitGoal> {
           base::throw_if_stopped();
           if (next > one.penalty) {
             heads[i] = fits.head(*reached);
             return std::nullopt;
           }
           const bool last = next == one.penalty;
           return head::FitGoal{kPenalties[next++], last ? head::kAccurate : head::kOnTheWay};
         }});
  }
  fits.fit(routes);
  return heads;
}

void measure_paths(const HeadFits& fits, const std::array<MatrixF, 2>& held_out,
                   const std::vector<MeasuredPath>& paths, const std::function<void()>& fitted) {
  std::vector<head::Route> routes;
  for (const MeasuredPath& path : paths) {
    routes.push_back({path.targets, *path.loss,
                      [&, next = std::size_t{0}](
                          const head::LinearHead* reached) mutable -> std::optional<head::FitGoal> {
                        base::throw_if_stopped();
                        if (reached) {
                          const std::size_t here = next - 1;
                          bool enough = true;
                          for (const std::size_t fold : {0, 1}) {
                            HeldOutLosses& losses = *path.losses[fold];
                            losses[here] =
                                held_out_loss(head::logits_in_float(*reached, held_out[fold]),
                                              *path.loss, path.held_out_targets[fold]);
                            enough &= risen_twice(losses, here);
                          }
                          fitted();
                          if (enough) {
                            for (; next < kPenalties.size(); ++next) fitted();
                          }
                        }
                        if (next == kPenalties.size()) return std::nullopt;
                        return head::FitGoal{kPenalties[next++], head::kGoodEnough};
                      }});
  }
  fits.fit(routes);
}

}  // namespace oneormany::train
