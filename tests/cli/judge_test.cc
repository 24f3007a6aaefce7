// `oneormany judge` on files that other programs may have written, through the real program.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>

#include "data/folds.h"
#include "evaluate/in_domain.h"
#include "evaluate/predictions.h"
#include "evaluate/unseen.h"
#include "loss/matrix.h"
#include "metrics/calibration.h"
#include "ood/scores.h"
#include "ood/separation.h"
#include "tests/arrays/npy_bytes.h"
#include "tests/golden.h"
#include "tests/program.h"

namespace oneormany::cli {
namespace {

using arrays::npy;
using backbone::raw;
using backbone::safetensors_file;
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
    return report(arguments).at("models").at(0).at("in_domain");
  }

  /// Nothing but one line, nothing written; the line.
  std::string error(const std::string& arguments, int exit_code = 1) const {
    const Ran ran = run("judge --out report " + arguments);
    EXPECT_EQ(ran.exit_code, exit_code) << ran.err;
    EXPECT_THAT(ran.err, MatchesRegex("oneormany: [^\n]*\n"));
    EXPECT_THAT(ran.out, IsEmpty());
    EXPECT_FALSE(fs_exists("report"));
    return ran.err;
  }
  std::string logits_error(const Matrix& wrong) const {
    put("wrong.npy", npy_of(wrong));
    return error("--logits wrong.npy --targets y.npy");
  }
  bool fs_exists(const std::string& name) const { return std::filesystem::exists(dir / name); }

  /// Logits of 90 pictures of none of the classes, less sure than those of the classes.
  static Matrix unseen() {
    Matrix z(90, 4);
    for (Index i = 0; i < z.size(); ++i) z(i) = static_cast<double>(i * 7 % 23) / 5 - 3;
    return z;
  }

  /// Of 120 pictures, surer than the unseen ones.
  static Matrix background() {
    Matrix z(120, 4);
    for (Index i = 0; i < z.size(); ++i) z(i) = static_cast<double>(i * 11 % 29) / 4 - 3;
    return z;
  }

  /// Features: of the classes each in a direction of its own, of others in two more.
  static Matrix features(Index rows, const std::function<Index(Index)>& direction) {
    Matrix x(rows, 6);
    for (Index i = 0; i < x.size(); ++i) x(i) = static_cast<double>(i * 37 % 101) / 100 - 0.5;
    for (Index i = 0; i < rows; ++i) x(i, direction(i)) += 1;
    return x;
  }
  Matrix own_features() const {
    return features(400, [&](Index i) { return target[static_cast<std::size_t>(i)]; });
  }
  static Matrix unseen_features() {
    return features(90, [](Index i) { return i % 3 == 0 ? i % 4 : 4; });
  }
  void put_features() const {
    put("x.npy", npy_of(own_features()));
    put("other-x.npy", npy_of(unseen_features()));
    put("back.npy", npy_of(background()));
    put("back-x.npy", npy_of(features(120, [](Index i) { return i % 4 == 0 ? 0 : 5; })));
  }

