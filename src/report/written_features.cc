#include "report/written_features.h"

#include <fmt/format.h>

#include "base/printable.h"
#include "report/predictions.h"

namespace oneormany::report {

std::string written_features_text(const app::WrittenFeatures& written) {
  std::string text = fmt::format("{}: {} of {}", base::printable(written.files.front()),
                                 base::counted(written.rows, "picture"),
                                 base::counted(written.columns, "feature"));
  if (written.seconds > 0) {
    text += fmt::format(", in {:.{}f} s ({:.0f} a second)", written.seconds,
                        written.seconds < 10 ? 1 : 0,
                        static_cast<double>(written.rows) / written.seconds);
  }
  if (written.from_cache > 0) {
    text += fmt::format(", {} from the cache", base::grouped(written.from_cache));
  }
  text += "\n";
  if (written.files.size() > 1) {
    text += fmt::format("{}: their names, row by row\n", base::printable(written.files[1]));
  }
  if (written.failed > 0) {
    text +=
        fmt::format("{:>9}  could not be read ({} says which):\n{}", base::grouped(written.failed),
                    base::printable(written.files.back()), reasons_text(written.reasons));
  }
  return text + left_out_text(written.skipped, written.unread);
}

}  // namespace oneormany::report
