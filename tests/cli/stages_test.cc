// --stages: which of the network's features are used, through the real program.

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "backbone/backbone.h"
#include "features/bank.h"
#include "tests/cli/clipart.h"

namespace oneormany::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

class StagesTest : public ClipartTest {
 protected:
  void small_data() const {
    pictures("signs_and_symbols/flags/europe", 12, "data/flags");
    pictures("buildings/homes", 12, "data/homes");
    pictures("food/fruit", 12, "things/fruit");
    pictures("tools", 12, "things/tools");
    pictures("office", 8, "unseen");
    ASSERT_EQ(run("background things --size 64 --quiet --out things.bank").exit_code, 0);
  }

  json compare(const std::string& arguments) const {
    const Ran ran =
        run("compare data --unseen unseen --background things.bank --folds 3 --size 64 "
            "--heads linear --quiet --json " +
            arguments);
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    return ran.exit_code == 0 ? json::parse(ran.out) : json();
  }

  /// Makes columns zero wherever features are kept: in the cache and in things.bank.
  void blank(int first, int count) const {
    features::Bank bank = features::read_bank(dir / "things.bank");
    bank.features.middleCols(first, count).setZero();
    features::write_bank(dir / "things.bank", bank);

    const int from = first * 4, bytes = count * 4;
    const std::string sql = "UPDATE features SET row = CAST(substr(row, 1, " +
                            std::to_string(from) + ") || zeroblob(" + std::to_string(bytes) +
                            ") || substr(row, " + std::to_string(from + bytes + 1) + ") AS BLOB)";
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open((dir / "cache/oneormany/features.db").c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(db);
    EXPECT_GT(sqlite3_changes(db), 0);
    sqlite3_close(db);
  }
};

TEST_F(StagesTest, OfTheLastLayerTheModelsSeeItsColumnsAloneFromTheSameCacheAndBank) {
  small_data();
  const backbone::Backbone backbone({.size = 64});
  const int last = backbone.last_layer_count();
  ASSERT_LT(last, backbone.feature_count());

  const json all_before = compare(""), last_before = compare("--stages last");
  EXPECT_EQ(all_before.at("protocol").at("stages"), "all");
  EXPECT_EQ(last_before.at("protocol").at("stages"), "last");
  EXPECT_NE(last_before.at("models"), all_before.at("models"));
  EXPECT_EQ(compare("--stages all").at("models"), all_before.at("models"));

  blank(last, backbone.feature_count() - last);
  const json last_after = compare("--stages last");
  EXPECT_EQ(last_after.at("models"), last_before.at("models"));
  EXPECT_EQ(last_after.at("data"), last_before.at("data"));
  EXPECT_NE(compare("").at("models"), all_before.at("models"));

  // Nor are any of its own missing.
  for (const int column : {0, last - 1}) {
    blank(column, 1);
    EXPECT_NE(compare("--stages last").at("models"), last_before.at("models")) << column;
  }
}

TEST_F(StagesTest, TheReportSaysSoAndAnythingElseIsAWrongCommandLine) {
  small_data();
  EXPECT_THAT(run("compare data --folds 3 --size 64 --quiet --stages last").out,
              HasSubstr("efficientnet-lite0 (last layer alone) at 64 px"));
  EXPECT_THAT(run("compare data --folds 3 --size 64 --quiet").out,
              HasSubstr("efficientnet-lite0 at 64 px"));
  const Ran wrong = run("compare data --stages first");
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("--stages"));
  EXPECT_THAT(run("compare --help").out, HasSubstr("--stages"));
}

}  // namespace
}  // namespace oneormany::cli
