// The main job and every kind of bad input, on real pictures, through the real program.

#include <gmock/gmock.h>
#include <signal.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>
#include <vips/vips8>

#include "tests/cli/clipart.h"

namespace oneormany::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;

class CompareTest : public ClipartTest {
 protected:
  /// Two small classes, data/buildings and data/food.
  void small_data() {
    pictures("buildings", 9, "data/buildings");
    pictures("food", 12, "data/food");
  }

  /// Without a bank: whether there is one must not matter here.
  Ran compare(const std::string& arguments, const std::string& environment = "") {
    return run("compare " + arguments + " --background none --folds 3 --size 64 --quiet",
               environment);
  }

  /// Compares with the bad file among the buildings; expects a skip that names it, and that
  /// --strict makes it an error.
  void expect_skip(const std::string& name, const std::string& why) {
    const Ran ran = compare("data --json");
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    const json skipped = json::parse(ran.out).at("data").at("skipped");
    ASSERT_EQ(skipped.size(), 1u) << skipped;
    EXPECT_THAT(skipped[0].at("file").get<std::string>(), HasSubstr(name));
    EXPECT_THAT(skipped[0].at("why").get<std::string>(), HasSubstr(why));
    EXPECT_THAT(skipped[0].at("why").get<std::string>(), Not(HasSubstr("\n")));
    expect_error(compare("data --strict"), 1, {name, why});
  }
};

// Ten pictures of tools, and copies of what is trained on, which are in no other role.
TEST_F(CompareTest, UnlabelledPicturesAreBackground) {
  small_data();
  pictures("tools", 10, "pile");
  fs::copy(dir / "data/buildings", dir / "pile/copies");
  write_text(dir / "pile/broken.jpg", "not a picture");
  const Ran ran = compare("data --unlabelled pile --json");
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const json report = json::parse(ran.out);
  const json& found = report.at("data").at("unlabelled");
  EXPECT_EQ(found.at("background").get<int>() + found.at("of_classes").get<int>(), 10);
  EXPECT_EQ(found.at("left_out").size(), found.at("of_classes"));
  EXPECT_THAT(run("compare data --unlabelled pile --background none --folds 3 --size 64").out,
              HasSubstr("left out 9 copies of these or of each other"));
  EXPECT_EQ(report.at("data").at("background"), found.at("background"));
  EXPECT_EQ(report.at("models").size(), 6u);
  EXPECT_THAT(report.at("notes").dump(), HasSubstr("the same pixels are among the classes"));
  EXPECT_THAT(report.at("data").at("skipped").dump(), HasSubstr("broken.jpg"));
  expect_error(compare("data --unlabelled data/buildings"), 1, {"no unlabelled picture is left"});
  expect_error(compare("data --unlabelled nowhere"), 1, {"nowhere"});
}

// Half of the pile, and more, is of the classes: the report names those that were found.
TEST_F(CompareTest, APileThatIsMostlyOfTheClassesIsWarnedOf) {
  pictures("signs_and_symbols/flags/europe", 25, "data/flags");
  pictures("animals", 25, "data/animals");
  for (const fs::path& file : pictures("signs_and_symbols/flags/america", 30, "pile")) {
    ASSERT_TRUE(fs::exists(dir / file));
  }
  pictures("tools", 4, "pile");
  const Ran ran = compare("data --unlabelled pile --out report");
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const json report = json::parse(read_text(dir / "report/report.json"));
  const json& found = report.at("data").at("unlabelled");
  ASSERT_GE(found.at("of_classes"), 17) << found;
  ASSERT_EQ(found.at("left_out").size(), found.at("of_classes"));
  int flags = 0;
  double before = 1;
  for (const json& one : found.at("left_out")) {
    flags += one.at("label") == "flags";
    EXPECT_TRUE(fs::exists(dir / one.at("file").get<std::string>())) << one;
    EXPECT_LE(one.at("probability"), before);
    before = one.at("probability");
  }
  EXPECT_GT(2 * flags, found.at("of_classes").get<int>());
  EXPECT_THAT(ran.out, HasSubstr("look like your classes and are left out"));
  EXPECT_THAT(report.at("verdict").get<std::string>(), HasSubstr("may hold some of them too"));
  EXPECT_THAT(read_text(dir / "report/report.html"),
              HasSubstr("Unlabelled pictures that look like your classes"));
}

