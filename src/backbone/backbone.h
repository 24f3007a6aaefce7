#pragma once
// The backbone: a frozen network that turns pixels into features, run by OpenVINO.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace oneormany {

enum class Precision { kF32, kBf16 };

struct BackboneOptions {
  /// "efficientnet-lite0" (the default weights that come with the set-up), or a weight file of
  /// EfficientNet-Lite0 or of torchvision's resnet18/34/50 or mobilenet_v2 (told by its tensor
  /// names), or an ONNX file with one image input and one feature output.
  std::string name = "efficientnet-lite0";
  int size = 224;                         ///< pixels along each side
  Precision precision = Precision::kF32;  ///< f32: the same numbers on every machine of a kind
  int streams = 0;                        ///< requests that run at once; 0: thread_count()
};

/// Loads in the background as far as it can; safe to share between threads.
class Backbone {
 public:
  /// Throws Error, one line with the file's name: missing, cut short, wrong hash (the default
  /// weights are pinned), unknown network, or a pickle that wants to call something.
  explicit Backbone(const BackboneOptions& options);
  ~Backbone();
  Backbone(Backbone&&) noexcept;

  /// For people: "efficientnet-lite0", "resnet18", or the ONNX file's name.
  const std::string& name() const;

  /// For the cache: changes whenever the features would (weights' SHA-256, network, size,
  /// precision, preprocessing).
  const std::string& id() const;

  int size() const;
  int feature_count() const;

  /// Pictures one run() takes.
  static constexpr int kBatch = 8;

  /// Features of up to kBatch pictures. rgb: count × size × size × 3 bytes as decode_rgb writes
  /// them; features: count × feature_count() floats, row by row. Any number of threads may call
  /// it at once: up to options.streams of them run in parallel, on one thread each.
  void run(std::span<const std::uint8_t> rgb, int count, std::span<float> features) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace oneormany
