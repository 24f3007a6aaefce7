// explain, losses, and mistyped command lines, through the real program.

#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/program.h"

namespace oneormany::cli {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ExplainTest : public ProgramTest {
 protected:
  json explain(const std::string& arguments) const {
    const Ran ran = run("explain --json " + arguments);
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    return json::parse(ran.out);
  }

  void expect_error(const std::string& arguments, int exit_code, const std::string& part) const {
    SCOPED_TRACE(arguments);
    oneormany::expect_error(run(arguments), exit_code, {part});
  }
};

TEST_F(ExplainTest, TakesNegativeNumbersAndOptionsBetweenThem) {
  EXPECT_EQ(explain("2.1 -0.3 1.2").at("logits"), json({2.1, -0.3, 1.2}));
  EXPECT_EQ(explain("-.5 -1e1 --target 1 -3 +4").at("logits"), json({-0.5, -10, -3, 4}));
  EXPECT_EQ(explain("'2.1, -0.3' 1.2,−7").at("logits"), json({2.1, -0.3, 1.2, -7}));
}

TEST_F(ExplainTest, SpeaksJson) {
  const json found = explain("800 -1 3 --names building,flag,person --target flag --threshold 0.7");
  EXPECT_EQ(found.at("format"), "oneormany-explain-1");
  EXPECT_THAT(found.at("names"), ElementsAre("building", "flag", "person"));
  EXPECT_EQ(found.at("exp").at("of"), "z - max");
  EXPECT_NEAR(found.at("softmax").at("sum"), 1, 1e-12);
  EXPECT_EQ(found.at("sigmoid").at("values").size(), 3u);
  EXPECT_TRUE(found.at("normalised").is_null());
  const json& rules = found.at("decisions");
  ASSERT_EQ(rules.size(), 3u);
  EXPECT_TRUE(rules[0].at("above").is_null());
  EXPECT_EQ(rules[2].at("above"), 0.7);
  EXPECT_THAT(rules[2].at("sigmoid"), ElementsAre("building", "person"));
  EXPECT_EQ(found.at("raised").at("class"), "flag");
  EXPECT_EQ(found.at("lowered").at("by"), -803);
  EXPECT_THAT(found.at("target"), ElementsAre("flag"));
  const json& losses = found.at("losses");
  ASSERT_EQ(losses.size(), 2u);
  EXPECT_EQ(losses[0].at("name"), "cross_entropy");
  EXPECT_EQ(losses[0].at("sum"), 801);
  EXPECT_TRUE(losses[0].at("per_class").is_null());
  EXPECT_EQ(losses[1].at("per_class").size(), 3u);
  EXPECT_EQ(losses[1].at("gradient").size(), 3u);
  const json none = explain("1 2 --target none");
  EXPECT_EQ(none.at("target"), json::array());
  EXPECT_TRUE(none.at("losses")[0].contains("why_not"));
  EXPECT_TRUE(explain("1 2").at("target").is_null());
}

TEST_F(ExplainTest, ReadsFilesAndPipes) {
  write_text(dir / "rows.csv",
             "\xEF\xBB\xBF"
             "1,2,3\r\n\r\n-4; 5\t6\r\n");
  EXPECT_EQ(explain("--file rows.csv").at("logits"), json({1, 2, 3}));
  const json second = explain("--file rows.csv --row 2");
  EXPECT_EQ(second.at("logits"), json({-4, 5, 6}));
  EXPECT_EQ(second.at("rows"), 2);
  EXPECT_THAT(run("explain --file rows.csv").out, HasSubstr("row 1 of 2; --row N takes another"));
  // numpy.savetxt writes a vector as a column.
  write_text(dir / "column.txt", "1.5e+00\n-2.0e+00\n");
  EXPECT_EQ(explain("--file column.txt").at("logits"), json({1.5, -2}));
  for (const char* arguments : {"", "-", "--file -"}) {
    const Ran ran =
        run_shell("echo 1 -2 | '" ONEORMANY_PROGRAM "' explain --json " + std::string(arguments));
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_EQ(json::parse(ran.out).at("logits"), json({1, -2}));
  }
}

TEST_F(ExplainTest, TakesTheNamesFromAHeader) {
  write_text(dir / "named.csv",
             "\xEF\xBB\xBF"
             "\"coat, of arms\", flag ,person\n1,2,3\n4,5,6\n");
  const json second = explain("--file named.csv --row 2 --target person");
  EXPECT_THAT(second.at("names"), ElementsAre("coat, of arms", "flag", "person"));
  EXPECT_EQ(second.at("logits"), json({4, 5, 6}));
  EXPECT_EQ(second.at("rows"), 2);
  expect_error("explain --file named.csv --row 3", 2, "named.csv has 2 rows");
  EXPECT_THAT(explain("--file named.csv --names a,b,c").at("names"), ElementsAre("a", "b", "c"));
  write_text(dir / "spaces.txt", "flag person\n1 2\n");
  EXPECT_THAT(explain("--file spaces.txt").at("names"), ElementsAre("flag", "person"));
  write_text(dir / "column.csv", "logit\n1\n2\n");
  EXPECT_THAT(explain("--file column.csv").at("names"), ElementsAre("0", "1"));
}

TEST_F(ExplainTest, HintsAtDecimalCommas) {
  for (const char* arguments : {"1,0 2,5", "'1,0; -2,5'", "-1,738945"}) {
    EXPECT_THAT(run("explain " + std::string(arguments)).out, HasSubstr("was read as two logits"));
  }
  EXPECT_THAT(explain("-1,738945").at("notes")[0],
              "A comma parts numbers: -1,738945 was read as two logits. If it is one, write "
              "-1.738945.");
  for (const char* arguments : {"1,2", "'1, 0' '2, 5'", "1,2,3 4,5", "1,2 3.5", "1,-2 3,4"}) {
    EXPECT_EQ(explain(arguments).at("notes"), json::array()) << arguments;
  }
  write_text(dir / "german.csv", "a;b\n1,5;2,25\n");
  EXPECT_THAT(run("explain --names a,b,c,d --file german.csv").err, HasSubstr("2 names for"));
  write_text(dir / "comma.csv", "1,5;2,25\n");
  EXPECT_THAT(explain("--file comma.csv").at("notes"), ElementsAre(HasSubstr("write 1.5")));
}

TEST_F(ExplainTest, BlanksInListsDontCount) {
  const json found = explain(
      "1 2 --names 'Haus, Fluss' --target ' Haus , Fluss' --loss 'zlpr, "
      "asymmetric'");
  EXPECT_THAT(found.at("names"), ElementsAre("Haus", "Fluss"));
  EXPECT_THAT(found.at("target"), ElementsAre("Haus", "Fluss"));
  EXPECT_EQ(found.at("losses")[1].at("name"), "asymmetric");
  EXPECT_EQ(explain("1 2 --target ' none '").at("target"), json::array());
}

TEST_F(ExplainTest, TakesAnEnormousRow) {
  const Ran ran =
      run_shell("seq 1 100000 | tr '\\n' ' ' | '" ONEORMANY_PROGRAM "' explain --target 7");
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("100,000 logits"), HasSubstr("99,991 more")));
  EXPECT_LT(ran.out.size(), 20000u);
}

