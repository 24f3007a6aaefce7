#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "report/loss_page.h"
#include "report/terminal_writer.h"
#include "report/text.h"

namespace oneormany::report {
namespace {

constexpr double kLow = -6, kHigh = 6;  // logits of the curve
constexpr int kPlotHeight = 13;

const fmt::text_style kRight = fmt::fg(fmt::terminal_color::cyan),
                      kWrong = fmt::fg(fmt::terminal_color::yellow);

std::string_view targets_of(const loss::LossInfo& info) {
  if (info.targets == loss::TargetKind::kClass) {
    return info.soft_targets ? "exactly one class a picture, or shares that sum to 1"
                             : "exactly one class a picture";
  }
  return info.soft_targets ? "none, one or many labels a picture, or numbers from 0 to 1"
                           : "none, one or many labels a picture";
}

// A formula and what its letters are, a line each, broken only where it is wider than the out.
void formula(TerminalWriter& out, std::string lead, std::string_view text) {
  constexpr std::string_view kBetween = ",  ";
  while (true) {
    const std::size_t end = std::min(text.find(kBetween), text.size());
    const std::string part(text.substr(0, end));
    if (display_width(lead) + display_width(part) > out.look().width && lead.size() > 4) {
      if (lead.find_first_not_of(' ') != std::string::npos) out.line(lead);
      lead = "    ";
    }
    out.flow(lead, part);
    if (end == text.size()) return;
    text.remove_prefix(end + kBetween.size());
    lead = std::string(lead.size(), ' ');
  }
}

void parameters(TerminalWriter& out, const loss::LossChoice& choice) {
  const loss::LossInfo& info = *choice.info;
  if (info.parameters.empty()) return;
  out.heading("Parameters");
  const auto value = [&](const loss::LossParameter& one) { return choice.parameters.at(one.name); };
  int width = 0;
  for (const loss::LossParameter& one : info.parameters) {
    width = std::max(width, display_width(fmt::format("{}={:g}", one.name, value(one))));
  }
  for (const loss::LossParameter& one : info.parameters) {
    const std::string standard =
        value(one) == one.standard ? "" : fmt::format("; {:g} if not given", one.standard);
    out.flow(fmt::format("  {:<{}}  ", fmt::format("{}={:g}", one.name, value(one)), width),
             fmt::format("{} ({:g} to {:g}{})", one.meaning, one.low, one.high, standard));
  }
}

/// Of 1, 2 and 5 times a power of ten, the least whose up to four steps reach `top`.
double tick_step(double top) {
  const double power = std::pow(10, std::floor(std::log10(top / 4)));
  for (const double step : {power, 2 * power, 5 * power}) {
    if (4 * step >= top) return step;
  }
  return 10 * power;
}

/// Where a value stands among the lines of the plot, the top being 0.
int line_of(double value, double top) {
  const int line = kPlotHeight - 1 - static_cast<int>(std::lround(value / top * (kPlotHeight - 1)));
  return std::clamp(line, 0, kPlotHeight - 1);
}

void plot(TerminalWriter& out, const loss::LossChoice& choice) {
  const int width = std::min(out.look().width - 10, 61);
  const LossCurve curve = loss_curve(choice, kLow, kHigh, static_cast<std::size_t>(width));
  double top = 0;
  for (const auto* values : {&curve.right, &curve.wrong}) {
    for (const double one : *values) top = std::max(top, one);
  }
  if (!(top > 0)) return;
  const double step = tick_step(top);
  const int ticks = static_cast<int>(std::ceil(top / step - 1e-9));  // 2, 3 or 4
  const int between = (kPlotHeight - 1) / ticks;
  top = ticks * step;
  const bool one_class = choice.info->targets == loss::TargetKind::kClass;
  const char* right = out.look().unicode ? "●" : "x";
  const char* wrong = out.look().unicode ? "○" : "o";
  out.heading("Loss against the logit");
  for (int line = 0; line < kPlotHeight; ++line) {
    std::string text = line % between == 0 ? fmt::format("{:>6g} ", (ticks - line / between) * step)
                                           : std::string(7, ' ');
    text += out.look().unicode ? "│" : "|";
    for (std::size_t i = 0; i < curve.logits.size(); ++i) {
      const bool is_right = line_of(curve.right[i], top) == line;
      const bool is_wrong = line_of(curve.wrong[i], top) == line;
      if (is_right) {
        text += out.styled(right, kRight);
      } else if (is_wrong) {
        text += out.styled(wrong, kWrong);
      } else {
        text += ' ';
      }
    }
    out.line(text);
  }
  std::string axis = std::string(7, ' ') + (out.look().unicode ? "└" : "+");
  for (int i = 0; i < width; ++i) axis += out.look().unicode ? "─" : "-";
  out.line(axis);
  const int half = width / 2;
  out.line(fmt::format("{:8}{:<{}}0{:>{}}", "", kLow, half, kHigh, width - half - 1));
  const std::string beside = curve.alone ? ""
                             : one_class ? " (of two classes; the other logit is 0)"
                                         : " (beside another label, which is the opposite, at 0)";
  out.flow("        ", fmt::format("{} {}  {} {}{}", right,
                                   one_class ? "it is this class" : "the label is present", wrong,
                                   one_class ? "it is the other" : "the label is absent", beside));
}

void examples(TerminalWriter& out, const loss::LossChoice& choice) {
  std::string with(choice.info->name);
  if (choice.text() != with) {
    with = choice.text();
  } else if (!choice.info->parameters.empty()) {
    const loss::LossParameter& one = choice.info->parameters.front();
    const double value = one.standard == 0 ? std::min(1.0, one.high) / 10 : one.standard / 2;
    with += fmt::format(":{}={:g}", one.name, value);
  }
  const bool one_class = choice.info->targets == loss::TargetKind::kClass;
  out.heading("Use");
  out.line(fmt::format("  oneormany compare DATA --losses {}", with));
  out.line("  oneormany explain 2.1 -0.3 1.2 \\");
  out.line(fmt::format("    --target {} --loss {}", one_class ? "0" : "0,2", with));
}

bool same_letters(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

}  // namespace

std::string losses_text(const Look& look) {
  TerminalWriter out(look);
  const loss::TargetKind* last = nullptr;
  for (const loss::LossInfo& info : loss::all_losses()) {
    if (!last || *last != info.targets) {
      const bool one_class = info.targets == loss::TargetKind::kClass;
      if (last) out.line();
      out.line(out.styled(one_class ? "Exactly one class a picture: softmax"
                                    : "None, one or many labels a picture: sigmoid",
                          fmt::emphasis::bold));
    }
    last = &info.targets;
    out.line();
    out.line(out.styled(std::string(info.name), kRight));
    formula(out, "  ", info.formula);
    out.flow("  ", std::string(info.when));
    out.flow("  ", std::string(info.paper), fmt::emphasis::faint);
  }
  out.line();
  out.flow("", "oneormany losses NAME: all about one of them, with its parameters and its curve.");
  return out.text();
}

std::string loss_text(const loss::LossChoice& choice, const Look& look) {
  const loss::LossInfo& info = *choice.info;
  TerminalWriter out(look);
  out.flow("",
           same_letters(choice.text(), info.title)
               ? std::string(info.title)
               : fmt::format("{}: {}", choice.text(), info.title),
           fmt::emphasis::bold);
  out.line();
  out.flow("  when      ", std::string(info.when));
  out.flow("  targets   ", std::string(targets_of(info)));
  formula(out, "  formula   ", info.formula);
  out.flow("  gradient  ", std::string(info.gradient));
  out.flow("  paper     ", std::string(info.paper));
  parameters(out, choice);
  plot(out, choice);
  examples(out, choice);
  return out.text();
}

}  // namespace oneormany::report
