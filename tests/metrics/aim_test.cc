#include "metrics/aim.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace oneormany::metrics {
namespace {

std::string error_of(const std::string& text) {
  try {
    parse_aim(text);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(Aim, IsReadAsItIsWritten) {
  for (const auto* text : {"keep=0.95", "keep=1", "keep-each=0.9", "precision=0.99", "f1",
                           "cost:wrong=1:none=0.2", "cost:wrong=2.5:none=0"}) {
    EXPECT_EQ(parse_aim(text).text(), text);
  }
  EXPECT_EQ(parse_aim("keep").text(), "keep=0.95");
  EXPECT_EQ(parse_aim("keep-each").text(), "keep-each=0.95");
  EXPECT_TRUE(parse_aim("keep-each").each);
  EXPECT_EQ(parse_aim("cost:none=0.2").text(), "cost:wrong=1:none=0.2");
  EXPECT_EQ(parse_aim("cost:none=0.3:wrong=4").wrong, 4);
  EXPECT_EQ(Aim{}.text(), "keep=0.95");
}

TEST(Aim, SaysWhatMayHaveBeenMeant) {
  EXPECT_EQ(error_of("precison=0.9"), "no aim is called 'precison': did you mean precision?");
  EXPECT_EQ(error_of("F1"), "no aim is called 'F1': did you mean f1?");
  EXPECT_EQ(error_of("recall=0.9"),
            "no aim is called 'recall' (there are keep=0.95, keep-each=0.95, "
            "precision=0.99, f1 and cost:wrong=1:none=0.2)");
  EXPECT_THAT(error_of(""), testing::StartsWith("no aim is called '' (there are keep"));
  EXPECT_EQ(error_of("keep=95"),
            "keep is '95', but must be a number above 0 and at most 1: did you mean keep=0.95?");
  EXPECT_EQ(error_of("precision=99%"),
            "precision is '99%', but must be a number above 0 and at most 1: did you mean "
            "precision=0.99?");
  EXPECT_EQ(error_of("cost:wrng=1:none=1"), "there is no cost 'wrng': did you mean wrong?");
  EXPECT_EQ(error_of("cost:miss=1"), "there is no cost 'miss' (there are wrong and none)");
}

TEST(Aim, WithoutANumberOrWithABadOneIsAnError) {
  for (const auto* text : {"keep=",
                           "keep=0",
                           "keep=-1",
                           "keep=nan",
                           "keep=1.01",
                           "keep=0.5x",
                           "keep:0.5",
                           "keep=0%",
                           "precision",
                           "precision=inf",
                           "f1=0.5",
                           "f1:",
                           "cost",
                           "cost:",
                           "cost=1",
                           "cost:wrong=1",
                           "cost:none",
                           "cost:none=",
                           "cost:none=-1",
                           "cost:none=inf",
                           "cost:wrong=0:none=1",
                           "cost:wrong=1:none=0.2:",
                           "cost:wrong=1,none=0.2"}) {
    EXPECT_NE(error_of(text), "") << text;
  }
  EXPECT_THAT(error_of("cost"), testing::HasSubstr("cost:wrong=1:none=0.2"));
  EXPECT_EQ(error_of("cost:none=x"), "cost: none is 'x', but must be a number from 0 up");
  EXPECT_EQ(error_of("precision"), "precision: write the share after it: precision=0.99");
}

}  // namespace
}  // namespace oneormany::metrics
