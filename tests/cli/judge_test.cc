// `oneormany judge` on files that other programs may have written, through the real program.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "compare/judging.h"
#include "tests/arrays/npy_bytes.h"
#include "tests/golden.h"
#include "tests/program.h"

namespace oneormany {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

constexpr double kExact = 1e-9;

std::string npy_of(const Matrix& m) {
  return npy("<f8", fmt::format("({}, {})", m.rows(), m.cols()),
             raw(std::vector<double>(m.data(), m.data() + m.size())));
}

std::string npy_of(const std::vector<std::int64_t>& numbers) {
  return npy("<i8", fmt::format("({},)", numbers.size()), raw(numbers));
}

std::string csv_of(const Matrix& m, const std::string& header = "") {
  std::string text = header;
  for (Index i = 0; i < m.rows(); ++i) {
    const std::vector<double> row(m.row(i).begin(), m.row(i).end());
    text += fmt::format("{}\n", fmt::join(row, ","));
  }
  return text;
}

class JudgeTest : public ProgramTest {
 protected:
  JudgeTest() {
    put("z.npy", npy_of(logits));
    put("y.npy", npy_of(target));
    put("other.npy", npy_of(unseen()));
    put("multi.npy", npy_of(to_matrix(golden.at("labels").at("logits"))));
    put("multi-y.npy", npy_of(to_matrix(golden.at("labels").at("target"))));
  }

  void put(const std::string& name, const std::string& bytes) const {
    write_text(dir / name, bytes);
  }

  Json report(const std::string& arguments) const {
    const Ran ran = run("judge --json --quiet " + arguments);
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    return ran.exit_code == 0 ? Json::parse(ran.out) : Json();
  }
  Json in_domain(const std::string& arguments) const {
    return report(arguments).at("arms").at(0).at("in_domain");
  }

  /// Nothing but one line, nothing written; the line.
  std::string error(const std::string& arguments, int exit_code = 1) const {
    const Ran ran = run("judge --out report " + arguments);
    EXPECT_EQ(ran.exit_code, exit_code) << ran.err;
    EXPECT_THAT(ran.err, MatchesRegex("oneormany: [^\n]*\n"));
    EXPECT_THAT(ran.out, IsEmpty());
    EXPECT_FALSE(fs_exists("report/report.json"));
    return ran.err;
  }
  std::string logits_error(const Matrix& wrong) const {
    put("wrong.npy", npy_of(wrong));
    return error("--logits wrong.npy --targets y.npy");
  }
  bool fs_exists(const std::string& name) const { return std::filesystem::exists(dir / name); }

  /// Logits of 90 pictures of something else, less sure than those of the classes.
  static Matrix unseen() {
    Matrix z(90, 4);
    for (Index i = 0; i < z.size(); ++i) z(i) = static_cast<double>(i * 7 % 23) / 5 - 3;
    return z;
  }