  std::vector<std::vector<int>> labels() const {
    std::vector<std::vector<int>> each;
    for (const auto t : target) each.push_back({static_cast<int>(t)});
    return each;
  }
  static std::vector<int> numbers(int n) {
    std::vector<int> all(static_cast<std::size_t>(n));
    std::iota(all.begin(), all.end(), 0);
    return all;
  }
  /// Of the scores in domain and those of others.
  ood::Separation separation(const Vector& own, const Vector& others) const {
    std::vector<bool> right;
    for (Index i = 0; i < 400; ++i) {
      Index best = 0;
      logits.row(i).maxCoeff(&best);
      right.push_back(best == target[static_cast<std::size_t>(i)]);
    }
    return {{own.begin(), own.end()}, right, {others.begin(), others.end()}};
  }
  ood::Separation::Measures measures(const Vector& own, const Vector& others) const {
    return separation(own, others)
        .measure(metrics::Times::once(own.size()), metrics::Times::once(others.size()));
  }
  static Json score_named(const Json& model, const std::string& name) {
    for (const Json& score : model.at("scores")) {
      if (score.at("name") == name) return score;
    }
    ADD_FAILURE() << "no score " << name;
    return {};
  }
  static std::vector<std::string> score_names(const Json& found) {
    std::vector<std::string> names;
    for (const Json& score : found.at("models")[0].at("scores")) names.push_back(score.at("name"));
    return names;
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

TEST_F(JudgeTest, ThresholdsOfLabelsFollowTheAim) {
  const std::string files = "--logits multi.npy --targets multi-y.npy";
  const auto tuned = [&](const std::string& aim) { return in_domain(files + aim).at("labels"); };
  EXPECT_EQ(tuned("").at("tuned").at("aim"), "f1");  // not keep=0.95, as of whole pictures
  EXPECT_EQ(tuned("").at("each"), tuned(" --aim f1").at("each"));
  const Json keep = tuned(" --aim keep=0.9");
  EXPECT_EQ(keep.at("tuned").at("aim"), "keep=0.9");
  for (const Json& label : keep.at("each")) {
    EXPECT_GE(label.at("tuned").at("kept").at("value"), 0.9);
    EXPECT_TRUE(label.at("tuned").at("reachable"));
  }
  // At most one in a hundred of those that get a label lacks it, or it says that this can't be.
  const Json precise = tuned(" --aim precision=0.99");
  for (const Json& label : precise.at("each")) {
    const Json& own = label.at("tuned");
    EXPECT_EQ(own.at("reachable"), own.at("precision").at("value") >= 0.99);
  }
}

TEST_F(JudgeTest, GivesTheFiguresThatTheLibraryComputes) {
  std::vector<std::vector<int>> labels;
  std::vector<int> own, others;
  for (const auto t : target) labels.push_back({static_cast<int>(t)});
  for (int i = 0; i < 400; ++i) own.push_back(i);
  for (int i = 0; i < 90; ++i) others.push_back(i);
  const train::ModelSpec spec{"z", train::standard_losses()[1]};
  const evaluate::ModelPredictions predicted{
      spec, {ood::ScoreKind::kMaxProbability}, evaluate::predictions_of(spec, 4, logits, {}, own)};
  const evaluate::InDomain in = evaluate::evaluate_in_domain(predicted.spec, predicted.own,
                                                             data::Problem::kOneClass, labels, 1);
  const evaluate::UnseenResult out = evaluate::evaluate_unseen(
      predicted.own, labels, evaluate::predictions_of(spec, 4, unseen(), {}, others), 1);

  const Json model =
      report("--logits z.npy --targets y.npy --unseen other.npy --activation sigmoid")
          .at("models")[0];
  const Json found = model.at("in_domain");
  EXPECT_EQ(found.at("accuracy"), in.accuracy.value);
  EXPECT_EQ(found.at("ci95").at("accuracy"), (Json{in.accuracy.low, in.accuracy.high}));
  EXPECT_EQ(found.at("log_loss"), in.log_loss);
  EXPECT_EQ(found.at("map"), in.map);
  const Json keeping = model.at("unseen").at("labelled").at("keeping_95");
  EXPECT_EQ(keeping.at("threshold"), out.threshold);
  EXPECT_EQ(keeping.at("value"), out.keeping_95.value);
  EXPECT_EQ(keeping.at("ci95"), (Json{out.keeping_95.low, out.keeping_95.high}));
  EXPECT_EQ(model.at("unseen").at("auroc"), out.auroc.value);
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
    return report(arguments).at("models")[0].at("activation");
  };
  EXPECT_EQ(activation("--logits z.npy --targets y.npy"), "softmax");
  EXPECT_EQ(activation("--logits z.npy --targets y.npy --activation sigmoid"), "sigmoid");
  EXPECT_EQ(activation("--logits multi.npy --targets multi-y.npy"), "sigmoid");
  EXPECT_THAT(report("--logits multi.npy --targets multi-y.npy").at("notes")[0],
              AllOf(HasSubstr("no class or several: evaluated with sigmoid")));
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
  // Where the report is shown it is told there, and not twice.
  const Ran shown = run("judge --quiet --logits z.npy --targets some.npy");
  EXPECT_THAT(shown.err, IsEmpty());
  EXPECT_THAT(shown.out, HasSubstr("some.npy: 2 rows have no class"));
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
              StartsWith("Your one picture has exactly one of 4 labels"));
  put("two.npy", npy_of(Matrix(logits.topRows(2))));
  put("two-y.npy", npy_of(std::vector<std::int64_t>{1, 2}));
  EXPECT_THAT(
      report("--logits two.npy --targets two-y.npy").at("notes").dump(),
      HasSubstr("2 classes have no row, so the figures say nothing of them: class 0, class 3"));
}

