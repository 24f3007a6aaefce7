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

namespace oneormany {
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
                       base64(thumbnail_jpeg(file, kSide, max_megapixels)));
  } catch (const Error& error) {
    return fmt::format("<p>{}</p>", escape_html(error.what()));
  }
}

std::string answer_html(const Arm& arm, const Mistake::Answer& answer) {
  const std::string label = escape_html(answer.label);
  return fmt::format(
      R"(<dl class="answer{}"><dt>{}</dt><dd>{}<span class="number">{}</span></dd>)"
      R"(<dd class="bar"><i style="width:{:.1f}%"></i></dd></dl>)",
      answer.labelled ? "" : " quiet", escape_html(arm.name),
      answer.labelled
          ? fmt::format(R"(<span class="label" title="{0}">{0}</span>)", label)
          : fmt::format(
                R"(<s class="label" title="{0}">{0}</s> <span class="none">no label</span>)",
                label),
      format_value(Unit::kProbability, answer.probability),
      100 * std::clamp(answer.probability, 0.0, 1.0));
}

/// All arms where they are few; else the recommended one and the first three others.
std::vector<std::size_t> shown_arms(const Comparison& comparison) {
  std::vector<std::size_t> arms;
  const bool few = comparison.arms.size() <= kSideBySide;
  if (!few) arms.push_back(shown_arm(comparison));
  for (std::size_t i = 0; i < comparison.arms.size() && arms.size() < kSideBySide; ++i) {
    if (few || i != arms[0]) arms.push_back(i);
  }
  return arms;
}

std::string frame_html(const std::filesystem::path& file, double max_megapixels) {
  return fmt::format(
      R"(<figure class="mistake"><div class="frame">{}</div><figcaption title="{}">{}</figcaption>)",
      picture_html(file, max_megapixels), escape_html(file.string()),
      escape_html(file.filename().string()));
}

}  // namespace

std::string gallery_html(const Comparison& comparison, double max_megapixels) {
  if (comparison.mistakes.empty()) return "";
  std::string html =
      "<section><h2>The most confident mistakes</h2>\n"
      "<p class=\"about\">Unseen pictures, of none of the classes, that were given a label: first "
      "by the recommended model, the highest probabilities first. An answer that does not reach "
      "the threshold is struck through: the model gives no label, and is right. The threshold is "
      "the recommended one; of other models the one that keeps 95 % of the right "
      "answers.</p>\n<div class=\"gallery\">\n";
  const auto arms = shown_arms(comparison);
  for (const Mistake& mistake : comparison.mistakes) {
    throw_if_stopped();
    html += frame_html(mistake.file, max_megapixels);
    for (const std::size_t i : arms) {
      if (i < mistake.answers.size()) html += answer_html(comparison.arms[i], mistake.answers[i]);
    }
    html += "</figure>\n";
  }
  return html + "</div></section>";
}

std::string suspects_html(const Comparison& comparison, double max_megapixels) {
  if (comparison.suspects.empty()) return "";
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
  for (const Suspect& one : comparison.suspects) {
    throw_if_stopped();
    html += frame_html(one.file, max_megapixels) +
            row("labelled", one.label, one.label_probability) +
            row("the model says", one.answer.empty() ? "not " + one.label : one.answer,
                one.answer_probability) +
            "</figure>\n";
  }
  return html + "</div></section>";
}

}  // namespace oneormany
