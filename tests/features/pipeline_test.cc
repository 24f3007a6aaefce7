#include "features/pipeline.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <fstream>
#include <optional>
#include <thread>
#include <vips/vips8>

#include "base/error.h"
#include "base/stop.h"
#include "tests/folder.h"

namespace oneormany::features {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr image::ImageOptions kOptions{.size = 24};

/// Sets an environment variable as long as it lives.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* now = std::getenv(name)) before_ = now;
    value ? setenv(name, value, 1) : unsetenv(name);
  }
  ~Environment() { before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

/// The mean of each colour: what a network might find, and easy to check.
void means(const std::uint8_t* rgb, float* features) {
  const int pixels = kOptions.size * kOptions.size;
  for (int c = 0; c < 3; ++c) {
    int sum = 0;
    for (int i = 0; i < pixels; ++i) sum += rgb[3 * i + c];
    features[c] = static_cast<float>(sum) / static_cast<float>(pixels);
  }
}

class PipelineTest : public testing::Test {
 protected:
  void SetUp() override { image::start_image_library(); }

  Runner runner() {
    return {.feature_count = 3,
            .run = [this](std::span<const std::uint8_t> rgb, std::span<float> features) {
              EXPECT_EQ(rgb.size(), image::pixel_bytes(kOptions));
              EXPECT_EQ(features.size(), 3u);
              means(rgb.data(), features.data());
              ++pictures_run;
            }};
  }

  fs::path picture(int number) {
    const fs::path file = folder / (std::to_string(number) + ".png");
    const vips::VImage x = vips::VImage::xyz(30 + number % 7, 20 + number % 11);
    vips::VImage::bandjoin({x[0] * 3 + number, x[1] * 2 + 2 * number, x[0] + number % 100})
        .cast(VIPS_FORMAT_UCHAR)
        .write_to_file(file.c_str());
    return file;
  }

  std::vector<fs::path> pictures(int n) {
    std::vector<fs::path> files;
    for (int i = 0; i < n; ++i) files.push_back(picture(i));
    return files;
  }

  /// Each row must be that of its own file.
  static void check(const FeatureSet& set, const std::vector<fs::path>& files) {
    ASSERT_EQ(set.features.rows(), static_cast<Index>(files.size()));
    ASSERT_EQ(set.pixels.size(), files.size());
    std::vector<std::uint8_t> rgb(image::pixel_bytes(kOptions));
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (!set.usable[i]) continue;
      image::decode_rgb(std::make_shared<const image::InputFile>(files[i]), kOptions, rgb);
      float expected[3];
      means(rgb.data(), expected);
      for (int c = 0; c < 3; ++c) EXPECT_EQ(set.features(static_cast<Index>(i), c), expected[c]);
      EXPECT_EQ(set.pixels[i], base::sha256(std::as_bytes(std::span(rgb))));
    }
  }

  const Folder folder;
  std::atomic<int> pictures_run = 0;
};

TEST_F(PipelineTest, AFileThatChangesBeforeItIsReadIsKeptAsWhatItIsThen) {
  const Environment threads("ONEORMANY_THREADS", "1");
  const fs::path large = folder / "large.png", small = folder / "small.png", other = picture(3);
  vips::VImage::gaussnoise(90, 90).cast(VIPS_FORMAT_UCHAR).write_to_file(large.c_str());
  fs::copy_file(picture(1), small);
  Runner changing = runner();
  const auto run = changing.run;
  changing.run = [&](std::span<const std::uint8_t> rgb, std::span<float> features) {
    run(rgb, features);
    fs::copy_file(other, small, fs::copy_options::overwrite_existing);  // the larger comes first
  };
  Cache cache(folder / "cache", "setup");
  check(run_pipeline({large, small}, changing, kOptions, &cache), {large, small});
  const std::vector<fs::path> both{folder / "1.png", small};
  cache.flush();
  const FeatureSet again = run_pipeline(both, runner(), kOptions, &cache);
  EXPECT_EQ(again.from_cache, 1U);  // by what it holds now
  check(again, both);
}

