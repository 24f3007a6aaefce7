// Questions about unsorted pictures and answers to them, on real pictures, through the real
// program.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/cli/clipart.h"

namespace oneormany::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

class AskTest : public ClipartTest {
 protected:
  /// Two classes, and a pile of 20 tools and 12 more of the classes.
  void SetUp() override {
    for (const char* one : {"buildings", "food"}) {
      const auto links = pictures(one, 18, fs::path("data") / one);
      fs::create_directories(dir / "pile");
      for (std::size_t i = 12; i < 18; ++i) {
        const std::string name = "more-" + links[i].filename().string();
        fs::rename(dir / links[i], dir / "pile" / name);
        class_of_[name] = one;
      }
    }
    pictures("tools", 20, "pile");
  }

  Ran compare(const std::string& arguments) {
    return run("compare data --background none --folds 3 --size 64 --quiet " + arguments);
  }

  /// Of each file of a table its first cells.
  std::vector<std::string> files(const fs::path& table) const {
    std::vector<std::string> found;
    std::istringstream lines(read_text(dir / table));
    std::string line;
    std::getline(lines, line);
    EXPECT_EQ(line, "file,label,predicted,probability,stratum,stands_for");
    while (std::getline(lines, line)) found.push_back(line.substr(0, line.find(',')));
    return found;
  }

  /// Answers all but every `open`th by what the pictures are.
  void answer(const fs::path& table, std::size_t open = 1000) const {
    std::istringstream lines(read_text(dir / table));
    std::string line, filled;
    for (std::size_t i = 0; std::getline(lines, line); ++i) {
      const std::size_t comma = line.find(",,");
      if (i > 0 && i % open != 0) {
        const auto found = class_of_.find(fs::path(line.substr(0, comma)).filename().string());
        line.insert(comma + 1, found == class_of_.end() ? "none" : found->second);
      }
      filled += line + "\n";
    }
    write_text(dir / table, filled);
  }

  std::map<std::string, std::string> class_of_;
};

TEST_F(AskTest, AnswersTellWhatThePileIs) {
  const Ran asked = compare("--unlabelled pile --ask 20 --out report");
  ASSERT_EQ(asked.exit_code, 0) << asked.err;
  EXPECT_THAT(asked.out, AllOf(HasSubstr("Pictures to answer about"),
                               HasSubstr("to fill in: report/ask.csv")));
  const std::vector<std::string> names = files("report/ask.csv");
  EXPECT_EQ(std::set(names.begin(), names.end()).size(), 20u);
  for (const std::string& name : names) EXPECT_TRUE(fs::exists(dir / "report" / name)) << name;
  const json first = json::parse(read_text(dir / "report/report.json"));
  EXPECT_EQ(first.at("asked").size(), 20u);
  EXPECT_TRUE(first.at("answers").is_null());
  EXPECT_THAT(read_text(dir / "report/report.html"), HasSubstr("line 21; predicted"));
  // The same once more is no loss; with another seed other pictures are drawn.
  const std::string table = read_text(dir / "report/ask.csv");
  ASSERT_EQ(compare("--unlabelled pile --ask 20 --out report").exit_code, 0);
  EXPECT_EQ(read_text(dir / "report/ask.csv"), table);

  answer("report/ask.csv", 7);
  const std::string answered = read_text(dir / "report/ask.csv");
  expect_error(compare("--unlabelled pile --ask 20 --out report --force"), 1,
               {"report/ask.csv: holds 18 answers", "--answers"});
  const Ran ran = compare("--unlabelled pile --answers report/ask.csv --out report");
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(read_text(dir / "report/ask.csv"), answered);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("get a wrong label, by your 18 answers"),
                             HasSubstr("keeps 80 %"), HasSubstr("(2 left open)")));
  EXPECT_THAT(read_text(dir / "report/report.html"), HasSubstr("What your answers tell"));
  const json answers = json::parse(read_text(dir / "report/report.json")).at("answers");
  EXPECT_EQ(answers.at("file"), "report/ask.csv");
  EXPECT_EQ(answers.at("asked"), 20);
  EXPECT_EQ(answers.at("answered"), 18);
  EXPECT_EQ(answers.at("unlabelled"), 32);
  EXPECT_LE(answers.at("none").at("ci95")[0], 20.0 / 32);
  EXPECT_GE(answers.at("none").at("ci95")[1], 20.0 / 32);
  EXPECT_EQ(answers.at("thresholds").size(), 4u);
}

TEST_F(AskTest, AllAnswersAreTheTruth) {
  ASSERT_EQ(compare("--unlabelled pile --ask 500 --out report").exit_code, 0);
  EXPECT_EQ(files("report/ask.csv").size(), 32u);
  answer("report/ask.csv");
  const Ran ran = compare("--unlabelled pile --answers report/ask.csv --json");
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const json report = json::parse(ran.out);
  EXPECT_EQ(report.at("answers").at("none"),
            json::parse(R"({"value": 0.625, "ci95": [0.625, 0.625]})"));
  // What is said to be of a class is left out, and nothing else.
  EXPECT_EQ(report.at("data").at("unlabelled").at("background"), 20);
  EXPECT_EQ(report.at("data").at("unlabelled").at("of_classes"), 12);
}

TEST_F(AskTest, WhatCannotBeIsAnError) {
  expect_error(compare("--ask 20"), 2, {"--ask needs --unlabelled"});
  expect_error(compare("--answers ask.csv"), 2, {"--answers needs --unlabelled"});
  expect_error(compare("--unlabelled pile --ask 5"), 2, {"--ask must be at least 10"});
  expect_error(compare("--unlabelled pile --ask 20 --answers ask.csv"), 2, {"in one run"});
  expect_error(compare("--unlabelled pile --ask 20 --json"), 2, {"--out"});
  expect_error(compare("--unlabelled pile --answers nowhere.csv"), 1, {"nowhere.csv"});
  write_text(dir / "ask.csv", "file,label,stratum,stands_for\ndata/buildings/x.png,none,1,1\n");
  expect_error(compare("--unlabelled pile --answers ask.csv"), 1,
               {"ask.csv, line 2: data/buildings/x.png is not among the unlabelled pictures"});
  const auto features = [&](const char* name, int rows, double first) {
    std::string text = "a,b\n";
    for (int i = 0; i < rows; ++i) {
      text += std::to_string(first + i) + "," + std::to_string(i % 2 + 0.5) + "\n";
    }
    write_text(dir / name, text);
  };
  features("x.csv", 6, 0.5);
  features("u.csv", 4, 20.5);
  write_text(dir / "y.csv", "label\na\nb\na\nb\na\nb\n");
  expect_error(run("compare --features x.csv --targets y.csv --unlabelled-features u.csv --folds 3 "
                   "--ask 20 --quiet"),
               1, {"column file"});
}

}  // namespace
}  // namespace oneormany::cli
