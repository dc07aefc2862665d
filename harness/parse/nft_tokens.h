// The words of an nft(8) file, each with its place. Comments and continued line ends are gone;
// line ends that end a statement are words of their own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fwproof::parse {

struct NftToken {
  enum class Kind { word, string, open, close, end };  // end: ';' or the end of a line
  Kind kind = Kind::word;
  std::string_view text;  // without the quotes
  size_t begin = 0;       // in the file, quotes included
  size_t past = 0;        // behind its last byte
  int line = 0;
  int column = 0;

  bool is(std::string_view word) const { return kind == Kind::word && text == word; }
};

/// The tokens point into `text`.
std::vector<NftToken> nft_tokens(std::string_view text);

}  // namespace fwproof::parse
