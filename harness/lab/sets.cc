#include "lab/sets.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>

#include "base/deadline.h"
#include "base/error.h"
#include "base/programs.h"
#include "base/text.h"
#include "lab/nft.h"
#include "lab/program.h"
#include "lab/set_readings.h"

namespace fwproof::lab {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::chrono::seconds kTimeToList{10};
constexpr const char* kRecentFolder = "/proc/thread-self/net/xt_recent";

bool is_meant(const SetSeen& set, const std::vector<SetCheck>& checks) {
  return std::any_of(checks.begin(), checks.end(),
                     [&](const SetCheck& check) { return means(check, set); });
}

/// Those that checks of this set name.
template <typename Read>
void add_readings(const std::vector<SetCheck>& checks, SetSeen& set, const Read& read) {
  for (const SetCheck& check : checks) {
    if (!means(check, set)) continue;
    for (const auto* elements : {&check.has, &check.lacks})
      for (const SetElement& element : *elements)
        if (!set.readings.contains(element.written))
          set.readings.emplace(element.written, read(element));
  }
}

/// The element of the set, of any value unless `wanted` has one, that holds `wanted`.
std::string holder_of(const SetSeen& set, const SetElement& wanted, Nft& nft) {
  const auto listed = nft.try_to(fmt::format("get element {} {} {} {{ {} }}", to_string(set.family),
                                             set.table, set.name, wanted.key));
  const auto found = listed ? elements_of_nft(*listed) : std::vector<SetElement>();
  if (found.empty()) return {};
  return wanted.value.empty() || wanted.value == found[0].value ? found[0].text : std::string();
}

void read_nft(const std::string& node, const std::vector<SetCheck>& checks,
              const std::string& listed, Nft& nft, SetSeen& set) {
  set.elements = elements_of_nft(listed);
  std::optional<NftReadings> readings;
  add_readings(checks, set, [&](const SetElement& written) {
    if (!readings) readings.emplace(node, set.family, listed);
    SetReading reading = readings->read(written);
    for (const SetElement& element : reading.elements)
      if (reading.holder.empty()) reading.holder = holder_of(set, element, nft);
    return reading;
  });
}

/// "set" or "map", and where it is, from libnftables' JSON (libnftables-json(5)).
void add_named(const json& listed, const char* kind, const std::string& node, Nft& nft,
               const std::vector<SetCheck>& checks, std::vector<SetSeen>& sets) {
  for (const json& item : listed.at("nftables")) {
    if (!item.contains(kind)) continue;
    const json& named = item.at(kind);
    SetSeen set{.node = node, .table = named.at("table"), .name = named.at("name")};
    const std::string family = named.at("family");
    set.family = parse_family(family).value_or(Family::inet);
    if (is_meant(set, checks))
      read_nft(node, checks,
               nft.run(fmt::format("list {} {} {} {}", kind, family, set.table, set.name)), nft,
               set);
    sets.push_back(std::move(set));
  }
}

void add_nft(const nl::Netns& netns, const std::string& node, const std::vector<SetCheck>& checks,
             std::vector<SetSeen>& sets) {
  const std::string attempt = "node '" + node + "': list its sets";
  const nl::NetnsScope inside(netns);
  Nft nft(attempt);
  try {
    for (const char* kind : {"set", "map"})
      add_named(json::parse(nft.run(fmt::format("list {}s", kind), true)), kind, node, nft, checks,
                sets);
  } catch (const json::exception& error) {
    throw MachineError(attempt, error.what());
  }
}

ProgramResult run_ipset(const nl::Netns& netns, const std::string& node,
                        const std::vector<std::string>& arguments) {
  std::vector<std::string> command{"ipset"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  ProgramResult result = run_program(netns, node, {.argv = command}, Deadline::after(kTimeToList));
  if (const std::string why = result.broken_off(); !why.empty())
    throw MachineError("node '" + node + "': list the sets of ipset", why);
  return result;
}

std::string ipset(const nl::Netns& netns, const std::string& node,
                  const std::vector<std::string>& arguments) {
  const ProgramResult result = run_ipset(netns, node, arguments);
  const std::string attempt = "node '" + node + "': list the sets of ipset";
  if (result.exit_status != 0)
    throw MachineError(attempt, std::string(trim(result.error + result.output)));
  if (result.output.size() >= kKeptOutput) throw MachineError(attempt, "they are too large");
  return result.output;
}

void read_ipset(const nl::Netns& netns, const std::string& node,
                const std::vector<SetCheck>& checks, SetSeen& set) {
  const std::string saved = ipset(netns, node, {"save", set.name});
  set.elements = elements_of_ipset(saved, set.name);
  std::optional<IpsetReadings> readings;
  add_readings(checks, set, [&](const SetElement& written) {
    if (!readings) readings.emplace(node, set.name, saved.substr(0, saved.find('\n')));
    SetReading reading = readings->read(written);
    for (const SetElement& element : reading.elements) {
      std::vector<std::string> test{"test", set.name};
      for (std::string& word : split_words(element.key)) test.push_back(std::move(word));
      if (run_ipset(netns, node, test).exit_status == 0) reading.holder = "what it has";
    }
    return reading;
  });
}

void add_ipset(const nl::Netns& netns, const std::string& node, const std::vector<SetCheck>& checks,
               std::vector<SetSeen>& sets) {
  if (!find_program("ipset")) return;
  for (const std::string& name : split_lines(ipset(netns, node, {"list", "-n"}))) {
    SetSeen set{.node = node, .kind = SetKind::ipset, .name = name};
    if (is_meant(set, checks)) read_ipset(netns, node, checks, set);
    sets.push_back(std::move(set));
  }
}

/// Lines are "src=10.0.0.1 ttl: 64 last_seen: 4294937296 oldest_pkt: 1 4294937296" (net/netfilter/
/// xt_recent.c).
void add_recent(const nl::Netns& netns, const std::string& node,
                const std::vector<SetCheck>& checks, std::vector<SetSeen>& sets) {
  const nl::NetnsScope inside(netns);
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(kRecentFolder, none)) {
    SetSeen set{.node = node, .kind = SetKind::recent, .name = entry.path().filename()};
    std::ifstream file(entry.path());
    if (!file) throw MachineError("node '" + node + "': read " + entry.path().string(), "cannot");
    constexpr std::string_view kBegins = "src=";
    for (std::string line; std::getline(file, line);)
      if (line.starts_with(kBegins))
        set.elements.push_back(
            read_set_element(line.substr(kBegins.size(), line.find(' ') - kBegins.size())));
    add_readings(checks, set, read_address);
    sets.push_back(std::move(set));
  }
}

}  // namespace

