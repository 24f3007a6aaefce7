#include "backbone/backbone.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <future>
#include <mutex>
#include <openvino/runtime/core.hpp>
#include <openvino/runtime/properties.hpp>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "backbone/built_in.h"
#include "backbone/known_weights.h"
#include "backbone/networks.h"
#include "backbone/onnx.h"
#include "backbone/weights.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/printable.h"
#include "base/sha256.h"
#include "base/share.h"

namespace oneormany::backbone {
namespace {

// Raise it whenever the same pixels would give other features: it is part of id().
constexpr int kPreprocessing = 2;

/// The SHA-256 of the weights; those that come with the program must have the one they had.
std::string hash_of(const std::filesystem::path& file, bool pinned) {
  std::error_code error;
  const bool there = std::filesystem::exists(file, error);
  if (there) {
    std::string hash = base::to_hex(base::sha256_of_file(file));
    if (!pinned || hash == kDefaultSha256) return hash;
  }
  throw Error(fmt::format("{}: {}; delete {} and run script/setup", file.string(),
                          there ? "damaged (its SHA-256 is wrong)" : "no such file",
                          file.parent_path().parent_path().string()));
}

/// OpenVINO, begun when it is first needed (slow) and never ended: its threads may be in the code
/// of its plugin for a moment longer than the last network lives, and must not find it unloaded.
ov::Core& openvino() {
  static ov::Core& core = *new ov::Core;
  return core;
}

/// What is wrong with the numbers alone.
void check(const BackboneOptions& options) {
  if (options.size != 0 && (options.size < kSmallestSize || options.size > kLargestSize)) {
    throw Error(
        fmt::format("size {}: must be {} to {} pixels", options.size, kSmallestSize, kLargestSize));
  }
  if (options.mean.has_value() != options.std.has_value()) {
    throw UsageError("--mean and --std: one needs the other");
  }
  if (options.std && !std::ranges::all_of(*options.std, [](float v) { return v > 0; })) {
    throw UsageError("--std: must be numbers above 0");
  }
}

Normalisation normalisation_of(const Input& input) {
  Normalisation normalisation{};
  for (std::size_t c = 0; c < 3; ++c) {
    normalisation.mean[c] = static_cast<float>(255.0 * input.mean[c]);
    normalisation.scale[c] = static_cast<float>(255.0 * input.std[c]);
  }
  return normalisation;
}

/// Throws if OpenVINO would only imitate bf16: slower than f32, and less exact.
void expect_bf16() {
  const auto able = openvino().get_property("CPU", ov::device::capabilities);
  bool native = std::find(able.begin(), able.end(), ov::device::capability::BF16) != able.end();
#ifdef __x86_64__
  native = native && __builtin_cpu_supports("avx512bf16");
#endif
  if (!native) throw Error("precision bf16: this processor has no bf16; use f32");
}

std::string one_line(const std::exception& error) {
  std::string text = error.what();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return base::excerpt(text, 300);
}

/// A network that OpenVINO has compiled, and its requests that nobody uses just now.
struct Compiled {
  ov::CompiledModel network;
  std::vector<ov::InferRequest> idle;
  std::mutex mutex;
  std::condition_variable returned;
};

std::shared_ptr<Compiled> compile(const std::shared_ptr<ov::Model>& model, Precision precision,
                                  int streams, const std::string& name) {
  try {
    auto compiled = std::make_shared<Compiled>();
    compiled->network = openvino().compile_model(
        model, "CPU", ov::num_streams(streams), ov::inference_num_threads(streams),
        ov::hint::inference_precision(precision == Precision::kBf16 ? ov::element::bf16
                                                                    : ov::element::f32),
        ov::hint::enable_cpu_pinning(false));
    for (int i = 0; i < streams; ++i) {
      compiled->idle.push_back(compiled->network.create_infer_request());
    }
    return compiled;
  } catch (const std::exception& error) {
    throw Error(fmt::format("{}: OpenVINO can't run it: {}", name, one_line(error)));
  }
}

/// A request, borrowed for as long as this lives.
class Request {
 public:
  explicit Request(Compiled& from) : from_(from) {
    std::unique_lock lock(from.mutex);
    from.returned.wait(lock, [&] { return !from.idle.empty(); });
    request_ = std::move(from.idle.back());
    from.idle.pop_back();
  }
  ~Request() {
    {
      const std::lock_guard lock(from_.mutex);
      from_.idle.push_back(std::move(request_));
    }
    from_.returned.notify_one();
  }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  ov::InferRequest* operator->() { return &request_; }

