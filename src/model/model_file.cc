#include "model/model_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <list>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "arrays/bytes.h"
#include "arrays/json.h"
#include "arrays/raw_tensor.h"
#include "arrays/safetensors.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/write_file.h"

namespace oneormany::model {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using Tensors = std::map<std::string, arrays::RawTensor>;

constexpr std::string_view kFormatName = "oneormany-model-";
constexpr std::size_t kMostClasses = 100'000, kMostSelfTests = 100;
constexpr Index kHashSize = std::tuple_size_v<base::Sha256>;

// What has names on both sides, the file's and ours.

constexpr std::string_view name_of(data::Problem problem) {
  return problem == data::Problem::kOneClass ? "one class" : "multi-label";
}

/// The one of these that is called so.
template <typename T>
T named(std::string_view what, const std::string& name, std::initializer_list<T> all) {
  for (const T one : all) {
    if (name == name_of(one)) return one;
  }
  throw Error(
      fmt::format("has the {} {}, which this version doesn't know", what, base::excerpt(name)));
}

ood::ScoreKind score_named(const std::string& name) {
  for (const ood::ScoreInfo& info : ood::all_scores()) {
    if (name == info.name) return info.kind;
  }
  return named("score", name, {ood::ScoreKind::kBothGates});
}

// Writing.

template <typename T>
constexpr arrays::Dtype kDtypeOf = arrays::Dtype::kF64;
template <>
constexpr arrays::Dtype kDtypeOf<float> = arrays::Dtype::kF32;
template <>
constexpr arrays::Dtype kDtypeOf<std::int32_t> = arrays::Dtype::kI32;
template <>
constexpr arrays::Dtype kDtypeOf<std::uint8_t> = arrays::Dtype::kU8;

class TensorWriter {
 public:
  /// The matrix must outlive this.
  template <typename T>
  void add(const std::string& name, const base::MatrixOf<T>& matrix) {
    add(name, bytes_of(matrix), kDtypeOf<T>, matrix.rows(), matrix.cols());
  }

  /// Of a matrix that doesn't, a copy.
  template <typename T>
  void keep(const std::string& name, const base::MatrixOf<T>& matrix) {
    const auto bytes = bytes_of(matrix);
    const auto& copy = kept_.emplace_back(bytes.begin(), bytes.end());
    add(name, copy, kDtypeOf<T>, matrix.rows(), matrix.cols());
  }

  const Tensors& tensors() const { return tensors_; }

 private:
  template <typename T>
  static std::span<const std::byte> bytes_of(const base::MatrixOf<T>& matrix) {
    return std::as_bytes(std::span(matrix.data(), static_cast<std::size_t>(matrix.size())));
  }
  void add(const std::string& name, std::span<const std::byte> bytes, arrays::Dtype dtype,
           Index rows, Index columns) {
    tensors_[name] = {dtype, bytes, 0, {rows, columns}, {}};
  }

  Tensors tensors_;
  std::list<std::vector<std::byte>> kept_;
};

Matrix row_of(const std::vector<double>& values) {
  return Eigen::Map<const Matrix>(values.data(), 1, static_cast<Index>(values.size()));
}

/// Each number with the row it is of, as pairs: rows are of different lengths.
base::MatrixOf<std::int32_t> pairs_of(const std::vector<std::vector<int>>& rows) {
  std::vector<std::int32_t> pairs;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const int one : rows[i]) {
      pairs.push_back(static_cast<std::int32_t>(i));
      pairs.push_back(one);
    }
  }
  return Eigen::Map<const base::MatrixOf<std::int32_t>>(pairs.data(),
                                                        static_cast<Index>(pairs.size() / 2), 2);
}

void write_head(const head::LinearHead& head, TensorWriter& to) {
  to.add("head.weights", head.weights);
  to.keep("head.bias", Matrix(head.bias.transpose()));
}

void write_head(const head::KernelHead& head, TensorWriter& to) {
  to.add("head.weights", head.weights);
  to.keep("head.bias", Matrix(head.bias.transpose()));
  to.add("head.landmarks", head.map->landmarks);
  to.keep("head.centre", MatrixF(head.map->centre));
}

