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

/// The files of one node, in the order they are loaded, by what can load them.
struct NodeFiles {
  std::string node;
  const Yaml* at = nullptr;
  std::vector<RulesFile> iptables;
  std::vector<RulesFile> nft;

  const std::vector<RulesFile>& of(Backend backend) const {
    return backend == Backend::nft ? nft : iptables;
  }

  /// A script brings its own tools: it runs whatever the backend.
  void add(RulesFile file) {
    if (file.kind == RulesFile::Kind::script) nft.push_back(file);
    auto& tool = file.kind == RulesFile::Kind::nft ? nft : iptables;
    tool.push_back(std::move(file));
  }

  bool only_scripts() const { return are_scripts(iptables) && are_scripts(nft); }

  /// True if the backend loads all that the node has to load.
  bool can_load(Backend backend) const { return only_scripts() || !are_scripts(of(backend)); }

 private:
  static bool are_scripts(const std::vector<RulesFile>& files) {
    return std::all_of(files.begin(), files.end(),
                       [](const RulesFile& file) { return file.kind == RulesFile::Kind::script; });
  }
};

/// What the keys of a node's rules name.
struct RulesKey {
  const char* name;
  RulesFile::Kind kind;
  Family family;
};
constexpr std::array<RulesKey, 7> kRulesKeys{
    {{"iptables", RulesFile::Kind::iptables_save, Family::ip},
     {"ip6tables", RulesFile::Kind::iptables_save, Family::ip6},
     {"ebtables", RulesFile::Kind::iptables_save, Family::bridge},
     {"arptables", RulesFile::Kind::iptables_save, Family::arp},
     {"ipset", RulesFile::Kind::ipset, Family::ip},
     {"nft", RulesFile::Kind::nft, Family::ip},
     {"script", RulesFile::Kind::script, Family::ip}}};

std::string_view name_of(RulesFile::Kind kind) {
  switch (kind) {
    case RulesFile::Kind::iptables_save:
      return "iptables-save text";
    case RulesFile::Kind::nft:
      return "an nft file";
    case RulesFile::Kind::ipset:
      return "ipset-save text";
    case RulesFile::Kind::script:
      break;
  }
  return "a script";
}

/// Why a file of this kind is not what it was named as.
std::string mix_up(RulesFile::Kind kind, RulesFile::Kind wanted) {
  // What is nothing else is taken for nft's.
  if (kind == RulesFile::Kind::nft && wanted == RulesFile::Kind::iptables_save)
    return "not iptables-save text: it has no '*table' line";
  if (kind == RulesFile::Kind::nft && wanted == RulesFile::Kind::ipset)
    return "not ipset-save text: its first line is no 'create' or 'add'";
  return fmt::format("{}, not {}", name_of(kind), name_of(wanted));
}

