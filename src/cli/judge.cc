#include "app/judge.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>

#include "base/standard_streams.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/report_options.h"

namespace oneormany::cli {
namespace {

struct Arguments {
  app::JudgeOptions options;
  bool all_scores = false;  ///< all that the files allow
  ReportOptions reports;
};

void run(Arguments& arguments) {
  if (arguments.all_scores) arguments.options.scoring.scores.clear();
  prepare_reports(arguments.reports);
  const auto warn = [&](const std::string& warning) {
    // The report has it among its notes: there nobody overlooks it.
    if (arguments.reports.json) base::say_line("warning: " + warning);
  };
  const evaluate::Results results = app::judge(arguments.options, warn);
  give_reports(results, arguments.reports, reading_if_there(results));
}

CLI::Option* add_files(CLI::App& command, const char* name, std::vector<std::string>& files,
                       const char* what) {
  return command.add_option(name, files, what)->allow_extra_args(false)->option_text("FILE");
}

void add_file_options(CLI::App& command, app::JudgeOptions& options) {
  add_files(
      command, "--logits", options.logits,
      "What the model says before softmax or sigmoid: a row for each picture, a column for "
      "each class. A CSV header names the classes; a column called file or the like names the "
      "pictures for the report. May be given several times, to see several models side by "
      "side")
      ->required()
      ->option_text("FILE REQUIRED");
  command
      .add_option(
          "--targets", options.targets,
          "What is right: a class number (from 0; -1: none of these) for each row, or a "
          "0/1 matrix of the logits' shape; in CSV and .npy also class names, in CSV in one "
          "column or one "
          "called label or labels (an empty cell: none of these)")
      ->required()
      ->option_text("FILE REQUIRED");
  add_files(command, "--unseen", options.unseen,
            "Logits of pictures of none of the classes: how many of them get a label? Nothing is "
            "chosen from these. Once for each --logits, in their order");
  add_files(command, "--background", options.background,
            "Logits of other pictures of none of the classes, which the model was not trained on "
            "either. Model and score are chosen by them, and the expected false accepts are "
            "estimated. Once for each --logits, in their order");
  add_file(command, "--features", options.features,
           "The pictures' features, a row for each of the targets and any columns: adds the scores "
           "of features, fitted on folds of these rows. One for all models");
  add_file(command, "--unseen-features", options.unseen_features, "Those of the unseen pictures");
  add_file(command, "--background-features", options.background_features,
           "Those of the background: adds the score that learns from it");
  add_file(command, "--groups", options.groups,
           (std::string(kGroupsHelp) + ". The intervals then take whole groups").c_str());
  add_label_options(command, options.data_options);
  command.add_flag_callback(
      "--probabilities", [&options] { options.probabilities = true; },
      "--logits, --background and --unseen hold probabilities, from 0 to 1 or per cent: "
      "softmax's become log p, sigmoid's log(p / (1 - p)), with p from 1e-7 to 1 - 1e-7");
  command
      .add_flag_callback(
          "--no-probabilities", [&options] { options.probabilities = false; },
          "They hold logits, though all are from 0 to 1 or sum to 100 (else an error)")
      ->excludes("--probabilities");
}

void add_model_options(CLI::App& command, app::JudgeOptions& options) {
  command
      .add_option_function<std::vector<std::string>>(
          "--activation",
          [&options](const std::vector<std::string>& names) {
            for (const auto& name : names) {
              options.activation.push_back(name == loss::name_of(loss::Activation::kSoftmax)
                                               ? loss::Activation::kSoftmax
                                               : loss::Activation::kSigmoid);
            }
          },
          "What makes the logits probabilities. If not given, softmax where every row has exactly "
          "one class, otherwise sigmoid. Once for all --logits, or for each")
      ->check(CLI::IsMember({"softmax", "sigmoid"}))
      ->allow_extra_args(false)
      ->option_text("softmax|sigmoid");
  add_names(command, options.names,
            "one for each column. Two for one column: it is the second class's logit, against 0 "
            "for the first");
}

}  // namespace

void add_judge(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("judge", "Evaluate logits of any other program, as compare does its own.");
  const auto arguments = std::make_shared<Arguments>();
  app::JudgeOptions& options = arguments->options;
  heading(*command, "Files");
  add_file_options(*command, options);
  heading(*command, "Models");
  add_model_options(*command, options);
  heading(*command, "Scores and thresholds");
  add_scoring_options(*command, options.scoring, &arguments->all_scores,
                      "If not given, all that the files allow. The unseen pictures have no part in "
                      "choosing one");
  heading(*command, kOptions);
  add_report_options(*command, arguments->reports);
  command->footer(
      list_of_scores() +
      "The logits must be of pictures that the model was not trained on (of a test set, or of "
      "cross-validation): else the figures flatter it, and nothing here can tell.\n"
      "\n" +
      kFilesHelp +
      "Row i of logits and targets is about the same picture. From PyTorch: "
      "numpy.save('test.npy', logits.detach().cpu().numpy())\n"
      "\n"
      "Examples\n"
      "  oneormany judge --logits test.npy --targets y.npy --unseen other.npy\n"
      "  oneormany judge --logits old.csv --logits new.csv --targets labels.csv\n");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace oneormany::cli
