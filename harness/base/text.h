// Small things done to text: making it safe to print, finding the word the user meant.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fwproof {

/// The text as part of one line: control characters (terminal escapes and newlines among them), the
/// characters of Unicode that break lines or turn the direction of writing, and bytes that are not
/// UTF-8 are written as \xNN. Tab becomes one space. Whatever a name or a value holds, it cannot
/// look like a line of ours.
std::string printable(std::string_view text);

/// The same for text that has lines of its own, such as a program's output: newlines stay.
std::string printable_lines(std::string_view text);

/// The candidate nearest to `word` (edit distance, letter case ignored), if one is near enough to
/// be a likely slip: at most a third of the word's length, and at least 1, edits away.
std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates);

/// "did you mean 'X'?" or an empty string.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

/// The words of `text`, split at runs of spaces and tabs.
std::vector<std::string> split_words(std::string_view text);

/// The lines of `text` without their newlines ("\r\n" too); an empty text has none.
std::vector<std::string> split_lines(std::string_view text);

/// The last names of the path `whole` are `end`: "gw.rules" of "fixtures/rulesets/gw.rules".
bool is_path_end(std::string_view end, std::string_view whole);

std::string_view trim(std::string_view text);
std::string to_lower(std::string_view text);
bool equals_ignore_case(std::string_view a, std::string_view b);

/// The whole text as a decimal number; nothing if it is not one or does not fit.
std::optional<unsigned long long> parse_unsigned(std::string_view text);

/// The text as a YAML scalar that stands inside [] or {}: quoted only where it must be
/// (YAML 1.2, section 7.3.3: plain scalars).
std::string yaml_scalar(std::string_view text);

}  // namespace fwproof
