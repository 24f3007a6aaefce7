// The page's prose: verdict, notes, the charts' captions, and what is folded away at the end.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "report/describe.h"
#include "report/measures.h"
#include "report/page.h"
#include "report/text.h"
#include "report/verdict.h"
#include "report/verdict_parts.h"

namespace oneormany::report {
namespace {

constexpr std::size_t kFewCharts = 6;  // more arms than this, and most charts are folded away

std::string aside(const char* title, const std::vector<std::string>& items) {
  if (items.empty()) return "";
  std::string html = fmt::format("<section class=\"aside\"><h2>{}</h2><ul>\n", title);
  for (const auto& item : items) html += "<li>" + item + "</li>\n";
  return html + "</ul></section>";
}

std::string folded(const std::string& summary, const std::string& content) {
  return fmt::format("<details><summary>{}</summary><div>{}</div></details>\n", summary, content);
}

std::string caption(const evaluate::ModelResult& model) {
  const std::string name = "<h3>" + escape_html(model.name) + "</h3>";
  if (!model.unseen) return name;
  const evaluate::Measured& keeping = model.unseen->keeping_95;
  return name + fmt::format(
                    "<p class=\"figure\"><b>{}</b> <span>of the unseen pictures get a label "
                    "(95&nbsp;% interval {}), threshold {}</span></p>",
                    format_value(Unit::kShare, keeping.value),
                    prose_html(format_interval(Unit::kShare, {keeping.low, keeping.high})),
                    format_value(Unit::kThreshold, model.unseen->threshold));
}

bool any_unseen(const evaluate::Results& comparison) {
  for (const evaluate::ModelResult& model : comparison.models) {
    if (model.unseen) return true;
  }
  return false;
}

/// The arms whose charts aren't folded away: all where they are few; else the recommended one and
/// the plain ones that it is measured against.
std::set<std::size_t> main_models(const evaluate::Results& comparison) {
  const bool few = comparison.models.size() <= kFewCharts;
  const std::size_t shown = shown_model(comparison);
  const evaluate::ModelResult* classes = plain_model(comparison, loss::Activation::kSoftmax);
  const evaluate::ModelResult* labels = plain_model(comparison, loss::Activation::kSigmoid);
  std::set<std::size_t> models;
  for (std::size_t i = 0; i < comparison.models.size(); ++i) {
    const evaluate::ModelResult* model = &comparison.models[i];
    if (few || i == shown || model == classes || model == labels) models.insert(i);
  }
  return models;
}

/// Losses and heads of all arms: "softmax and cross_entropy (classes), sigmoid and …".
std::string how_fitted(const evaluate::Results& comparison) {
  std::vector<std::string> losses;
  std::set<std::string> known;
  std::set<std::string> heads;
  for (const evaluate::ModelResult& model : comparison.models) {
    if (model.head) heads.insert(std::string(head::name_of(*model.head)));
    if (!known.insert(model.loss.text()).second) continue;
    losses.push_back(
        fmt::format("{} and <code>{}</code> ({})", loss::name_of(model.activation),
                    escape_html(model.loss.text()),
                    model.activation == loss::Activation::kSoftmax ? "classes" : "labels"));
  }
  std::vector<std::string> kinds;
  const auto add = [&](const char* head, const char* what) {
    if (heads.count(head) > 0) kinds.push_back(what);
  };
  add("linear", "a linear layer");
  add("rbf", "a linear layer on how near a picture is to known ones (rbf)");
  add("mlp", "a small network of two layers with batch norm and dropout (mlp)");
  return fmt::format("{}, under {}", fmt::join(kinds, ", or "), fmt::join(losses, ", "));
}

std::string how_it_was_measured(const evaluate::Results& comparison) {
  if (comparison.from_logits()) {
    return "<p>The logits came from other programs and were judged as they are: probabilities are "
           "their softmax, or the sigmoid of each. Nothing was trained, and no picture was read. "
           "The figures hold for new pictures only if no model was trained on any of these.</p>";
  }
  return fmt::format(
      "<p>The pictures of the classes were parted into {}. Each fold was judged by heads trained "
      "on the others, so no picture was judged by a model that saw it; exact duplicates are always "
      "in the same fold.</p><p>The backbone ({}, {} px, {}) is the same for every model and was "
      "not trained. Only the head on top of its features was: {}.</p>",
      base::counted(static_cast<std::size_t>(comparison.protocol->folds), "fold"),
      escape_html(comparison.protocol->backbone), comparison.protocol->size,
      backbone::name_of(comparison.protocol->precision), how_fitted(comparison));
}

std::string how_to_read(const evaluate::Results& comparison) {
  const std::string html =
      how_it_was_measured(comparison) +
      "<p>The threshold that keeps 95 % is the probability that an answer must reach so that 95 % "
      "of the answers that are right, in domain, are still given. It is chosen on pictures of the "
      "classes alone; unseen pictures never choose anything. So the share of unseen pictures that "
      "still get a label at that threshold can be compared between models, which shares at a fixed "
      "threshold can't.</p><p>Intervals are 95 % bootstrap intervals over pictures. Two models "
      "whose intervals overlap widely may well be equally good.</p>";
  return folded("How this was measured, and how to read it", html);
}

std::string class_list(const evaluate::Results& comparison) {
  std::string html = "<dl>";
  for (const evaluate::ClassCount& one : comparison.data.classes) {
    html += fmt::format("<dt>{}</dt><dd>{}</dd>", escape_html(one.name),
                        base::counted(one.count, "picture"));
  }
  return folded(base::counted(comparison.data.classes.size(), "class"), html + "</dl>");
}

std::string skip_list(const evaluate::Results& comparison) {
  if (comparison.data.skipped.empty()) return "";
  std::string html = "<dl class=\"skips\">";
  for (const data::Skip& skip : comparison.data.skipped) {
    html += fmt::format("<dt>{}</dt><dd>{}</dd>", escape_html(skip.file.string()),
                        escape_html(skip.why));
  }
  return folded(base::counted(comparison.data.skipped.size(), "file") + " left out",
                html + "</dl>");
}

}  // namespace

std::string verdict_html(const evaluate::Results& comparison) {
  const auto text = verdict(comparison).paragraphs();
  if (text.empty()) return "";
  std::string html = "<section class=\"verdict\"><h2>Verdict</h2>\n";
  for (const auto& paragraph : text) html += "<p>" + prose_html(paragraph) + "</p>\n";
  return html + "</section>";
}

std::string untrained_html(const evaluate::Results& comparison) {
  std::vector<std::string> items;
  for (const auto& [names, why] : untrained_by_reason(comparison)) {
    items.push_back(fmt::format(
        "<b>{}</b>: {}", escape_html(fmt::format("{}", fmt::join(names, ", "))), escape_html(why)));
  }
  return aside("Not trained", items);
}

std::string notes_html(const evaluate::Results& comparison) {
  std::vector<std::string> items;
  for (const auto& note : comparison.data.notes) items.push_back(escape_html(note));
  return aside("Worth knowing", items);
}

std::string charts_html(const evaluate::Results& comparison) {
  if (comparison.models.empty()) return "";
  std::string html =
      "<section><h2>How sure is each model?</h2>\n<p class=\"about\">The highest probability that "
      "each picture gets. A model that knows its limits puts pictures of the classes on the right "
      "and unseen ones on the left. The scales above and below the line differ.</p>\n"
      "<ul class=\"key\"><li><span class=\"swatch seen\"></span>pictures of the classes</li>";
  if (any_unseen(comparison)) {
    html +=
        "<li><span class=\"swatch unseen\"></span>unseen pictures, of none of the classes</li>"
        "<li><span class=\"swatch threshold\"></span>threshold that keeps 95 % of the right "
        "answers; pale: below it</li>";
  }
  html += "</ul>\n";
  const std::set<std::size_t> main = main_models(comparison);
  std::string shown, others;
  for (std::size_t i = 0; i < comparison.models.size(); ++i) {
    (main.count(i) > 0 ? shown : others) += fmt::format(
        "<figure class=\"arm\"><figcaption>{}</figcaption><div class=\"chart\" id=\"chart-{}\">"
        "</div></figure>\n",
        caption(comparison.models[i]), i);
  }
  html += "<div class=\"arms\">\n" + shown + "</div>\n";
  if (!others.empty()) {
    html += folded(fmt::format("The other {} models", comparison.models.size() - main.size()),
                   "<div class=\"arms\">\n" + others + "</div>");
  }
  html += "</section>";
  if (!any_unseen(comparison)) {
    html +=
        "\n<section class=\"aside\"><p>No unseen pictures were given, so nothing is known about "
        "what these models say of pictures of none of the classes. Give " +
        std::string(comparison.from_logits() ? "their logits" : "a folder") +
        " of such pictures with --unseen.</p></section>";
  }
  return html;
}

std::string details_html(const evaluate::Results& comparison) {
  return "<div class=\"details\">\n" + how_to_read(comparison) + background_html(comparison) +
         class_list(comparison) + skip_list(comparison) + "</div>";
}

}  // namespace oneormany::report
