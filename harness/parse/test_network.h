// A small network with rules, for tests of cases: client - gw - web.
#pragma once

#include <string>

#include "parse/parse.h"
#include "parse/test_folder.h"

namespace fwproof::parse {

inline constexpr const char* kNetwork = R"(nodes:
  client: {interfaces: {eth0: {addresses: [10.0.1.2/24]}}, routes: [{to: default, via: 10.0.1.1}]}
  gw:
    forwarding: true
    interfaces: {eth0: {addresses: [10.0.1.1/24]}, eth1: {addresses: [10.0.0.1/24]}}
  web: {interfaces: {eth0: {addresses: [10.0.0.5/24]}}, services: [tcp/80]}
links:
  - endpoints: [client:eth0, gw:eth0]
  - endpoints: [gw:eth1, web:eth0]
)";

inline constexpr const char* kIptablesRules = R"(*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:WEB - [0:0]
-A FORWARD -p tcp --dport 80 -m comment --comment "the web" -j WEB
-A WEB -j ACCEPT
COMMIT
)";

inline constexpr const char* kNftRules = R"(table inet fw {
  chain forward {
    type filter hook forward priority 0; policy drop;
    tcp dport 80 accept
  }
}
)";

/// A folder with the network as topology `net`, and its rules as gw.rules and gw.nft.
class TestNetwork : public TestFolder {
 public:
  TestNetwork() {
    write("topologies/net.yaml", kNetwork);
    write("fixtures/rulesets/gw.rules", kIptablesRules);
    write("fixtures/rulesets/gw.nft", kNftRules);
  }

  Case load(const std::string& yaml) const { return load_rows(yaml).front(); }
  std::vector<Case> load_rows(const std::string& yaml) const {
    return load_case(write("cases/a.yaml", yaml), path("cases"));
  }
  std::string case_mistakes(const std::string& yaml) const {
    return mistakes([&] { load(yaml); });
  }
  std::string topology_mistakes(const std::string& yaml) const {
    return mistakes([&] { load_topology(write("net.yaml", yaml)); });
  }
};

}  // namespace fwproof::parse
