#include "app/compare.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>

#include "base/error.h"
#include "base/printable.h"
#include "base/share.h"
#include "cli/commands.h"
#include "cli/data_options.h"
#include "cli/feature_options.h"
#include "cli/report_options.h"
#include "cli/score_options.h"
#include "image/image.h"

namespace oneormany::cli {
namespace {

struct Arguments {
  app::CompareOptions options;
  FeatureOptions features;
  std::string stages = "all";
  ScoreOptions scores;
  std::vector<std::string> losses, heads, background;
  ReportOptions reports;
};

/// CLI11 would take -1 for a very large number.
std::string whole_number(const std::string& text) {
  const bool digits =
      !text.empty() && text.size() < 19 &&
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits ? "" : "'" + text + "' is no whole number from 0 up";
}

/// --background names folders, "builtin", "none" and bank files, in any order.
void take_background(const std::vector<std::string>& given, app::CompareOptions& options) {
  using Choice = train::BankOptions::Choice;
  for (const std::string& one : given) {
    std::error_code ignored;
    train::BankOptions bank;
    if (one == "builtin") {
      bank = {Choice::kBuiltIn, {}};
    } else if (one == "none") {
      bank = {Choice::kNone, {}};
    } else if (std::filesystem::is_regular_file(one, ignored)) {
      bank = {Choice::kFile, one};
    } else if (std::filesystem::status(one, ignored).type() ==
               std::filesystem::file_type::not_found) {
      throw Error(fmt::format(
          "{}: doesn't exist: --background takes a folder of pictures, a bank's file, builtin or "
          "none",
          base::printable(std::filesystem::path(one))));
    } else {
      options.background.emplace_back(one);
      continue;
    }
    if (options.bank.choice != Choice::kIfThere) {
      throw UsageError(
          "--background takes one of builtin, none and a bank's file, not two of them");
    }
    options.bank = bank;
  }
}

void run(Arguments& arguments) {
  app::CompareOptions& options = arguments.options;
  options.backbone = arguments.features.backbone();
  options.max_megapixels = arguments.features.max_megapixels;
  options.cache_dir = arguments.features.cache_dir();
  if (arguments.stages == "last") options.stages = features::Stages::kLast;
  take_background(arguments.background, options);
  for (const auto& loss : arguments.losses) options.losses.push_back(loss::parse_loss(loss));
  for (const auto& head : arguments.heads) {
    for (const head::HeadKind kind :
         {head::HeadKind::kLinear, head::HeadKind::kRbf, head::HeadKind::kMlp}) {
      if (head == head::name_of(kind)) options.heads.push_back(kind);
    }
  }
  options.scores = arguments.scores.kinds();
  options.aim = arguments.scores.aim();
  options.label_aim = arguments.scores.label_aim();
  options.alpha = arguments.scores.alpha;
  base::share_dir();  // the weights are there
  prepare_reports(arguments.reports);
  image::start_image_library();
  give_reports(app::compare(options), arguments.reports, options.max_megapixels);
}

}  // namespace

void add_compare(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "compare",
      "Train a classification and a label model on the same pictures and judge both,\n"
      "on the pictures of the classes (out-of-fold) and on pictures they never saw.");
  const auto arguments = std::make_shared<Arguments>();
  app::CompareOptions& options = arguments->options;
  add_data_options(*command, options.data, options.data_options);
  command
      ->add_option("--unseen", options.unseen,
                   "Folder of pictures of something else: judges what the models say to them.\n"
                   "Nothing is ever learned or chosen from these. May be given several times")
      ->allow_extra_args(false)
      ->option_text("DIR");
  command
      ->add_option(
          "--background", arguments->background,
          "What none of the classes looks like, to train on: adds the arms classes+none\n"
          "and labels+background. builtin (also if nothing is given): a few pictures of\n"
          "many things, without those that are too near to your classes. DIR: pictures of\n"
          "your own, beside the built-in ones. FILE: a bank from `oneormany background`\n"
          "in their place. none: no bank. May be given several times")
      ->allow_extra_args(false)
      ->option_text("builtin|none|DIR|FILE");
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
                   "What the models are fitted to, each loss a model (with background two):\n"
                   "cross_entropy and bce_with_logits if not given; parameters as in\n"
                   "asymmetric:gamma_negative=2:margin=0")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->option_text("NAME[,NAME...]");
  command
      ->add_option("--heads", arguments->heads,
                   "What is trained on the features: linear, rbf (on how near a picture is to\n"
                   "known ones), or mlp (a small network with dropout and batch norm, slower);\n"
                   "or several, each loss under each. If not given, linear, and with background\n"
                   "rbf beside it")
      ->delimiter(',')
      ->check(CLI::IsMember({"linear", "rbf", "mlp"}))
      ->allow_extra_args(false)
      ->option_text("linear,rbf,mlp");
  add_score_options(*command, arguments->scores,
                    "If not given, those of the outputs\n"
                    "alone, the first five; the best is chosen without the unseen pictures");
  add_feature_options(*command, arguments->features);
  command
      ->add_option(
          "--stages", arguments->stages,
          "Which features of the network to use: of all its stages that give some (three\n"
          "in the default one, see docs/unseen.md), or of the last layer alone. Cache and\n"
          "banks serve both. An ONNX file has one stage: both mean the same")
      ->check(CLI::IsMember({"all", "last"}))
      ->option_text("all|last=all");
  command->add_flag("--strict", options.strict,
                    "A file that can't be used is an error (exit code 1)");
  add_report_options(*command, arguments->reports);
  command->footer(
      list_of_scores() +
      "\nExamples\n"
      "  oneormany compare birds/ --unseen holiday/\n"
      "  oneormany compare birds/ --unseen holiday/ --background other-animals/\n"
      "  oneormany compare birds/ --background none --background other-animals/   and no others\n"
      "  oneormany compare birds/ --losses cross_entropy,softmax_focal:gamma=1 --heads linear,mlp\n"
      "  oneormany compare tags.csv --label-delimiter '|' --seeds 1,2,3 --json > report.json\n");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace oneormany::cli
