// script/tagged-pictures on a small collection, and what the program makes of its table.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <vips/vips8>

#include "image/image.h"
#include "tests/program.h"

namespace oneormany::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class TaggedPictures : public ProgramTest {
 protected:
  static void SetUpTestSuite() { image::start_image_library(); }

  /// A drawing and its picture; `tags` as they stand in the file.
  void draw(const std::string& name, const std::vector<std::string>& tags) {
    std::string svg = R"(<svg xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>
      <dc:creator><cc:Agent><dc:title>Ann</dc:title></cc:Agent></dc:creator>
      <dc:subject><rdf:Bag>)";
    for (const auto& tag : tags) svg += "<rdf:li>" + tag + "</rdf:li>\n";
    write_text(dir / "svg" / (name + ".svg"), svg + "</rdf:Bag></dc:subject></metadata></svg>");
    const fs::path png = dir / "png" / (name + ".png");
    fs::create_directories(png.parent_path());
    vips::VImage::black(8, 8).pngsave(png.c_str());
  }

  Ran make(const std::string& options = "--fewest 2") {
    return run_shell("'" TEST_DATA "/../../script/tagged-pictures' out --svg svg --png png " +
                     options);
  }

  /// The table, the folder of the pictures left out of it.
  std::string table() const {
    std::string text = read_text(dir / "out/tags.csv");
    const std::string folder = fs::canonical(dir / "png").string() + "/";
    for (auto at = text.find(folder); at != std::string::npos; at = text.find(folder)) {
      text.erase(at, folder.size());
    }
    return text;
  }

  void small_collection() {
    draw("a/one", {"Flag", "europe", "hash", ""});
    draw("a/two", {"flags", "Europe "});
    draw("a/three", {"flag", "once only"});
    draw("animals/four", {"once only too"});
    draw("animals/five", {"animal", "clip art"});
    draw("animals/six", {"animals", "flag"});
  }
};

TEST_F(TaggedPictures, CarryTheirFrequentTagsOneWrittenLikeAnother) {
  small_collection();
  const Ran ran = make();
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(table(),
            "file,labels\n"
            "a/one.png,europe|flag\n"
            "a/three.png,flag\n"
            "a/two.png,europe|flag\n"
            "animals/five.png,animal\n"
            "animals/four.png,\n"
            "animals/six.png,animal|flag\n");
  EXPECT_THAT(ran.out, HasSubstr("6 pictures, 3 labels; pictures with 0, 1, 2, … labels: 1, 2, 3"));
  EXPECT_EQ(make().out, ran.out);
}

TEST_F(TaggedPictures, AreLeftOutWhereNobodySaidWhatIsInThem) {
  small_collection();
  draw("a/untagged", {});
  draw("a/unsorted", {"unsorted", ""});
  draw("a/author", {"Ann"});
  draw("shapes/stars/star", {"flag"});
  draw("computer/icons/flat-theme/action/save", {"flag"});
  draw("a/large", {"flag"});
  // 16,384 x 16,384 pixels, says the header.
  write_text(dir / "png/a/large.png",
             std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0@\0\0\0@\0", 24));
  write_text(dir / "svg/a/without.svg", "<dc:subject><rdf:li>flag</rdf:li></dc:subject>");
  const std::string before = [&] { return make("--fewest 2").out; }();
  EXPECT_THAT(before,
              HasSubstr("left out: 2 of a series, 1 over 100 megapixels, 3 that nobody tagged, "
                        "1 without a PNG"));
  EXPECT_THAT(table(), Not(HasSubstr("a/un")));
  EXPECT_THAT(table(), Not(HasSubstr("star")));
}

TEST_F(TaggedPictures, OneDrawingUnderTwoNamesCarriesTheTagsOfBoth) {
  small_collection();
  draw("a/copy", {"europe", "animal"});
  fs::remove(dir / "png/a/copy.png");
  fs::create_symlink("three.png", dir / "png/a/copy.png");
  ASSERT_EQ(make().exit_code, 0);
  EXPECT_THAT(table(), HasSubstr("a/three.png,animal|europe|flag\n"));
  EXPECT_THAT(table(), Not(HasSubstr("copy")));
}

TEST_F(TaggedPictures, MayTakeTheNamesOfFoldersAndForgetTags) {
  small_collection();
  ASSERT_EQ(make("--fewest 2 --folders").exit_code, 0);
  EXPECT_THAT(table(), HasSubstr("animals/four.png,animal\n"));
  ASSERT_EQ(make("--fewest 2 --drop 1").exit_code, 0);
  EXPECT_THAT(table(), HasSubstr("a/one.png,\n"));
  ASSERT_EQ(make("--fewest 2 --drop 0.1").exit_code, 0);  // some, by their hashes
  EXPECT_EQ(table(),
            "file,labels\n"
            "a/one.png,\n"
            "a/three.png,\n"
            "a/two.png,europe|flag\n"
            "animals/five.png,\n"
            "animals/four.png,\n"
            "animals/six.png,animal|flag\n");
  ASSERT_EQ(make("--fewest 1 --pictures 3").exit_code, 0);
  const std::string three = table();
  EXPECT_EQ(std::count(three.begin(), three.end(), '\n'), 4);
}

TEST_F(TaggedPictures, AreMultiLabelToTheProgram) {
  small_collection();
  ASSERT_EQ(make().exit_code, 0);
  const Ran ran = run("inspect out/tags.csv --json");
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("\"europe\""));
  EXPECT_THAT(ran.out, HasSubstr("bce_with_logits"));
}

TEST_F(TaggedPictures, SayWhatIsMissing) {
  const Ran ran = make();
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_EQ(ran.err,
            "tagged-pictures: svg is missing: apt-get install openclipart-svg openclipart-png\n");
  draw("a/one", {"flag"});
  const Ran few = make();
  EXPECT_EQ(few.exit_code, 1);
  EXPECT_EQ(few.err, "tagged-pictures: svg: fewer than two tags on 2 pictures\n");
  EXPECT_FALSE(fs::exists(dir / "out"));
}

}  // namespace
}  // namespace oneormany::cli
