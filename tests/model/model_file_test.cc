#include "model/model_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "arrays/safetensors.h"
#include "loss/matrix.h"
#include "model/predictor.h"
#include "tests/error_in.h"
#include "tests/folder.h"
#include "tests/model/model_case.h"

namespace oneormany::model {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

std::string error_of(std::string_view bytes) {
  return error_in([&] { from_bytes(bytes); });
}

TEST(ModelFile, HoldsWhatWasWritten) {
  for (const Kind& kind : all_kinds()) {
    const Model want = a_model(kind);
    SCOPED_TRACE(want.spec.name);
    const std::string bytes = to_bytes(want);
    const ReadModel read = from_bytes(bytes);
    EXPECT_EQ(to_bytes(read.model), bytes);  // all of it, to the last bit
    EXPECT_EQ(read.model.classes, want.classes);
    EXPECT_EQ(read.model.spec.head, want.spec.head);
    EXPECT_EQ(read.model.promise.unrelated->high, 0.12);
    EXPECT_FALSE(read.model.promise.related);
    EXPECT_EQ(read.model.training.seeds, want.training.seeds);
    EXPECT_EQ(read.sha256.size(), 64u);
    const MatrixF features = random_features(30, 99);
    const auto of_want = Predictor(want).predict(features);
    const auto of_read = Predictor(read.model).predict(features);
    for (std::size_t i = 0; i < of_want.size(); ++i) {
      EXPECT_EQ(of_read[i].labels, of_want[i].labels);
      EXPECT_EQ(of_read[i].score, of_want[i].score);
      EXPECT_EQ(of_read[i].probabilities, of_want[i].probabilities);
    }
  }
}

TEST(ModelFile, MayBeWithoutSelfTests) {
  // The pictures that they would be of were gone when the model was made.
  for (const Kind& kind : all_kinds()) {
    Model model = a_model(kind);
    model.self_tests.clear();
    EXPECT_TRUE(from_bytes(to_bytes(model)).model.self_tests.empty());
  }
}

TEST(ModelFile, IsTheOldOneOrTheWholeNewOne) {
  const Folder folder;
  write_model(folder / "a.oom", a_model());
  EXPECT_EQ(to_bytes(read_model(folder / "a.oom").model), to_bytes(a_model()));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(ModelFile, SaysWhatIsWrongInOneLineWithTheFilesName) {
  const Folder folder;
  write_text(folder / "a.oom", "hello");
  EXPECT_THAT(error_in([&] { read_model(folder / "a.oom"); }),
              AllOf(StartsWith((folder / "a.oom").string() + ": "), HasSubstr("no model"),
                    HasSubstr("a file that `oneormany train` wrote")));
  EXPECT_THAT(error_in([&] { read_model(folder / "b.oom"); }), HasSubstr("No such file"));
}

TEST(ModelFile, ForeignFilesAreNotReplaced) {
  const Folder folder;
  write_text(folder / "letter.txt", "Dear Ada");
  EXPECT_THAT(error_in([&] { refuse_foreign_model(folder / "letter.txt"); }),
              HasSubstr("not written by oneormany"));
  write_model(folder / "a.oom", a_model());
  EXPECT_NO_THROW(refuse_foreign_model(folder / "a.oom"));
  EXPECT_NO_THROW(refuse_foreign_model(folder / "new.oom"));
}

TEST(ModelFile, EveryDamageIsFound) {
  const std::string good = to_bytes(a_model({.score = ood::ScoreKind::kKnn}));
  for (std::size_t i = 0; i < good.size(); i += 1 + i / 40) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    EXPECT_THROW(from_bytes(bad), Error) << "byte " << i;
    EXPECT_THROW(from_bytes(std::string_view(good).substr(0, i)), Error) << "cut at " << i;
  }
  EXPECT_THROW(from_bytes(good + "x"), Error);
}

/// A file that says something else, with the right hash: not damage, but somebody's work.
std::string with_json(const std::function<void(nlohmann::json&)>& change, const Kind& kind = {}) {
  const std::string bytes = to_bytes(a_model(kind));
  auto metadata = arrays::read_safetensors_metadata(bytes);
  nlohmann::json json = nlohmann::json::parse(metadata["model"]);
  change(json);
  metadata["model"] = json.dump();
  const auto tensors = arrays::read_safetensors(bytes);
  metadata["sha256"] = arrays::content_sha256(tensors, metadata["model"]);
  return arrays::write_safetensors(tensors, metadata);
}

TEST(ModelFile, EveryNameIsNeededAndMustBeOfItsKind) {
  const nlohmann::json whole =
      nlohmann::json::parse(json_text(a_model({.score = ood::ScoreKind::kBothGates})));
  const nlohmann::json all = whole.flatten();
  std::size_t tried = 0;
  for (const auto& [path, value] : all.items()) {
    const nlohmann::json::json_pointer at(path);
    const bool in_list = std::isdigit(static_cast<unsigned char>(at.back()[0])) != 0;
    for (const nlohmann::json& wrong :
         {nlohmann::json::array({nlohmann::json::object()}), nlohmann::json(-1e300),
          nlohmann::json(std::string("\x01?"))}) {
      if (wrong.type() == value.type() || (wrong.is_number() && value.is_number_float())) continue;
      const std::string bytes =
          with_json([&](auto& json) { json[at] = wrong; }, {.score = ood::ScoreKind::kBothGates});
      EXPECT_THROW(from_bytes(bytes), Error) << path << " as " << wrong.dump();
      ++tried;
    }
    if (in_list || value.is_null()) continue;
    const std::string bytes =
        with_json([&](auto& json) { json.at(at.parent_pointer()).erase(at.back()); },
                  {.score = ood::ScoreKind::kBothGates});
    // An estimate may be missing: it is then not known.
    const bool may_be_missing = path.find("/promise/unrelated") == 0;
    if (may_be_missing) continue;
    EXPECT_THROW(from_bytes(bytes), Error) << path << " is missing";
  }
  EXPECT_GT(tried, 80u);
}

TEST(ModelFile, WhatDoesNotFitTogetherIsRefused) {
  const auto refused = [](const char* why, const std::function<void(nlohmann::json&)>& change,
                          const Kind& kind = {}) {
    EXPECT_THAT(error_of(with_json(change, kind)), HasSubstr(why));
  };
  refused("thresholds", [](auto& json) { json["rule"]["thresholds"] = {0.1, 0.2}; });
  refused("wrong shape", [](auto& json) { json["classes"].push_back("more"); });
  refused("wrong shape", [](auto& json) { json["input"]["features"] = 13; });
  refused("wrong shape", [](auto& json) { json["input"]["features"] = 1'000'000; });
  refused("features", [](auto& json) { json["input"]["features"] = 9223372036854775808u; });
  refused("size", [](auto& json) { json["input"]["size"] = 100'000; });
  refused("activation", [](auto& json) { json["model"]["activation"] = "sigmoid"; });
  refused("loss", [](auto& json) { json["model"]["loss"] = "rm -rf"; });
  refused("the score nearness", [](auto& json) { json["rule"]["score"] = "nearness"; });
  refused("lacks score.features", [](auto& json) { json["rule"]["score"] = "knn"; });
  refused("holds score.features too", [](auto& json) { json["rule"]["score"] = "energy"; },
          {.score = ood::ScoreKind::kKnn});
  refused("curves",
          [](auto& json) {
            json["calibration"]["curves"][0]["from"] = {3, 1};
          },
          {.calibration = metrics::CalibrationMethod::kIsotonic});
  refused("columns",
          [](auto& json) {
            json["calibration"]["columns"] = {2, 1, 0};
          },
          {.calibration = metrics::CalibrationMethod::kTemperature});
  refused("label_thresholds", [](auto& json) { json["rule"]["label_thresholds"] = {1, 1, 1}; });
  refused("classes", [](auto& json) { json["classes"] = nlohmann::json::array(); });
}

TEST(ModelFile, NumbersThatAreNotFiniteAreRefused) {
  Model model = a_model();
  std::get<head::LinearHead>(model.head).weights(1, 2) = std::nan("");
  EXPECT_THAT(error_of(to_bytes(model)), HasSubstr("aren't finite"));
  model = a_model({.score = ood::ScoreKind::kKnn});
  model.score_rows.features(3, 3) = std::numeric_limits<float>::infinity();
  EXPECT_THAT(error_of(to_bytes(model)), HasSubstr("aren't finite"));
}

TEST(ModelFile, LabelsOfNoClassAreRefused) {
  Model model = a_model({.score = ood::ScoreKind::kKnn});
  model.score_rows.labels[3] = {3};
  EXPECT_THAT(error_of(to_bytes(model)), HasSubstr("no picture or class"));
  model.score_rows.labels[3] = {2, 1};
  EXPECT_THAT(error_of(to_bytes(model)), HasSubstr("don't rise"));
  model.score_rows.labels[3] = {};
  EXPECT_THAT(error_of(to_bytes(model)), HasSubstr("without a label"));
}

TEST(ModelFile, DeepJsonIsRefused) {
  const std::string bytes = with_json([](auto& json) {
    nlohmann::json deep = 1;
    for (int i = 0; i < 1000; ++i) deep = nlohmann::json::array({deep});
    json["training"]["data"] = deep;
  });
  EXPECT_THAT(error_of(bytes), HasSubstr("deep"));
}

TEST(ModelFile, ANewerVersionSaysSo) {
  std::string bytes = to_bytes(a_model());
  const std::string format = "oneormany-model-1";
  bytes.replace(bytes.find(format), format.size(), "oneormany-model-2");
  EXPECT_THAT(error_of(bytes), AllOf(HasSubstr("newer oneormany"), HasSubstr("oneormany-model-2"),
                                     HasSubstr("update")));
  bytes.replace(bytes.find("oneormany-model-2"), format.size(), "oneormany-money-1");
  EXPECT_THAT(error_of(bytes), HasSubstr("but no model"));
}

}  // namespace
}  // namespace oneormany::model
