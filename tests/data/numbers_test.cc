#include "data/numbers.h"

#include <gmock/gmock.h>

#include <cmath>

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
using testing::IsEmpty;

const Matrix kTable{{1, -2.5}, {0.001, 4}, {5, 6}};

class NumbersTest : public FileTest<Numbers> {
 protected:
  NumbersTest() : FileTest("a.csv") {}
  Numbers read_file(const std::string& file) const override { return read_numbers(file); }
};

TEST_F(NumbersTest, ReadsNpy) {
  const auto bytes = raw(std::vector<double>{1, -2.5, 0.001, 4, 5, 6});
  const Numbers two = read("a.npy", npy("<f8", "(3, 2)", bytes));
  EXPECT_EQ(two.values, kTable);
  EXPECT_EQ(two.dimensions, 2);
  const Numbers one = read("A.NPY", npy("<f8", "(6,)", bytes));
  EXPECT_EQ(one.dimensions, 1);
  EXPECT_EQ(one.values.rows(), 6);
  EXPECT_EQ(one.values.cols(), 1);
  EXPECT_THAT(two.place(2, 1), HasSubstr("a.npy, row 2, column 1 (counted from 0)"));
}

TEST_F(NumbersTest, ArraysOfOtherShapesAreErrorsThatNameTheFile) {
  const auto bytes = raw(std::vector<float>(8));
  EXPECT_THAT(message("a.npy", npy("<f4", "(2, 2, 2)", bytes)),
              AllOf(HasSubstr("a.npy: has 3 dimensions"), HasSubstr("(2, 2, 2)")));
  EXPECT_THAT(message("a.npy", npy("<f4", "()", raw(1.0F))), HasSubstr("has 0 dimensions"));
  EXPECT_THAT(message("a.npy", npy("<f4", "(0, 4)", "")),
              HasSubstr("is empty: its shape is (0, 4)"));
  EXPECT_THAT(message("a.npy", npy("<f4", "(0,)", "")), HasSubstr("is empty: its shape is (0,)"));
  EXPECT_THAT(message("a.npy", npy("|O", "(8,)", bytes)), HasSubstr("a.npy: holds Python objects"));
  EXPECT_THAT(message("a.npy", ""), HasSubstr("a.npy: is empty"));
}

TEST_F(NumbersTest, ReadsFloatsOfEveryKindOfFile) {
  const MatrixF table{{1, -2.5F}, {1e-3F, 4}};
  const auto of = [&](const std::string& name, const std::string& bytes) {
    return read_numbers_f(folder.write(name, bytes).string());
  };
  const std::vector<float> floats{1, -2.5F, 1e-3F, 4};
  EXPECT_EQ(of("a.npy", npy("<f4", "(2, 2)", raw(floats))).values, table);
  EXPECT_EQ(of("a.npy", npy("<f8", "(2, 2)", raw(std::vector{1.0, -2.5, 1e-3, 4.0}))).values,
            table);
  EXPECT_EQ(
      of("a.npy", npy("<f4", "(2, 2)", raw(std::vector{1.F, 1e-3F, -2.5F, 4.F}), true)).values,
      table);
  EXPECT_EQ(of("a.npy", npy("<f4", "(4,)", raw(floats))).dimensions, 1);
  const NumbersF named = of("a.csv", "jay,owl\n1,-2.5\n1e-3,4\n");
  EXPECT_EQ(named.values, table);
  EXPECT_THAT(named.columns, ElementsAre("jay", "owl"));
  EXPECT_EQ(named.place(1), (folder / "a.csv").string() + ", line 3");
  EXPECT_EQ(of("a.csv", "1e300,2\n1.5,2\n").values(0, 0), INFINITY);
  EXPECT_THAT(error_in([&] { of("a.npy", npy("<f8", "(1, 1)", raw(1e300))); }),
              HasSubstr("a.npy: holds a number too large for float32"));
}

