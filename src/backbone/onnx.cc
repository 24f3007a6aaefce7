#include "backbone/onnx.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <climits>
#include <csignal>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <new>
#include <openvino/frontend/manager.hpp>
#include <openvino/op/ops.hpp>
#include <openvino/op/util/multi_subgraph_base.hpp>
#include <openvino/pass/constant_folding.hpp>
#include <openvino/pass/manager.hpp>
#include <set>
#include <string_view>
#include <thread>
#include <vector>

#include "backbone/layers.h"
#include "base/error.h"
#include "base/sha256.h"
#include "base/stop.h"

namespace oneormany::backbone {
namespace {

constexpr std::string_view kInput = "its input must be one picture, N x 3 x H x W";

std::string hash_of(const std::filesystem::path& file, const ov::Model& model) {
  std::string all = base::to_hex(base::sha256_of_file(file));
  for (const auto& node : model.get_ordered_ops()) {
    const auto constant = std::dynamic_pointer_cast<ov::op::v0::Constant>(node);
    if (!constant) continue;
    all += base::to_hex(base::sha256(
        {static_cast<const std::byte*>(constant->get_data_ptr()), constant->get_byte_size()}));
  }
  return base::to_hex(base::sha256(std::as_bytes(std::span(all))));
}

/// The output that holds the features.
Node features_of(const ov::Model& model) {
  const auto outputs = model.outputs();
  if (outputs.size() == 1) return model.get_results()[0]->input_value(0);
  Node found;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].get_partial_shape().rank() != 2) continue;
    if (found.get_node()) {
      throw Error("it has several outputs that may be the features; export it with one");
    }
    found = model.get_results()[i]->input_value(0);
  }
  if (!found.get_node()) throw Error("it has several outputs; export it with one, the features");
  return found;
}

/// [N,D] from what the network gives.
Node pooled(const Node& output) {
  if (output.get_partial_shape().is_dynamic()) throw Error("its output's shape isn't known");
  const ov::Shape& shape = output.get_shape();
  if (shape.size() == 2) return output;
  if (shape.size() == 4) return Layers::mean_pool(output);
  if (shape.size() == 3) {
    const auto index = [](std::int64_t i) {
      return std::make_shared<ov::op::v0::Constant>(ov::element::i64, ov::Shape{}, i);
    };
    return std::make_shared<ov::op::v8::Gather>(output, index(0), index(1));
  }
  throw Error("its output must be N x D, N x C x H x W, or N x tokens x D");
}

void check_input(const ov::Model& model) {
  if (model.inputs().size() != 1) throw Error(std::string(kInput));
  const auto shape = model.input().get_partial_shape();
  if (shape.rank() != 4 || !shape[1].compatible(3)) throw Error(std::string(kInput));
}

void reshape(ov::Model& model, int size) {
  const ov::PartialShape before = model.input().get_partial_shape();
  try {
    model.reshape(ov::PartialShape{1, 3, size, size});
  } catch (const std::exception&) {
    throw Error(before[2].is_static()
                    ? fmt::format("it can't take pictures of {} pixels; try --size {}", size,
                                  before[2].get_length())
                    : fmt::format("it can't take pictures of {} pixels; try another --size", size));
  }
}

OnnxNetwork read_here(const std::filesystem::path& file, int size) {
  std::shared_ptr<ov::Model> model;
  try {
    // Not by way of ov::Core, which would show the file to the readers of all other formats too,
    // and some of those print what they think of it.
    static ov::frontend::FrontEndManager manager;
    const auto reader = manager.load_by_framework("onnx");
    model = reader->convert(reader->load(file.string()));
  } catch (const std::exception& error) {
    // OpenVINO's own message is a stack of source lines, one of which may be this.
    if (std::string_view(error.what()).find("bad_alloc") != std::string_view::npos) {
      throw std::bad_alloc();
    }
    throw Error("is no ONNX file, is cut short, or uses an operation that OpenVINO doesn't know");
  }
  try {
    check_input(*model);
    std::string hash = hash_of(file, *model);
    model =
        std::make_shared<ov::Model>(ov::OutputVector{features_of(*model)}, model->get_parameters());
    reshape(*model, size);
    const Node features = pooled(model->get_results()[0]->input_value(0));
    model = std::make_shared<ov::Model>(ov::OutputVector{features}, model->get_parameters());
    if (features.get_shape()[0] != 1) {
      throw Error("its output has not one row for each picture");
    }
    return {model, std::move(hash)};
  } catch (const ov::Exception&) {
    throw Error("its shapes contradict each other");
  }
}

