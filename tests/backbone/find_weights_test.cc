#include "backbone/find_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "backbone/backbone.h"
#include "base/sha256.h"
#include "tests/backbone/files.h"

namespace oneormany::backbone {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string hash_of(const std::string& text) {
  return base::to_hex(base::sha256(std::as_bytes(std::span(text))));
}

class FindWeights : public testing::Test {
 protected:
  fs::path find(const std::string& name, const std::string& text) {
    return find_weights(name, text.empty() ? "" : hash_of(text), places_);
  }
  const Folder folder_;
  const std::vector<fs::path> places_{folder_ / "model", folder_ / "cache"};
};

TEST_F(FindWeights, TheFileItselfThenThatOfTheSameNameInTheFoldersInTheirOrder) {
  const std::string name = (folder_ / "elsewhere/net.pth").string();
  folder_.write("cache/net.pth", "weights");
  EXPECT_EQ(find(name, "weights"), folder_ / "cache/net.pth");
  folder_.write("model/net.pth", "weights");
  EXPECT_EQ(find(name, "weights"), folder_ / "model/net.pth");
  folder_.write("elsewhere/net.pth", "weights");
  EXPECT_EQ(find(name, "weights"), name);
}

TEST_F(FindWeights, AFileOfThatNameWithOtherContentIsPassedBy) {
  folder_.write("model/net.pth", "others");
  folder_.write("cache/net.pth", "weights");
  EXPECT_EQ(find("net.pth", "weights"), folder_ / "cache/net.pth");
  EXPECT_EQ(find("net.pth", ""), folder_ / "model/net.pth") << "no hash is wanted";
}

TEST_F(FindWeights, TheErrorSaysWhereItLookedAndWhatWasWrongThere) {
  folder_.write("model/net.pth", "others");
  fs::create_directories(folder_ / "cache/net.pth");
  EXPECT_THAT(
      error_in([&] { find("net.pth", "weights"); }),
      AllOf(HasSubstr("net.pth: the weights with the SHA-256 " + hash_of("weights").substr(0, 12)),
            HasSubstr((folder_ / "model/net.pth").string() + " (another file, its SHA-256 is " +
                      hash_of("others").substr(0, 12)),
            HasSubstr((folder_ / "cache/net.pth").string() + " (no such file)"),
            HasSubstr("weights/net.pth (no such file)"), HasSubstr("--backbone"),
            Not(HasSubstr("\n"))));
}

TEST_F(FindWeights, ThoseThatComeWithTheProgramAreFoundByTheirName) {
  const Backbone backbone(BackboneOptions{.size = 64});
  EXPECT_EQ(find_weights("efficientnet-lite0", backbone.sha256(), {}), backbone.file());
  EXPECT_EQ(sha256_of_weights(backbone.file()), backbone.sha256());
  EXPECT_THAT(error_in([&] { find("efficientnet-lite0", "others"); }), HasSubstr("script/setup"));

  // Given by its path it is the same backbone.
  BackboneOptions same{.size = 64};
  same.name = backbone.file().string();
  EXPECT_EQ(Backbone(same).id(), backbone.id());
}

}  // namespace
}  // namespace oneormany::backbone