  const Json golden = read_golden("measures.json");
  const Matrix logits = to_matrix(golden.at("classes").at("logits"));
  const std::vector<std::int64_t> target = golden.at("classes").at("target");
};

TEST_F(JudgeTest, OfClassesAgreesWithScikitLearn) {
  const Json classes = golden.at("classes");
  const Json found = in_domain("--logits z.npy --targets y.npy");
  EXPECT_NEAR(found.at("accuracy"), classes.at("accuracy"), kExact);
  EXPECT_NEAR(found.at("macro_f1"), classes.at("macro_f1"), kExact);
  EXPECT_NEAR(found.at("log_loss"), classes.at("log_loss"), kExact);
  EXPECT_NEAR(found.at("brier"), classes.at("brier"), kExact);
  EXPECT_NEAR(found.at("ece"), classes.at("ece_15_equal_width"), kExact);
}

TEST_F(JudgeTest, OfLabelsAgreesWithScikitLearn) {
  const Json labels = golden.at("labels");
  const Json found = in_domain("--logits multi.npy --targets multi-y.npy");
  EXPECT_NEAR(found.at("accuracy"), labels.at("exact_match"), kExact);
  EXPECT_NEAR(found.at("macro_f1"), labels.at("macro_f1"), kExact);
  EXPECT_NEAR(found.at("log_loss"), labels.at("log_loss_mean"), kExact);
  EXPECT_NEAR(found.at("map"), labels.at("macro_map"), kExact);
}

TEST_F(JudgeTest, GivesTheFiguresThatTheLibraryComputes) {
  std::vector<std::vector<int>> labels;
  std::vector<int> own, others;
  for (const auto t : target) labels.push_back({static_cast<int>(t)});
  for (int i = 0; i < 400; ++i) own.push_back(i);
  for (int i = 0; i < 90; ++i) others.push_back(i);
  const ArmSpec spec{"z", standard_losses()[1]};
  const Answers answers = answers_of(spec, 4, logits, own);
  const InDomain in = judge_in_domain(spec, Problem::kOneClass, answers, logits, labels, 1);
  const Unseen out = judge_unseen(answers, labels, answers_of(spec, 4, unseen(), others), 1);

  const Json arm = report("--logits z.npy --targets y.npy --unseen other.npy --activation sigmoid")
                       .at("arms")[0];
  const Json found = arm.at("in_domain");
  EXPECT_EQ(found.at("accuracy"), in.accuracy.value);
  EXPECT_EQ(found.at("ci95").at("accuracy"), (Json{in.accuracy.low, in.accuracy.high}));
  EXPECT_EQ(found.at("log_loss"), in.log_loss);
  EXPECT_EQ(found.at("map"), in.map);
  const Json keeping = arm.at("unseen").at("labelled").at("keeping_95");
  EXPECT_EQ(keeping.at("threshold"), out.threshold);
  EXPECT_EQ(keeping.at("value"), out.keeping_95.value);
  EXPECT_EQ(keeping.at("ci95"), (Json{out.keeping_95.low, out.keeping_95.high}));
  EXPECT_EQ(arm.at("unseen").at("auroc"), out.auroc.value);
  EXPECT_GT(out.keeping_95.value, 0);
  EXPECT_LT(out.keeping_95.value, 1);
}

TEST_F(JudgeTest, EveryKindOfFileSaysTheSame) {
  const Json wanted = in_domain("--logits z.npy --targets y.npy");
  std::string names = "label\n", matrix;
  const std::vector<std::string> classes{"jay", "owl", "robin", "wren"};
  for (const auto t : target) {
    names += classes[static_cast<std::size_t>(t)] + "\n";
    for (int c = 0; c < 4; ++c) matrix += fmt::format("{}{}", c == t ? 1 : 0, c < 3 ? "," : "\n");
  }
  put("z.csv", csv_of(logits, "jay,owl,robin,wren\n"));
  put("plain.csv", csv_of(logits));
  put("names.csv", names);
  put("matrix.csv", matrix);
  const std::string z = raw(std::vector<double>(logits.data(), logits.data() + logits.size()));
  const std::string y = raw(target);
  put("all.safetensors",
      safetensors_file(
          fmt::format(R"({{"z":{{"dtype":"F64","shape":[400,4],"data_offsets":[0,{0}]}},)"
                      R"("y":{{"dtype":"I64","shape":[400],"data_offsets":[{0},{1}]}}}})",
                      z.size(), z.size() + y.size()),
          z + y));
  for (const auto* arguments :
       {"--logits z.csv --targets names.csv", "--logits z.csv --targets matrix.csv",
        "--logits plain.csv --targets names.csv --names jay,owl,robin,wren",
        "--logits all.safetensors:z --targets all.safetensors:y"}) {
    EXPECT_EQ(in_domain(arguments), wanted) << arguments;
  }
  EXPECT_EQ(report("--logits z.csv --targets names.csv").at("data").at("classes")[1].at("name"),
            "owl");
}

TEST_F(JudgeTest, TheActivationFollowsFromTheTargets) {
  const auto activation = [&](const std::string& arguments) {
    return report(arguments).at("arms")[0].at("activation");
  };
  EXPECT_EQ(activation("--logits z.npy --targets y.npy"), "softmax");
  EXPECT_EQ(activation("--logits z.npy --targets y.npy --activation sigmoid"), "sigmoid");
  EXPECT_EQ(activation("--logits multi.npy --targets multi-y.npy"), "sigmoid");
  EXPECT_THAT(report("--logits multi.npy --targets multi-y.npy").at("notes")[0],
              AllOf(HasSubstr("no class or several: judged with sigmoid")));
  EXPECT_THAT(error("--logits multi.npy --targets multi-y.npy --activation softmax", 2),
              HasSubstr("needs exactly one class for each row, but multi-y.npy gives row 0"));
}

TEST_F(JudgeTest, RowsWithoutAClassAreWarnedOf) {
  auto some = target;
  some[0] = some[7] = -1;
  put("some.npy", npy_of(some));
  const Ran ran = run("judge --json --quiet --logits z.npy --targets some.npy");
  EXPECT_THAT(ran.err, MatchesRegex("oneormany: warning: some.npy: 2 rows have no class, [^\n]*"
                                    "sigmoid[^\n]*--unseen\n"));
  EXPECT_THAT(Json::parse(ran.out).at("notes")[0], HasSubstr("some.npy: 2 rows have no class"));
  const std::string chosen = " --logits z.npy --targets some.npy --activation ";
  EXPECT_THAT(run("judge --json --quiet" + chosen + "sigmoid").err, IsEmpty());
  EXPECT_THAT(error(chosen + "softmax", 2), HasSubstr("give the logits of such rows as --unseen"));
}

TEST_F(JudgeTest, NamesMayRepeatAHeaderButNotContradictIt) {
  put("z.csv", csv_of(logits, "jay,owl,robin,wren\n"));
  const std::string files = "--logits z.csv --targets y.npy --names ";
  EXPECT_EQ(in_domain(files + "jay,owl,robin,wren"), in_domain("--logits z.csv --targets y.npy"));
  EXPECT_THAT(error(files + "jay,robin,owl,wren", 2),
              HasSubstr("--names calls column 2 robin, but the header of z.csv calls it owl"));
  const Json spaced = report("--logits z.npy --targets y.npy --names 'jay, owl ,robin , wren'");
  EXPECT_EQ(spaced.at("data").at("classes")[1].at("name"), "owl");
  EXPECT_EQ(spaced.at("data").at("classes")[3].at("name"), "wren");
}

TEST_F(JudgeTest, OneOfAThingIsSingular) {
  put("few.npy", npy_of(Matrix(logits.topRows(1))));
  put("few-y.npy", npy_of(std::vector<std::int64_t>{1}));
  EXPECT_THAT(report("--logits few.npy --targets few-y.npy").at("verdict").get<std::string>(),
              StartsWith("Your one picture carries exactly one of 4 labels"));
  put("two.npy", npy_of(Matrix(logits.topRows(2))));
  put("two-y.npy", npy_of(std::vector<std::int64_t>{1, 2}));
  EXPECT_THAT(report("--logits two.npy --targets two-y.npy").at("notes").dump(),
              HasSubstr("nor 1 more class:"));
}

TEST_F(JudgeTest, SeveralModelsStandSideBySide) {
  Matrix better = logits;
  for (Index i = 0; i < 400; ++i) better(i, target[static_cast<std::size_t>(i)]) += 2;
  put("better.npy", npy_of(better));
  const Json found = report(
      "--logits z.npy --logits better.npy --targets y.npy --unseen other.npy --unseen other.npy "
      "--activation softmax --activation sigmoid");
  ASSERT_EQ(found.at("arms").size(), 2U);
  EXPECT_EQ(found.at("arms")[0].at("name"), "z");
  EXPECT_EQ(found.at("arms")[1].at("name"), "better");
  EXPECT_EQ(found.at("arms")[1].at("activation"), "sigmoid");
  EXPECT_GT(found.at("arms")[1].at("in_domain").at("accuracy"),
            found.at("arms")[0].at("in_domain").at("accuracy"));
  EXPECT_EQ(found.at("data").at("unseen"), 90);

  put("a/z.npy", npy_of(logits));
  const Json same = report("--logits z.npy --logits a/z.npy --targets y.npy");
  EXPECT_EQ(same.at("arms")[1].at("name"), "a/z.npy");
  EXPECT_THAT(error("--logits z.npy --logits z.npy --targets y.npy", 2), HasSubstr("twice"));
  EXPECT_THAT(error("--logits z.npy --logits better.npy --targets y.npy --unseen other.npy", 2),
              HasSubstr("--unseen is given 1 time and --logits 2 times"));
}

TEST_F(JudgeTest, GroupsWidenTheIntervals) {
  std::vector<std::int64_t> groups;  // all of a class in 5 groups
  for (std::size_t i = 0; i < target.size(); ++i) groups.push_back(static_cast<int>(i) / 80);
  put("g.npy", npy_of(groups));
  const auto width = [](const Json& found) {
    const Json ci = found.at("ci95").at("accuracy");
    return ci[1].get<double>() - ci[0].get<double>();
  };
  const Json alone = in_domain("--logits z.npy --targets y.npy");
  const Json grouped = in_domain("--logits z.npy --targets y.npy --groups g.npy");
  EXPECT_EQ(alone.at("accuracy"), grouped.at("accuracy"));
  EXPECT_NE(width(alone), width(grouped));
}

TEST_F(JudgeTest, WritesReportsThatSayOnlyWhatIsKnown) {
  const Ran ran = run("judge --logits z.npy --targets y.npy --unseen other.npy --out report");
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(StartsWith("z.npy\n400 pictures of 4 classes: class 0 "),
                             HasSubstr("softmax"), HasSubstr("labelled keeping 95 %"),
                             HasSubstr("out-of-fold"), HasSubstr("report: report/report.html")));
  const std::string page = read_text(dir / "report/report.html");
  EXPECT_THAT(page, AllOf(HasSubstr("</html>"), HasSubstr("The logits came from other programs")));
  const auto body = page.find("<body>");
  for (const std::string& text : {ran.out, page.substr(body, page.find("<script") - body)}) {
    EXPECT_THAT(text, AllOf(Not(HasSubstr("0 folds")), Not(HasSubstr("backbone")),
                            Not(HasSubstr("background")), Not(HasSubstr(" px")),
                            Not(HasSubstr("Features took"))));
  }
  const Json json = Json::parse(read_text(dir / "report/report.json"));
  EXPECT_EQ(json.at("format"), "oneormany-report-1");
  for (const auto* key : {"folds", "seeds", "backbone", "size", "precision"}) {
    EXPECT_TRUE(json.at("protocol").at(key).is_null()) << key;
  }
  EXPECT_TRUE(json.at("seconds").at("features").is_null());
  EXPECT_THAT(json.at("verdict").get<std::string>(), HasSubstr("Threshold: "));
}

