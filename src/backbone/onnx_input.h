#pragma once
// What exporters write down of the pictures that their network takes.

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace oneormany::backbone {

struct StatedInput {
  std::optional<std::array<float, 3>> mean, std;  ///< of red, green, blue from 0 to 1; or neither
  std::optional<int> size;                        ///< pixels along each side
  bool bgr = false;
};

/// From an ONNX file's metadata; the first that is there counts:
///   oneormany.mean, .std, .size     "0.5,0.5,0.5"; "224"
///   image_mean, image_std           transformers, with do_normalize, do_rescale, rescale_factor
///   mean, std, input_size           timm; a mean above 1 is on the scale to 255
///   Image.NominalPixelRange,        ONNX's own (MetadataProps.md of its specification), as Custom
///   Image.BitmapPixelFormat         Vision and WinML have them
///   imgsz; author of Ultralytics    from 0 to 1, as its classifiers are
/// Throws Error, without the file's name, if one of oneormany's is wrong; what others wrote and
/// isn't understood counts as not there.
StatedInput stated_in_metadata(const std::map<std::string, std::string>& metadata);

/// From `preprocessor_config.json` (transformers) or `config.json` (timm) beside the file or, if
/// that lies in a folder `onnx`, in the folder above; empty if there is none that says it.
StatedInput stated_beside(const std::filesystem::path& file);

}  // namespace oneormany::backbone
