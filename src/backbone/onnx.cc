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
#include <optional>
#include <set>
#include <string_view>
#include <thread>
#include <vector>

#include "arrays/bytes.h"
#include "backbone/layers.h"
#include "backbone/onnx_file.h"
#include "backbone/onnx_input.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/stop.h"

namespace oneormany::backbone {
namespace {

constexpr const char* kWhatInput =
    "its input must be one picture, N x 3 x H x W or N x H x W x 3, of floats or bytes";

constexpr std::array<float, 3> kImageNetMean{0.485f, 0.456f, 0.406f};
constexpr std::array<float, 3> kImageNetStd{0.229f, 0.224f, 0.225f};
constexpr std::array<float, 3> kByteStd{1.0f / 255, 1.0f / 255, 1.0f / 255};

// --- outputs ---

/// The output that is wished for: NAME, NAME:first or NAME:mean.
struct Wish {
  enum class Tokens { kNone, kFirst, kMean };
  std::string name;
  Tokens tokens = Tokens::kNone;
};

Wish parse_wish(const std::string& text) {
  for (const auto& [ending, tokens] :
       {std::pair(":first", Wish::Tokens::kFirst), std::pair(":mean", Wish::Tokens::kMean)}) {
    if (text.ends_with(ending)) {
      return {text.substr(0, text.size() - std::string_view(ending).size()), tokens};
    }
  }
  return {text};
}

std::string name_of(const ov::Output<const ov::Node>& output) {
  const auto& names = output.get_names();
  return names.empty() ? "" : *std::ranges::min_element(names);
}

/// "1 x 257 x 384"; a length that is open is N.
std::string shape_text(const ov::PartialShape& shape) {
  if (shape.rank().is_dynamic()) return "of any shape";
  std::string text;
  for (const ov::Dimension& length : shape) {
    text += (text.empty() ? "" : " x ") +
            (length.is_static() ? std::to_string(length.get_length()) : "N");
  }
  return text;
}

std::string list_outputs(const ov::Model& model) {
  std::string list;
  for (const auto& output : model.outputs()) {
    list += fmt::format("{}{} ({})", list.empty() ? "" : ", ", base::excerpt(name_of(output)),
                        shape_text(output.get_partial_shape()));
  }
  return list;
}

/// Which output holds the features.
std::size_t features_among(const ov::Model& model, const std::string& wish) {
  const auto outputs = model.outputs();
  const auto named = [&](const std::string& name) -> std::optional<std::size_t> {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i].get_names().contains(name)) return i;
    }
    return {};
  };
  if (!wish.empty()) {
    if (const auto found = named(wish)) return *found;
    throw Error(fmt::format("has no output {}: --backbone-output must be one of {}",
                            base::excerpt(wish), list_outputs(model)));
  }
  if (outputs.size() == 1) return 0;
  for (const char* usual : {"pooler_output", "image_embeds", "features"}) {
    if (const auto found = named(usual)) return *found;
  }
  std::optional<std::size_t> only;
  bool several = false;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].get_partial_shape().rank() != 2) continue;
    several = only.has_value();
    only = i;
    if (several) break;
  }
  if (only && !several) return *only;
  throw Error(
      fmt::format("has several outputs: say with --backbone-output which are the features: {}",
                  list_outputs(model)));
}

Node token_of(const Node& output, Wish::Tokens which) {
  const auto constant = [](const ov::Shape& shape, std::int64_t i) {
    return std::make_shared<ov::op::v0::Constant>(ov::element::i64, shape, i);
  };
  if (which == Wish::Tokens::kMean) {
    return std::make_shared<ov::op::v1::ReduceMean>(output, constant({1}, 1), false);
  }
  return std::make_shared<ov::op::v8::Gather>(output, constant({}, 0), constant({}, 1));
}

