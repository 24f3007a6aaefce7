// Pictures made to harm: none reads another file, starts a program, hangs the run or fills memory.
#include <dirent.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <chrono>
#include <cstring>

#include "base/error.h"
#include "image/image.h"
#include "image/tiff_tags.h"
#include "tests/error_in.h"
#include "tests/folder.h"
#include "tests/image/decoded.h"

namespace oneormany::image {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Hostile : public testing::Test {
 protected:
  void SetUp() override {
    start_image_library();
    fs::copy_file(fs::path(TEST_DATA) / "pictures/rgb.png", folder_ / "secret.png");
  }

  fs::path write(const std::string& name, const std::string& text) const {
    return folder_.write(name, text);
  }
  std::string secret() const { return (folder_ / "secret.png").string(); }

  const Folder folder_;
};

Bytes decode(const fs::path& file, const ImageOptions& options = {.size = 16}) {
  return decoded(file, options);
}

std::string svg(const std::string& inside, const std::string& before = "") {
  return before +
         "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" "
         "xmlns:xi=\"http://www.w3.org/2001/XInclude\" width=\"160\" height=\"160\">" +
         inside + "</svg>";
}

std::string image_of(const std::string& link) {
  return "<image width=\"160\" height=\"160\" xlink:href=\"" + link + "\"/>";
}

TEST_F(Hostile, DrawingsShowNoOtherFile) {
  const Bytes white(std::size_t{3} * 16 * 16, 255);
  const std::string late = "<?xml version=\"1.0\"?><!-- " + std::string(3000, 'x') + " -->";
  for (const std::string& link :
       {secret(), "file://" + secret(), std::string("secret.png"), "msl:" + secret(),
        std::string("text:/etc/passwd"), std::string("http://127.0.0.1:9/x.png")}) {
    EXPECT_EQ(decode(write("link.svg", svg(image_of(link)))), white) << link;
    EXPECT_EQ(decode(write("late.svg", svg(image_of(link), late))), white) << link;
  }
  EXPECT_EQ(decode(write("include.svg", svg("<text y=\"80\" font-size=\"80\"><xi:include "
                                            "href=\"/etc/passwd\" parse=\"text\"/></text>"))),
            white);
  EXPECT_NE(decode(write("text.svg", svg("<rect width=\"99\" height=\"99\"/>"))), white);
}

TEST_F(Hostile, EntitiesAreNotFollowed) {
  const std::string file = "<!DOCTYPE svg [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>";
  EXPECT_THAT(error_in([&] { decode(write("e.svg", svg("<text y=\"80\">&e;</text>", file))); }),
              HasSubstr("can be read"));
  std::string bomb = "<!DOCTYPE svg [<!ENTITY a \"" + std::string(1000, 'x') + "\">";
  for (char c = 'b'; c <= 'j'; ++c) {
    bomb += std::string("<!ENTITY ") + c + " \"";
    for (int i = 0; i < 10; ++i) bomb += std::string("&") + static_cast<char>(c - 1) + ";";
    bomb += "\">";
  }
  EXPECT_THAT(
      error_in([&] { decode(write("bomb.svg", svg("<text y=\"80\">&j;</text>", bomb + "]>"))); }),
      HasSubstr("can be read"));
}

TEST_F(Hostile, NothingIsLeftInTheTemporaryFolder) {
  const Folder own;
  const std::string before = getenv("TMPDIR") ? getenv("TMPDIR") : "";
  setenv("TMPDIR", own.path().c_str(), 1);
  const std::string late = "<!-- " + std::string(3000, 'x') + " -->";
  decode(write("late.svg", svg(image_of(secret()), late)));
  EXPECT_TRUE(fs::is_empty(own.path()));
  before.empty() ? unsetenv("TMPDIR") : setenv("TMPDIR", before.c_str(), 1);
}

TEST_F(Hostile, ADrawingOfAnySizeIsRefusedOrDrawnSmall) {
  const auto sized = [](const std::string& size) {
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + size + "\" height=\"" + size +
           "\"><rect width=\"100%\" height=\"100%\"/></svg>";
  };
  for (const char* size : {"225000", "9000000"}) {
    EXPECT_THAT(error_in([&] { decode(write("huge.svg", sized(size))); }),
                HasSubstr("give it a size"));
  }
  EXPECT_EQ(decode(write("large.svg", sized("15000")))[0], 0);
}

/// A PDF of one page with a red square.
std::string pdf(const std::string& box) {
  std::string text = "%PDF-1.4\n";
  std::vector<std::size_t> places;
  for (const std::string& object :
       {std::string("<</Type/Catalog/Pages 2 0 R>>"),
        std::string("<</Type/Pages/Kids[3 0 R]/Count 1>>"),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 " + box + "]/Contents 4 0 R>>",
        std::string("<</Length 23>>stream\n1 0 0 rg 0 0 99 99 re f\nendstream")}) {
    places.push_back(text.size());
    text += std::to_string(places.size()) + " 0 obj\n" + object + "\nendobj\n";
  }
  const std::size_t table = text.size();
  text += "xref\n0 5\n0000000000 65535 f \n";
  for (const std::size_t place : places) {
    const std::string digits = std::to_string(place);
    text += std::string(10 - digits.size(), '0') + digits + " 00000 n \n";
  }
  return text + "trailer<</Size 5/Root 1 0 R>>\nstartxref\n" + std::to_string(table) + "\n%%EOF";
}

