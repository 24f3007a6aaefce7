#include "base/page_name.h"

#include <gtest/gtest.h>

#include "tests/folder.h"

namespace oneormany::base {
namespace {

TEST(PageName, IsThePageOfItsFileUnlessThereIsAFileOfThisVeryName) {
  const Folder folder;
  const std::filesystem::path file = folder.write("a.tif", "x"), name = page_name(file, 12);
  EXPECT_EQ(name.filename(), "a.tif#page=12");
  NamedPage named = named_page(name);
  EXPECT_EQ(named.file, file);
  EXPECT_EQ(named.page, 12U);
  EXPECT_TRUE(named.said);
  write_text(name, "a file with an odd name");
  named = named_page(name);
  EXPECT_EQ(named.file, name);
  EXPECT_FALSE(named.said);
  named = named_page(page_name(name, 3));
  EXPECT_EQ(named.file, name);
  EXPECT_EQ(named.page, 3U);
}

TEST(PageName, IsNothingElse) {
  for (const char* name : {"a.tif", "a.tif#page=", "a.tif#page=0", "a.tif#page=-1", "a.tif#page=1x",
                           "a.tif#page=99999999999", "#page=1", "a/#page=1", "a.tif#page= 1"}) {
    EXPECT_EQ(named_page(name).file, name);
    EXPECT_EQ(named_page(name).page, 1U);
    EXPECT_FALSE(named_page(name).said) << name;
  }
}

}  // namespace
}  // namespace oneormany::base