void write_head(const head::MlpHead& head, TensorWriter& to) {
  to.add("head.hidden_weights", head.hidden_weights);
  to.keep("head.hidden_bias", MatrixF(head.hidden_bias));
  to.add("head.weights", head.weights);
  to.keep("head.bias", MatrixF(head.bias));
}

Json json_of(const evaluate::Measured& m) {
  return {{"value", m.value}, {"ci95", Json::array({m.low, m.high})}};
}

Json json_of(const std::optional<evaluate::Measured>& m) { return m ? json_of(*m) : Json(nullptr); }

Json json_of(const Input& input) {
  return {{"backbone", input.name},
          {"backbone_file", base::printable(input.backbone.name)},
          {"backbone_sha256", input.weights_sha256},
          {"size", input.backbone.size},
          {"mean", *input.backbone.mean},
          {"std", *input.backbone.std},
          {"output", input.backbone.output},
          {"precision", backbone::name_of(input.backbone.precision)},
          {"stages", features::name_of(input.stages)},
          {"features", input.features},
          {"white", input.white ? Json(*input.white) : Json(nullptr)},
          {"bands", input.bands ? Json(*input.bands) : Json(nullptr)},
          {"setup", input.setup}};
}

Json json_of(const metrics::Calibration& calibration) {
  Json curves = Json::array();
  for (const metrics::Isotonic& curve : calibration.curves) {
    curves.push_back({{"from", curve.from}, {"to", curve.to}});
  }
  return {{"method", metrics::name_of(calibration.method)},
          {"columns", calibration.columns},
          {"scale", std::vector(calibration.scale.begin(), calibration.scale.end())},
          {"shift", std::vector(calibration.shift.begin(), calibration.shift.end())},
          {"curves", std::move(curves)}};
}

Json json_of(const Rule& rule) {
  return {{"score", ood::name_of(rule.score)},
          {"aim", rule.aim.text()},
          {"thresholds", rule.thresholds},
          {"label_thresholds", rule.label_thresholds}};
}

Json json_of(const evaluate::Promise& promise) {
  Json test = nullptr;
  if (promise.test) {
    test = {{"pictures", promise.test->pictures},
            {"accuracy", json_of(promise.test->accuracy)},
            {"kept", json_of(promise.test->kept)},
            {"precision", json_of(promise.test->precision)},
            {"answered", json_of(promise.test->answered)}};
  }
  return {{"accuracy", json_of(promise.accuracy)},   {"kept", json_of(promise.kept)},
          {"precision", json_of(promise.precision)}, {"answered", json_of(promise.answered)},
          {"reachable", promise.reachable},          {"unrelated", json_of(promise.unrelated)},
          {"related", json_of(promise.related)},     {"by_unlabelled", promise.by_unlabelled},
          {"unseen", json_of(promise.unseen)},       {"test", std::move(test)}};
}

Json json_of(const Training& training) {
  return {{"data", base::printable(training.data)},
          {"pictures", training.pictures},
          {"counts", training.counts},
          {"own_background", training.own_background},
          {"built_in_background", training.built_in_background},
          {"unlabelled", training.unlabelled},
          {"folds", training.folds},
          {"seeds", training.seeds},
          {"penalty", training.penalty}};
}

// Reading. What a file says is checked where it is read.

/// A part of the JSON text, by its names.
class Part {
 public:
  Part(const nlohmann::json& json, std::string name) : json_(json), name_(std::move(name)) {
    if (!json.is_object()) throw Error("lacks its " + name_);
  }

  const nlohmann::json& at(const char* key) const {
    const auto found = json_.find(key);
    if (found == json_.end()) throw wrong(key);
    return *found;
  }
  Part part(const char* key) const { return {at(key), name_ + "." + key}; }
  bool has(const char* key) const { return json_.contains(key) && !json_.at(key).is_null(); }

