// A case of one flow with its rules, for the tests of the command line.
#pragma once

#include <string>

#include "parse/test_folder.h"

namespace fwproof::run {

inline constexpr const char* kCase = R"(# ssh is let in.
topology: lan
rules: {W: w.rules}
flows:
  ssh: tcp M:40000 -> W:22
checks:
  ssh: {outcome: connected}
mutant: {W: {remove: filter INPUT rule 1}}
)";

inline constexpr const char* kRules = R"(*filter
:INPUT DROP [0:0]
-A INPUT -p tcp --dport 22 -j ACCEPT
COMMIT
)";

inline constexpr const char* kRulesWithoutSsh = R"(*filter
:INPUT DROP [0:0]
-A INPUT -p tcp --dport 80 -j ACCEPT
COMMIT
)";

/// A case and its rules in a folder of their own. Topologies are found from the program's place.
struct OneCase {
  parse::TestFolder folder;
  std::string path;
  explicit OneCase(const std::string& rules = kRules, const std::string& text = kCase) {
    folder.write("w.rules", rules);
    path = folder.write("ssh.yaml", text);
  }
};

}  // namespace fwproof::run
