// What tables people have: lists in cells, a column a label, names that aren't whole; and folders
// in folders.
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>

#include "data/label_cell.h"
#include "tests/data/scratch.h"

namespace oneormany::data {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> list(const std::string& cell) { return parse_list(cell).value(); }

TEST(LabelCell, ListsOfPythonAndJson) {
  for (const char* cell :
       {"['a', 'b c']", "[\"a\", \"b c\"]", "('a', 'b c')", "{'a', 'b c'}", " [ 'a' , \"b c\" ] ",
        "['a' 'b c']", "array(['a', 'b c'], dtype=object)", "[u'a', u'b c']",
        "[np.str_('a'), np.str_('b c')]", "['a', None, 'b c', nan]", "['a', 'b c',]",
        "['a', '', 'b c']", "{\"choices\": [\"a\", \"b c\"]}", "{\"choices\":[\"a\",\"b c\"]}",
        "[\"a\", null, \"b c\"]"}) {
    EXPECT_THAT(list(cell), ElementsAre("a", "b c")) << cell;
  }
  for (const char* empty : {"[]", "[ ]", "()", "{}", "set()", "['']", "[None]"}) {
    EXPECT_THAT(list(empty), IsEmpty()) << empty;
  }
  EXPECT_THAT(list("[1, 22]"), ElementsAre("1", "22"));
  EXPECT_THAT(list(R"(['it\'s', "caf\u00e9", "\ud83d\ude00", 'x\xe9', 'a\\b'])"),
              ElementsAre("it's", "café", "😀", "xé", "a\\b"));
  for (const char* none :
       {"", "cat", "[sic]", "(none)", "a [b]", "[2019] robin", "{a, b}", "[a, b]"}) {
    EXPECT_EQ(parse_list(none), std::nullopt) << none;
  }
}

TEST(LabelCell, BrokenListsAreErrors) {
  const auto error = [](const std::string& cell) { return error_in([&] { parse_list(cell); }); };
  EXPECT_THAT(error("['a', 'b'"), HasSubstr("isn't closed"));
  EXPECT_THAT(error("['a', 'b"), HasSubstr("isn't closed"));
  EXPECT_THAT(error("['a' ... 'z']"), HasSubstr("cut short"));
  EXPECT_THAT(error("['a', ['b']]"), HasSubstr("another list"));
  EXPECT_THAT(error("['a', b]"), HasSubstr("'b' isn't quoted"));
  EXPECT_THAT(error("['a'] and more"), HasSubstr("something follows"));
  EXPECT_THAT(error("[[" + std::string(100'000, '[') + "]"), HasSubstr("another list"));
}

class LayoutsTest : public TableTest {
 protected:
  LayoutsTest() : TableTest("t.csv") {}
};

TEST_F(LayoutsTest, ListsInCellsAreLists) {
  for (const char* header : {"labels", "label"}) {
    const std::string text = std::string("file,") + header +
                             "\na.png,\"['red', 'round']\"\nb.png,\"[\"\"red\"\"]\"\nc.png,[]\n";
    EXPECT_THAT(pictures_of(read(text)), ElementsAre("a.png: red round", "b.png: red", "c.png:"));
  }
  // Lists and single labels may stand side by side; a comma in a list parts nothing else.
  EXPECT_THAT(pictures_of(read("file,labels\na.png,\"['x', 'y']\"\nb.png,x\nc.png,x|y\n")),
              ElementsAre("a.png: x y", "b.png: x", "c.png: x y"));
  // Without quotes, if all cells are like that.
  EXPECT_THAT(pictures_of(read("file,labels\na.png,\"[x, y]\"\nb.png,[x]\nc.png,\n")),
              ElementsAre("a.png: x y", "b.png: x", "c.png:"));
  EXPECT_THAT(read("file,label\na.png,[sic]\nb.png,x\nc.png,x\n").classes,
              ElementsAre("[sic]", "x"));
  EXPECT_THAT(error_with("file,labels\na.png,\"['x', 'y'\"\nb.png,x\n"),
              AllOf(HasSubstr("t.csv, line 2, column labels"), HasSubstr("isn't closed")));
  EXPECT_THAT(error_with("file,label\na.png,\"[1, 0, 0]\"\nb.png,\"[0, 1, 0]\"\n"),
              HasSubstr("hold a 0 or 1 for each class"));
}

TEST_F(LayoutsTest, AColumnOfZerosAndOnesForEachLabel) {
  for (const std::string text :
       {"filename,round,red\na.png,1,1\nb.png,0,1\nc.png,0,0\n",
        "filename, round, red\na.png, 1, 1\nb.png, 0, 1\nc.png, 0, 0\n",
        "image_id,round,red\na,1.0,1.0\nb,0.0,1.0\nc,0.0,0.0\n",
        "image_id,round,red\na,1,1\nb,-1,1\nc,-1,-1\n",
        "file,round,red,split\na.png,True,True,train\nb.png,False,True,"
        "train\nc.png,False,False,test\n",
        "Unnamed: 0,file,round,red\n0,a.png,1,1\n1,b.png,0,1\n2,c.png,0,0\n",
        ",file,round,red\n0,a.png,1,1\n1,b.png,0,1\n2,c.png,0,0\n"}) {
    const DataSet data = read(text);
    EXPECT_THAT(pictures_of(data), ElementsAre("a.png: red round", "b.png: red", "c.png:")) << text;
    EXPECT_THAT(data.notes,
                testing::Contains(HasSubstr("each column of 0 and 1 is a label: round, red")));
  }
  const std::string more = "file,round,red,age\na.png,1,1,7\nb.png,0,1,9\nc.png,0,0,3\n";
  EXPECT_THAT(error_with(more), HasSubstr("--label-column 'round,red'"));
  DataOptions options;
  options.label_column = "round,red";
  EXPECT_THAT(pictures_of(read(more, options)),
              ElementsAre("a.png: red round", "b.png: red", "c.png:"));
  options.label_column = "round,age";
  EXPECT_THAT(error_with(more, options), HasSubstr("line 2, column age: '7' is neither 0 nor 1"));
  options.label_column = "round,size";
  EXPECT_THAT(error_with(more, options), HasSubstr("has no column size (--label-column)"));
  EXPECT_THAT(error_with("id,breed\na,x\nb,y\n"), HasSubstr("--label-column 'breed'"));
}

TEST_F(LayoutsTest, TheOnlyOtherColumnIsTheLabelIfItsValuesRepeat) {
  write("d.png");
  const DataSet data = read("file,nest\na.png,x\nb.png,y\nc.png,x\nd.png,y\n");
  EXPECT_THAT(data.classes, ElementsAre("x", "y"));
  EXPECT_THAT(data.notes, ElementsAre(HasSubstr("the column nest is taken for the label")));
  EXPECT_THAT(read("id,has_it\na,0\nb,1\nc,1\nd,0\n").classes, ElementsAre("0", "1"));
  // Captions are no classes.
  EXPECT_THAT(error_with("file,text\na.png,one\nb.png,two\nc.png,three\nd.png,three\n"),
              HasSubstr("--label-column 'text'"));
}

TEST_F(LayoutsTest, TheColumnOfFilesMayHaveANameOfAnyLanguage) {
  write("d.png");
  const DataSet data =
      read("Nr;Datei;Objektart\n1;a.png;Vase\n2;b.png;Krug\n3;c.png;Vase\n4;d.png;Krug\n",
           {.file_column = {}, .label_column = "Objektart", .delimiter = {}});
  EXPECT_THAT(pictures_of(data),
              ElementsAre("a.png: Vase", "b.png: Krug", "c.png: Vase", "d.png: Krug"));
  EXPECT_THAT(read("Datei;Objektart\na.png;Vase\nb.png;Krug\nc.png;Vase\nd.png;Krug\n").notes,
              ElementsAre(HasSubstr("the column Datei is taken for the files"),
                          HasSubstr("the column Objektart is taken for the label")));
  // Two columns of files: nobody knows which.
  EXPECT_THAT(error_with("bild,maske,label\na.png,b.png,x\nb.png,c.png,y\n"),
              HasSubstr("its columns are: bild, maske, label: name one with --file-column"));
}

TEST_F(LayoutsTest, SharesInPlaceOfLabelsAreToldWithTheCure) {
  EXPECT_THAT(error_with("file,round,smooth\na.png,0.7,0.3\nb.png,0.2,0.8\nc.png,1,0\n"),
              AllOf(HasSubstr("round, smooth hold shares"), HasSubstr("write 1 where it applies")));
}

TEST_F(LayoutsTest, ColumnsWhoseValuesRepeatAreProposed) {
  write("d.png");
  EXPECT_THAT(
      error_with("file,year,kind,text\na.png,1,x,p\nb.png,2,y,q\nc.png,3,x,r\nd.png,4,y,s\n"),
      HasSubstr("--label-column (values repeat in kind)"));
}

TEST_F(LayoutsTest, AClassOfBiologyIsARankAndNotTheLabel) {
  const std::string text =
      "id\tkingdom\tclass\tfamily\tgenus\tspecies\na\tAnimalia\tAves\tParidae\tParus\tParus major\n"
      "b\tAnimalia\tAves\tParidae\tParus\tParus minor\n";
  const DataSet data = read(text);
  EXPECT_THAT(data.classes, ElementsAre("Parus major", "Parus minor"));
  EXPECT_THAT(data.notes,
              testing::Contains(HasSubstr("the column species is taken for the label")));
  DataOptions options;
  options.label_column = "class";
  EXPECT_THAT(error_with(text, options), HasSubstr("one class only (Aves)"));
}

TEST_F(LayoutsTest, PixelsAndSpacesAreToldWithTheCure) {
  std::string header = "label", row = "1";
  for (int i = 0; i < 784; ++i) {
    header += ",pixel" + std::to_string(i);
    row += ",0";
  }
  EXPECT_THAT(error_with(header + "\n" + row + "\n" + row + "\n"),
              HasSubstr("holds pixels (label, pixel0"));
  write("train.txt", "a.png 0\nb.png 1\n");
  EXPECT_THAT(error_of("train.txt"), HasSubstr("sed 's/ /,/' train.txt > labels.csv"));
}

TEST_F(LayoutsTest, BoxesOfCocoAreTold) {
  write("instances.json",
        "{\"info\": {}, \"images\": [], \"annotations\": [], \"categories\": []}");
  EXPECT_THAT(error_of("instances.json"), AllOf(HasSubstr("COCO"), HasSubstr("docs/formats.md")));
  write("list.json", "[{\"file_name\": \"a.png\", \"label\": \"x\"}]");
  EXPECT_THAT(error_of("list.json"), HasSubstr("jq -c"));
}

TEST_F(LayoutsTest, BoxesOfYoloAreTold) {
  const auto is_told = [&](const std::string& name) {
    EXPECT_THAT(error_of(name), AllOf(HasSubstr("YOLO"), HasSubstr("docs/formats.md")));
  };
  for (const char* name : {"y/images/1.jpg", "y/images/2.jpg", "y/labels/1.txt", "y/labels/2.txt"})
    write(name);
  is_told("y");
  write("y/data.yaml");
  is_told("y");
  for (const char* part : {"train", "val"}) {
    write("u/images/" + std::string(part) + "/1.jpg");
    write("u/labels/" + std::string(part) + "/1.txt");
    write("r/" + std::string(part) + "/images/1.jpg");
    write("r/" + std::string(part) + "/labels/1.txt");
  }
  is_told("u");
  is_told("r");
  DataOptions options;
  options.split = "train";
  EXPECT_THAT(error_of("r", options), HasSubstr("YOLO"));
  EXPECT_THAT(error_of("u", options), HasSubstr("YOLO"));
  // Class folders in images are classes, whatever lies beside them.
  write("c/images/cat/1.jpg");
  write("c/images/dog/2.jpg");
  write("c/labels/1.txt");
  EXPECT_THAT(read_data(folder / "c").classes, ElementsAre("cat", "dog"));
}

TEST_F(LayoutsTest, AKeyOfJsonForEachLabel) {
  write("t.jsonl",
        "{\"file_name\": \"a.png\", \"red\": 1, \"round\": true}\n"
        "{\"file_name\": \"b.png\", \"red\": 1, \"round\": false}\n"
        "{\"file_name\": \"c.png\", \"red\": 0.0, \"round\": 0}\n");
  EXPECT_THAT(pictures_of(read_data(folder / "t.jsonl")),
              ElementsAre("a.png: red round", "b.png: red", "c.png:"));
}

TEST_F(LayoutsTest, AnIdOfJsonMayBeANumber) {
  write("1.jpg");
  write("2.jpg");
  write("t.jsonl", "{\"id\": 1, \"label\": \"x\"}\n{\"id\": 2, \"label\": \"y\"}\n");
  EXPECT_THAT(pictures_of(read_data(folder / "t.jsonl")), ElementsAre("1.jpg: x", "2.jpg: y"));
}

TEST_F(LayoutsTest, NamesMayLackTheirEndingOrFolder) {
  EXPECT_THAT(pictures_of(read("id,label\na,x\nb,y\nc,x\n")),
              ElementsAre("a.png: x", "b.png: y", "c.png: x"));
  EXPECT_THAT(pictures_of(read("a,x\nb,y\nc,x\n")),
              ElementsAre("a.png: x", "b.png: y", "c.png: x"));
  EXPECT_THAT(pictures_of(read("file,label\nA.PNG,x\nB,y\nc,x\n")),
              ElementsAre("a.png: x", "b.png: y", "c.png: x"));
  write("train-jpg/train_0.jpg");
  write("train-jpg/train_0.xml");
  write("train-jpg/12.5.jpg");
  const DataSet data = read("image_name,tags\ntrain_0,x\n12.5,y\na,z\n");
  EXPECT_THAT(pictures_of(data),
              ElementsAre("a.png: z", "train-jpg/12.5.jpg: y", "train-jpg/train_0.jpg: x"));
  EXPECT_THAT(data.notes, ElementsAre(AllOf(HasSubstr("3 names lack the file's folder or ending"),
                                            HasSubstr("train_0 is train-jpg/train_0.jpg"))));
  write("other/train_0.jpg");
  EXPECT_THAT(
      error_with("image_name,tags\ntrain_0,x\na,y\n"),
      AllOf(HasSubstr("t.csv, line 2: train_0 may be"), HasSubstr("write the file's whole name")));
  EXPECT_EQ(read("image_name,tags\nother/train_0,x\na,y\n").pictures.size(), 2U);
  write("a.jpg");
  EXPECT_THAT(error_with("id,label\na,x\nb,y\n"), HasSubstr("line 2: a may be"));
}

TEST_F(LayoutsTest, FilesMayLieInAnotherFolder) {
  write("elsewhere/1.jpg");
  write("elsewhere/2.jpg");
  write("tables/t.csv", "id,label\n1,x\n2,y\n");
  EXPECT_THAT(error_of("tables/t.csv"), HasSubstr("--pictures"));
  DataOptions options;
  options.pictures = folder / "elsewhere";
  EXPECT_THAT(pictures_of(read_data(folder / "tables/t.csv", options)),
              ElementsAre("elsewhere/1.jpg: x", "elsewhere/2.jpg: y"));
  options.pictures = folder / "nowhere";
  EXPECT_THAT(error_of("tables/t.csv", options), HasSubstr("nowhere: isn't a folder"));
}

TEST_F(LayoutsTest, NamesMayBeginWithFoldersOfAnotherComputer) {
  for (const char* name : {"cat/1.jpg", "dog/1.jpg", "dog/2.jpg"}) write(name);
  for (const std::string home : {"C:\\Users\\me\\pics\\", "/home/me/pics/", "\\\\server\\share\\",
                                 "../input/pets/", "file:///D:/pics/"}) {
    const bool windows = home.find('\\') != std::string::npos;
    const auto named = [&](std::string name) {
      if (windows) std::replace(name.begin(), name.end(), '/', '\\');
      return home + name;
    };
    const DataSet data = read("file,label\n" + named("cat/1.jpg") + ",x\n" + named("dog/1.jpg") +
                              ",y\n" + named("dog/2.jpg") + ",y\na.png,x\n");
    EXPECT_THAT(pictures_of(data),
                ElementsAre("a.png: x", "cat/1.jpg: x", "dog/1.jpg: y", "dog/2.jpg: y"))
        << home;
    EXPECT_THAT(data.notes, ElementsAre(AllOf(HasSubstr("3 names begin with folders"),
                                              HasSubstr(" is cat/1.jpg"))));
    // Which of two it is nobody knows; a file that is missing isn't one of its namesakes.
    EXPECT_THAT(error_with("file,label\n" + named("1.jpg") + ",x\na.png,y\n"),
                AllOf(HasSubstr("t.csv, line 2"), HasSubstr("may be")));
    EXPECT_THAT(error_with("file,label\n" + named("cat/2.jpg") + ",x\na.png,y\n"),
                HasSubstr("2.jpg, which doesn't exist"));
    EXPECT_THAT(error_with("file,label\n" + named("x/2.jpg") + ",x\n" + named("y/2.jpg") + ",x\n"),
                HasSubstr("line 3: names"));
  }
  // Flat here, in folders there.
  EXPECT_THAT(pictures_of(read("file,label\n/data/p/a.png,x\n/data/q/b.png,y\n")),
              ElementsAre("a.png: x", "b.png: y"));
  // Below --pictures as well, and without a header.
  write("tables/t.csv", "/mnt/pets/dog/1.jpg,x\n/mnt/pets/cat/1.jpg,y\n");
  DataOptions options;
  options.pictures = folder;
  EXPECT_THAT(pictures_of(read_data(folder / "tables/t.csv", options)),
              ElementsAre("cat/1.jpg: y", "dog/1.jpg: x"));
}

TEST_F(LayoutsTest, NamesMayBeInAnotherUnicodeNormalForm) {
  const std::string nfc = "caf\u00e9", nfd = "cafe\u0301";
  write(nfd + "/" + nfd + ".png");
  write("Stra\u00dfe.png");
  const DataSet data = read("file,label\n" + nfc + "/" + nfc + ".png," + nfc + "\nSTRASSE.png," +
                            nfd + "\na.png,x\n");
  EXPECT_THAT(data.classes, ElementsAre(nfc, "x"));
  EXPECT_THAT(pictures_of(data), testing::Contains(nfd + "/" + nfd + ".png: " + nfc));
  write("f/" + nfd + "/1.png");
  write("f/dog/2.png");
  EXPECT_THAT(read_data(folder / "f").classes, ElementsAre(nfc, "dog"));
}

TEST_F(LayoutsTest, MetadataThatSaysNothingOfLabelsLeavesTheFoldersTheClasses) {
  write("d/cat/1.png");
  write("d/dog/2.png");
  for (const std::string text : {"file_name,photographer\ncat/1.png,me\ndog/2.png,me\n",
                                 "key,value\ncamera,D70\n", "one column\nof text\n", ""}) {
    write("d/metadata.csv", text);
    const DataSet data = read_data(folder / "d");
    EXPECT_THAT(pictures_of(data), ElementsAre("d/cat/1.png: cat", "d/dog/2.png: dog")) << text;
    EXPECT_EQ(data.layout, "class folders");
    // Not a word of --label-column: a photographer is no class.
    EXPECT_THAT(data.notes, ElementsAre(AllOf(HasSubstr("the folders are the classes"),
                                              Not(HasSubstr("column")))));
    EXPECT_THAT(data.skipped, IsEmpty());
  }
  std::filesystem::remove(folder / "d/metadata.csv");
  write("d/cat/metadata.csv", "file_name,time\n1.png,noon\n");
  EXPECT_THAT(read_data(folder / "d").classes, ElementsAre("cat", "dog"));
  std::filesystem::remove(folder / "d/cat/metadata.csv");
  write("d/metadata.jsonl", "{\"file_name\": \"cat/1.png\", \"text\": \"a cat\"}\n");
  EXPECT_THAT(read_data(folder / "d").classes, ElementsAre("cat", "dog"));
  // With labels in it, or asked for by the user, the table counts.
  write("d/metadata.jsonl",
        "{\"file_name\": \"cat/1.png\", \"label\": \"x\"}\n{\"file_name\": \"dog/2.png\", "
        "\"label\": \"y\"}\n");
  EXPECT_THAT(read_data(folder / "d").classes, ElementsAre("x", "y"));
  DataOptions options;
  options.label_column = "kind";
  EXPECT_THAT(error_of("d", options), HasSubstr("has no column kind"));
}

TEST_F(LayoutsTest, NestedClassFoldersAreToldAndReadAtTheLevelAsked) {
  for (const char* name : {"n/birds/robin/1.png", "n/birds/wren/2.png", "n/fish/carp/3.png",
                           "n/fish/pike/deep/4.png", "n/rocks/5.png", "n/fish/wren/6.png"}) {
    write(name);
  }
  const DataSet top = read_data(folder / "n");
  EXPECT_THAT(top.classes, ElementsAre("birds", "fish", "rocks"));
  EXPECT_THAT(
      top.notes,
      ElementsAre(AllOf(HasSubstr("2 class folders have folders of their own: birds (robin, wren)"),
                        HasSubstr("--class-level 2"))));
  for (const char* name : {"site/a/images/cat/1.png", "site/a/images/dog/2.png", "site/b/3.png"}) {
    write(name);
  }
  EXPECT_THAT(read_data(folder / "site").notes,
              ElementsAre(AllOf(HasSubstr("a (cat, dog)"), HasSubstr("--class-level 3"))));
  DataOptions options;
  options.class_level = 2;
  const DataSet inner = read_data(folder / "n", options);
  EXPECT_THAT(inner.classes, ElementsAre("carp", "pike", "robin", "rocks", "wren"));
  EXPECT_THAT(inner.notes,
              ElementsAre(HasSubstr("folders of the same name are one class: wren (2)")));
}

TEST_F(LayoutsTest, LinksBackEndAtAnyLevel) {
  for (const char* one : {"a", "b", "c", "d", "e", "f", "g", "h"}) {
    write(std::string("loop/") + one + "/x/1.png");
    link("..", std::string("loop/") + one + "/up");
  }
  DataOptions options;
  options.class_level = 9;
  EXPECT_EQ(read_data(folder / "loop").classes.size(), 8U);
  EXPECT_THAT(error_of("loop", options), HasSubstr("one class only (x)"));
}

TEST_F(LayoutsTest, AFolderThatHoldsOnlyOneIsLookedThrough) {
  write("zip/pets/cat/1.png");
  write("zip/pets/dog/2.png");
  write("zip/README.txt");
  const DataSet data = read_data(folder / "zip");
  EXPECT_THAT(data.classes, ElementsAre("cat", "dog"));
  EXPECT_THAT(data.notes, ElementsAre(HasSubstr("the class folders are those in ")));
}

TEST_F(LayoutsTest, TagsThatNothingPartsAreHintedAt) {
  write("d.png");
  const auto hint = [&](const std::string& text) { return separator_hint(read(text)); };
  EXPECT_THAT(hint("file,tags\na.png,clear water\nb.png,clear road\nc.png,haze\n"),
              AllOf(HasSubstr("clear road"), HasSubstr("--label-delimiter space")));
  EXPECT_THAT(hint("file,label\na.png,\"cat,dog\"\nb.png,cat\nc.png,dog\n"),
              HasSubstr("--label-delimiter ','"));
  EXPECT_THAT(hint("file,label\na.png,cat|dog\nb.png,cat\nc.png,dog\n"),
              HasSubstr("--label-delimiter '|'"));
  EXPECT_THAT(hint("file,label\na.png,cat;dog\nb.png,cat\nc.png,dog\n"),
              HasSubstr("--label-delimiter ';'"));
  EXPECT_THAT(hint("file,label\na.png,cat/dog\nb.png,cat\nc.png,dog\n"),
              HasSubstr("--label-delimiter '/'"));
  EXPECT_THAT(hint("file,label\na.png,16 0\nb.png,0\nc.png,16\n"),
              HasSubstr("--label-delimiter space"));
  EXPECT_THAT(hint("file,label\na.png,\"old, red\"\nb.png,\"new, red\"\nc.png,\"old, blue\"\n"
                   "d.png,\"new, blue\"\n"),
              HasSubstr("--label-delimiter ','"));
  EXPECT_EQ(hint("file,label\na.png,blue jay\nb.png,barn owl\nc.png,grey jay\n"), "");
  EXPECT_EQ(hint("file,label\na.png,\"Doe, J\"\nb.png,\"Roe, K\"\n"), "");
}

TEST_F(LayoutsTest, WhatIsNoTableSaysHowToWriteOne) {
  write("t.json", "[{\"file\": \"a.png\", \"label\": \"x\"}]");
  EXPECT_THAT(error_of("t.json"),
              AllOf(HasSubstr("t.json: is one JSON value"), HasSubstr(".jsonl")));
  write("t.xlsx", "PK");
  EXPECT_THAT(error_of("t.xlsx"), HasSubstr("save it as CSV"));
}

TEST_F(LayoutsTest, JsonNestedDeeperThanTheStackIsAnError) {
  const std::string deep(70'000, '['), close(70'000, ']');
  const std::string good = "{\"file_name\": \"a.png\", \"label\": \"x\"}\n";
  for (const std::string& value : {deep + close, deep, "{\"a\": " + deep + close + "}"}) {
    write("t.jsonl", good + "{\"file_name\": \"b.png\", \"label\": " + value + "}\n");
    EXPECT_THAT(error_of("t.jsonl"),
                AllOf(HasSubstr("t.jsonl, line 2: JSON nested deeper than"),
                      testing::ResultOf([](const auto& s) { return s.size(); }, testing::Lt(300))));
  }
  write("t.jsonl", good + "{\"file_name\": \"b.png\", \"label\": 1e999}\n");
  EXPECT_THAT(error_of("t.jsonl"), HasSubstr("t.jsonl, line 2: a number that is too large"));
  write("t.jsonl", good + "{\"file_name\": \"b.png\", \"label\": {\"x\": \"" +
                       std::string(100'000, 'y') + "\"}}\n");
  EXPECT_THAT(error_of("t.jsonl"),
              AllOf(HasSubstr("line 2: {…} is no label"), Not(HasSubstr("yyy"))));
}

TEST_F(LayoutsTest, MessagesQuoteButTheBeginningOfWhatIsHuge) {
  const std::string huge(100'000, 'y');
  for (const std::string& text :
       {"file,label\n" + huge + ",x\n", "file,label\na.png," + huge + "\n",
        "file,label\na.png,x\na.png," + huge + "\n", huge + "\n", "file," + huge + "\na.png,x\n",
        huge + "," + huge + "\nq,r\n", "file,label,split\na.png,x," + huge + "\n",
        "file,label\na.png,\"['" + huge + "\"\n", "file,label\na.png,\"['x', " + huge + "]\"\n"}) {
    EXPECT_LT(error_with(text).size(), 1500U) << text.substr(0, 30);
  }
}

TEST_F(LayoutsTest, WhatMayNotBeReadNamesPathAndReason) {
  write("p/cat/1.png");
  write("p/dog/2.png");
  write("p/dog/deep/3.png");
  link("loop", "p/loop");
  link("other", "p/one");
  link("one", "p/other");
  EXPECT_THAT(skips_of(read_data(folder / "p")),
              ElementsAre("p/loop: a link that leads nowhere", "p/one: a link that leads nowhere",
                          "p/other: a link that leads nowhere"));
  EXPECT_THAT(error_of("p/loop"),
              AllOf(HasSubstr("p/loop: can't be read: "), HasSubstr("symbolic links")));
  EXPECT_THAT(error_in([&] { list_pictures({folder / "p/loop"}); }), HasSubstr("symbolic links"));
  write("t.csv", "file,label\np/cat/1.png,x\np/loop,y\n");
  EXPECT_THAT(error_of("t.csv"), HasSubstr("line 3: names p/loop"));

  const auto closed = [&](const char* name) {
    std::filesystem::permissions(folder / name, std::filesystem::perms::none);
  };
  std::filesystem::permissions(folder, std::filesystem::perms(0755));
  closed("p/dog/deep");
  const bool root = geteuid() == 0;  // which may read everything
  const auto become = [&](uid_t user) { return !root || seteuid(user) == 0; };
  ASSERT_TRUE(become(65534));
  const auto skips = skips_of(read_data(folder / "p"));
  ASSERT_TRUE(become(0));
  EXPECT_THAT(skips, testing::Contains("p/dog/deep: a folder that can't be read"));
  closed("p/dog");
  ASSERT_TRUE(become(65534));
  const std::string error = error_of("p");
  ASSERT_TRUE(become(0));
  std::filesystem::permissions(folder / "p/dog", std::filesystem::perms(0755));
  std::filesystem::permissions(folder / "p/dog/deep", std::filesystem::perms(0755));
  EXPECT_THAT(error, AllOf(HasSubstr("p/dog: can't be read: Permission denied"),
                           HasSubstr("leave it out")));
}

}  // namespace
}  // namespace oneormany::data
