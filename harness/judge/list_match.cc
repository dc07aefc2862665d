#include "judge/list_match.h"

#include <fmt/format.h>

#include "judge/yaml_text.h"

namespace fwproof::judge {
namespace {

std::string exact_difference(const ListMatch& match) {
  size_t at = 0;
  for (size_t pattern = 0; pattern < match.asserted.size(); ++pattern) {
    if (at == match.seen)
      return fmt::format("differs at step {}: asserted '{}', seen nothing more", pattern + 1,
                         match.asserted[pattern]);
    const size_t taken = match.takes(pattern, at);
    if (taken == 0)
      return fmt::format("differs at step {}: asserted '{}', seen '{}'", pattern + 1,
                         match.asserted[pattern], match.text(pattern, at));
    at += taken;
  }
  if (at == match.seen) return {};
  return fmt::format("differs at step {}: asserted nothing more, seen '{}'",
                     match.asserted.size() + 1, match.text(match.asserted.size(), at));
}

std::string missing(const ListMatch& match) {
  size_t at = 0;
  for (size_t pattern = 0; pattern < match.asserted.size(); ++pattern) {
    while (at < match.seen && match.takes(pattern, at) == 0) ++at;
    if (at == match.seen)
      return pattern == 0 ? fmt::format("there is no '{}'", match.asserted[pattern])
                          : fmt::format("there is no '{}' after '{}'", match.asserted[pattern],
                                        match.asserted[pattern - 1]);
    at += match.takes(pattern, at);
  }
  return {};
}

std::string forbidden(const ListMatch& match) {
  for (size_t at = 0; at < match.seen; ++at)
    for (size_t pattern = 0; pattern < match.asserted.size(); ++pattern)
      if (match.speaks_of(pattern, at))
        return fmt::format("there is '{}'", match.text(pattern, at));
  return {};
}

}  // namespace

std::string first_difference(const ListMatch& match) {
  switch (match.mode) {
    case ListMode::exact:
      return exact_difference(match);
    case ListMode::contains:
      return missing(match);
    case ListMode::never:
      break;
  }
  return forbidden(match);
}

std::string asserted_list(ListMode mode, const std::vector<std::string>& patterns) {
  std::string list = yaml_list(patterns);
  if (mode == ListMode::exact) return list;
  return fmt::format("{{{}: {}}}", mode == ListMode::contains ? "contains" : "never", list);
}

}  // namespace fwproof::judge
