#include "backbone/onnx.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "backbone/backbone.h"
#include "backbone/find_weights.h"
#include "base/sha256.h"
#include "tests/backbone/onnx_bytes.h"
#include "tests/golden.h"

namespace oneormany::backbone {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr int kSize = 32;

// The mean of a thousand equal floats is off by that much.
constexpr double kTolerance = 5e-4;

/// Two numbers a pixel: red - green, and green + 2 blue + 0.5.
OnnxBytes two_channels(const std::vector<std::int64_t>& shape = {kAny, 3, kAny, kAny}) {
  return OnnxBytes()
      .input("picture", shape)
      .floats("weights", {2, 3, 1, 1}, {1, -1, 0, 0, 1, 2})
      .floats("bias", {2}, {0, 0.5f})
      .node("Conv", {"picture", "weights", "bias"}, "channels");
}

OnnxBytes pooled(OnnxBytes onnx) {
  return onnx.node("GlobalAveragePool", {"channels"}, "mean").node("Flatten", {"mean"}, "features");
}

/// One token for each quarter of the picture, the upper left first.
OnnxBytes tokens() {
  return OnnxBytes()
      .input("picture", {1, 3, kSize, kSize})
      .floats("weights", {2, 3, 16, 16}, std::vector<float>(2 * 3 * 16 * 16, 1.0f / 768))
      .integers("form", {0, 2, -1})
      .node("Conv", {"picture", "weights"}, "patches",
            {{"kernel_shape", {16, 16}}, {"strides", {16, 16}}})
      .node("Reshape", {"patches", "form"}, "flat")
      .node("Transpose", {"flat"}, "tokens", {{"perm", {0, 2, 1}}})
      .output("tokens", {1, 4, 2});
}

class OnnxBackbone : public testing::Test {
 protected:
  Backbone load(const std::string& bytes, BackboneOptions options) {
    options.name = folder_.write("net.onnx", bytes).string();
    options.streams = 1;
    return Backbone(options);
  }
  Backbone load(const std::string& bytes, int size = kSize) { return load(bytes, {.size = size}); }
  std::string message(const std::string& bytes, const BackboneOptions& options) {
    return error_in([&] { load(bytes, options); });
  }
  std::string message(const std::string& bytes, int size = kSize) {
    return message(bytes, {.size = size});
  }
  /// The features of a picture of one colour, or of a colour for the upper left quarter.
  static std::vector<float> features(const Backbone& backbone, std::array<std::uint8_t, 3> colour,
                                     bool quarter = false) {
    const int size = backbone.size();
    std::vector<std::uint8_t> rgb;
    for (int i = 0; i < size * size; ++i) {
      const bool inside = !quarter || (i / size < size / 2 && i % size < size / 2);
      for (const auto c : colour) rgb.push_back(inside ? c : 0);
    }
    std::vector<float> result(static_cast<std::size_t>(backbone.feature_count()));
    backbone.run(rgb, result);
    return result;
  }
  static std::vector<float> normalised(std::array<std::uint8_t, 3> colour) {
    return {(static_cast<float>(colour[0]) / 255 - 0.485f) / 0.229f,
            (static_cast<float>(colour[1]) / 255 - 0.456f) / 0.224f,
            (static_cast<float>(colour[2]) / 255 - 0.406f) / 0.225f};
  }

