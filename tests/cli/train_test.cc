// A model from pictures to pictures: train, info, predict, correct, train again; through the real
// program.

#include <gmock/gmock.h>
#include <signal.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "data/csv.h"
#include "tests/cli/clipart.h"

namespace oneormany::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

using Row = std::map<std::string, std::string>;

std::vector<Row> rows_of(const std::string& csv) {
  const data::Csv table = data::parse_csv(csv, ',');
  std::vector<Row> rows;
  for (std::size_t i = 1; i < table.rows.size(); ++i) {
    Row& row = rows.emplace_back();
    for (std::size_t c = 0; c < table.rows[0].cells.size(); ++c) {
      row[table.rows[0].cells[c]] = table.rows[i].cells.at(c);
    }
  }
  return rows;
}

class TrainTest : public ClipartTest {
 protected:
  void data() {
    pictures("buildings", 15, "data/buildings");
    pictures("signs_and_symbols/flags/europe", 20, "data/flags");
    pictures("signs_and_symbols/flags/america", 8, "new");
    pictures("animals", 8, "new");
  }

  Ran train(const std::string& arguments) {
    return run("train " + arguments + " --folds 3 --size 64 --quiet");
  }

  /// data() and its model, a.oom.
  void trained(const std::string& more = "--background none") {
    data();
    const Ran ran = train("data -o a.oom " + more);
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
  }

  std::vector<Row> predicted(const std::string& arguments) {
    const Ran ran = run("predict " + arguments + " --quiet");
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    return rows_of(ran.out);
  }
};

TEST_F(TrainTest, KeepsTheModelThatTheReportRecommends) {
  data();
  const Ran ran = train("data -o a.oom --background none");
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("report: oneormany-report/report.html"),
                             HasSubstr("model: a.oom\n")));
  const json report = json::parse(read_text(dir / "oneormany-report/report.json"));
  const json info = json::parse(run("info a.oom --json").out);
  const json& recommended = report.at("recommended");
  EXPECT_EQ(info.at("model").at("name"), recommended.at("model"));
  EXPECT_EQ(info.at("promise").at("kept"), recommended.at("kept"));
  EXPECT_EQ(info.at("promise").at("related"), recommended.at("related"));
  EXPECT_EQ(info.at("classes"), json({"buildings", "flags"}));
  EXPECT_EQ(info.at("training").at("counts"), json({15, 20}));
}

TEST_F(TrainTest, CompareKeepsItTooAndTheSameDataGiveTheSameBytes) {
  trained();
  const Ran ran =
      run("compare data --save b.oom --background none --folds 3 --size 64 --quiet --json");
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_TRUE(json::accept(ran.out));
  EXPECT_EQ(read_text(dir / "a.oom"), read_text(dir / "b.oom"));
  ASSERT_EQ(train("data -o c.oom --background none --no-cache").exit_code, 0);
  EXPECT_EQ(read_text(dir / "a.oom"), read_text(dir / "c.oom"));
  // Over a model that is there.
  EXPECT_THAT(train("data -o a.oom --background none").out,
              HasSubstr("model: a.oom, in place of the one of 2 classes (buildings, flags)\n"));
  write_text(dir / "c.oom", read_text(dir / "a.oom").substr(0, 5000));
  EXPECT_THAT(train("data -o c.oom --background none").out,
              HasSubstr("model: c.oom, in place of one that could not be read\n"));
  EXPECT_EQ(read_text(dir / "a.oom"), read_text(dir / "c.oom"));
}

TEST_F(TrainTest, AnyModelMayBeAskedFor) {
  data();
  ASSERT_EQ(train("data -o a.oom --background none --model labels").exit_code, 0);
  EXPECT_THAT(run("info a.oom").out, HasSubstr("labels, head linear, loss bce_with_logits"));
  expect_error(train("data -o b.oom --background none --model label"), 2,
               {"no model is called 'label'", "auto, classes, labels"});
  EXPECT_FALSE(fs::exists(dir / "b.oom"));
}

