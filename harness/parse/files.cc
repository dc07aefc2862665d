#include "parse/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/error.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "parse/parse.h"
#include "parse/yaml.h"

namespace fwproof::parse {
namespace {

namespace fs = std::filesystem;

std::string& shared_root() {
  static std::string root;
  return root;
}

[[noreturn]] void refuse(const std::string& path, const std::string& message,
                         const std::string& hint = {}) {
  Diagnostic d;
  d.file = path;
  d.message = message;
  d.hint = hint;
  throw BadInput({d});
}

std::string reason(int error_number) {
  return to_lower(std::generic_category().message(error_number));
}

/// Relative to the current folder where the path lies below it: what a person would type.
std::string shown(const fs::path& path) {
  std::error_code ignored;
  const fs::path here = fs::current_path(ignored);
  const fs::path relative = path.lexically_normal().lexically_relative(here);
  return relative.empty() || *relative.begin() == ".." ? path.lexically_normal().string()
                                                       : relative.string();
}

fs::path folder_of(const std::string& from_file) {
  std::error_code ignored;
  const fs::path here = fs::current_path(ignored);
  return from_file.empty() ? here : (here / from_file).lexically_normal().parent_path();
}

bool is_yaml(const fs::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

/// The folder `name` of `start` or its nearest ancestor that has one.
std::optional<fs::path> nearest_folder(const fs::path& start, const fs::path& name) {
  std::error_code ignored;
  for (fs::path folder = start;; folder = folder.parent_path()) {
    if (fs::is_directory(folder / name, ignored)) return folder / name;
    if (folder == folder.parent_path()) return std::nullopt;
  }
}

/// Folders a bare name is looked for in, first to last.
std::vector<fs::path> folders_for(const fs::path& beside, const fs::path& shared) {
  std::vector<fs::path> folders{beside};
  if (const auto folder = nearest_folder(beside, shared)) folders.push_back(*folder);
  if (!shared_root().empty()) folders.push_back(fs::path(shared_root()) / shared);
  std::vector<fs::path> distinct;
  for (const fs::path& folder : folders)
    if (std::find(distinct.begin(), distinct.end(), folder) == distinct.end())
      distinct.push_back(folder);
  return distinct;
}

void look_at(const fs::path& file, Search& search) {
  std::error_code ignored;
  search.places.push_back(shown(file));
  if (file.native().find('\0') != std::string::npos) return;  // which would end its name
  if (!search.found && fs::exists(file, ignored)) search.found = shown(file);
}

template <typename Accepts>
std::vector<fs::path> files_in(const fs::path& folder, Accepts accepts) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (accepts(entry.path())) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// Adds the files below `root` that `is_wanted` takes.
template <typename IsWanted>
void find_below(const fs::path& root, const IsWanted& is_wanted, std::vector<CasePath>& cases) {
  std::vector<std::string> paths;
  std::error_code error;
  fs::recursive_directory_iterator below(root, error);
  while (!error && below != fs::recursive_directory_iterator()) {
    const fs::path& path = below->path();
    const bool hidden = path.filename().string().starts_with('.');
    std::error_code ignored;
    const bool folder = below->is_directory(ignored);
    if (hidden && folder) below.disable_recursion_pending();
    if (!hidden && !folder && is_wanted(path)) paths.push_back(path.string());
    below.increment(error);
  }
  if (error) refuse(root.string(), "cannot be listed: " + to_lower(error.message()));
  std::sort(paths.begin(), paths.end());
  for (std::string& path : paths) cases.push_back({std::move(path), root.string()});
}

}  // namespace

bool is_topology(const std::string& path) {
  std::string text;
  try {
    text = read_file(path, kMaxYamlBytes);
  } catch (const BadInput&) {
    return false;  // load_case() will say what is wrong with it
  }
  bool nodes = false;
  for (const std::string& line : split_lines(text)) {
    if (line.starts_with("topology:")) return false;
    nodes = nodes || line.starts_with("nodes:") || line.starts_with("extends:");
  }
  return nodes;
}

void set_data_root(const std::string& folder) { shared_root() = folder; }
const std::string& data_root() { return shared_root(); }

std::string read_file(const std::string& path, size_t most_bytes) {
  // O_NONBLOCK: opening a pipe that nobody writes to must not wait.
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status = {};
  if (!fd.valid() || ::fstat(fd.get(), &status) != 0)
    refuse(path, errno == ENOENT ? "no such file" : "cannot be read: " + reason(errno));
  if (S_ISDIR(status.st_mode)) refuse(path, "is a folder, not a file");
  if (!S_ISREG(status.st_mode)) refuse(path, "is not a regular file");
  std::string text;
  char buffer[65536];
  while (true) {
    const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) refuse(path, "cannot be read: " + reason(errno));
    if (got == 0) return text;
    text.append(buffer, static_cast<size_t>(got));
    if (text.size() > most_bytes)
      refuse(path, fmt::format("is larger than {} MiB", most_bytes >> 20));
  }
}

Search search_topology(const std::string& name, const std::string& from_file) {
  Search search;
  std::error_code ignored;
  const fs::path beside = folder_of(from_file);
  if (name.find('/') != std::string::npos || is_yaml(name)) {
    look_at(beside / name, search);
    return search;
  }
  const std::vector<fs::path> folders = folders_for(beside, "topologies");
  for (const fs::path& folder : folders) {
    const fs::path file = folder / (name + ".yaml");
    // A case may have the name of its topology, and stands beside itself.
    if (folder == beside && fs::exists(file, ignored) && !is_topology(file.string())) continue;
    look_at(file, search);
    if (search.found) return search;
  }
  for (const fs::path& folder : folders)  // reads each file: only for who did not find his own
    for (const fs::path& other : files_in(folder, is_yaml))
      if (is_topology(other.string())) search.candidates.push_back(other.stem().string());
  return search;
}

Search search_rules(const std::string& name, const std::string& from_file) {
  Search search;
  const fs::path beside = folder_of(from_file);
  if (name.find('/') != std::string::npos) {
    look_at(beside / name, search);
    return search;
  }
  const std::vector<fs::path> folders = folders_for(beside, "fixtures/rulesets");
  for (const fs::path& folder : folders) {
    look_at(folder / name, search);
    if (search.found) return search;
  }
  for (const fs::path& folder : folders)
    for (const fs::path& file : files_in(folder, [](const fs::path& p) { return !is_yaml(p); }))
      search.candidates.push_back(file.filename().string());
  return search;
}

Search search_checks(const std::string& name, const std::string& from_file) {
  Search search;
  const fs::path beside = folder_of(from_file);
  if (name.find('/') != std::string::npos) {
    look_at(beside / (name + ".checks"), search);
    return search;
  }
  const auto is_group = [](const fs::path& p) { return p.extension() == ".checks"; };
  for (const fs::path& folder : folders_for(beside, "fixtures/checks")) {
    look_at(folder / (name + ".checks"), search);
    for (const fs::path& file : files_in(folder, is_group))
      search.candidates.push_back(file.stem().string());
  }
  return search;
}

Search search_pcap(const std::string& name, const std::string& from_file) {
  Search search;
  const fs::path beside = folder_of(from_file);
  if (name.find('/') != std::string::npos) {
    look_at(beside / name, search);
    return search;
  }
  const auto is_pcap = [](const fs::path& p) {
    return p.extension().string().starts_with(".pcap");
  };
  for (const fs::path& folder : folders_for(beside, "fixtures/pcaps")) {
    look_at(folder / name, search);
    for (const fs::path& file : files_in(folder, is_pcap))
      search.candidates.push_back(file.filename().string());
  }
  return search;
}

std::string describe_places(const Search& search) {
  return fmt::format("looked for {}", fmt::join(search.places, ", "));
}

std::string find_topology(const std::string& name, const std::string& from_file) {
  const Search search = search_topology(name, from_file);
  if (search.found) return *search.found;
  Diagnostic d;
  d.file = from_file.empty() ? name : from_file;
  d.message = fmt::format("no topology '{}'", name);
  d.caret_note = did_you_mean(name, search.candidates);
  d.hint = describe_places(search);
  throw BadInput({d});
}

std::vector<CasePath> find_cases(const std::vector<std::string>& paths) {
  std::vector<CasePath> cases;
  for (const std::string& path : paths) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found) refuse(path, "no such file or folder");
    if (fs::is_directory(status)) {
      find_below(path, is_yaml, cases);
    } else {
      const fs::path folder = fs::path(path).parent_path();
      cases.push_back({path, folder.empty() ? "." : folder.string()});
    }
  }
  return cases;
}

std::vector<CasePath> find_rules(const std::vector<std::string>& paths) {
  std::vector<CasePath> rules;
  for (const std::string& path : paths)
    if (fs::is_directory(path))
      find_below(
          path, [](const fs::path& file) { return is_rules(file.string()); }, rules);
  return rules;
}

bool is_rules(const std::string& path) {
  return path.ends_with(".rules") || path.ends_with(".nft");
}

}  // namespace fwproof::parse
