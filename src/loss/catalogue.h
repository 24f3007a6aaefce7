#pragma once
// The losses by name, with what one should know of each: for `oneormany losses`, --losses and the
// documentation.

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loss/loss.h"

namespace oneormany::loss {

/// What the training targets are like, for losses that weigh rare classes.
struct TargetCounts {
  double rows = 0;
  std::vector<double> positives;  ///< of each class or label: how many rows carry it
};

struct LossParameter {
  std::string_view name;
  double standard;   ///< what it is when not given
  double low, high;  ///< what is allowed, ends included
  std::string_view meaning;
};

using LossParameters = std::map<std::string_view, double>;  ///< every parameter of the loss

enum class TargetKind {
  kClass,  ///< exactly one class a row
  kLabels  ///< zero, one or many labels a row
};

struct LossInfo {
  std::string_view name;  ///< "sigmoid_focal"
  std::string_view title;
  TargetKind targets;
  bool soft_targets;         ///< takes targets between 0 and 1
  std::string_view formula;  ///< one line of plain text
  std::string_view gradient;
  std::string_view paper;
  std::string_view when;  ///< when it helps, and when not: a sentence or two
  std::vector<LossParameter> parameters;
  /// A class that no row carries counts as carried by one.
  std::unique_ptr<Loss> (*make)(const LossParameters& parameters, const TargetCounts& counts);
};

/// Every loss; those for one class first.
std::span<const LossInfo> all_losses();

/// A loss as a user names it, with some parameters set: "sigmoid_focal:gamma=1:alpha=0.5".
struct LossChoice {
  const LossInfo* info = nullptr;
  LossParameters parameters;

  std::string text() const;  ///< the name, and the parameters that aren't standard
  std::unique_ptr<Loss> make(const TargetCounts& counts) const;
};

/// Throws UsageError for an unknown name or parameter (and suggests the nearest), a value that is
/// no number, or one outside what is allowed. A hyphen counts as an underscore.
LossChoice parse_loss(std::string_view text);

/// (mean count / count of c)^power for each class; none for a power of 0.
std::vector<double> balanced_weights(const TargetCounts& counts, double power);

/// (rows without c / rows with c)^power for each label; none for a power of 0.
std::vector<double> balanced_positive_weights(const TargetCounts& counts, double power);

}  // namespace oneormany::loss
