// Of reports, the cache and banks nothing is lost, doubled, wrong, or half written.

#include "tests/faults/faults.h"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <random>
#include <set>

namespace oneormany {
namespace {

namespace fs = std::filesystem;
using testing::AnyOf;
using testing::HasSubstr;

constexpr int kPictures = 24;
constexpr int kFirst = 8;  ///< so many are in the cache before anything goes wrong

// --- Reports ---

class ReportFaults : public Faults {
 protected:
  static constexpr const char* kOld = "judge --logits z.csv --targets y.csv --quiet --out report";
  static constexpr const char* kNew = "judge --logits z2.csv --targets y.csv --quiet --out report";

  void SetUp() override {
    std::string logits, other, targets;
    for (int i = 0; i < 30; ++i) {
      logits += i % 3 == 0 ? "1,-1\n" : "-2,1.5\n";
      other += i % 5 == 0 ? "2,-1\n" : "-2,1\n";
      targets += i % 4 == 0 ? "0\n" : "1\n";
    }
    folder_.write("z.csv", logits);
    folder_.write("z2.csv", other);
    folder_.write("y.csv", targets);
    new_printed_ = run(kNew).out;
    new_ = reports();
    ASSERT_EQ(run(kOld).exit_code, 0);
    old_ = reports();
    ASSERT_NE(old_, new_);
  }

  /// Without the time that the work took.
  std::pair<std::string, std::string> reports() const {
    return {without(read_text(dir / "report/report.json"), "\"total\": ", "\n"),
            without(read_text(dir / "report/report.html"), "Made by oneormany ", " s.")};
  }

  static std::string without(std::string text, const std::string& from, const std::string& to) {
    const std::size_t start = text.find(from), end = text.find(to, start);
    EXPECT_NE(end, std::string::npos) << text.size();
    return end == std::string::npos ? text : text.erase(start, end - start);
  }

  std::pair<std::string, std::string> old_, new_;
  std::string new_printed_;
};

TEST_F(ReportFaults, EachReportIsTheOldOrTheNewOneAndTheResultIsShownAllTheSame) {
  const auto all = calls(dir / "report", kNew);
  EXPECT_TRUE(reports() == new_);
  for (const std::string fault : kFaults) {
    for (std::size_t at = 1; at <= all.size(); ++at) {
      ASSERT_EQ(run(kOld).exit_code, 0);
      const Ran ran = run_with(fault, static_cast<long>(at), dir / "report", kNew);
      const auto [json, html] = reports();
      const std::string where = fault + " at " + all[at - 1];
      EXPECT_TRUE(json == old_.first || json == new_.first) << where;
      EXPECT_TRUE(html == old_.second || html == new_.second) << where;
      if (fault == "kill") {
        EXPECT_EQ(ran.exit_code, kKilled) << where;
        continue;
      }
      EXPECT_EQ(reports() == new_, ran.exit_code == 0) << where;
      if (ran.exit_code == 0) continue;
      // What it would have said, without the line that says where the report is.
      EXPECT_EQ(ran.exit_code, 1) << where;
      EXPECT_EQ(ran.out, new_printed_.substr(0, new_printed_.rfind("\nreport: "))) << where;
      EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
      EXPECT_THAT(ran.err, HasSubstr("report/report.")) << where;
      // Two names can't be given at once.
      if (!where.ends_with("rename " + (dir / "report/report.html").string())) {
        EXPECT_TRUE(reports() == old_) << where;
      }
    }
  }
  // Whatever was left behind is gone after a run that ends well.
  ASSERT_EQ(run(kNew).exit_code, 0);
  EXPECT_EQ(names_in(dir / "report"), (std::set<std::string>{"report.html", "report.json"}));
}

// --- The cache, and banks ---

struct Row {
  std::string pixels, features;
  bool operator==(const Row&) const = default;
};
using Rows = std::map<std::string, Row>;

class CacheFaults : public Faults {
 protected:
  const std::string kRun = "background pictures --size 32 --quiet --out things.bank";
  const fs::path cache = dir / "cache", file = cache / "oneormany/features.db";

  /// The bank and the rows of a run in which nothing goes wrong; then the cache that it begins with
  /// and an old bank.
  void SetUp() override {
    for (int i = 0; i < kPictures; ++i) {
      write_picture(dir / "pictures" / (std::to_string(i) + ".ppm"), i);
      if (i < kFirst) write_picture(dir / "first" / (std::to_string(i) + ".ppm"), i);
    }
    ASSERT_EQ(run(kRun).exit_code, 0);
    new_bank_ = read_text(dir / "things.bank");
    all_ = rows();
    ASSERT_EQ(all_.size(), kPictures);
    fs::remove_all(cache);
    const Ran ran = run("background first --size 32 --quiet --out things.bank");
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    old_bank_ = read_text(dir / "things.bank");
    first_ = rows();
    ASSERT_EQ(first_.size(), kFirst);
    fs::copy(cache, dir / "cache.first", fs::copy_options::recursive);
  }