// A folder, a table, single pictures, a list from a pipe: the same report.
TEST_F(CompareTest, PicturesAreNamedByFolderTableOrStandardInput) {
  small_data();
  const auto tools = pictures("tools", 8, "pile");
  std::string table = "file,label\n", list;
  for (const auto& tool : tools) {
    table += tool.string() + ",hammer\n";
    list += tool.string() + "\n";
  }
  write_text(dir / "pile.csv", table);
  write_text(dir / "pile.list", list);
  const auto findings = [&](const Ran& ran) {
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    json report = json::parse(ran.out);
    report.erase("seconds");
    return report;
  };
  const std::string some = " --losses bce_with_logits --folds 3 --size 64 --quiet --json";
  for (const std::string option : {"--unlabelled ", "--background none --background "}) {
    const std::string command = "compare data " + option;
    const json folder = findings(run(command + "pile" + some));
    EXPECT_GT(folder.at("data").at("background"), 0);
    EXPECT_EQ(folder, findings(run(command + "pile.csv" + some)));
    EXPECT_EQ(folder, findings(run(command + "-" + some + " <pile.list")));
  }
  const json few = findings(compare("data --unseen " + tools[0].string() + " --unseen " +
                                    tools[1].string() + " --losses bce_with_logits --json"));
  EXPECT_EQ(few.at("data").at("unseen"), 2);

  expect_error(compare("data --unlabelled - --unseen -"), 2,
               {"--unseen and --unlabelled", "standard input"});
  write_text(dir / "pile.csv", table + "gone.png,\n");
  expect_error(compare("data --unlabelled pile.csv"), 1,
               {"pile.csv, line 10: names gone.png", "--pictures"});
  expect_error(compare("data --unlabelled - </dev/null"), 1, {"standard input: names no picture"});
}

TEST_F(CompareTest, ComparesSixModelsAndWritesTheReports) {
  small_data();
  pictures("people", 10, "unseen");
  pictures("tools", 10, "background");
  const Ran ran = compare("data --unseen unseen --background background --out report");
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("labels+background"), HasSubstr("report/report.html")));
  const json report = json::parse(read_text(dir / "report/report.json"));
  EXPECT_EQ(report.at("format"), "oneormany-report-2");
  EXPECT_EQ(report.at("data").at("pictures"), 21);
  EXPECT_EQ(report.at("data").at("unseen"), 10);
  EXPECT_EQ(report.at("data").at("background"), 10);
  ASSERT_EQ(report.at("models").size(), 6u);
  for (const auto& model : report.at("models")) {
    EXPECT_GE(model.at("unseen").at("labelled").at("keeping_95").at("value"), 0.0) << model;
  }
  EXPECT_THAT(read_text(dir / "report/report.html"), HasSubstr("</html>"));
}

TEST_F(CompareTest, ComparesTheLossesAndHeadsThatAreNamed) {
  small_data();
  pictures("people", 8, "unseen");
  pictures("tools", 8, "background");
  const Ran ran = compare(
      "data --unseen unseen --background background --heads linear,mlp --out report "
      "--losses cross-entropy,logit_adjusted_cross_entropy,asymmetric:gamma_negative=2,two_way");
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const json report = json::parse(read_text(dir / "report/report.json"));
  std::vector<std::string> names;
  for (const auto& model : report.at("models")) names.push_back(model.at("name"));
  EXPECT_THAT(names, testing::SizeIs(16));
  EXPECT_THAT(names, testing::IsSupersetOf({"classes", "classes+none:logit_adjusted_cross_entropy",
                                            "labels+background:asymmetric:gamma_negative=2",
                                            "classes+none (mlp)", "labels:two_way (mlp)"}));
  for (const auto& model : report.at("models")) {
    const std::string name = model.at("name");
    EXPECT_EQ(model.at("head"), name.ends_with(" (mlp)") ? "mlp" : "linear");
    EXPECT_EQ(model.at("activation"), name.starts_with("classes") ? "softmax" : "sigmoid");
    EXPECT_THAT(ran.out, HasSubstr(name.substr(name.find_last_of(":+(") + 1)));
  }
  // What the report says of a model's loss can be given back to --losses.
  EXPECT_EQ(report.at("models")[4].at("loss"), "asymmetric:gamma_negative=2");
  EXPECT_THAT(report.at("verdict").get<std::string>(),
              HasSubstr("this is a classification problem"));
}

