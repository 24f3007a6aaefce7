// All golden cases, in both precisions, with every kind of target that says the same, on every
// instruction set.

#include <gtest/gtest.h>

#include <cmath>

#include "loss/catalogue.h"
#include "tests/loss/cases.h"

namespace oneormany::loss {
namespace {

template <typename T>
std::vector<T> flat(const Json& json) {
  const Matrix matrix = to_matrix(json);
  return {matrix.data(), matrix.data() + matrix.size()};
}

template <typename T>
void expect_close(const std::vector<T>& actual, const Json& expected, double tolerance) {
  const auto wanted = flat<double>(expected);
  ASSERT_EQ(actual.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_NEAR(actual[i], wanted[i], tolerance * std::max(1.0, std::abs(wanted[i]))) << "at " << i;
  }
}

template <typename T>
void check_case(const Json& golden, const Json& entry, double tolerance) {
  const auto loss = golden_loss(entry);
  const auto logits = flat<T>(golden.at("logits"));
  const std::vector<int> classes = golden.at("target_class");
  const std::string kind = entry.at("target");
  const Reduction reduction = golden_reduction(entry);
  Batch<T> batch{.logits = logits.data(), .rows = 12, .columns = 5};

  // A class is also a one-hot row.
  std::vector<std::vector<T>> targets;
  if (kind == "soft") targets.push_back(flat<T>(golden.at("target_soft")));
  if (kind == "labels") targets.push_back(flat<T>(golden.at("target_labels")));
  if (kind == "class") {
    std::vector<T> one_hot(60);
    for (std::size_t i = 0; i < 12; ++i) one_hot[i * 5 + static_cast<std::size_t>(classes[i])] = 1;
    targets.push_back(one_hot);
  }
  for (const bool by_number : {false, true}) {
    if (by_number && kind != "class") continue;
    SCOPED_TRACE(by_number ? "by number" : "by row");
    batch.targets = by_number ? nullptr : targets[0].data();
    batch.classes = by_number ? classes.data() : nullptr;
    std::vector<T> gradient(60);
    std::vector<T> values(static_cast<std::size_t>(loss->values_size(12, 5)));
    batch.gradient = gradient.data();
    batch.values = reduction == Reduction::kNone ? values.data() : nullptr;
    const double value = loss->evaluate(batch, reduction);
    expect_close(gradient, entry.at("gradient"), tolerance);
    if (reduction == Reduction::kNone) {
      expect_close(values, entry.at("value"), tolerance);
    } else {
      EXPECT_NEAR(value, entry.at("value"), tolerance * std::abs(value));
    }
    // The value alone is the same number, whatever else is asked for.
    batch.gradient = nullptr;
    EXPECT_NEAR(loss->evaluate(batch, reduction), value, tolerance * std::abs(value));
  }
}

TEST(Golden, EveryLossAgreesInValueAndGradient) {
  const Json golden = read_golden("losses.json");
  ASSERT_EQ(golden.at("cases").size(), 36u);
  on_each_instruction_set([&] {
    for (const Json& entry : golden.at("cases")) {
      SCOPED_TRACE(entry.at("loss").dump() + entry.at("reduction").dump() +
                   entry.at("parameters").dump());
      check_case<double>(golden, entry, 1e-10);
      check_case<float>(golden, entry, 1e-5);
    }
  });
}

template <typename T>
void check_extreme(const Json& entry, double rows, double tolerance) {
  const auto loss = parse_loss(entry.at("loss").get<std::string>())
                        .make({rows, entry.at("counts").get<std::vector<double>>()});
  const base::MatrixOf<T> logits = to_matrix(entry.at("logits")).cast<T>();
  const base::MatrixOf<T> targets = to_matrix(entry.at("targets")).cast<T>();
  const auto found = evaluate(*loss, logits, targets, Reduction::kSum);
  const double value = entry.at("value");
  // e^x below the smallest normal float is 0.
  EXPECT_NEAR(found.value, value, tolerance * std::abs(value) + 1e-37);
  const Matrix gradient = to_matrix(entry.at("gradient"));
  const double largest = std::max(gradient.cwiseAbs().maxCoeff(), 1.0);
  EXPECT_LT((found.gradient.template cast<double>() - gradient).cwiseAbs().maxCoeff(),
            tolerance * largest);
}

// Of mpmath, in 150 digits: logits that are large, sure, alike but for 1e6, ±1e30. bench/reference
// makes them, and compares thousands of others.
TEST(Golden, LossesOfExtremeLogitsAgreeWith150Digits) {
  const Json golden = read_golden("extreme_losses.json");
  ASSERT_EQ(golden.at("cases").size(), 40u);
  on_each_instruction_set([&] {
    for (const Json& entry : golden.at("cases")) {
      SCOPED_TRACE(entry.at("loss").dump() + entry.at("kind").dump());
      check_extreme<double>(entry, golden.at("rows"), 1e-11);
      check_extreme<float>(entry, golden.at("rows"), 1e-5);
    }
  });
}

template <typename T>
void check_activations(const Json& golden, double tolerance) {
  for (const auto& [name, function] :
       {std::pair<std::string, void (*)(std::span<T>)>{"softmax", softmax}, {"sigmoid", sigmoid}}) {
    for (const Json& entry : golden.at(name)) {
      std::vector<T> x = entry.at("x");
      function(x);
      for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], entry.at("y")[i], tolerance);
      if (entry.contains("sum")) {
        EXPECT_NEAR(std::accumulate(x.begin(), x.end(), 0.0), entry.at("sum"), 1e-4);
      }
    }
  }
}

TEST(Golden, ActivationsAgreeWithTheTutorial) {
  const Json golden = read_golden("activations.json");
  on_each_instruction_set([&] {
    check_activations<double>(golden, 5e-5);
    check_activations<float>(golden, 5e-5);
    std::vector<double> exact = golden.at("softmax")[0].at("x");
    softmax(exact);
    for (std::size_t i = 0; i < exact.size(); ++i) {
      EXPECT_NEAR(exact[i], golden.at("softmax")[0].at("y")[i], 5e-9);
    }
  });
}

}  // namespace
}  // namespace oneormany::loss
