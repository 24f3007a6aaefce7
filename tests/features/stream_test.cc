#include "features/stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <vips/vips8>

#include "base/error.h"
#include "base/job.h"
#include "base/parallel.h"
#include "base/stop.h"
#include "features/in_order.h"
#include "features/pipeline.h"
#include "tests/folder.h"

namespace oneormany::features {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr image::ImageOptions kOptions{.size = 24};

/// What was handed over, by number.
struct Taken {
  Streamed made;
  std::vector<float> features;
};

class StreamTest : public testing::Test {
 protected:
  void SetUp() override {
    image::start_image_library();
    setenv("ONEORMANY_THREADS", "3", 1);
  }
  void TearDown() override { unsetenv("ONEORMANY_THREADS"); }

  /// The first pixel's red, and how often it was asked.
  Runner runner() {
    return {.feature_count = 2,
            .run = [this](std::span<const std::uint8_t> rgb, std::span<float> features) {
              features[0] = rgb[0];
              features[1] = static_cast<float>(++pictures_run);
            }};
  }

  /// A picture of one shade.
  fs::path picture(int shade, const std::string& name) const {
    const fs::path file = folder / name;
    (vips::VImage::black(30, 20) + shade).cast(VIPS_FORMAT_UCHAR).write_to_file(file.c_str());
    return file;
  }

  static NextFile each_of(std::vector<fs::path> files) {
    return [files = std::move(files), i = std::size_t{0}]() mutable -> std::optional<fs::path> {
      if (i == files.size()) return std::nullopt;
      return files[i++];
    };
  }

  std::map<std::size_t, Taken> all_of(const std::vector<fs::path>& files, Cache* cache = nullptr) {
    std::map<std::size_t, Taken> taken;
    std::mutex mutex;
    run_stream(each_of(files), runner(), kOptions, cache,
               [&](const Streamed& made) {
                 const std::lock_guard lock(mutex);
                 const bool is_new =
                     taken
                         .try_emplace(made.number, made,
                                      std::vector(made.features.begin(), made.features.end()))
                         .second;
                 EXPECT_TRUE(is_new) << made.number;
               },
               {});
    return taken;
  }

