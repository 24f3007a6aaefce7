// Any bytes as a table of pictures and labels, or of pictures alone (CSV; JSON lines if they begin
// like an object) must give rows or an Error.
#include "base/error.h"
#include "data/table.h"
#include "in_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bool json = size > 0 && data[0] == '{';
  for (const auto wanted : {oneormany::data::Wanted::kLabels, oneormany::data::Wanted::kFiles}) {
    try {
      oneormany::data::table_rows(in_file(data, size, json ? ".jsonl" : ".csv"), {}, wanted);
    } catch (const oneormany::Error&) {
      // What every file that isn't right must end as.
    }
  }
  return 0;
}
