#pragma once
// What was evaluated on: counts, names and notes, for the head of every report.

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
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

/// Pictures that may have been read wrongly, or may not be what the others are.
struct Doubt {
  std::string what;                ///< "nearly white once decoded"
  std::vector<std::string> files;  ///< all of them, printable
  std::string cure;                ///< a sentence

  /// "Nearly white once decoded: 4 pictures (a.png, b.png, c.png and 1 more). Look at …"
  std::string text() const;
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
  std::vector<Doubt> doubts;
  std::size_t unseen = 0, background = 0;
  /// Unsorted pictures from where the classes' are from.
  struct Unlabelled {
    std::size_t given = 0;
    std::size_t background = 0;  ///< taken as background, and counted there too
    std::size_t of_classes = 0;  ///< left out, as likely of the classes
    struct LeftOut {
      std::filesystem::path file;
      int label = 0;           ///< the most probable, of `classes`
      double probability = 0;  ///< of it, before anything was left out
    };
    /// These, the most probable first; none where features were given without names.
    std::vector<LeftOut> left_out{};

    std::size_t used() const { return background + of_classes; }
    /// So many tell what to expect of pictures like them. Fewer, as some that were corrected by
    /// hand, teach what "none of these" looks like, but say nothing about those to come.
    static constexpr std::size_t kFewest = 20;
    bool estimates() const { return background >= kFewest; }
    /// Then some of those that were taken as background likely are of the classes too.
    bool mostly_of_classes() const { return of_classes > 0 && 2 * of_classes >= used(); }
  } unlabelled{};
  std::size_t copies_left_out = 0;  ///< pictures that have another role too, or repeat in theirs
  /// Labelled pictures that are set aside to judge on.
  struct TestSet {
    std::string name;  ///< as the user named it
    std::size_t pictures = 0;
    std::vector<std::size_t> counts{};  ///< pictures that carry each of `classes`
  };
  std::optional<TestSet> test{};
  BackgroundSource background_source;
};

}  // namespace oneormany::evaluate
