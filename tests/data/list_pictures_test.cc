// Pictures without labels: folders, single pictures, tables of names, standard input.

#include <gmock/gmock.h>

#include <iostream>
#include <sstream>

#include "tests/data/scratch.h"

namespace oneormany::data {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// a.png, b.jpg and c.png in a folder; while it lives, standard input says `text`.
class ListPictures : public Scratch {
 protected:
  ListPictures() {
    for (const char* name : {"pile/a.png", "pile/b.jpg", "pile/c.png"}) write(name);
  }

  std::vector<std::string> names(const std::vector<std::filesystem::path>& sources,
                                 const DataOptions& options = {}) const {
    std::vector<std::string> found;
    for (const auto& file : list_pictures(sources, options).files) {
      found.push_back(file.lexically_relative(folder).string());
    }
    return found;
  }
  std::vector<std::string> table(const std::string& name, const std::string& text,
                                 const DataOptions& options = {}) const {
    return names({write(name, text)}, options);
  }
  std::string error_with(const std::string& name, const std::string& text) const {
    const auto file = write(name, text);
    return error_in([&] { list_pictures({file}); });
  }

  /// What standard input says, for as long as this lives.
  class Input {
   public:
    explicit Input(const std::string& text) : text_(text), before_(std::cin.rdbuf(text_.rdbuf())) {}
    ~Input() { std::cin.rdbuf(before_); }
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;

