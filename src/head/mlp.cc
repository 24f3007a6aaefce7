#include "head/mlp.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

#include "base/error.h"
#include "head/adam.h"
#include "head/averaging.h"
#include "head/mlp_network.h"
#include "head/row_products.h"

namespace oneormany::head {
namespace {

using Network = MlpNetwork<float>;

/// Weights decay, batch norms don't.
void step(Network& network, Adam<float>& adam, double rate, double decay) {
  adam.start_step();
  for (int part = 0; part < Network::kParts; ++part) {
    const bool weights = part == Network::kWeights1 || part == Network::kWeights2;
    const std::size_t first = network.begin_of(static_cast<Network::Part>(part));
    const std::size_t n = network.begin_of(static_cast<Network::Part>(part + 1)) - first;
    adam.step(first, std::span(network.parameters()).subspan(first, n),
              std::span(network.gradient()).subspan(first, n), rate, weights ? decay : 0);
  }
}

}  // namespace

Matrix MlpHead::logits(const MatrixF& features) const {
  MatrixF hidden = products(features, hidden_weights);
  hidden = (hidden.rowwise() + hidden_bias).cwiseMax(0.0f);
  MatrixF logits = products(hidden, weights);
  logits.rowwise() += bias;
  return logits.cast<double>();
}

MlpHead fit_mlp(const MatrixF& features, const Matrix& targets, const loss::Loss& loss,
                const MlpOptions& options, std::uint64_t seed,
                const std::function<void()>& after_epoch) {
  if (features.rows() < 2) throw Error("batch norm needs two pictures at least");
  if (!features.allFinite()) throw Error("the features hold values that are not numbers");
  const Index n = features.rows();
  // Batches of equal size, but for one row: a last one of few rows would have a batch norm of its
  // own kind.
  const Index batches = (n + options.batch - 1) / options.batch;
  const Index epochs = std::max(options.epochs, (options.fewest_steps + batches - 1) / batches);
  const std::size_t steps = static_cast<std::size_t>(epochs * batches);
  const MatrixF known = targets.cast<float>();

  Random random(seed);
  Network network({features.cols(), options.hidden, targets.cols()}, random);
  Adam<float> adam(network.parameters().size());
  std::vector<Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  MatrixF x, y, gradient;
  std::size_t done = 0;
  for (Index epoch = 0; epoch < epochs; ++epoch) {
    random.shuffle(order);
    for (Index batch = 0; batch < batches; ++batch) {
      const Index first = batch * n / batches, rows = (batch + 1) * n / batches - first;
      const std::vector<Index> picked(order.begin() + first, order.begin() + first + rows);
      x = features(picked, Eigen::all);
      y = known(picked, Eigen::all);
      network.draw_dropout(rows, options.drop_features, options.drop_hidden, random);
      const MatrixF& logits = network.forward(x);
      gradient.resize(rows, y.cols());
      const auto [reduction, divide_by] = average_over(rows, loss);
      loss.evaluate(loss::Batch<float>{.logits = logits.data(),
                                       .rows = rows,
                                       .columns = y.cols(),
                                       .targets = y.data(),
                                       .gradient = gradient.data()},
                    reduction, 1);
      gradient /= static_cast<float>(divide_by);
      network.backward(gradient);
      step(network, adam, one_cycle(options.learning_rate, done++, steps), options.weight_decay);
    }
    after_epoch();
  }
  auto folded = network.folded();
  return {std::move(folded.hidden_weights), std::move(folded.hidden_bias),
          std::move(folded.weights), std::move(folded.bias)};
}

}  // namespace oneormany::head
