#pragma once
// A report before anybody knows where it is shown: built once from the results, then written by two
// small renderers, for a terminal and as a page. All text is as the user gave it: renderers make it
// safe.

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "evaluate/results.h"

namespace oneormany::report {

/// Where something is shown.
enum class Level {
  kBrief,  ///< everywhere
  kFull,   ///< in the page, and in a terminal that wants it all
  kPage    ///< in the page alone
};

struct Cell {
  std::string text = "–";     ///< a dash: not known
  std::string interval = {};  ///< 95 %, without brackets; empty: none
  std::string brief = {};     ///< what a terminal shows for both; empty: the text
  bool best = false;          ///< of its column
};

struct Column {
  std::string name;
  std::string meaning = {};  ///< a sentence or two in plain words; empty: the name says it
  bool headline = false;     ///< the figure that the whole comparison is about
  bool words = false;        ///< its cells are words, not numbers
  Level level = Level::kBrief;
};

struct Row {
  std::string name;
  std::string note = {};  ///< below the name
  bool warning = false;   ///< the note is one
  bool marked = false;    ///< the recommended or chosen one
  bool pale = false;      ///< little can be said of it
  Level level = Level::kBrief;
  std::vector<Cell> cells = {};  ///< one for each column
};

struct Table {
  enum class Style {
    kMeasures,  ///< models by their measures: the page turns it where the models are few
    kList,      ///< one of many rows
    kSlim       ///< of a few short columns
  };
  enum class Meanings { kHidden, kFolded, kOpen };  ///< how the page tells what columns mean
  Style style = Style::kList;
  Meanings meanings = Meanings::kHidden;
  std::string what = {};  ///< what the rows are: "model"
  std::vector<Column> columns;
  std::vector<Row> rows = {};
};

struct Heading {
  std::string text;
  bool minor = false;  ///< below another one
};
struct Text {
  std::string words;
  bool note = false;  ///< on how to read what follows
};
struct Terms {
  std::vector<std::pair<std::string, std::string>> items;  ///< a name and what is said of it
};
struct Bullets {
  std::vector<std::string> items;
};
/// What the colours of a chart mean: the style of a mark, and its words.
struct Key {
  std::vector<std::pair<std::string, std::string>> marks;
};
/// Places that the page's script draws in. With a title they stand side by side, each below it.
struct Charts {
  struct One {
    std::string id;          ///< by which the script finds it
    std::string style = {};  ///< a class more
    std::string title = {};
    std::string figure = {}, caption = {};  ///< a large number, and what it is
  };
  std::vector<One> all;
};
struct Gallery {
  struct Answer {
    std::string who, label, probability;
    std::optional<double> bar = {};  ///< its length, 0–1; none: no bar
    bool accepted = true;            ///< else it is struck through: no label
  };
  struct Picture {
    std::filesystem::path file;
    std::vector<Answer> answers;
  };
  std::vector<Picture> pictures;
};

struct Part {
  std::variant<Heading, Text, Terms, Bullets, Key, Charts, Gallery, Table> content;
  Level level = Level::kFull;
  std::string fold = {};  ///< in the page folded away below these words, with its neighbours
};

struct Section {
  std::string id;  ///< "scores"
  std::string title = {}, note = {};
  /// The same for a terminal that shows only the parts and rows that are kBrief; empty: as above.
  std::string brief_title = {}, brief_note = {};
  std::vector<Part> parts = {};
};

/// What to use, and what it will do.
struct Card {
  std::string title, rule;
  std::string setting = {};  ///< score and threshold, for those who build it in
  std::string warning = {};  ///< empty: none
  struct Figure {
    Cell cell;
    std::string caption;  ///< goes on where the figure ends: "of unrelated pictures …"
  };
  std::vector<Figure> figures = {};
};

struct Document {
  std::string title, data, protocol;
  std::optional<Card> card;
  std::vector<std::string> verdict;    ///< paragraphs
  std::vector<std::string> advice;     ///< the verdict's end, in sentences: what to do next
  std::vector<Section> sections = {};  ///< none is empty
  std::string chart_data;              ///< chart_data_json()
  std::string footer;
};

/// Throws Error if any number of the results is NaN or infinite, and says which.
Document document(const evaluate::Results& results);

/// What a terminal can show.
struct Look {
  int width = 80;       ///< columns, at least 40
  bool colour = false;  ///< escape sequences for colour and weight
  bool unicode = true;  ///< else nothing but ASCII is drawn
};

/// `verbose`: all but what only a page can show; else what to use and what it will do, the models,
/// the classes with trouble, and advice.
std::string terminal_text(const Document& document, const Look& look, bool verbose);

/// One file that works offline; charts by Vega-Lite, whose scripts are read from `share_dir`/vega
/// and inlined. `reading`: of the pictures that are shown; none: no picture is, but its name.
/// Throws Error without the scripts, Interrupted on Ctrl-C.
std::string page_html(const Document& document, const std::filesystem::path& share_dir,
                      const std::optional<image::ImageOptions>& reading);

}  // namespace oneormany::report
