#include "parse/case_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "parse/endpoint.h"
#include "parse/flow.h"
#include "parse/keys.h"
#include "parse/topology.h"
#include "parse/words.h"

namespace fwproof::parse {
namespace {

using Kind = CaseStep::Kind;

constexpr size_t kMaxFlowName = 64;

struct Action {
  const char* key;
  Kind kind;
};
/// What a step can do; the other keys belong to one of these.
constexpr std::array<Action, 11> kActions{{{"flow", Kind::flow},
                                           {"start", Kind::start},
                                           {"continue", Kind::go_on},
                                           {"finish", Kind::finish},
                                           {"rules", Kind::rules},
                                           {"exec", Kind::exec},
                                           {"flush conntrack", Kind::flush_conntrack},
                                           {"delete conntrack", Kind::delete_conntrack},
                                           {"link down", Kind::link_down},
                                           {"link up", Kind::link_up},
                                           {"sysctl", Kind::sysctl}}};

std::vector<std::string> action_names() {
  std::vector<std::string> names;
  for (const Action& action : kActions) names.emplace_back(action.key);
  return names;
}

class StepsReader {
 public:
  StepsReader(Reader& reader, const StepRules& rules, Case& into,
              std::vector<std::string>& flow_names)
      : reader_(reader), rules_(rules), case_(into), flow_names_(flow_names) {}

  void read(const Yaml& list) {
    const auto* items = reader_.list(list, "'steps'");
    if (!items) return;
    for (const Yaml& item : *items) read_step(item);
    for (const std::string& name : flow_names_)
      if (find_flow(name) && !sent_.contains(name) && !added_.contains(name))
        reader_.mistake(find_flow(name)->at, fmt::format("flow '{}' is in no step", name),
                        {"", "with 'steps', only the flows that a step names are sent"});
    for (CaseStep& step : steps_) case_.steps.push_back(std::move(step));
  }

 private:
  void read_step(const Yaml& map) {
    if (!reader_.check_map(map, "a step", keys_of(MapKind::step))) return;
    const Action* action = nullptr;
    for (const Action& known : kActions) {
      if (!map.find(known.key)) continue;
      if (action) {
        reader_.mistake(
            map, fmt::format("a step does one thing, not '{}' and '{}'", action->key, known.key));
        return;
      }
      action = &known;
    }
    if (!action) {
      if (has_unknown_keys(map)) return;  // the action may be meant by one, and it is told
      reader_.mistake(map, "a step that does nothing",
                      {"", fmt::format("it is one of: {}", fmt::join(action_names(), ", "))});
      return;
    }
    refuse_keys_of_others(map, action->kind);
    CaseStep step;
    step.kind = action->kind;
    step.at = reader_.at(map);
    const Yaml& value = *map.find(action->key);
    step.text = fmt::format("{}: {}", action->key, value.scalar);
    if (read_value(map, value, step)) steps_.push_back(std::move(step));
  }

  static bool has_unknown_keys(const Yaml& map) {
    const auto& known = keys_of(MapKind::step);
    return std::any_of(map.entries.begin(), map.entries.end(), [&](const YamlEntry& entry) {
      return std::find(known.begin(), known.end(), entry.key.scalar) == known.end();
    });
  }

  void refuse_keys_of_others(const Yaml& map, Kind kind) {
    const auto refuse = [&](const char* key, const char* owner) {
      if (const Yaml* value = map.find(key))
        reader_.mistake(*value, fmt::format("'{}' is for steps with {}", key, owner));
    };
    if (kind != Kind::go_on && kind != Kind::finish) refuse("as", "'continue' or 'finish'");
    if (kind != Kind::exec) refuse("in", "'exec'");
    if (kind != Kind::exec) refuse("deadline", "'exec'");
  }