  std::string text(const char* key) const {
    if (!at(key).is_string()) throw wrong(key);
    return at(key).get<std::string>();
  }
  bool flag(const char* key) const {
    if (!at(key).is_boolean()) throw wrong(key);
    return at(key).get<bool>();
  }
  double number(const char* key) const { return number_in(at(key), key); }
  std::uint64_t whole(const char* key, std::uint64_t most = kMostCounted) const {
    return whole_in(at(key), key, most);
  }
  std::vector<double> numbers(const char* key) const {
    std::vector<double> all;
    for (const auto& one : list(key)) all.push_back(number_in(one, key));
    return all;
  }
  std::vector<std::uint64_t> wholes(const char* key, std::uint64_t most) const {
    std::vector<std::uint64_t> all;
    for (const auto& one : list(key)) all.push_back(whole_in(one, key, most));
    return all;
  }
  const nlohmann::json& list(const char* key) const {
    if (!at(key).is_array()) throw wrong(key);
    return at(key);
  }
  Error wrong(const char* key) const {
    return Error(fmt::format("has no sound {}.{}", name_, key));
  }

  static constexpr std::uint64_t kMostCounted = 1'000'000'000'000;

 private:
  double number_in(const nlohmann::json& json, const char* key) const {
    if (!json.is_number()) throw wrong(key);
    const auto value = json.get<double>();
    if (!std::isfinite(value)) throw wrong(key);
    return value;
  }
  std::uint64_t whole_in(const nlohmann::json& json, const char* key, std::uint64_t most) const {
    if (!json.is_number_unsigned() || json.get<std::uint64_t>() > most) throw wrong(key);
    return json.get<std::uint64_t>();
  }

  const nlohmann::json& json_;
  std::string name_;
};

evaluate::Measured measured_in(const Part& from, const char* key) {
  const Part part = from.part(key);
  const std::vector<double> ends = part.numbers("ci95");
  if (ends.size() != 2) throw part.wrong("ci95");
  return {part.number("value"), ends[0], ends[1]};
}

std::optional<evaluate::Measured> maybe_measured(const Part& from, const char* key) {
  return from.has(key) ? std::optional(measured_in(from, key)) : std::nullopt;
}

/// The file's tensors; each is asked for once.
class TensorReader {
 public:
  explicit TensorReader(Tensors tensors) : tensors_(std::move(tensors)) {}

  bool has(const std::string& name) const { return tensors_.contains(name); }

  /// rows, columns: as many as it must have; −1: any number.
  template <typename T>
  base::MatrixOf<T> take(const std::string& name, Index rows, Index columns) {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) throw Error("lacks " + name);
    const arrays::RawTensor raw = found->second;
    tensors_.erase(found);
    if (raw.shape.size() != 2 || (rows >= 0 && raw.shape[0] != rows) ||
        (columns >= 0 && raw.shape[1] != columns)) {
      throw Error("has " + name + " of the wrong shape");
    }
    auto budget = static_cast<std::int64_t>(raw.storage.size());
    using Number = std::conditional_t<std::same_as<T, float>, float, double>;
    base::MatrixOf<Number> values(raw.shape[0], raw.shape[1]);
    const std::span into(values.data(), static_cast<std::size_t>(values.size()));
    if constexpr (std::same_as<T, float>) {
      arrays::read_floats(raw, budget, into);
    } else {
      arrays::read_doubles(raw, budget, into);
    }
    if (!values.allFinite()) throw Error("has numbers in " + name + " that aren't finite");
    if constexpr (std::integral<T>) {
      const auto fits = (values.array() == values.array().round()) &&
                        (values.array() >= std::numeric_limits<T>::min()) &&
                        (values.array() <= std::numeric_limits<T>::max());
      if (!fits.all()) throw Error("has numbers in " + name + " that can't be");
    }
    return values.template cast<T>();
  }

  std::vector<double> take_row(const std::string& name) {
    const Matrix row = take<double>(name, 1, -1);
    return {row.data(), row.data() + row.size()};
  }

  void require_all_taken() const {
    if (!tensors_.empty()) throw Error("holds " + base::excerpt(tensors_.begin()->first) + " too");
  }

 private:
  Tensors tensors_;
};

std::vector<std::vector<int>> rows_of_pairs(const base::MatrixOf<std::int32_t>& pairs, Index rows,
                                            std::size_t numbers) {
  std::vector<std::vector<int>> all(static_cast<std::size_t>(rows));
  for (const auto& pair : pairs.rowwise()) {
    const bool sound = pair(0) >= 0 && pair(0) < rows && pair(1) >= 0 &&
                       static_cast<std::size_t>(pair(1)) < numbers;
    if (!sound) throw Error("has labels of no picture or class");
    std::vector<int>& row = all[static_cast<std::size_t>(pair(0))];
    if (!row.empty() && row.back() >= pair(1)) throw Error("has labels that don't rise");
    row.push_back(pair(1));
  }
  return all;
}

