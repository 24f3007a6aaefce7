// .npy files written by hand, byte by byte: the tests need no NumPy.

#include "arrays/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/arrays/npy_bytes.h"
#include "tests/backbone/files.h"
#include "tests/error_in.h"

namespace oneormany::arrays {
namespace {

using namespace std::string_literals;

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<double> values(const std::string& bytes) {
  auto budget = static_cast<std::int64_t>(bytes.size());
  return to_doubles(read_npy(bytes), budget);
}

std::string message(const std::string& bytes) {
  return error_in([&] { values(bytes); });
}

const std::string kSix = raw(std::vector<float>{1, 2, 3, 4, 5, 6});

TEST(Npy, ReadsShapeAndValuesOfEveryFormat) {
  for (const int version : {1, 2, 3}) {
    const std::string bytes = npy("<f4", "(2, 3)", kSix, false, version);
    EXPECT_THAT(read_npy(bytes).shape, ElementsAre(2, 3));
    EXPECT_THAT(values(bytes), ElementsAre(1, 2, 3, 4, 5, 6));
  }
  EXPECT_THAT(read_npy(npy("<f4", "(6,)", kSix)).shape, ElementsAre(6));
  EXPECT_THAT(read_npy(npy("<f4", "(6L,)", kSix)).shape, ElementsAre(6));
  EXPECT_THAT(read_npy(npy("<f4", "()", raw(1.0F))).shape, ElementsAre());
  EXPECT_THAT(values(npy("<f4", "(0, 3)", "")), ElementsAre());
}

TEST(Npy, ReadsAFileThatNumPyWrote) {
  // numpy.save of numpy.array([[1.5, -2]], dtype='<f2'), NumPy 1.24.
  std::string bytes = "\x93NUMPY";
  bytes += std::string("\x01\x00\x76\x00", 4);
  std::string header = "{'descr': '<f2', 'fortran_order': False, 'shape': (1, 2), }";
  header.resize(117, ' ');
  bytes += header + "\n" + std::string("\x00\x3e\x00\xc0", 4);
  ASSERT_EQ(bytes.size(), 132U);
  EXPECT_THAT(values(bytes), ElementsAre(1.5, -2));
}

TEST(Npy, FortranOrderIsTurned) {
  EXPECT_THAT(values(npy("<f4", "(2, 3)", kSix, true)), ElementsAre(1, 3, 5, 2, 4, 6));
}

TEST(Npy, ReadsEveryPlainType) {
  EXPECT_THAT(values(npy("<f8", "(2,)", raw(std::vector{0.1, -1e300}))), ElementsAre(0.1, -1e300));
  EXPECT_THAT(values(npy("|b1", "(2,)", std::string("\0\1", 2))), ElementsAre(0, 1));
  EXPECT_THAT(values(npy("|i1", "(1,)", "\xff")), ElementsAre(-1));
  EXPECT_THAT(values(npy("|u1", "(1,)", "\xff")), ElementsAre(255));
  EXPECT_THAT(values(npy(">u1", "(1,)", "\x07")), ElementsAre(7));
  EXPECT_THAT(values(npy("<i2", "(1,)", raw(std::int16_t{-2}))), ElementsAre(-2));
  EXPECT_THAT(values(npy("<u2", "(1,)", raw(std::uint16_t{40000}))), ElementsAre(40000));
  EXPECT_THAT(values(npy("<i4", "(1,)", raw(std::int32_t{-3}))), ElementsAre(-3));
  EXPECT_THAT(values(npy("<u4", "(1,)", raw(std::uint32_t{3}))), ElementsAre(3));
  EXPECT_THAT(values(npy("<i8", "(1,)", raw(std::int64_t{-4}))), ElementsAre(-4));
  EXPECT_THAT(values(npy("<u8", "(1,)", raw(std::uint64_t{4}))), ElementsAre(4));
  EXPECT_THAT(message(npy("<i8", "(1,)", raw((std::int64_t{1} << 53) + 1))),
              HasSubstr("too large"));
}

TEST(Npy, OtherTypesAreErrorsThatSayWhatToSave) {
  EXPECT_THAT(message(npy(">f4", "(6,)", kSix)), HasSubstr("big-endian numbers (>f4); save "
                                                           "array.astype('<f4')"));
  EXPECT_THAT(message(npy("|O", "(6,)", kSix)), HasSubstr("Python objects"));
  EXPECT_THAT(message(npy("<U6", "(1,)", kSix)), HasSubstr("texts"));
  EXPECT_THAT(message(npy("|S24", "(1,)", kSix)), HasSubstr("texts"));
  for (const auto* type : {"<c8", "<f16", "<V2", "f4", "", "<", "<f", "<M8[ns]", "!f4"}) {
    EXPECT_THAT(message(npy(type, "(6,)", kSix)), HasSubstr("isn't supported")) << type;
  }
  const std::string records =
      "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,), }\n";
  EXPECT_THAT(message(npy_file(records, kSix)), HasSubstr("named fields"));
}

TEST(Npy, AHeaderThatLiesIsAnErrorAndAllocatesNothing) {
  EXPECT_THAT(message(npy("<f4", "(7,)", kSix)), HasSubstr("cut short: its header says 7 numbers"));
  EXPECT_THAT(message(npy("<f4", "(5,)", kSix)), HasSubstr("goes on"));
  EXPECT_THAT(message(npy("<f4", "(6,)", kSix + "x")), HasSubstr("goes on"));
  EXPECT_THAT(message(npy("<f4", "(1000000000000, 1000)", kSix)), HasSubstr("cut short"));
  EXPECT_THAT(message(npy("<f4", "(4611686018427387904, 8)", kSix)), HasSubstr("impossible shape"));
  EXPECT_THAT(message(npy("<f4", "(99999999999999999999,)", kSix)), HasSubstr("numpy.save"));
  EXPECT_THAT(message(npy("<f4", "(-6,)", kSix)), HasSubstr("numpy.save"));
  EXPECT_THAT(message(npy("<f4", "(" + std::string(100, '1') + ")", kSix)),
              HasSubstr("numpy.save"));
  std::string ones;
  for (int i = 0; i < 100; ++i) ones += "1,";
  EXPECT_THAT(message(npy("<f4", "(" + ones + ")", raw(1.0F))), HasSubstr("too many dimensions"));
}

TEST(Npy, WhatIsNoNpyFileIsAnErrorThatSaysSo) {
  EXPECT_THAT(message(""), HasSubstr("is empty"));
  EXPECT_THAT(message("0.1,0.2\n"), HasSubstr("no .npy file"));
  EXPECT_THAT(message(npy("<f4", "(6,)", kSix, false, 4)), HasSubstr("format 4"));
  for (const auto* header :
       {"", "{", "{}", "[]", "{'descr': '<f4'}", "{'descr': '<f4', 'descr': '<f4'}",
        "{'descr': 1, 'fortran_order': False, 'shape': (6,), }",
        "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (6,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 6, }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), } x",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'more': 1}",
        "{'descr: '<f4', 'fortran_order': False, 'shape': (6,)"}) {
    EXPECT_THAT(message(npy_file(header, kSix)), HasSubstr("numpy.save")) << header;
  }
}

TEST(Npy, CutShortAnywhereIsAnError) {
  const std::string whole = npy("<f4", "(2, 3)", kSix);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(message(whole.substr(0, size)).empty()) << size;
  }
}

