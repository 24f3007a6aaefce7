#pragma once
// Unsorted pictures from where the user's pictures are from: which of them are of none of the
// classes.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "train/fold_rows.h"

namespace oneormany::train {

struct SortedUnlabelled {
  /// Taken as pictures of none of the classes: their rows among those given, in the order of the
  /// background's.
  std::vector<Index> kept;
  struct LeftOut {
    Index row = 0;           ///< of the pictures given
    int label = 0;           ///< the most probable
    double probability = 0;  ///< of it, by a model that did not learn from the picture
  };
  /// As many as are thought to be of the classes, the most probable first.
  std::vector<LeftOut> left_out;
};

/// What the user has said of an unsorted picture.
enum class Said { kNothing, kNone, kClass };

/// Adds unsorted pictures (rows × features) to the background, but for those that are likely of the
/// classes. They become its last rows, data.unlabelled of them.
///
/// A label model is fitted with all of them as background; each picture, the user's own ones too,
/// is asked about where it was not learned from. The share of the classes' pictures among them is
/// estimated at the scores where it comes out smallest (the best bin: Garg, Wu, Smola,
/// Balakrishnan & Lipton 2021): high up, where next to nothing but pictures of the classes is. So
/// many with the highest scores are left out. To leave out all that get a label instead would lose
/// what teaches most where none are of the classes. said: of each picture, or empty; what is said
/// to be of a class is left out, and what is said to be of none is not, whatever the scores are.
/// Throws Interrupted on Ctrl-C.
SortedUnlabelled add_unlabelled(LearningData& data, const MatrixF& pictures, std::uint64_t seed,
                                const std::vector<Said>& said = {});

/// The share of a mixture that is like the known ones, by scores of both that are higher the more
/// likely one is. In 0–1; 0 without scores of either.
double share_like(std::vector<double> known, std::vector<double> mixture);

}  // namespace oneormany::train
