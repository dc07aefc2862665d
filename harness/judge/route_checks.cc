#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "judge/checks.h"
#include "judge/yaml_text.h"
#include "model/route_words.h"

namespace fwproof::judge {
namespace {

std::string question_of(const RouteCheck& check) {
  return check.get ? "get " + check.get->to_string() : "table " + check.table;
}

void check_answer(const RouteCheck& check, const RouteAnswer& answer, Judgement& judgement) {
  for (const std::string& text : answer.routes)
    if (const RouteWords route = read_route_words(text); !route.refused.empty())
      judgement.lost.push_back(fmt::format("route check on '{}': '{}' is not understood: {}{}",
                                           check.node, text, route.refused, place(check.at)));
  const RouteWords asserted = read_route_words(check.words);
  const auto found = std::find_if(
      answer.routes.begin(), answer.routes.end(),
      [&](const std::string& route) { return fits(asserted, read_route_words(route)); });
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
