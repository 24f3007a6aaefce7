#include "report/predictions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/done_rows.h"
#include "base/base64.h"
#include "data/data.h"
#include "tests/folder.h"

namespace oneormany::report {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kModel(64, 'c');

app::PredictedRow a_row(const std::string& file, std::vector<int> labels, double score = 0.7) {
  app::PredictedRow row{.file = file};
  row.prediction.labels = std::move(labels);
  row.prediction.best = 1;
  row.prediction.probabilities = Vector{{0.25, 0.5, 0.125}};
  row.prediction.logits = Vector{{-1.1, 0, -2}};
  row.prediction.score = score;
  row.prediction.threshold = 0.5;
  return row;
}

PredictionRows rows(RowFormat format, bool probabilities = false, std::size_t top = 0) {
  return PredictionRows({"a", "b, c", "d|e"}, kModel,
                        {.format = format, .probabilities = probabilities, .top = top});
}

TEST(PredictionRows, CsvIsWhatTrainingReads) {
  const Folder folder;
  const std::string odd = "x \"y\",\nz.png";  // a quote, a comma and a line end in its name
  for (const std::string& name :
       {std::string("1.png"), std::string("2.png"), std::string("3.png"), odd}) {
    write_text(folder / name, "any bytes");
  }
  PredictionRows writer = rows(RowFormat::kCsv, true, 2);
  std::string csv = writer.header();
  csv += writer.row(a_row("1.png", {0}));
  csv += writer.row(a_row("2.png", {1, 2}));
  csv += writer.row(a_row("3.png", {}));
  csv += writer.row(a_row(odd, {1}));
  csv += writer.row({.file = "4.png", .error = "is cut short, it says: \"no\""});
  write_text(folder / "rows.csv", csv);
  EXPECT_THAT(csv, AllOf(StartsWith("file,labels,probability,score,threshold,error,model,top1,"
                                    "top1_probability,top2,top2_probability,p:a,\"p:b, c\",p:d|e\n"
                                    "1.png,a,0.5,0.7,0.5,,cccccccccccc,\"b, c\",0.5,a,0.25,0.25,"
                                    "0.5,0.125\n"),
                         HasSubstr("\n3.png,,0.5,")));
  const data::DataSet data = data::read_data(folder / "rows.csv", {});
  EXPECT_EQ(data.classes, (std::vector<std::string>{"a", "b, c", "d|e"}));
  ASSERT_EQ(data.pictures.size(), 4u);
  EXPECT_TRUE(data.predictions);
  EXPECT_EQ(data.pictures[0].labels, (std::vector<int>{0}));
  EXPECT_EQ(data.pictures[1].labels, (std::vector<int>{1, 2}));
  EXPECT_EQ(data.pictures[2].labels, std::vector<int>());
  EXPECT_EQ(data.pictures[3].file, folder / odd);
  EXPECT_EQ(data.pictures[3].labels, (std::vector<int>{1}));
  EXPECT_THAT(data.notes.at(0), HasSubstr("1 row left out"));
}

TEST(PredictionRows, JsonLinesAreWhatTrainingReadsToo) {
  const Folder folder;
  write_text(folder / "1.png", "any bytes");
  write_text(folder / "2.png", "any bytes");
  PredictionRows writer = rows(RowFormat::kJsonLines, true, 1);
  const std::string lines = writer.row(a_row("1.png", {2})) + writer.row(a_row("2.png", {})) +
                            writer.row({.file = "4.png", .error = "is cut short"});
  write_text(folder / "rows.jsonl", lines);
  const data::DataSet data = data::read_data(folder / "rows.jsonl", {});
  EXPECT_EQ(data.classes, (std::vector<std::string>{"d|e"}));
  ASSERT_EQ(data.pictures.size(), 2u);
  EXPECT_EQ(data.pictures[0].labels, (std::vector<int>{0}));
  EXPECT_EQ(data.pictures[1].labels, std::vector<int>());
}

TEST(PredictionRows, NamesOfAnyBytesKeepTheirIdentity) {
  const std::string name = "caf\xe9.png";
  const nlohmann::json row =
      nlohmann::json::parse(rows(RowFormat::kJsonLines).row(a_row(name, {0})));
  EXPECT_EQ(base::from_base64(row.at("file_base64").get<std::string>()), name);
  const Folder folder;
  PredictionRows writer = rows(RowFormat::kCsv);
  write_text(folder / "rows.csv", writer.header() + writer.row(a_row(name, {0})));
  EXPECT_EQ(app::read_done(folder / "rows.csv", kModel).files.count(name), 1u);
  write_text(folder / "rows.jsonl", rows(RowFormat::kJsonLines).row(a_row(name, {0})));
  EXPECT_EQ(app::read_done(folder / "rows.jsonl", kModel).files.count(name), 1u);
}

TEST(PredictionRows, WhatACutOffFileHolds) {
  const Folder folder;
  PredictionRows writer = rows(RowFormat::kCsv);
  const std::string whole =
      writer.header() + writer.row(a_row("1.png", {0})) + writer.row(a_row("two\nlines.png", {0}));
  const std::size_t after_first = whole.find("\"two");
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    write_text(folder / "rows.csv", whole.substr(0, size));
    const app::DoneRows done = app::read_done(folder / "rows.csv", kModel);
    EXPECT_EQ(done.files.count("1.png"), size >= after_first) << size;
    EXPECT_EQ(done.files.count("two\nlines.png"), size == whole.size()) << size;
    EXPECT_LE(done.bytes, size);
    if (size == whole.size()) {
      EXPECT_EQ(done.bytes, size);
    }
  }
}

