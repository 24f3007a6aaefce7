// inspect on real files, through the real program.

#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/program.h"

namespace oneormany::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class InspectTest : public ProgramTest {
 protected:
  // A small real picture: a plain PPM of one colour.
  void picture(const std::string& name, int shade) const {
    std::string text = "P3 4 4 255\n";
    for (int i = 0; i < 16; ++i) text += std::to_string(shade) + " 0 0\n";
    write_text(dir / name, text);
  }

  // data/cat and data/dog, six different pictures each.
  void two_classes() const {
    for (int i = 0; i < 6; ++i) {
      picture("data/cat/" + std::to_string(i) + ".ppm", 10 * i);
      picture("data/dog/" + std::to_string(i) + ".ppm", 100 + 10 * i);
    }
  }

  json inspect(const std::string& arguments) const {
    const Ran ran = run("inspect --json " + arguments);
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    return json::parse(ran.out);
  }
};

TEST_F(InspectTest, SaysWhatTheDataIsAndWhatFollows) {
  two_classes();
  const Ran ran = run("inspect data");
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(ran.err, "");
  EXPECT_THAT(ran.out, AllOf(HasSubstr("class folders: 12 pictures, 2 classes"),
                             HasSubstr("softmax, cross-entropy"), Not(HasSubstr("\x1b"))));
  EXPECT_EQ(inspect("data").at("problem").at("type"), "classification");
}

TEST_F(InspectTest, FindsCopiesByTheirPixelsAndCountsLinksOnce) {
  two_classes();
  picture("data/dog/copy.ppm", 110);  // the same pixels as 1.ppm, in another file
  write_text(dir / "data/dog/copy.ppm", read_text(dir / "data/dog/copy.ppm") + "\n");
  fs::create_symlink("0.ppm", dir / "data/cat/link.ppm");
  const json data = inspect("data").at("data");
  EXPECT_EQ(data.at("pictures"), 13);
  EXPECT_EQ(data.at("duplicates"), 1);
  EXPECT_EQ(data.at("duplicate_groups")[0].at("copies").size(), 2u);
  EXPECT_EQ(data.at("extra_names"), 1);
}

TEST_F(InspectTest, LeavesOutWhatCantBeReadAndStrictRefusesIt) {
  two_classes();
  write_text(dir / "data/cat/text.png", "no picture at all\n");
  write_text(dir / "data/dog/nothing.png", "");
  const json skipped = inspect("data").at("data").at("skipped");
  ASSERT_EQ(skipped.size(), 2u);
  EXPECT_EQ(skipped[0].at("file"), "data/cat/text.png");
  expect_error(run("inspect --strict data"), 1,
               {"2 files", "data/cat/text.png", "data/dog/nothing.png"});
}

