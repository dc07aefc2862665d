#include "run/mutants.h"

#include <fmt/format.h>

#include "base/error.h"
#include "plan/mutate.h"

namespace fwproof::run {

std::string describe(const Mutant& mutant) {
  const std::string& node = mutant.node;
  switch (mutant.kind) {
    case Mutant::Kind::remove:
      return fmt::format("{} without {}", node, mutant.step.text);
    case Mutant::Kind::policy:
      return fmt::format("{} with policy {}", node, mutant.step.text);
    case Mutant::Kind::insert:
      return fmt::format("{} with '{}' before {}", node, mutant.text, mutant.step.text);
    case Mutant::Kind::append:
      return fmt::format("{} with '{}' at the end of {}", node, mutant.text, mutant.step.text);
    case Mutant::Kind::sysctl:
      return fmt::format("{} with {}={}", node, mutant.key, mutant.text);
    case Mutant::Kind::forwarding:
      return fmt::format("{} with forwarding: {}", node, mutant.text);
    case Mutant::Kind::service:
      return fmt::format("{} without its service {}", node, mutant.text);
    case Mutant::Kind::step:
      return fmt::format("without step {}: {}", mutant.number, mutant.text);
    case Mutant::Kind::route:
      return fmt::format("{} without its routes", node);
    case Mutant::Kind::script:
      return fmt::format("{} with script '{}{}{}'", node, mutant.text,
                         mutant.arguments.empty() ? "" : " ", fmt::join(mutant.arguments, " "));
    case Mutant::Kind::neighbours:
      return fmt::format("{} without its neighbours", node);
  }
  return node;
}

CaseResult run_mutant(const Case& c, const Mutant& mutant, Backend backend,
                      const RunOptions& options) {
  CaseResult result;
  try {
    result = run_case(plan::mutated(c, mutant, backend), backend, options);
  } catch (const BadInput& bad) {
    result.outcome = Outcome::error;
    result.error = bad.what();
    result.bad_input = true;
  }
  result.name = fmt::format("{} (mutant: {})", c.name, describe(mutant));
  result.backend = backend;
  result.at = mutant.at;
  // A mutant may also take away what a check needs to be answered at all (connection tracking, with
  // the only rule that needed it): the findings it caused are proof enough, unless they rest on
  // evidence that was lost or contradicts itself.
  if (!result.findings.empty() && !result.evidence_lost) {
    result.outcome = Outcome::pass;
  } else if (result.outcome == Outcome::pass) {
    result.outcome = Outcome::fail;
    result.findings = {{.check = "mutant",
                        .asserted = "a case that fails: " + describe(mutant),
                        .seen = "every check held",
                        .note = "the case cannot tell this mutant from the rules it is about",
                        .at = mutant.at}};
  }
  return result;
}

}  // namespace fwproof::run
