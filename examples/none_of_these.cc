// Two heads on the same features, one under cross-entropy and one under binary cross-entropy with
// background rows; then both are asked about rows of neither class. No picture and no file: this is
// what oneormany::core does without the rest of the program.

#include <oneormany/head/linear.h>
#include <oneormany/loss/matrix.h>
#include <oneormany/metrics/measures.h>

#include <cstdio>
#include <random>

using namespace oneormany;

int main() {
  // Features of 8 dimensions: the classes differ in the first two; rows of neither lie beyond.
  std::mt19937 random(1);
  const auto cloud = [&](int rows, float x, float y) {
    MatrixF features(rows, 8);
    for (float& value : features.reshaped()) {
      value = static_cast<float>(random() % 2000) / 1000.f - 1;
    }
    features.col(0).array() += x;
    features.col(1).array() += y;
    return features;
  };
  const Index n = 200, m = 100;
  MatrixF pictures(2 * n, 8), with_background(2 * n + m, 8);
  pictures << cloud(n, 2, 0), cloud(n, -2, 0);
  with_background << pictures, cloud(m, 0, 3);
  const MatrixF unseen = cloud(100, 1, 4);

  std::vector<std::vector<int>> labels(n, {0});
  labels.resize(2 * n, {1});
  const Matrix classes = loss::one_hot(labels, 2);
  labels.resize(2 * n + m);  // background rows carry no label
  const Matrix targets = loss::one_hot(labels, 2);

  const auto softmax_loss = loss::cross_entropy();
  const auto sigmoid_loss = loss::bce_with_logits();
  const head::LinearHead softmax_head = head::LinearFit(pictures, classes, *softmax_loss).fit(0.01);
  const head::LinearHead sigmoid_head =
      head::LinearFit(with_background, targets, *sigmoid_loss).fit(0.01);

  for (const auto& [name, model, activation] :
       {std::tuple{"softmax", &softmax_head, loss::Activation::kSoftmax},
        std::tuple{"sigmoid", &sigmoid_head, loss::Activation::kSigmoid}}) {
    const Matrix own = loss::activate(activation, model->logits(pictures));
    const Matrix other = loss::activate(activation, model->logits(unseen));
    std::vector<double> highest;
    for (Index i = 0; i < own.rows(); ++i) highest.push_back(own.row(i).maxCoeff());
    const double threshold = metrics::threshold_keeping(highest, 0.95);
    const auto labelled = (other.rowwise().maxCoeff().array() >= threshold).count();
    std::printf("%s: %d of 100 unseen rows get a label at the threshold that keeps 95 %%\n", name,
                static_cast<int>(labelled));
  }
}