TEST_F(NumbersTest, ReadsTheOnlyTensorOrTheNamedOne) {
  const auto data = raw(std::vector<float>{1, 2, 3, 4});
  const std::string one = R"({"z":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}})";
  EXPECT_EQ(read("a.safetensors", safetensors_file(one, data)).values, (Matrix{{1, 2}, {3, 4}}));

  const std::string two = R"({"y":{"dtype":"I64","shape":[1],"data_offsets":[16,24]},)"
                          R"("z":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}})";
  const std::string bytes = safetensors_file(two, data + raw(std::int64_t{7}));
  const auto file = folder.write("b.safetensors", bytes).string();
  EXPECT_EQ(read_numbers(file + ":y").values(0, 0), 7);
  EXPECT_EQ(read_numbers(file + ":z").values(1, 0), 3);
  EXPECT_THAT(error_in([&] { read_numbers(file); }),
              AllOf(HasSubstr("b.safetensors: holds 2 tensors (y (1,), z (2, 2)): say which"),
                    HasSubstr("FILE.safetensors:NAME")));
  EXPECT_THAT(error_in([&] { read_numbers(file + ":logits"); }),
              HasSubstr("has no tensor logits among 2 tensors"));
  EXPECT_THAT(message("c.safetensors", safetensors_file("{}", "")), HasSubstr("holds no tensor"));
  EXPECT_THAT(message("d.safetensors", "x"), HasSubstr("d.safetensors: has a safetensors header"));
}

TEST_F(NumbersTest, ReadsTheOnlyArrayOfAnNpzOrTheNamedOne) {
  using backbone::zip_file;
  const std::string z = npy("<f8", "(3, 2)", raw(std::vector<double>{1, -2.5, 0.001, 4, 5, 6}));
  const std::string y = npy("<i8", "(3,)", raw(std::vector<std::int64_t>{7, 8, 9}));
  for (const auto method : {ZIP_CM_STORE, ZIP_CM_DEFLATE}) {  // savez, savez_compressed
    EXPECT_EQ(read("a.npz", zip_file({{"arr_0.npy", z}}, method)).values, kTable);
    const auto file =
        folder.write("b.npz", zip_file({{"z.npy", z}, {"y.npy", y}}, method)).string();
    EXPECT_EQ(read_numbers(file + ":z").values, kTable);
    EXPECT_EQ(read_numbers(file + ":y").values(2, 0), 9);
    EXPECT_THAT(error_in([&] { read_numbers(file); }),
                HasSubstr("b.npz: holds 2 arrays (z, y): say which, as FILE.npz:NAME"));
    EXPECT_THAT(error_in([&] { read_numbers(file + ":x"); }), HasSubstr("has no array x among 2"));
  }
  EXPECT_THAT(message("c.npz", "PK"), HasSubstr("c.npz: is no whole zip file"));
  EXPECT_THAT(message("c.npz", zip_file({{"a.txt", "x"}})), HasSubstr("c.npz: holds no array"));
  const std::string bomb(50'000'000, '\0');
  EXPECT_THAT(message("c.npz", zip_file({{"a.npy", bomb}}, ZIP_CM_DEFLATE)),
              HasSubstr("c.npz: has a compressed or broken entry a.npy"));
}

TEST_F(NumbersTest, DoublesOfSafetensorsKeepTheirDigits) {
  const std::string header = R"({"z":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]}})";
  EXPECT_EQ(read("a.safetensors", safetensors_file(header, raw(0.1))).values(0, 0), 0.1);
}

TEST_F(NumbersTest, ReadsCsvWithAndWithoutHeader) {
  for (const std::string text : {"1,-2.5\n1e-3,+4\n5,6\n", "1;-2.5\r\n1e-3;4\r\n\r\n5;6",
                                 "1\t-2.5\n1e-3\t4\n5\t6\n\n", "1 -2.5\n1e-3 4\n5 6\n"}) {
    const Numbers numbers = csv(text);
    EXPECT_EQ(numbers.values, kTable) << text;
    EXPECT_THAT(numbers.columns, IsEmpty());
  }
  const Numbers named = csv("\xEF\xBB\xBFjay,\"owl, big\"\n1,-2.5\n1e-3,4\n5,6\n");
  EXPECT_EQ(named.values, kTable);
  EXPECT_THAT(named.columns, ElementsAre("jay", "owl, big"));
  EXPECT_THAT(named.place(1, 1), HasSubstr("a.csv, line 3, column 2 (owl, big)"));
  EXPECT_THAT(csv("7,owl\n1,2\n").columns, ElementsAre("7", "owl"));
  EXPECT_THAT(csv("blue jay\n1\n").columns, ElementsAre("blue jay"));
  EXPECT_EQ(csv("0.5\n1\n").values, (Matrix{{0.5}, {1}}));
}

