#include "run/progress.h"

#include <fmt/format.h>

#include <cstdio>

#include "run/output.h"

namespace fwproof::run {
namespace {

constexpr const char* kClearLine = "\r\x1b[K";  // ECMA-48: erase in line

}  // namespace

Progress::~Progress() {
  if (!shown_) return;
  std::fputs(kClearLine, stdout);
  std::fflush(stdout);
}

void Progress::count(bool red) {
  ++ended_;
  red_ += red ? 1 : 0;
  if (!live_) return;
  hide();
  show();
  std::fflush(stdout);
}

void Progress::print(const std::string& lines) {
  hide();
  fmt::print("{}", lines);
  if (live_) show();
  finish_output();
}

void Progress::hide() {
  if (shown_) fmt::print("{}", kClearLine);
  shown_ = false;
}

void Progress::show() {
  if (ended_ == total_) return;
  fmt::print("{} of {}{}", ended_, total_, red_ == 0 ? "" : fmt::format(", {} red", red_));
  shown_ = true;
}

}  // namespace fwproof::run
