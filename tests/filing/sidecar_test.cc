#include "filing/sidecar.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "tests/error_in.h"
#include "tests/filing/killed.h"
#include "tests/folder.h"

namespace oneormany::filing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(MergeKeywords, OursAreAddedOnceAndTakenOutWhenThePredictionChanges) {
  const Keywords first = merge({{"Wales", "river"}, {}, {}}, {"house", "river"});
  EXPECT_EQ(first, (Keywords{{"Wales", "river", "house"}, {"house"}, {}}));
  EXPECT_EQ(merge(first, {"house", "river"}), first);
  EXPECT_EQ(merge(first, {"barn"}), (Keywords{{"Wales", "river", "barn"}, {"barn"}, {}}))
      << "river is people's";
  EXPECT_EQ(merge(first, {}), (Keywords{{"Wales", "river"}, {}, {}}));
}

TEST(MergeKeywords, WhatPeopleTookAwayStaysAwayUntilTheyPutItBack) {
  const Keywords without = merge({{"Wales"}, {"house"}, {}}, {"house"});
  EXPECT_EQ(without, (Keywords{{"Wales"}, {}, {"house"}}));
  EXPECT_EQ(merge(without, {"house"}), without);
  EXPECT_EQ(merge(without, {"barn"}), (Keywords{{"Wales", "barn"}, {"barn"}, {"house"}}));

  Keywords back = without;
  back.subject.push_back("house");
  EXPECT_EQ(merge(back, {"house"}), (Keywords{{"Wales", "house"}, {}, {}}));
  EXPECT_EQ(merge(back, {}), (Keywords{{"Wales", "house"}, {}, {}})) << "it is theirs now";
}

TEST(MergeKeywords, TwiceTheSameLabelIsOneKeyword) {
  EXPECT_EQ(merge({}, {"a", "a"}), (Keywords{{"a"}, {"a"}, {}}));
}

/// As darktable writes them: people's keywords, a hierarchy, its own history.
std::string darktable(const std::string& keywords) {
  return R"(<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:lr="http://ns.adobe.com/lightroom/1.0/" xmlns:darktable="http://darktable.sf.net/"
    xmlns:own="http://example.org/archive/"
   xmp:Rating="4" own:shelf="B 12" darktable:history_end="1">
   <own:note xml:lang="en">kept</own:note>
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">A house</rdf:li><rdf:li xml:lang="de">Ein Haus</rdf:li></rdf:Alt></dc:title>
   <dc:subject><rdf:Bag>)" +
         keywords + R"(</rdf:Bag></dc:subject>
   <lr:hierarchicalSubject><rdf:Bag><rdf:li>places|Wales</rdf:li></rdf:Bag></lr:hierarchicalSubject>
   <darktable:history><rdf:Seq><rdf:li darktable:operation="exposure" darktable:params="00ff"/></rdf:Seq></darktable:history>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
)";
}

/// What exiftool reads: a JSON object, its lists always lists.
json read_back(const fs::path& sidecar) {
  const std::string command =
      "exiftool -j -struct -G1 -XMP:all '" + sidecar.string() + "' 2>/dev/null";
  FILE* pipe = popen(command.c_str(), "r");
  std::string text;
  std::array<char, 4096> block{};
  for (std::size_t n = 0; (n = fread(block.data(), 1, block.size(), pipe)) > 0;) {
    text.append(block.data(), n);
  }
  EXPECT_EQ(pclose(pipe), 0) << "exiftool (libimage-exiftool-perl) reads " << sidecar;
  json all = json::parse(text, nullptr, false);
  return all.is_array() && !all.empty() ? all[0] : json::object();
}

std::vector<std::string> list(const json& tags, const char* name) {
  if (!tags.contains(name)) return {};
  const json& value = tags.at(name);
  std::vector<std::string> texts;
  for (const json& one : value.is_array() ? value : json::array({value})) {
    texts.push_back(one.is_string() ? one.get<std::string>() : one.dump());
  }
  return texts;
}

class Sidecar : public testing::Test {
 protected:
  const Folder folder_;
  const fs::path picture_ = folder_.write("a.jpg", "the picture");
  const fs::path sidecar_ = folder_ / "a.jpg.xmp";
  Sidecars sidecars_{SidecarName::kAppended};
};

TEST_F(Sidecar, ANewOneHoldsTheLabels) {
  EXPECT_TRUE(sidecars_.write(picture_, {"house", "Straße & <river>, \"old\""}));
  const json tags = read_back(sidecar_);
  EXPECT_THAT(list(tags, "XMP-dc:Subject"), ElementsAre("house", "Straße & <river>, \"old\""));
  EXPECT_THAT(list(tags, "XMP-oneormany:Labels"),
              ElementsAre("house", "Straße & <river>, \"old\""));
  EXPECT_EQ(read_text(picture_), "the picture");
  EXPECT_TRUE(Sidecars(SidecarName::kReplaced).write(picture_, {"house"}));
  EXPECT_THAT(list(read_back(folder_ / "a.xmp"), "XMP-dc:Subject"), ElementsAre("house"));
}