 private:
  Compiled& from_;
  ov::InferRequest request_;
};

}  // namespace

bool is_onnx(const std::filesystem::path& file) {
  std::string ending = file.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return ending == ".onnx";
}

struct Backbone::Impl {
  std::string name;
  std::string id;
  std::filesystem::path file;
  std::string sha256;
  std::string licence;
  BackboneOptions options;
  Input input;
  std::string note;
  int feature_count = 0;
  int last_layer_count = 0;
  std::shared_future<std::shared_ptr<Compiled>> compiled;
};

Backbone::Backbone(const BackboneOptions& options) : impl_(std::make_unique<Impl>()) {
  check(options);
  const bool is_default = options.name == kDefault;
  const std::filesystem::path file = is_default ? base::share_dir() / "weights" / kDefaultFile
                                                : std::filesystem::path(options.name);
  std::error_code error;
  if (!is_default && !std::filesystem::is_regular_file(file, error)) {
    throw Error(fmt::format("{}: no such file, nor a backbone that comes with the program ({})",
                            file.string(), kDefault));
  }

  if (options.precision == Precision::kBf16) expect_bf16();
  impl_->file = file;
  impl_->options = options;
  std::shared_ptr<ov::Model> model;
  Normalisation normalisation;
  std::string more;  // of the id
  if (is_onnx(file)) {
    OnnxNetwork network = read_onnx(file, options);
    impl_->name = file.filename().string();
    impl_->sha256 = std::move(network.sha256);
    impl_->licence = std::move(network.licence);
    impl_->input = network.input;
    if (!network.note.empty()) {
      impl_->note = fmt::format("{}: {}", base::printable(file), network.note);
    }
    impl_->options.output = std::move(network.output);
    normalisation = normalisation_of(network.input);
    more = fmt::format(" mean={} std={} output={}", fmt::join(network.input.mean, ","),
                       fmt::join(network.input.std, ","), base::printable(impl_->options.output));
    model = std::move(network.model);
  } else {
    if (!options.output.empty()) {
      throw UsageError(fmt::format("--backbone-output {}: is for ONNX files alone",
                                   base::excerpt(options.output)));
    }
    impl_->sha256 = hash_of(file, is_default);
    impl_->licence = licence_of(impl_->sha256);
    impl_->input.size = options.size > 0 ? options.size : kUsualSize;
    const Tensors tensors = read_weights(file);
    try {
      Network network = build_network(tensors, impl_->input.size);
      impl_->name = std::move(network.name);
      normalisation = network.normalisation;
      impl_->last_layer_count = network.last_layer_count;
      model = std::move(network.model);
    } catch (const Error& wrong) {
      throw Error(fmt::format("{}: {}", file.string(), wrong.what()));
    }
    for (std::size_t c = 0; c < 3; ++c) {
      impl_->input.mean[c] = normalisation.mean[c] / 255;
      impl_->input.std[c] = normalisation.scale[c] / 255;
    }
    if (options.mean && (*options.mean != impl_->input.mean || *options.std != impl_->input.std)) {
      impl_->input.mean = *options.mean;
      impl_->input.std = *options.std;
      normalisation = normalisation_of(impl_->input);
      more = fmt::format(" mean={} std={}", fmt::join(*options.mean, ","),
                         fmt::join(*options.std, ","));
    }
  }
  try {
    take_pixels(model, normalisation, impl_->input);
  } catch (const std::exception& wrong) {
    throw Error(fmt::format("{}: OpenVINO can't run it: {}", file.string(), one_line(wrong)));
  }

  impl_->options.size = impl_->input.size;
  impl_->options.mean = impl_->input.mean;
  impl_->options.std = impl_->input.std;
  impl_->feature_count = static_cast<int>(model->output().get_shape()[1]);
  if (is_onnx(file)) impl_->last_layer_count = impl_->feature_count;
  impl_->id = fmt::format("{} {} size={} precision={} preprocessing={}{} openvino={}", impl_->name,
                          impl_->sha256, impl_->input.size,
                          options.precision == Precision::kBf16 ? "bf16" : "f32", kPreprocessing,
                          more, ov::get_openvino_version().buildNumber);
  const int streams = options.streams > 0 ? options.streams : base::thread_count();
  impl_->compiled =
      std::async(std::launch::async, compile, model, options.precision, streams, file.string())
          .share();
}

Backbone::~Backbone() = default;
Backbone::Backbone(Backbone&&) noexcept = default;

const std::string& Backbone::name() const { return impl_->name; }
const std::string& Backbone::id() const { return impl_->id; }
const std::filesystem::path& Backbone::file() const { return impl_->file; }
const std::string& Backbone::sha256() const { return impl_->sha256; }
const std::string& Backbone::licence() const { return impl_->licence; }
const BackboneOptions& Backbone::options() const { return impl_->options; }
const Input& Backbone::input() const { return impl_->input; }
const std::string& Backbone::note() const { return impl_->note; }
int Backbone::feature_count() const { return impl_->feature_count; }
int Backbone::last_layer_count() const { return impl_->last_layer_count; }

void Backbone::run(std::span<const std::uint8_t> rgb, std::span<float> features) const {
  const auto side = static_cast<std::size_t>(size());
  if (rgb.size() != side * side * 3 ||
      features.size() != static_cast<std::size_t>(feature_count())) {
    throw std::invalid_argument("Backbone::run: the sizes don't fit");
  }
  // A copy: threads may share the state of a future, but not the future.
  const auto compiled = impl_->compiled;
  Request request(*compiled.get());
  std::memcpy(request->get_input_tensor().data<std::uint8_t>(), rgb.data(), rgb.size());
  try {
    // On a thread of OpenVINO's own while this one sleeps: called straight from here (infer()),
    // two threads may fall to the same stream and then wait for each other.
    request->start_async();
    request->wait();
  } catch (const std::exception& error) {
    throw Error(fmt::format("{}: OpenVINO can't run it: {}", name(), one_line(error)));
  }
  const float* row = request->get_output_tensor().data<float>();
  if (!std::all_of(row, row + features.size(), [](float v) { return std::isfinite(v); })) {
    throw NotFinite(
        fmt::format("{}: gives features that aren't finite numbers; its weights are "
                    "damaged, or no backbone's",
                    name()));
  }
  std::copy(row, row + features.size(), features.begin());
}

}  // namespace oneormany::backbone