  const Folder folder;
  std::atomic<int> pictures_run = 0;
};

TEST_F(StreamTest, HandsEachPictureOverOnceWithItsNumber) {
  std::vector<fs::path> files;
  for (int i = 0; i < 40; ++i) files.push_back(picture(i, std::to_string(i) + ".png"));
  const auto taken = all_of(files);
  ASSERT_EQ(taken.size(), 40U);
  for (const auto& [number, one] : taken) {
    EXPECT_EQ(one.made.file, files[number]);
    EXPECT_EQ(one.made.why, "");
    ASSERT_EQ(one.features.size(), 2U);
    EXPECT_EQ(one.features[0], static_cast<float>(number));
    EXPECT_EQ(one.made.pixels.facts.width, 30U);
  }
  EXPECT_EQ(pictures_run, 40);
}

TEST_F(StreamTest, WhatIsWrongWithAPictureIsToldAndEndsNothing) {
  const auto taken = all_of({picture(1, "a.png"), folder / "missing.png",
                             folder.write("text.png", "Dear diary"), picture(2, "b.png")});
  ASSERT_EQ(taken.size(), 4U);
  EXPECT_EQ(taken.at(1).made.why, "No such file or directory");
  EXPECT_THAT(taken.at(2).made.why, HasSubstr("isn't a picture"));
  for (const std::size_t bad : {1U, 2U}) EXPECT_TRUE(taken.at(bad).features.empty());
  for (const std::size_t good : {0U, 3U}) EXPECT_EQ(taken.at(good).features.size(), 2U);
}

TEST_F(StreamTest, SoIsWhatIsWrongWithItsFeatures) {
  Runner odd = runner();
  odd.run = [run = odd.run](auto rgb, auto features) {
    if (rgb[0] == 2) throw backbone::NotFinite("net.onnx: gives NaN");
    run(rgb, features);
  };
  std::map<std::size_t, std::string> why;
  std::mutex mutex;
  run_stream(each_of({picture(1, "a.png"), picture(2, "b.png"), picture(3, "c.png")}), odd,
             kOptions, nullptr,
             [&](const Streamed& made) {
               const std::lock_guard lock(mutex);
               EXPECT_EQ(made.features.empty(), !made.why.empty());
               why[made.number] = made.why;
             },
             {});
  EXPECT_THAT(
      why, ElementsAre(std::pair(0U, ""), std::pair(1U, "net.onnx: gives NaN"), std::pair(2U, "")));
}

TEST_F(StreamTest, ACopyIsFoundInTheCacheOrElseComputedAgain) {
  const fs::path first = picture(7, "a.png"), copy = folder / "copy.png";
  fs::copy_file(first, copy);
  const std::vector<fs::path> files{first, copy, first};
  EXPECT_EQ(all_of(files).size(), 3U);
  EXPECT_EQ(pictures_run, 3);
  Cache cache(folder / "cache", "setup");
  all_of({first}, &cache);
  cache.flush();
  pictures_run = 0;
  const auto taken = all_of(files, &cache);
  EXPECT_EQ(pictures_run, 0);
  for (const auto& [number, one] : taken) {
    EXPECT_TRUE(one.made.cached);
    EXPECT_EQ(one.features[0], 7);
  }
}

// The source is asked for no more files than there are threads before the first picture is there,
// and may then wait for ever.
TEST_F(StreamTest, TheFirstPictureIsThereWhileTheSourceWaitsForMore) {
  const fs::path file = picture(5, "a.png");
  base::Job job;
  const base::RunAs as(job);
  std::atomic<int> asked = 0, taken = 0;
  const NextFile next = [&]() -> std::optional<fs::path> {
    if (asked++ == 0) return file;
    for (;;) {  // as a pipe that says nothing more
      base::throw_if_stopped();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  };
  const Sink sink = [&](const Streamed&) {
    ++taken;
    job.stop();
  };
  EXPECT_THROW(run_stream(next, runner(), kOptions, nullptr, sink, {}), Interrupted);
  EXPECT_EQ(taken, 1);
}

// A sink that gathers pictures is told by the thread that has to wait while another one asks.
TEST_F(StreamTest, AThreadThatHasToWaitSaysSo) {
  const fs::path file = picture(5, "a.png");
  base::set_thread_count(2);
  base::Job job;
  const base::RunAs as(job);
  std::atomic<int> asked = 0, taken = 0;
  const NextFile next = [&]() -> std::optional<fs::path> {
    if (asked++ == 0) return file;
    for (;;) {
      base::throw_if_stopped();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  };
  const Sink sink = [&](const Streamed&) { ++taken; };
  int taken_by_then = 0;
  const StreamOptions options{.waiting = [&] {
    taken_by_then = taken;
    if (taken > 0) job.stop();
  }};
  EXPECT_THROW(run_stream(next, runner(), kOptions, nullptr, sink, options), Interrupted);
  base::set_thread_count(0);
  EXPECT_EQ(taken_by_then, 1);
}

TEST_F(StreamTest, AnEndlessSourceIsReadNoFasterThanItsPicturesAreTaken) {
  const fs::path file = picture(5, "a.png");
  std::atomic<int> asked = 0, taken = 0, most_ahead = 0;
  const NextFile next = [&]() -> std::optional<fs::path> {
    ++asked;
    most_ahead = std::max(most_ahead.load(), asked - taken);
    return file;
  };
  const Sink sink = [&](const Streamed&) {
    if (++taken >= 200) throw Error("full.csv: no space left");
  };
  EXPECT_THROW(run_stream(next, runner(), kOptions, nullptr, sink, {}), Error);
  EXPECT_LE(most_ahead, 3 + 1);  // the threads, and one that was just handed over
}

TEST_F(StreamTest, ASinkThatThrowsEndsThePassWhateverTheOthersDo) {
  const fs::path file = picture(5, "a.png");
  std::atomic<int> asked = 0;
  const NextFile next = [&]() -> std::optional<fs::path> {
    if (asked++ < 2) return file;
    for (;;) {
      base::throw_if_stopped();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  };
  const Sink sink = [&](const Streamed&) { throw Error("full.csv: no space left"); };
  try {
    run_stream(next, runner(), kOptions, nullptr, sink, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "full.csv: no space left");
  }
  EXPECT_FALSE(base::Job::current().stopped());
}

TEST_F(StreamTest, ASourceThatThrowsEndsThePassWithItsError) {
  int asked = 0;
  const fs::path file = picture(5, "a.png");
  const NextFile next = [&]() -> std::optional<fs::path> {
    if (++asked > 5) throw Error("list.txt: can't be read");
    return file;
  };
  EXPECT_THROW(run_stream(next, runner(), kOptions, nullptr, [](const Streamed&) {}, {}), Error);
  EXPECT_EQ(asked, 6);
}

TEST_F(StreamTest, MemoryIsTheSameForTenTimesAsManyPictures) {
  const fs::path file = picture(5, "a.png");
  const auto in_use_after = [&](int n) {
    std::size_t most = 0;
    int asked = 0;
    std::mutex mutex;
    run_stream(
        [&]() -> std::optional<fs::path> {
          if (asked++ == n) return std::nullopt;
          return file;
        },
        runner(), kOptions, nullptr,
        [&](const Streamed&) {
          const std::lock_guard lock(mutex);
          most = std::max(most, mallinfo2().uordblks);
        },
        {});
    return most;
  };
  in_use_after(300);
  const std::size_t few = in_use_after(300), many = in_use_after(3000);
  // The allocator's own book-keeping varies; a name and a hash for each would be more than this.
  EXPECT_LT(many, few + 2700 * 100);
}

TEST_F(StreamTest, InOrderHandsOnByNumberAndPageAndWaitsForALateOne) {
  std::vector<fs::path> files;
  for (int i = 0; i < 60; ++i) files.push_back(picture(i, std::to_string(i) + ".png"));
  Runner slow = runner();
  slow.run = [&, run = slow.run](auto rgb, auto features) {
    run(rgb, features);
    if (rgb[0] != 0) return;
    // The first is late: it waits until nothing else goes on.
    for (int before = 0; before < 7 || before != pictures_run;) {
      before = pictures_run;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  };
  std::vector<float> order;
  std::vector<fs::path> names;
  InOrder in_order(
      [&](const Streamed& made) {
        order.push_back(made.features[0]);
        names.push_back(made.file);
        // Behind the first four were kept, and each of the two other threads holds one.
        if (order.size() == 1) {
          EXPECT_EQ(pictures_run, 1 + 4 + 2);
        }
      },
      4);
  run_stream(each_of(files), slow, kOptions, nullptr, std::ref(in_order), {});
  ASSERT_EQ(order.size(), 60U);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_EQ(names, files);
}

const fs::path kPictures = fs::path(TEST_DATA) / "pictures";

TEST_F(StreamTest, EveryPageIsAPictureInItsPlace) {
  const fs::path bad = folder.write("bad.tif", std::string("II*\0 and no more", 16));
  const std::vector<fs::path> files{kPictures / "several.tif",
                                    kPictures / "rgb.png",
                                    bad,
                                    kPictures / "refused_encrypted.pdf",
                                    kPictures / "several.pdf",
                                    kPictures / "several.pdf#page=3"};
  std::vector<std::string> names, why;
  std::vector<base::Sha256> pixels;
  InOrder in_order([&](const Streamed& made) {
    names.push_back(made.file.filename());
    why.push_back(made.why);
    pixels.push_back(made.pixels.hash);
  });
  run_stream(each_of(files), runner(), kOptions, nullptr, std::ref(in_order), {.every_page = true});
  EXPECT_THAT(names, ElementsAre("several.tif#page=1", "several.tif#page=2", "several.tif#page=3",
                                 "several.tif#page=4", "rgb.png", "bad.tif",
                                 "refused_encrypted.pdf", "several.pdf#page=1",
                                 "several.pdf#page=2", "several.pdf#page=3", "several.pdf#page=3"));
  for (std::size_t i = 0; i < why.size(); ++i) EXPECT_EQ(why[i].empty(), i != 5 && i != 6) << i;
  EXPECT_THAT(why[5], HasSubstr("damaged"));
  EXPECT_EQ(why[6], "is encrypted: save it without a password");
  std::vector<std::uint8_t> rgb(image::pixel_bytes(kOptions));
  image::decode_rgb(std::make_shared<const image::InputFile>(files[4]), kOptions, rgb, 2);
  EXPECT_EQ(pixels[8], base::sha256(std::as_bytes(std::span(rgb))));
  EXPECT_EQ(pixels[9], pixels[10]);
  EXPECT_EQ(pixels[0], pixels[4]);  // the same colours
}

TEST_F(StreamTest, OnlyTheFirstPageIsIfPagesArentAskedFor) {
  const auto taken = all_of({kPictures / "several.tif", kPictures / "several.tif#page=2"});
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken.at(0).made.file.filename(), "several.tif");
  EXPECT_EQ(taken.at(0).made.pixels.facts.pages, 4U);
  EXPECT_EQ(taken.at(1).made.file.filename(), "several.tif#page=2");
  EXPECT_NE(taken.at(0).made.pixels.hash, taken.at(1).made.pixels.hash);
}

TEST_F(StreamTest, TheCacheKnowsPagesApart) {
  const std::vector<fs::path> files{kPictures / "several.tif", kPictures / "several.tif#page=2",
                                    kPictures / "several.tif#page=3"};
  Cache cache(folder / "cache", "setup");
  const auto cold = all_of(files, &cache);
  cache.flush();
  pictures_run = 0;
  const auto warm = all_of(files, &cache);
  EXPECT_EQ(pictures_run, 0);
  for (std::size_t i = 0; i < files.size(); ++i) {
    EXPECT_TRUE(warm.at(i).made.cached);
    EXPECT_EQ(warm.at(i).features, cold.at(i).features);
    EXPECT_EQ(warm.at(i).made.pixels.hash, cold.at(i).made.pixels.hash);
  }
}

TEST_F(StreamTest, PagesOfOneFileAreSharedAmongTheThreads) {
  std::mutex mutex;
  std::condition_variable came;
  int inside = 0, most = 0;
  Runner meeting = runner();
  meeting.run = [&, run = meeting.run](auto rgb, auto features) {
    run(rgb, features);
    std::unique_lock lock(mutex);
    most = std::max(most, ++inside);
    came.notify_all();
    came.wait_for(lock, std::chrono::seconds(10), [&] { return most > 1; });
    --inside;
  };
  int taken = 0;
  InOrder in_order([&](const Streamed&) { ++taken; });
  run_stream(each_of({kPictures / "several.pdf"}), meeting, kOptions, nullptr, std::ref(in_order),
             {.every_page = true});
  EXPECT_EQ(taken, 3);
  EXPECT_GT(most, 1);
}

// One that is too large to be held: its second page is read after somebody wrote to it.
TEST_F(StreamTest, ALargeFileThatChangesBetweenItsPagesSaysSo) {
  setenv("ONEORMANY_THREADS", "1", 1);
  const fs::path large = folder / "large.tif";
  vips::VImage both = vips::VImage::black(5000, 10'000, vips::VImage::option()->set("bands", 3))
                          .cast(VIPS_FORMAT_UCHAR)
                          .copy();
  both.set(VIPS_META_PAGE_HEIGHT, 5000);
  both.tiffsave(large.c_str());
  ASSERT_GT(fs::file_size(large), image::InputFile::kHeld);
  std::vector<std::string> why;
  const Sink sink = [&](const Streamed& made) {
    why.push_back(made.why);
    if (why.size() == 1) std::ofstream(large, std::ios::app) << "more";
  };
  run_stream(each_of({large}), runner(), kOptions, nullptr, sink, {.every_page = true});
  EXPECT_THAT(why, ElementsAre("", "changed while it was read: run it again"));
}

TEST_F(StreamTest, FilesThatVanishAreToldAndTheOthersGoOn) {
  std::vector<fs::path> files;
  for (int i = 0; i < 60; ++i) files.push_back(picture(i, std::to_string(i) + ".png"));
  std::atomic<int> failed = 0, done = 0;
  const Sink sink = [&](const Streamed& made) {
    if (done++ == 10) {
      for (std::size_t i = 30; i < 60; ++i) fs::remove(files[i]);
    }
    if (made.why.empty()) return;
    ++failed;
    EXPECT_EQ(made.why, "No such file or directory");
    EXPECT_GE(made.number, 30U);
  };
  run_stream(each_of(files), runner(), kOptions, nullptr, sink, {});
  EXPECT_EQ(done, 60);
  EXPECT_EQ(failed, 30);
}

// A child process ends as the program does: by _exit, with the decoder still at work.
TEST_F(StreamTest, ADecoderThatHangsIsLeftBehindAndThePassGoesOn) {
  std::string uses = "<defs><rect id=\"a0\" width=\"9\" height=\"9\"/>";
  for (int i = 0; i < 9; ++i) {
    uses += "<g id=\"a" + std::to_string(i + 1) + "\">";
    for (int k = 0; k < 10; ++k) uses += "<use xlink:href=\"#a" + std::to_string(i) + "\"/>";
    uses += "</g>";
  }
  const fs::path slow = folder.write(
      "slow.svg",
      "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" "
      "width=\"160\" height=\"160\">" +
          uses + "</defs><use xlink:href=\"#a8\"/></svg>");
  const std::vector<fs::path> files{slow, picture(1, "a.png"), slow, picture(2, "b.png")};
  image::ImageOptions options = kOptions;
  options.max_seconds = 1;
  const auto child = [&] {
    int good = 0, late = 0;
    InOrder in_order([&](const Streamed& made) {
      good += made.why.empty();
      late += made.why.starts_with("takes more than 1 second");
    });
    run_stream(each_of(files), runner(), options, nullptr, std::ref(in_order), {});
    _exit(good == 2 && late == 2 && image::decoder_left_behind() ? 7 : 1);
  };
  EXPECT_EXIT(child(), testing::ExitedWithCode(7), "");
}

TEST(InOrder, KnowsTheLastPageOfAFile) {
  std::vector<std::pair<std::size_t, unsigned>> order;
  InOrder in_order([&](const Streamed& made) { order.emplace_back(made.number, made.page); });
  const auto give = [&](std::size_t number, unsigned page, unsigned pages) {
    in_order({.number = number, .file = {}, .page = page, .pages = pages});
  };
  give(1, 2, 2);
  give(2, 1, 1);
  give(1, 1, 2);
  EXPECT_TRUE(order.empty());
  give(0, 1, 1);
  EXPECT_THAT(order, ElementsAre(std::pair(0U, 1U), std::pair(1U, 1U), std::pair(1U, 2U),
                                 std::pair(2U, 1U)));
}

}  // namespace
}  // namespace oneormany::features
