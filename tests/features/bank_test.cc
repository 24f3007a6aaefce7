#include "features/bank.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <random>
#include <set>

#include "base/error.h"
#include "base/write_file.h"
#include "tests/error_in.h"
#include "tests/folder.h"

namespace oneormany::features {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

base::Sha256 hash(int i) { return base::sha256(std::as_bytes(std::span(&i, 1))); }

MatrixF random_rows(Index rows, Index columns, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> bell;
  MatrixF matrix(rows, columns);
  for (float& x : matrix.reshaped()) x = std::max(0.0f, bell(engine));
  return matrix;
}

Bank a_bank() {
  Bank bank;
  bank.setup = "some network; decoder 1, size 224";
  bank.features = random_rows(7, 50, 1);
  bank.features(0, 0) = 65504;  // what float16 ends at
  bank.features(1, 1) = 1e-6f;
  for (int i = 0; i < 7; ++i) {
    bank.pixels.push_back(hash(i));
    bank.folders.push_back(i % 2 ? "animals/birds" : "Gemüse");
  }
  return bank;
}

std::string error_of(const std::filesystem::path& file) {
  return error_in([&] { read_bank(file); });
}

TEST(BankFile, HoldsWhatWasWritten) {
  const Folder folder;
  const Bank want = a_bank();
  write_bank(folder / "a.bank", want);
  const Bank got = read_bank(folder / "a.bank");
  EXPECT_EQ(got.setup, want.setup);
  EXPECT_EQ(got.pixels, want.pixels);
  EXPECT_EQ(got.folders, want.folders);
  ASSERT_EQ(got.features.rows(), 7);
  ASSERT_EQ(got.features.cols(), 50);
  for (Index i = 0; i < want.features.size(); ++i) {
    const float x = want.features.data()[i];
    EXPECT_NEAR(got.features.data()[i], x, std::max(x * 0x1p-11, 0x1p-25)) << x;
  }
}

TEST(BankFile, DamagedOrForeignIsOneLineWithTheNameAndTheCure) {
  const Folder folder;
  const auto file = folder / "a.bank";
  write_bank(file, a_bank());
  const std::string whole = read_text(file);
  const auto cure = AllOf(HasSubstr(file.string() + ": "), HasSubstr("oneormany background"),
                          HasSubstr("script/background"), testing::Not(HasSubstr("\n")));
  for (std::size_t length = 0; length < whole.size(); length += 97) {
    base::write_file(file, whole.substr(0, length));
    EXPECT_THAT(error_of(file), cure) << length;
  }
  for (std::size_t at = whole.size() - 900; at < whole.size(); at += 31) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    base::write_file(file, damaged);
    EXPECT_THAT(error_of(file), AllOf(cure, HasSubstr("damaged"))) << at;
  }
  base::write_file(file, std::string("\x02\0\0\0\0\0\0\0{}", 10));
  EXPECT_THAT(error_of(file), AllOf(cure, HasSubstr("no background")));
  base::write_file(file, "a text, whatever it is called");
  EXPECT_THAT(error_of(file), cure);
  EXPECT_THAT(error_of(folder / "none.bank"), HasSubstr("none.bank: "));
}

TEST(BankFile, FeaturesThatDoNotFitAreAnErrorAndWriteNothing) {
  const Folder folder;
  for (const float bad : {65600.0f, -1e9f, INFINITY, NAN}) {
    Bank bank = a_bank();
    bank.features(3, 3) = bad;
    EXPECT_THROW(write_bank(folder / "a.bank", bank), Error) << bad;
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(KindOf, IsTheFolderBelowTheOneThatWasNamed) {
  EXPECT_EQ(folder_of("a/b/animals/birds/1.png", {"a/b"}), "animals/birds");
  EXPECT_EQ(folder_of("a/b/animals/birds/1.png", {"other", "a/b/"}), "animals/birds");
  EXPECT_EQ(folder_of("a/b/1.png", {"a/b"}), "b");
  EXPECT_EQ(folder_of("/x/food/1.png", {"/x/food/"}), "food");
  EXPECT_EQ(folder_of("./food/1.png", {"."}), "food");
}

/// What pick_diverse guarantees, row by row.
std::vector<Index> one_by_one(const MatrixF& features, const std::vector<Index>& order,
                              double alike) {
  std::vector<Index> taken;
  for (const Index row : order) {
    const bool near = std::any_of(taken.begin(), taken.end(), [&](Index other) {
      const double cosine = features.row(row).dot(features.row(other)) /
                            (features.row(row).norm() * features.row(other).norm());
      return cosine >= alike;
    });
    if (!near) taken.push_back(row);
  }
  return taken;
}

TEST(PickDiverse, TakesNoTwoThatAreAlike) {
  // 400 rows, each three times with little noise: more than one block.
  MatrixF features(1200, 20);
  const MatrixF different = random_rows(400, 20, 2), noise = random_rows(1200, 20, 3);
  for (Index i = 0; i < 1200; ++i) {
    features.row(i) =
        (1.0f + static_cast<float>(i % 3)) * different.row(i % 400) + 0.02f * noise.row(i);
  }
  const Diverse all = pick_diverse(features, 0.99, 5000, 4);
  EXPECT_EQ(one_by_one(features, all.rows, 0.99), all.rows);
  EXPECT_EQ(all.rows.size() + all.too_like, 1200u);
  EXPECT_GT(all.rows.size(), 300u);
  EXPECT_LE(all.rows.size(), 400u);
  // No row that was left out could have been taken.
  std::vector<Index> order = all.rows;
  for (Index row = 0; row < 1200; ++row) order.push_back(row);
  EXPECT_EQ(one_by_one(features, order, 0.99), all.rows);

  const Diverse some = pick_diverse(features, 0.99, 150, 4);
  EXPECT_EQ(some.rows, std::vector(all.rows.begin(), all.rows.begin() + 150));
  EXPECT_NE(pick_diverse(features, 0.99, 150, 5).rows, some.rows);
}

TEST(PickDiverse, TakesFewRowsOrNoneAsTheyAre) {
  EXPECT_TRUE(pick_diverse(MatrixF(0, 5), 0.9, 10, 1).rows.empty());
  EXPECT_THAT(pick_diverse(random_rows(1, 5, 1), 0.9, 10, 1).rows, ElementsAre(0));
}

}  // namespace
}  // namespace oneormany::features
