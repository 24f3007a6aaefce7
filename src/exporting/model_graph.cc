#include "exporting/model_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <variant>

#include "base/error.h"
#include "evaluate/gates.h"

namespace oneormany::exporting {
namespace {

using loss::Activation;
using metrics::CalibrationMethod;
using onnx::TensorProto;
using ood::ScoreKind;

/// Lengths and sums that are divided by are at least this: a row of zeros stays one.
constexpr double kTiny = std::numeric_limits<float>::min();

Value to_double(Graph& graph, const Value& x) { return graph.cast(x, TensorProto::DOUBLE); }

/// x weightsᵀ + bias.
template <typename T>
Value affine(Graph& graph, const Value& x, const base::MatrixOf<T>& weights, const Value& bias) {
  return graph.node("Gemm", {x, graph.matrix(weights), bias}, {{"transB", {1}}});
}

Value row(Graph& graph, const Eigen::RowVectorXf& values) {
  return graph.floats({1, values.size()}, {values.data(), static_cast<std::size_t>(values.size())});
}

/// [N,1]: the length of each row of floats, but for rows of zeros.
Value length(Graph& graph, const Value& rows) {
  const Value root = graph.node("Sqrt", {graph.reduce("Sum", graph.mul(rows, rows))});
  return graph.node("Max", {root, graph.number(static_cast<float>(kTiny))});
}

// --- heads: f32 [N,features] to f64 [N,columns] ---

Value logits_of(Graph& graph, const head::LinearHead& head, const Value& features) {
  return affine(graph, to_double(graph, features), head.weights, graph.row(head.bias));
}

Value logits_of(Graph& graph, const head::KernelHead& head, const Value& features) {
  const head::KernelHead::Map& map = *head.map;
  const Value roots = graph.mul(graph.node("Sign", {features}),
                                graph.node("Sqrt", {graph.node("Abs", {features})}));
  const Value u = graph.sub(graph.div(roots, length(graph, roots)), row(graph, map.centre));
  const Eigen::RowVectorXf lengths = map.landmarks.rowwise().squaredNorm();
  // |u − l|² = |u|² − 2 u·l + |l|²; rounding may make a distance of 0 less.
  const Value own = graph.reduce("Sum", graph.mul(u, u));
  const Value products =
      affine(graph, graph.mul(u, graph.number(-2.0f)), map.landmarks, row(graph, lengths));
  const Value distances = graph.node("Relu", {graph.add(own, products)});
  const Value kernels =
      graph.node("Exp", {graph.mul(distances, graph.number(static_cast<float>(-map.gamma)))});
  return affine(graph, to_double(graph, kernels), head.weights, graph.row(head.bias));
}

Value logits_of(Graph& graph, const head::MlpHead& head, const Value& features) {
  const Value hidden = graph.node(
      "Relu", {affine(graph, features, head.hidden_weights, row(graph, head.hidden_bias))});
  return to_double(graph, affine(graph, hidden, head.weights, row(graph, head.bias)));
}

// --- probabilities: f64 [N,columns] both ---

Value activated(Graph& graph, Activation activation, const Value& logits) {
  if (activation == Activation::kSigmoid) return graph.node("Sigmoid", {logits});
  return graph.node("Softmax", {logits}, {{"axis", {1}}});
}

/// metrics::against_the_rest().
Value against_the_rest(Graph& graph, const Value& logits, std::int64_t columns) {
  const auto [top, places] = graph.two("TopK", {logits, graph.list({2})});
  const Value highest = graph.columns(top, 0, 1), second = graph.columns(top, 1, 2);
  const Value exponentials = graph.node("Exp", {graph.sub(logits, highest)});
  const Value others = graph.sub(graph.reduce("Sum", exponentials), exponentials);
  Graph::Ints all(static_cast<std::size_t>(columns));
  std::iota(all.begin(), all.end(), 0);
  const Value is_best =
      graph.node("Equal", {graph.ints({1, columns}, all), graph.columns(places, 0, 1)});
  const Value rest = graph.node(
      "Where", {is_best, graph.number(0.0), graph.node("Exp", {graph.sub(logits, second)})});
  const Value of_best =
      graph.sub(graph.sub(highest, second), graph.node("Log", {graph.reduce("Sum", rest)}));
  // Where it is the best itself nothing may be left of the sum: that branch isn't taken.
  const Value of_others =
      graph.sub(graph.sub(logits, highest),
                graph.node("Log", {graph.node("Max", {others, graph.number(kTiny)})}));
  return graph.node("Where", {is_best, of_best, of_others});
}

/// metrics::Isotonic::at() of each column. The curves' points stand in one table, filled up with
/// points that no probability reaches.
Value along_curves(Graph& graph, const std::vector<metrics::Isotonic>& curves, const Value& x) {
  const auto columns = static_cast<std::int64_t>(curves.size());
  std::size_t most = 0;
  for (const auto& curve : curves) most = std::max(most, curve.from.size());
  std::vector<double> from, to;
  Graph::Ints first, last;
  for (const auto& curve : curves) {
    first.push_back(static_cast<std::int64_t>(from.size()));
    last.push_back(static_cast<std::int64_t>(from.size() + curve.from.size()) - 1);
    from.insert(from.end(), curve.from.begin(), curve.from.end());
    to.insert(to.end(), curve.to.begin(), curve.to.end());
    from.resize(static_cast<std::size_t>(first.back()) + most, 2.0);
    to.resize(from.size(), 0.0);
  }
  const auto points = static_cast<std::int64_t>(most);
  const Value reached = graph.node("LessOrEqual", {graph.doubles({1, columns, points}, from),
                                                   graph.node("Unsqueeze", {x, graph.list({2})})});
  const Value count = graph.node(
      "Squeeze", {graph.reduce("Sum", graph.cast(reached, TensorProto::INT64)), graph.list({2})});
  // The points on both sides; outside the curve the last one twice.
  const Value begin = graph.ints({1, columns}, first), end = graph.ints({1, columns}, last);
  const Value above = graph.add(begin, count);
  const Value right = graph.node("Min", {above, end});
  const Value left = graph.node("Max", {graph.sub(above, graph.ints({}, Graph::Ints{1})), begin});
  const auto total = static_cast<std::int64_t>(from.size());
  const Value table_from = graph.doubles({total}, from), table_to = graph.doubles({total}, to);
  const auto at = [&](const Value& table, const Value& places) {
    return graph.node("Gather", {table, places}, {{"axis", {0}}});
  };
  const Value width = graph.sub(at(table_from, right), at(table_from, left));
  const Value way = graph.div(graph.sub(x, at(table_from, left)),
                              graph.node("Max", {width, graph.number(kTiny)}));
  const Value share = graph.node("Clip", {way, graph.number(0.0), graph.number(1.0)});
  const Value low = at(table_to, left);
  return graph.add(low, graph.mul(share, graph.sub(at(table_to, right), low)));
}

/// Of the columns that are calibrated; `logits` are theirs.
Value calibrated(Graph& graph, const metrics::Calibration& map, const Value& logits) {
  const auto mapped = [&](const Value& x) {
    return graph.add(graph.mul(x, graph.row(map.scale)), graph.row(map.shift));
  };
  const bool softmax = map.activation == Activation::kSoftmax;
  const auto columns = static_cast<std::int64_t>(map.columns.size());
  Value p;
  if (map.method == CalibrationMethod::kPlatt) {
    const Value single = softmax ? against_the_rest(graph, logits, columns) : logits;
    p = graph.node("Sigmoid", {mapped(single)});
  } else if (map.method == CalibrationMethod::kIsotonic) {
    p = along_curves(graph, map.curves, activated(graph, map.activation, logits));
  } else {
    return activated(graph, map.activation, mapped(logits));
  }
  if (!softmax) return p;
  const Value sum = graph.reduce("Sum", p);
  return graph.node("Where", {graph.node("Greater", {sum, graph.number(0.0)}),
                              graph.div(p, graph.node("Max", {sum, graph.number(kTiny)})),
                              activated(graph, map.activation, logits)});
}

/// metrics::Calibration::apply(), of the classes. plain: of all columns.
Value probabilities_of(Graph& graph, const metrics::Calibration& map, const Value& logits,
                       const Value& plain, int columns, int classes) {
  if (map.columns.empty()) return graph.columns(plain, 0, classes);
  const bool some_kept = static_cast<int>(map.columns.size()) < columns;
  Value own = calibrated(graph, map, some_kept ? graph.pick(logits, map.columns) : logits);
  if (!some_kept) return graph.columns(own, 0, classes);
  if (map.activation == Activation::kSoftmax) {
    own = graph.mul(own, graph.reduce("Sum", graph.pick(plain, map.columns)));
  }
  // Each class's column in (plain, own).
  std::vector<int> places(static_cast<std::size_t>(classes));
  std::iota(places.begin(), places.end(), 0);
  for (std::size_t i = 0; i < map.columns.size(); ++i) {
    if (map.columns[i] >= classes) continue;
    places[static_cast<std::size_t>(map.columns[i])] = columns + static_cast<int>(i);
  }
  return graph.pick(graph.node("Concat", {plain, own}, {{"axis", {1}}}), places);
}

// --- scores: f64 [N,1] ---

/// Logits of N pictures, and what the activation makes of them.
struct Logits {
  Value all, plain;     ///< of all columns
  Value classes, none;  ///< logits; none: empty where there is no such column
  Value of_classes;     ///< probabilities
  Value of_none;
  int class_count = 0;
  bool softmax = true;
};

Value margin(Graph& graph, const Logits& z) {
  Value first, second;
  if (z.class_count > 1) {
    const Value top = graph.two("TopK", {z.of_classes, graph.list({2})}).first;
    first = graph.columns(top, 0, 1);
    second = graph.columns(top, 1, 2);
    if (!z.of_none.empty()) second = graph.node("Max", {second, z.of_none});
  } else {
    first = z.of_classes;
    second = z.of_none;
  }
  return second.empty() ? first : graph.sub(first, second);
}

/// ood's minus_entropy(): what goes to none of the classes is spread over them.
Value minus_entropy(Graph& graph, const Logits& z) {
  Value p = z.of_classes, none = z.of_none;
  if (!z.softmax) {  // "none" has the logit 0
    const Value zero = graph.mul(graph.columns(z.all, 0, 1), graph.number(0.0));
    const Value all = graph.node(
        "Softmax", {graph.node("Concat", {z.classes, zero}, {{"axis", {1}}})}, {{"axis", {1}}});
    p = graph.columns(all, 0, z.class_count);
    none = graph.columns(all, z.class_count, z.class_count + 1);
  }
  const auto terms = [&](const Value& q) {
    const Value some = graph.node("Max", {q, graph.number(std::numeric_limits<double>::min())});
    return graph.reduce("Sum", graph.mul(q, graph.node("Log", {some})));
  };
  if (none.empty()) return terms(p);
  const Value share = graph.div(none, graph.number(std::max(z.class_count, 2) * 1.0));
  const Value sum = terms(graph.add(p, share));
  return z.class_count == 1 ? graph.add(sum, terms(share)) : sum;
}

Value energy(Graph& graph, const Logits& z) {
  if (!z.softmax) {  // log(1 + e^z), for which there is no node in double
    const Value small = graph.node("Exp", {graph.node("Neg", {graph.node("Abs", {z.classes})})});
    const Value log = graph.node("Log", {graph.add(small, graph.number(1.0))});
    return graph.reduce("Sum", graph.add(graph.node("Relu", {z.classes}), log));
  }
  const Value top = graph.reduce("Max", z.classes);
  const Value sum = graph.reduce("Sum", graph.node("Exp", {graph.sub(z.classes, top)}));
  const Value all = graph.add(top, graph.node("Log", {sum}));
  return z.none.empty() ? all : graph.sub(all, z.none);
}

Value max_logit(Graph& graph, const Logits& z) {
  const Value top = graph.reduce("Max", z.classes);
  return z.none.empty() ? top : graph.sub(top, z.none);
}

/// The distance to the k-th nearest of the rows, all scaled to length 1. Cosines in float find the
/// k; their distances are measured by differences, as near rows have no room in a float cosine.
Value distance(Graph& graph, const Value& features, const MatrixF& rows, int k) {
  const std::int64_t nearest = std::min<std::int64_t>(k, rows.rows());
  const Value all = graph.matrix(base::unit_rows(rows));
  const Value own =
      graph.div(to_double(graph, features), to_double(graph, length(graph, features)));
  const Value products = graph.node("Gemm", {features, all}, {{"transB", {1}}});
  const Value places = graph.two("TopK", {products, graph.list({nearest})}).second;
  const Value near = to_double(graph, graph.node("Gather", {all, places}, {{"axis", {0}}}));
  const Value difference = graph.sub(graph.node("Unsqueeze", {own, graph.list({1})}), near);
  const Value squares = graph.reduce("Sum", graph.mul(difference, difference));
  const Value farthest = graph.reduce("Max", graph.node("Squeeze", {squares, graph.list({2})}));
  return graph.node("Sqrt", {farthest});
}

Value nearness(Graph& graph, const model::Model& model, const Value& features) {
  return graph.node("Neg", {distance(graph, features, model.score_rows.features,
                                     ood::neighbours_for(model.score_rows.labels))});
}

Value nearer_than_background(Graph& graph, const model::Model& model, const Value& features) {
  constexpr double kNearest = 1e-6;  // as ood/distance_scores.cc has it
  const int k = ood::neighbours_for(model.score_rows.labels);
  const auto to = [&](const MatrixF& rows) {
    return graph.node("Max", {distance(graph, features, rows, k), graph.number(kNearest)});
  };
  return graph.node("Log",
                    {graph.div(to(model.score_rows.background), to(model.score_rows.features))});
}

/// The share of the values that are no higher than x.
Value share_up_to(Graph& graph, const std::vector<double>& rising, const Value& x) {
  if (rising.empty()) return graph.mul(x, graph.number(0.0));
  const auto n = static_cast<std::int64_t>(rising.size());
  const Value below = graph.node("LessOrEqual", {graph.doubles({1, n}, rising), x});
  return graph.div(graph.reduce("Sum", to_double(graph, below)),
                   graph.number(static_cast<double>(n)));
}

/// evaluate::BothGates.
Value both_gates(Graph& graph, const model::Rule& rule, const Value& probability,
                 const Value& near) {
  return graph.node("Min", {share_up_to(graph, rule.probabilities, probability),
                            graph.mul(graph.number(evaluate::BothGates::kWeight),
                                      share_up_to(graph, rule.nearnesses, near))});
}

Value score_of(Graph& graph, const model::Model& model, const Value& features, const Logits& z) {
  switch (model.rule.score) {
    case ScoreKind::kMaxProbability:
      return graph.reduce("Max", z.of_classes);
    case ScoreKind::kMaxLogit:
      return max_logit(graph, z);
    case ScoreKind::kEnergy:
      return energy(graph, z);
    case ScoreKind::kMargin:
      return margin(graph, z);
    case ScoreKind::kEntropy:
      return minus_entropy(graph, z);
    case ScoreKind::kKnn:
      return nearness(graph, model, features);
    case ScoreKind::kBackground:
      return nearer_than_background(graph, model, features);
    case ScoreKind::kBothGates:
      return both_gates(graph, model.rule, graph.reduce("Max", z.of_classes),
                        nearness(graph, model, features));
    default:
      throw Error(fmt::format(
          "its score {} is fitted when the model is loaded, which no ONNX graph can do: train with "
          "--scores max_probability,knn",
          ood::name_of(model.rule.score)));
  }
}

// --- the decision ---

Value labels_of(Graph& graph, const model::Rule& rule, const Logits& z, const Value& score) {
  const std::int64_t classes = z.class_count;
  const Value best = graph.node("ArgMax", {z.of_classes}, {{"axis", {1}}, {"keepdims", {1}}});
  const auto some = static_cast<std::int64_t>(rule.thresholds.size());
  Value threshold;
  if (some == 1) {
    threshold = graph.number(rule.thresholds[0]);
  } else {
    threshold =
        graph.node("Gather", {graph.doubles({some}, rule.thresholds), best}, {{"axis", {0}}});
  }
  const Value passes = graph.node("GreaterOrEqual", {score, threshold});
  Value named;
  if (rule.label_thresholds.empty()) {
    Graph::Ints all(static_cast<std::size_t>(classes));
    std::iota(all.begin(), all.end(), 0);
    named = graph.node("Equal", {graph.ints({1, classes}, all), best});
  } else {
    named = graph.node("GreaterOrEqual",
                       {z.of_classes, graph.doubles({1, classes}, rule.label_thresholds)});
  }
  return graph.cast(graph.node("And", {named, passes}), TensorProto::UINT8);
}

}  // namespace

bool can_export(ood::ScoreKind score) {
  return score != ScoreKind::kMahalanobis && score != ScoreKind::kMahalanobisClass &&
         score != ScoreKind::kVim && score != ScoreKind::kReact;
}

Answers add_model(Graph& graph, const model::Model& model, const Value& features) {
  const int classes = static_cast<int>(model.classes.size());
  const int columns = classes + (model.spec.none_class ? 1 : 0);
  Logits z;
  z.class_count = classes;
  z.softmax = model.spec.activation() == Activation::kSoftmax;
  graph.part("head");
  z.all =
      std::visit([&](const auto& head) { return logits_of(graph, head, features); }, model.head);
  z.plain = activated(graph, model.spec.activation(), z.all);
  z.classes = graph.columns(z.all, 0, classes);
  z.of_classes = graph.columns(z.plain, 0, classes);
  if (model.spec.none_class) {
    z.none = graph.columns(z.all, classes, columns);
    z.of_none = graph.columns(z.plain, classes, columns);
  }
  Answers answers;
  graph.part("calibration");
  answers.probabilities =
      probabilities_of(graph, model.calibration, z.all, z.plain, columns, classes);
  graph.part("score");
  answers.score = score_of(graph, model, features, z);
  graph.part("decision");
  answers.labels = labels_of(graph, model.rule, z, answers.score);
  return answers;
}

}  // namespace oneormany::exporting
