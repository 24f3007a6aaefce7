// The page's two tables: measures are rows, arms are columns, intervals stand under their values.

#include <fmt/format.h>

#include "report/describe.h"
#include "report/measures.h"
#include "report/page.h"
#include "report/text.h"

namespace oneormany {
namespace {

/// A name may break before its "+".
std::string name_html(const std::string& name) {
  std::string html = escape_html(name);
  for (std::size_t at = html.find('+', 1); at != std::string::npos; at = html.find('+', at + 6)) {
    html.insert(at, "<wbr>");
  }
  return html;
}

std::string row_html(const Measure& measure, const std::vector<const Arm*>& arms) {
  std::vector<Reading> readings;
  for (const Arm* arm : arms) readings.push_back(measure.read(*arm));
  const std::vector<bool> best = best_of(measure, readings);

  std::string html = fmt::format(R"(<tr{}><th scope="row">{}<small>{}</small></th>)",
                                 measure.headline ? R"( class="headline")" : "",
                                 escape_html(measure.name), prose_html(measure.meaning));
  for (std::size_t i = 0; i < readings.size(); ++i) {
    html += fmt::format("<td{}>{}", best[i] ? R"( class="best")" : "",
                        escape_html(format_value(measure.unit, readings[i].value)));
    if (readings[i].ci95 && readings[i].ci95->first < readings[i].ci95->second) {
      html += "<small>" + format_interval(measure.unit, *readings[i].ci95) + "</small>";
    }
    html += "</td>";
  }
  return html + "</tr>\n";
}

std::string table_html(const char* title, const char* subtitle,
                       const std::vector<Measure>& measures, const std::vector<const Arm*>& arms) {
  if (arms.empty()) return "";
  std::string html = fmt::format(
      "<section><h2>{}</h2><p class=\"about\">{}. Small figures are 95&nbsp;% intervals; the best "
      "of a "
      "row is bold.</p>\n<div class=\"scroll\"><table style=\"--arms:{}\">\n<thead><tr><th></th>",
      title, subtitle, arms.size());
  for (const Arm* arm : arms) {
    html += fmt::format(R"(<th scope="col">{}</th>)", name_html(arm->name));
  }
  html += "</tr></thead>\n<tbody>\n";
  for (const Measure& measure : measures) html += row_html(measure, arms);
  return html + "</tbody></table></div></section>\n";
}

}  // namespace

std::string tables_html(const Comparison& comparison) {
  std::vector<const Arm*> all, with_unseen;
  for (const Arm& arm : comparison.arms) {
    all.push_back(&arm);
    if (arm.unseen) with_unseen.push_back(&arm);
  }
  return table_html(kUnseenTitle, kUnseenSubtitle, unseen_measures(), with_unseen) +
         table_html(kInDomainTitle, in_domain_subtitle(comparison), in_domain_measures(comparison),
                    all);
}

}  // namespace oneormany
