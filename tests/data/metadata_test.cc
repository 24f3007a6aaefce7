#include <gmock/gmock.h>

#include "tests/data/scratch.h"

namespace oneormany::data {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class MetadataTest : public Scratch {
 protected:
  MetadataTest() {
    for (const char* name : {"a.png", "b.png", "deep/c.png"}) write(name);
  }
  std::string error_with(const std::string& text) const {
    write("metadata.jsonl", text);
    return error_of("");
  }
};

TEST_F(MetadataTest, ReadsCsv) {
  write("metadata.csv", "file_name,label\na.png,cat\nb.png,dog\ndeep/c.png,cat\n");
  const DataSet data = read_data(folder);
  EXPECT_THAT(pictures_of(data), ElementsAre("a.png: cat", "b.png: dog", "deep/c.png: cat"));
  EXPECT_EQ(data.layout, "image folder with metadata");
}

TEST_F(MetadataTest, JsonLabelsMayBeTextNumbersListsOrNull) {
  write("d.png");
  write("metadata.jsonl",
        "{\"file_name\": \"a.png\", \"label\": \"red, big\", \"caption\": {\"x\": 1}}\n\n"
        "{\"label\": 3, \"file_name\": \"b.png\"}\r\n"
        "{\"file_name\": \"deep/c.png\", \"label\": [\"x|y\", \"red, big\", 3]}\n"
        "{\"file_name\": \"d.png\", \"label\": null}");
  EXPECT_THAT(pictures_of(read_data(folder)),
              ElementsAre("a.png: red, big", "b.png: 3", "d.png:", "deep/c.png: 3 red, big x|y"));
}

TEST_F(MetadataTest, SplitsMayHaveAFileEach) {
  write("train/1.png");
  write("test/2.png");
  write("train/metadata.jsonl", "{\"file_name\": \"1.png\", \"labels\": [\"x\", \"y\"]}\n");
  write("test/metadata.csv", "file_name,labels\n2.png,\n");
  const DataSet data = read_data(folder);
  EXPECT_THAT(pictures_of(data), ElementsAre("test/2.png:", "train/1.png: x y"));
  EXPECT_EQ(data.skipped.size(), 3u);
}

TEST_F(MetadataTest, UnnamedPicturesAreListedHoweverDeep) {
  write("metadata.csv", "file_name,label\na.png,cat\nb.png,dog\n");
  EXPECT_THAT(skips_of(read_data(folder)),
              ElementsAre("deep/c.png: not named in the folder's metadata file"));
}

TEST_F(MetadataTest, BrokenLinesAreErrorsWithTheLine) {
  const std::string good = "{\"file_name\": \"a.png\", \"label\": \"cat\"}\n";
  EXPECT_THAT(error_with(good + "\n{\"file_name\": \"b.png\", \"label\": \n"),
              HasSubstr("metadata.jsonl, line 3: broken JSON"));
  EXPECT_THAT(error_with(good + "[1]\n"), HasSubstr("line 2: isn't a JSON object"));
  EXPECT_THAT(error_with(good + "{\"label\": \"cat\"}\n"),
              HasSubstr("line 2: has no \"file_name\""));
  EXPECT_THAT(error_with(good + "{\"file_name\": 7, \"label\": \"cat\"}\n"),
              HasSubstr("line 2: has no \"file_name\" that names a file"));
  EXPECT_THAT(error_with(good + "{\"file_name\": \"b.png\", \"lable\": \"cat\"}\n"),
              AllOf(HasSubstr("line 2: has no \"label\""), HasSubstr("null")));
  EXPECT_THAT(error_with(good + "{\"file_name\": \"b.png\", \"label\": 1.5}\n"),
              HasSubstr("line 2: 1.5 is no label"));
  EXPECT_THAT(error_with(good + "{\"file_name\": \"b.png\", \"label\": [[\"x\"]]}\n"),
              HasSubstr("line 2: a list of labels inside a list"));
  EXPECT_THAT(error_with(good + "{\"file_name\": \"x.png\", \"label\": \"dog\"}\n"),
              HasSubstr("line 2: names x.png, which doesn't exist"));
  EXPECT_THAT(error_with(good + "{\"file_name\": \"b.png\\u0000x\", \"label\": \"dog\"}\n"),
              HasSubstr("line 2: the file's name holds a zero byte"));
  EXPECT_THAT(error_with("\n"), HasSubstr("metadata.jsonl: is empty"));
}

TEST_F(MetadataTest, TwoMetadataFilesAreAnError) {
  write("metadata.csv", "file_name,label\na.png,cat\n");
  EXPECT_THAT(error_with("{}\n"), HasSubstr("metadata.csv and metadata.jsonl"));
}

TEST_F(MetadataTest, AJsonLinesFileMayBeNamedItself) {
  write("x.jsonl",
        "{\"file\": \"a.png\", \"tags\": \"x\"}\n{\"file\": \"b.png\", \"tags\": \"y\"}\n");
  const DataSet data = read_data(folder / "x.jsonl");
  EXPECT_THAT(pictures_of(data), ElementsAre("a.png: x", "b.png: y"));
  EXPECT_EQ(data.layout, "JSON lines file");
}

}  // namespace
}  // namespace oneormany::data