TEST_F(JudgeTest, SeveralModelsStandSideBySide) {
  Matrix better = logits;
  for (Index i = 0; i < 400; ++i) better(i, target[static_cast<std::size_t>(i)]) += 2;
  put("better.npy", npy_of(better));
  const Json found = report(
      "--logits z.npy --logits better.npy --targets y.npy --unseen other.npy --unseen other.npy "
      "--activation softmax --activation sigmoid");
  ASSERT_EQ(found.at("models").size(), 2U);
  EXPECT_EQ(found.at("models")[0].at("name"), "z");
  EXPECT_EQ(found.at("models")[1].at("name"), "better");
  EXPECT_EQ(found.at("models")[1].at("activation"), "sigmoid");
  EXPECT_GT(found.at("models")[1].at("in_domain").at("accuracy"),
            found.at("models")[0].at("in_domain").at("accuracy"));
  EXPECT_EQ(found.at("data").at("unseen"), 90);

  put("a/z.npy", npy_of(logits));
  const Json same = report("--logits z.npy --logits a/z.npy --targets y.npy");
  EXPECT_EQ(same.at("models")[1].at("name"), "a/z.npy");
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

TEST_F(JudgeTest, ScoresOfLogitsAreThoseOfTheLibrary) {
  put("back.npy", npy_of(background()));
  const Json found =
      report("--logits z.npy --targets y.npy --unseen other.npy --background back.npy");
  EXPECT_THAT(score_names(found),
              testing::ElementsAre("max_probability", "max_logit", "energy", "margin", "entropy"));
  const MatrixF none;
  for (const ood::ScoreKind kind :
       {ood::ScoreKind::kMaxProbability, ood::ScoreKind::kMaxLogit, ood::ScoreKind::kEnergy,
        ood::ScoreKind::kMargin, ood::ScoreKind::kEntropy}) {
    const auto score = ood::fit_score(kind, {.logits = logits});
    const Vector own = score->of(none, logits);
    const auto others = measures(own, score->of(none, unseen()));
    const auto estimates = measures(own, score->of(none, background()));
    const std::string name(ood::name_of(kind));
    const Json given = score_named(found.at("models")[0], name);
    EXPECT_NEAR(given.at("threshold"), separation(own, own).threshold(), kExact) << name;
    EXPECT_NEAR(given.at("labelled").at("value"), others.passing[0], kExact) << name;
    EXPECT_NEAR(given.at("auroc").at("value"), others.auroc[0], kExact) << name;
    EXPECT_NEAR(given.at("fpr95").at("value"), others.fpr95[0], kExact) << name;
    EXPECT_NEAR(given.at("estimated").at("value"), estimates.passing[0], kExact) << name;
  }
  const Json recommended = found.at("recommended");
  const Json chosen = score_named(found.at("models")[0], recommended.at("score"));
  EXPECT_EQ(recommended.at("estimated"), chosen.at("estimated"));
  EXPECT_EQ(recommended.at("threshold").at("value"), chosen.at("threshold"));
  EXPECT_LE(chosen.at("estimated").at("value"),
            score_named(found.at("models")[0], "max_probability").at("estimated").at("value"));
  EXPECT_EQ(found.at("data").at("background"), 120);
  EXPECT_THAT(found.at("verdict").get<std::string>(),
              AllOf(HasSubstr("Use z with "), HasSubstr("120 background pictures"),
                    HasSubstr("90 unseen pictures"), Not(HasSubstr("unlike any in training"))));
}

TEST_F(JudgeTest, UnseenPicturesChooseNothing) {
  put("back.npy", npy_of(background()));
  const std::string files = "--logits z.npy --targets y.npy --background back.npy --aim f1";
  Json with = report(files + " --unseen other.npy").at("recommended");
  const Json without = report(files).at("recommended");
  EXPECT_TRUE(without.at("unseen").is_null());
  EXPECT_FALSE(with.at("unseen").is_null());
  with["unseen"] = nullptr;
  EXPECT_FALSE(with.at("classes").empty());
  for (Json& one : with.at("classes")) {
    EXPECT_FALSE(one.at("unseen").is_null());
    one["unseen"] = nullptr;
  }
  EXPECT_EQ(with, without);
  EXPECT_EQ(without.at("aim"), "f1");
}

TEST_F(JudgeTest, CalibrationAndSetsAreOutOfFold) {
  const Json found = report("--logits z.npy --targets y.npy --unseen other.npy --alpha 0.1");
  const auto folds = data::stratified_folds(labels(), 4, numbers(400), 5, 1);
  const auto choice = metrics::choose_calibration(
      loss::Activation::kSoftmax, logits, loss::one_hot(labels(), 4), {folds}, numbers(400));
  const Json calibration = found.at("models")[0].at("calibration");
  EXPECT_EQ(calibration.at("chosen"), metrics::name_of(choice.method));
  ASSERT_EQ(calibration.at("methods").size(), choice.tried.size());
  for (std::size_t k = 0; k < choice.tried.size(); ++k) {
    EXPECT_NEAR(calibration.at("methods")[k].at("log_loss"), choice.tried[k].log_loss, kExact);
  }
  const Json sets = found.at("prediction_sets");
  EXPECT_EQ(sets.at("alpha"), 0.1);
  EXPECT_NEAR(sets.at("coverage").at("value"), 0.9, 0.03);
  EXPECT_FALSE(sets.at("unseen").is_null());
  EXPECT_TRUE(sets.at("background").is_null());
  const Json of_old = report("--logits z.npy --targets y.npy --unseen other.npy --risk 0.1");
  EXPECT_EQ(of_old.at("prediction_sets"), sets);

  put("few.npy", npy_of(Matrix(logits.topRows(9))));
  put("few-y.npy", npy_of(std::vector(target.begin(), target.begin() + 9)));
  const Json few = report("--logits few.npy --targets few-y.npy");
  EXPECT_TRUE(few.at("models")[0].at("calibration").is_null());
  EXPECT_TRUE(few.at("prediction_sets").is_null());
  EXPECT_THAT(few.at("notes").dump(),
              HasSubstr("only 9 different pictures: too few for calibration"));
}

TEST_F(JudgeTest, ScoresOfFeaturesAreCrossFitted) {
  put_features();
  const Json found = report(
      "--logits z.npy --targets y.npy --unseen other.npy --features x.npy "
      "--unseen-features other-x.npy --scores mahalanobis,knn");
  EXPECT_THAT(score_names(found),
              testing::ElementsAre("max_probability", "knn", "mahalanobis", "both_gates"));
  const auto each = labels();
  const auto folds = data::stratified_folds(each, 4, numbers(400), 5, 1);
  const MatrixF x = own_features().cast<float>(), others = unseen_features().cast<float>();
  Vector own(400), to_others = Vector::Zero(90);
  for (int fold = 0; fold < 5; ++fold) {
    std::vector<Index> inside, outside;
    std::vector<std::vector<int>> known;
    for (Index i = 0; i < 400; ++i) {
      const bool evaluated = folds[static_cast<std::size_t>(i)] == fold;
      (evaluated ? inside : outside).push_back(i);
      if (!evaluated) known.push_back(each[static_cast<std::size_t>(i)]);
    }
    const MatrixF outside_x = x(outside, Eigen::all);
    const Matrix outside_z = logits(outside, Eigen::all);
    const auto knn = ood::fit_score(
        ood::ScoreKind::kKnn,
        {.logits = outside_z, .rows = std::make_shared<const ood::FeatureRows>(outside_x, known)});
    const Vector found_inside = knn->of(x(inside, Eigen::all), logits(inside, Eigen::all));
    for (std::size_t i = 0; i < inside.size(); ++i) {
      own(inside[i]) = found_inside(static_cast<Index>(i));
    }
    to_others += knn->of(others, unseen()) / 5;
  }
  const Json given = score_named(found.at("models")[0], "knn");
  EXPECT_NEAR(given.at("threshold"), separation(own, own).threshold(), kExact);
  EXPECT_NEAR(given.at("auroc").at("value"), measures(own, to_others).auroc[0], kExact);
  EXPECT_GT(given.at("auroc").at("value"), 0.7);
}

TEST_F(JudgeTest, BackgroundFeaturesAddTheScoresThatLearnFromThem) {
  put_features();
  const std::string files =
      "--logits z.npy --targets y.npy --features x.npy --background back.npy "
      "--background-features back-x.npy";
  const Json found = report(files);
  ASSERT_EQ(found.at("models")[0].at("scores").size(), ood::all_scores().size() + 1);
  for (const Json& score : found.at("models")[0].at("scores")) {
    EXPECT_FALSE(score.at("estimated").is_null()) << score;
  }
  // A quarter of the background lies with class 0: a score that was fitted on the very rows that it
  // judges would keep those away too.
  EXPECT_GT(score_named(found.at("models")[0], "background").at("estimated").at("value"), 0.05);
  EXPECT_LT(score_named(found.at("models")[0], "background").at("estimated").at("value"), 0.6);
  const Json all = report(files + " --scores all");
  EXPECT_EQ(all.at("models"), found.at("models"));
}

TEST_F(JudgeTest, FromHardlyAnyBackgroundNoScoreLearns) {
  put_features();
  for (const Index rows : {1, 2}) {
    put("back.npy", npy_of(Matrix(background().topRows(rows))));
    put("back-x.npy", npy_of(Matrix(features(rows, [](Index) { return 5; }))));
    const std::string files =
        "--logits z.npy --targets y.npy --features x.npy --background back.npy "
        "--background-features back-x.npy";
    const Json scores = report(files).at("models")[0].at("scores");
    EXPECT_EQ(scores.size(), ood::all_scores().size()) << rows;  // both gates, but not background
    EXPECT_THAT(error(files + " --scores background"),
                HasSubstr("back.npy: too few different pictures to learn the score background "
                          "from"));
  }
}

TEST_F(JudgeTest, OfSeveralModelsOnlyBackgroundChoosesOne) {
  Matrix better = logits;
  for (Index i = 0; i < 400; ++i) better(i, target[static_cast<std::size_t>(i)]) += 2;
  put("better.npy", npy_of(better));
  put("back.npy", npy_of(background()));
  put("back-2.npy", npy_of(Matrix(background() / 9)));
  const std::string models = "--logits z.npy --logits better.npy --targets y.npy";
  const Json alone = report(models);
  EXPECT_TRUE(alone.at("recommended").is_null());
  EXPECT_TRUE(alone.at("prediction_sets").is_null());
  EXPECT_FALSE(alone.at("models")[1].at("calibration").is_null());
  ASSERT_EQ(alone.at("differences").size(), 1U);
  const Json difference = alone.at("differences")[0];
  const auto accuracy = [&](int model) {
    return alone.at("models")[model].at("in_domain").at("accuracy").get<double>();
  };
  EXPECT_EQ(difference.at("model"), "better");
  EXPECT_NEAR(difference.at("score").at("value"), accuracy(0) - accuracy(1), kExact);
  EXPECT_TRUE(difference.at("score_significant").get<bool>());

  const Json found = report(models + " --background back.npy --background back-2.npy");
  EXPECT_EQ(found.at("recommended").at("model"), "better");
  EXPECT_EQ(found.at("differences")[0].at("model"), "z");
  EXPECT_THAT(found.at("verdict").get<std::string>(),
              AllOf(HasSubstr("Use better with "),
                    HasSubstr("no equally accurate model does clearly better")));
}

TEST_F(JudgeTest, FeaturesAndBackgroundThatDontFitAreOneLine) {
  put_features();
  const std::string files = "--logits z.npy --targets y.npy ";
  EXPECT_THAT(error(files + "--features other-x.npy"),
              HasSubstr("other-x.npy: has 90 rows, but z.npy has 400"));
  put("narrow.npy", npy_of(Matrix(unseen_features().leftCols(3))));
  EXPECT_THAT(error(files + "--features x.npy --unseen other.npy --unseen-features narrow.npy"),
              HasSubstr("narrow.npy: has 3 columns, but x.npy has 6"));
  EXPECT_THAT(error(files + "--features x.npy --unseen other.npy --unseen-features back-x.npy"),
              HasSubstr("back-x.npy: has 120 rows, but other.npy has 90"));
  EXPECT_THAT(error(files + "--features x.npy --unseen other.npy", 2),
              HasSubstr("--features and --unseen need --unseen-features too"));
  EXPECT_THAT(error(files + "--unseen other.npy --unseen-features other-x.npy", 2),
              HasSubstr("--unseen-features needs --features too"));
  EXPECT_THAT(error(files + "--features x.npy --background-features back-x.npy", 2),
              HasSubstr("--background-features needs --background: the logits"));
  EXPECT_THAT(error(files + "--scores knn", 2), HasSubstr("give them with --features"));
  EXPECT_THAT(error(files + "--features x.npy --scores background", 2),
              HasSubstr("the score background learns from background: give --background"));
  EXPECT_THAT(error(files + "--scores enrgy", 2), HasSubstr("did you mean energy?"));
  EXPECT_THAT(error(files + "--aim best", 2), HasSubstr("best"));
  EXPECT_THAT(error(files + "--background back.npy --background back.npy", 2),
              HasSubstr("--background is given 2 times and --logits 1 time"));
  EXPECT_THAT(error(files + "--background z.npy", 2),
              HasSubstr("--background z.npy is a file of --logits: background pictures are none"));
  EXPECT_THAT(error(files + "--background other.npy --unseen other.npy", 2),
              HasSubstr("--unseen other.npy is a file of --background"));
  Matrix wrong = own_features();
  wrong(3, 2) = NAN;
  put("wrong.npy", npy_of(wrong));
  EXPECT_THAT(error(files + "--features wrong.npy"),
              HasSubstr("wrong.npy, row 3, column 2 (counted from 0): nan is no feature"));
}

TEST_F(JudgeTest, WritesReportsThatSayOnlyWhatIsKnown) {
  const Ran ran = run("judge --logits z.npy --targets y.npy --unseen other.npy --out report");
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(StartsWith("z.npy\n400 pictures of 4 classes: class 0: 100, "),
                             HasSubstr("softmax"), HasSubstr("90 unseen"),
                             HasSubstr("report: report/report.html")));
  const std::string page = read_text(dir / "report/report.html");
  EXPECT_THAT(page, AllOf(HasSubstr("</html>"), HasSubstr("The logits came from other programs")));
  const auto body = page.find("<body>");
  for (const std::string& text : {ran.out, page.substr(body, page.find("<script") - body)}) {
    EXPECT_THAT(text,
                AllOf(Not(HasSubstr("0 folds")), Not(HasSubstr("backbone")),
                      Not(HasSubstr("background picture")), Not(HasSubstr("held-out clusters")),
                      Not(HasSubstr(" px")), Not(HasSubstr("Features took"))));
  }
  const Json json = Json::parse(read_text(dir / "report/report.json"));
  EXPECT_EQ(json.at("format"), "oneormany-report-2");
  for (const auto* key : {"folds", "seeds", "backbone", "size", "precision", "stages"}) {
    EXPECT_TRUE(json.at("protocol").at(key).is_null()) << key;
  }
  EXPECT_TRUE(json.at("seconds").at("features").is_null());
  EXPECT_THAT(json.at("verdict").get<std::string>(),
              AllOf(HasSubstr("Use z with a threshold of "),
                    HasSubstr("give logits of such pictures with --background")));
}

