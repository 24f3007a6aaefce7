#include "metrics/bootstrap.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <mutex>
#include <utility>

#include "base/parallel.h"

namespace oneormany::metrics {

Clusters clusters_of(const std::vector<int>& group_of_row) {
  Clusters clusters;
  for (std::size_t row = 0; row < group_of_row.size(); ++row) {
    const auto group = static_cast<std::size_t>(group_of_row[row]);
    if (group >= clusters.size()) clusters.resize(group + 1);
    clusters[group].push_back(static_cast<int>(row));
  }
  std::erase_if(clusters, [](const auto& rows) { return rows.empty(); });
  return clusters;
}

namespace {

using Bytes = std::vector<std::uint8_t>;

/// number % n, by a multiplication: the compiler's division by an n that it does not know takes
/// several times as long.
class Remainder {
 public:
  /// Requires n above 0.
  explicit Remainder(std::uint64_t n) : n_(n), inverse_(~std::uint64_t{0} / n) {}
  std::uint64_t of(std::uint64_t number) const {
    __extension__ using Wide = unsigned __int128;
    // The quotient is right or 1 too low.
    const auto quotient = static_cast<std::uint64_t>((Wide{number} * inverse_) >> 64);
    const std::uint64_t rest = number - quotient * n_;
    return rest >= n_ ? rest - n_ : rest;
  }

 private:
  std::uint64_t n_, inverse_;
};

/// What std::mt19937_64 draws (Matsumoto & Nishimura 2000), all numbers of a turn at once: the
/// compiler makes vectors of these loops, which it can't of one number after the other. 0.3 in
/// place of 1.2 ns each.
class Stream {
 public:
  explicit Stream(std::uint64_t seed) {
    state_[0] = seed;
    for (std::size_t i = 1; i < kSize; ++i) {
      state_[i] = 6364136223846793005u * (state_[i - 1] ^ (state_[i - 1] >> 62)) + i;
    }
  }

  template <typename Visit>
  void each_of_next(std::size_t n, Visit visit) {
    while (n > 0) {
      if (at_ == kSize) turn();
      const std::size_t some = std::min(n, kSize - at_);
      for (std::size_t i = at_; i < at_ + some; ++i) visit(numbers_[i]);
      at_ += some;
      n -= some;
    }
  }

 private:
  static constexpr std::size_t kSize = 312, kShift = 156;

  static std::uint64_t mix(std::uint64_t high, std::uint64_t low, std::uint64_t other) {
    const std::uint64_t y = (high & 0xffffffff80000000u) | (low & 0x7fffffffu);
    return other ^ (y >> 1) ^ (-(y & 1) & 0xb5026f5aa96619e9u);
  }

  void turn() {
    auto& x = state_;
    for (std::size_t i = 0; i < kShift; ++i) x[i] = mix(x[i], x[i + 1], x[i + kShift]);
    for (std::size_t i = kShift; i + 1 < kSize; ++i) x[i] = mix(x[i], x[i + 1], x[i - kShift]);
    x[kSize - 1] = mix(x[kSize - 1], x[0], x[kShift - 1]);
    for (std::size_t i = 0; i < kSize; ++i) {
      std::uint64_t z = x[i];
      z ^= (z >> 29) & 0x5555555555555555u;
      z ^= (z << 17) & 0x71d67fffeda60000u;
      z ^= (z << 37) & 0xfff7eee000000000u;
      numbers_[i] = z ^ (z >> 43);
    }
    at_ = 0;
  }

