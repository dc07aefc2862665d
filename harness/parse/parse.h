// Reads what a person writes: topologies and cases (YAML) and files of rules. A file that is wrong
// throws BadInput with every mistake found in it, each at its line and column.
//
//   text -> Yaml (yaml.h) -> Reader (reader.h) -> Topology, Case
//   rules -> RulesFile: a light scan (rules.h), enough to find a rule's text and line again
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/case.h"
#include "model/flow.h"
#include "model/location.h"
#include "model/netfilter.h"
#include "model/ruleset.h"
#include "model/topology.h"

namespace fwproof::parse {

/// Loads one topology file. Throws BadInput with all mistakes found.
Topology load_topology(const std::string& path);

/// The file of the topology that a case or the command line calls `name`. A path (it has a '/' or
/// ends in .yaml) is relative to the folder of `from_file`, or to the current folder if that is
/// empty. A bare name is looked for as NAME.yaml beside from_file, then in the `topologies` folder
/// of the nearest ancestor that has one, then in that of the data root. Throws BadInput that says
/// where it looked.
std::string find_topology(const std::string& name, const std::string& from_file);

/// Is a case that checks nothing a mistake? It is not where its checks are to be written.
enum class Checks { needed, optional };

/// Loads one case with its topology and rules: one for each of its `rows`, if it has any. `root` is
/// the folder that names of cases are relative to. Throws BadInput with all mistakes of the case,
/// its topology and its rules files.
std::vector<Case> load_case(const std::string& path, const std::string& root,
                            Checks checks = Checks::needed);
/// The same for who has read the file.
std::vector<Case> read_case(const std::string& path, const std::string& root,
                            const std::string& text, Checks checks = Checks::needed);

/// Reads and scans one file of rules. '#!' or a name that ends in .sh makes it a script (or what
/// the interpreter loads: nft, iptables-restore), a '*table' line or COMMIT iptables-save text, a
/// first line that creates a set ipset-save text; all else, and a name that ends in .nft, is nft's.
/// `family` says which tool loads iptables-save text. What is `wanted` as a script is one.
RulesFile load_rules(const std::string& path, Family family = Family::ip,
                     std::optional<RulesFile::Kind> wanted = std::nullopt);

struct CasePath {
  std::string path;
  std::string root;
};

/// Every *.yaml and *.yml below the paths (files or folders), sorted, with the root each was found
/// under; topologies that lie among them too. A missing path throws BadInput.
std::vector<CasePath> find_cases(const std::vector<std::string>& paths);

/// Every *.rules and *.nft below those of the paths that are folders, sorted.
std::vector<CasePath> find_rules(const std::vector<std::string>& paths);

/// True for such a name.
bool is_rules(const std::string& path);

/// True for a file with `nodes` or `extends` but no `topology` at its top. False for one that
/// cannot be read.
bool is_topology(const std::string& path);
/// The same for who has read the file.
bool is_topology_text(std::string_view text);

/// "tcp client:60000 -> 203.0.113.1:8080". Diagnostics stand at `at`. Throws BadInput.
Flow parse_flow(const std::string& text, const Topology& topology, const Location& at);

/// Where the shipped topologies/ and fixtures/ lie: the last place looked in.
void set_data_root(const std::string& folder);
const std::string& data_root();

}  // namespace fwproof::parse
