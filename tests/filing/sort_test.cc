#include "filing/sort.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <map>
#include <random>

#include "tests/error_in.h"
#include "tests/filing/killed.h"
#include "tests/folder.h"

namespace oneormany::filing {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// Every file or link below a folder, and what is in it.
std::map<std::string, std::string> content_of(const fs::path& folder) {
  std::map<std::string, std::string> content;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_directory() && !entry.is_symlink()) continue;
    content[entry.path().lexically_relative(folder).string()] = read_text(entry.path());
  }
  return content;
}

class Sort : public testing::Test {
 protected:
  std::vector<fs::path> file(How how, const fs::path& picture,
                             const std::vector<std::string>& labels) const {
    return Sorter(out_, how).file(picture, labels);
  }
  const Folder folder_;
  const fs::path out_ = folder_ / "sorted";
};

TEST_F(Sort, ALinkIsRelativeAndLeadsToThePicture) {
  const fs::path picture = folder_.write("scans/a.jpg", "A");
  EXPECT_THAT(file(How::kLink, picture, {"robin"}), ElementsAre(out_ / "robin/a.jpg"));
  EXPECT_EQ(fs::read_symlink(out_ / "robin/a.jpg"), "../../scans/a.jpg");
  EXPECT_EQ(read_text(out_ / "robin/a.jpg"), "A");
  fs::rename(folder_.path(), folder_.path().string() + "-moved");
  EXPECT_EQ(read_text(folder_.path().string() + "-moved/sorted/robin/a.jpg"), "A");
  fs::rename(folder_.path().string() + "-moved", folder_.path());
}

TEST_F(Sort, ALinkLeadsToThePictureThroughLinkedFoldersAndRelativeNames) {
  folder_.write("store/deep/er/a.jpg", "A");
  fs::create_directory_symlink("store/deep/er", folder_ / "scans");
  fs::create_directories(folder_ / "real/out");
  fs::create_directory_symlink("real/out", out_);
  const fs::path before = fs::current_path();
  fs::current_path(folder_.path());
  Sorter sorter("sorted", How::kLink);
  sorter.file("scans/a.jpg", {"robin"});
  fs::current_path(before);
  EXPECT_EQ(read_text(out_ / "robin/a.jpg"), "A");
}

TEST_F(Sort, SeveralLabelsAreALinkInEachAndNoneHasAFolder) {
  const fs::path picture = folder_.write("a.jpg", "A");
  EXPECT_THAT(file(How::kLink, picture, {"house", "river"}),
              ElementsAre(out_ / "house/a.jpg", out_ / "river/a.jpg"));
  EXPECT_THAT(file(How::kLink, picture, {}), ElementsAre(out_ / "none of these/a.jpg"));
  EXPECT_THAT(file(How::kMove, picture, {"house", "river"}),
              ElementsAre(out_ / "house + river/a.jpg"));
  EXPECT_EQ(read_text(out_ / "house + river/a.jpg"), "A");
  EXPECT_FALSE(fs::exists(picture));
}

TEST_F(Sort, ANameThatIsTakenGetsANumberAndASecondRunDoesNothing) {
  for (const How how : {How::kLink, How::kMove}) {
    const Folder folder;
    const fs::path out = folder / "sorted";
    const auto pictures = {folder.write("1/a.b.jpg", "one"), folder.write("2/a.b.jpg", "two"),
                           folder.write("3/a.b.jpg", "three")};
    const auto run = [&] {
      Sorter sorter(out, how);
      for (const auto& picture : pictures) {
        if (fs::exists(picture)) sorter.file(picture, {"robin"});
      }
    };
    run();
    const auto content = content_of(out);
    EXPECT_THAT(content, ElementsAre(testing::Pair("robin/a.b (2).jpg", "two"),
                                     testing::Pair("robin/a.b (3).jpg", "three"),
                                     testing::Pair("robin/a.b.jpg", "one")));
    run();
    EXPECT_EQ(content_of(out), content);
    // And where the sorted folder itself is sorted.
    for (const auto& [name, text] : content) {
      EXPECT_THAT(Sorter(out, how).file(out / name, {"robin"}), ElementsAre(out / name));
    }
    EXPECT_EQ(content_of(out), content);
  }
}