  bool read_value(const Yaml& map, const Yaml& value, CaseStep& step) {
    switch (step.kind) {
      case Kind::flow:
      case Kind::start:
      case Kind::go_on:
      case Kind::finish:
        return read_flow_step(map, value, step);
      case Kind::rules:
        step.text = "rules";
        if (const auto found = rules_.find(&map); found != rules_.end()) step.rules = found->second;
        return true;
      case Kind::exec:
        return read_exec(map, step);
      case Kind::flush_conntrack:
        return read_node(value, step);
      case Kind::delete_conntrack:
        return read_delete(value, step);
      case Kind::link_down:
      case Kind::link_up:
        return read_device(value, step);
      case Kind::sysctl:
        return read_sysctls(value, step);
    }
    return false;
  }

  Flow* find_flow(const std::string& name) {
    const auto found = std::find_if(case_.flows.begin(), case_.flows.end(), [&](const Flow& flow) {
      return flow.name == name || flow.connection_of == name;
    });
    return found == case_.flows.end() ? nullptr : &*found;
  }

  /// The name of a flow; reports what is none. One that could not be read is known all the same.
  bool read_flow_name(const Yaml& value, std::string& into) {
    const auto name = reader_.text(value, "the name of a flow");
    if (!name) return false;
    into = *name;
    const auto& names = flow_names_;
    if (std::find(names.begin(), names.end(), *name) != names.end()) return true;
    const std::string note = did_you_mean(*name, names);
    reader_.mistake(value, fmt::format("unknown flow '{}'", *name),
                    {note, note.empty() && !names.empty()
                               ? fmt::format("the flows are: {}", fmt::join(names, ", "))
                               : std::string()});
    return false;
  }

  bool read_flow_step(const Yaml& map, const Yaml& value, CaseStep& step) {
    if (!read_flow_name(value, step.flow)) return false;
    const std::string& name = step.flow;
    Flow* flow = find_flow(name);
    const bool begins = step.kind == Kind::flow || step.kind == Kind::start;
    if (begins && !sent_.insert(name).second) {
      reader_.mistake(value, fmt::format("flow '{}' was sent before", name),
                      {"", "what is sent again is another flow; or 'start' it, and 'continue' it"});
      return false;
    }
    if (step.kind == Kind::start && flow && flow->kind == FlowKind::exec) {
      reader_.mistake(value, fmt::format("flow '{}' is a program, which cannot stay open", name),
                      {"", "a step 'flow' runs it from its start to its end"});
      return false;
    }
    if (step.kind == Kind::start && flow && !flow->connection_of.empty()) {
      reader_.mistake(
          value,
          fmt::format("flow '{}' is several connections, which stay open of themselves", name),
          {"", "a step 'flow' begins them all"});
      return false;
    }
    if (step.kind == Kind::start && flow && flow->craft) {
      reader_.mistake(value,
                      fmt::format("flow '{}' is of crafted packets, which hold nothing open", name),
                      {"", "a step 'flow' sends them"});
      return false;
    }
    if (step.kind == Kind::start) {
      open_.insert(name);
      if (flow) flow->stays_open = true;
    }
    if (!begins && !open_.contains(name)) {
      reader_.mistake(value,
                      fmt::format("flow '{}' is not open: no step before this started it", name));
      return false;
    }
    if (const Yaml* as = map.find("as")) read_as(*as, flow, step);
    if (step.kind == Kind::finish) open_.erase(name);
    return true;
  }

  void read_as(const Yaml& name, const Flow* flow, CaseStep& step) {
    if (!reader_.text(name, "'as'") || !check_flow_name(reader_, name)) return;
    if (std::find(flow_names_.begin(), flow_names_.end(), name.scalar) != flow_names_.end()) {
      reader_.mistake(name, fmt::format("there is a flow '{}' already", name.scalar));
      return;
    }
    step.as = name.scalar;
    flow_names_.push_back(name.scalar);
    added_.insert(name.scalar);
    if (!flow) return;
    Flow part = *flow;
    part.name = name.scalar;
    part.goes_on = true;
    part.at = reader_.at(name);
    case_.flows.push_back(std::move(part));
  }

