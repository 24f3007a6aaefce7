// Pictures that may have been read wrongly, from real files.
#include "app/suspicious.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vips/vips8>

#include "tests/folder.h"

namespace oneormany::app {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using vips::VImage;

class Suspicious : public testing::Test {
 protected:
  void SetUp() override { image::start_image_library(); }

  void add(const VImage& image, const std::string& name) {
    image.write_to_file((folder_ / name).c_str());
    files_.push_back(folder_ / name);
  }
  /// Noise of 8 bits in three bands.
  static VImage noise(int width, int height, double mean = 128, double deviation = 40) {
    const auto one = [&](int seed) {
      return VImage::gaussnoise(
          width, height,
          VImage::option()->set("mean", mean)->set("sigma", deviation)->set("seed", seed));
    };
    return VImage::bandjoin({one(1), one(2), one(3)})
        .cast(VIPS_FORMAT_UCHAR)
        .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  }
  std::vector<std::string> lines(int size = 224) const {
    std::vector<std::string> texts;
    for (const auto& doubt : suspicious_pictures(files_, features::decode_only(files_, {}), size)) {
      texts.push_back(doubt.text());
    }
    return texts;
  }
  std::string path(const char* name) const { return (folder_ / name).string(); }

  const Folder folder_;
  std::vector<fs::path> files_;
};

TEST_F(Suspicious, OrdinaryPicturesAreNot) {
  for (int i = 0; i < 3; ++i) add(noise(100 + i, 90), std::to_string(i) + ".png");
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(Suspicious, BlankOnesAreCountedAndNamed) {
  for (int i = 0; i < 5; ++i) {
    add((noise(80, 80) * 0 + 50 * i + 5).cast(VIPS_FORMAT_UCHAR), std::to_string(i) + ".png");
  }
  add(noise(80, 80, 8, 4), "dark.png");
  add(noise(80, 80, 250, 4), "light.png");
  for (int i = 0; i < 30; ++i) add(noise(80 + i, 80), "good" + std::to_string(i) + ".png");
  EXPECT_THAT(
      lines(),
      ElementsAre(StartsWith("A single colour once decoded: 5 pictures (" + path("0.png") + ", " +
                             path("1.png") + ", " + path("2.png") + " and 2 more). "),
                  StartsWith("Nearly black once decoded: 1 picture (" + path("dark.png")),
                  StartsWith("Nearly white once decoded: 1 picture (" + path("light.png"))));
}

TEST_F(Suspicious, SmallOnesAreToldFromEnlargedOnesAndDrawings) {
  add(noise(31, 300), "tiny.png");
  add(noise(300, 55), "low.png");
  add(noise(56, 56), "enough.png");
  write_text(folder_ / "icon.svg",
             "<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'><rect width='4' "
             "height='8' fill='red'/></svg>");
  files_.push_back(folder_ / "icon.svg");
  EXPECT_THAT(lines(), ElementsAre(AllOf(StartsWith("Under 32 pixels on a side: 1 picture ("),
                                         HasSubstr("tiny.png")),
                                   AllOf(StartsWith("Enlarged more than fourfold: 1 picture ("),
                                         HasSubstr("low.png"), HasSubstr("224 x 224"))));
}

TEST_F(Suspicious, SoAreSeveralPages) {
  VImage pages = noise(80, 160).copy();
  pages.set("page-height", 80);
  add(pages, "pages.tif");
  add(pages, "frames.webp");
  EXPECT_THAT(lines(), ElementsAre(AllOf(StartsWith("Of several pages or frames: 2 pictures ("),
                                         EndsWith("The first was used."))));
}

TEST_F(Suspicious, AndAFewGreyOnesAmongColouredOnesAndTheOtherWayRound) {
  for (int i = 0; i < 12; ++i) add(noise(90 + i, 90), std::to_string(i) + ".png");
  add(noise(77, 90)[0], "grey.png");
  EXPECT_THAT(lines(), ElementsAre(StartsWith("Grey, the others have colour: 1 picture (" +
                                              path("grey.png"))));
  files_.clear();
  for (int i = 0; i < 12; ++i) add(noise(70 + i, 90)[0], "g" + std::to_string(i) + ".png");
  add(noise(66, 90), "colour.png");
  EXPECT_THAT(lines(), ElementsAre(StartsWith("Coloured, the others are grey: 1 picture (" +
                                              path("colour.png"))));
}

TEST_F(Suspicious, UnreadableOnesSayNothing) {
  add((noise(80, 80) * 0 + 9).cast(VIPS_FORMAT_UCHAR), "blank.png");
  write_text(folder_ / "no.png", "no picture");
  files_.push_back(folder_ / "no.png");
  EXPECT_THAT(lines(), ElementsAre(StartsWith("A single colour once decoded: 1 picture (")));
}

}  // namespace
}  // namespace oneormany::app