// --- memory ---

/// What a network may take beside the weights in its files: of vision transformers the largest take
/// some hundred megabytes.
constexpr std::uint64_t kMostBytes = std::uint64_t{4} << 30;

constexpr std::uint64_t kUnbounded = std::numeric_limits<std::uint64_t>::max();

std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  return a > kUnbounded - b ? kUnbounded : a + b;
}

std::uint64_t product(std::uint64_t a, std::uint64_t b) {
  return b != 0 && a > kUnbounded / b ? kUnbounded : a * b;
}

/// At most; `unknown` where the shape has no bounds.
std::uint64_t bytes_of(const ov::descriptor::Tensor& tensor, std::uint64_t unknown) {
  const ov::PartialShape& shape = tensor.get_partial_shape();
  if (shape.rank().is_dynamic()) return unknown;
  std::uint64_t bytes = std::max<std::size_t>(1, tensor.get_element_type().size());
  for (const ov::Dimension& length : shape) {
    if (length.get_max_length() < 0) return unknown;
    bytes = product(bytes, static_cast<std::uint64_t>(length.get_max_length()));
  }
  return bytes;
}

/// What a run of the network takes at once, in the order of its operations: all that is worked out
/// of constants, for that is kept, and of the rest what is still to be used. The weights in its
/// files don't count.
std::uint64_t bytes_at_once(const ov::Model& model, std::uint64_t unknown) {
  std::map<const ov::Node*, std::size_t> uses;  // that are still to come
  std::set<const ov::Node*> fixed;
  std::uint64_t kept = 0, live = 0, most = 0;
  for (const auto& node : model.get_ordered_ops()) {
    const auto inputs = node->input_values();
    const bool constant = ov::is_type<ov::op::v0::Constant>(node);
    if (constant || (!inputs.empty() && std::ranges::all_of(inputs, [&](const auto& input) {
          return fixed.contains(input.get_node());
        }))) {
      fixed.insert(node.get());
    }
    std::uint64_t own = 0, within = 0;
    for (const auto& output : node->outputs()) {
      own = sum(own, constant ? 0 : bytes_of(output.get_tensor(), unknown));
      uses[node.get()] += output.get_target_inputs().size();
    }
    if (const auto with_bodies = std::dynamic_pointer_cast<ov::op::util::MultiSubGraphOp>(node)) {
      for (const auto& body : with_bodies->get_functions()) {
        within = sum(within, bytes_at_once(*body, unknown));
      }
    }
    std::uint64_t& where = fixed.contains(node.get()) ? kept : live;
    where = sum(where, own);
    most = std::max(most, sum(within, sum(kept, live)));
    if (most == kUnbounded) break;
    for (const auto& input : inputs) {
      const ov::Node* from = input.get_node();
      if (fixed.contains(from) || --uses[from] > 0) continue;
      for (const auto& output : from->outputs()) live -= bytes_of(output.get_tensor(), unknown);
    }
  }
  return most;
}

void check_memory(const ov::Model& model, std::uint64_t unknown) {
  const std::uint64_t bytes = bytes_at_once(model, unknown);
  if (bytes <= kMostBytes) return;
  throw Error(
      fmt::format("it would take {} of memory for a picture, more than the limit of {} GB; "
                  "export it for smaller pictures, or try a smaller --size",
                  bytes == kUnbounded ? std::string("an unknown amount")
                                      : fmt::format("{:.3g} GB", 1e-9 * static_cast<double>(bytes)),
                  kMostBytes >> 30));
}

