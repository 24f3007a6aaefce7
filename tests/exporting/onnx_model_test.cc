#include "exporting/onnx_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporting/hugging_face.h"
#include "exporting/own_network.h"
#include "tests/backbone/onnx_bytes.h"
#include "tests/error_in.h"
#include "tests/exporting/models.h"

namespace oneormany::exporting {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// size 0: the file's.
backbone::Backbone backbone_of(const std::string& name, int size = Pictures::kSize,
                               const std::string& output = "") {
  backbone::BackboneOptions options;
  options.name = name;
  options.size = size;
  options.output = output;
  options.streams = 1;
  return backbone::Backbone(options);
}

const backbone::Backbone& lite() {
  static const backbone::Backbone backbone = backbone_of("efficientnet-lite0");
  return backbone;
}

std::string npy_of(Pixels pixels) {
  const auto& all = Pictures::some().pixels;
  return pixels == Pixels::kBytes ? npy_of_pixels(all, Pictures::kSize)
                                  : npy_of_unit(all, Pictures::kSize);
}

TEST(OnnxModel, SaysWhatTheProgramSaysOfRealPictures) {
  const model::Model one = model_of({.head = head::HeadKind::kRbf,
                                     .calibration = metrics::CalibrationMethod::kTemperature,
                                     .score = ood::ScoreKind::kBothGates});
  const model::Model many = model_of({.loss = "bce_with_logits",
                                      .calibration = metrics::CalibrationMethod::kPlatt,
                                      .multi_label = true});
  for (const Pixels pixels : {Pixels::kBytes, Pixels::kUnit}) {
    const json got =
        run_onnx({to_onnx(one, lite(), pixels), to_onnx(many, lite(), pixels)}, npy_of(pixels));
    ASSERT_EQ(got.size(), 2u);
    expect_predictions(got[0]["outputs"], one, Pictures::some().features);
    expect_predictions(got[1]["outputs"], many, Pictures::some().features);
  }
}

TEST(OnnxModel, TheLastStageAlone) {
  const Pictures& pictures = Pictures::some();
  model::Model model = model_of({});
  model.input.stages = features::Stages::kLast;
  model.input.features = lite().last_layer_count();
  const MatrixF last = pictures.features.leftCols(model.input.features);
  auto& head = std::get<head::LinearHead>(model.head);
  head.weights = Matrix(head.weights.leftCols(model.input.features));
  const json got = run_onnx({to_onnx(model, lite(), Pixels::kBytes)}, npy_of(Pixels::kBytes));
  ASSERT_EQ(got.size(), 1u);
  const auto want = model::Predictor(model).predict(last);
  for (std::size_t i = 0; i < want.size(); ++i) {
    EXPECT_NEAR(got[0]["outputs"]["score"][i].get<double>(), want[i].score, 1e-4);
  }
}

TEST(OnnxModel, ItsLogitsGiveTheProbabilitiesAgain) {
  const std::vector<model::Model> models{
      model_of({.calibration = metrics::CalibrationMethod::kVector}),
      model_of({.none_class = true}), model_of({.loss = "bce_with_logits"})};
  std::vector<std::string> graphs;
  for (const auto& model : models) graphs.push_back(to_onnx(model, lite(), Pixels::kUnit));
  const json got = run_onnx(graphs, npy_of(Pixels::kUnit));
  ASSERT_EQ(got.size(), models.size());
  for (std::size_t m = 0; m < models.size(); ++m) {
    const json& outputs = got[m]["outputs"];
    for (std::size_t i = 0; i < outputs["logits"].size(); ++i) {
      Matrix row(1, 3);
      for (Index c = 0; c < 3; ++c) row(0, c) = outputs["logits"][i][static_cast<std::size_t>(c)];
      loss::activate(
          sums_to_one(models[m]) ? loss::Activation::kSoftmax : loss::Activation::kSigmoid,
          row.data(), 1, 3);
      for (Index c = 0; c < 3; ++c) {
        EXPECT_NEAR(row(0, c),
                    outputs["probabilities"][i][static_cast<std::size_t>(c)].get<double>(), 1e-5);
      }
    }
  }
}

TEST(OnnxModel, FormAndMetadata) {
  const model::Model model = model_of({});
  const json got = run_onnx({to_onnx(model, lite(), Pixels::kBytes)}, npy_of(Pixels::kBytes));
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0]["input"], json({{"name", "pixels"},
                                   {"type", "tensor(uint8)"},
                                   {"shape", {"batch", Pictures::kSize, Pictures::kSize, 3}}}));
  EXPECT_EQ(got[0]["types"], json({{"probabilities", "tensor(float)"},
                                   {"score", "tensor(float)"},
                                   {"labels", "tensor(uint8)"}}));
  // As Ultralytics' AutoBackend has it, after ast.literal_eval.
  const json& metadata = got[0]["metadata"];
  EXPECT_EQ(metadata["names"],
            json({{"0", "it's a building"}, {"1", "food \\ \"drink\""}, {"2", "Pflänzchen"}}));
  EXPECT_EQ(metadata["task"], "classify");
  EXPECT_EQ(metadata["imgsz"], json({Pictures::kSize, Pictures::kSize}));
  EXPECT_EQ(metadata["batch"], 1);
  EXPECT_EQ(metadata["stride"], 1);
  EXPECT_EQ(metadata["channels"], 3);
  EXPECT_EQ(metadata["args"]["dynamic"], true);
  EXPECT_EQ(metadata["license"], "Apache-2.0");  // of EfficientNet-Lite0
  EXPECT_EQ(metadata["model_license"], "Apache-2.0");
  EXPECT_EQ(metadata["oneormany.input"]["layout"], "NHWC");
  EXPECT_EQ(metadata["oneormany.model"]["classes"], json(model.classes));
  EXPECT_EQ(metadata["oneormany.model"]["rule"]["thresholds"], json(model.rule.thresholds));
  EXPECT_EQ(to_onnx(model, lite(), Pixels::kBytes), to_onnx(model, lite(), Pixels::kBytes));
}

