#include "backbone/torch_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "arrays/raw_tensor.h"
#include "arrays/zip.h"
#include "backbone/pickle.h"
#include "base/error.h"
#include "base/printable.h"

namespace oneormany::backbone {
namespace {

using Kind = PickleValue::Kind;

constexpr std::array<std::pair<std::string_view, arrays::Dtype>, 10> kStorageTypes{{
    {"torch.DoubleStorage", arrays::Dtype::kF64},
    {"torch.FloatStorage", arrays::Dtype::kF32},
    {"torch.HalfStorage", arrays::Dtype::kF16},
    {"torch.BFloat16Storage", arrays::Dtype::kBf16},
    {"torch.LongStorage", arrays::Dtype::kI64},
    {"torch.IntStorage", arrays::Dtype::kI32},
    {"torch.ShortStorage", arrays::Dtype::kI16},
    {"torch.CharStorage", arrays::Dtype::kI8},
    {"torch.ByteStorage", arrays::Dtype::kU8},
    {"torch.BoolStorage", arrays::Dtype::kU8},
}};

// The whole list of what a file may name.
constexpr auto kGlobals = [] {
  std::array<std::string_view, kStorageTypes.size() + 3> names{"collections.OrderedDict",
                                                               "torch._utils._rebuild_tensor_v2",
                                                               "torch._utils._rebuild_parameter"};
  for (std::size_t i = 0; i < kStorageTypes.size(); ++i) names[i + 3] = kStorageTypes[i].first;
  return names;
}();

[[noreturn]] void not_a_tensor() { throw Error("describes a tensor in an unknown way"); }

const PickleValue& item(const PickleValue& tuple, std::size_t i) {
  if (tuple.kind != Kind::kTuple || i >= tuple.items.size()) not_a_tensor();
  return *tuple.items[i];
}

std::int64_t number(const PickleValue& value) {
  if (value.kind != Kind::kInt) not_a_tensor();
  return value.number;
}

std::vector<std::int64_t> numbers(const PickleValue& tuple) {
  if (tuple.kind != Kind::kTuple) not_a_tensor();
  std::vector<std::int64_t> all;
  for (const PickleValue* value : tuple.items) all.push_back(number(*value));
  return all;
}

/// What a persistent id says: ("storage", type, key, device, elements[, view]).
struct StorageId {
  arrays::Dtype dtype;
  std::string_view key;
  std::int64_t count;
  std::int64_t offset = 0;  ///< of a view into the storage (torch before 0.4)

  std::int64_t bytes() const {
    std::int64_t size = 0;
    if (count < 0 || __builtin_mul_overflow(count, arrays::item_size(dtype), &size)) not_a_tensor();
    return size;
  }
};

StorageId storage_id(const PickleValue& persistent) {
  if (persistent.kind != Kind::kPersistent) not_a_tensor();
  const PickleValue& id = *persistent.items[0];
  const PickleValue& type = item(id, 1);
  const auto* known = std::find_if(kStorageTypes.begin(), kStorageTypes.end(),
                                   [&](const auto& entry) { return entry.first == type.text; });
  if (item(id, 0).text != "storage" || type.kind != Kind::kGlobal || known == kStorageTypes.end() ||
      item(id, 2).kind != Kind::kText) {
    not_a_tensor();
  }
  StorageId storage{known->second, item(id, 2).text, number(item(id, 4))};
  if (id.items.size() > 5 && item(id, 5).kind != Kind::kNone) {
    storage.offset = number(item(item(id, 5), 1));
  }
  return storage;
}

/// The bytes of a storage, alive as long as the file is read.
using Storages = std::function<std::span<const std::byte>(const StorageId&)>;

arrays::RawTensor raw_tensor(const PickleValue& call, const Storages& storages) {
  const PickleValue* tensor = &call;
  if (tensor->items[0]->text == "torch._utils._rebuild_parameter") {
    tensor = &item(*tensor->items[1], 0);
  }
  if (tensor->kind != Kind::kCall || tensor->items[0]->text != "torch._utils._rebuild_tensor_v2") {
    not_a_tensor();
  }
  const PickleValue& arguments = *tensor->items[1];
  const StorageId id = storage_id(item(arguments, 0));
  arrays::RawTensor raw{id.dtype, storages(id), number(item(arguments, 1)),
                        numbers(item(arguments, 2)), numbers(item(arguments, 3))};
  if (id.offset < 0 || __builtin_add_overflow(raw.offset, id.offset, &raw.offset)) not_a_tensor();
  return raw;
}

/// The tensors of a state dict, which may sit under "state_dict" or "model"; all other values
/// (an epoch, the optimizer's state) are left out.
Tensors tensors(const PickleValue& top, const Storages& storages, std::size_t file_size) {
  const PickleValue* state = &top;
  for (const auto* key : {"state_dict", "model"}) {
    const PickleValue* inner = top.find(key);
    if (inner && inner->kind == Kind::kDict) {
      state = inner;
      break;
    }
  }
  if (state->kind != Kind::kDict) throw Error("holds no dictionary of tensors (a state_dict)");
  Tensors result;
  auto budget = static_cast<std::int64_t>(file_size);
  for (std::size_t i = 0; i < state->items.size(); i += 2) {
    const PickleValue& name = *state->items[i];
    const PickleValue& value = *state->items[i + 1];
    if (name.kind != Kind::kText || value.kind != Kind::kCall) continue;
    try {
      const arrays::RawTensor raw = raw_tensor(value, storages);
      result[std::string(name.text)] = {raw.shape, arrays::to_floats(raw, budget)};
    } catch (const Error& error) {
      throw Error(fmt::format("tensor {} {}", base::excerpt(name.text), error.what()));
    }
  }
  return result;
}

std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string_view take(std::string_view& bytes, std::uint64_t size) {
  if (size > bytes.size()) throw Error("is cut short; fetch it again");
  const auto front = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return front;
}

std::uint64_t take_u64(std::string_view& bytes) {
  std::uint64_t number = 0;
  take(bytes, 8).copy(reinterpret_cast<char*>(&number), 8);
  return number;
}

/// The folder that holds "data.pkl", with its slash.
std::string folder_of(const arrays::Zip& zip) {
  for (const std::string& name : zip.names()) {
    if (name.ends_with("/data.pkl")) return name.substr(0, name.rfind('/') + 1);
  }
  throw Error("is a zip file, but not PyTorch's: it has no data.pkl");
}

}  // namespace

Tensors read_torch_legacy(std::string_view bytes) {
  const std::size_t file_size = bytes.size();
  constexpr std::string_view kMagic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);
  const Pickle magic(bytes, kGlobals);
  if (magic.value().kind != Kind::kLong || magic.value().text != kMagic) {
    throw Error("is a pickle, but not one of PyTorch's");
  }
  const Pickle version(bytes, kGlobals);
  if (version.value().number != 1001) throw Error("has an unknown version of PyTorch's format");
  const Pickle machine(bytes, kGlobals);
  const PickleValue* little = machine.value().find("little_endian");
  if (!little || little->number != 1) throw Error("was written by a big-endian machine");
  const Pickle data(bytes, kGlobals);
  const Pickle keys(bytes, kGlobals);