TEST_F(ExplainTest, DrawsAsciiWhereTheLocaleIsNotUtf8) {
  const Ran ascii = run("explain 1 -2 --target 1", "LC_ALL=C");
  EXPECT_TRUE(std::all_of(ascii.out.begin(), ascii.out.end(), [](char c) { return c > 0; }));
  EXPECT_THAT(ascii.out, HasSubstr("###"));
  EXPECT_THAT(run("explain 1 -2", "LC_ALL=C.UTF-8").out,
              AllOf(HasSubstr("█"), Not(HasSubstr("#"))));
  EXPECT_THAT(run("explain 1 -2", "LC_ALL=C.UTF-8").out, Not(HasSubstr("\x1b")));
}

TEST_F(ExplainTest, SaysHowToAskForTheLoss) {
  EXPECT_THAT(run("explain 1 2").out, AllOf(HasSubstr("--target"), Not(HasSubstr("entropy"))));
  EXPECT_THAT(run("explain 1 2 --target 0").out, HasSubstr("Binary cross-entropy"));
  EXPECT_THAT(run("explain 1 2 --target none").out,
              AllOf(HasSubstr("impossible"), HasSubstr("target of none sums to 0")));
}

TEST_F(ExplainTest, WrongCommandLinesAreOneClearLine) {
  expect_error("explain abc", 2, "'abc' is no number");
  expect_error("explain 1 nan", 2, "neither NaN nor infinite");
  expect_error("explain 1 1e400", 2, "32-bit float");
  expect_error("explain 1 -inf", 2, "-inf");
  expect_error("explain ''", 2, "no logits");
  expect_error("explain 1 2 --names a", 2, "1 name for 2 logits");
  expect_error("explain 1 2 --names a,a", 2, "'a' is there twice");
  expect_error("explain 1 2 --names a,", 2, "a name is empty");
  expect_error("explain 1 2 --names building,flag --target flga", 2, "did you mean flag?");
  expect_error("explain 1 2 --target 2", 2, "there are 2 classes, counted from 0");
  expect_error("explain 1 2 --target -1", 2, "there are 2 classes, counted from 0");
  expect_error("explain 1 2 --target 1,1", 2, "twice");
  expect_error("explain 1 2 --target none,1", 2, "none stands alone");
  expect_error("explain 1 2 --target ''", 2, "name a class");
  expect_error("explain 1 2 --loss zlpr", 2, "--loss wants --target");
  expect_error("explain 1 2 --target 0 --loss zlp", 2, "did you mean zlpr?");
  expect_error("explain 1 2 --threshold 2", 2, "'2' is no number from 0 to 1");
  expect_error("explain 1 2 --threshold nan", 2, "no number from 0 to 1");
  expect_error("explain 1 2 --digits 9", 2, "--digits");
  expect_error("explain 1 2 --row 2", 2, "--row");
  expect_error("explain 1 --file x", 2, "not both");
}

