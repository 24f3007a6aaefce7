#include "app/compare.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "base/error.h"
#include "base/printable.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/report_options.h"

namespace oneormany::cli {
namespace {

struct Arguments {
  app::CompareOptions options;
  ReportOptions reports;
};

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
          base::printable(one)));
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

head::HeadKind head_named(const std::string& name) {
  for (const head::HeadKind kind : {head::HeadKind::kRbf, head::HeadKind::kMlp}) {
    if (name == head::name_of(kind)) return kind;
  }
  return head::HeadKind::kLinear;
}

void run(const Arguments& arguments) {
  prepare_reports(arguments.reports);
  give_reports(app::compare(arguments.options), arguments.reports,
               arguments.options.features.reading);
}

void add_picture_options(CLI::App& command, app::CompareOptions& options) {
  add_data_options(command, options.data, options.data_options);
  command
      .add_option("--test", options.test,
                  "A test set: a folder or table like DATA. Nothing is trained on it or chosen by "
                  "it; its figures stand beside those of cross-validation")
      ->option_text("DATA");
  command
      .add_option(
          "--test-split", options.test_split,
          "The same, as a split of DATA (a folder or a column), such as test; trained on is "
          "then --split, or train if that isn't given")
      ->option_text("NAME");
  command
      .add_option("--unseen", options.unseen,
                  "A folder of pictures of none of the classes: how many of them get a label? "
                  "Nothing is learned or chosen from these. May be given several times")
      ->allow_extra_args(false)
      ->option_text("DIR");
  command
      .add_option_function<std::vector<std::string>>(
          "--background",
          [&options](const std::vector<std::string>& given) { take_background(given, options); },
          "Pictures of none of the classes to train on: adds the models classes+none and "
          "labels+background. builtin (also if nothing is given): a few pictures of many things, "
          "without those too near to your classes. DIR: your own pictures, beside the built-in "
          "ones. FILE: a bank of `oneormany background` in their place. none: no bank. May be "
          "given several times")
      ->allow_extra_args(false)
      ->option_text("builtin|none|DIR|FILE");
}

void add_model_options(CLI::App& command, app::CompareOptions& options) {
  command
      .add_option_function<std::vector<std::string>>(
          "--losses",
          [&options](const std::vector<std::string>& names) {
            for (const auto& name : names) options.losses.push_back(loss::parse_loss(name));
          },
          "Losses to train with (`oneormany losses` lists them): each is a model, with background "
          "two. If not given, cross_entropy and bce_with_logits. Parameters as in "
          "asymmetric:gamma_negative=2:margin=0")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->option_text("NAME[,NAME...]");
  command
      .add_option_function<std::vector<std::string>>(
          "--heads",
          [&options](const std::vector<std::string>& names) {
            for (const auto& name : names) options.heads.push_back(head_named(name));
          },
          "What is trained on the features: linear, rbf (by how near a picture is to known ones) "
          "or mlp (a small network, slower); of several, each loss under each. If not given, "
          "linear, and with background rbf too")
      ->delimiter(',')
      ->check(CLI::IsMember({"linear", "rbf", "mlp"}))
      ->allow_extra_args(false)
      ->option_text("linear,rbf,mlp");
  command.add_option("--folds", options.folds, "Folds of the cross-validation, 3 or more")
      ->option_text("K=5");
  command
      .add_option("--seeds", options.seeds,
                  "Seeds of the split into folds, as 1,2,3: one repeat for each")
      ->delimiter(',')
      ->check(whole_number)
      ->allow_extra_args(false)
      ->option_text("N[,N...]=1");
}

void add_stages(CLI::App& command, features::Stages& stages) {
  command
      .add_option_function<std::string>(
          "--stages",
          [&stages](const std::string& which) {
            stages = which == "last" ? features::Stages::kLast : features::Stages::kAll;
          },
          "Features of all stages of the network, or of its last layer alone. An ONNX file has "
          "one stage: both mean the same")
      ->check(CLI::IsMember({"all", "last"}))
      ->option_text("all|last=all");
}

}  // namespace

void add_compare(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("compare", "Train classification and label models, and say which to use.");
  const auto arguments = std::make_shared<Arguments>();
  app::CompareOptions& options = arguments->options;
  heading(*command, "Pictures");
  add_picture_options(*command, options);
  heading(*command, "Models");
  add_model_options(*command, options);
  heading(*command, "Scores and thresholds");
  add_scoring_options(*command, options.scoring, nullptr,
                      "If not given, those of the logits alone. The unseen pictures have no part "
                      "in choosing one");
  heading(*command, "Features");
  add_feature_options(*command, options.features);
  add_stages(*command, options.stages);
  heading(*command, kOptions);
  add_strict(*command, options.strict);
  add_report_options(*command, arguments->reports);
  command->footer(list_of_scores() +
                  "Examples\n"
                  "  oneormany compare birds/ --unseen holiday/\n"
                  "  oneormany compare tags.csv --background other-animals/ --seeds 1,2,3\n"
                  "  oneormany compare flowers/ --split train --test-split test\n");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace oneormany::cli