// --- backbones that are ONNX files ---

/// Four numbers of each picture: mean red and so on of what a convolution makes of it. Its names
/// are such as a careless exporter gives, some of them those that our own nodes have.
backbone::OnnxBytes network(std::int64_t batch = backbone::kAny) {
  return backbone::OnnxBytes()
      .input("pixels", {batch, 3, backbone::kAny, backbone::kAny})
      .floats("head/constant_1", {4, 3, 1, 1},
              {1, -1, 0, 0, 1, 2, -1, 0.5f, 0.25f, 0.1f, 0.2f, 0.3f})
      .node("Conv", {"pixels", "head/constant_1"}, "score")
      .node("Relu", {"score"}, "labels");
}

std::string flat_network(std::int64_t batch = backbone::kAny) {
  return network(batch)
      .node("GlobalAveragePool", {"labels"}, "probabilities")
      .node("Flatten", {"probabilities"}, "features")
      .output("features", {batch, 4})
      .file();
}

/// With a linear head on its features of these pictures.
model::Model small_model(
    const backbone::Backbone& backbone, MatrixF& features,
    const std::vector<std::vector<std::uint8_t>>& pixels = Pictures::some().pixels) {
  model::Model model = model_of({});
  model.input.backbone = backbone.options();
  features.resize(static_cast<Index>(pixels.size()), backbone.feature_count());
  for (Index i = 0; i < features.rows(); ++i) {
    backbone.run(pixels[static_cast<std::size_t>(i)],
                 {features.row(i).data(), static_cast<std::size_t>(features.cols())});
  }
  model.input.features = backbone.feature_count();
  auto& head = std::get<head::LinearHead>(model.head);
  head.weights = Matrix(head.weights.leftCols(model.input.features)) * 10;
  std::vector<double> scores;
  for (const auto& one : model::Predictor(model).predict(features)) scores.push_back(one.score);
  model.rule.thresholds = {between(scores)};
  return model;
}

