#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <unordered_map>

#include "base/text.h"
#include "parse/rules.h"

namespace fwproof::parse {
namespace {

/// The words of a line as iptables-restore splits them: double quotes hold a word together, and a
/// backslash inside them takes the next character as it is (iptables, xshared.c).
std::vector<std::string> split_quoted(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  bool started = false;
  for (size_t i = 0; i < line.size(); ++i) {
    char c = line[i];
    if (c == '"') {
      quoted = !quoted;
      started = true;
      continue;
    }
    if (!quoted && (c == ' ' || c == '\t')) {
      if (started) words.push_back(std::move(word));
      word.clear();
      started = false;
      continue;
    }
    if (quoted && c == '\\' && i + 1 < line.size()) c = line[++i];
    word += c;
    started = true;
  }
  if (started) words.push_back(std::move(word));
  return words;
}

/// Options whose value is free text, and may look like an option itself.
bool takes_free_text(std::string_view option) {
  static constexpr std::string_view kOptions[] = {"--comment", "--log-prefix", "--nflog-prefix",
                                                  "--string", "--hex-string"};
  return std::find(std::begin(kOptions), std::end(kOptions), option) != std::end(kOptions);
}

std::string value_after(const std::vector<std::string>& words, std::string_view short_form,
                        std::string_view long_form) {
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0 && takes_free_text(words[i - 1])) continue;
    if (words[i].starts_with(long_form) && words[i].size() > long_form.size() &&
        words[i][long_form.size()] == '=')
      return words[i].substr(long_form.size() + 1);
    // "-jDROP": a short option's value may stand right behind it.
    if (short_form.size() == 2 && words[i].size() > 2 && words[i].starts_with(short_form))
      return words[i].substr(2);
    if (i + 1 < words.size() && (words[i] == short_form || words[i] == long_form))
      return words[i + 1];
  }
  return {};
}

/// How many rules the kernel gets for one line: iptables makes one of each pair of the sources and
/// destinations that it lists (iptables(8), -s).
size_t rules_of_line(const std::vector<std::string>& words) {
  const auto listed = [&](std::string_view short_form, std::string_view long_form) {
    const std::string addresses = value_after(words, short_form, long_form);
    return static_cast<size_t>(std::count(addresses.begin(), addresses.end(), ',')) + 1;
  };
  return listed("-s", "--source") * listed("-d", "--destination");
}

/// More rules of one line than anybody writes, and few enough to hold.
constexpr size_t kMostRulesOfLine = 65536;

class IptablesScan {
 public:
  IptablesScan(const std::string& path, Family family) : path_(path), family_(family) {}

  void read_line(const std::string& line, int number) {
    line_ = line;
    number_ = number;
    const std::string_view text = trim(line);
    if (text.empty() || text.front() == '#') return;
    if (text.front() == '*') {
      open_table(std::string(trim(text.substr(1))));
    } else if (table_ && text.front() == ':') {
      declare_chain(split_quoted(text.substr(1)));
    } else if (table_ && text == "COMMIT") {
      close_table();
    } else if (table_) {
      read_command(text);
    }
  }

  Ruleset take() {
    close_table();
    return std::move(ruleset_);
  }

 private:
  /// Restoring a table empties it first, so the last block of a name is the one that counts.
  void open_table(const std::string& name) {
    close_table();
    std::erase_if(ruleset_.tables, [&](const Table& t) { return t.name == name; });
    table_.emplace();
    table_->family = family_;
    table_->name = name;
  }

  void close_table() {
    if (!table_) return;
    for (Chain& chain : table_->chains) {
      if (all_unknown_ || unknown_.contains(chain.name)) chain.rules.clear();
      unsigned number = 0;
      for (Rule& rule : chain.rules) {
        rule.number = ++number;
        // "-j NAME" of a chain of one's own jumps there; the kernel's trace says so too.
        if (places_.contains(rule.target)) rule.target = "jump " + rule.target;
      }
    }
    ruleset_.tables.push_back(std::move(*table_));
    table_.reset();
    places_.clear();
    unknown_.clear();
    all_unknown_ = false;
  }

