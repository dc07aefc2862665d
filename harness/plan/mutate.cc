#include "plan/mutate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "plan/edit.h"

namespace fwproof::plan {
namespace {

/// The chain a mutant speaks of, and the file that has it.
struct Found {
  RulesFile* file = nullptr;
  Table* table = nullptr;
  Chain* chain = nullptr;
};

class Mutation {
 public:
  Mutation(const Case& original, const Mutant& mutant, Backend backend)
      : case_(original), mutant_(mutant), backend_(backend) {}

  Case apply() {
    switch (mutant_.kind) {
      case Mutant::Kind::remove:
        remove_rule();
        break;
      case Mutant::Kind::policy:
        set_policy();
        break;
      case Mutant::Kind::insert:
      case Mutant::Kind::append:
        add_rule();
        break;
      case Mutant::Kind::sysctl:
        set_sysctl();
        break;
      case Mutant::Kind::forwarding:
        node().forwarding = mutant_.text == "true";
        break;
      case Mutant::Kind::service:
        remove_service();
        break;
      case Mutant::Kind::route:
        if (node().routes.empty()) fail("it has no routes");
        node().routes.clear();
        break;
      case Mutant::Kind::script:
        change_arguments();
        break;
      case Mutant::Kind::neighbours:
        if (node().neighbours.empty()) fail("it has no neighbours");
        node().neighbours.clear();
        break;
      case Mutant::Kind::step:
        assert(mutant_.number >= 1 && mutant_.number <= case_.steps.size());
        case_.steps.erase(case_.steps.begin() + static_cast<std::ptrdiff_t>(mutant_.number - 1));
        break;
    }
    return std::move(case_);
  }

 private:
  [[noreturn]] void fail(const std::string& reason, const std::string& caret_note = "") const {
    const Location& at = mutant_.step.at.line > 0 ? mutant_.step.at : mutant_.at;
    throw BadInput({{.file = at.file,
                     .line = at.line,
                     .column = at.column,
                     .message = fmt::format("mutant of node '{}': {}", mutant_.node, reason),
                     .caret_note = caret_note}});
  }

  Node& node() {
    for (auto& node : case_.topology.nodes)
      if (node.name == mutant_.node) return node;
    fail("there is no such node");
  }

  /// The chains that the mutant's step can mean, in these files; the names of all go to `others`.
  std::vector<Found> find_chains_in(std::vector<NodeRules>& all, std::vector<std::string>& others) {
    const StepPattern& step = mutant_.step;
    std::vector<Found> found;
    for (auto& rules : all) {
      if (rules.node != mutant_.node) continue;
      for (auto& file : rules.files)
        for (auto& table : file.written.tables) {
          if (table.name != step.table || (step.family && *step.family != table.family)) continue;
          for (auto& chain : table.chains) {
            others.push_back(chain.name);
            if (chain.name == step.chain) found.push_back({&file, &table, &chain});
          }
        }
    }
    return found;
  }

  /// The chains of the rules that this backend loads at the start or, where these have none, of
  /// those of the first step that has.
  std::vector<Found> find_chains() {
    const StepPattern& step = mutant_.step;
    std::vector<std::string> others;
    std::vector<Found> found = find_chains_in(case_.rules[backend_], others);
    for (auto& of_case : case_.steps)
      if (found.empty() && of_case.rules.contains(backend_))
        found = find_chains_in(of_case.rules.at(backend_), others);
    if (found.empty())
      fail(fmt::format("its rules for {} have no chain '{}' in table '{}'", to_string(backend_),
                       step.chain, step.table),
           did_you_mean(step.chain, others));
    return found;
  }

  Found find_chain() {
    const auto found = find_chains();
    if (found.size() > 1)
      fail(fmt::format("'{} {}' stands in {} places of its rules, so which one is meant is open",
                       mutant_.step.table, mutant_.step.chain, found.size()));
    return found.front();
  }

  bool names(const Rule& rule) const {
    const StepPattern& step = mutant_.step;
    if (step.rule_number > 0) return rule.number == step.rule_number;
    if (!step.rule_comment.empty()) return rule.comment == step.rule_comment;
    return is_path_end(step.rule_file, rule.at.file) && rule.at.line <= step.rule_line &&
           step.rule_line <= std::max(rule.last_line, rule.at.line);
  }