TEST_F(Sidecar, OfNoLabelNoneIsMade) {
  EXPECT_FALSE(sidecars_.write(picture_, {}));
  EXPECT_FALSE(fs::exists(sidecar_));
}

TEST_F(Sidecar, AllThatPeopleWroteStays) {
  folder_.write("a.jpg.xmp", darktable("<rdf:li>Wales</rdf:li><rdf:li>river</rdf:li>"));
  json before = read_back(sidecar_);
  ASSERT_THAT(list(before, "XMP-dc:Subject"), ElementsAre("Wales", "river"));
  EXPECT_TRUE(sidecars_.write(picture_, {"house", "river"}));
  json after = read_back(sidecar_);
  EXPECT_THAT(list(after, "XMP-dc:Subject"), ElementsAre("Wales", "river", "house"));
  EXPECT_THAT(list(after, "XMP-oneormany:Labels"), ElementsAre("house"));
  EXPECT_EQ(after.at("XMP-own:Shelf"), "B 12");
  EXPECT_EQ(after.at("XMP-dc:Title-de"), "Ein Haus");
  EXPECT_EQ(after.at("XMP-darktable:History")[0].at("Operation"), "exposure");
  for (const char* ours : {"XMP-dc:Subject", "XMP-oneormany:Labels", "XMP-x:XMPToolkit"}) {
    before.erase(ours);
    after.erase(ours);
  }
  EXPECT_EQ(after, before);
  EXPECT_THAT(read_text(sidecar_),
              AllOf(testing::StartsWith("<?xml "), HasSubstr("<own:note xml:lang=\"en\">kept")));

  EXPECT_TRUE(sidecars_.write(picture_, {"barn"}));
  EXPECT_THAT(list(read_back(sidecar_), "XMP-dc:Subject"), ElementsAre("Wales", "river", "barn"));
  EXPECT_TRUE(sidecars_.write(picture_, {}));
  after = read_back(sidecar_);
  EXPECT_THAT(list(after, "XMP-dc:Subject"), ElementsAre("Wales", "river"));
  EXPECT_THAT(list(after, "XMP-oneormany:Labels"), IsEmpty());
}

TEST_F(Sidecar, WhatPeopleChangeWithAnotherProgramCounts) {
  sidecars_.write(picture_, {"house", "river"});
  ASSERT_EQ(std::system(("exiftool -q -overwrite_original -XMP-dc:Subject-=house "
                         "-XMP-dc:Subject+=Wales '" +
                         sidecar_.string() + "'")
                            .c_str()),
            0);
  EXPECT_TRUE(sidecars_.write(picture_, {"house", "river"}));
  const json tags = read_back(sidecar_);
  EXPECT_THAT(list(tags, "XMP-dc:Subject"), testing::UnorderedElementsAre("river", "Wales"));
  EXPECT_THAT(list(tags, "XMP-oneormany:Removed"), ElementsAre("house"));
  EXPECT_FALSE(sidecars_.write(picture_, {"house", "river"}));
}

TEST_F(Sidecar, ASecondRunWritesNothing) {
  sidecars_.write(picture_, {"house"});
  const std::string text = read_text(sidecar_);
  struct stat before {};
  struct stat after {};
  stat(sidecar_.c_str(), &before);
  EXPECT_FALSE(Sidecars(SidecarName::kAppended).write(picture_, {"house"}));
  stat(sidecar_.c_str(), &after);
  EXPECT_EQ(before.st_ino, after.st_ino);
  EXPECT_EQ(read_text(sidecar_), text);
}

TEST_F(Sidecar, WhatIsOursAloneIsTakenBackAndComesAgain) {
  const auto subject = [&] { return list(read_back(sidecar_), "XMP-dc:Subject"); };
  sidecars_.write(picture_, {"house"});
  for (const bool packet : {false, true}) {
    if (packet) {
      const std::string text = read_text(sidecar_);
      folder_.write("a.jpg.xmp", "<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?>" +
                                     text.substr(text.find('\n')) + "<?xpacket end='w'?>");
    }
    EXPECT_TRUE(sidecars_.write(picture_, {}));
    EXPECT_THAT(read_text(sidecar_), testing::Not(HasSubstr("house")));
    EXPECT_EQ(read_text(sidecar_).find("<?xpacket") != std::string::npos, packet);
    EXPECT_THAT(subject(), IsEmpty());
    EXPECT_FALSE(sidecars_.write(picture_, {}));
    EXPECT_TRUE(sidecars_.write(picture_, {"house"}));
    EXPECT_THAT(subject(), ElementsAre("house"));
  }
}

