#include "compare/compare.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "base/share.h"
#include "cli/commands.h"
#include "cli/data_options.h"
#include "cli/report_options.h"
#include "features/features.h"
#include "image/image.h"

namespace oneormany {
namespace {

struct Arguments {
  CompareOptions options;
  std::string cache = default_cache_dir().string();
  std::string precision = "f32";
  std::vector<std::string> losses, heads;
  bool no_cache = false;
  ReportOptions reports;
};

/// CLI11 would take -1 for a very large number.
std::string whole_number(const std::string& text) {
  const bool digits =
      !text.empty() && text.size() < 19 &&
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits ? "" : "'" + text + "' is no whole number from 0 up";
}

void run(Arguments& arguments) {
  CompareOptions& options = arguments.options;
  if (arguments.precision == "bf16") options.backbone.precision = Precision::kBf16;
  for (const auto& loss : arguments.losses) options.losses.push_back(parse_loss(loss));
  if (!arguments.heads.empty()) options.heads.clear();
  for (const auto& head : arguments.heads) {
    for (const HeadKind kind : {HeadKind::kLinear, HeadKind::kRbf, HeadKind::kMlp}) {
      if (head == name_of(kind)) options.heads.push_back(kind);
    }
  }
  if (!arguments.no_cache) options.cache_dir = arguments.cache;
  share_dir();  // the weights are there
  prepare_reports(arguments.reports);
  start_image_library();
  give_reports(compare(options), arguments.reports, options.max_megapixels);
}

}  // namespace

void add_compare(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "compare",
      "Train a classification and a label model on the same pictures and judge both,\n"
      "on the pictures of the classes (out-of-fold) and on pictures they never saw.");
  const auto arguments = std::make_shared<Arguments>();
  CompareOptions& options = arguments->options;
  add_data_options(*command, options.data, options.data_options);
  command
      ->add_option("--unseen", options.unseen,
                   "Folder of pictures of something else: judges what the models say to them.\n"
                   "Nothing is ever learned or chosen from these. May be given several times")
      ->allow_extra_args(false)
      ->option_text("DIR");
  command
      ->add_option("--background", options.background,
                   "Folder of pictures of none of the classes, to train on: adds the arms\n"
                   "classes+none and labels+background. May be given several times")
      ->allow_extra_args(false)
      ->option_text("DIR");
  command->add_option("--folds", options.folds, "Folds of the cross-validation (3 or more)")
      ->capture_default_str()
      ->type_name("K");
  command
      ->add_option("--seeds", options.seeds,
                   "Seeds that deal the pictures into folds: one number, or several as 1,2,3")
      ->delimiter(',')
      ->check(whole_number)
      ->allow_extra_args(false)
      ->option_text("N[,N...]=1");
  command
      ->add_option("--losses", arguments->losses,
                   "What the models are fitted to, each loss a model (with --background two):\n"
                   "cross_entropy and bce_with_logits if not given; parameters as in\n"
                   "asymmetric:gamma_negative=2:margin=0")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->option_text("NAME[,NAME...]");
  command
      ->add_option("--heads", arguments->heads,
                   "What is trained on the features: linear, rbf (on how near a picture is to\n"
                   "known ones), or mlp (a small network with dropout and batch norm, slower);\n"
                   "or several, each loss under each")
      ->delimiter(',')
      ->check(CLI::IsMember({"linear", "rbf", "mlp"}))
      ->allow_extra_args(false)
      ->option_text("linear,rbf,mlp=linear");
  command
      ->add_option("--backbone", options.backbone.name,
                   "The frozen network: efficientnet-lite0, or a weight file of it or of\n"
                   "torchvision's resnet18/34/50 or mobilenet_v2, or an ONNX file")
      ->capture_default_str()
      ->type_name("NAME|FILE");
  command->add_option("--size", options.backbone.size, "Pixels along each side for the network")
      ->check(CLI::Range(32, 1024))
      ->option_text("PIXELS=224");
  command
      ->add_option(
          "--precision", arguments->precision,
          "Of the network: f32 (the default), or bf16 (faster on processors that have it,\n"
          "slightly other numbers)")
      ->check(CLI::IsMember({"f32", "bf16"}))
      ->option_text("f32|bf16");
  command
      ->add_option("--max-megapixels", options.max_megapixels,
                   "Larger pictures are skipped: most are mistakes")
      ->check(positive)
      ->option_text("MP=250");
  command->add_flag("--strict", options.strict,
                    "A file that can't be used is an error (exit code 1)");
  command->add_option("--cache", arguments->cache, "Folder where features are kept")
      ->capture_default_str()
      ->type_name("DIR");
  command->add_flag("--no-cache", arguments->no_cache, "Neither read nor keep features");
  add_report_options(*command, arguments->reports);
  command->footer(
      "\nExamples\n"
      "  oneormany compare birds/ --unseen holiday/\n"
      "  oneormany compare birds/ --unseen holiday/ --background other-animals/\n"
      "  oneormany compare birds/ --losses cross_entropy,softmax_focal:gamma=1 --heads linear,mlp\n"
      "  oneormany compare tags.csv --label-delimiter '|' --seeds 1,2,3 --json > report.json\n");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace oneormany
