#include "app/background.h"

#include <fmt/format.h>

#include <set>

#include "base/error.h"
#include "base/printable.h"
#include "features/bank.h"
#include "features/features.h"
#include "image/image.h"

namespace oneormany::app {
namespace {

/// Of pictures with the same pixels the first; none of those that can't be read.
std::vector<Index> different_pictures(const features::FeatureSet& all, MadeBank& made) {
  std::vector<Index> different;
  std::set<base::Sha256> known;
  for (std::size_t i = 0; i < all.usable.size(); ++i) {
    if (!all.usable[i]) continue;
    if (known.insert(all.pixels[i]).second) {
      different.push_back(static_cast<Index>(i));
    } else {
      ++made.repeats;
    }
  }
  return different;
}

}  // namespace

MadeBank make_bank(const BackgroundOptions& options) {
  if (!options.force) features::refuse_foreign_bank(options.out);
  image::start_image_library();
  const data::PictureList list = data::list_pictures(options.folders);
  const FeatureOptions& how = options.features;
  const backbone::Backbone backbone(how.backbone);
  const features::FeatureSet all =
      features::extract_features(list.files, backbone, how.image(backbone.size()), how.cache_dir);

  MadeBank made{.file = options.out,
                .backbone = backbone.name(),
                .size = backbone.size(),
                .note = backbone.note(),
                .listed = list.files.size()};
  made.skipped = list.skipped;
  made.skipped.insert(made.skipped.end(), all.skipped.begin(), all.skipped.end());
  if (options.strict) data::refuse_skips(made.skipped);
  const std::vector<Index> different = different_pictures(all, made);
  if (different.empty()) {
    throw Error(fmt::format("{}: none of its pictures can be used: {}: {}",
                            base::printable(options.folders[0]),
                            base::printable(made.skipped[0].file), made.skipped[0].why));
  }

  const MatrixF features = all.features(different, Eigen::all);
  const features::Diverse chosen =
      features::pick_diverse(features, kTooLike, options.pictures, options.seed);
  features::Bank bank;
  bank.setup = features::feature_setup(backbone);
  bank.features = features(chosen.rows, Eigen::all);
  for (const Index row : chosen.rows) {
    const auto i = static_cast<std::size_t>(different[static_cast<std::size_t>(row)]);
    bank.pixels.push_back(all.pixels[i]);
    bank.folders.push_back(features::folder_of(list.files[i], options.folders));
  }
  features::write_bank(options.out, bank);

  made.pictures = chosen.rows.size();
  made.folders = std::set(bank.folders.begin(), bank.folders.end()).size();
  made.too_like = chosen.too_like;
  made.not_needed = different.size() - made.pictures - made.too_like;
  return made;
}

}  // namespace oneormany::app
