// Splits: as names, as folders wherever people put them, as columns of a table.
#include "data/splits.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/data/scratch.h"

namespace oneormany::data {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(SplitNames, SayTrainValOrTestAndNothingElse) {
  for (const char* name :
       {"train", "Training", "seg_train", "training_set", "TrainSet", "train2017", "images-train",
        "Train Images", "trainset", "trn", "TRAIN_DATA", "trainval", "train_val"}) {
    EXPECT_EQ(split_of(name), "train") << name;
  }
  for (const char* name : {"val", "valid", "Validation", "dev", "val_images", "validation-set"}) {
    EXPECT_EQ(split_of(name), "val") << name;
  }
  for (const char* name : {"test", "testing", "test1", "holdout", "hold-out", "held_out", "eval",
                           "testSet", "seg_test"}) {
    EXPECT_EQ(split_of(name), "test") << name;
  }
  for (const char* name : {"train station", "test tube", "trainer", "contest", "valley", "invalid",
                           "steam_train", "protest", "latest", "devil", "", "train_test", "7"}) {
    EXPECT_EQ(split_of(name), std::nullopt) << name;
  }
}

TEST(SplitNames, AreFoundByTheirSpellingOrByWhatTheySay) {
  EXPECT_EQ(find_split({"test", "train"}, "Train"), 1);
  EXPECT_EQ(find_split({"seg_test", "seg_train"}, "train"), 1);
  EXPECT_EQ(find_split({"valid", "train"}, "val"), 0);
  EXPECT_EQ(find_split({"flowers_test", "flowers_train"}, "test"), 0);
  EXPECT_EQ(find_split({"test1", "test2"}, "test"), std::nullopt);
  EXPECT_EQ(find_split({"test1", "test2"}, "test2"), 1);
  EXPECT_EQ(find_split({"a", "b"}, "train"), std::nullopt);
}

class SplitsTest : public Scratch {
 protected:
  void put(const std::string& where,
           const std::vector<std::string>& classes = {"cat", "dog"}) const {
    static int number = 0;
    for (const std::string& one : classes) {
      const std::string prefix = where.empty() ? "" : where + "/";
      write(prefix + one + "/" + std::to_string(++number) + ".png");
    }
  }
  DataSet read(const std::string& split, const std::string& name = "") const {
    DataOptions options;
    if (!split.empty()) options.split = split;
    return read_data(folder / name, options);
  }
  std::string error_with(const std::string& split, const std::string& name = "") const {
    DataOptions options;
    options.split = split;
    return error_of(name, options);
  }
};

TEST_F(SplitsTest, AreToldWithTheOptionAndRead) {
  for (const auto& [train, test] : {std::pair<std::string, std::string>{"train", "test"},
                                    {"seg_train", "seg_test"},
                                    {"training_set", "test_set"},
                                    {"Train", "Valid"},
                                    {"flowers_train", "flowers_holdout"}}) {
    const std::string root = train + "-and-" + test;
    put(root + "/" + train);
    put(root + "/" + test);
    EXPECT_THAT(error_of(root),
                AllOf(HasSubstr("are splits, not classes"), HasSubstr(test),
                      HasSubstr("say --split " + train), HasSubstr("compare --test-split " + test),
                      HasSubstr("such as " + (folder / root / train).string())));
    const DataSet data = read("train", root);
    EXPECT_THAT(data.classes, ElementsAre("cat", "dog"));
    ASSERT_EQ(data.pictures.size(), 2U);
    EXPECT_THAT(data.pictures[0].file.string(), HasSubstr("/" + train + "/"));
  }
}

TEST_F(SplitsTest, OfWhichOneIsFlatAreSplitsAllTheSame) {
  put("train");
  put("val");
  write("test/1.png");
  write("test/2.png");
  EXPECT_THAT(error_of(""),
              AllOf(HasSubstr("splits, not classes: test, train, val; say --split train"),
                    HasSubstr("compare --test-split val"), Not(HasSubstr("--class-level"))));
  EXPECT_THAT(read("val").classes, ElementsAre("cat", "dog"));
  EXPECT_THAT(error_with("test"), AllOf(HasSubstr("/test: this split holds pictures"),
                                        HasSubstr("name another split")));
}

TEST_F(SplitsTest, ThatAreReadTogetherLeaveAFlatOneOut) {
  put("birds/train", {"robin", "wren"});
  write("birds/test/1.png");
  write("birds/test/2.png");
  put("nested/train/birds", {"robin", "wren"});
  put("nested/train/fish", {"carp"});
  write("nested/test/1.png");
  write("nested/test/2.png");
  const auto at_level = [&](const std::string& name, int level) {
    DataOptions options;
    options.class_level = level;
    return read_data(folder / name, options);
  };
  EXPECT_THAT(at_level("birds", 2).classes, ElementsAre("robin", "wren"));
  EXPECT_THAT(at_level("nested", 2).classes, ElementsAre("birds", "fish"));
  const DataSet inner = at_level("nested", 3);
  EXPECT_THAT(inner.classes, ElementsAre("carp", "robin", "wren"));
  EXPECT_EQ(inner.pictures.size(), 3U);
  EXPECT_THAT(inner.notes, ElementsAre(HasSubstr("test (2 pictures)")));
  // In a folder of its own level: site/train/…, site/test/1.png.
  put("sites/a/train");
  write("sites/a/test/1.png");
  put("sites/b/train");
  EXPECT_THAT(at_level("sites", 3).classes, ElementsAre("cat", "dog"));
}

TEST_F(SplitsTest, BesideOtherFoldersAreSplitsToo) {
  put("train");
  put("test");
  write("unsorted/1.png");
  write("annotations/1.xml");
  EXPECT_THAT(error_of(""), HasSubstr("splits, not classes: test, train, unsorted"));
}

TEST_F(SplitsTest, AreLookedForThreeLevelsDeep) {
  put("a/images/train");
  put("a/images/val");
  write("a/labels/train/1.txt");
  EXPECT_THAT(error_of("a"), AllOf(HasSubstr("/a: the folders in "),
                                   HasSubstr("/a/images are splits"), HasSubstr("--split train")));
  EXPECT_EQ(read("train", "a").pictures.size(), 2U);
  put("b/archive/images/train");
  put("b/archive/images/val");
  EXPECT_EQ(read("val", "b").pictures.size(), 2U);
  put("c/seg_train/seg_train");  // as an archive of them unpacks
  put("c/seg_test/seg_test");
  EXPECT_EQ(read("test", "c").pictures.size(), 2U);
  put("d/train/images");
  put("d/test/images");
  EXPECT_EQ(read("train", "d").pictures.size(), 2U);
}

TEST_F(SplitsTest, WithinClassFoldersAreReadTogetherOrOneOfThem) {
  for (const char* name :
       {"cat/train/1.png", "cat/test/2.png", "dog/train/3.png", "dog/test/4.png"}) {
    write(name);
  }
  const DataSet all = read("");
  EXPECT_THAT(all.classes, ElementsAre("cat", "dog"));
  EXPECT_EQ(all.pictures.size(), 4U);
  EXPECT_THAT(all.notes, ElementsAre(AllOf(HasSubstr("test, train"), HasSubstr("--split train"))));
  EXPECT_THAT(pictures_of(read("train")),
              ElementsAre("cat/train/1.png: cat", "dog/train/3.png: dog"));
  put("of-parts/a/train");
  put("of-parts/a/test");
  put("of-parts/b/train");
  EXPECT_THAT(error_of("of-parts"), AllOf(HasSubstr("hold splits of their own"), HasSubstr("/a")));
}

TEST_F(SplitsTest, MayBeReadTogetherIfTheUserSaysSo) {
  put("train");
  put("val");
  put("test");
  DataOptions options;
  options.class_level = 2;
  const DataSet data = read_data(folder, options);
  EXPECT_THAT(data.classes, ElementsAre("cat", "dog"));
  EXPECT_EQ(data.pictures.size(), 6U);
  EXPECT_THAT(data.notes, ElementsAre(HasSubstr("one class: cat (3), dog (3)")));
  put("folds/fold1");
  put("folds/fold2");
  EXPECT_THAT(error_of("folds"),
              AllOf(HasSubstr("splits, not classes"), HasSubstr("--class-level 2")));
}

TEST_F(SplitsTest, ThatAreNotThereAreErrorsThatListThoseThatAre) {
  put("s/train");
  put("s/test");
  EXPECT_THAT(error_with("val", "s"),
              HasSubstr("--split val names no part of it: there are test, train"));
  put("plain");
  EXPECT_THAT(error_with("train", "plain"), HasSubstr("no folders in its first three levels"));
}

TEST_F(SplitsTest, FlatOnesBesideATableAreNoClasses) {
  write("train/1.png");
  write("test/2.png");
  EXPECT_THAT(read("").notes, ElementsAre(HasSubstr("called like splits (test, train)")));
  write("train.csv", "id,label\n1,cat\n");
  EXPECT_THAT(error_of(""), AllOf(HasSubstr("splits, not classes"), HasSubstr("no class folders"),
                                  HasSubstr("train.csv, name that")));
  write("robo/train/1.png");
  write("robo/train/_classes.csv", "filename,cat\n1.png,1\n");
  write("robo/valid/2.png");
  EXPECT_THAT(error_of("robo"),
              AllOf(HasSubstr("splits, not classes"), HasSubstr("train/_classes.csv, name that")));
  write("three/train/1.png");
  write("three/val/1.png");
  write("three/test/1.png");
  EXPECT_THAT(error_of("three"), HasSubstr("give the labels in a table (file,label)"));
}

TEST_F(SplitsTest, ClassesWithNamesAlikeAreNoSplits) {
  for (const char* name : {"train station/1.png", "bus station/2.png", "train/3.png", "bus/4.png",
                           "test tube/deep/5.png"}) {
    write(name);
  }
  EXPECT_EQ(read("").classes.size(), 5U);
}

TEST_F(SplitsTest, ColumnsPartTheRows) {
  for (const char* name : {"1.png", "2.png", "3.png", "4.png"}) write(name);
  for (const std::string header : {"split", "Subset", "set", "phase", "anything"}) {
    write("t.csv", "file,label," + header +
                       "\n1.png,cat,train\n2.png,dog,train\n3.png,cat,test\n4.png,dog,test\n");
    const DataSet all = read("", "t.csv");
    EXPECT_EQ(all.pictures.size(), 4U);
    EXPECT_THAT(all.notes,
                ElementsAre(AllOf(HasSubstr("test (2), train (2)"), HasSubstr("--split train"))));
    const DataSet test = read("Test", "t.csv");
    EXPECT_THAT(pictures_of(test), ElementsAre("3.png: cat", "4.png: dog"));
    EXPECT_THAT(test.skipped, IsEmpty());
    EXPECT_THAT(error_with("val", "t.csv"),
                HasSubstr("--split val names no part of it: there are test (2)"));
  }
  write("valid.csv",
        "file,label,is_valid\n1.png,cat,False\n2.png,dog,False\n3.png,cat,True\n4.png,dog,True\n");
  EXPECT_EQ(read("valid", "valid.csv").pictures[0].file.filename(), "3.png");
  write("fold.csv", "file,label,fold\n1.png,cat,0\n2.png,dog,0\n3.png,cat,1\n4.png,dog,1\n");
  EXPECT_EQ(read("1", "fold.csv").pictures.size(), 2U);
  write("none.csv", "file,label\n1.png,cat\n2.png,dog\n");
  EXPECT_THAT(error_with("train", "none.csv"), HasSubstr("no column of splits"));
  write("train/5.png");
  write("train/6.png");
  write("path.csv", "file,label\n1.png,cat\ntrain/5.png,cat\ntrain/6.png,dog\n");
  EXPECT_EQ(read("train", "path.csv").pictures.size(), 2U);
}

TEST_F(SplitsTest, MetadataOfSplitsIsReadTogetherOrOneOfThem) {
  write("data/train/1.png");
  write("data/train/2.png");
  write("data/test/3.png");
  write("data/test/4.png");
  write("data/train/metadata.csv", "file_name,label\n1.png,cat\n2.png,dog\n");
  write("data/test/metadata.jsonl",
        "{\"file_name\": \"3.png\", \"label\": \"cat\"}\n{\"file_name\": \"4.png\", \"label\": "
        "\"dog\"}\n");
  const DataSet all = read("");
  EXPECT_EQ(all.pictures.size(), 4U);
  EXPECT_THAT(all.notes, ElementsAre(HasSubstr("all are read together: --split train")));
  EXPECT_THAT(pictures_of(read("test")),
              ElementsAre("data/test/3.png: cat", "data/test/4.png: dog"));
}

}  // namespace
}  // namespace oneormany::data
