// Features in files for other programs, and pages; through the real program on real pictures.

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>
#include <vips/vips8>

#include "arrays/npy.h"
#include "arrays/safetensors.h"
#include "data/csv.h"
#include "tests/cli/clipart.h"

namespace oneormany::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

const fs::path kPages = fs::path(TEST_DATA) / "pictures";
constexpr std::size_t kColumns = 3104;

class FeaturesTest : public ClipartTest {
 protected:
  Ran features(const std::string& arguments) {
    return run("features " + arguments + " --size 64 --quiet");
  }

  using Rows = std::vector<std::vector<float>>;
  static Rows rows_of(const arrays::RawTensor& tensor, std::size_t bytes) {
    auto budget = static_cast<std::int64_t>(bytes);
    const std::vector<float> all = arrays::to_floats(tensor, budget);
    Rows rows;
    const auto width = static_cast<std::ptrdiff_t>(tensor.shape.at(1));
    for (auto at = all.begin(); at != all.end(); at += width) rows.emplace_back(at, at + width);
    return rows;
  }
  Rows npy(const std::string& name) const {
    const std::string bytes = read_text(dir / name);
    return rows_of(arrays::read_npy(bytes), bytes.size());
  }
  /// The cells of each row but the header.
  std::vector<std::vector<std::string>> table(const std::string& name) const {
    std::vector<std::vector<std::string>> rows;
    const std::string text = read_text(dir / name);
    const data::Csv csv = data::parse_csv(text, ',');
    EXPECT_FALSE(csv.broken);
    for (std::size_t i = 1; i < csv.rows.size(); ++i) rows.push_back(csv.rows[i].cells);
    return rows;
  }
};

TEST_F(FeaturesTest, OfEachPictureARowInTheOrderOfTheList) {
  const auto files = pictures("buildings", 25, "data");
  std::string list;
  for (auto file = files.rbegin(); file != files.rend(); ++file) list += file->string() + "\n";
  write_text(dir / "list.txt", list);
  const Ran ran = features("- -o x.npy <list.txt");
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(StartsWith("x.npy: 25 pictures of 3,104 features"),
                             HasSubstr("x.npy.names.csv: their names")));
  const Rows rows = npy("x.npy");
  ASSERT_EQ(rows.size(), 25U);
  EXPECT_EQ(rows[0].size(), kColumns);
  const auto names = table("x.npy.names.csv");
  ASSERT_EQ(names.size(), 25U);
  for (std::size_t i = 0; i < 25; ++i) EXPECT_EQ(names[i][0], files[24 - i]);
  EXPECT_EQ(read_text(dir / "x.npy.failed.csv"), "file,error\n");
  // Each row is that of its own picture.
  for (const std::size_t i : {0U, 7U, 24U}) {
    ASSERT_EQ(features(names[i][0] + " -o one.npy --force --no-cache").exit_code, 0);
    EXPECT_EQ(npy("one.npy").at(0), rows[i]);
  }
}

TEST_F(FeaturesTest, AreTheSameInEveryFormat) {
  pictures("buildings", 6, "data");
  for (const char* format : {"npy", "safetensors", "csv", "jsonl"}) {
    ASSERT_EQ(features("data -o x." + std::string(format)).exit_code, 0) << format;
  }
  const Rows rows = npy("x.npy");
  const std::string bytes = read_text(dir / "x.safetensors");
  const auto tensors = arrays::read_safetensors(bytes);
  EXPECT_EQ(rows_of(tensors.at("features"), bytes.size()), rows);
  EXPECT_EQ(read_text(dir / "x.safetensors.names.csv"), read_text(dir / "x.npy.names.csv"));
  EXPECT_EQ(arrays::read_safetensors_metadata(bytes).at("stages"), "all");
  const auto names = table("x.npy.names.csv"), csv = table("x.csv");
  std::istringstream lines(read_text(dir / "x.jsonl"));
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(csv[i][0], names[i][0]);
    EXPECT_EQ(csv[i][1], "");
    std::string line;
    std::getline(lines, line);
    const json row = json::parse(line);
    EXPECT_EQ(row.at("file"), names[i][0]);
    EXPECT_EQ(row.at("features").get<std::vector<float>>(), rows[i]);
    std::vector<float> cells;
    for (std::size_t k = 2; k < csv[i].size(); ++k) cells.push_back(std::stof(csv[i][k]));
    EXPECT_EQ(cells, rows[i]);
  }
  ASSERT_EQ(features("data -o last.npy --stages last").exit_code, 0);
  EXPECT_EQ(npy("last.npy")[3], std::vector<float>(rows[3].begin(), rows[3].begin() + 1280));
}

