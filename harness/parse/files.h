// Finding and reading the files a person names: cases, topologies, rules.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace fwproof::parse {

inline constexpr size_t kMaxRulesBytes = 64 << 20;

/// The whole of one regular file. Throws BadInput, for the file as a whole, if it is missing, a
/// folder, not readable or larger than `most_bytes`.
std::string read_file(const std::string& path, size_t most_bytes);

/// As std::filesystem::path::lexically_normal() has it, and quick for one that is so already.
std::string normal_path(const std::string& path);

/// Where a name was looked for, and the file if there is one.
struct Search {
  std::optional<std::string> found;
  std::vector<std::string> places;      // files that would have done
  std::vector<std::string> candidates;  // where there is none: names that would have been found
};

/// See find_topology() in parse.h.
Search search_topology(const std::string& name, const std::string& from_file);

/// The same for a file of rules: a path with a '/' is relative to the folder of `from_file`; a bare
/// name is looked for there, then in `fixtures/rulesets` of the nearest ancestor that has one, then
/// in that of the data root.
Search search_rules(const std::string& name, const std::string& from_file);

/// The same for a group of checks: "web-served" is `web-served.checks`, beside the case or in
/// `fixtures/checks`.
Search search_checks(const std::string& name, const std::string& from_file);

/// The same for a capture to replay, which may stand in `fixtures/pcaps`.
Search search_pcap(const std::string& name, const std::string& from_file);

/// "looked for /a/x.yaml, /b/x.yaml"
std::string describe_places(const Search& search);

}  // namespace fwproof::parse
