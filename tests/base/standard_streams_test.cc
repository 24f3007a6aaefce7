// Standard output and standard error that are closed, full or have lost their reader: the real
// program.

#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>

#include "tests/program.h"

namespace oneormany::base {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class StandardStreams : public ProgramTest {
 protected:
  void SetUp() override {
    std::string logits, targets;
    for (int i = 0; i < 40; ++i) {
      logits += i % 3 == 0 ? "1,-1\n" : "-2,1.5\n";
      targets += i % 4 == 0 ? "0\n" : "1\n";
    }
    folder_.write("z.csv", logits);
    folder_.write("y.csv", targets);
  }

  /// Of a shell's command with the program in $it.
  Ran shell(const std::string& commands) const {
    return run_shell("it='" ONEORMANY_PROGRAM "'; " + commands);
  }

  /// Runs `command` when the reader of its pipe has gone, and prints its exit code.
  static std::string without_reader(const std::string& command, const std::string& redirection) {
    return "{ until [ -e gone ]; do sleep 0.01; done; " + command + "; echo $? >code; } " +
           redirection + " | { exec <&-; : >gone; }; cat code";
  }
};

TEST_F(StandardStreams, StandardErrorThatCantBeWrittenChangesNothing) {
  const std::string judge = "\"$it\" judge --logits z.csv --targets y.csv";
  const Ran usual = shell(judge);
  ASSERT_EQ(usual.exit_code, 0) << usual.err;
  for (const char* where : {"2>&-", "2>/dev/full", "2>/dev/null </dev/null"}) {
    const Ran ran = shell(judge + " " + where);
    EXPECT_EQ(ran.exit_code, 0) << where;
    EXPECT_EQ(ran.out, usual.out) << where;
    EXPECT_EQ(
        shell("\"$it\" judge --logits none.csv --targets y.csv " + std::string(where)).exit_code,
        1);
    EXPECT_EQ(shell("\"$it\" judge --no-such-option " + std::string(where)).exit_code, 2);
  }
  const Ran gone = shell(without_reader(judge + " --logits none.csv", "2>&1"));
  EXPECT_EQ(gone.out, "1\n");
}

TEST_F(StandardStreams, ClosedOnesAreNotTakenByTheFilesThatAreOpened) {
  const Ran ran =
      shell("\"$it\" judge --logits none.csv --targets y.csv --out report <&- >&- 2>&-");
  EXPECT_EQ(ran.exit_code, 1);
  const Ran all = shell("\"$it\" judge --logits z.csv --targets y.csv --out report <&- >&- 2>&-");
  EXPECT_EQ(all.exit_code, 0);
  EXPECT_THAT(read_text(dir / "report/report.json"), StartsWith("{\n  \"format\""));
  EXPECT_THAT(read_text(dir / "report/report.html"), StartsWith("<!doctype html>"));
}

TEST_F(StandardStreams, AFullStandardOutputIsAnErrorAndTheFilesAreWrittenAllTheSame) {
  for (const char* arguments : {"--help", "--version", "losses", "explain 1 2 --json",
                                "judge --logits z.csv --targets y.csv --out report",
                                "judge --logits z.csv --targets y.csv --json"}) {
    const Ran ran = shell("\"$it\" " + std::string(arguments) + " >/dev/full");
    EXPECT_EQ(ran.exit_code, 1) << arguments;
    EXPECT_THAT(ran.err, StartsWith("oneormany: standard output: can't be written: ")) << arguments;
    EXPECT_THAT(ran.err, HasSubstr("No space left"));
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  }
  EXPECT_THAT(read_text(dir / "report/report.html"), HasSubstr("</html>"));
}

TEST_F(StandardStreams, AReaderThatHasEnoughEndsTheProgramSilently) {
  const Ran ran = shell(without_reader("\"$it\" losses", ""));
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.out, std::to_string(128 + SIGPIPE) + "\n");
}

}  // namespace
}  // namespace oneormany::base
