#pragma once
// The background of a comparison that comes out of a bank: which bank, and which of its rows.

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "backbone/backbone.h"
#include "base/matrix.h"
#include "features/bank.h"

namespace oneormany::train {

/// The bank that a comparison takes background from, beside the user's own folders.
struct BankOptions {
  enum class Choice {
    kIfThere,  ///< the built-in one; where there is none for this backbone, a note says so
    kBuiltIn,  ///< the same, but an error
    kFile,
    kNone
  };
  Choice choice = Choice::kIfThere;
  std::filesystem::path file;  ///< for kFile
};

struct FoundBank {
  std::optional<features::Bank> bank;  ///< none: none was asked for, or there is none
  std::string name;                    ///< "built-in", or the file
  std::string note;                    ///< where there is none for this backbone: how to get one
};

/// Where the built-in bank of a backbone is: in share_dir()/background.
std::filesystem::path built_in_bank(const backbone::Backbone& backbone);

/// Reads the bank that was asked for. Throws Error for a damaged bank, and for one that was asked
/// for by name and is missing or of other features.
FoundBank find_bank(const BankOptions& wanted, const backbone::Backbone& backbone);

/// The pictures of the classes.
struct ClassPictures {
  const MatrixF& features;
  const std::vector<std::vector<int>>& labels;  ///< of each
  const std::vector<int>& groups;               ///< exact duplicates share one
  const std::vector<std::string>& classes;
};

/// Pictures of a folder that are no background.
struct LeftOut {
  std::string folder;  ///< as the bank names it: "animals/birds"
  std::size_t pictures = 0;
  std::string nearest;  ///< the class that they are too near to
};

struct BankRows {
  std::vector<Index> rows;        ///< to learn from, in the bank's order
  std::size_t same_pixels = 0;    ///< left out: they are among the user's pictures
  std::vector<LeftOut> left_out;  ///< most pictures first
  std::size_t left_out_for_balance = 0;
};

/// Chooses the rows of a bank that are background to these classes. Left out, in this order:
///  1. rows whose pixels are in `taken`;
///  2. rows too near to a class: not further from the nearest picture that has a label than that
///     class's pictures typically are from each other (the median of their distances to the nearest
///     other picture of the class, exact copies apart; features scaled to length 1). Of a
///     folder of which 3 rows or more, and 30 % or more, are too near, all rows;
///  3. for balance, the last of the bank's rows beyond 300 and beyond 3 for each picture of the
///     classes.
/// Nothing but the bank and the classes' pictures has a part in it. Throws Interrupted on Ctrl-C.
BankRows choose_bank_rows(const features::Bank& bank, const ClassPictures& pictures,
                          const std::set<base::Sha256>& taken);

}  // namespace oneormany::train