TEST_F(Sort, TwoNamesOfOneFileAreBothMovedAndOneThatAKillLeftIsRemoved) {
  const fs::path one = folder_.write("1/a.jpg", "A"), two = folder_ / "2/a.jpg";
  fs::create_directory(folder_ / "2");
  fs::create_hard_link(one, two);
  Sorter sorter(out_, How::kMove);
  sorter.file(one, {"robin"});
  EXPECT_THAT(sorter.file(out_ / "robin/a.jpg", {"robin"}), ElementsAre(out_ / "robin/a.jpg"));
  EXPECT_THAT(sorter.file(two, {"robin"}), ElementsAre(out_ / "robin/a (2).jpg"));

  fs::create_hard_link(out_ / "robin/a.jpg", one);  // as a file system without RENAME_NOREPLACE
  for (const fs::path& picture : {one, out_ / "robin/a.jpg", out_ / "robin/a (2).jpg"}) {
    Sorter(out_, How::kMove).file(picture, {"robin"});
  }
  EXPECT_FALSE(fs::exists(one));
  EXPECT_EQ(content_of(out_).size(), 2u);
}

TEST_F(Sort, WhatIsThereIsNeverReplaced) {
  for (const How how : {How::kLink, How::kMove}) {
    folder_.write("sorted/robin/a.jpg", "theirs");
    fs::create_symlink("nowhere", out_ / "robin/a (2).jpg");
    fs::create_directories(out_ / "robin/a (3).jpg");
    const fs::path picture = folder_.write("a.jpg", "mine");
    EXPECT_THAT(file(how, picture, {"robin"}), ElementsAre(out_ / "robin/a (4).jpg"));
    EXPECT_EQ(read_text(out_ / "robin/a.jpg"), "theirs");
    EXPECT_EQ(fs::read_symlink(out_ / "robin/a (2).jpg"), "nowhere");
    fs::remove_all(out_);
  }
}

TEST_F(Sort, LabelsCantLeadOutOfTheFolder) {
  const fs::path picture = folder_.write("a.jpg", "A");
  for (const char* label : {"..", ".", "/etc", "../up", "a/b", "", "\n"}) {
    const auto places = file(How::kLink, picture, {label});
    ASSERT_EQ(places.size(), 1u);
    EXPECT_EQ(places[0].parent_path().parent_path(), out_) << label;
    EXPECT_EQ(fs::canonical(places[0].parent_path()).parent_path(), fs::canonical(out_)) << label;
  }
}

TEST_F(Sort, ThousandsOfOneNameAreSortedOneByOne) {
  Sorter sorter(out_, How::kLink);
  for (int i = 0; i < 2000; ++i) {
    sorter.file(folder_.write(fmt::format("{}/front.jpg", i), std::to_string(i)), {"robin"});
  }
  EXPECT_EQ(content_of(out_).size(), 2000u);
  Sorter again(out_, How::kLink);
  EXPECT_THAT(again.file(folder_ / "1999/front.jpg", {"robin"}),
              ElementsAre(out_ / "robin/front (2000).jpg"));
}

TEST_F(Sort, ASidecarGoesWithItsPictureAndOneThatMayBeOthersKeepsItHere) {
  const fs::path picture = folder_.write("a.jpg", "A");
  folder_.write("a.jpg.xmp", "words");
  folder_.write("sorted/robin/a.jpg.xmp", "of another");
  EXPECT_THAT(file(How::kMove, picture, {"robin"}), ElementsAre(out_ / "robin/a (2).jpg"));
  EXPECT_THAT(content_of(out_), ElementsAre(testing::Pair("robin/a (2).jpg", "A"),
                                            testing::Pair("robin/a (2).jpg.xmp", "words"),
                                            testing::Pair("robin/a.jpg.xmp", "of another")));
  EXPECT_FALSE(fs::exists(folder_ / "a.jpg.xmp"));

  const fs::path raw = folder_.write("b.cr2", "B");
  folder_.write("b.xmp", "words");
  EXPECT_THAT(error_in([&] { file(How::kMove, raw, {"robin"}); }),
              AllOf(HasSubstr("b.cr2: has the sidecar b.xmp"), HasSubstr("--link-to")));
  EXPECT_EQ(read_text(raw), "B");
  EXPECT_NO_THROW(file(How::kLink, raw, {"robin"}));
}

