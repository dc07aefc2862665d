#include "parse/words.h"

#include <cstdlib>
#include <string>

#include "base/error.h"
#include "fuzz/targets.h"
#include "parse/parse.h"
#include "parse/reader.h"
#include "parse/step.h"

namespace fwproof::fuzz {
namespace {

const Case& shipped_case() {
  static const Case c = [] {
    parse::set_data_root(FWPROOF_SOURCE_DIR);
    return parse::load_case(FWPROOF_SOURCE_DIR "/cases/nat/port-forward.yaml", "").front();
  }();
  return c;
}

/// A scalar that stands alone in its file.
parse::Yaml scalar_of(const std::string& text) {
  parse::Yaml scalar;
  scalar.kind = parse::Yaml::Kind::scalar;
  scalar.scalar = text;
  scalar.line = 1;
  scalar.column = 1;
  return scalar;
}

template <typename Read>
void read_words(const std::string& text, const Read& read) {
  parse::Reader reader("words.yaml", text);
  const parse::Yaml scalar = scalar_of(text);
  read(reader, scalar);
  if (reader.has_mistakes()) must_be_printable(BadInput(reader.mistakes()).what());
}

}  // namespace

void take_flow(std::span<const uint8_t> bytes) {
  try {
    parse::parse_flow(std::string(bytes.begin(), bytes.end()), shipped_case().topology,
                      {"command line", 0, 0});
  } catch (const BadInput& bad) {
    if (bad.diagnostics().empty()) std::abort();
    must_be_printable(bad.what());
  }
}

void take_step(std::span<const uint8_t> bytes) {
  const std::string text(bytes.begin(), bytes.end());
  const Case& c = shipped_case();
  const Node& gw = *c.topology.find_node("gw");
  read_words(text, [&](parse::Reader& reader, const parse::Yaml& scalar) {
    parse::Words words(reader, scalar, "a step");
    if (words.valid()) parse::read_step(words, {c, gw});
  });
  read_words(text, [&](parse::Reader& reader, const parse::Yaml& scalar) {
    parse::Words words(reader, scalar, "a hook");
    if (words.valid()) parse::read_hook(words, c.topology, gw);
  });
  read_words(text, [&](parse::Reader& reader, const parse::Yaml& scalar) {
    parse::read_range(reader, scalar);
  });
}

}  // namespace fwproof::fuzz
