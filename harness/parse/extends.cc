#include "parse/extends.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.h"
#include "parse/files.h"

namespace fwproof::parse {
namespace {

/// Lays `over` on `base`.
void lay_over(Yaml& base, Yaml over, bool top) {
  for (YamlEntry& entry : over.entries) {
    const auto found =
        std::find_if(base.entries.begin(), base.entries.end(),
                     [&](const YamlEntry& e) { return e.key.scalar == entry.key.scalar; });
    if (found == base.entries.end())
      base.entries.push_back(std::move(entry));
    else if (found->value.is_map() && entry.value.is_map())
      lay_over(found->value, std::move(entry.value), false);
    else if (top && entry.key.scalar == "links" && found->value.is_list() && entry.value.is_list())
      std::move(entry.value.items.begin(), entry.value.items.end(),
                std::back_inserter(found->value.items));
    else if (!found->value.is_map() || entry.value.kind != Yaml::Kind::null)
      *found = std::move(entry);
  }
}

class Extender {
 public:
  explicit Extender(Reader& reader) : reader_(reader), chain_{reader.path()} {}

  Yaml extend(Yaml tree) {
    const auto extends =
        std::find_if(tree.entries.begin(), tree.entries.end(),
                     [](const YamlEntry& entry) { return entry.key.scalar == "extends"; });
    if (extends == tree.entries.end()) return tree;
    const Yaml name = extends->value;
    tree.entries.erase(extends);
    auto base = read_base(name);
    if (!base) return tree;
    if (!reader_.is_map(*base, "a topology")) return tree;
    lay_over(*base, std::move(tree), true);
    return std::move(*base);
  }

 private:
  std::optional<Yaml> read_base(const Yaml& name) {
    const auto text = reader_.text(name, "'extends'");
    if (!text) return std::nullopt;
    const std::string from = reader_.path(name.file);
    const Search search = search_topology(*text, from);
    if (!search.found) {
      reader_.mistake(name, fmt::format("no topology '{}'", *text),
                      {did_you_mean(*text, search.candidates), describe_places(search)});
      return std::nullopt;
    }
    if (std::find(chain_.begin(), chain_.end(), *search.found) != chain_.end()) {
      reader_.mistake(name, chain_.size() == 1
                                ? "a topology cannot extend itself"
                                : fmt::format("topologies that extend each other: {}",
                                              fmt::join(chain_, ", ")));
      return std::nullopt;
    }
    chain_.push_back(*search.found);
    const std::string yaml = read_file(*search.found, kMaxYamlBytes);
    const size_t file = reader_.add_file(*search.found, yaml);
    return extend(parse_yaml(reader_, yaml, file));
  }

  Reader& reader_;
  std::vector<std::string> chain_;
};

}  // namespace

Yaml parse_topology(Reader& reader, const std::string& text) {
  return Extender(reader).extend(parse_yaml(reader, text));
}

}  // namespace fwproof::parse
