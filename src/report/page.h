#pragma once
// The page's template, style and script (page.html, page.css, page.js), and the parts that are
// written for each comparison. Every function returns HTML; a part that has nothing to say is
// empty.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "evaluate/results.h"
#include "report/measures.h"

namespace oneormany::report {

extern const char* const kPageHtml;  ///< {{name}} marks where a part goes
extern const char* const kPageCss;
extern const char* const kPageJs;

/// A cell of a table, with its interval unless that is a point; a dash where nothing is known.
std::string cell_html(Unit unit, const std::optional<evaluate::Measured>& measured, bool best);

/// The part of the shown arm; those of the others folded away, each below its name. `part` gets the
/// place in Comparison::arms, of which there must be one.
std::string by_model_html(const evaluate::Results& comparison,
                          const std::function<std::string(std::size_t)>& part);

std::string card_html(const evaluate::Results& comparison);  ///< the recommendation
std::string verdict_html(const evaluate::Results& comparison);
std::string untrained_html(const evaluate::Results& comparison);
std::string notes_html(const evaluate::Results& comparison);
std::string charts_html(const evaluate::Results& comparison);
std::string scores_html(const evaluate::Results& comparison);
std::string tables_html(const evaluate::Results& comparison);
std::string differences_html(const evaluate::Results& comparison);
std::string classes_html(const evaluate::Results& comparison);
std::string labels_html(const evaluate::Results& comparison);
std::string calibration_html(const evaluate::Results& comparison);
std::string sets_html(const evaluate::Results& comparison);
std::string gallery_html(const evaluate::Results& comparison, double max_megapixels);
std::string label_errors_html(const evaluate::Results& comparison, double max_megapixels);
std::string background_html(const evaluate::Results& comparison);
std::string details_html(const evaluate::Results& comparison);

/// The charts' numbers as JSON that is safe inside a script element. "arms": an object for each
/// with its name, its threshold (null without unseen pictures) and the bars of its two histograms,
/// each bar from `from` to `to` in probability and from `lower` to `upper` in the share of the
/// group, `reached` if its pictures reach the threshold; and its labels, the worst first, each with
/// the filled bins of its reliability diagram (null where there is exactly one class a picture).
/// "scores" and "calibration" of the shown arm ("after" is null where none was chosen), and "sets";
/// null where they aren't known.
std::string chart_data_json(const evaluate::Results& comparison);

}  // namespace oneormany::report