/// [N,D] from what the network gives.
Node pooled(const Node& output, const Wish& wish) {
  if (output.get_partial_shape().is_dynamic()) throw Error("its output's shape isn't known");
  const std::size_t dimensions = output.get_shape().size();
  if (dimensions == 3) {
    if (wish.tokens != Wish::Tokens::kNone) return token_of(output, wish.tokens);
    throw Error(fmt::format(
        "its output {0} is a row of tokens ({1}): say with --backbone-output {0}:first (the class "
        "token of ViT, DINOv2 and CLIP) or {0}:mean which are the features",
        base::excerpt(wish.name), shape_text(output.get_partial_shape())));
  }
  if (wish.tokens != Wish::Tokens::kNone) {
    throw Error(fmt::format("its output {0} has no tokens ({1}): it is --backbone-output {0}",
                            base::excerpt(wish.name), shape_text(output.get_partial_shape())));
  }
  if (dimensions == 2) return output;
  if (dimensions == 4) return Layers::mean_pool(output);
  throw Error(
      fmt::format("its output {} is {}: must be N x D, N x C x H x W, or N x tokens x D; another: "
                  "--backbone-output",
                  base::excerpt(wish.name), shape_text(output.get_partial_shape())));
}

// --- input ---

/// Layout and type of the one input, which has to be a picture.
Input form_of(const ov::Model& model) {
  if (model.inputs().size() != 1) throw Error(kWhatInput);
  const auto shape = model.input().get_partial_shape();
  if (shape.rank() != 4) throw Error(kWhatInput);
  const ov::element::Type type = model.input().get_element_type();
  Input input;
  input.bytes = type == ov::element::u8;
  if (!input.bytes && type != ov::element::f32 && type != ov::element::f16) throw Error(kWhatInput);
  const bool first = shape[1].compatible(3), last = shape[3].compatible(3);
  if (!first && !last) throw Error(kWhatInput);
  if (!first || (last && shape[1].is_dynamic() && shape[3].is_static())) {
    input.layout = Input::Layout::kNhwc;
  }
  return input;
}

int expect_size(std::int64_t size) {
  if (size >= kSmallestSize && size <= kLargestSize) return static_cast<int>(size);
  throw Error(fmt::format("takes pictures of {} pixels: must be {} to {}", size, kSmallestSize,
                          kLargestSize));
}

int size_of(const ov::Model& model, const Input& form, const StatedInput& stated, int wish) {
  const auto shape = model.input().get_partial_shape();
  const std::size_t at = form.layout == Input::Layout::kNchw ? 2 : 1;
  const ov::Dimension height = shape[at], width = shape[at + 1];
  if (height.is_static() && width.is_static() && height != width) {
    throw Error(fmt::format("takes pictures of {} x {} pixels: export it for square ones",
                            width.get_length(), height.get_length()));
  }
  if (height.is_dynamic() && width.is_dynamic()) {
    if (wish > 0) return wish;
    return expect_size(stated.size.value_or(kUsualSize));
  }
  const std::int64_t fixed = (height.is_static() ? height : width).get_length();
  if (wish > 0 && wish != fixed) {
    throw Error(
        fmt::format("takes pictures of {} pixels alone: leave out --size {}, or export it "
                    "for any size",
                    fixed, wish));
  }
  return expect_size(fixed);
}

void reshape(ov::Model& model, const Input& input) {
  const bool first = input.layout == Input::Layout::kNchw;
  const ov::Dimension batch = model.input().get_partial_shape()[0];
  const int size = input.size;
  try {
    model.reshape(first ? ov::PartialShape{1, 3, size, size} : ov::PartialShape{1, size, size, 3});
  } catch (const std::exception&) {
    if (batch.is_static() && batch != 1) {
      throw Error(fmt::format("takes {} pictures at once: export it for one, or for any number",
                              batch.get_length()));
    }
    throw Error(fmt::format("can't take pictures of {} pixels: try another --size", size));
  }
}

