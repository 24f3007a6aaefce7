// Pictures, and lists of them, that are made or become bad while `predict` is at work: each is a
// row, and the others aren't touched.

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "data/csv.h"
#include "tests/faults/faults.h"

namespace oneormany {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

struct Row {
  std::string probability, score, error;
  bool operator==(const Row&) const = default;
};

class InputFaults : public ModelFaults {
 protected:
  void SetUp() override { train(); }

  /// `predict a.oom ARGUMENTS --quiet`, as a shell has it.
  static std::string predict(const std::string& arguments) {
    return "'" ONEORMANY_PROGRAM "' predict a.oom --quiet " + arguments;
  }

  static std::multimap<std::string, Row> rows_of(const std::string& text) {
    const data::Csv csv = data::parse_csv(text, ',');
    EXPECT_FALSE(csv.broken) << text;
    std::multimap<std::string, Row> rows;
    for (std::size_t i = 1; i < csv.rows.size(); ++i) {
      const std::vector<std::string>& cells = csv.rows[i].cells;
      rows.insert({cells.at(0), {cells.at(2), cells.at(3), cells.at(5)}});
    }
    return rows;
  }

  /// What is said of one picture.
  Row row_of(const std::string& file) const {
    const auto rows = rows_of(run_shell(predict("--no-cache " + file)).out);
    EXPECT_EQ(rows.size(), 1u);
    return rows.empty() ? Row{} : rows.begin()->second;
  }
};

TEST_F(InputFaults, ASlowPictureAndABombAreRowsAndTheRunGoesOn) {
  write_new();
  std::string uses = "<defs><rect id=\"a0\" width=\"9\" height=\"9\"/>";
  for (int i = 0; i < 9; ++i) {
    uses += "<g id=\"a" + std::to_string(i + 1) + "\">";
    for (int k = 0; k < 10; ++k) uses += "<use xlink:href=\"#a" + std::to_string(i) + "\"/>";
    uses += "</g>";
  }
  const std::string svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" "
      "width=\"160\" height=\"160\">" +
      uses + "</defs><use xlink:href=\"#a9\"/></svg>";  // a thousand million squares
  write_text(dir / "new/slow.svg", svg);
  // Four thousand million pixels in 35 bytes.
  write_text(dir / "new/bomb.gif", std::string("GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff,"
                                               "\0\0\0\0\xff\xff\xff\xff\0\x02\x02\x44\x01\0;",
                                               35));
  const Ran ran = run_shell("ulimit -v 8000000; " + predict("new --max-seconds 2 --no-cache"));
  EXPECT_EQ(ran.exit_code, 3) << ran.err;
  const auto rows = rows_of(ran.out);
  EXPECT_EQ(rows.size(), kNew + 2u);
  for (const auto& [file, row] : rows) {
    if (file == "new/slow.svg") {
      EXPECT_THAT(row.error, HasSubstr("takes more than 2 seconds to decode"));
    } else if (file == "new/bomb.gif") {
      EXPECT_THAT(row.error, HasSubstr("megapixels"));
    } else {
      EXPECT_EQ(row.error, "") << file;
    }
  }
}

TEST_F(InputFaults, PicturesVanishOrChangeAfterTheyWereListed) {
  write_new();
  // The folder is listed first; what stands before it on standard input is waited for.
  const std::string change =
      "rm new/1.ppm; : > new/2.ppm; head -c 100 new/4.ppm > half; cat half > new/4.ppm; "
      "rm new/5.ppm; mkdir new/5.ppm; cp new/7.ppm new/6.ppm; ";
  const Row seven = row_of("new/7.ppm");
  const Ran ran = run_shell(
      "{ echo data/even/0.ppm; n=0; until grep -qs 0.ppm rows.csv || [ $n = 3000 ]; do sleep 0.02; "
      "n=$((n + 1)); done; " +
      change + "} | " + predict("- new --out rows.csv"));
  EXPECT_EQ(ran.exit_code, 3) << ran.err;
  const auto rows = rows_of(read_text(dir / "rows.csv"));
  EXPECT_EQ(rows.size(), kNew + 1u);
  const std::map<std::string, std::string> errors = {{"new/1.ppm", "No such file"},
                                                     {"new/2.ppm", "is empty"},
                                                     {"new/4.ppm", ""},
                                                     {"new/5.ppm", "is a folder"}};
  for (const auto& [file, row] : rows) {
    const auto error = errors.find(file);
    EXPECT_EQ(row.error.empty(), error == errors.end()) << file << ": " << row.error;
    if (error != errors.end()) {
      EXPECT_THAT(row.error, HasSubstr(error->second));
    }
  }
  EXPECT_EQ(rows.find("new/6.ppm")->second, seven);
}

TEST_F(InputFaults, APictureThatIsWrittenAllTheTimeIsOneOrTheOtherOrAnError) {
  write_picture(dir / "one.ppm", 1);
  write_picture(dir / "two.ppm", 2);
  const Row one = row_of("one.ppm"), two = row_of("two.ppm");
  ASSERT_FALSE(one == two);
  const Ran ran = run_shell(
      "cp one.ppm x.ppm; (while :; do cat two.ppm > x.ppm; cat one.ppm > x.ppm; done) & writer=$!; "
      "yes x.ppm | head -n 400 | " +
      predict("- --failures-ok") + "; code=$?; kill $writer; wait $writer; exit $code");
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  const auto rows = rows_of(ran.out);
  EXPECT_EQ(rows.size(), 400u);
  for (const auto& [file, row] : rows) {
    // A file that is half written has no pixels for its lower half.
    EXPECT_TRUE(row == one || row == two || !row.error.empty()) << row.score;
  }
  // Nor does the cache, which was filled meanwhile, hold one's features for the other.
  const auto cached = rows_of(run_shell(predict("one.ppm two.ppm")).out);
  EXPECT_EQ(cached.find("one.ppm")->second, one);
  EXPECT_EQ(cached.find("two.ppm")->second, two);
}

TEST_F(InputFaults, NamesOfAnyBytesComeBackAsTheyAre) {
  std::set<std::string> names;
  for (const std::string name :
       {"two\nlines", "a \"quote\"", "comma, semi;colon", "caf\xe9", "\xff\xfe", " spaces ",
        "-dash", "tab\tand\rreturn", "*[a]?", "p#page=2", "\xf0\x9f\x90\xa6"}) {
    names.insert("odd/" + name + ".ppm");
    write_picture(dir / "odd" / (name + ".ppm"), static_cast<int>(names.size()));
  }
  const std::string find = "find odd -type f -print0 | ";
  const Ran csv = run_shell(find + predict("-"));
  EXPECT_EQ(csv.exit_code, 0) << csv.err << csv.out;
  std::set<std::string> found;
  for (const auto& [file, row] : rows_of(csv.out)) found.insert(file);
  EXPECT_EQ(found, names);
  const Ran lines = run_shell(find + predict("- --format jsonl"));
  EXPECT_EQ(lines.exit_code, 0) << lines.err;
  std::istringstream in(lines.out);
  std::size_t count = 0;
  for (std::string line; std::getline(in, line); ++count) {
    const nlohmann::json row = nlohmann::json::parse(line);
    const std::string file = row.at("file");
    EXPECT_EQ(row.contains("file_base64"), !names.contains(file)) << line;
  }
  EXPECT_EQ(count, names.size());
  // And as rows that are done, in both.
  for (const char* format : {"csv", "jsonl"}) {
    write_text(dir / "rows", format == std::string("csv") ? csv.out : lines.out);
    const Ran again = run_shell(
        find + predict(std::string("- --out rows --skip-done rows ") + "--format " + format));
    EXPECT_EQ(again.exit_code, 0) << again.err;
    EXPECT_EQ(read_text(dir / "rows"), format == std::string("csv") ? csv.out : lines.out);
  }
  // A folder gives the same names.
  found.clear();
  for (const auto& [file, row] : rows_of(run_shell(predict("odd")).out)) found.insert(file);
  EXPECT_EQ(found, names);
}

TEST_F(InputFaults, LoopsOfLinksEndAndEachPictureIsARow) {
  write_picture(dir / "scans/a/1.ppm", 1);
  write_picture(dir / "scans/b/2.ppm", 2);
  fs::create_directory_symlink("..", dir / "scans/a/up");
  fs::create_directory_symlink("../b", dir / "scans/a/across");
  fs::create_directory_symlink(".", dir / "scans/here");
  fs::create_symlink("self.ppm", dir / "scans/self.ppm");
  const Ran ran = run_shell(predict("scans --failures-ok"));
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  std::multiset<std::string> good;
  for (const auto& [file, row] : rows_of(ran.out)) {
    if (row.error.empty()) good.insert(fs::path(file).filename());
  }
  EXPECT_THAT(good, ElementsAre("1.ppm", "2.ppm"));
  expect_error(run_shell(predict("scans/self.ppm")), 1, {"scans/self.ppm", "symbolic links"});
}

TEST_F(InputFaults, AnEmptyListIsNoRowAndNoError) {
  const Ran csv = run_shell(predict("- </dev/null"));
  EXPECT_EQ(csv.exit_code, 0);
  EXPECT_EQ(csv.err, "");
  EXPECT_EQ(csv.out, "file,labels,probability,score,threshold,error,model\n");
  for (const char* format : {"jsonl", "label-studio"}) {
    const Ran lines = run_shell(predict("- </dev/null --format " + std::string(format)));
    EXPECT_EQ(lines.exit_code, 0) << lines.err;
    EXPECT_EQ(lines.out, format == std::string("jsonl") ? "" : "[\n]\n");
  }
}

TEST_F(InputFaults, TenThousandNamesOfOnePictureAreAsManyRows) {
  write_picture(dir / "one.ppm", 1);
  const Row one = row_of("one.ppm");
  const Ran ran = run_shell("ulimit -n 256; yes one.ppm | head -n 10000 | " + predict("-"));
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  const auto rows = rows_of(ran.out);
  EXPECT_EQ(rows.size(), 10'000u);
  EXPECT_TRUE(std::all_of(rows.begin(), rows.end(),
                          [&](const auto& named) { return named.second == one; }));
}

}  // namespace
}  // namespace oneormany
