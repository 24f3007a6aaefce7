#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backbone/backbone.h"
#include "backbone/networks.h"
#include "backbone/weights.h"
#include "exporting/network_graph.h"
#include "exporting/pixels_graph.h"
#include "tests/backbone/formula.h"
#include "tests/exporting/onnx_runtime.h"
#include "tests/exporting/pictures.h"

namespace oneormany::exporting {
namespace {

using onnx::TensorProto;

/// Pixels to features, no more.
std::string features_graph(const backbone::Network& network, int size, Pixels pixels) {
  Graph graph;
  backbone::Input input{.size = size};
  for (std::size_t c = 0; c < 3; ++c) {
    input.mean[c] = network.normalisation.mean[c] / 255;
    input.std[c] = network.normalisation.scale[c] / 255;
  }
  const Value x = add_pixels(graph, pixels, input);
  graph.part("backbone");
  const auto columns = static_cast<std::int64_t>(network.model->output().get_shape()[1]);
  graph.output(add_network(graph, *network.model, x), "features", TensorProto::FLOAT, {columns});
  return graph.model().SerializeAsString();
}

class ExportedNetwork : public testing::TestWithParam<std::string> {};

TEST_P(ExportedNetwork, GivesTheFeaturesOfTorchvision) {
  const json& want = backbone::torchvision()["networks"][GetParam()];
  const int size = backbone::torchvision()["size"];
  const auto network = backbone::build_network(backbone::formula_tensors(GetParam()), size);
  const auto pixels = backbone::formula_pixels(size);
  const json got = run_onnx({features_graph(network, size, Pixels::kBytes)},
                            npy_of_pixels({pixels, pixels}, size));
  ASSERT_EQ(got.size(), 1u);
  const json& features = got[0]["outputs"]["features"];
  ASSERT_EQ(features.size(), 2u);
  for (const json& row : features) {
    for (std::size_t i = 0; i < want["features"].size(); ++i) {
      EXPECT_NEAR(row[i].get<double>(), want["features"][i].get<double>(), 1e-4) << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, ExportedNetwork,
                         testing::Values("resnet18", "resnet34", "resnet50", "mobilenet_v2"),
                         [](const auto& about) { return about.param; });

TEST(ExportedNetwork, GivesTheFeaturesThatTheProgramHasOfRealPictures) {
  const auto all = Pictures::some().pixels;
  const int size = Pictures::kSize;
  const auto network = backbone::build_network(
      backbone::read_weights(ONEORMANY_SHARE "/weights/efficientnet-lite0-57934424.pth"), size);
  const json bytes =
      run_onnx({features_graph(network, size, Pixels::kBytes)}, npy_of_pixels(all, size));
  const json unit =
      run_onnx({features_graph(network, size, Pixels::kUnit)}, npy_of_unit(all, size));
  const MatrixF& want = Pictures::some().features;
  for (const json& got : {bytes, unit}) {
    ASSERT_EQ(got.size(), 1u);
    const json& features = got[0]["outputs"]["features"];
    ASSERT_EQ(features.size(), all.size());
    for (Index i = 0; i < want.rows(); ++i) {
      const auto row = features[static_cast<std::size_t>(i)].get<std::vector<float>>();
      const Eigen::Map<const Eigen::RowVectorXf> found(row.data(), static_cast<Index>(row.size()));
      ASSERT_EQ(found.cols(), want.cols());
      EXPECT_LT((found - want.row(i)).norm(), 1e-4 * want.row(i).norm());
    }
  }
}

}  // namespace
}  // namespace oneormany::exporting