TEST_F(CompareTest, LossesThatAreWrongAreAnErrorBeforeAnyWork) {
  expect_error(run("compare data --losses bce_with_logit"), 2,
               {"bce_with_logit", "did you mean bce_with_logits?"});
  expect_error(run("compare data --losses asymmetric:gama_negative=2"), 2,
               {"gama_negative", "did you mean gamma_negative?"});
  expect_error(run("compare data --losses zlpr,asymmetric,asymmetric:gamma_negative=4"), 2,
               {"--losses", "asymmetric twice"});
  expect_error(run("compare data --heads linear,linear"), 2, {"--heads"});
  expect_error(run("compare data --heads forest"), 2, {"--heads", "mlp"});
}

TEST_F(CompareTest, TellsFlagsFromAnimals) {
  pictures("signs_and_symbols/flags/europe", 25, "data/flags");
  pictures("animals", 25, "data/animals");
  const Ran ran = run("compare data --size 128 --json --background none");
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const json report = json::parse(ran.out);
  for (const auto& model : report.at("models")) {
    // Guessing gives 0.5, and 0.7 of 50 by chance one time in 300.
    EXPECT_GE(model.at("in_domain").at("accuracy"), 0.7) << model;
  }
}

TEST_F(CompareTest, TheSameSeedGivesTheSameReportAndTheCacheChangesNothing) {
  small_data();
  pictures("people", 6, "unseen");
  const auto findings = [&](const std::string& more) {
    const Ran ran = compare("data --unseen unseen --json " + more);
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    json report = json::parse(ran.out);
    report.erase("seconds");
    return report;
  };
  const json cold = findings("");
  EXPECT_TRUE(fs::exists(dir / "cache"));
  EXPECT_EQ(cold, findings(""));
  EXPECT_EQ(cold, findings("--no-cache"));
  EXPECT_NE(cold, findings("--seeds 2"));
}

// All that is said of anything else, thresholds and the recommendation too, is the same to the last
// digit whatever is unseen. Some of the labels are wrong, so that there are likely label errors.
TEST_F(CompareTest, UnseenPicturesChooseNothing) {
  small_data();
  fs::rename(dir / pictures("food", 14, "more").back(), dir / "data/buildings/food.png");
  pictures("tools", 8, "background");
  pictures("signs_and_symbols", 6, "one");
  pictures("animals", 9, "other");
  json unseen_parts;
  const auto selection = [&](const std::string& unseen) {
    const Ran ran = compare("data --background background --json " + unseen);
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    json report = json::parse(ran.out);
    json of_unseen;
    const auto take = [&](json& from, const std::string& key) {
      of_unseen.push_back(from.at(key));
      from.erase(key);
    };
    take(report.at("data"), "unseen");
    for (json& model : report.at("models")) {
      EXPECT_FALSE(model.at("scores").empty());
      EXPECT_FALSE(model.at("calibration").is_null());
      take(model, "unseen");
      for (json& score : model.at("scores")) {
        EXPECT_FALSE(score.at("estimated").is_null());
        for (const char* key : {"labelled", "auroc", "fpr95"}) take(score, key);
      }
    }
    take(report.at("recommended"), "unseen");
    EXPECT_EQ(report.at("recommended").at("classes").size(), 2U);
    for (json& one : report.at("recommended").at("classes")) take(one, "unseen");
    take(report.at("prediction_sets"), "unseen");
    for (json& one : report.at("differences")) {
      for (const char* key : {"unseen", "unseen_significant"}) take(one, key);
    }
    for (const char* key : {"verdict", "seconds"}) report.erase(key);
    unseen_parts.push_back(of_unseen);
    return report;
  };
  const json one = selection("--unseen one");
  EXPECT_EQ(one, selection("--unseen other"));
  EXPECT_EQ(one, selection(""));
  EXPECT_NE(unseen_parts[0], unseen_parts[1]);
  EXPECT_FALSE(one.at("label_errors").empty());
}

