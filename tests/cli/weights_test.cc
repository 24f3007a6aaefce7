// oneormany weights, with the real weights of the default backbone.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/program.h"

namespace oneormany::cli {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

const std::filesystem::path kDefault = ONEORMANY_SHARE "/weights/efficientnet-lite0-57934424.pth";

TEST_F(ProgramTest, WeightsSayWhatIsHereAndWhere) {
  const Ran ran = run("weights");
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("efficientnet-lite0-57934424.pth"), HasSubstr("resnet50"),
                             HasSubstr("Apache-2.0"), HasSubstr("cache/torch/hub/checkpoints")));
  const json list = json::parse(run("weights --json").out);
  EXPECT_EQ(list["format"], "oneormany-weights-1");
  const json& first = list["weights"][0];
  EXPECT_EQ(first["here"]["sha256"], first["sha256"]);
  EXPECT_EQ(first["here"]["whole"], true);
  EXPECT_EQ(first["here"]["bytes"], std::filesystem::file_size(kDefault));
  EXPECT_EQ(first["features"], 1280 + 672 + 1152);
  EXPECT_EQ(list["weights"][1]["here"], nullptr);
}

TEST_F(ProgramTest, WeightsOfTorchAreFoundAndADamagedFileIsSaid) {
  const auto hub = dir / "torch/hub/checkpoints";
  write_text(hub / "resnet18-f37072fd.pth", "cut short");
  const Ran ran = run("weights --json", "TORCH_HOME=" + (dir / "torch").string());
  EXPECT_EQ(ran.exit_code, 1) << ran.err;
  const json here = json::parse(ran.out)["weights"][1]["here"];
  EXPECT_EQ(here["file"], (hub / "resnet18-f37072fd.pth").string());
  EXPECT_EQ(here["whole"], false);
  EXPECT_EQ(here["bytes"], 9);
  EXPECT_THAT(run("weights", "TORCH_HOME=" + (dir / "torch").string()).out,
              testing::ContainsRegex("resnet18-f37072fd.pth +damaged\n"));
}

TEST_F(ProgramTest, WeightsTellGivenFilesApart) {
  // The hash is sha256sum's.
  write_text(dir / "mine.pth", "abc");
  std::filesystem::create_symlink(kDefault, dir / kDefault.filename());
  const Ran ran = run("weights --json mine.pth efficientnet-lite0-57934424.pth");
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const json given = json::parse(ran.out)["given"];
  EXPECT_EQ(given[0]["sha256"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(given[0]["name"], nullptr);
  EXPECT_EQ(given[1]["name"], "efficientnet-lite0");
  EXPECT_EQ(given[1]["whole"], true);
  expect_error(run("weights nowhere.pth"), 1, {"nowhere.pth"});
}

TEST_F(ProgramTest, WeightsThatComeWithTheProgramMustBeThere) {
  std::filesystem::create_directories(dir / "share");
  const Ran ran = run("weights", "ONEORMANY_SHARE=" + (dir / "share").string());
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.out, HasSubstr("share/weights"));
}

}  // namespace
}  // namespace oneormany::cli
