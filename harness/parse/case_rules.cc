#include "parse/case_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "parse/endpoint.h"
#include "parse/files.h"
#include "parse/keys.h"
#include "parse/parse.h"

namespace fwproof::parse {
namespace {

constexpr std::array<Backend, 3> kAllBackends{Backend::iptables_nft, Backend::iptables_legacy,
                                              Backend::nft};

/// The files of one node, by what can load them.
struct NodeFiles {
  std::string node;
  const Yaml* at = nullptr;
  std::vector<RulesFile> iptables;
  std::vector<RulesFile> nft;

  const std::vector<RulesFile>& of(Backend backend) const {
    return backend == Backend::nft ? nft : iptables;
  }
};

class RulesReader {
 public:
  RulesReader(Reader& reader, const Topology& topology) : reader_(reader), topology_(topology) {}

  void read(const Yaml& map) {
    if (!reader_.is_map(map, "'rules'")) {
      complete_ = false;
      return;
    }
    for (const YamlEntry& entry : map.entries) {
      const Node* node = find_node(reader_, entry.key, topology_);
      if (!node) {
        complete_ = false;
        continue;
      }
      NodeFiles& files = nodes_.emplace_back();
      files.node = node->name;
      files.at = &entry.key;
      read_node(entry.value, files);
    }
  }

  const std::vector<NodeFiles>& nodes() const { return nodes_; }
  bool complete() const { return complete_; }

 private:
  void read_node(const Yaml& value, NodeFiles& files) {
    if (!value.is_map()) {
      for (auto& file : load_all(value, Family::ip, std::nullopt)) {
        const bool nft = file.kind == RulesFile::Kind::nft;
        (nft ? files.nft : files.iptables).push_back(std::move(file));
      }
      return;
    }
    reader_.check_map(value, fmt::format("the rules of '{}'", files.node),
                      keys_of(MapKind::rules_of_a_node));
    using Kind = RulesFile::Kind;
    const auto load = [&](const char* key, Family family, Kind kind, std::vector<RulesFile>& to) {
      const Yaml* names = value.find(key);
      if (!names) return;
      for (auto& file : load_all(*names, family, kind)) to.push_back(std::move(file));
    };
    load("iptables", Family::ip, Kind::iptables_save, files.iptables);
    load("ip6tables", Family::ip6, Kind::iptables_save, files.iptables);
    load("nft", Family::ip, Kind::nft, files.nft);
  }

  std::vector<RulesFile> load_all(const Yaml& names, Family family,
                                  std::optional<RulesFile::Kind> kind) {
    std::vector<RulesFile> files;
    const auto values = reader_.one_or_more(names, "a file of rules");
    complete_ = complete_ && !values.empty();
    for (const Yaml* name : values) {
      auto file = load(*name, family, kind);
      complete_ = complete_ && file;
      if (file) files.push_back(std::move(*file));
    }
    return files;
  }

  std::optional<RulesFile> load(const Yaml& name, Family family,
                                std::optional<RulesFile::Kind> kind) {
    const auto text = reader_.text(name, "a file of rules");
    if (!text) return std::nullopt;
    const Search search = search_rules(*text, reader_.path());
    if (!search.found) {
      reader_.mistake(name, fmt::format("no file of rules '{}'", *text),
                      {did_you_mean(*text, search.candidates), describe_places(search)});
      return std::nullopt;
    }
    try {
      RulesFile file = load_rules(*search.found, family);
      if (!kind || file.kind == *kind) return file;
      reader_.mistake(name, fmt::format("'{}' is {}", *text,
                                        *kind == RulesFile::Kind::nft
                                            ? "iptables-save text, not an nft file"
                                            : "not iptables-save text: it has no '*table' line"));
    } catch (const BadInput& bad) {
      reader_.add(bad.diagnostics());
    }
    return std::nullopt;
  }

  Reader& reader_;
  const Topology& topology_;
  std::vector<NodeFiles> nodes_;
  bool complete_ = true;
};

/// The backends that have files for every node with rules. A case with no rules has nft.
std::vector<Backend> default_backends(const std::vector<NodeFiles>& nodes) {
  if (nodes.empty()) return {Backend::nft};
  std::vector<Backend> backends;
  for (const Backend backend : kAllBackends)
    if (std::all_of(nodes.begin(), nodes.end(),
                    [&](const NodeFiles& files) { return !files.of(backend).empty(); }))
      backends.push_back(backend);
  return backends;
}

std::vector<Backend> read_backends(Reader& reader, const Yaml& value,
                                   const std::vector<NodeFiles>& nodes, bool complete) {
  std::vector<Backend> backends;
  const auto names = reader.one_or_more(value, "'backends'");
  if (value.is_list() && names.empty()) reader.mistake(value, "'backends' names no backend");
  for (const Yaml* name : names) {
    const auto text = reader.text(*name, "a backend");
    const auto backend = text ? parse_backend(*text) : std::nullopt;
    if (text && !backend) {
      const std::string note = did_you_mean(*text, backend_names());
      reader.mistake(*name, fmt::format("unknown backend '{}'", *text),
                     {note, note.empty() ? fmt::format("the backends are: {}",
                                                       fmt::join(backend_names(), ", "))
                                         : std::string()});
    }
    if (!backend) continue;
    if (std::find(backends.begin(), backends.end(), *backend) != backends.end()) {
      reader.mistake(*name, fmt::format("backend '{}' is listed twice", *text));
      continue;
    }
    backends.push_back(*backend);
    for (const NodeFiles& files : nodes)
      if (complete && files.of(*backend).empty())
        reader.mistake(*name,
                       fmt::format("node '{}' has no rules for backend '{}'", files.node, *text));
  }
  return backends;
}

}  // namespace

bool read_case_rules(Reader& reader, const Yaml* rules, const Yaml* backends, Case& into) {
  RulesReader read(reader, into.topology);
  if (rules) read.read(*rules);
  if (backends) {
    into.backends = read_backends(reader, *backends, read.nodes(), read.complete());
  } else {
    into.backends = default_backends(read.nodes());
    if (rules && into.backends.empty() && read.complete())
      reader.mistake(*rules, "no backend can load rules for every node that has some",
                     {"", "give each node files for the same backends"});
  }
  for (const Backend backend : into.backends)
    for (const NodeFiles& files : read.nodes())
      into.rules[backend].push_back({files.node, files.of(backend)});
  return read.complete();
}

}  // namespace fwproof::parse
