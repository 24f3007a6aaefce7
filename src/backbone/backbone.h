#pragma once
// The backbone: a frozen network that turns pixels into features, run by OpenVINO.

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace oneormany::backbone {

/// Of one picture the network gives numbers that aren't finite.
class NotFinite : public Error {
 public:
  using Error::Error;
};

enum class Precision { kF32, kBf16 };

/// "f32", "bf16".
constexpr std::string_view name_of(Precision precision) {
  return precision == Precision::kF32 ? "f32" : "bf16";
}

struct BackboneOptions {
  /// "efficientnet-lite0" (the default weights that come with the set-up), or a weight file of
  /// EfficientNet-Lite0 or of torchvision's resnet18/34/50 or mobilenet_v2 (told by its tensor
  /// names; see weights.h and networks.h), or a file *.onnx with one picture as its input and
  /// features among its outputs (see onnx.h).
  std::string name = "efficientnet-lite0";
  int size = 0;                           ///< pixels along each side; 0: what an ONNX file asks
                                          ///< for, else kUsualSize
  Precision precision = Precision::kF32;  ///< f32: the same numbers on every machine of a kind
  int streams = 0;                        ///< requests that run at once; 0: thread_count()
  /// Of red, green and blue from 0 to 1, both or neither; neither: what the network asks for.
  std::optional<std::array<float, 3>> mean = std::nullopt, std = std::nullopt;
  /// Of an ONNX file the output with the features, where it isn't plain: NAME; of tokens
  /// NAME:first or NAME:mean.
  std::string output = {};
};

inline constexpr int kUsualSize = 224, kSmallestSize = 32, kLargestSize = 2048;

/// What becomes of a picture before the network sees it: red, green and blue x from 0 to 255
/// become (x / 255 - mean) / std. A network that takes bytes gets x itself: mean 0, std 1 / 255.
struct Input {
  enum class Layout { kNchw, kNhwc };
  int size = kUsualSize;  ///< pixels along each side
  std::array<float, 3> mean{}, std{};
  Layout layout = Layout::kNchw;
  bool bgr = false;    ///< blue first (mean and std are red, green, blue all the same)
  bool bytes = false;  ///< u8, else floats
};

/// Reads and checks the file when made; OpenVINO then compiles the network on a thread of its own,
/// and the first run() waits for it (destruction too: under a second). Safe to share between
/// threads.
class Backbone {
 public:
  /// Throws Error, one line with the file's name: missing, cut short, wrong hash (the default
  /// weights are pinned), unknown network, or a pickle that wants to call something; and for
  /// bf16 on a processor that could only imitate it.
  explicit Backbone(const BackboneOptions& options);
  ~Backbone();
  Backbone(Backbone&&) noexcept;

  /// For people: "efficientnet-lite0", "resnet18", or the ONNX file's name.
  const std::string& name() const;

  /// For the cache: changes whenever the features would (weights' SHA-256, network, size,
  /// precision, preprocessing, output, version of OpenVINO).
  const std::string& id() const;

  /// Where the weights were read from, and their SHA-256 in hex as sha256_of_weights() has it.
  const std::filesystem::path& file() const;
  const std::string& sha256() const;

  /// Of the weights, as SPDX names it, or as an ONNX file's metadata have it; empty: not known.
  const std::string& licence() const;

  /// The options that give this backbone again, whatever stands beside the file: nothing in them is
  /// left to it but `streams`. Of another machine `name` is another: find_weights() finds it.
  const BackboneOptions& options() const;

  const Input& input() const;
  int size() const { return input().size; }

  /// What the user should know of how the file was understood: a line, or nothing.
  const std::string& note() const;

  int feature_count() const;
  /// So many features, the first ones, are the last layer's; the others are of stages before it.
  /// Equal to feature_count() where there is one stage alone, as in an ONNX file.
  int last_layer_count() const;

  /// Features of one picture. rgb: size × size × 3 bytes as decode_rgb writes them; features:
  /// feature_count() floats. Any number of threads may call it at once: up to options.streams of
  /// them run in parallel, each on one processor; others wait.
  /// Throws Error if the network can't be compiled or run, NotFinite if it gives a number that
  /// isn't finite.
  void run(std::span<const std::uint8_t> rgb, std::span<float> features) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace oneormany::backbone
