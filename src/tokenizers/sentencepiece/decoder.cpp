// SPDX-License-Identifier: Apache-2.0
// Pieces back to text: marks become spaces, control symbols vanish, bytes that form no character become U+FFFD.
#include <set>

#include "tokenizers/byte_token.h"
#include "tokenizers/replacement.h"
#include "tokenizers/sentencepiece/stages.h"
#include "tokenizers/unicode.h"

namespace anemone {
namespace {

class SentencePieceDecoder : public Decoder {
 public:
  explicit SentencePieceDecoder(const SentencePieceFile& file)
      : unknown_(file.pieces[static_cast<size_t>(file.unknown)].text),
        unknown_surface_(file.unknown_surface),
        drops_space_(file.add_dummy_prefix || file.remove_extra_whitespaces),
        drops_all_spaces_(file.remove_extra_whitespaces) {
    for (const SentencePiece& piece : file.pieces) {
      if (piece.type == PieceType::kControl) control_.insert(piece.text);
      if (piece.type == PieceType::kByte) bytes_.insert(piece.text);
    }
  }

  std::vector<std::string> decode(std::vector<std::string> tokens) const override {
    std::string text;
    std::string bytes;
    bool at_start = true;  // a mark here was put in front by encoding
    bool dropped = false;
    const auto finish_bytes = [&] {
      text += per_byte(bytes);
      bytes.clear();
    };
    for (const std::string& token : tokens) {
      if (bytes_.count(token) != 0) {
        bytes += byte_of_token(token).value_or(0);
        continue;
      }
      finish_bytes();
      if (dropped || !text.empty()) at_start = false;
      text += surface(token, at_start, dropped);
    }
    finish_bytes();
    return {std::move(text)};
  }

 private:
  // U+FFFD for each byte that is part of no character.
  static std::string per_byte(std::string_view bytes) {
    std::string text;
    for (size_t i = 0; i < bytes.size();) {
      const size_t length = well_formed_length(bytes.substr(i));
      length != 0 ? text.append(bytes, i, length) : text.append("\uFFFD");
      i += std::max<size_t>(length, 1);
    }
    return text;
  }

  std::string surface(std::string_view piece, bool at_start, bool& dropped) const {
    dropped = false;
    if (control_.count(std::string(piece)) != 0) return {};
    if (piece == unknown_) return unknown_surface_;
    if (at_start && drops_space_ && piece.substr(0, kSpaceMark.size()) == kSpaceMark) {
      piece.remove_prefix(kSpaceMark.size());
      dropped = !drops_all_spaces_;
    }
    return replace_all(piece, kSpaceMark, " ");
  }

  std::string unknown_;
  std::string unknown_surface_;
  std::set<std::string> control_;
  std::set<std::string> bytes_;
  bool drops_space_;
  bool drops_all_spaces_;
};

}  // namespace

std::unique_ptr<const Decoder> make_sentencepiece_decoder(const SentencePieceFile& file) {
  return std::make_unique<const SentencePieceDecoder>(file);
}

}  // namespace anemone
