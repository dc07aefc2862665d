// The words of one scalar, read one after the other: what the small notations of a case (flows,
// steps, hooks) are parsed from. Each word knows where it stands, for the caret of a mistake.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parse/reader.h"
#include "parse/yaml.h"

namespace fwproof::parse {

struct Word {
  std::string text;
  size_t offset = 0;    // in the scalar
  bool quoted = false;  // "two words" in quotes are one
};

class Words {
 public:
  /// A value that is no text, is empty or has an open quote is reported and leaves no words.
  Words(Reader& reader, const Yaml& value, std::string_view what);

  Reader& reader() { return reader_; }
  const Yaml& scalar() const { return scalar_; }
  bool valid() const { return valid_; }

  bool done() const { return next_ == words_.size(); }
  size_t left() const { return words_.size() - next_; }
  /// A word ahead of the next one; an empty word where there is none.
  const Word& peek(size_t ahead = 0) const;
  Word take();
  /// Takes the next word if it is `text`.
  bool take_if(std::string_view text);
  /// The next word if it is the only one that is left; otherwise a mistake that says what is
  /// wanted.
  std::optional<Word> take_only(std::string_view wanted);
  /// All words that are left, as written.
  std::string rest();

  Location at(const Word& word) const { return reader_.at(scalar_, word.offset); }
  /// `inside` is an offset in the word.
  void mistake(const Word& word, std::string message, Remedy remedy = {}, size_t inside = 0);
  /// A mistake of the text as a whole: something is missing.
  void mistake(std::string message, Remedy remedy = {});

 private:
  void split();

  Reader& reader_;
  const Yaml& scalar_;
  std::vector<Word> words_;
  size_t next_ = 0;
  bool valid_ = false;
};

}  // namespace fwproof::parse
