// load_case(): one file with everything it names.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "parse/assertions.h"
#include "parse/case_rules.h"
#include "parse/case_steps.h"
#include "parse/checks.h"
#include "parse/claim.h"
#include "parse/connections.h"
#include "parse/extends.h"
#include "parse/files.h"
#include "parse/flow.h"
#include "parse/keys.h"
#include "parse/matrix.h"
#include "parse/mutants.h"
#include "parse/parse.h"
#include "parse/remembered.h"
#include "parse/rows.h"
#include "parse/topology.h"

namespace fwproof::parse {
namespace {

/// "nat/masquerade": the path below the root, without .yaml.
std::string case_name(const std::string& path, const std::string& root) {
  const std::string whole = normal_path(path);
  std::string folder = normal_path(root + '/');
  if (root.empty() || folder == "./") folder.clear();
  const std::string below = whole.starts_with(folder) ? whole.substr(folder.size()) : "";
  const bool inside = !below.empty() && !below.starts_with('/') && !below.starts_with("../");
  std::filesystem::path name = inside ? below : whole.substr(whole.rfind('/') + 1);
  return name.replace_extension().generic_string();
}

/// The comment on the first line, or on the one behind an editor's own: what the case shows,
/// perhaps behind the file's own path.
std::string first_comment(const std::string& text) {
  const auto lines = split_lines(text);
  const size_t first =
      !lines.empty() && lines.front().starts_with("# yaml-language-server:") ? 1 : 0;
  std::string_view line = lines.size() <= first ? std::string_view() : trim(lines[first]);
  if (!line.starts_with('#')) return {};
  line = trim(line.substr(1));
  const size_t path_end = line.find(".yaml: ");
  if (path_end != std::string_view::npos && line.find(' ') > path_end)
    line = trim(line.substr(path_end + 7));
  return std::string(line);
}

bool checks_anything(const Case& c) {
  const auto holds_one = [](const FlowChecks& of) {
    return of.outcome || of.connections || of.dropped || of.cause || of.reaches || of.seen_as ||
           of.answered_from || of.program || !of.walks.empty() || !of.hooks.empty() ||
           !of.conntrack.empty() || !of.expectations.empty() || !of.captures.empty();
  };
  return std::any_of(c.checks.begin(), c.checks.end(), holds_one) || !c.counters.empty() ||
         !c.routes.empty() || !c.logs.empty() || !c.sets.empty() || !c.matrices.empty();
}

/// Then chains may come and go that no file has.
bool runs_programs(const Case& c) {
  return std::any_of(c.steps.begin(), c.steps.end(),
                     [](const CaseStep& step) { return step.kind == CaseStep::Kind::exec; });
}

struct TopologyFile {
  Topology topology;
  Diagnostics mistakes;
};

TopologyFile read_topology_text(const std::string& path, const std::string& text) {
  Reader reader(path, text);
  TopologyFile file;
  try {
    file.topology = read_topology(reader, parse_topology(reader, text));
    file.topology.name = std::filesystem::path(path).stem().string();
    file.mistakes = reader.mistakes();
  } catch (const BadInput& bad) {
    file.mistakes = bad.diagnostics();
  }
  return file;
}

TopologyFile read_topology_file(const std::string& path) {
  static Remembered<std::string, TopologyFile> known;
  const std::string text = read_file(path, kMaxYamlBytes);
  const auto read = [&] { return read_topology_text(path, text); };
  // One that extends another does not follow from its own text alone.
  return text.find("extends") == text.npos ? known.get(path, text, read) : read();
}

class CaseReader {
 public:
  CaseReader(Reader& reader, const Yaml& root, Checks checks)
      : reader_(reader), root_(root), checks_(checks) {}

  Case read() {
    case_.file = reader_.path();
    case_.at = {reader_.path(), root_.line, 1};
    if (!root_.find("topology") && root_.find("nodes")) {
      reader_.mistake(root_, "this is a topology, not a case");
      return std::move(case_);
    }
    if (!reader_.check_map(root_, "a case", keys_of(MapKind::case_))) return std::move(case_);
    if (const Yaml* about = root_.find("about"))
      case_.about = reader_.text(*about, "'about'").value_or("");
    if (const Yaml* value = root_.find("real time"))
      case_.real_time = reader_.boolean(*value, "'real time'").value_or(false);
    if (const Yaml* value = root_.find("isolate"))
      case_.isolate = reader_.boolean(*value, "'isolate'").value_or(false);
    if (const Yaml* claim = root_.find("claim")) case_.claim = read_claim(reader_, *claim);
    if (const Yaml* needs = root_.find("needs")) case_.needs = read_needs(reader_, *needs);
    if (const Yaml* topology = reader_.required(root_, "topology", "a case needs 'topology'"))
      read_its_topology(*topology);
    // Without nodes every name in the rest would be wrong.
    if (!case_.topology.nodes.empty()) read_what_names_nodes();
    return std::move(case_);
  }

 private:
  void read_its_topology(const Yaml& name) {
    const auto text = reader_.text(name, "'topology'");
    if (!text) return;
    const Search search = search_topology(*text, reader_.path());
    if (!search.found) {
      reader_.mistake(name, fmt::format("no topology '{}'", *text),
                      {did_you_mean(*text, search.candidates), describe_places(search)});
      return;
    }
    try {
      TopologyFile file = read_topology_file(*search.found);
      case_.topology = std::move(file.topology);
      reader_.add(file.mistakes);
    } catch (const BadInput& bad) {
      reader_.add(bad.diagnostics());
    }
  }

