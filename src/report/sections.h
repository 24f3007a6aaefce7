#pragma once
// The sections of a report, each made from the results. One that has nothing to say has no parts.

#include <functional>
#include <string>
#include <vector>

#include "report/document.h"

namespace oneormany::report {

Section models_section(const evaluate::Results& results);  ///< all models at a glance
Section charts_section(const evaluate::Results& results);
Section scores_section(const evaluate::Results& results);
Section unseen_section(const evaluate::Results& results);
Section test_section(const evaluate::Results& results);
Section in_domain_section(const evaluate::Results& results);
Section differences_section(const evaluate::Results& results);
Section calibration_section(const evaluate::Results& results);

Section classes_section(const evaluate::Results& results);
Section labels_section(const evaluate::Results& results);

/// The unsorted pictures that the user is asked about, and what answers tell of all of them.
Section asked_section(const evaluate::Results& results);
Section answers_section(const evaluate::Results& results);

Section untrained_section(const evaluate::Results& results);
Section notes_section(const evaluate::Results& results);
Section sets_section(const evaluate::Results& results);
Section false_accepts_section(const evaluate::Results& results);
Section label_errors_section(const evaluate::Results& results);
Section unlabelled_section(const evaluate::Results& results);  ///< those that were left out
Section details_section(const evaluate::Results& results);

/// The model that details are shown of: the recommended one, or else the first. There must be one.
std::size_t shown_model(const evaluate::Results& results);

/// The parts of the shown model; those of the others folded away, each below its name. `parts`
/// gets the place in Results::models.
std::vector<Part> by_model(const evaluate::Results& results,
                           const std::function<std::vector<Part>(std::size_t)>& parts);

/// Scores with the fewest expected false accepts come first; without estimates they stay in order.
std::vector<const evaluate::ScoreResult*> best_estimate_first(
    const std::vector<evaluate::ScoreResult>& scores);

/// By average precision, the worst first; labels that no picture carries come last.
std::vector<const evaluate::LabelResult*> worst_first(const evaluate::LabelResults& labels);

/// "95 %": the share of correct answers that is accepted where models and scores are compared.
std::string compared_at(const evaluate::Results& results);

/// How many pictures each row is of, as the first column.
void insert_pictures(Table& table, const std::vector<std::size_t>& counts);

/// "a, b, c, d, e, 4 more".
std::string first_few(std::vector<std::string> names);

/// The charts' numbers as JSON that is safe inside a script element. "models": an object for each
/// with its name, its threshold (null without unseen pictures) and the bars of its two histograms,
/// each bar from `from` to `to` in probability and from `lower` to `upper` in the share of the
/// group, `reached` if its pictures reach the threshold; and its labels, the worst first, each with
/// the filled bins of its reliability diagram (null where there is exactly one class a picture).
/// "scores" and "calibration" of the shown model ("after" is null where none was chosen), and
/// "sets"; null where they aren't known.
std::string chart_data_json(const evaluate::Results& results);

/// More models than this don't stand side by side in a table, but one below the other.
inline constexpr std::size_t kSideBySide = 4;

}  // namespace oneormany::report