// Two pictures of it are trained on too, one is of an unknown class, and one is unseen too.
TEST_F(CompareTest, ATestSetIsJudgedBesideAndChoosesNothing) {
  small_data();
  const auto link = [&](const fs::path& from, const fs::path& to) {
    fs::create_directories((dir / to).parent_path());
    fs::create_symlink(fs::canonical(dir / from), dir / to);
  };
  const auto buildings = pictures("buildings", 24, "some"), food = pictures("food", 24, "others");
  for (std::size_t i = 18; i < 24; ++i) {
    link(buildings[i], "test/buildings" / buildings[i].filename());
    link(food[i], "test/food" / food[i].filename());
  }
  for (const auto& file : fs::directory_iterator(dir / "data/food")) {
    link(fs::relative(file.path(), dir), "test/food" / file.path().filename());
    if (std::distance(fs::directory_iterator(dir / "test/food"), {}) == 8) break;
  }
  pictures("tools", 1, "test/tools");
  pictures("people", 6, "unseen");
  link(food[20], "unseen/both.png");
  const auto run = [&](const std::string& options) {
    const Ran ran = compare("data --unseen unseen --json " + options);
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    return json::parse(ran.out);
  };
  json with = run("--test test"), without = run("");
  const std::string notes = with.at("notes").dump();
  EXPECT_THAT(notes, HasSubstr("2 test pictures left out: the same pixels"));
  EXPECT_THAT(notes,
              HasSubstr("1 test picture left out, of classes that aren't trained on: tools"));
  EXPECT_THAT(notes, HasSubstr("1 unseen picture left out"));
  EXPECT_EQ(with.at("data").at("test").at("pictures"), 12);
  EXPECT_EQ(with.at("data").at("unseen"), 6);
  EXPECT_TRUE(without.at("data").at("test").is_null());
  for (std::size_t m = 0; m < with.at("models").size(); ++m) {
    json& model = with.at("models")[m];
    const double accuracy = model.at("test").at("accuracy");
    EXPECT_GT(accuracy, 0.5);
    EXPECT_NEAR(accuracy * 36, std::round(accuracy * 36), 1e-9);  // 12 pictures, three heads
    EXPECT_EQ(model.at("in_domain"), without.at("models")[m].at("in_domain"));
  }
  json &chosen = with.at("recommended"), &before = without.at("recommended");
  EXPECT_FALSE(chosen.at("test").is_null());
  for (const char* key : {"model", "score", "threshold", "kept"}) {
    EXPECT_EQ(chosen.at(key), before.at(key));
  }
}

TEST_F(CompareTest, ATestSetMayBeASplit) {
  const auto buildings = pictures("buildings", 12, "d/train/buildings");
  pictures("food", 12, "d/train/food");
  for (const char* category : {"buildings", "food"}) {
    const auto all = pictures(category, 18, fs::path("all") / category);
    fs::create_directories(dir / "d/test" / category);
    for (std::size_t i = 12; i < 18; ++i) {
      fs::rename(dir / all[i], dir / "d/test" / category / all[i].filename());
    }
  }
  const std::string options = "d --losses bce_with_logits --json ";
  json split = json::parse(compare(options + "--test-split test").out);
  EXPECT_EQ(split.at("data").at("pictures"), 24);
  EXPECT_EQ(split.at("data").at("test").at("name"), "test");
  EXPECT_EQ(split.at("data").at("test").at("pictures"), 12);
  const json folders =
      json::parse(compare("d/train --test d/test --losses bce_with_logits --json").out);
  EXPECT_EQ(split.at("models"), folders.at("models"));
  expect_error(compare("d --test-split test --test d/test"), 2, {"--test-split"});
  expect_error(compare("d --test-split val"), 1, {"val"});
  expect_error(compare("d/train --test nowhere"), 1, {"nowhere"});
  expect_error(compare("d/train --test d/train"), 1, {"d/train", "no test picture"});
}

