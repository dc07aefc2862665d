#include "parse/nft_tokens.h"

#include <algorithm>

namespace fwproof::parse {
namespace {

class NftLexer {
 public:
  explicit NftLexer(std::string_view text) : text_(text) {}

  std::vector<NftToken> run() {
    while (at_ < text_.size()) next();
    return std::move(tokens_);
  }

 private:
  void next() {
    switch (text_[at_]) {
      case ' ':
      case '\t':
      case '\r':
        ++at_;
        return;
      case '#':
        at_ = std::min(text_.find('\n', at_), text_.size());
        return;
      case '\\':
        continue_line();
        return;
      case '\n':
      case ';':
        add(NftToken::Kind::end, at_ + 1);
        return;
      case '{':
        add(NftToken::Kind::open, at_ + 1);
        return;
      case '}':
        add(NftToken::Kind::close, at_ + 1);
        return;
      case ',':
        add(NftToken::Kind::word, at_ + 1);
        return;
      case '"':
        add_string();
        return;
      default:
        add(NftToken::Kind::word,
            std::min(text_.find_first_of(" \t\r\n\\;{},\"#", at_), text_.size()));
        return;
    }
  }

  /// A backslash at the end of a line joins it to the next.
  void continue_line() {
    const bool joins = at_ + 1 < text_.size() && text_[at_ + 1] == '\n';
    if (joins) new_line(at_ + 2);
    at_ += joins ? 2 : 1;
  }

  void add_string() {
    const size_t end = text_.find('"', at_ + 1);
    const size_t past = end == std::string_view::npos ? text_.size() : end + 1;
    const size_t inside = at_ + 1;
    add(NftToken::Kind::string, past);
    tokens_.back().text =
        text_.substr(inside, (end == std::string_view::npos ? past : end) - inside);
  }

  void add(NftToken::Kind kind, size_t past) {
    NftToken token;
    token.kind = kind;
    token.text = text_.substr(at_, past - at_);
    token.begin = at_;
    token.past = past;
    token.line = line_;
    token.column = static_cast<int>(at_ - line_begin_) + 1;
    tokens_.push_back(token);
    for (size_t i = at_; i < past; ++i)
      if (text_[i] == '\n') new_line(i + 1);
    at_ = past;
  }

  void new_line(size_t begin) {
    ++line_;
    line_begin_ = begin;
  }

  std::string_view text_;
  size_t at_ = 0;
  int line_ = 1;
  size_t line_begin_ = 0;
  std::vector<NftToken> tokens_;
};

}  // namespace

std::vector<NftToken> nft_tokens(std::string_view text) { return NftLexer(text).run(); }

}  // namespace fwproof::parse
