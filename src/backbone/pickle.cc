#include "backbone/pickle.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "base/error.h"
#include "base/printable.h"

namespace oneormany::backbone {
namespace {

using Kind = PickleValue::Kind;

constexpr int kMaxInstructions = 2'000'000;

// The instructions, named as in Python's pickletools.
enum Instruction : unsigned char {
  kMark = '(',
  kStop = '.',
  kPop = '0',
  kPopMark = '1',
  kBinFloat = 'G',
  kBinInt = 'J',
  kBinInt1 = 'K',
  kBinInt2 = 'M',
  kNone = 'N',
  kBinPersId = 'Q',
  kReduce = 'R',
  kBinString = 'T',
  kShortBinString = 'U',
  kBinUnicode = 'X',
  kEmptyList = ']',
  kAppend = 'a',
  kBuild = 'b',
  kGlobal = 'c',
  kAppends = 'e',
  kBinGet = 'h',
  kLongBinGet = 'j',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kSetItem = 's',
  kTuple = 't',
  kSetItems = 'u',
  kEmptyDict = '}',
  kEmptyTuple = ')',
  kProto = 0x80,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kLong1 = 0x8a,
  kBinBytes = 'B',
  kShortBinBytes = 'C',
  kShortBinUnicode = 0x8c,
  kBinUnicode8 = 0x8d,
  kStackGlobal = 0x93,
  kMemoize = 0x94,
  kFrame = 0x95,
};

}  // namespace

const PickleValue* PickleValue::find(std::string_view key) const {
  if (kind != Kind::kDict) return nullptr;
  for (std::size_t i = items.size(); i >= 2; i -= 2) {
    if (items[i - 2]->kind == Kind::kText && items[i - 2]->text == key) return items[i - 1];
  }
  return nullptr;
}

/// The stack machine that a pickle is written for.
class PickleReader {
 public:
  PickleReader(std::string_view& bytes, std::span<const std::string_view> globals, Pickle& pickle)
      : bytes_(bytes), globals_(globals), pickle_(pickle) {}

  void run() {
    for (int i = 0; i < kMaxInstructions; ++i) {
      const auto instruction = static_cast<unsigned char>(take(1)[0]);
      if (instruction == kStop) {
        pickle_.value_ = pop();
        return;
      }
      step(instruction);
    }
    throw Error("its pickle is too long for a weight file");
  }

 private:
  std::string_view take(std::uint64_t size) {
    if (size > bytes_.size()) throw Error("is cut short inside a pickle; fetch it again");
    const auto front = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return front;
  }

  std::string_view take_line() {
    const auto end = bytes_.find('\n');
    const auto line = take(end == std::string_view::npos ? bytes_.size() + 1 : end);
    take(1);
    return line;
  }

  // Lowest byte first, as in the file.
  std::uint64_t take_unsigned(int size) {
    const auto bytes = take(size);
    std::uint64_t number = 0;
    for (int i = size; i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes[i]);
    return number;
  }

  PickleValue* push(Kind kind) {
    pickle_.values_.push_back({});
    pickle_.values_.back().kind = kind;
    stack_.push_back(&pickle_.values_.back());
    return stack_.back();
  }

  void push_number(Kind kind, std::int64_t number) { push(kind)->number = number; }
  void push_text(std::uint64_t size) {
    const auto text = take(size);
    push(Kind::kText)->text = text;
  }

  // A long of any width, two's complement.
  void push_long(std::uint64_t size) {
    const auto bytes = take(size);
    if (size > 8) {
      push(Kind::kLong)->text = bytes;
      return;
    }
    const bool negative = size > 0 && static_cast<signed char>(bytes.back()) < 0;
    std::uint64_t number = negative ? ~std::uint64_t{0} : 0;
    for (std::size_t i = size; i-- > 0;) {
      number = number << 8 | static_cast<unsigned char>(bytes[i]);
    }
    push_number(Kind::kInt, static_cast<std::int64_t>(number));
  }

  PickleValue* pop() {
    need(1);
    PickleValue* top = stack_.back();
    stack_.pop_back();
    return top;
  }

  PickleValue* top(Kind kind) {
    need(1);
    if (stack_.back()->kind != kind) broken();
    return stack_.back();
  }

  void need(std::size_t count) const {
    if (stack_.size() < (marks_.empty() ? 0 : marks_.back()) + count) broken();
  }

  /// Takes everything above the last mark off the stack, and the mark.
  std::vector<const PickleValue*> pop_to_mark() {
    if (marks_.empty()) broken();
    const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<const PickleValue*> items(first, stack_.end());
    stack_.erase(first, stack_.end());
    marks_.pop_back();
    return items;
  }

  void push_tuple(std::size_t size) {
    need(size);
    std::vector<const PickleValue*> items(stack_.end() - static_cast<std::ptrdiff_t>(size),
                                          stack_.end());
    stack_.resize(stack_.size() - size);
    push(Kind::kTuple)->items = std::move(items);
  }

  void push_global(std::string_view module, std::string_view name) {
    for (const auto global : globals_) {
      if (global.size() == module.size() + 1 + name.size() && global.starts_with(module) &&
          global[module.size()] == '.' && global.ends_with(name)) {
        push(Kind::kGlobal)->text = global;
        return;
      }
    }
    throw Error(
        fmt::format("its pickle asks for `{}.{}`, which is no part of a tensor; nothing was run; "
                    "save only the state_dict, or use safetensors",
                    base::excerpt(module), base::excerpt(name)));
  }

