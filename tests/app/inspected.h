#pragma once
// Data sets to inspect, made by hand.

#include <string>
#include <vector>

#include "data/data.h"
#include "features/features.h"

namespace oneormany::app {

/// Pictures 0.png, 1.png, … with these labels.
inline data::DataSet data_with(const std::vector<std::string>& classes,
                               const std::vector<std::vector<int>>& labels) {
  data::DataSet data;
  data.root = "birds";
  data.layout = "class folders";
  data.classes = classes;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    data.pictures.push_back({"birds/" + std::to_string(i) + ".png", labels[i]});
  }
  return data;
}

/// Every picture readable and different.
inline features::FeatureSet all_different(const data::DataSet& data) {
  features::FeatureSet decoded;
  for (std::size_t i = 0; i < data.pictures.size(); ++i) {
    decoded.pixels.push_back({static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i >> 8)});
    decoded.usable.push_back(true);
  }
  return decoded;
}

inline void make_unreadable(const data::DataSet& data, std::size_t i,
                            features::FeatureSet& decoded) {
  decoded.usable[i] = false;
  decoded.pixels[i] = {};
  decoded.skipped.push_back({data.pictures[i].file, "is empty"});
}

inline std::vector<std::vector<int>> one_each(const std::vector<int>& sizes) {
  std::vector<std::vector<int>> labels;
  for (std::size_t c = 0; c < sizes.size(); ++c) {
    labels.insert(labels.end(), static_cast<std::size_t>(sizes[c]), {static_cast<int>(c)});
  }
  return labels;
}

}  // namespace oneormany::app