head::Head read_head(const Part& part, Index columns, Index features, TensorReader& from) {
  const auto kind = named("head", part.text("kind"),
                          {head::HeadKind::kLinear, head::HeadKind::kRbf, head::HeadKind::kMlp});
  if (kind == head::HeadKind::kMlp) {
    head::MlpHead head;
    head.hidden_weights = from.take<float>("head.hidden_weights", -1, features);
    const Index hidden = head.hidden_weights.rows();
    head.hidden_bias = from.take<float>("head.hidden_bias", 1, hidden);
    head.weights = from.take<float>("head.weights", columns, hidden);
    head.bias = from.take<float>("head.bias", 1, columns);
    return head;
  }
  const Vector bias = from.take<double>("head.bias", 1, columns).row(0);
  if (kind == head::HeadKind::kLinear) {
    return head::LinearHead{from.take<double>("head.weights", columns, features), bias};
  }
  auto map = std::make_shared<head::KernelHead::Map>();
  map->landmarks = from.take<float>("head.landmarks", -1, features);
  map->centre = from.take<float>("head.centre", 1, features);
  map->gamma = part.number("gamma");
  if (map->landmarks.rows() == 0 || map->gamma <= 0) throw part.wrong("gamma");
  const Index landmarks = map->landmarks.rows();
  return head::KernelHead{std::move(map), from.take<double>("head.weights", columns, landmarks),
                          bias};
}

/// Of red, green and blue, each at least so much.
std::array<float, 3> read_colours(const Part& part, const char* key, float least) {
  const std::vector<double> numbers = part.numbers(key);
  std::array<float, 3> colours{};
  if (numbers.size() != colours.size()) throw part.wrong(key);
  std::transform(numbers.begin(), numbers.end(), colours.begin(),
                 [](double number) { return static_cast<float>(number); });
  if (*std::min_element(colours.begin(), colours.end()) < least) throw part.wrong(key);
  return colours;
}

