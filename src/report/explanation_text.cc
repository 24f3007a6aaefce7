// The explanation as a page for a terminal: a table of probabilities, what they decide, what would
// change them, and the losses.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/printable.h"
#include "report/explanation.h"
#include "report/terminal_writer.h"
#include "report/text.h"

namespace oneormany::report {
namespace {

using Column = TerminalWriter::TextColumn;
using fmt::terminal_color;

constexpr std::size_t kWhole = 24;  // more classes than these: the most likely ones, and the rest
constexpr std::size_t kTop = 8;
constexpr int kShortestBar = 4, kLongestBar = 30;

/// With `digits` after the point; in powers of ten if that would show nothing, or too much.
std::string number(double value, int digits) {
  const double size = std::abs(value);
  if (size != 0 && size < 0.5 * std::pow(10, -digits)) return fmt::format("{:.1e}", value);
  if (size >= 1e7) return fmt::format("{:.{}e}", value, digits);
  return fmt::format("{:.{}f}", value, digits);
}

class ExplanationText {
 public:
  ExplanationText(const app::Explanation& all, int digits, const Look& look)
      : all_(all), digits_(digits), out_(look) {
    shown_.resize(all.logits.size());
    std::iota(shown_.begin(), shown_.end(), 0);
    if (shown_.size() > kWhole) shorten();
    int longest = 5;
    for (const std::size_t i : shown_) longest = std::max(longest, display_width(name(i, 1000)));
    if (hidden() > 0) longest = std::max(longest, display_width(more()));
    name_width_ = std::min(longest, look.width / 5);
  }

  std::string write() {
    head();
    probabilities();
    decisions();
    changes();
    losses();
    return out_.text();
  }

  bool too_wide() const { return out_.too_wide(); }

 private:
  // The classes with the largest logits, in order, and those of the target.
  void shorten() {
    const auto larger = [&](std::size_t a, std::size_t b) {
      return all_.logits[a] > all_.logits[b];
    };
    std::stable_sort(shown_.begin(), shown_.end(), larger);
    const auto in_target = [&](std::size_t i) {
      return all_.target && std::binary_search(all_.target->begin(), all_.target->end(), i);
    };
    std::vector<std::size_t> kept(shown_.begin(), shown_.begin() + kTop);
    for (std::size_t i = kTop; i < shown_.size() && kept.size() < kWhole; ++i) {
      if (in_target(shown_[i])) kept.push_back(shown_[i]);
    }
    shown_ = kept;
  }

  std::size_t hidden() const { return all_.logits.size() - shown_.size(); }
  std::string more() const { return fmt::format("{} more", base::grouped(hidden())); }

  void head() {
    const std::size_t n = all_.logits.size();
    std::string text =
        n == 1 ? "One logit" : fmt::format("One picture, {} logits", base::grouped(n));
    if (all_.rows > 1) {
      text +=
          fmt::format(" (row {} of {}; --row N takes another)", all_.row, base::grouped(all_.rows));
    }
    out_.flow("", text, fmt::emphasis::bold);
    for (const std::string& note : all_.notes) {
      out_.flow("! ", note, fmt::fg(terminal_color::yellow));
    }
    out_.line();
  }

  // --- the table ---

  void probabilities() {
    std::vector<Column> columns{names(), logits()};
    if (all_.normalised) columns.push_back(numbers("z/sum", *all_.normalised));
    columns.push_back(numbers(all_.shifted ? "e^(z-max)" : "e^z", all_.exp));
    columns.push_back(numbers("softmax", all_.softmax));
    columns.push_back(numbers("sigmoid", all_.sigmoid));
    const int room = (out_.look().width - TerminalWriter::width_of(columns)) / 2 - 2;
    if (room >= kShortestBar) {
      const int length = std::min(room, kLongestBar);
      columns.insert(columns.end() - 1, bars(all_.softmax, length, terminal_color::cyan));
      columns.push_back(bars(all_.sigmoid, length, terminal_color::magenta));
    }
    out_.table(columns, rows());
    out_.line();
    formulas();
  }

