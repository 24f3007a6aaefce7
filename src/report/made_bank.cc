#include "report/made_bank.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/printable.h"
#include "report/text.h"

namespace oneormany::report {

std::string made_bank_text(const app::MadeBank& made, const app::BackgroundOptions& options,
                           int width) {
  const std::string text = fmt::format(
      "{}: {} of {}, chosen from {}. Left out: {}, {} too like another (cosine {} or more), {} not "
      "needed, {} that can't be used. Features of {} at {} pixels, {}: give the file to `oneormany "
      "compare --background` with the same backbone, size and precision.",
      base::printable(made.file), base::counted(made.pictures, "picture"),
      base::counted(made.folders, "folder"), base::grouped(made.listed),
      base::counted(made.repeats, "exact repeat"), base::grouped(made.too_like), app::kTooLike,
      base::grouped(made.not_needed), base::counted(made.skipped.size(), "file"),
      base::printable(made.backbone), made.size,
      backbone::name_of(options.features.backbone.precision));
  return fmt::format("{}\n", fmt::join(wrap(text, width), "\n"));
}

}  // namespace oneormany::report