TEST_F(JudgeTest, ProbabilitiesAreNotTakenForLogits) {
  const Matrix soft = loss::activate(loss::Activation::kSoftmax, logits);
  put("p.npy", npy_of(soft));
  put("s.npy", npy_of(loss::activate(loss::Activation::kSigmoid, logits)));
  EXPECT_THAT(error("--logits p.npy --targets y.npy"),
              AllOf(HasSubstr("p.npy: all its numbers are from 0 to 1 and each row's sum is 1"),
                    HasSubstr(": say --probabilities"), HasSubstr("--no-probabilities")));
  // Rows that don't sum to 1 are no softmax's, but no logits either.
  for (const char* activation : {"softmax", "sigmoid"}) {
    EXPECT_THAT(error("--targets y.npy --logits s.npy --activation " + std::string(activation)),
                AllOf(HasSubstr("s.npy: all"), Not(HasSubstr("sum is 1"))));
  }
  EXPECT_THAT(error("--logits p.npy --targets y.npy --probabilities --no-probabilities", 2),
              HasSubstr("excludes"));
  // Who says that they are logits has them taken as such.
  const Json taken = in_domain("--logits p.npy --targets y.npy --no-probabilities");
  EXPECT_GT(taken.at("log_loss").get<double>(),
            golden.at("classes").at("log_loss").get<double>() + 0.1);
  EXPECT_EQ(taken.at("accuracy"), golden.at("classes").at("accuracy"));
  // One file of each kind: neither option is right for both.
  put("other-p.npy", npy_of(loss::activate(loss::Activation::kSoftmax, unseen())));
  for (const char* option : {"--unseen", "--background"}) {
    EXPECT_THAT(error(fmt::format("--logits z.npy --targets y.npy {} other-p.npy", option)),
                AllOf(HasSubstr("other-p.npy: all its numbers"), HasSubstr("give logits of all")));
  }
  EXPECT_THAT(run("judge --json --quiet --logits z.npy --targets y.npy").err, IsEmpty());
  put("log.npy", npy_of(soft.array().log().matrix()));
  const Json cured = in_domain("--logits log.npy --targets y.npy");
  EXPECT_NEAR(cured.at("log_loss"), golden.at("classes").at("log_loss"), kExact);
}

