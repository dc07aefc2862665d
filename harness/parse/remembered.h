// What was made of a file, for whoever reads the same file again: the cases of a suite share their
// topologies and rules.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>

namespace fwproof::parse {

/// `Made` must follow from the key and the file's text alone. Of each key the last is remembered.
template <typename Key, typename Made>
class Remembered {
 public:
  /// What `make` returns, or returned for this key and text before.
  template <typename Make>
  Made get(const Key& key, const std::string& text, const Make& make) {
    if (text.size() > kMostBytes) return make();
    const auto found = made_.find(key);
    if (found != made_.end() && found->second.first == text) return found->second.second;
    return made_.insert_or_assign(key, std::pair(text, make())).first->second.second;
  }

 private:
  /// Larger ones are few, and what they take of memory is more.
  static constexpr size_t kMostBytes = 256 << 10;

  std::map<Key, std::pair<std::string, Made>> made_;
};

}  // namespace fwproof::parse
