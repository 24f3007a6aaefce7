#include "report/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace oneormany::report {
namespace {

using testing::ElementsAre;

TEST(Text, PrintableTakesAwayWhatCouldSteerATerminal) {
  EXPECT_EQ(base::printable("a\x1b[31mred\nnew\tline\x7f"),
            "a\uFFFD[31mred\uFFFDnew\uFFFDline\uFFFD");
  EXPECT_EQ(base::printable("evil\u202Egnp.exe"), "evil\uFFFDgnp.exe");
  EXPECT_EQ(base::printable("c1\u009b31m"), "c1\uFFFD31m");
  EXPECT_EQ(base::printable(std::string_view("a\0b", 3)), "a\uFFFDb");
}

TEST(Text, PrintableMendsBrokenUtf8AndKeepsTheRest) {
  EXPECT_EQ(base::printable("caf\xe9"), "caf\uFFFD");
  EXPECT_EQ(base::printable("Zürich 東京 👩‍🚀"), "Zürich 東京 👩‍🚀");
}

TEST(Text, WideCharactersTakeTwoColumnsAndMarksNone) {
  EXPECT_EQ(display_width("Zürich"), 6);
  EXPECT_EQ(display_width("Zu\u0308rich"), 6);
  EXPECT_EQ(display_width("東京"), 4);
  EXPECT_EQ(display_width("🏠"), 2);
}

TEST(Text, WrapsAtWordsAndBreaksOnlyWordsThatAreTooLong) {
  EXPECT_THAT(wrap("one two  three\nfour", 9), ElementsAre("one two", "three", "four"));
  EXPECT_THAT(wrap("a abcdefgh b", 4), ElementsAre("a", "abcd", "efgh", "b"));
  EXPECT_THAT(wrap("東京都庁", 5), ElementsAre("東京", "都庁"));
  EXPECT_THAT(wrap("", 10), ElementsAre(""));
}

TEST(Text, APerCentSignStaysWithItsNumber) {
  EXPECT_THAT(wrap("they give 41 % of", 12), ElementsAre("they give", "41 % of"));
  EXPECT_EQ(prose_html("41 % of <b>"), "41&nbsp;% of &lt;b&gt;");
}

TEST(Text, HtmlKeepsNoCharacterThatMeansSomething) {
  EXPECT_EQ(escape_html("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&apos;");
}

TEST(Text, WhatIsTooLongEndsInDots) {
  EXPECT_EQ(elided("Zürich", 6), "Zürich");
  EXPECT_EQ(elided("Zürich", 5), "Züri…");
  EXPECT_EQ(elided("東京都", 5), "東京…");
  EXPECT_EQ(elided("東京都", 4), "東…");
  EXPECT_EQ(elided("a\x1b[31m", 20), "a\uFFFD[31m");
}

}  // namespace
}  // namespace oneormany::report