TEST_F(CompareTest, PicturesWithNoneOrSeveralLabelsAreMultiLabel) {
  const auto houses = pictures("buildings", 8, "house");
  const auto foods = pictures("food", 8, "food");
  std::string csv = "file,labels\n";
  for (std::size_t i = 0; i < 8; ++i) {
    csv += houses[i].string() + (i < 2 ? ",house|red\n" : ",house\n");
    csv += foods[i].string() + (i < 4 ? ",red\n" : ",\n");
  }
  write_text(dir / "tags.csv", csv);
  pictures("people", 5, "unseen");
  const Ran ran = compare("tags.csv --label-delimiter '|' --unseen unseen --json");
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const json report = json::parse(ran.out);
  ASSERT_EQ(report.at("models").size(), 1u);
  EXPECT_EQ(report.at("models")[0].at("name"), "labels");
  EXPECT_EQ(report.at("untrained_models")[0].at("name"), "classes");
  EXPECT_THAT(report.at("untrained_models")[0].at("why").get<std::string>(),
              HasSubstr("4 pictures have no label and 2 pictures have several"));
  EXPECT_THAT(report.at("verdict").get<std::string>(),
              AllOf(HasSubstr("multi-label classification"), HasSubstr("Use labels with")));
  EXPECT_EQ(report.at("data").at("labels_per_picture"), json({{"0", 4}, {"1", 10}, {"2", 2}}));

  // Losses of one class aren't trained, those of labels are; with the former alone nothing is left.
  const json more = json::parse(
      compare("tags.csv --label-delimiter '|' --json --losses softmax_focal,zlpr,asymmetric").out);
  EXPECT_EQ(more.at("models").size(), 2u);
  EXPECT_EQ(more.at("untrained_models").size(), 1u);
  EXPECT_EQ(more.at("untrained_models")[0].at("name"), "classes:softmax_focal");
  expect_error(compare("tags.csv --label-delimiter '|' --losses softmax_focal"), 1,
               {"tags.csv", "--losses", "bce_with_logits"});

  const json& in_domain = report.at("models")[0].at("in_domain");
  const json& labels = in_domain.at("labels");
  EXPECT_EQ(labels.at("macro_map"), in_domain.at("map"));
  EXPECT_GT(labels.at("tuned").at("macro_f1"), 0.3);
  ASSERT_EQ(labels.at("each").size(), 2u);
  const json& house = labels.at("each")[0];
  EXPECT_EQ(house.at("name"), "house");
  EXPECT_EQ(house.at("count"), 8);
  EXPECT_GT(house.at("average_precision"), 0.5);
  EXPECT_EQ(labels.at("tuned").at("aim"), "f1");
  const json& interval = house.at("tuned").at("threshold").at("ci95");
  EXPECT_LE(interval[0], interval[1]);
  int predictions = 0;
  for (const json& bin : house.at("reliability")) predictions += bin.at("count").get<int>();
  EXPECT_EQ(predictions, 16);
}

TEST_F(CompareTest, ARareLabelIsLeftOutAndItsPicturesStay) {
  const auto houses = pictures("buildings", 8, "house");
  const auto foods = pictures("food", 8, "food");
  std::string csv = "file,labels\n";
  for (std::size_t i = 0; i < 8; ++i) {
    csv += houses[i].string() + (i < 2 ? ",house|rare\n" : ",house\n");
    csv += foods[i].string() + (i < 4 ? ",food\n" : i < 5 ? ",alone\n" : ",\n");
  }
  write_text(dir / "tags.csv", csv);
  const Ran ran = compare("tags.csv --json");
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const json report = json::parse(ran.out);
  EXPECT_EQ(report.at("data").at("pictures"), 16);
  EXPECT_EQ(report.at("data").at("classes"),
            json::parse(R"([{"name": "food", "count": 4}, {"name": "house", "count": 8}])"));
  EXPECT_EQ(report.at("data").at("labels_per_picture"), json({{"0", 4}, {"1", 12}}));
  EXPECT_EQ(report.at("notes")[0],
            "2 labels left out, on fewer different pictures than there are folds (3): alone, rare");
  EXPECT_EQ(report.at("models")[0].at("in_domain").at("labels").at("each")[1].at("name"), "house");
  EXPECT_THAT(run("inspect tags.csv").out, HasSubstr("them out: alone (1), food (4), rare (2)"));
}

