#pragma once
// Names of files, columns and classes.

#include <string>
#include <string_view>

namespace oneormany::data {

/// ASCII letters in lower case, all else as it is: column names and file endings.
std::string lower(std::string text);

/// Whether the text is UTF-8, so that reports can carry it.
bool is_utf8(const std::string& text);

/// In Unicode's normal form NFC, which most programs write; macOS parts "é" into two characters
/// (NFD). What isn't UTF-8 stays as it is.
std::string nfc(const std::string& text);

/// NFC, without the difference of capitals and small letters, whatever the alphabet.
std::string folded(const std::string& text);

/// Without the spaces around it.
std::string trimmed(std::string_view text);

}  // namespace oneormany::data