TEST_F(Hostile, SoIsAPdf) {
  const Bytes small = decode(write("small.pdf", pdf("99 99")));
  EXPECT_EQ(small[3 * 85], 255);
  EXPECT_EQ(small[3 * 85 + 1], 0);
  EXPECT_THAT(error_in([&] { decode(write("huge.pdf", pdf("200000 200000"))); }),
              HasSubstr("give it a size"));
  EXPECT_NE(error_in([&] { decode(write("endless.pdf", pdf("2000000000 2000000000"))); }), "");
}

TEST_F(Hostile, ASlowDrawingIsLeftBehind) {
  std::string uses = "<defs><rect id=\"a0\" width=\"9\" height=\"9\"/>";
  for (int i = 0; i < 9; ++i) {
    uses += "<g id=\"a" + std::to_string(i + 1) + "\">";
    for (int k = 0; k < 10; ++k) uses += "<use xlink:href=\"#a" + std::to_string(i) + "\"/>";
    uses += "</g>";
  }
  // A child process ends as the program does: by _exit, with the thread still at work.
  const fs::path file = write("uses.svg", svg(uses + "</defs><use xlink:href=\"#a5\"/>"));
  EXPECT_EXIT(
      {
        const std::string why = error_in([&] { decode(file, {.size = 16, .max_seconds = 0.1}); });
        _exit(why.find("more than 0.1 seconds to decode; raise it with --max-seconds") !=
                          std::string::npos &&
                      decoder_left_behind()
                  ? 7
                  : 1);
      },
      testing::ExitedWithCode(7), "");
}

/// A TIFF of pages of one pixel each, in a chain.
std::string tiff_of(std::uint32_t pages, bool endless) {
  std::string text("II*\0\x08\0\0\0", 8);
  const auto number = [](std::uint32_t value, std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(value >> 8 * i);
    return bytes;
  };
  constexpr std::uint32_t kPage = 2 + 8 * 12 + 4;
  const std::uint32_t pixel = 8 + pages * kPage;
  for (std::uint32_t i = 0; i < pages; ++i) {
    text += number(8, 2);
    for (const auto& [tag, value] : {std::pair{256U, 1U},
                                     {257U, 1U},
                                     {258U, 8U},
                                     {259U, 1U},
                                     {262U, 1U},
                                     {273U, pixel},
                                     {277U, 1U},
                                     {279U, 1U}}) {
      text += number(tag, 2) + number(4, 2) + number(1, 4) + number(value, 4);
    }
    text += number(i + 1 < pages ? 8 + (i + 1) * kPage : endless ? 8 : 0, 4);
  }
  return text + '\x80';
}

TEST_F(Hostile, EndlessAndVeryManyPagesAreRefused) {
  EXPECT_EQ(decode(write("three.tif", tiff_of(3, false)))[0], 0x80);
  EXPECT_EQ(read_tiff_tags(InputFile(write("three.tif", tiff_of(3, false))))->pages, 3U);
  for (const fs::path& file :
       {write("many.tif", tiff_of(20'000, false)), write("endless.tif", tiff_of(2, true))}) {
    EXPECT_THAT(error_in([&] { decode(file); }), HasSubstr("more than 10000 pages"));
  }
}

TEST_F(Hostile, WhatIsNoRegularFileIsNotWaitedFor) {
  ASSERT_EQ(mkfifo((folder_ / "fifo.png").c_str(), 0600), 0);
  EXPECT_THAT(error_in([&] { decode(folder_ / "fifo.png"); }), HasSubstr("isn't a file"));
  fs::create_symlink("/dev/zero", folder_ / "zero.png");
  EXPECT_THAT(error_in([&] { decode(folder_ / "zero.png"); }), HasSubstr("isn't a file"));
}

TEST_F(Hostile, OtherKindsAreNamedWithTheCure) {
  for (const auto& [text, what] :
       {std::pair<std::string, const char*>{"SIMPLE  =   T", "is a FITS file: save it"},
        {"P7\nWIDTH 1", "is a PAM file"},
        {"%!PS-Adobe-3.0 EPSF", "is a PostScript file"},
        {"\x93NUMPY\x01", "is an array of numbers"},
        {"push graphic-context", "isn't a picture of a kind that can be read"},
        {"BM is how this text begins, and on it goes", "isn't a picture"},
        {"<html><body><svg></svg></body></html>", "isn't a picture of a kind that can be read"}}) {
    EXPECT_THAT(error_in([&, &bytes = text] { decode(write("x.png", bytes)); }), HasSubstr(what));
  }
}

}  // namespace
}  // namespace oneormany::image
