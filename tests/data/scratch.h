#pragma once
// A folder of its own for each test, removed afterwards.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "data/data.h"

namespace oneormany {

class Scratch : public testing::Test {
 protected:
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "oneormany-XXXXXX").string();
    folder = mkdtemp(pattern.data());
  }
  ~Scratch() override { std::filesystem::remove_all(folder); }

  // Writes a file, with the folders it needs. Nothing in this room looks into pictures.
  std::filesystem::path write(const std::string& name, const std::string& text = "pixels") const {
    const std::filesystem::path file = folder / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }
  void link(const std::string& target, const std::string& name) const {
    std::filesystem::create_directories((folder / name).parent_path());
    std::filesystem::create_symlink(target, folder / name);
  }

  // The one line that read_data fails with; the test fails if it doesn't.
  std::string error_of(const std::string& name, const DataOptions& options = {}) const {
    return error_in([&] { read_data(folder / name, options); });
  }
  static std::string error_in(const std::function<void()>& work) {
    try {
      work();
    } catch (const Error& error) {
      const std::string what = error.what();
      EXPECT_EQ(what.find('\n'), std::string::npos) << what;
      return what;
    }
    ADD_FAILURE() << "no Error was thrown";
    return "";
  }

  // "cat/a.png: cat dog" for each picture, by name within the scratch folder.
  std::vector<std::string> pictures_of(const DataSet& data) const {
    std::vector<std::string> lines;
    for (const Picture& picture : data.pictures) {
      std::string line = picture.file.lexically_relative(folder).string() + ":";
      for (const int label : picture.labels) line += " " + data.classes.at(label);
      lines.push_back(line);
    }
    return lines;
  }
  std::vector<std::string> skips_of(const DataSet& data) const {
    std::vector<std::string> lines;
    for (const Skip& skip : data.skipped) {
      lines.push_back(skip.file.lexically_relative(folder).string() + ": " + skip.why);
    }
    return lines;
  }

  std::filesystem::path folder;
};

}  // namespace oneormany
