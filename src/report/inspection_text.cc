#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "report/inspection.h"
#include "report/terminal_writer.h"
#include "report/text.h"

namespace oneormany::report {
namespace {

constexpr std::size_t kClasses = 30;  // longer lists are cut; --json has them whole
constexpr std::size_t kGroups = 5;
constexpr std::size_t kCopies = 4;
constexpr std::size_t kSkips = 10;  // reasons
constexpr int kBar = 30;            // columns of the longest bar
constexpr int kName = 40;           // columns of the longest name in a list

class InspectionText {
 public:
  InspectionText(const app::Inspection& inspection, const Look& look)
      : inspection_(inspection), out_(look) {}

  std::string write() {
    head();
    classes();
    labels();
    duplicates();
    skips();
    conclusion();
    warnings();
    return out_.text();
  }

 private:
  void head() {
    out_.line(out_.styled(base::printable(inspection_.data_name), fmt::emphasis::bold));
    out_.line(fmt::format("{}: {}, {}", inspection_.layout,
                          base::counted(inspection_.pictures, "picture", "pictures"),
                          base::counted(inspection_.classes.size(), "class", "classes")));
    for (const std::string& note : inspection_.notes) out_.flow("· ", note);
  }

  void classes() {
    out_.heading("Classes");
    std::vector<evaluate::ClassCount> sorted = inspection_.classes;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const evaluate::ClassCount& a, const evaluate::ClassCount& b) {
                       return a.count > b.count;
                     });
    const std::size_t n = sorted.size() > kClasses ? kClasses : sorted.size();
    std::vector<evaluate::ClassCount> rows(sorted.begin(), sorted.begin() + n);
    counts(rows);
    if (n < sorted.size()) {
      more(fmt::format("{} more, down to {}", sorted.size() - n,
                       base::counted(sorted.back().count, "picture", "pictures")));
    }
  }

  void labels() {
    out_.heading("Labels on a picture");
    std::vector<evaluate::ClassCount> rows;
    for (const auto& [labels, pictures] : inspection_.labels_per_picture) {
      const std::string name = labels == 0 ? "none" : base::counted(labels, "label", "labels");
      rows.push_back({name, pictures});
    }
    counts(rows);
  }

  void duplicates() {
    if (inspection_.duplicates == 0 && inspection_.extra_names == 0) return;
    out_.heading("Found twice");
    if (inspection_.duplicates > 0) {
      out_.flow(
          "  ",
          fmt::format("{} the pixels of another one; copies always go into the same fold.",
                      base::counted(inspection_.duplicates, "picture repeats", "pictures repeat")));
    }
    const auto& groups = inspection_.duplicate_groups;
    for (std::size_t i = 0; i < std::min(groups.size(), kGroups); ++i) duplicate(groups[i]);
    if (groups.size() > kGroups) {
      more(base::counted(groups.size() - kGroups, "more such group", "more such groups"));
    }
    if (inspection_.extra_names > 0) {
      out_.flow("  ", fmt::format("{} to a file that is there already (a link); it counts once.",
                                  base::counted(inspection_.extra_names, "further name belongs",
                                                "further names belong")));
    }
  }

  void duplicate(const app::DuplicateGroup& group) {
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
      out_.flow("  ! ", list + ": different labels", fmt::fg(fmt::terminal_color::yellow));
    } else {
      out_.flow("  · ", list);
    }
  }

  void skips() {
    const auto& skipped = inspection_.skipped;
    if (skipped.empty()) return;
    out_.heading(fmt::format("Left out: {}", base::counted(skipped.size(), "file", "files")));
    std::vector<std::string> reasons;  // in the order of their first files
    std::map<std::string, std::vector<std::string>> files;
    for (const data::Skip& skip : skipped) {
      std::vector<std::string>& alike = files[skip.why];
      if (alike.empty()) reasons.push_back(skip.why);
      alike.push_back(brief(skip.file));
    }
    for (std::size_t i = 0; i < std::min(reasons.size(), kSkips); ++i) {
      const std::vector<std::string>& alike = files[reasons[i]];
      out_.flow("  · ", fmt::format("{}: {}", base::examples(alike), reasons[i]));
    }
    if (reasons.size() > kSkips)
      more(fmt::format("other reasons for {} more (all with --json)", reasons.size() - kSkips));
  }

  void conclusion() {
    out_.heading("What follows");
    const bool only = inspection_.classes.size() == 1;
    const bool one = inspection_.problem == data::Problem::kOneClass && !only;
    out_.flow("  problem  ",
              one    ? "classification: exactly one class for each picture"
              : only ? "one class: each picture is of it, or of none"
                     : "labels: none, one or several for each picture",
              fmt::fg(fmt::terminal_color::green));
    out_.flow("  loss     ",
              one ? "softmax, cross-entropy" : "sigmoid, binary cross-entropy (with logits)",
              fmt::fg(fmt::terminal_color::green));
    out_.flow("  why      ", inspection_.why);
  }

  void warnings() {
    if (inspection_.warnings.empty()) return;
    out_.heading("Look at");
    for (const std::string& warning : inspection_.warnings) {
      out_.flow("  ! ", warning + (warning.ends_with('.') ? "" : "."),
                fmt::fg(fmt::terminal_color::yellow));
    }
  }

  // Names on the left, counts flush right, and a bar for each.
  void counts(const std::vector<evaluate::ClassCount>& rows) {
    std::size_t largest = 1;
    int name_width = 0;
    for (const evaluate::ClassCount& row : rows) {
      largest = std::max(largest, row.count);
      name_width = std::max(name_width, display_width(short_name(row.name)));
    }
    const int digits = static_cast<int>(fmt::formatted_size("{}", largest));
    for (const evaluate::ClassCount& row : rows) {
      const std::string name = short_name(row.name);
      const std::string gap(static_cast<std::size_t>(name_width - display_width(name)), ' ');
      out_.line(fmt::format(
          "  {}{}  {:>{}}  {}", name, gap, row.count, digits,
          out_.styled(out_.bar(static_cast<double>(row.count) / static_cast<double>(largest), kBar),
                      fmt::fg(fmt::terminal_color::cyan))));
    }
  }

  static std::string short_name(const std::string& name) { return elided(name, kName); }

  // The name from the data set's folder on, which everybody knows.
  std::string brief(const std::filesystem::path& file) const {
    std::filesystem::path root = inspection_.data_name;
    if (!std::filesystem::is_directory(root)) root = root.parent_path();
    const auto inside = file.lexically_relative(root);
    return (inside.empty() || *inside.begin() == ".." ? file : inside).string();
  }

  void more(const std::string& text) {
    out_.line(out_.styled("  … " + text, fmt::emphasis::faint));
  }

  const app::Inspection& inspection_;
  TerminalWriter out_;
};

}  // namespace

std::string inspection_text(const app::Inspection& inspection, int width, bool colour) {
  return InspectionText(inspection, {width, colour, true}).write();
}

}  // namespace oneormany::report
