#include "report/text.h"

#include <glib.h>

#include <memory>

namespace oneormany::report {
namespace {

using GText = std::unique_ptr<char, decltype(&g_free)>;

int columns(gunichar c) { return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1; }

/// Only ASCII white space separates: a no-break space keeps "95 %" in one line.
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Where the longest start of `text` that fits into `width` columns ends, in bytes.
std::size_t prefix_within(std::string_view text, int width) {
  const std::string whole(text);
  const char* at = whole.c_str();
  for (int used = 0; *at != '\0'; at = g_utf8_next_char(at)) {
    used += columns(g_utf8_get_char(at));
    if (used > width) break;
  }
  return static_cast<std::size_t>(at - whole.c_str());
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  std::size_t at = 0, last = 0;
  while (at < text.size()) {
    while (at < text.size() && is_space(text[at])) ++at;
    const std::size_t from = at;
    while (at < text.size() && !is_space(text[at])) ++at;
    if (at == from) break;
    const bool glued = text[from] == '%' && from > 0 && text[from - 1] == ' ' && !words.empty();
    if (glued) {
      words.back() = text.substr(last, at - last);
    } else {
      words.push_back(text.substr(last = from, at - from));
    }
  }
  return words;
}

}  // namespace

int display_width(std::string_view text) {
  const std::string whole(text);
  int width = 0;
  for (const char* at = whole.c_str(); *at != '\0'; at = g_utf8_next_char(at)) {
    width += columns(g_utf8_get_char(at));
  }
  return width;
}

std::vector<std::string> wrap(std::string_view text, int width) {
  std::vector<std::string> lines(1);
  for (const std::string_view raw : words_of(text)) {
    std::string word = base::printable(raw);
    if (!lines.back().empty()) {
      if (display_width(lines.back()) + 1 + display_width(word) <= width) {
        lines.back() += ' ' + word;
        continue;
      }
      lines.emplace_back();
    }
    while (display_width(word) > width) {
      const std::size_t cut = prefix_within(word, width);
      lines.back() = word.substr(0, cut);
      word.erase(0, cut);
      lines.emplace_back();
    }
    lines.back() = word;
  }
  return lines;
}

std::string elided(std::string_view text, int width) {
  std::string clean = base::printable(text);
  if (display_width(clean) <= width) return clean;
  return clean.substr(0, prefix_within(clean, width - 1)) + "…";
}

std::string escape_html(std::string_view text) {
  std::string clean = base::printable(text);
  const GText escaped(g_markup_escape_text(clean.data(), static_cast<gssize>(clean.size())),
                      &g_free);
  return escaped.get();
}

std::string prose_html(std::string_view text) {
  std::string html = escape_html(text);
  for (std::size_t at = html.find(" %"); at != std::string::npos; at = html.find(" %", at)) {
    html.replace(at, 1, "&nbsp;");
  }
  return html;
}

}  // namespace oneormany::report
