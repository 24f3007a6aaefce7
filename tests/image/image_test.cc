#include "image/image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <vips/vips8>

#include "base/error.h"
#include "base/parallel.h"
#include "base/sha256.h"
#include "tests/folder.h"
#include "tests/image/decoded.h"

namespace oneormany::image {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using vips::VImage;

const fs::path kClipart = "/usr/share/openclipart/png";

class ImageTest : public testing::Test {
 protected:
  void SetUp() override { start_image_library(); }

  fs::path path(const std::string& name) const { return folder_ / name; }

  fs::path save(const VImage& image, const std::string& name, vips::VOption* options = nullptr) {
    image.write_to_file(path(name).c_str(), options);
    return path(name);
  }

  fs::path write(const std::string& content, const std::string& name) {
    return folder_.write(name, content);
  }

  /// The first `size` bytes of `file`.
  fs::path point(const fs::path& file, std::size_t size, const std::string& name) {
    const std::string content = read_text(file);
    EXPECT_LT(size, content.size());
    return write(content.substr(0, size), name);
  }

  const Folder folder_;
};

Bytes decode(const fs::path& file, int size = 64, double max_megapixels = 250) {
  const ImageOptions options{.size = size, .max_megapixels = max_megapixels};
  return decoded(file, options);
}

/// What decode says about a bad file; "" if it takes it.
std::string complaint(const fs::path& file) {
  try {
    decode(file);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

double mean_difference(const Bytes& a, const Bytes& b) {
  EXPECT_EQ(a.size(), b.size());
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
  return sum / static_cast<double>(a.size());
}

std::array<int, 3> pixel(const Bytes& rgb, int x, int y) {
  const int size = static_cast<int>(std::lround(std::sqrt(rgb.size() / 3)));
  const auto* p = &rgb[3 * (std::size_t{1} * y * size + x)];
  return {p[0], p[1], p[2]};
}

/// Soft colours, not symmetric in any way: 8-bit sRGB.
VImage soft(int width = 300, int height = 200) {
  const VImage at = VImage::xyz(width, height);
  const VImage x = at[0] / width, y = at[1] / height;
  return VImage::bandjoin({x * 150 + 50, y * 120 + 60, (x + y) * 60 + 70})
      .cast(VIPS_FORMAT_UCHAR)
      .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
}

VImage soft_grey(int width = 300, int height = 200) {
  return soft(width, height)[0].copy(
      VImage::option()->set("interpretation", VIPS_INTERPRETATION_B_W));
}

VImage deep(const VImage& image) {  // 16 bits
  return (image * 257)
      .cast(VIPS_FORMAT_USHORT)
      .copy(VImage::option()->set("interpretation", image.bands() < 3 ? VIPS_INTERPRETATION_GREY16
                                                                      : VIPS_INTERPRETATION_RGB16));
}

vips::VOption* options() { return VImage::option(); }

TEST_F(ImageTest, EveryKindOfColourFileIsTheSamePicture) {
  const VImage image = soft();
  const Bytes rgb = decode(save(image, "rgb.png"));
  const auto difference = [&](const fs::path& file) { return mean_difference(decode(file), rgb); };
  EXPECT_EQ(difference(save(image, "rgb.ppm")), 0);
  EXPECT_EQ(difference(save(image, "rgb.tif")), 0);
  EXPECT_EQ(difference(save(image, "tiles.tif", options()->set("tile", true))), 0);
  EXPECT_EQ(difference(save(image, "interlaced.png", options()->set("interlace", true))), 0);
  EXPECT_EQ(difference(save(image, "lossless.webp", options()->set("lossless", true))), 0);
  EXPECT_LT(difference(save(image, "rgb.jpg", options()->set("Q", 95))), 1);
  EXPECT_LT(difference(save(image, "rgb.webp", options()->set("Q", 95))), 2);
  EXPECT_LT(difference(save(image, "palette.png", options()->set("palette", true))), 2);
  EXPECT_LT(difference(save(image, "palette.gif")), 2);
  EXPECT_LT(difference(save(deep(image), "deep.png")), 0.6);
  EXPECT_LT(difference(save(deep(image), "deep.tif")), 0.6);
  EXPECT_LT(difference(save(image / 255., "float.tif")), 0.6);
  const VImage lab = image.icc_import(
      options()->set("input_profile", "srgb")->set("pcs", VIPS_PCS_LAB)->set("intent", 1));
  EXPECT_LT(difference(save(lab, "lab.tif")), 1);
}

TEST_F(ImageTest, BmpIsReadToo) {
  // 2 x 2 pixels of 24 bits, from the bottom: red, green; blue, white.
  const std::string bmp(
      "BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x02\0\0\0\x02\0\0\0\x01\0\x18\0\0\0\0\0\x10\0\0\0"
      "\x13\x0b\0\0\x13\x0b\0\0\0\0\0\0\0\0\0\0"
      "\xff\0\0\xff\xff\xff\0\0\0\0\xff\0\xff\0\0\0",
      70);
  EXPECT_EQ(decode(write(bmp, "tiny.bmp"), 2),
            (Bytes{255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255}));
}

TEST_F(ImageTest, CmykFilesBecomeRgbByTheirProfileOrTheUsualOne) {
  const VImage image = soft();
  const Bytes rgb = decode(save(image, "rgb.png"));
  VImage cmyk = image.icc_transform("cmyk", options()->set("input_profile", "srgb"));
  EXPECT_LT(mean_difference(decode(save(cmyk, "profile.tif")), rgb), 4);
  EXPECT_LT(mean_difference(decode(save(cmyk, "profile.jpg", options()->set("Q", 95))), rgb), 4);
  cmyk = cmyk.copy();
  cmyk.remove(VIPS_META_ICC_NAME);
  EXPECT_LT(mean_difference(decode(save(cmyk, "bare.tif")), rgb), 4);
}

TEST_F(ImageTest, EveryKindOfGreyFileIsTheSamePicture) {
  const VImage grey = soft_grey();
  const Bytes rgb =
      decode(save(VImage::bandjoin({grey, grey, grey})
                      .copy(options()->set("interpretation", VIPS_INTERPRETATION_sRGB)),
                  "twin.png"));
  const auto difference = [&](const fs::path& file) { return mean_difference(decode(file), rgb); };
  EXPECT_EQ(difference(save(grey, "grey.png")), 0);
  EXPECT_EQ(difference(save(grey, "grey.tif")), 0);
  EXPECT_LT(difference(save(grey, "grey.jpg", options()->set("Q", 95))), 1);
  EXPECT_LT(difference(save(deep(grey), "deep.png")), 0.6);
  EXPECT_LT(difference(save(deep(grey), "deep.tif")), 0.6);
  EXPECT_LT(difference(save(grey / 255., "float.tif")), 0.6);
  const VImage deepest = (deep(grey).cast(VIPS_FORMAT_UINT) * 65537)
                             .cast(VIPS_FORMAT_UINT)
                             .copy(options()->set("interpretation", VIPS_INTERPRETATION_B_W));
  EXPECT_LT(difference(save(deepest, "deepest.tif")), 0.6);
}

TEST_F(ImageTest, FewBitsPerPixelAreEnough) {
  const VImage steps = (soft_grey() / 128).floor() * 255;
  const VImage image =
      steps.cast(VIPS_FORMAT_UCHAR).copy(options()->set("interpretation", VIPS_INTERPRETATION_B_W));
  const Bytes rgb = decode(save(image, "8.png"));
  EXPECT_EQ(pixel(rgb, 0, 0), (std::array{0, 0, 0}));
  EXPECT_EQ(pixel(rgb, 63, 63), (std::array{255, 255, 255}));
  for (const int bits : {1, 2, 4}) {
    EXPECT_EQ(decode(save(image, "b.png", options()->set("bitdepth", bits))), rgb) << bits;
  }
  EXPECT_EQ(decode(save(image, "1.tif", options()->set("bitdepth", 1))), rgb);
}

TEST_F(ImageTest, AlphaIsFlattenedOnWhite) {
  const VImage image = soft(), grey = soft_grey();
  const VImage alpha = (VImage::xyz(300, 200)[0] * 255 / 299).cast(VIPS_FORMAT_UCHAR);
  const VImage flat = (255 - (255 - image) * alpha / 255)
                          .rint()
                          .cast(VIPS_FORMAT_UCHAR)
                          .copy(options()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  const VImage flat_grey = flat[0].copy(options()->set("interpretation", VIPS_INTERPRETATION_B_W));
  const Bytes rgb = decode(save(flat, "flat.png")), one = decode(save(flat_grey, "flat_grey.png"));
  const VImage rgba = image.bandjoin(alpha), la = grey.bandjoin(alpha);
  EXPECT_EQ(decode(save(rgba, "rgba.png")), rgb);
  EXPECT_EQ(decode(save(la, "la.png")), one);
  EXPECT_EQ(decode(save(rgba, "rgba.webp", options()->set("lossless", true))), rgb);
  EXPECT_LT(mean_difference(decode(save(deep(rgba), "deep.png")), rgb), 0.8);
  EXPECT_LT(mean_difference(decode(save(deep(la), "deep_la.png")), one), 0.8);
  EXPECT_LT(
      mean_difference(decode(save(rgba, "palette.png", options()->set("palette", true))), rgb), 8);
  const Bytes clear = decode(save(image.bandjoin(alpha * 0).cast(VIPS_FORMAT_UCHAR), "clear.png"));
  EXPECT_EQ(clear, Bytes(clear.size(), 255));
}

TEST_F(ImageTest, PicturesAreTurnedUprightAsTheirExifSays) {
  for (const char* format : {"jpg", "webp", "tif"}) {
    for (int orientation = 1; orientation <= 8; ++orientation) {
      VImage image = soft().copy();
      image.set(VIPS_META_ORIENTATION, orientation);
      const Bytes turned = decode(save(image, std::string("turned.") + format));
      const Bytes upright = decode(save(image.autorot(), "upright.png"));
      EXPECT_LT(mean_difference(turned, upright), 1) << format << " " << orientation;
      if (orientation > 1) {
        EXPECT_GT(mean_difference(turned, decode(save(soft(), "r.png"))), 5);
      }
    }
  }
}

TEST_F(ImageTest, ProfilesAreApplied) {
  const VImage wide = soft().icc_transform("p3", options()->set("input_profile", "srgb"));
  const Bytes rgb = decode(save(soft(), "srgb.png"));
  EXPECT_LT(mean_difference(decode(save(wide, "p3.png")), rgb), 1);
  VImage bare = wide.copy();
  bare.remove(VIPS_META_ICC_NAME);
  EXPECT_GT(mean_difference(decode(save(bare, "bare.png")), rgb), 2);  // it does matter
  const VImage deep_wide =
      soft().icc_transform("p3", options()->set("input_profile", "srgb")->set("depth", 16));
  EXPECT_LT(mean_difference(decode(save(deep_wide, "p3_deep.png")), rgb), 1);
}

TEST_F(ImageTest, ABrokenProfileIsIgnoredInSilence) {
  for (const char* name : {"odd.jpg", "odd.tif"}) {
    VImage image = soft().copy();
    std::string junk = "this is no profile";
    image.set(VIPS_META_ICC_NAME, nullptr, junk.data(), junk.size());
    const fs::path file = save(image, name);
    testing::internal::CaptureStderr();
    const Bytes rgb = decode(file);
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    EXPECT_LT(mean_difference(rgb, decode(save(soft(), "plain.png"))), 3) << name;
  }
}

TEST_F(ImageTest, DrawingsAreDrawnAtTheSizeThatIsWanted) {
  const fs::path file = write(
      R"(<svg xmlns="http://www.w3.org/2000/svg" width="8" height="4" viewBox="0 0 8 4">
         <path d="M0 0 L8 4 L0 4 Z" fill="black"/></svg>)",
      "drawing.svg");
  const Bytes rgb = decode(file, 200);
  EXPECT_EQ(pixel(rgb, 150, 20), (std::array{255, 255, 255}));
  EXPECT_EQ(pixel(rgb, 20, 150), (std::array{0, 0, 0}));
  // Only the pixels on the edge are between black and white: it was drawn, not blown up.
  const auto between =
      std::count_if(rgb.begin(), rgb.end(), [](int c) { return c > 20 && c < 235; });
  EXPECT_LT(between, 3 * 200 * 3);
  EXPECT_GT(between, 200);
}

TEST_F(ImageTest, AHugeOrVeryLongDrawingIsStillSmallWork) {
  for (const char* size : {R"(width="30000" height="30000")", R"(width="20000" height="2")"}) {
    const fs::path file = write(std::string(R"(<svg xmlns="http://www.w3.org/2000/svg" )") + size +
                                    R"(><rect width="100%" height="100%" fill="#336699"/></svg>)",
                                "big.svg");
    EXPECT_EQ(pixel(decode(file), 32, 32), (std::array{0x33, 0x66, 0x99}));
  }
}

TEST_F(ImageTest, OnlyTheFirstPageOrFrameCounts) {
  const VImage first = soft(100, 80);
  VImage pages = first.join(first.invert(), VIPS_DIRECTION_VERTICAL).copy();
  pages.set("page-height", 80);
  const Bytes rgb = decode(save(first, "first.png"));
  EXPECT_EQ(decode(save(pages, "pages.tif")), rgb);
  EXPECT_EQ(decode(save(pages, "frames.webp", options()->set("lossless", true))), rgb);
  EXPECT_LT(mean_difference(decode(save(pages, "frames.gif")), rgb), 4);
}

TEST_F(ImageTest, LargeJpegsShrunkWhileLoadingLookTheSame) {
  const VImage image = soft(2000, 1500);
  EXPECT_LT(mean_difference(decode(save(image, "large.jpg", options()->set("Q", 95))),
                            decode(save(image, "large.png"))),
            1);
}

TEST_F(ImageTest, TinyAndNarrowPicturesAreEnlarged) {
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 300}, {300, 1}, {3, 2}}) {
    const VImage image = (VImage::black(width, height, options()->set("bands", 3)) + 77)
                             .cast(VIPS_FORMAT_UCHAR)
                             .copy(options()->set("interpretation", VIPS_INTERPRETATION_sRGB));
    const Bytes rgb = decode(save(image, "tiny.png"));
    EXPECT_EQ(rgb, Bytes(rgb.size(), 77));
  }
}

TEST_F(ImageTest, AnyNameWillDo) {
  const fs::path plain = save(soft(), "plain.png");
  for (const char* name : {"page[1]", "a[n=2].png", "with space.png", "Straße %d {}.png",
                           "no suffix", "wrong.jpg", "-x.png"}) {
    fs::copy_file(plain, path(name));
    EXPECT_EQ(decode(path(name)), decode(plain)) << name;
  }
}

TEST_F(ImageTest, ACutFileIsAnErrorOfOneLine) {
  const VImage noise = VImage::gaussnoise(200, 150, options()->set("seed", 1));
  const VImage image = VImage::bandjoin({noise, soft(200, 150)[0], noise})
                           .cast(VIPS_FORMAT_UCHAR)
                           .copy(options()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  for (const char* format : {"png", "jpg", "tif", "webp", "gif"}) {
    const fs::path whole = save(image, std::string("whole.") + format);
    EXPECT_EQ(complaint(whole), "");
    for (const double share : {0.02, 0.3, 0.6, 0.9}) {
      const auto size = static_cast<std::size_t>(share * static_cast<double>(fs::file_size(whole)));
      const fs::path part = point(whole, size, std::string("part.") + format);
      testing::internal::CaptureStderr();
      EXPECT_THAT(complaint(part), AllOf(StartsWith(part.string() + ": "), Not(HasSubstr("\n")),
                                         HasSubstr("damaged")))
          << format << " " << share;
      EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    }
  }
}

TEST_F(ImageTest, WhatIsNoPictureIsToldPlainly) {
  EXPECT_THAT(complaint(write("", "empty.png")), HasSubstr("empty.png: is empty (0 bytes)"));
  EXPECT_THAT(complaint(write("Dear diary,\n", "text.png")),
              HasSubstr("text.png: isn't a picture"));
  EXPECT_THAT(complaint(write("1,2\n3,4\n", "table.csv")), HasSubstr("table.csv: is"));
  EXPECT_THAT(complaint(write("<svg", "broken.svg")), HasSubstr("broken.svg: is"));
  EXPECT_THAT(complaint(path("missing.png")), HasSubstr("missing.png: No such file"));
  EXPECT_THAT(complaint(folder_.path()), HasSubstr(": is a folder, not a picture"));
  EXPECT_THAT(complaint("/dev/null"), HasSubstr("/dev/null: isn't a file"));
  fs::create_symlink("nowhere.png", path("dangling.png"));
  EXPECT_THAT(complaint(path("dangling.png")), HasSubstr("dangling.png: No such file"));
}

TEST_F(ImageTest, TooManyMegapixelsAreRefused) {
  const fs::path file = save(soft(1500, 1000), "large.png");
  EXPECT_NO_THROW(decode(file, 64, 1.5));
  EXPECT_THROW(decode(file, 64, 1.4), Error);
  EXPECT_THROW(thumbnail_jpeg(file, 64, {.max_megapixels = 1.4}), Error);
  for (const char* bomb : {"signs_and_symbols/stop_sign_miguel_s_nchez_.png",
                           "transportation/roadsigns/stop_sign_right_font_mig_.png"}) {
    if (!fs::exists(kClipart / bomb)) GTEST_SKIP() << "openclipart-png isn't installed";
    EXPECT_THAT(complaint(kClipart / bomb),
                AllOf(StartsWith((kClipart / bomb).string() + ": is 623"),
                      HasSubstr("megapixels, more than the limit of 250; raise it with "
                                "--max-megapixels")));
  }
}

TEST_F(ImageTest, RealPicturesLookAsLibvipsShowsThem) {
  if (!fs::exists(kClipart)) GTEST_SKIP() << "openclipart-png isn't installed";
  int checked = 0;
  for (const auto& entry : fs::recursive_directory_iterator(kClipart / "buildings")) {
    if (!entry.is_regular_file() || entry.is_symlink()) continue;
    VImage theirs = VImage::new_from_file(entry.path().c_str());
    if (1e-6 * theirs.width() * theirs.height() > 2) continue;
    theirs = theirs.colourspace(VIPS_INTERPRETATION_sRGB);
    if (theirs.has_alpha()) theirs = theirs.flatten(options()->set("background", 255));
    const int size = std::min({224, theirs.width(), theirs.height()});
    theirs =
        theirs.resize(1.0 * size / theirs.width(), options()
                                                       ->set("vscale", 1.0 * size / theirs.height())
                                                       ->set("kernel", VIPS_KERNEL_CUBIC)
                                                       ->set("gap", 0.0));
    std::size_t length = 0;
    const std::unique_ptr<void, decltype(&g_free)> bytes(theirs.write_to_memory(&length), &g_free);
    const auto* first = static_cast<const std::uint8_t*>(bytes.get());
    EXPECT_LT(mean_difference(decode(entry.path(), size), Bytes(first, first + length)), 1)
        << entry.path();
    ++checked;
  }
  EXPECT_GT(checked, 50);
}

TEST_F(ImageTest, ThreadsDoNotMatter) {
  std::vector<fs::path> files;
  std::vector<Bytes> alone;
  std::vector<std::string> predictions;
  for (int i = 0; i < 12; ++i) {
    const fs::path whole = save(soft(200 + 10 * i, 300 - 7 * i), std::to_string(i) + ".png");
    files.push_back(whole);
    files.push_back(point(whole, fs::file_size(whole) / 2, std::to_string(i) + "_cut.png"));
    files.push_back(save(deep(soft(50 + i, 60)), std::to_string(i) + "_deep.tif"));
  }
  const auto both = [](const fs::path& file) {
    Bytes rgb(64 * 64 * 3);
    std::string error;
    try {
      decode_rgb(std::make_shared<const InputFile>(file), {.size = 64}, rgb);
    } catch (const Error& e) {
      rgb.clear();
      error = e.what();
    }
    return std::pair(rgb, error);
  };
  std::vector<std::pair<Bytes, std::string>> expected, found(files.size() * 8);
  for (const auto& file : files) expected.push_back(both(file));
  base::parallel_for(
      found.size(), [&](std::size_t i) { found[i] = both(files[i % files.size()]); }, 8);
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i], expected[i % files.size()]) << files[i % files.size()];
  }
}