/// Those of the start and of all steps.
using AllFiles = std::vector<const NodeFiles*>;

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
  /// A file, a map of files, or a list of these in the order they are loaded.
  void read_node(const Yaml& value, NodeFiles& files) {
    const auto values = reader_.one_or_more(value, "a file of rules");
    complete_ = complete_ && !values.empty();
    for (const Yaml* item : values) {
      if (item->is_map())
        read_map(*item, files);
      else
        load(*item, nullptr, files);
    }
  }

  void read_map(const Yaml& map, NodeFiles& files) {
    complete_ &= reader_.check_map(map, fmt::format("the rules of '{}'", files.node),
                                   keys_of(MapKind::rules_of_a_node));
    // In the order of the file: sets, say, must be there before the rules that name them.
    for (const YamlEntry& entry : map.entries) {
      const auto key = std::find_if(kRulesKeys.begin(), kRulesKeys.end(),
                                    [&](const RulesKey& k) { return entry.key.scalar == k.name; });
      if (key == kRulesKeys.end()) continue;
      if (key->kind == RulesFile::Kind::script)
        load_script(entry.value, files);
      else
        load_all(entry.value, *key, files);
    }
  }

  void load_all(const Yaml& names, const RulesKey& key, NodeFiles& files) {
    const auto values = reader_.one_or_more(names, "a file of rules");
    complete_ = complete_ && !values.empty();
    for (const Yaml* name : values) load(*name, &key, files);
  }

  /// `script: FILE`, `script: [FILE, ARGUMENTS...]`
  void load_script(const Yaml& value, NodeFiles& files) {
    const auto words = reader_.one_or_more(value, "a script");
    complete_ = complete_ && !words.empty();
    if (value.is_list() && words.empty()) reader_.mistake(value, "'script' names no file");
    if (words.empty()) return;
    std::vector<std::string> arguments;
    for (size_t i = 1; i < words.size(); ++i)
      arguments.push_back(reader_.text(*words[i], "an argument").value_or(""));
    static constexpr RulesKey kScript{"script", RulesFile::Kind::script, Family::ip};
    load(*words.front(), &kScript, files, std::move(arguments));
  }

  /// `key` is nullptr where the file itself tells what it is.
  void load(const Yaml& name, const RulesKey* key, NodeFiles& files,
            std::vector<std::string> arguments = {}) {
    auto file = read(name, key);
    complete_ = complete_ && file;
    if (!file) return;
    file->arguments = std::move(arguments);
    files.add(std::move(*file));
  }

  std::optional<RulesFile> read(const Yaml& name, const RulesKey* key) {
    const auto text = reader_.text(name, "a file of rules");
    if (!text) return std::nullopt;
    const Search search = search_rules(*text, reader_.path());
    if (!search.found) {
      reader_.mistake(name, fmt::format("no file of rules '{}'", *text),
                      {did_you_mean(*text, search.candidates), describe_places(search)});
      return std::nullopt;
    }
    try {
      if (!key) return load_rules(*search.found);
      RulesFile file = load_rules(*search.found, key->family, key->kind);
      if (file.kind == key->kind) return file;
      reader_.mistake(name, fmt::format("'{}' is {}", *text, mix_up(file.kind, key->kind)));
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

/// The backends that have files for every node with rules. A case with no rules has nft; one with
/// nothing but scripts iptables-nft, since most tools use iptables.
std::vector<Backend> default_backends(const AllFiles& all) {
  if (all.empty()) return {Backend::nft};
  if (std::all_of(all.begin(), all.end(),
                  [](const NodeFiles* files) { return files->only_scripts(); }))
    return {Backend::iptables_nft};
  std::vector<Backend> backends;
  for (const Backend backend : kAllBackends)
    if (std::all_of(all.begin(), all.end(),
                    [&](const NodeFiles* files) { return files->can_load(backend); }))
      backends.push_back(backend);
  return backends;
}

std::vector<Backend> read_backends(Reader& reader, const Yaml& value, const AllFiles& all,
                                   bool complete) {
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
    for (const NodeFiles* files : all)
      if (complete && !files->can_load(*backend))
        reader.mistake(*name,
                       fmt::format("node '{}' has no rules for backend '{}'", files->node, *text));
  }
  return backends;
}

/// For each backend of the case what each node loads.
std::map<Backend, std::vector<NodeRules>> by_backend(const std::vector<Backend>& backends,
                                                     const std::vector<NodeFiles>& nodes) {
  std::map<Backend, std::vector<NodeRules>> rules;
  for (const Backend backend : backends)
    for (const NodeFiles& files : nodes) rules[backend].push_back({files.node, files.of(backend)});
  return rules;
}

}  // namespace

std::optional<StepRules> read_case_rules(Reader& reader, const Yaml& root, Case& into) {
  const Yaml* rules = root.find("rules");
  const Yaml* backends = root.find("backends");
  const Yaml* steps = root.find("steps");
  RulesReader at_start(reader, into.topology);
  if (rules) at_start.read(*rules);
  std::map<const Yaml*, RulesReader> later;
  if (steps && steps->is_list())
    for (const Yaml& step : steps->items)
      if (const Yaml* of_step = step.find("rules"))
        later.try_emplace(&step, reader, into.topology).first->second.read(*of_step);
  bool complete = true;
  AllFiles all;
  const auto add = [&](const RulesReader& read) {
    complete = complete && read.complete();
    for (const NodeFiles& files : read.nodes()) all.push_back(&files);
  };
  add(at_start);
  for (const auto& [step, read] : later) add(read);
  if (backends) {
    into.backends = read_backends(reader, *backends, all, complete);
  } else {
    into.backends = default_backends(all);
    if (into.backends.empty() && complete)
      reader.mistake(rules ? *rules : *steps,
                     "no backend can load rules for every node that has some",
                     {"", "give each node files for the same backends"});
  }
  into.rules = by_backend(into.backends, at_start.nodes());
  StepRules by_step;
  for (const auto& [step, read] : later) by_step[step] = by_backend(into.backends, read.nodes());
  if (!complete) return std::nullopt;
  return by_step;
}

}  // namespace fwproof::parse
