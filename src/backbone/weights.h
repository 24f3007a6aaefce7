#pragma once
// Named tensors out of weight files. Nothing in a file is ever run.

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace oneormany::backbone {

/// A float32 tensor, C order (f16, bf16 and f64 files are converted; integers only if exact).
struct Tensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;  ///< product(shape) of them
};
using Tensors = std::map<std::string, Tensor>;

/// Reads a PyTorch file (zip format of torch >= 1.6, or the older one of bare pickles) or a
/// safetensors file, told apart by content. The pickle is read by an interpreter that knows only
/// collections.OrderedDict, torch._utils._rebuild_tensor_v2, torch._utils._rebuild_parameter and
/// the storage types: any other global is an error that names it, and nothing is ever called.
/// A state dict may sit under "state_dict" or "model"; a "module." before every name is taken off;
/// counters (num_batches_tracked) and whatever else isn't a tensor are left out. Memory stays
/// within a few times the file's size, whatever the file says of itself.
/// Throws Error, one line with the file's name, for anything else, cut short or inconsistent.
Tensors read_weights(const std::filesystem::path& file);

}  // namespace oneormany::backbone
