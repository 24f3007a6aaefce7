#include "backbone/onnx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "backbone/backbone.h"
#include "backbone/networks.h"
#include "tests/backbone/onnx_bytes.h"

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
  Backbone load(const std::string& bytes, int size = kSize) {
    const auto path = folder_.write("net.onnx", bytes);
    BackboneOptions options;
    options.name = path.string();
    options.size = size;
    options.streams = 1;
    return Backbone(options);
  }
  std::string message(const std::string& bytes, int size = kSize) {
    return error_in([&] { load(bytes, size); });
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

TEST_F(OnnxBackbone, OfTokensTheFirstIsTaken) {
  const Backbone backbone = load(tokens().file());
  ASSERT_EQ(backbone.feature_count(), 2);
  const auto x = normalised({250, 10, 90});
  EXPECT_NEAR(features(backbone, {250, 10, 90}, true)[0], (x[0] + x[1] + x[2]) / 3, kTolerance);
}

TEST_F(OnnxBackbone, OfSeveralOutputsTheOnlyOneOfTwoDimensionsIsTaken) {
  auto onnx = pooled(two_channels());
  onnx.output("channels", {kAny, 2, kAny, kAny}).output("features", {kAny, 2});
  EXPECT_EQ(load(onnx.file()).feature_count(), 2);

  auto two = pooled(two_channels());
  two.node("Relu", {"features"}, "more").output("features", {kAny, 2}).output("more", {kAny, 2});
  EXPECT_THAT(message(two.file()), AllOf(HasSubstr("net.onnx: "), HasSubstr("several outputs")));

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
  EXPECT_THAT(with({kAny, 28, 28, 3}), HasSubstr("must be one picture"));
  OnnxBytes two;
  two.input("x", {1, 3, 32, 32}).input("y", {1, 3, 32, 32}).node("Add", {"x", "y"}, "z");
  EXPECT_THAT(message(two.output("z", {1, 3, 32, 32}).file()), HasSubstr("must be one picture"));
}

TEST_F(OnnxBackbone, AnotherOutputThanFeaturesIsAnError) {
  OnnxBytes flat = pooled(two_channels());
  flat.integers("all", {-1}).node("Reshape", {"features", "all"}, "flat").output("flat", {kAny});
  EXPECT_THAT(message(flat.file()), HasSubstr("output must be"));
  OnnxBytes rows = pooled(two_channels());
  rows.integers("form", {2, 1}).node("Reshape", {"features", "form"}, "r").output("r", {2, 1});
  EXPECT_THAT(message(rows.file()), HasSubstr("one row for each picture"));
}

TEST_F(OnnxBackbone, ASizeThatTheNetworkCantTakeIsAnErrorThatNamesOneItCan) {
  auto onnx = two_channels({1, 3, kSize, kSize});
  onnx.floats("position", {1, 2, kSize, kSize}, std::vector<float>(2 * kSize * kSize, 1));
  onnx.node("Add", {"channels", "position"}, "sum").output("sum", {1, 2, kSize, kSize});
  EXPECT_EQ(load(onnx.file()).feature_count(), 2);
  EXPECT_THAT(message(onnx.file(), 48), AllOf(HasSubstr("net.onnx: "), HasSubstr("--size 32")));
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
        read_onnx(folder_.write("net.onnx", onnx.file()), kSize);
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
  std::filesystem::remove(folder_ / "bias.bin");
  EXPECT_THAT(message(read_text(folder_ / "net.onnx")), HasSubstr("net.onnx: "));
}

}  // namespace
}  // namespace oneormany::backbone