TEST_F(NumbersTest, ColumnsThatPandasCountedAreAHeader) {
  EXPECT_THAT(csv("0,1,2\n0.5,1.5,2.5\n").columns, ElementsAre("0", "1", "2"));
  EXPECT_EQ(csv("0,1,2\n3,4,5\n").values.rows(), 2);
}

TEST_F(NumbersTest, AscendingWholeNumbersAboveFractionsAreAHeader) {
  EXPECT_THAT(csv("101,205,307\n0.5,1.5,2.5\n-1.25,3.0,0.5\n").columns,
              ElementsAre("101", "205", "307"));
  EXPECT_THAT(csv("file,0,1\na.png,3,4\n").columns, ElementsAre("0", "1"));
  EXPECT_THAT(csv(",0,1\na.png,0.5,4\n").columns, ElementsAre("0", "1"));
  EXPECT_EQ(csv("3,1,2\n0.5,1.5,2.5\n").values.rows(), 2);  // in no order: a row
  EXPECT_EQ(csv("1,2\n3,4\n").values.rows(), 2);
}

TEST_F(NumbersTest, CommasMayBeDecimal) {
  for (const std::string text :
       {"1;-2,5\n1e-3;+4\n5;6\n", "1,0;-2,5\n0,001;4,0\n5;6\n", "1\t-2,5\n0,001\t4\n5\t6\n",
        "1,0 -2,5\n0,001 4,0\n5,0 6,0\n", "\"1,0\",\"-2,5\"\n\"0,001\",4\n5,6\n",
        "jay;owl\n1,0;-2,5\n1,0e-3;4,0\n5,0;6,0\n"}) {
    EXPECT_EQ(csv(text).values, kTable) << text;
  }
  EXPECT_EQ(csv("1%,-2.5%\n0.001 %,4%\n5%,6%\n").values, kTable);
  EXPECT_THAT(csv_message("1,0;1.234,5\n2,0;3,0\n"), HasSubstr("'1.234,5' is no number"));
}

TEST_F(NumbersTest, ColumnsOfFilesAndLabelsAreNoNumbers) {
  for (const std::string text : {"file,jay,owl\na b.png,1,-2.5\nb.png,1e-3,4\nc.png,5,6\n",
                                 "a b.png,1,-2.5\nb.png,1e-3,4\nc.png,5,6\n",
                                 "jay,owl,Image_Name\n1,-2.5,a b.png\n1e-3,4,b.png\n5,6,c.png\n",
                                 "file;jay;owl\na b.png;1,0;-2,5\nb.png;0,001;4\nc.png;5;6\n"}) {
    const Numbers numbers = csv(text);
    EXPECT_EQ(numbers.values, kTable) << text;
    EXPECT_THAT(numbers.files, ElementsAre("a b.png", "b.png", "c.png")) << text;
  }
  const Numbers labelled = csv("file,label,jay,owl\na,jay,1,-2.5\nb,owl,1e-3,4\nc,owl,5,6\n");
  EXPECT_EQ(labelled.values, kTable);
  EXPECT_THAT(labelled.columns, ElementsAre("jay", "owl"));
  EXPECT_THAT(labelled.notes,
              ElementsAre(HasSubstr("its column label holds labels or words: left out")));
  EXPECT_THAT(labelled.place(1, 1), HasSubstr("line 3, column 4 (owl)"));
  const Numbers more =
      csv("file,pred,jay,owl,split\na,jay,1,-2.5,x\nb,owl,1e-3,4,x\nc,owl,5,6,y\n");
  EXPECT_EQ(more.values, kTable);
  EXPECT_THAT(more.notes,
              ElementsAre(HasSubstr("its column pred holds labels or words: left out"),
                          HasSubstr("its column split holds labels or words: left out")));
  EXPECT_THAT(csv_message("jay,owl,wren\n1,2,3\n3,4,test\n"), HasSubstr("'test' is no number"));
  EXPECT_THAT(csv_message("jay,owl\n1,1 234\n3,1 235\n"), HasSubstr("'1 234' is no number"));
  const Numbers ids = csv("id,jay,owl\n00a,1,-2.5\n011,1e-3,4\n1e5,5,6\n");
  EXPECT_EQ(ids.values, kTable);
  EXPECT_THAT(ids.files, ElementsAre("00a", "011", "1e5"));
  EXPECT_THAT(csv("id,ego\n0.5,1\n1.5,2\n").columns, ElementsAre("id", "ego"));
  for (const char* header : {"Unnamed: 0,jay,owl\n", ",jay,owl\n", "id,jay,owl\n", ""}) {
    const Numbers counted = csv(header + std::string("0,1,-2.5\n1,1e-3,4\n2,5,6\n"));
    EXPECT_EQ(counted.values, kTable) << header;
    EXPECT_THAT(counted.notes,
                ElementsAre(HasSubstr("its first column counts the rows: left out")));
  }
  // A class may be called image, if its cells are logits.
  EXPECT_THAT(csv("image,text\n0.5,1\n1.5,2\n").columns, ElementsAre("image", "text"));
}