Input read_input(const Part& part) {
  Input input;
  input.name = part.text("backbone");
  input.backbone.name = part.text("backbone_file");
  input.weights_sha256 = part.text("backbone_sha256");
  input.backbone.size = static_cast<int>(part.whole("size", backbone::kLargestSize));
  if (input.backbone.size < backbone::kSmallestSize) throw part.wrong("size");
  input.backbone.mean = read_colours(part, "mean", 0);
  input.backbone.std = read_colours(part, "std", 1e-6F);
  input.backbone.output = part.text("output");
  input.backbone.precision = named("precision", part.text("precision"),
                                   {backbone::Precision::kF32, backbone::Precision::kBf16});
  input.stages =
      named("stages", part.text("stages"), {features::Stages::kAll, features::Stages::kLast});
  input.features = static_cast<int>(part.whole("features", 1'000'000));
  if (input.features == 0) throw part.wrong("features");
  input.setup = part.text("setup");
  if (part.has("white")) {
    input.white = part.number("white");
    if (*input.white <= 0) throw part.wrong("white");
  }
  if (part.has("bands")) {
    const std::vector<std::uint64_t> bands = part.wholes("bands", 10'000);
    if (bands.size() != 3 || *std::min_element(bands.begin(), bands.end()) == 0) {
      throw part.wrong("bands");
    }
    input.bands.emplace();
    std::transform(bands.begin(), bands.end(), input.bands->begin(),
                   [](std::uint64_t band) { return static_cast<int>(band); });
  }
  return input;
}

metrics::Calibration read_calibration(const Part& part, loss::Activation activation,
                                      std::size_t columns) {
  using Method = metrics::CalibrationMethod;
  metrics::Calibration calibration;
  calibration.activation = activation;
  calibration.method = named(
      "calibration", part.text("method"),
      {Method::kNone, Method::kTemperature, Method::kVector, Method::kPlatt, Method::kIsotonic});
  for (const std::uint64_t column : part.wholes("columns", columns - 1)) {
    calibration.columns.push_back(static_cast<int>(column));
  }
  const auto& chosen = calibration.columns;
  if (std::adjacent_find(chosen.begin(), chosen.end(), std::greater_equal<>()) != chosen.end()) {
    throw part.wrong("columns");
  }
  const auto vector = [&](const char* key) {
    const std::vector<double> values = part.numbers(key);
    return Vector(Eigen::Map<const Vector>(values.data(), static_cast<Index>(values.size())));
  };
  calibration.scale = vector("scale");
  calibration.shift = vector("shift");
  for (const auto& one : part.list("curves")) {
    const Part curve(one, "calibration.curves");
    calibration.curves.push_back({curve.numbers("from"), curve.numbers("to")});
    const metrics::Isotonic& last = calibration.curves.back();
    if (last.from.empty() || last.from.size() != last.to.size() ||
        !std::is_sorted(last.from.begin(), last.from.end())) {
      throw curve.wrong("from");
    }
  }
  const bool curves = calibration.method == Method::kIsotonic;
  const bool lines = calibration.method != Method::kNone && !curves;
  const auto n = static_cast<Index>(chosen.size());
  if (lines && (calibration.scale.size() != n || calibration.shift.size() != n)) {
    throw part.wrong("scale");
  }
  if (curves && calibration.curves.size() != chosen.size()) throw part.wrong("curves");
  return calibration;
}

Rule read_rule(const Part& part, std::size_t classes, data::Problem problem, TensorReader& from) {
  Rule rule;
  rule.score = score_named(part.text("score"));
  try {
    rule.aim = metrics::parse_aim(part.text("aim"));
  } catch (const UsageError&) {
    throw part.wrong("aim");
  }
  rule.thresholds = part.numbers("thresholds");
  if (rule.thresholds.size() != 1 && rule.thresholds.size() != classes) {
    throw part.wrong("thresholds");
  }
  rule.label_thresholds = part.numbers("label_thresholds");
  if (!rule.label_thresholds.empty() &&
      (problem == data::Problem::kOneClass || rule.label_thresholds.size() != classes)) {
    throw part.wrong("label_thresholds");
  }
  if (rule.score == ood::ScoreKind::kBothGates) {
    rule.probabilities = from.take_row("rule.probabilities");
    rule.nearnesses = from.take_row("rule.nearnesses");
    if (!std::is_sorted(rule.probabilities.begin(), rule.probabilities.end()) ||
        !std::is_sorted(rule.nearnesses.begin(), rule.nearnesses.end())) {
      throw Error("has right predictions that don't rise");
    }
  }
  return rule;
}

evaluate::Promise read_promise(const Part& part) {
  evaluate::Promise promise{measured_in(part, "accuracy"), measured_in(part, "kept"),
                            measured_in(part, "precision"), measured_in(part, "answered"),
                            part.flag("reachable")};
  promise.unrelated = maybe_measured(part, "unrelated");
  promise.related = maybe_measured(part, "related");
  promise.by_unlabelled = part.flag("by_unlabelled");
  promise.unseen = maybe_measured(part, "unseen");
  if (part.has("test")) {
    const Part test = part.part("test");
    promise.test = {test.whole("pictures"), measured_in(test, "accuracy"),
                    measured_in(test, "kept"), measured_in(test, "precision"),
                    measured_in(test, "answered")};
  }
  return promise;
}

Training read_training(const Part& part, std::size_t classes, TensorReader& from) {
  Training training;
  training.data = part.text("data");
  training.pictures = part.whole("pictures");
  for (const std::uint64_t count : part.wholes("counts", Part::kMostCounted)) {
    training.counts.push_back(count);
  }
  if (training.counts.size() != classes) throw part.wrong("counts");
  training.own_background = part.whole("own_background");
  training.built_in_background = part.whole("built_in_background");
  training.unlabelled = part.whole("unlabelled");
  training.folds = static_cast<int>(part.whole("folds", 1'000'000));
  training.seeds = part.wholes("seeds", std::numeric_limits<std::uint64_t>::max());
  training.penalty = part.number("penalty");
  const auto hashes = from.take<std::uint8_t>("training.pixels", -1, kHashSize);
  for (const auto& row : hashes.rowwise()) {
    std::copy(row.begin(), row.end(), training.pixels.emplace_back().begin());
  }
  return training;
}

train::ModelSpec read_spec(const Part& part) {
  train::ModelSpec spec;
  spec.name = part.text("name");
  try {
    spec.loss = loss::parse_loss(part.text("loss"));
  } catch (const UsageError&) {
    throw part.wrong("loss");
  }
  spec.background = part.flag("background");
  spec.none_class = part.flag("none_class");
  if (part.text("activation") != name_of(spec.activation())) throw part.wrong("activation");
  return spec;
}

std::vector<std::string> read_classes(const Part& part) {
  std::vector<std::string> classes;
  for (const auto& one : part.list("classes")) {
    if (!one.is_string()) throw part.wrong("classes");
    classes.push_back(one.get<std::string>());
  }
  if (classes.empty() || classes.size() > kMostClasses) throw part.wrong("classes");
  return classes;
}

ScoreRows read_score_rows(ood::ScoreKind score, std::size_t classes, Index features,
                          TensorReader& from) {
  ScoreRows rows;
  if (!ood::needs_features(score)) return rows;
  rows.features = from.take<float>("score.features", -1, features);
  rows.labels =
      rows_of_pairs(from.take<std::int32_t>("score.labels", -1, 2), rows.features.rows(), classes);
  const auto has_label = [](const std::vector<int>& labels) { return !labels.empty(); };
  if (rows.labels.empty() || !std::all_of(rows.labels.begin(), rows.labels.end(), has_label)) {
    throw Error("has a picture without a label for its score");
  }
  if (ood::needs_background(score)) {
    rows.background = from.take<float>("score.background", -1, features);
  }
  return rows;
}

std::vector<SelfTest> read_self_tests(Index columns, TensorReader& from) {
  constexpr Index kBytes = Index{SelfTest::kSide} * SelfTest::kSide * 3;
  const auto pictures = from.take<std::uint8_t>("self_test.pictures", -1, kBytes);
  const Matrix logits = from.take<double>("self_test.logits", pictures.rows(), columns);
  if (static_cast<std::size_t>(pictures.rows()) > kMostSelfTests) {
    throw Error("has too many self-tests");
  }
  std::vector<SelfTest> tests;
  for (Index i = 0; i < pictures.rows(); ++i) {
    tests.push_back({{pictures.row(i).begin(), pictures.row(i).end()}, logits.row(i)});
  }
  return tests;
}

/// Throws Error if the text isn't the name of a format that is read.
void require_known(const std::string& format) {
  if (!format.starts_with(kFormatName)) throw Error("is a safetensors file, but no model");
  if (format == fmt::format("{}{}", kFormatName, kFormat)) return;
  throw Error(
      fmt::format("is of a newer oneormany (format {}; this one reads {}{}): update oneormany",
                  base::excerpt(format), kFormatName, kFormat));
}

}  // namespace

