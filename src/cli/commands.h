#pragma once
// The commands: each function adds one to the command line, with its help and what it runs.

#include <CLI/App.hpp>

namespace oneormany::cli {

// Exit codes, as grep and git have them.
inline constexpr int kBadData = 1;     ///< something in the data must be mended
inline constexpr int kBadUsage = 2;    ///< the command line is wrong
inline constexpr int kSomeFailed = 3;  ///< done, but some pictures could not be read
inline constexpr int kStopped = 130;   ///< by Ctrl-C

/// Thrown by a command that ends with another one than 0 and has said all there is to say.
struct ExitCode {
  int code;
};

/// Standard output can't be written, for this errno: thrown by what writes to it without stdio.
struct OutputFailed {
  int reason;
};

/// oneormany compare: the main job.
void add_compare(CLI::App& app);

/// oneormany train: the same, and a model that is kept.
void add_train(CLI::App& app);

/// oneormany predict: a model on pictures.
void add_predict(CLI::App& app);

/// oneormany evaluate: a model on labelled pictures.
void add_evaluate(CLI::App& app);

/// oneormany info: what a model is.
void add_info(CLI::App& app);

/// oneormany export: a model for other programs.
void add_export(CLI::App& app);

/// oneormany features: features of pictures in a file, for other programs.
void add_features(CLI::App& app);

/// oneormany background: a bank of background out of pictures of anything.
void add_background(CLI::App& app);

/// oneormany judge: the same evaluation of logits that any other program gave.
void add_judge(CLI::App& app);

/// oneormany inspect: what a data set holds, and which loss follows from it.
void add_inspect(CLI::App& app);

/// oneormany explain: from logits to probabilities, decisions and losses, step by step.
void add_explain(CLI::App& app);

/// oneormany weights: the backbones that there are.
void add_weights(CLI::App& app);

/// oneormany losses: the catalogue of losses.
void add_losses(CLI::App& app);

}  // namespace oneormany::cli
