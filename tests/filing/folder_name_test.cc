#include "filing/folder_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace oneormany::filing {
namespace {

TEST(FolderName, APlainLabelIsItsOwnFolder) {
  for (const char* label :
       {"robin", "Haus am See", "coat of arms", "C++", "Straße", "鳥", "a&b", "~", "-r"}) {
    EXPECT_EQ(folder_name({label}), label);
  }
}

TEST(FolderName, WhatNoFileSystemHoldsIsWrittenInHex) {
  EXPECT_EQ(folder_name({"a/b"}), "a%2Fb");
  EXPECT_EQ(folder_name({".."}), "%2E%2E");
  EXPECT_EQ(folder_name({"."}), "%2E");
  EXPECT_EQ(folder_name({".hidden"}), "%2Ehidden");
  EXPECT_EQ(folder_name({"a.b"}), "a.b");
  EXPECT_EQ(folder_name({"a\nb"}), "a%0Ab");
  EXPECT_EQ(folder_name({std::string("a\0b", 3)}), "a%00b");
  EXPECT_EQ(folder_name({"100%"}), "100%25");
  EXPECT_EQ(folder_name({"who?"}), "who%3F");
  EXPECT_EQ(folder_name({"the end."}), "the end%2E");
  EXPECT_EQ(folder_name({"b\xff"
                         "d"}),
            "b%FFd");
  EXPECT_EQ(folder_name({"a\xe2\x80\xae"
                         "b"}),
            "a%E2%80%AEb")
      << "it would turn the direction";
}

TEST(FolderName, SeveralLabelsAreJoinedAndNoneHasAFolderOfItsOwn) {
  EXPECT_EQ(folder_name({"house", "river"}), "house + river");
  EXPECT_EQ(folder_name({}), kNone);
  EXPECT_EQ(folder_name({"none of these"}), "%6Eone of these");
}

TEST(FolderName, NoTwoSetsOfLabelsShareAFolder) {
  std::vector<std::vector<std::string>> all{{"a", "b"},
                                            {"a + b"},
                                            {"a +", "b"},
                                            {"a", "+ b"},
                                            {"a%2Fb"},
                                            {"a/b"},
                                            {"a_b"},
                                            {""},
                                            {"%"},
                                            {},
                                            {"a\xc3"},
                                            {"a%C3"},
                                            {"+"},
                                            {"none of these"},
                                            {"%6Eone of these"},
                                            {"a", "+", "b"},
                                            {"a ", "b"},
                                            {"a", " b"}};
  for (const std::size_t length : {200, 300, 301}) all.push_back({std::string(length, 'x')});
  std::set<std::string> names;
  for (const auto& labels : all) {
    const std::string name = folder_name(labels);
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_FALSE(name.empty());
    EXPECT_EQ(name.find('/'), name.npos);
  }
}

TEST(FolderName, ALongOneIsCutBetweenCharacters) {
  std::string label;
  for (int i = 0; i < 150; ++i) label += "é";
  const std::string name = folder_name({label});
  EXPECT_LE(name.size(), 213u);
  EXPECT_EQ(name.substr(0, 200), label.substr(0, 200));
  EXPECT_EQ(name[200], '~');
  EXPECT_EQ(folder_name({"x" + label}).find("\xc3~"), std::string::npos);
}

}  // namespace
}  // namespace oneormany::filing