TEST_F(Sidecar, APacketStaysOneAndKeywordsAreABagAsTheSpecificationHasThem) {
  const std::string plain = R"(<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
    xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
    xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject><rdf:Seq><rdf:li>a</rdf:li></rdf:Seq>
    </dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>)";
  folder_.write("a.jpg.xmp", plain);
  sidecars_.write(picture_, {"house"});
  EXPECT_THAT(read_text(sidecar_), AllOf(HasSubstr("rdf:Bag"), testing::Not(HasSubstr("<?x"))));
  EXPECT_THAT(list(read_back(sidecar_), "XMP-dc:Subject"), ElementsAre("a", "house"));
  folder_.write("a.jpg.xmp", "<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?>\n" + plain +
                                 "\n<?xpacket end='w'?>");
  sidecars_.write(picture_, {"house"});
  EXPECT_THAT(read_text(sidecar_), HasSubstr("<?xpacket"));
}

TEST_F(Sidecar, WhatIsBrokenOrCantBeKeptIsAnErrorAndStaysAsItIs) {
  const std::string good = darktable("<rdf:li>Wales</rdf:li>");
  const auto with = [&](const std::string& part, const std::string& by) {
    std::string text = good;
    return text.replace(text.find(part), part.size(), by);
  };
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<own:a rdf:parseType='Resource'>";
  const std::vector<std::string> all{
      "",
      "not XML",
      std::string("\0\1\2", 3),
      "<html><body>a page</body></html>",
      good.substr(0, good.size() / 2),
      good.substr(0, good.size() - 15),
      with("</rdf:Bag>", "</rdf:Beg>"),
      with("<rdf:li>Wales</rdf:li>",
           "<rdf:li rdf:parseType='Resource'><rdf:value>Wales</rdf:value>"
           "<own:by>Ann</own:by></rdf:li>"),
      with("<rdf:li>Wales</rdf:li>", "<rdf:li xml:lang='en'>Wales</rdf:li>"),
      with("<x:xmpmeta", "<!DOCTYPE x [<!ENTITY a 'b'>]><x:xmpmeta"),
      with("<dc:title>", deep + "<dc:title>")};
  for (const std::string& text : all) {
    folder_.write("a.jpg.xmp", text);
    EXPECT_THAT(error_in([&] { sidecars_.write(picture_, {"house"}); }),
                AllOf(HasSubstr("a.jpg.xmp: "), testing::Not(HasSubstr("\n"))))
        << text.substr(0, 2000);
    EXPECT_EQ(read_text(sidecar_), text);
  }
  fs::remove(sidecar_);
  fs::create_directory(sidecar_);
  EXPECT_THAT(error_in([&] { sidecars_.write(picture_, {"house"}); }),
              HasSubstr("a.jpg.xmp: is no regular file"));
}

TEST_F(Sidecar, PermissionsAndLinksStay) {
  const fs::path real = folder_.write("elsewhere/words.xmp", darktable("<rdf:li>Wales</rdf:li>"));
  chmod(real.c_str(), 0640);
  fs::create_symlink("elsewhere/words.xmp", sidecar_);
  EXPECT_TRUE(sidecars_.write(picture_, {"house"}));
  EXPECT_TRUE(fs::is_symlink(sidecar_));
  EXPECT_THAT(list(read_back(real), "XMP-dc:Subject"), ElementsAre("Wales", "house"));
  struct stat file {};
  stat(real.c_str(), &file);
  EXPECT_EQ(file.st_mode & 07777u, 0640u);
}

TEST_F(Sidecar, TwoPicturesCantShareOne) {
  Sidecars adobe(SidecarName::kReplaced);
  EXPECT_TRUE(adobe.write(picture_, {"house"}));
  EXPECT_THAT(error_in([&] { adobe.write(folder_ / "a.tif", {"barn"}); }),
              AllOf(HasSubstr("a.xmp: is a.jpg's sidecar already"), HasSubstr("a.tif.xmp")));
  EXPECT_THAT(list(read_back(folder_ / "a.xmp"), "XMP-dc:Subject"), ElementsAre("house"));
  EXPECT_FALSE(adobe.write(picture_, {"house"}));
}

TEST_F(Sidecar, ManyThreadsWriteAtOnce) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        sidecars_.write(folder_ / fmt::format("{}-{}.jpg", t, i), {std::to_string(i)});
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(read_text(folder_ / "3-9.jpg.xmp"), HasSubstr("<rdf:li>9</rdf:li>"));
}

TEST_F(Sidecar, KilledAtAnyMomentItIsTheOldOrTheNewOne) {
  const std::string old = darktable("<rdf:li>Wales</rdf:li>");
  folder_.write("a.jpg.xmp", old);
  sidecars_.write(picture_, {"house"});
  const std::string now = read_text(sidecar_);
  std::mt19937 random(17);
  int killed = 0;
  for (int round = 0; round < 100; ++round) {
    folder_.write("a.jpg.xmp", old);
    const std::chrono::microseconds time(std::uniform_int_distribution<>(100, 4000)(random));
    killed += killed_after(time, [&] { sidecars_.write(picture_, {"house"}); }) ? 1 : 0;
    const std::string text = read_text(sidecar_);
    ASSERT_TRUE(text == old || text == now) << "round " << round;
  }
  EXPECT_GT(killed, 0);
}

}  // namespace
}  // namespace oneormany::filing
