#include "cli/feature_options.h"

#include <CLI/CLI.hpp>

#include "cli/data_options.h"

namespace oneormany::cli {

backbone::BackboneOptions FeatureOptions::backbone() const {
  backbone::BackboneOptions options;
  options.name = name;
  options.size = size;
  if (precision == "bf16") options.precision = backbone::Precision::kBf16;
  return options;
}

std::optional<std::filesystem::path> FeatureOptions::cache_dir() const {
  if (no_cache) return {};
  return cache;
}

void add_feature_options(CLI::App& command, FeatureOptions& options) {
  command
      .add_option("--backbone", options.name,
                  "The frozen network: efficientnet-lite0, or a weight file of it or of\n"
                  "torchvision's resnet18/34/50 or mobilenet_v2, or an ONNX file")
      ->capture_default_str()
      ->type_name("NAME|FILE");
  command.add_option("--size", options.size, "Pixels along each side for the network")
      ->check(CLI::Range(32, 1024))
      ->option_text("PIXELS=224");
  command
      .add_option("--precision", options.precision,
                  "Of the network: f32 (the default), or bf16 (faster on processors that have it,\n"
                  "slightly other numbers)")
      ->check(CLI::IsMember({"f32", "bf16"}))
      ->option_text("f32|bf16");
  command
      .add_option("--max-megapixels", options.max_megapixels,
                  "Larger pictures are skipped: most are mistakes")
      ->check(positive)
      ->option_text("MP=250");
  command.add_option("--cache", options.cache, "Folder where features are kept")
      ->capture_default_str()
      ->type_name("DIR");
  command.add_flag("--no-cache", options.no_cache, "Neither read nor keep features");
}

}  // namespace oneormany::cli