class OwnNetwork : public testing::Test {
 protected:
  /// Files of one opset.
  void expect_same_answers(const std::vector<std::filesystem::path>& files, int opset = 13,
                           double tolerance = 1e-4) {
    std::vector<model::Model> models;
    std::vector<MatrixF> features(files.size());
    std::map<Pixels, std::vector<std::string>> graphs;
    for (std::size_t i = 0; i < files.size(); ++i) {
      const backbone::Backbone backbone = backbone_of(files[i].string());
      models.push_back(small_model(backbone, features[i]));
      for (const Pixels pixels : {Pixels::kBytes, Pixels::kUnit}) {
        graphs[pixels].push_back(to_onnx(models[i], backbone, pixels));
      }
    }
    for (const auto& [pixels, some] : graphs) {
      const json got = run_onnx(some, npy_of(pixels));
      ASSERT_EQ(got.size(), files.size());
      for (std::size_t i = 0; i < files.size(); ++i) {
        SCOPED_TRACE(files[i]);
        EXPECT_EQ(got[i]["opsets"][""], opset);
        expect_predictions(got[i]["outputs"], models[i], features[i], tolerance);
      }
    }
  }
  const Folder folder_;
};

TEST_F(OwnNetwork, IsEmbeddedWithItsOpset) {
  expect_same_answers({folder_.write("net.onnx", flat_network())});
}

TEST_F(OwnNetwork, IsPooled) {
  expect_same_answers({folder_.write(
      "net.onnx",
      network().output("labels", {backbone::kAny, 4, backbone::kAny, backbone::kAny}).file())});
}

TEST_F(OwnNetwork, ItsWeightsMayLieBesideIt) {
  const std::vector<float> weights{1, -1, 0, 0, 1, 2, -1, 0.5f, 0.25f, 0.1f, 0.2f, 0.3f};
  folder_.write("weights.bin", backbone::raw(weights));
  const auto file =
      folder_.write("net.onnx", backbone::OnnxBytes()
                                    .input("x", {backbone::kAny, 3, backbone::kAny, backbone::kAny})
                                    .floats_beside("w", {4, 3, 1, 1}, "weights.bin")
                                    .node("Conv", {"x", "w"}, "y")
                                    .node("GlobalAveragePool", {"y"}, "mean")
                                    .node("Flatten", {"mean"}, "features")
                                    .output("features", {backbone::kAny, 4})
                                    .file());
  expect_same_answers({file});
  std::filesystem::remove(folder_ / "weights.bin");
  EXPECT_THAT(error_in([&] { read_network(file); }), HasSubstr("weights.bin"));
}

TEST_F(OwnNetwork, ItsLicenceIsWhatItsMetadataSayOrNotThere) {
  const auto license = [&](const std::vector<std::string>& keys) {
    backbone::OnnxBytes net = network();
    for (const auto& key : keys) net.metadata(key, key + " of mine");
    const backbone::Backbone backbone =
        backbone_of(folder_
                        .write("net.onnx", net.node("GlobalAveragePool", {"labels"}, "mean")
                                               .node("Flatten", {"mean"}, "features")
                                               .output("features", {backbone::kAny, 4})
                                               .file())
                        .string());
    MatrixF features;
    const model::Model model = small_model(backbone, features);
    onnx::ModelProto made;
    made.ParseFromString(to_onnx(model, backbone, Pixels::kBytes));
    std::map<std::string, std::string> found;
    for (const auto& entry : made.metadata_props()) found[entry.key()] = entry.value();
    EXPECT_EQ(found["license"], found["model_license"]);
    return found["license"];
  };
  EXPECT_EQ(license({}), "");
  EXPECT_EQ(license({"model_license"}), "model_license of mine");
  EXPECT_EQ(license({"license", "model_license"}), "license of mine");
}

TEST_F(OwnNetwork, OfOnePictureAtATimeStaysSo) {
  const backbone::Backbone backbone =
      backbone_of(folder_.write("net.onnx", flat_network(1)).string());
  MatrixF features;
  const model::Model model = small_model(backbone, features);
  const auto& pixels = Pictures::some().pixels;
  const json got = run_onnx({to_onnx(model, backbone, Pixels::kBytes)},
                            npy_of_pixels({pixels[0]}, Pictures::kSize));
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0]["input"]["shape"][0], 1);
  EXPECT_EQ(got[0]["metadata"]["args"]["dynamic"], false);
  EXPECT_NEAR(got[0]["outputs"]["score"][0].get<double>(),
              model::Predictor(model).predict(features.topRows(1))[0].score, 1e-4);
}

