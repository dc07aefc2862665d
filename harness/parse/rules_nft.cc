#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <span>

#include "base/error.h"
#include "base/text.h"
#include "model/trace.h"
#include "parse/nft_tokens.h"
#include "parse/rules.h"

namespace fwproof::parse {
namespace {

using Kind = NftToken::Kind;
using Statement = std::vector<NftToken>;

// nft(8), "standard priority names"; families bridge and netdev count otherwise.
constexpr std::array<std::pair<std::string_view, int>, 6> kPriorities{{{"raw", -300},
                                                                       {"mangle", -150},
                                                                       {"dstnat", -100},
                                                                       {"filter", 0},
                                                                       {"security", 50},
                                                                       {"srcnat", 100}}};

// Statements that decide over a packet. The last of them in a rule is what the rule does.
constexpr std::array<std::string_view, 12> kDeciding{"accept",     "drop",     "reject", "queue",
                                                     "continue",   "return",   "dnat",   "snat",
                                                     "masquerade", "redirect", "tproxy", "vmap"};

template <size_t N>
bool among(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// "ct status dnat" and "ct status snat, dnat" compare; they do nothing.
bool is_operand(const NftToken& before) {
  static constexpr std::array<std::string_view, 5> kComparing{"status", "==", "!=", ",", "&"};
  return among(kComparing, before.text);
}

std::string target_of(const Statement& statement) {
  std::string target;
  int depth = 0;
  for (size_t i = 0; i < statement.size(); ++i) {
    const NftToken& token = statement[i];
    if (token.kind == Kind::open) ++depth;
    if (token.kind == Kind::close) --depth;
    if (depth > 0 || token.kind != Kind::word || (i > 0 && is_operand(statement[i - 1]))) continue;
    const bool leads = token.text == "jump" || token.text == "goto";
    if (leads && i + 1 < statement.size() && statement[i + 1].kind != Kind::open)
      target = std::string(token.text) + " " + std::string(statement[++i].text);
    else if (leads || among(kDeciding, token.text) || (token.text == "log" && target.empty()))
      target = token.text;
  }
  return target;
}

/// nft takes a comment last in a rule only.
std::string comment_of(const Statement& statement) {
  const size_t size = statement.size();
  const bool has = size >= 2 && statement[size - 2].is("comment");
  return has ? std::string(statement[size - 1].text) : std::string();
}

/// As written, on one line: comments go, and a line end with the blanks around it is one space.
std::string text_of(std::string_view file, const Statement& statement) {
  std::string text;
  size_t from = statement.front().begin;
  for (const NftToken& token : statement) {
    if (token.kind == Kind::end && token.text == "\n") continue;
    const std::string_view gap = file.substr(from, token.begin - from);
    text += gap.find('\n') == std::string_view::npos ? std::string(gap) : " ";
    text += file.substr(token.begin, token.past - token.begin);
    from = token.past;
  }
  return text;
}

/// "filter", "-150", "srcnat - 5".
int priority_of(std::span<const NftToken> words) {
  constexpr uint64_t kMost = 1'000'000;
  int priority = 0;
  int sign = 1;
  for (const NftToken& token : words.first(std::min<size_t>(words.size(), 3))) {
    std::string_view text = token.text;
    for (const auto& [name, value] : kPriorities) {
      if (!text.starts_with(name)) continue;
      priority = value;
      text.remove_prefix(name.size());
      break;
    }
    if (text.starts_with('-') || text.starts_with('+')) {
      sign = text.front() == '-' ? -1 : 1;
      text.remove_prefix(1);
    }
    const auto number = parse_unsigned(text);
    if (number && *number <= kMost) priority += sign * static_cast<int>(*number);
  }
  return priority;
}

class NftScan {
 public:
  NftScan(const std::string& path, std::string_view text)
      : path_(path), text_(text), tokens_(nft_tokens(text)) {}

  Ruleset run() {
    while (skip_ends()) read_command();
    if (!own_tables_.empty()) refuse_own_tables();
    for (Table& table : ruleset_.tables)
      for (Chain& chain : table.chains) finish(table, chain);
    return std::move(ruleset_);
  }

 private:
  /// Stops at the next thing that is no end of a statement; false at the end of the file.
  bool skip_ends() {
    while (next_ < tokens_.size() && tokens_[next_].kind == Kind::end) ++next_;
    return next_ < tokens_.size();
  }

  bool at(Kind kind) const { return next_ < tokens_.size() && tokens_[next_].kind == kind; }

  bool take_if(std::string_view word) {
    if (next_ == tokens_.size() || !tokens_[next_].is(word)) return false;
    ++next_;
    return true;
  }

  std::string take_name() {
    const bool name = at(Kind::word) || at(Kind::string);
    return name ? std::string(tokens_[next_++].text) : std::string();
  }

  Family take_family() {
    const auto family = at(Kind::word) ? parse_family(tokens_[next_].text) : std::nullopt;
    if (family) ++next_;
    return family.value_or(Family::ip);
  }

  /// Up to the end of the statement; a '}' that closes the block around it stays.
  Statement take_statement() {
    Statement statement;
    int depth = 0;
    for (; next_ < tokens_.size(); ++next_) {
      const NftToken& token = tokens_[next_];
      if (depth == 0 && (token.kind == Kind::end || token.kind == Kind::close)) break;
      if (token.kind == Kind::open) ++depth;
      if (token.kind == Kind::close) --depth;
      statement.push_back(token);
    }
    if (!statement.empty() && statement.front().is("include")) includes_ = true;
    return statement;
  }

  Table& table(Family family, const std::string& name) {
    for (Table& known : ruleset_.tables)
      if (known.family == family && known.name == name) return known;
    Table& added = ruleset_.tables.emplace_back();
    added.family = family;
    added.name = name;
    return added;
  }

  static Chain& chain(Table& table, const std::string& name) {
    // The newest first: in a file of thousands, rules stand near their chain.
    for (auto known = table.chains.rbegin(); known != table.chains.rend(); ++known)
      if (known->name == name) return *known;
    table.chains.emplace_back().name = name;
    return table.chains.back();
  }

  void read_command() {
    if (take_if("flush")) return flush();
    if (take_if("delete") || take_if("destroy")) return remove();
    const bool insert = take_if("insert");
    if (!insert && !take_if("add")) take_if("create");
    if (take_if("table")) return read_table();
    if (take_if("chain")) return read_chain_command();
    if (take_if("rule")) return read_rule_command(insert);
    if (take_if("replace") && take_if("rule")) return forget_chain();
    take_statement();
    if (at(Kind::close)) ++next_;  // one too many: nft will say so
  }

  void flush() {
    if (take_if("ruleset")) {
      const bool one = at(Kind::word);
      const Family family = take_family();
      std::erase_if(ruleset_.tables, [&](const Table& t) { return !one || t.family == family; });
    } else if (take_if("table")) {
      const Family family = take_family();
      for (Chain& flushed : table(family, take_name()).chains) flushed.rules.clear();
    } else if (take_if("chain")) {
      const Family family = take_family();
      Table& of = table(family, take_name());
      chain(of, take_name()).rules.clear();
    }
    take_statement();
  }

  void remove() {
    if (take_if("rule")) return forget_chain();
    const bool whole_table = take_if("table");
    if (whole_table || take_if("chain")) {
      const Family family = take_family();
      const std::string name = take_name();
      const std::string of = whole_table ? "" : take_name();
      for (Table& known : ruleset_.tables)
        if (!whole_table && known.family == family && known.name == name)
          std::erase_if(known.chains, [&](const Chain& c) { return c.name == of; });
      std::erase_if(ruleset_.tables, [&](const Table& t) {
        return whole_table && t.family == family && t.name == name;
      });
    }
    take_statement();
  }

  void read_table() {
    const Family family = take_family();
    if (next_ < tokens_.size() && is_trace_table(family, tokens_[next_].text))
      own_tables_.push_back(tokens_[next_]);
    const std::string name = take_name();
    Table& opened = table(family, name);
    if (!at(Kind::open)) return;
    ++next_;
    while (skip_ends() && !at(Kind::close)) {
      if (take_if("chain")) {
        Chain& read = chain(opened, take_name());
        read_chain_block(read);
      } else {
        take_statement();
      }
    }
    if (at(Kind::close)) ++next_;
  }

  void read_chain_command() {
    const Family family = take_family();
    Table& of = table(family, take_name());
    Chain& added = chain(of, take_name());
    read_chain_block(added);
  }

  void read_chain_block(Chain& chain) {
    if (!at(Kind::open)) return;
    ++next_;
    while (skip_ends() && !at(Kind::close)) read_chain_statement(chain, take_statement());
    if (at(Kind::close)) ++next_;
  }

  void read_chain_statement(Chain& chain, const Statement& statement) {
    static constexpr std::array<std::string_view, 5> kNoRules{"comment", "devices", "device",
                                                              "flags", "include"};
    const NftToken& first = statement.front();
    if (first.is("type"))
      chain.base = read_base(statement);
    else if (first.is("policy") && statement.size() > 1)
      set_policy(chain, statement);
    else if (first.kind != Kind::word || !among(kNoRules, first.text))
      chain.rules.push_back(read_rule(statement));
  }

  static std::optional<BaseChain> read_base(const Statement& statement) {
    BaseChain base;
    for (size_t i = 0; i + 1 < statement.size(); ++i) {
      if (statement[i].is("type")) base.type = statement[i + 1].text;
      if (statement[i].is("hook"))
        base.hook = parse_hook(statement[i + 1].text).value_or(base.hook);
      if (statement[i].is("priority"))
        base.priority = priority_of(std::span(statement).subspan(i + 1));
    }
    return base;
  }

  void set_policy(Chain& chain, const Statement& statement) const {
    chain.policy = statement[1].is("drop") ? Verdict::drop : Verdict::accept;
    chain.policy_at = place(statement.front());
  }

  Rule read_rule(const Statement& statement) const {
    Rule rule;
    rule.text = text_of(text_, statement);
    rule.target = target_of(statement);
    rule.comment = comment_of(statement);
    rule.at = place(statement.front());
    rule.last_line = statement.back().line;
    return rule;
  }

  /// "[family] table chain [index N] rule", after the words "add rule" or "insert rule".
  void read_rule_command(bool insert) {
    const Family family = take_family();
    Table& of = table(family, take_name());
    Chain& to = chain(of, take_name());
    const bool placed = take_if("index") || take_if("position") || take_if("handle");
    const Statement statement = take_statement();
    if (placed) forgotten_.insert(key(of, to));
    if (placed || statement.empty()) return;
    to.rules.insert(insert ? to.rules.begin() : to.rules.end(), read_rule(statement));
  }

  void forget_chain() {
    const Family family = take_family();
    Table& of = table(family, take_name());
    forgotten_.insert(key(of, chain(of, take_name())));
    take_statement();
  }

  static std::string key(const Table& table, const Chain& chain) {
    return std::string(to_string(table.family)) + " " + table.name + " " + chain.name;
  }

  void finish(const Table& table, Chain& chain) const {
    if (includes_ || forgotten_.contains(key(table, chain))) chain.rules.clear();
    unsigned number = 0;
    for (Rule& rule : chain.rules) rule.number = ++number;
  }

  /// fwproof puts tables of its own beside the rules.
  [[noreturn]] void refuse_own_tables() const {
    const auto lines = split_lines(text_);
    Diagnostics wrong;
    for (const NftToken& token : own_tables_)
      wrong.push_back({.file = path_,
                       .line = token.line,
                       .column = token.column,
                       .message = "fwproof has a table of this name itself",
                       .source_line = lines.at(static_cast<size_t>(token.line) - 1),
                       .hint = "give this one another name"});
    throw BadInput(std::move(wrong));
  }

  Location place(const NftToken& token) const { return {path_, token.line, token.column}; }

  std::string path_;
  std::string_view text_;
  std::vector<NftToken> tokens_;
  size_t next_ = 0;
  Ruleset ruleset_;
  std::vector<NftToken> own_tables_;
  std::set<std::string> forgotten_;  // chains that hold what cannot be told
  bool includes_ = false;            // another file may do anything to any chain
};

}  // namespace

Ruleset scan_nft(const std::string& path, const std::string& text) {
  return NftScan(path, text).run();
}

}  // namespace fwproof::parse
