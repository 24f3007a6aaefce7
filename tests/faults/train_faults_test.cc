// `train` leaves the old model or the whole new one, and the old reports or the new ones.

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

#include "tests/faults/faults.h"

namespace oneormany {
namespace {

namespace fs = std::filesystem;

class TrainFaults : public ModelFaults {
 protected:
  static constexpr const char* kNewModel =
      "train data --background none --folds 3 --size 32 --quiet -o out/a.oom --out out/report";

  struct State {
    std::string model, json, html;  ///< the reports without the time that the work took
    bool operator==(const State&) const = default;
  };

  void SetUp() override {
    write_data();
    fs::create_directory(dir / "out");
    old_files_ = files_of(std::string(kNewModel) + " --model labels");
    old_ = state();
    new_files_ = files_of(kNewModel);
    new_ = state();
    ASSERT_NE(old_.model, new_.model);
    ASSERT_NE(old_.json, new_.json);
  }

  static constexpr const char* kNames[] = {"a.oom", "report/report.json", "report/report.html"};

  std::vector<std::string> files_of(const std::string& command) const {
    const Ran ran = run(command);
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    std::vector<std::string> texts;
    for (const char* name : kNames) texts.push_back(read_text(dir / "out" / name));
    return texts;
  }

  void begin_again() const {
    fs::remove_all(dir / "out");
    for (std::size_t i = 0; i < std::size(kNames); ++i) {
      write_text(dir / "out" / kNames[i], old_files_[i]);
    }
  }

  State state() const {
    return {read_text(dir / "out/a.oom"),
            without(read_text(dir / "out/report/report.json"), "\"seconds\": {", "}"),
            without(read_text(dir / "out/report/report.html"), "Made by oneormany ", " s.")};
  }

  static std::string without(std::string text, const std::string& from, const std::string& to) {
    const std::size_t start = text.find(from), end = text.find(to, start);
    EXPECT_NE(end, std::string::npos) << text.size();
    return end == std::string::npos ? text : text.erase(start, end - start);
  }

  State expect_whole_files(const std::string& where) const {
    const State now = state();
    EXPECT_TRUE(now.model == old_.model || now.model == new_.model) << where;
    EXPECT_TRUE(now.json == old_.json || now.json == new_.json) << where;
    EXPECT_TRUE(now.html == old_.html || now.html == new_.html) << where;
    return now;
  }

  void expect_recovery() const {
    const Ran ran = run(kNewModel);
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_TRUE(state() == new_);
    EXPECT_EQ(names_in(dir / "out"), (std::set<std::string>{"a.oom", "report"}));
    EXPECT_EQ(names_in(dir / "out/report"), (std::set<std::string>{"report.html", "report.json"}));
  }

  std::vector<std::string> old_files_, new_files_;
  State old_, new_;
};

TEST_F(TrainFaults, AFaultOfAnyCallLeavesTheOldModelOrTheWholeNewOne) {
  begin_again();
  const auto all = calls(dir / "out", kNewModel);
  EXPECT_TRUE(state() == new_);
  for (std::size_t at = 1; at <= all.size(); ++at) {
    for (const std::string fault : {"kill", at % 2 == 0 ? "ENOSPC" : "EIO"}) {
      begin_again();
      const Ran ran = run_with(fault, static_cast<long>(at), dir / "out", kNewModel);
      const std::string where = fault + " at " + all[at - 1];
      const State now = expect_whole_files(where);
      if (fault == "kill") {
        EXPECT_EQ(ran.exit_code, kKilled) << where;
        continue;
      }
      EXPECT_EQ(now == new_, ran.exit_code == 0) << where;
      if (ran.exit_code == 0) continue;
      EXPECT_EQ(ran.exit_code, 1) << where;
      EXPECT_THAT(ran.err, testing::StartsWith("oneormany: out/")) << where;
      // A model and a report that can't be written are a line each.
      EXPECT_LE(std::count(ran.err.begin(), ran.err.end(), '\n'), 2) << ran.err;
      EXPECT_EQ(now.model == new_.model, ran.err.find("out/a.oom: ") == std::string::npos) << where;
      EXPECT_EQ(names_in(dir / "out"), (std::set<std::string>{"a.oom", "report"})) << where;
    }
  }
  expect_recovery();
}

TEST_F(TrainFaults, AKillAtAnyMomentLeavesWholeFilesAndNothingOnceItIsRunAgain) {
  const auto start = std::chrono::steady_clock::now();
  begin_again();
  ASSERT_EQ(run(kNewModel).exit_code, 0);
  const std::chrono::duration<double> long_enough = std::chrono::steady_clock::now() - start;
  std::mt19937 random(5);
  for (int round = 0; round < 12; ++round) {
    begin_again();
    if (round % 4 == 0) fs::remove_all(dir / "cache");
    kill_after(long_enough * (static_cast<double>(random() % 1000) / 1000),
               {"train", "data", "--background", "none", "--folds", "3", "--size", "32", "--quiet",
                "-o", "out/a.oom", "--out", "out/report"});
    expect_whole_files("round " + std::to_string(round));
    if (round % 4 == 3) expect_recovery();
  }
}

}  // namespace
}  // namespace oneormany
