#include <gmock/gmock.h>

#include "tests/data/scratch.h"

namespace oneormany::data {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CsvTest : public TableTest {
 protected:
  CsvTest() : TableTest("labels.csv") {}
};

TEST_F(CsvTest, ReadsFilesAndLabels) {
  const DataSet data = read("file,label\na.png,dog\nb.png,cat\nc.png,dog\n");
  EXPECT_THAT(data.classes, ElementsAre("cat", "dog"));
  EXPECT_THAT(pictures_of(data), ElementsAre("a.png: dog", "b.png: cat", "c.png: dog"));
  EXPECT_THAT(data.skipped, IsEmpty());
  EXPECT_EQ(data.layout, "CSV file");
}

TEST_F(CsvTest, FollowsRfc4180) {
  write("x, \"y\"\nz.png");
  const DataSet data = read(
      "\xEF\xBB\xBF\"file\",label\r\n"
      "\"x, \"\"y\"\"\nz.png\",\"cat, big\"\r\n"
      "a.png,\"say \"\"dog\"\"\"\r\nb.png,\"\"\r\nc.png,\"cat, big\"");
  EXPECT_THAT(pictures_of(data), ElementsAre("a.png: say \"dog\"", "b.png:", "c.png: cat, big",
                                             "x, \"y\"\nz.png: cat, big"));
}

TEST_F(CsvTest, HeadersThatAreRepeatedAreNoRows) {
  for (const std::string again : {"file,label\n",
                                  "\xEF\xBB\xBF"
                                  "file,label\r\n",
                                  "\"file\",label\n"}) {
    const DataSet data = read("file,label\na.png,dog\n" + again + "b.png,cat\n" + again);
    EXPECT_THAT(pictures_of(data), ElementsAre("a.png: dog", "b.png: cat"));
  }
  EXPECT_THAT(error_with("file,label\na.png,dog\nfile,labels\n"),
              AllOf(HasSubstr("line 3"), HasSubstr("file")));
}

TEST_F(CsvTest, PagesOfOneFileArePicturesOfTheirOwn) {
  write("scan.tif");
  write("b.png#page=2");  // a file of this very name
  const DataSet data = read(
      "file,label\nscan.tif#page=2,dog\nscan.tif#page=3,cat\nscan.tif,cat\nb.png#page=2,dog\n");
  EXPECT_THAT(pictures_of(data), ElementsAre("b.png#page=2: dog", "scan.tif: cat",
                                             "scan.tif#page=2: dog", "scan.tif#page=3: cat"));
  EXPECT_EQ(data.extra_names, 0U);
  EXPECT_THAT(error_with("file,label\nscan.tif#page=2,dog\ngone.tif#page=2,cat\n"),
              HasSubstr("gone.tif#page=2, which doesn't exist"));
  // The first page is what the file's own name means.
  EXPECT_THAT(error_with("file,label\nscan.tif#page=1,dog\nscan.tif,cat\n"),
              HasSubstr("labels the same file as dog"));
}

TEST_F(CsvTest, ColumnsMayBePartedBySemicolonOrTab) {
  for (const std::string text :
       {"file;label\na.png;x, y\nb.png;z\nc.png;\n",
        "file\tlabel\na.png\tx, y\nb.png\tz\nc.png\t\n", "a.png;x, y\nb.png;z\nc.png;\n",
        "\"file\";\"label\"\n\"a.png\";\"x, y\"\nb.png;z\nc.png;"}) {
    EXPECT_THAT(pictures_of(read(text)), ElementsAre("a.png: x, y", "b.png: z", "c.png:")) << text;
  }
}

TEST_F(CsvTest, FindsColumnsByNameInAnyOrderAndCase) {
  for (const char* file : {"file", "File_Name", "filename", "IMAGE", "path", "picture"}) {
    for (const char* label : {"label", "labels", "Class", "classes", "tags", "category"}) {
      const DataSet data = read(std::string("width, ") + label + " ," + file +
                                "\n9,cat,a.png\n9,dog,b.png\n9,cat,c.png\n");
      EXPECT_THAT(pictures_of(data), ElementsAre("a.png: cat", "b.png: dog", "c.png: cat"));
    }
  }
}

TEST_F(CsvTest, ColumnsMayBeNamed) {
  const DataSet data = read("file,label,scan,breed\nx,y,a.png,cat\nx,y,b.png,dog\nx,y,c.png,dog\n",
                            {.file_column = "scan", .label_column = "Breed", .delimiter = {}});
  EXPECT_THAT(pictures_of(data), ElementsAre("a.png: cat", "b.png: dog", "c.png: dog"));
}

TEST_F(CsvTest, WithoutAHeaderTheFirstColumnIsTheFile) {
  EXPECT_THAT(pictures_of(read("a.png,cat\nb.png,dog\nc.png,cat\n")),
              ElementsAre("a.png: cat", "b.png: dog", "c.png: cat"));
}

TEST_F(CsvTest, PluralColumnsSplitAtTheFirstDelimiterFound) {
  for (const char* parts : {"red | round", "red;round", "\"red, round\"", "round|red|red|"}) {
    const DataSet data = read(std::string("file,labels\na.png,") + parts + "\nb.png,\nc.png,red\n");
    EXPECT_THAT(pictures_of(data), ElementsAre("a.png: red round", "b.png:", "c.png: red"))
        << parts;
    EXPECT_EQ(problem_of(data), Problem::kMultiLabel);
  }
  // The bar goes first: commas are then part of a label.
  EXPECT_THAT(read("file,labels\na.png,\"Doe, J|red\"\nb.png,\"x, y\"\nc.png,\n").classes,
              ElementsAre("Doe, J", "red", "x, y"));
}

TEST_F(CsvTest, SingularColumnsAreNotSplitUnlessTheDelimiterIsGiven) {
  const std::string text = "file,label\na.png,red|big\nb.png,blue\nc.png,blue\n";
  EXPECT_THAT(read(text).classes, ElementsAre("blue", "red|big"));
  EXPECT_THAT(read(text, {.file_column = {}, .label_column = {}, .delimiter = '|'}).classes,
              ElementsAre("big", "blue", "red"));
}

TEST_F(CsvTest, SpacesPartLabelsWhenAsked) {
  const std::string text = "image,tags\na.png,clear primary\nb.png,haze\nc.png,\n";
  EXPECT_THAT(read(text).classes, ElementsAre("clear primary", "haze"));
  EXPECT_THAT(read(text, {.file_column = {}, .label_column = {}, .delimiter = ' '}).classes,
              ElementsAre("clear", "haze", "primary"));
}

TEST_F(CsvTest, FilesMayLieAnywhere) {
  write("table/sub/d.png");
  write("table/labels.csv", "file,label\n../a.png,cat\nsub/d.png,dog\nsub\\..\\..\\b.png,dog\n" +
                                (folder / "c.png").string() + ",cat\n");
  const DataSet data = read_data(folder / "table/labels.csv");
  EXPECT_EQ(data.pictures.size(), 4u);
  EXPECT_THAT(data.skipped, IsEmpty());
}

TEST_F(CsvTest, ARowWithoutItsFileIsAnErrorWithTheLine) {
  EXPECT_THAT(error_with("file,label\na.png,\"two\nlines\"\n\nx.png,dog\n"),
              AllOf(HasSubstr("labels.csv, line 5: names x.png, which doesn't exist:"),
                    HasSubstr("remove the line")));
  EXPECT_THAT(error_with("file,label\nx.png,dog\ny.png,dog\na.png,cat\nz.png,cat\n"),
              HasSubstr("line 2: names x.png, which doesn't exist (nor do the files of 2 more"));
}

TEST_F(CsvTest, AnEmptyFileCellIsAnErrorWithTheLine) {
  EXPECT_THAT(error_with("file,label\na.png,cat\n,dog\n"),
              HasSubstr("labels.csv, line 3: names no file"));
}

TEST_F(CsvTest, AFolderInsteadOfAFileIsAnError) {
  write("sub/x.png");
  EXPECT_THAT(error_with("file,label\na.png,cat\nsub,dog\n"),
              HasSubstr("line 3: names sub, which isn't a file"));
}

TEST_F(CsvTest, BrokenLinesAreErrorsWithTheLine) {
  EXPECT_THAT(error_with("file,label\na.png,cat\nb.png,dog,7\n"),
              HasSubstr("labels.csv, line 3: 3 columns where the first line has 2"));
  EXPECT_THAT(error_with("file,label\r\na.png,cat\r\nb.png\r\n"),
              HasSubstr("line 3: 1 column where"));
  EXPECT_THAT(error_with("file,label\na.png,cat\nb.png,\"dog\nc.png,cat\n"),
              AllOf(HasSubstr("labels.csv, line 3: a quote"), HasSubstr("unclosed")));
  EXPECT_THAT(error_with("file,label\na.png,cat\nb.png,do\"g\n"), HasSubstr("line 3: a quote"));
  EXPECT_THAT(error_with("\"file,label\na.png,cat\n"), HasSubstr("line 1: a quote"));
}

TEST_F(CsvTest, LinesAreCountedWhateverEndsThem) {
  EXPECT_THAT(error_with("file,label\ra.png,cat\r   \r\rx.png,dog\r"),
              HasSubstr("line 5: names x.png"));
}

TEST_F(CsvTest, EmptyLinesOfSpreadsheetsDontCount) {
  EXPECT_EQ(read("file,label\na.png,cat\nb.png,dog\n,\n,\n").pictures.size(), 2u);
}

TEST_F(CsvTest, MissingColumnsAreErrorsThatListThoseThereAre) {
  EXPECT_THAT(error_with("file,breed\na.png,cat\n"),
              AllOf(HasSubstr("no column of labels"), HasSubstr("file, breed"),
                    HasSubstr("--label-column")));
  EXPECT_THAT(
      error_with("scan,label\na.png,cat\n"),
      AllOf(HasSubstr("no column of files"), HasSubstr("scan, label"), HasSubstr("--file-column")));
  EXPECT_THAT(error_with("file;label\na.png;cat\n",
                         {.file_column = {}, .label_column = "kind", .delimiter = {}}),
              AllOf(HasSubstr("no column kind"), HasSubstr("file, label")));
  EXPECT_THAT(error_with("file\na.png\n"), HasSubstr("one column only (file)"));
  EXPECT_THAT(error_with(""), HasSubstr("is empty"));
  EXPECT_THAT(error_with("file,label\n"), HasSubstr("names no picture"));
}

TEST_F(CsvTest, RowsThatRepeatAPictureAreOnePicture) {
  link("a.png", "z.png");
  const DataSet data =
      read("file,labels\na.png,x|y\nb.png,x\na.png,y|x\nz.png,x|y\n./a.png,x|y\nc.png,\n");
  EXPECT_THAT(pictures_of(data), ElementsAre("a.png: x y", "b.png: x", "c.png:"));
  EXPECT_EQ(data.extra_names, 1u);
}

TEST_F(CsvTest, RowsThatContradictEachOtherAreAnError) {
  EXPECT_THAT(error_with("file,label\na.png,cat\nb.png,dog\na.png,dog\n"),
              AllOf(HasSubstr("labels.csv, line 4: labels a.png as dog"),
                    HasSubstr("line 2 labels the same file as cat")));
}

TEST_F(CsvTest, PicturesThatNoRowNamesAreListed) {
  write("images/d.png");
  write("images/e.png");
  write("images/LICENSE");
  write("other/not_looked_at.png");
  link("a.png", "same_as_a.png");
  const DataSet data = read("file,label\na.png,cat\nimages/d.png,dog\n");
  EXPECT_THAT(skips_of(data),
              ElementsAre("b.png: not named in labels.csv", "c.png: not named in labels.csv",
                          "images/e.png: not named in labels.csv"));
}

TEST_F(CsvTest, ANamedFileThatIsNoPictureIsASkip) {
  write("notes.txt");
  const DataSet data = read("file,label\na.png,cat\nnotes.txt,dog\nb.png,dog\nc.png,dog\n");
  EXPECT_THAT(skips_of(data), ElementsAre("notes.txt: not a picture, by its ending .txt"));
}

TEST_F(CsvTest, OneClassOnlyIsAnErrorUnlessSomePicturesHaveNone) {
  EXPECT_THAT(error_with("file,label\na.png,cat\nb.png,cat\n"), HasSubstr("one class only (cat)"));
  EXPECT_THAT(error_with("file,label\na.png,\nb.png,\n"), HasSubstr("no picture carries a label"));
  EXPECT_EQ(problem_of(read("file,label\na.png,cat\nb.png,\n")), Problem::kMultiLabel);
  DataOptions told_by_background;
  told_by_background.one_class = true;
  const DataSet data = read("file,label\na.png,cat\nb.png,cat\n", told_by_background);
  EXPECT_THAT(data.classes, ElementsAre("cat"));
  EXPECT_EQ(problem_of(data), Problem::kOneClass);
}

TEST_F(CsvTest, TextThatIsntUtf8IsAnErrorWithTheLine) {
  EXPECT_THAT(error_with("file,label\na.png,caf\xE9\n"),
              HasSubstr("labels.csv, line 2, byte 10 (0xE9): isn't UTF-8"));
  EXPECT_THAT(error_with(std::string("\xFF\xFE\x66\0", 4)), HasSubstr("isn't UTF-8"));
  EXPECT_THAT(error_with(std::string("file,label\na.png\0x,cat\n", 23)), HasSubstr("isn't UTF-8"));
}

TEST_F(CsvTest, WorksFromTheFolderItLiesIn) {
  write("labels.csv", "file,label\na.png,cat\nb.png,dog\n");
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder);
  const DataSet data = read_data("labels.csv");
  std::filesystem::current_path(before);
  ASSERT_EQ(data.pictures.size(), 2u);
  EXPECT_EQ(data.pictures[0].file, "a.png");
  ASSERT_EQ(data.skipped.size(), 1u);
  EXPECT_EQ(data.skipped[0].file, "c.png");
}

}  // namespace
}  // namespace oneormany::data
