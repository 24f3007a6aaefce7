// The page's part on single labels: for each arm a table and a reliability diagram for each label.

#include <fmt/format.h>

#include "report/describe.h"
#include "report/labels.h"
#include "report/page.h"
#include "report/text.h"

namespace oneormany::report {
namespace {

std::string row_html(const evaluate::LabelResult& label, const std::vector<LabelColumn>& columns) {
  const bool few = label.count < kFewLabelled;
  std::string html =
      fmt::format(R"(<tr{}><th scope="row">{}{}</th><td>{}</td>)", few ? R"( class="few")" : "",
                  escape_html(label.name),
                  out_of_reach(label) ? R"(<small class="but">aim out of reach</small>)" : "",
                  base::grouped(label.count));
  for (const LabelColumn& column : columns) {
    if (label.count == 0) {
      html += "<td>–</td>";
      continue;
    }
    const Reading reading = column.read(label);
    html += "<td>" + escape_html(format_value(column.unit, reading.value));
    if (reading.ci95) {
      html += "<small>" + escape_html(format_interval(column.unit, *reading.ci95)) + "</small>";
    }
    html += "</td>";
  }
  return html + "</tr>\n";
}

std::string table_html(const evaluate::LabelResults& labels) {
  const auto columns = label_columns(labels);
  std::string html =
      "<div class=\"scroll\"><table class=\"each\"><thead><tr><th scope=\"col\">label</th>"
      "<th scope=\"col\">pictures</th>";
  for (const LabelColumn& column : columns) {
    html += fmt::format(R"(<th scope="col" title="{}">{}</th>)", escape_html(column.meaning),
                        escape_html(column.name));
  }
  html += "</tr></thead>\n<tbody>\n";
  for (const evaluate::LabelResult* label : worst_first(labels)) html += row_html(*label, columns);
  return html + "</tbody></table></div>\n";
}

std::string how_to_read(const evaluate::LabelResults& labels) {
  std::string html = "<dl>";
  for (const LabelColumn& column : label_columns(labels)) {
    html += fmt::format("<dt>{}</dt><dd>{}</dd>", escape_html(column.name),
                        escape_html(column.meaning));
  }
  return html + "</dl>\n";
}

/// A place for the diagrams of an arm; how they are read is said once.
std::string reliability_html(std::size_t model, bool explained) {
  return fmt::format(
      "<h4>Do the probabilities hold?</h4>\n{}<div class=\"chart reliability\" "
      "id=\"labels-{}\"></div>\n",
      explained ? "<p class=\"about\">A dot for each fifteenth of the probabilities: how often its "
                  "pictures carry the label. On the dashed line a probability is what it says; "
                  "below it the model is too sure, above it too cautious. Larger dots hold more "
                  "pictures, pale ones fewer than ten.</p>\n"
                : "",
      model);
}

}  // namespace

std::string labels_html(const evaluate::Results& comparison) {
  if (comparison.models.empty()) return "";
  const std::size_t shown = shown_model(comparison);
  const std::string parts = by_model_html(comparison, [&](std::size_t i) {
    const auto& labels = comparison.models[i].in_domain.labels;
    if (!labels) return std::string();
    return table_html(*labels) + reliability_html(i, i == shown);
  });
  const auto& found = comparison.models[shown].in_domain.labels;
  if (!found) return "";
  return fmt::format(
      "<section class=\"labels\"><h2>Label by label</h2>\n<p class=\"about\">What “{}” makes of "
      "each label; those that it ranks worst come first. {} {} A picture that shows what a label "
      "says but doesn't carry it counts against the model: look at such pictures before you blame "
      "it.</p>\n{}{}</section>",
      escape_html(comparison.models[shown].name), escape_html(few_labelled(*found)),
      escape_html(labels_out_of_reach(*found)), how_to_read(*found), parts);
}

}  // namespace oneormany::report
