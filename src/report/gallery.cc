#include <fmt/format.h>
#include <glib.h>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "base/stop.h"
#include "image/image.h"
#include "report/describe.h"
#include "report/measures.h"
#include "report/page.h"
#include "report/text.h"

namespace oneormany::report {
namespace {

constexpr int kSide = 320;  // twice what is shown, for sharp screens and paper

std::string base64(const std::string& bytes) {
  const std::unique_ptr<char, decltype(&g_free)> text(
      g_base64_encode(reinterpret_cast<const guchar*>(bytes.data()), bytes.size()), &g_free);
  return text.get();
}

/// The picture, or why it can't be shown: a file may have gone since it was judged.
std::string picture_html(const std::filesystem::path& file, double max_megapixels) {
  try {
    return fmt::format(R"(<img alt="{}" src="data:image/jpeg;base64,{}">)",
                       escape_html(file.filename().string()),
                       base64(image::thumbnail_jpeg(file, kSide, max_megapixels)));
  } catch (const Error& error) {
    return fmt::format("<p>{}</p>", escape_html(error.what()));
  }
}

std::string answer_html(const evaluate::ModelResult& model,
                        const evaluate::FalseAccept::Prediction& answer) {
  const std::string label = escape_html(answer.label);
  return fmt::format(
      R"(<dl class="answer{}"><dt>{}</dt><dd>{}<span class="number">{}</span></dd>)"
      R"(<dd class="bar"><i style="width:{:.1f}%"></i></dd></dl>)",
      answer.labelled ? "" : " quiet", escape_html(model.name),
      answer.labelled
          ? fmt::format(R"(<span class="label" title="{0}">{0}</span>)", label)
          : fmt::format(
                R"(<s class="label" title="{0}">{0}</s> <span class="none">no label</span>)",
                label),
      format_value(Unit::kProbability, answer.probability),
      100 * std::clamp(answer.probability, 0.0, 1.0));
}

/// All arms where they are few; else the recommended one and the first three others.
std::vector<std::size_t> shown_arms(const evaluate::Results& comparison) {
  std::vector<std::size_t> models;
  const bool few = comparison.models.size() <= kSideBySide;
  if (!few) models.push_back(shown_model(comparison));
  for (std::size_t i = 0; i < comparison.models.size() && models.size() < kSideBySide; ++i) {
    if (few || i != models[0]) models.push_back(i);
  }
  return models;
}

std::string frame_html(const std::filesystem::path& file, double max_megapixels) {
  return fmt::format(
      R"(<figure class="mistake"><div class="frame">{}</div><figcaption title="{}">{}</figcaption>)",
      picture_html(file, max_megapixels), escape_html(file.string()),
      escape_html(file.filename().string()));
}

}  // namespace

std::string gallery_html(const evaluate::Results& comparison, double max_megapixels) {
  if (comparison.false_accepts.empty()) return "";
  std::string html =
      "<section><h2>The most confident mistakes</h2>\n"
      "<p class=\"about\">Unseen pictures, of none of the classes, that were given a label: first "
      "by the recommended model, the highest probabilities first. An answer that does not reach "
      "the threshold is struck through: the model gives no label, and is right. The threshold is "
      "the recommended one; of other models the one that keeps 95 % of the right "
      "answers.</p>\n<div class=\"gallery\">\n";
  const auto models = shown_arms(comparison);
  for (const evaluate::FalseAccept& false_accept : comparison.false_accepts) {
    base::throw_if_stopped();
    html += frame_html(false_accept.file, max_megapixels);
    for (const std::size_t i : models) {
      if (i < false_accept.predictions.size())
        html += answer_html(comparison.models[i], false_accept.predictions[i]);
    }
    html += "</figure>\n";
  }
  return html + "</div></section>";
}

std::string label_errors_html(const evaluate::Results& comparison, double max_megapixels) {
  if (comparison.label_errors.empty()) return "";
  std::string html =
      "<section><h2>Pictures whose label looks wrong</h2>\n<p class=\"about\">Pictures of the "
      "classes whose label the model, without having seen them, contradicts most. "
      "Either it is wrong, or the label is: look.</p>\n<div class=\"gallery\">\n";
  const auto row = [](const char* what, const std::string& label, double probability) {
    return fmt::format(
        R"(<dl class="answer"><dt>{}</dt><dd><span class="label" title="{}">{}</span>)"
        R"(<span class="number">{}</span></dd></dl>)",
        what, escape_html(label), escape_html(label),
        escape_html(format_value(Unit::kProbability, probability)));
  };
  for (const evaluate::LabelError& one : comparison.label_errors) {
    base::throw_if_stopped();
    html += frame_html(one.file, max_megapixels) +
            row("labelled", one.label, one.label_probability) +
            row("the model says", one.prediction.empty() ? "not " + one.label : one.prediction,
                one.prediction_probability) +
            "</figure>\n";
  }
  return html + "</div></section>";
}

}  // namespace oneormany::report
