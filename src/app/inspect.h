#pragma once
// What a data set holds, and which model and loss follow from it.

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "data/data.h"
#include "evaluate/results.h"
#include "features/features.h"

namespace oneormany::app {

/// Pictures that are the same, pixel by pixel.
struct DuplicateGroup {
  struct Copy {
    std::filesystem::path file;
    std::vector<std::string> labels;
  };
  std::vector<Copy> copies;
  bool conflicting = false;  ///< the copies don't carry the same labels
};

struct Inspection {
  std::string data_name;  ///< the folder or file, as the user named it
  std::string layout;
  std::size_t pictures = 0;                   ///< that can be read; all the counts are of these
  std::vector<evaluate::ClassCount> classes;  ///< sorted by name
  std::map<int, std::size_t> labels_per_picture;
  std::size_t duplicates = 0;                    ///< pictures that repeat another one's pixels
  std::vector<DuplicateGroup> duplicate_groups;  ///< conflicting ones first
  std::size_t extra_names = 0;                   ///< links to files that are there already
  std::vector<data::Skip> skipped;               ///< sorted by name
  data::Problem problem = data::Problem::kOneClass;
  std::string why;                    ///< why this problem and its loss follow, in plain words
  std::vector<std::string> notes;     ///< how the data was understood, see data::DataSet
  std::vector<std::string> warnings;  ///< plain words, and what to do
};

struct InspectOptions {
  std::vector<std::filesystem::path> data;  ///< see data::read_data()
  data::DataOptions data_options;
  image::ImageOptions reading;
  bool strict = false;  ///< a file that can't be used is an error
};

/// Reads and decodes all pictures. Throws Error for anything that the user can mend, Interrupted on
/// Ctrl-C.
Inspection inspect(const InspectOptions& options);

/// Draws the conclusions. Requires decoded to have one row for each picture of `data`, in order.
/// Throws Error if no picture could be read.
Inspection inspect(const data::DataSet& data, const features::FeatureSet& decoded);

}  // namespace oneormany::app
