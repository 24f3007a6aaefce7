#include "features/features.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "tests/folder.h"

namespace oneormany::features {
namespace {

namespace fs = std::filesystem;

constexpr int kSize = 96;
constexpr image::ImageOptions kOptions{.size = kSize};

std::vector<fs::path> clipart(std::size_t n) {
  std::vector<fs::path> files;
  const fs::path folder = "/usr/share/openclipart/png/buildings";
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && !entry.is_symlink()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  files.resize(std::min(n, files.size()));
  return files;
}

TEST(ExtractFeatures, DependOnNothingButThePicture) {
  const std::vector<fs::path> files = clipart(21);
  if (files.empty()) GTEST_SKIP() << "openclipart-png isn't installed";
  image::start_image_library();
  const backbone::Backbone backbone({.size = kSize});
  const FeatureSet all = extract_features(files, backbone, kOptions, {});
  EXPECT_EQ(all.features.cols(), 3104);
  EXPECT_TRUE(all.features.allFinite());
  // Alone, in another order, with other neighbours: the same to the last bit.
  for (const std::size_t i : {0, 5, 20}) {
    const FeatureSet one = extract_features({files[i]}, backbone, kOptions, {});
    EXPECT_EQ(one.features.row(0), all.features.row(static_cast<Index>(i)));
    EXPECT_EQ(one.pixels[0], all.pixels[i]);
  }
  std::vector<fs::path> reversed(files.rbegin() + 4, files.rend());
  const FeatureSet other = extract_features(reversed, backbone, kOptions, {});
  for (std::size_t i = 0; i < reversed.size(); ++i) {
    EXPECT_EQ(other.features.row(static_cast<Index>(i)),
              all.features.row(static_cast<Index>(reversed.size() - 1 - i)));
  }
}

TEST(ExtractFeatures, AreTheSameFromTheCache) {
  const std::vector<fs::path> files = clipart(12);
  if (files.empty()) GTEST_SKIP() << "openclipart-png isn't installed";
  image::start_image_library();
  const Folder folder;
  const auto run = [&](int size) {
    const backbone::Backbone backbone({.size = size});
    return extract_features(files, backbone, {.size = size}, folder / "cache");
  };
  const FeatureSet cold = run(kSize), warm = run(kSize), other = run(kSize + 32);
  EXPECT_EQ(cold.from_cache, 0u);
  EXPECT_EQ(warm.from_cache, files.size());
  EXPECT_EQ(other.from_cache, 0u);
  EXPECT_EQ(warm.features, cold.features);
  EXPECT_EQ(warm.pixels, cold.pixels);
  EXPECT_NE(other.features, cold.features);
}

TEST(KeepRows, OfAnyRowsAndOfNoneAndAll) {
  const MatrixF features = MatrixF::Random(7, 5);
  for (const std::vector<Index>& rows :
       {std::vector<Index>{0, 1, 2, 3, 4, 5, 6}, {0, 1, 2}, {6}, {1, 3, 4, 6}, {}}) {
    MatrixF kept = features;
    keep_rows(kept, rows);
    EXPECT_EQ(kept, MatrixF(features(rows, Eigen::all)));
  }
}

TEST(KeepStages, OfTheLastLayerItsColumnsAndOfAllAll) {
  const backbone::Backbone backbone({.size = 64});
  ASSERT_EQ(backbone.last_layer_count(), 1280);
  const MatrixF features = MatrixF::Random(3, backbone.feature_count());
  MatrixF all = features, last = features;
  keep_stages(all, Stages::kAll, backbone);
  keep_stages(last, Stages::kLast, backbone);
  EXPECT_EQ(all, features);
  EXPECT_EQ(last, features.leftCols(1280));
}

}  // namespace
}  // namespace oneormany::features
