// The blocks of code in a page of documentation, for tests: what a page shows is run.
#pragma once

#include <string>
#include <vector>

namespace fwproof::parse {

/// A fenced block of Markdown.
struct PageBlock {
  std::string language;  // "yaml", "sh", ...
  std::string text;
  int line = 0;  // of the page, where the fence opens
  /// The file that the block is, by its first comment: "# cases/ssh.yaml: ssh is let in". Empty if
  /// it names none.
  std::string file;
};

std::vector<PageBlock> blocks_of(const std::string& page);

/// A row of a table whose first column is headed "key", and the heading it stands below.
struct PageKey {
  std::string heading;  // in small letters
  std::string key;
  int line = 0;
};

std::vector<PageKey> keys_in(const std::string& page);

std::string read_page(const std::string& path_in_the_source);

}  // namespace fwproof::parse
