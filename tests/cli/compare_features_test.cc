// `oneormany compare --features`: the main job on features that another network gave.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "backbone/backbone.h"
#include "data/data.h"
#include "features/features.h"
#include "image/image.h"
#include "tests/arrays/npy_bytes.h"
#include "tests/cli/clipart.h"

namespace oneormany::cli {
namespace {

namespace fs = std::filesystem;
using arrays::npy;
using backbone::raw;
using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

std::string npy_of(const MatrixF& m) {
  return npy("<f4", fmt::format("({}, {})", m.rows(), m.cols()),
             raw(std::vector<float>(m.data(), m.data() + m.size())));
}

std::string npy_of(const std::vector<std::int64_t>& numbers) {
  return npy("<i8", fmt::format("({},)", numbers.size()), raw(numbers));
}

class CompareFeaturesTest : public ClipartTest {
 protected:
  void put(const std::string& name, const std::string& bytes) const {
    write_text(dir / name, bytes);
  }

  json report(const std::string& arguments) const {
    const Ran ran = run("compare --folds 3 --json --quiet " + arguments);
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    return ran.exit_code == 0 ? json::parse(ran.out) : json();
  }

  Ran ran(const std::string& arguments) const {
    return run("compare --folds 3 --quiet " + arguments);
  }

  /// Rows around the mean of each one's class, as spread as the classes are apart; the same for the
  /// same seed.
  static MatrixF made(const std::vector<std::int64_t>& classes, unsigned seed, double apart = 0.6) {
    std::mt19937 dice(seed);
    MatrixF x(static_cast<Index>(classes.size()), 8);
    for (Index i = 0; i < x.rows(); ++i) {
      for (Index j = 0; j < x.cols(); ++j) {
        const double noise = static_cast<double>(dice()) / 4294967296.0 - 0.5;
        x(i, j) =
            static_cast<float>(noise + (j == classes[static_cast<std::size_t>(i)] ? apart : 0.0));
      }
    }
    return x;
  }

  /// x.npy and y.npy: 60 rows of three classes.
  void put_three_classes() const {
    put("x.npy", npy_of(made(three, 1)));
    put("y.npy", npy_of(three));
  }

