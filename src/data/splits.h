#pragma once
// Names that people give to the parts of a data set: train, val, test.

#include <optional>
#include <string>
#include <vector>

namespace oneormany::data {

/// "train", "val", "test", "fold" or "unlabelled", where that is what the name says and nothing
/// else: train, Training Set, seg_train, train2017, images-train, testset, hold-out, … A name with
/// words of its own (train station, flowers_train) is none.
std::optional<std::string> split_of(const std::string& name);

/// Which of the names `wanted` means: the one that is spelled like it (but for capitals), else the
/// only one that says the same split (train of seg_train). Returns an index; none if there is no
/// such name or several.
std::optional<std::size_t> find_split(const std::vector<std::string>& names,
                                      const std::string& wanted);

/// Whether folders of such names are splits: at least one says so and no name stands against it;
/// or train and another are among them; or all are alike but for the split (flowers_train,
/// flowers_test).
bool are_splits(const std::vector<std::string>& names);

/// "seg_test (test), seg_train (train)", for a message.
std::string list_splits(const std::vector<std::string>& names);

}  // namespace oneormany::data
