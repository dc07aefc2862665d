#include "lab/set_readings.h"

#include <algorithm>
#include <array>

#include "base/address.h"
#include "base/deadline.h"
#include "lab/program.h"
#include "lab/sets.h"

namespace fwproof::lab {
namespace {

constexpr const char* kKeys = "keys";
constexpr const char* kValues = "values";
constexpr std::chrono::seconds kTimeToRead{10};

/// The type of a set as `nft list` says it, with its word: "type ipv4_addr", "typeof ip saddr"; of
/// a map behind " : " what it holds.
std::string type_in(std::string_view listed) {
  for (const std::string& line : split_lines(listed))
    if (const std::string_view words = trim(line);
        words.starts_with("type ") || words.starts_with("typeof "))
      return std::string(words);
  return {};
}

bool has_intervals(std::string_view listed) {
  for (const std::string& line : split_lines(listed))
    if (const std::string_view words = trim(line); words.starts_with("flags "))
      return words.find("interval") != std::string_view::npos;
  return false;
}

/// What maps hold that no set can hold: verdicts, and the names of objects.
bool is_verdict(std::string_view type) { return type.ends_with(" verdict"); }
bool is_object(std::string_view type) {
  static constexpr std::array<std::string_view, 8> kObjects{
      " counter",    " quota",          " limit",   " ct helper",
      " ct timeout", " ct expectation", " secmark", " synproxy"};
  return std::any_of(kObjects.begin(), kObjects.end(),
                     [&](std::string_view object) { return type.ends_with(object); });
}

std::string first_line(const std::string& error) {
  constexpr std::string_view kError = "Error: ";
  const size_t at = error.find(kError);
  const size_t begin = at == std::string::npos ? 0 : at + kError.size();
  return error.substr(begin, error.find('\n', begin) - begin);
}

}  // namespace

NftReadings::NftReadings(const std::string& node, Family family, std::string_view listed)
    : family_(to_string(family)), netns_(nl::Netns::create()) {
  const nl::NetnsScope inside(netns_);
  nft_ = std::make_unique<Nft>("node '" + node + "': read elements of sets");
  std::string keys = type_in(listed);
  if (const size_t colon = keys.find(" : "); colon != std::string::npos) {
    std::string_view data = std::string_view(keys).substr(colon + 3);
    if (data.starts_with("interval ")) data.remove_prefix(data.find(' ') + 1);
    data_ = fmt::format("{} {}", keys.substr(0, keys.find(' ')), data);
    keys.resize(colon);
  }
  const char* flags = has_intervals(listed) ? "interval, timeout" : "timeout";
  nft_->run(fmt::format("add table {} t", family_));
  nft_->run(fmt::format("add set {} t {} {{ {}; flags {}; }}", family_, kKeys, keys, flags));
  if (!data_.empty() && !is_verdict(data_) && !is_object(data_))
    nft_->run(fmt::format("add set {} t {} {{ {}; flags {}; }}", family_, kValues, data_, flags));
}

std::vector<SetElement> NftReadings::read_in(const char* set, const std::string& key,
                                             const std::string& timeout, SetReading& reading) {
  const auto add = [&](const std::string& words) {
    return nft_->try_to(fmt::format("add element {} t {} {{ {}{} }}", family_, set, words,
                                    timeout.empty() ? "" : " timeout " + timeout));
  };
  if (!add(key)) {
    const std::string why = first_line(nft_->error());
    // A device may be called like a word of nft's.
    if (!add('"' + key + '"')) {
      reading.refused = why;
      return {};
    }
  }
  const std::string name = fmt::format("set {} t {}", family_, set);
  auto elements = elements_of_nft(nft_->run("list " + name));
  nft_->run("flush " + name);
  return elements;
}

void NftReadings::read_value(const SetElement& written, SetReading& reading) {
  std::string value = written.value;
  if (data_.empty()) {
    reading.refused = "the set is no map, and has no values";
  } else if (is_verdict(data_)) {
    static constexpr std::array<std::string_view, 7> kVerdicts{
        "accept", "drop", "continue", "return", "queue", "jump", "goto"};
    const std::string verdict = value.substr(0, value.find(' '));
    if (std::find(kVerdicts.begin(), kVerdicts.end(), verdict) == kVerdicts.end())
      reading.refused = fmt::format("'{}' is no verdict", value);
  } else if (!is_object(data_)) {
    const auto read = read_in(kValues, value, "", reading);
    if (read.size() == 1) value = read[0].key;
  }
  for (SetElement& element : reading.elements) element.value = value;
}

SetReading NftReadings::read(const SetElement& written) {
  const nl::NetnsScope inside(netns_);
  SetReading reading;
  reading.elements = read_in(kKeys, written.key, written.timeout, reading);
  for (SetElement& element : reading.elements) element.comment = written.comment;
  if (reading.refused.empty() && !written.value.empty()) read_value(written, reading);
  return reading;
}

IpsetReadings::IpsetReadings(std::string node, std::string name, std::string create)
    : node_(std::move(node)),
      name_(std::move(name)),
      create_(std::move(create)),
      netns_(nl::Netns::create()) {}

SetReading IpsetReadings::read(const SetElement& written) {
  SetReading reading;
  if (create_.find(" list:set ") != std::string::npos) {  // of sets that are not there
    reading.elements = {written};
    return reading;
  }
  const Deadline deadline = Deadline::after(kTimeToRead);
  const auto ipset = [&](std::vector<std::string> command, const std::string& input) {
    ProgramResult result =
        run_program(netns_, node_, {.argv = std::move(command), .input = input}, deadline);
    if (const std::string why = result.broken_off(); !why.empty())
      throw MachineError("node '" + node_ + "': read elements of the sets of ipset", why);
    return result;
  };
  const auto added =
      ipset({"ipset", "restore"}, fmt::format("{}\nadd {} {}\n", create_, name_, written.key));
  if (added.exit_status != 0) {
    reading.refused = first_line(added.error);
  } else {
    reading.elements = elements_of_ipset(ipset({"ipset", "save", name_}, "").output, name_);
    for (SetElement& element : reading.elements) {
      element.comment = written.comment;
      element.timeout.clear();
    }
  }
  ipset({"ipset", "destroy"}, "");
  return reading;
}

SetReading read_address(const SetElement& written) {
  SetReading reading;
  reading.elements = {written};
  if (!IpAddress::parse(written.key)) reading.refused = "it is no address";
  return reading;
}

}  // namespace fwproof::lab
