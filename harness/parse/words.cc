#include "parse/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

namespace fwproof::parse {

Words::Words(Reader& reader, const Yaml& value, std::string_view what)
    : reader_(reader), scalar_(value) {
  if (!reader.text(value, what)) return;
  valid_ = true;
  split();
  if (valid_ && words_.empty()) {
    reader.mistake(value, fmt::format("{} must be text, not empty", what));
    valid_ = false;
  }
}

void Words::split() {
  constexpr std::string_view kBlanks = " \t\n";
  const std::string_view text = scalar_.scalar;
  size_t at = 0;
  while ((at = text.find_first_not_of(kBlanks, at)) != std::string_view::npos) {
    const char first = text[at];
    const bool quoted = first == '"' || first == '\'';
    const size_t start = quoted ? at + 1 : at;
    const size_t end =
        quoted ? text.find(first, start) : std::min(text.find_first_of(kBlanks, at), text.size());
    if (end == std::string_view::npos) {
      reader_.mistake(scalar_, at, "this quote is never closed");
      words_.clear();
      valid_ = false;
      return;
    }
    words_.push_back({std::string(text.substr(start, end - start)), at, quoted});
    at = quoted ? end + 1 : end;
  }
}

const Word& Words::peek(size_t ahead) const {
  static const Word kNone;
  return next_ + ahead < words_.size() ? words_[next_ + ahead] : kNone;
}

Word Words::take() {
  assert(!done());
  return words_[next_++];
}

bool Words::take_if(std::string_view text) {
  if (done() || peek().quoted || peek().text != text) return false;
  ++next_;
  return true;
}

std::optional<Word> Words::take_only(std::string_view wanted) {
  if (!valid_) return std::nullopt;
  if (left() == 1) return take();
  mistake(fmt::format("'{}' is not {}", scalar_.scalar, wanted));
  return std::nullopt;
}

std::string Words::rest() {
  if (done()) return {};
  const size_t start = peek().offset;
  next_ = words_.size();
  std::string text = scalar_.scalar.substr(start);
  text.erase(text.find_last_not_of(" \t\n") + 1);
  return text;
}

void Words::mistake(const Word& word, std::string message, Remedy remedy, size_t inside) {
  reader_.mistake(scalar_, word.offset + inside, std::move(message), std::move(remedy));
}

void Words::mistake(std::string message, Remedy remedy) {
  reader_.mistake(scalar_, std::move(message), std::move(remedy));
}

}  // namespace fwproof::parse