  void begin_again(bool with_cache) const {
    fs::remove_all(cache);
    if (with_cache) fs::copy(dir / "cache.first", cache, fs::copy_options::recursive);
    write_text(dir / "things.bank", old_bank_);
  }

  /// All rows of the cache, after SQLite has checked it; each may be there once.
  Rows rows() const {
    Rows rows;
    if (!fs::exists(file)) return rows;
    sqlite3* db = nullptr;
    EXPECT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
    EXPECT_EQ(text_of(db, "PRAGMA integrity_check"), "ok");
    sqlite3_stmt* statement = nullptr;
    if (text_of(db, "SELECT name FROM sqlite_master WHERE name = 'features'") == "features") {
      EXPECT_EQ(sqlite3_prepare_v2(db, "SELECT content, pixels, row FROM features", -1, &statement,
                                   nullptr),
                SQLITE_OK);
      while (sqlite3_step(statement) == SQLITE_ROW) {
        const auto column = [&](int i) {
          return std::string(static_cast<const char*>(sqlite3_column_blob(statement, i)),
                             static_cast<std::size_t>(sqlite3_column_bytes(statement, i)));
        };
        EXPECT_TRUE(rows.try_emplace(column(0), Row{column(1), column(2)}).second) << "doubled";
      }
      sqlite3_finalize(statement);
    }
    sqlite3_close(db);
    return rows;
  }

  static std::string text_of(sqlite3* db, const char* sql) {
    std::string text;
    sqlite3_exec(
        db, sql,
        [](void* to, int, char** columns, char**) {
          *static_cast<std::string*>(to) += columns[0];
          return 0;
        },
        &text, nullptr);
    return text;
  }

  /// None wrong, and none of `before` lost.
  void expect_rows(const Rows& before, const std::string& where) const {
    const Rows now = rows();
    for (const auto& [content, row] : now) {
      const auto right = all_.find(content);
      EXPECT_TRUE(right != all_.end() && right->second == row) << where << ": a wrong row";
    }
    for (const auto& [content, row] : before) {
      EXPECT_TRUE(now.contains(content)) << where << ": a row is lost";
    }
  }

  void expect_a_whole_bank(const std::string& where) const {
    const std::string bank = read_text(dir / "things.bank");
    EXPECT_TRUE(bank == old_bank_ || bank == new_bank_) << where << ": " << bank.size() << " bytes";
  }

  /// The same command once more, with nothing going wrong, ends as if nothing had.
  void expect_recovery(const std::string& where) const {
    const Ran ran = run(kRun);
    EXPECT_EQ(ran.exit_code, 0) << where << ran.err;
    EXPECT_EQ(ran.err, "") << where;
    EXPECT_TRUE(read_text(dir / "things.bank") == new_bank_) << where;
    EXPECT_TRUE(rows() == all_) << where;
    EXPECT_EQ(names_in(file.parent_path()), std::set<std::string>{"features.db"}) << where;
    EXPECT_FALSE(fs::exists(dir / ".things.bank.oneormany-part")) << where;
  }