TEST_F(CompareTest, OneClassEachIsNotEvaluatedLabelByLabel) {
  small_data();
  const json report = json::parse(compare("data --json").out);
  for (const auto& model : report.at("models"))
    EXPECT_FALSE(model.at("in_domain").contains("labels"));
}

TEST_F(CompareTest, CopiesWithDifferentLabelsAreNoted) {
  small_data();
  const fs::path food = fs::directory_iterator(dir / "data/food")->path();
  fs::copy_file(fs::canonical(food), dir / "data/buildings/copy.png");
  const json report = json::parse(compare("data --json").out);
  EXPECT_THAT(report.at("notes").dump(),
              HasSubstr("1 group of exact copies with different labels"));
  EXPECT_EQ(report.at("data").at("duplicates"), 1);
}

TEST_F(CompareTest, APictureThatIsAlsoAmongTheClassesIsNotUnseen) {
  small_data();
  pictures("people", 6, "unseen");
  pictures("food", 2, "unseen");
  const json report = json::parse(compare("data --unseen unseen --json").out);
  EXPECT_EQ(report.at("data").at("unseen"), 6);
  EXPECT_THAT(report.at("notes").dump(), HasSubstr("2 unseen pictures left out"));
}

// --- bad input ---

TEST_F(CompareTest, AMissingFolderIsAnError) {
  expect_error(compare("nowhere"), 1, {"nowhere"});
  small_data();
  expect_error(compare("data --unseen nowhere"), 1, {"nowhere"});
  expect_error(compare("data --background nowhere"), 1, {"nowhere: doesn't exist", "bank"});
}

TEST_F(CompareTest, AnEmptyClassIsAnError) {
  small_data();
  fs::create_directories(dir / "data/nothing");
  expect_error(compare("data"), 1, {"data/nothing"});
}

TEST_F(CompareTest, AClassWithFewerPicturesThanFoldsIsAnError) {
  small_data();
  pictures("tools", 2, "data/tools");
  expect_error(compare("data"), 1, {"tools", "2", "--folds"});
}

TEST_F(CompareTest, AClassOfWhichNothingCanBeReadIsAnErrorThatSaysWhy) {
  small_data();
  for (const char* name : {"1.png", "2.png", "3.png"}) {
    write_text(dir / "data/tools" / name, "no picture");
  }
  expect_error(compare("data"), 1, {"data", "tools", "3 files", "1.png"});
}

TEST_F(CompareTest, OneLabelAndNothingWithoutItIsAnError) {
  const auto foods = pictures("food", 8, "food");
  write_text(dir / "broken.png", "no picture");
  std::string csv = "file,labels\nbroken.png,\n";
  for (const auto& food : foods) csv += food.string() + ",food\n";
  write_text(dir / "tags.csv", csv);
  expect_error(compare("tags.csv"), 1, {"tags.csv", "one class only (food)", "broken.png"});
}

TEST_F(CompareTest, OneClassOnlyIsAnErrorWithoutBackground) {
  pictures("food", 9, "data/food");
  expect_error(compare("data"), 1, {"data", "food"});
}

