#include "backbone/onnx_input.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <system_error>
#include <vector>

#include "arrays/bytes.h"
#include "arrays/json.h"
#include "base/error.h"
#include "base/printable.h"

namespace oneormany::backbone {
namespace {

namespace fs = std::filesystem;
using Colours = std::array<float, 3>;
using Metadata = std::map<std::string, std::string>;

constexpr std::uintmax_t kLongestJson = 1 << 20;

/// The numbers in "0.5,0.5,0.5", "[0.5, 0.5, 0.5]" or "(224, 224)"; none if there is anything else.
std::vector<double> numbers_in(std::string text) {
  for (const char c : {'[', ']', '(', ')', ','}) std::ranges::replace(text, c, ' ');
  std::vector<double> numbers;
  const char* at = text.c_str();
  while (true) {
    while (std::isspace(static_cast<unsigned char>(*at))) ++at;
    if (*at == '\0') return numbers;
    char* end = nullptr;
    const double number = std::strtod(at, &end);
    if (end == at || !std::isfinite(number)) return {};
    numbers.push_back(number);
    at = end;
  }
}

std::optional<double> number_at(const Metadata& metadata, const std::string& key) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) return {};
  const auto numbers = numbers_in(found->second);
  if (numbers.size() != 1) return {};
  return numbers[0];
}

/// Three colours, or one number for all of them.
std::optional<Colours> colours_at(const Metadata& metadata, const std::string& key,
                                  double divisor) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) return {};
  const auto numbers = numbers_in(found->second);
  if (numbers.size() != 1 && numbers.size() != 3) return {};
  Colours colours{};
  for (std::size_t c = 0; c < 3; ++c) {
    colours[c] = static_cast<float>(numbers[numbers.size() == 1 ? 0 : c] / divisor);
  }
  return colours;
}

bool says_no(const Metadata& metadata, const std::string& key) {
  const auto found = metadata.find(key);
  return found != metadata.end() &&
         (found->second == "false" || found->second == "False" || found->second == "0");
}

/// Of a square; the last two numbers of a shape are height and width.
std::optional<int> side_at(const Metadata& metadata, const std::string& key) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) return {};
  const auto numbers = numbers_in(found->second);
  if (numbers.empty() || numbers.size() > 4) return {};
  const double side = numbers.back();
  if (numbers.size() > 1 && numbers[numbers.size() - 2] != side) return {};
  if (side < 1 || side > 1e6 || side != std::floor(side)) return {};
  return static_cast<int>(side);
}

constexpr Colours kZero{0, 0, 0}, kHalf{0.5f, 0.5f, 0.5f}, kOne{1, 1, 1};
constexpr Colours kByte{1.0f / 255, 1.0f / 255, 1.0f / 255};

void take_ours(const Metadata& metadata, StatedInput& stated) {
  const auto wrong = [&](const char* key, const char* must) {
    throw Error(fmt::format("its metadata {} is '{}': must be {}", key,
                            base::excerpt(metadata.at(key)), must));
  };
  if (metadata.contains("oneormany.size")) {
    stated.size = side_at(metadata, "oneormany.size");
    if (!stated.size) wrong("oneormany.size", "a whole number of pixels");
  }
  if (!metadata.contains("oneormany.mean") && !metadata.contains("oneormany.std")) return;
  stated.mean = colours_at(metadata, "oneormany.mean", 1);
  stated.std = colours_at(metadata, "oneormany.std", 1);
  if (!stated.mean || !stated.std) {
    const bool mean = metadata.contains("oneormany.mean"), std = metadata.contains("oneormany.std");
    if (!mean || !std) throw Error("its metadata need both oneormany.mean and oneormany.std");
    wrong(stated.mean ? "oneormany.std" : "oneormany.mean", "numbers R,G,B from 0 to 1");
  }
}

/// transformers' image processors: x * rescale_factor, minus image_mean, through image_std.
void take_transformers(const Metadata& metadata, StatedInput& stated) {
  const double factor = says_no(metadata, "do_rescale")
                            ? 1.0
                            : number_at(metadata, "rescale_factor").value_or(1.0 / 255);
  if (!(factor > 0)) return;
  const double divisor = 255 * factor;
  if (says_no(metadata, "do_normalize")) {
    stated.mean = kZero;
    const auto one = static_cast<float>(1 / divisor);
    stated.std = Colours{one, one, one};
    return;
  }
  // 1 / 255 as decimals: 0.00392156862745098 isn't quite it.
  const double rounded = std::abs(divisor - 1) < 1e-6 ? 1.0 : divisor;
  stated.mean = colours_at(metadata, "image_mean", rounded);
  stated.std = colours_at(metadata, "image_std", rounded);
}

