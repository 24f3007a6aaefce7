#pragma once
// Ctrl-C: long work asks now and then whether it should end, and unwinds like any error, so that
// files are closed and no half-written one is left.

namespace oneormany::base {

/// From here on SIGINT and SIGTERM only set a flag. A second one ends the process at once.
void stop_on_signals();

/// Throws Interrupted if a signal has come. Cheap; call it for each picture or fit.
void throw_if_stopped();

}  // namespace oneormany::base
