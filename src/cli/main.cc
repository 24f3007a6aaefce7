#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <system_error>

#include "base/error.h"
#include "base/standard_streams.h"
#include "base/stop.h"
#include "cli/commands.h"
#include "cli/manual.h"
#include "cli/options.h"
#include "cli/usage.h"
#include "image/image.h"

namespace {

/// Of a write to standard output that failed. Where nobody reads it any more (`| head`) the program
/// ends as all others do.
int output_failed(int reason) {
  if (reason == EPIPE) {
    std::signal(SIGPIPE, SIG_DFL);
    std::raise(SIGPIPE);
  }
  oneormany::base::say_line(
      fmt::format("standard output: can't be written: {}", std::strerror(reason)));
  return oneormany::cli::kBadData;
}

/// --help or --version; CLI11 would not notice that nobody gets it.
void print_help(const CLI::App& app, const CLI::ParseError& error) {
  std::ostringstream out;
  app.exit(error, out, out);
  fmt::print("{}", out.str());
}

/// It reads pictures, or fits models.
bool works_long(const std::string& command) {
  return command != "explain" && command != "losses" && command != "weights" && command != "info";
}

int run(int argc, char** argv) {
  using namespace oneormany;
  using namespace oneormany::cli;
  base::keep_standard_streams();
  CLI::App app(
      "One or many labels, or none of these. Compares a classification model (exactly one class) "
      "with a label model (zero, one or many labels) on your pictures, and shows what each says "
      "to a picture of none of the classes.",
      "oneormany");
  app.formatter(std::make_shared<HelpFormatter>());  // before the commands, which take it over
  app.set_version_flag("--version", "oneormany " ONEORMANY_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Start with `oneormany COMMAND --help`, or with\n"
      "  oneormany inspect DATA                 is it one label a picture, or many?\n"
      "  oneormany compare DATA --unseen DIR    which model to use, what it will do\n"
      "  oneormany train DATA -o FILE           the same, and the model in a file\n"
      "  oneormany predict FILE PICTURES        what it says of pictures\n"
      "\n" +
      exit_codes_sentence() + "\n");
  add_compare(app);
  add_train(app);
  add_predict(app);
  add_evaluate(app);
  add_info(app);
  add_export(app);
  add_features(app);
  add_background(app);
  add_judge(app);
  add_inspect(app);
  add_explain(app);
  add_losses(app);
  add_weights(app);
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    add_common_options(*command, works_long(command->get_name()));
  }
  add_manual(app);

  base::stop_on_signals();
  try {
    try {
      app.parse(arguments_for(argc, argv));
    } catch (const CLI::ParseError& error) {
      if (error.get_exit_code() != 0) throw UsageError(usage_message(app, error));
      print_help(app, error);
    }
    return std::fflush(stdout) == 0 ? 0 : output_failed(errno);
  } catch (const ExitCode& ended) {
    return std::fflush(stdout) == 0 ? ended.code : output_failed(errno);
  } catch (const OutputFailed& failed) {
    return output_failed(failed.reason);
  } catch (const UsageError& error) {
    base::say_line(error.what());
    return kBadUsage;
  } catch (const Interrupted&) {
    base::say_line("stopped");
    return kStopped;
  } catch (const std::filesystem::filesystem_error& error) {
    const bool named = !error.path1().empty();
    base::say_line((named ? error.path1().string() + ": " : "") + error.code().message());
    return kBadData;
  } catch (const std::system_error& error) {
    if (std::ferror(stdout)) return output_failed(error.code().value());  // thrown by fmt::print
    base::say_line(error.what());
    return kBadData;
  } catch (const std::exception& error) {
    base::say_line(error.what());
    return kBadData;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int code = run(argc, argv);
  if (oneormany::image::decoder_left_behind()) {
    std::fflush(stdout);
    _exit(code);
  }
  return code;
}