VImage read_back(const std::string& jpeg) {
  EXPECT_TRUE(jpeg.starts_with("\xff\xd8\xff"));
  return VImage::new_from_buffer(jpeg.data(), jpeg.size(), "").copy_memory();
}

TEST_F(ImageTest, ThumbnailsKeepTheirProportions) {
  const auto check = [](const std::string& jpeg, int width, int height) {
    const VImage image = read_back(jpeg);
    EXPECT_EQ(image.width(), width);
    EXPECT_EQ(image.height(), height);
    EXPECT_EQ(image.interpretation(), VIPS_INTERPRETATION_sRGB);
    EXPECT_NEAR(image.avg(), 130, 25);
  };
  check(thumbnail_jpeg(save(soft(), "a.png"), 120, {}), 120, 80);
  check(thumbnail_jpeg(save(soft(1200, 1800), "a.jpg"), 120, {}), 80, 120);
  check(thumbnail_jpeg(save(soft(), "a.png"), 1000, {}), 300, 200);
  check(thumbnail_jpeg(save(deep(soft()), "deep.tif"), 120, {}), 120, 80);
  VImage lying = soft().copy();
  lying.set(VIPS_META_ORIENTATION, 6);
  check(thumbnail_jpeg(save(lying, "lying.jpg"), 120, {}), 80, 120);
  check(thumbnail_jpeg(
            save(soft().icc_transform("p3", options()->set("input_profile", "srgb")), "p3.png"),
            120, {}),
        120, 80);
}

TEST_F(ImageTest, ThumbnailsAreOnWhite) {
  const VImage clear = soft().bandjoin(soft()[0] * 0).cast(VIPS_FORMAT_UCHAR);
  EXPECT_GT(read_back(thumbnail_jpeg(save(clear, "clear.png"), 50, {})).min(), 253);
  const VImage clear_grey = soft_grey().bandjoin(soft()[0] * 0).cast(VIPS_FORMAT_UCHAR);
  EXPECT_GT(read_back(thumbnail_jpeg(save(clear_grey, "clear_grey.png"), 50, {})).min(), 253);
}

TEST_F(ImageTest, ThumbnailsOfBadFilesAreErrors) {
  const fs::path whole = save(soft(), "whole.png");
  EXPECT_THROW(thumbnail_jpeg(point(whole, fs::file_size(whole) / 2, "cut.png"), 50, {}), Error);
  EXPECT_THROW(thumbnail_jpeg(write("text", "text.png"), 50, {}), Error);
}

}  // namespace
}  // namespace oneormany::image