  std::string old_bank_, new_bank_;
  Rows first_, all_;
};

TEST_F(CacheFaults, AFaultOfAnyCallLosesDoublesAndChangesNoRow) {
  int said = 0;
  for (const bool with_cache : {false, true}) {
    begin_again(with_cache);
    const auto all = calls(cache, kRun);
    const Rows before = with_cache ? first_ : Rows{};
    // A new cache has its making on top, and many calls of a kind.
    for (std::size_t at = 1; at <= all.size(); at += with_cache ? 1 : 2) {
      const std::string fault = kFaults[at % std::size(kFaults)];
      begin_again(with_cache);
      const Ran ran = run_with(fault, static_cast<long>(at), cache, kRun);
      const std::string where = fault + " at " + all[at - 1];
      expect_rows(before, where);
      expect_a_whole_bank(where);
      said += !ran.err.empty();
      if (fault == "kill") {
        // How often the cache is written depends on the time: there may have been fewer calls.
        const bool reached = calls_of_last_run().size() >= at;
        EXPECT_EQ(ran.exit_code, reached ? kKilled : 0) << where;
      } else {  // the work goes on without the cache, and says so once at most
        EXPECT_EQ(ran.exit_code, 0) << where << ran.err;
        EXPECT_TRUE(read_text(dir / "things.bank") == new_bank_) << where;
        EXPECT_LE(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
      }
      if (at % 8 == 0) expect_recovery(where);
    }
  }
  EXPECT_GT(said, 10);
}

TEST_F(CacheFaults, AFaultOfAnyCallLeavesTheOldBankOrTheNewOne) {
  ASSERT_EQ(run(kRun).exit_code, 0);  // all pictures are in the cache now, to be quick
  fs::create_directory(dir / "out");
  const std::string to_out = "background pictures --size 32 --quiet --out out/things.bank";
  const auto all = calls(dir / "out", to_out);
  for (const std::string fault : kFaults) {
    for (std::size_t at = 1; at <= all.size(); ++at) {
      write_text(dir / "out/things.bank", old_bank_);
      const Ran ran = run_with(fault, static_cast<long>(at), dir / "out", to_out);
      const std::string where = fault + " at " + all[at - 1];
      const std::string bank = read_text(dir / "out/things.bank");
      EXPECT_TRUE(bank == (ran.exit_code == 0 ? new_bank_ : old_bank_)) << where;
      if (fault != "kill" && ran.exit_code != 0) {
        expect_error(ran, 1, {"out/things.bank: "});
        EXPECT_EQ(names_in(dir / "out"), std::set<std::string>{"things.bank"}) << where;
      }
    }
  }
  ASSERT_EQ(run(to_out).exit_code, 0);
  EXPECT_TRUE(read_text(dir / "out/things.bank") == new_bank_);
  EXPECT_EQ(names_in(dir / "out"), std::set<std::string>{"things.bank"});
}

TEST_F(CacheFaults, AFaultOfAnyCallLeavesTheOldFeaturesOrTheNewOnes) {
  ASSERT_EQ(run(kRun).exit_code, 0);  // all pictures are in the cache now, to be quick
  const fs::path out = dir / "out";
  fs::create_directory(out);
  const std::string features = "features pictures --size 32 --quiet --force -o out/x.npy";
  const std::string old_numbers = "old numbers", old_names = "file\nold\n";
  const auto all = calls(out, features);
  const std::string new_numbers = read_text(out / "x.npy");
  const std::string new_names = read_text(out / "x.npy.names.csv");
  for (const std::string fault : kFaults) {
    for (std::size_t at = 1; at <= all.size(); ++at) {
      fs::remove_all(out);  // with what a kill left
      write_text(out / "x.npy", old_numbers);
      write_text(out / "x.npy.names.csv", old_names);
      const Ran ran = run_with(fault, static_cast<long>(at), out, features);
      const std::string where = fault + " at " + all[at - 1];
      const std::string numbers = read_text(out / "x.npy");
      const std::string names = read_text(out / "x.npy.names.csv");
      EXPECT_TRUE(numbers == (ran.exit_code == 0 ? new_numbers : old_numbers)) << where;
      EXPECT_TRUE(names == new_names || (ran.exit_code != 0 && names == old_names)) << where;
      if (fault != "kill" && ran.exit_code != 0) {
        expect_error(ran, 1, {"out/x.npy"});
        for (const std::string& name : names_in(out)) EXPECT_FALSE(name.starts_with(".")) << where;
      }
    }
  }
  ASSERT_EQ(run(features).exit_code, 0);  // over what the last kill left
  EXPECT_TRUE(read_text(out / "x.npy") == new_numbers);
  EXPECT_EQ(names_in(out), (std::set<std::string>{"x.npy", "x.npy.failed.csv", "x.npy.names.csv"}));
}

TEST_F(CacheFaults, BitsThatFlipInTheCacheChangeNoResult) {
  begin_again(true);
  ASSERT_EQ(run(kRun).exit_code, 0);
  const std::string whole = read_text(file);
  std::mt19937 random(1);
  for (int round = 0; round < 8; ++round) {
    std::string damaged = whole;
    for (int flip = 0; flip < 10; ++flip) {
      char& byte = damaged[random() % damaged.size()];
      byte = static_cast<char>(byte ^ (1 << random() % 8));
    }
    fs::remove_all(cache);
    write_text(file, damaged);
    const Ran ran = run(kRun);
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_LE(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    EXPECT_TRUE(read_text(dir / "things.bank") == new_bank_) << round;
  }
}

TEST_F(CacheFaults, WritesToItsCacheAndItsOutputAndNowhereElse) {
  begin_again(true);
  std::set<std::string> written;
  for (const std::string& call : calls("/", "background pictures --size 32 --quiet --out bank")) {
    written.insert(call.substr(call.find(' ') + 1));
  }
  written.erase((dir / "out.txt").string());
  const std::string db = file.string();
  EXPECT_EQ(written, (std::set<std::string>{file.parent_path(), db, db + "-shm", db + "-wal",
                                            dir / ".bank.oneormany-part", dir / "bank"}));
}

TEST_F(CacheFaults, AKillAtAnyMomentLosesDoublesAndChangesNoRow) {
  const auto start = std::chrono::steady_clock::now();
  begin_again(true);
  ASSERT_EQ(run(kRun).exit_code, 0);
  const auto long_enough = std::chrono::steady_clock::now() - start;
  std::mt19937 random(1);
  for (int round = 0; round < 8; ++round) {
    begin_again(true);
    kill_after(long_enough * (random() % 100) / 100,
               {"background", "pictures", "--size", "32", "--quiet", "--out", "things.bank"});
    const std::string where = "round " + std::to_string(round);
    expect_rows(first_, where);
    expect_a_whole_bank(where);
    if (round % 4 == 3) expect_recovery(where);
  }
}

}  // namespace
}  // namespace oneormany