TEST_F(FeaturesTest, PicturesThatFailAreToldWithTheReason) {
  pictures("buildings", 3, "data");
  write_text(dir / "data/aaa.png", "Dear diary");
  write_text(dir / "data/notes.txt", "no picture by its name");
  const Ran ran = features("data -o x.npy");
  EXPECT_EQ(ran.exit_code, 3);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("1  could not be read (x.npy.failed.csv says which):"),
                             HasSubstr("1 isn't a picture of a kind that can be read"),
                             HasSubstr("\nleft out: 1 file whose name is of no picture\n")));
  EXPECT_EQ(npy("x.npy").size(), 3U);
  EXPECT_EQ(table("x.npy.names.csv").size(), 3U);
  EXPECT_THAT(
      table("x.npy.failed.csv"),
      ElementsAre(ElementsAre("data/aaa.png", "isn't a picture of a kind that can be read")));
  EXPECT_EQ(features("data -o y.npy --failures-ok").exit_code, 0);
  ASSERT_EQ(features("data -o x.csv").exit_code, 3);
  const auto rows = table("x.csv");
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0][1], "isn't a picture of a kind that can be read");
  EXPECT_EQ(rows[0].size(), 2 + kColumns);
  ASSERT_EQ(features("data -o x.jsonl").exit_code, 3);
  EXPECT_THAT(read_text(dir / "x.jsonl"),
              StartsWith("{\"file\":\"data/aaa.png\",\"error\":\"isn't a picture"));
  expect_error(features("data -o strict.npy --strict"), 1, {"data/aaa.png: isn't a picture"});
  EXPECT_FALSE(fs::exists(dir / "strict.npy"));
}

TEST_F(FeaturesTest, WhatIsWrongIsSaidAndLeavesFilesAlone) {
  pictures("buildings", 2, "data");
  write_text(dir / "text.png", "Dear diary");
  expect_error(features("data -o x.parquet"), 2, {"x.parquet", ".jsonl, of which pyarrow"});
  expect_error(features("data -o x"), 2, {"written as .npy"});
  expect_error(features("nowhere -o x.npy"), 1, {"nowhere", "doesn't exist"});
  expect_error(features("text.png -o x.npy"), 1, {"text.png: isn't a picture", "no other"});
  expect_error(features("- -o x.npy"), 1, {"standard input: names no picture"});
  for (const char* name : {"x.npy", "x.npy.names.csv", "x.npy.failed.csv"}) {
    EXPECT_FALSE(fs::exists(dir / name));
  }
  write_text(dir / "x.npy.names.csv", "mine");
  expect_error(features("data -o x.npy"), 1, {"x.npy.names.csv: is there already", "--force"});
  EXPECT_EQ(features("data -o x.npy --force").exit_code, 0);
  EXPECT_EQ(table("x.npy.names.csv").size(), 2U);
}

TEST_F(FeaturesTest, AreWholeOrNotAtAllWheneverTheProgramIsKilledOrStopped) {
  const auto files = pictures("buildings", 3, "data");
  ASSERT_EQ(features(files[0].string() + " -o x.npy").exit_code, 0);
  const std::string before = read_text(dir / "x.npy");
  const auto ended_by = [&](const std::string& signal) {
    // Two pictures, then a pipe that says nothing more.
    return run_shell("mkfifo pipe; { echo " + files[1].string() + "; echo " + files[2].string() +
                     "; exec sleep 60; } >pipe & writer=$!; timeout --foreground -s " + signal +
                     " 3 '" ONEORMANY_PROGRAM
                     "' features - -o x.npy --force --size 64 --quiet "
                     "<pipe; code=$?; kill $writer; rm pipe; exit $code");
  };
  EXPECT_EQ(ended_by("INT").exit_code, 124);  // timeout's own: it had to stop it
  EXPECT_THAT(read_text(dir / "err.txt"), HasSubstr("stopped"));
  EXPECT_FALSE(fs::exists(dir / ".x.npy.oneormany-part"));
  EXPECT_EQ(read_text(dir / "x.npy"), before);
  ended_by("KILL");
  EXPECT_TRUE(fs::exists(dir / ".x.npy.oneormany-part"));
  EXPECT_EQ(read_text(dir / "x.npy"), before);
  ASSERT_EQ(features("data -o x.npy --force").exit_code, 0);
  EXPECT_EQ(npy("x.npy").size(), 3U);
  EXPECT_FALSE(fs::exists(dir / ".x.npy.oneormany-part"));
}

TEST_F(FeaturesTest, NamesMayHoldAnyByte) {
  const auto files = pictures("buildings", 1, "one");
  fs::create_directory(dir / "odd");
  const std::vector<std::string> names{"a\nb.png", "c\"d,e.png", "f\xff.png"};
  for (const std::string& name : names) fs::copy_file(dir / files[0], dir / "odd" / name);
  for (const char* format : {"npy", "jsonl", "csv"}) {
    ASSERT_EQ(run_shell("find odd -type f -print0 | sort -z | '" ONEORMANY_PROGRAM
                        "' features - --size 64 --quiet -o x." +
                        std::string(format))
                  .exit_code,
              0);
  }
  std::vector<std::string> found;
  for (const auto& row : table("x.npy.names.csv")) found.push_back(row[0]);
  EXPECT_THAT(found, ElementsAre("odd/a\nb.png", "odd/c\"d,e.png", "odd/f\xff.png"));
  found.clear();
  for (const auto& row : table("x.csv")) found.push_back(row[0]);
  EXPECT_THAT(found, ElementsAre("odd/a\nb.png", "odd/c\"d,e.png", "odd/f\xff.png"));
  std::istringstream lines(read_text(dir / "x.jsonl"));
  std::vector<json> rows;
  for (std::string line; std::getline(lines, line);) rows.push_back(json::parse(line));
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].at("file"), "odd/a\nb.png");
  EXPECT_EQ(rows[2].at("file"), "odd/f\uFFFD.png");
  EXPECT_EQ(rows[2].at("file_base64"), "b2RkL2b/LnBuZw==");
  EXPECT_FALSE(rows[1].contains("file_base64"));
}

