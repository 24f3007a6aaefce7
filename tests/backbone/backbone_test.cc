#include "backbone/backbone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "backbone/known_weights.h"
#include "base/parallel.h"
#include "tests/backbone/files.h"

namespace oneormany::backbone {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kFile = "efficientnet-lite0-57934424.pth";

/// Sets ONEORMANY_SHARE for as long as it lives.
class Share {
 public:
  explicit Share(const std::filesystem::path& folder) {
    setenv("ONEORMANY_SHARE", folder.c_str(), 1);
  }
  ~Share() { unsetenv("ONEORMANY_SHARE"); }
};

BackboneOptions sized(int size) {
  BackboneOptions options;
  options.size = size;
  return options;
}

/// The picture of the golden file, shifted in colour so that several differ.
std::vector<std::uint8_t> formula_pixels(int size, int shift) {
  std::vector<std::uint8_t> rgb;
  for (int i = 0; i < size; ++i) {
    for (int j = 0; j < size; ++j) {
      for (int c = 0; c < 3; ++c) {
        rgb.push_back(static_cast<std::uint8_t>(7 * i + 13 * j + 29 * c + shift));
      }
    }
  }
  return rgb;
}

std::vector<float> features(const Backbone& backbone, const std::vector<std::uint8_t>& rgb) {
  std::vector<float> result(static_cast<std::size_t>(backbone.feature_count()));
  backbone.run(rgb, result);
  return result;
}

TEST(KnownWeights, HaveALicenceThatIsFoundByTheirHash) {
  EXPECT_EQ(Backbone(sized(64)).licence(), "Apache-2.0");
  EXPECT_EQ(licence_of("0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a"),
            "BSD-3-Clause");  // torchvision's resnet50
  EXPECT_EQ(licence_of(std::string(64, '0')), "");
}

TEST(Backbone, GivesTheGoldenFeaturesFromPixels) {
  const auto want =
      nlohmann::json::parse(std::ifstream(TEST_DATA "/efficientnet_lite0.json"))["features"];
  const Backbone backbone(sized(224));
  EXPECT_EQ(backbone.name(), "efficientnet-lite0");
  EXPECT_EQ(backbone.size(), 224);
  ASSERT_EQ(backbone.feature_count(), 3104);
  EXPECT_EQ(backbone.last_layer_count(), static_cast<int>(want.size()));
  const auto got = features(backbone, formula_pixels(224, 0));
  for (std::size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(got[i], want[i], 1e-4) << i;
}

TEST(Backbone, OtherPixelsGiveOtherFeaturesAndTheSameTheSame) {
  const Backbone backbone(sized(64));
  const auto want = features(backbone, formula_pixels(64, 0));
  EXPECT_NE(features(backbone, formula_pixels(64, 10)), want);
  EXPECT_EQ(features(backbone, formula_pixels(64, 0)), want);
}

TEST(Backbone, ManyThreadsGetTheSameNumbersAsOne) {
  BackboneOptions options = sized(64);
  options.streams = 2;
  const Backbone backbone(options);
  std::vector<std::vector<float>> want;
  for (int i = 0; i < 4; ++i) want.push_back(features(backbone, formula_pixels(64, i)));
  std::atomic<int> wrong = 0;
  base::parallel_for(
      40,
      [&](std::size_t i) {
        const int which = static_cast<int>(i % 4);
        if (features(backbone, formula_pixels(64, which)) != want[i % 4]) ++wrong;
      },
      5);
  EXPECT_EQ(wrong, 0);
}

TEST(Backbone, MayBeMovedAndMayGoBeforeItWasUsed) {
  Backbone first(sized(64));
  const Backbone second = std::move(first);
  EXPECT_EQ(features(second, formula_pixels(64, 0)).size(), 3104u);
  { const Backbone unused(sized(64)); }
}

TEST(Backbone, TheIdTellsSizesAndWeightsApart) {
  std::set<std::string> ids;
  for (const int size : {64, 96}) ids.insert(Backbone(sized(size)).id());
  EXPECT_EQ(ids.size(), 2u);
  EXPECT_TRUE(ids.contains(Backbone(sized(64)).id()));

  // The same network with one bit changed, as a file of one's own.
  std::string bytes = read_text(std::filesystem::path(ONEORMANY_SHARE) / "weights" / kFile);
  bytes[bytes.size() / 2] ^= 1;
  const Folder folder;
  BackboneOptions options = sized(64);
  options.name = folder.write("own.pth", bytes).string();
  const Backbone own(options);
  EXPECT_EQ(own.name(), "efficientnet-lite0");
  EXPECT_FALSE(ids.contains(own.id()));
}

TEST(Backbone, DefaultWeightsThatAreMissingDamagedOrCutShortAreAnErrorWithTheCure) {
  const Folder folder;
  const Share share(folder / "");
  const auto message = [] { return error_in([] { Backbone backbone(sized(64)); }); };
  const auto file = folder / "weights" / kFile;
  const auto cure = AllOf(HasSubstr(file.string() + ": "), HasSubstr("script/setup"));
  std::filesystem::create_directory(folder / "weights");
  EXPECT_THAT(message(), AllOf(cure, HasSubstr("no such file")));
  std::filesystem::copy_file(std::filesystem::path(ONEORMANY_SHARE) / "weights" / kFile, file);
  EXPECT_NO_THROW(Backbone{sized(64)});
  std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).seekp(9'000'000).put('x');
  EXPECT_THAT(message(), AllOf(cure, HasSubstr("damaged")));
  std::filesystem::resize_file(file, 9'000'000);
  EXPECT_THAT(message(), AllOf(cure, HasSubstr("damaged")));
}

TEST(Backbone, AWeightFileThatIsWrongIsAnErrorThatNamesIt) {
  const Folder folder;
  const auto message = [](const std::filesystem::path& file) {
    BackboneOptions options = sized(64);
    options.name = file.string();
    return error_in([&] { Backbone backbone(options); });
  };
  EXPECT_THAT(message("resnet1000"), HasSubstr("resnet1000: no such file"));
  EXPECT_THAT(message("/"), HasSubstr("/: no such file"));
  const auto marker = (folder / "was_run").string();
  const std::string wicked =
      PickleBytes().global("os", "system").text("touch " + marker).op("\x85R").end();
  EXPECT_THAT(message(folder.write("wicked.pth", legacy_file(wicked, {}))),
              AllOf(HasSubstr("wicked.pth: "), HasSubstr("os.system")));
  EXPECT_FALSE(std::filesystem::exists(marker));
  EXPECT_THAT(message(folder.write("other.pth", legacy_file({stored("w", {1}, {1})}))),
              AllOf(HasSubstr("other.pth: "), HasSubstr("none of the known networks")));
  EXPECT_THAT(
      message(folder.write("stem.pth", legacy_file({stored("_conv_stem.weight", {1}, {1})}))),
      AllOf(HasSubstr("stem.pth: "), HasSubstr("_conv_stem.weight")));
}

TEST(Backbone, ItsInputAndOptionsSayHowToGetItAgain) {
  const Backbone backbone(BackboneOptions{});
  EXPECT_EQ(backbone.size(), 224);
  EXPECT_NEAR(backbone.input().mean[1], 127.0 / 255, 1e-7);
  EXPECT_NEAR(backbone.input().std[1], 128.0 / 255, 1e-7);
  EXPECT_EQ(backbone.note(), "");
  EXPECT_EQ(Backbone(backbone.options()).id(), backbone.id());

  BackboneOptions other = sized(64);
  other.mean = other.std = std::array{0.5f, 0.5f, 0.5f};
  const Backbone shifted(other), plain(sized(64));
  EXPECT_NE(shifted.id(), plain.id());
  EXPECT_NE(features(shifted, formula_pixels(64, 0)), features(plain, formula_pixels(64, 0)));
  EXPECT_EQ(Backbone(shifted.options()).id(), shifted.id());
  other.output = "features";
  EXPECT_THAT(error_in([&] { Backbone named(other); }), HasSubstr("is for ONNX files"));
}

TEST(Backbone, AnImpossibleSizeIsAnError) {
  for (const int size : {-1, 31, 2049}) {
    EXPECT_THAT(error_in([&] { Backbone backbone(sized(size)); }), HasSubstr("pixels")) << size;
  }
}

TEST(Backbone, Bf16IsCloseToF32OrAnErrorThatNamesTheCure) {
  BackboneOptions options = sized(64);
  options.precision = Precision::kBf16;
  std::unique_ptr<Backbone> backbone;
  try {
    backbone = std::make_unique<Backbone>(options);
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("bf16"), HasSubstr("use f32")));
    return;
  }
  const Backbone exact(sized(64));
  EXPECT_NE(backbone->id(), exact.id());
  const auto rgb = formula_pixels(64, 0);
  const auto got = features(*backbone, rgb);
  const auto want = features(exact, rgb);
  double error = 0;
  double size = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    error += std::pow(got[i] - want[i], 2);
    size += std::pow(want[i], 2);
  }
  EXPECT_LT(error, 0.01 * size);
}

}  // namespace
}  // namespace oneormany::backbone
