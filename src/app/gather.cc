#include "app/gather.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <span>
#include <utility>

#include "app/feature_files.h"
#include "app/suspicious.h"
#include "base/parallel.h"
#include "base/printable.h"
#include "features/features.h"
#include "head/random.h"

namespace oneormany::app {
namespace {

namespace fs = std::filesystem;

/// Takes the last n rows of the features that are left, and of them those that are usable. Of the
/// last to be taken, which are the user's own and the most, no copy is made.
Pictures take_last(features::FeatureSet& left, const std::vector<fs::path>& files, std::size_t n) {
  const auto end = static_cast<std::size_t>(left.features.rows()), first = end - n;
  Pictures pictures;
  std::vector<Index> rows;
  for (std::size_t i = first; i < end; ++i) {
    if (!left.usable[i]) continue;
    rows.push_back(static_cast<Index>(i));
    pictures.files.push_back(files[i]);
    pictures.pixels.push_back(left.pixels[i]);
  }
  if (first == 0) {
    features::keep_rows(left.features, rows);
    pictures.features = std::move(left.features);
  } else {
    pictures.features = left.features(rows, Eigen::all);
    left.features.conservativeResize(static_cast<Index>(first), Eigen::NoChange);
  }
  return pictures;
}

/// Reads what is learned from and the test set, which are parts of one data set or two of them.
void read_labelled(const CompareOptions& options, Gathered& all) {
  data::DataOptions own = options.data_options, test = own;
  if (options.test_split && !own.split) own.split = "train";
  test.split = options.test_split;
  own.one_class = options.bank.choice != train::BankOptions::Choice::kNone ||
                  options.background.size() + options.unlabelled.size() > 0;
  test.one_class = true;
  all.data = data::read_data(options.data, own);
  all.summary.notes = all.data.notes;
  if (!options.test && !options.test_split) return;
  all.test_data =
      options.test ? data::read_data(*options.test, test) : data::read_data(options.data, test);
  for (const std::string& note : all.test_data.notes) {
    if (options.test) all.summary.notes.push_back("test set: " + note);
  }
}

void note_hint(Gathered& all) {
  std::string hint = data::separator_hint(all.data);
  if (!hint.empty()) all.summary.notes.push_back(std::move(hint));
}

/// Features in the place of pictures, each row known by its bytes as a picture is by its pixels.
Pictures pictures_of(data::NumbersF rows) {
  Pictures pictures;
  pictures.files = named_files(rows);
  pictures.features = std::move(rows.values);
  pictures.pixels.resize(static_cast<std::size_t>(pictures.features.rows()));
  const auto bytes = std::as_bytes(
      std::span(pictures.features.data(), static_cast<std::size_t>(pictures.features.size())));
  const std::size_t width = bytes.size() / pictures.pixels.size();
  base::parallel_for(pictures.pixels.size(), [&](std::size_t i) {
    pictures.pixels[i] = base::sha256(bytes.subspan(i * width, width));
  });
  return pictures;
}

Gathered gather_features(const FeatureFiles& files, const data::DataOptions& options) {
  GivenFeatures given = read_given_features(files, options);
  Gathered all;
  all.wording = {"the same features are", files.background.value_or(""),
                 files.unlabelled.value_or(""), files.unseen.value_or("")};
  const auto take_notes = [&all](const data::NumbersF& table) {
    all.summary.notes.insert(all.summary.notes.end(), table.notes.begin(), table.notes.end());
  };
  take_notes(given.own);
  if (given.background) take_notes(*given.background);
  if (given.unlabelled) take_notes(*given.unlabelled);
  if (given.unseen) take_notes(*given.unseen);
  all.data.root = files.targets;
  all.data.classes = std::move(given.classes);
  all.named = given.named;
  for (std::size_t i = 0; i < given.labels.size(); ++i) {
    const std::string place =
        given.own.files.empty() ? given.own.place(static_cast<Index>(i)) : given.own.files[i];
    all.data.pictures.push_back({place, std::move(given.labels[i])});
  }
  note_hint(all);
  all.groups = std::move(given.groups);
  all.own = pictures_of(std::move(given.own));
  if (given.background) all.background = pictures_of(std::move(*given.background));
  if (given.unlabelled) {
    all.unlabelled = pictures_of(std::move(*given.unlabelled));
    all.summary.unlabelled.given = all.unlabelled.count();
  }
  if (given.unseen) all.unseen = pictures_of(std::move(*given.unseen));
  return all;
}

/// A random sample where there are more than teach anything new: a night's work isn't done for it.
data::PictureList some_of(data::PictureList all, const CompareOptions& options, Gathered& to) {
  constexpr std::size_t kMost = 2000;
  to.summary.unlabelled.given = all.files.size();
  if (all.files.size() <= kMost) return all;
  head::Random(options.seeds.front()).shuffle(all.files);
  all.files.resize(kMost);
  std::sort(all.files.begin(), all.files.end());
  to.summary.notes.push_back(fmt::format(
      "of {} a random {} are used",
      base::counted(to.summary.unlabelled.given, "unlabelled picture"), base::grouped(kMost)));
  return all;
}

Gathered gather_pictures(const CompareOptions& options) {
  Gathered all;
  const auto first = [](const std::vector<fs::path>& sources) {
    return sources.empty() ? "" : data::source_name(sources[0]);
  };
  all.wording.background = first(options.background);
  all.wording.unlabelled = first(options.unlabelled);
  all.wording.unseen = first(options.unseen);
  read_labelled(options, all);
  note_hint(all);
  data::DataSet& data = all.data;
  const auto list = [&](const std::vector<fs::path>& sources) {
    data::PictureList found = data::list_pictures(sources, options.data_options);
    all.summary.notes.insert(all.summary.notes.end(), found.notes.begin(), found.notes.end());
    return found;
  };
  const data::PictureList background = list(options.background);
  data::PictureList unlabelled = some_of(list(options.unlabelled), options, all);
  unlabelled.files.insert(unlabelled.files.end(), data.none.begin(), data.none.end());
  all.summary.unlabelled.given += data.none.size();
  const data::PictureList unseen = list(options.unseen);
  // After the folders, which are read in no time: a wrong name is known before the weights are
  // read.
  const backbone::Backbone backbone(options.features.backbone);
  all.backbone = backbone.name();
  all.size = backbone.size();
  if (!backbone.note().empty()) all.summary.notes.push_back(backbone.note());
  all.bank = train::find_bank(options.bank, backbone);
  if (!all.bank.note.empty()) all.summary.notes.push_back(all.bank.note);

  // All pictures in one go, so that the cores never wait for the end of a part.
  std::vector<fs::path> files;
  for (const data::Picture& picture : data.pictures) files.push_back(picture.file);
  files.insert(files.end(), background.files.begin(), background.files.end());
  files.insert(files.end(), unlabelled.files.begin(), unlabelled.files.end());
  for (const data::Picture& picture : all.test_data.pictures) files.push_back(picture.file);
  files.insert(files.end(), unseen.files.begin(), unseen.files.end());
  features::FeatureSet extracted = features::extract_features(
      files, backbone, options.features.image(backbone.size()), options.features.cache_dir);

  all.summary.skipped = std::move(data.skipped);
  // Of one folder or table both parts skip the same.
  const std::vector<data::Skip> none;
  for (const auto* skips : {&background.skipped, &std::as_const(unlabelled).skipped,
                            options.test ? &all.test_data.skipped : &none, &unseen.skipped,
                            &std::as_const(extracted).skipped}) {
    all.summary.skipped.insert(all.summary.skipped.end(), skips->begin(), skips->end());
  }
  if (options.strict) data::refuse_skips(all.summary.skipped);
  all.summary.doubts = suspicious_pictures(files, extracted, all.size);

  const std::size_t n = data.pictures.size();
  for (const auto& [role, count] :
       {std::pair(&all.unseen, unseen.files.size()),
        std::pair(&all.test, all.test_data.pictures.size()),
        std::pair(&all.unlabelled, unlabelled.files.size()),
        std::pair(&all.background, background.files.size()), std::pair(&all.own, n)}) {
    *role = take_last(extracted, files, count);
    features::keep_stages(role->features, options.stages, backbone);
  }
  if (all.bank.bank) features::keep_stages(all.bank.bank->features, options.stages, backbone);
  std::vector<data::Picture> usable;
  for (std::size_t i = 0; i < n; ++i) {
    if (extracted.usable[i]) usable.push_back(std::move(data.pictures[i]));
  }
  data.pictures = std::move(usable);
  return all;
}

}  // namespace

Gathered gather(const CompareOptions& options) {
  return options.given ? gather_features(*options.given, options.data_options)
                       : gather_pictures(options);
}

}  // namespace oneormany::app