  static std::vector<std::int64_t> in_turn(std::size_t rows, std::int64_t classes) {
    std::vector<std::int64_t> numbers;
    for (std::size_t i = 0; i < rows; ++i) {
      numbers.push_back(static_cast<std::int64_t>(i) % classes);
    }
    return numbers;
  }
  const std::vector<std::int64_t> three = in_turn(60, 3);
};

/// Of these files, by the default network at 64 px.
MatrixF features_of(const std::vector<fs::path>& files) {
  backbone::BackboneOptions options;
  options.size = 64;
  image::ImageOptions reading;
  reading.size = options.size;
  return features::extract_features(files, backbone::Backbone(options), reading, std::nullopt)
      .features;
}

/// A CSV file that names the pictures, with every digit that a float has.
std::string csv_of(const std::vector<fs::path>& files, const MatrixF& features,
                   const fs::path& folder) {
  std::string text;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto row = features.row(static_cast<Index>(i));
    text += fmt::format("{},{}\n", files[i].lexically_relative(folder).string(),
                        fmt::join(row.begin(), row.end(), ","));
  }
  return text;
}

/// 120 rows of three classes, 60 of background and, of what isn't labelled, 60 of another kind and
/// 30 of the classes.
TEST_F(CompareFeaturesTest, UnlabelledRowsOfTheClassesAreFoundAndTheOthersAreBackground) {
  const auto classes = in_turn(120, 3);
  put("x.npy", npy_of(made(classes, 1, 1.5)));
  put("y.npy", npy_of(classes));
  put("b.npy", npy_of(made(std::vector<std::int64_t>(60, 5), 2, 1.5)));
  std::vector<std::int64_t> kinds(60, 6);
  for (const std::int64_t one : in_turn(30, 3)) kinds.push_back(one);
  put("pile.npy", npy_of(made(kinds, 3, 1.5)));
  const std::string given =
      "--features x.npy --targets y.npy --background-features b.npy --unlabelled-features pile.npy";
  const json found = report(given);
  const json& sorted = found.at("data").at("unlabelled");
  EXPECT_EQ(sorted.at("given"), 90);
  EXPECT_NEAR(sorted.at("of_classes").get<int>(), 30, 12);
  EXPECT_EQ(sorted.at("background").get<int>() + sorted.at("of_classes").get<int>(), 90);
  EXPECT_EQ(found.at("data").at("background").get<int>(), 60 + sorted.at("background").get<int>());
  EXPECT_LT(found.at("recommended").at("related").at("value"), 0.3);
  EXPECT_THAT(found.at("verdict").get<std::string>(), HasSubstr("as your unlabelled ones show"));
  json again = report(given);
  for (const char* key : {"seconds"}) again[key] = found.at(key);
  EXPECT_EQ(again, found);
}

// Nothing else tells what unrelated ones would get.
TEST_F(CompareFeaturesTest, UnlabelledRowsAloneAreBackgroundToo) {
  put_three_classes();
  put("pile.npy", npy_of(made(std::vector<std::int64_t>(60, 6), 3)));
  const json found = report("--features x.npy --targets y.npy --unlabelled-features pile.npy");
  EXPECT_TRUE(found.at("recommended").at("estimated").is_null());
  EXPECT_FALSE(found.at("recommended").at("related").is_null());
  EXPECT_EQ(found.at("models").size(), 6u);
}

TEST_F(CompareFeaturesTest, UnlabelledRowsThatDontFitAreOneLine) {
  put_three_classes();
  put("narrow.npy", npy_of(MatrixF(made(three, 4).leftCols(3))));
  const Ran narrow = ran("--features x.npy --targets y.npy --unlabelled-features narrow.npy");
  EXPECT_EQ(narrow.exit_code, 1);
  EXPECT_THAT(narrow.err, AllOf(HasSubstr("narrow.npy"), HasSubstr("columns")));
  put("same.npy", npy_of(made(three, 1)));
  const Ran same = ran("--features x.npy --targets y.npy --unlabelled-features same.npy");
  EXPECT_EQ(same.exit_code, 1);
  EXPECT_THAT(same.err, HasSubstr("no unlabelled picture is left"));
  const Ran folder = ran("--features x.npy --targets y.npy --unlabelled pile");
  EXPECT_EQ(folder.exit_code, 2);
  EXPECT_THAT(folder.err, HasSubstr("give --unlabelled-features"));
}

TEST_F(CompareFeaturesTest, FeaturesOfPicturesGiveTheFiguresOfThePictures) {
  pictures("buildings", 12, "data/buildings");
  pictures("food", 14, "data/food");
  const fs::path copied = fs::directory_iterator(dir / "data/food")->path();
  fs::copy_file(fs::canonical(copied), dir / "data/food/zz-copy.png");
  const fs::path wrong = fs::directory_iterator(dir / "data/food")->path();
  fs::rename(wrong, dir / "data/buildings/wrong.png");
  pictures("people", 12, "unseen");
  pictures("food", 1, "unseen");  // has another role: left out
  pictures("tools", 12, "background");
  const json of_pictures = report(
      "data --unseen unseen --background background --background none --size 64 --scores knn");

  const data::DataSet data = data::read_data(dir / "data");
  std::vector<fs::path> files;
  std::string targets = "label\n";
  std::vector<std::int64_t> numbers;
  for (const data::Picture& picture : data.pictures) {
    files.push_back(picture.file);
    numbers.push_back(picture.labels[0]);
    targets += data.classes[static_cast<std::size_t>(picture.labels[0])] + "\n";
  }
  const auto unseen = data::list_pictures({dir / "unseen"}).files;
  const MatrixF own = features_of(files), others = features_of(unseen);
  put("x.csv", csv_of(files, own, dir));
  put("y.csv", targets);
  put("u.csv", csv_of(unseen, others, dir));
  put("b.npy", npy_of(features_of(data::list_pictures({dir / "background"}).files)));
  const json of_features = report(
      "--features x.csv --targets y.csv --unseen-features u.csv --background-features b.npy "
      "--scores knn");
  for (const char* part : {"models", "recommended", "differences", "prediction_sets",
                           "label_errors", "untrained_models"}) {
    EXPECT_EQ(of_features.at(part), of_pictures.at(part)) << part;
  }
  for (const char* part : {"pictures", "classes", "labels_per_picture", "duplicates", "unseen",
                           "background", "background_from"}) {
    EXPECT_EQ(of_features.at("data").at(part), of_pictures.at("data").at(part)) << part;
  }
  EXPECT_EQ(of_features.at("data").at("duplicates"), 1);
  EXPECT_THAT(of_features.at("label_errors"), Not(testing::IsEmpty()));
  EXPECT_THAT(of_features.at("notes").dump(),
              HasSubstr("1 unseen picture left out: the same features are among the classes"));
  const json& protocol = of_features.at("protocol");
  EXPECT_EQ(protocol.at("given_features"), own.cols());
  EXPECT_EQ(protocol.at("folds"), 3);
  for (const char* of_pictures_only : {"backbone", "size", "precision", "stages"}) {
    EXPECT_TRUE(protocol.at(of_pictures_only).is_null()) << of_pictures_only;
  }
  EXPECT_TRUE(of_pictures.at("protocol").at("given_features").is_null());

  // Without names, and under class numbers that skip one.
  for (std::int64_t& number : numbers) number = 2 * number + 1;
  put("x.npy", npy_of(own));
  put("y.npy", npy_of(numbers));
  put("u.npy", npy_of(others));
  const json numbered = report(
      "--features x.npy --targets y.npy --unseen-features u.npy --background-features b.npy "
      "--scores knn");
  EXPECT_EQ(numbered.at("data").at("classes")[1].at("name"), "class 3");
  EXPECT_TRUE(numbered.at("label_errors").empty());
  for (std::size_t m = 0; m < of_pictures.at("models").size(); ++m) {
    EXPECT_EQ(numbered.at("models")[m].at("in_domain"),
              of_pictures.at("models")[m].at("in_domain"));
    EXPECT_EQ(numbered.at("models")[m].at("unseen"), of_pictures.at("models")[m].at("unseen"));
  }
}

TEST_F(CompareFeaturesTest, TargetsAreReadInEveryForm) {
  put_three_classes();
  const json numbers = report("--features x.npy --targets y.npy").at("models");
  const auto models = [&](const std::string& arguments) {
    return report("--features x.npy " + arguments).at("models");
  };
  const std::vector<std::string> names{"ant", "bee", "cat"};
  std::string label = "label\n", plain = "kind\n", matrix = "ant,bee,cat\n", spaced;
  std::vector<std::int8_t> ones;
  for (const std::int64_t c : three) {
    label += names[static_cast<std::size_t>(c)] + "\n";
    plain += fmt::format("{}\n", c);
    matrix += fmt::format("{},{},{}\n", c == 0 ? 1 : 0, c == 1 ? 1 : 0, c == 2 ? 1 : 0);
    spaced += fmt::format("{} {} {}\n", c == 0 ? 1 : 0, c == 1 ? 1 : 0, c == 2 ? 1 : 0);
    for (std::int64_t k = 0; k < 3; ++k) ones.push_back(k == c);
  }
  put("label.csv", label);
  put("plain.csv", plain);
  put("matrix.csv", matrix);
  put("spaced.txt", spaced);
  put("ones.npy", npy("|i1", "(60, 3)", raw(ones)));
  for (const char* targets : {"label.csv", "plain.csv", "matrix.csv", "spaced.txt", "ones.npy"}) {
    EXPECT_EQ(models(std::string("--targets ") + targets), numbers) << targets;
  }
  const auto classes = [&](const std::string& arguments) {
    std::vector<std::string> found;
    const json all = report("--features x.npy " + arguments);
    for (const auto& one : all.at("data").at("classes")) found.push_back(one.at("name"));
    return found;
  };
  EXPECT_EQ(classes("--targets label.csv"), names);
  EXPECT_EQ(classes("--targets matrix.csv"), names);
  EXPECT_THAT(classes("--targets plain.csv"), ElementsAre("class 0", "class 1", "class 2"));
  EXPECT_THAT(classes("--targets y.npy --names x,y,z"), ElementsAre("x", "y", "z"));
}

TEST_F(CompareFeaturesTest, OneCsvFileMayHoldFeaturesAndLabels) {
  const MatrixF x = made(three, 1);
  std::string text = "image,label,p,q,r\n";
  for (Index i = 0; i < x.rows(); ++i) {
    text += fmt::format("{}.png,bird {},{},{},{}\n", i, three[static_cast<std::size_t>(i)], x(i, 0),
                        x(i, 1), x(i, 2));
  }
  put("all.csv", text);
  put("x.npy", npy_of(MatrixF(x.leftCols(3))));
  put("y.npy", npy_of(three));
  const json found = report("--features all.csv --targets all.csv");
  EXPECT_EQ(found.at("models"), report("--features x.npy --targets y.npy").at("models"));
  EXPECT_EQ(found.at("data").at("classes")[2].at("name"), "bird 2");
  EXPECT_EQ(found.at("protocol").at("given_features"), 3);
  EXPECT_THAT(found.at("notes").dump(), HasSubstr("all.csv: its column label holds labels"));
}

TEST_F(CompareFeaturesTest, LabelsMayBeSeveral) {
  put_three_classes();
  std::string labels = "labels\n";
  for (std::size_t i = 0; i < three.size(); ++i) {
    labels += std::vector<std::string>{"a|b\n", "b\n", "\n"}[i % 3];
  }
  put("labels.csv", labels);
  const json found = report("--features x.npy --targets labels.csv");
  EXPECT_EQ(found.at("data").at("labels_per_picture"), json({{"0", 20}, {"1", 20}, {"2", 20}}));
  EXPECT_THAT(found.at("models"), SizeIs(1));
  EXPECT_EQ(found.at("untrained_models")[0].at("name"), "classes");
  EXPECT_THAT(found.at("untrained_models")[0].at("why").get<std::string>(),
              HasSubstr("x.npy, row 0 (counted from 0)"));
}

// Two pictures of each thing: seen apart, each is predicted by a model that knows the other.
TEST_F(CompareFeaturesTest, GroupsStayTogether) {
  std::vector<std::int64_t> things;
  for (std::int64_t i = 0; i < 60; ++i) things.push_back(i / 2);
  std::vector<std::int64_t> chance;
  for (std::int64_t i = 0; i < 60; ++i) chance.push_back(i / 2 % 2);
  std::mt19937 dice(5);
  MatrixF x(60, 40);
  for (Index i = 0; i < 60; ++i) {
    for (Index j = 0; j < 40; ++j) {
      x(i, j) = i % 2 == 0 ? static_cast<float>(dice() % 1000) : x(i - 1, j) + 1;
    }
  }
  put("x.npy", npy_of(x));
  put("y.npy", npy_of(chance));
  put("g.npy", npy_of(things));
  const auto accuracy = [&](const std::string& more) {
    return report("--features x.npy --targets y.npy --losses cross_entropy " + more)
        .at("models")[0]
        .at("in_domain")
        .at("accuracy")
        .get<double>();
  };
  EXPECT_GT(accuracy(""), 0.8);
  EXPECT_LT(accuracy("--groups g.npy"), 0.7);
  const json grouped = report("--features x.npy --targets y.npy --groups g.npy");
  EXPECT_EQ(grouped.at("data").at("duplicates"), 0);
  EXPECT_THAT(grouped.at("notes").dump(), HasSubstr("60 rows in 30 groups"));
}

TEST_F(CompareFeaturesTest, TheReportSpeaksOfFeatures) {
  put_three_classes();
  put("b.npy", npy_of(made(std::vector<std::int64_t>(60, 7), 2)));
  const Ran shown =
      ran("--features x.npy --targets y.npy --background-features b.npy --out report");
  ASSERT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out,
              AllOf(testing::StartsWith("x.npy\n60 pictures of 3 classes"),
                    HasSubstr("3 folds, seed 1; 8 features given"), HasSubstr("60 background")));
  const std::string page = read_text(dir / "report/report.html");
  EXPECT_THAT(page, AllOf(HasSubstr("The features came from elsewhere, 8 for each picture"),
                          HasSubstr("--unseen-features"), Not(HasSubstr("The backbone ("))));
  const Ran alone = ran("--features x.npy --targets y.npy --out report");
  EXPECT_THAT(alone.out, AllOf(HasSubstr("--background-features"), Not(HasSubstr("built-in"))));
}

