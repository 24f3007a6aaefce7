// Where the time of a comparison goes: decoding, the network, the heads.
//   build/bench/stages [--benchmark_filter=…]
// One iteration handles one picture (decode, network) or one path of L2 penalties (heads).
// Real time over all threads: with two threads, 5 ms means that each took 10 ms a picture.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <random>
#include <vector>

#include "backbone/backbone.h"
#include "base/sha256.h"
#include "head/linear.h"
#include "image/image.h"
#include "image/input_file.h"

namespace oneormany {
namespace {

namespace fs = std::filesystem;

/// The demo's pictures of the classes: real PNG files of many sizes.
const std::vector<fs::path>& clipart() {
  static const auto files = [] {
    std::vector<fs::path> found;
    for (const char* folder : {"buildings", "signs_and_symbols/flags"}) {
      for (const auto& entry :
           fs::recursive_directory_iterator(fs::path("/usr/share/openclipart/png") / folder)) {
        if (entry.is_regular_file() && !entry.is_symlink()) found.push_back(entry.path());
      }
    }
    std::sort(found.begin(), found.end());
    // Spread large and small pictures over the threads.
    std::shuffle(found.begin(), found.end(), std::mt19937(1));
    return found;
  }();
  return files;
}

void hash(benchmark::State& state) {
  std::size_t next = static_cast<std::size_t>(state.thread_index()) * 97;
  for (auto _ : state) {
    benchmark::DoNotOptimize(base::sha256_of_file(clipart()[next++ % clipart().size()]));
  }
}
BENCHMARK(hash)->Threads(2)->UseRealTime()->Unit(benchmark::kMillisecond);

void decode(benchmark::State& state) {
  const image::ImageOptions options{static_cast<int>(state.range(0))};
  std::vector<std::uint8_t> rgb(image::pixel_bytes(options));
  std::size_t next = static_cast<std::size_t>(state.thread_index()) * 97;
  for (auto _ : state) {
    const auto& file = clipart()[next++ % clipart().size()];
    image::decode_rgb(std::make_shared<const image::InputFile>(file), options, rgb);
  }
}
BENCHMARK(decode)->Arg(128)->Arg(224)->Threads(2)->Iterations(300)->UseRealTime()->Unit(
    benchmark::kMillisecond);

void network(benchmark::State& state) {
  const int size = static_cast<int>(state.range(0));
  static std::unique_ptr<backbone::Backbone> backbone;
  if (state.thread_index() == 0) {
    backbone = std::make_unique<backbone::Backbone>(backbone::BackboneOptions{.size = size});
  }
  const std::vector<std::uint8_t> rgb(image::pixel_bytes({size}), 100);
  for (auto _ : state) {
    std::vector<float> features(static_cast<std::size_t>(backbone->feature_count()));
    backbone->run(rgb, features);
    benchmark::DoNotOptimize(features.data());
  }
}
BENCHMARK(network)
    ->Arg(128)
    ->Arg(224)
    ->Threads(1)
    ->Threads(2)
    ->Iterations(400)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void heads(benchmark::State& state) {
  const Index pictures = state.range(0);
  std::mt19937 random(1);
  std::normal_distribution<float> bell;
  MatrixF features(pictures, 3104);
  for (float& x : features.reshaped()) x = std::max(0.0f, bell(random));
  Matrix targets = Matrix::Zero(pictures, 2);
  for (Index i = 0; i < pictures; ++i) {
    targets(i, i % 2) = 1;
    features.row(i).segment(i % 2 * 100, 100).array() += 0.3f;
  }
  const auto loss = loss::bce_with_logits();
  for (auto _ : state) {
    head::LinearFit fit(features, targets, *loss);
    for (const double penalty : {1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001}) {
      benchmark::DoNotOptimize(fit.fit(penalty, head::kGoodEnough));
    }
  }
}
BENCHMARK(heads)->Arg(450)->Arg(1500)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace oneormany

int main(int argc, char** argv) {
  oneormany::image::start_image_library();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
