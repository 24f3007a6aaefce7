#include "loss/catalogue.h"

#include <gmock/gmock.h>

#include <set>

#include "base/error.h"

namespace oneormany::loss {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Catalogue, NamesEveryLossOnceAndSaysWhatThereIsToKnow) {
  std::set<std::string_view> names;
  for (const LossInfo& info : all_losses()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    for (const auto text : {info.title, info.formula, info.gradient, info.paper, info.when}) {
      EXPECT_FALSE(text.empty()) << info.name;
    }
    const auto loss = parse_loss(info.name).make({10, {4, 6}});
    EXPECT_EQ(loss->name(), info.name);
    EXPECT_EQ(loss->activation(),
              info.targets == TargetKind::kClass ? Activation::kSoftmax : Activation::kSigmoid);
    for (const LossParameter& parameter : info.parameters) {
      EXPECT_LE(parameter.low, parameter.standard) << info.name;
      EXPECT_GE(parameter.high, parameter.standard) << info.name;
    }
  }
  EXPECT_EQ(names.size(), 9u);
}

TEST(Catalogue, ReadsParameters) {
  const LossChoice choice = parse_loss("asymmetric:gamma-negative=2:margin=0");
  EXPECT_EQ(choice.parameters.at("gamma_negative"), 2);
  EXPECT_EQ(choice.parameters.at("margin"), 0);
  EXPECT_EQ(choice.parameters.at("gamma_positive"), 0);
  EXPECT_EQ(choice.text(), "asymmetric:gamma_negative=2:margin=0");
  EXPECT_EQ(parse_loss("multi-margin:power=1").text(), "multi_margin");
}

TEST(Catalogue, SaysWhatIsWrong) {
  const auto wrong = [](const char* text) { return [text] { parse_loss(text); }; };
  EXPECT_THAT(wrong("cross_entropi"),
              ThrowsMessage<UsageError>(HasSubstr("did you mean cross_entropy?")));
  EXPECT_THAT(wrong("hinge"), ThrowsMessage<UsageError>(HasSubstr("no loss is called 'hinge'")));
  EXPECT_THAT(wrong(""), ThrowsMessage<UsageError>(HasSubstr("no loss is called ''")));
  EXPECT_THAT(wrong("focal"),
              ThrowsMessage<UsageError>(HasSubstr("did you mean softmax_focal or sigmoid_focal?")));
  for (const char* title : {"ASL", "asl"}) {
    EXPECT_THAT(wrong(title), ThrowsMessage<UsageError>(HasSubstr("did you mean asymmetric?")));
  }
  EXPECT_THAT(wrong("BCE"), ThrowsMessage<UsageError>(HasSubstr("did you mean bce_with_logits?")));
  EXPECT_THAT(wrong("loss"), ThrowsMessage<UsageError>(testing::Not(HasSubstr("did you mean"))));
  EXPECT_THAT(
      wrong("asymmetric:gama=1"),
      ThrowsMessage<UsageError>(HasSubstr("did you mean gamma_positive or gamma_negative?")));
  EXPECT_THAT(
      wrong("two_way:x=1"),
      ThrowsMessage<UsageError>(HasSubstr("it has positive_temperature and negative_temperature")));
  EXPECT_THAT(wrong("zlpr:"), ThrowsMessage<UsageError>(HasSubstr(
                                  "zlpr: after the colon a parameter is missing (it has none)")));
  EXPECT_THAT(wrong("sigmoid_focal::gamma=1"),
              ThrowsMessage<UsageError>(HasSubstr("missing (it has gamma and alpha)")));
  EXPECT_THAT(wrong("zlpr:gamma=1"),
              ThrowsMessage<UsageError>(HasSubstr("zlpr has no parameter 'gamma'")));
  EXPECT_THAT(wrong("sigmoid_focal:gama=1"),
              ThrowsMessage<UsageError>(HasSubstr("did you mean gamma?")));
  EXPECT_THAT(wrong("sigmoid_focal:gamma"), ThrowsMessage<UsageError>(HasSubstr("write gamma=2")));
  for (const char* value : {"x", "", "-1", "nan", "1e9", "2x"}) {
    EXPECT_THAT(wrong((std::string("sigmoid_focal:gamma=") + value).c_str()),
                ThrowsMessage<UsageError>(HasSubstr("must be a number from 0 to 100")))
        << value;
  }
  EXPECT_THAT(wrong("multi_margin:power=1.5"),
              ThrowsMessage<UsageError>(HasSubstr("must be a whole number from 1 to 2")));
}

TEST(Catalogue, WeighsRareClassesByTheirCounts) {
  EXPECT_TRUE(balanced_weights({10, {1, 9}}, 0).empty());
  EXPECT_EQ(balanced_weights({10, {1, 9}}, 1), (std::vector<double>{5, 5. / 9}));
  EXPECT_EQ(balanced_positive_weights({10, {1, 5}}, 1), (std::vector<double>{9, 1}));
  // Even a label that no row carries gets a number.
  EXPECT_EQ(balanced_positive_weights({10, {0}}, 1), (std::vector<double>{10}));
}

}  // namespace
}  // namespace oneormany::loss
