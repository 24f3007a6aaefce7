// The page's parts on what can be relied on: the recommendation, scores, calibration, sets with a
// promise, and where the background is from.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "report/describe.h"
#include "report/measures.h"
#include "report/page.h"
#include "report/text.h"

namespace oneormany::report {
namespace {

std::string figure(Unit unit, const evaluate::Measured& m, const std::string& caption) {
  const std::string interval =
      m.low < m.high
          ? fmt::format("<small>{}</small>", prose_html(format_interval(unit, {m.low, m.high})))
          : "";
  return fmt::format("<div><dd>{}{}</dd><dt>{}</dt></div>\n",
                     prose_html(format_value(unit, m.value)), interval, caption);
}

/// Which of the known values are the best.
std::vector<bool> best_scores(const ScoreColumn& column,
                              const std::vector<const evaluate::ScoreResult*>& scores) {
  std::vector<Reading> known;
  for (const evaluate::ScoreResult* score : scores) {
    if (const auto m = column.read(*score)) known.push_back({m->value});
  }
  const auto best = best_of({.name = "", .unit = column.unit, .better = column.better}, known);
  std::vector<bool> all;
  std::size_t next = 0;
  for (const evaluate::ScoreResult* score : scores)
    all.push_back(column.read(*score) && best[next++]);
  return all;
}

std::string score_table(const evaluate::ModelResult& model, std::optional<ood::ScoreKind> chosen) {
  const auto scores = best_estimate_first(model.scores);
  const auto columns = score_columns(scores);
  std::vector<std::string> rows;
  for (const evaluate::ScoreResult* score : scores) {
    const bool is_chosen = score->kind == chosen;
    rows.push_back(fmt::format(R"(<tr{}><th scope="row">{}{}</th>)",
                               is_chosen ? R"( class="headline")" : "", ood::name_of(score->kind),
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

std::string kinds_table(const evaluate::CalibrationResult& calibration) {
  std::string html =
      "<div class=\"scroll\"><table class=\"each slim\">\n<thead><tr><th scope=\"col\">kind</th>"
      "<th scope=\"col\">log-loss</th><th scope=\"col\">ECE</th></tr></thead>\n<tbody>\n";
  for (const auto& kind : calibration.methods) {
    const bool chosen = kind.method == calibration.chosen;
    html += fmt::format(R"(<tr{}><th scope="row">{}{}</th><td>{:.3f}</td>{}</tr>)"
                        "\n",
                        chosen ? R"( class="headline")" : "", metrics::name_of(kind.method),
                        chosen ? "<small>chosen</small>" : "", kind.log_loss,
                        cell_html(Unit::kNumber, kind.ece, false));
  }
  return html + "</tbody></table></div>\n";
}

std::string difference_rows(const evaluate::Results& comparison) {
  std::string html;
  for (const evaluate::ModelDifference& one : comparison.differences) {
    const evaluate::ModelResult& model = comparison.models.at(one.model);
    const auto text = [](double value, bool share) {
      return share ? fmt::format("{:+.1f} %", 100 * value) : fmt::format("{:+.3f}", value);
    };
    const auto difference = [&](const evaluate::Measured& m, bool share, bool differs) {
      return fmt::format("<td{}>{}<small>{} to {}</small></td>", differs ? " class=\"best\"" : "",
                         text(m.value, share), text(m.low, share), text(m.high, share));
    };
    const bool share = !model.in_domain.labels;
    html += fmt::format(
        R"(<tr><th scope="row">{}</th>{}<td>{}</td>{}</tr>)"
        "\n",
        escape_html(model.name), difference(one.score, share, one.score_significant),
        share ? fmt::format("{:.3f}", one.p) : "–",
        one.unseen ? difference(*one.unseen, true, one.unseen_significant) : "<td>–</td>");
  }
  return html;
}

}  // namespace

std::string cell_html(Unit unit, const std::optional<evaluate::Measured>& m, bool best) {
  if (!m) return "<td>–</td>";
  std::string html = fmt::format("<td{}>{}", best ? R"( class="best")" : "",
                                 escape_html(format_value(unit, m->value)));
  if (m->low < m->high) {
    html += "<small>" + escape_html(format_interval(unit, {m->low, m->high})) + "</small>";
  }
  return html + "</td>";
}

std::string by_model_html(const evaluate::Results& comparison,
                          const std::function<std::string(std::size_t)>& part) {
  const std::size_t shown = shown_model(comparison);
  std::string html = part(shown), others;
  for (std::size_t i = 0; i < comparison.models.size(); ++i) {
    const std::string other = i == shown ? "" : part(i);
    if (other.empty()) continue;
    others += fmt::format("<h3>{}</h3>\n{}", escape_html(comparison.models[i].name), other);
  }
  if (others.empty()) return html;
  return html + "<details><summary>The other models</summary><div>" + others + "</div></details>\n";
}

std::string card_html(const evaluate::Results& comparison) {
  const auto lines = describe_recommendation(comparison);
  if (lines.empty()) return "";
  const evaluate::Recommendation& use = *comparison.recommended;
  const evaluate::ModelResult& model = comparison.models.at(use.model);
  std::string html = fmt::format(
      "<section class=\"card\"><h2>Use {}</h2>\n<p>Score <b>{}</b>; from a threshold of <b>{}</b> "
      "the answer is given, below it say “none of these”.</p>\n",
      escape_html(model.name), ood::name_of(use.score),
      escape_html(format_measured(Unit::kThreshold, use.threshold)));
  if (!use.reachable) {
    html += fmt::format("<p class=\"but\">But {}.</p>\n", prose_html(lines[1].second));
  }
  html +=
      "<dl class=\"figures\">\n" + figure(Unit::kShare, use.kept, "of the right answers are kept");
  if (use.aim.kind != metrics::Aim::Kind::kKeep) {
    html += figure(Unit::kShare, use.precision, "of the answers given are right");
  }
  if (use.estimate) {
    html += figure(Unit::kShare, *use.estimate,
                   fmt::format("of other pictures are expected to get a label: rehearsed on {}",
                               estimated_on(comparison)));
  }
  if (use.unseen) {
    html += figure(Unit::kShare, *use.unseen,
                   fmt::format("of your {} {}, which chose nothing",
                               base::counted(comparison.data.unseen, "unseen picture"),
                               use.estimate ? "did" : "get a label"));
  }
  const auto& labels = model.in_domain.labels;
  html += labels ? figure(Unit::kNumber, labels->macro_map, "macro mAP")
                 : figure(Unit::kShare, model.in_domain.accuracy, "accuracy of all answers");
  return html + "</dl></section>";
}

std::string scores_html(const evaluate::Results& comparison) {
  if (comparison.models.empty()) return "";
  const std::size_t shown = shown_model(comparison);
  const auto& use = comparison.recommended;
  const auto part = [&](std::size_t i) {
    const evaluate::ModelResult& model = comparison.models[i];
    if (model.scores.empty()) return std::string();
    return score_table(model, use && use->model == i ? std::optional(use->score) : std::nullopt);
  };
  const std::string tables = by_model_html(comparison, part);
  if (tables.empty()) return "";
  const char* held_out =
      !comparison.from_logits()
          ? " The rehearsal hides one kind of background after the other from the model and shows "
            "it then: it is what scores are chosen by. How near it came to the truth shows beside "
            "it."
      : comparison.data.background > 0
          ? " The rehearsal is with the background: it is what scores are chosen by. How near it "
            "came to the truth shows beside it."
          : "";
  return fmt::format(
      "<section><h2>Unseen scores</h2>\n<p class=\"about\">Ways to tell a picture of the classes "
      "from any other, of {}; each at its threshold that {}.{}</p>\n"
      "<ul class=\"key\"><li><span class=\"dot seen\"></span>expected (rehearsed)</li>"
      "<li><span class=\"dot unseen\"></span>the truth on unseen pictures</li></ul>\n"
      "<div class=\"chart\" id=\"scores\"></div>\n{}</section>",
      escape_html(comparison.models[shown].name), prose_html(describe_compared(comparison)),
      held_out, tables);
}

std::string differences_html(const evaluate::Results& comparison) {
  if (comparison.differences.empty()) return "";
  const evaluate::ModelResult& model = comparison.models.at(shown_model(comparison));
  return fmt::format(
      "<section><details><summary>Is another model as good?</summary><div><p "
      "class=\"about\">\"{}\" minus each other model, on the same pictures, with 95&nbsp;% "
      "intervals. Bold: larger than chance.</p>\n"
      "<div class=\"scroll\"><table class=\"each slim\">\n"
      "<thead><tr><th scope=\"col\">model</th><th scope=\"col\">{}</th><th scope=\"col\">p</th>"
      "<th scope=\"col\">unseen labelled</th></tr></thead>\n<tbody>\n{}</tbody></table></div>"
      "</div></details></section>",
      escape_html(model.name), model.in_domain.labels ? "macro mAP" : "accuracy",
      difference_rows(comparison));
}

std::string calibration_html(const evaluate::Results& comparison) {
  if (comparison.models.empty()) return "";
  const evaluate::ModelResult& shown = comparison.models[shown_model(comparison)];
  const std::string tables = by_model_html(comparison, [&](std::size_t i) {
    const auto& calibration = comparison.models[i].calibration;
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

std::string sets_html(const evaluate::Results& comparison) {
  if (!comparison.prediction_sets) return "";
  const evaluate::PredictionSets& sets = *comparison.prediction_sets;
  std::string html = fmt::format(
      "<section><h2>Sets with a promise</h2>\n<p class=\"about\">Each picture gets a set of "
      "labels: "
      "none, one or several. Of pictures like yours each label is missing from its picture's set "
      "at most {:g}&nbsp;% of the time; measured, {} of the labels were in their set. A picture of "
      "something else should get the empty set.</p>\n"
      "<ul class=\"key\"><li><span class=\"swatch empty\"></span>empty</li><li><span "
      "class=\"swatch one\"></span>one</li><li><span class=\"swatch several\"></span>several</li>"
      "</ul>\n<div class=\"chart\" id=\"sets\"></div>\n",
      100 * sets.alpha, prose_html(format_measured(Unit::kShare, sets.coverage)));
  if (!sets.without_guarantee.empty()) {
    html += fmt::format(
        "<p class=\"about\">No promise for: {}. At {:g}&nbsp;% risk it takes {} pictures of a "
        "label in the folds that a set is made from: for pictures of the classes all folds but "
        "their own, for others all. Where they hold fewer, the label is in every set.</p>\n",
        escape_html(fmt::format("{}", fmt::join(sets.without_guarantee, ", "))), 100 * sets.alpha,
        pictures_for_guarantee(sets.alpha));
  }
  return html + "</section>";
}

std::string background_html(const evaluate::Results& comparison) {
  const evaluate::BackgroundSource& from = comparison.data.background_source;
  if (from.own + from.built_in + from.left_out.size() + from.left_out_for_balance == 0) return "";
  std::string html = fmt::format("<p>{} of your own", base::counted(from.own, "picture"));
  if (!from.bank.empty()) {
    html += fmt::format(" and {} of the bank ({})", base::grouped(from.built_in),
                        escape_html(from.bank));
  }
  html += ".</p>\n";
  if (from.left_out_for_balance > 0) {
    html += fmt::format("<p>{} left out, so that your own pictures aren't drowned.</p>\n",
                        base::counted(from.left_out_for_balance, "more was", "more were"));
  }
  if (!from.left_out.empty()) {
    html += "<p>Left out because they are too near to a class:</p>\n<dl>";
    for (const train::LeftOut& one : from.left_out) {
      html += fmt::format("<dt>{}</dt><dd>{}, near to {}</dd>", escape_html(one.folder),
                          base::counted(one.pictures, "picture"), escape_html(one.nearest));
    }
    html += "</dl>\n";
  }
  return "<details><summary>The background</summary><div>" + html + "</div></details>\n";
}

}  // namespace oneormany::report
