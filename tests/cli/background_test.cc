// Banks of background, made and used by the real program on real pictures.

#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/cli/clipart.h"

namespace oneormany::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

class BackgroundTest : public ClipartTest {
 protected:
  void small_data() const {
    pictures("signs_and_symbols/flags/europe", 12, "data/flags");
    pictures("buildings/homes", 12, "data/homes");
  }

  /// things.bank, of food, tools and office.
  Ran make_bank(const std::string& more = "--out things.bank") const {
    for (const char* category : {"food/fruit", "tools", "office"}) {
      if (!fs::exists(dir / "things" / category)) {
        pictures(category, 12, fs::path("things") / category);
      }
    }
    return run("background things --size 64 --quiet " + more);
  }

  Ran compare(const std::string& arguments, const std::string& environment = "") const {
    return run("compare data --folds 3 --size 64 --quiet " + arguments, environment);
  }

  static json report_of(const Ran& ran) {
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    return ran.exit_code == 0 ? json::parse(ran.out) : json();
  }

  /// A share folder of its own, with the weights and no background.
  void make_share() const {
    fs::create_directories(dir / "share");
    fs::create_symlink(fs::path(ONEORMANY_SHARE) / "weights", dir / "share/weights");
    fs::create_symlink(fs::path(ONEORMANY_SHARE) / "vega", dir / "share/vega");
  }
};

TEST_F(BackgroundTest, ABankIsMadeOfPicturesAndSaysWhatItHolds) {
  const Ran ran = make_bank();
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("things.bank: "), HasSubstr("3 folders"),
                             HasSubstr("chosen from 36")));
  EXPECT_LT(fs::file_size(dir / "things.bank"), 36u * 3104 * 2 + 10'000);
  // The same again, with and without the cache; another seed takes others.
  for (const char* more : {"", " --no-cache"}) {
    ASSERT_EQ(make_bank(std::string("--out again.bank") + more).exit_code, 0);
    EXPECT_EQ(read_text(dir / "again.bank"), read_text(dir / "things.bank"));
  }
  EXPECT_THAT(make_bank("--out few.bank --pictures 5").out, HasSubstr("5 pictures of"));
  ASSERT_EQ(make_bank("--out other.bank --pictures 5 --seed 2").exit_code, 0);
  EXPECT_NE(read_text(dir / "few.bank"), read_text(dir / "other.bank"));
}

TEST_F(BackgroundTest, ExactRepeatsAreTakenOnce) {
  pictures("food/fruit", 6, "things/one");
  fs::create_directories(dir / "things/two");
  for (const auto& entry : fs::directory_iterator(dir / "things/one")) {
    fs::copy_file(fs::canonical(entry), dir / "things/two" / entry.path().filename());
  }
  EXPECT_THAT(run("background things --size 64 --out a.bank").out, HasSubstr("6 exact repeats"));
}

TEST_F(BackgroundTest, AWrongCommandLineOrFolderIsAnErrorAndWritesNothing) {
  expect_error(run("background --out a.bank"), 2, {"DIR"});
  expect_error(run("background things"), 2, {"--out"});
  expect_error(run("background nowhere --out a.bank"), 1, {"nowhere"});
  write_text(dir / "things/1.png", "no picture");
  expect_error(run("background things --out a.bank"), 1, {"things", "1.png"});
  EXPECT_FALSE(fs::exists(dir / "a.bank"));
  fs::remove(dir / "things/1.png");
  pictures("tools", 3, "things/tools");
  expect_error(run("background things --size 64 --quiet --out no/folder/a.bank"), 1,
               {"no/folder/a.bank"});
}

TEST_F(BackgroundTest, CompareTrainsOnABankAndOnOnesOwnPicturesBesideIt) {
  small_data();
  ASSERT_EQ(make_bank().exit_code, 0);
  const json report = report_of(compare("--background things.bank --json"));
  ASSERT_EQ(report.at("models").size(), 6u);
  const int bank = report.at("data").at("background");
  EXPECT_GT(bank, 15);
  EXPECT_LE(bank, 36);
  // Pictures of the user's own come on top; those that are in the bank too count once.
  pictures("animals/birds", 7, "own/birds");
  pictures("tools", 2, "own/tools");
  const json both = report_of(compare("--background things.bank --background own --json"));
  EXPECT_GE(both.at("data").at("background"), bank + 7);
  EXPECT_LE(both.at("data").at("background"), bank + 9);
  const json own = report_of(compare("--background own --background none --json"));
  EXPECT_EQ(own.at("data").at("background"), 9);
  EXPECT_EQ(own.at("models").size(), 6u);
}

TEST_F(BackgroundTest, NoneIsNoBackgroundAndSaysNothing) {
  small_data();
  const json report = report_of(compare("--background none --json"));
  EXPECT_EQ(report.at("models").size(), 2u);
  EXPECT_EQ(report.at("data").at("background"), 0);
  EXPECT_TRUE(report.at("notes").empty()) << report.at("notes");
}

