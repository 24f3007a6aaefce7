// Any bytes as the rows of an earlier `predict` must give names or an Error, and what is kept of
// the file the same names again; what is kept without errors those that have no error.
#include <filesystem>
#include <fstream>
#include <string>

#include "app/done_rows.h"
#include "base/error.h"
#include "in_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using oneormany::app::DoneRows;
  using oneormany::app::read_done;
  const std::string model = "50d43cc7cf86" + std::string(52, '0');
  const std::filesystem::path file = in_file(data, size, ".rows");
  DoneRows done;
  try {
    done = read_done(file, model);
  } catch (const oneormany::Error&) {
    return 0;  // what every file that isn't right must end as
  }
  if (done.bytes > size) __builtin_trap();
  std::filesystem::resize_file(file, done.bytes);
  const DoneRows again = read_done(file, model);
  if (again.files != done.files || again.bytes != done.bytes) __builtin_trap();
  if (!done.without_errors) return 0;
  std::ofstream(file, std::ios::binary) << *done.without_errors;
  const DoneRows good = read_done(file, model);
  for (const auto& [name, row] : done.failed) done.files.erase(name);
  if (good.files != done.files || !good.failed.empty()) __builtin_trap();
  return 0;
}
