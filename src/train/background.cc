#include "train/background.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <numeric>

#include "base/error.h"
#include "base/parallel.h"
#include "base/printable.h"
#include "base/progress.h"
#include "base/share.h"
#include "base/stop.h"

namespace oneormany::train {
namespace {

namespace fs = std::filesystem;

constexpr double kNearShare = 0.3;  // of a folder's rows: then all of the folder is left out
constexpr std::size_t kNearRows = 3;
constexpr std::size_t kFewest = 300;  // rows of the bank that are not too many
constexpr std::size_t kTimesPictures = 3;
constexpr Index kBlock = 256;        // pictures at a time
constexpr std::size_t kAsked = 200;  // pictures of a class that its median is taken over

/// As it is if nothing is said of it.
bool is_default(const backbone::Backbone& backbone) {
  return backbone.options().name == backbone::BackboneOptions().name &&
         backbone.size() == backbone::kUsualSize &&
         backbone.options().precision == backbone::Precision::kF32;
}

/// Of each row: how near the nearest picture is (as a cosine; -2: there is none), and which.
struct Nearest {
  std::vector<float> cosine;
  std::vector<Index> picture;
  explicit Nearest(std::size_t n) : cosine(n, -2), picture(n, -1) {}

  void offer(std::size_t row, float value, Index which) {
    // By the lower index where two are equally near: whichever thread comes first.
    if (value > cosine[row] || (value == cosine[row] && which < picture[row])) {
      cosine[row] = value;
      picture[row] = which;
    }
  }
};

/// The nearest of `pictures` (indices into the features) for each of the unit rows, but for those
/// that `skip` rules out.
template <typename Skip>
Nearest nearest(const MatrixF& unit, const MatrixF& features, const std::vector<Index>& pictures,
                const Skip& skip, base::Progress& progress) {
  const auto rows = static_cast<std::size_t>(unit.rows());
  Nearest result(rows);
  std::mutex mutex;
  const auto n = static_cast<Index>(pictures.size());
  base::parallel_for(static_cast<std::size_t>((n + kBlock - 1) / kBlock), [&](std::size_t block) {
    base::throw_if_stopped();
    const Index first = static_cast<Index>(block) * kBlock;
    const std::vector<Index> some(pictures.begin() + first,
                                  pictures.begin() + std::min(first + kBlock, n));
    const MatrixF cosines = unit * base::unit_rows(features(some, Eigen::all)).transpose();
    Nearest best(rows);
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t i = 0; i < some.size(); ++i) {
        if (skip(row, some[i])) continue;
        best.offer(row, cosines(static_cast<Index>(row), static_cast<Index>(i)), some[i]);
      }
    }
    {
      const std::lock_guard lock(mutex);
      for (std::size_t row = 0; row < rows; ++row) {
        if (best.picture[row] >= 0) result.offer(row, best.cosine[row], best.picture[row]);
      }
    }
    progress.add(some.size());
  });
  return result;
}

/// For each class the cosine that its pictures typically have with their nearest other one: the
/// median. 2, which nothing reaches, for a class without two different pictures.
std::vector<float> typical_cosines(const ClassPictures& pictures,
                                   const std::vector<std::vector<Index>>& members,
                                   base::Progress& progress) {
  std::vector<float> typical;
  for (const std::vector<Index>& own : members) {
    std::vector<Index> asked;
    const std::size_t n = std::min(own.size(), kAsked);
    for (std::size_t i = 0; i < n; ++i) asked.push_back(own[i * own.size() / n]);
    const Nearest found = nearest(
        base::unit_rows(pictures.features(asked, Eigen::all)), pictures.features, own,
        [&](std::size_t row, Index other) {
          return pictures.groups[static_cast<std::size_t>(asked[row])] ==
                 pictures.groups[static_cast<std::size_t>(other)];
        },
        progress);
    std::vector<float> cosines;
    for (std::size_t i = 0; i < n; ++i) {
      if (found.picture[i] >= 0) cosines.push_back(found.cosine[i]);
    }
    if (cosines.empty()) {
      typical.push_back(2);
      continue;
    }
    const auto middle = cosines.begin() + static_cast<std::ptrdiff_t>(cosines.size() / 2);
    std::nth_element(cosines.begin(), middle, cosines.end());
    typical.push_back(*middle);
  }
  return typical;
}

