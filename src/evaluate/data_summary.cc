#include "evaluate/data_summary.h"

#include <fmt/format.h>

#include <cctype>

#include "base/printable.h"

namespace oneormany::evaluate {

std::string Doubt::text() const {
  std::string first = what;
  first[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(first[0])));
  return fmt::format("{}: {} ({}). {}", first, base::counted(files.size(), "picture"),
                     base::examples(files), cure);
}

}  // namespace oneormany::evaluate
