// The page's parts on what can be relied on: the recommendation, scores, calibration, sets with a
// promise, and where the background is from.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "report/describe.h"
#include "report/measures.h"
#include "report/page.h"
#include "report/text.h"

namespace oneormany {
namespace {

std::string figure(Unit unit, const Measured& m, const std::string& caption) {
  const std::string interval =
      m.low < m.high
          ? fmt::format("<small>{}</small>", prose_html(format_interval(unit, {m.low, m.high})))
          : "";
  return fmt::format("<div><dd>{}{}</dd><dt>{}</dt></div>\n",
                     prose_html(format_value(unit, m.value)), interval, caption);
}

/// Which of the known values are the best.
std::vector<bool> best_scores(const ScoreColumn& column,
                              const std::vector<const ScoreFinding*>& scores) {
  std::vector<Reading> known;
  for (const ScoreFinding* score : scores) {
    if (const auto m = column.read(*score)) known.push_back({m->value});
  }
  const auto best = best_of({.name = "", .unit = column.unit, .better = column.better}, known);
  std::vector<bool> all;
  std::size_t next = 0;
  for (const ScoreFinding* score : scores) all.push_back(column.read(*score) && best[next++]);
  return all;
}

std::string score_table(const Arm& arm, const std::string& chosen) {
  const auto scores = best_rehearsed_first(arm.scores);
  const auto columns = score_columns(scores);
  std::vector<std::string> rows;
  for (const ScoreFinding* score : scores) {
    const bool is_chosen = score->name == chosen;
    rows.push_back(fmt::format(R"(<tr{}><th scope="row">{}{}</th>)",
                               is_chosen ? R"( class="headline")" : "", escape_html(score->name),
                               is_chosen ? "<small>recommended</small>" : ""));
  }
  std::string head;
  for (const ScoreColumn& column : columns) {
    head += fmt::format(R"(<th scope="col" title="{}">{}</th>)", escape_html(column.meaning),
                        escape_html(column.name));
    const auto best = best_scores(column, scores);
    for (std::size_t i = 0; i < scores.size(); ++i) {
      rows[i] += cell_html(column.unit, column.read(*scores[i]), best[i]);
    }
  }
  return fmt::format(
      "<div class=\"scroll\"><table class=\"each\">\n<thead><tr><th scope=\"col\">score</th>{}"
      "</tr></thead>\n<tbody>\n{}</tr></tbody></table></div>\n",
      head, fmt::join(rows, "</tr>\n"));
}

std::string kinds_table(const CalibrationFinding& calibration) {
  std::string html =
      "<div class=\"scroll\"><table class=\"each slim\">\n<thead><tr><th scope=\"col\">kind</th>"
      "<th scope=\"col\">log-loss</th><th scope=\"col\">ECE</th></tr></thead>\n<tbody>\n";
  for (const auto& kind : calibration.kinds) {
    const bool chosen = kind.name == calibration.chosen;
    html += fmt::format(R"(<tr{}><th scope="row">{}{}</th><td>{:.3f}</td>{}</tr>)"
                        "\n",
                        chosen ? R"( class="headline")" : "", escape_html(kind.name),
                        chosen ? "<small>chosen</small>" : "", kind.log_loss,
                        cell_html(Unit::kNumber, kind.ece, false));
  }
  return html + "</tbody></table></div>\n";
}

std::string difference_rows(const Comparison& comparison) {
  std::string html;
  for (const ArmDifference& one : comparison.differences) {
    const Arm& arm = comparison.arms.at(one.arm);
    const auto text = [](double value, bool share) {
      return share ? fmt::format("{:+.1f} %", 100 * value) : fmt::format("{:+.3f}", value);
    };
    const auto difference = [&](const Measured& m, bool share, bool differs) {
      return fmt::format("<td{}>{}<small>{} to {}</small></td>", differs ? " class=\"best\"" : "",
                         text(m.value, share), text(m.low, share), text(m.high, share));
    };
    const bool share = !arm.in_domain.labels;
    html +=
        fmt::format(R"(<tr><th scope="row">{}</th>{}<td>{}</td>{}</tr>)"
                    "\n",
                    escape_html(arm.name), difference(one.score, share, one.score_differs),
                    share ? fmt::format("{:.3f}", one.p) : "–",
                    one.unseen ? difference(*one.unseen, true, one.unseen_differs) : "<td>–</td>");
  }
  return html;
}

}  // namespace

std::string cell_html(Unit unit, const std::optional<Measured>& m, bool best) {
  if (!m) return "<td>–</td>";
  std::string html = fmt::format("<td{}>{}", best ? R"( class="best")" : "",
                                 escape_html(format_value(unit, m->value)));
  if (m->low < m->high) {
    html += "<small>" + escape_html(format_interval(unit, {m->low, m->high})) + "</small>";
  }
  return html + "</td>";
}

std::string by_arm_html(const Comparison& comparison,
                        const std::function<std::string(std::size_t)>& part) {
  const std::size_t shown = shown_arm(comparison);
  std::string html = part(shown), others;
  for (std::size_t i = 0; i < comparison.arms.size(); ++i) {
    const std::string other = i == shown ? "" : part(i);
    if (other.empty()) continue;
    others += fmt::format("<h3>{}</h3>\n{}", escape_html(comparison.arms[i].name), other);
  }
  if (others.empty()) return html;
  return html + "<details><summary>The other models</summary><div>" + others + "</div></details>\n";
}

std::string card_html(const Comparison& comparison) {
  const auto lines = describe_recommendation(comparison);
  if (lines.empty()) return "";
  const Recommendation& use = *comparison.recommended;
  const Arm& arm = comparison.arms.at(use.arm);
  std::string html = fmt::format(
      "<section class=\"card\"><h2>Use {}</h2>\n<p>Score <b>{}</b>; from a threshold of <b>{}</b> "
      "the answer is given, below it say “none of these”.</p>\n",
      escape_html(arm.name), escape_html(use.score),
      escape_html(format_measured(Unit::kThreshold, use.threshold)));
  if (!use.reachable) {
    html += fmt::format("<p class=\"but\">But {}.</p>\n", prose_html(lines[1].second));
  }
  html +=
      "<dl class=\"figures\">\n" + figure(Unit::kShare, use.kept, "of the right answers are kept");
  if (!use.aim.empty() && !use.aim.starts_with("keep")) {
    html += figure(Unit::kShare, use.precision, "of the answers given are right");
  }
  if (use.rehearsal) {
    html += figure(Unit::kShare, *use.rehearsal,
                   fmt::format("of other pictures are expected to get a label: rehearsed on {}",
                               rehearsed_on(comparison)));
  }
  if (use.unseen) {
    html += figure(Unit::kShare, *use.unseen,
                   fmt::format("of your {} {}, which chose nothing",
                               counted(comparison.unseen, "unseen picture"),
                               use.rehearsal ? "did" : "get a label"));
  }
  const auto& labels = arm.in_domain.labels;
  html += labels ? figure(Unit::kNumber, labels->macro_map, "macro mAP")
                 : figure(Unit::kShare, arm.in_domain.accuracy, "accuracy of all answers");
  return html + "</dl></section>";
}

std::string scores_html(const Comparison& comparison) {
  if (comparison.arms.empty()) return "";
  const std::size_t shown = shown_arm(comparison);
  const auto& use = comparison.recommended;
  const auto part = [&](std::size_t i) {
    const Arm& arm = comparison.arms[i];
    if (arm.scores.empty()) return std::string();
    return score_table(arm, use && use->arm == i ? use->score : "");
  };
  const std::string tables = by_arm_html(comparison, part);
  if (tables.empty()) return "";
  const char* rehearsal =
      !comparison.from_logits
          ? " The rehearsal hides one kind of background after the other from the model and shows "
            "it then: it is what scores are chosen by. How near it came to the truth shows beside "
            "it."
      : comparison.background > 0
          ? " The rehearsal is with the background: it is what scores are chosen by. How near it "
            "came to the truth shows beside it."
          : "";
  return fmt::format(
      "<section><h2>Unseen scores</h2>\n<p class=\"about\">Ways to tell a picture of the classes "
      "from any other, of {}; each at its threshold that {}.{}</p>\n"
      "<ul class=\"key\"><li><span class=\"dot seen\"></span>expected (rehearsed)</li>"
      "<li><span class=\"dot unseen\"></span>the truth on unseen pictures</li></ul>\n"
      "<div class=\"chart\" id=\"scores\"></div>\n{}</section>",
      escape_html(comparison.arms[shown].name), prose_html(describe_compared(comparison)),
      rehearsal, tables);
}

std::string differences_html(const Comparison& comparison) {
  if (comparison.differences.empty()) return "";
  const Arm& arm = comparison.arms.at(shown_arm(comparison));
  return fmt::format(
      "<section><details><summary>Is another model as good?</summary><div><p "
      "class=\"about\">\"{}\" minus each other model, on the same pictures, with 95&nbsp;% "
      "intervals. Bold: larger than chance.</p>\n"
      "<div class=\"scroll\"><table class=\"each slim\">\n"
      "<thead><tr><th scope=\"col\">model</th><th scope=\"col\">{}</th><th scope=\"col\">p</th>"
      "<th scope=\"col\">unseen labelled</th></tr></thead>\n<tbody>\n{}</tbody></table></div>"
      "</div></details></section>",
      escape_html(arm.name), arm.in_domain.labels ? "macro mAP" : "accuracy",
      difference_rows(comparison));
}

std::string calibration_html(const Comparison& comparison) {
  if (comparison.arms.empty()) return "";
  const Arm& shown = comparison.arms[shown_arm(comparison)];
  const std::string tables = by_arm_html(comparison, [&](std::size_t i) {
    const auto& calibration = comparison.arms[i].calibration;
    return calibration ? kinds_table(*calibration) : std::string();
  });
  if (tables.empty()) return "";
  std::string found = describe_calibration(shown);
  if (!found.empty()) found = fmt::format(" Here: {}.", prose_html(found));
  const std::string chart =
      shown.calibration ? "<div class=\"chart calibration\" id=\"calibration\"></div>\n" : "";
  return fmt::format(
      "<section><h2>Calibration</h2>\n<p class=\"about\">Whether answers given with 80&nbsp;% are "
      "right 8 times in 10: on the dashed line they are. Each kind of calibration was fitted out "
      "of fold to “{}” and judged on what it didn't see; the simplest whose log-loss is within one "
      "standard error of the lowest is chosen.{}</p>\n{}{}</section>",
      escape_html(shown.name), found, chart, tables);
}

std::string sets_html(const Comparison& comparison) {
  if (!comparison.sets) return "";
  const ConformalFinding& sets = *comparison.sets;
  std::string html = fmt::format(
      "<section><h2>Sets with a promise</h2>\n<p class=\"about\">Each picture gets a set of "
      "labels: "
      "none, one or several. Of pictures like yours each label is missing from its picture's set "
      "at most {:g}&nbsp;% of the time; measured, {} of the labels were in their set. A picture of "
      "something else should get the empty set.</p>\n"
      "<ul class=\"key\"><li><span class=\"swatch empty\"></span>empty</li><li><span "
      "class=\"swatch one\"></span>one</li><li><span class=\"swatch several\"></span>several</li>"
      "</ul>\n<div class=\"chart\" id=\"sets\"></div>\n",
      100 * sets.risk, prose_html(format_measured(Unit::kShare, sets.coverage)));
  if (!sets.without_promise.empty()) {
    html += fmt::format(
        "<p class=\"about\">No promise for: {}. At {:g}&nbsp;% risk it takes {} pictures of a "
        "label in the folds that a set is made from: for pictures of the classes all folds but "
        "their own, for others all. Where they hold fewer, the label is in every set.</p>\n",
        escape_html(fmt::format("{}", fmt::join(sets.without_promise, ", "))), 100 * sets.risk,
        pictures_for_promise(sets.risk));
  }
  return html + "</section>";
}

std::string background_html(const Comparison& comparison) {
  const BackgroundFinding& from = comparison.background_from;
  if (from.own + from.built_in + from.left_out.size() + from.left_out_for_balance == 0) return "";
  std::string html = fmt::format("<p>{} of your own", counted(from.own, "picture"));
  if (!from.bank.empty()) {
    html += fmt::format(" and {} of the bank ({})", grouped(from.built_in), escape_html(from.bank));
  }
  html += ".</p>\n";
  if (from.left_out_for_balance > 0) {
    html += fmt::format("<p>{} left out, so that your own pictures aren't drowned.</p>\n",
                        counted(from.left_out_for_balance, "more was", "more were"));
  }
  if (!from.left_out.empty()) {
    html += "<p>Left out because they are too near to a class:</p>\n<dl>";
    for (const BackgroundFinding::LeftOut& one : from.left_out) {
      html += fmt::format("<dt>{}</dt><dd>{}, near to {}</dd>", escape_html(one.kind),
                          counted(one.pictures, "picture"), escape_html(one.nearest));
    }
    html += "</dl>\n";
  }
  return "<details><summary>The background</summary><div>" + html + "</div></details>\n";
}

}  // namespace oneormany
