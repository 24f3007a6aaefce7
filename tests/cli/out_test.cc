// What --out may replace, and what becomes of the result if it can't be written.

#include <gmock/gmock.h>

#include "tests/cli/clipart.h"

namespace oneormany::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

class OutTest : public ClipartTest {
 protected:
  Ran judge(const std::string& more) const {
    if (!fs::exists(dir / "z.csv")) {
      folder_.write("z.csv", "1,-1\n2,1\n1,-3\n-1,1\n0,2\n2,1\n");
      folder_.write("y.csv", "0\n1\n0\n1\n1\n0\n");
    }
    return run("judge --logits z.csv --targets y.csv --quiet " + more);
  }
};

TEST_F(OutTest, AReportOfSomebodyElseIsReplacedOnlyByForce) {
  for (const char* name : {"report.json", "report.html"}) {
    fs::remove_all(dir / "out");
    const fs::path file = folder_.write(std::string("out/") + name, "{\"mine\": 1}");
    expect_error(judge("--out out"), 1, {"out/" + std::string(name), "another place", "--force"});
    expect_error(judge("--out out --json"), 1, {"out/" + std::string(name)});
    EXPECT_EQ(read_text(file), "{\"mine\": 1}");
    EXPECT_EQ(std::distance(fs::directory_iterator(dir / "out"), {}), 1);
    EXPECT_EQ(judge("--out out --force").exit_code, 0);
    EXPECT_EQ(judge("--out out").exit_code, 0);  // it is ours now
    EXPECT_EQ(judge("--json").exit_code, 0);
  }
}

TEST_F(OutTest, AnEmptyFileIsNobodys) {
  folder_.write("out/report.json", "");
  EXPECT_EQ(judge("--out out").exit_code, 0);
  EXPECT_THAT(read_text(dir / "out/report.json"), StartsWith("{"));
}

TEST_F(OutTest, AFileThatIsNoBankIsReplacedOnlyByForce) {
  pictures("tools", 3, "things");
  folder_.write("thesis.txt", "my thesis");
  const std::string make = "background things --size 64 --quiet --out thesis.txt";
  expect_error(run(make), 1, {"thesis.txt: was not written by oneormany", "--force"});
  EXPECT_EQ(read_text(dir / "thesis.txt"), "my thesis");
  EXPECT_EQ(run(make + " --force").exit_code, 0);
  EXPECT_EQ(run(make).exit_code, 0);
}

}  // namespace
}  // namespace oneormany::cli