// The label model and a class "none": both learn background. What plain models lack is said.
TEST_F(CompareTest, OneClassIsToldFromBackground) {
  pictures("signs_and_symbols/flags/europe", 24, "data/flags");
  pictures("animals", 30, "more");
  pictures("people", 9, "unseen");
  const Ran ran = compare("data --background more --unseen unseen --out report");
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const json report = json::parse(read_text(dir / "report/report.json"));
  std::vector<std::string> names;
  for (const json& model : report.at("models")) names.push_back(model.at("name"));
  EXPECT_THAT(names, testing::ElementsAre("classes+none", "labels+background", "classes+none (rbf)",
                                          "labels+background (rbf)"));
  ASSERT_EQ(report.at("untrained_models").size(), 2u);
  EXPECT_THAT(report.at("untrained_models")[0].at("why").get<std::string>(),
              HasSubstr("softmax over one class says 1, always"));
  EXPECT_THAT(report.at("untrained_models")[1].at("why").get<std::string>(),
              HasSubstr("nothing to tell the one class from"));
  const json& recommended = report.at("recommended");
  EXPECT_TRUE(recommended.at("related").is_null());
  EXPECT_FALSE(recommended.at("estimated").is_null());
  EXPECT_LT(recommended.at("unseen").at("value"), 0.9);
  const json& outcome = recommended.at("outcome");
  EXPECT_EQ(outcome.at("wrong").at("value"), 0);
  EXPECT_NEAR(
      outcome.at("right").at("value").get<double>() + outcome.at("none").at("value").get<double>(),
      1, 1e-12);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("It says \"flags\" if"), HasSubstr("related pictures"),
                             HasSubstr("--unlabelled")));
  EXPECT_THAT(report.at("verdict").get<std::string>(),
              AllOf(HasSubstr("only background tells it"), HasSubstr("no second class")));

  // With unsorted pictures a part of them held out tells.
  const Ran with = compare("data --unlabelled more --json");
  ASSERT_EQ(with.exit_code, 0) << with.err;
  EXPECT_FALSE(json::parse(with.out).at("recommended").at("related").is_null());
  // A test set may have further classes: their pictures are left out.
  pictures("signs_and_symbols/flags/europe", 30, "test/flags");
  pictures("buildings", 5, "test/buildings");
  const Ran tested = compare("data --background more --test test --json");
  ASSERT_EQ(tested.exit_code, 0) << tested.err;
  EXPECT_EQ(json::parse(tested.out).at("data").at("test").at("pictures"), 6);
}

TEST_F(CompareTest, ALabelWithoutAFileIsAnError) {
  const auto files = pictures("food", 3, "food");
  write_text(dir / "data.csv", "file,label\n" + files[0].string() + ",a\nfood/missing.png,b\n");
  expect_error(compare("data.csv"), 1, {"data.csv", "3", "food/missing.png"});
}

TEST_F(CompareTest, AFileWithoutALabelIsSkipped) {
  const auto houses = pictures("buildings", 9, "house");
  std::string csv = "file,label\n";
  for (std::size_t i = 0; i < 8; ++i) csv += houses[i].string() + (i < 4 ? ",a\n" : ",b\n");
  write_text(dir / "data.csv", csv);
  const json report = json::parse(compare("data.csv --json").out);
  EXPECT_THAT(report.at("data").at("skipped").dump(), HasSubstr(houses[8].filename().string()));
  expect_error(compare("data.csv --strict"), 1, {houses[8].filename().string()});
}

TEST_F(CompareTest, ABrokenCsvLineIsAnError) {
  const auto files = pictures("food", 2, "food");
  write_text(dir / "data.csv", "file,label\n" + files[0].string() + ",a\n\"" + files[1].string());
  expect_error(compare("data.csv"), 1, {"data.csv", "3"});
}

TEST_F(CompareTest, ATextFileNamedPngIsSkipped) {
  small_data();
  write_text(dir / "data/buildings/notes.png", "This is no picture, whatever it is called.\n");
  expect_skip("notes.png", "");
}

TEST_F(CompareTest, ATruncatedJpegIsSkipped) {
  small_data();
  const auto jpeg = (dir / "whole.jpg").string();
  vips::VImage::gaussnoise(400, 300).cast(VIPS_FORMAT_UCHAR).jpegsave(jpeg.c_str());
  const auto bytes = read_text(jpeg);
  write_text(dir / "data/buildings/cut.jpg", bytes.substr(0, bytes.size() / 2));
  expect_skip("cut.jpg", "");
}

TEST_F(CompareTest, AnEmptyFileIsSkipped) {
  small_data();
  write_text(dir / "data/buildings/empty.png", "");
  expect_skip("empty.png", "empty");
}

