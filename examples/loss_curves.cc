// Draws what every loss of the catalogue makes of one logit, as an SVG: docs/losses.svg.
//   loss_curves > docs/losses.svg
// Blue: the label is present (the class is the right one); orange: it is absent. Lines: the value;
// dots: its slope. Losses that set labels against each other see a second one, of logit 0.

#include <oneormany/loss/catalogue.h>
#include <oneormany/loss/matrix.h>

#include <cstdio>
#include <string>

using namespace oneormany;

namespace {

constexpr double kFrom = -6, kTo = 6, kHighest = 6.5, kLowest = -1.5;  // of logits and values
constexpr double kWidth = 250, kHeight = 170, kGapX = 30, kGapY = 62;

double x_of(double z) { return (z - kFrom) / (kTo - kFrom) * kWidth; }
double y_of(double value) { return (kHighest - value) / (kHighest - kLowest) * kHeight; }

struct Point {
  double value, slope;
};

Point at(const loss::LossInfo& info, const loss::Loss& loss, double z, bool present) {
  const bool alone = info.targets == loss::TargetKind::kLabels && info.name != "two_way";
  const Matrix logits = alone ? Matrix{{z}} : Matrix{{z, 0}};
  const double own = present ? 1 : 0;
  const Matrix targets = alone ? Matrix{{own}} : Matrix{{own, 1 - own}};
  const auto result = loss::evaluate(loss, logits, targets, loss::Reduction::kNone);
  // The value of the row; the two-way loss adds those of the columns, which are 0 for one row.
  return {result.values[0], result.gradient(0, 0)};
}

void curve(const loss::LossInfo& info, const loss::Loss& loss, bool present, bool slope) {
  std::printf("<path class=\"%s%s\" d=\"", present ? "present" : "absent", slope ? " slope" : "");
  for (int i = 0; i <= 120; ++i) {
    const double z = kFrom + (kTo - kFrom) * i / 120;
    const Point point = at(info, loss, z, present);
    std::printf("%s%.1f,%.1f", i == 0 ? "M" : "L", x_of(z),
                y_of(slope ? point.slope : point.value));
  }
  std::printf("\"/>\n");
}

void panel(const loss::LossInfo& info, double left, double top) {
  const auto loss = loss::parse_loss(info.name).make({4, {1, 3}});
  std::printf("<g transform=\"translate(%g,%g)\">\n<text class=\"title\" y=\"-10\">%s</text>\n",
              left, top, std::string(info.title).c_str());
  for (const int value : {0, 2, 4, 6}) {
    std::printf(
        "<line class=\"grid\" x2=\"%g\" y1=\"%.1f\" y2=\"%.1f\"/>"
        "<text class=\"tick\" x=\"-6\" y=\"%.1f\" text-anchor=\"end\">%d</text>\n",
        kWidth, y_of(value), y_of(value), y_of(value) + 4, value);
  }
  for (const int z : {-6, -3, 0, 3, 6}) {
    std::printf("<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%d</text>\n",
                x_of(z), kHeight + 14, z);
  }
  std::printf(
      "<clipPath id=\"in-%s\"><rect width=\"%g\" height=\"%g\"/></clipPath>"
      "<g clip-path=\"url(#in-%s)\">\n",
      std::string(info.name).c_str(), kWidth, kHeight, std::string(info.name).c_str());
  for (const bool present : {true, false}) {
    for (const bool slope : {false, true}) curve(info, *loss, present, slope);
  }
  std::printf("</g></g>\n");
}

}  // namespace

int main() {
  const auto losses = loss::all_losses();
  const int columns = 3, rows = (static_cast<int>(losses.size()) + columns - 1) / columns;
  const double width = columns * (kWidth + kGapX) + kGapX, height = rows * (kHeight + kGapY) + 50;
  std::printf(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" "
      "font-family=\"sans-serif\">\n"
      "<style>path{fill:none;stroke-width:2}.present{stroke:#1f6fb2}.absent{stroke:#d9730d}"
      ".slope{stroke-width:1.6;stroke-dasharray:1 4;stroke-linecap:round}"
      ".grid{stroke:#888;stroke-opacity:.3}"
      ".title{font-size:14px;font-weight:600}.tick,.key{font-size:11px;fill:#666}</style>\n"
      "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
      "<g transform=\"translate(%g,22)\"><path class=\"present\" d=\"M0,0h26\"/>"
      "<text class=\"key\" x=\"32\" y=\"4\">present, or the right class</text>"
      "<path class=\"absent\" d=\"M210,0h26\"/><text class=\"key\" x=\"242\" y=\"4\">absent, or "
      "another class is right</text><path class=\"present slope\" d=\"M470,0h26\"/>"
      "<text class=\"key\" x=\"502\" y=\"4\">dots: the slope; across: the logit</text></g>\n",
      width, height, kGapX);
  for (std::size_t i = 0; i < losses.size(); ++i) {
    panel(losses[i], kGapX + static_cast<double>(i % columns) * (kWidth + kGapX),
          64 + static_cast<double>(i / columns) * (kHeight + kGapY));
  }
  std::printf("</svg>\n");
}
