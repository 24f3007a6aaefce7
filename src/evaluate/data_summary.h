#pragma once
// What was evaluated on: counts, names and notes, for the head of every report.

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "data/data.h"
#include "train/background.h"

namespace oneormany::evaluate {

struct ClassCount {
  std::string name;
  std::size_t count = 0;  ///< pictures that carry it
};

/// Where the background comes from.
struct BackgroundSource {
  std::size_t own = 0;       ///< pictures of the user's folders
  std::size_t built_in = 0;  ///< of the built-in bank or a bank file, after what was left out
  std::string bank;          ///< "built-in", or the bank's file; empty: none
  std::vector<train::LeftOut> left_out{};  ///< most pictures first
  std::size_t left_out_for_balance = 0;  ///< so that few pictures of the user's aren't outnumbered
};

struct DataSummary {
  std::string name;  ///< the folder or file, as the user named it
  data::Problem problem = data::Problem::kOneClass;
  std::size_t pictures = 0;
  std::vector<ClassCount> classes;
  std::map<int, std::size_t> labels_per_picture;
  std::size_t duplicates = 0;  ///< pictures that repeat another one's pixels
  std::vector<data::Skip> skipped;
  std::vector<std::string> notes;  ///< what else the user should know, a line each
  std::size_t unseen = 0, background = 0;
  BackgroundSource background_source;
};

}  // namespace oneormany::evaluate
