#include "report/junit.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "report/samples_test.h"
#include "report/terminal.h"

namespace fwproof::report {
namespace {

Told told(const CaseResult& result) { return tell(result, {.junit = true}); }

/// What is wrong with `xml` as XML, of the little of XML that is used here, or an empty string.
std::string fault_in(std::string_view xml) {
  std::vector<std::string> open;
  xml.remove_prefix(std::string_view("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").size());
  while (!xml.empty()) {
    const size_t start = xml.find('<');
    const size_t end = xml.find('>');
    if (start == std::string_view::npos) return xml == "\n" ? "" : "text after the end";
    if (end < start) return "a bare '>'";
    const std::string_view tag = xml.substr(start + 1, end - start - 1);
    if (std::count(tag.begin(), tag.end(), '"') % 2 != 0)
      return "a quote is open: " + std::string(tag);
    const std::string name(tag.substr(0, tag.find_first_of(" /", 1)));
    xml.remove_prefix(end + 1);
    if (tag.front() != '/') {
      if (tag.back() != '/') open.push_back(name);
      continue;
    }
    if (open.empty() || "/" + open.back() != tag) return "not open: " + std::string(tag);
    open.pop_back();
  }
  return open.empty() ? "" : "not closed: " + open.back();
}

TEST(Junit, HoldsEveryCaseWithItsFileLineAndOutcome) {
  CaseResult passed;
  passed.name = "nat/masquerade";
  passed.backend = Backend::nft;
  passed.at = {"cases/nat/masquerade.yaml", 1, 1};
  passed.took = std::chrono::microseconds(3'500);
  CaseResult skipped = passed;
  skipped.outcome = Outcome::skip;
  skipped.skipped = "nft is missing";
  CaseResult error = passed;
  error.outcome = Outcome::error;
  error.error = "make a namespace: Operation not permitted\nsecond line";
  EXPECT_EQ(junit({told(passed), told(skipped), told(error)}),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<testsuites name=\"fwproof\" tests=\"3\" failures=\"0\" errors=\"1\" skipped=\"1\""
            " time=\"0.010500\">\n"
            " <testsuite name=\"fwproof\" tests=\"3\" failures=\"0\" errors=\"1\" skipped=\"1\""
            " time=\"0.010500\">\n"
            "  <testcase classname=\"nat/masquerade\" name=\"nat/masquerade [nft]\""
            " file=\"cases/nat/masquerade.yaml\" line=\"1\" time=\"0.003500\"/>\n"
            "  <testcase classname=\"nat/masquerade\" name=\"nat/masquerade [nft]\""
            " file=\"cases/nat/masquerade.yaml\" line=\"1\" time=\"0.003500\">\n"
            "    <skipped message=\"nft is missing\"/>\n"
            "  </testcase>\n"
            "  <testcase classname=\"nat/masquerade\" name=\"nat/masquerade [nft]\""
            " file=\"cases/nat/masquerade.yaml\" line=\"1\" time=\"0.003500\">\n"
            "    <error message=\"make a namespace: Operation not permitted\">"
            "ERROR  nat/masquerade [nft]  cases/nat/masquerade.yaml:1\n"
            "\n"
            "  make a namespace: Operation not permitted\n"
            "  second line\n"
            "</error>\n"
            "  </testcase>\n"
            " </testsuite>\n"
            "</testsuites>\n");
}

TEST(Junit, HasTheStoryAsTheTextOfAFailure) {
  const CaseResult result = failed_case();
  const std::string xml = junit({told(result)});
  const std::string failure =
      "<failure message=\"visit: outcome: asserted connected, seen dropped\">" +
      xml_text(story(result, {})) + "</failure>";
  EXPECT_NE(xml.find(failure), std::string::npos) << xml;
  EXPECT_EQ(fault_in(xml), "");
}

TEST(Junit, IsWellFormedWhateverTheResultsHold) {
  CaseResult result = failed_case();
  const std::string evil = "<a b=\"c\">&]]>\x1b\x01\xff\xed\xa0\x80";
  result.name = result.at.file = result.about = evil;
  result.findings[0].asserted = result.findings[0].seen = evil;
  result.seen.flows[0].walks[0].visits[1].hooks[1].steps[0].rule_text = evil;
  CaseResult error = result;
  error.outcome = Outcome::error;
  error.error = evil;
  CaseResult skipped = result;
  skipped.outcome = Outcome::skip;
  skipped.skipped = evil;
  const std::string xml = junit({told(result), told(error), told(skipped)});
  EXPECT_EQ(fault_in(xml), "");
  EXPECT_EQ(xml.find_first_of("\x1b\x01\xff\xed"), std::string::npos);
}

TEST(XmlText, EscapesMarkupAndWhatXmlCannotHold) {
  EXPECT_EQ(xml_text("a<b> & \"c\"\n"), "a&lt;b&gt; &amp; &quot;c&quot;\n");
  EXPECT_EQ(xml_text("\x1b[31m"), "\\x1b[31m");
  EXPECT_EQ(xml_text("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"),
            "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
  EXPECT_EQ(xml_text("\xef\xbf\xbf"), "\\xef\\xbf\\xbf");
  EXPECT_EQ(xml_text("\xed\xa0\x80"), "\\xed\\xa0\\x80");
  EXPECT_EQ(xml_text("\xe0\x80\x80"), "\\xe0\\x80\\x80");
  EXPECT_EQ(xml_text("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
}

}  // namespace
}  // namespace fwproof::report