TEST_F(OwnNetwork, WhatIsNoOnnxFileOrTooOldIsRefused) {
  std::string bytes = flat_network();
  const std::size_t opset = bytes.find("\x42\x02\x10\x0d");
  ASSERT_NE(opset, std::string::npos);
  bytes[opset + 3] = 6;
  const auto file = folder_.write("net.onnx", bytes);
  EXPECT_THAT(error_in([&] { read_network(file); }),
              testing::AllOf(HasSubstr("net.onnx"), HasSubstr("opset 6"), HasSubstr("opset 13")));
  EXPECT_THAT(error_in([&] { read_network(folder_.write("no.onnx", "no ONNX file")); }),
              HasSubstr("no.onnx"));
}

/// A network whose picture is of this type, with its colours first or last. Each colour counts
/// otherwise, so that none can stand in another's place.
backbone::OnnxBytes network_of(int type, bool colours_last) {
  using backbone::kAny;
  const std::vector<float> weights{0.5f,   -0.25f, 0.125f,  0.0625f, 0.25f, 0.75f,
                                   -0.75f, 0.5f,   0.3125f, 0.375f,  0.25f, -0.5f};
  backbone::OnnxBytes onnx;
  onnx.input("pixels",
             colours_last ? std::vector{kAny, kAny, kAny, 3L} : std::vector{kAny, 3L, kAny, kAny},
             type);
  std::string x = "pixels";
  if (type == backbone::kBytes) {
    onnx.node("Cast", {x}, "floats", {{"to", {backbone::kFloats}}});
    onnx.floats("least", {}, {1.0f / 255});
    onnx.node("Mul", {"floats", "least"}, "unit");
    x = "unit";
  }
  if (colours_last) {
    onnx.node("Transpose", {x}, "colours", {{"perm", {0, 3, 1, 2}}});
    x = "colours";
  }
  const bool half = type == backbone::kHalfFloats;
  half ? onnx.half_floats("weights", {4, 3, 1, 1}, weights)
       : onnx.floats("weights", {4, 3, 1, 1}, weights);
  return onnx.node("Conv", {x, "weights"}, "y")
      .node("Relu", {"y"}, "z")
      .node("GlobalAveragePool", {"z"}, "mean")
      .node("Flatten", {"mean"}, "features")
      .output("features", {kAny, 4}, half ? type : backbone::kFloats);
}

TEST_F(OwnNetwork, MayHaveItsColoursLastOrBlueFirstOrTakeBytes) {
  std::vector<std::filesystem::path> files;
  for (const int type : {backbone::kFloats, backbone::kBytes}) {
    for (const bool last : {false, true}) {
      for (const bool blue_first : {false, true}) {
        backbone::OnnxBytes net = network_of(type, last);
        // Of red, green and blue, whatever comes first; bytes come as they are.
        net.metadata("oneormany.mean", "0.1,0.4,0.7").metadata("oneormany.std", "0.2,0.5,0.9");
        if (blue_first) net.metadata("Image.BitmapPixelFormat", "Bgr8");
        files.push_back(
            folder_.write(fmt::format("{}{}{}.onnx", type, last, blue_first), net.file()));
        const backbone::Input input = backbone_of(files.back().string()).input();
        EXPECT_EQ(input.layout == backbone::Input::Layout::kNhwc, last);
        EXPECT_EQ(input.bgr, blue_first);
        EXPECT_EQ(input.bytes, type == backbone::kBytes);
      }
    }
  }
  expect_same_answers(files);
}

TEST_F(OwnNetwork, MayBeOfHalfFloats) {
  // Weights alone, as they are kept small: what is worked out is floats.
  auto kept =
      backbone::OnnxBytes()
          .input("x", {backbone::kAny, 3, backbone::kAny, backbone::kAny})
          .half_floats("half", {4, 3, 1, 1}, {1, -1, 0, 0, 1, 2, -1, 0.5f, 0.25f, 0.1f, 0.2f, 0.3f})
          .node("Cast", {"half"}, "weights", {{"to", {backbone::kFloats}}})
          .node("Conv", {"x", "weights"}, "y")
          .node("GlobalAveragePool", {"y"}, "mean")
          .node("Flatten", {"mean"}, "features")
          .output("features", {backbone::kAny, 4});
  expect_same_answers({folder_.write("kept.onnx", kept.file())});
  // All of it: ONNX Runtime rounds the pixels and what its nodes give to 11 bits, which is
  // 5e-4 of a feature; OpenVINO reckons in floats. The head makes ten times as much of it.
  expect_same_answers({folder_.write("first.onnx", network_of(backbone::kHalfFloats, false).file()),
                       folder_.write("last.onnx", network_of(backbone::kHalfFloats, true).file())},
                      13, 5e-3);
}