TEST_F(CompareFeaturesTest, PicturesAndFeaturesAreNotMixed) {
  put_three_classes();
  fs::create_directories(dir / "folder");
  const std::string features = "--features x.npy --targets y.npy ";
  expect_error(ran(""), 2, {"DATA is required", "--features"});
  expect_error(ran("--features x.npy"), 2, {"--features needs --targets"});
  expect_error(ran("folder --targets y.npy"), 2, {"--targets needs --features"});
  expect_error(ran("folder --unseen-features x.npy"), 2,
               {"--unseen-features needs --features and --targets"});
  expect_error(ran("folder --names a,b"), 2, {"--names needs --features"});
  expect_error(ran(features + "folder"), 2, {"DATA is for pictures"});
  expect_error(ran(features + "--background folder"), 2, {"give --background-features"});
  expect_error(ran(features + "--background builtin"), 2, {"give --background-features"});
  expect_error(ran(features + "--unseen folder"), 2, {"give --unseen-features"});
  for (const char* option : {"--test folder", "--test-split test", "--split train", "--stages last",
                             "--backbone efficientnet-lite0", "--size 64", "--no-cache", "--strict",
                             "--file-column a", "--max-seconds 3"}) {
    const std::string text = option;
    expect_error(ran(features + text), 2,
                 {text.substr(0, text.find(' ')) + " is for pictures, and --features"});
  }
}