TEST_F(FeaturesTest, CompareTakesThem) {
  pictures("buildings", 12, "data/buildings");
  pictures("signs_and_symbols/flags/europe", 12, "data/flags");
  ASSERT_EQ(features("data -o x.npy").exit_code, 0);
  std::string targets = "label\n";
  for (const auto& row : table("x.npy.names.csv")) {
    targets += fs::path(row[0]).parent_path().filename().string() + "\n";
  }
  write_text(dir / "y.csv", targets);
  const Ran ran = run("compare --features x.npy --targets y.csv --folds 3 --quiet");
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("24 pictures"));
}

/// Pages of one TIFF: buildings, then flags.
class PagesTest : public FeaturesTest {
 protected:
  static constexpr int kEach = 12;

  void scans() {
    pictures("buildings", kEach, "in/buildings");
    pictures("signs_and_symbols/flags/europe", kEach, "in/flags");
    if (VIPS_INIT("test") != 0) FAIL();
    std::vector<vips::VImage> pages;
    for (const char* folder : {"in/buildings", "in/flags"}) {
      std::vector<fs::path> files;
      for (const auto& entry : fs::directory_iterator(dir / folder)) files.push_back(entry.path());
      std::sort(files.begin(), files.end());
      for (const fs::path& file : files) {
        pages.push_back(vips::VImage::thumbnail(
                            file.c_str(), 80,
                            vips::VImage::option()->set("height", 80)->set("size", VIPS_SIZE_FORCE))
                            .colourspace(VIPS_INTERPRETATION_sRGB)
                            .flatten(vips::VImage::option()->set("background", 255)));
        if (pages.back().bands() == 3) continue;
        const vips::VImage grey = pages.back().extract_band(0);
        pages.back() = grey.bandjoin(grey).bandjoin(grey);
      }
    }
    vips::VImage all = vips::VImage::arrayjoin(pages, vips::VImage::option()->set("across", 1));
    all = all.copy();
    all.set(VIPS_META_PAGE_HEIGHT, 80);
    all.tiffsave((dir / "scans.tif").c_str());
  }
};

TEST_F(PagesTest, EachHasARowAndANameThatTrainsAModel) {
  scans();
  ASSERT_EQ(features("scans.tif -o x.npy --every-page").exit_code, 0);
  const auto names = table("x.npy.names.csv");
  ASSERT_EQ(names.size(), 2U * kEach);
  EXPECT_EQ(names[0][0], "scans.tif#page=1");
  EXPECT_EQ(names[23][0], "scans.tif#page=24");
  const Rows rows = npy("x.npy");
  ASSERT_EQ(features("'scans.tif#page=20' -o one.npy").exit_code, 0);
  EXPECT_EQ(npy("one.npy").at(0), rows[19]);
  ASSERT_EQ(features("scans.tif -o first.npy --no-cache").exit_code, 0);
  EXPECT_EQ(npy("first.npy"), Rows{rows[0]});

  std::string table_of_pages = "file,label\n";
  for (int page = 1; page <= 2 * kEach; ++page) {
    table_of_pages +=
        "scans.tif#page=" + std::to_string(page) + (page <= kEach ? ",building\n" : ",flag\n");
  }
  write_text(dir / "pages.csv", table_of_pages);
  const Ran trained = run("train pages.csv -o a.oom --background none --folds 3 --size 64 --quiet");
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  const Ran said = run("predict a.oom scans.tif --format csv --out said.csv --quiet");
  ASSERT_EQ(said.exit_code, 0) << said.err;
  auto predicted = table("said.csv");
  ASSERT_EQ(predicted.size(), 2U * kEach);  // a row a page
  int right = 0;
  for (const auto& row : predicted) {
    ASSERT_THAT(row[0], StartsWith("scans.tif#page="));
    const int page = std::stoi(row[0].substr(std::strlen("scans.tif#page=")));
    right += row[1] == (page <= kEach ? "building" : "flag");
  }
  EXPECT_GE(right, 20);
  // What was said trains the next model, and a run that goes on adds nothing.
  EXPECT_EQ(run("inspect said.csv").exit_code, 0);
  const std::string before = read_text(dir / "said.csv");
  ASSERT_EQ(run("predict a.oom scans.tif --format csv --out said.csv --skip-done said.csv --quiet")
                .exit_code,
            0);
  EXPECT_EQ(read_text(dir / "said.csv"), before);
}

}  // namespace
}  // namespace oneormany::cli
