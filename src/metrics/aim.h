#pragma once
// What a threshold is chosen for.

#include <string>
#include <string_view>

namespace oneormany::metrics {

/// What thresholds keep: this share of the right predictions; each: of those of each class, at a
/// threshold of its own.
struct Keep {
  double share = 0.95;
  bool each = false;

  bool operator==(const Keep&) const = default;
};

/// A user's aim. A prediction that the threshold lets pass is accepted; the picture gets the label.
/// Of one label of several, a prediction is right where the picture has the label, and a label that
/// is missed costs `none`.
struct Aim {
  enum class Kind {
    kKeep,       ///< accept this share of the right predictions (of a label: its recall)
    kPrecision,  ///< this share of the accepted predictions is right
    kF1,         ///< the best F1 of the accepted predictions
    kCost        ///< the least cost
  };
  Kind kind = Kind::kKeep;
  double share = 0.95;  ///< to keep, or the precision to reach: above 0, at most 1
  double wrong = 1;     ///< cost of a wrong label, above 0
  double none = 0;      ///< cost of no label for a picture that has a class, 0 or more
  bool each = false;    ///< to keep: the share of each class's right predictions

  std::string text() const;  ///< as parse_aim() reads it

  /// What thresholds keep where scores are compared: what the aim keeps, or else 95 %.
  Keep compared_at() const { return kind == Kind::kKeep ? Keep{share, each} : Keep{}; }
};

/// An aim as a user types it: "keep=0.95" (or "keep"), "keep-each=0.95", "precision=0.99", "f1",
/// "cost:wrong=1:none=0.2" (wrong is 1 where it is not given). Throws UsageError, with what may
/// have been meant, for all else.
Aim parse_aim(std::string_view text);

}  // namespace oneormany::metrics
