#pragma once
// From logits to probabilities and back. In place, T: float or double; never overflows.

#include <cstdint>
#include <span>
#include <string_view>

namespace oneormany::loss {

enum class Activation {
  kSoftmax,  ///< exactly one class: the probabilities of a row sum to 1
  kSigmoid   ///< each label on its own: they sum to anything from 0 to their number
};

std::string_view name_of(Activation activation);  ///< "softmax", "sigmoid"

/// Probabilities of every row of a rows × columns matrix.
void activate(Activation activation, float* logits, std::int64_t rows, std::int64_t columns);
void activate(Activation activation, double* logits, std::int64_t rows, std::int64_t columns);

// --- of one row ---

/// e^(z − max z) / Σ e^(z − max z).
void softmax(std::span<float> row);
void softmax(std::span<double> row);

/// z − max z − log Σ e^(z − max z).
void log_softmax(std::span<float> row);
void log_softmax(std::span<double> row);

/// 1 / (1 + e^−z).
void sigmoid(std::span<float> row);
void sigmoid(std::span<double> row);

/// −log(1 + e^−z).
void log_sigmoid(std::span<float> row);
void log_sigmoid(std::span<double> row);

// --- and back. Logits that softmax turns into the same row differ by a shift; these are the ones
// that log_softmax leaves as they are, so log_softmax is its own inverse ---

/// log p, of probabilities that sum to 1.
void inverse_softmax(std::span<float> row);
void inverse_softmax(std::span<double> row);

/// log(p / (1 − p)), the logit of p in 0–1; ∓∞ at the ends.
void inverse_sigmoid(std::span<float> row);
void inverse_sigmoid(std::span<double> row);

/// x − log(1 − e^x), for x ≤ 0.
void inverse_log_sigmoid(std::span<float> row);
void inverse_log_sigmoid(std::span<double> row);

}  // namespace oneormany::loss
