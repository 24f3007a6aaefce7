#include <fmt/color.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "cli/inspection.h"
#include "report/text.h"

namespace oneormany {
namespace {

constexpr std::size_t kClasses = 30;  // longer lists are cut; --json has them whole
constexpr std::size_t kGroups = 5;
constexpr std::size_t kCopies = 4;
constexpr std::size_t kSkips = 10;
constexpr int kBar = 30;   // columns of the longest bar
constexpr int kName = 40;  // columns of the longest name in a list

// A horizontal bar in eighths of a column; anything above zero can be seen.
std::string bar(std::size_t count, std::size_t largest) {
  constexpr std::array<const char*, 8> kEighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  if (count == 0) return "";
  const std::size_t eighths = std::max<std::size_t>(1, count * kBar * 8 / largest);
  std::string text;
  for (std::size_t i = 0; i < eighths / 8; ++i) text += "█";
  return text + kEighths[eighths % 8];
}

class Page {
 public:
  Page(const Inspection& inspection, int width, bool colour)
      : inspection_(inspection), width_(width), colour_(colour) {}

  std::string write() {
    head();
    classes();
    labels();
    duplicates();
    skips();
    conclusion();
    warnings();
    return text_;
  }

 private:
  void head() {
    line(styled(printable(inspection_.data_name), fmt::emphasis::bold));
    line(fmt::format("{}: {}, {}", inspection_.layout,
                     counted(inspection_.pictures, "picture", "pictures"),
                     counted(inspection_.classes.size(), "class", "classes")));
  }

  void classes() {
    heading("Classes");
    std::vector<ClassCount> sorted = inspection_.classes;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const ClassCount& a, const ClassCount& b) { return a.count > b.count; });
    const std::size_t n = sorted.size() > kClasses ? kClasses : sorted.size();
    std::vector<ClassCount> rows(sorted.begin(), sorted.begin() + n);
    counts(rows);
    if (n < sorted.size()) {
      more(fmt::format("{} more, down to {}", sorted.size() - n,
                       counted(sorted.back().count, "picture", "pictures")));
    }
  }

  void labels() {
    heading("Labels on a picture");
    std::vector<ClassCount> rows;
    for (const auto& [labels, pictures] : inspection_.labels_per_picture) {
      const std::string name = labels == 0 ? "none" : counted(labels, "label", "labels");
      rows.push_back({name, pictures});
    }
    counts(rows);
  }

  void duplicates() {
    if (inspection_.duplicates == 0 && inspection_.extra_names == 0) return;
    heading("Found twice");
    if (inspection_.duplicates > 0) {
      paragraph("  ",
                fmt::format("{} the pixels of another one; copies always go into the same fold.",
                            counted(inspection_.duplicates, "picture repeats", "pictures repeat")));
    }
    const auto& groups = inspection_.duplicate_groups;
    for (std::size_t i = 0; i < std::min(groups.size(), kGroups); ++i) duplicate(groups[i]);
    if (groups.size() > kGroups) {
      more(counted(groups.size() - kGroups, "more such group", "more such groups"));
    }
    if (inspection_.extra_names > 0) {
      paragraph("  ", fmt::format("{} to a file that is there already (a link); it counts once.",
                                  counted(inspection_.extra_names, "further name belongs",
                                          "further names belong")));
    }
  }

