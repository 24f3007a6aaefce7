#pragma once
// The backbone: a frozen network that turns pixels into features, run by OpenVINO.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace oneormany::backbone {

enum class Precision { kF32, kBf16 };

/// "f32", "bf16".
constexpr std::string_view name_of(Precision precision) {
  return precision == Precision::kF32 ? "f32" : "bf16";
}

struct BackboneOptions {
  /// "efficientnet-lite0" (the default weights that come with the set-up), or a weight file of
  /// EfficientNet-Lite0 or of torchvision's resnet18/34/50 or mobilenet_v2 (told by its tensor
  /// names; see weights.h and networks.h), or a file *.onnx with one picture as its input
  /// (normalised as ImageNet's are) and one feature output (see onnx.h).
  std::string name = "efficientnet-lite0";
  int size = 224;                         ///< pixels along each side
  Precision precision = Precision::kF32;  ///< f32: the same numbers on every machine of a kind
  int streams = 0;                        ///< requests that run at once; 0: thread_count()
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
  /// precision, preprocessing, version of OpenVINO).
  const std::string& id() const;

  int size() const;
  int feature_count() const;
  /// So many features, the first ones, are the last layer's; the others are of stages before it.
  /// Equal to feature_count() where there is one stage alone, as in an ONNX file.
  int last_layer_count() const;

  /// Features of one picture. rgb: size × size × 3 bytes as decode_rgb writes them; features:
  /// feature_count() floats. Any number of threads may call it at once: up to options.streams of
  /// them run in parallel, each on one processor; others wait.
  /// Throws Error if the network couldn't be compiled, or gives a number that isn't finite.
  void run(std::span<const std::uint8_t> rgb, std::span<float> features) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace oneormany::backbone
