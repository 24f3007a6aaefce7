#pragma once
// ONNX files as ONNX Runtime runs them: Python's, which script/setup --tests fetches.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/matrix.h"
#include "tests/arrays/npy_bytes.h"
#include "tests/folder.h"

namespace oneormany::exporting {

using nlohmann::json;

/// A .npy file's bytes.
inline std::string npy_of(const MatrixF& rows) {
  return arrays::npy("<f4", fmt::format("({}, {})", rows.rows(), rows.cols()),
                     {reinterpret_cast<const char*>(rows.data()),
                      static_cast<std::size_t>(rows.size()) * sizeof(float)});
}

/// What each of the models says of the same input; see run_onnx.py.
inline json run_onnx(const std::vector<std::string>& models, const std::string& input_npy) {
  const Folder folder;
  std::string command = "PYTHONPATH='" ONEORMANY_TEST_ENV "' python3 '" TEST_DATA
                        "/../exporting/run_onnx.py' " +
                        folder.write("input.npy", input_npy).string();
  for (std::size_t i = 0; i < models.size(); ++i) {
    command += " " + folder.write(fmt::format("{}.onnx", i), models[i]).string();
  }
  const auto out = folder / "out.json", error = folder / "error.txt";
  const int status =
      std::system(fmt::format("{} >{} 2>{}", command, out.string(), error.string()).c_str());
  if (status != 0) {
    ADD_FAILURE() << "run script/setup --tests first? " << read_text(error);
    return json::array();
  }
  return json::parse(read_text(out));
}

}  // namespace oneormany::exporting
