#pragma once
// A folder of its own for each test, removed afterwards.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>
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

/// A table beside a.png, b.png and c.png.
class TableTest : public Scratch {
 protected:
  explicit TableTest(std::string table) : table_(std::move(table)) {
    for (const char* name : {"a.png", "b.png", "c.png"}) write(name);
  }
  DataSet read(const std::string& text, const DataOptions& options = {}) const {
    return read_data(write(table_, text), options);
  }
  std::string error_with(const std::string& text, const DataOptions& options = {}) const {
    write(table_, text);
    return error_of(table_, options);
  }

 private:
  const std::string table_;
};

/// Of what one file says.
template <typename Result>
class FileTest : public testing::Test {
 protected:
  explicit FileTest(std::string csv) : csv_(std::move(csv)) {}
  virtual Result read_file(const std::string& file) const = 0;

  Result read(const std::string& name, const std::string& bytes) const {
    return read_file(folder.write(name, bytes).string());
  }
  std::string message(const std::string& name, const std::string& bytes) const {
    return error_in([&] { read(name, bytes); });
  }
  Result csv(const std::string& text) const { return read(csv_, text); }
  std::string csv_message(const std::string& text) const { return message(csv_, text); }

  const Folder folder;

 private:
  const std::string csv_;
};

}  // namespace oneormany::data
