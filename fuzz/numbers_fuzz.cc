// Any bytes as a CSV file of numbers must give a table or an Error.
#include "base/error.h"
#include "data/numbers.h"
#include "in_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    oneormany::data::read_numbers(in_file(data, size, ".csv").string());
  } catch (const oneormany::Error&) {
    // What every file that isn't right must end as.
  }
  return 0;
}