TEST_F(JudgeTest, RoundingNeverHidesProbabilities) {
  const Matrix soft = loss::activate(loss::Activation::kSoftmax, logits);
  const auto error_of = [&](const Matrix& rounded) {
    put("p.npy", npy_of(rounded));
    return run("judge --json --quiet --logits p.npy --targets y.npy").err;
  };
  Matrix above = soft;
  above.row(7) << 1.0000001, 0, -1e-9, 0;
  EXPECT_THAT(error_of(above),
              AllOf(HasSubstr("each row's sum is 1"), HasSubstr("--probabilities")));
  const auto rounded = [&](double unit) { return Matrix((soft.array() / unit).round() * unit); };
  EXPECT_THAT(error_of(rounded(0.01)), HasSubstr("look like probabilities"));
  EXPECT_THAT(error_of(100 * soft), AllOf(HasSubstr("from 0 to 100 and each row's sum is 100"),
                                          HasSubstr("look like per cent")));
  EXPECT_THAT(error_of(100 * rounded(0.01)), HasSubstr("look like per cent"));
  EXPECT_THAT(error_of(soft.cast<Eigen::half>().cast<double>()),
              HasSubstr("look like probabilities"));
  EXPECT_THAT(error_of(soft.cast<Eigen::bfloat16>().cast<double>() * 1.003),
              HasSubstr("look like probabilities"));
  const Matrix sigmoid = loss::activate(loss::Activation::kSigmoid, Matrix(2 * logits));
  EXPECT_THAT(error_of(100 * sigmoid), HasSubstr("look like per cent"));
  EXPECT_THAT(error_of(logits.array().abs().matrix()), IsEmpty());
}

