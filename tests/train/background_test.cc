#include "train/background.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <random>

namespace oneormany::train {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Lt;

constexpr Index kColumns = 40;
const std::vector<std::string> kClasses{"dogs", "birds"};

base::Sha256 hash(int i) { return base::sha256(std::as_bytes(std::span(&i, 1))); }

/// Pictures of things: each thing lies around a centre of its own, in directions.
class Things {
 public:
  MatrixF pictures(int thing, Index rows, float spread = 0.3f) {
    std::mt19937 engine(static_cast<unsigned>(thing));
    std::normal_distribution<float> bell;
    Eigen::RowVectorXf centre(kColumns);
    for (float& x : centre) x = bell(engine);
    MatrixF matrix(rows, kColumns);
    for (Index row = 0; row < rows; ++row) {
      for (Index c = 0; c < kColumns; ++c) matrix(row, c) = centre(c) + spread * bell(noise_);
      matrix.row(row) *= 1.0f + static_cast<float>(row % 3);  // lengths mean nothing
    }
    return matrix;
  }

 private:
  std::mt19937 noise_{7};
};

struct Case {
  MatrixF features;
  std::vector<std::vector<int>> labels;
  std::vector<int> groups;
  features::Bank bank;
  std::set<base::Sha256> taken;

  void picture(const MatrixF& rows, std::vector<int> its) {
    MatrixF all(features.rows() + rows.rows(), kColumns);
    all << features, rows;
    features = std::move(all);
    labels.insert(labels.end(), static_cast<std::size_t>(rows.rows()), its);
    groups.resize(labels.size());
    std::iota(groups.begin(), groups.end(), 0);
  }
  void banked(const MatrixF& rows, const std::string& folder) {
    MatrixF all(bank.features.rows() + rows.rows(), kColumns);
    all << bank.features, rows;
    bank.features = std::move(all);
    for (Index i = 0; i < rows.rows(); ++i) {
      bank.pixels.push_back(hash(static_cast<int>(bank.pixels.size())));
      bank.folders.push_back(folder);
    }
  }
  BankRows choose() const {
    return choose_bank_rows(bank, {features, labels, groups, kClasses}, taken);
  }
  std::vector<std::string> folders(const BankRows& chosen) const {
    std::vector<std::string> names;
    for (const Index row : chosen.rows)
      names.push_back(bank.folders[static_cast<std::size_t>(row)]);
    return names;
  }

  Case() : features(0, kColumns) { bank.features.resize(0, kColumns); }
};

/// Dogs and birds as classes; a bank of 20 dogs, 40 cups, and 30 mixed of which 2 are birds.
Case dogs_and_birds() {
  Things things;
  Case it;
  it.picture(things.pictures(1, 30), {0});
  it.picture(things.pictures(2, 30), {1});
  it.banked(things.pictures(1, 20), "animals/dogs");
  it.banked(things.pictures(3, 40), "cups");
  it.banked(things.pictures(4, 28), "mixed");
  it.banked(things.pictures(2, 2, 0.05f), "mixed");
  return it;
}

TEST(BankRows, LeavesOutFoldersAndRowsThatAreTooNearToAClass) {
  const Case it = dogs_and_birds();
  const BankRows chosen = it.choose();
  EXPECT_EQ(chosen.rows.size(), 68u);
  EXPECT_TRUE(std::is_sorted(chosen.rows.begin(), chosen.rows.end()));
  EXPECT_THAT(it.folders(chosen), testing::Not(testing::Contains("animals/dogs")));
  EXPECT_THAT(chosen.rows, Each(Lt(88)));  // the two birds are the last
  ASSERT_EQ(chosen.left_out.size(), 2u);
  EXPECT_EQ(chosen.left_out[0].folder, "animals/dogs");
  EXPECT_EQ(chosen.left_out[0].pictures, 20u);
  EXPECT_EQ(chosen.left_out[0].nearest, "dogs");
  EXPECT_EQ(chosen.left_out[1].folder, "mixed");
  EXPECT_EQ(chosen.left_out[1].pictures, 2u);
  EXPECT_EQ(chosen.left_out[1].nearest, "birds");
  EXPECT_EQ(chosen.same_pixels, 0u);
  EXPECT_EQ(chosen.left_out_for_balance, 0u);
}

TEST(BankRows, ChoosesTheSameEveryTime) {
  const Case it = dogs_and_birds();
  EXPECT_EQ(it.choose().rows, it.choose().rows);
}

TEST(BankRows, LeavesOutThePixelsThatAreTaken) {
  Case it = dogs_and_birds();
  it.taken = {hash(20), hash(30), hash(1000)};
  const BankRows chosen = it.choose();
  EXPECT_EQ(chosen.same_pixels, 2u);
  EXPECT_EQ(chosen.rows.size(), 66u);
  EXPECT_THAT(chosen.rows, testing::Not(testing::IsSupersetOf({20})));
}

TEST(BankRows, ExactCopiesDoNotMakeAClassLookDense) {
  // Every picture three times: the nearest other one is not its copy, so all is as without copies.
  Case once = dogs_and_birds(), thrice = dogs_and_birds();
  const MatrixF features = once.features;
  const auto labels = once.labels;
  for (int copy = 0; copy < 2; ++copy) {
    thrice.picture(features.topRows(30), {0});
    thrice.picture(features.bottomRows(30), {1});
  }
  for (std::size_t i = 0; i < thrice.groups.size(); ++i)
    thrice.groups[i] = static_cast<int>(i % 60);
  EXPECT_EQ(once.choose().rows, thrice.choose().rows);
}

TEST(BankRows, PicturesWithoutALabelAreNoClass) {
  Things things;
  Case it = dogs_and_birds();
  it.picture(things.pictures(3, 30), {});  // cups, that the user has as examples of nothing
  EXPECT_EQ(it.choose().rows.size(), 68u);
}

TEST(BankRows, AClassOfOnePictureDrivesNothingAway) {
  Things things;
  Case it;
  it.picture(things.pictures(1, 1), {0});
  it.picture(things.pictures(2, 30), {1});
  it.banked(it.features.topRows(1), "animals/dogs");
  it.banked(things.pictures(3, 10), "cups");
  EXPECT_EQ(it.choose().rows.size(), 11u);
}

TEST(BankRows, AreAtMostThreeForEachPictureButThreeHundredAtLeast) {
  Things things;
  Case it = dogs_and_birds();
  for (int thing = 10; thing < 20; ++thing) it.banked(things.pictures(thing, 40), "more");
  BankRows chosen = it.choose();
  EXPECT_EQ(chosen.rows.size(), 300u);
  EXPECT_EQ(chosen.left_out_for_balance, 168u);
  EXPECT_THAT(chosen.rows, Each(Lt(340)));  // the first of those that may stay
  it.picture(things.pictures(1, 80), {0});
  chosen = it.choose();
  EXPECT_EQ(chosen.rows.size(), 420u);
  EXPECT_EQ(chosen.left_out_for_balance, 48u);
}

TEST(BankRows, OfAnEmptyBankAreNone) {
  Case it = dogs_and_birds();
  it.bank = {};
  it.bank.features.resize(0, kColumns);
  const BankRows chosen = it.choose();
  EXPECT_THAT(chosen.rows, IsEmpty());
  EXPECT_THAT(chosen.left_out, IsEmpty());
}

}  // namespace
}  // namespace oneormany::train
