#pragma once
// Python's pickle, read as data. A pickle is a program that may call anything; here it can only
// build values, and name the globals it is allowed to name. Nothing is called.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace oneormany::backbone {

/// A value of a pickle. Texts point into the bytes that were read, items into the Pickle.
struct PickleValue {
  enum class Kind {
    kNone,
    kBool,
    kInt,
    kLong,   ///< over 64 bits; text holds its bytes, lowest first
    kFloat,  ///< its value is of no use here and not kept
    kText,   ///< or bytes
    kTuple,
    kList,
    kDict,        ///< items: key, value, key, value, ...; a key may come again, the last counts
    kGlobal,      ///< text: "module.name"
    kPersistent,  ///< items: the id
    kCall         ///< what the pickle wants to be made: items: a kGlobal, then a kTuple
  };
  Kind kind = Kind::kNone;
  std::int64_t number = 0;  ///< of a kBool or kInt
  std::string_view text;
  std::vector<const PickleValue*> items;

  /// The value under `key` of a kDict; nullptr if there is none or this is no kDict.
  const PickleValue* find(std::string_view key) const;
};

class Pickle {
 public:
  /// Reads one pickle from the front of `bytes` and takes it off them. `globals` lists those
  /// that may be named, each as "module.name"; they and the bytes must outlive this. A call of
  /// collections.OrderedDict becomes a kDict, its attributes are left out.
  /// Throws Error (without a file's name) if the pickle is cut short, broken, holds an
  /// instruction that no weight file needs, over two million instructions, or another global.
  Pickle(std::string_view& bytes, std::span<const std::string_view> globals);
  Pickle(const Pickle&) = delete;
  Pickle& operator=(const Pickle&) = delete;

  const PickleValue& value() const { return *value_; }

  /// All persistent ids, in the order in which they came.
  const std::vector<const PickleValue*>& persistent() const { return persistent_; }

 private:
  friend class PickleReader;
  // Not a tree of owners: no deep recursion when it ends, and a list may hold itself.
  std::deque<PickleValue> values_;
  std::vector<const PickleValue*> persistent_;
  const PickleValue* value_ = nullptr;
};

}  // namespace oneormany::backbone
