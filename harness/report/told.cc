#include "report/told.h"

#include <cassert>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/text.h"
#include "report/json.h"
#include "report/junit.h"
#include "report/terminal.h"
#include "report/walk.h"

namespace fwproof::report {
namespace {

/// What stands before the three texts.
struct Header {
  int64_t took = 0;
  uint64_t terminal = 0;
  uint64_t junit = 0;
  uint64_t json = 0;
  uint8_t outcome = 0;
  uint8_t bad_input = 0;
  uint8_t ran_in = 0;
  uint8_t unused[5] = {};
};

std::string on_the_terminal(const CaseResult& result, const Telling& telling) {
  const std::string red = story(result, telling.style);
  std::string text = (red.empty() ? one_line(result, telling.style) : red) + "\n";
  if (telling.walks && result.outcome == Outcome::pass)
    for (const std::string& table : result.tables) text += printable_lines(table) + "\n\n";
  if (telling.walks && result.outcome == Outcome::pass)
    for (const FlowSeen& flow : result.seen.flows)
      for (const Walk& walk : flow.walks) text += walk_text(walk, telling.style) + "\n";
  return text;
}

}  // namespace

Told tell(const CaseResult& result, const Telling& telling) {
  return {.outcome = result.outcome,
          .bad_input = result.bad_input,
          .ran_in = result.ran_in,
          .took = result.took,
          .terminal = on_the_terminal(result, telling),
          .junit = telling.junit ? junit_case(result) : "",
          .json = telling.json ? json_case(result) : ""};
}

std::string packed(const Told& told) {
  const Header header{.took = told.took.count(),
                      .terminal = told.terminal.size(),
                      .junit = told.junit.size(),
                      .json = told.json.size(),
                      .outcome = static_cast<uint8_t>(told.outcome),
                      .bad_input = told.bad_input,
                      .ran_in = static_cast<uint8_t>(told.ran_in)};
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  return bytes + told.terminal + told.junit + told.json;
}

Told unpacked(const std::string& bytes) {
  Header header;
  assert(bytes.size() >= sizeof header);
  std::memcpy(&header, bytes.data(), sizeof header);
  std::string_view rest = std::string_view(bytes).substr(sizeof header);
  assert(rest.size() == header.terminal + header.junit + header.json);
  const auto take = [&rest](size_t length) {
    const std::string text(rest.substr(0, length));
    rest.remove_prefix(length);
    return text;
  };
  Told told;
  told.outcome = static_cast<Outcome>(header.outcome);
  told.bad_input = header.bad_input != 0;
  told.ran_in = static_cast<RanIn>(header.ran_in);
  told.took = std::chrono::microseconds(header.took);
  told.terminal = take(header.terminal);
  told.junit = take(header.junit);
  told.json = take(header.json);
  return told;
}

}  // namespace fwproof::report
