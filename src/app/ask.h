#pragma once
// The table by which the user is asked about unsorted pictures, and answers: docs/formats.md.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/answers.h"

namespace oneormany::app {

/// Its name in the report's folder.
inline constexpr const char* kAskFile = "ask.csv";

/// Throws Error unless every picture has a name that can stand in a table. files: of all pictures;
/// empty: of rows without names.
void require_names(const std::vector<std::filesystem::path>& files);

/// The table, a line for each picture. folder: where it will be: names of files that are there are
/// relative to it, unless they have nothing in common. many: a picture may have several labels.
std::string ask_csv(const std::vector<evaluate::AskedPicture>& asked,
                    const std::filesystem::path& folder, bool many);

/// Throws Error if there is such a file and somebody has answered in it, or it is something else.
void refuse_answered(const std::filesystem::path& file);

/// Throws Error if it is no such table.
void require_answers(const std::filesystem::path& file);

/// Reads a table that was filled in. pictures: the files of all unlabelled pictures, in the order
/// that Answer::picture counts; classes: their names; delimiter: see data::DataOptions. Throws
/// Error, one line with table and line, for what is no such table, a picture that isn't among them
/// or is there twice, a name that is no class, rows that are missing, and where nothing is
/// answered.
std::vector<evaluate::Answer> read_answers(const std::filesystem::path& file,
                                           const std::vector<std::filesystem::path>& pictures,
                                           const std::vector<std::string>& classes,
                                           std::optional<char> delimiter);

}  // namespace oneormany::app
