#include "arrays/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/backbone/files.h"

namespace oneormany::arrays {
namespace {

using backbone::safetensors_file;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Safetensors, WhatIsWrittenIsReadAgain) {
  const std::vector<float> numbers{1.5f, -2, 3, 4, 5, 6};
  const std::vector<std::uint8_t> bytes{7, 255, 0};
  const auto storage = [](const auto& values) { return std::as_bytes(std::span(values)); };
  const std::string file = write_safetensors({{"n", {Dtype::kF32, storage(numbers), 0, {2, 3}, {}}},
                                              {"b", {Dtype::kU8, storage(bytes), 0, {3}, {}}},
                                              {"empty", {Dtype::kF16, {}, 0, {0, 4}, {}}}},
                                             {{"what", "a \"test\", äöü"}});
  const auto read = read_safetensors(file);
  ASSERT_EQ(read.size(), 3u);
  auto budget = static_cast<std::int64_t>(file.size());
  EXPECT_THAT(to_floats(read.at("n"), budget), ElementsAre(1.5f, -2, 3, 4, 5, 6));
  EXPECT_THAT(read.at("n").shape, ElementsAre(2, 3));
  EXPECT_THAT(to_floats(read.at("b"), budget), ElementsAre(7, 255, 0));
  EXPECT_THAT(read.at("empty").shape, ElementsAre(0, 4));
  EXPECT_THAT(read_safetensors_metadata(file),
              ElementsAre(testing::Pair("what", "a \"test\", äöü")));
}

TEST(Safetensors, AHeaderIsAsLongForAnyNumberOfRows) {
  const std::map<std::string, std::string> metadata{{"a", "b"}};
  const std::size_t length = safetensors_header("x", 0, 3, metadata).size();
  EXPECT_EQ(length % 8, 0U);
  for (const std::uint64_t rows : {1ULL, 123'456ULL, 50'000'000'000ULL}) {
    EXPECT_EQ(safetensors_header("x", rows, 3, metadata).size(), length);
  }
  const std::vector<float> numbers{1, 2, 3, 4, 5, 6};
  const std::string file =
      safetensors_header("x", 2, 3, metadata) +
      std::string(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(float));
  const auto read = read_safetensors(file);
  auto budget = static_cast<std::int64_t>(file.size());
  EXPECT_THAT(read.at("x").shape, ElementsAre(2, 3));
  EXPECT_EQ(to_floats(read.at("x"), budget), numbers);
  EXPECT_EQ(read_safetensors_metadata(file), metadata);
}

TEST(Safetensors, MetadataThatIsMissingOrNoTextIsLeftOut) {
  EXPECT_TRUE(read_safetensors_metadata(safetensors_file("{}", "")).empty());
  EXPECT_TRUE(read_safetensors_metadata(safetensors_file(R"({"__metadata__":7})", "")).empty());
  EXPECT_THAT(
      read_safetensors_metadata(safetensors_file(R"({"__metadata__":{"a":1,"b":"c"}})", "")),
      ElementsAre(testing::Pair("b", "c")));
}

}  // namespace
}  // namespace oneormany::arrays