  /// The one rule the step names, as its place in `found.chain`.
  std::pair<Found, size_t> find_rule() {
    const StepPattern& step = mutant_.step;
    std::vector<std::pair<Found, size_t>> named;
    for (const auto& found : find_chains())
      for (size_t i = 0; i < found.chain->rules.size(); ++i)
        if (names(found.chain->rules[i])) named.push_back({found, i});
    const bool one_place = std::all_of(named.begin(), named.end(), [&](const auto& other) {
      return other.first.chain == named.front().first.chain &&
             rule_of(other).at == rule_of(named.front()).at;
    });
    if (!named.empty() && one_place) return named.front();
    fail(fmt::format("'{}' names {} in its rules for {}", step.text,
                     named.empty() ? "no rule" : fmt::format("{} rules", named.size()),
                     to_string(backend_)));
  }

  static const Rule& rule_of(const std::pair<Found, size_t>& place) {
    return place.first.chain->rules[place.second];
  }

  static void renumber(Chain& chain) {
    for (size_t i = 0; i < chain.rules.size(); ++i)
      chain.rules[i].number = static_cast<unsigned>(i + 1);
  }

  void remove_rule() {
    const auto [found, position] = find_rule();
    auto& rules = found.chain->rules;
    const auto text = without_rule(*found.file, rules[position]);
    if (!text)
      fail(fmt::format("the place of '{}' in '{}' is not known", rules[position].text,
                       found.file->path));
    found.file->text = *text;
    // A line that lists addresses stands for several rules.
    std::erase_if(rules, [at = rules[position].at](const Rule& rule) { return rule.at == at; });
    renumber(*found.chain);
  }

  void set_policy() {
    const Found found = find_chain();
    const std::string policy = to_lower(mutant_.text);
    if (policy != "accept" && policy != "drop")
      fail(fmt::format("'{}' is no policy, it is ACCEPT or DROP", mutant_.text));
    if (found.file->kind == RulesFile::Kind::nft && !found.chain->base)
      fail(fmt::format("chain '{}' is no base chain and has no policy", found.chain->name));
    found.file->text = with_policy(*found.file, *found.table, *found.chain, policy == "drop");
    found.chain->policy = policy == "drop" ? Verdict::drop : Verdict::accept;
    found.chain->policy_at = mutant_.at;
  }

  void add_rule() {
    const bool before_rule = mutant_.step.says == StepPattern::Says::rule;
    Found found;
    size_t position = 0;
    if (before_rule)
      std::tie(found, position) = find_rule();
    else
      found = find_chain();
    auto& rules = found.chain->rules;
    if (mutant_.kind == Mutant::Kind::append) position = rules.size();
    const bool nft = found.file->kind == RulesFile::Kind::nft;
    const std::string& text = nft && !mutant_.nft_text.empty() ? mutant_.nft_text : mutant_.text;
    found.file->text = with_rule(*found.file, *found.table, *found.chain, position, text);
    rules.insert(rules.begin() + static_cast<ptrdiff_t>(position),
                 Rule{.text = text,
                      .target = target_of(found.file->kind, text),
                      .at = mutant_.at,
                      .last_line = mutant_.at.line});
    renumber(*found.chain);
  }

  void set_sysctl() {
    auto& sysctls = node().sysctls;
    std::erase_if(sysctls, [&](const auto& sysctl) { return sysctl.first == mutant_.key; });
    sysctls.emplace_back(mutant_.key, mutant_.text);
  }

  void remove_service() {
    const auto meant = [&](const Service& service) {
      const auto short_form = fmt::format("{}/{}", to_string(service.transport), service.port);
      if (mutant_.text == short_form || !service.address) return mutant_.text == short_form;
      const Endpoint endpoint{*service.address, service.port};
      return mutant_.text ==
             fmt::format("{}/{}", to_string(service.transport), endpoint.to_string());
    };
    if (std::erase_if(node().services, meant) == 0)
      fail(fmt::format("it has no service '{}'", mutant_.text));
  }

  void change_arguments() {
    bool found = false;
    for (NodeRules& rules : case_.rules[backend_])
      for (RulesFile& file : rules.files) {
        const bool meant = rules.node == mutant_.node && file.kind == RulesFile::Kind::script &&
                           is_path_end(mutant_.text, file.path);
        if (!meant) continue;
        file.arguments = mutant_.arguments;
        found = true;
      }
    if (!found) fail(fmt::format("it runs no script '{}'", mutant_.text));
  }

  Case case_;
  const Mutant& mutant_;
  const Backend backend_;
};

}  // namespace

Case mutated(const Case& original, const Mutant& mutant, Backend backend) {
  return Mutation(original, mutant, backend).apply();
}

}  // namespace fwproof::plan
