#include "app/explain.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <optional>

#include "app/logits.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "report/explanation.h"

namespace oneormany::cli {
namespace {

struct Arguments {
  std::vector<std::string> logits;
  std::string names, target, losses, file;
  std::size_t row = 1;
  double threshold = 0.9;
  int digits = 4;
  bool json = false;
};

std::vector<std::string> parts(const std::string& text) {
  std::vector<std::string> found;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    found.push_back(app::trimmed(text.substr(at, end - at)));
    at = end + 1;
  }
  return found;
}

app::LogitRow logits_of(const Arguments& arguments, std::optional<std::size_t> row) {
  const bool from_pipe = arguments.file == "-" || arguments.logits == std::vector<std::string>{"-"};
  if (!arguments.logits.empty() && !from_pipe) {
    if (!arguments.file.empty()) throw UsageError("give either logits or --file, not both");
    if (row.value_or(1) != 1) throw UsageError("--row: logits on the command line are one row");
    app::LogitRow given = app::argument_logits(arguments.logits);
    if (given.logits.empty()) throw UsageError("no logits: write some numbers, as in 2.1 -0.3 1.2");
    return given;
  }
  if (!arguments.file.empty() && arguments.file != "-")
    return app::read_logits(arguments.file, row);
  if (!from_pipe && isatty(STDIN_FILENO) != 0) {
    throw UsageError(
        "no logits: write them (oneormany explain 2.1 -0.3 1.2), name a file of them (--file "
        "FILE) or pipe them in");
  }
  return app::read_logits(std::cin, "standard input", row);
}

void run(const Arguments& arguments, const CLI::App& command) {
  const auto given = [&](const char* option) { return command.count(option) > 0; };
  if (given("--loss") && !given("--target")) {
    throw UsageError("--loss wants --target: which class is right? (or several, a,b; or none)");
  }
  app::Question question;
  question.threshold = arguments.threshold;
  if (given("--names")) question.names = parts(arguments.names);
  if (given("--target")) question.target = arguments.target;
  if (given("--loss")) {
    for (const std::string& loss : parts(arguments.losses)) {
      question.losses.push_back(loss::parse_loss(loss));
    }
  }
  const app::LogitRow row =
      logits_of(arguments, given("--row") ? std::optional(arguments.row) : std::nullopt);
  question.logits = row.logits;
  if (question.names.empty()) question.names = row.names;
  question.note = row.note;
  question.row = row.row;
  question.rows = row.rows;
  const app::Explanation explanation = app::explain(question);
  if (arguments.json) {
    fmt::print("{}\n", report::explanation_json(explanation));
  } else {
    fmt::print("{}", report::explanation_text(explanation, arguments.digits, terminal_look()));
  }
}

}  // namespace

void add_explain(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("explain", "Show step by step what softmax and sigmoid make of logits.");
  const auto arguments = std::make_shared<Arguments>();
  command
      ->add_option("LOGITS", arguments->logits,
                   "One number for each class, with spaces or commas between them; - or nothing: "
                   "from standard input")
      ->type_name("");
  command
      ->add_option("--names", arguments->names, "The classes' names; else they are counted from 0")
      ->option_text("A,B,...");
  command
      ->add_option("--target", arguments->target,
                   "What is right: a class, several, or none; by name or number. Shows the losses "
                   "and their gradients")
      ->option_text("A[,B...]");
  command
      ->add_option("--loss", arguments->losses,
                   "Losses to show (`oneormany losses` lists them); parameters as in "
                   "sigmoid_focal:gamma=1. If not given, cross_entropy and bce_with_logits")
      ->option_text("NAME[,NAME...]");
  command
      ->add_option("--threshold", arguments->threshold,
                   "Say yes to classes with a probability above this")
      ->check(share)
      ->option_text("T=0.9");
  command
      ->add_option("--file", arguments->file,
                   "A file of logits: a line for each picture, names of the classes above if you "
                   "like (or one number a line, for a single picture)")
      ->option_text("FILE");
  command->add_option("--row", arguments->row, "Which picture of a file to explain, counted from 1")
      ->check(whole_number_above_0)
      ->option_text("N=1");
  command->add_option("--digits", arguments->digits, "Digits after the point")
      ->check(CLI::Range(1, 8))
      ->option_text("N=4");
  add_json(*command, arguments->json);
  command->footer(
      "Examples\n"
      "  oneormany explain 1.1479 -1.3265 1.2661 --names building,flag,person\n"
      "  oneormany explain 2.1 -0.3 1.2 --target none --loss asymmetric\n");
  command->callback([arguments, command] { run(*arguments, *command); });
}

}  // namespace oneormany::cli