/// Mean, deviation and order of the colours; what nothing says is in the note.
void normalise(Input& input, const StatedInput& stated, const BackboneOptions& wishes,
               std::string& note) {
  input.bgr = stated.bgr;
  if (input.bytes) {
    input.std = kByteStd;
    if (wishes.mean && (*wishes.mean != input.mean || *wishes.std != input.std)) {
      throw Error("takes bytes, and normalises them itself: leave out --mean and --std");
    }
  } else if (wishes.mean) {
    input.mean = *wishes.mean;
    input.std = *wishes.std;
  } else if (stated.mean) {
    input.mean = *stated.mean;
    input.std = *stated.std;
  } else {
    input.mean = kImageNetMean;
    input.std = kImageNetStd;
    note =
        "doesn't say which mean and deviation of pixels it was trained with: ImageNet's are taken; "
        "others with --mean and --std";
  }
}

// --- the file ---

std::shared_ptr<ov::Model> convert(const std::filesystem::path& file) {
  try {
    // Not by way of ov::Core, which would show the file to the readers of all other formats too,
    // and some of those print what they think of it.
    static ov::frontend::FrontEndManager manager;
    const auto reader = manager.load_by_framework("onnx");
    return reader->convert(reader->load(file.string()));
  } catch (const std::exception& error) {
    // OpenVINO's own message is a stack of source lines, one of which may be this.
    if (std::string_view(error.what()).find("bad_alloc") != std::string_view::npos) {
      throw std::bad_alloc();
    }
    throw Error("is no ONNX file, is cut short, or uses an operation that OpenVINO doesn't know");
  }
}

/// All but the hash.
OnnxNetwork read_here(const std::filesystem::path& file, const OnnxFacts& facts,
                      const BackboneOptions& wishes) {
  std::shared_ptr<ov::Model> model = convert(file);
  OnnxNetwork network;
  try {
    network.input = form_of(*model);
    StatedInput stated = stated_in_metadata(facts.metadata);
    if (!stated.mean) {
      const StatedInput beside = stated_beside(file);
      stated.mean = beside.mean;
      stated.std = beside.std;
      if (!stated.size) stated.size = beside.size;
    }
    network.input.size = size_of(*model, network.input, stated, wishes.size);
    normalise(network.input, stated, wishes, network.note);

    Wish wish = parse_wish(wishes.output);
    const std::size_t which = features_among(*model, wish.name);
    if (wish.name.empty()) wish.name = name_of(model->outputs()[which]);
    network.output = wishes.output.empty() ? wish.name : wishes.output;
    model = std::make_shared<ov::Model>(
        ov::OutputVector{model->get_results()[which]->input_value(0)}, model->get_parameters());
    reshape(*model, network.input);
    const Node features = pooled(model->get_results()[0]->input_value(0), wish);
    network.model =
        std::make_shared<ov::Model>(ov::OutputVector{features}, model->get_parameters());
    if (features.get_shape()[0] != 1) {
      throw Error("its output has not one row for each picture");
    }
    return network;
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

/// As Ultralytics and most others name it, and as ONNX's own specification does.
std::string licence_in(const std::map<std::string, std::string>& metadata) {
  for (const char* key : {"license", "model_license"}) {
    const auto found = metadata.find(key);
    if (found != metadata.end() && !found->second.empty()) return base::excerpt(found->second);
  }
  return {};
}

}  // namespace

OnnxNetwork read_onnx(const std::filesystem::path& file, const BackboneOptions& wishes) {
  try {
    const OnnxFacts facts = read_onnx_facts(arrays::read_bytes(file));
    // OpenVINO's reader believes that a node has the inputs that its operation needs, and more of
    // the kind: a wrong file ends the process, not in an exception.
    try_in_child([&] {
      limit_memory(file);
      try {
        check_memory(*read_here(file, facts, wishes).model);
      } catch (const std::bad_alloc&) {
        throw Error(
            fmt::format("it takes more than {} GB of memory beside its weights to read it; "
                        "export it for smaller pictures",
                        kMostBytes >> 30));
      }
    });
    OnnxNetwork network = read_here(file, facts, wishes);
    network.sha256 = sha256_of_onnx(file, facts);
    network.licence = licence_in(facts.metadata);
    return network;
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", file.string(), error.what()));
  }
}

}  // namespace oneormany::backbone
