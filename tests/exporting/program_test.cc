// A model of the real program, run by ONNX Runtime: the answers are those of `oneormany predict`.

#include <gmock/gmock.h>

#include <map>

#include "data/csv.h"
#include "tests/cli/clipart.h"
#include "tests/exporting/pictures.h"

namespace oneormany::cli {
namespace {

namespace fs = std::filesystem;
using exporting::json;
using testing::HasSubstr;

class ExportTest : public ClipartTest {
 protected:
  static constexpr int kSize = 64;

  /// Models with and without a score of distances: the recommended ones.
  void train(const std::string& more) {
    pictures("buildings", 15, "data/buildings");
    pictures("signs_and_symbols/flags/europe", 20, "data/flags");
    pictures("animals", 8, "new");
    pictures("food", 8, "new");
    const Ran ran =
        run("train data -o a.oom --folds 3 --size 64 --quiet --background none " + more);
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
  }

  /// The program's rows for new pictures and known ones, and their pixels.
  void predict() {
    const Ran ran = run("predict a.oom new data --probabilities --quiet");
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    const data::Csv table = data::parse_csv(ran.out, ',');
    image::start_image_library();
    image::ImageOptions options;
    options.size = kSize;
    for (std::size_t i = 1; i < table.rows.size(); ++i) {
      auto& row = rows_.emplace_back();
      for (std::size_t c = 0; c < table.rows[0].cells.size(); ++c) {
        row[table.rows[0].cells[c]] = table.rows[i].cells.at(c);
      }
      auto& rgb = pixels_.emplace_back(image::pixel_bytes(options));
      image::decode_rgb(std::make_shared<const image::InputFile>(dir / row["file"]), options, rgb);
    }
  }

  void expect_rows(const std::string& onnx, const std::string& input) const {
    const json got = exporting::run_onnx({read_text(dir / onnx)}, input);
    ASSERT_EQ(got.size(), 1u);
    const json &outputs = got[0]["outputs"], &names = got[0]["metadata"]["names"];
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const auto& row = rows_[i];
      SCOPED_TRACE(row.at("file"));
      EXPECT_NEAR(outputs["score"][i].get<double>(), std::stod(row.at("score")), 1e-4);
      std::string labels;
      for (const auto& [number, name] : names.items()) {
        const auto c = static_cast<std::size_t>(std::stoi(number));
        EXPECT_NEAR(outputs["probabilities"][i][c].get<double>(),
                    std::stod(row.at("p:" + name.get<std::string>())), 1e-4);
        if (outputs["labels"][i][c] == 1) labels += name.get<std::string>();
      }
      EXPECT_EQ(labels, row.at("labels"));
    }
  }

  std::vector<std::map<std::string, std::string>> rows_;
  std::vector<std::vector<std::uint8_t>> pixels_;
};

TEST_F(ExportTest, SaysElsewhereWhatPredictSays) {
  for (const char* scores : {"--scores max_probability", "--scores max_probability,knn"}) {
    SCOPED_TRACE(scores);
    train(scores);
    rows_.clear();
    pixels_.clear();
    predict();
    ASSERT_EQ(rows_.size(), 16u + 35u);
    const Ran ran = run("export a.oom --onnx a.onnx --hf hf");
    EXPECT_THAT(ran.out, testing::AllOf(testing::StartsWith("written: a.onnx and hf ("),
                                        testing::HasSubstr(" MB; the model gave")));
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_EQ(ran.err, "");
    expect_rows("a.onnx", exporting::npy_of_pixels(pixels_, kSize));
    expect_rows("hf/model.onnx", exporting::npy_of_unit(pixels_, kSize));
    fs::remove_all(dir / "data");
    fs::remove_all(dir / "new");
  }
  EXPECT_EQ(read_text(dir / "hf/README.md"), run("info a.oom --card").out);
  EXPECT_THAT(read_text(dir / "hf/README.md"), HasSubstr("\nlicense: apache-2.0\n"));
  EXPECT_TRUE(json::accept(read_text(dir / "hf/config.json")));
  EXPECT_TRUE(json::accept(read_text(dir / "hf/preprocessor_config.json")));
}

TEST_F(ExportTest, WhatIsWrongIsOneLineAndLosesNothing) {
  train("--scores max_probability");
  expect_error(run("export a.oom"), 2, {"--onnx FILE", "--hf DIR"});
  expect_error(run("export b.oom --onnx b.onnx"), 1, {"b.oom"});
  write_text(dir / "letter.txt", "Dear Ada");
  expect_error(run("export letter.txt --onnx b.onnx"), 1, {"letter.txt"});
  expect_error(run("export a.oom --onnx letter.txt"), 1, {"letter.txt", "--force"});
  EXPECT_EQ(read_text(dir / "letter.txt"), "Dear Ada");
  // All or nothing: the folder's card is another's.
  write_text(dir / "hf/README.md", "My birds");
  expect_error(run("export a.oom --hf hf --onnx b.onnx"), 1, {"hf/README.md", "--force"});
  EXPECT_FALSE(fs::exists(dir / "b.onnx"));
  EXPECT_FALSE(fs::exists(dir / "hf/model.onnx"));
  ASSERT_EQ(run("export a.oom --hf hf --force").exit_code, 0);
  EXPECT_THAT(read_text(dir / "hf/README.md"), HasSubstr("library_name: oneormany"));
  // Its own files it replaces.
  const Ran quiet = run("export a.oom --hf hf --quiet");
  EXPECT_EQ(quiet.exit_code, 0);
  EXPECT_EQ(quiet.out + quiet.err, "");
}

}  // namespace
}  // namespace oneormany::cli
