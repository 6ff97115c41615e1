// SPDX-License-Identifier: Apache-2.0
#include "formats/pickle.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <map>
#include <string>

#include "base/error.h"

namespace anemone {

using Ref = Pickle::Ref;
using Kind = Pickle::Kind;
using Value = Pickle::Value;

// The machine that a pickle is a program for: a stack, marks on it, and a memo of values made earlier.
class PickleReader {
 public:
  PickleReader(std::span<const std::byte> bytes, std::span<const std::string_view> known)
      : bytes_(bytes), known_(known) {}

  Pickle read() {
    while (!done_) {
      const auto code = static_cast<size_t>(number<uint8_t>());
      if (!steps()[code]) fail("byte {} of the pickle is opcode 0x{:02x}, which is not supported", at_ - 1, code);
      (this->*steps()[code])();
    }
    pickle_.root_ = pop();
    pickle_.size_ = at_;
    return std::move(pickle_);
  }

 private:
  using Step = void (PickleReader::*)();

  // What each opcode does. Names are those of Python's pickletools.
  static const std::array<Step, 256>& steps() {
    using R = PickleReader;
    struct Opcode {
      uint8_t code;
      Step step;
    };
    static constexpr Opcode kOpcodes[] = {
        {0x80, &R::skip<1>},                        // PROTO
        {0x95, &R::skip<8>},                        // FRAME
        {'.', &R::stop},                            // STOP
        {'(', &R::mark},                            // MARK
        {'N', &R::constant<Kind::kNone, 0>},        // NONE
        {0x88, &R::constant<Kind::kBool, 1>},       // NEWTRUE
        {0x89, &R::constant<Kind::kBool, 0>},       // NEWFALSE
        {'J', &R::integer<int32_t>},                // BININT
        {'K', &R::integer<uint8_t>},                // BININT1
        {'M', &R::integer<uint16_t>},               // BININT2
        {0x8a, &R::wide_integer},                   // LONG1
        {'G', &R::real},                            // BINFLOAT
        {'X', &R::string<uint32_t, Kind::kText>},   // BINUNICODE
        {0x8c, &R::string<uint8_t, Kind::kText>},   // SHORT_BINUNICODE
        {'T', &R::string<uint32_t, Kind::kText>},   // BINSTRING
        {'U', &R::string<uint8_t, Kind::kText>},    // SHORT_BINSTRING
        {'B', &R::string<uint32_t, Kind::kBytes>},  // BINBYTES
        {'C', &R::string<uint8_t, Kind::kBytes>},   // SHORT_BINBYTES
        {')', &R::empty<Kind::kTuple>},             // EMPTY_TUPLE
        {']', &R::empty<Kind::kList>},              // EMPTY_LIST
        {'}', &R::empty<Kind::kDict>},              // EMPTY_DICT
        {0x8f, &R::empty<Kind::kSet>},              // EMPTY_SET
        {'t', &R::marked<Kind::kTuple>},            // TUPLE
        {0x85, &R::top<1>},                         // TUPLE1
        {0x86, &R::top<2>},                         // TUPLE2
        {0x87, &R::top<3>},                         // TUPLE3
        {0x91, &R::marked<Kind::kSet>},             // FROZENSET
        {'a', &R::append},                          // APPEND
        {'e', &R::append_marked<Kind::kList>},      // APPENDS
        {'s', &R::set_item},                        // SETITEM
        {'u', &R::append_marked<Kind::kDict>},      // SETITEMS
        {0x90, &R::append_marked<Kind::kSet>},      // ADDITEMS
        {'h', &R::recall<uint8_t>},                 // BINGET
        {'j', &R::recall<uint32_t>},                // LONG_BINGET
        {'q', &R::remember<uint8_t>},               // BINPUT
        {'r', &R::remember<uint32_t>},              // LONG_BINPUT
        {0x94, &R::memoize},                        // MEMOIZE
        {'c', &R::global},                          // GLOBAL
        {0x93, &R::stack_global},                   // STACK_GLOBAL
        {'R', &R::call},                            // REDUCE
        {0x81, &R::call},                           // NEWOBJ
        {'b', &R::build},                           // BUILD
        {'Q', &R::persistent},                      // BINPERSID
    };
    static const std::array<Step, 256> kSteps = [] {
      std::array<Step, 256> table{};
      for (const Opcode& opcode : kOpcodes) table[opcode.code] = opcode.step;
      return table;
    }();
    return kSteps;
  }

