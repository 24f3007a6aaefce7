#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <set>

#include "base/error.h"
#include "base/printable.h"
#include "base/progress.h"
#include "cli/commands.h"
#include "cli/data_options.h"
#include "cli/feature_options.h"
#include "cli/terminal.h"
#include "data/data.h"
#include "features/bank.h"
#include "features/features.h"
#include "image/image.h"
#include "report/text.h"

namespace oneormany::cli {
namespace {

namespace fs = std::filesystem;

constexpr double kAlike = 0.9;

struct Arguments {
  std::vector<fs::path> folders;
  fs::path out;
  FeatureOptions features;
  std::size_t pictures = 1500;
  std::uint64_t seed = 1;
  bool quiet = false, strict = false;
};

void run(const Arguments& arguments) {
  if (arguments.quiet) base::Progress::silence();
  image::start_image_library();
  const data::PictureList list = data::list_pictures(arguments.folders);
  const backbone::BackboneOptions backbone_options = arguments.features.backbone();
  const backbone::Backbone backbone(backbone_options);
  const features::FeatureSet all = features::extract_features(
      list.files, backbone, {backbone_options.size, arguments.features.max_megapixels},
      arguments.features.cache_dir());
  std::vector<data::Skip> skipped = list.skipped;
  skipped.insert(skipped.end(), all.skipped.begin(), all.skipped.end());
  if (arguments.strict) data::refuse_skips(skipped);

  std::vector<Index> different;
  std::set<base::Sha256> known;
  std::size_t repeats = 0;
  for (std::size_t i = 0; i < list.files.size(); ++i) {
    if (!all.usable[i]) continue;
    if (known.insert(all.pixels[i]).second) {
      different.push_back(static_cast<Index>(i));
    } else {
      ++repeats;
    }
  }
  if (different.empty()) {
    throw Error(fmt::format("{}: none of its pictures can be used: {}: {}",
                            base::printable(arguments.folders[0]), base::printable(skipped[0].file),
                            skipped[0].why));
  }
  const MatrixF features = all.features(different, Eigen::all);
  const features::Diverse chosen =
      features::pick_diverse(features, kAlike, arguments.pictures, arguments.seed);

  features::Bank bank;
  bank.setup = features::feature_setup(backbone);
  bank.features = features(chosen.rows, Eigen::all);
  for (const Index row : chosen.rows) {
    const auto i = static_cast<std::size_t>(different[static_cast<std::size_t>(row)]);
    bank.pixels.push_back(all.pixels[i]);
    bank.folders.push_back(features::folder_of(list.files[i], arguments.folders));
  }
  features::write_bank(arguments.out, bank);

  std::map<std::string, std::size_t> kinds;
  for (const std::string& kind : bank.folders) ++kinds[kind];
  std::string predictions = fmt::format("{}: {} of {}", base::printable(arguments.out),
                                        base::counted(chosen.rows.size(), "picture"),
                                        base::counted(kinds.size(), "kind"));
  predictions += fmt::format(
      ", chosen from {}; left out: {}, {} too like another (cosine {} or more), {} not needed, {} "
      "that can't be used. Features of {} at {} pixels, {}: give the file to `oneormany compare` "
      "of "
      "the same backbone, size and precision with --background.",
      base::grouped(list.files.size()), base::counted(repeats, "exact repeat"),
      base::grouped(chosen.too_like), kAlike,
      base::grouped(different.size() - chosen.rows.size() - chosen.too_like),
      base::counted(skipped.size(), "file"), base::printable(backbone.name()),
      backbone_options.size, arguments.features.precision);
  for (const std::string& line : report::wrap(predictions, terminal_width()))
    fmt::print("{}\n", line);
}

}  // namespace

void add_background(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "background",
      "Make a bank of background out of pictures of anything: what `compare --background`\n"
      "trains \"none of these\" on. The bank holds features, not the pictures, so it is small\n"
      "and may be kept when they are gone.");
  const auto arguments = std::make_shared<Arguments>();
  command
      ->add_option("DIR", arguments->folders,
                   "Folders of pictures, deeper ones too. The folder that a picture is in is its\n"
                   "kind: compare leaves out kinds that are too near to your classes")
      ->required();
  command->add_option("--out", arguments->out, "The bank's file")->required()->type_name("FILE");
  command
      ->add_option("--pictures", arguments->pictures,
                   "How many to keep: those that are least like each other")
      ->check(CLI::Range(1, 1'000'000))
      ->option_text("N=1500");
  command->add_option("--seed", arguments->seed, "Of the order in which pictures are gone through")
      ->check(CLI::NonNegativeNumber)
      ->option_text("N=1");
  add_feature_options(*command, arguments->features);
  command->add_flag("--strict", arguments->strict,
                    "A file that can't be used is an error (exit code 1)");
  command->add_flag("--quiet", arguments->quiet, "No progress lines");
  command->footer(
      "\nHow it chooses: exact repeats are dropped; then the pictures are gone through in an "
      "order\n"
      "that the seed shuffles, and each is taken unless its features are too like those of one "
      "taken\n"
      "before (cosine 0.9 or more), until there are N.\n"
      "\nWhat makes a good bank: many kinds of things, photographs if your pictures are "
      "photographs, a\n"
      "few hundred at least, and nothing of your classes (what is too near to them is left out).\n"
      "\nExamples\n"
      "  oneormany background things/ more/ --out things.bank\n"
      "  oneormany background things/ --out r18.bank --backbone resnet18.pth --size 128\n"
      "  oneormany compare birds/ --unseen holiday/ --background things.bank\n");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace oneormany::cli
