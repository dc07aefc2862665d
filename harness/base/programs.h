// Where the programs are that fwproof starts. Debian keeps those of administrators in folders that
// an ordinary user's PATH lacks; in a node he is root, and finds what root would find.
#pragma once

#include <optional>
#include <string>

namespace fwproof {

/// What PATH is to a program in a node: this process's own, then the folders for administrators.
std::string path_of_root();

/// The file that `name` stands for: itself if it has a slash, else the first on path_of_root().
std::optional<std::string> find_program(const std::string& name);

}  // namespace fwproof
