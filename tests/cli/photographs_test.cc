// script/photographs on packages that dpkg-deb builds, which an apt-get of the test's own hands
// out.

#include <gmock/gmock.h>

#include "tests/program.h"

namespace oneormany::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class Photographs : public ProgramTest {
 protected:
  void SetUp() override {
    if (run_shell("command -v dpkg-deb").exit_code != 0) GTEST_SKIP() << "dpkg-deb is missing";
    write_text(dir / "bin/apt-get", R"(#!/bin/sh
for last; do :; done                      # "scratch", or "scratch=1.4"
[ "$last" != update ] || exit 0
deb=$REPOSITORY/${last}_9-1_all.deb       # there is none where a version is asked for
[ -f "$deb" ] || { echo "E: Version of $last was not found" >&2; exit 100; }
cp "$deb" .
)");
    fs::permissions(dir / "bin/apt-get", fs::perms::owner_all);
    fs::create_directories(dir / "repository");
    // Version 9-1 of each is in the archive, not the pinned one.
    for (int i = 0; i < 250; ++i)
      file("endless-sky-data", land + "beach" + std::to_string(i) + ".jpg");
    file("endless-sky-data", land + "city1.jpg");
    file("endless-sky-data", land + "beach.txt");
    write_text(root("gcompris-qt-data") / "usr/share/gcompris-qt/rcc/erase.rcc", resources);
    write_text(root("gcompris-qt-data") / "usr/share/gcompris-qt/rcc/lang.rcc", resources);
    file("scratch", "usr/share/scratch/Media/Costumes/Animals/cow1.png");
    file("scratch", "usr/share/scratch/Media/Costumes/Animals/dog1-a.png");
    fs::create_symlink("cow1.png",
                       root("scratch") / "usr/share/scratch/Media/Costumes/Animals/elephant.gif");
    file("tuxpaint-data", "usr/share/tuxpaint/templates/rocks.jpg");
    file("tuxpaint-data", "usr/share/tuxpaint/templates/lighthouse.jpg");
  }

  fs::path root(const std::string& package) const { return dir / "packages" / package; }

  void file(const std::string& package, const std::string& path) const {
    write_text(root(package) / path, path);
  }

  void build(const std::string& package, const std::string& version = "9-1") const {
    write_text(root(package) / "DEBIAN/control", "Package: " + package + "\nVersion: " + version +
                                                     "\nArchitecture: all\nMaintainer: A <a@b.c>\n"
                                                     "Description: for a test\n");
    const Ran ran = run_shell("dpkg-deb --build packages/" + package + " repository");
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
  }

  void build_all() const {
    for (const char* one : {"endless-sky-data", "gcompris-qt-data", "scratch", "tuxpaint-data"})
      build(one);
  }

  Ran make() const {
    return run_shell("REPOSITORY=\"$PWD/repository\" PATH=\"$PWD/bin:$PATH\" '" TEST_DATA
                     "/../../script/photographs' out");
  }

  /// The files below out/photographs, but for the many beaches.
  std::vector<std::string> found() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(dir / "out/photographs")) {
      const std::string name = fs::relative(entry, dir / "out/photographs");
      if (entry.is_regular_file() && name.find("beach") == std::string::npos) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  /// Ended by one line of its own after the first, with no trace of Python's.
  static void expect_failure(const Ran& ran, const std::string& part) {
    EXPECT_EQ(ran.exit_code, 1);
    EXPECT_THAT(ran.err, HasSubstr(part));
    EXPECT_THAT(ran.err, Not(HasSubstr("Traceback")));
  }

  const std::string land = "usr/share/games/endless-sky/images/land/";
  const std::string picture = read_text(TEST_DATA "/pictures/lossless.webp");
  const std::string resources = read_text(TEST_DATA "/resources.rcc");
};

TEST_F(Photographs, LieInFoldersByKindWithoutDrawingsLinksAndBuildings) {
  build_all();
  const Ran ran = make();
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(found(),
              testing::ElementsAre("animals/gcompris_src_activities_erase_resource_cat.webp",
                                   "animals/scratch_Media_Costumes_Animals_cow1.png",
                                   "fish/gcompris_src_activities_categorization_resource_images_"
                                   "fishes_fish1.webp",
                                   "nature/tuxpaint_templates_rocks.jpg"));
  EXPECT_EQ(read_text(dir / "out/photographs" / found()[0]), picture);
  EXPECT_TRUE(fs::exists(dir / "out/photographs/sea/endless-sky_images_land_beach249.jpg"));
  EXPECT_FALSE(fs::exists(dir / "out/photographs/sea/endless-sky_images_land_beach.txt"));
  // It says what it has in place of the pinned versions, and nothing else is left.
  EXPECT_THAT(ran.err, HasSubstr("scratch_9-1_all.deb: another version than 1.4.0.6~dfsg1-6.1"));
  EXPECT_THAT(ran.err, HasSubstr("254 in place of 484"));
  EXPECT_EQ(std::distance(fs::directory_iterator(dir / "out"), fs::directory_iterator()), 2);
  EXPECT_EQ(run_shell("ls -d photographs-*").out, "");

  fs::remove_all(dir / "repository");  // a second run fetches nothing
  const Ran again = make();
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_EQ(again.err, "");
}

TEST_F(Photographs, APackageThatCantBeHadIsNamedAndLeftOut) {
  build_all();
  fs::remove(dir / "repository/scratch_9-1_all.deb");
  const Ran ran = make();
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("photographs: scratch: E: Version of scratch was not found"));
  EXPECT_EQ(found().size(), 3U);
}

TEST_F(Photographs, TooFewOfThemKeepWhatWasThere) {
  build("scratch");
  write_text(dir / "out/photographs/sea/old.jpg", "old");
  expect_failure(make(), "photographs: 1 photographs in place of 484: see that the network works");
  EXPECT_EQ(read_text(dir / "out/photographs/sea/old.jpg"), "old");
  EXPECT_EQ(run_shell("ls -d photographs-*").out, "");
}

TEST_F(Photographs, APackageOfThePinnedVersionWithOtherBytesIsRefused) {
  build_all();
  build("scratch", "1.4.0.6~dfsg1-6.1");
  fs::rename(dir / "repository/scratch_1.4.0.6~dfsg1-6.1_all.deb", dir / "repository/pinned");
  write_text(dir / "bin/apt-get",
             "#!/bin/sh\ncp \"$REPOSITORY/pinned\" './scratch_1.4.0.6~dfsg1-6.1_all.deb'\n");
  expect_failure(make(), "scratch_1.4.0.6~dfsg1-6.1_all.deb: its SHA-256 is ");
  EXPECT_FALSE(fs::exists(dir / "out"));
}

TEST_F(Photographs, DamagedResourcesAreRefused) {
  const fs::path file = root("gcompris-qt-data") / "usr/share/gcompris-qt/rcc/erase.rcc";
  for (const auto& [data, part] :
       {std::pair{resources.substr(0, resources.size() - 1), "is damaged"},
        {resources.substr(0, 19), "is damaged"},
        {"qrea" + resources.substr(4), "isn't a file of Qt resources"}}) {
    write_text(file, data);
    build_all();
    expect_failure(make(),
                   std::string("gcompris-qt-data_9-1_all.deb: gcompris-qt/rcc/erase.rcc: ") + part);
    EXPECT_FALSE(fs::exists(dir / "out"));
  }
}

}  // namespace
}  // namespace oneormany::cli