  std::map<std::string_view, std::int64_t> sizes;
  std::map<std::string_view, arrays::Dtype> dtypes;
  for (const PickleValue* persistent : data.persistent()) {
    const StorageId id = storage_id(*persistent);
    sizes[id.key] = id.bytes();
    dtypes[id.key] = id.dtype;
  }
  std::map<std::string_view, std::span<const std::byte>> found;
  if (keys.value().kind != Kind::kList) throw Error("lists no storages; fetch it again");
  for (const PickleValue* key : keys.value().items) {
    const auto size = sizes.find(key->text);
    if (size == sizes.end() || found.contains(key->text)) {
      throw Error(fmt::format("lists an unknown storage {}", base::excerpt(key->text)));
    }
    const std::uint64_t count = take_u64(bytes);
    if (count != size->second / arrays::item_size(dtypes.at(key->text))) {
      throw Error(fmt::format("has a storage {} of the wrong length", base::excerpt(key->text)));
    }
    found[key->text] = as_bytes(take(bytes, static_cast<std::uint64_t>(size->second)));
  }
  if (!bytes.empty()) throw Error("goes on after its last tensor; fetch it again");
  const Storages storages = [&](const StorageId& id) {
    const auto storage = found.find(id.key);
    if (storage == found.end() || dtypes.at(id.key) != id.dtype) {
      throw Error(fmt::format("needs a storage {} that the file lacks", base::excerpt(id.key)));
    }
    return storage->second;
  };
  return tensors(data.value(), storages, file_size);
}

Tensors read_torch_zip(std::string_view bytes) {
  arrays::Zip zip(bytes);  // PyTorch never compresses
  const std::string folder = folder_of(zip);
  if (zip.has(folder + "byteorder") && zip.read(folder + "byteorder") != "little") {
    throw Error("was written by a big-endian machine");
  }
  const std::string pickled = zip.read(folder + "data.pkl");
  std::string_view rest = pickled;
  const Pickle data(rest, kGlobals);
  std::map<std::string, std::string> read;
  const Storages storages = [&](const StorageId& id) {
    const std::string name = folder + "data/" + std::string(id.key);
    if (!read.contains(name)) read[name] = zip.read(name);
    const std::string& content = read[name];
    if (content.size() != static_cast<std::uint64_t>(id.bytes())) {
      throw Error(fmt::format("has a storage {} of the wrong length", base::excerpt(id.key)));
    }
    return as_bytes(content);
  };
  return tensors(data.value(), storages, bytes.size());
}

}  // namespace oneormany::backbone
