#pragma once
// Weights and pixels by formulas, of which tests/backbone/torchvision.json has torchvision's
// features.

#include <cmath>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "backbone/weights.h"

namespace oneormany::backbone {

using nlohmann::json;

inline json golden(const std::string& file) { return json::parse(std::ifstream(file)); }
inline const json& torchvision() {
  static const json all = golden(TEST_DATA "/../backbone/torchvision.json");
  return all;
}

/// Weights that look random and are the same everywhere.
inline Tensor formula_tensor(const std::string& name, const std::vector<std::int64_t>& shape) {
  std::uint32_t hash = 2166136261;
  for (const unsigned char c : name) hash = (hash ^ c) * 16777619;
  const std::int64_t count =
      std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
  Tensor tensor{shape, {}};
  for (std::int64_t n = 0; n < count; ++n) {
    const auto i = static_cast<std::uint32_t>(n);
    std::uint32_t x = (i * 2654435761u + hash) * 1664525u + 1013904223u;
    x = (x ^ x >> 15) * 2246822519u;
    const double u = (x >> 8) / 16777216.0;
    double value = 0;
    if (name.ends_with("running_var")) {
      value = 0.5 + u;
    } else if (name.ends_with("running_mean")) {
      value = 0.2 * (u - 0.5);
    } else if (shape.size() == 1) {
      value = name.ends_with("weight") ? 0.3 + 0.4 * u : 0.3 * (u - 0.5);
    } else {
      const auto fan_in = static_cast<double>(count / shape[0]);
      value = (u - 0.5) * 2 * std::sqrt(6 / fan_in);
    }
    tensor.values.push_back(static_cast<float>(value));
  }
  return tensor;
}

inline Tensors formula_tensors(const std::string& network) {
  Tensors tensors;
  for (const auto& [name, shape] : torchvision()["networks"][network]["tensors"].items()) {
    tensors[name] = formula_tensor(name, shape);
  }
  return tensors;
}

/// x[i][j][c] = (7 i + 13 j + 29 c) mod 256
inline std::vector<std::uint8_t> formula_pixels(int size) {
  std::vector<std::uint8_t> rgb;
  for (int i = 0; i < size; ++i) {
    for (int j = 0; j < size; ++j) {
      for (int c = 0; c < 3; ++c) rgb.push_back(static_cast<std::uint8_t>(7 * i + 13 * j + 29 * c));
    }
  }
  return rgb;
}

}  // namespace oneormany::backbone
