#include "data/targets.h"

#include <gmock/gmock.h>

#include "data/names.h"
#include "tests/arrays/npy_bytes.h"
#include "tests/data/scratch.h"

namespace oneormany::data {
namespace {

using arrays::npy;
using backbone::raw;
using backbone::safetensors_file;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

using Labels = std::vector<std::vector<int>>;

/// Targets of three rows of logits for the classes jay, owl and wren.
class TargetsTest : public FileTest<Labels> {
 protected:
  TargetsTest() : FileTest("y.csv") {}
  Labels read_file(const std::string& file) const override {
    return read_targets(file, logits, options);
  }

  TargetRows logits{"z.npy", 3, {"jay", "owl", "wren"}, true};
  DataOptions options;
};

const Labels kOneEach{{2}, {0}, {1}};
const Labels kZeroToTwo{{0, 2}, {}, {1}};

TEST_F(TargetsTest, ClassNumbersInAnArray) {
  EXPECT_EQ(read("y.npy", npy("<i8", "(3,)", raw(std::vector<std::int64_t>{2, 0, 1}))), kOneEach);
  EXPECT_EQ(read("y.npy", npy("<f4", "(3, 1)", raw(std::vector<float>{2, -1, 1}))),
            (Labels{{2}, {}, {1}}));
}

TEST_F(TargetsTest, AMatrixInAnArray) {
  const std::string ones("\1\0\1\0\0\0\0\1\0", 9);
  EXPECT_EQ(read("y.npy", npy("|b1", "(3, 3)", ones)), kZeroToTwo);
  const std::string header = R"({"y":{"dtype":"BOOL","shape":[3,3],"data_offsets":[0,9]}})";
  EXPECT_EQ(read("y.safetensors", safetensors_file(header, ones)), kZeroToTwo);
}

TEST_F(TargetsTest, WrongArraysAreErrorsThatNameTheRow) {
  const auto numbers = [&](const std::string& shape, const std::vector<float>& values) {
    return message("y.npy", npy("<f4", shape, raw(values)));
  };
  EXPECT_THAT(numbers("(4,)", {0, 1, 2, 0}),
              AllOf(HasSubstr("y.npy: has 4 rows, but z.npy has 3")));
  EXPECT_THAT(numbers("(3,)", {0, 4, 1}),
              HasSubstr("y.npy, row 1 (counted from 0): 4 is no class: the 3 columns of logits are "
                        "numbered from 0 to 2, and -1"));
  EXPECT_THAT(numbers("(3,)", {1, 2, 3}), HasSubstr("take 1 off if yours are counted from 1"));
  EXPECT_THAT(numbers("(3,)", {0, 1, -2}), HasSubstr("-2 is no class"));
  EXPECT_THAT(numbers("(3,)", {0, 1, 0.5}), HasSubstr("0.5 is no class"));
  EXPECT_THAT(numbers("(3,)", {0, 1, NAN}), HasSubstr("nan is no class"));
  EXPECT_THAT(numbers("(3, 2)", {0, 1, 1, 0, 0, 1}), HasSubstr("has 2 columns, but z.npy has 3"));
  EXPECT_THAT(numbers("(3, 3)", {0, 1, 1, 0, 0, 1, 0, 0.25, 0}),
              HasSubstr("row 2, column 1 (counted from 0): 0.25 is neither 0 nor 1"));
}

TEST_F(TargetsTest, OfASingleClassAreZerosAndOnes) {
  logits.classes = {"bird"};
  EXPECT_EQ(read("y.npy", npy("|u1", "(3,)", std::string("\1\0\1", 3))), (Labels{{0}, {}, {0}}));
  EXPECT_EQ(read("y.npy", npy("|u1", "(3, 1)", std::string("\1\0\1", 3))), (Labels{{0}, {}, {0}}));
  EXPECT_EQ(csv("1\n0\n1\n"), (Labels{{0}, {}, {0}}));
  EXPECT_EQ(csv("bird\n\nbird\n"), (Labels{{0}, {}, {0}}));
  EXPECT_THAT(csv_message("1\n2\n1\n"), HasSubstr("line 2: 2 is neither 0 nor 1"));
}

TEST_F(TargetsTest, CsvOfNamesOrNumbersWithAndWithoutHeader) {
  for (const std::string text :
       {"wren\njay\nowl\n", "label\nwren\njay\nowl", "species\nwren\njay\nowl\n\n\n", "2\n0\n1\n",
        "class\n2\n0\n1\n", "2\njay\n1\n", "file;label\r\na;wren\r\nb;jay\r\nc;owl\r\n",
        "0\nwren\njay\nowl\n", "\"label\"\n\"wren\"\n\" jay\"\nowl"}) {
    EXPECT_EQ(csv(text), kOneEach) << text;
  }
}

TEST_F(TargetsTest, AnEmptyCellIsNoneOfThese) {
  const Labels wanted{{2}, {}, {1}};
  for (const std::string text : {"wren\n\nowl\n", "wren\n\"\"\nowl\n", "label\nwren\n\nowl\n\n",
                                 "wren\n-1\nowl\n", "file,label\na,wren\nb,\nc,owl\n"}) {
    EXPECT_EQ(csv(text), wanted) << text;
  }
  EXPECT_EQ(csv("label\nwren\nowl\n\n"), (Labels{{2}, {1}, {}}));
}

TEST_F(TargetsTest, SeveralLabelsInACell) {
  for (const std::string text : {"labels\njay|wren\n\nowl\n", "labels\nwren;jay\n\nowl\n",
                                 "tags\n\"jay, wren\"\n\nowl\n", "labels\njay,wren\n\nowl\n",
                                 "labels\n0|2\n\n1\n", "file,labels\na,jay|wren\nb,\nc,owl\n"}) {
    EXPECT_EQ(csv(text), kZeroToTwo) << text;
  }
  options.delimiter = ' ';
  EXPECT_EQ(csv("jay wren\n\nowl\n"), kZeroToTwo);
}

TEST_F(TargetsTest, AMatrixInCsv) {
  for (const std::string text :
       {"1,0,1\n0,0,0\n0,1,0\n", "jay,owl,wren\n1,0,1\n0,0,0\n0,1,0\n",
        "1.0e+00 0.0e+00 1.0e+00\n0 0 0\n0 1 0\n", "1.0;0.0;1.0\n0;0;0\n0;1;0\n",
        "jay\towl\twren\nTrue\tFalse\tTrue\n0\t0\t0\n0\t1\t0\n"}) {
    EXPECT_EQ(csv(text), kZeroToTwo) << text;
  }
  EXPECT_THAT(csv_message("owl,jay,wren\n1,0,1\n0,0,0\n0,1,0\n"),
              AllOf(HasSubstr("y.csv, line 1: its columns are owl, jay, wren"),
                    HasSubstr("in the same order")));
  EXPECT_THAT(csv_message("1,0,1\n0,2,0\n0,1,0\n"),
              HasSubstr("y.csv, line 2, column 2: '2' is neither 0 nor 1"));
  EXPECT_THAT(csv_message("1,0,1\n0,0,\n0,1,0\n"), HasSubstr("line 2, column 3: ''"));
  EXPECT_THAT(csv_message("1,0,1\n0,0\n0,1,0\n"), HasSubstr("line 2: 2 columns where"));
  EXPECT_THAT(csv_message("1,0,1\n0,0,0\n"), HasSubstr("has 2 rows, but z.npy has 3"));
}

TEST_F(TargetsTest, ListsAndOtherNormalFormsInCells) {
  EXPECT_EQ(csv("labels\n\"['jay', 'wren']\"\n[]\n\"[\"\"owl\"\"]\"\n"), kZeroToTwo);
  EXPECT_THAT(csv_message("labels\n\"['jay', 'wren'\"\n[]\nowl\n"),
              HasSubstr("y.csv, line 2: a list of labels that can't be read"));
  logits.classes = {"caf\u00e9", "owl", "wren"};
  EXPECT_EQ(csv("wren\ncafe\u0301\nowl\n"), kOneEach);
}

TEST_F(TargetsTest, AColumnOfFilesMustSayTheSameAsTheLogits) {
  logits.files = {"a", "b", "c"};
  EXPECT_EQ(csv("file,label\na,wren\nb,jay\nc,owl\n"), kOneEach);
  EXPECT_EQ(csv("file,jay,owl,wren\na,1,0,1\nb,0,0,0\nc,0,1,0\n"), kZeroToTwo);
  // In another order they are sorted.
  for (const char* text :
       {"file,label\nb,jay\nc,owl\na,wren\n", "id,bird\nc,owl\nb,jay\na,wren\n"}) {
    EXPECT_EQ(csv(text), kOneEach) << text;
  }
  EXPECT_EQ(csv("file,jay,owl,wren\nc,0,1,0\na,1,0,1\nb,0,0,0\n"), kZeroToTwo);
  for (const char* text :
       {"file,label\na,wren\nx,jay\nb,owl\n", "file,label\na,wren\na,jay\nb,owl\n",
        "file,jay,owl,wren\na,1,0,1\nx,0,0,0\nb,0,1,0\n"}) {
    EXPECT_THAT(csv_message(text), HasSubstr("both must be about the same pictures")) << text;
  }
  EXPECT_THAT(csv_message("file,label\na,wren\nx,jay\nb,owl\n"),
              HasSubstr("y.csv, line 3: is about x, but no row of z.npy is"));
  logits.files = {"a", "b", "b"};
  EXPECT_THAT(csv_message("file,label\nb,wren\na,jay\nb,owl\n"), HasSubstr("line 2: is about b"));
}

TEST_F(TargetsTest, TheColumnBesideTheFilesIsTheTarget) {
  EXPECT_EQ(csv("id,breed\n7,wren\n8,jay\n9,owl\n"), kOneEach);
  EXPECT_EQ(csv("breed;image\nwren;7\njay;8\nowl;9\n"), kOneEach);
  EXPECT_THAT(csv_message("id,breed\n7,wren\n8,dodo\n9,owl\n"), HasSubstr("line 3: 'dodo' is"));
}

TEST_F(TargetsTest, AColumnMayBeNamed) {
  options.label_column = "truth";
  EXPECT_EQ(csv("label,truth\nowl,wren\nowl,jay\nowl,owl\n"), kOneEach);
  EXPECT_THAT(csv_message("label,bird\nowl,wren\n"), HasSubstr("has no column truth"));
}

TEST_F(TargetsTest, UnknownClassesAreErrorsWithTheNearest) {
  EXPECT_THAT(csv_message("wren\njay\nowll\n"),
              HasSubstr("y.csv, line 3: 'owll' is no class; did you mean owl?"));
  EXPECT_THAT(csv_message("wren\nJay\nowl\n"), HasSubstr("did you mean jay?"));
  EXPECT_THAT(csv_message("wren\nhippopotamus\nowl\n"),
              HasSubstr("is none of the 3 classes that name the columns of z.npy"));
  EXPECT_THAT(csv_message("wren\njay|owl\nowl\n"), HasSubstr("--label-delimiter"));
  EXPECT_THAT(csv_message("wren\n7\nowl\n"), HasSubstr("line 2: 7 is no class"));
  // A slip in the first line is no header: the rows fit with it.
  EXPECT_THAT(csv_message("wrenn\njay\nowl\n"), HasSubstr("line 1: 'wrenn' is no class"));
  logits.named = false;
  EXPECT_THAT(csv_message("wren\njay\nowl\n"), HasSubstr("give --names"));
  logits = {"z.csv", 3, {"score"}, true};  // of the likeliest class alone
  EXPECT_THAT(csv_message("wren\njay\nowl\n"), HasSubstr("a column for each class"));
}

TEST_F(TargetsTest, WhereClassesAreCalledByNumbersTheNameCounts) {
  logits.classes = {"1", "2", "3"};
  EXPECT_EQ(csv("3\n1\n2\n"), kOneEach);
  EXPECT_THAT(csv_message("0\n1\n2\n"), HasSubstr("'0' is"));
}

TEST_F(TargetsTest, WrongRowsAreErrorsThatNameBothFiles) {
  EXPECT_THAT(csv_message("wren\njay\n"), HasSubstr("y.csv: has 2 rows, but z.npy has 3"));
  EXPECT_THAT(csv_message("label\nwren\njay\n"), HasSubstr("has 2 rows"));
  EXPECT_THAT(csv_message("0\n2\n0\n1\n"), HasSubstr("has 4 rows, but z.npy has 3: both need one "
                                                     "for each picture, in the same order; if the "
                                                     "first line is a header"));
  logits.rows = 5;
  EXPECT_THAT(csv_message("wren\njay\nowl\n"),
              HasSubstr("; if the columns of z.npy are the pictures"));
  logits.rows = 3;
  logits.file = "z.csv";
  EXPECT_THAT(csv_message("wren\njay\n"),
              HasSubstr("the first line of z.csv is a header, write names"));
  EXPECT_THAT(csv_message(""), HasSubstr("y.csv: is empty"));
  EXPECT_THAT(csv_message("a,b\n1,2\n3,4\n5,6\n"), HasSubstr("y.csv: has 2 columns, but z.csv"));
}

/// The classes that targets of three rows of features tell of, "named" last where they are names.
class ClassesTest : public FileTest<std::vector<std::string>> {
 protected:
  ClassesTest() : FileTest("y.csv") {}
  std::vector<std::string> read_file(const std::string& file) const override {
    TargetRows rows{"x.npy", 3, {}};
    find_classes(file, rows, options);
    if (rows.named) rows.classes.push_back("named");
    return rows.classes;
  }
  DataOptions options;
};

TEST_F(TargetsTest, AColumnBesideIdsIsNoMatrix) {
  logits = {"z.npy", 3, {"0", "1"}, false};
  EXPECT_EQ(csv("id,breed\n0,1\n1,0\n2,1\n"), (Labels{{1}, {0}, {1}}));
  logits = {"z.csv", 3, {"image", "text"}, true};
  EXPECT_EQ(csv("image,text\n0,1\n1,0\n1,1\n"), (Labels{{1}, {0}, {0, 1}}));
}

TEST_F(ClassesTest, OfArraysAreNumbersColumnsOrTexts) {
  const auto numbers = [](const std::string& shape, const std::vector<std::int64_t>& values) {
    return npy("<i8", shape, raw(values));
  };
  EXPECT_THAT(read("y.npy", numbers("(3,)", {2, -1, 0})), ElementsAre("0", "1", "2"));
  EXPECT_THAT(read("y.npy", numbers("(3, 1)", {1, 0, 1})), ElementsAre("0", "1"));
  EXPECT_THAT(read("y.npy", numbers("(3, 2)", {1, 0, 1, 1, 0, 0})), ElementsAre("0", "1"));
  EXPECT_THAT(read("y.npy", npy("|S4", "(3,)", std::string("wren\0\0\0\0jay\0", 12))),
              ElementsAre("jay", "wren", "named"));
  EXPECT_THAT(message("y.npy", numbers("(3,)", {2, 1'000'000'000, 0})),
              HasSubstr("y.npy, row 1 (counted from 0): 1000000000 is no class"));
  EXPECT_THAT(message("y.npy", npy("<f4", "(3,)", raw(std::vector{0.F, NAN, 1.F}))),
              HasSubstr("row 1 (counted from 0): nan is no class"));
  EXPECT_THAT(message("y.npy", numbers("(2,)", {0, 1})), HasSubstr("has 2 rows, but x.npy has 3"));
}

TEST_F(ClassesTest, OfCsvAreNumbersNamesOrColumns) {
  EXPECT_THAT(csv("1\n0\n-1\n"), ElementsAre("0", "1"));
  EXPECT_THAT(csv("wren\njay\n\n"), ElementsAre("jay", "wren", "named"));
  EXPECT_THAT(csv("species\nwren\njay\nwren\n"), ElementsAre("jay", "wren", "named"));
  EXPECT_THAT(csv("file,label\na,1\nb,3\nc,1\n"), ElementsAre("0", "1", "2", "3"));
  EXPECT_THAT(csv("id,breed\n0,1\n1,0\n2,1\n"), ElementsAre("0", "1"));
  EXPECT_THAT(csv("labels\nowl|jay\n\nwren\n"), ElementsAre("jay", "owl", "wren", "named"));
  EXPECT_THAT(csv("b,a\n0,1\n1,1\n0,0\n"), ElementsAre("b", "a", "named"));
  EXPECT_THAT(csv("file,b,a\nx,0,1\ny,1,1\nz,0,0\n"), ElementsAre("b", "a", "named"));
  EXPECT_THAT(csv("0 1 1\n1 1 0\n0 0 0\n"), ElementsAre("0", "1", "2"));
  // Some are names: 7 is one too.
  EXPECT_THAT(csv("7\n1.5\nwren\n"), ElementsAre("1.5", "7", "wren", "named"));
  EXPECT_THAT(csv_message("7\n1.5\n2\n"), HasSubstr("y.csv, line 2: 1.5 is no class"));
  EXPECT_THAT(csv_message("a,a\n1,0\n0,1\n1,1\n"), HasSubstr("two columns have the same name"));
  EXPECT_THAT(csv_message("a,b\nc,d\ne,f\n"), HasSubstr("y.csv: has 2 columns: targets are a"));
  EXPECT_THAT(csv_message("label\n\n\n\n"), HasSubstr("no row has a class"));
  options.label_column = "truth";
  EXPECT_THAT(csv("label,truth\nowl,wren\nowl,jay\nowl,owl\n"),
              ElementsAre("jay", "owl", "wren", "named"));
}

TEST_F(TargetsTest, GroupsAreEqualValues) {
  const auto groups = [&](const std::string& name, const std::string& bytes) {
    return read_groups(folder.write(name, bytes).string(), logits);
  };
  EXPECT_THAT(groups("g.csv", "nest b\nnest a\nnest b\n"), ElementsAre(0, 1, 0));
  EXPECT_THAT(groups("g.csv", "nest\nb\na\nb\n"), ElementsAre(0, 1, 0));
  EXPECT_THAT(groups("g.npy", npy("<i4", "(3,)", raw(std::vector{7, 7, 3}))), ElementsAre(0, 0, 1));
  EXPECT_THAT(error_in([&] { groups("g.csv", "a\nb\n"); }), HasSubstr("has 2 rows"));
  EXPECT_THAT(error_in([&] { groups("g.csv", "a,b\nc,d\ne,f\n"); }), HasSubstr("has 2 columns"));
}

}  // namespace
}  // namespace oneormany::data
