#include "parse/step.h"

#include <fmt/format.h>

#include <charconv>

#include "base/text.h"
#include "model/dscp.h"
#include "model/walk.h"
#include "parse/endpoint.h"

namespace fwproof::parse {
namespace {

using Says = StepPattern::Says;

const char* const kStepExample =
    "write such as 'filter FORWARD in eth0 rule 1 ACCEPT' or 'filter INPUT policy DROP'";
const std::vector<std::string> kStepWords{"in", "out", "rule", "policy", "return", "element"};

bool is_step_word(const Word& word) { return !word.quoted && fwproof::is_step_word(word.text); }

/// "in DEV" and "out DEV".
bool read_devices(Words& words, const Topology& topology, const Node& node, std::string& in_dev,
                  std::string& out_dev) {
  while (words.peek().text == "in" || words.peek().text == "out") {
    const Word which = words.take();
    if (words.done()) {
      words.mistake(which, fmt::format("'{}' is followed by no dev", which.text));
      return false;
    }
    const Word dev = words.take();
    if (!check_device(words, dev, dev.text, 0, topology, node)) return false;
    (which.text == "in" ? in_dev : out_dev) = dev.text;
  }
  return true;
}

constexpr uint64_t kMostRules = 1'000'000'000;

/// "handle 7": as nft -a lists it.
bool read_handle(Words& words, StepPattern& step) {
  const Word keyword = words.take();
  const auto number = parse_unsigned(words.peek().text);
  if (words.done() || !number || *number == 0) {
    words.mistake(keyword, "'handle' is followed by a number, as 'nft -a list ruleset' has it");
    return false;
  }
  words.take();
  step.rule_handle = *number;
  return true;
}

/// What stands behind "rule": a number, a comment in quotes, FILE:LINE, or a handle.
bool read_rule(Words& words, const Word& keyword, const StepScope& scope, StepPattern& step) {
  step.says = Says::rule;
  const char* const kWanted =
      "'rule' is followed by a number, a comment in quotes, FILE:LINE or a handle";
  if (words.done()) {
    words.mistake(keyword, kWanted);
    return false;
  }
  if (words.peek().text == "handle" && !words.peek().quoted) return read_handle(words, step);
  const Word word = words.take();
  if (word.quoted) {
    step.rule_comment = word.text;
    return true;
  }
  const size_t colon = word.text.rfind(':');
  const bool with_line = colon != std::string::npos && colon > 0;
  const auto number = parse_unsigned(with_line ? word.text.substr(colon + 1) : word.text);
  if (!number || *number == 0 || *number > kMostRules) {
    words.mistake(word, fmt::format("{}, not '{}'", kWanted, word.text));
    return false;
  }
  if (!with_line) {
    step.rule_number = static_cast<unsigned>(*number);
    return true;
  }
  step.rule_file = word.text.substr(0, colon);
  step.rule_line = static_cast<int>(*number);
  return check_rule_file(words, word, step, scope);
}

/// "element 10.0.1.0/24", "element '22 : accept'".
bool read_element(Words& words, const StepScope& scope, StepPattern& step) {
  const Word keyword = words.take();
  if (!scope.of_packets) {
    words.mistake(keyword, "'element' is what a packet met: here the rule alone is named");
    return false;
  }
  if (words.done()) {
    words.mistake(keyword, "'element' is followed by an element of a set, as nft lists it",
                  {"", "write such as 'element 10.0.1.0/24'; one of several words in quotes"});
    return false;
  }
  step.element = words.take().text;
  return true;
}

void report_unexpected(Words& words, const Word& word) {
  const std::string note = is_step_word(word) ? "" : did_you_mean(word.text, kStepWords);
  words.mistake(word, fmt::format("unexpected '{}' in a step", word.text),
                {note, note.empty() ? kStepExample : ""});
}

/// "via FORWARD rule 2", "via FORWARD".
bool read_via(Words& words, const Word& table, const StepScope& scope, StepPattern& step) {
  const Word via = words.take();
  const char* const kWanted =
      "'via' is followed by a chain and, if it matters, 'rule' and a number";
  if (words.done()) {
    words.mistake(via, kWanted);
    return false;
  }
  const Word chain = words.take();
  step.via_chain = chain.text;
  StepPattern leads = step;
  leads.chain = chain.text;
  if (!check_chain(words, table, chain, leads, scope)) return false;
  if (words.done()) return true;
  const Word keyword = words.take();
  const auto number = parse_unsigned(words.peek().text);
  if (keyword.text != "rule" || !number || *number == 0 || *number > kMostRules ||
      words.left() != 1) {
    words.mistake(keyword, kWanted);
    return false;
  }
  words.take();
  step.via_rule = static_cast<unsigned>(*number);
  return true;
}

/// "ACCEPT", "jump DOCKER".
bool read_target(Words& words, const Word& table, const StepScope& scope, StepPattern& step) {
  if (words.done()) return true;
  if (words.peek().text == "via") return read_via(words, table, scope, step);
  const Word word = words.take();
  const bool is_verdict = equals_ignore_case(word.text, "return");
  const bool slip =
      step.says == Says::anything && !is_verdict && nearest(word.text, kStepWords).has_value();
  const bool returns = step.says == Says::rule && is_verdict;  // "rule 3 return"
  if ((is_step_word(word) && !returns) || slip) {
    report_unexpected(words, word);
    return false;
  }
  const bool leads = word.text == "jump" || word.text == "goto";
  step.target = leads && !words.done() ? word.text + " " + words.take().text : word.text;
  if (words.peek().text == "via") return read_via(words, table, scope, step);
  if (!words.done()) report_unexpected(words, words.peek());
  return words.done();
}

bool read_rest(Words& words, const Word& table, const StepScope& scope, StepPattern& step) {
  if (!read_devices(words, scope.of.topology, scope.node, step.in_dev, step.out_dev)) return false;
  if (!words.done() && is_step_word(words.peek()) && words.peek().text != "element") {
    const Word keyword = words.take();
    if (keyword.text == "policy") step.says = Says::policy;
    if (keyword.text == "return") step.says = Says::return_;
    if (keyword.text == "rule" && !read_rule(words, keyword, scope, step)) return false;
  }
  if (!words.peek().quoted && words.peek().text == "element" && !read_element(words, scope, step))
    return false;
  return read_target(words, table, scope, step);
}

bool is_header_word(const Word& word) {
  return word.text == "mark" || word.text == "ttl" || word.text == "dscp";
}

/// "mark 0x1", "ttl 63", "dscp ef".
bool read_header(Words& words, HookPattern& pattern) {
  const Word which = words.take();
  const bool twice = which.text == "mark"  ? pattern.mark.has_value()
                     : which.text == "ttl" ? pattern.ttl.has_value()
                                           : pattern.dscp.has_value();
  if (twice) {
    words.mistake(which, fmt::format("'{}' is said twice", which.text));
    return false;
  }
  if (words.done()) {
    words.mistake(which, fmt::format("'{}' is followed by no value", which.text));
    return false;
  }
  const Word word = words.take();
  if (which.text == "mark") {
    pattern.mark = parse_mark(word.text);
    if (!pattern.mark)
      words.mistake(word, fmt::format("'{}' is not a mark of 32 bits", word.text),
                    {"", "write 7 or 0x7"});
    return pattern.mark.has_value();
  }
  if (which.text == "dscp") {
    pattern.dscp = parse_dscp(to_lower(word.text));
    if (!pattern.dscp)
      words.mistake(word, fmt::format("'{}' is no code point of DSCP", word.text),
                    {"", "write such as ef, af11, cs1 or a number up to 63"});
    return pattern.dscp.has_value();
  }
  const auto ttl = parse_unsigned(word.text);
  if (!ttl || *ttl > 255) {
    words.mistake(word, fmt::format("TTL '{}' is not a number from 0 to 255", word.text));
    return false;
  }
  pattern.ttl = static_cast<uint8_t>(*ttl);
  return true;
}

std::optional<Range> parse_range(std::string_view text) {
  Range range;
  range.text = text;
  const bool least = text.starts_with(">=");
  const bool most = text.starts_with("<=");
  const size_t dots = text.find("..");
  if (text == "none") {
    range.most = 0;
    return range;
  }
  if (dots != std::string_view::npos && !least && !most) {
    const auto from = parse_unsigned(trim(text.substr(0, dots)));
    const auto to = parse_unsigned(trim(text.substr(dots + 2)));
    if (!from || !to || *from > *to) return std::nullopt;
    range.least = *from;
    range.most = *to;
    return range;
  }
  const auto number = parse_unsigned(least || most ? trim(text.substr(2)) : text);
  if (!number) return std::nullopt;
  if (!most) range.least = *number;
  if (!least) range.most = *number;
  return range;
}

}  // namespace

std::optional<uint32_t> parse_mark(std::string_view text) {
  const bool hex = text.starts_with("0x");
  const std::string_view digits = hex ? text.substr(2) : text;
  uint32_t mark = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, mark, hex ? 16 : 10);
  if (error != std::errc() || stop != end) return std::nullopt;
  return mark;
}