TEST_F(JudgeTest, ProbabilitiesAreWarnedOf) {
  const Matrix soft = activate(Activation::kSoftmax, logits),
               sigmoid = activate(Activation::kSigmoid, logits);
  put("p.npy", npy_of(soft));
  put("s.npy", npy_of(sigmoid));
  const Ran ran = run("judge --json --quiet --logits p.npy --targets y.npy");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.err, MatchesRegex("oneormany: warning: p.npy: [^\n]*the log of [^\n]*\n"));
  EXPECT_THAT(Json::parse(ran.out).at("notes").dump(), HasSubstr("p.npy: all its numbers"));
  const std::string both = "--targets y.npy --logits s.npy";
  EXPECT_THAT(run("judge --json --quiet --activation sigmoid " + both).err,
              HasSubstr("log(p / (1 - p))"));
  // Rows that don't sum to 1 are no softmax's, but no logits either.
  EXPECT_THAT(run("judge --json --quiet " + both).err,
              AllOf(HasSubstr("log(p / (1 - p))"), Not(HasSubstr("sum is 1"))));
  EXPECT_THAT(run("judge --json --quiet --logits z.npy --targets y.npy").err, IsEmpty());
  put("log.npy", npy_of(soft.array().log().matrix()));
  const Json cured = in_domain("--logits log.npy --targets y.npy");
  EXPECT_NEAR(cured.at("log_loss"), golden.at("classes").at("log_loss"), kExact);
}

