#pragma once
// Real pictures, and what the default backbone makes of them.

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "backbone/backbone.h"
#include "base/matrix.h"
#include "image/image.h"
#include "tests/exporting/onnx_runtime.h"

namespace oneormany::exporting {

/// Clip art of three categories, and some of a fourth that no model here learns.
struct Pictures {
  static constexpr int kSize = 96, kOfEach = 12, kStrangers = 8;
  static constexpr int kKnown = 3 * kOfEach;  ///< the first ones; then the strangers

  std::vector<std::vector<std::uint8_t>> pixels;
  std::vector<int> category;
  MatrixF features;
  backbone::BackboneOptions backbone;  ///< of these features

  /// Made once.
  static const Pictures& some() {
    static const Pictures all;
    return all;
  }

 private:
  Pictures() {
    image::start_image_library();
    backbone.size = kSize;
    const backbone::Backbone network(backbone);
    backbone = network.options();
    const std::vector<std::string> categories{"buildings", "food", "plants", "transportation"};
    for (std::size_t c = 0; c < categories.size(); ++c) {
      add(categories[c], c < 3 ? kOfEach : kStrangers, static_cast<int>(c));
    }
    features.resize(static_cast<Index>(pixels.size()), network.feature_count());
    for (Index i = 0; i < features.rows(); ++i) {
      network.run(pixels[static_cast<std::size_t>(i)],
                  {features.row(i).data(), static_cast<std::size_t>(features.cols())});
    }
  }

  void add(const std::string& name, int n, int number) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(
             std::filesystem::path("/usr/share/openclipart/png") / name)) {
      if (entry.is_regular_file() && !entry.is_symlink() && entry.path().extension() == ".png" &&
          entry.file_size() < 100'000) {
        files.push_back(entry.path());
      }
    }
    std::sort(files.begin(), files.end());
    files.resize(static_cast<std::size_t>(n));
    image::ImageOptions options;
    options.size = kSize;
    for (const auto& file : files) {
      auto& rgb = pixels.emplace_back(image::pixel_bytes(options));
      image::decode_rgb(std::make_shared<const image::InputFile>(file), options, rgb);
      category.push_back(number);
    }
  }
};

/// As picture libraries hold them: u8 [n,size,size,3].
inline std::string npy_of_pixels(const std::vector<std::vector<std::uint8_t>>& all, int size) {
  std::string bytes;
  for (const auto& rgb : all) bytes.append(rgb.begin(), rgb.end());
  return arrays::npy("|u1", fmt::format("({0}, {1}, {1}, 3)", all.size(), size), bytes);
}

/// f32 [n,3,size,size] from 0 to 1.
inline std::string npy_of_unit(const std::vector<std::vector<std::uint8_t>>& all, int size) {
  std::vector<float> values;
  for (const auto& rgb : all) {
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t i = c; i < rgb.size(); i += 3) values.push_back(rgb[i] / 255.0f);
    }
  }
  return arrays::npy("<f4", fmt::format("({0}, 3, {1}, {1})", all.size(), size),
                     arrays::raw(values));
}

}  // namespace oneormany::exporting
