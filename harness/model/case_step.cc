#include "model/case_step.h"

namespace fwproof {

bool is_change(const CaseStep& step) {
  switch (step.kind) {
    case CaseStep::Kind::flow:
    case CaseStep::Kind::start:
    case CaseStep::Kind::go_on:
    case CaseStep::Kind::finish:
      return false;
    default:
      return true;
  }
}

}  // namespace fwproof
