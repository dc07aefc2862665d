#include "report/junit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "base/text.h"
#include "report/terminal.h"

namespace fwproof::report {
namespace {

struct CodePoint {
  uint32_t value = 0;
  size_t length = 1;
};

/// The first code point of text that printable() let through: its sequences have the right shape.
CodePoint first_of(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return {first, 1};
  const size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  uint32_t value = first & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; ++i)
    value = value << 6 | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  return {value, length};
}

/// RFC 3629: the shortest form only, no surrogates, nothing past U+10FFFF. XML 1.0 also leaves out
/// U+FFFE and U+FFFF.
bool is_xml(CodePoint c) {
  static constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = c.value >= 0xD800 && c.value < 0xE000;
  return c.value >= kLeast[c.length] && c.value <= 0x10FFFF && !surrogate && c.value != 0xFFFE &&
         c.value != 0xFFFF;
}

std::string_view escape_of(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    default:
      return {};
  }
}

double seconds(std::chrono::microseconds took) { return static_cast<double>(took.count()) / 1e6; }

std::string message_of(const std::vector<Finding>& findings) {
  std::string text;
  for (const auto& finding : findings) {
    text += (text.empty() ? "" : "; ") + title(finding);
    const bool short_enough = (finding.asserted + finding.seen).find('\n') == std::string::npos;
    if (short_enough) text += fmt::format(": asserted {}, seen {}", finding.asserted, finding.seen);
  }
  return text;
}

/// Lines of an attribute would be joined by the reader (XML 1.0, section 3.3.3).
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string body_of(const CaseResult& result) {
  const auto element = [&](std::string_view name, const std::string& message) {
    return fmt::format("    <{0} message=\"{1}\">{2}</{0}>\n", name, xml_text(first_line(message)),
                       xml_text(story(result, {})));
  };
  switch (result.outcome) {
    case Outcome::pass:
      return {};
    case Outcome::fail:
      return element("failure", message_of(result.findings));
    case Outcome::error:
      return element("error", result.error);
    case Outcome::skip:
      return fmt::format("    <skipped message=\"{}\"/>\n", xml_text(first_line(result.skipped)));
  }
  return {};
}

}  // namespace

std::string xml_text(std::string_view text) {
  const std::string safe = printable_lines(text);
  std::string out;
  for (std::string_view rest = safe; !rest.empty();) {
    const CodePoint c = first_of(rest);
    const std::string_view bytes = rest.substr(0, c.length);
    const std::string_view escape = escape_of(bytes[0]);
    if (!is_xml(c))
      for (const char byte : bytes) out += fmt::format("\\x{:02x}", static_cast<uint8_t>(byte));
    else
      out += escape.empty() ? bytes : escape;
    rest.remove_prefix(c.length);
  }
  return out;
}

std::string junit_case(const CaseResult& result) {
  const std::string text = fmt::format(
      "  <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\" time=\"{:.6f}\"",
      xml_text(printable(result.name)), xml_text(title(result)),
      xml_text(printable(result.at.file)), result.at.line, seconds(result.took));
  const std::string body = body_of(result);
  return text + (body.empty() ? "/>\n" : fmt::format(">\n{}  </testcase>\n", body));
}

std::string junit(const std::vector<Told>& results) {
  const auto count = [&](Outcome outcome) {
    return std::count_if(results.begin(), results.end(),
                         [&](const Told& told) { return told.outcome == outcome; });
  };
  std::chrono::microseconds took{0};
  for (const auto& result : results) took += result.took;
  const std::string totals = fmt::format(
      "name=\"fwproof\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.6f}\"",
      results.size(), count(Outcome::fail), count(Outcome::error), count(Outcome::skip),
      seconds(took));
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  text += fmt::format("<testsuites {0}>\n <testsuite {0}>\n", totals);
  for (const auto& result : results) text += result.junit;
  return text + " </testsuite>\n</testsuites>\n";
}

}  // namespace fwproof::report