// One that is too large to be held is read several times.
TEST_F(PipelineTest, ALargeFileThatChangesWhileItIsDecodedIsLeftOutAndNotKept) {
  const fs::path large = folder / "large.ppm";
  constexpr int kSide = 4800;
  static_assert(std::uint64_t{3} * kSide * kSide > image::InputFile::kHeld);
  std::ofstream(large, std::ios::binary) << "P6 4800 4800 255\n"
                                         << std::string(std::size_t{3} * kSide * kSide, 'x');
  Cache cache(folder / "cache", "setup");
  {
    std::fstream writer(large, std::ios::binary | std::ios::in | std::ios::out);
    const std::jthread changing([&](const std::stop_token& stop) {
      for (int i = 0; !stop.stop_requested(); ++i) {
        writer.seekp(1000);
        writer << fmt::format("{:08}", i) << std::flush;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    });
    const FeatureSet set = run_pipeline({large}, runner(), kOptions, &cache);
    ASSERT_EQ(set.skipped.size(), 1U);
    EXPECT_THAT(set.skipped[0].why, HasSubstr("changed while it was read"));
  }
  cache.flush();
  for (const std::size_t before : {0U, 1U}) {
    const FeatureSet set = run_pipeline({large}, runner(), kOptions, &cache);
    EXPECT_EQ(set.from_cache, before);
    check(set, {large});
    cache.flush();
  }
}

TEST_F(PipelineTest, ACopyUnderANameThatCantBeReadIsSkippedWhicheverComesFirst) {
  const fs::path good = folder / "good.tif", raw = folder / "raw.dng";
  vips::VImage::xyz(30, 20)[0].cast(VIPS_FORMAT_UCHAR).write_to_file(good.c_str());
  fs::copy_file(good, raw);
  Cache cache(folder / "cache", "setup");
  for (const auto& files : {std::vector{good, raw}, {raw, good}, {raw}}) {
    const FeatureSet set = run_pipeline(files, runner(), kOptions, &cache);
    cache.flush();
    ASSERT_EQ(set.skipped.size(), 1U);
    EXPECT_EQ(set.skipped[0].file, raw);
    EXPECT_THAT(set.skipped[0].why, HasSubstr("raw file"));
  }
}

TEST_F(PipelineTest, EveryFileGetsItsOwnRowWhateverTheNumberOfThreads) {
  const std::vector<fs::path> files = pictures(53);
  for (const char* threads : {"1", "2", "7", "100"}) {
    const Environment environment("ONEORMANY_THREADS", threads);
    const FeatureSet set = run_pipeline(files, runner(), kOptions, nullptr);
    EXPECT_EQ(set.usable, std::vector(files.size(), true));
    EXPECT_TRUE(set.skipped.empty());
    check(set, files);
  }
}

TEST_F(PipelineTest, NoFilesAreNoWork) {
  const FeatureSet set = run_pipeline({}, runner(), kOptions, nullptr);
  EXPECT_EQ(set.features.rows(), 0);
  EXPECT_EQ(set.features.cols(), 3);
  EXPECT_EQ(pictures_run, 0);
}

TEST_F(PipelineTest, TheSameContentIsRunOnce) {
  std::vector<fs::path> files = pictures(5);
  for (int i = 0; i < 5; ++i) {
    fs::copy_file(files[i], folder / ("copy" + std::to_string(i)));
    files.push_back(folder / ("copy" + std::to_string(i)));
    files.push_back(files[i]);
  }
  const FeatureSet set = run_pipeline(files, runner(), kOptions, nullptr);
  EXPECT_EQ(pictures_run, 5);
  check(set, files);
  EXPECT_EQ(set.usable, std::vector(15, true));
}

TEST_F(PipelineTest, UnreadablePicturesAreSkippedAndSayWhy) {
  std::vector<fs::path> files = pictures(20);
  std::ofstream(folder / "text.png") << "Dear diary";
  std::ofstream(folder / "empty.png").flush();
  fs::copy_file(folder / "text.png", folder / "text2.png");
  fs::resize_file(files[7], fs::file_size(files[7]) / 2);
  files[3] = folder / "text.png";
  files[11] = folder / "missing.png";
  files[12] = folder / "empty.png";
  files[19] = folder / "text2.png";
  const FeatureSet set = run_pipeline(files, runner(), kOptions, nullptr);
  ASSERT_EQ(set.skipped.size(), 5u);
  const std::vector<std::pair<std::size_t, std::string>> expected{
      {3, "isn't a picture"}, {7, "damaged"}, {11, "No such file"}, {12, "empty"}, {19, "isn't a"}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& [file, why] = expected[i];
    EXPECT_EQ(set.skipped[i].file, files[file]);
    EXPECT_THAT(set.skipped[i].why, AllOf(HasSubstr(why), Not(HasSubstr(folder.path().string())),
                                          Not(HasSubstr("\n"))));
    EXPECT_FALSE(set.usable[file]);
    EXPECT_TRUE(set.features.row(static_cast<Index>(file)).isZero());
  }
  EXPECT_EQ(std::ranges::count(set.usable, true), 15);
  check(set, files);
}

TEST_F(PipelineTest, AnErrorOfTheNetworkEndsTheWork) {
  const std::vector<fs::path> files = pictures(40);
  Runner broken = runner();
  broken.run = [](auto...) { throw Error("net.onnx: is broken"); };
  EXPECT_THROW(run_pipeline(files, broken, kOptions, nullptr), Error);
}

TEST_F(PipelineTest, TheSecondRunComesFromTheCache) {
  std::vector<fs::path> files = pictures(30);
  const auto run = [&](const std::string& setup) {
    Cache cache(folder / "cache", setup);
    pictures_run = 0;
    return run_pipeline(files, runner(), kOptions, &cache);
  };
  const FeatureSet cold = run("a");
  EXPECT_EQ(cold.from_cache, 0u);
  EXPECT_EQ(pictures_run, 30);
  const FeatureSet warm = run("a");
  EXPECT_EQ(warm.from_cache, 30u);
  EXPECT_EQ(pictures_run, 0);
  EXPECT_EQ(warm.features, cold.features);
  EXPECT_EQ(warm.pixels, cold.pixels);
  EXPECT_EQ(warm.usable, cold.usable);

  // Found by content: a new name is known, a new content under an old name isn't.
  fs::rename(files[4], folder / "renamed");
  files[4] = folder / "renamed";
  fs::copy_file(picture(1000), files[5], fs::copy_options::overwrite_existing);
  const FeatureSet changed = run("a");
  EXPECT_EQ(changed.from_cache, 29u);
  EXPECT_EQ(pictures_run, 1);
  check(changed, files);

  run("another setup");
  EXPECT_EQ(pictures_run, 30);
}

TEST_F(PipelineTest, SkippedFilesAreTriedAgain) {
  const fs::path file = folder / "late.png";
  std::ofstream(file) << "not yet a picture";
  for (int i = 0; i < 2; ++i) {
    Cache cache(folder / "cache", "setup");
    const FeatureSet set = run_pipeline({file}, runner(), kOptions, &cache);
    EXPECT_EQ(set.skipped.size(), 1u);
    EXPECT_EQ(set.from_cache, 0u);
  }
}

TEST_F(PipelineTest, ABrokenCacheDoesNoHarm) {
  const std::vector<fs::path> files = pictures(10);
  std::ofstream(folder / "features.db") << std::string(10000, 'x');
  testing::internal::CaptureStderr();
  Cache cache(folder.path(), "setup");
  const FeatureSet set = run_pipeline(files, runner(), kOptions, &cache);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("going on without"));
  EXPECT_EQ(set.usable, std::vector(10, true));
  check(set, files);
}

