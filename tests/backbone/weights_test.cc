#include "backbone/weights.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/backbone/files.h"

namespace oneormany::backbone {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

const std::vector<StoredTensor> kTwo{stored("conv.weight", {2, 3}, {1, 2, 3, 4, 5, 6}),
                                     stored("bias", {2}, {-1, 0.5})};

Tensors read(std::string_view bytes) {
  const Folder folder;
  return read_weights(folder.write("file.pth", bytes));
}

std::string message(std::string_view bytes) {
  return error_in([&] { read(bytes); });
}

void expect_two(const Tensors& tensors) {
  ASSERT_THAT(tensors, SizeIs(2));
  EXPECT_THAT(tensors.at("conv.weight").shape, ElementsAre(2, 3));
  EXPECT_THAT(tensors.at("conv.weight").values, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(tensors.at("bias").values, ElementsAre(-1, 0.5));
}

constexpr std::string_view kHeader =
    R"({"__metadata__":{"format":"pt"},"bias":{"dtype":"F32","shape":[2],"data_offsets":[24,32]},)"
    R"("conv.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}})";

std::string safetensors() { return safetensors_file(kHeader, kTwo[0].bytes + kTwo[1].bytes); }

std::filesystem::path default_file() {
  return std::filesystem::path(ONEORMANY_SHARE) / "weights" / "efficientnet-lite0-57934424.pth";
}

TEST(Weights, ReadsTheDefaultBackbone) {
  const Tensors tensors = read_weights(default_file());
  EXPECT_THAT(tensors, SizeIs(247));
  EXPECT_THAT(tensors.at("_conv_stem.weight").shape, ElementsAre(32, 3, 3, 3));
  EXPECT_THAT(tensors.at("_fc.weight").shape, ElementsAre(1000, 1280));
  for (const auto& [name, tensor] : tensors) {
    std::int64_t count = 1;
    for (const auto n : tensor.shape) count *= n;
    EXPECT_THAT(tensor.values, SizeIs(count)) << name;
  }
}