TEST_F(BackgroundTest, PicturesOfTheClassesAndOfTheBankHaveOneRoleOnly) {
  small_data();
  ASSERT_EQ(make_bank().exit_code, 0);
  pictures("food/fruit", 12, "unseen/fruit");
  pictures("people/smilies", 6, "unseen/smilies");
  const json report = report_of(compare("--background things.bank --unseen unseen --json"));
  EXPECT_THAT(report.at("notes").dump(), HasSubstr("among the classes or the background"));
  EXPECT_LT(report.at("data").at("unseen"), 18);
  EXPECT_GE(report.at("data").at("unseen"), 6);
  // A class whose pictures are in the bank.
  pictures("tools", 12, "data/tools");
  EXPECT_THAT(report_of(compare("--background things.bank --json")).at("notes").dump(),
              HasSubstr("the same pixels are among yours"));
}

TEST_F(BackgroundTest, FoldersThatAreTooNearToTheClassesAreLeftOut) {
  // Half of the birds and the flags are classes, the other half in the bank.
  for (const char* category : {"animals/birds", "signs_and_symbols/flags/europe"}) {
    pictures(category, 40, fs::path("all") / category);
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(dir / "all" / category)) files.push_back(entry);
    std::sort(files.begin(), files.end());
    for (std::size_t i = 0; i < files.size(); ++i) {
      const fs::path to = dir / (i % 2 ? "things" : "data") / fs::path(category).filename();
      fs::create_directories(to);
      fs::copy_symlink(files[i], to / files[i].filename());
    }
  }
  ASSERT_EQ(run("background things --size 64 --quiet --out near.bank").exit_code, 0);
  ASSERT_EQ(make_bank().exit_code, 0);  // with the food, tools and office that were added
  const int far = report_of(compare("--background things.bank --json")).at("data").at("background");
  const json near = report_of(compare("--background near.bank --json"));
  EXPECT_LT(near.at("data").at("background"), 20) << near.at("data");  // of 40
  EXPECT_GT(far, 15);
}

TEST_F(BackgroundTest, ABankThatIsDamagedForeignOrOfOtherFeaturesIsAnErrorWithTheCure) {
  small_data();
  ASSERT_EQ(make_bank().exit_code, 0);
  const std::string whole = read_text(dir / "things.bank");
  write_text(dir / "cut.bank", whole.substr(0, whole.size() / 2));
  expect_error(compare("--background cut.bank"), 1, {"cut.bank: ", "oneormany background"});
  write_text(dir / "text.bank", "no bank");
  expect_error(compare("--background text.bank"), 1, {"text.bank: ", "oneormany background"});
  expect_error(run("compare data --folds 3 --size 96 --quiet --background things.bank"), 1,
               {"things.bank: ", "96 pixels", "oneormany background"});
  expect_error(compare("--background things.bank --background builtin"), 2, {"--background"});
  expect_error(compare("--background nowhere.bank"), 1, {"nowhere.bank"});
}

TEST_F(BackgroundTest, WithoutABuiltInBankANoteSaysHowToGetOneUnlessItWasAskedFor) {
  small_data();
  make_share();
  const auto note = [&](const std::string& arguments) {
    const json report = report_of(
        run("compare data --folds 3 --quiet --json " + arguments, "ONEORMANY_SHARE=share"));
    EXPECT_EQ(report.at("models").size(), 2u);
    return report.at("notes").dump();
  };
  EXPECT_THAT(note(""), AllOf(HasSubstr("isn't set up"), HasSubstr("script/background")));
  EXPECT_THAT(note("--size 64"),
              AllOf(HasSubstr("at 64 pixels"), HasSubstr("oneormany background")));
  expect_error(compare("--background builtin", "ONEORMANY_SHARE=share"), 1,
               {"at 64 pixels", "oneormany background"});
}

TEST_F(BackgroundTest, TheBuiltInBankIsFoundByBackboneAndSizeAndCheckedAgainstThem) {
  small_data();
  make_share();
  ASSERT_EQ(make_bank().exit_code, 0);
  fs::create_directories(dir / "share/background");
  const fs::path bank = dir / "share/background/efficientnet-lite0-64-f32.bank";
  fs::rename(dir / "things.bank", bank);
  const json by_default = report_of(compare("--json", "ONEORMANY_SHARE=share"));
  EXPECT_EQ(by_default.at("models").size(), 6u);
  EXPECT_GT(by_default.at("data").at("background"), 15);
  const json by_name = report_of(compare("--json --background builtin", "ONEORMANY_SHARE=share"));
  EXPECT_EQ(by_name.at("models"), by_default.at("models"));
  // One of other features in its place.
  ASSERT_EQ(run("background things --size 96 --quiet --out '" + bank.string() + "'").exit_code, 0);
  expect_error(compare("--background builtin", "ONEORMANY_SHARE=share"), 1,
               {"another version", "oneormany background"});
  write_text(bank, "damaged");
  expect_error(compare("", "ONEORMANY_SHARE=share"), 1, {bank.filename(), "script/background"});
}

TEST_F(BackgroundTest, TheBuiltInBankOfTheSetUpIsDiverseAndServesTheDefaultBackbone) {
  const fs::path bank = fs::path(ONEORMANY_SHARE) / "background/efficientnet-lite0-224-f32.bank";
  if (!fs::exists(bank)) GTEST_SKIP() << "script/background makes it";
  EXPECT_LT(fs::file_size(bank), 12'000'000u);
  small_data();
  const json report = report_of(run("compare data --folds 3 --quiet --json --background builtin"));
  EXPECT_EQ(report.at("models").size(), 6u);
  EXPECT_EQ(report.at("data").at("background"), 300);  // of more, for balance with 24 pictures
}

}  // namespace
}  // namespace oneormany::cli