TEST_F(JudgeTest, ProbabilitiesBecomeLogits) {
  const Json wanted = in_domain("--logits z.npy --targets y.npy");
  const auto near = [&](const Json& found, const Json& other, double error) {
    EXPECT_NEAR(found.at("accuracy"), other.at("accuracy"), error);
    EXPECT_NEAR(found.at("log_loss"), other.at("log_loss"), error);
    EXPECT_NEAR(found.at("ece"), other.at("ece"), error);
  };
  const Matrix soft = loss::activate(loss::Activation::kSoftmax, logits);
  put("p.npy", npy_of(soft));
  put("percent.npy", npy_of(Matrix(100 * soft)));
  put("b.npy", npy_of(loss::activate(loss::Activation::kSoftmax, background())));
  const std::string asked = " --targets y.npy --probabilities";
  near(in_domain("--logits p.npy" + asked), wanted, 1e-6);
  near(in_domain("--logits percent.npy" + asked), wanted, 1e-6);
  const Ran quiet = run("judge --json --quiet --background b.npy --logits p.npy" + asked);
  EXPECT_THAT(quiet.err, IsEmpty());
  EXPECT_THAT(score_names(Json::parse(quiet.out)), Not(testing::Contains("energy")));
  EXPECT_THAT(error("--logits p.npy --scores energy" + asked, 2), HasSubstr("energy needs logits"));

  put("s.npy", npy_of(loss::activate(loss::Activation::kSigmoid, logits)));
  near(in_domain("--logits s.npy --activation sigmoid" + asked),
       in_domain("--logits z.npy --targets y.npy --activation sigmoid"), 1e-6);

  // 0 and 1 are kept from infinity, at the bound that --help states.
  Matrix sure = Matrix::Zero(400, 4);
  for (Index i = 0; i < 400; ++i)
    sure(i, i == 0 ? 3 - target[0] : target[static_cast<std::size_t>(i)]) = 1;
  put("sure.npy", npy_of(sure));
  EXPECT_NEAR(in_domain("--logits sure.npy" + asked).at("log_loss"), -std::log(1e-7) / 400, 1e-4);

  EXPECT_THAT(error("--logits z.npy" + asked), AllOf(HasSubstr("z.npy, row 0, column"),
                                                     HasSubstr("is no probability: leave --prob")));
}

