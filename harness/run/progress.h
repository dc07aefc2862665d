// How far a run is: the results as they become known, and on a terminal, below them, one line that
// counts.
#pragma once

#include <cstddef>
#include <string>

namespace fwproof::run {

class Progress {
 public:
  /// `live`: standard output is a terminal, on which a line can be written over.
  Progress(size_t total, bool live) : total_(total), live_(live) {}
  /// Takes the line away.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  Progress(Progress&&) = delete;
  Progress& operator=(Progress&&) = delete;

  /// One more has ended.
  void count(bool red);

  /// Prints whole lines; the counting line stays below them. Throws if standard output does
  /// not take them.
  void print(const std::string& lines);

 private:
  void show();
  void hide();

  size_t total_;
  bool live_;
  bool shown_ = false;
  size_t ended_ = 0;
  size_t red_ = 0;
};

}  // namespace fwproof::run