TEST_F(NumbersTest, AHeaderOfNumpySavetxtIsOne) {
  const Numbers numbers = csv("# jay,owl\n1,-2.5\n1e-3,4\n5,6\n");
  EXPECT_EQ(numbers.values, kTable);
  EXPECT_THAT(numbers.columns, ElementsAre("jay", "owl"));
}

TEST_F(NumbersTest, NotFiniteIsForTheReaderToJudge) {
  const Numbers numbers = csv("nan,-inf\n1e999,1e-999\n");
  EXPECT_TRUE(std::isnan(numbers.values(0, 0)));
  EXPECT_EQ(numbers.values(0, 1), -INFINITY);
  EXPECT_EQ(numbers.values(1, 0), INFINITY);
  EXPECT_EQ(numbers.values(1, 1), 0);
}

TEST_F(NumbersTest, WrongCsvIsAnErrorThatNamesTheLine) {
  EXPECT_THAT(csv_message("jay,owl\n1,2\n3,x4\n"),
              HasSubstr("a.csv, line 3, column 2 (owl): 'x4' is no number"));
  EXPECT_THAT(csv_message("1,2\n3,\n"), HasSubstr("line 2, column 2: the cell is empty"));
  EXPECT_THAT(csv_message("0.5,x\n3,4\n"), HasSubstr("line 1, column 2: 'x' is no number"));
  EXPECT_THAT(csv_message("1,2\n3\n"), HasSubstr("line 2: 1 column where the first line has 2"));
  EXPECT_THAT(csv_message("1,2\n3,4,5\n"), HasSubstr("line 2: 3 columns"));
  EXPECT_THAT(csv_message(""), HasSubstr("a.csv: is empty"));
  EXPECT_THAT(csv_message("\n\n"), HasSubstr("a.csv: is empty"));
  EXPECT_THAT(csv_message("jay,owl\n"), HasSubstr("a.csv: is empty"));
  EXPECT_THAT(csv_message(",jay,owl\n0,1,2\n"), HasSubstr("index=False"));
  EXPECT_THAT(csv_message("jay,jay\n1,2\n"), HasSubstr("two columns are called jay"));
  EXPECT_THAT(csv_message("1,\"2\n"), HasSubstr("line 1: a quote"));
  EXPECT_THAT(csv_message(std::string("1,2\0\n", 5)), HasSubstr("isn't UTF-8"));
}

TEST_F(NumbersTest, OtherFilesAreErrorsThatSayWhatToSave) {
  EXPECT_THAT(message("a.pt", "PK"), HasSubstr("numpy.save"));
  EXPECT_THAT(message("a.xlsx", "PK"), HasSubstr("give .npy"));
  EXPECT_THAT(message("a", "1,2"), HasSubstr("give .npy"));
  for (const auto* name : {"/nowhere/a.npy", "/nowhere/a.csv", "/nowhere/a.safetensors"}) {
    EXPECT_THAT(error_in([&] { read_numbers(name); }),
                HasSubstr(std::string(name) + ": can't be read"));
  }
}

}  // namespace
}  // namespace oneormany::data
