#pragma once
// The sentences that the terminal and the page share.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/printable.h"
#include "evaluate/results.h"

namespace oneormany::report {

inline constexpr const char* kInDomainTitle = "In domain";
inline constexpr const char* kUnseenTitle = "Unseen";
inline constexpr const char* kUnseenSubtitle =
    "Pictures of none of the classes, which chose nothing: the right answer is no label";

/// How many pictures, of which classes, with how many labels; background and unseen. Many classes
/// are cut short.
std::string describe_data(const evaluate::Results& comparison);

/// What the figures in domain were measured on.
const char* in_domain_subtitle(const evaluate::Results& comparison);

/// Folds, seeds, backbone, size and precision; of logits, that they came from elsewhere.
std::string describe_protocol(const evaluate::Results& comparison);

/// The names of the models that couldn't be trained, together where the reason is the same.
std::vector<std::pair<std::vector<std::string>, std::string>> untrained_by_reason(
    const evaluate::Results& comparison);

/// The arm that details are shown of: the recommended one, or else the first. There must be one.
std::size_t shown_model(const evaluate::Results& comparison);

/// "keeps 95 % of the right answers": at what models and scores are compared.
std::string describe_compared(const evaluate::Results& comparison);

/// What the rehearsal was: of logits nobody hid anything from the models.
const char* estimated_on(const evaluate::Results& comparison);

/// The recommendation as lines of a key and its words: "Use" "labels+background, score background,
/// …", "keeps", "expect", "unseen". Empty where nothing is recommended.
std::vector<std::pair<std::string, std::string>> describe_recommendation(
    const evaluate::Results& comparison);

/// One line each; empty where there is nothing to say.
std::string describe_sets(const evaluate::Results& comparison);
std::string describe_calibration(const evaluate::ModelResult& model);
/// What of the bank isn't in the background, and why.
std::string describe_left_out(const evaluate::Results& comparison);

/// How many pictures of a label sets must be made from to promise something of it.
std::size_t pictures_for_guarantee(double alpha);

/// More arms than this don't stand side by side in a table, but one below the other.
inline constexpr std::size_t kSideBySide = 4;

}  // namespace oneormany::report