  void formulas() {
    if (all_.normalised) {
      out_.flow("z/sum    ",
                "z divided by the sum of all z: possible only while no logit is negative. It asks "
                "how many times larger a logit is; softmax asks by how much it leads.");
    }
    const std::string top = all_.shifted ? "e^(z - max)" : "e^z";
    out_.flow("softmax  ", top +
                               " divided by the sum of all of these. One class must be right, so "
                               "a total of 1 is shared out, whatever the picture shows.");
    out_.flow("sigmoid  ",
              fmt::format("1 / (1 + e^-z). Each label is asked on its own: the total may be "
                          "anything from 0 to {}.",
                          base::grouped(all_.logits.size())));
    if (all_.shifted) {
      out_.flow("max      ",
                fmt::format("is {0}. e^{0} doesn't fit into a 32-bit float (from e^-87 to e^88; "
                            "64 bits: to e^709). Softmax stays the same when every logit falls "
                            "by the same amount, so programs take the largest from all of them "
                            "first: then no power is above 1.",
                            plain(*std::max_element(all_.logits.begin(), all_.logits.end()))));
    }
    if (all_.logits.size() == 2) {
      out_.flow("two      ",
                "Of two classes, the softmax of one is the sigmoid of the difference of the "
                "logits: " +
                    fmt::format("sigmoid({}) = {}.", plain(all_.logits[0] - all_.logits[1]),
                                number(all_.softmax.values[0], digits_)));
    }
  }

  // --- what it decides ---

  void decisions() {
    out_.heading("What each says");
    Column rule{.head = "", .right = false}, soft{.head = "softmax", .right = false},
        sig{.head = "sigmoid", .right = false};
    for (const app::Decision& one : all_.decisions) {
      rule.cells.push_back(one.above ? fmt::format("above {}", *one.above) : "the largest");
    }
    const int room = (out_.look().width - TerminalWriter::width_of({rule}) - 4) / 2;
    for (const app::Decision& one : all_.decisions) {
      soft.cells.push_back(list(one.softmax, room));
      sig.cells.push_back(list(one.sigmoid, room));
    }
    out_.table({rule, soft, sig});
  }

  // As many names as fit, and how many more there are.
  std::string list(const std::vector<std::size_t>& labels, int room) const {
    if (labels.empty()) return "none of these";
    std::string text = name(labels[0], room - 12);
    for (std::size_t i = 1; i < labels.size(); ++i) {
      const std::string longer = text + ", " + name(labels[i], name_width_);
      const std::size_t left = labels.size() - i - 1;
      const std::string more = left > 0 ? fmt::format(" + {} more", base::grouped(left)) : "";
      if (display_width(longer + more) > room) {
        return text + fmt::format(" + {} more", base::grouped(labels.size() - i));
      }
      text = longer;
    }
    return text;
  }

  // --- what would change it ---

  void changes() {
    if (all_.logits.size() == 1) return;
    out_.heading("What if");
    std::string higher;
    std::vector<Column> soft, sig, both;
    for (const int length : {14, 8}) {  // a shorter name if the table is too wide
      higher = fmt::format("z({})+1", name(all_.raised_class, length));
      soft = block("softmax", higher, &app::Change::softmax, all_.softmax);
      sig = block("sigmoid", higher, &app::Change::sigmoid, all_.sigmoid);
      both = {names()};
      both.insert(both.end(), soft.begin(), soft.end());
      both.push_back({.head = ""});
      both.insert(both.end(), sig.begin(), sig.end());
      if (TerminalWriter::width_of(both) <= out_.look().width) break;
    }
    if (TerminalWriter::width_of(both) <= out_.look().width) {
      out_.table(both, rows());
    } else {
      for (auto& half : {soft, sig}) {
        std::vector<Column> columns{names()};
        columns.insert(columns.end(), half.begin(), half.end());
        out_.table(columns, rows());
        out_.line();
      }
    }
    const std::size_t k = all_.raised_class;
    const double gain = all_.raised.softmax.values[k] - all_.softmax.values[k];
    out_.flow(mark(), gain > 0 ? fmt::format("{}: in softmax it gains {}, and the others lose as "
                                             "much between them. In sigmoid they stay as they are.",
                                             higher, number(gain, digits_))
                               : fmt::format("{}: in softmax that is nothing here. In sigmoid the "
                                             "others stay as they are.",
                                             higher));
    if (all_.lowered) {
      out_.flow(mark(), fmt::format("{}, as if nothing fitted: softmax can't tell, its total of 1 "
                                    "must go somewhere. The sigmoids all fall, together to {}.",
                                    lower(), number(all_.lowered->sigmoid.sum, digits_)));
    } else {
      out_.flow(mark(),
                fmt::format("Nothing fits here: no sigmoid is above 0.05, their total is {}. "
                            "Softmax still shares out its 1.",
                            number(all_.sigmoid.sum, digits_)));
    }
  }

