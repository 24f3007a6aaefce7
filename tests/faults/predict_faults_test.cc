// Rows of `predict`: none is lost or doubled, whatever becomes of the run that writes them.

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>
#include <sstream>

#include "data/csv.h"
#include "tests/faults/faults.h"

namespace oneormany {
namespace {

namespace fs = std::filesystem;
using testing::AnyOf;
using testing::HasSubstr;

using Rows = std::vector<std::string>;  ///< sorted

/// The whole rows of a file, without the header; the rest must be the beginning of one.
Rows whole_rows(const std::string& text, const std::string& format) {
  bool quoted = false;
  std::size_t whole = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    quoted ^= format == "csv" && text[i] == '"';
    if (!quoted && text[i] == '\n') whole = i + 1;
  }
  Rows rows;
  if (format == "csv") {
    const data::Csv csv = data::parse_csv(text.substr(0, whole), ',');
    EXPECT_FALSE(csv.broken) << text;
    for (std::size_t i = 1; i < csv.rows.size(); ++i) {
      std::string& row = rows.emplace_back();
      for (const std::string& cell : csv.rows[i].cells) row += cell + '\x1f';
    }
  } else {
    std::istringstream lines(text.substr(0, whole));
    for (std::string line; std::getline(lines, line);) rows.push_back(line);
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

class PredictFaults : public ModelFaults {
 protected:
  void SetUp() override {
    train();
    write_new();
    fs::rename(dir / "new/3.ppm", dir / "new/two\nlines, \"quoted\".ppm");
    fs::rename(dir / "new/5.ppm", dir / "new/caf\xe9.ppm");
    write_text(dir / "new/broken.png", "not a picture");
    fs::create_directory(dir / "out");
  }

  static std::string command(const std::string& format) {
    const std::string file = "out/rows." + format;
    return "predict a.oom new --quiet --failures-ok --no-cache --format " + format + " --out " +
           file + " --skip-done " + file;
  }

  std::string text(const std::string& format) const {
    return read_text(dir / ("out/rows." + format));
  }

  std::uintmax_t size(const std::string& format) const {
    std::error_code none_yet;
    const std::uintmax_t bytes = fs::file_size(dir / ("out/rows." + format), none_yet);
    return none_yet ? 0 : bytes;
  }

  static std::vector<std::string> words_of(const std::string& command) {
    std::vector<std::string> words;
    std::istringstream in(command);
    for (std::string word; in >> word;) words.push_back(word);
    return words;
  }

  /// All rows, of a run in which nothing goes wrong.
  Rows all(const std::string& format) const {
    fs::remove(dir / ("out/rows." + format));
    const Ran ran = run(command(format));
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    const Rows rows = whole_rows(text(format), format);
    EXPECT_EQ(rows.size(), kNew + 1u);
    fs::remove(dir / ("out/rows." + format));
    return rows;
  }

  /// None that is not among all, none twice; returns how many there are.
  std::size_t expect_some_of(const Rows& all, const std::string& format) const {
    const Rows rows = whole_rows(text(format), format);
    EXPECT_TRUE(std::includes(all.begin(), all.end(), rows.begin(), rows.end())) << text(format);
    return rows.size();
  }
};

TEST_F(PredictFaults, AKillInAnyWriteLosesAndDoublesNoRow) {
  for (const std::string format : {"csv", "jsonl"}) {
    const Rows rows = all(format);
    // The file is made, or a row that was cut off is taken away; a row; half a row: at each kill
    // one is done. Or three.
    for (const long at : {3, 5}) {
      fs::remove(dir / ("out/rows." + format));
      int kills = 0;
      for (Ran ran; ran.exit_code != 0;) {
        ran = run_with("kill", at, dir / "out", command(format));
        expect_some_of(rows, format);
        if (ran.exit_code == 0) break;
        ASSERT_EQ(ran.exit_code, kKilled) << ran.err;
        ASSERT_LE(++kills, 2 * kNew);
      }
      EXPECT_GE(kills, kNew / static_cast<int>(at)) << format;
      EXPECT_EQ(whole_rows(text(format), format), rows) << format << " after kills at call " << at;
    }
  }
}

TEST_F(PredictFaults, AKillAtAnyMomentLosesAndDoublesNoRow) {
  const auto start = std::chrono::steady_clock::now();
  const Rows rows = all("csv");
  const std::chrono::duration<double> whole_time = std::chrono::steady_clock::now() - start;
  ASSERT_EQ(run(command("csv")).exit_code, 0);
  const std::size_t whole_size = text("csv").size();
  fs::remove(dir / "out/rows.csv");
  std::vector<std::string> arguments = words_of(command("csv"));
  std::erase(arguments, "--no-cache");  // it is killed with it
  std::mt19937 random(17);
  int in_between = 0;
  for (int round = 0; round < 60; ++round) {
    if (round % 2 == 0) {
      kill_after(whole_time * (static_cast<double>(random() % 1000) / 1000), arguments);
    } else {
      const std::size_t bytes = text("csv").size() + 1 + random() % (whole_size / 3);
      kill_when([&] { return size("csv") >= bytes; }, arguments);
    }
    const std::size_t done = expect_some_of(rows, "csv");
    in_between += done > 0 && done < rows.size();
    if (done < rows.size()) continue;
    EXPECT_EQ(whole_rows(text("csv"), "csv"), rows) << round;
    fs::remove_all(dir / "out");  // once more, and without a cache at every second time
    fs::create_directory(dir / "out");
    if (random() % 2 == 0) fs::remove_all(dir / "cache");
  }
  EXPECT_GT(in_between, 10);
  ASSERT_EQ(run(command("csv")).exit_code, 0);
  EXPECT_EQ(whole_rows(text("csv"), "csv"), rows);
}

TEST_F(PredictFaults, ASignalToStopLeavesWholeRows) {
  const Rows rows = all("csv");
  // The list doesn't end: the shell has it open for writing, too.
  const Ran ran = run_shell(
      "mkfifo list; exec 9<>list; find new -type f -print0 >&9; '" ONEORMANY_PROGRAM
      "' predict a.oom - --quiet --no-cache --out out/rows.csv <list & pid=$!; "
      "until [ -s out/rows.csv ] || ! kill -0 $pid; do sleep 0.02; done; kill $pid; wait $pid");
  EXPECT_EQ(ran.exit_code, 130) << ran.err;
  EXPECT_TRUE(text("csv").ends_with('\n'));
  EXPECT_GT(expect_some_of(rows, "csv"), 0u);
  ASSERT_EQ(run(command("csv")).exit_code, 0);
  EXPECT_EQ(whole_rows(text("csv"), "csv"), rows);
}

TEST_F(PredictFaults, AFullDiskIsOneLineAndLeavesWholeRows) {
  for (const std::string format : {"csv", "jsonl"}) {
    const Rows rows = all(format);
    for (const std::string fault : {"ENOSPC", "EIO"}) {
      for (const long at : {1, 2, 3, 9, kNew + 1}) {
        fs::remove(dir / ("out/rows." + format));
        expect_error(run_with(fault, at, dir / "out", command(format)), 1,
                     {"out/rows." + format + ": can't be written: ",
                      fault == "ENOSPC" ? "No space left on device: free some space"
                                        : "Input/output error: name",
                      at > 1 ? "the rows so far are whole: go on with --skip-done" : ""});
        const std::string left = text(format);
        EXPECT_TRUE(left.empty() || left.ends_with('\n')) << left;
        // After an error that passes, another thread may have had its picture ready.
        const auto whole = static_cast<std::size_t>(std::max(at - 2, 0L));
        EXPECT_THAT(expect_some_of(rows, format), AnyOf(whole, whole + (fault == "EIO" ? 1 : 0)));
        if (at % 3 != 0) continue;
        ASSERT_EQ(run(command(format)).exit_code, 0);
        EXPECT_EQ(whole_rows(text(format), format), rows);
      }
    }
  }
}

TEST_F(PredictFaults, AFaultWhileFailedRowsAreTriedAgainLosesAndDoublesNoRow) {
  for (const std::string format : {"csv", "jsonl"}) {
    const std::string retry = command(format) + " --retry-failed";
    const std::string name = "rows." + format;
    write_text(dir / "new/broken.png", "not a picture");
    ASSERT_EQ(run(command(format)).exit_code, 0);
    const std::string before = text(format);
    const Rows rows_before = whole_rows(before, format);
    write_picture(dir / "new/broken.png", 33);
    ASSERT_EQ(run(retry).exit_code, 0);
    const Rows rows = whole_rows(text(format), format);
    EXPECT_EQ(rows.size(), kNew + 1u);
    Rows good;
    std::set_intersection(rows.begin(), rows.end(), rows_before.begin(), rows_before.end(),
                          std::back_inserter(good));
    EXPECT_EQ(good.size(), static_cast<std::size_t>(kNew));
    for (long at = 1;; ++at) {
      write_text(dir / "out" / name, before);
      const Ran ran = run_with("kill", at, dir / "out", retry);
      if (ran.exit_code == 0) {
        EXPECT_GT(at, 5);  // a draft: made, written, on the disk, renamed; a row
        break;
      }
      ASSERT_EQ(ran.exit_code, kKilled) << ran.err;
      const Rows now = whole_rows(text(format), format);
      EXPECT_TRUE(std::includes(now.begin(), now.end(), good.begin(), good.end())) << at;
      EXPECT_LE(now.size(), rows.size());
      ASSERT_EQ(run(retry).exit_code, 0);
      EXPECT_EQ(whole_rows(text(format), format), rows) << at;
      EXPECT_EQ(names_in(dir / "out"), std::set<std::string>{name});
    }
    write_text(dir / "out" / name, before);
    expect_error(run_with("ENOSPC", 1, dir / "out", retry), 1, {name, "free some space"});
    EXPECT_EQ(text(format), before);
    fs::remove(dir / "out" / name);
  }
}

TEST_F(PredictFaults, TheFileStaysLockedWhileFailedRowsAreTakenOut) {
  ASSERT_EQ(run(command("csv")).exit_code, 0);
  write_picture(dir / "new/broken.png", 33);
  const std::string predict =
      "'" ONEORMANY_PROGRAM
      "' predict a.oom - --quiet --no-cache --out out/rows.csv --skip-done out/rows.csv ";
  // The first one's list doesn't end.
  const Ran second = run_shell(
      "mkfifo list; exec 9<>list; echo new/broken.png >&9; " + predict +
      "--retry-failed <list 2>first.txt & pid=$!; while grep -q 'can be read' out/rows.csv && kill "
      "-0 $pid; do sleep 0.02; done; " +
      predict + "; code=$?; kill $pid; wait $pid; exit $code");
  expect_error(second, 1, {"out/rows.csv: another run is writing to it"});
  EXPECT_EQ(whole_rows(text("csv"), "csv").size(), kNew + 1u);
}

TEST_F(PredictFaults, GoesOnOnlyWithRowsOfItsOwnKindAndAlone) {
  all("csv");
  ASSERT_EQ(run(command("csv")).exit_code, 0);
  const std::string rows = text("csv");
  const std::string rows_to =
      "predict a.oom new --quiet --out out/rows.csv --skip-done out/rows.csv ";
  for (const char* more : {"--top 1", "--probabilities", "--format jsonl"}) {
    expect_error(run(rows_to + more), 1, {"out/rows.csv: has other columns", "--top"});
  }
  const Ran two =
      run_shell("{ flock 9; '" ONEORMANY_PROGRAM "' " + command("csv") + "; } 9<>out/rows.csv");
  expect_error(two, 1, {"out/rows.csv: another run is writing to it"});
  EXPECT_EQ(text("csv"), rows);
  // Another file gets a header of its own.
  write_text(dir / "out/half.csv", rows.substr(0, rows.size() / 2));
  ASSERT_EQ(run("predict a.oom new --quiet --failures-ok --no-cache --out out/rest.csv --skip-done "
                "out/half.csv")
                .exit_code,
            0);
  const std::string rest = read_text(dir / "out/rest.csv");
  EXPECT_EQ(rest.substr(0, rest.find('\n')), rows.substr(0, rows.find('\n')));
}

// --- Filing ---

class FilingFaults : public ModelFaults {
 protected:
  void SetUp() override { train(); }

  void begin_again() const {
    for (const char* name : {"new", "sorted", "out"}) fs::remove_all(dir / name);
    write_new();
    write_text(dir / "new/broken.png", "not a picture");  // stays: no folder is ever empty
    fs::create_directory(dir / "out");
  }

  static std::string command(const std::string& how) {
    return "predict a.oom new --quiet --failures-ok --no-cache --out out/rows.csv --skip-done "
           "out/rows.csv " +
           how;
  }

  /// How often each content is there, in regular files.
  std::map<std::string, int> pictures() const {
    std::map<std::string, int> count;
    for (const char* folder : {"new", "sorted"}) {
      if (!fs::exists(dir / folder)) continue;
      for (const auto& entry : fs::recursive_directory_iterator(dir / folder)) {
        if (entry.is_symlink()) {
          EXPECT_TRUE(entry.is_regular_file()) << entry.path() << " leads nowhere";
        } else if (entry.path().extension() == ".xmp") {
          EXPECT_THAT(read_text(entry.path()), HasSubstr("</x:xmpmeta>")) << entry.path();
        } else if (entry.is_regular_file() && entry.path().extension() != ".oneormany-part") {
          ++count[read_text(entry.path())];
        }
      }
    }
    return count;
  }

  std::map<std::string, std::string> labels() const {
    std::map<std::string, std::string> labels;
    const data::Csv csv = data::parse_csv(read_text(dir / "out/rows.csv"), ',');
    EXPECT_FALSE(csv.broken);
    for (std::size_t i = 1; i < csv.rows.size(); ++i) {
      EXPECT_TRUE(labels.try_emplace(csv.rows[i].cells[0], csv.rows[i].cells[1]).second) << "twice";
    }
    return labels;
  }

  void kill_in_calls(const std::string& how) const {
    begin_again();
    const std::map<std::string, int> all = pictures();
    ASSERT_EQ(run(command(how)).exit_code, 0);
    const auto rows = labels();
    ASSERT_EQ(rows.size(), kNew + 1u);
    // As many calls as the work on one picture and a little has, and on several.
    for (const long at : {11, 24}) {
      begin_again();
      int kills = 0;
      for (Ran ran; ran.exit_code != 0;) {
        ran = run_with("kill", at, dir, command(how));
        ASSERT_EQ(pictures(), all) << "after " << calls_of_last_run().back();
        if (ran.exit_code == 0) break;
        ASSERT_EQ(ran.exit_code, kKilled) << ran.err;
        ASSERT_LE(++kills, 3 * kNew);
      }
      EXPECT_GT(kills, 2) << how;
      EXPECT_EQ(labels(), rows) << how << " after kills at call " << at;
      for (const auto& [file, label] : rows) {
        if (file == "new/broken.png") continue;
        const fs::path name = fs::path(file).filename();
        const fs::path place = dir / "sorted" / (label.empty() ? "none of these" : label) / name;
        EXPECT_TRUE(fs::is_regular_file(place)) << place;
        const bool moved = how.starts_with("--move-to");
        EXPECT_EQ(fs::exists(dir / file), !moved) << file;
        const fs::path sidecar = (moved ? place : dir / file).string() + ".xmp";
        EXPECT_EQ(fs::exists(sidecar), !label.empty()) << sidecar;
      }
      for (const auto& entry : fs::recursive_directory_iterator(dir)) {
        EXPECT_NE(entry.path().extension(), ".oneormany-part") << entry.path();
      }
    }
  }
};

TEST_F(FilingFaults, AKillInAnyCallOfAMoveLosesNoPictureAndNoRow) {
  kill_in_calls("--move-to sorted --xmp");
}

TEST_F(FilingFaults, AKillInAnyCallOfALinkLosesNoPictureAndNoRow) {
  kill_in_calls("--link-to sorted --xmp");
}

TEST_F(FilingFaults, AFullDiskLeavesThePicturesWhereTheyAre) {
  begin_again();
  const std::map<std::string, int> all = pictures();
  const Ran ran = run_with("ENOSPC", 1, dir / "sorted", command("--move-to sorted"));
  EXPECT_EQ(pictures(), all);
  expect_error(ran, 1, {"sorted: can't be made: No space left"});
  fs::create_directories(dir / "sorted");
  const Ran one_by_one = run_with("ENOSPC", 1, dir / "sorted", command("--move-to sorted"));
  EXPECT_EQ(pictures(), all);
  EXPECT_THAT(one_by_one.err, HasSubstr("can't be made: No space left"));
  // The rows are there, and the next run files what has one.
  ASSERT_EQ(run(command("--move-to sorted")).exit_code, 0);
  EXPECT_EQ(names_in(dir / "new"), std::set<std::string>{"broken.png"});
  EXPECT_EQ(pictures(), all);
  EXPECT_EQ(labels().size(), kNew + 1u);
}

}  // namespace
}  // namespace oneormany
