// The page's two tables: measures are rows and arms are columns, or the other way round where arms
// are many. Intervals stand under their values.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "report/describe.h"
#include "report/measures.h"
#include "report/page.h"
#include "report/text.h"

namespace oneormany::report {
namespace {

/// A name may break before its "+" and after its ":".
std::string name_html(const std::string& name) {
  std::string html;
  for (const char c : escape_html(name)) {
    if (c == '+' && !html.empty()) html += "<wbr>";
    html += c;
    if (c == ':') html += "<wbr>";
  }
  return html;
}

std::string cell_html(const Measure& measure, const Reading& reading, bool best) {
  std::string html = fmt::format("<td{}>{}", best ? R"( class="best")" : "",
                                 escape_html(format_value(measure.unit, reading.value)));
  if (reading.ci95 && reading.ci95->first < reading.ci95->second) {
    html += "<small>" + format_interval(measure.unit, *reading.ci95) + "</small>";
  }
  return html + "</td>";
}

std::vector<Reading> read_all(const Measure& measure,
                              const std::vector<const evaluate::ModelResult*>& models) {
  std::vector<Reading> readings;
  for (const evaluate::ModelResult* model : models) readings.push_back(measure.read(*model));
  return readings;
}

std::string row_html(const Measure& measure,
                     const std::vector<const evaluate::ModelResult*>& models) {
  const std::vector<Reading> readings = read_all(measure, models);
  const std::vector<bool> best = best_of(measure, readings);
  std::string html = fmt::format(R"(<tr{}><th scope="row">{}<small>{}</small></th>)",
                                 measure.headline ? R"( class="headline")" : "",
                                 escape_html(measure.name), prose_html(measure.meaning));
  for (std::size_t i = 0; i < readings.size(); ++i) {
    html += cell_html(measure, readings[i], best[i]);
  }
  return html + "</tr>\n";
}

/// A column for each measure, the headline first; what they mean is folded away below.
std::string wide_table_html(std::vector<Measure> measures,
                            const std::vector<const evaluate::ModelResult*>& models) {
  std::stable_partition(measures.begin(), measures.end(),
                        [](const Measure& measure) { return measure.headline; });
  std::vector<std::string> rows(models.size());
  for (std::size_t i = 0; i < models.size(); ++i) {
    rows[i] = fmt::format(R"(<tr><th scope="row">{}</th>)", name_html(models[i]->name));
  }
  std::string head, meanings;
  for (const Measure& measure : measures) {
    head += fmt::format(R"(<th scope="col">{}</th>)", prose_html(measure.name));
    if (!measure.meaning.empty()) {
      meanings += fmt::format("<dt>{}</dt><dd>{}</dd>", prose_html(measure.name),
                              prose_html(measure.meaning));
    }
    const std::vector<Reading> readings = read_all(measure, models);
    const std::vector<bool> best = best_of(measure, readings);
    for (std::size_t i = 0; i < models.size(); ++i) {
      rows[i] += cell_html(measure, readings[i], best[i]);
    }
  }
  return fmt::format(
      "<div class=\"scroll\"><table class=\"wide\">\n"
      "<thead><tr><th></th>{}</tr></thead>\n<tbody>\n{}</tr></tbody></table></div>\n"
      "<details><summary>What the measures mean</summary><div><dl>{}</dl></div></details>",
      head, fmt::join(rows, "</tr>\n"), meanings);
}

std::string table_html(const char* title, const char* subtitle,
                       const std::vector<Measure>& measures,
                       const std::vector<const evaluate::ModelResult*>& models) {
  if (models.empty()) return "";
  const bool wide = models.size() > kSideBySide;
  std::string html = fmt::format(
      "<section><h2>{}</h2><p class=\"about\">{}. Small figures are 95&nbsp;% intervals; the best "
      "of a {} is bold.</p>\n",
      title, subtitle, wide ? "column" : "row");
  if (wide) return html + wide_table_html(measures, models) + "</section>\n";
  html += fmt::format("<div class=\"scroll\"><table style=\"--arms:{}\">\n<thead><tr><th></th>",
                      models.size());
  for (const evaluate::ModelResult* model : models) {
    html += fmt::format(R"(<th scope="col">{}</th>)", name_html(model->name));
  }
  html += "</tr></thead>\n<tbody>\n";
  for (const Measure& measure : measures) html += row_html(measure, models);
  return html + "</tbody></table></div></section>\n";
}

}  // namespace

std::string tables_html(const evaluate::Results& comparison) {
  std::vector<const evaluate::ModelResult*> all, with_unseen;
  for (const evaluate::ModelResult& model : comparison.models) {
    all.push_back(&model);
    if (model.unseen) with_unseen.push_back(&model);
  }
  return table_html(kUnseenTitle, kUnseenSubtitle, unseen_measures(), with_unseen) +
         table_html(kInDomainTitle, in_domain_subtitle(comparison), in_domain_measures(comparison),
                    all);
}

}  // namespace oneormany::report
