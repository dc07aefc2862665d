#include <gtest/gtest.h>

#include "base/address.h"
#include "base/error.h"
#include "base/mac.h"
#include "base/text.h"

namespace fwproof {
namespace {

TEST(Printable, ShowsControlCharactersEscaped) {
  EXPECT_EQ(printable("a\x1b[31mb\tc"), "a\\x1b[31mb c");
  EXPECT_EQ(printable("caf\xc3\xa9 \xff"), "caf\xc3\xa9 \\xff");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\xc2\\x9b31m");
}

TEST(Printable, KeepsTextOnItsLine) {
  EXPECT_EQ(printable("gw\npass  nat/dnat"), "gw\\x0apass  nat/dnat");
  EXPECT_EQ(printable("a\xe2\x80\xa8z"), "a\\xe2\\x80\\xa8z");  // U+2028
  EXPECT_EQ(printable("a\xe2\x80\xaez"), "a\\xe2\\x80\\xaez");  // U+202E
  EXPECT_EQ(printable("a\xe2\x81\xa6z"), "a\\xe2\\x81\\xa6z");  // U+2066
  EXPECT_EQ(printable("\xe2\x80\xa7\xe2\x81\xaa"), "\xe2\x80\xa7\xe2\x81\xaa");
  EXPECT_EQ(printable_lines("a\x1b\nb"), "a\\x1b\nb");
}

TEST(Printable, ShowsWhatIsNoCharacterByItsBytes) {
  EXPECT_EQ(printable("\xe0\x80\x80"), "\\xe0\\x80\\x80");           // overlong
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // a surrogate
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // past U+10FFFF
  EXPECT_EQ(printable("\xe2\x82\xac"), "\xe2\x82\xac");
}

TEST(Nearest, FindsTheWordThatWasMeant) {
  EXPECT_EQ(did_you_mean("forwrad", {"PREROUTING", "FORWARD"}), "did you mean 'FORWARD'?");
  EXPECT_EQ(did_you_mean("wbe", {"client", "web"}), "did you mean 'web'?");
  EXPECT_EQ(did_you_mean("zebra", {"PREROUTING", "FORWARD"}), "");
}

TEST(SplitLines, TakesBothKindsOfLineEnds) {
  EXPECT_EQ(split_lines("a\r\nb\n\nc"), (std::vector<std::string>{"a", "b", "", "c"}));
  EXPECT_TRUE(split_lines("").empty());
}

TEST(IsPathEnd, ComparesWholeNames) {
  EXPECT_TRUE(is_path_end("gw.rules", "fixtures/rulesets/gw.rules"));
  EXPECT_TRUE(is_path_end("rulesets/gw.rules", "rulesets/gw.rules"));
  EXPECT_FALSE(is_path_end("w.rules", "fixtures/rulesets/gw.rules"));
}

TEST(ParseUnsigned, TakesWholeNumbersOnly) {
  EXPECT_EQ(parse_unsigned("65535"), 65535u);
  EXPECT_FALSE(parse_unsigned("65535 "));
  EXPECT_FALSE(parse_unsigned("-1"));
  EXPECT_FALSE(parse_unsigned("99999999999999999999999"));
}

TEST(IpAddress, ParsesAndPrintsBothFamilies) {
  EXPECT_EQ(IpAddress::parse("10.0.0.5")->to_string(), "10.0.0.5");
  EXPECT_EQ(IpAddress::parse("2001:DB8::1")->to_string(), "2001:db8::1");
  EXPECT_FALSE(IpAddress::parse("10.0.0"));
  EXPECT_FALSE(IpAddress::parse(std::string_view("10.0.0.5\0x", 10)));
}

TEST(Prefix, ContainsItsOwnSubnetOnly) {
  const auto prefix = Prefix::parse("10.0.1.1/23");
  ASSERT_TRUE(prefix);
  EXPECT_TRUE(prefix->contains(*IpAddress::parse("10.0.0.255")));
  EXPECT_FALSE(prefix->contains(*IpAddress::parse("10.0.2.0")));
  EXPECT_FALSE(prefix->contains(*IpAddress::parse("::1")));
  EXPECT_TRUE(Prefix::parse("0.0.0.0/0")->contains(*IpAddress::parse("9.9.9.9")));
  EXPECT_FALSE(Prefix::parse("10.0.0.0/33"));
}

TEST(MacAddress, ParsesAndPrintsSixPairs) {
  EXPECT_EQ(MacAddress::parse("02:00:00:00:AA:07")->to_string(), "02:00:00:00:aa:07");
  EXPECT_EQ(MacAddress::local(0x010203).to_string(), "02:00:00:01:02:03");
  for (const char* bad : {"", "02:00:00:00:00", "02:00:00:00:00:0g", "02-00-00-00-00-07",
                          "2:0:0:0:0:7", "02:00:00:00:00:07:", "+2:00:00:00:00:07"})
    EXPECT_EQ(MacAddress::parse(bad), std::nullopt) << bad;
  EXPECT_TRUE(MacAddress::parse("01:00:5e:00:00:01")->is_multicast());
}

TEST(Endpoint, WantsBracketsAroundIpv6) {
  EXPECT_EQ(Endpoint::parse("[2001:db8::1]:80")->to_string(), "[2001:db8::1]:80");
  EXPECT_EQ(Endpoint::parse("2001:db8::1")->to_string(), "2001:db8::1");
  EXPECT_EQ(Endpoint::parse("10.0.0.5:80")->to_string(), "10.0.0.5:80");
  EXPECT_FALSE(Endpoint::parse("10.0.0.5:65536"));
  EXPECT_FALSE(Endpoint::parse("[10.0.0.5]:80"));
}

TEST(Diagnostic, PutsTheCaretUnderTheColumn) {
  const Diagnostic d{.file = "cases/a.yaml",
                     .line = 3,
                     .column = 5,
                     .message = "unknown key 'nods'",
                     .source_line = "    nods: 1",
                     .hint = "",
                     .caret_note = "did you mean 'nodes'?"};
  EXPECT_EQ(to_string(d),
            "cases/a.yaml:3:5: error: unknown key 'nods'\n"
            "          nods: 1\n"
            "          ^ did you mean 'nodes'?");
}

TEST(Diagnostic, CannotCarryATerminalEscape) {
  const Diagnostic d{.file = "a\x1b.yaml",
                     .line = 1,
                     .column = 3,
                     .message = "bad '\x07'",
                     .source_line = "\x1b]x",
                     .hint = "",
                     .caret_note = ""};
  EXPECT_EQ(to_string(d),
            "a\\x1b.yaml:1:3: error: bad '\\x07'\n"
            "      \\x1b]x\n"
            "           ^");
}

}  // namespace
}  // namespace fwproof