TEST_F(CompareTest, APictureOf623MegapixelsIsSkipped) {
  small_data();
  fs::create_symlink(kClipart / "signs_and_symbols/stop_sign_miguel_s_nchez_.png",
                     dir / "data/buildings/huge.png");
  expect_skip("huge.png", "--max-megapixels");
}

TEST_F(CompareTest, AWeightFileThatIsCutShortIsAnError) {
  small_data();
  const auto whole = read_text(ONEORMANY_SHARE "/weights/efficientnet-lite0-57934424.pth");
  ASSERT_GT(whole.size(), 1'000'000u);
  write_text(dir / "cut.pth", whole.substr(0, whole.size() / 2));
  expect_error(compare("data --backbone cut.pth"), 1, {"cut.pth"});
}

TEST_F(CompareTest, DefaultWeightsWithAWrongHashAreAnError) {
  small_data();
  auto weights = read_text(ONEORMANY_SHARE "/weights/efficientnet-lite0-57934424.pth");
  weights[weights.size() / 2] ^= 1;
  write_text(dir / "share/weights/efficientnet-lite0-57934424.pth", weights);
  expect_error(compare("data", "ONEORMANY_SHARE=share"), 1,
               {"efficientnet-lite0-57934424.pth", "script/setup"});
}

TEST_F(CompareTest, APickleThatWantsToCallSomethingIsAnErrorAndCallsNothing) {
  small_data();
  // What pickle.dumps gives for an object whose __reduce__ is (os.system, ("touch called",)).
  write_text(dir / "evil.pth", std::string("\x80\x02") + "cposix\nsystem\nX\x0c" +
                                   std::string(3, '\0') + "touch called\x85R.");
  expect_error(compare("data --backbone evil.pth"), 1, {"evil.pth"});
  EXPECT_FALSE(fs::exists(dir / "called"));
}

TEST_F(CompareTest, AWrongCommandLineExitsWith2) {
  small_data();
  EXPECT_EQ(run("compare data --folds 2").exit_code, 2);
  EXPECT_EQ(run("compare data --seeds 1,2,1").exit_code, 2);
  expect_error(run("compare data --seeds -1"), 2, {"--seeds"});
  expect_error(run("compare data --max-megapixels nan"), 2, {"number above 0"});
  expect_error(run("compare data --precision f16"), 2, {"f32", "bf16"});
  expect_error(run("compare data --no-such-option"), 2, {"--no-such-option", "--help"});
  EXPECT_EQ(run("compare").exit_code, 2);
  EXPECT_EQ(run("").exit_code, 2);
  EXPECT_EQ(run("--help").exit_code, 0);
}

TEST_F(CompareTest, AReportFolderThatCannotBeMadeIsAnError) {
  small_data();
  write_text(dir / "taken", "a file, not a folder");
  expect_error(compare("data --out taken"), 1, {"taken"});
  EXPECT_EQ(read_text(dir / "taken"), "a file, not a folder");
}

TEST_F(CompareTest, OutputThatCannotBeWrittenIsAnError) {
  small_data();
  const Ran ran =
      run_shell("'" ONEORMANY_PROGRAM
                "' compare data --folds 3 --size 64 --quiet --background none --json > /dev/full");
  expect_error(ran, 1, {"standard output: can't be written", "No space left"});
}

TEST_F(CompareTest, CtrlCEndsCleanlyAndKeepsWhatIsDone) {
  small_data();
  // Minutes of work, so that the signal always comes in the middle.
  std::string seeds = "1";
  for (int seed = 2; seed <= 3000; ++seed) seeds += "," + std::to_string(seed);
  const Ran ran = run_shell("'" ONEORMANY_PROGRAM "' compare data --folds 3 --out report --seeds " +
                            seeds + " & pid=$!; sleep 2; kill -INT $pid; wait $pid");
  EXPECT_EQ(ran.exit_code, 130) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("stopped"));
  EXPECT_FALSE(fs::exists(dir / "report"));  // none that is empty
}

}  // namespace
}  // namespace oneormany::cli
