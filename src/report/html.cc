// A document as a page.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>

#include "base/base64.h"
#include "base/error.h"
#include "base/stop.h"
#include "image/image.h"
#include "report/document.h"
#include "report/page.h"
#include "report/sections.h"
#include "report/text.h"

namespace oneormany::report {
namespace {

constexpr int kSide = 320;  // of a picture: twice what is shown, for sharp screens and paper

std::string element(const char* name, const std::string& content, const std::string& style = "") {
  if (content.empty()) return "";
  const std::string attribute = style.empty() ? "" : fmt::format(" class=\"{}\"", style);
  return fmt::format("<{0}{1}>{2}</{0}>\n", name, attribute, content);
}

std::string folded(const std::string& summary, const std::string& content) {
  return fmt::format("<details><summary>{}</summary><div>{}</div></details>\n", prose_html(summary),
                     content);
}

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

std::string dl(const std::vector<std::pair<std::string, std::string>>& items,
               const std::string& style = "") {
  std::string html;
  for (const auto& [name, words] : items) {
    html += fmt::format("<dt>{}</dt><dd>{}</dd>", prose_html(name), prose_html(words));
  }
  return element("dl", html, style);
}

// --- tables ---

std::string cell_html(const Column& column, const Cell& cell) {
  return fmt::format(
      "<td{}>{}{}</td>",
      column.words ? R"( class="words")"
      : cell.best  ? R"( class="best")"
                   : "",
      escape_html(cell.text),
      cell.interval.empty() ? "" : "<small>" + escape_html(cell.interval) + "</small>");
}

/// Models side by side, a row for each measure.
std::string turned_table(const Table& table) {
  std::string head, body;
  for (const Row& row : table.rows) {
    head += fmt::format(R"(<th scope="col">{}</th>)", name_html(row.name));
  }
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const Column& column = table.columns[i];
    body += fmt::format(R"(<tr{}><th scope="row">{}<small>{}</small></th>)",
                        column.headline ? R"( class="headline")" : "", escape_html(column.name),
                        prose_html(column.meaning));
    for (const Row& row : table.rows) body += cell_html(column, row.cells[i]);
    body += "</tr>\n";
  }
  return fmt::format(
      "<div class=\"scroll\"><table style=\"--models:{}\">\n<thead><tr><th></th>{}</tr></thead>\n"
      "<tbody>\n{}</tbody></table></div>\n",
      table.rows.size(), head, body);
}

std::string row_html(const Table& table, const Row& row) {
  const std::string note =
      row.note.empty() ? ""
                       : fmt::format("<small{}>{}</small>", row.warning ? R"( class="but")" : "",
                                     escape_html(row.note));
  std::string html = fmt::format(R"(<tr{}><th scope="row">{}{}</th>)",
                                 row.marked ? R"( class="headline")"
                                 : row.pale ? R"( class="pale")"
                                            : "",
                                 name_html(row.name), note);
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    html += cell_html(table.columns[i], row.cells[i]);
  }
  return html + "</tr>\n";
}

std::string show(const Table& table) {
  const bool measures = table.style == Table::Style::kMeasures;
  if (measures && table.rows.size() <= kSideBySide) return turned_table(table);
  std::string head, body;
  std::vector<std::pair<std::string, std::string>> meanings;
  for (const Column& column : table.columns) {
    head += fmt::format(R"(<th scope="col" title="{}">{}</th>)", escape_html(column.meaning),
                        prose_html(column.name));
    if (!column.meaning.empty()) meanings.emplace_back(column.name, column.meaning);
  }
  for (const Row& row : table.rows) body += row_html(table, row);
  std::string html = fmt::format(
      "<div class=\"scroll\"><table class=\"{}\">\n<thead><tr><th scope=\"col\">{}</th>{}"
      "</tr></thead>\n<tbody>\n{}</tbody></table></div>\n",
      measures                             ? "wide"
      : table.style == Table::Style::kSlim ? "each slim"
                                           : "each",
      escape_html(table.what), head, body);
  switch (table.meanings) {
    case Table::Meanings::kHidden:
      break;
    case Table::Meanings::kFolded:
      return html + folded("What the columns mean", dl(meanings));
    case Table::Meanings::kOpen:
      return dl(meanings, "meanings") + html;
  }
  return html;
}

// --- the other parts ---

std::string show(const Heading& heading) {
  return element(heading.minor ? "h4" : "h3", escape_html(heading.text));
}

std::string show(const Text& text) {
  return element("p", prose_html(text.words), text.note ? "about" : "");
}

std::string show(const Terms& terms) { return dl(terms.items); }

std::string show(const Bullets& bullets) {
  std::string html;
  for (const std::string& item : bullets.items) html += element("li", prose_html(item));
  return element("ul", html);
}

std::string show(const Key& key) {
  std::string html;
  for (const auto& [style, words] : key.marks) {
    html += fmt::format("<li><span class=\"swatch {}\"></span>{}</li>", style, prose_html(words));
  }
  return element("ul", html, "key");
}