TEST_F(InspectTest, LeavesOutPicturesThatAreTooLarge) {
  two_classes();
  std::string large = "P5 100 100 255\n" + std::string(10'000, 'x');
  write_text(dir / "data/cat/large.pgm", large);
  const json skipped = inspect("data --max-megapixels 0.001").at("data").at("skipped");
  ASSERT_EQ(skipped.size(), 1u);
  EXPECT_EQ(skipped[0].at("file"), "data/cat/large.pgm");
  EXPECT_EQ(inspect("data").at("data").at("pictures"), 13);
}

TEST_F(InspectTest, ReadsTablesAsTold) {
  two_classes();
  write_text(dir / "scans.csv",
             "scan;kinds\ndata/cat/0.ppm;cat indoors\ndata/dog/0.ppm;dog\ndata/dog/1.ppm;\n");
  const json report =
      inspect("scans.csv --file-column scan --label-column kinds --label-delimiter ' '");
  EXPECT_EQ(report.at("data").at("labels_per_picture"), json({{"0", 1}, {"1", 1}, {"2", 1}}));
  EXPECT_EQ(report.at("data").at("skipped").size(), 9u);
  EXPECT_EQ(report.at("problem").at("type"), "labels");
}

// As people have them, from end to end.

TEST_F(InspectTest, SplitsAreToldAndOneIsRead) {
  two_classes();
  fs::rename(dir / "data", dir / "train");
  two_classes();
  fs::rename(dir / "data", dir / "seg_test");
  fs::create_directories(dir / "data/images");
  fs::rename(dir / "train", dir / "data/images/train");
  fs::rename(dir / "seg_test", dir / "data/images/seg_test");
  picture("data/images/val/1.ppm", 7);  // flat
  expect_error(run("inspect data"), 1,
               {"data/images are splits, not classes: seg_test (test), train, val", "--split train",
                "data/images/train"});
  EXPECT_EQ(inspect("data --split test").at("data").at("pictures"), 12);
  expect_error(run("inspect data --split dev"), 1,
               {"val: this split holds pictures and no class folders"});
  expect_error(run("inspect data --split mine"), 1,
               {"--split mine", "seg_test (test), train, val"});
}

TEST_F(InspectTest, TagsPartedBySpacesAreHintedAt) {
  std::string table = "file,tags\n";
  for (int i = 0; i < 12; ++i) {
    picture(std::to_string(i) + ".ppm", 10 * i);
    table += std::to_string(i) + (i % 2 ? ".ppm,clear " : ".ppm,haze ") +
             (i % 3 ? "water\n" : "road agriculture\n");
  }
  write_text(dir / "tags.csv", table);
  EXPECT_THAT(inspect("tags.csv").at("warnings").dump(), HasSubstr("--label-delimiter space"));
  for (const char* space : {"space", "' '"}) {
    const json data = inspect(std::string("tags.csv --label-delimiter ") + space).at("data");
    EXPECT_EQ(data.at("classes").size(), 5U);
  }
  expect_error(run("inspect tags.csv --label-delimiter ab"), 2, {"--label-delimiter", "ab"});
  expect_error(run("compare tags.csv --no-cache --background none --quiet"), 1,
               {"--label-delimiter space"});
}

TEST_F(InspectTest, NotesSayHowTheDataWasUnderstood) {
  two_classes();
  write_text(dir / "data/metadata.csv", "file_name,photographer\ncat/0.ppm,me\ndog/0.ppm,me\n");
  const json found = inspect("data");
  EXPECT_EQ(found.at("data").at("layout"), "class folders");
  EXPECT_THAT(found.at("notes").dump(), HasSubstr("the folders are the classes"));
  EXPECT_THAT(run("inspect data").out, HasSubstr("· the folders are the classes"));
  write_text(dir / "_classes.csv",
             "filename, cat, dog\ndata/cat/0, 1, 0\ndata/dog/0.ppm, 0, 1\n1, 1, 1\n");
  expect_error(run("inspect _classes.csv"), 1,
               {"_classes.csv, line 4: 1 may be", "write the file's whole name"});
  write_text(dir / "_classes.csv", "filename, cat, dog\ndata/cat/0, 1, 0\ndata/dog/0.ppm, 0, 1\n");
  const json table = inspect("_classes.csv");
  EXPECT_EQ(table.at("data").at("classes").size(), 2U);
  EXPECT_THAT(table.at("notes").dump(),
              AllOf(HasSubstr("is a label: cat, dog"), HasSubstr("data/cat/0")));
}

TEST_F(InspectTest, ALinkInACircleIsNamedWithTheReason) {
  two_classes();
  fs::create_symlink("loop", dir / "loop");
  fs::create_symlink("bird", dir / "data/bird");
  expect_error(run("inspect loop"), 1, {"loop: can't be read", "symbolic links"});
  EXPECT_EQ(inspect("data").at("data").at("skipped")[0].at("file"), "data/bird");
}

TEST_F(InspectTest, BadDataIsOneLineAndExitCode1) {
  two_classes();
  write_text(dir / "labels.csv", "file,label\ndata/cat/0.ppm,cat\ndata/cat/9.ppm,cat\n");
  fs::create_directories(dir / "empty/cat");
  fs::create_directories(dir / "empty/dog");
  for (const char* bad : {"nowhere", "labels.csv", "empty", "data/cat"}) {
    expect_error(run(std::string("inspect ") + bad), 1, {bad});
  }
}

}  // namespace
}  // namespace oneormany::cli