TEST(Weights, TheDefaultBackboneCutShortAnywhereIsAnError) {
  const Folder folder;
  const auto file = folder / "cut.pth";
  std::filesystem::copy_file(default_file(), file);
  const auto size = std::filesystem::file_size(file);
  std::vector<std::uintmax_t> points{size - 1, size - 4, size / 2, size / 3, size / 10, 60'000};
  for (std::uintmax_t cut = 50'000; cut > 0; cut = cut * 9 / 10) points.push_back(cut);
  points.push_back(0);
  for (const auto cut : points) {
    std::filesystem::resize_file(file, cut);
    EXPECT_THAT(error_in([&] { read_weights(file); }), HasSubstr(file.string() + ": ")) << cut;
  }
}

TEST(Weights, ReadsTheOlderPyTorchFormat) { expect_two(read(legacy_file(kTwo))); }

TEST(Weights, ReadsTheZipPyTorchFormat) { expect_two(read(torch_zip(kTwo))); }

TEST(Weights, ReadsSafetensors) { expect_two(read(safetensors())); }

TEST(Weights, AnyFormatCutShortAnywhereIsAnErrorThatNamesTheFile) {
  const Folder folder;
  for (const std::string& whole : {legacy_file(kTwo), torch_zip(kTwo), safetensors()}) {
    const auto file = folder.write("file.pth", whole);
    for (std::size_t size = whole.size(); size-- > 0;) {
      std::filesystem::resize_file(file, size);
      EXPECT_THAT(error_in([&] { read_weights(file); }), HasSubstr("file.pth: ")) << size;
    }
  }
}

TEST(Weights, AnyChangedByteGivesTensorsOrAnErrorButNeverAnythingElse) {
  const Folder folder;
  for (const std::string& whole : {legacy_file(kTwo), torch_zip(kTwo), safetensors()}) {
    const auto file = folder.write("file.pth", whole);
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    const auto put = [&](std::size_t at, int byte) {
      bytes.seekp(static_cast<std::streamoff>(at)).put(static_cast<char>(byte)).flush();
    };
    for (std::size_t i = 0; i < whole.size(); ++i) {
      for (const int change : {0x01, 0x80, 0xff}) {
        put(i, whole[i] ^ change);
        try {
          EXPECT_FALSE(read_weights(file).empty());
        } catch (const Error& error) {
          EXPECT_THAT(error.what(), HasSubstr("file.pth: "));
        }
      }
      put(i, whole[i]);
    }
  }
}

TEST(Weights, BytesAfterTheLastTensorAreAnError) {
  EXPECT_THAT(message(legacy_file(kTwo) + "x"), HasSubstr("goes on"));
  EXPECT_THAT(message(safetensors() + "x"), HasSubstr("goes on"));
}

TEST(Weights, WhatIsNoWeightFileIsAnErrorThatSaysSo) {
  EXPECT_THAT(message("just a text, much longer than nothing"), HasSubstr("no weight file"));
  EXPECT_THAT(message(""), HasSubstr("empty"));
  EXPECT_THAT(message(zip_file({{"a/readme.txt", "hello"}})), HasSubstr("no data.pkl"));
  EXPECT_THAT(message("\x80\x02K\x01."), HasSubstr("not one of PyTorch's"));
  EXPECT_THAT(error_in([] { read_weights("/nowhere/weights.pth"); }),
              HasSubstr("/nowhere/weights.pth: can't be read"));
  EXPECT_THAT(error_in([] { read_weights("/"); }), HasSubstr("is a folder"));
}

// --- pickles that want to call something

class WickedPickle : public testing::TestWithParam<std::string> {
 protected:
  const Folder folder_;
  const std::string marker_ = (folder_ / "was_run").string();
  const std::string call_ =
      PickleBytes().global(GetParam(), "system").text("touch " + marker_).op("\x85R").end();

  void expect_refused(const std::string& bytes) {
    EXPECT_THAT(message(bytes), AllOf(HasSubstr("file.pth: "), HasSubstr(GetParam() + ".system"),
                                      HasSubstr("nothing was run")));
    EXPECT_FALSE(std::filesystem::exists(marker_));
  }
};

TEST_P(WickedPickle, AloneIsRefused) {
  expect_refused(call_);
  expect_refused("c" + GetParam() + "\nsystem\n(S'touch " + marker_ + "'\ntR.");
}

TEST_P(WickedPickle, InTheOlderFormatIsRefused) {
  expect_refused(legacy_file(call_, {}));
  const std::string beside =
      PickleBytes().op(state_dict(kTwo, true)).op("0").op(call_.substr(2)).end();
  expect_refused(legacy_file(beside, kTwo));
}

TEST_P(WickedPickle, InAZipIsRefused) {
  expect_refused(zip_file({{"archive/data.pkl", call_}, {"archive/version", "3\n"}}));
}

TEST_P(WickedPickle, NamedByTheNewerInstructionIsRefused) {
  expect_refused(
      PickleBytes().text(GetParam()).text("system").op("\x93").text("true").op("\x85R").end());
}

INSTANTIATE_TEST_SUITE_P(Modules, WickedPickle, testing::Values("os", "posix", "subprocess"),
                         [](const auto& about) { return std::string(about.param); });

TEST(Weights, NoPickleCanTurnAnAllowedNameIntoAnother) {
  for (const auto& [module, name] :
       std::vector<std::pair<std::string, std::string>>{{"torch", "_utils._rebuild_tensor"},
                                                        {"collections", "OrderedDict.fromkeys"},
                                                        {"torch._utils", "_rebuild_tensor_v2x"},
                                                        {"builtins", "eval"},
                                                        {"", "collections.OrderedDict"}}) {
    EXPECT_THAT(message(PickleBytes().global(module, name).end()), HasSubstr("nothing was run"))
        << module << " " << name;
  }
}

// --- pickles that want memory or depth

TEST(Weights, NestingOfAnyDepthIsHarmless) {
  const std::size_t depth = 500'000;
  const std::string data = "\x80\x02" + std::string(depth, ']') + std::string(depth - 1, 'a') + ".";
  EXPECT_THAT(message(legacy_file(data, {})), HasSubstr("no dictionary"));
  const std::string circle = PickleBytes()
                                 .op("]q")
                                 .op(std::string(1, '\0'))
                                 .op("h")
                                 .op(std::string(1, '\0'))
                                 .op("a")
                                 .end();
  EXPECT_THAT(message(legacy_file(circle, {})), HasSubstr("no dictionary"));
}

TEST(Weights, APickleOfTooManyInstructionsIsAnError) {
  EXPECT_THAT(message(legacy_file("\x80\x02" + std::string(3'000'000, 'N') + ".", {})),
              HasSubstr("too long"));
}

TEST(Weights, LengthsBeyondTheFileAreErrors) {
  EXPECT_THAT(message("\x80\x04\x8d" + raw(std::uint64_t{1} << 62) + "text."),
              HasSubstr("cut short"));
  EXPECT_THAT(message("\x80\x02X\xff\xff\xff\xfftext."), HasSubstr("cut short"));

  StoredTensor huge = kTwo[0];
  huge.count = std::int64_t{1} << 60;
  EXPECT_THAT(message(legacy_file({huge})), HasSubstr("cut short"));
  EXPECT_THAT(message(torch_zip({huge})), HasSubstr("wrong length"));
  huge.count = INT64_MAX;
  EXPECT_THAT(message(legacy_file({huge})), HasSubstr("unknown way"));
  huge.count = -6;
  EXPECT_THAT(message(legacy_file({huge})), HasSubstr("unknown way"));
}

TEST(Weights, ATensorThatLeavesItsStorageIsAnErrorThatNamesIt) {
  const auto with = [](std::vector<std::int64_t> shape, std::vector<std::int64_t> strides,
                       std::int64_t offset) {
    StoredTensor t = kTwo[0];
    t.shape = std::move(shape);
    t.strides = std::move(strides);
    t.offset = offset;
    return t;
  };
  for (const auto& t :
       {with({2, 3}, {3, 1}, 1), with({2, 3}, {3, 1}, -1), with({2, 3}, {-3, 1}, 3),
        with({7}, {1}, 0), with({2, 3}, {INT64_MAX, 1}, 0), with({-1}, {1}, 0),
        with({1}, {1}, INT64_MAX), with({2, 3}, {3}, 0), with({INT64_MAX, INT64_MAX}, {0, 0}, 0),
        with({2}, {INT64_MAX}, INT64_MAX)}) {
    for (const auto& file : {legacy_file({t}), torch_zip({t})}) {
      EXPECT_THAT(message(file), HasSubstr("tensor conv.weight "));
    }
  }
}

TEST(Weights, ASmallFileCantAskForMuchMemory) {
  StoredTensor t = kTwo[0];
  t.shape = {1 << 20, 1 << 20};
  t.strides = {0, 0};
  EXPECT_THAT(message(legacy_file({t})), HasSubstr("more numbers than the file"));

  // Nor by naming one storage again and again.
  StoredTensor big = stored("a", {5000}, std::vector<float>(5000));
  std::vector<StoredTensor> many{big};
  for (int i = 0; i < 2000; ++i) {
    many.push_back(big);
    many.back().name = fmt::format("a{}", i);
  }
  const std::string data = PickleBytes().op(state_dict(many, true)).end();
  EXPECT_THAT(message(legacy_file(data, {big})), HasSubstr("more numbers than the file"));
}

TEST(Weights, CompressedEntriesAreAnError) {
  const StoredTensor zeros = stored("zeros", {100'000}, std::vector<float>(100'000));
  EXPECT_THAT(message(torch_zip({zeros}, ZIP_CM_DEFLATE)), HasSubstr("compressed"));
}

TEST(Weights, AChangedStorageInAZipIsFoundByItsChecksum) {
  std::string file = torch_zip(kTwo);
  file[file.find(kTwo[0].bytes)] ^= 1;
  EXPECT_THAT(message(file), HasSubstr("broken entry archive/data/conv.weight"));
}

// --- what files may hold

TEST(Weights, StridesAndOffsetsAreFollowed) {
  StoredTensor transposed = kTwo[0];
  transposed.shape = {3, 2};
  transposed.strides = {1, 3};
  StoredTensor part = transposed;
  part.name = "part";
  part.shape = {2, 1};
  part.strides = {3, INT64_MAX};  // of a length of 1: without meaning, PyTorch writes anything
  part.offset = 2;
  const std::string data = PickleBytes().op(state_dict({transposed, part}, true)).end();
  const Tensors tensors = read(legacy_file(data, {transposed}));
  EXPECT_THAT(tensors.at("conv.weight").values, ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_THAT(tensors.at("part").shape, ElementsAre(2, 1));
  EXPECT_THAT(tensors.at("part").values, ElementsAre(3, 6));
}

TEST(Weights, AllNumberTypesBecomeFloat32) {
  const auto one = [](const std::string& type, const std::string& bytes, std::int64_t count) {
    return StoredTensor{type, bytes, count, {count}, {1}, 0, type};
  };
  const Tensors tensors = read(torch_zip(
      {one("DoubleStorage", raw(std::vector<double>{0.25, -1e30}), 2),
       one("HalfStorage", raw(std::vector<std::uint16_t>{0x3c00, 0xc000, 0x3555, 0x0001}), 4),
       one("BFloat16Storage", raw(std::vector<std::uint16_t>{0x3f80, 0xc040}), 2),
       one("LongStorage", raw(std::vector<std::int64_t>{-7, 1 << 24}), 2),
       one("IntStorage", raw(std::vector<std::int32_t>{-7, 7}), 2),
       one("ShortStorage", raw(std::vector<std::int16_t>{-7, 7}), 2),
       one("CharStorage", raw(std::vector<std::int8_t>{-7, 7}), 2),
       one("ByteStorage", raw(std::vector<std::uint8_t>{255}), 1),
       one("BoolStorage", raw(std::vector<std::uint8_t>{0, 1}), 2)}));
  EXPECT_THAT(tensors.at("DoubleStorage").values, ElementsAre(0.25f, -1e30f));
  EXPECT_THAT(tensors.at("HalfStorage").values,
              ElementsAre(1, -2, 0.333251953125f, std::ldexp(1.0f, -24)));
  EXPECT_THAT(tensors.at("BFloat16Storage").values, ElementsAre(1, -3));
  EXPECT_THAT(tensors.at("LongStorage").values, ElementsAre(-7, 1 << 24));
  EXPECT_THAT(tensors.at("IntStorage").values, ElementsAre(-7, 7));
  EXPECT_THAT(tensors.at("ShortStorage").values, ElementsAre(-7, 7));
  EXPECT_THAT(tensors.at("CharStorage").values, ElementsAre(-7, 7));
  EXPECT_THAT(tensors.at("ByteStorage").values, ElementsAre(255));
  EXPECT_THAT(tensors.at("BoolStorage").values, ElementsAre(0, 1));
}

TEST(Weights, NumbersThatFloat32CantHoldAreErrors) {
  StoredTensor t{"t", raw(std::int64_t{(1 << 24) + 1}), 1, {1}, {1}, 0, "LongStorage"};
  EXPECT_THAT(message(legacy_file({t})), HasSubstr("tensor t holds an integer too large"));
  t.type = "DoubleStorage";
  t.bytes = raw(1e300);
  EXPECT_THAT(message(legacy_file({t})), HasSubstr("tensor t holds a number too large"));
}

TEST(Weights, AStateDictIsFoundInACheckpointAndAllElseIsLeftOut) {
  for (const auto* key : {"state_dict", "model"}) {
    const std::string data = PickleBytes()
                                 .op("}(")
                                 .text("epoch")
                                 .number(3)
                                 .text(key)
                                 .op(state_dict(kTwo, true))
                                 .text("note")
                                 .text("hello")
                                 .op("u")
                                 .end();
    expect_two(read(legacy_file(data, kTwo)));
  }
}

TEST(Weights, ThePrefixModuleIsTakenOffIfAllHaveIt) {
  auto all = kTwo;
  for (auto& t : all) t.name = "module." + t.name;
  expect_two(read(legacy_file(all)));
  all[1].name = "bias";
  EXPECT_TRUE(read(legacy_file(all)).contains("module.conv.weight"));
}

TEST(Weights, CountersOfBatchesAreLeftOut) {
  auto all = kTwo;
  all.push_back({"bn1.num_batches_tracked", raw(std::int64_t{90}), 1, {}, {}, 0, "LongStorage"});
  expect_two(read(legacy_file(all)));
}

TEST(Weights, AParameterIsReadAsItsTensor) {
  // _rebuild_parameter(tensor, requires_grad, hooks) around the last tensor's REDUCE.
  std::string dict = state_dict({kTwo[1]}, true);
  const auto name = PickleBytes().text("bias").end().substr(2);
  const auto at = dict.find(name.substr(0, name.size() - 1)) + name.size() - 1;
  dict.insert(at, "ctorch._utils\n_rebuild_parameter\n(");
  dict.insert(dict.size() - 1, "\x88}tR");
  const Tensors tensors = read(legacy_file(PickleBytes().op(dict).end(), {kTwo[1]}));
  EXPECT_THAT(tensors.at("bias").values, ElementsAre(-1, 0.5));
}

TEST(Weights, AFileWithoutTensorsIsAnError) {
  EXPECT_THAT(message(legacy_file(std::vector<StoredTensor>{})), HasSubstr("holds no tensors"));
  EXPECT_THAT(message(safetensors_file("{}", "")), HasSubstr("holds no tensors"));
}

TEST(Weights, BigEndianFilesAreAnError) {
  std::string file = legacy_file(kTwo);
  file[file.find("\x88u")] = '\x89';
  EXPECT_THAT(message(file), HasSubstr("big-endian"));
  EXPECT_THAT(message(zip_file({{"a/data.pkl", "\x80\x02}."}, {"a/byteorder", "big"}})),
              HasSubstr("big-endian"));
}

// --- safetensors

TEST(Weights, ASafetensorsHeaderLongerThanTheFileIsAnError) {
  for (const std::uint64_t length : {std::uint64_t{1} << 63, std::uint64_t{200}, UINT64_MAX}) {
    EXPECT_THAT(message(raw(length) + "{}"), HasSubstr("longer than the file"));
  }
}

TEST(Weights, ABrokenSafetensorsHeaderIsAnError) {
  for (const auto* header : {"{", "{]", "{\"a\":nan}"}) {
    EXPECT_THAT(message(safetensors_file(header, "")), HasSubstr("isn't JSON"));
  }
  EXPECT_THAT(message(safetensors_file("{" + std::string(100'000, '['), "")),
              HasSubstr("isn't JSON"));
  for (const auto* entry :
       {"1", "{}", R"({"dtype":4,"shape":[1],"data_offsets":[0,4]})",
        R"({"dtype":"F32","shape":4,"data_offsets":[0,4]})",
        R"({"dtype":"F32","shape":[1],"data_offsets":[0]})",
        R"({"dtype":"F32","shape":["1"],"data_offsets":[0,4]})",
        R"({"dtype":"F32","shape":[-1],"data_offsets":[0,4]})",
        R"({"dtype":"F32","shape":[1.5],"data_offsets":[0,4]})",
        R"({"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,4]})",
        R"({"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]})"}) {
    const std::string header = std::string("{\"a\":") + entry + "}";
    EXPECT_THAT(message(safetensors_file(header, "abcd")), HasSubstr("tensor a ")) << header;
  }
}

TEST(Weights, SafetensorsOffsetsMustFitTheFileTheShapeAndEachOther) {
  const auto with = [](const std::string& first, const std::string& second) {
    return message(safetensors_file("{\"a\":" + first + ",\"b\":" + second + "}", "abcdefgh"));
  };
  const auto place = [](const std::string& shape, const std::string& offsets) {
    return R"({"dtype":"F32","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
  };
  EXPECT_THAT(with(place("[1]", "[0,4]"), place("[1]", "[4,12]")), HasSubstr("tensor b reaches"));
  EXPECT_THAT(with(place("[1]", "[0,4]"), place("[1]", "[8,4]")), HasSubstr("tensor b reaches"));
  EXPECT_THAT(with(place("[1]", "[0,4]"), place("[1]", "[4,18446744073709551612]")),
              HasSubstr("tensor b has an impossible"));
  EXPECT_THAT(with(place("[1]", "[0,4]"), place("[1]", "[2,6]")), HasSubstr("b overlaps"));
  EXPECT_THAT(with(place("[1]", "[0,4]"), place("[1]", "[0,4]")), HasSubstr("b overlaps"));
  EXPECT_THAT(with(place("[0]", "[0,0]"), place("[1]", "[4,8]")), HasSubstr("leaves a gap"));
  EXPECT_THAT(with(place("[2]", "[0,4]"), place("[1]", "[4,8]")), HasSubstr("tensor a "));
  EXPECT_THAT(with(place("[1]", "[0,8]"), place("[0]", "[8,8]")), HasSubstr("another length"));
  EXPECT_THAT(with(place("[4294967296,4294967296]", "[0,8]"), place("[0]", "[8,8]")),
              HasSubstr("impossible shape"));
}

}  // namespace
}  // namespace oneormany::backbone
