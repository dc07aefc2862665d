#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/text.h"
#include "judge/checks.h"
#include "judge/yaml_text.h"

namespace fwproof::judge {
namespace {

/// Do the words asserted stand in the route, in their order?
bool fits(const std::string& asserted, const std::string& route) {
  const auto wanted = split_words(asserted);
  size_t next = 0;
  for (const std::string& word : split_words(route))
    if (next < wanted.size() && word == wanted[next]) ++next;
  return next == wanted.size();
}

std::string question_of(const RouteCheck& check) {
  return check.get ? "get " + check.get->to_string() : "table " + check.table;
}

void check_answer(const RouteCheck& check, const RouteAnswer& answer, Judgement& judgement) {
  const auto found =
      std::find_if(answer.routes.begin(), answer.routes.end(),
                   [&](const std::string& route) { return fits(check.words, route); });
  const bool there = found != answer.routes.end();
  Finding f;
  f.check = fmt::format("routes {} {}", check.node, question_of(check));
  f.asserted = fmt::format("{}: {}", check.get ? "is" : (check.has ? "has" : "lacks"), check.words);
  f.seen = answer.routes.empty() ? "no route" : fmt::format("{}", fmt::join(answer.routes, "\n"));
  if (there) f.note = fmt::format("there is '{}'", *found);
  f.at = check.at;
  if (there && check.has) f.seen = *found;
  judgement.settle(there == check.has, std::move(f));
}

}  // namespace

void check_routes(std::span<const RouteCheck> checks, std::span<const RouteAnswer> answers,
                  Judgement& judgement) {
  for (size_t i = 0; i < checks.size(); ++i) {
    const RouteCheck& check = checks[i];
    const RouteAnswer* answer = i < answers.size() ? &answers[i] : nullptr;
    if (answer && answer->node == check.node && answer->question == question_of(check)) {
      check_answer(check, *answer, judgement);
    } else {
      judgement.lost.push_back(fmt::format("route check on '{}': '{}' was not answered{}",
                                           check.node, question_of(check), place(check.at)));
    }
  }
}

}  // namespace fwproof::judge
