#pragma once
// A page in a real browser.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "image/image.h"
#include "tests/folder.h"

namespace oneormany::report {

struct Chart {
  int bars = 0;
  int rules = 0;
  double width = 0;      ///< of the drawn SVG as shown, in pixels; 0 where it is folded away
  double drawn = 0;      ///< as drawn, folded away or not
  bool clipped = false;  ///< some of its words reach out of it
  std::string words;     ///< all of them, parted by "|"
};

/// What a browser made of a page.
struct Browsed {
  std::vector<Chart> charts;
  int reliability_diagrams = 0;  ///< with dots in them
  int pictures = 0;              ///< that were really decoded
  int page_width = 0;
  double narrowest_name = 0;         ///< of the names of rows in tables that are open, in pixels
  double hidden_width = 0;           ///< the most that a table is wider than its place
  bool hacked = false;               ///< a script in user text was run
  std::vector<std::string> console;  ///< messages: errors, warnings, refused requests
};

inline std::string find_browser() {
  std::istringstream path(std::getenv("PATH") ? std::getenv("PATH") : "");
  for (std::string folder; std::getline(path, folder, ':');) {
    for (const char* name : {"chromium", "chromium-browser", "google-chrome"}) {
      const auto file = std::filesystem::path(folder) / name;
      if (std::filesystem::exists(file)) return file.string();
    }
  }
  return "";
}

/// Opens the page in a window `width` pixels wide and looks around when it is drawn.
inline Browsed browse(std::string page, int width) {
  const std::string browser = find_browser();
  if (browser.empty()) {
    ADD_FAILURE() << "no browser on PATH (chromium, chromium-browser, google-chrome): run "
                     "script/setup --tests";
    return {};
  }
  const std::string observer = R"(<script>setTimeout(() => {
    const found = {
      charts: [...document.querySelectorAll(".chart svg")].map((svg) => ({
        bars: svg.querySelectorAll(".mark-rect.role-mark path").length,
        rules: svg.querySelectorAll(".mark-rule.role-mark line").length,
        width: svg.getBoundingClientRect().width,
        drawn: svg.width.baseVal.value,
        clipped: [...svg.querySelectorAll("text")].some((text) => {
          const inner = text.getBoundingClientRect(), outer = svg.getBoundingClientRect();
          return inner.left < outer.left - 1 || inner.right > outer.right + 1; }),
        words: [...svg.querySelectorAll("text")].map((text) => text.textContent).join("|")
          .replaceAll("\u00a0", " ").replace(/[^\w .%+|-]/g, "_") })),
      reliability_diagrams: [...document.querySelectorAll(".reliability .mark-symbol.role-mark")]
        .filter((one) => one.querySelector("path")).length,
      pictures: [...document.images].filter((one) => one.complete && one.naturalWidth > 0).length,
      page_width: document.documentElement.scrollWidth,
      narrowest_name: Math.min(1e9, ...[...document.querySelectorAll("tbody th")]
        .map((one) => one.clientWidth).filter((width) => width > 0)),
      hidden_width: Math.max(0, ...[...document.querySelectorAll("table")]
        .map((one) => one.offsetWidth - one.parentElement.clientWidth)),
      hacked: typeof hacked !== "undefined",
    };
    document.documentElement.innerHTML = "<pre>" + JSON.stringify(found) + "</pre>";
  }, 3000);</script>)";
  page.insert(page.rfind("</body>"), observer);

  const Folder folder;
  const auto file = folder.path() / "page.html", dom = folder.path() / "dom",
             log = folder.path() / "log";
  std::ofstream(file, std::ios::binary) << page;
  const std::string command =
      "timeout 120 '" + browser +
      "' --headless --no-sandbox --disable-gpu --disable-quic --disable-dev-shm-usage"
      " --no-first-run --disable-background-networking --disable-component-update --disable-sync"
      " --virtual-time-budget=5000 --enable-logging=stderr --v=0 --window-size=" +
      std::to_string(width) + ",1000 --user-data-dir='" + (folder.path() / "profile").string() +
      "' --dump-dom 'file://" + file.string() + "' >'" + dom.string() + "' 2>'" + log.string() +
      "'";
  const int status = std::system(command.c_str());
  const std::string text = read_text(dom);
  const std::size_t from = text.find("<pre>"), to = text.find("</pre>");
  if (status != 0 || from == std::string::npos || to == std::string::npos) {
    ADD_FAILURE() << browser << " failed (" << status << "): " << read_text(log)
                  << text.substr(0, 500);
    return {};
  }
  const auto found = nlohmann::json::parse(text.substr(from + 5, to - from - 5));

  Browsed seen;
  for (const auto& chart : found["charts"]) {
    seen.charts.push_back({chart["bars"], chart["rules"], chart["width"], chart["drawn"],
                           chart["clipped"], chart["words"]});
  }
  seen.reliability_diagrams = found["reliability_diagrams"];
  seen.pictures = found["pictures"];
  seen.page_width = found["page_width"];
  seen.narrowest_name = found["narrowest_name"];
  seen.hidden_width = found["hidden_width"];
  seen.hacked = found["hacked"];
  std::istringstream lines(read_text(log));
  for (std::string line; std::getline(lines, line);) {
    if (line.find(":CONSOLE") != std::string::npos) seen.console.push_back(line);
  }
  return seen;
}

}  // namespace oneormany::report
