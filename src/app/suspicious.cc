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

  std::size_t usable() const {
    return static_cast<std::size_t>(std::count(set_.usable.begin(), set_.usable.end(), true));
  }

 private:
  const std::vector<std::filesystem::path>& files_;
  const features::FeatureSet& set_;
};

}  // namespace

std::vector<std::string> suspicious_pictures(const std::vector<std::filesystem::path>& files,
                                             const features::FeatureSet& set, int size) {
  const Found found(files, set);
  const auto side = static_cast<std::uint32_t>(size);
  std::vector<std::string> lines;
  const auto tell = [&](const std::vector<std::string>& names, const char* is, const char* are,
                        const std::string& cure) {
    if (names.empty()) return;
    lines.push_back(fmt::format("{} {}: {}. {}", base::counted(names.size(), "picture"),
                                names.size() == 1 ? is : are, base::examples(names), cure));
  };
  const char* const kLook =
      "Look at them: values of more than 8 bits may need --white, and blank scans should go.";
  tell(found.of([](const PictureFacts& facts) { return facts.one_colour; }),
       "is a single colour once decoded", "are a single colour once decoded", kLook);
  tell(found.of([](const PictureFacts& facts) { return facts.black && !facts.one_colour; }),
       "is nearly black once decoded", "are nearly black once decoded", kLook);
  tell(found.of([](const PictureFacts& facts) { return facts.white && !facts.one_colour; }),
       "is nearly white once decoded", "are nearly white once decoded", kLook);
  const auto tiny = [](const PictureFacts& facts) {
    return !is_drawing(facts) && shorter(facts) < kTiny;
  };
  tell(found.of(tiny), fmt::format("is under {} pixels on a side", kTiny).c_str(),
       fmt::format("are under {} pixels on a side", kTiny).c_str(),
       "They may be thumbnails: take the originals.");
  tell(
      found.of([&](const PictureFacts& facts) {
        return !is_drawing(facts) && !tiny(facts) && shorter(facts) * kEnlarged < side;
      }),
      "is enlarged more than fourfold", "are enlarged more than fourfold",
      fmt::format("The network sees {0} x {0} pixels: larger originals would tell it more.", size));
  tell(found.of([](const PictureFacts& facts) { return facts.pages > 1; }),
       "has several pages or frames", "have several pages or frames", "The first was used.");

  const auto grey = found.of([](const PictureFacts& facts) { return facts.grey; });
  const std::size_t all = found.usable();
  const std::size_t coloured = all - grey.size();
  const auto few = [&](std::size_t count) {
    return count > 0 && static_cast<double>(count) <= kFew * static_cast<double>(all);
  };
  const char* const kDiffer =
      "If classes differ in this, a model learns it in place of the subject.";
  if (few(grey.size())) {
    tell(grey, "is grey, the others have colour", "are grey, the others have colour", kDiffer);
  } else if (few(coloured)) {
    tell(found.of([](const PictureFacts& facts) { return !facts.grey; }),
         "has colour, the others are grey", "have colour, the others are grey", kDiffer);
  }
  return lines;
}

}  // namespace oneormany::app
