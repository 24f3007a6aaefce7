#pragma once
// The real program when calls fail, the disk is full, or it is killed: in the middle of any call
// that changes a file, and at moments of no choice.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/program.h"

namespace oneormany {

inline constexpr const char* kFaults[] = {"kill", "ENOSPC", "EIO"};
inline constexpr int kKilled = 128 + SIGKILL;  ///< the exit code, as a shell has it

/// Pictures that are not like each other: waves of a direction, length and colour of their own.
inline void write_picture(const std::filesystem::path& file, int number) {
  constexpr int kSide = 48;
  std::string pixels = "P6 48 48 255\n";
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      const int wave = (x * (number % 5) + y * (number / 5 + 1)) * (number % 7 + 1) / 2;
      for (int channel = 0; channel < 3; ++channel) {
        pixels += static_cast<char>((wave * (channel + number % 3) + 80 * number) & 0xff);
      }
    }
  }
  write_text(file, pixels);
}

class Faults : public ProgramTest {
 protected:
  /// Runs the program with the `at`-th call about files below `under` going wrong.
  Ran run_with(const std::string& fault, long at, const std::filesystem::path& under,
               const std::string& arguments) const {
    std::filesystem::remove(dir / "log");
    return run_shell("FAULT=" + fault + " FAULT_AT=" + std::to_string(at) + " FAULT_UNDER='" +
                     under.string() + "' FAULT_LOG='" + (dir / "log").string() +
                     "' LD_PRELOAD='" FAULTS_PRELOAD "' '" ONEORMANY_PROGRAM "' " + arguments);
  }

  /// The calls of a run in which none goes wrong: "write /…/report.json".
  std::vector<std::string> calls(const std::filesystem::path& under,
                                 const std::string& arguments) const {
    const Ran ran = run_with("none", 0, under, arguments);
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_GT(calls_of_last_run().size(), 3u);
    return calls_of_last_run();
  }

  std::vector<std::string> calls_of_last_run() const {
    std::vector<std::string> lines;
    std::ifstream in(dir / "log");
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }

  /// Runs the program in `dir`, and kills it once `now` is true. True: it hadn't ended before.
  bool kill_when(const std::function<bool()>& now, std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "oneormany");
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    const std::string cache = (dir / "cache").string();
    const pid_t child = fork();
    if (child == 0) {
      const int null = open("/dev/null", O_RDWR);
      for (const int descriptor : {0, 1, 2}) dup2(null, descriptor);
      if (chdir(dir.c_str()) != 0) _exit(1);
      setenv("XDG_CACHE_HOME", cache.c_str(), 1);
      execv(ONEORMANY_PROGRAM, pointers.data());
      _exit(1);
    }
    int status = 0;
    while (!now()) {
      if (waitpid(child, &status, WNOHANG) == child) return false;
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return WIFSIGNALED(status);
  }

  bool kill_after(std::chrono::duration<double> time,
                  const std::vector<std::string>& arguments) const {
    const auto end = std::chrono::steady_clock::now() + time;
    return kill_when([&] { return std::chrono::steady_clock::now() >= end; }, arguments);
  }

  static std::set<std::string> names_in(const std::filesystem::path& folder) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      names.insert(entry.path().filename());
    }
    return names;
  }
};

/// A model of small pictures, and pictures for it.
class ModelFaults : public Faults {
 protected:
  static constexpr int kNew = 20;
  static constexpr const char* kTrain =
      "train data --background none --folds 3 --size 32 --quiet -o a.oom --out report";

  void write_data() const {
    for (int i = 0; i < 16; ++i) {
      write_picture(dir / "data" / (i % 2 == 0 ? "even" : "odd") / (std::to_string(i) + ".ppm"), i);
    }
  }

  /// Some of none of the classes: every second is like one of them.
  void write_new() const {
    for (int i = 0; i < kNew; ++i) {
      write_picture(dir / "new" / (std::to_string(i) + ".ppm"), i % 2 == 0 ? i : 20 + i);
    }
  }

  void train() const {
    write_data();
    const Ran ran = run(kTrain);
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
  }
};

}  // namespace oneormany