std::string json_text(const Model& model) {
  Json head = {{"kind", head::name_of(model.spec.head.value())}};
  if (const auto* kernel = std::get_if<head::KernelHead>(&model.head)) {
    head["gamma"] = kernel->map->gamma;
  }
  const Json json = {{"program", model.program},
                     {"classes", model.classes},
                     {"problem", name_of(model.problem)},
                     {"model",
                      {{"name", model.spec.name},
                       {"loss", model.spec.loss.text()},
                       {"activation", name_of(model.spec.activation())},
                       {"background", model.spec.background},
                       {"none_class", model.spec.none_class},
                       {"head", std::move(head)}}},
                     {"input", json_of(model.input)},
                     {"calibration", json_of(model.calibration)},
                     {"rule", json_of(model.rule)},
                     {"promise", json_of(model.promise)},
                     {"training", json_of(model.training)}};
  // Names of folders may be any bytes; what is no UTF-8 in them becomes U+FFFD.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_bytes(const Model& model) {
  TensorWriter tensors;
  std::visit([&](const auto& one) { write_head(one, tensors); }, model.head);
  const ScoreRows& rows = model.score_rows;
  if (ood::needs_features(model.rule.score)) {
    tensors.add("score.features", rows.features);
    tensors.keep("score.labels", pairs_of(rows.labels));
    if (ood::needs_background(model.rule.score)) tensors.add("score.background", rows.background);
  }
  if (model.rule.score == ood::ScoreKind::kBothGates) {
    tensors.keep("rule.probabilities", row_of(model.rule.probabilities));
    tensors.keep("rule.nearnesses", row_of(model.rule.nearnesses));
  }
  base::MatrixOf<std::uint8_t> hashes(static_cast<Index>(model.training.pixels.size()), kHashSize);
  for (Index i = 0; i < hashes.rows(); ++i) {
    const base::Sha256& hash = model.training.pixels[static_cast<std::size_t>(i)];
    std::copy(hash.begin(), hash.end(), hashes.row(i).begin());
  }
  tensors.keep("training.pixels", hashes);
  const auto tests = static_cast<Index>(model.self_tests.size());
  base::MatrixOf<std::uint8_t> pictures(tests, Index{SelfTest::kSide} * SelfTest::kSide * 3);
  Matrix logits(tests, static_cast<Index>(model.classes.size()) + model.spec.none_class);
  for (Index i = 0; i < tests; ++i) {
    const SelfTest& test = model.self_tests[static_cast<std::size_t>(i)];
    std::copy(test.rgb.begin(), test.rgb.end(), pictures.row(i).begin());
    logits.row(i) = test.logits;
  }
  tensors.keep("self_test.pictures", pictures);
  tensors.keep("self_test.logits", logits);
  const std::string text = json_text(model);
  return arrays::write_safetensors(tensors.tensors(),
                                   {{"format", fmt::format("{}{}", kFormatName, kFormat)},
                                    {"model", text},
                                    {"sha256", arrays::content_sha256(tensors.tensors(), text)}});
}

