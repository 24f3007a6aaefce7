// One path of L2 penalties: a linear head for each λ, fitted and measured on held-out rows.
//
//   l2_path TRAIN.f32 TEST.f32 ROWS TEST_ROWS FEATURES CLASSES
//
// The files are row after row of floats; row i is of class i mod CLASSES. Prints, of each λ, the
// mean cross-entropy of the held-out rows, then the processor seconds of all.
#include <fmt/core.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "head/linear.h"

namespace {

using oneormany::Index, oneormany::MatrixF;

MatrixF read(const std::string& name, Index rows, Index columns) {
  MatrixF matrix(rows, columns);
  std::ifstream in(name, std::ios::binary);
  in.read(reinterpret_cast<char*>(matrix.data()),
          static_cast<std::streamsize>(sizeof(float)) * matrix.size());
  if (!in) throw oneormany::Error(name + ": is too short");
  return matrix;
}

oneormany::Matrix targets_in_turn(Index rows, int classes) {
  std::vector<std::vector<int>> labels;
  for (Index i = 0; i < rows; ++i) labels.push_back({static_cast<int>(i % classes)});
  return oneormany::loss::one_hot(labels, classes);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) return 2;
  const std::vector<std::string> words(argv, argv + argc);
  const Index rows = std::stol(words[3]), others = std::stol(words[4]), dims = std::stol(words[5]);
  const int classes = std::stoi(words[6]);
  const MatrixF train = read(words[1], rows, dims), test = read(words[2], others, dims);
  const auto targets = targets_in_turn(rows, classes), wanted = targets_in_turn(others, classes);
  const auto loss = oneormany::loss::cross_entropy();
  const std::clock_t start = std::clock();
  oneormany::head::LinearFit fit(train, targets, *loss);
  for (const double lambda : {1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001}) {
    const auto head = fit.fit(lambda, oneormany::head::kGoodEnough);
    const double value = oneormany::loss::evaluate(*loss, head.logits(test), wanted,
                                                   oneormany::loss::Reduction::kMean)
                             .value;
    fmt::print("{} {:.6f}\n", lambda, value);
  }
  fmt::print("seconds {:.4f}\n",
             static_cast<double>(std::clock() - start) / static_cast<double>(CLOCKS_PER_SEC));
}
