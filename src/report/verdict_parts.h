#pragma once
// What the verdict is made of, one file for each part: verdict.cc (problem, use, compared),
// verdict_unseen.cc (unseen, sets), verdict_advice.cc; verdict_logits.cc for models of other
// programs, verdict_model.cc for one that was evaluated as it is. Their figures and words are in
// verdict_words.cc.

#include <optional>
#include <string>
#include <vector>

#include "evaluate/results.h"
#include "report/figures.h"

namespace oneormany::report {

using Sentences = std::vector<std::string>;  // empty ones are left out by verdict()

/// "97 % (95 to 98)": a share with its 95 % interval.
std::string share_text(const evaluate::Measured& share);
/// "0.65 (0.62 to 0.68)"
std::string figure_text(const evaluate::Measured& figure);
/// "p = 0.012", "p < 0.001"
std::string p_text(double p);

/// "the highest probability"; of every other OOD score its name and what it means: "the score
/// \"knn\" (how near …)".
std::string score_words(ood::ScoreKind kind);

/// What a picture must have to get a label: "its highest probability is 0.62 or more".
std::string condition_text(const evaluate::Recommendation& recommended);

/// `"a", "b" and 3 more`, safe to print.
std::string quoted(const std::vector<std::string>& names);

/// Whether the 95 % intervals have a value in common.
bool overlap(const evaluate::Measured& a, const evaluate::Measured& b);

bool is_one_class(const evaluate::Results& c);

/// What models are compared by in domain: accuracy; multi-label macro mAP, since losses other than
/// binary cross-entropy don't aim at 0.5.
const evaluate::Measured& figure_of(const evaluate::InDomain& in);
const evaluate::Measured& figure_of(const evaluate::ModelResult& model);  ///< out of fold

/// The model of this activation that everybody would start from: no background, and where there is
/// such a one the standard loss and a linear head. Null if there is none.
const evaluate::ModelResult* plain_model(const evaluate::Results& c, loss::Activation activation);

/// Of unrelated pictures the share that is expected to get a label, by the highest probability;
/// none without background.
std::optional<double> estimated_share(const evaluate::ModelResult& model);

/// The mean of that and of related pictures' share, where there is one (evaluate/select.h).
std::optional<double> expected_share(const evaluate::ModelResult& model);

/// The recommended model against this one; null for the recommended one itself.
const evaluate::ModelDifference* difference_to(const evaluate::Results& c,
                                               const evaluate::ModelResult& model);

/// Of two independent measures: is the first significantly higher? By the halves of their intervals
/// (Newcombe 1998; Zou & Donner 2008).
bool is_above(const evaluate::Measured& a, const evaluate::Measured& b);

/// How the unseen pictures compare with the estimate: 1 more of them get a label, −1 fewer, 0 if
/// that isn't statistically significant or one of the two isn't known.
int against_estimate(const evaluate::Recommendation& recommended);

/// "unrelated pictures" where all background is built in, else "pictures of none of the classes".
std::string others(const evaluate::Results& c);

/// Requires c.recommended.
Sentences use_sentences(const evaluate::Results& c);

/// Expected false accepts, and the truth where it is known. Requires c.recommended.
Sentences unseen_sentences(const evaluate::Results& c);

/// The plain models on the same pictures, and what sigmoid alone changes. Requires c.recommended.
Sentences plain_on_unseen(const evaluate::Results& c);

/// Empty without prediction sets.
Sentences sets_sentences(const evaluate::Results& c);

/// What would help most, three things at most. Requires c.recommended.
Sentences advice_sentences(const evaluate::Results& c);

/// Of a model that was evaluated as it is: what was promised, and what came. Requires c.used_model.
Sentences used_model_sentences(const evaluate::Results& c);
Sentences used_model_advice(const evaluate::Results& c);

/// Of logits of other programs, whether anything is recommended or not: the models side by side.
Sentences logits_compared(const evaluate::Results& c);
Sentences logits_unseen(const evaluate::Results& c);
/// The threshold of each model. Empty without unseen pictures.
std::string logits_thresholds(const evaluate::Results& c);
Sentences logits_advice(const evaluate::Results& c);

}  // namespace oneormany::report