  std::string lower() const { return fmt::format("all z {:.6g}", all_.lowered->by); }

  // An activation now, with one logit raised, and with all of them lowered.
  std::vector<Column> block(const std::string& head, const std::string& higher,
                            app::Spread app::Change::*activation, const app::Spread& now) const {
    std::vector<Column> columns{numbers(head, now), numbers(higher, all_.raised.*activation)};
    if (all_.lowered) columns.push_back(numbers(lower(), (*all_.lowered).*activation));
    return columns;
  }

  // --- the losses ---

  void losses() {
    if (!all_.target) {
      const std::string some = name(all_.raised_class, 20);
      out_.line();
      out_.flow(mark(), fmt::format("With --target {} (several: a,b; nothing: none) follow the "
                                    "losses and their gradients.",
                                    some));
      return;
    }
    for (const app::LossStep& step : all_.losses) loss(step);
    if (std::all_of(all_.losses.begin(), all_.losses.end(),
                    [](const app::LossStep& step) { return !step.why_not.empty(); })) {
      return;
    }
    out_.line();
    out_.flow(mark(), fmt::format("Training moves each logit against its gradient: {} up, {} "
                                  "down, and the further the longer the bar.",
                                  arrow(-1), arrow(1)));
  }

  void loss(const app::LossStep& step) {
    const loss::LossInfo& info = *step.choice.info;
    std::string target = all_.target->empty() ? "none" : list(*all_.target, 30);
    if (!step.why_not.empty()) {
      out_.heading(fmt::format("{}, target {}: impossible", info.title, target));
      out_.flow("  ", step.why_not);
      return;
    }
    out_.heading(
        fmt::format("{}, target {}: loss {}", info.title, target, number(step.value, digits_)));
    out_.flow("  loss      ", std::string(info.formula), fmt::emphasis::faint);
    if (info.name == "cross_entropy" && step.choice.text() == info.name) {
      const std::string p = number(step.probabilities[all_.target->front()], digits_);
      out_.flow("            ",
                all_.shifted ? "of the right class alone, as log sum e^(z - max) - (z - max): "
                               "exact even where p is too small for a number"
                             : fmt::format("of the right class alone: -log {}", p),
                fmt::emphasis::faint);
    }
    out_.flow("  gradient  ", std::string(info.gradient), fmt::emphasis::faint);
    const std::string settings = step.choice.text();
    if (settings != info.name) out_.flow("  with      ", settings, fmt::emphasis::faint);

    if (counts_classes(step.choice)) {
      out_.flow("            ",
                info.targets == loss::TargetKind::kClass
                    ? "here every class counts as equally frequent"
                    : "here every label counts as being as often present as absent",
                fmt::emphasis::faint);
    }

    Column y{.head = "y"};
    if (std::all_of(step.targets.begin(), step.targets.end(),
                    [](double one) { return one == 0 || one == 1; })) {
      for (const std::size_t i : shown_) y.cells.push_back(step.targets[i] == 1 ? "1" : "0");
    } else {
      y = numbers("y", {step.targets, sum(step.targets)});
    }
    const std::string_view activation =
        loss::name_of(info.targets == loss::TargetKind::kClass ? loss::Activation::kSoftmax
                                                               : loss::Activation::kSigmoid);
    std::vector<Column> columns{
        names(), y,
        numbers(fmt::format("p = {}", activation), {step.probabilities, sum(step.probabilities)})};
    if (!step.per_class.empty()) {
      columns.push_back(numbers("loss", {step.per_class, sum(step.per_class)}));
    }
    columns.push_back(numbers("gradient", {step.gradient, sum(step.gradient)}));
    const int room = out_.look().width - TerminalWriter::width_of(columns) - 4;
    if (room >= kShortestBar) {
      columns.push_back(pulls(step.gradient, std::min(room, kLongestBar)));
    }
    out_.table(columns, rows());
    if (!step.note.empty()) out_.flow(mark(), step.note);
    if (std::abs(step.mean - step.value) > 1e-12 * std::abs(step.value)) {
      out_.flow(mark(),
                fmt::format("The mean, which training uses, is {}.", number(step.mean, digits_)));
    }
  }

