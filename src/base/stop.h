#pragma once
// Ctrl-C: long work asks now and then whether it should end, and unwinds like any error, so that
// files are closed and no half-written one is left.

namespace oneormany::base {

/// From here on SIGINT and SIGTERM stop the main job, and no more. A second one ends the process at
/// once.
void stop_on_signals();

/// Throws Interrupted if the calling thread's job (base/job.h) is stopped. Cheap; call it for each
/// picture or fit.
void throw_if_stopped();

}  // namespace oneormany::base
