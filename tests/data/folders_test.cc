#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/data/scratch.h"

namespace oneormany::data {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FoldersTest : public Scratch {};

TEST_F(FoldersTest, EachFolderIsAClassAndDeeperFoldersBelongToIt) {
  write("flags/a.png");
  write("flags/america/b.jpg");
  write("buildings/c.JPEG");
  write("buildings/no_ending");
  const DataSet data = read_data(folder);
  EXPECT_THAT(data.classes, ElementsAre("buildings", "flags"));
  EXPECT_THAT(pictures_of(data),
              ElementsAre("buildings/c.JPEG: buildings", "buildings/no_ending: buildings",
                          "flags/a.png: flags", "flags/america/b.jpg: flags"));
  EXPECT_THAT(data.skipped, IsEmpty());
  EXPECT_EQ(data.layout, "class folders");
  EXPECT_EQ(data.root, folder);
  EXPECT_EQ(problem_of(data), Problem::kOneClass);
}

TEST_F(FoldersTest, AFolderOfSeveralLabelsIsOfEach) {
  write("sorted/house/1.png");
  write("sorted/house + river/2.png");
  write("sorted/river + tree/3.png");
  write("sorted/salt + pepper/4.png");  // nothing says that these are two
  write("sorted/a%2Fb/5.png");
  write("sorted/none of these/6.png");
  std::filesystem::create_directories(folder / "sorted/house + tree");  // people took all out
  const DataSet data = read_data(folder / "sorted");
  EXPECT_THAT(data.classes, ElementsAre("a%2Fb", "house", "river", "salt + pepper", "tree"));
  EXPECT_THAT(pictures_of(data),
              ElementsAre("sorted/a%2Fb/5.png: a%2Fb", "sorted/house + river/2.png: house river",
                          "sorted/house/1.png: house",
                          "sorted/none of these/6.png:", "sorted/river + tree/3.png: river tree",
                          "sorted/salt + pepper/4.png: salt + pepper"));
  EXPECT_THAT(data.notes, ElementsAre("2 pictures in folders of several labels, such as house + "
                                      "river"));
  std::filesystem::remove(folder / "sorted/none of these/6.png");
  EXPECT_EQ(read_data(folder / "sorted").pictures.size(), 5u);
  // What other data know.
  write("x.png");
  write("labels.csv", "file,label\nx.png,a/b\n");
  write("y.png");
  write("more.csv", "file,label\ny.png,salt\n");
  const DataSet both =
      read_data(std::vector{folder / "labels.csv", folder / "more.csv", folder / "sorted"}, {});
  EXPECT_THAT(both.classes, ElementsAre("a/b", "house", "pepper", "river", "salt", "tree"));
  EXPECT_THAT(pictures_of(both),
              testing::IsSupersetOf(
                  {"sorted/a%2Fb/5.png: a/b", "sorted/salt + pepper/4.png: pepper salt"}));
}

TEST_F(FoldersTest, NamesSortBytewiseAndMayHoldSpacesAndAnyLetters) {
  write("Blé mûr/ä ö.png");
  write("猫/z.png");
  write("a b/x y.png");
  write("a/1.png");
  write("a-/1.png");
  const DataSet data = read_data(folder);
  EXPECT_THAT(data.classes, ElementsAre("Blé mûr", "a", "a b", "a-", "猫"));
  // '-' and ' ' come before '/'.
  EXPECT_THAT(pictures_of(data), ElementsAre("Blé mûr/ä ö.png: Blé mûr", "a b/x y.png: a b",
                                             "a-/1.png: a-", "a/1.png: a", "猫/z.png: 猫"));
}

TEST_F(FoldersTest, TwoNamesOfOneFileAreOnePictureUnderItsRealName) {
  write("cat/real.png");
  link("real.png", "cat/a_link.png");
  std::filesystem::create_hard_link(folder / "cat/real.png", folder / "cat/z_hard.png");
  write("dog/d.png");
  const DataSet data = read_data(folder);
  EXPECT_THAT(pictures_of(data), ElementsAre("cat/real.png: cat", "dog/d.png: dog"));
  EXPECT_EQ(data.extra_names, 2u);
}

TEST_F(FoldersTest, OneFileInTwoClassFoldersCarriesBothLabels) {
  write("towers/eiffel.png");
  write("flags/f.png");
  link("../towers/eiffel.png", "flags/eiffel.png");
  const DataSet data = read_data(folder);
  EXPECT_THAT(pictures_of(data),
              ElementsAre("flags/f.png: flags", "towers/eiffel.png: flags towers"));
  EXPECT_EQ(problem_of(data), Problem::kMultiLabel);
}

TEST_F(FoldersTest, LinksToFoldersAndFilesElsewhereAreFollowed) {
  write("elsewhere/tabby/1.png");
  write("elsewhere/2.png");
  write("data/dog/d.png");
  link("../elsewhere/tabby", "data/cat");
  link("../../elsewhere/2.png", "data/dog/linked.png");
  const DataSet data = read_data(folder / "data");
  EXPECT_THAT(pictures_of(data), ElementsAre("data/cat/1.png: cat", "data/dog/d.png: dog",
                                             "data/dog/linked.png: dog"));
  EXPECT_EQ(data.extra_names, 0u);
}

TEST_F(FoldersTest, LoopsOfLinksEndAndAreListed) {
  write("cat/1.png");
  write("dog/2.png");
  link("..", "cat/up");
  link(".", "cat/self");
  link("chase_b", "cat/chase_a");
  link("chase_a", "cat/chase_b");
  write("dog/x/3.png");
  write("dog/y/4.png");
  link("../y", "dog/x/to_y");
  link("../x", "dog/y/to_x");
  const DataSet data = read_data(folder);
  EXPECT_THAT(pictures_of(data), ElementsAre("cat/1.png: cat", "dog/2.png: dog", "dog/x/3.png: dog",
                                             "dog/y/4.png: dog"));
  EXPECT_THAT(skips_of(data), ElementsAre("cat/chase_a: a link that leads nowhere",
                                          "cat/chase_b: a link that leads nowhere",
                                          "cat/self: a link back to a folder above it",
                                          "cat/up: a link back to a folder above it"));
}

TEST_F(FoldersTest, JunkIsIgnoredSilently) {
  for (const char* junk : {".DS_Store", "Thumbs.db", "desktop.ini", "._1.png", ".hidden.png",
                           ".cache/3.png", "@eaDir/1.png", "1.xmp"}) {
    write(std::string("cat/") + junk);
    write(junk);
  }
  write("cat/1.png");
  write("dog/2.png");
  const DataSet data = read_data(folder);
  EXPECT_THAT(pictures_of(data), ElementsAre("cat/1.png: cat", "dog/2.png: dog"));
  EXPECT_THAT(data.skipped, IsEmpty());
}

TEST_F(FoldersTest, WhatIsNoPictureIsASkipWithItsReason) {
  write("cat/1.png");
  write("cat/notes.TXT");
  write("dog/2.png");
  write("README.md");
  write("stray.png");
  link("nothing", "dog/broken.png");
  mkfifo((folder / "dog/pipe.png").c_str(), 0600);
  EXPECT_THAT(skips_of(read_data(folder)),
              ElementsAre("README.md: not a picture, by its ending .md",
                          "cat/notes.TXT: not a picture, by its ending .TXT",
                          "dog/broken.png: a link that leads nowhere",
                          "dog/pipe.png: neither a file nor a folder",
                          "stray.png: lies beside the class folders, not in one"));
}

TEST_F(FoldersTest, AMissingFolderIsAnError) {
  EXPECT_THAT(error_of("nowhere"), AllOf(HasSubstr("nowhere"), HasSubstr("doesn't exist")));
}

TEST_F(FoldersTest, PicturesBesideAnnotationsAreNoTwoClasses) {
  write("images/1.png");
  write("annotations/1.json");
  EXPECT_THAT(error_of("."), AllOf(HasSubstr("one class only (images)"),
                                   HasSubstr("(annotations without pictures)"),
                                   HasSubstr("a table (file,label)")));
  // A .txt with tabs is a table, a README is none.
  write("README.txt", "Pictures, and what is on them\n");
  EXPECT_THAT(error_of("."), Not(HasSubstr("if the labels are in")));
  write("occurrence.txt", "id\tspecies\n1\tParus major\n");
  EXPECT_THAT(error_of("."), HasSubstr("occurrence.txt, name that file"));
}

TEST_F(FoldersTest, ClassesInNamesAreHintedAt) {
  for (const char* number : {"0", "1", "12"}) {
    for (const char* name : {"cat.", "dog.", "great_dane_"}) {
      write("one/train/" + std::string(name) + number + ".jpg");
      write("two/train/" + std::string(name) + number + ".jpg");
      write("flat/" + std::string(name) + number + ".jpg");
    }
    write("two/test/" + std::string(number) + ".jpg");
    write("camera/IMG_" + std::string(number) + ".jpg");
    write("camera/holiday_" + std::string(number) + ".jpg");
  }
  for (const char* name : {"one", "two", "flat"}) {
    EXPECT_THAT(error_of(name), AllOf(HasSubstr("begin with their class (cat, dog, great_dane)"),
                                      HasSubstr("docs/formats.md")))
        << name;
  }
  EXPECT_THAT(error_of("camera"), Not(HasSubstr("begin with")));
}

TEST_F(FoldersTest, AFolderOfOtherFilesIsNoClass) {
  write("cat/1.png");
  write("dog/2.png");
  write("json/1.json");
  write("json/2.json");
  write("json/deep/3.xml");
  EXPECT_THAT(error_of("."),
              AllOf(HasSubstr("/json: "),
                    HasSubstr("3 files of other kinds (.json, .xml): if it is no class")));
}

TEST_F(FoldersTest, AnEmptyClassIsAnErrorThatNamesIt) {
  write("cat/1.png");
  std::filesystem::create_directories(folder / "dog/deeper");
  EXPECT_THAT(error_of(""), AllOf(HasSubstr("/dog: a class without a picture"),
                                  HasSubstr("put pictures in, or remove the folder")));
  write("dog/only_notes.txt");
  write("dog/.DS_Store");
  write("owl/2.png");
  EXPECT_THAT(error_of(""), HasSubstr("/dog: a class without a picture"));
}

TEST_F(FoldersTest, OneClassIsReadWhereThereIsBackground) {
  DataOptions options;
  options.one_class = true;
  write("data/cat/1.png");
  EXPECT_THAT(pictures_of(read_data(folder / "data", options)), ElementsAre("data/cat/1.png: cat"));
  // What looks like several classes, or like no class, still is an error.
  write("coco/images/1.png");
  write("coco/annotations/1.json");
  EXPECT_THAT(error_of("coco", options), HasSubstr("one class only (images)"));
  write("table/images/1.png");
  write("table/labels.csv", "file,label\n");
  EXPECT_THAT(error_of("table", options), HasSubstr("labels.csv, name that file"));
  for (const char* name : {"cat.0", "cat.1", "cat.2", "dog.0", "dog.1", "dog.2"}) {
    write("names/train/" + std::string(name) + ".jpg");
  }
  EXPECT_THAT(error_of("names", options), HasSubstr("begin with their class (cat, dog)"));
}

TEST_F(FoldersTest, OneClassOnlyIsAnError) {
  write("cat/1.png");
  EXPECT_THAT(error_of(""), HasSubstr("one class only (cat)"));
  write("tables.csv", "file,label\n");
  EXPECT_THAT(error_of(""), HasSubstr("tables.csv, name that file"));
}

TEST_F(FoldersTest, PicturesWithoutClassFoldersAreAnErrorThatExplainsTheLayouts) {
  write("1.png");
  EXPECT_THAT(error_of(""), AllOf(HasSubstr("holds pictures and no class folders"),
                                  HasSubstr("CSV"), HasSubstr("metadata.jsonl")));
}

TEST_F(FoldersTest, AnEmptyFolderIsAnError) {
  EXPECT_THAT(error_of(""), HasSubstr("holds no pictures and no class folders"));
}

TEST_F(FoldersTest, SplitFoldersArentTakenForClasses) {
  for (const char* name : {"train/cat/1.png", "train/dog/1.png", "test/cat/2.png"}) write(name);
  EXPECT_THAT(error_of(""),
              AllOf(HasSubstr("splits, not classes: test, train"), HasSubstr("/train")));
  EXPECT_EQ(read_data(folder / "train").classes.size(), 2u);
}

TEST_F(FoldersTest, ClassesMayBeCalledLikeSplits) {
  write("test/tube.png");
  write("train/engine.png");
  EXPECT_THAT(read_data(folder).classes, ElementsAre("test", "train"));
}

TEST_F(FoldersTest, ErrorsStayOnOneLineWhateverTheName) {
  write("a\nb\x1b[31m/1.png");
  EXPECT_THAT(error_of(""), HasSubstr("a\uFFFDb\uFFFD[31m"));
}

TEST_F(FoldersTest, APictureIsntADataSet) {
  write("1.png");
  EXPECT_THAT(error_of("1.png"), HasSubstr("isn't a data set"));
}

TEST_F(FoldersTest, ListPicturesNamesEachRealFileOnce) {
  write("people/b.png");
  write("people/a/c.png");
  write("people/notes.txt");
  link("b.png", "people/a_link.png");
  link("..", "people/a/up");
  const PictureList list = list_pictures({folder / "people", folder / "people/a"});
  EXPECT_THAT(list.files, ElementsAre(folder / "people/a/c.png", folder / "people/b.png"));
  EXPECT_THAT(list.skipped,
              testing::Contains(testing::Field(&Skip::file, folder / "people/notes.txt")));
}

TEST_F(FoldersTest, ListPicturesRefusesWhatHoldsNone) {
  write("notes/a.txt");
  EXPECT_THAT(error_in([&] { list_pictures({folder / "notes"}); }), HasSubstr("holds no picture"));
  EXPECT_THAT(error_in([&] { list_pictures({folder / "gone"}); }), HasSubstr("doesn't exist"));
}

// The demo's pictures: flags/ links to files in other folders, two of them in buildings/.
TEST_F(FoldersTest, OpenclipartsFlagsThatAreBuildingsCarryBothLabels) {
  const std::filesystem::path png = "/usr/share/openclipart/png";
  if (!std::filesystem::exists(png)) GTEST_SKIP() << "openclipart-png isn't installed";
  EXPECT_EQ(list_pictures({png / "people"}).files.size(), 381u);  // 345 files, and links to others
  link(png / "buildings", "buildings");
  link(png / "signs_and_symbols/flags", "flags");
  const DataSet data = read_data(folder);
  EXPECT_EQ(data.pictures.size(), 602u);
  std::vector<std::string> both;
  for (const Picture& picture : data.pictures) {
    if (picture.labels.size() == 2) both.push_back(picture.file.filename());
  }
  EXPECT_THAT(both,
              ElementsAre("us_capitol_building_cli_01.png", "us_capitol_building_ink_01.png"));
  EXPECT_EQ(data.extra_names, 19u);
  EXPECT_EQ(problem_of(data), Problem::kMultiLabel);
}

}  // namespace
}  // namespace oneormany::data
