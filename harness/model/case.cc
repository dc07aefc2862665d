#include "model/case.h"

namespace fwproof {

std::string_view log_word(std::string_view prefix) {
  const size_t last = prefix.find_last_not_of(": \t");
  return last == std::string_view::npos ? std::string_view() : prefix.substr(0, last + 1);
}

std::string EndpointPattern::to_string() const {
  const std::string text = Endpoint{address, least}.to_string();
  return most == least ? text : text + ".." + std::to_string(most);
}

}  // namespace fwproof
