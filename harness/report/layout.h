// How text for a terminal is laid out: colour, indents, lines that are not too long. What comes
// from a file or a program goes through printable() (base/text.h) before it gets here.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "model/location.h"

namespace fwproof::report {

/// What the terminal can show.
struct Style {
  bool colour = false;
};

/// The columns that text keeps to where what it holds can be broken.
inline constexpr size_t kColumns = 100;

enum class Paint { red, green, yellow, bold, dim };

/// `text` in that colour, by ECMA-48 escapes, if the style has colour; otherwise `text` itself.
std::string paint(Style style, Paint colour, std::string_view text);

/// Every line of `text` behind `columns` spaces and with its newline.
std::string indented(std::string_view text, size_t columns);

/// `label`, then `text` from column `columns` on: further lines of it stand under its first. A
/// label that is too long for that is followed by two spaces. Ends with a newline.
std::string labelled(std::string_view label, std::string_view text, size_t columns);

/// Breaks a list at ", " so that no line is longer than `width`, if that can be done.
std::string wrapped(std::string_view list, size_t width);

/// "gw.rules:5", "gw.rules" if the line is unknown, "" if the file is too.
std::string place(const Location& at);

/// "1 packet", "3 packets".
std::string counted(size_t number, std::string_view singular);

}  // namespace fwproof::report
