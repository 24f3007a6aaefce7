#include <fmt/format.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <map>

#include "base/error.h"
#include "report/describe.h"
#include "report/finite.h"
#include "report/measures.h"
#include "report/page.h"
#include "report/report.h"
#include "report/text.h"

namespace oneormany::report {
namespace {

/// A script as the content of a script element, which must not hold what ends one. In a string of
/// the script, where alone this can stand, "<\/" means the same.
std::string script_content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in.is_open() || in.bad() || text.empty()) {
    throw Error(file.string() + ": can't read the chart library; run script/setup");
  }
  for (std::size_t at = text.find("</"); at != std::string::npos; at = text.find("</", at + 3)) {
    const auto is_script = [](char a, char b) { return (a | 0x20) == b; };
    const std::string_view name = std::string_view(text).substr(at + 2, 6);
    if (std::equal(name.begin(), name.end(), "script", "script" + 6, is_script)) {
      text.insert(at + 1, 1, '\\');
    }
  }
  return text;
}

/// Puts the parts into the template, in one pass: what looks like a mark inside a part stays.
std::string fill(std::string_view html, const std::map<std::string, std::string>& parts) {
  std::string out;
  for (std::size_t at = html.find("{{"); at != std::string_view::npos; at = html.find("{{")) {
    const std::size_t end = html.find("}}", at);
    out.append(html.substr(0, at));
    out += parts.at(std::string(html.substr(at + 2, end - at - 2)));
    html.remove_prefix(end + 2);
  }
  return out.append(html);
}

std::string footer(const evaluate::Results& comparison) {
  if (comparison.from_logits()) {
    return fmt::format("Made by oneormany {} in {:.1f} s.", ONEORMANY_VERSION,
                       comparison.seconds.total);
  }
  return fmt::format(
      "Made by oneormany {}. Features took {:.1f} s, heads {:.1f} s, everything {:.1f} s.",
      ONEORMANY_VERSION, comparison.seconds.features, comparison.seconds.heads,
      comparison.seconds.total);
}

}  // namespace

std::string html_report(const evaluate::Results& comparison, const std::filesystem::path& share_dir,
                        double max_megapixels) {
  require_finite(comparison);
  const std::filesystem::path vega = share_dir / "vega";
  return fill(kPageHtml, {{"version", ONEORMANY_VERSION},
                          {"title", escape_html(comparison.data.name)},
                          {"style", kPageCss},
                          {"data", escape_html(describe_data(comparison))},
                          {"protocol", escape_html(describe_protocol(comparison))},
                          {"card", card_html(comparison)},
                          {"verdict", verdict_html(comparison)},
                          {"untrained", untrained_html(comparison)},
                          {"notes", notes_html(comparison)},
                          {"charts", charts_html(comparison)},
                          {"scores", scores_html(comparison)},
                          {"tables", tables_html(comparison)},
                          {"differences", differences_html(comparison)},
                          {"classes", classes_html(comparison)},
                          {"labels", labels_html(comparison)},
                          {"calibration", calibration_html(comparison)},
                          {"sets", sets_html(comparison)},
                          {"gallery", gallery_html(comparison, max_megapixels)},
                          {"suspects", label_errors_html(comparison, max_megapixels)},
                          {"details", details_html(comparison)},
                          {"footer", footer(comparison)},
                          {"chart_data", chart_data_json(comparison)},
                          {"vega", script_content(vega / "vega.js")},
                          {"vega_lite", script_content(vega / "vega-lite.js")},
                          {"vega_embed", script_content(vega / "vega-embed.js")},
                          {"script", kPageJs}});
}

}  // namespace oneormany::report
