#include "app/compare.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>

#include "app/train.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/standard_streams.h"
#include "base/write_file.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/report_options.h"
#include "cli/terminal.h"
#include "model/model_file.h"
#include "report/model_card.h"
#include "report/terminal_writer.h"

namespace oneormany::cli {
namespace {

constexpr const char* kPictures = "Pictures";
constexpr const char* kFeatures = "Features in place of pictures";
constexpr const char* kReading = "From pictures to features";

struct Arguments {
  app::CompareOptions options;
  app::FeatureFiles given;  ///< of --features, if that is given
  std::optional<std::string> features, targets;
  std::optional<std::string> save;  ///< the model's file
  ReportOptions reports;
};

/// --background names pictures, "builtin", "none" and bank files, in any order.
void take_background(const std::vector<std::string>& given, app::CompareOptions& options) {
  using Choice = train::BankOptions::Choice;
  for (const std::string& one : given) {
    std::error_code ignored;
    train::BankOptions bank;
    if (one == "builtin") {
      bank = {Choice::kBuiltIn, {}};
    } else if (one == "none") {
      bank = {Choice::kNone, {}};
    } else if (data::names_pictures(one)) {
      options.background.emplace_back(one);
      continue;
    } else if (std::filesystem::is_regular_file(one, ignored)) {
      bank = {Choice::kFile, one};
    } else if (std::filesystem::status(one, ignored).type() ==
               std::filesystem::file_type::not_found) {
      throw Error(fmt::format(
          "{}: doesn't exist: --background takes a folder of pictures, a table of their names, a "
          "bank's file, builtin or none",
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

/// Throws UsageError where pictures and features are mixed, or neither is given.
void require_one_source(const CLI::App& command, const Arguments& arguments) {
  const bool features = arguments.features.has_value();
  if (features != arguments.targets.has_value()) {
    throw UsageError(features ? "--features needs --targets: what is right for each of its rows"
                              : "--targets needs --features: what the models learn from");
  }
  const auto of = [](const CLI::Option& option, const char* group) {
    return option.get_group() == group;
  };
  for (const CLI::Option* option : command.get_options()) {
    const std::string name = option->get_name();
    const bool of_targets = name == "--label-column" || name == "--label-delimiter";
    if (option->count() == 0 || of_targets) continue;
    if (!features && of(*option, kFeatures)) {
      throw UsageError(name + " needs --features and --targets");
    }
    if (!features || !(of(*option, kPictures) || of(*option, kReading) || name == "--strict")) {
      continue;
    }
    throw UsageError(fmt::format("{} is for pictures, and --features takes their place: {}", name,
                                 name == "--background"   ? "give --background-features"
                                 : name == "--unseen"     ? "give --unseen-features"
                                 : name == "--unlabelled" ? "give --unlabelled-features"
                                                          : "leave one of them out"));
  }
  if (!features && arguments.options.data.empty()) {
    throw UsageError(fmt::format(
        "DATA is required: a folder or a table of pictures{} (see "
        "oneormany {} --help)",
        command.get_option_no_throw("--features") ? "; or their --features, and --targets" : "",
        command.get_name()));
  }
}

/// It can be read once.
void require_one_standard_input(const app::CompareOptions& options) {
  std::vector<std::string> reading;
  for (const auto& [name, sources] :
       {std::pair("--unseen", &options.unseen), std::pair("--background", &options.background),
        std::pair("--unlabelled", &options.unlabelled)}) {
    reading.insert(reading.end(),
                   static_cast<std::size_t>(
                       std::count(sources->begin(), sources->end(), data::kStandardInput)),
                   name);
  }
  if (reading.size() < 2) return;
  throw UsageError(
      fmt::format("{} and {} both read standard input (-), which can be read once: "
                  "give one of them a file",
                  reading[0], reading[1]));
}

/// Of a model that is replaced: "in place of the one of 2 classes (a, b)".
std::string in_place_of(const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::file_size(file, ignored) == 0 || ignored) return "";
  try {
    std::vector<std::string> names;
    for (const std::string& name : model::read_model(file).model.classes) {
      names.push_back(base::excerpt(name));
    }
    return fmt::format(", in place of the one of {} ({})",
                       base::counted(names.size(), "class", "classes"), base::examples(names));
  } catch (const Error&) {
    return ", in place of one that could not be read";
  }
}

/// The model first: it is what people came for. If it can't be written the report is given all the
/// same.
void train(const Arguments& arguments) {
  const std::filesystem::path file = *arguments.save;
  const auto refuse = [&] {
    if (!arguments.reports.force) model::refuse_foreign_model(file);
  };
  refuse();
  base::require_writable(file);
  const app::Trained trained = app::train(arguments.options);
  std::exception_ptr failed;
  std::string replaced;
  try {
    refuse();  // once more: it may have been a long time
    replaced = in_place_of(file);
    model::write_model(file, trained.model);
  } catch (const Error&) {
    failed = std::current_exception();
  }
  try {
    give_reports(trained.results, arguments.reports, arguments.options.features.reading);
  } catch (const Error& error) {
    if (!failed) throw;
    base::say_line(error.what());
  }
  if (failed) {
    std::fflush(stdout);
    std::rethrow_exception(failed);
  }
  if (arguments.reports.json) return;
  fmt::print("model: {}{}\n", base::printable(file), replaced);
  const report::Look look = terminal_look();
  report::TerminalWriter out(look);
  out.flow("  ", "It has learned from all pictures, and goes by a threshold of its own. " +
                     report::rule_text(trained.model));
  fmt::print("{}", out.text());
}

void run(const CLI::App& command, Arguments& arguments) {
  require_one_source(command, arguments);
  require_one_standard_input(arguments.options);
  if (arguments.features) {
    arguments.given.features = *arguments.features;
    arguments.given.targets = *arguments.targets;
    arguments.options.given = arguments.given;
  }
  arguments.reports.asks = arguments.options.ask > 0;
  prepare_reports(arguments.reports);
  if (arguments.save) {
    train(arguments);
    return;
  }
  const evaluate::Results results = app::compare(arguments.options);
  give_reports(results, arguments.reports,
               arguments.features ? reading_if_there(results)
                                  : std::optional(arguments.options.features.reading));
}

void add_picture_options(CLI::App& command, app::CompareOptions& options) {
  command.add_option("DATA", options.data, kSourcesHelp)->type_name("");
  add_data_options(command, options.data_options);
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
                  "Pictures of none of the classes: how many of them get a label? Nothing is "
                  "learned or chosen from these. See PICTURES below. May be given several times")
      ->allow_extra_args(false)
      ->option_text("PICTURES");
  command
      .add_option_function<std::vector<std::string>>(
          "--background",
          [&options](const std::vector<std::string>& given) { take_background(given, options); },
          "Pictures of none of the classes to train on: adds the models classes+none and "
          "labels+background. builtin (also if nothing is given): a few pictures of many things, "
          "without those too near to your classes. PICTURES: your own, beside the built-in ones. "
          "BANK: one of `oneormany background` in their place. none: no bank. May be given several "
          "times")
      ->allow_extra_args(false)
      ->option_text("builtin|none|PICTURES|BANK");
  command
      .add_option("--unlabelled", options.unlabelled,
                  "Unsorted pictures from where yours are from, such as those that are to be "
                  "labelled later. Most are background of the best kind; those that look like your "
                  "classes are found and left out, most of them. Some hundreds are enough. May be "
                  "given several times")
      ->allow_extra_args(false)
      ->option_text("PICTURES");
}

/// What people can say of the unlabelled pictures, be they files or features.
void add_answer_options(CLI::App& command, app::CompareOptions& options) {
  command
      .add_option(
          "--ask", options.ask,
          "Draw so many of the unlabelled pictures (50 are enough for a start), show them in "
          "report.html, and write ask.csv beside it for you to fill in: of each the class, or "
          "none. All of them, if there are no more")
      ->check(whole_number_above_0)
      ->option_text("N");
  command
      .add_option(
          "--answers", options.answers,
          "ask.csv, filled in: what share of the unlabelled pictures gets a wrong label, and "
          "at which threshold how many. Rows without an answer are fine. What you say is none "
          "is background, and what is of a class isn't")
      ->option_text("FILE");
}

void add_given_options(CLI::App& command, Arguments& arguments) {
  add_file(command, "--features", arguments.features,
           "Features of your own network, a row for each picture of the classes: the same job "
           "without DATA. No picture is read, and no bank is used");
  add_file(command, "--targets", arguments.targets,
           "What is right for each row: class numbers (from 0; -1: none of these), names, or a 0/1 "
           "matrix with a column for each class; in CSV one column, or one called label or labels "
           "(see --label-column, --label-delimiter; an empty cell: none of these)");
  add_file(
      command, "--background-features", arguments.given.background,
      "Those of pictures of none of the classes, to train on: adds the models with background");
  add_file(command, "--unlabelled-features", arguments.given.unlabelled,
           "Those of unsorted pictures from where yours are from, as --unlabelled");
  add_file(command, "--unseen-features", arguments.given.unseen,
           "Those of pictures of none of the classes, to test with: nothing is learned or chosen "
           "from these");
  add_names(command, arguments.given.names,
            "in the order of class numbers or of the matrix's columns. If not given, as the "
            "targets have them");
  add_file(command, "--groups", arguments.given.groups,
           (std::string(kGroupsHelp) + ". Folds and intervals then take whole groups").c_str());
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

void add_save(CLI::App& command, Arguments& arguments, const char* names) {
  command
      .add_option_function<std::string>(
          "--model",
          [&arguments](const std::string& name) {
            if (name != "auto") arguments.options.model = name;
          },
          "Which of the models to use, by its name in the report; auto: the one that is "
          "recommended")
      ->option_text("auto|NAME=auto");
  add_file(
      command, names, arguments.save,
      "The file of the model that is recommended, fitted on everything, for `oneormany predict`");
}

/// Both commands do the same job; one of them keeps the model.
void add_comparison(CLI::App& command, bool keeps_model, const std::string& examples) {
  const auto arguments = std::make_shared<Arguments>();
  app::CompareOptions& options = arguments->options;
  if (keeps_model) {
    heading(command, "Model");
    add_save(command, *arguments, "-o,--save");
    command.get_option("--save")->required()->option_text("FILE REQUIRED");
  }
  heading(command, kPictures);
  add_picture_options(command, options);
  if (!keeps_model) {
    heading(command, kFeatures);
    add_given_options(command, *arguments);
  }
  heading(command, "Your answers");
  add_answer_options(command, options);
  heading(command, "Models");
  if (!keeps_model) add_save(command, *arguments, "--save");
  add_model_options(command, options);
  heading(command, "Scores and thresholds");
  add_scoring_options(command, options.scoring, nullptr,
                      "If not given, those of the logits alone. The unseen pictures have no part "
                      "in choosing one");
  heading(command, kReading);
  add_feature_options(command, options.features);
  add_stages(command, options.stages);
  heading(command, kOptions);
  add_strict(command, options.strict);
  add_report_options(command, arguments->reports);
  const std::string features =
      kFilesHelp + std::string(
                       "Row i of features and targets is about the same picture. The network must "
                       "not have been trained on these pictures: else the figures flatter it.\n");
  command.footer(
      list_of_scores() +
      "PICTURES are a folder (and all below it), a picture, a table with a column of files (.csv, "
      ".tsv, .txt or .jsonl; names count from the table's folder, or see --pictures), or - for a "
      "list on standard input, a file name a line. " +
      (keeps_model ? "\n" : features) + "\nExamples\n" + examples);
  command.callback([&command, arguments] { run(command, *arguments); });
}

}  // namespace

void add_compare(CLI::App& app) {
  add_comparison(
      *app.add_subcommand("compare",
                          "Train classification and label models, and say which to use."),
      false,
      "  oneormany compare birds/ --unseen holiday/\n"
      "  oneormany compare tags.csv --background other-animals/ --seeds 1,2,3\n"
      "  find /archive -name '*.jpg' | oneormany compare birds/ --unlabelled -\n"
      "  oneormany compare flowers/ --split train --test-split test\n"
      "  oneormany compare birds/ --unlabelled unsorted/ --ask 50\n"
      "  oneormany compare birds/ --unlabelled unsorted/ --answers oneormany-report/ask.csv\n"
      "  oneormany compare --features x.npy --targets y.npy --background-features b.npy\n");
}

void add_train(CLI::App& app) {
  add_comparison(
      *app.add_subcommand("train", "Compare, and keep the model that is recommended."), true,
      "  oneormany train birds/ -o birds.oom\n"
      "  oneormany train birds/ -o birds.oom --unlabelled unsorted/ --aim precision=0.98\n"
      "  oneormany predict birds.oom scans/ > scans.csv\n");
}

}  // namespace oneormany::cli