TEST(PredictionRows, WhichRowsHaveAnErrorAndWhatStaysWithoutThem) {
  const Folder folder;
  for (const RowFormat format : {RowFormat::kCsv, RowFormat::kJsonLines}) {
    PredictionRows writer = rows(format);
    const std::string header = writer.header();
    const std::string one = writer.row(a_row("1.png", {0})),
                      bad = writer.row({.file = "two\nlines.png", .error = "is cut, \"short\""}),
                      two = writer.row(a_row("2.png", {})),
                      mended = writer.row(a_row("3.png", {0})),
                      of_old = writer.row({.file = "3.png", .error = "No such file"});
    const std::string cut_off = mended.substr(0, mended.size() / 2);
    // Twice, as `cat` puts tables together.
    write_text(folder / "rows",
               header + bad + one + of_old + header + two + mended + bad + cut_off);
    const app::DoneRows done = app::read_done(folder / "rows", kModel);
    EXPECT_THAT(done.files,
                testing::UnorderedElementsAre("1.png", "2.png", "3.png", "two\nlines.png"));
    EXPECT_THAT(done.failed, testing::ElementsAre(testing::Pair("two\nlines.png", bad)));
    EXPECT_EQ(done.without_errors, header + one + two + mended);
    write_text(folder / "rows", header + bad);
    EXPECT_EQ(app::read_done(folder / "rows", kModel).without_errors, header);
    write_text(folder / "rows", header + one);
    EXPECT_FALSE(app::read_done(folder / "rows", kModel).without_errors);
  }
}

TEST(PredictionRows, LabelStudioGetsEachPictureOnce) {
  PredictionRows writer = rows(RowFormat::kLabelStudio);
  EXPECT_EQ(writer.row(a_row("sure.png", {0}, 0.9)), "");
  EXPECT_EQ(writer.row(a_row("unsure.png", {}, 0.49)), "");
  EXPECT_EQ(writer.row({.file = "broken.png", .error = "is cut short"}), "");
  const nlohmann::json tasks = nlohmann::json::parse(writer.footer());
  ASSERT_EQ(tasks.size(), 2u);
  EXPECT_EQ(tasks[0].at("data").at("file"), "unsure.png");
  EXPECT_TRUE(tasks[0].at("predictions")[0].at("result").empty());
  EXPECT_EQ(tasks[1].at("predictions")[0].at("result")[0].at("value").at("choices"),
            nlohmann::json({"a"}));
}

TEST(PredictionRows, TheSummaryCountsWhatCameOut) {
  app::PredictedCounts counts;
  counts.pictures = 1234;
  counts.none = 30;
  counts.failed = 4;
  counts.of_class = {1000, 200, 0};
  counts.reasons = {{"is cut short", 3}, {"No such file", 1}};
  EXPECT_THAT(predictions_summary(counts, {"a", "b", "c"}),
              AllOf(StartsWith("1,234 pictures\n"), HasSubstr("1,000  a\n"), HasSubstr("200  b\n"),
                    HasSubstr("30  none of these\n"), HasSubstr("4  could not be read:\n"),
                    HasSubstr("3 is cut short\n")));
}

TEST(PredictionRows, OfEqualProbabilitiesTheHigherLogitComesFirst) {
  app::PredictedRow row = a_row("1.png", {1});
  row.prediction.probabilities = Vector{{0, 1, 0}};
  row.prediction.logits = Vector{{-9, 7, -8}};
  EXPECT_THAT(rows(RowFormat::kCsv, false, 3).row(row), HasSubstr(",\"b, c\",1,d|e,0,a,0\n"));
}

}  // namespace
}  // namespace oneormany::report