  std::array<std::uint64_t, kSize> state_, numbers_;
  std::size_t at_ = kSize;  // of these the next one
};

/// Sample by sample, lane by lane, to counts that stand side by side.
void draw_block(const std::vector<std::size_t>& sizes, std::uint64_t seed, std::size_t first,
                std::size_t replicates, std::size_t known, std::vector<Bytes>& counts) {
  constexpr std::size_t kTogether = 64;  // clusters: their lanes fit into the fastest cache
  std::vector<Bytes> of_lanes(kLanes);
  std::vector<Stream> streams;
  for (std::size_t l = 0; l < kLanes; ++l) {
    streams.emplace_back(seed + 0x9e3779b97f4a7c15u * (first + l + 1));
  }
  for (std::size_t s = 0; s < sizes.size(); ++s) {
    const std::size_t n = sizes[s];
    if (n == 0) continue;
    if (s < known) {
      for (auto& stream : streams) stream.each_of_next(n, [](std::uint64_t) {});
      continue;
    }
    const Remainder remainder(n);
    for (std::size_t l = 0; l < kLanes; ++l) {
      const std::size_t replicate = first + l;
      of_lanes[l].assign(n, replicate == replicates ? 1 : 0);
      if (replicate >= replicates) continue;
      std::uint8_t* own = of_lanes[l].data();
      // A byte holds a count: of 255 clusters or fewer no more are drawn; that one of more is drawn
      // 256 times does not happen (its chance is below 1 / 256!). The remainder's bias is below
      // 2^-40 for any number of pictures.
      streams[l].each_of_next(n, [&](std::uint64_t number) { ++own[remainder.of(number)]; });
    }
    counts[s].resize(kLanes * n);
    for (std::size_t start = 0; start < n; start += kTogether) {
      const std::size_t end = std::min(n, start + kTogether);
      for (std::size_t l = 0; l < kLanes; ++l) {
        for (std::size_t k = start; k < end; ++k) counts[s][kLanes * k + l] = of_lanes[l][k];
      }
    }
  }
}

}  // namespace

/// What was drawn, by the sizes of a sample and of those before it: these decide it.
struct Resampling::Kept {
  std::uint64_t seed = 0;
  std::size_t replicates = 0;
  std::mutex mutex;
  std::size_t bytes = 0;
  std::map<std::pair<std::vector<std::size_t>, std::size_t>, std::shared_ptr<const Bytes>> drawn;
};

Resampling::Resampling(std::uint64_t seed, int replicates) : kept_(std::make_shared<Kept>()) {
  kept_->seed = seed;
  kept_->replicates = static_cast<std::size_t>(replicates);
}

int Resampling::replicates() const { return static_cast<int>(kept_->replicates); }

std::size_t Resampling::blocks() const { return kept_->replicates / kLanes + 1; }

Resampling::Counts Resampling::draw(const std::vector<std::size_t>& sizes,
                                    std::size_t block) const {
  constexpr std::size_t kMost = std::size_t{512} << 20;  // bytes
  const auto key = [&](std::size_t s) {
    return std::pair(std::vector(sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(s) + 1),
                     block);
  };
  Counts counts(sizes.size());
  std::size_t known = 0;
  {
    const std::lock_guard lock(kept_->mutex);
    for (; known < sizes.size(); ++known) {
      const auto found = kept_->drawn.find(key(known));
      if (found == kept_->drawn.end()) break;
      counts[known] = found->second;
    }
  }
  if (known == sizes.size()) return counts;
  std::vector<Bytes> drawn(sizes.size());
  draw_block(sizes, kept_->seed, block * kLanes, kept_->replicates, known, drawn);
  const std::lock_guard lock(kept_->mutex);
  for (std::size_t s = known; s < sizes.size(); ++s) {
    counts[s] = std::make_shared<const Bytes>(std::move(drawn[s]));
    if (kept_->bytes + counts[s]->size() > kMost) continue;
    if (kept_->drawn.emplace(key(s), counts[s]).second) kept_->bytes += counts[s]->size();
  }
  return counts;
}

namespace {

/// The cluster of each row; none where row i is cluster i.
std::vector<int> cluster_of_row(const Clusters& clusters) {
  std::size_t rows = 0;
  bool alone = true;
  for (std::size_t k = 0; k < clusters.size(); ++k) {
    rows += clusters[k].size();
    alone = alone && clusters[k].size() == 1 && clusters[k][0] == static_cast<int>(k);
  }
  std::vector<int> found(alone ? 0 : rows);
  for (std::size_t k = 0; !alone && k < clusters.size(); ++k) {
    for (const int row : clusters[k]) found.at(static_cast<std::size_t>(row)) = static_cast<int>(k);
  }
  return found;
}

}  // namespace

Bootstrapped bootstrap(
    const std::vector<Clusters>& samples,
    const std::function<std::vector<Lanes<double>>(const std::vector<Times>&)>& measure,
    const Resampling& resampling) {
  std::vector<std::size_t> sizes;
  std::vector<std::vector<int>> clusters;  // of the rows
  for (const Clusters& sample : samples) {
    sizes.push_back(sample.size());
    clusters.push_back(cluster_of_row(sample));
  }
  std::vector<std::vector<Lanes<double>>> measured(resampling.blocks());
  base::parallel_for(measured.size(), [&](std::size_t block) {
    const Resampling::Counts counts = resampling.draw(sizes, block);
    std::vector<Times> times;
    for (std::size_t s = 0; s < samples.size(); ++s) {
      const bool alone = clusters[s].empty();
      times.emplace_back(counts[s]->data(), alone ? nullptr : clusters[s].data(),
                         static_cast<Index>(alone ? sizes[s] : clusters[s].size()));
    }
    measured[block] = measure(times);
  });

  Bootstrapped found;
  const auto replicates = static_cast<std::size_t>(resampling.replicates());
  for (std::size_t m = 0; m < measured[0].size(); ++m) {
    const auto at = [&](std::size_t r) { return measured[r / kLanes][m][r % kLanes]; };
    found.once.push_back(at(replicates));
    auto& own = found.replicates.emplace_back(replicates);
    for (std::size_t r = 0; r < replicates; ++r) own[r] = at(r);
  }
  return found;
}

Interval interval_of(std::vector<double> replicates, double tail) {
  std::sort(replicates.begin(), replicates.end());
  const auto at = [&](double share) {
    return replicates[static_cast<std::size_t>(
        std::lround(share * static_cast<double>(replicates.size() - 1)))];
  };
  return {at(tail), at(1 - tail)};
}

namespace {

/// What is left of the replicates, and how much wider than they are the interval is.
struct Spread {
  Interval of_replicates{0, 1};
  double stretch = 0;  ///< 0: nothing is known
};

Spread spread_of(std::vector<double> replicates, double n) {
  std::erase_if(replicates, [](double one) { return std::isnan(one); });
  if (n <= 1 || replicates.empty()) return {};
  constexpr double kTail = 0.02;  // in simulations 0.025 held the truth in 93 %
  return {interval_of(std::move(replicates), kTail), std::sqrt(n / (n - 1))};
}

Interval mirrored(double value, const Spread& spread) {
  const auto angle = [](double x) { return std::asin(std::sqrt(std::clamp(x, 0.0, 1.0))); };
  const auto share = [](double at) {
    const double sine = std::sin(std::clamp(at, 0.0, std::asin(1.0)));
    return sine * sine;
  };
  const double at = angle(value);
  return {std::min(value, share(at - spread.stretch * (angle(spread.of_replicates.high) - at))),
          std::max(value, share(at - spread.stretch * (angle(spread.of_replicates.low) - at)))};
}

}  // namespace

Interval mirrored_interval(double value, std::vector<double> replicates, double n) {
  const Spread spread = spread_of(std::move(replicates), n);
  return spread.stretch > 0 ? mirrored(value, spread) : Interval{0, 1};
}

Interval wider_interval(double value, std::vector<double> replicates, double n) {
  const Spread spread = spread_of(std::move(replicates), n);
  if (spread.stretch == 0) return {0, 1};
  const Interval basic = mirrored(value, spread);
  const auto stretched = [&](double end) {
    return std::clamp(value + spread.stretch * (end - value), 0.0, 1.0);
  };
  return {std::min(basic.low, stretched(spread.of_replicates.low)),
          std::max(basic.high, stretched(spread.of_replicates.high))};
}

double harmonic_mean(const std::vector<double>& counts) {
  double some = 0, inverse = 0;
  for (const double count : counts) {
    some += count > 0;
    inverse += count > 0 ? 1 / count : 0;
  }
  return some > 0 ? some / inverse : 0;
}

Interval proportion_interval(double successes, double n) {
  if (n == 0) return {0, 1};
  constexpr double kZ = 1.959963984540054;  // 97.5 % of the normal distribution lie below
  const double share = successes / n, z2 = kZ * kZ / n;
  const double middle = (share + z2 / 2) / (1 + z2);
  const double half = kZ * std::sqrt((share * (1 - share) + z2 / 4) / n) / (1 + z2);
  // At the ends rounding must not keep the share itself out.
  return {successes == 0 ? 0 : middle - half, successes == n ? 1 : middle + half};
}

Interval interval_of_proportion(const std::vector<double>& replicates, double n) {
  const auto [low, high] = std::minmax_element(replicates.begin(), replicates.end());
  return *low < *high ? interval_of(replicates) : proportion_interval(*low * n, n);
}

}  // namespace oneormany::metrics