   private:
    std::istringstream text_;
    std::streambuf* before_;
  };
  std::vector<std::string> input(const std::string& text) const {
    const Input in(text);
    return names({kStandardInput});
  }
  std::string error_of_input(const std::string& text) const {
    const Input in(text);
    return error_in([] { list_pictures({kStandardInput}); });
  }
  std::string path(const std::string& name) const { return (folder / name).string(); }
};

TEST_F(ListPictures, TakesEachRealFileOnceFromWhateverNamesIt) {
  write("list.csv", "file\npile/a.png\npile/b.jpg\n");
  link("a.png", "pile/link.png");
  EXPECT_THAT(names({folder / "list.csv", folder / "pile/a.png", folder / "pile"}),
              ElementsAre("pile/a.png", "pile/b.jpg", "pile/c.png"));
  EXPECT_THAT(names({folder / "pile/link.png", folder / "pile/a.png"}), ElementsAre("pile/a.png"));
  EXPECT_THAT(names({folder / "pile/c.png"}), ElementsAre("pile/c.png"));
}

TEST_F(ListPictures, ListsMayHaveAnyName) {
  EXPECT_THAT(table("list", "pile/a.png\npile/c.png\n"), ElementsAre("pile/a.png", "pile/c.png"));
  EXPECT_THAT(table("list.lst", "pile/b.jpg\r\n"), ElementsAre("pile/b.jpg"));
  EXPECT_THAT(error_with("list", "pile/a.png\npile/gone.png\n"),
              AllOf(HasSubstr("list, line 2"), HasSubstr("gone.png")));
  // Whatever doesn't begin with a name is a picture, for all that its own name says.
  EXPECT_THAT(table("raw", "pixels\npile/a.png\n"), ElementsAre("raw"));
}

TEST_F(ListPictures, TakesTablesWithAndWithoutHeaderOtherColumnsMeanNothing) {
  const auto two = ElementsAre("pile/a.png", "pile/b.jpg");
  EXPECT_THAT(table("t.csv", "file\npile/a.png\npile/b.jpg\n"), two);
  EXPECT_THAT(table("t.txt", "pile/a.png\npile/b.jpg\n"), two);
  EXPECT_THAT(table("t.csv", "pile/a.png,cat\npile/b.jpg,\n"), two);
  EXPECT_THAT(table("t.tsv", "year\timage\n1820\tpile/a.png\n1821\tpile/b.jpg\n"), two);
  EXPECT_THAT(table("t.csv", "file,label,split\npile/a.png,cat,train\npile/b.jpg,,test\n"), two);
  EXPECT_THAT(table("t.jsonl",
                    "{\"file_name\": \"pile/a.png\", \"label\": [[1]]}\n"
                    "{\"file_name\": \"pile/b.jpg\"}\n"),
              two);
  // Of a language that nobody foresaw: the column that names files.
  EXPECT_THAT(table("t.csv", "jahr,bild\n1,pile/a.png\n2,pile/b.jpg\n"), two);
}

TEST_F(ListPictures, FindsNamesAsTablesOfDataDo) {
  EXPECT_THAT(table("t.csv", "file\na\nb\n"), ElementsAre("pile/a.png", "pile/b.jpg"));
  DataOptions options;
  options.pictures = folder / "pile";
  EXPECT_THAT(table("lists/t.csv", "file\nc.png\n", options), ElementsAre("pile/c.png"));
  // The column that DATA's table has, where it is there; and nothing else that is said of DATA.
  options.file_column = "scan";
  options.label_column = "subject";
  options.split = "train";
  EXPECT_THAT(table("lists/t.csv", "file,scan\nx,c.png\n", options), ElementsAre("pile/c.png"));
  EXPECT_THAT(table("lists/t.csv", "file\nc.png\n", options), ElementsAre("pile/c.png"));
  EXPECT_THAT(list_pictures({write("t.csv", "file\na\nb\n")}).notes,
              ElementsAre(AllOf(HasSubstr("t.csv"), HasSubstr("2 names lack"))));
}

TEST_F(ListPictures, ReadsNamesFromStandardInput) {
  const std::string a = path("pile/a.png"), b = path("pile/b.jpg");
  const auto two = ElementsAre("pile/a.png", "pile/b.jpg");
  EXPECT_THAT(input(a + "\n" + b + "\n"), two);
  EXPECT_THAT(input(a + "\r\n\r\n" + b), two);
  EXPECT_THAT(input(a + '\0' + b + '\0'), two);
  write("pile/odd, \"name\"\n.png");
  EXPECT_THAT(input(path("pile/odd, \"name\"\n.png") + '\0'),
              ElementsAre("pile/odd, \"name\"\n.png"));
}

TEST_F(ListPictures, SkipsWhatIsNoPicture) {
  write("pile/notes.pdf.zip");
  const PictureList list =
      list_pictures({write("t.csv", "file\npile/notes.pdf.zip\npile/a.png\n")});
  EXPECT_EQ(list.files.size(), 1u);
  ASSERT_EQ(list.skipped.size(), 1u);
  EXPECT_THAT(list.skipped[0].why, HasSubstr(".zip"));
}

TEST_F(ListPictures, ErrorsNameFileLineAndCure) {
  EXPECT_THAT(error_with("t.csv", "file\npile/a.png\npile/gone.png\npile/gone2.png\n"),
              AllOf(HasSubstr("t.csv, line 3: names pile/gone.png"), HasSubstr("1 more line"),
                    HasSubstr("--pictures")));
  EXPECT_THAT(error_with("t.txt", "gone.png\npile/a.png\n"), HasSubstr("t.txt, line 1: names"));
  EXPECT_THAT(error_of_input(path("pile/a.png") + "\n\n" + path("gone.png") + "\n"),
              AllOf(HasSubstr("standard input, line 3: names"), HasSubstr("the current folder"),
                    Not(HasSubstr("--pictures"))));
  EXPECT_THAT(error_of_input(path("pile") + "\n"),
              AllOf(HasSubstr("standard input, line 1"), HasSubstr("isn't a file")));
  EXPECT_THAT(error_of_input(""), HasSubstr("standard input: names no picture"));
  EXPECT_THAT(error_with("t.csv", "file\n"), HasSubstr("t.csv: names no picture"));
  EXPECT_THAT(error_with("t.csv", ""), HasSubstr("t.csv: is empty"));
  EXPECT_THAT(error_with("t.csv", "a,b\n1,2\n"), HasSubstr("--file-column"));
  EXPECT_THAT(error_with("t.jsonl", "{\"a\": 1}\n"), HasSubstr("t.jsonl, line 1"));
  EXPECT_THAT(error_with("t.zip", "x"), HasSubstr("not a picture, by its ending .zip: name a"));
}

TEST_F(ListPictures, APageIsAPicture) {
  write("pile/d.tif");
  EXPECT_THAT(names({folder / "pile/d.tif#page=2"}), ElementsAre("pile/d.tif#page=2"));
  EXPECT_THAT(table("list.csv", "pile/d.tif#page=10\npile/d.tif#page=9\n"),
              ElementsAre("pile/d.tif#page=10", "pile/d.tif#page=9"));
}

}  // namespace
}  // namespace oneormany::data
