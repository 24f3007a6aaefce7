#pragma once
// Runs the real program, as a user would, in a folder of its own.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/folder.h"

namespace oneormany {

struct Ran {
  int exit_code = -1;
  std::string out, err;
};

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
            read_text(dir / "err.txt")};
  }

  const Folder folder_;
  const std::filesystem::path dir = folder_.path();
};

}  // namespace oneormany
