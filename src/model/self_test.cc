#include "model/self_test.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.h"
#include "base/parallel.h"

namespace oneormany::model {
namespace {

std::vector<std::uint8_t> enlarged(const std::vector<std::uint8_t>& rgb, int side) {
  const auto from = [side](int at) { return at * SelfTest::kSide / side; };
  std::vector<std::uint8_t> large;
  large.reserve(static_cast<std::size_t>(side) * static_cast<std::size_t>(side) * 3);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const auto first = rgb.begin() + 3 * (from(y) * SelfTest::kSide + from(x));
      large.insert(large.end(), first, first + 3);
    }
  }
  return large;
}

}  // namespace

Vector logits_of(const std::vector<std::uint8_t>& rgb, const backbone::Backbone& backbone,
                 const Predictor& predictor) {
  MatrixF features(1, backbone.feature_count());
  backbone.run(enlarged(rgb, backbone.size()),
               {features.data(), static_cast<std::size_t>(features.size())});
  features::keep_stages(features, predictor.model().input.stages, backbone);
  return predictor.predict(features).front().logits;
}

void check_self_tests(const Predictor& predictor, const backbone::Backbone& backbone) {
  const Model& model = predictor.model();
  const auto is_bf16 = [](const backbone::BackboneOptions& options) {
    return options.precision == backbone::Precision::kBf16;
  };
  const double share = is_bf16(model.input.backbone) || is_bf16(backbone.options()) ? 0.2 : 0.001;
  std::vector<double> off(model.self_tests.size());
  base::parallel_for(off.size(), [&](std::size_t i) {
    const SelfTest& test = model.self_tests[i];
    const double largest = std::max(1.0, test.logits.cwiseAbs().maxCoeff());
    off[i] =
        (logits_of(test.rgb, backbone, predictor) - test.logits).cwiseAbs().maxCoeff() / largest;
  });
  for (const double one : off) {
    if (one <= share) continue;
    throw Error(
        fmt::format("the model doesn't give here what it gave where it was trained (a self-test's "
                    "logits are off by {:.2g} %): train it again on this machine",
                    100 * one));
  }
}

}  // namespace oneormany::model