TEST_F(Sort, WhatCantBeSortedStaysAndIsOneLine) {
  const fs::path picture = folder_.write("a.jpg", "A");
  fs::create_symlink("a.jpg", folder_ / "link.jpg");
  EXPECT_THAT(error_in([&] { file(How::kMove, folder_ / "link.jpg", {"robin"}); }),
              AllOf(HasSubstr("link.jpg: is a link"), HasSubstr("--link-to")));
  EXPECT_THAT(file(How::kLink, folder_ / "link.jpg", {"robin"}),
              ElementsAre(out_ / "robin/link.jpg"));
  EXPECT_THAT(error_in([&] { file(How::kLink, folder_ / "no.jpg", {"robin"}); }),
              HasSubstr("no.jpg: can't be sorted: No such file"));
  EXPECT_THAT(error_in([&] { file(How::kMove, folder_ / "", {"robin"}); }),
              HasSubstr("is no regular file"));
  folder_.write("file", "");
  EXPECT_THAT(error_in([&] { Sorter(folder_ / "file", How::kLink); }), HasSubstr("file: can't be"));
  folder_.write("sorted/flag", "a file where a folder should be");
  EXPECT_THAT(error_in([&] { file(How::kMove, picture, {"flag"}); }),
              AllOf(HasSubstr("sorted/flag"), Not(HasSubstr("\n"))));
  EXPECT_EQ(read_text(picture), "A");
}

/// A folder on another file system; skips the test where there is none.
class SortElsewhere : public testing::Test {
 protected:
  SortElsewhere() {
    std::string name = "/dev/shm/oneormany-XXXXXX";
    if (mkdtemp(name.data())) elsewhere_ = name;
  }
  ~SortElsewhere() override { fs::remove_all(elsewhere_); }
  void SetUp() override {
    struct stat here {};
    struct stat there {};
    if (elsewhere_.empty() || stat(folder_.path().c_str(), &here) != 0 ||
        stat(elsewhere_.c_str(), &there) != 0 || here.st_dev == there.st_dev) {
      GTEST_SKIP() << "no second file system";
    }
  }
  const Folder folder_;
  fs::path elsewhere_;
};

TEST_F(SortElsewhere, AMoveKeepsContentTimesAndPermissions) {
  std::string text(3'000'000, 'x');
  text += "end";
  const fs::path picture = folder_.write("a.jpg", text);
  folder_.write("a.jpg.xmp", "words");
  chmod(picture.c_str(), 0640);
  const fs::file_time_type then = fs::last_write_time(picture) - std::chrono::hours(1000);
  fs::last_write_time(picture, then);
  const auto places = Sorter(elsewhere_ / "sorted", How::kMove).file(picture, {"robin"});
  ASSERT_THAT(places, ElementsAre(elsewhere_ / "sorted/robin/a.jpg"));
  EXPECT_EQ(read_text(places[0]), text);
  EXPECT_EQ(fs::last_write_time(places[0]), then);
  struct stat moved {};
  stat(places[0].c_str(), &moved);
  EXPECT_EQ(moved.st_mode & 07777u, 0640u);
  EXPECT_THAT(content_of(folder_.path()), IsEmpty());
  EXPECT_EQ(content_of(elsewhere_).size(), 2u) << "no draft is left";
}

TEST_F(SortElsewhere, CopiesThatOneHasAreAllMoved) {
  const fs::path one = folder_.write("1/a.jpg", "A"), two = folder_.write("2/a.jpg", "A");
  fs::last_write_time(two, fs::last_write_time(one));
  Sorter sorter(elsewhere_, How::kMove);
  sorter.file(one, {"robin"});
  EXPECT_THAT(sorter.file(two, {"robin"}), ElementsAre(elsewhere_ / "robin/a (2).jpg"));
}

TEST_F(SortElsewhere, ACopyThatAKillLeftHereIsRemoved) {
  const fs::path picture = folder_.write("a.jpg", "A"), other = folder_.write("b/a.jpg", "B");
  fs::create_directory(elsewhere_ / "robin");
  fs::copy_file(picture, elsewhere_ / "robin/a.jpg");
  for (const fs::path& like : {other, elsewhere_ / "robin/a.jpg"}) {
    fs::last_write_time(like, fs::last_write_time(picture));
  }
  EXPECT_THAT(Sorter(elsewhere_, How::kMove).file(other, {"robin"}),
              ElementsAre(elsewhere_ / "robin/a (2).jpg"));
  EXPECT_THAT(Sorter(elsewhere_, How::kMove).file(picture, {"robin"}),
              ElementsAre(elsewhere_ / "robin/a.jpg"));
  EXPECT_FALSE(fs::exists(picture));
}

