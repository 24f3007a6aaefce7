#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <memory>
#include <system_error>

#include "base/error.h"
#include "base/printable.h"
#include "base/stop.h"
#include "cli/commands.h"
#include "cli/usage.h"

namespace {

// Exit codes, as grep and git have them: 0 all is well, 1 something in the data must be mended,
// 2 the command line is wrong; 130 stopped by Ctrl-C.
constexpr int kBadData = 1, kBadUsage = 2, kStopped = 130;
constexpr const char* kNotWritten = "the output could not be written: is the disk full?";

}  // namespace

int main(int argc, char** argv) {
  using namespace oneormany;
  using namespace oneormany::cli;
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
      "\n"
      "Exit codes: 0 all is well, 1 something in the data must be mended, 2 the command line is "
      "wrong, 130 stopped by Ctrl-C.\n");
  add_compare(app);
  add_background(app);
  add_judge(app);
  add_inspect(app);
  add_explain(app);
  add_losses(app);

  base::stop_on_signals();
  try {
    app.parse(arguments_for(argc, argv));
    if (std::fflush(stdout) != 0) throw Error(kNotWritten);
    return 0;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    fmt::print(stderr, "oneormany: {}\n", base::printable(usage_message(app, error)));
    return kBadUsage;
  } catch (const UsageError& error) {
    fmt::print(stderr, "oneormany: {}\n", base::printable(error.what()));
    return kBadUsage;
  } catch (const Interrupted&) {
    fmt::print(stderr, "oneormany: stopped\n");
    return kStopped;
  } catch (const std::system_error&) {  // fmt::print's: all else that touches files throws Error
    fmt::print(stderr, "oneormany: {}\n", kNotWritten);
    return kBadData;
  } catch (const std::exception& error) {
    fmt::print(stderr, "oneormany: {}\n", base::printable(error.what()));
    return kBadData;
  }
}
