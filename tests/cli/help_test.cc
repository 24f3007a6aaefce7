// What every command's --help keeps to.

#include <gmock/gmock.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <sstream>

#include "base/parallel.h"
#include "cli/options.h"
#include "report/text.h"
#include "tests/program.h"

namespace oneormany::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class HelpTest : public ProgramTest, public testing::WithParamInterface<const char*> {};

TEST_P(HelpTest, IsOneLineThenUsageOptionsAndExamplesAndFitsTheTerminal) {
  const std::string command = GetParam();
  const Ran ran = run(command + " --help");
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  std::istringstream lines(ran.out);
  std::string line;
  std::getline(lines, line);
  EXPECT_LE(line.size(), 80u) << line;
  std::getline(lines, line);
  std::getline(lines, line);
  EXPECT_THAT(line, testing::StartsWith("Usage: oneormany " + command));
  while (std::getline(lines, line)) {
    EXPECT_LE(report::display_width(line), 100) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
  const std::size_t options = ran.out.find("\nOptions:\n"), examples = ran.out.find("\nExamples\n");
  ASSERT_NE(options, std::string::npos) << ran.out;
  ASSERT_NE(examples, std::string::npos) << ran.out;
  EXPECT_LT(options, examples);
  EXPECT_THAT(ran.out.substr(examples), HasSubstr("oneormany " + command));
  EXPECT_THAT(ran.out, AllOf(Not(HasSubstr("\n\n\n")), Not(HasSubstr("--risk"))));
  EXPECT_THAT(ran.out, HasSubstr("\n  --quiet "));
}

INSTANTIATE_TEST_SUITE_P(All, HelpTest,
                         testing::Values("compare", "train", "predict", "info", "export", "judge",
                                         "background", "inspect", "explain", "losses", "weights"),
                         [](const auto& one) { return one.param; });

TEST_F(ProgramTest, WhatWorksLongTakesThreads) {
  for (const char* command : {"compare", "train", "predict", "judge", "background", "inspect"}) {
    EXPECT_THAT(run(std::string(command) + " --help").out, HasSubstr("\n  --threads N "));
    expect_error(run(std::string(command) + " --threads 0"), 2, {"--threads"});
  }
}

TEST(Threads, OfTheCommandLineCountBeforeTheEnvironment) {
  CLI::App app;
  add_common_options(app, true);
  setenv("ONEORMANY_THREADS", "3", 1);
  app.parse("--threads 7", false);
  EXPECT_EQ(base::thread_count(), 7);
  base::set_thread_count(0);
  app.parse("", false);
  EXPECT_EQ(base::thread_count(), 3);
  unsetenv("ONEORMANY_THREADS");
}

TEST_F(ProgramTest, ColoursAreForTerminalsAndNotIfNO_COLORIsSet) {
  const std::string shown = "script -qec \"'" ONEORMANY_PROGRAM "' losses zlpr\" /dev/null";
  EXPECT_THAT(run_shell("TERM=xterm " + shown).out, HasSubstr("\x1b["));
  EXPECT_THAT(run_shell("TERM=xterm NO_COLOR=1 " + shown).out,
              AllOf(HasSubstr("zlpr"), Not(HasSubstr("\x1b["))));
  EXPECT_THAT(run("losses zlpr").out, AllOf(HasSubstr("zlpr"), Not(HasSubstr("\x1b["))));
}

TEST_F(ProgramTest, HelpIsAWordToo) {
  EXPECT_EQ(run("help").out, run("--help").out);
  EXPECT_EQ(run("help losses").out, run("losses --help").out);
  EXPECT_EQ(run("help").exit_code, 0);
}

TEST_F(ProgramTest, HelpNamesEveryCommandAndTheExitCodes) {
  const Ran ran = run("--help");
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  for (const char* command : {"compare", "train", "predict", "info", "export", "judge",
                              "background", "inspect", "explain", "losses", "weights"}) {
    EXPECT_THAT(ran.out, HasSubstr("\n  " + std::string(command) + " "));
  }
  EXPECT_THAT(ran.out, HasSubstr("130"));
}

}  // namespace
}  // namespace oneormany::cli