TEST_F(TrainTest, WhatIsWrongIsKnownBeforeTheLongWork) {
  data();
  write_text(dir / "letter.txt", "Dear Ada");
  expect_error(train("data -o letter.txt"), 1, {"letter.txt", "not written by oneormany"});
  EXPECT_EQ(read_text(dir / "letter.txt"), "Dear Ada");
  expect_error(train("data -o no/where/a.oom"), 1, {"no/where/a.oom", "No such file"});
  expect_error(run("compare data --save letter.txt --quiet"), 1,
               {"letter.txt", "not written by oneormany"});
  EXPECT_EQ(read_text(dir / "letter.txt"), "Dear Ada");
  expect_error(train("data"), 2, {"-o is required (see oneormany train --help)"});
  expect_error(train("-o a.oom"), 2,
               {"DATA is required: a folder or a table of pictures (see oneormany train --help)"});
  expect_error(run("compare --features x.npy --targets y.npy --save a.oom"), 2,
               {"a model reads pictures"});
}

TEST_F(TrainTest, InfoAndItsCardTellWhatItIs) {
  trained();
  EXPECT_THAT(
      run("info a.oom").out,
      AllOf(HasSubstr("2 classes: buildings (15), flags (20)"), HasSubstr("accuracy"),
            HasSubstr("is its highest probability."), HasSubstr("correct predictions accepted"),
            HasSubstr("35 pictures of data"), HasSubstr("efficientnet-lite0, 64 pixels, f32")));
  EXPECT_THAT(run("info a.oom --card").out,
              AllOf(StartsWith("---\n"), HasSubstr("# buildings, flags\n"),
                    HasSubstr("## What to expect"), HasSubstr("| accuracy |")));
  expect_error(run("info data"), 1, {"data: is a folder"});
}

TEST_F(TrainTest, PredictsARowForEachPicture) {
  trained();
  const std::vector<Row> rows = predicted("a.oom new data/buildings --probabilities --top 1");
  ASSERT_EQ(rows.size(), 16u + 15u);
  std::set<std::string> files;
  const json info = json::parse(run("info a.oom --json").out);
  for (const Row& row : rows) {
    files.insert(row.at("file"));
    EXPECT_TRUE(fs::exists(dir / row.at("file")));
    EXPECT_EQ(row.at("error"), "");
    const double score = std::stod(row.at("score")), threshold = std::stod(row.at("threshold"));
    EXPECT_EQ(row.at("labels"), score >= threshold ? row.at("top1") : "") << row.at("file");
    EXPECT_EQ(row.at("probability"), row.at("top1_probability"));
    EXPECT_EQ(row.at("probability"), row.at("p:" + row.at("top1")));
    EXPECT_THAT(info.at("sha256").get<std::string>(), StartsWith(row.at("model")));
  }
  EXPECT_EQ(files.size(), rows.size());
  const auto of_buildings = std::count_if(rows.begin(), rows.end(), [](const Row& row) {
    return row.at("file").starts_with("data/buildings") && row.at("labels") == "buildings";
  });
  EXPECT_GE(of_buildings, 12);  // it was trained on them
}

TEST_F(TrainTest, PicturesComeFromFoldersFilesPatternsTablesAndStandardInput) {
  trained();
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(dir / "new")) {
    names.insert("new/" + entry.path().filename().string());
  }
  const auto files_of = [&](const std::string& sources) {
    std::multiset<std::string> files;
    const Ran ran = run_shell(sources);
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    for (const Row& row : rows_of(ran.out)) files.insert(row.at("file"));
    return files;
  };
  const std::multiset<std::string> all(names.begin(), names.end());
  const std::string predict = "'" ONEORMANY_PROGRAM "' predict a.oom --quiet ";
  EXPECT_EQ(files_of(predict + "new"), all);
  EXPECT_EQ(files_of(predict + "new/*"), all);
  EXPECT_EQ(files_of(predict + "'new/*.png'"), all);
  EXPECT_EQ(files_of("ls -d new/* | " + predict + "-"), all);
  EXPECT_EQ(files_of("find new -name '*.png' -print0 | " + predict + "-"), all);
  std::string table = "name,image\n";
  for (const std::string& name : names) table += "x," + name + "\n";
  write_text(dir / "list.csv", table);
  EXPECT_EQ(files_of(predict + "list.csv"), all);
  const auto parts = [&](int k) {
    return files_of(predict + "new --shard " + std::to_string(k) + "/3");
  };
  std::multiset<std::string> together;
  for (int k = 1; k <= 3; ++k) together.merge(parts(k));
  EXPECT_EQ(together, all);
  expect_error(run("predict a.oom nowhere"), 1, {"nowhere", "doesn't exist"});
  expect_error(run("predict a.oom new --shard 4/3"), 2, {"4/3"});
  expect_error(run("predict a.oom - -"), 2, {"standard input"});
}