TEST_F(ExplainTest, WrongFilesAreOneClearLine) {
  expect_error("explain", 1, "standard input: no numbers");
  expect_error("explain --file nope.csv", 1, "nope.csv: can't be read");
  expect_error("explain --file .", 1, "folder");
  write_text(dir / "words.csv", "1 2\nbuilding 2\n");
  expect_error("explain --file words.csv --row 2", 1, "words.csv, line 2: 'building' is no number");
  expect_error("explain --file words.csv --row 3", 2, "words.csv has 2 rows");
  write_text(dir / "uneven.csv", "a,b,c\n1,2,3\n\n4,5\n");
  expect_error("explain --file uneven.csv", 1,
               "uneven.csv, line 4: 2 numbers, but line 2 has 3: every picture needs one for each");
  write_text(dir / "uneven.csv", "a,b\n1,2,3\n");
  expect_error("explain --file uneven.csv", 1,
               "uneven.csv, line 1: 2 names for the 3 numbers of line 2");
  write_text(dir / "uneven.csv", "a,a\n1,2\n");
  expect_error("explain --file uneven.csv", 1, "uneven.csv, line 1: 'a' is there twice");
  expect_error("explain --file words.csv --row 0", 2, "'0' is no whole number from 1 up");
}

TEST_F(ExplainTest, LossesAreListed) {
  const Ran list = run("losses");
  EXPECT_EQ(list.exit_code, 0) << list.err;
  EXPECT_THAT(list.out,
              AllOf(HasSubstr("cross_entropy"), HasSubstr("asymmetric"), HasSubstr("ICCV 2017")));
  EXPECT_THAT(run("losses sigmoid-focal:gamma=5").out,
              AllOf(HasSubstr("sigmoid_focal:gamma=5"), HasSubstr("alpha=0.25")));
  const json all = json::parse(run("losses --json").out);
  EXPECT_EQ(all.at("format"), "oneormany-losses-1");
  EXPECT_GE(all.at("losses").size(), 9u);
  const json one = json::parse(run("losses zlpr --json").out).at("losses");
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0].at("targets"), "labels");
  EXPECT_EQ(one[0].at("soft_targets"), false);
  expect_error("losses zlrp", 2, "did you mean zlpr?");
  expect_error("losses zlpr:gamma=1", 2, "zlpr has no parameter 'gamma'");
}

TEST_F(ExplainTest, MistypedWordsGetTheOneThatWasMeant) {
  expect_error("comapre", 2, "no command is called 'comapre': did you mean compare?");
  expect_error("xyz", 2, "no command is called 'xyz' (see oneormany --help)");
  expect_error(
      "compare data --seed 3", 2,
      "compare has no option --seed: did you mean --seeds? (see oneormany compare --help)");
  expect_error("compare data --unsen=x", 2, "no option --unsen: did you mean --unseen?");
  expect_error("--hlep", 2, "no option --hlep: did you mean --help?");
  expect_error("losses a b", 2, "'b' is one word too many");
  expect_error("", 2, "name a command, such as train or predict (see oneormany --help)");
  expect_error("compare d --folds many", 2, "--folds: 'many' is no value of its kind (see");
  expect_error("compare d --heads svm", 2, "--heads: 'svm' is none of linear, rbf, mlp (see");
  expect_error("predict m p --out", 2, "--out needs a value (see oneormany predict --help)");
}

}  // namespace
}  // namespace oneormany::cli
