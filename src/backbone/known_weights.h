#pragma once
// The weights that the program knows by name: a table, whether they are here or not.

#include <span>
#include <string_view>

namespace oneormany::backbone {

struct KnownWeights {
  std::string_view name;     ///< "resnet50"
  std::string_view weights;  ///< as whoever made them calls them: "IMAGENET1K_V2"
  std::string_view file;     ///< the name that it is published under
  std::string_view sha256;   ///< hex; or the first 8 digits alone, which stand in the file's name
  double megabytes;          ///< of 2^20 bytes, as torchvision lists them
  int features, last_layer;  ///< numbers a picture, of all stages and of the last layer alone
  std::string_view licence;  ///< as SPDX names it
  std::string_view source;   ///< where to get it
};
std::span<const KnownWeights> known_weights();

/// Of the weights with this SHA-256 (hex) the licence, as SPDX names it; of others nothing.
std::string_view licence_of(std::string_view sha256);

}  // namespace oneormany::backbone
