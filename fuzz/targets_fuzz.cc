// Any bytes as a CSV file of true labels, or of groups, must fit the logits or be an Error.
#include "base/error.h"
#include "data/targets.h"
#include "in_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string name = in_file(data, size, ".csv").string();
  try {
    oneormany::data::TargetRows rows{.file = "x.csv", .rows = 3, .classes = {}};
    oneormany::data::find_classes(name, rows);
    oneormany::data::read_targets(name, rows);
  } catch (const oneormany::Error&) {
  }
  for (const bool named : {false, true}) {
    const oneormany::data::TargetRows logits{
        .file = "z.csv", .rows = 3, .classes = {"robin", "wren", "house"}, .named = named};
    try {
      oneormany::data::read_targets(name, logits);
    } catch (const oneormany::Error&) {
      // What every file that isn't right must end as.
    }
    try {
      oneormany::data::read_groups(name, logits);
    } catch (const oneormany::Error&) {
    }
  }
  return 0;
}