TEST_F(PipelineTest, KilledOrStoppedWorkIsTakenUpAgain) {
  const Environment environment("ONEORMANY_THREADS", "2");
  const std::vector<fs::path> files = pictures(100);
  for (const int signal : {SIGKILL, SIGINT}) {
    const fs::path dir = folder / std::to_string(signal);
    const pid_t child = fork();
    if (child == 0) {
      base::stop_on_signals();
      pictures_run = 0;
      std::atomic<bool> raised = false;
      Cache cache(dir, "setup");
      Runner slow = runner();
      slow.run = [&, run = slow.run](auto rgb, auto features) {
        run(rgb, features);
        cache.flush();  // the pictures before this one
        if (pictures_run >= 40 && !raised.exchange(true)) raise(signal);
      };
      try {
        run_pipeline(files, slow, kOptions, &cache);
      } catch (const Interrupted&) {
        cache.flush();
        _exit(77);
      }
      _exit(1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (signal == SIGKILL) {
      EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    } else {
      EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 77) << status;
    }
    Cache cache(dir, "setup");
    const FeatureSet set = run_pipeline(files, runner(), kOptions, &cache);
    EXPECT_GE(set.from_cache, 16u);
    EXPECT_LT(set.from_cache, 100u);
    EXPECT_EQ(set.usable, std::vector(100, true));
    check(set, files);
  }
}

TEST_F(PipelineTest, DecodeOnlyGivesTheSamePixelsWithoutFeatures) {
  std::vector<fs::path> files = pictures(12);
  std::ofstream(folder / "text.png") << "Dear diary";
  files.push_back(folder / "text.png");
  const FeatureSet set = decode_only(files, kOptions);
  const FeatureSet full = run_pipeline(files, runner(), kOptions, nullptr);
  EXPECT_EQ(set.features.rows(), 13);
  EXPECT_EQ(set.features.cols(), 0);
  EXPECT_EQ(set.pixels, full.pixels);
  EXPECT_EQ(set.usable, full.usable);
  EXPECT_EQ(set.skipped.size(), 1u);
}

TEST(DefaultCacheDir, FollowsTheXdgSpecification) {
  const Environment home("HOME", "/home/someone");
  {
    const Environment xdg("XDG_CACHE_HOME", "/caches");
    EXPECT_EQ(default_cache_dir(), "/caches/oneormany");
  }
  {
    const Environment xdg("XDG_CACHE_HOME", nullptr);
    EXPECT_EQ(default_cache_dir(), "/home/someone/.cache/oneormany");
  }
  {
    const Environment xdg("XDG_CACHE_HOME", "relative");
    EXPECT_EQ(default_cache_dir(), "/home/someone/.cache/oneormany");
  }
}

}  // namespace
}  // namespace oneormany::features
