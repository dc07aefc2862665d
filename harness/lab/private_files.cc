#include "lab/private_files.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <thread>

#include "base/error.h"

namespace fwproof::lab {
namespace {

namespace fs = std::filesystem;

/// The names that /etc/alternatives stands between, in Debian and its kin.
constexpr std::array<std::string_view, 6> kChosen{"iptables",         "iptables-save",
                                                  "iptables-restore", "ip6tables",
                                                  "ip6tables-save",   "ip6tables-restore"};

/// "iptables-save" -> "iptables-legacy-save".
std::string variant_of(std::string_view name, std::string_view variant) {
  const size_t dash = name.find('-');
  const std::string tool(name.substr(0, dash));
  return tool + "-" + std::string(variant) +
         (dash == name.npos ? "" : std::string(name.substr(dash)));
}

/// Makes a mount namespace of the calling thread and fills it.
class Builder {
 public:
  explicit Builder(std::string node) : node_(std::move(node)) {}

  void build(Backend backend) {
    if (unshare(CLONE_NEWNS) != 0) fail("make a mount namespace");
    if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      fail("keep its mounts to itself");
    // Holds what is written below /etc and /var; the /run that programs see goes on top of it.
    mount_run();
    if (!is_root_of_the_machine() || !overlay("/etc")) copy_etc();
    if (is_root_of_the_machine()) overlay("/var");
    mount_run();
    make_folder("/run/lock", 01777);
    mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
    if (backend != Backend::nft) choose(backend == Backend::iptables_legacy ? "legacy" : "nft");
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw MachineError::from_errno("node '" + node_ + "': files of its own: " + what, errno);
  }

  void mount_run() const {
    if (mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") != 0)
      fail("mount an empty /run");
  }

  void make_folder(const std::string& path, mode_t mode) const {
    if (mkdir(path.c_str(), 0755) != 0 || chmod(path.c_str(), mode) != 0) fail("make " + path);
  }

  /// In a user namespace 0 stands for somebody else (user_namespaces(7)).
  static bool is_root_of_the_machine() {
    std::ifstream map("/proc/self/uid_map");
    uint64_t inside = 1;
    uint64_t outside = 1;
    return map >> inside >> outside && inside == 0 && outside == 0;
  }

  /// False where the kernel, or what the folder lies on, allows no overlay.
  bool overlay(const std::string& folder) const {
    const std::string held = "/run" + folder;
    make_folder(held, 0755);
    make_folder(held + "/upper", 0755);
    make_folder(held + "/work", 0755);
    const std::string options =
        "lowerdir=" + folder + ",upperdir=" + held + "/upper,workdir=" + held + "/work";
    return mount("overlay", folder.c_str(), "overlay", 0, options.c_str()) == 0;
  }

  void copy_etc() const {
    const fs::path held = "/run/etc-copy";
    make_folder(held, 0755);
    std::error_code error;
    auto entry = fs::recursive_directory_iterator(
        "/etc", fs::directory_options::skip_permission_denied, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error))
      copy_one(*entry, held / entry->path().lexically_relative("/etc"));
    if (mount(held.c_str(), "/etc", nullptr, MS_BIND, nullptr) != 0) fail("mount a copy of /etc");
  }

  /// What he may not read is left out, as if it were not there.
  static void copy_one(const fs::directory_entry& from, const fs::path& to) {
    std::error_code ignored;
    if (from.is_symlink(ignored))
      fs::copy_symlink(from.path(), to, ignored);
    else if (from.is_directory(ignored))
      fs::create_directory(to, ignored);
    else if (from.is_regular_file(ignored))
      fs::copy_file(from.path(), to, ignored);
  }

  void choose(std::string_view variant) const {
    for (const auto name : kChosen) {
      std::error_code error;
      const fs::path link = fs::path("/etc/alternatives") / name;
      const fs::path program = fs::path("/usr/sbin") / variant_of(name, variant);
      if (!fs::is_symlink(link, error) || !fs::exists(program, error)) continue;
      fs::remove(link, error);
      if (!error) fs::create_symlink(program, link, error);
      if (error)
        throw MachineError("node '" + node_ + "': choose " + program.string(), error.message());
    }
  }

  std::string node_;
};

UniqueFd make_namespace(const nl::Netns& netns, const std::string& node, Backend backend) {
  const nl::NetnsScope in_node(netns);  // whose devices /sys then shows
  Builder(node).build(backend);
  UniqueFd fd(open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) throw MachineError::from_errno("open a new mount namespace", errno);
  return fd;
}

}  // namespace

PrivateFiles::PrivateFiles(const nl::Netns& netns, const std::string& node, Backend backend) {
  // A thread of its own, since none can go back: its way through the files is no longer shared.
  std::exception_ptr failure;
  std::thread([&] {
    try {
      fd_ = make_namespace(netns, node, backend);
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace fwproof::lab