TEST_F(JudgeTest, SoftTargetsAreRefusedWithTheCure) {
  put("soft.npy", npy_of(loss::activate(loss::Activation::kSoftmax, logits)));
  EXPECT_THAT(error("--logits z.npy --targets soft.npy"),
              AllOf(HasSubstr("soft.npy, row 0, column 0"), HasSubstr("y.argmax(1)")));
  put("soft.csv", csv_of(loss::activate(loss::Activation::kSigmoid, logits)));
  EXPECT_THAT(error("--logits z.npy --targets soft.csv"),
              AllOf(HasSubstr("soft.csv, line 1, column 1"), HasSubstr("(y > 0.5)")));
  put("signs.npy", npy_of(Matrix((logits.array() > 0).select(Matrix::Ones(400, 4), -1))));
  EXPECT_THAT(error("--logits z.npy --targets signs.npy"), HasSubstr("save (y + 1) / 2"));
}

TEST_F(JudgeTest, OneColumnIsOneClassOrTwo) {
  std::vector<std::int64_t> second;
  for (const auto t : target) second.push_back(t > 1);
  put("second.npy", npy_of(second));
  const Matrix two = logits.leftCols(2);
  put("two.npy", npy_of(two));
  put("one.npy", npy_of(Matrix(two.col(1) - two.col(0))));
  const Json wanted = in_domain("--logits two.npy --targets second.npy");
  const Json found = report("--logits one.npy --targets second.npy --names cat,dog");
  EXPECT_EQ(found.at("models")[0].at("activation"), "softmax");
  EXPECT_NEAR(found.at("models")[0].at("in_domain").at("log_loss"), wanted.at("log_loss"), kExact);
  EXPECT_EQ(found.at("data").at("classes")[1].at("name"), "dog");
  put("p.npy", npy_of(loss::activate(loss::Activation::kSigmoid, Matrix(two.col(1) - two.col(0)))));
  EXPECT_NEAR(in_domain("--logits p.npy --probabilities --targets second.npy --names cat,dog")
                  .at("log_loss"),
              wanted.at("log_loss"), 1e-6);
  EXPECT_EQ(report("--logits one.npy --targets second.npy").at("models")[0].at("activation"),
            "sigmoid");
  put("flat.npy", npy("<f8", "(400,)", raw(std::vector<double>(400))));
  EXPECT_THAT(error("--logits flat.npy --targets second.npy"), HasSubstr("z.reshape(-1, 1)"));
}

TEST_F(JudgeTest, TargetsMayBeNumpysTextsButNeverAPickle) {
  put("z.csv", csv_of(logits, "jay,owl,robin,wren\n"));
  const std::vector<std::string> names{"jay", "owl", "robin", "wren"};
  std::string texts;
  for (const auto t : target) {
    std::string text = names[static_cast<std::size_t>(t)];
    text.resize(5, '\0');
    for (const char c : text) texts += std::string{c, '\0', '\0', '\0'};
  }
  put("names.npy", npy("<U5", "(400,)", texts));
  EXPECT_EQ(in_domain("--logits z.csv --targets names.npy"),
            in_domain("--logits z.csv --targets y.npy"));
  EXPECT_THAT(error("--logits z.npy --targets names.npy"), HasSubstr("give --names"));
  put("objects.npy", npy("|O", "(400,)", "\x80\x04pickled"));
  EXPECT_THAT(
      error("--logits z.csv --targets objects.npy"),
      AllOf(HasSubstr("objects.npy: holds Python objects"), HasSubstr("array.astype('U')")));
}

