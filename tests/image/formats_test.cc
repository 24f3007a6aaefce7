// Every format and colour model as independent decoders see it: tests/golden/pictures/make.py wrote
// the pictures, and what Pillow, tifffile, imagecodecs, cairosvg and the definitions make of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>

#include "base/error.h"
#include "image/image.h"
#include "tests/error_in.h"
#include "tests/folder.h"
#include "tests/image/decoded.h"

namespace oneormany::image {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr int kSize = 16;  // the pictures' own, so that nothing is resized
const fs::path kPictures = fs::path(TEST_DATA) / "pictures";

Bytes decode(const std::string& name, ImageOptions options = {}) {
  options.size = kSize;
  return decoded(kPictures / name, options);
}

Bytes expected(const std::string& name) {
  const std::string file = read_text(kPictures / (name + ".ppm"));
  const std::string pixels = file.substr(file.size() - std::size_t{3} * kSize * kSize);
  return {pixels.begin(), pixels.end()};
}

/// The largest difference of a value, of 255.
int difference(const Bytes& a, const Bytes& b) {
  int most = a.size() == b.size() ? 0 : 255;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    most = std::max(most, std::abs(a[i] - b[i]));
  }
  return most;
}

std::vector<std::string> names() {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(kPictures)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".ppm")) continue;
    const std::string picture = name.substr(0, name.size() - 4);
    if (fs::exists(base::named_page(kPictures / picture).file)) found.push_back(picture);
  }
  std::sort(found.begin(), found.end());
  return found;
}

class Formats : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { start_image_library(); }
};

TEST_P(Formats, AreWhatAnIndependentDecoderSees) {
  // Two programs turn YCbCr and CIELAB of 8 bits into RGB with other roundings.
  const std::map<std::string, int> loose{{"rgb.heic", 3}, {"lab.tif", 8}};
  const auto found = loose.find(GetParam());
  EXPECT_LE(difference(decode(GetParam()), expected(GetParam())),
            found == loose.end() ? 2 : found->second);
}

INSTANTIATE_TEST_SUITE_P(All, Formats, testing::ValuesIn(names()), [](const auto& test) {
  std::string name = test.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !std::isalnum(c); }, '_');
  return name;
});

class Refused : public testing::Test {
 protected:
  void SetUp() override { start_image_library(); }
};

std::string complaint(const std::string& name, const ImageOptions& options = {}) {
  return error_in([&] { decode(name, options); });
}

TEST_F(Refused, WithTheReasonAndTheCure) {
  for (const auto& [name, what] : std::map<std::string, const char*>{
           {"thirteen.tif",
            "has 13 bands, not red, green and blue: convert it to RGB, or say "
            "which are (from 1) with --bands R,G,B"},
           {"three_grey.tif", "has 3 bands, not red, green and blue"},
           {"double.tif", "has 64 floating-point bits a sample: save it"},
           {"complex.tif", "complex numbers: save it"},
           {"negative.tif", "holds values from -1 to 1, some of them negative: save it"},
           {"million.tif",
            "more than 65535: save it as 8-bit RGB or grey, or say what is white "
            "with --white"},
           {"signed8.tif", "signed bytes: save it"},
           {"encrypted.pdf", "is encrypted: save it without a password"},
           {"nan.tif", "holds NaN or infinite values: save it"},
           {"twelve_packed.tif", "has 12 bits a sample: save it"}}) {
    EXPECT_THAT(complaint("refused_" + name),
                AllOf(HasSubstr("refused_" + name + ": "), HasSubstr(what), Not(HasSubstr("\n"))));
  }
}

TEST_F(Refused, ButReadIfTheUserSaysHow) {
  const Bytes three = decode("refused_three_grey.tif", {.bands = std::array{1, 2, 3}});
  EXPECT_EQ(three, expected("rgb.png"));
  const Bytes turned = decode("refused_three_grey.tif", {.bands = std::array{3, 2, 1}});
  EXPECT_EQ(turned[3 * 85], three[3 * 85 + 2]);
  EXPECT_THAT(complaint("refused_thirteen.tif", {.bands = std::array{4, 3, 14}}),
              HasSubstr("has 13 bands, so --bands 4,3,14 can't be taken from it"));
  EXPECT_LE(difference(decode("refused_million.tif", {.white = 1e6}), expected("float1.tif")), 2);
}

TEST_F(Refused, WhiteIsWhatTheUserSays) {
  EXPECT_LE(difference(decode("in_sixteen1023.tif", {.white = 1023}), expected("grey.png")), 2);
  const Bytes dark = decode("in_sixteen4095.tif", {.white = 65535});
  EXPECT_LE(*std::max_element(dark.begin(), dark.end()), 16);
}

TEST_F(Refused, PagesThatAreNotThere) {
  EXPECT_THAT(complaint("several.tif#page=5"),
              HasSubstr("several.tif: has 4 pages, so there is no page 5"));
  EXPECT_THAT(complaint("several.pdf#page=4"), HasSubstr("has 3 pages, so there is no page 4"));
  EXPECT_THAT(complaint("rgb.png#page=2"), HasSubstr("has 1 page, so there is no page 2"));
  EXPECT_EQ(decode("rgb.png#page=1"), decode("rgb.png"));
}

TEST_F(Refused, APdfThatIsBroken) {
  const std::string whole = read_text(kPictures / "several.pdf");
  const Folder folder;
  EXPECT_THAT(
      error_in([&] { decoded(folder.write("a.pdf", whole.substr(0, 300)), {.size = kSize}); }),
      HasSubstr("a.pdf: is damaged or cut short"));
}

TEST(Pages, AreCounted) {
  start_image_library();
  const auto count = [](const std::string& name) {
    return count_pages(std::make_shared<const InputFile>(kPictures / name), {});
  };
  EXPECT_EQ(count("several.tif"), 4U);
  EXPECT_EQ(count("several.pdf"), 3U);
  EXPECT_EQ(count("rgb.png"), 1U);
  EXPECT_EQ(count("frames.gif"), 1U);  // frames are no pages
  EXPECT_THAT(error_in([&] { count("refused_encrypted.pdf"); }), HasSubstr("is encrypted"));
}

TEST(Pages, HaveThumbnailsOfTheirOwn) {
  start_image_library();
  const auto thumbnail = [](const std::string& name) {
    return thumbnail_jpeg(kPictures / name, kSize, {});
  };
  EXPECT_EQ(thumbnail("several.pdf#page=1"), thumbnail("several.pdf"));
  EXPECT_NE(thumbnail("several.pdf#page=2"), thumbnail("several.pdf"));
  EXPECT_NE(thumbnail("several.tif#page=3"), thumbnail("several.tif"));
}

TEST(Bands, AreThreeNumbersFromOne) {
  EXPECT_EQ(parse_bands("4,3,2"), (std::array{4, 3, 2}));
  for (const char* wrong : {"", "4,3", "4,3,2,1", "0,1,2", "a,b,c", "4;3;2", "4,3,2x"}) {
    EXPECT_THROW(parse_bands(wrong), UsageError) << wrong;
  }
}

}  // namespace
}  // namespace oneormany::image
