#include "model/finding.h"

namespace fwproof {

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass:
      return "pass";
    case Outcome::fail:
      return "fail";
    case Outcome::error:
      return "error";
    case Outcome::skip:
      return "skip";
  }
  return "";
}

}  // namespace fwproof