/// First without taking any; then what hangs on constants alone is worked out, as it would be when
/// the network is run: what is unknown still, goes by what is in the picture.
void check_memory(const ov::Model& model) {
  check_memory(model, 0);
  const auto copy = model.clone();
  ov::pass::Manager passes;
  passes.register_pass<ov::pass::ConstantFolding>();
  passes.run_passes(copy);
  check_memory(*copy, kUnbounded);
}

/// So much of memory, beside what it has already, and what the file and those beside it (which may
/// hold the weights) need, is for this process; more is an exception.
void limit_memory(const std::filesystem::path& file) {
  std::uint64_t beside = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(
           std::filesystem::absolute(file, error).parent_path(), error)) {
    if (entry.is_regular_file(error)) beside = sum(beside, entry.file_size(error));
  }
  std::uint64_t total = 0, resident = 0, shared = 0, text = 0, none = 0, data = 0;
  std::ifstream("/proc/self/statm") >> total >> resident >> shared >> text >> none >> data;
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  const rlimit bytes{sum(sum(kMostBytes, product(4, beside)), product(page, data)), RLIM_INFINITY};
  setrlimit(RLIMIT_DATA, &bytes);
}

// --- a child that tries it ---

[[noreturn]] void work_as_child(const std::function<void()>& work, int reason) {
  const rlimit seconds{120, 120}, no_core{};
  setrlimit(RLIMIT_CPU, &seconds);
  setrlimit(RLIMIT_CORE, &no_core);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::signal(SIGINT, SIG_IGN);  // the parent ends it
  std::signal(SIGTERM, SIG_DFL);
  dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
  try {
    work();
    _exit(0);
  } catch (const std::exception& error) {
    const std::string text = error.what();
    if (write(reason, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF)) < 0) _exit(2);
    _exit(1);
  }
}

/// How the child ended; ends it on Ctrl-C.
int wait_for(pid_t child) {
  try {
    int status = 0;
    while (waitpid(child, &status, WNOHANG) == 0) {
      base::throw_if_stopped();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return status;
  } catch (...) {
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    throw;
  }
}

/// Does `work` in a child process first. Throws Error with its exception's text, or if it broke.
void try_in_child(const std::function<void()>& work) {
  std::array<int, 2> reason{};
  if (pipe2(reason.data(), O_CLOEXEC) != 0) return;  // it has to be done untried
  std::signal(SIGCHLD, SIG_DFL);  // where it is ignored, nobody hears how a child ended
  const pid_t child = fork();
  if (child == 0) work_as_child(work, reason[1]);
  close(reason[1]);
  const int status = child > 0 ? wait_for(child) : 0;
  std::string text(PIPE_BUF, '\0');
  text.resize(
      static_cast<std::size_t>(std::max<ssize_t>(read(reason[0], text.data(), text.size()), 0)));
  close(reason[0]);
  if (!text.empty()) throw Error(text);
  if (status != 0) {
    throw Error("is damaged: OpenVINO crashes or does not end when it reads it; export it again");
  }
}

}  // namespace

OnnxNetwork read_onnx(const std::filesystem::path& file, int size) {
  try {
    if (!std::ifstream(file, std::ios::binary)) throw Error("no such file, or it can't be read");
    // OpenVINO's reader believes that a node has the inputs that its operation needs, and more of
    // the kind: a wrong file ends the process, not in an exception.
    try_in_child([&] {
      limit_memory(file);
      try {
        check_memory(*read_here(file, size).model);
      } catch (const std::bad_alloc&) {
        throw Error(
            fmt::format("it takes more than {} GB of memory beside its weights to read it; "
                        "export it for smaller pictures",
                        kMostBytes >> 30));
      }
    });
    return read_here(file, size);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", file.string(), error.what()));
  }
}

}  // namespace oneormany::backbone