/// The upper left corners of the pictures.
std::vector<std::vector<std::uint8_t>> corners(int size) {
  std::vector<std::vector<std::uint8_t>> all;
  for (const auto& rgb : Pictures::some().pixels) {
    auto& corner = all.emplace_back();
    for (int y = 0; y < size; ++y) {
      const auto row = rgb.begin() + y * Pictures::kSize * 3;
      corner.insert(corner.end(), row, row + size * 3);
    }
  }
  return all;
}

/// What people export, and exported some years ago: see tests/golden/backbones/make.py,
/// make_old.py.
TEST_F(OwnNetwork, MayBeAVisionTransformerOrOld) {
  const auto run = [](const std::string& name, const std::string& output, int opset = 20) {
    SCOPED_TRACE(name + " " + output);
    const backbone::Backbone backbone =
        backbone_of(TEST_DATA "/backbones/" + name + ".onnx", 0, output);
    MatrixF features;
    const auto pixels = corners(backbone.size());
    const model::Model model = small_model(backbone, features, pixels);
    const auto want = model::Predictor(model).predict(features);
    // Two of the files take one picture at a time.
    const bool one = name == "dinov2" || name == "clip_vision";
    const std::size_t at_once = one ? 1 : pixels.size();
    const json got =
        run_onnx({to_onnx(model, backbone, Pixels::kBytes)},
                 npy_of_pixels({pixels.begin(), pixels.begin() + static_cast<Index>(at_once)},
                               backbone.size()));
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0]["opsets"][""], opset);
    for (std::size_t i = 0; i < at_once; ++i) {
      for (std::size_t c = 0; c < 3; ++c) {
        EXPECT_NEAR(got[0]["outputs"]["probabilities"][i][c].get<double>(),
                    want[i].probabilities(static_cast<Index>(c)), 1e-4);
      }
    }
  };
  run("timm_vit", "");
  run("dinov2", "");
  run("clip_vision", "");
  run("clip_vision", "last_hidden_state:first");
  run("dinov2", "last_hidden_state:mean");
  for (const char* name : {"old_vit_9", "old_conv_10", "old_vit_12"}) run(name, "", 13);
}

// --- Hugging Face ---

TEST(HuggingFace, TheFolderSaysHowPicturesAreReadAndClassesCalled) {
  const model::Model model = model_of({});
  const auto files = hugging_face_files(model, lite(), "the card");
  std::map<std::string, std::string> found(files.begin(), files.end());
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found["README.md"], "the card");
  EXPECT_EQ(found["model.onnx"], to_onnx(model, lite(), Pixels::kUnit));
  const json config = json::parse(found["config.json"]);
  EXPECT_EQ(config["id2label"]["2"], "Pflänzchen");
  EXPECT_EQ(config["label2id"]["Pflänzchen"], 2);
  EXPECT_EQ(config["problem_type"], "single_label_classification");
  const json reading = json::parse(found["preprocessor_config.json"]);
  EXPECT_EQ(reading["size"], json({{"height", Pictures::kSize}, {"width", Pictures::kSize}}));
  EXPECT_EQ(reading["do_normalize"], false);  // the graph does it
  EXPECT_EQ(reading["do_center_crop"], false);
  // Probabilities that don't sum to 1 aren't a softmax's.
  for (const Recipe& recipe : {Recipe{.none_class = true}, Recipe{.loss = "bce_with_logits"}}) {
    const auto others = hugging_face_files(model_of(recipe), lite(), "");
    EXPECT_EQ(json::parse(others[1].second)["problem_type"], "multi_label_classification");
  }
}

}  // namespace
}  // namespace oneormany::exporting