  // A loss that looks at how frequent the classes are.
  static bool counts_classes(const loss::LossChoice& choice) {
    const auto set = [&](const char* name) {
      const auto found = choice.parameters.find(name);
      return found != choice.parameters.end() && found->second != 0;
    };
    return set("balance") || set("tau");
  }

  // Bars of the gradient, with the direction that training takes.
  Column pulls(const std::vector<double>& gradient, int length) const {
    double largest = 1;
    for (const double one : gradient) largest = std::max(largest, std::abs(one));
    Column column{.head = "", .right = false, .style = fmt::fg(terminal_color::yellow)};
    for (const std::size_t i : shown_) {
      const double one = gradient[i];
      column.cells.push_back(
          one == 0 ? ""
                   : fmt::format("{} {}", arrow(one), out_.bar(std::abs(one) / largest, length)));
    }
    return column;
  }

  std::string arrow(double gradient) const {
    if (!out_.look().unicode) return gradient < 0 ? "^" : "v";
    return gradient < 0 ? "↑" : "↓";
  }

  // --- columns ---

  std::size_t rows() const { return shown_.size() + (hidden() > 0 ? 1 : 0); }

  Column names() const {
    Column column{.head = "", .right = false};
    for (const std::size_t i : shown_) column.cells.push_back(name(i, name_width_));
    if (hidden() > 0) column.cells.push_back(more());
    column.cells.push_back("sum");
    return column;
  }

  Column logits() const {
    // As few decimals as the row needs
    int needed = 0;
    const auto enough = [](double z, int decimals) {
      return std::abs(std::stod(fmt::format("{:.{}f}", z, decimals)) - z) <= 1e-12 * std::abs(z);
    };
    // What no number of decimals would show
    const auto tiny = [&](double z) {
      return z != 0 && std::abs(z) < 0.5 * std::pow(10, -digits_);
    };
    bool large = false;
    for (const std::size_t i : shown_) {
      large |= std::abs(all_.logits[i]) >= 1e7;
      while (!tiny(all_.logits[i]) && needed < digits_ && !enough(all_.logits[i], needed)) ++needed;
    }
    Column column{.head = "z"};
    for (const std::size_t i : shown_) {
      column.cells.push_back(large || tiny(all_.logits[i])
                                 ? plain(all_.logits[i])
                                 : fmt::format("{:.{}f}", all_.logits[i], needed));
    }
    return column;
  }

  Column numbers(const std::string& head, const app::Spread& spread) const {
    Column column{.head = head};
    double rest = spread.sum, size = 0;
    for (const std::size_t i : shown_) {
      column.cells.push_back(number(spread.values[i], digits_));
      rest -= spread.values[i];
    }
    for (const double one : spread.values) size = std::max(size, std::abs(one));
    const auto rounded = [&](double one) { return std::abs(one) < 1e-12 * size ? 0.0 : one; };
    if (hidden() > 0) column.cells.push_back(number(rounded(rest), digits_));
    column.cells.push_back(number(rounded(spread.sum), digits_));
    return column;
  }

  Column bars(const app::Spread& spread, int length, terminal_color colour) const {
    Column column{.head = "", .right = false, .style = fmt::fg(colour)};
    for (const std::size_t i : shown_) {
      column.cells.push_back(out_.bar(spread.values[i], length));
    }
    // As wide as 1 would be, so that bars of both tables can be compared
    column.head = fmt::format("0{:>{}}", 1, length - 1);
    return column;
  }

  std::string name(std::size_t i, int width) const {
    std::string cut = elided(all_.names[i], width);
    const std::string dots = "…";
    if (!out_.look().unicode && cut.ends_with(dots)) {
      cut.resize(cut.size() - dots.size());
      cut.push_back('~');
    }
    return cut;
  }

  std::string plain(double value) const { return fmt::format("{:.{}g}", value, digits_ + 3); }

  std::string mark() const { return out_.look().unicode ? "· " : "- "; }

  static double sum(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0);
  }

  const app::Explanation& all_;
  const int digits_;
  TerminalWriter out_;
  std::vector<std::size_t> shown_;
  int name_width_ = 0;
};

}  // namespace

std::string explanation_text(const app::Explanation& explanation, int digits, const Look& look) {
  for (;; --digits) {  // fewer where the terminal is too narrow
    ExplanationText writer(explanation, digits, look);
    std::string text = writer.write();
    if (!writer.too_wide() || digits <= 1) return text;
  }
}

}  // namespace oneormany::report