  void reduce() {
    const PickleValue* arguments = pop();
    const PickleValue* callee = pop();
    if (callee->kind != Kind::kGlobal || arguments->kind != Kind::kTuple) broken();
    if (callee->text != "collections.OrderedDict") {
      push(Kind::kCall)->items = {callee, arguments};
      return;
    }
    PickleValue* dict = push(Kind::kDict);
    if (arguments->items.empty()) return;
    // Python 2 hands the items over as a list of pairs.
    for (const PickleValue* pair : arguments->items[0]->items) {
      if (pair->items.size() != 2) broken();
      dict->items.insert(dict->items.end(), pair->items.begin(), pair->items.end());
    }
  }

  void put(std::uint64_t key) {
    need(1);
    memo_[key] = stack_.back();
  }

  void get(std::uint64_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) broken();
    stack_.push_back(found->second);
  }

  void append(std::vector<const PickleValue*> items, Kind to) {
    if (to == Kind::kDict && items.size() % 2 != 0) broken();
    auto& all = top(to)->items;
    all.insert(all.end(), items.begin(), items.end());
  }

  void step(unsigned char instruction) {
    switch (instruction) {
      case kProto:
        take(1);
        break;
      case kFrame:
        take(8);
        break;
      case kMark:
        marks_.push_back(stack_.size());
        break;
      case kPop:
        pop();
        break;
      case kPopMark:
        pop_to_mark();
        break;
      case kNone:
        push(Kind::kNone);
        break;
      case kNewTrue:
        push_number(Kind::kBool, 1);
        break;
      case kNewFalse:
        push_number(Kind::kBool, 0);
        break;
      case kBinInt:
        push_number(Kind::kInt, static_cast<std::int32_t>(take_unsigned(4)));
        break;
      case kBinInt1:
        push_number(Kind::kInt, static_cast<std::int64_t>(take_unsigned(1)));
        break;
      case kBinInt2:
        push_number(Kind::kInt, static_cast<std::int64_t>(take_unsigned(2)));
        break;
      case kLong1:
        push_long(take_unsigned(1));
        break;
      case kBinFloat:
        take(8);
        push(Kind::kFloat);
        break;
      case kShortBinString:
      case kShortBinBytes:
      case kShortBinUnicode:
        push_text(take_unsigned(1));
        break;
      case kBinString:
      case kBinBytes:
      case kBinUnicode:
        push_text(take_unsigned(4));
        break;
      case kBinUnicode8:
        push_text(take_unsigned(8));
        break;
      case kEmptyTuple:
        push(Kind::kTuple);
        break;
      case kTuple1:
        push_tuple(1);
        break;
      case kTuple2:
        push_tuple(2);
        break;
      case kTuple3:
        push_tuple(3);
        break;
      case kTuple: {
        auto items = pop_to_mark();
        push(Kind::kTuple)->items = std::move(items);
        break;
      }
      case kEmptyList:
        push(Kind::kList);
        break;
      case kAppend:
        append({pop()}, Kind::kList);
        break;
      case kAppends:
        append(pop_to_mark(), Kind::kList);
        break;
      case kEmptyDict:
        push(Kind::kDict);
        break;
      case kSetItem: {
        const PickleValue* value = pop();
        const PickleValue* key = pop();
        append({key, value}, Kind::kDict);
        break;
      }
      case kSetItems:
        append(pop_to_mark(), Kind::kDict);
        break;
      case kBinPut:
        put(take_unsigned(1));
        break;
      case kLongBinPut:
        put(take_unsigned(4));
        break;
      case kMemoize:
        put(memo_.size());
        break;
      case kBinGet:
        get(take_unsigned(1));
        break;
      case kLongBinGet:
        get(take_unsigned(4));
        break;
      case kGlobal: {
        const auto module = take_line();
        push_global(module, take_line());
        break;
      }
      case kStackGlobal: {
        const PickleValue* name = pop();
        const PickleValue* module = pop();
        if (name->kind != Kind::kText || module->kind != Kind::kText) broken();
        push_global(module->text, name->text);
        break;
      }
      case kReduce:
        reduce();
        break;
      case kBuild:  // the attributes of an OrderedDict, where PyTorch keeps versions
        pop();
        top(Kind::kDict);
        break;
      case kBinPersId: {
        const PickleValue* id = pop();
        PickleValue* value = push(Kind::kPersistent);
        value->items = {id};
        pickle_.persistent_.push_back(value);
        break;
      }
      default:
        throw Error(fmt::format(
            "holds the pickle instruction {:#04x}, which no file of tensors needs", instruction));
    }
  }

  [[noreturn]] static void broken() { throw Error("its pickle is broken; fetch it again"); }

  std::string_view& bytes_;
  const std::span<const std::string_view> globals_;
  Pickle& pickle_;
  std::vector<PickleValue*> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, PickleValue*> memo_;
};

Pickle::Pickle(std::string_view& bytes, std::span<const std::string_view> globals) {
  PickleReader(bytes, globals, *this).run();
}

}  // namespace oneormany::backbone