TEST_F(JudgeTest, WrongLogitsAreOneLine) {
  Matrix wrong = logits;
  wrong(3, 2) = NAN;
  EXPECT_THAT(logits_error(wrong),
              HasSubstr("wrong.npy, row 3, column 2 (counted from 0): nan is"));
  wrong(3, 2) = -INFINITY;
  EXPECT_THAT(logits_error(wrong), HasSubstr("-inf is no logit; limit it"));
  EXPECT_THAT(logits_error(logits.topRows(399)),
              HasSubstr("y.npy: has 400 rows, but wrong.npy has 399"));
  put("wrong.npy", npy("<f4", "(4,)", raw(std::vector<float>(4))));
  EXPECT_THAT(error("--logits wrong.npy --targets y.npy"),
              HasSubstr("wrong.npy: has one dimension; logits are a table"));
  put("wrong.npy", npy("<f4", "(1, 2, 2)", raw(std::vector<float>(4))));
  EXPECT_THAT(error("--logits wrong.npy --targets y.npy"), HasSubstr("has 3 dimensions"));
  put("wrong.npy", "not an array");
  EXPECT_THAT(error("--logits wrong.npy --targets y.npy"), HasSubstr("is no .npy file"));
  EXPECT_THAT(error("--logits wrong.mat --targets y.npy"), HasSubstr("wrong.mat: is of no known"));
  EXPECT_THAT(error("--logits none.npy --targets y.npy"),
              HasSubstr("none.npy: can't be read: No such file"));
}

