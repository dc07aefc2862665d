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

std::string join(const std::string& folder, const std::string& name) {
  if (folder.empty() || name.starts_with('/')) return name;
  return folder.ends_with('/') ? folder + name : folder + '/' + name;
}

/// As fs::path::parent_path() has it.
std::string parent(const std::string& path) {
  const size_t slash = path.rfind('/');
  return path.substr(0, slash == path.npos ? 0 : std::max<size_t>(slash, 1));
}

bool is_yaml(const fs::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

bool is_there(const std::string& path) {
  struct stat ignored = {};
  return ::stat(path.c_str(), &ignored) == 0;
}

bool is_folder(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

/// The folder `name` of `folder` or of its nearest ancestor that has one.
std::optional<std::string> nearest_folder(std::string folder, const std::string& name) {
  while (true) {
    std::string found = join(folder, name);
    if (is_folder(found)) return found;
    std::string above = parent(folder);
    if (above == folder) return std::nullopt;
    folder = std::move(above);
  }
}

/// Files that are called by a bare name.
struct Kind {
  std::string shared;               // the folder of them that an ancestor has, or the data root
  std::string ending;               // what the name leaves out
  bool (*is_one)(const fs::path&);  // of the files that lie there
};

/// Looks for what a file names: beside that file first.
class Around {
 public:
  explicit Around(const std::string& from_file) {
    std::error_code ignored;
    here_ = fs::current_path(ignored).string();
    beside_ = from_file.empty() ? here_ : parent(normal_path(join(here_, from_file)));
  }

  std::string beside(const std::string& file) const { return join(beside_, file); }

  Search path(const std::string& name) const {
    Search search;
    look_at(beside(name), search);
    return search;
  }

  /// Other folders are asked for only by who finds nothing beside the file.
  Search bare_name(const std::string& name, const Kind& kind, bool also_beside = true) const {
    Search search;
    if (also_beside) look_at(beside(name + kind.ending), search);
    if (search.found) return search;
    const std::vector<std::string> others = other_folders(kind.shared);
    for (const std::string& folder : others) {
      look_at(join(folder, name + kind.ending), search);
      if (search.found) return search;
    }
    add_candidates(beside_, kind, search);
    for (const std::string& folder : others) add_candidates(folder, kind, search);
    return search;
  }

 private:
  void look_at(const std::string& file, Search& search) const {
    search.places.push_back(shown(normal_path(file)));
    if (file.find('\0') != std::string::npos) return;  // which would end its name
    if (is_there(file)) search.found = search.places.back();
  }

  /// Relative to the current folder where the file lies below it: what a person would type.
  std::string shown(const std::string& file) const {
    if (here_.empty()) return file;
    const std::string below = join(here_, "");
    if (file == here_ || file == below) return ".";
    return file.starts_with(below) ? file.substr(below.size()) : file;
  }

  std::vector<std::string> other_folders(const std::string& shared) const {
    std::vector<std::string> folders;
    const auto add = [&](const std::string& folder) {
      if (folder != beside_ && std::find(folders.begin(), folders.end(), folder) == folders.end())
        folders.push_back(folder);
    };
    if (const auto folder = nearest_folder(beside_, shared)) add(*folder);
    if (!shared_root().empty()) add(join(shared_root(), shared));
    return folders;
  }

  static void add_candidates(const std::string& folder, const Kind& kind, Search& search) {
    std::vector<fs::path> files;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error))
      if (kind.is_one(entry.path())) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files)
      search.candidates.push_back(kind.ending.empty() ? file.filename() : file.stem());
  }

  std::string here_;
  std::string beside_;
};

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

std::string normal_path(const std::string& path) {
  const bool is_normal =
      !path.starts_with('.') && path.find("/.") == path.npos && path.find("//") == path.npos;
  return is_normal ? path : fs::path(path).lexically_normal().string();
}

bool is_topology_text(std::string_view text) {
  bool nodes = false;
  for (size_t end = 0; !text.empty(); text.remove_prefix(end)) {
    if (text.starts_with("topology:")) return false;
    nodes = nodes || text.starts_with("nodes:") || text.starts_with("extends:");
    end = std::min(text.find('\n'), text.size() - 1) + 1;
  }
  return nodes;
}

bool is_topology(const std::string& path) {
  try {
    return is_topology_text(read_file(path, kMaxYamlBytes));
  } catch (const BadInput&) {
    return false;  // load_case() will say what is wrong with it
  }
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
    // Less than was asked for, and all that there was: nothing follows.
    if (static_cast<size_t>(got) < sizeof buffer &&
        text.size() == static_cast<size_t>(status.st_size))
      return text;
  }
}

Search search_topology(const std::string& name, const std::string& from_file) {
  const Around around(from_file);
  if (name.find('/') != std::string::npos || is_yaml(name)) return around.path(name);
  // A case may have the name of its topology, and stands beside itself.
  const std::string beside = around.beside(name + ".yaml");
  const bool another = is_there(beside) && !is_topology(beside);
  // Reads each file: only for who did not find his own.
  const auto is_one = [](const fs::path& p) { return is_yaml(p) && is_topology(p.string()); };
  return around.bare_name(name, {"topologies", ".yaml", is_one}, !another);
}

Search search_rules(const std::string& name, const std::string& from_file) {
  const Around around(from_file);
  if (name.find('/') != std::string::npos) return around.path(name);
  const auto is_one = [](const fs::path& p) { return !is_yaml(p); };
  return around.bare_name(name, {"fixtures/rulesets", "", is_one});
}

Search search_checks(const std::string& name, const std::string& from_file) {
  const Around around(from_file);
  if (name.find('/') != std::string::npos) return around.path(name + ".checks");
  const auto is_one = [](const fs::path& p) { return p.extension() == ".checks"; };
  return around.bare_name(name, {"fixtures/checks", ".checks", is_one});
}

Search search_pcap(const std::string& name, const std::string& from_file) {
  const Around around(from_file);
  if (name.find('/') != std::string::npos) return around.path(name);
  const auto is_one = [](const fs::path& p) { return p.extension().string().starts_with(".pcap"); };
  return around.bare_name(name, {"fixtures/pcaps", "", is_one});
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