ElementFinder::ElementFinder(const nl::Netns& netns, const std::string& node) : netns_(netns) {
  const nl::NetnsScope inside(netns_);
  nft_ = std::make_unique<Nft>("node '" + node + "': look for elements of sets");
}

ElementFinder::~ElementFinder() = default;

std::string ElementFinder::find(Family family, const std::string& table, const std::string& set,
                                const std::string& key) {
  const nl::NetnsScope inside(netns_);
  const auto listed = nft_->try_to(
      fmt::format("get element {} {} {} {{ {} }}", to_string(family), table, set, key));
  if (!listed) return {};
  const std::vector<SetElement> found = elements_of_nft(*listed);
  if (found.size() != 1) return {};
  // libnftables 1.0 tells of an interval of a map its beginning alone.
  const std::string& told = found[0].key;
  const bool part = told != key && told.find_first_of("-/*") == std::string::npos &&
                    !told.empty() && std::isdigit(static_cast<unsigned char>(told[0])) != 0;
  return part ? std::string() : found[0].text;
}

std::vector<SetElement> elements_of_nft(std::string_view listed) {
  constexpr std::string_view kBegins = "elements = {";
  constexpr std::string_view kTimeout = "\n\t\ttimeout ";
  std::vector<SetElement> elements;
  const size_t at = listed.find(kBegins);
  if (at == std::string_view::npos) return elements;
  std::string standard;  // the timeout of those that have none of their own
  if (size_t own = listed.find(kTimeout); own < at) {
    own += kTimeout.size();
    standard = listed.substr(own, listed.find('\n', own) - own);
  }
  size_t start = at + kBegins.size();
  bool quoted = false;
  for (size_t i = start; i < listed.size(); ++i) {
    if (listed[i] == '"') quoted = !quoted;
    if (quoted || (listed[i] != ',' && listed[i] != '}')) continue;
    elements.push_back(read_set_element(listed.substr(start, i - start)));
    if (elements.back().timeout.empty()) elements.back().timeout = standard;
    start = i + 1;
    if (listed[i] == '}') break;
  }
  return elements;
}

std::vector<SetElement> elements_of_ipset(std::string_view saved, const std::string& name) {
  const std::string begins = "add " + name + " ";
  std::vector<SetElement> elements;
  for (const std::string& line : split_lines(saved))
    if (line.starts_with(begins))
      elements.push_back(read_set_element(std::string_view(line).substr(begins.size())));
  return elements;
}

std::vector<SetSeen> read_sets(const nl::Netns& netns, const std::string& node,
                               const std::vector<SetCheck>& checks) {
  std::vector<SetSeen> sets;
  add_nft(netns, node, checks, sets);
  add_ipset(netns, node, checks, sets);
  add_recent(netns, node, checks, sets);
  return sets;
}

}  // namespace fwproof::lab
