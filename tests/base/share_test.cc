#include "base/share.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace oneormany::base {
namespace {

TEST(ShareDir, IsTheFolderOfTheEnvironmentIfItExists) {
  setenv("ONEORMANY_SHARE", TEST_DATA, 1);
  EXPECT_EQ(share_dir(), std::filesystem::path(TEST_DATA));
  unsetenv("ONEORMANY_SHARE");
}

TEST(ShareDir, IsElseTheFolderNamedWhenBuilding) {
  for (const char* useless : {"/no/such/folder", ""}) {
    setenv("ONEORMANY_SHARE", useless, 1);
    EXPECT_EQ(share_dir(), std::filesystem::path(ONEORMANY_SHARE));
  }
  unsetenv("ONEORMANY_SHARE");
}

}  // namespace
}  // namespace oneormany::base
