// Results as JUnit XML, as CI servers read it: one <testcase> for each case and backend, with the
// case's file and line, and the story as the text of <failure> or <error>.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/finding.h"
#include "report/told.h"

namespace fwproof::report {

/// The <testcase> of one result.
std::string junit_case(const CaseResult& result);

/// The whole of what was told with Telling::junit: well-formed XML 1.0 in UTF-8, whatever the
/// results hold.
std::string junit(const std::vector<Told>& results);

/// Text fit for an element or a quoted attribute. What XML 1.0 has no way to write (section 2.2:
/// control characters, surrogates, U+FFFE and U+FFFF) and what is not UTF-8 becomes \xNN.
std::string xml_text(std::string_view text);

}  // namespace fwproof::report
