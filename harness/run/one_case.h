// A case of one flow with its rules, for the tests of the command line.
#pragma once

#include <string>

#include "parse/test_folder.h"
#include "run/test_program.h"

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

/// What the program says, both ways, without the path of the folder.
inline std::string told(const parse::TestFolder& folder, const Ended& ended) {
  std::string text = ended.error + ended.output;
  const std::string path = folder.path("");
  for (size_t at = 0; (at = text.find(path, at)) != std::string::npos;) text.erase(at, path.size());
  return text;
}

}  // namespace fwproof::run
