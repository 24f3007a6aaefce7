#include "image/resample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <random>
#include <vips/vips8>

#include "image/image.h"

namespace oneormany::image {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes resample(const Bytes& in, int width, int height, int bands, int size) {
  Bytes out(std::size_t{3} * size * size);
  Resampler resampler(width, height, bands, size, out);
  for (int y = 0; y < height; ++y) {
    // A copy of its own for each row, so that the sanitizer sees any read beyond it.
    const Bytes row(in.begin() + std::ptrdiff_t{1} * y * width * bands,
                    in.begin() + std::ptrdiff_t{1} * (y + 1) * width * bands);
    resampler.add_row(row.data());
  }
  return out;
}

// Smooth colours with some noise: like a picture.
Bytes picture(int width, int height, int bands) {
  std::mt19937 random(7);
  Bytes pixels;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int b = 0; b < bands; ++b) {
        const double wave =
            std::sin((b + 2) * 3.0 * x / width) * std::cos((b + 1) * 4.0 * y / height);
        pixels.push_back(
            static_cast<std::uint8_t>(120 + 100 * wave + static_cast<double>(random() % 32)));
      }
    }
  }
  return pixels;
}

double mean_difference(const Bytes& a, const Bytes& b) {
  EXPECT_EQ(a.size(), b.size());
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
  return sum / static_cast<double>(a.size());
}

TEST(Taps, SumToOneExactlyAndStayInside) {
  for (const auto& [in, out] :
       {std::pair{1, 224}, {2, 224}, {224, 1}, {224, 224}, {600, 224}, {1000001, 7}, {223, 224}}) {
    const Taps taps(in, out);
    for (int o = 0; o < out; ++o) {
      EXPECT_GE(taps.first(o), 0);
      EXPECT_LE(taps.first(o) + taps.count(), in);
      EXPECT_EQ(std::accumulate(taps.weights(o), taps.weights(o) + taps.count(), 0),
                1 << Taps::kBits)
          << in << " to " << out << " at " << o;
    }
  }
}

TEST(Taps, AreSymmetric) {
  const Taps taps(600, 224);
  for (int o = 0; o < 224; ++o) {
    for (int x = 0; x < 600; ++x) {
      const auto weight = [&](int at, int i) {
        const int t = i - taps.first(at);
        return t < 0 || t >= taps.count() ? 0 : taps.weights(at)[t];
      };
      EXPECT_NEAR(weight(o, x), weight(223 - o, 599 - x), 1);
    }
  }
}

TEST(Resampler, KeepsAConstantAtAnySize) {
  for (const int bands : {1, 2, 3, 4}) {
    for (const auto& [width, height] :
         {std::pair{1, 1}, {1, 500}, {500, 1}, {31, 33}, {32, 32}, {701, 97}}) {
      Bytes in;
      for (int i = 0; i < width * height; ++i) {
        for (int b = 0; b < bands; ++b) in.push_back(b + 1 == bands && bands % 2 == 0 ? 255 : 93);
      }
      EXPECT_EQ(resample(in, width, height, bands, 32), Bytes(32 * 32 * 3, 93))
          << bands << " bands, " << width << " x " << height;
    }
  }
}

TEST(Resampler, LeavesAPictureOfTheRightSizeAlone) {
  const Bytes in = picture(48, 48, 3);
  EXPECT_EQ(resample(in, 48, 48, 3, 48), in);
}

TEST(Resampler, KeepsTheMeanWhenShrinking) {
  const Bytes in = picture(640, 480, 3);
  const Bytes out = resample(in, 640, 480, 3, 64);
  const double mean_in =
      std::accumulate(in.begin(), in.end(), 0.0) / static_cast<double>(in.size());
  const double mean_out =
      std::accumulate(out.begin(), out.end(), 0.0) / static_cast<double>(out.size());
  EXPECT_NEAR(mean_in, mean_out, 0.1);
}

TEST(Resampler, DoesNotAlias) {
  // Columns of black and white, finer than the output's pixels, are grey from afar.
  Bytes in;
  for (int i = 0; i < 512 * 512; ++i) in.push_back(i % 2 ? 255 : 0);
  for (const auto value : resample(in, 512, 512, 1, 64)) EXPECT_NEAR(value, 127.5, 6);
}

