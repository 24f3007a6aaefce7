#pragma once
// The commands: each function adds one to the command line, with its help and what it runs.

#include <CLI/App.hpp>

namespace oneormany::cli {

/// oneormany compare: the main job.
void add_compare(CLI::App& app);

/// oneormany background: a bank of background out of pictures of anything.
void add_background(CLI::App& app);

/// oneormany judge: the same evaluation of logits that any other program gave.
void add_judge(CLI::App& app);

/// oneormany inspect: what a data set holds, and which loss follows from it.
void add_inspect(CLI::App& app);

/// oneormany explain: from logits to probabilities, decisions and losses, step by step.
void add_explain(CLI::App& app);

/// oneormany losses: the catalogue of losses.
void add_losses(CLI::App& app);

}  // namespace oneormany::cli