  Chain& chain(const std::string& name) {
    const auto [place, fresh] = places_.try_emplace(name, table_->chains.size());
    if (fresh) table_->chains.emplace_back().name = name;
    return table_->chains[place->second];
  }

  void set_policy(Chain& chain, const std::string& policy) {
    if (policy == "ACCEPT") chain.policy = Verdict::accept;
    if (policy == "DROP") chain.policy = Verdict::drop;
    if (policy == "ACCEPT" || policy == "DROP") chain.policy_at = here();
  }

  void declare_chain(const std::vector<std::string>& words) {
    if (words.empty()) return;
    Chain& declared = chain(words[0]);
    if (words.size() > 1) set_policy(declared, words[1]);
  }

  void read_command(std::string_view text) {
    if (text.front() == '[') {  // "[packets:bytes] -A ...", as iptables-save -c writes it
      const size_t end = text.find(']');
      if (end == std::string_view::npos) return;
      text = trim(text.substr(end + 1));
    }
    const auto words = split_quoted(text);
    const std::string command = words.empty() ? "" : words[0];
    const auto is = [&](std::string_view a, std::string_view b) {
      return command == a || command == b;
    };
    if (words.size() < 2) {
      all_unknown_ = true;
    } else if (is("-A", "--append")) {
      auto& rules = chain(words[1]).rules;
      add_rules(rules, rules.size(), text, words);
    } else if (is("-I", "--insert")) {
      insert_rule(text, words);
    } else if (is("-N", "--new-chain") || is("-P", "--policy")) {
      Chain& named = chain(words[1]);
      if (words.size() > 2) set_policy(named, words[2]);
    } else {
      unknown_.insert(words[1]);
    }
  }

  void insert_rule(std::string_view text, const std::vector<std::string>& words) {
    const auto position = words.size() > 2 ? parse_unsigned(words[2]) : std::nullopt;
    auto& rules = chain(words[1]).rules;
    const size_t index = position.value_or(1) - 1;
    if (index > rules.size())
      unknown_.insert(words[1]);
    else
      add_rules(rules, index, text, words);
  }

  void add_rules(std::vector<Rule>& rules, size_t index, std::string_view text,
                 const std::vector<std::string>& words) {
    const size_t count = rules_of_line(words);
    if (count > kMostRulesOfLine)
      unknown_.insert(words[1]);
    else
      rules.insert(rules.begin() + static_cast<std::ptrdiff_t>(index), count,
                   read_rule(text, words));
  }

  Rule read_rule(std::string_view text, const std::vector<std::string>& words) const {
    Rule rule;
    rule.text = text;
    rule.comment = value_after(words, "--comment", "--comment");
    rule.target = value_after(words, "-j", "--jump");
    const std::string chain = value_after(words, "-g", "--goto");
    if (!chain.empty()) rule.target = "goto " + chain;
    rule.at = here();
    rule.last_line = number_;
    return rule;
  }

  Location here() const {
    return {path_, number_, static_cast<int>(line_.find_first_not_of(" \t")) + 1};
  }

  std::string path_;
  Family family_;
  Ruleset ruleset_;
  std::optional<Table> table_;
  std::unordered_map<std::string, size_t> places_;  // of the table's chains, by name
  std::set<std::string> unknown_;  // chains of the table that hold what cannot be told
  bool all_unknown_ = false;
  std::string line_;
  int number_ = 0;
};

}  // namespace

Ruleset scan_iptables(const std::string& path, const std::string& text, Family family) {
  IptablesScan scan(path, family);
  int number = 0;
  for (const std::string& line : split_lines(text)) scan.read_line(line, ++number);
  return scan.take();
}

}  // namespace fwproof::parse