  std::string_view take(size_t size) {
    if (size > bytes_.size() - at_) fail("the pickle is truncated");
    const std::string_view taken(reinterpret_cast<const char*>(bytes_.data()) + at_, size);
    at_ += size;
    return taken;
  }

  template <typename T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }

  std::string_view line() {
    const std::string_view rest(reinterpret_cast<const char*>(bytes_.data()) + at_, bytes_.size() - at_);
    const size_t size = rest.find('\n');
    if (size == std::string_view::npos) fail("the pickle is truncated");
    return take(size + 1).substr(0, size);
  }

  void push(Value value) {
    constexpr size_t kMost = size_t{1} << 22;
    if (pickle_.values_.size() >= kMost) fail("the pickle has more than {} values", kMost);
    pickle_.values_.push_back(std::move(value));
    stack_.push_back(static_cast<Ref>(pickle_.values_.size() - 1));
  }
  void push(Kind kind, std::vector<Ref> items) {
    Value value;
    value.kind = kind;
    value.items = std::move(items);
    push(std::move(value));
  }

  // The values above the last mark, or above the bottom, belong to whatever was begun there.
  Ref pop() {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) fail("the pickle takes more values than there are");
    const Ref ref = stack_.back();
    stack_.pop_back();
    return ref;
  }
  std::vector<Ref> pop_marked() {
    if (marks_.empty()) fail("the pickle has no mark where it needs one");
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<Ref> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return items;
  }
  Value& value(Ref ref) { return pickle_.values_[ref]; }
  Value& peek() {
    const Ref ref = pop();
    stack_.push_back(ref);
    return value(ref);
  }
  Value& peek(Kind kind) {
    Value& found = peek();
    if (found.kind != kind) fail("the pickle adds items to a value that takes none");
    return found;
  }

  template <size_t N>
  void skip() {
    take(N);
  }
  void stop() { done_ = true; }
  void mark() { marks_.push_back(stack_.size()); }

  template <Kind kKind, int64_t kValue>
  void constant() {
    Value made;
    made.kind = kKind;
    made.integer = kValue;
    push(std::move(made));
  }
  void push_integer(int64_t integer) {
    Value made;
    made.kind = Kind::kInteger;
    made.integer = integer;
    push(std::move(made));
  }
  template <typename T>
  void integer() {
    push_integer(number<T>());
  }
  void wide_integer() {
    const std::string_view bytes = take(number<uint8_t>());
    uint64_t bits = !bytes.empty() && (bytes.back() & 0x80) != 0 ? ~uint64_t{0} : 0;
    if (bytes.size() <= sizeof(bits)) {
      std::memcpy(&bits, bytes.data(), bytes.size());
      push_integer(static_cast<int64_t>(bits));
      return;
    }
    Value made;
    made.kind = Kind::kInteger;
    made.text = bytes;
    push(std::move(made));
  }
  void real() {
    uint64_t bits = 0;
    for (const char byte : take(sizeof(bits))) bits = bits << 8 | static_cast<uint8_t>(byte);
    Value made;
    made.kind = Kind::kFloat;
    made.number = std::bit_cast<double>(bits);
    push(std::move(made));
  }
  template <typename Size, Kind kKind>
  void string() {
    Value made;
    made.kind = kKind;
    made.text = take(number<Size>());
    push(std::move(made));
  }

  template <Kind kKind>
  void empty() {
    push(kKind, {});
  }
  template <Kind kKind>
  void marked() {
    push(kKind, pop_marked());
  }
  template <size_t N>
  void top() {
    std::vector<Ref> items(N);
    for (size_t i = N; i-- > 0;) items[i] = pop();
    push(Kind::kTuple, std::move(items));
  }
  template <Kind kKind>
  void append_marked() {
    const std::vector<Ref> items = pop_marked();
    Value& target = peek(kKind);
    if (kKind == Kind::kDict && items.size() % 2 != 0) fail("the pickle has a key without a value");
    target.items.insert(target.items.end(), items.begin(), items.end());
  }
  void append() {
    const Ref item = pop();
    peek(Kind::kList).items.push_back(item);
  }
  void set_item() {
    const Ref item = pop();
    const Ref key = pop();
    Value& dict = peek(Kind::kDict);
    dict.items.push_back(key);
    dict.items.push_back(item);
  }

  template <typename Index>
  void remember() {
    const Ref ref = pop();
    stack_.push_back(ref);
    memo_[number<Index>()] = ref;
  }
  void memoize() {
    const Ref ref = pop();
    stack_.push_back(ref);
    memo_[static_cast<uint32_t>(memo_.size())] = ref;
  }
  template <typename Index>
  void recall() {
    const auto found = memo_.find(number<Index>());
    if (found == memo_.end()) fail("the pickle recalls a value that it never stored");
    stack_.push_back(found->second);
  }

  void push_global(std::string_view module, std::string_view name) {
    const std::string full = fmt::format("{}.{}", module, name);
    const auto found = std::find(known_.begin(), known_.end(), full);
    if (found == known_.end() && full != kOrderedDict)
      fail("wants to call {}, which is refused: only tensors and plain containers are read", printable(full));
    Value made;
    made.kind = Kind::kGlobal;
    made.text = found == known_.end() ? kOrderedDict : *found;
    push(std::move(made));
  }
  static std::string printable(std::string name) {
    constexpr size_t kLongest = 200;
    for (char& c : name)
      if (c < ' ' || c > '~') c = '?';
    return name.substr(0, kLongest);
  }
  void global() {
    const std::string_view module = line();
    push_global(module, line());
  }
  void stack_global() {
    const Ref name = pop();
    const Ref module = pop();
    if (value(name).kind != Kind::kText || value(module).kind != Kind::kText)
      fail("the pickle names a class by something that is not a text");
    push_global(value(module).text, value(name).text);
  }

  void call() {
    const Ref arguments = pop();
    const Ref callee = pop();
    if (value(callee).kind != Kind::kGlobal) fail("the pickle calls a value that is not a class or function");
    if (value(arguments).kind != Kind::kTuple) fail("the pickle calls {} without a tuple", value(callee).text);
    if (value(callee).text == kOrderedDict) return push(Kind::kDict, ordered_pairs(arguments));
    push(Kind::kCall, {callee, arguments});
  }
  // Python 2 gives an OrderedDict its content as a list of pairs.
  std::vector<Ref> ordered_pairs(Ref arguments) {
    std::vector<Ref> items;
    if (value(arguments).items.empty()) return items;
    for (const Ref pair : value(value(arguments).items.front()).items) {
      if (value(pair).items.size() != 2) fail("the pickle has a key without a value");
      items.insert(items.end(), value(pair).items.begin(), value(pair).items.end());
    }
    copied_ += items.size();  // the list may be shared
    if (copied_ > bytes_.size()) fail("the pickle repeats itself");
    return items;
  }
  // Attributes of an object. Those of a dictionary (versions of modules) and of a tensor say nothing about its values.
  void build() {
    pop();
    const Kind kind = peek().kind;
    if (kind != Kind::kDict && kind != Kind::kCall) fail("the pickle gives attributes to a plain value");
  }
  void persistent() { push(Kind::kPersistent, {pop()}); }

  static constexpr std::string_view kOrderedDict = "collections.OrderedDict";

  std::span<const std::byte> bytes_;
  std::span<const std::string_view> known_;
  size_t at_ = 0;
  bool done_ = false;
  size_t copied_ = 0;
  Pickle pickle_;
  std::vector<Ref> stack_;
  std::vector<size_t> marks_;
  std::map<uint32_t, Ref> memo_;
};

Pickle Pickle::read(std::span<const std::byte> bytes, std::span<const std::string_view> known) {
  return PickleReader(bytes, known).read();
}

const Value* Pickle::find(const Value& dict, std::string_view key) const {
  if (dict.kind != Kind::kDict) return nullptr;
  for (size_t i = dict.items.size(); i >= 2; i -= 2) {
    const Value& name = values_[dict.items[i - 2]];
    if (name.kind == Kind::kText && name.text == key) return &values_[dict.items[i - 1]];
  }
  return nullptr;
}

}  // namespace anemone
