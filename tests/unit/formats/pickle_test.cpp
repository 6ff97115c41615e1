// SPDX-License-Identifier: Apache-2.0
// Pickles by hand, opcode by opcode as Python's pickletools describe them.
#include "formats/pickle.h"

#include <gmock/gmock.h>

#include "test_files.h"

namespace anemone {
namespace {

using namespace std::string_literals;
using test::error_of;
using testing::HasSubstr;
using Kind = Pickle::Kind;

constexpr std::string_view kKnown[] = {"m.f"};

Pickle read(const std::string& bytes) { return Pickle::read(std::as_bytes(std::span(bytes)), kKnown); }

std::string read_error(const std::string& bytes) {
  return error_of([&] { read(bytes); });
}

TEST(Pickle, ReadsScalars) {
  const auto root = [](const std::string& bytes) {
    static std::string kept;  // texts point into it
    kept = bytes;
    const Pickle pickle = read(kept);
    return pickle[pickle.root()];
  };
  EXPECT_EQ(root("N.").kind, Kind::kNone);
  EXPECT_EQ(root("\x88.").integer, 1);
  EXPECT_EQ(root("K\xff.").integer, 255);
  EXPECT_EQ(root("M\x01\x02.").integer, 513);
  EXPECT_EQ(root("J\xff\xff\xff\xff.").integer, -1);
  EXPECT_EQ(root("\x8a\x02\x00\x80."s).integer, -32768);
  EXPECT_EQ(root("\x8a\x09"s + std::string(9, '\x01') + ".").text.size(), 9U);
  EXPECT_EQ(root("G\x3f\xf8\0\0\0\0\0\0."s).number, 1.5);
  EXPECT_EQ(root("X\x02\0\0\0ab."s).text, "ab");
  EXPECT_EQ(root("C\x01z.").kind, Kind::kBytes);
}

TEST(Pickle, SharesValuesThroughTheMemo) {
  const std::string bytes =
      "]q\x01(h\x01K\x07"
      "e.";  // a list that holds itself and 7
  const Pickle pickle = read(bytes);
  const Pickle::Value& list = pickle[pickle.root()];
  ASSERT_EQ(list.items.size(), 2U);
  EXPECT_EQ(list.items[0], pickle.root());
  EXPECT_EQ(pickle[list.items[1]].integer, 7);
}

TEST(Pickle, CallsNothing) {
  const Pickle pickle = read("cm\nf\nK\x01\x85R.");
  const Pickle::Value& call = pickle[pickle.root()];
  EXPECT_EQ(call.kind, Kind::kCall);
  EXPECT_EQ(pickle[call.items[0]].text, "m.f");
  EXPECT_THAT(read_error("cos\nsystem\n."), HasSubstr("wants to call os.system"));
  EXPECT_THAT(read_error("c\x1b[1m\nx\n."), HasSubstr("wants to call ?[1m.x"));
  EXPECT_THAT(read_error("ccollections\nOrderedDict\n)R0."), HasSubstr("opcode 0x30"));
}

TEST(Pickle, ReadsOrderedDictionaries) {
  const std::string made = "ccollections\nOrderedDict\n";
  const std::string from_pairs = made +
                                 "](](X\x01\0\0\0aK\x05"
                                 "ee\x85R."s;  // as Python 2 does it
  const Pickle old = read(from_pairs);
  EXPECT_EQ(old.find(old[old.root()], "a")->integer, 5);
  const std::string filled = made + ")R(X\x01\0\0\0aK\x04X\x01\0\0\0aK\x05u}b."s;
  const Pickle now = read(filled);
  EXPECT_EQ(now.find(now[now.root()], "a")->integer, 5);  // the last one wins
  EXPECT_EQ(now.find(now[now.root()], "b"), nullptr);
}

TEST(Pickle, RefusesWhatDoesNotFit) {
  EXPECT_THAT(read_error(""), HasSubstr("truncated"));
  EXPECT_THAT(read_error("X\xff\xff\xff\xffzz"), HasSubstr("truncated"));
  EXPECT_THAT(read_error("."), HasSubstr("takes more values than there are"));
  EXPECT_THAT(read_error("(K\x01(\x85."), HasSubstr("takes more values than there are"));
  EXPECT_THAT(read_error("u."), HasSubstr("no mark"));
  EXPECT_THAT(read_error("h\x01."), HasSubstr("never stored"));
  EXPECT_THAT(read_error("K\x01K\x02"
                         "a."),
              HasSubstr("takes none"));
  EXPECT_THAT(read_error("}(K\x01u."), HasSubstr("key without a value"));
  EXPECT_THAT(read_error("K\x01)R."), HasSubstr("not a class or function"));
}

}  // namespace
}  // namespace anemone