void take_timm(const Metadata& metadata, StatedInput& stated) {
  stated.mean = colours_at(metadata, "mean", 1);
  stated.std = colours_at(metadata, "std", 1);
  if (stated.mean && std::ranges::any_of(*stated.mean, [](float v) { return v > 1; })) {
    stated.mean = colours_at(metadata, "mean", 255);
    stated.std = colours_at(metadata, "std", 255);
  }
}

void take_pixel_range(const std::string& range, StatedInput& stated) {
  if (range == "NominalRange_0_255") {
    stated.mean = kZero;
    stated.std = kByte;
  } else if (range == "Normalized_0_1") {
    stated.mean = kZero;
    stated.std = kOne;
  } else if (range == "Normalized_1_1") {
    stated.mean = stated.std = kHalf;
  }
}

std::string text_at(const Metadata& metadata, const std::string& key) {
  const auto found = metadata.find(key);
  return found == metadata.end() ? "" : found->second;
}

bool is_usable(const StatedInput& stated) {
  return stated.mean && stated.std &&
         std::ranges::all_of(*stated.mean, [](float v) { return std::isfinite(v); }) &&
         std::ranges::all_of(*stated.std, [](float v) { return std::isfinite(v) && v > 0; });
}

/// What JSON says at this place as text, as metadata would.
void flatten(const nlohmann::json& json, Metadata& metadata) {
  for (const auto& [key, value] : json.items()) {
    metadata.emplace(key, value.is_string() ? value.get<std::string>() : value.dump());
  }
}

/// {"height": 224, "width": 224}, {"shortest_edge": 256} or 224.
std::string side_of(const nlohmann::json& size) {
  if (size.is_number()) return size.dump();
  if (!size.is_object()) return "";
  if (size.contains("height") && size.contains("width")) {
    return size["height"].dump() + "," + size["width"].dump();
  }
  return size.contains("shortest_edge") ? size["shortest_edge"].dump() : "";
}

std::optional<nlohmann::json> object_in(const fs::path& file) {
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored) || fs::file_size(file, ignored) > kLongestJson) return {};
  try {
    nlohmann::json json = arrays::parse_json(arrays::read_bytes(file));
    if (json.is_object()) return json;
  } catch (const Error&) {
    // It isn't the user's word on this file; nothing hangs on it.
  }
  return {};
}

}  // namespace

StatedInput stated_in_metadata(const Metadata& metadata) {
  StatedInput stated;
  take_ours(metadata, stated);
  if (!is_usable(stated) && (stated.mean || stated.std)) {
    throw Error("its metadata oneormany.std must be numbers above 0");
  }
  if (!stated.mean) take_transformers(metadata, stated);
  if (!is_usable(stated)) take_timm(metadata, stated);
  if (!is_usable(stated)) take_pixel_range(text_at(metadata, "Image.NominalPixelRange"), stated);
  if (!is_usable(stated) && text_at(metadata, "author") == "Ultralytics") {
    stated.mean = kZero;
    stated.std = kOne;
  }
  if (!is_usable(stated)) stated.mean = stated.std = std::nullopt;
  for (const char* key : {"crop_size", "size", "imgsz", "input_size"}) {
    if (!stated.size) stated.size = side_at(metadata, key);
  }
  stated.bgr = text_at(metadata, "Image.BitmapPixelFormat").starts_with("Bgr");
  return stated;
}

StatedInput stated_beside(const fs::path& file) {
  const fs::path folder = fs::absolute(file).parent_path();
  for (const fs::path& place :
       {folder, folder.filename() == "onnx" ? folder.parent_path() : folder}) {
    if (const auto json = object_in(place / "preprocessor_config.json")) {
      Metadata metadata;
      flatten(*json, metadata);
      // Pictures are brought to the size that is left after cropping.
      for (const char* key : {"crop_size", "size"}) {
        if (json->contains(key)) metadata[key] = side_of((*json)[key]);
      }
      if (says_no(metadata, "do_center_crop")) metadata.erase("crop_size");
      const StatedInput stated = stated_in_metadata(metadata);
      if (stated.mean) return stated;
    }
    if (const auto json = object_in(place / "config.json")) {
      if (!json->contains("pretrained_cfg") || !(*json)["pretrained_cfg"].is_object()) continue;
      Metadata metadata;
      flatten((*json)["pretrained_cfg"], metadata);
      const StatedInput stated = stated_in_metadata(metadata);
      if (stated.mean) return stated;
    }
  }
  return {};
}

}  // namespace oneormany::backbone