TEST_F(CompareFeaturesTest, WrongFilesAreErrorsThatSayWhatToDo) {
  put_three_classes();
  const auto fails = [&](const std::string& arguments, const std::string& part) {
    expect_error(ran(arguments), 1, {part});
  };
  const std::string features = "--features x.npy --targets y.npy ";
  fails("--features nowhere.npy --targets y.npy", "nowhere.npy: ");
  fails("--features x.npy --targets nowhere.npy", "nowhere.npy: ");
  put("short.npy", npy_of(in_turn(59, 3)));
  fails("--features x.npy --targets short.npy",
        "short.npy: has 59 rows, but x.npy has 60: both need one for each picture, in the same "
        "order");
  put("short.csv", "label\na\nb\n");
  fails("--features x.npy --targets short.csv", "short.csv: has 2 rows, but x.npy has 60");
  fails(features + "--groups short.npy", "short.npy: has 59 rows, but x.npy has 60");
  put("narrow.npy", npy_of(MatrixF(made(three, 3).leftCols(5))));
  fails(features + "--unseen-features narrow.npy",
        "narrow.npy: has 5 columns, but x.npy has 8: both need the same features");
  fails(features + "--background-features narrow.npy", "narrow.npy: has 5 columns");
  MatrixF broken = made(three, 1);
  broken(7, 2) = NAN;
  put("nan.npy", npy_of(broken));
  fails("--features nan.npy --targets y.npy",
        "nan.npy, row 7, column 2 (counted from 0): nan is no feature");
  fails(features + "--unseen-features nan.npy", "nan.npy, row 7, column 2");
  put("flat.npy", npy_of(three));
  fails("--features flat.npy --targets y.npy", "flat.npy: has one dimension; features are a table");
  fails(features + "--unseen-features y.npy", "y.npy: has one dimension");
  std::vector<std::int64_t> odd = three;
  odd[4] = -2;
  put("odd.npy", npy_of(odd));
  fails("--features x.npy --targets odd.npy",
        "odd.npy, row 4 (counted from 0): -2 is no class: classes are whole numbers from 0 to "
        "999999");
  put("soft.npy", npy_of(MatrixF(MatrixF::Constant(60, 3, 0.25F))));
  fails("--features x.npy --targets soft.npy", "soft.npy, row 0, column 0");
  put("none.npy", npy_of(std::vector<std::int64_t>(60, -1)));
  fails("--features x.npy --targets none.npy", "none.npy: no row has a class");
  put("one.npy", npy_of(std::vector<std::int64_t>(60, 2)));
  fails("--features x.npy --targets one.npy", "one.npy: one class only");
  fails(features + "--names a,b", "y.npy, row 2 (counted from 0): 2 is no class: the 2 classes");
  fails(features + "--names a,b,c,d", "y.npy: no picture of class d");
  std::vector<std::int64_t> few = three;
  few[0] = 3;
  put("few.npy", npy_of(few));
  fails("--features x.npy --targets few.npy", "class \"3\" has 1 picture, fewer than --folds 3");
  put("x.bin", "1");
  fails("--features x.bin --targets y.npy", "x.bin: is of no known kind");
  expect_error(ran(features + "--unseen-features ./x.npy"), 2,
               {"--unseen-features ./x.npy is the file of --features"});
  fs::copy_file(dir / "x.npy", dir / "same.npy");
  fails(features + "--unseen-features same.npy",
        "same.npy: no unseen picture is left that can be used and that the models have not seen: "
        "give others");
}