TEST(Npy, AnyChangedByteGivesNumbersOrAnErrorButNeverAnythingElse) {
  const std::string whole = npy("<f4", "(2, 3)", kSix);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const int change : {0x01, 0x10, 0x80, 0xff}) {
      std::string changed = whole;
      changed[i] = static_cast<char>(changed[i] ^ change);
      try {
        EXPECT_LE(values(changed).size(), whole.size());
      } catch (const Error& error) {
        EXPECT_STRNE(error.what(), "");
      }
    }
  }
}

TEST(Npy, AHeaderIsAsNumPyWritesItAndAsLongForAnyShape) {
  // numpy.save of zeros((12, 3104), float32), NumPy 2.4.6.
  EXPECT_EQ(npy_header(12, 3104),
            std::string("\x93NUMPY\x01\0v\0", 10) +
                "{'descr': '<f4', 'fortran_order': False, 'shape': (12, 3104), }" +
                std::string(54, ' ') + "\n");
  for (const std::uint64_t rows : {0ULL, 1ULL, 50'000'000ULL, 99'999'999'999ULL}) {
    EXPECT_EQ(npy_header(rows, 3104).size(), 128U);
  }
  const std::vector<float> numbers{1, 2, 3, 4, 5, 6};
  const std::string file =
      npy_header(2, 3) +
      std::string(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(float));
  const RawTensor read = read_npy(file);
  EXPECT_THAT(read.shape, ElementsAre(2, 3));
  auto budget = static_cast<std::int64_t>(file.size());
  EXPECT_EQ(to_floats(read, budget), numbers);
}

TEST(NpyTexts, AreReadAsTheyAre) {
  const auto wide = [](const std::u32string& text) {
    return std::string(reinterpret_cast<const char*>(text.data()), text.size() * 4);
  };
  EXPECT_THAT(read_npy_texts(npy("<U4", "(2,)", wide(U"jay\0é😀\0\0"s))).value(),
              ElementsAre("jay", "é😀"));
  EXPECT_THAT(read_npy_texts(npy("|S3", "(2, 1)", std::string("jayo\0\0", 6))).value(),
              ElementsAre("jay", "o"));
  EXPECT_EQ(read_npy_texts(npy("<f4", "(1,)", std::string(4, '\0'))), std::nullopt);
  EXPECT_EQ(read_npy_texts(npy("|O", "(1,)", "")), std::nullopt);
  const auto error = [](const std::string& bytes) {
    return error_in([&] { read_npy_texts(bytes); });
  };
  EXPECT_THAT(error(npy("<U4", "(3,)", wide(U"jay\0owl\0"s))), HasSubstr("is cut short"));
  EXPECT_THAT(error(npy("<U1", "(1,)", wide(U"a"s) + "x")), HasSubstr("goes on after"));
  EXPECT_THAT(error(npy("<U1", "(1,)", std::string("\0\0\xFF\xFF", 4))),
              HasSubstr("isn't Unicode"));
  EXPECT_THAT(error(npy("<U99999999999999999999", "(1,)", "")), HasSubstr("header"));
}

}  // namespace
}  // namespace oneormany::arrays
