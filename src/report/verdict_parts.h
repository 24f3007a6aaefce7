#pragma once
// What the verdict is made of. One file for each: verdict.cc (which problem, what to use),
// verdict_others.cc, verdict_help.cc, verdict_plain.cc; their words and figures in
// verdict_words.cc.

#include <optional>
#include <string>
#include <string_view>

#include "evaluate/results.h"
#include "report/figures.h"

namespace oneormany::report {

/// "97 % (95 to 98)": a share with its 95 % interval.
std::string share_text(const evaluate::Measured& share);
/// "2.1 points (0.9 to 3.2)", of percentage; without a sign, of an interval on one side of 0.
std::string points_text(const evaluate::Measured& difference);
/// "0.65 (0.62 to 0.68)"
std::string figure_text(const evaluate::Measured& figure);

/// A score in plain words, for all in judge/scores.h: "the score \"knn\" (how near …)"; just "the
/// highest probability" for that one; of an unknown name the name.
std::string score_words(ood::ScoreKind kind);

bool overlap(const evaluate::Measured& a, const evaluate::Measured& b);
bool is_one_class(const evaluate::Results& c);

/// What arms are compared by in domain. Of many labels not the exact match at 0.5: losses other
/// than binary cross-entropy don't aim at 0.5.
const evaluate::Measured& figure_of(const evaluate::ModelResult& model);

/// The arm of this activation that everybody would start from: no background, and where there is
/// such a one the standard loss and a linear head. Null if there is none.
const evaluate::ModelResult* plain_model(const evaluate::Results& c, loss::Activation activation);

/// The share of background that the arm labels in rehearsal, by the highest probability; none if it
/// wasn't rehearsed.
std::optional<double> estimated_share(const evaluate::ModelResult& model);

/// The recommended arm against this one; null for the recommended one itself.
const evaluate::ModelDifference* difference_to(const evaluate::Results& c,
                                               const evaluate::ModelResult& model);

/// How the truth on unseen pictures compares with what the rehearsal made one expect: 1 more of
/// them get a label, −1 fewer, 0 no difference larger than chance, or one of the two isn't known.
int against_estimate(const evaluate::Recommendation& recommended);

/// "Use …": arm, score, threshold, what it keeps and how often its answers are right. Requires
/// c.recommended.
std::string use_sentences(const evaluate::Results& c);

/// What happens to a picture of something else: rehearsed, in truth, and by the plain models.
/// Requires c.recommended.
std::string unseen_paragraph(const evaluate::Results& c);

/// Conformal sets; empty where there are none.
std::string sets_paragraph(const evaluate::Results& c);

/// What would help most, three things at most; empty if nothing stands out. Requires
/// c.recommended.
std::string help_paragraph(const evaluate::Results& c);

/// Figures only, of logits and where nothing is recommended: the paragraphs on pictures of the
/// classes and of something else.
std::string figures_paragraphs(const evaluate::Results& c);

}  // namespace oneormany::report
