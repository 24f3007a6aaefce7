#include "arrays/json.h"

#include <gmock/gmock.h>

#include "arrays/safetensors.h"
#include "tests/backbone/files.h"
#include "tests/error_in.h"

namespace oneormany::arrays {
namespace {

using testing::HasSubstr;

std::string message(const std::string& text) {
  return error_in([&] { parse_json(text); });
}

TEST(Json, IsReadDownToItsDepth) {
  EXPECT_EQ(parse_json(R"({"a": [1, "b", null]})").dump(), R"({"a":[1,"b",null]})");
  const auto nested = [](int depth) {
    const auto n = static_cast<std::size_t>(depth);
    return std::string(n, '[') + std::string(n, ']');
  };
  parse_json(nested(kDeepestJson));
  EXPECT_THAT(message(nested(kDeepestJson + 1)), HasSubstr("nested deeper than 32 levels"));
  EXPECT_THAT(message(std::string(10'000'000, '[')), HasSubstr("nested deeper"));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_THAT(message(objects), HasSubstr("nested deeper"));
}

TEST(Json, WrongIsAnErrorOfOneLine) {
  EXPECT_THAT(message("{\"a\": "), HasSubstr("broken JSON at character 7"));
  EXPECT_THAT(message("1e999"), HasSubstr("a number that is too large"));
  EXPECT_THAT(message("\"\xff\""), HasSubstr("broken JSON at character"));
}

TEST(Json, OfASafetensorsHeaderHasTheSameLimits) {
  for (const std::string& header : {std::string(1'000'000, '['), std::string("{\"a\": 1e999}"),
                                    "{\"a\": " + std::string(200, '[')}) {
    EXPECT_THAT(error_in([&] { read_safetensors(backbone::safetensors_file(header, "")); }),
                HasSubstr("header that isn't JSON"));
  }
}

}  // namespace
}  // namespace oneormany::arrays
