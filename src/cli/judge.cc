#include "app/judge.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/printable.h"
#include "cli/commands.h"
#include "cli/data_options.h"
#include "cli/report_options.h"
#include "cli/score_options.h"

namespace oneormany::cli {
namespace {

struct Arguments {
  app::JudgeOptions options;
  std::vector<std::string> activations;
  ScoreOptions scores;
  ReportOptions reports;
};

void warn(const std::string& warning) {
  fmt::print(stderr, "oneormany: warning: {}\n", base::printable(warning));
}

void run(Arguments& arguments) {
  app::JudgeOptions& options = arguments.options;
  const std::vector<ood::ScoreKind> named = arguments.scores.kinds();  // all: what the files allow
  if (!arguments.scores.all()) options.scores = named;
  options.aim = arguments.scores.aim();
  options.label_aim = arguments.scores.label_aim();
  options.alpha = arguments.scores.alpha;
  for (const std::string& name : arguments.activations) {
    options.activation.push_back(name == loss::name_of(loss::Activation::kSoftmax)
                                     ? loss::Activation::kSoftmax
                                     : loss::Activation::kSigmoid);
  }
  prepare_reports(arguments.reports);
  constexpr double kNoPictures = 0;
  give_reports(app::judge(options, warn), arguments.reports, kNoPictures);
}

}  // namespace

void add_judge(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "judge",
      "Judge logits that any other program gave, as `compare` judges its own models: the same\n"
      "measures, thresholds, intervals and report. No picture is read, nothing is trained.");
  const auto arguments = std::make_shared<Arguments>();
  app::JudgeOptions& options = arguments->options;
  command
      ->add_option("--logits", options.logits,
                   "What the model says before softmax or sigmoid: a row for each picture, a\n"
                   "column for each class. A CSV header names the classes. May be given several\n"
                   "times, to see several models side by side")
      ->required()
      ->allow_extra_args(false)
      ->option_text("FILE REQUIRED");
  command
      ->add_option("--targets", options.targets,
                   "The right answers: a class number (from 0; -1: none of these) for each row,\n"
                   "or a 0/1 matrix of the logits' shape; in CSV also class names, in one column\n"
                   "or one called label or labels (an empty cell: none of these)")
      ->required()
      ->option_text("FILE REQUIRED");
  command
      ->add_option("--unseen", options.unseen,
                   "Logits of pictures of none of the classes: judges what the model says to\n"
                   "them. Nothing is chosen from these. Once for each --logits, in their order")
      ->allow_extra_args(false)
      ->option_text("FILE");
  command
      ->add_option("--background", options.background,
                   "Logits of other pictures of none of the classes, that the model was not\n"
                   "trained on either: a rehearsal, by which model and score are chosen and which\n"
                   "says what to expect. Once for each --logits, in their order")
      ->allow_extra_args(false)
      ->option_text("FILE");
  command
      ->add_option("--features", options.features,
                   "The pictures' features, a row for each of the targets and any columns: adds\n"
                   "the scores that go by them, fitted on folds of these rows. One for all models")
      ->option_text("FILE");
  command->add_option("--unseen-features", options.unseen_features, "Those of the unseen pictures")
      ->option_text("FILE");
  command
      ->add_option("--background-features", options.background_features,
                   "Those of the background: adds the scores that learn from it")
      ->option_text("FILE");
  command
      ->add_option("--activation", arguments->activations,
                   "What makes the logits probabilities. When not given: softmax if every row has\n"
                   "exactly one class, otherwise sigmoid. Once for all --logits, or for each")
      ->check(CLI::IsMember({"softmax", "sigmoid"}))
      ->allow_extra_args(false)
      ->option_text("softmax|sigmoid");
  command->add_option("--names", options.names, "The classes' names, one for each column")
      ->delimiter(',')
      ->transform([](std::string name) { return CLI::detail::trim(name); })
      ->allow_extra_args(false)
      ->option_text("A,B,...");
  command
      ->add_option("--groups", options.groups,
                   "One value for each row; equal ones belong together (pictures of one object,\n"
                   "or one picture several times), which makes the intervals honest")
      ->option_text("FILE");
  add_score_options(*command, arguments->scores,
                    "If not given, all that the files\n"
                    "allow; the best is chosen by the background");
  add_label_options(*command, options.data_options);
  add_report_options(*command, arguments->reports);
  command->footer(
      list_of_scores() +
      "\nThe logits must be of pictures that the model was not trained on (out-of-fold, or of a\n"
      "test set): else the figures flatter it, and nothing here can tell.\n"
      "\n"
      "A FILE is .npy (numpy.save), .safetensors (FILE.safetensors:NAME where it holds several\n"
      "tensors) or CSV. Row i of logits and targets is about the same picture.\n"
      "\nExamples\n"
      "  oneormany judge --logits test.npy --targets y.npy --unseen other.npy\n"
      "  oneormany judge --logits test.csv --targets test-labels.csv --names robin,wren\n"
      "  oneormany judge --logits old.npy --logits new.npy --targets y.npy \\\n"
      "                  --unseen old-other.npy --unseen new-other.npy\n"
      "  oneormany judge --logits test.npy --targets y.npy --background other.npy --aim f1\n"
      "  oneormany judge --logits test.npy --targets y.npy --features x.npy --scores knn,vim\n"
      "  oneormany judge --logits out.safetensors:logits --targets out.safetensors:y --json\n"
      "\nFrom PyTorch: numpy.save('test.npy', logits.detach().cpu().numpy())\n");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace oneormany::cli