TEST_F(TrainTest, WhatCannotBeLookedAtInAFolderIsAFailure) {
  trained();
  fs::create_symlink("gone.png", dir / "new/link.png");
  for (const char* command : {"predict a.oom new --out rows.csv", "features new -o x.npy"}) {
    const Ran ran = run(command);
    EXPECT_EQ(ran.exit_code, 3) << command;
    EXPECT_THAT(ran.out + ran.err,
                HasSubstr("\nleft out: new/link.png: a link that leads nowhere\n"));
  }
  EXPECT_EQ(rows_of(read_text(dir / "rows.csv")).size(), 16u);
}

// Rows are made in blocks, but whoever waits for one before it names the next picture gets it; and
// they are the same, to the last digit, however the pictures come together.
TEST_F(TrainTest, WhoeverNamesPicturesOneByOneGetsARowForEach) {
  trained();
  const auto sorted = [](const std::string& text) {
    std::istringstream lines(text);
    std::set<std::string> rows;
    for (std::string line; std::getline(lines, line);) rows.insert(line);
    return rows;
  };
  const std::string predict = "'" ONEORMANY_PROGRAM "' predict a.oom - --format csv --quiet";
  write_text(dir / "one_by_one.sh", "coproc " + predict + R"(
    answer() { read -t 60 -ru ${COPROC[0]} row && echo "$row" || exit 8; }
    first=yes
    for file in new/*.png; do
      echo $file >&${COPROC[1]}
      [ $first ] && answer && first=
      answer
    done)");
  const Ran one_by_one = run_shell("bash one_by_one.sh");
  ASSERT_EQ(one_by_one.exit_code, 0) << one_by_one.err;
  const Ran together = run_shell("ls new/*.png | " + predict);
  EXPECT_EQ(sorted(together.out).size(), 17u);
  EXPECT_EQ(sorted(one_by_one.out), sorted(together.out));
}

TEST_F(TrainTest, NoneOfTheseAndAFailureAreNeverTheSame) {
  trained();
  write_text(dir / "new/broken.jpg", "not a picture");
  write_text(dir / "new/list.txt", "no picture by its name");
  const Ran ran = run("predict a.oom new");
  EXPECT_EQ(ran.exit_code, 3);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("17 pictures"), HasSubstr("1  could not be read"),
                             HasSubstr("\nleft out: 1 file whose name is of no picture\n")));
  for (const Row& row : rows_of(ran.out)) {
    const bool failed = row.at("file") == "new/broken.jpg";
    EXPECT_EQ(row.at("error").empty(), !failed);
    EXPECT_EQ(row.at("score").empty(), failed);
    EXPECT_EQ(row.at("probability").empty(), failed);
    if (failed) {
      EXPECT_EQ(row.at("labels"), "");
    }
  }
  EXPECT_EQ(run("predict a.oom new --failures-ok").exit_code, 0);
  const Ran lines = run_shell("echo gone.png | '" ONEORMANY_PROGRAM
                              "' predict a.oom - --format jsonl --failures-ok --quiet");
  const json row = json::parse(lines.out);
  EXPECT_THAT(row.at("error").get<std::string>(), HasSubstr("No such file"));
  EXPECT_TRUE(row.at("score").is_null());
  EXPECT_EQ(row.at("labels"), json::array());
}

TEST_F(TrainTest, JsonLinesSayWhichFormatAndModel) {
  trained();
  std::istringstream lines(run("predict a.oom new --format jsonl --top 2 --quiet").out);
  const json info = json::parse(run("info a.oom --json").out);
  std::size_t n = 0;
  for (std::string line; std::getline(lines, line); ++n) {
    const json row = json::parse(line);
    EXPECT_EQ(row.at("format"), "oneormany-predictions-1");
    EXPECT_EQ(row.at("model"), info.at("sha256"));
    EXPECT_EQ(row.at("top").size(), 2u);
    EXPECT_TRUE(row.at("error").is_null());
  }
  EXPECT_EQ(n, 16u);
}

TEST_F(TrainTest, LabelStudioGetsTheLeastCertainFirst) {
  trained();
  const json tasks = json::parse(run("predict a.oom new --format label-studio --quiet").out);
  ASSERT_EQ(tasks.size(), 16u);
  std::map<std::string, double> distance;
  for (const Row& row : predicted("a.oom new")) {
    distance[row.at("file")] =
        std::abs(std::stod(row.at("score")) - std::stod(row.at("threshold")));
  }
  double last = 0;
  for (const json& task : tasks) {
    const double here = distance.at(task.at("data").at("file"));
    EXPECT_GE(here, last - 1e-5);
    last = here;
    EXPECT_EQ(task.at("predictions").size(), 1u);
  }
}

TEST_F(TrainTest, GoesOnWhereItWasStopped) {
  trained();
  const std::string whole = run("predict a.oom new --quiet").out;
  const std::vector<Row> all = rows_of(whole);
  // Cut off in the middle of a row.
  write_text(dir / "out.csv", whole.substr(0, whole.size() / 2));
  const Ran ran = run("predict a.oom new --out out.csv --skip-done out.csv");
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("done before"));
  const auto sorted = [](std::vector<Row> rows) {
    std::sort(rows.begin(), rows.end());
    return rows;
  };
  EXPECT_EQ(sorted(rows_of(read_text(dir / "out.csv"))), sorted(all));
  // Again: nothing is left to do. By the shell's own means, too.
  const std::string done = read_text(dir / "out.csv");
  write_text(dir / "out2.csv", whole.substr(0, whole.size() / 3));
  EXPECT_EQ(run("predict a.oom new --out out.csv --skip-done out.csv").exit_code, 0);
  EXPECT_EQ(read_text(dir / "out.csv"), done);
  run_shell("'" ONEORMANY_PROGRAM "' predict a.oom new --skip-done out2.csv --quiet >> out2.csv");
  EXPECT_EQ(sorted(rows_of(read_text(dir / "out2.csv"))), sorted(all));
  // Nor is anything lost that another run wrote.
  expect_error(run("predict a.oom new --out out.csv"), 1, {"out.csv", "--skip-done"});
  EXPECT_EQ(read_text(dir / "out.csv"), done);
  ASSERT_EQ(train("data -o b.oom --background none --model labels").exit_code, 0);
  expect_error(run("predict b.oom new --out out.csv --skip-done out.csv"), 1,
               {"out.csv", "another model"});
  EXPECT_EQ(read_text(dir / "out.csv"), done);
}

TEST_F(TrainTest, PicturesThatFailedAreTriedAgainIfAsked) {
  trained();
  const fs::path pages = fs::path(TEST_DATA) / "pictures/several.tif";
  const std::string whole_scan = read_text(pages);
  write_text(dir / "new/broken.jpg", "not a picture");
  write_text(dir / "new/scan.tif", whole_scan.substr(0, 6));
  for (const std::string format : {"csv", "jsonl"}) {
    const std::string out = "out." + format;
    const std::string predict =
        "predict a.oom new --format " + format + " --out " + out + " --skip-done " + out;
    const auto files = [&] {
      std::multiset<std::string> names;
      std::istringstream lines(read_text(dir / out));
      for (std::string line; std::getline(lines, line);) {
        if (format == "jsonl") names.insert(json::parse(line).at("file").get<std::string>());
        if (format == "csv") names.insert(line.substr(0, line.find(',')));
      }
      names.erase("file");
      return names;
    };
    EXPECT_EQ(run(predict).exit_code, 3);
    const std::multiset<std::string> all = files();
    EXPECT_EQ(all.size(), 18u);
    // Not by itself; that some are missing stays known.
    const std::string before = read_text(dir / out);
    const Ran again = run(predict + " --link-to sorted-" + format);
    EXPECT_EQ(again.exit_code, 3);
    EXPECT_THAT(again.err,
                HasSubstr("2 pictures failed before: --retry-failed tries them again\n"));
    EXPECT_EQ(run(predict + " --failures-ok").exit_code, 0);
    EXPECT_EQ(read_text(dir / out), before);
    expect_error(run_shell("'" ONEORMANY_PROGRAM "' predict a.oom new --format " + format +
                           " --retry-failed --skip-done " + out + " >> " + out),
                 2, {"--retry-failed", "--out"});
    EXPECT_EQ(read_text(dir / out), before);
    // One was mended, and has several pages.
    write_text(dir / "new/scan.tif", whole_scan);
    EXPECT_EQ(run(predict + " --retry-failed").exit_code, 3);
    std::multiset<std::string> mended = all;
    mended.erase("new/scan.tif");
    for (const char* page : {"1", "2", "3", "4"}) {
      mended.insert(std::string("new/scan.tif#page=") + page);
    }
    EXPECT_EQ(files(), mended);
    // What the sources don't name stays failed, and sources that aren't there change nothing.
    const std::string one_failed = read_text(dir / out);
    const std::string others = " --format " + format + " --retry-failed --skip-done " + out;
    expect_error(run("predict a.oom nowhere --out " + out + others), 1, {"nowhere"});
    EXPECT_EQ(read_text(dir / out), one_failed);
    const Ran elsewhere = run("predict a.oom data/flags --out " + out + others);
    EXPECT_EQ(elsewhere.exit_code, 3);
    EXPECT_THAT(elsewhere.err, HasSubstr("1 picture failed before"));
    std::multiset<std::string> more = mended;
    for (const auto& entry : fs::directory_iterator(dir / "data/flags")) {
      more.insert("data/flags/" + entry.path().filename().string());
    }
    EXPECT_EQ(files(), more);
    // Nothing else is touched: another file gets what was missing in this one.
    const std::string rest = "predict a.oom new --format " + format +
                             " --retry-failed --out rest." + format + " --skip-done " + out;
    const std::string old = read_text(dir / out);
    EXPECT_EQ(run(rest).exit_code, 3);
    EXPECT_EQ(read_text(dir / out), old);
    EXPECT_THAT(read_text(dir / ("rest." + format)), HasSubstr("new/broken.jpg"));
    write_text(dir / "new/scan.tif", whole_scan.substr(0, 6));
  }
  expect_error(run("predict a.oom new --retry-failed"), 2, {"--retry-failed", "--skip-done"});
}

TEST_F(TrainTest, ASinglePageIsTriedAgain) {
  trained();
  fs::create_directories(dir / "pages");
  fs::copy(fs::path(TEST_DATA) / "pictures/several.tif", dir / "pages/scan.tif");
  std::istringstream lines(run("predict a.oom pages --quiet").out);
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    const std::string model = line.substr(line.rfind(',') + 1);
    const bool fails = line.starts_with("pages/scan.tif#page=2,");
    text += (fails ? "pages/scan.tif#page=2,,,,,\"cut, off\"," + model : line) + "\n";
  }
  write_text(dir / "out.csv", text);
  EXPECT_EQ(run("predict a.oom pages --out out.csv --skip-done out.csv").exit_code, 3);
  EXPECT_EQ(read_text(dir / "out.csv"), text);
  const Ran ran = run("predict a.oom pages --out out.csv --skip-done out.csv --retry-failed");
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  std::multiset<std::string> files;
  for (const Row& row : rows_of(read_text(dir / "out.csv"))) {
    files.insert(row.at("file"));
    EXPECT_EQ(row.at("error"), "");
  }
  EXPECT_THAT(files, ElementsAre("pages/scan.tif#page=1", "pages/scan.tif#page=2",
                                 "pages/scan.tif#page=3", "pages/scan.tif#page=4"));
}

TEST_F(TrainTest, AFailedRunLeavesNoEmptyFileOfRows) {
  trained();
  expect_error(run("predict a.oom nowhere --out rows.csv"), 1, {"nowhere"});
  EXPECT_FALSE(fs::exists(dir / "rows.csv"));
  expect_error(run("predict a.oom new --out no/rows.csv"), 1,
               {"no/rows.csv", "No such file or directory: make its folder first"});
  // One that was there before is somebody's; one that has nothing to say is the result.
  write_text(dir / "mine.csv", "");
  expect_error(run("predict a.oom nowhere --out mine.csv"), 1, {"nowhere"});
  EXPECT_TRUE(fs::exists(dir / "mine.csv"));
  EXPECT_EQ(run("predict a.oom - --format jsonl --out none.jsonl --quiet").exit_code, 0);
  EXPECT_TRUE(fs::exists(dir / "none.jsonl"));
}

TEST_F(TrainTest, TablesOfSeveralRunsAreOneTable) {
  trained();
  ASSERT_EQ(run("predict a.oom new --shard 1/2 --out 1.csv --quiet").exit_code, 0);
  ASSERT_EQ(run("predict a.oom new --shard 2/2 --out 2.csv --quiet").exit_code, 0);
  run_shell("cp 1.csv all.csv; cat 2.csv >> all.csv");
  const std::string all = read_text(dir / "all.csv");
  EXPECT_EQ(run("predict a.oom new --out all.csv --skip-done all.csv --quiet").exit_code, 0);
  EXPECT_EQ(read_text(dir / "all.csv"), all);
  const Ran ran = train("data all.csv -o b.oom --background none");
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
}

TEST_F(TrainTest, ACorrectedTableTrainsTheNextModel) {
  trained();
  std::vector<Row> rows = predicted("a.oom new");
  std::string table = "file,labels,probability,score,threshold,error,model\n";
  std::size_t flags = 0, none = 0;
  for (const Row& row : rows) {
    const bool is_flag =
        fs::read_symlink(dir / row.at("file")).string().find("flags") != std::string::npos;
    (is_flag ? flags : none) += 1;
    table += row.at("file") + (is_flag ? ",flags," : ",,") + row.at("probability") + "," +
             row.at("score") + "," + row.at("threshold") + ",," + row.at("model") + "\n";
  }
  write_text(dir / "elsewhere/corrected.csv", table + "new/gone.png,,,,,could not be read,x\n");
  const Ran ran = train("data elsewhere/corrected.csv -o b.oom --background none --out report");
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const json report = json::parse(read_text(dir / "report/report.json"));
  EXPECT_EQ(report.at("data").at("pictures"), 35 + flags);
  EXPECT_EQ(report.at("data").at("background"), none);
  EXPECT_THAT(report.at("notes").dump(),
              AllOf(HasSubstr("are none of these, by what you give"), HasSubstr("1 row left out")));
  // What is said last counts.
  write_text(dir / "last.csv",
             "file,label\ndata/flags/" +
                 fs::directory_iterator(dir / "data/flags")->path().filename().string() +
                 ",buildings\n");
  ASSERT_EQ(train("data last.csv -o c.oom --background none --force").exit_code, 0);
  EXPECT_EQ(json::parse(run("info c.oom --json").out).at("training").at("counts"), json({16, 19}));
}

// Whatever columns are left of a table of corrections.
TEST_F(TrainTest, ATableBehindTheFoldersMaySayThatAPictureIsNoneOfTheClasses) {
  data();
  std::string table = "file,labels\n";
  for (const auto& entry : fs::directory_iterator(dir / "new")) {
    table += "new/" + entry.path().filename().string() + ",\n";
  }
  write_text(dir / "corrected.csv", table);
  ASSERT_EQ(train("data corrected.csv -o a.oom --background none").exit_code, 0);
  const json info = json::parse(run("info a.oom --json").out);
  EXPECT_EQ(info.at("problem"), "one class");
  EXPECT_EQ(info.at("training").at("unlabelled"), 16);
}

TEST_F(TrainTest, ADamagedModelAndOneOfOtherWeightsAreRefused) {
  trained();
  std::string bytes = read_text(dir / "a.oom");
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_text(dir / "bad.oom", bytes);
  expect_error(run("predict bad.oom new"), 1, {"bad.oom: is damaged", "SHA-256"});
  write_text(dir / "other.pth", "no weights");
  expect_error(run("predict a.oom new --backbone other.pth"), 1, {"other.pth", "looked at"});
}

TEST_F(TrainTest, EvaluateMeasuresTheModelsOwnThresholds) {
  trained();
  pictures("signs_and_symbols/flags/america", 9, "later/flags");
  fs::copy(dir / "data/buildings", dir / "later/buildings");  // it was trained on these
  pictures("transportation", 4, "later/cars");
  pictures("animals", 12, "others");
  const Ran ran = run("evaluate a.oom later --unseen others --quiet");
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("a.oom: "), HasSubstr("promised: ")));
  const json report = json::parse(read_text(dir / "oneormany-report/report.json"));
  EXPECT_EQ(report.at("data").at("pictures"), 9);
  EXPECT_THAT(report.at("notes").dump(),
              AllOf(HasSubstr("15 pictures left out: the model was trained"),
                    HasSubstr("4 pictures left out, of classes")));
  // The same by hand, from predictions.
  const json info = json::parse(run("info a.oom --json").out);
  EXPECT_EQ(report.at("recommended").at("threshold").at("value"),
            info.at("rule").at("thresholds").at(0));
  double right = 0, kept = 0, labelled = 0;
  for (const Row& row : predicted("a.oom later/flags --top 1")) {
    right += row.at("top1") == "flags";
    kept += row.at("labels") == "flags";
  }
  const std::vector<Row> others = predicted("a.oom others");
  for (const Row& row : others) labelled += !row.at("labels").empty();
  const json& recommended = report.at("recommended");
  EXPECT_NEAR(recommended.at("kept").at("value").get<double>(), kept / right, 1e-9);
  EXPECT_NEAR(recommended.at("unseen").at("value").get<double>(), labelled / 12, 1e-9);
  EXPECT_NEAR(report.at("models")[0].at("in_domain").at("accuracy").get<double>(), right / 9, 1e-9);
  expect_error(run("evaluate a.oom data"), 1, {"data: no picture is left"});
}

TEST_F(TrainTest, PicturesAreLinkedAndGetKeywordsByTheirLabels) {
  trained();
  write_text(dir / "new/broken.jpg", "not a picture");
  const Ran ran = run("predict a.oom new --link-to sorted --xmp");
  EXPECT_EQ(ran.exit_code, 3) << ran.err;
  for (const Row& row : rows_of(ran.out)) {
    const fs::path name = fs::path(row.at("file")).filename();
    const std::string label = row.at("labels").empty() ? "none of these" : row.at("labels");
    const bool failed = !row.at("error").empty();
    const fs::path link = dir / "sorted" / label / name;
    EXPECT_EQ(fs::is_symlink(link), !failed) << link;
    if (!failed) {
      EXPECT_TRUE(fs::equivalent(link, dir / row.at("file")));
    }
    const std::string sidecar = read_text(dir / (row.at("file") + ".xmp"));
    EXPECT_EQ(sidecar.find("<rdf:li>" + row.at("labels") + "</rdf:li>") != std::string::npos,
              !row.at("labels").empty());
  }
  EXPECT_EQ(run("predict a.oom new/*.png --link-to sorted --xmp --quiet").exit_code, 0);  // again
  const auto copies = fs::recursive_directory_iterator(dir / "sorted");
  EXPECT_TRUE(std::none_of(begin(copies), end(copies), [](const auto& entry) {
    return entry.path().string().find("(2)") != std::string::npos;
  }));
  expect_error(run("predict a.oom new --link-to a --move-to b"), 2, {"--move-to", "--link-to"});
}

TEST_F(TrainTest, EachPageIsARowAndTrainsTheNextModel) {
  trained();
  fs::create_directories(dir / "pages");
  fs::copy(fs::path(TEST_DATA) / "pictures/several.pdf", dir / "pages/several.pdf");
  const std::vector<Row> rows = predicted("a.oom pages --link-to sorted");
  ASSERT_EQ(rows.size(), 3u);
  std::string table = "file,label\n";
  std::set<std::string> files;
  for (const Row& row : rows) {
    files.insert(row.at("file"));
    table += row.at("file") + ",flags\n";
  }
  EXPECT_THAT(files, ElementsAre("pages/several.pdf#page=1", "pages/several.pdf#page=2",
                                 "pages/several.pdf#page=3"));
  EXPECT_TRUE(fs::is_empty(dir / "sorted"));
  write_text(dir / "pages.csv", table);
  ASSERT_EQ(train("data pages.csv -o b.oom --background none").exit_code, 0);
  EXPECT_EQ(json::parse(run("info b.oom --json").out).at("training").at("counts"), json({15, 23}));
}

TEST_F(TrainTest, WhatSaysNoneIsNoClassAndASlipIsSaid) {
  trained();
  // The folder that --move-to makes.
  fs::rename(dir / "new", dir / "inbox");
  ASSERT_EQ(run("predict a.oom inbox --link-to sorted --quiet").exit_code, 0);
  pictures("tools", 6, "sorted/none of these");
  ASSERT_EQ(train("data sorted -o b.oom --background none").exit_code, 0);
  const json info = json::parse(run("info b.oom --json").out);
  EXPECT_EQ(info.at("classes"), json({"buildings", "flags"}));
  EXPECT_GE(info.at("training").at("unlabelled"), 6);
  // Moved, corrected by moving, trained again.
  fs::create_directories(dir / "post");
  for (const auto& entry : fs::directory_iterator(dir / "inbox")) {
    fs::copy_file(fs::canonical(entry.path()), dir / "post" / entry.path().filename());
  }
  ASSERT_EQ(run("predict a.oom post --move-to moved --out moved.csv --quiet").exit_code, 0);
  expect_error(train("data moved.csv -o d.oom --background none"), 1,
               {"moved.csv, line 2", "doesn't exist", "--move-to"});
  std::size_t buildings = 0, flags = 0;
  for (const Row& row : rows_of(read_text(dir / "moved.csv"))) {
    const std::string label = row.at("labels").empty() ? "none of these" : row.at("labels");
    const fs::path name = fs::path(row.at("file")).filename();
    ASSERT_TRUE(fs::exists(dir / "moved" / label / name)) << label;
    const bool is_flag =
        fs::read_symlink(dir / "inbox" / name).string().find("flags") != std::string::npos;
    const char* right = is_flag ? "flags" : "buildings";  // or so people say
    (is_flag ? flags : buildings) += 1;
    fs::create_directories(dir / "moved" / right);
    fs::rename(dir / "moved" / label / name, dir / "moved" / right / name);
  }
  ASSERT_EQ(train("data moved -o d.oom --background none").exit_code, 0);
  EXPECT_EQ(json::parse(run("info d.oom --json").out).at("training").at("counts"),
            json({15 + buildings, 20 + flags}));
  const std::string header = "file,labels,probability,score,threshold,error,model\n";
  const std::string flag = fs::directory_iterator(dir / "data/flags")->path().filename().string();
  const std::string row = "data/flags/" + flag + ",";
  write_text(dir / "said.csv", header + row + "None,1,1,0.5,,abc\n");
  ASSERT_EQ(train("data said.csv -o c.oom --background none").exit_code, 0);
  EXPECT_EQ(json::parse(run("info c.oom --json").out).at("training").at("counts"), json({15, 19}));
  write_text(dir / "slip.csv", header + row + "Flags,1,1,0.5,,abc\n");
  expect_error(train("data slip.csv -o d.oom --background none"), 1,
               {"slip.csv", flag, "'Flags'", "did you mean flags"});
}

TEST_F(TrainTest, SeveralLabelsAPicture) {
  std::string table = "file,labels\n";
  std::size_t i = 0;
  for (const fs::path& file : pictures("buildings", 14, "p")) {
    table += file.string() + (i++ % 3 == 0 ? ",\"building|old\"\n" : ",building\n");
  }
  for (const fs::path& file : pictures("signs_and_symbols/flags/europe", 14, "p")) {
    table += file.string() + (i++ % 3 == 0 ? ",\n" : ",\"flag|old\"\n");
  }
  write_text(dir / "tags.csv", table);
  const Ran ran = train("tags.csv -o tags.oom --background none");
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const std::string csv = run("predict tags.oom p --probabilities --quiet").out;
  const std::vector<Row> rows = rows_of(csv);
  ASSERT_EQ(rows.size(), 28u);
  const auto has = [&](const char* labels) {
    return std::any_of(rows.begin(), rows.end(),
                       [&](const Row& row) { return row.at("labels") == labels; });
  };
  EXPECT_TRUE(has("flag|old"));
  EXPECT_TRUE(has("building|old")) << csv;
  // By folders, too.
  fs::create_directories(dir / "post");
  for (const auto& entry : fs::directory_iterator(dir / "p")) {
    fs::copy_file(fs::canonical(entry.path()), dir / "post" / entry.path().filename());
  }
  ASSERT_EQ(run("predict tags.oom post --move-to sorted --quiet").exit_code, 0);
  EXPECT_FALSE(fs::is_empty(dir / "sorted/building + old"));
  const Ran again = train("tags.csv sorted -o again.oom --background none --out again");
  ASSERT_EQ(again.exit_code, 0) << again.err;
  const json info = json::parse(run("info again.oom --json").out);
  EXPECT_EQ(info.at("classes"), json({"building", "flag", "old"}));
  EXPECT_EQ(info.at("training").at("pictures"), 56);
}

}  // namespace
}  // namespace oneormany::cli
