// Any bytes as metadata.csv (metadata.jsonl if they begin like an object) beside pictures must give
// a data set or an Error.
#include "base/error.h"
#include "data/data.h"
#include "in_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bool json = size > 0 && data[0] == '{';
  const auto file = in_file(data, size, json ? "-lines/metadata.jsonl" : "-csv/metadata.csv");
  try {
    oneormany::data::read_data(file.parent_path(), {});
  } catch (const oneormany::Error&) {
    // What every file that isn't right must end as.
  }
  return 0;
}
