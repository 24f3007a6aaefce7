#pragma once
// Standard output, and standard error: what is told there must never end the work.

#include <string_view>

namespace oneormany::base {

/// Before anything else in main(): of the three standard descriptors those that are closed become
/// /dev/null (as git has it), so that no file that is opened later takes their place and gets what
/// was meant for a person; and a reader that went away is an error of the write, no signal.
void keep_standard_streams();

/// Writes to standard error. If that can't be written (full, its reader gone) the text is lost, and
/// nothing else.
void say(std::string_view text);

/// A line "oneormany: TEXT" on standard error, of printable characters.
void say_line(std::string_view text);

}  // namespace oneormany::base