  bool read_exec(const Yaml& map, CaseStep& step) {
    const Flow program = read_program(reader_, map, case_.topology);
    step.node = program.node;
    step.command = program.command;
    step.deadline = program.deadline;
    step.text = "exec: " + program.text;
    return !step.node.empty() && !step.command.empty();
  }

  bool read_node(const Yaml& value, CaseStep& step) {
    if (!reader_.text(value, "the name of a node")) return false;
    const Node* node = find_node(reader_, value, case_.topology);
    if (node) step.node = node->name;
    return node != nullptr;
  }

  /// {gw: FLOW}
  bool read_delete(const Yaml& map, CaseStep& step) {
    if (!reader_.is_map(map, "'delete conntrack'")) return false;
    if (map.entries.size() != 1) {
      reader_.mistake(map, "'delete conntrack' names one node", {"", "such as {gw: FLOW}"});
      return false;
    }
    const YamlEntry& entry = map.entries.front();
    const Node* node = find_node(reader_, entry.key, case_.topology);
    if (!read_flow_name(entry.value, step.flow) || !node) return false;
    if (!open_.contains(step.flow)) {
      reader_.mistake(entry.value, fmt::format("flow '{}' is not open", step.flow),
                      {"", "entries of a flow that is over are flushed with 'flush conntrack'"});
      return false;
    }
    step.node = node->name;
    step.text += step.node + " " + step.flow;
    return true;
  }

  /// NODE:DEV
  bool read_device(const Yaml& value, CaseStep& step) {
    Words words(reader_, value, "a device");
    if (!words.valid()) return false;
    const auto word = words.take_only("NODE:DEV");
    if (!word) return false;
    const HostPort parts = split_host_port(word->text);
    const Node* node = find_node(words, *word, parts.host, case_.topology);
    if (!node) return false;
    if (!parts.port) {
      words.mistake(*word, fmt::format("'{}' names no device", word->text),
                    {"", "write NODE:DEV, such as gw:eth0"});
      return false;
    }
    step.node = node->name;
    step.dev = *parts.port;
    return check_device(words, *word, step.dev, parts.port_offset, case_.topology, *node);
  }

  /// {gw: {net.ipv4.ip_forward: 0}}
  bool read_sysctls(const Yaml& map, CaseStep& step) {
    if (!reader_.is_map(map, "'sysctl'")) return false;
    for (const YamlEntry& of_node : map.entries) {
      const Node* node = find_node(reader_, of_node.key, case_.topology);
      if (!reader_.is_map(of_node.value, "the sysctls of a node") || !node) continue;
      for (const YamlEntry& entry : of_node.value.entries) {
        const bool good = check_sysctl_key(reader_, entry.key);
        const auto value = reader_.text(entry.value, fmt::format("sysctl '{}'", entry.key.scalar));
        if (!good || !value) continue;
        step.sysctls.push_back({node->name, entry.key.scalar, *value});
        step.text += fmt::format("{} {}={} ", node->name, entry.key.scalar, *value);
      }
    }
    step.text = std::string(trim(step.text));
    return true;
  }

  Reader& reader_;
  const StepRules& rules_;
  Case& case_;
  std::vector<std::string>& flow_names_;
  std::vector<CaseStep> steps_;
  std::set<std::string> sent_;   // flows that a step has sent or started
  std::set<std::string> open_;   // that are open
  std::set<std::string> added_;  // names by `as`
};

}  // namespace

bool check_flow_name(Reader& reader, const Yaml& name) {
  const std::string& text = name.scalar;
  const bool good = !text.empty() && text.size() <= kMaxFlowName &&
                    text.find_first_of("/\n\t") == std::string::npos;
  if (!good)
    reader.mistake(name, fmt::format("flow name '{}' is not 1 to {} characters without '/'", text,
                                     kMaxFlowName));
  return good;
}

void read_steps(Reader& reader, const Yaml& list, const StepRules& rules, Case& into,
                std::vector<std::string>& flow_names) {
  StepsReader(reader, rules, into, flow_names).read(list);
}

}  // namespace fwproof::parse