/// The class that each row is too near to; -1: none.
std::vector<int> too_near(const features::Bank& bank, const std::vector<Index>& rows,
                          const ClassPictures& pictures) {
  std::vector<std::vector<Index>> members(pictures.classes.size());
  std::vector<Index> labelled;
  std::size_t work = 0;
  for (std::size_t i = 0; i < pictures.labels.size(); ++i) {
    for (const int label : pictures.labels[i]) {
      members[static_cast<std::size_t>(label)].push_back(static_cast<Index>(i));
    }
    if (!pictures.labels[i].empty()) labelled.push_back(static_cast<Index>(i));
    work += pictures.labels[i].size();
  }
  base::Progress progress("nearest pictures", work + labelled.size());
  const std::vector<float> typical = typical_cosines(pictures, members, progress);
  const Nearest found = nearest(
      base::unit_rows(bank.features(rows, Eigen::all)), pictures.features, labelled,
      [](std::size_t, Index) { return false; }, progress);
  std::vector<int> near;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    int closest = -1;
    if (found.picture[row] >= 0) {
      for (const int label : pictures.labels[static_cast<std::size_t>(found.picture[row])]) {
        const auto at = [&](int c) { return typical[static_cast<std::size_t>(c)]; };
        if (found.cosine[row] >= at(label) && (closest < 0 || at(label) < at(closest))) {
          closest = label;
        }
      }
    }
    near.push_back(closest);
  }
  return near;
}

}  // namespace

fs::path built_in_bank(const backbone::Backbone& backbone) {
  return base::share_dir() / "background" /
         fmt::format("{}-{}-{}.bank", backbone.name(), backbone.size(),
                     backbone::name_of(backbone.options().precision));
}

FoundBank find_bank(const BankOptions& wanted, const backbone::Backbone& backbone) {
  using Choice = BankOptions::Choice;
  if (wanted.choice == Choice::kNone) return {};
  const std::string features =
      fmt::format("{} at {} pixels, {}", base::printable(backbone.name()), backbone.size(),
                  backbone::name_of(backbone.options().precision));
  if (wanted.choice == Choice::kFile) {
    features::Bank bank = features::read_bank(wanted.file);
    if (bank.setup != features::feature_setup(backbone) ||
        bank.features.cols() != static_cast<Index>(backbone.feature_count())) {
      throw Error(fmt::format(
          "{}: holds other features than those of {} (another backbone, size, precision "
          "or version): make it again with `oneormany background`, with the same "
          "--backbone, --size and --precision as here",
          base::printable(wanted.file), features));
    }
    return {std::move(bank), base::printable(wanted.file), ""};
  }

  std::string why;
  const fs::path file = built_in_bank(backbone);
  std::error_code ignored;
  if (fs::is_regular_file(file, ignored)) {
    features::Bank bank = features::read_bank(file);
    if (bank.setup == features::feature_setup(backbone) &&
        bank.features.cols() == static_cast<Index>(backbone.feature_count())) {
      return {std::move(bank), "built-in", ""};
    }
    why = "was made with another version of the program or its libraries";
  } else {
    why = is_default(backbone) ? "isn't set up" : fmt::format("isn't there for {}", features);
  }
  const std::string cure =
      is_default(backbone)
          ? "run script/background"
          : "make one of pictures of your own with `oneormany background DIR... --out FILE`, and "
            "the same --backbone, --size and --precision, and name it with --background FILE";
  if (wanted.choice == Choice::kBuiltIn) {
    throw Error(fmt::format("the built-in background {}: {}", why, cure));
  }
  return {{},
          "",
          fmt::format("the built-in background {}: {} (or say --background none, to do without)",
                      why, cure)};
}

BankRows choose_bank_rows(const features::Bank& bank, const ClassPictures& pictures,
                          const std::set<base::Sha256>& taken) {
  BankRows result;
  std::vector<Index> rows;
  for (std::size_t i = 0; i < bank.pixels.size(); ++i) {
    if (taken.contains(bank.pixels[i])) {
      ++result.same_pixels;
    } else {
      rows.push_back(static_cast<Index>(i));
    }
  }

  const std::vector<int> near = too_near(bank, rows, pictures);
  struct Folder {
    std::size_t rows = 0, near = 0, left_out = 0;
    std::map<int, std::size_t> nearest;  // class to rows that are too near to it
  };
  std::map<std::string, Folder> folders;
  const auto folder = [&](std::size_t i) -> Folder& {
    return folders[bank.folders[static_cast<std::size_t>(rows[i])]];
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    ++folder(i).rows;
    if (near[i] < 0) continue;
    ++folder(i).near;
    ++folder(i).nearest[near[i]];
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Folder& its = folder(i);
    const bool whole = its.near >= kNearRows &&
                       static_cast<double>(its.near) >= kNearShare * static_cast<double>(its.rows);
    if (whole || near[i] >= 0) {
      ++its.left_out;
    } else {
      result.rows.push_back(rows[i]);
    }
  }
  for (const auto& [name, its] : folders) {
    if (its.left_out == 0) continue;
    const auto most =
        std::max_element(its.nearest.begin(), its.nearest.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    result.left_out.push_back(
        {name, its.left_out, pictures.classes[static_cast<std::size_t>(most->first)]});
  }
  std::stable_sort(result.left_out.begin(), result.left_out.end(),
                   [](const auto& a, const auto& b) { return a.pictures > b.pictures; });

  const std::size_t most = std::max(kFewest, kTimesPictures * pictures.labels.size());
  if (result.rows.size() > most) {
    result.left_out_for_balance = result.rows.size() - most;
    result.rows.resize(most);
  }
  return result;
}

}  // namespace oneormany::train
