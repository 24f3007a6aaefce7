#pragma once
// A folder of its own for each test, removed afterwards.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "data/data.h"
#include "tests/error_in.h"
#include "tests/folder.h"

namespace oneormany::data {

class Scratch : public testing::Test {
 protected:
  // Writes a file, with the folders it needs. Nothing in this module looks into pictures.
  std::filesystem::path write(const std::string& name, const std::string& text = "pixels") const {
    return own_.write(name, text);
  }
  void link(const std::string& target, const std::string& name) const {
    std::filesystem::create_directories((folder / name).parent_path());
    std::filesystem::create_symlink(target, folder / name);
  }

  // The one line that read_data fails with; the test fails if it doesn't.
  std::string error_of(const std::string& name, const DataOptions& options = {}) const {
    return error_in([&] { read_data(folder / name, options); });
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

 private:
  const Folder own_;

 protected:
  const std::filesystem::path folder = own_.path();
};

}  // namespace oneormany::data