std::string show(const Charts& charts) {
  std::string html;
  bool titled = false;
  for (const Charts::One& one : charts.all) {
    const std::string place =
        fmt::format("<div class=\"chart {}\" id=\"{}\"></div>\n", one.style, one.id);
    if (one.title.empty()) {
      html += place;
      continue;
    }
    titled = true;
    const std::string figure =
        one.figure.empty() ? ""
                           : fmt::format("<p class=\"figure\"><b>{}</b> <span>{}</span></p>",
                                         prose_html(one.figure), prose_html(one.caption));
    html +=
        fmt::format("<figure class=\"model\"><figcaption><h3>{}</h3>{}</figcaption>{}</figure>\n",
                    escape_html(one.title), figure, place);
  }
  return titled ? element("div", html, "charts") : html;
}

/// The picture, or why it can't be shown: a file may have gone since it was read.
std::string picture_html(const std::filesystem::path& file, const image::ImageOptions& reading) {
  try {
    return fmt::format(R"(<img alt="{}" src="data:image/jpeg;base64,{}">)",
                       escape_html(file.filename().string()),
                       base::to_base64(image::thumbnail_jpeg(file, kSide, reading)));
  } catch (const Error& error) {
    return fmt::format("<p>{}</p>", escape_html(error.what()));
  }
}

std::string answer_html(const Gallery::Answer& answer) {
  const std::string label = escape_html(answer.label);
  const std::string bar = answer.bar
                              ? fmt::format(R"(<dd class="bar"><i style="width:{:.1f}%"></i></dd>)",
                                            100 * std::clamp(*answer.bar, 0.0, 1.0))
                              : "";
  return fmt::format(
      R"(<dl class="answer{}"><dt>{}</dt><dd>{}<span class="number">{}</span></dd>{}</dl>)",
      answer.accepted ? "" : " quiet", escape_html(answer.who),
      answer.accepted
          ? fmt::format(R"(<span class="label" title="{0}">{0}</span>)", label)
          : fmt::format(
                R"(<s class="label" title="{0}">{0}</s> <span class="none">no label</span>)",
                label),
      escape_html(answer.probability), bar);
}

std::string show(const Gallery& gallery, const std::optional<image::ImageOptions>& reading) {
  std::string html;
  for (const Gallery::Picture& one : gallery.pictures) {
    base::throw_if_stopped();
    html += fmt::format(R"(<figure class="picture">{}<figcaption title="{}">{}</figcaption>)",
                        reading ? element("div", picture_html(one.file, *reading), "frame") : "",
                        escape_html(one.file.string()), escape_html(one.file.filename().string()));
    for (const Gallery::Answer& answer : one.answers) html += answer_html(answer);
    html += "</figure>\n";
  }
  return element("div", html, "gallery");
}

// --- the page ---

std::string section_html(const Section& section,
                         const std::optional<image::ImageOptions>& reading) {
  std::string html =
      element("h2", escape_html(section.title)) + element("p", prose_html(section.note), "about");
  std::string fold, inside;
  const auto close = [&] {
    if (!inside.empty()) html += folded(fold, inside);
    inside.clear();
  };
  for (const Part& part : section.parts) {
    const std::string content = std::visit(
        [&](const auto& one) {
          if constexpr (std::is_same_v<std::decay_t<decltype(one)>, Gallery>) {
            return show(one, reading);
          } else {
            return show(one);
          }
        },
        part.content);
    if (part.fold != fold) close();
    fold = part.fold;
    (fold.empty() ? html : inside) += content;
  }
  close();
  return fmt::format("<section class=\"{}\">\n{}</section>\n", section.id, html);
}

std::string card_html(const Card& card) {
  std::string figures;
  for (const Card::Figure& one : card.figures) {
    figures += fmt::format(
        "<div><dd>{}{}</dd><dt>{}</dt></div>\n", prose_html(one.cell.text),
        one.cell.interval.empty() ? "" : "<small>" + prose_html(one.cell.interval) + "</small>",
        prose_html(one.caption));
  }
  return fmt::format(
      "<section class=\"card\"><h2>{}</h2>\n<p>{}</p>\n{}{}{}</section>\n", escape_html(card.title),
      prose_html(card.rule), element("p", prose_html(card.setting), "soft"),
      element("p", prose_html(card.warning), "but"), element("dl", figures, "figures"));
}

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

}  // namespace

std::string page_html(const Document& document, const std::filesystem::path& share_dir,
                      const std::optional<image::ImageOptions>& reading) {
  std::string verdict, sections;
  for (const std::string& paragraph : document.verdict) {
    verdict += element("p", prose_html(paragraph));
  }
  if (!document.advice.empty()) {
    verdict += element("p", prose_html(fmt::format("{}", fmt::join(document.advice, " "))));
  }
  if (!verdict.empty()) verdict = element("section", "<h2>Verdict</h2>\n" + verdict, "verdict");
  for (const Section& one : document.sections) sections += section_html(one, reading);
  const std::filesystem::path vega = share_dir / "vega";
  return fill(kPageHtml, {{"version", ONEORMANY_VERSION},
                          {"title", escape_html(document.title)},
                          {"style", kPageCss},
                          {"data", escape_html(document.data)},
                          {"protocol", escape_html(document.protocol)},
                          {"card", document.card ? card_html(*document.card) : ""},
                          {"verdict", verdict},
                          {"sections", sections},
                          {"footer", escape_html(document.footer)},
                          {"chart_data", document.chart_data},
                          {"vega", script_content(vega / "vega.js")},
                          {"vega_lite", script_content(vega / "vega-lite.js")},
                          {"vega_embed", script_content(vega / "vega-embed.js")},
                          {"script", kPageJs}});
}

}  // namespace oneormany::report