  const Folder folder_;
};

TEST_F(OnnxBackbone, TwoDimensionsAreTheFeaturesOfThePictureNormalisedAsForImageNet) {
  const Backbone backbone = load(pooled(two_channels()).output("features", {kAny, 2}).file());
  EXPECT_EQ(backbone.name(), "net.onnx");
  ASSERT_EQ(backbone.feature_count(), 2);
  EXPECT_EQ(backbone.last_layer_count(), 2);
  const auto x = normalised({200, 100, 50});
  const auto y = features(backbone, {200, 100, 50});
  EXPECT_NEAR(y[0], x[0] - x[1], kTolerance);
  EXPECT_NEAR(y[1], x[1] + 2 * x[2] + 0.5, kTolerance);
}

TEST_F(OnnxBackbone, FourDimensionsArePooled) {
  const Backbone backbone =
      load(two_channels().output("channels", {kAny, 2, kAny, kAny}).file(), 64);
  ASSERT_EQ(backbone.feature_count(), 2);
  const auto x = normalised({1, 2, 3});
  EXPECT_NEAR(features(backbone, {1, 2, 3})[1], x[1] + 2 * x[2] + 0.5, kTolerance);
}

TEST_F(OnnxBackbone, OfTokensTheUserSaysWhichAreTheFeatures) {
  EXPECT_THAT(message(tokens().file()),
              AllOf(HasSubstr("net.onnx: its output tokens is a row of tokens (1 x 4 x 2)"),
                    HasSubstr("--backbone-output tokens:first"), HasSubstr("tokens:mean")));
  const Backbone first = load(tokens().file(), {.output = "tokens:first"});
  ASSERT_EQ(first.feature_count(), 2);
  const auto x = normalised({250, 10, 90});
  const float coloured = (x[0] + x[1] + x[2]) / 3;
  EXPECT_NEAR(features(first, {250, 10, 90}, true)[0], coloured, kTolerance);
  const Backbone mean = load(tokens().file(), {.output = "tokens:mean"});
  const auto black = normalised({0, 0, 0});
  EXPECT_NEAR(features(mean, {250, 10, 90}, true)[0],
              coloured / 4 + (black[0] + black[1] + black[2]) / 4, kTolerance);
  EXPECT_THAT(first.id(), Not(mean.id()));
  EXPECT_EQ(mean.options().output, "tokens:mean");

  const std::string plain = pooled(two_channels()).output("features", {kAny, 2}).file();
  EXPECT_THAT(message(plain, {.output = "features:mean"}), HasSubstr("has no tokens"));
}

TEST_F(OnnxBackbone, OfSeveralOutputsTheOnlyOneOfTwoDimensionsIsTaken) {
  auto onnx = pooled(two_channels());
  onnx.output("channels", {kAny, 2, kAny, kAny}).output("features", {kAny, 2});
  EXPECT_EQ(load(onnx.file()).feature_count(), 2);
  EXPECT_EQ(load(onnx.file()).options().output, "features");

  auto two = pooled(two_channels());
  two.node("Relu", {"features"}, "more").node("Neg", {"features"}, "less");
  two.output("more", {kAny, 2}).output("less", {kAny, 2});
  EXPECT_THAT(message(two.file()),
              AllOf(HasSubstr("net.onnx: has several outputs"), HasSubstr("--backbone-output"),
                    HasSubstr("more (N x 2), less (N x 2)")));
  EXPECT_GT(features(load(two.file(), {.output = "more"}), {255, 0, 0})[0], 0);
  EXPECT_LT(features(load(two.file(), {.output = "less"}), {255, 0, 0})[0], 0);
  EXPECT_THAT(message(two.file(), {.output = "most"}),
              AllOf(HasSubstr("has no output most"), HasSubstr("more (N x 2)")));

  auto none = two_channels();
  none.node("Relu", {"channels"}, "more").output("channels", {kAny, 2, kAny, kAny});
  none.output("more", {kAny, 2, kAny, kAny});
  EXPECT_THAT(message(none.file()), HasSubstr("several outputs"));
}

TEST_F(OnnxBackbone, AnotherInputThanOnePictureIsAnError) {
  const auto with = [&](const std::vector<std::int64_t>& shape) {
    OnnxBytes onnx;
    onnx.input("x", shape).node("Relu", {"x"}, "y").output("y", shape);
    return message(onnx.file());
  };
  EXPECT_THAT(with({kAny, 3}), HasSubstr("must be one picture"));
  EXPECT_THAT(with({kAny, 1, 28, 28}), HasSubstr("must be one picture"));
  EXPECT_THAT(with({kAny, 28, 28, 4}), HasSubstr("must be one picture"));
  OnnxBytes two;
  two.input("x", {1, 3, 32, 32}).input("y", {1, 3, 32, 32}).node("Add", {"x", "y"}, "z");
  EXPECT_THAT(message(two.output("z", {1, 3, 32, 32}).file()), HasSubstr("must be one picture"));
}

TEST_F(OnnxBackbone, AnotherOutputThanFeaturesIsAnError) {
  OnnxBytes flat = pooled(two_channels());
  flat.integers("all", {-1}).node("Reshape", {"features", "all"}, "flat").output("flat", {kAny});
  EXPECT_THAT(message(flat.file()), HasSubstr("its output flat is 2: must be"));
  OnnxBytes rows = pooled(two_channels());
  rows.integers("form", {2, 1}).node("Reshape", {"features", "form"}, "r").output("r", {2, 1});
  EXPECT_THAT(message(rows.file()), HasSubstr("one row for each picture"));
}

TEST_F(OnnxBackbone, ASizeThatTheNetworkCantTakeIsAnErrorThatNamesOneItCan) {
  auto onnx = two_channels({1, 3, kSize, kSize});
  onnx.floats("position", {1, 2, kSize, kSize}, std::vector<float>(2 * kSize * kSize, 1));
  onnx.node("Add", {"channels", "position"}, "sum").output("sum", {1, 2, kSize, kSize});
  EXPECT_EQ(load(onnx.file()).feature_count(), 2);
  EXPECT_EQ(load(onnx.file(), 0).size(), kSize) << "the file's own";
  EXPECT_THAT(message(onnx.file(), 48),
              AllOf(HasSubstr("net.onnx: takes pictures of 32 pixels alone"),
                    HasSubstr("leave out --size 48")));

  auto open = two_channels();
  open.floats("position", {1, 2, kSize, kSize}, std::vector<float>(2 * kSize * kSize, 1));
  open.node("Add", {"channels", "position"}, "sum").output("sum", {1, 2, kSize, kSize});
  EXPECT_THAT(message(open.file(), 48), HasSubstr("net.onnx: can't take pictures of 48 pixels"));

  const auto of = [](const std::vector<std::int64_t>& shape) {
    return two_channels(shape).output("channels", {kAny, 2, kAny, kAny}).file();
  };
  EXPECT_THAT(message(of({1, 3, 32, 48}), 0), HasSubstr("takes pictures of 48 x 32 pixels"));
  EXPECT_THAT(message(of({1, 3, 16, 16}), 0), HasSubstr("16 pixels: must be 32 to 2048"));
  EXPECT_EQ(load(of({1, 3, 64, kAny}), 0).size(), 64);
  EXPECT_EQ(load(of({kAny, 3, kAny, kAny}), 0).size(), kUsualSize);
}

TEST_F(OnnxBackbone, AFixedBatchIsBroughtToOneOrRefused) {
  const auto many = [](bool holds_on) {
    auto onnx = two_channels({8, 3, kSize, kSize});
    onnx.integers("form", {holds_on ? 8 : -1, 2 * kSize * kSize});
    return onnx.node("Reshape", {"channels", "form"}, "rows")
        .output("rows", {8, 2 * kSize * kSize})
        .file();
  };
  EXPECT_EQ(load(many(false)).feature_count(), 2 * kSize * kSize);
  EXPECT_THAT(message(many(true)), HasSubstr("net.onnx: takes 8 pictures at once"));
}

/// As two_channels(), but of a picture whose colours lie together.
OnnxBytes colours_last(int type) {
  OnnxBytes onnx;
  onnx.input("picture", {1, kSize, kSize, 3}, type);
  onnx.node("Cast", {"picture"}, "floats", {{"to", {kFloats}}});
  onnx.node("Transpose", {"floats"}, "colours", {{"perm", {0, 3, 1, 2}}});
  onnx.floats("weights", {2, 3, 1, 1}, {1, -1, 0, 0, 1, 2}).floats("bias", {2}, {0, 0.5f});
  return pooled(onnx.node("Conv", {"colours", "weights", "bias"}, "channels"))
      .output("features", {1, 2});
}

TEST_F(OnnxBackbone, ThePictureMayHaveItsColoursLast) {
  const Backbone backbone = load(colours_last(kFloats).file(), 0);
  EXPECT_EQ(backbone.input().layout, Input::Layout::kNhwc);
  EXPECT_FALSE(backbone.input().bytes);
  const auto x = normalised({200, 100, 50});
  const auto y = features(backbone, {200, 100, 50});
  EXPECT_NEAR(y[0], x[0] - x[1], kTolerance);
  EXPECT_NEAR(y[1], x[1] + 2 * x[2] + 0.5, kTolerance);
}

TEST_F(OnnxBackbone, BytesAreGivenAsTheyAre) {
  const Backbone backbone = load(colours_last(kBytes)
                                     .metadata("oneormany.mean", "0.5")
                                     .metadata("oneormany.std", "0.5")
                                     .file(),
                                 0);
  EXPECT_TRUE(backbone.input().bytes);
  EXPECT_EQ(backbone.note(), "");
  const auto y = features(backbone, {200, 100, 50});
  EXPECT_NEAR(y[0], 100, 1e-2);
  EXPECT_NEAR(y[1], 200.5, 1e-2);
  EXPECT_EQ(Backbone(backbone.options()).id(), backbone.id());
  EXPECT_THAT(message(colours_last(kBytes).file(),
                      {.mean = std::array{.5f, .5f, .5f}, .std = std::array{.5f, .5f, .5f}}),
              HasSubstr("net.onnx: takes bytes"));
}

TEST_F(OnnxBackbone, HalfFloatsWillDo) {
  const Backbone backbone = load(colours_last(kHalfFloats).file(), 0);
  const auto x = normalised({200, 100, 50});
  EXPECT_NEAR(features(backbone, {200, 100, 50})[0], x[0] - x[1], 1e-2);
  EXPECT_THAT(message(colours_last(7).file()), HasSubstr("must be one picture"));
}

/// What metadata, or files beside it, say of a network's input.
class StatedOnnxInput : public OnnxBackbone {
 protected:
  static std::string net(const std::map<std::string, std::string>& metadata = {}) {
    OnnxBytes onnx = pooled(two_channels()).output("features", {kAny, 2});
    for (const auto& [key, value] : metadata) onnx.metadata(key, value);
    return onnx.file();
  }
  Input input(const std::map<std::string, std::string>& metadata) {
    return load(net(metadata), 0).input();
  }
  using Colours = std::array<float, 3>;
};

TEST_F(StatedOnnxInput, MeanDeviationAndSizeAreReadFromTheMetadata) {
  const Input ours = input({{"oneormany.mean", "0.1,0.2,0.3"},
                            {"oneormany.std", "[0.4, 0.5, 0.6]"},
                            {"oneormany.size", "48"}});
  EXPECT_EQ(ours.mean, (Colours{0.1f, 0.2f, 0.3f}));
  EXPECT_EQ(ours.std, (Colours{0.4f, 0.5f, 0.6f}));
  EXPECT_EQ(ours.size, 48);
  const Backbone backbone = load(net({{"oneormany.mean", "0.5"}, {"oneormany.std", "0.25"}}));
  EXPECT_EQ(backbone.note(), "");
  EXPECT_NEAR(features(backbone, {255, 51, 0})[0], (1 - 0.2) / 0.25, kTolerance);

  const Input timm =
      input({{"mean", "(0.1, 0.2, 0.3)"}, {"std", "0.5"}, {"input_size", "3,64,64"}});
  EXPECT_EQ(timm.mean, (Colours{0.1f, 0.2f, 0.3f}));
  EXPECT_EQ(timm.std, (Colours{0.5f, 0.5f, 0.5f}));
  EXPECT_EQ(timm.size, 64);
  const Input to_255 = input({{"mean", "[127.5,127.5,127.5]"}, {"std", "51"}});
  EXPECT_EQ(to_255.mean, (Colours{0.5f, 0.5f, 0.5f}));
  EXPECT_EQ(to_255.std, (Colours{0.2f, 0.2f, 0.2f}));

  const Input ultralytics = input({{"author", "Ultralytics"}, {"imgsz", "[64, 64]"}});
  EXPECT_EQ(ultralytics.std, (Colours{1, 1, 1}));
  EXPECT_EQ(ultralytics.size, 64);
}

TEST_F(StatedOnnxInput, TheRangeAndOrderOfOnnxsOwnMetadataCount) {
  const Backbone backbone = load(net(
      {{"Image.NominalPixelRange", "NominalRange_0_255"}, {"Image.BitmapPixelFormat", "Bgr8"}}));
  EXPECT_TRUE(backbone.input().bgr);
  const auto y = features(backbone, {200, 100, 50});
  EXPECT_NEAR(y[0], 50 - 100, 1e-2) << "blue comes first";
  EXPECT_NEAR(y[1], 100 + 2 * 200 + 0.5, 1e-2);
  EXPECT_EQ(input({{"Image.NominalPixelRange", "Normalized_0_1"}}).std, (Colours{1, 1, 1}));
  EXPECT_EQ(input({{"Image.NominalPixelRange", "Normalized_1_1"}}).mean, (Colours{.5f, .5f, .5f}));
}

TEST_F(StatedOnnxInput, WhatStandsBesideTheFileCountsWhereItSaysNothing) {
  folder_.write(
      "preprocessor_config.json",
      R"({"do_normalize": true, "image_mean": [0.1, 0.2, 0.3], "image_std": [0.4, 0.5, 0.6],
                    "rescale_factor": 0.00392156862745098, "do_center_crop": true,
                    "crop_size": {"height": 64, "width": 64}, "size": {"shortest_edge": 96}})");
  const Input beside = input({});
  EXPECT_EQ(beside.mean, (Colours{0.1f, 0.2f, 0.3f}));
  EXPECT_EQ(beside.std, (Colours{0.4f, 0.5f, 0.6f}));
  EXPECT_EQ(beside.size, 64);
  EXPECT_EQ(input({{"oneormany.mean", "0"}, {"oneormany.std", "1"}}).std, (Colours{1, 1, 1}));