ReadModel from_bytes(std::string_view bytes) {
  Tensors tensors;
  try {
    tensors = arrays::read_safetensors(bytes);
  } catch (const Error&) {
    throw Error("is damaged, or no model");
  }
  auto metadata = arrays::read_safetensors_metadata(bytes);
  require_known(metadata["format"]);
  const std::string& text = metadata["model"];
  if (metadata["sha256"] != arrays::content_sha256(tensors, text)) {
    throw Error("is damaged (its SHA-256 is wrong)");
  }
  const nlohmann::json json = arrays::parse_json(text);
  const Part all(json, "model");
  TensorReader reader(std::move(tensors));
  ReadModel read{{}, metadata["sha256"]};
  Model& model = read.model;
  model.program = all.text("program");
  model.classes = read_classes(all);
  model.problem =
      named("problem", all.text("problem"), {data::Problem::kOneClass, data::Problem::kMultiLabel});
  const Part of_model = all.part("model"), of_head = of_model.part("head");
  model.spec = read_spec(of_model);
  model.input = read_input(all.part("input"));
  const auto classes = model.classes.size(), columns = classes + (model.spec.none_class ? 1 : 0);
  model.head = read_head(of_head, static_cast<Index>(columns), model.input.features, reader);
  model.spec.head = static_cast<head::HeadKind>(model.head.index());
  model.calibration = read_calibration(all.part("calibration"), model.spec.activation(), columns);
  model.rule = read_rule(all.part("rule"), classes, model.problem, reader);
  model.score_rows = read_score_rows(model.rule.score, classes, model.input.features, reader);
  model.promise = read_promise(all.part("promise"));
  model.training = read_training(all.part("training"), classes, reader);
  model.self_tests = read_self_tests(static_cast<Index>(columns), reader);
  reader.require_all_taken();
  return read;
}

ReadModel read_model(const fs::path& file) {
  try {
    return from_bytes(arrays::read_bytes(file));
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}: name a file that `oneormany train` wrote",
                            base::printable(file), error.what()));
  }
}

void refuse_foreign_model(const fs::path& file) {
  base::refuse_foreign(file, fmt::format("\"format\":\"{}", kFormatName));
}

void write_model(const fs::path& file, const Model& model) {
  base::write_file(file, to_bytes(model));
}

}  // namespace oneormany::model
