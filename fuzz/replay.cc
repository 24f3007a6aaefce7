// Drives a fuzzer without libFuzzer: every file of the folders, then -runs=N mutations of them, the
// same ones in each run. What breaks the reader is left beside the fuzzer, as FUZZER.crash. Knows
// libFuzzer's options -runs, -seed and -rss_limit_mb.
#include <sys/resource.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
namespace {

namespace fs = std::filesystem;
using namespace std::literals;

using Bytes = std::vector<std::uint8_t>;

/// Every random choice. std::uniform_int_distribution is another one in each standard library.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  /// From 0 to n - 1.
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(engine_() % n); }

 private:
  std::mt19937_64 engine_;
};

/// One small change; `other` is a file to take pieces from.
void mutate(Bytes& bytes, const Bytes& other, Random& random) {
  // What breaks readers: ends of ranges, and the letters that their formats are made of.
  static constexpr auto kBytes = "\0\x01\x7f\x80\xff\n\",;|:{}[]().-0123456789eE'"sv;
  if (bytes.empty()) bytes.push_back(0);
  const std::size_t at = random.below(bytes.size());
  const auto place = [&](Bytes& in, std::size_t i) {
    return in.begin() + static_cast<std::ptrdiff_t>(i);
  };
  switch (random.below(8)) {
    case 0:  // another bit
      bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ (1u << random.below(8)));
      break;
    case 1:  // another byte
      bytes[at] = static_cast<std::uint8_t>(random.below(256));
      break;
    case 2:  // a byte of note
      bytes[at] = static_cast<std::uint8_t>(kBytes[random.below(kBytes.size())]);
      break;
    case 3:  // one more
      bytes.insert(place(bytes, at),
                   static_cast<std::uint8_t>(kBytes[random.below(kBytes.size())]));
      break;
    case 4: {  // a piece is gone
      const std::size_t end = at + random.below(std::min<std::size_t>(bytes.size() - at, 16)) + 1;
      bytes.erase(place(bytes, at), place(bytes, end));
      break;
    }
    case 5:  // cut short
      bytes.resize(at);
      break;
    case 6: {  // a piece of another file
      if (other.empty()) break;
      const std::size_t from = random.below(other.size());
      const std::size_t count = random.below(std::min<std::size_t>(other.size() - from, 64)) + 1;
      bytes.insert(place(bytes, at), other.begin() + static_cast<std::ptrdiff_t>(from),
                   other.begin() + static_cast<std::ptrdiff_t>(from + count));
      break;
    }
    default:  // a number of four or eight bytes: huge, or negative
      for (std::size_t i = at; i < std::min(at + 4 + 4 * random.below(2), bytes.size()); ++i) {
        bytes[i] = 0xff;
      }
  }
}

/// Tries a copy of just that size, so that the sanitizer sees a read past its end. The bytes stand
/// in `file` meanwhile: if they break the reader, they are still there.
void try_bytes(const Bytes& bytes, const fs::path& file) {
  const Bytes exact(bytes.begin(), bytes.end());
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(exact.data()),
             static_cast<std::streamsize>(exact.size()));
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
  fs::remove(file);
}

long peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

}  // namespace

int main(int count, char** arguments) {
  std::uint64_t seed = 1;
  long runs = 0, most_megabytes = 2048;
  std::vector<fs::path> files;
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    const auto value = [&](const std::string& name) {
      return argument.starts_with(name) ? argument.c_str() + name.size() : nullptr;
    };
    if (const char* text = value("-runs=")) {
      runs = std::atol(text);
    } else if (const char* number = value("-seed=")) {
      seed = std::strtoull(number, nullptr, 10);
    } else if (const char* megabytes = value("-rss_limit_mb=")) {
      most_megabytes = std::atol(megabytes);
    } else {
      for (const auto& entry : fs::directory_iterator(argument)) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  const fs::path broke = arguments[0] + ".crash"s;
  std::vector<Bytes> corpus;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    try_bytes(corpus.back(), broke);
  }
  if (corpus.empty()) {
    std::fputs("no corpus: name a folder with files\n", stderr);
    return 1;
  }
  Random random(seed);
  for (long run = 0; run < runs; ++run) {
    Bytes bytes = corpus[random.below(corpus.size())];
    const Bytes& other = corpus[random.below(corpus.size())];
    for (std::size_t changes = random.below(4) + 1; changes > 0; --changes) {
      mutate(bytes, other, random);
    }
    try_bytes(bytes, broke);
    if (peak_megabytes() > most_megabytes) {
      std::fprintf(stderr, "run %ld: over %ld MB of memory\n", run, most_megabytes);
      return 1;
    }
  }
  std::printf("%zu files, %ld mutations, %ld MB at most\n", corpus.size(), runs, peak_megabytes());
  return 0;
}