  // transformers.js keeps the network in a folder of its own.
  folder_.write("onnx/model.onnx", net());
  BackboneOptions below;
  below.name = (folder_ / "onnx/model.onnx").string();
  EXPECT_EQ(Backbone(below).input().mean, (Colours{0.1f, 0.2f, 0.3f}));

  folder_.write(
      "preprocessor_config.json",
      R"({"do_normalize": false, "rescale_factor": 1, "size": {"height": 64, "width": 64}})");
  const Input plain = input({});
  EXPECT_EQ(plain.mean, (Colours{0, 0, 0}));
  EXPECT_NEAR(plain.std[0], 1.0 / 255, 1e-9);

  std::filesystem::remove(folder_ / "preprocessor_config.json");
  folder_.write("config.json", R"({"architecture": "vit", "pretrained_cfg":
      {"input_size": [3, 64, 64], "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}})");
  EXPECT_EQ(input({}).std, (Colours{0.25f, 0.25f, 0.25f}));
  folder_.write("config.json", "{ broken");
  EXPECT_THAT(load(net()).note(), HasSubstr("ImageNet's are taken"));
}

TEST_F(StatedOnnxInput, TheUserHasTheLastWordAndWhatIsTakenForGrantedIsSaid) {
  const std::string stated =
      net({{"oneormany.mean", "0.5"}, {"oneormany.std", "0.5"}, {"oneormany.size", "48"}});
  const BackboneOptions wish{.size = 64, .mean = Colours{0, 0, 0}, .std = Colours{1, 1, 1}};
  const Backbone backbone = load(stated, wish);
  EXPECT_EQ(backbone.input().std, (Colours{1, 1, 1}));
  EXPECT_EQ(backbone.size(), 64);
  EXPECT_EQ(backbone.note(), "");
  EXPECT_NEAR(features(backbone, {255, 0, 0})[0], 1, kTolerance);
  EXPECT_THAT(load(stated, 64).id(), Not(backbone.id()));

  const Backbone silent = load(net());
  EXPECT_THAT(silent.note(),
              AllOf(HasSubstr("net.onnx: "), HasSubstr("--mean"), Not(HasSubstr("\n"))));
  EXPECT_EQ(silent.input().mean, (Colours{0.485f, 0.456f, 0.406f}));
  const Backbone again(silent.options());
  EXPECT_EQ(again.id(), silent.id());
  EXPECT_EQ(again.note(), "") << "it was told";

  EXPECT_THAT(message(stated, {.mean = Colours{}}), HasSubstr("one needs the other"));
  EXPECT_THAT(message(stated, {.mean = Colours{}, .std = Colours{}}), HasSubstr("above 0"));
}

TEST_F(StatedOnnxInput, OursThatAreWrongAreErrorsAndOthersAreNotThere) {
  const auto error = [&](const std::map<std::string, std::string>& metadata) {
    return message(net(metadata), 0);
  };
  EXPECT_THAT(error({{"oneormany.mean", "0.5"}}), HasSubstr("need both"));
  EXPECT_THAT(error({{"oneormany.mean", "0.5,red"}, {"oneormany.std", "1"}}),
              HasSubstr("net.onnx: its metadata oneormany.mean is '0.5,red'"));
  EXPECT_THAT(error({{"oneormany.mean", "0.5"}, {"oneormany.std", "0"}}), HasSubstr("above 0"));
  EXPECT_THAT(error({{"oneormany.size", "big"}}), HasSubstr("oneormany.size is 'big'"));
  EXPECT_THAT(error({{"oneormany.size", "8"}}), HasSubstr("8 pixels: must be 32 to"));
  for (const auto& metadata :
       std::vector<std::map<std::string, std::string>>{{{"mean", "a red one"}, {"std", "1"}},
                                                       {{"mean", "0.5"}},
                                                       {{"mean", "0.5"}, {"std", "-1"}},
                                                       {{"mean", "1e999"}, {"std", "1"}},
                                                       {{"imgsz", "[640, 480]"}}}) {
    const Backbone backbone = load(net(metadata));
    EXPECT_THAT(backbone.note(), HasSubstr("ImageNet's are taken"));
  }
}

// Of programs that people export with, what PyTorch says: tests/golden/backbones/make.py.
class ExportedBackbone : public testing::TestWithParam<const char*> {};

TEST_P(ExportedBackbone, GivesPyTorchsFeatures) {
  const Json golden = read_golden("backbones/features.json").at(GetParam());
  BackboneOptions options;
  options.name = fmt::format("{}/backbones/{}.onnx", TEST_DATA, GetParam());
  options.streams = 1;
  const bool told = std::string_view(GetParam()) == "timm_vit";
  if (!told) {
    options.mean = golden.at("mean").get<std::array<float, 3>>();
    options.std = golden.at("std").get<std::array<float, 3>>();
  }
  const auto expect = [&](const BackboneOptions& how, const char* which) {
    const Backbone backbone(how);
    const int size = golden.at("size");
    EXPECT_EQ(backbone.size(), size) << "the file says it";
    EXPECT_EQ(backbone.note(), "");
    std::vector<std::uint8_t> rgb;
    for (int i = 0; i < size * size * 3; ++i) {
      const int row = i / 3 / size, column = i / 3 % size, colour = i % 3;
      rgb.push_back(static_cast<std::uint8_t>(7 * row + 13 * column + 29 * colour));
    }
    std::vector<float> found(static_cast<std::size_t>(backbone.feature_count()));
    backbone.run(rgb, found);
    const auto wanted = golden.at(which).get<std::vector<float>>();
    EXPECT_THAT(found, testing::Pointwise(testing::FloatNear(1e-4f), wanted));
  };
  expect(options, "features");
  if (golden.contains("mean_of_tokens")) {
    options.output = "last_hidden_state:mean";
    expect(options, "mean_of_tokens");
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, ExportedBackbone,
                         testing::Values("timm_vit", "clip_vision", "dinov2"),
                         [](const auto& kind) { return std::string(kind.param); });

TEST_F(OnnxBackbone, TheHashIsTheFilesOwn) {
  const std::string bytes = pooled(two_channels()).output("features", {kAny, 2}).file();
  const Backbone backbone = load(bytes);
  EXPECT_EQ(backbone.sha256(), base::to_hex(base::sha256(std::as_bytes(std::span(bytes)))));
  EXPECT_EQ(backbone.file(), folder_ / "net.onnx");
}

TEST_F(OnnxBackbone, AFileThatIsNoOnnxOrCutShortIsOneLine) {
  const std::string whole = pooled(two_channels()).output("features", {kAny, 2}).file();
  testing::internal::CaptureStderr();  // OpenVINO's readers of other formats may not speak up
  EXPECT_THAT(message("not ONNX at all"), HasSubstr("net.onnx: is no ONNX file"));
  EXPECT_THAT(message(""), HasSubstr("net.onnx: "));
  for (const std::size_t size : {whole.size() - 1, whole.size() / 2, std::size_t{10}}) {
    EXPECT_THAT(message(whole.substr(0, size)), HasSubstr("net.onnx: ")) << size;
  }
  OnnxBytes unknown = two_channels();
  unknown.node("NoSuchThing", {"channels"}, "y").output("y", {kAny, 2, kAny, kAny});
  EXPECT_THAT(message(unknown.file()), HasSubstr("net.onnx: "));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(OnnxBackbone, ANodeThatLacksInputsIsAnErrorOfTheFileWhateverItsOperation) {
  for (const char* type : {"Conv",
                           "ConvTranspose",
                           "Gemm",
                           "MatMul",
                           "Add",
                           "BatchNormalization",
                           "Reshape",
                           "Concat",
                           "InstanceNormalization",
                           "LayerNormalization",
                           "Gather",
                           "Slice",
                           "Pad",
                           "Resize",
                           "Clip",
                           "Where",
                           "Expand",
                           "Tile",
                           "TopK",
                           "LSTM",
                           "PRelu",
                           "Pow",
                           "QLinearConv",
                           "Relu"}) {
    for (const std::size_t inputs : {0u, 1u, 2u}) {
      OnnxBytes onnx;
      onnx.input("picture", {1, 3, kSize, kSize});
      onnx.node(type, std::vector<std::string>(inputs, "picture"), "features");
      onnx.output("features", {1, 3, kSize, kSize});
      try {
        read_onnx(folder_.write("net.onnx", onnx.file()), {.size = kSize});
      } catch (const Error& error) {
        EXPECT_THAT(error.what(), AllOf(HasSubstr("net.onnx: "), Not(HasSubstr("\n"))));
      }
    }
  }
  OnnxBytes conv;
  conv.input("picture", {1, 3, kSize, kSize}).node("Conv", {"picture"}, "features");
  EXPECT_THAT(message(conv.output("features", {1, 3, kSize, kSize}).file()),
              AllOf(HasSubstr("net.onnx: "), HasSubstr("export it again")));
}

/// A small file that wants much memory: `make` adds "bomb", of any shape that may be averaged.
std::string bomb(const std::function<void(OnnxBytes&)>& make) {
  OnnxBytes onnx = two_channels({1, 3, kSize, kSize});
  make(onnx);
  onnx.node("ReduceMean", {"bomb"}, "number", {{"axes", {0, 1}}});
  onnx.node("ReduceMean", {"number"}, "mean_number");
  onnx.node("GlobalAveragePool", {"channels"}, "mean").node("Flatten", {"mean"}, "flat");
  return onnx.node("Add", {"flat", "mean_number"}, "features").output("features", {1, 2}).file();
}

TEST_F(OnnxBackbone, ASmallFileThatWantsMuchMemoryIsRefusedWithoutTakingIt) {
  const std::map<std::string, std::string> bombs{
      {"ConstantOfShape", bomb([](OnnxBytes& onnx) {
         onnx.integers("shape", {100'000, 100'000}).node("ConstantOfShape", {"shape"}, "bomb");
       })},
      {"ConstantOfShape whose size overflows", bomb([](OnnxBytes& onnx) {
         onnx.integers("shape", {4'294'967'296, 4'294'967'296});
         onnx.node("ConstantOfShape", {"shape"}, "bomb");
       })},
      {"Expand", bomb([](OnnxBytes& onnx) {
         onnx.floats("one", {1, 1}, {1}).integers("shape", {200'000, 100'000});
         onnx.node("Expand", {"one", "shape"}, "bomb");
       })},
      {"Expand of the picture", bomb([](OnnxBytes& onnx) {
         onnx.integers("shape", {1'000'000, 3, kSize, kSize});
         onnx.node("Expand", {"picture", "shape"}, "bomb");
       })},
      {"Tile", bomb([](OnnxBytes& onnx) {
         onnx.integers("repeats", {10'000, 1, 1000, 1});
         onnx.node("Tile", {"channels", "repeats"}, "bomb");
       })},
      {"Pad", bomb([](OnnxBytes& onnx) {
         onnx.integers("pads", {0, 0, 50'000, 50'000, 0, 0, 50'000, 50'000});
         onnx.node("Pad", {"picture", "pads"}, "bomb");
       })},
      {"Resize", bomb([](OnnxBytes& onnx) {
         onnx.integers("sizes", {1, 3, 90'000, 90'000});
         onnx.node("Resize", {"picture", "", "", "sizes"}, "bomb");
       })},
      {"doubled again and again", bomb([](OnnxBytes& onnx) {
         std::string last = "picture";
         for (int i = 0; i < 40; ++i) {
           const std::string next = i == 39 ? "bomb" : "twice" + std::to_string(i);
           onnx.node("Concat", {last, last}, next, {{"axis", {0}}});
           last = next;
         }
       })},
      {"many of what is allowed", bomb([](OnnxBytes& onnx) {
         std::vector<std::string> parts;
         for (int i = 0; i < 30; ++i) {
           const std::string n = std::to_string(i);
           onnx.integers("shape" + n, {10'000, 20'000 + i});
           onnx.node("ConstantOfShape", {"shape" + n}, "part" + n);
           parts.push_back("part" + n);
         }
         onnx.node("Concat", parts, "bomb", {{"axis", {1}}});
       })},
#ifndef __SANITIZE_ADDRESS__  // which ends a process that gets no memory
      {"to find out a shape", bomb([](OnnxBytes& onnx) {
         onnx.integers("shape", {2'000'000'000}).integers("axis", {0});
         onnx.node("ConstantOfShape", {"shape"}, "zeros").node("ReduceMax", {"zeros"}, "zero");
         onnx.integers("row", {2, 3, 16, -1}).integers("form", {1});
         onnx.node("Cast", {"zero"}, "integer", {{"to", {7}}});
         onnx.node("Reshape", {"integer", "form"}, "length").node("Add", {"row", "length"}, "rows");
         onnx.node("Reshape", {"picture", "rows"}, "bomb");
       })},
#endif
      {"as much as is in the picture", bomb([](OnnxBytes& onnx) {
         onnx.node("ReduceMax", {"picture"}, "most", {{"axes", {0, 1, 2}}});  // 1 x 1 x 1 x width
         onnx.integers("four", {4})
             .integers("zero", {0})
             .integers("end", {4})
             .integers("axis", {0});
         onnx.integers("row", {-1}).node("Reshape", {"most", "row"}, "all");
         onnx.node("Slice", {"all", "zero", "end", "axis"}, "some");
         onnx.node("Cast", {"some"}, "repeats", {{"to", {7}}});
         onnx.node("Tile", {"picture", "repeats"}, "bomb");
       })},
  };
  for (const auto& [name, bytes] : bombs) {
    EXPECT_LT(bytes.size(), 10'000U);
    EXPECT_THAT(message(bytes), AllOf(HasSubstr("net.onnx: "), HasSubstr("of memory"))) << name;
  }
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage used{};
    getrusage(who, &used);
    EXPECT_LT(used.ru_maxrss, 1 << 20) << who;  // KB
  }
}

TEST_F(OnnxBackbone, AShapeThatIsWorkedOutOfThePicturesSizeIsNoBomb) {
  OnnxBytes onnx = two_channels();
  onnx.integers("zero", {0}).integers("one", {1}).integers("axis", {0}).integers("rest", {-1});
  onnx.floats("half", {1}, {0.5f});
  onnx.node("GlobalAveragePool", {"channels"}, "mean").node("Shape", {"mean"}, "shape");
  onnx.node("Slice", {"shape", "zero", "one", "axis"}, "rows");
  onnx.node("Cast", {"rows"}, "number", {{"to", {1}}}).node("Mul", {"number", "half"}, "less");
  onnx.node("Ceil", {"less"}, "whole").node("Cast", {"whole"}, "first", {{"to", {7}}});
  onnx.node("Concat", {"first", "rest"}, "form", {{"axis", {0}}});
  onnx.node("Reshape", {"mean", "form"}, "features").output("features", {kAny, 2});
  EXPECT_EQ(load(onnx.file()).feature_count(), 2);
}

TEST_F(OnnxBackbone, WhatIsWorkedOutOfConstantsMayBeLargeButNotHuge) {
  // 36 MB that hold for all pictures.
  const Backbone backbone = load(bomb([](OnnxBytes& onnx) {
    onnx.integers("shape", {3'000, 3'000}).node("ConstantOfShape", {"shape"}, "bomb");
  }));
  const auto x = normalised({200, 100, 50});
  EXPECT_THAT(features(backbone, {200, 100, 50}),
              testing::ElementsAre(testing::FloatNear(x[0] - x[1], 1e-4f),
                                   testing::FloatNear(x[1] + 2 * x[2] + 0.5f, 1e-4f)));
}

TEST_F(OnnxBackbone, TheIdChangesWithTheWeights) {
  const auto with = [&](float bias) {
    OnnxBytes onnx;
    onnx.input("picture", {kAny, 3, kAny, kAny}).floats("bias", {1, 3, 1, 1}, {bias, 0, 0});
    onnx.node("Add", {"picture", "bias"}, "y").output("y", {kAny, 3, kAny, kAny});
    return load(onnx.file()).id();
  };
  EXPECT_EQ(with(1), with(1));
  EXPECT_THAT(with(1), Not(with(2)));
}

TEST_F(OnnxBackbone, TheIdChangesWithWeightsInAFileBesideIt) {
  const auto with = [&](const std::vector<float>& bias) {
    folder_.write("bias.bin", raw(bias));
    OnnxBytes onnx;
    onnx.input("picture", {kAny, 3, kAny, kAny}).floats_beside("bias", {1, 3, 1, 1}, "bias.bin");
    onnx.node("Add", {"picture", "bias"}, "y").output("y", {kAny, 3, kAny, kAny});
    return load(onnx.file()).id();
  };
  EXPECT_EQ(with({1, 0, 0}), with({1, 0, 0}));
  EXPECT_THAT(with({1, 0, 0}), Not(with({2, 0, 0})));
  const std::string hash = load(read_text(folder_ / "net.onnx")).sha256();
  EXPECT_EQ(sha256_of_weights(folder_ / "net.onnx"), hash);
  folder_.write("bias.bin", raw(std::vector<float>{3, 0, 0}));
  EXPECT_THAT(sha256_of_weights(folder_ / "net.onnx"), Not(hash));
  std::filesystem::remove(folder_ / "bias.bin");
  EXPECT_THAT(message(read_text(folder_ / "net.onnx")), HasSubstr("net.onnx: "));
  EXPECT_THAT(error_in([&] { sha256_of_weights(folder_ / "net.onnx"); }),
              AllOf(HasSubstr("net.onnx: lacks its weights"), HasSubstr("bias.bin")));
}

TEST_F(OnnxBackbone, WeightsElsewhereThanBesideTheFileAreRefused) {
  for (const char* place : {"/dev/zero", "../bias.bin", "."}) {
    OnnxBytes onnx;
    onnx.input("picture", {kAny, 3, kAny, kAny}).floats_beside("bias", {1, 3, 1, 1}, place);
    onnx.node("Add", {"picture", "bias"}, "y").output("y", {kAny, 3, kAny, kAny});
    EXPECT_THAT(message(onnx.file()), HasSubstr("net.onnx: ")) << place;
    EXPECT_THAT(error_in([&] { sha256_of_weights(folder_ / "net.onnx"); }),
                HasSubstr("lacks its weights"))
        << place;
  }
}

}  // namespace
}  // namespace oneormany::backbone