TEST(Resampler, MirrorsWithThePicture) {
  const Bytes in = picture(301, 77, 3);
  Bytes mirrored(in.size());
  for (int y = 0; y < 77; ++y) {
    for (int x = 0; x < 301; ++x) {
      for (int c = 0; c < 3; ++c) mirrored[3 * (301 * y + 300 - x) + c] = in[3 * (301 * y + x) + c];
    }
  }
  const Bytes a = resample(in, 301, 77, 3, 100), b = resample(mirrored, 301, 77, 3, 100);
  for (int y = 0; y < 100; ++y) {
    for (int x = 0; x < 100; ++x) {
      for (int c = 0; c < 3; ++c) {
        EXPECT_NEAR(a[3 * (100 * y + x) + c], b[3 * (100 * y + 99 - x) + c], 1);
      }
    }
  }
}

TEST(Resampler, FlattensOnWhite) {
  for (int alpha = 0; alpha < 256; ++alpha) {
    for (const int c : {0, 1, 77, 200, 255}) {
      const auto flat =
          static_cast<std::uint8_t>(std::lround((c * alpha + 255 * (255 - alpha)) / 255.0));
      const auto value = static_cast<std::uint8_t>(c), opacity = static_cast<std::uint8_t>(alpha);
      EXPECT_EQ(resample({value, opacity}, 1, 1, 2, 1), Bytes(3, flat));
      EXPECT_EQ(resample({value, value, 255, opacity}, 1, 1, 4, 1), (Bytes{flat, flat, 255}));
    }
  }
}

TEST(Resampler, KeepsARampStraightWhenEnlarging) {
  Bytes in;
  for (int y = 0; y < 20; ++y) {
    for (int x = 0; x < 20; ++x) in.push_back(static_cast<std::uint8_t>(10 * x + 2 * y));
  }
  const Bytes out = resample(in, 20, 20, 1, 100);
  for (int y = 10; y < 90; ++y) {  // the rims have nothing to lean on
    for (int x = 10; x < 90; ++x) {
      const double exact = 10 * ((x + 0.5) / 5 - 0.5) + 2 * ((y + 0.5) / 5 - 0.5);
      EXPECT_NEAR(out[3 * (100 * y + x)], exact, 0.51);
    }
  }
}

TEST(Resampler, IsTheSumOfItsTapsWhetherItShrinksOrEnlarges) {
  constexpr int kSize = 64;
  for (const auto& [width, height] :
       {std::pair{8, 8}, {2, 5}, {300, 20}, {20, 300}, {100, 64}, {64, 65}, {150, 190}}) {
    const Bytes in = picture(width, height, 3), out = resample(in, width, height, 3, kSize);
    const Taps across(width, kSize), down(height, kSize);
    for (int i = 0; i < 3 * kSize * kSize; ++i) {
      const int c = i % 3, x = i / 3 % kSize, y = i / 3 / kSize;
      double sum = 0;
      for (int v = 0; v < down.count(); ++v) {
        for (int u = 0; u < across.count(); ++u) {
          const int at = 3 * ((down.first(y) + v) * width + across.first(x) + u) + c;
          sum += std::ldexp(down.weights(y)[v], -Taps::kBits) *
                 std::ldexp(across.weights(x)[u], -Taps::kBits) * in[at];
        }
      }
      ASSERT_NEAR(out[i], std::clamp(sum, 0., 255.), 0.52) << width << " x " << height;
    }
  }
}

TEST(Resampler, ShrinksAsLibvipsDoes) {
  start_image_library();
  for (const auto& [width, height] : {std::pair{600, 400}, {400, 600}, {224, 500}, {1500, 1091}}) {
    Bytes in = picture(width, height, 3);
    const auto theirs_image =
        vips::VImage::new_from_memory(in.data(), in.size(), width, height, 3, VIPS_FORMAT_UCHAR)
            .resize(224.0 / width, vips::VImage::option()
                                       ->set("vscale", 224.0 / height)
                                       ->set("kernel", VIPS_KERNEL_CUBIC)
                                       ->set("gap", 0.0));
    std::size_t length = 0;
    const std::unique_ptr<void, decltype(&g_free)> bytes(theirs_image.write_to_memory(&length),
                                                         &g_free);
    const auto* first = static_cast<const std::uint8_t*>(bytes.get());
    EXPECT_LT(mean_difference(resample(in, width, height, 3, 224), Bytes(first, first + length)),
              0.6)
        << width << " x " << height;
  }
}

}  // namespace
}  // namespace oneormany::image
