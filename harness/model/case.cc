#include "model/case.h"

namespace fwproof {

std::string_view log_word(std::string_view prefix) {
  const size_t last = prefix.find_last_not_of(": \t");
  return last == std::string_view::npos ? std::string_view() : prefix.substr(0, last + 1);
}

std::string EndpointPattern::to_string() const {
  const std::string text = Endpoint{address, least}.to_string();
  return most == least ? text : text + ".." + std::to_string(most);
}

std::vector<const RulesFile*> files_of(const Case& c, std::string_view node) {
  std::vector<const RulesFile*> files;
  const auto add = [&](const std::map<Backend, std::vector<NodeRules>>& of_backends) {
    for (const auto& [backend, nodes] : of_backends)
      for (const NodeRules& rules : nodes)
        if (rules.node == node)
          for (const RulesFile& file : rules.files) files.push_back(&file);
  };
  add(c.rules);
  for (const CaseStep& step : c.steps) add(step.rules);
  return files;
}

}  // namespace fwproof
