// How long the losses take, value and gradient, beside a copy of the same matrix: the physical
// limit.
//   build/bench/losses [--benchmark_filter=bce|copy]
// bytes_per_second counts every float that has to be read or written once: a copy 2 a logit, a loss
// with class numbers 2, with a row of targets 3.
// Names: loss/rows/columns/threads.

#include <benchmark/benchmark.h>

#include <cstring>
#include <random>
#include <vector>

#include "base/parallel.h"
#include "loss/catalogue.h"

namespace oneormany {
namespace {

struct Data {
  std::vector<float> logits, targets, gradient;
  std::vector<int> classes;
};

/// The same matrices for every benchmark of a shape; those of the shape before are let go.
Data& data_of(std::int64_t rows, std::int64_t columns) {
  static Data data;
  const auto size = static_cast<std::size_t>(rows * columns);
  if (data.logits.size() == size && data.classes.size() == static_cast<std::size_t>(rows)) {
    return data;
  }
  data = {};
  data.logits.resize(size);
  data.targets.resize(size);
  data.gradient.resize(size);
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0, 2);
  // A few thousand draws, over and over: a draw for each of 25 million logits takes a second.
  std::vector<float> some(9973);
  for (float& z : some) z = normal(random);
  for (std::size_t i = 0; i < size; ++i) data.logits[i] = some[i % some.size()];
  for (std::int64_t i = 0; i < rows; ++i) {
    data.classes.push_back(static_cast<int>(random() % static_cast<std::uint64_t>(columns)));
    data.targets[static_cast<std::size_t>(i * columns + data.classes.back())] = 1;
  }
  return data;
}

void run_loss(benchmark::State& state, const loss::LossInfo& info) {
  const std::int64_t rows = state.range(0), columns = state.range(1);
  const auto threads = static_cast<int>(state.range(2));
  Data& data = data_of(rows, columns);
  const bool by_number = info.targets == loss::TargetKind::kClass;
  loss::TargetCounts counts{static_cast<double>(rows), std::vector<double>(columns, 1)};
  const auto loss = loss::parse_loss(info.name).make(counts);
  const loss::Batch<float> batch{.logits = data.logits.data(),
                                 .rows = rows,
                                 .columns = columns,
                                 .targets = by_number ? nullptr : data.targets.data(),
                                 .classes = by_number ? data.classes.data() : nullptr,
                                 .gradient = data.gradient.data()};
  for (auto _ : state) {
    benchmark::DoNotOptimize(loss->evaluate(batch, loss::Reduction::kMean, threads));
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * rows * columns * 4 * (by_number ? 2 : 3));
}

void copy(benchmark::State& state) {
  const std::int64_t rows = state.range(0), columns = state.range(1);
  const auto threads = static_cast<std::size_t>(state.range(2));
  Data& data = data_of(rows, columns);
  const std::size_t part = data.logits.size() / threads;
  for (auto _ : state) {
    base::parallel_for(
        threads,
        [&](std::size_t i) {
          std::memcpy(data.gradient.data() + i * part, data.logits.data() + i * part,
                      part * sizeof(float));
        },
        static_cast<int>(threads));
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * rows * columns * 4 * 2);
}

void shapes(benchmark::internal::Benchmark* benchmark) {
  for (const auto& [rows, columns] : {std::pair{4096, 1000}, {65536, 10}, {256, 100'000}}) {
    for (const int threads : {1, 2}) benchmark->Args({rows, columns, threads});
  }
  benchmark->UseRealTime()->Unit(benchmark::kMicrosecond);
}

}  // namespace
}  // namespace oneormany

int main(int argc, char** argv) {
  using namespace oneormany;
  shapes(benchmark::RegisterBenchmark("copy", copy));
  for (const loss::LossInfo& info : loss::all_losses()) {
    shapes(
        benchmark::RegisterBenchmark(std::string(info.name).c_str(),
                                     [&info](benchmark::State& state) { run_loss(state, info); }));
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
