#include "report/classes.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/printable.h"
#include "report/figures.h"
#include "report/measures.h"
#include "report/page.h"
#include "report/text.h"

namespace oneormany::report {

using OfClass = evaluate::Recommendation::PerClass;

std::vector<ClassColumn> class_columns(const evaluate::Recommendation& recommended) {
  std::vector<ClassColumn> columns{
      {"recall", "of its pictures those that are recognised: it is their most probable class",
       [](const OfClass& one) { return std::optional(one.recall); }},
      {"precision", "of the pictures that are taken for it those that are its own",
       [](const OfClass& one) { return one.precision; }},
      {"given", "of its pictures those that get it as their label, at the recommended threshold",
       [](const OfClass& one) { return std::optional(one.given); }},
      {"unseen", "of the unseen pictures those that get it as their label",
       [](const OfClass& one) { return one.unseen; }}};
  std::erase_if(columns, [&](const ClassColumn& column) {
    return std::none_of(recommended.classes.begin(), recommended.classes.end(),
                        [&](const OfClass& one) { return column.read(one).has_value(); });
  });
  return columns;
}

std::vector<std::size_t> worst_classes_first(const evaluate::Recommendation& recommended) {
  std::vector<std::size_t> order(recommended.classes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return recommended.classes[a].recall.value < recommended.classes[b].recall.value;
  });
  return order;
}

std::string mistaken_text(const evaluate::Results& comparison, std::size_t number) {
  const OfClass& one = comparison.recommended->classes.at(number);
  if (!one.mistaken_for) return "–";
  return fmt::format("{} ({})", base::printable(comparison.data.classes.at(*one.mistaken_for).name),
                     percent_text(one.mistaken));
}

std::string classes_html(const evaluate::Results& comparison) {
  if (!comparison.recommended || comparison.recommended->classes.empty()) return "";
  const evaluate::Recommendation& use = *comparison.recommended;
  const auto columns = class_columns(use);
  std::string head, meanings, rows;
  for (const ClassColumn& column : columns) {
    head += fmt::format(R"(<th scope="col" title="{}">{}</th>)", escape_html(column.meaning),
                        escape_html(column.name));
    meanings += fmt::format("<dt>{}</dt><dd>{}</dd>", escape_html(column.name),
                            escape_html(column.meaning));
  }
  for (const std::size_t number : worst_classes_first(use)) {
    const evaluate::ClassCount& own = comparison.data.classes.at(number);
    rows += fmt::format(R"(<tr><th scope="row">{}</th><td>{}</td>)", escape_html(own.name),
                        base::grouped(own.count));
    for (const ClassColumn& column : columns) {
      rows += cell_html(Unit::kShare, column.read(use.classes[number]), false);
    }
    rows += fmt::format("<td class=\"words\">{}</td></tr>\n",
                        escape_html(mistaken_text(comparison, number)));
  }
  return fmt::format(
      "<section class=\"labels\"><h2>Class by class</h2>\n<p class=\"about\">Of \"{}\", out of "
      "fold; the classes "
      "that are recognised worst come first.</p>\n<dl>{}</dl>\n<div class=\"scroll\"><table "
      "class=\"each\"><thead><tr><th scope=\"col\">class</th><th scope=\"col\">pictures</th>{}<th "
      "scope=\"col\">mistaken for</th></tr></thead>\n<tbody>\n{}</tbody></table></div></section>",
      escape_html(comparison.models.at(use.model).name), meanings, head, rows);
}

}  // namespace oneormany::report
