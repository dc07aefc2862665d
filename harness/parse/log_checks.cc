// Checks of what rules logged.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/text.h"
#include "parse/assertions.h"
#include "parse/endpoint.h"
#include "parse/nft_tokens.h"
#include "parse/step.h"

namespace fwproof::parse {
namespace {

constexpr uint64_t kAnyNumber = std::numeric_limits<uint64_t>::max();

/// The word behind `key` in the rule of iptables, without its quotes. NFLOG's key ends in LOG's.
std::string word_after(const std::string& rule, std::string_view key) {
  size_t from = rule.find(key);
  if (from == std::string::npos) return {};
  from = rule.find_first_not_of(" \t=", from + key.size());
  if (from == std::string::npos) return {};
  const bool quoted = rule[from] == '"' || rule[from] == '\'';
  const size_t past = quoted ? rule.find(rule[from], from + 1) : rule.find_first_of(" \t", from);
  if (quoted) ++from;
  return rule.substr(from, past == std::string::npos ? past : past - from);
}

/// The words behind `prefix` in statements such as `log level warn prefix "A: "`.
std::vector<std::string> prefixes_of_nft(const std::string& rule) {
  std::vector<std::string> all;
  bool logs = false;
  bool next = false;
  for (const NftToken& token : nft_tokens(rule)) {
    if (next) all.emplace_back(token.text);
    next = logs && token.is("prefix");
    logs |= token.is("log");
  }
  return all;
}

/// The prefixes that the node's files of rules log with, for any backend.
std::vector<std::string> prefixes_of(const Case& c, const Node& node) {
  std::vector<std::string> all;
  const auto add = [&](std::string prefix) {
    const bool known = std::find(all.begin(), all.end(), prefix) != all.end();
    if (!prefix.empty() && !known) all.push_back(std::move(prefix));
  };
  for (const RulesFile* file : files_of(c, node.name))
    for (const Table& table : file->written.tables)
      for (const Chain& chain : table.chains)
        for (const Rule& rule : chain.rules) {
          if (file->kind == RulesFile::Kind::nft) {
            for (std::string& prefix : prefixes_of_nft(rule.text)) add(std::move(prefix));
          } else {
            add(word_after(rule.text, "log-prefix"));
          }
        }
  return all;
}

/// A program or a script that runs in the node may bring rules of its own.
bool runs_programs(const Case& c, const Node& node) {
  const auto files = files_of(c, node.name);
  const bool scripts = std::any_of(files.begin(), files.end(), [](const RulesFile* file) {
    return file->kind == RulesFile::Kind::script;
  });
  return scripts || std::any_of(c.flows.begin(), c.flows.end(), [&](const Flow& flow) {
           return flow.kind == FlowKind::exec && flow.node == node.name;
         });
}

class LogReader {
 public:
  LogReader(Reader& reader, const CheckScope& scope, const Node& node)
      : reader_(reader), node_(node), known_(prefixes_of(scope.of, node)) {
    const bool variables = std::any_of(known_.begin(), known_.end(), [](const std::string& word) {
      return word.find('$') != std::string::npos;
    });
    any_ = !scope.rules_known || variables || runs_programs(scope.of, node);
  }

  std::vector<LogCheck> read(const Yaml& value) {
    const Range logged{1, kAnyNumber, ">= 1"};
    if (!value.is_map()) {
      add_list(value, logged);
      return std::move(checks_);
    }
    for (const YamlEntry& entry : value.entries) {
      if (entry.key.scalar == "never") {
        add_list(entry.value, {0, 0, "none"});
      } else if (const auto range = read_range(reader_, entry.value)) {
        add(entry.key, *range);
      }
    }
    return std::move(checks_);
  }

 private:
  void add_list(const Yaml& value, const Range& range) {
    if (value.is_list() && value.items.empty())
      reader_.mistake(value, "a log of nothing checks nothing");
    for (const Yaml* item : reader_.one_or_more(value, "'log'")) add(*item, range);
  }

  void add(const Yaml& prefix, const Range& range) {
    const auto text = reader_.text(prefix, "a prefix");
    if (!text) return;
    const bool known = std::any_of(known_.begin(), known_.end(), [&](const std::string& there) {
      return there == *text || log_word(there) == *text;
    });
    if (any_ || known) {
      checks_.push_back({node_.name, *text, range, reader_.at(prefix)});
      return;
    }
    std::vector<std::string> names;
    for (const std::string& there : known_) names.emplace_back(log_word(there));
    const std::string note = did_you_mean(*text, names);
    reader_.mistake(prefix, fmt::format("no rule of node '{}' logs '{}'", node_.name, *text),
                    {note, note.empty() && !names.empty()
                               ? fmt::format("its rules log: {}", fmt::join(names, ", "))
                               : std::string()});
  }

  Reader& reader_;
  const Node& node_;
  std::vector<std::string> known_;
  bool any_ = false;
  std::vector<LogCheck> checks_;
};

}  // namespace

std::vector<LogCheck> read_log_checks(Reader& reader, const Yaml& map, const CheckScope& scope) {
  std::vector<LogCheck> all;
  if (!reader.is_map(map, "'log'")) return all;
  for (const YamlEntry& entry : map.entries) {
    const Node* node = find_node(reader, entry.key, scope.of.topology);
    if (!node) continue;
    auto checks = LogReader(reader, scope, *node).read(entry.value);
    all.insert(all.end(), checks.begin(), checks.end());
  }
  return all;
}

}  // namespace fwproof::parse
