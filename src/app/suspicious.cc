#include "app/suspicious.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "base/printable.h"

namespace oneormany::app {
namespace {

using image::PictureFacts;

constexpr std::uint32_t kTiny = 32;     ///< pixels
constexpr std::uint32_t kEnlarged = 4;  ///< times
constexpr double kFew = 0.1;            ///< a share that stands out

bool is_drawing(const PictureFacts& facts) { return facts.width == 0; }

std::uint32_t shorter(const PictureFacts& facts) { return std::min(facts.width, facts.height); }

class Found {
 public:
  Found(const std::vector<std::filesystem::path>& files, const features::FeatureSet& set)
      : files_(files), set_(set) {}

  std::vector<std::string> of(const std::function<bool(const PictureFacts&)>& kind) const {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < files_.size(); ++i) {
      if (set_.usable[i] && kind(set_.facts[i])) names.push_back(base::printable(files_[i]));
    }
    return names;
  }

 private:
  const std::vector<std::filesystem::path>& files_;
  const features::FeatureSet& set_;
};

}  // namespace

std::vector<evaluate::Doubt> suspicious_pictures(const std::vector<std::filesystem::path>& files,
                                                 const features::FeatureSet& set, int size) {
  const Found found(files, set);
  const auto side = static_cast<std::uint32_t>(size);
  std::vector<evaluate::Doubt> doubts;
  const auto add = [&](std::string what, std::vector<std::string> names, std::string cure) {
    if (!names.empty()) doubts.push_back({std::move(what), std::move(names), std::move(cure)});
  };
  const char* const kLook = "Look at them; values of more than 8 bits may need --white.";
  add("a single colour once decoded",
      found.of([](const PictureFacts& facts) { return facts.one_colour; }), kLook);
  add("nearly black once decoded",
      found.of([](const PictureFacts& facts) { return facts.black && !facts.one_colour; }), kLook);
  add("nearly white once decoded",
      found.of([](const PictureFacts& facts) { return facts.white && !facts.one_colour; }), kLook);
  const auto tiny = [](const PictureFacts& facts) {
    return !is_drawing(facts) && shorter(facts) < kTiny;
  };
  add(fmt::format("under {} pixels on a side", kTiny), found.of(tiny),
      "They may be thumbnails: take the originals.");
  add("enlarged more than fourfold", found.of([&](const PictureFacts& facts) {
    return !is_drawing(facts) && !tiny(facts) && shorter(facts) * kEnlarged < side;
  }),
      fmt::format("The network sees {0} x {0} pixels: larger originals would tell it more.", size));
  add("of several pages or frames",
      found.of([](const PictureFacts& facts) { return facts.pages > 1; }), "The first was used.");

  const auto grey = found.of([](const PictureFacts& facts) { return facts.grey; });
  const auto coloured = found.of([](const PictureFacts& facts) { return !facts.grey; });
  const auto few = [&](const std::vector<std::string>& names) {
    return static_cast<double>(names.size()) <=
           kFew * static_cast<double>(grey.size() + coloured.size());
  };
  const char* const kDiffer =
      "If classes differ in this, a model learns it in place of the subject.";
  if (few(grey)) {
    add("grey, the others have colour", grey, kDiffer);
  } else if (few(coloured)) {
    add("coloured, the others are grey", coloured, kDiffer);
  }
  return doubts;
}

}  // namespace oneormany::app
