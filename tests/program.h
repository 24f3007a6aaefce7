#pragma once
// Runs the real program, as a user would, in a folder of its own.

#include <gmock/gmock.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include "tests/folder.h"

namespace oneormany {

struct Ran {
  int exit_code = -1;
  std::string out;
  std::string err;  ///< but for the progress, which shows only on a machine that is busy
};

inline std::string without_progress(const std::string& err) {
  static const std::regex line("[^\n:]+: [0-9]+(/[0-9]+|,)[^\n]*\n");
  return std::regex_replace(err, line, "");
}

/// Nothing on standard output; on standard error one line that holds all of `parts`.
inline void expect_error(const Ran& ran, int exit_code, const std::vector<std::string>& parts) {
  EXPECT_EQ(ran.exit_code, exit_code) << ran.err;
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  EXPECT_THAT(ran.err, testing::StartsWith("oneormany: "));
  for (const auto& part : parts) EXPECT_THAT(ran.err, testing::HasSubstr(part));
}

/// A test in an empty folder that is deleted afterwards.
class ProgramTest : public testing::Test {
 protected:
  /// Runs `oneormany arguments` by a shell, in `dir`, with `environment` ("A=b C=d") added.
  Ran run(const std::string& arguments, const std::string& environment = "") const {
    return run_shell(environment + " '" ONEORMANY_PROGRAM "' " + arguments);
  }

  /// Runs any shell commands likewise.
  Ran run_shell(const std::string& commands) const {
    const auto command = "cd '" + dir.string() + "' && export XDG_CACHE_HOME='" + dir.string() +
                         "/cache' && { " + commands + "; } >out.txt 2>err.txt </dev/null";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_text(dir / "out.txt"),
            without_progress(read_text(dir / "err.txt"))};
  }

  const Folder folder_;
  const std::filesystem::path dir = folder_.path();
};

}  // namespace oneormany