TEST_F(CompareFeaturesTest, ColumnsOfOtherNamesAreOthers) {
  const auto table = [&](const std::string& header, unsigned seed) {
    std::string text = header + "\n";
    const MatrixF x = made(three, seed);
    for (Index i = 0; i < x.rows(); ++i) {
      text += fmt::format("{},{},{}\n", x(i, 0), x(i, 1), x(i, 2));
    }
    return text;
  };
  put("x.csv", table("a,b,c", 1));
  put("y.npy", npy_of(three));
  put("u.csv", table("a,c,b", 2));
  expect_error(ran("--features x.csv --targets y.npy --unseen-features u.csv"), 1,
               {"u.csv: column 2 is called c, but in x.csv b"});
}

// Six models with background, and every score: what is shared between fits and between folds, and
// what is summed in blocks, must not show.
TEST_F(CompareFeaturesTest, TheReportIsTheSameForAnyNumberOfThreads) {
  put_three_classes();
  put("b.npy", npy_of(made(in_turn(90, 8), 2)));
  put("u.npy", npy_of(made(in_turn(24, 6), 3)));
  const auto on = [&](const char* threads) {
    const Ran ran =
        run("compare --folds 3 --json --quiet --features x.npy --targets y.npy --scores all "
            "--background-features b.npy --unseen-features u.npy",
            fmt::format("ONEORMANY_THREADS={}", threads));
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    json report = json::parse(ran.out);
    report.erase("seconds");
    return report;
  };
  const json one = on("1");
  EXPECT_EQ(one, on("2"));
  EXPECT_EQ(one, on("5"));
}

}  // namespace
}  // namespace oneormany::cli
