#pragma once
// The page's template, style and script: page.html, page.css, page.js.

namespace oneormany::report {

extern const char* const kPageHtml;  ///< {{name}} marks where a part goes
extern const char* const kPageCss;
extern const char* const kPageJs;

}  // namespace oneormany::report
