#pragma once
// The sentences that the terminal and the page share.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/printable.h"
#include "compare/comparison.h"

namespace oneormany {

inline constexpr const char* kInDomainTitle = "In domain";
inline constexpr const char* kUnseenTitle = "Unseen";
inline constexpr const char* kUnseenSubtitle =
    "Pictures of none of the classes, which chose nothing: the right answer is no label";

/// How many pictures, of which classes, with how many labels; background and unseen. Many classes
/// are cut short.
std::string describe_data(const Comparison& comparison);

/// What the figures in domain were measured on.
const char* in_domain_subtitle(const Comparison& comparison);

/// Folds, seeds, backbone, size and precision; of logits, that they came from elsewhere.
std::string describe_protocol(const Comparison& comparison);

/// The names of the models that couldn't be trained, together where the reason is the same.
std::vector<std::pair<std::vector<std::string>, std::string>> untrained_by_reason(
    const Comparison& comparison);

/// The arm that details are shown of: the recommended one, or else the first. There must be one.
std::size_t shown_arm(const Comparison& comparison);

/// "keeps 95 % of the right answers": at what models and scores are compared.
std::string describe_compared(const Comparison& comparison);

/// What the rehearsal was: of logits nobody hid anything from the models.
const char* rehearsed_on(const Comparison& comparison);

/// The recommendation as lines of a key and its words: "Use" "labels+background, score background,
/// …", "keeps", "expect", "unseen". Empty where nothing is recommended.
std::vector<std::pair<std::string, std::string>> describe_recommendation(
    const Comparison& comparison);

/// One line each; empty where there is nothing to say.
std::string describe_sets(const Comparison& comparison);
std::string describe_calibration(const Arm& arm);
/// What of the bank isn't in the background, and why.
std::string describe_left_out(const Comparison& comparison);

/// How many pictures of a label sets must be made from to promise something of it.
std::size_t pictures_for_promise(double risk);

/// More arms than this don't stand side by side in a table, but one below the other.
inline constexpr std::size_t kSideBySide = 4;

}  // namespace oneormany
