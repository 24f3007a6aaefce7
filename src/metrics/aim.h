#pragma once
// What a threshold is chosen for.

#include <string>
#include <string_view>

namespace oneormany::metrics {

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

  std::string text() const;  ///< as parse_aim() reads it

  /// The share of right predictions at which models and scores are compared: the one to keep, where
  /// the aim is that; else 95 %.
  double compared_at() const { return kind == Kind::kKeep ? share : 0.95; }
};

/// An aim as a user types it: "keep=0.95" (or "keep"), "precision=0.99", "f1",
/// "cost:wrong=1:none=0.2" (wrong is 1 where it is not given). Throws UsageError, with what may
/// have been meant, for all else.
Aim parse_aim(std::string_view text);

}  // namespace oneormany::metrics