  void duplicate(const DuplicateGroup& group) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < std::min(group.copies.size(), kCopies); ++i) {
      const auto& copy = group.copies[i];
      std::string name = brief(copy.file);
      if (group.conflicting) {
        name += copy.labels.empty() ? " (no label)"
                                    : fmt::format(" ({})", fmt::join(copy.labels, " | "));
      }
      names.push_back(name);
    }
    if (group.copies.size() > kCopies) {
      names.push_back(fmt::format("{} more", group.copies.size() - kCopies));
    }
    const std::string list = fmt::format("{}", fmt::join(names, " = "));
    if (group.conflicting) {
      paragraph("  ! ", list + ": different labels", fmt::fg(fmt::terminal_color::yellow));
    } else {
      paragraph("  · ", list);
    }
  }

  void skips() {
    const auto& skipped = inspection_.skipped;
    if (skipped.empty()) return;
    heading(fmt::format("Left out: {}", counted(skipped.size(), "file", "files")));
    for (std::size_t i = 0; i < std::min(skipped.size(), kSkips); ++i) {
      paragraph("  · ", brief(skipped[i].file) + ": " + skipped[i].why);
    }
    if (skipped.size() > kSkips)
      more(fmt::format("{} more (all with --json)", skipped.size() - kSkips));
  }

  void conclusion() {
    heading("What follows");
    const bool one = inspection_.problem == Problem::kOneClass;
    paragraph("  problem  ",
              one ? "classification: exactly one class for each picture"
                  : "labels: none, one or several for each picture",
              fmt::fg(fmt::terminal_color::green));
    paragraph("  loss     ",
              one ? "softmax, cross-entropy" : "sigmoid, binary cross-entropy (with logits)",
              fmt::fg(fmt::terminal_color::green));
    paragraph("  why      ", inspection_.why);
  }

  void warnings() {
    if (inspection_.warnings.empty()) return;
    heading("Look at");
    for (const std::string& warning : inspection_.warnings) {
      paragraph("  ! ", warning + (warning.ends_with('.') ? "" : "."),
                fmt::fg(fmt::terminal_color::yellow));
    }
  }

  // Names on the left, counts flush right, and a bar for each.
  void counts(const std::vector<ClassCount>& rows) {
    std::size_t largest = 1;
    int name_width = 0;
    for (const ClassCount& row : rows) {
      largest = std::max(largest, row.count);
      name_width = std::max(name_width, display_width(short_name(row.name)));
    }
    const int digits = static_cast<int>(fmt::formatted_size("{}", largest));
    for (const ClassCount& row : rows) {
      const std::string name = short_name(row.name);
      const std::string gap(static_cast<std::size_t>(name_width - display_width(name)), ' ');
      line(fmt::format("  {}{}  {:>{}}  {}", name, gap, row.count, digits,
                       styled(bar(row.count, largest), fmt::fg(fmt::terminal_color::cyan))));
    }
  }

  static std::string short_name(const std::string& name) {
    const std::string whole = printable(name);
    if (display_width(whole) <= kName) return whole;
    return wrap(whole, kName - 1).front() + "…";
  }

  // The name from the data set's folder on, which everybody knows.
  std::string brief(const std::filesystem::path& file) const {
    std::filesystem::path root = inspection_.data_name;
    if (!std::filesystem::is_directory(root)) root = root.parent_path();
    const auto inside = file.lexically_relative(root);
    return (inside.empty() || *inside.begin() == ".." ? file : inside).string();
  }

  void heading(const std::string& text) {
    line("");
    line(styled(text, fmt::emphasis::bold));
  }

  void more(const std::string& text) { line(styled("  … " + text, fmt::emphasis::faint)); }

  // Wrapped, with `lead` before the first line and as much space before the others. The style is
  // the lead's where the lead is a mark, and else the text's.
  void paragraph(const std::string& lead, const std::string& text,
                 const fmt::text_style& style = {}) {
    const int indent = display_width(lead);
    std::string before = lead.ends_with("! ") ? styled(lead, style) : lead;
    for (const std::string& part : wrap(text, width_ - indent)) {
      line(before + (lead.ends_with("! ") ? part : styled(part, style)));
      before = std::string(static_cast<std::size_t>(indent), ' ');
    }
  }

  std::string styled(const std::string& text, const fmt::text_style& style) const {
    return colour_ && !text.empty() ? fmt::format(style, "{}", text) : text;
  }

  void line(const std::string& text) { text_ += text + "\n"; }

  const Inspection& inspection_;
  const int width_;
  const bool colour_;
  std::string text_;
};

}  // namespace

std::string inspection_text(const Inspection& inspection, int width, bool colour) {
  return Page(inspection, width, colour).write();
}

}  // namespace oneormany