  /// Its flows are sent last: after the steps, where there are any.
  void read_matrix(const Yaml& matrix) {
    const size_t others = case_.flows.size();
    case_.matrices = read_matrices(reader_, matrix, case_.topology, case_.flows);
    if (case_.steps.empty()) return;
    for (size_t i = others; i < case_.flows.size(); ++i)
      case_.steps.push_back({.flow = case_.flows[i].name,
                             .text = "flow: " + case_.flows[i].name,
                             .at = case_.flows[i].at});
  }

  void read_what_names_nodes() {
    const auto step_rules = read_case_rules(reader_, root_, case_);
    if (const Yaml* flows = root_.find("flows")) read_flows(*flows);
    if (const Yaml* steps = root_.find("steps"))
      read_steps(reader_, *steps, step_rules.value_or(StepRules()), case_, flow_names_);
    if (const Yaml* matrix = root_.find("matrix")) read_matrix(*matrix);
    const CheckScope scope{case_, step_rules && !runs_programs(case_)};
    Assertions own = read_assertions(reader_, root_, flow_names_, scope);
    case_.checks = std::move(own.checks);
    case_.counters = std::move(own.counters);
    case_.routes = std::move(own.routes);
    case_.logs = std::move(own.logs);
    case_.sets = std::move(own.sets);
    if (checks_ == Checks::needed && !checks_anything(case_) && !reader_.has_mistakes())
      reader_.mistake(root_, "the case checks nothing",
                      {"", "say what must be true, such as checks: {visit: {outcome: connected}}"});
    if (const Yaml* as_told = root_.find("as told")) read_as_told(*as_told, scope);
    if (const Yaml* mutants = root_.find("mutant"))
      case_.mutants = read_mutants(reader_, *mutants, scope);
    if (case_.claim)
      check_as_told(reader_, *case_.claim, case_.as_told ? &*case_.as_told : nullptr,
                    *root_.find("claim"));
  }

  void read_as_told(const Yaml& map, const CheckScope& scope) {
    if (!root_.find("claim"))
      reader_.mistake(map, "'as told' is the version of a claim, and there is none");
    if (reader_.check_map(map, "'as told'", keys_of(MapKind::as_told)))
      case_.as_told = read_assertions(reader_, map, flow_names_, scope);
  }

  /// An error message quotes a packet that has been sent.
  void check_about(const Flow& flow, const Yaml& about) {
    std::vector<std::string> earlier;
    for (const Flow& before : case_.flows) {
      if (before.name == flow.craft->about) return;
      earlier.push_back(before.name);
    }
    reader_.mistake(about, fmt::format("no flow '{}' comes before this one", flow.craft->about),
                    {did_you_mean(flow.craft->about, earlier), ""});
  }

  void read_flows(const Yaml& map) {
    if (!reader_.is_map(map, "'flows'")) return;
    for (const YamlEntry& entry : map.entries) {
      check_flow_name(reader_, entry.key);
      flow_names_.push_back(entry.key.scalar);
      auto flow = read_flow(reader_, entry, case_.topology);
      if (!flow) continue;
      if (flow->craft && !flow->craft->about.empty())
        check_about(*flow, *entry.value.find("about"));
      for (Flow& one : read_connections(reader_, entry.value, std::move(*flow)))
        case_.flows.push_back(std::move(one));
    }
    check_connection_names(map);
  }

  /// Connections have names of their own, which no other flow may have.
  void check_connection_names(const Yaml& map) {
    for (const YamlEntry& entry : map.entries)
      for (const Flow& flow : case_.flows)
        if (!flow.connection_of.empty() && flow.name == entry.key.scalar)
          reader_.mistake(entry.key, fmt::format("'{}' is one of the connections of flow '{}'",
                                                 flow.name, flow.connection_of));
  }

  Reader& reader_;
  const Yaml& root_;
  Checks checks_;
  Case case_;
  std::vector<std::string> flow_names_;
};

}  // namespace

std::vector<Case> load_case(const std::string& path, const std::string& root, Checks checks) {
  return read_case(path, root, read_file(path, kMaxYamlBytes), checks);
}

std::vector<Case> read_case(const std::string& path, const std::string& root,
                            const std::string& text, Checks checks) {
  Reader reader(path, text);
  Yaml tree = parse_yaml(reader, text);
  const bool is_table = tree.find("rows") != nullptr;
  std::vector<Row> rows = expand_rows(reader, std::move(tree));
  if (is_table) reader.throw_if_mistaken();
  std::vector<Case> loaded;
  std::vector<Diagnostics> mistakes;
  for (Row& row : rows) {
    Reader of_row = reader;
    of_row.correct_keys(row.tree, "a case", keys_of(MapKind::case_));
    Case& c = loaded.emplace_back(CaseReader(of_row, row.tree, checks).read());
    mistakes.push_back(of_row.mistakes());
    c.row = row.name;
    c.name = case_name(path, root) + (row.name.empty() ? "" : "/" + row.name);
    if (c.about.empty()) c.about = first_comment(text);
  }
  Diagnostics all = mistakes_of_rows(rows, mistakes);
  if (!all.empty()) throw BadInput(std::move(all));
  return loaded;
}

}  // namespace fwproof::parse