TEST_F(JudgeTest, FilesThatDontFitEachOtherAreOneLine) {
  for (const auto* same : {"z.npy", "./z.npy"}) {
    EXPECT_THAT(error(fmt::format("--logits z.npy --targets y.npy --unseen {}", same), 2),
                HasSubstr("is a file of --logits"));
  }
  put("narrow.npy", npy_of(Matrix(unseen().leftCols(3))));
  EXPECT_THAT(error("--logits z.npy --targets y.npy --unseen narrow.npy"),
              HasSubstr("narrow.npy: has 3 columns, but z.npy has 4"));
  EXPECT_THAT(error("--logits z.npy --logits narrow.npy --targets y.npy"),
              HasSubstr("narrow.npy: has 3 columns"));
  put("short.npy", npy_of(Matrix(logits.topRows(7))));
  EXPECT_THAT(error("--logits z.npy --logits short.npy --targets y.npy"),
              HasSubstr("short.npy: has 7 rows, but z.npy has 400"));
  put("a.csv", csv_of(logits, "jay,owl,robin,wren\n"));
  put("b.csv", csv_of(unseen(), "jay,owl,wren,robin\n"));
  EXPECT_THAT(error("--logits a.csv --targets y.npy --unseen b.csv"),
              HasSubstr("b.csv: column 3 is called wren, but in a.csv robin"));
  EXPECT_THAT(error("--logits z.npy --targets y.npy --names jay,owl", 2),
              HasSubstr("--names gives 2 names, but z.npy has 4 columns"));
  EXPECT_THAT(error("--logits z.npy --targets y.npy --names jay,owl,jay,wren", 2),
              HasSubstr("same name"));
  auto wrong = target;
  wrong[5] = 4;
  put("wrong-y.npy", npy_of(wrong));
  EXPECT_THAT(error("--logits z.npy --targets wrong-y.npy"),
              HasSubstr("wrong-y.npy, row 5 (counted from 0): 4 is no class"));
  put("none.npy", npy_of(std::vector<std::int64_t>(400, -1)));
  EXPECT_THAT(error("--logits z.npy --targets none.npy"), HasSubstr("no row has a class"));
  put("one.npy", npy_of(Matrix(logits.leftCols(1))));
  put("ones.npy", npy_of(std::vector<std::int64_t>(400, 1)));
  EXPECT_THAT(error("--logits one.npy --targets ones.npy --activation softmax", 2),
              HasSubstr("needs two classes or more"));
}

TEST_F(JudgeTest, HelpTeachesAndWrongOptionsAreUsageErrors) {
  const Ran help = run("judge --help");
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, AllOf(HasSubstr("not trained on"), HasSubstr("Examples"),
                              HasSubstr("--unseen"), HasSubstr("numpy.save")));
  EXPECT_THAT(error("--targets y.npy", 2), HasSubstr("--logits is required"));
  EXPECT_THAT(error("--logits z.npy", 2), HasSubstr("--targets is required"));
  EXPECT_THAT(error("--logits z.npy --targets y.npy --activation tanh", 2), HasSubstr("tanh"));
  EXPECT_THAT(run("judge --logits z.npy --targets y.npy --out y.npy").err,
              HasSubstr("y.npy: can't be a folder"));
}

}  // namespace
}  // namespace oneormany