TEST_F(SortElsewhere, WhereTheDiskIsFullThePictureStays) {
  const fs::path picture = folder_.write("a.jpg", std::string(100'000, 'x'));
  folder_.write("a.jpg.xmp", "words");
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  const rlimit tight{1000, limit.rlim_max};
  setrlimit(RLIMIT_FSIZE, &tight);
  const std::string error =
      error_in([&] { Sorter(elsewhere_, How::kMove).file(picture, {"robin"}); });
  setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(error,
              HasSubstr("a.jpg: can't be moved to " + (elsewhere_ / "robin/a.jpg").string()));
  EXPECT_EQ(content_of(folder_.path()).size(), 2u) << "the sidecar is back, too";
  EXPECT_THAT(content_of(elsewhere_), IsEmpty());
}

TEST_F(SortElsewhere, LinksLeadBackAndNamesThatAreTakenStay) {
  const fs::path picture = folder_.write("a.jpg", "A");
  Sorter(elsewhere_, How::kLink).file(picture, {"robin"});
  EXPECT_EQ(read_text(elsewhere_ / "robin/a.jpg"), "A");
  EXPECT_THAT(Sorter(elsewhere_, How::kMove).file(folder_.write("b/a.jpg", "B"), {"robin"}),
              ElementsAre(elsewhere_ / "robin/a (2).jpg"));
}

/// Kills a sorter at random moments, and lets the last one end.
void kill_at_random(const fs::path& from, const fs::path& out, How how) {
  std::mt19937 random(17);
  std::map<std::string, std::string> wanted;
  for (int i = 0; i < 60; ++i) {
    const std::string text = fmt::format("{}{}", i, std::string(20'000, 'x'));
    write_text(from / fmt::format("{}/a.jpg", i), text);
    wanted[text] = "";
  }
  const auto work = [&] {
    Sorter sorter(out, how);
    for (int i = 0; i < 60; ++i) {
      const fs::path picture = from / fmt::format("{}/a.jpg", i);
      if (fs::exists(picture)) sorter.file(picture, {i % 2 == 0 ? "even" : "odd"});
    }
  };
  const auto texts = [](const fs::path& folder) {
    std::map<std::string, int> count;
    if (!fs::exists(folder)) return count;
    for (const auto& [name, text] : content_of(folder)) {
      if (!name.ends_with("oneormany-part")) ++count[text];
    }
    return count;
  };
  int killed = 0;
  for (int round = 0; round < 100; ++round) {
    const std::chrono::microseconds time(std::uniform_int_distribution<>(300, 4000)(random));
    killed += killed_after(time, work) ? 1 : 0;
    const auto here = texts(from), there = texts(out);
    for (const auto& [text, unused] : wanted) {
      ASSERT_TRUE(here.contains(text) || there.contains(text)) << "lost in round " << round;
    }
    for (const auto& [text, count] : there) {
      ASSERT_TRUE(wanted.contains(text)) << "half a picture";
      ASSERT_EQ(count, 1) << "doubled";
    }
  }
  EXPECT_GT(killed, 0);
  work();
  const auto there = texts(out);
  EXPECT_EQ(there.size(), wanted.size());
  EXPECT_EQ(texts(from).size(), how == How::kMove ? 0u : wanted.size());
  for (const auto& [text, count] : there) EXPECT_EQ(count, 1);
}

TEST_F(Sort, KilledAtAnyMomentNothingIsLostOrDoubled) {
  kill_at_random(folder_ / "links", folder_ / "linked", How::kLink);
  kill_at_random(folder_ / "moves", folder_ / "moved", How::kMove);
}

TEST_F(SortElsewhere, KilledAtAnyMomentNothingIsLostOrDoubled) {
  kill_at_random(folder_ / "moves", elsewhere_ / "moved", How::kMove);
}

}  // namespace
}  // namespace oneormany::filing
