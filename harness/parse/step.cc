#include "parse/step.h"

#include <fmt/format.h>

#include "base/text.h"
#include "parse/endpoint.h"

namespace fwproof::parse {
namespace {

using Says = StepPattern::Says;

const char* const kStepExample =
    "write such as 'filter FORWARD in eth0 rule 1 ACCEPT' or 'filter INPUT policy DROP'";
const std::vector<std::string> kStepWords{"in", "out", "rule", "policy", "return"};

bool is_step_word(const Word& word) {
  return !word.quoted && (word.text == "in" || word.text == "out" || word.text == "rule" ||
                          word.text == "policy" || word.text == "return");
}

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

/// What stands behind "rule": a number, a comment in quotes, or FILE:LINE.
bool read_rule(Words& words, const Word& keyword, const StepScope& scope, StepPattern& step) {
  step.says = Says::rule;
  const char* const kWanted = "'rule' is followed by a number, a comment in quotes or FILE:LINE";
  if (words.done()) {
    words.mistake(keyword, kWanted);
    return false;
  }
  const Word word = words.take();
  if (word.quoted) {
    step.rule_comment = word.text;
    return true;
  }
  const size_t colon = word.text.rfind(':');
  const bool with_line = colon != std::string::npos && colon > 0;
  const auto number = parse_unsigned(with_line ? word.text.substr(colon + 1) : word.text);
  if (!number || *number == 0 || *number > 1'000'000'000) {
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

void report_unexpected(Words& words, const Word& word) {
  const std::string note = is_step_word(word) ? "" : did_you_mean(word.text, kStepWords);
  words.mistake(word, fmt::format("unexpected '{}' in a step", word.text),
                {note, note.empty() ? kStepExample : ""});
}

/// "ACCEPT", "jump DOCKER".
bool read_target(Words& words, StepPattern& step) {
  if (words.done()) return true;
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
  if (!words.done()) report_unexpected(words, words.peek());
  return words.done();
}

bool read_rest(Words& words, const StepScope& scope, StepPattern& step) {
  if (!read_devices(words, scope.of.topology, scope.node, step.in_dev, step.out_dev)) return false;
  if (!words.done() && is_step_word(words.peek())) {
    const Word keyword = words.take();
    if (keyword.text == "policy") step.says = Says::policy;
    if (keyword.text == "return") step.says = Says::return_;
    if (keyword.text == "rule" && !read_rule(words, keyword, scope, step)) return false;
  }
  return read_target(words, step);
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
  if (family && words.left() >= 3 && !is_step_word(words.peek(2))) {
    step.family = family;
    words.take();
  }
  const Word table = words.take();
  const Word chain = words.take();
  step.table = table.text;
  step.chain = chain.text;
  const bool chain_known = check_chain(words, table, chain, step, scope);
  if (!read_rest(words, scope, step) || !chain_known) return std::nullopt;
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
  if (words.done()) return pattern;
  words.mistake(words.peek(), fmt::format("unexpected '{}' after a hook", words.peek().text),
                {did_you_mean(words.peek().text, {"in", "out"}), "write such as 'INPUT in lo'"});
  return std::nullopt;
}

std::optional<Range> read_range(Reader& reader, const Yaml& value) {
  const auto text = reader.text(value, "a number of packets");
  if (!text) return std::nullopt;
  auto range = parse_range(trim(*text));
  if (!range)
    reader.mistake(value, fmt::format("'{}' is no number of packets", *text),
                   {"", "write 2, '>= 1', '<= 3', 1..3 or none"});
  return range;
}

}  // namespace fwproof::parse