TEST_F(JudgeTest, FilesOfTheLogitsAreInTheReportsLists) {
  std::string table = "file,jay,owl,robin,wren\n", truth = "image,label\n", mixed = truth;
  const std::vector<std::string> names{"jay", "owl", "robin", "wren"};
  for (Index i = 0; i < 400; ++i) {
    const std::vector<double> row(logits.row(i).begin(), logits.row(i).end());
    const std::string& name = names[static_cast<std::size_t>(target[static_cast<std::size_t>(i)])];
    table += fmt::format("p{}.jpg,{}\n", i, fmt::join(row, ","));
    truth += fmt::format("p{}.jpg,{}\n", i, name);
    mixed += fmt::format("p{}.jpg,{}\n", i == 7 ? 8 : i, name);
  }
  put("z.csv", table);
  put("truth.csv", truth);
  put("mixed.csv", mixed);
  const Json found = report("--logits z.csv --targets truth.csv");
  EXPECT_EQ(found.at("models")[0].at("in_domain"), in_domain("--logits z.npy --targets y.npy"));
  ASSERT_FALSE(found.at("label_errors").empty());
  EXPECT_THAT(found.at("label_errors")[0].at("file").get<std::string>(),
              MatchesRegex("p[0-9]+.jpg"));
  EXPECT_THAT(
      error("--logits z.csv --targets mixed.csv"),
      HasSubstr("mixed.csv, line 9: is about p8.jpg, but that row of z.csv is about p7.jpg"));
}

TEST_F(JudgeTest, ClassesWithoutPicturesHaveNoFigures) {
  Matrix wide = Matrix::Constant(400, 10, -20);
  wide.leftCols(4) = logits;
  put("wide.npy", npy_of(wide));
  const Json found = report("--logits wide.npy --targets y.npy");
  const Json classes = found.at("recommended").at("classes");
  ASSERT_EQ(classes.size(), 10U);
  EXPECT_FALSE(classes[0].at("recall").is_null());
  for (const char* figure : {"recall", "precision", "given", "kept", "mistaken_for"}) {
    EXPECT_TRUE(classes[9].at(figure).is_null()) << figure;
  }
  EXPECT_THAT(found.at("verdict").get<std::string>(),
              AllOf(Not(HasSubstr("class 9")), HasSubstr("of 10 classes 6 have none here")));
  const std::string text = run("judge --verbose --quiet --logits wide.npy --targets y.npy").out;
  const std::size_t table = text.find("Class by class");
  ASSERT_NE(table, std::string::npos);
  EXPECT_LT(text.find("class 3 ", table), text.find("class 4 ", table));
  EXPECT_THAT(text.substr(text.find("class 4 ", table), 80),
              MatchesRegex("class 4  *0  *–(.|\n)*"));
  const std::string brief = run("judge --quiet --logits wide.npy --targets y.npy").out;
  EXPECT_THAT(brief.substr(brief.find("Models (")), Not(HasSubstr("class 9")));
  EXPECT_THAT(brief, AllOf(HasSubstr("class 3: "), HasSubstr("93, 6 without"),
                           Not(HasSubstr("out of fold"))));
}

TEST_F(JudgeTest, LabelsWithoutPicturesHaveNoFigures) {
  Matrix carried = (logits.array() > 0).cast<double>();
  carried.col(2).setZero();
  put("none.npy", npy_of(carried));
  const Json each = report("--logits z.npy --targets none.npy")
                        .at("models")[0]
                        .at("in_domain")
                        .at("labels")
                        .at("each");
  for (const char* figure : {"average_precision", "f1", "ece", "tuned"}) {
    EXPECT_TRUE(each[2].at(figure).is_null()) << figure;
    EXPECT_FALSE(each[1].at(figure).is_null()) << figure;
  }
}

TEST_F(JudgeTest, OnlyRegularFilesAreRead) {
  ASSERT_EQ(
      run_shell("mkfifo pipe.npy pipe.csv; ln -s /dev/zero zero.npy; ln -s /dev/zero zero.csv")
          .exit_code,
      0);
  for (const char* file : {"pipe.npy", "pipe.csv", "zero.npy", "zero.csv"}) {
    EXPECT_THAT(error(fmt::format("--logits {} --targets y.npy", file)),
                AllOf(HasSubstr(file), HasSubstr("pipe or a device")));
    EXPECT_THAT(error(fmt::format("--logits z.npy --targets {}", file)),
                HasSubstr("pipe or a device"));
  }
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

TEST_F(JudgeTest, WrongOptionsAreUsageErrors) {
  EXPECT_THAT(error("--targets y.npy", 2), HasSubstr("--logits is required"));
  EXPECT_THAT(error("--logits z.npy", 2), HasSubstr("--targets is required"));
  EXPECT_THAT(error("--logits z.npy --targets y.npy --activation tanh", 2), HasSubstr("tanh"));
  EXPECT_THAT(run("judge --logits z.npy --targets y.npy --out y.npy").err,
              HasSubstr("y.npy: can't be a folder"));
}

}  // namespace
}  // namespace oneormany::cli