std::optional<StepPattern> read_step(Words& words, const StepScope& scope) {
  if (!words.valid()) return std::nullopt;
  StepPattern step;
  if (words.left() < 2) {
    words.mistake(
        fmt::format("'{}' is not a step: it needs a table and a chain", words.scalar().scalar),
        {"", kStepExample});
    return std::nullopt;
  }
  step.at = words.at(words.peek());
  step.text = words.scalar().scalar.substr(words.peek().offset);
  const auto family = parse_family(words.peek().text);
  if (family && !words.peek().quoted && words.left() >= 3 && !is_step_word(words.peek(2))) {
    step.family = family;
    words.take();
  }
  const Word table = words.take();
  const Word chain = words.take();
  step.table = table.text;
  step.chain = chain.text;
  const bool chain_known = check_chain(words, table, chain, step, scope);
  const bool misread = !chain_known && !table.quoted && parse_family(table.text);
  if (misread) return std::nullopt;  // what follows would be misread too
  if (!read_rest(words, table, scope, step) || !chain_known) return std::nullopt;
  if (!check_rule_number(words, chain, step, scope)) return std::nullopt;
  return step;
}

std::optional<HookPattern> read_hook(Words& words, const Topology& topology, const Node& node) {
  if (!words.valid()) return std::nullopt;
  HookPattern pattern;
  pattern.text = words.scalar().scalar;
  const Word word = words.take();
  pattern.at = words.at(word);
  const auto hook = parse_hook(word.text);
  if (!hook) {
    const std::vector<std::string> names{"PREROUTING", "INPUT",       "FORWARD",
                                         "OUTPUT",     "POSTROUTING", "INGRESS"};
    const std::string note = did_you_mean(word.text, names);
    words.mistake(word, fmt::format("unknown hook '{}'", word.text),
                  {note, note.empty() ? fmt::format("the hooks are: {}", fmt::join(names, ", "))
                                      : std::string()});
    return std::nullopt;
  }
  pattern.hook = *hook;
  if (!read_devices(words, topology, node, pattern.in_dev, pattern.out_dev)) return std::nullopt;
  while (is_header_word(words.peek()))
    if (!read_header(words, pattern)) return std::nullopt;
  if (words.done()) return pattern;
  words.mistake(words.peek(), fmt::format("unexpected '{}' after a hook", words.peek().text),
                {did_you_mean(words.peek().text, {"in", "out", "mark", "ttl", "dscp"}),
                 "write such as 'INPUT in lo' or 'FORWARD mark 0x1 ttl 63 dscp ef'"});
  return std::nullopt;
}

std::optional<Range> read_range(Reader& reader, const Yaml& value, std::string_view of) {
  const auto text = reader.text(value, fmt::format("a number of {}", of));
  if (!text) return std::nullopt;
  auto range = parse_range(trim(*text));
  if (!range)
    reader.mistake(value, fmt::format("'{}' is no number of {}", *text, of),
                   {"", "write 2, '>= 1', '<= 3', 1..3 or none"});
  return range;
}

}  // namespace fwproof::parse
