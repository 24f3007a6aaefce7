#pragma once
// The ways in which a data set may be laid out, one function for each. Inside this module only:
// everybody else calls read_data.

#include <filesystem>

#include "data/data.h"

namespace oneormany::data {

DataSet read_class_folders(const std::filesystem::path& folder, const DataOptions& options);
/// Whether at least two of its folders hold pictures.
bool has_class_folders(const std::filesystem::path& folder);
/// A CSV file, or a .jsonl file.
DataSet read_table_file(const std::filesystem::path& file, const DataOptions& options);

/// By its name: metadata.csv or metadata.jsonl.
bool is_metadata(const std::filesystem::path& file);
/// Whether metadata.csv or metadata.jsonl is in the folder, or in a folder in it, or in one of
/// those.
bool has_metadata(const std::filesystem::path& folder);
/// Throws NoLabels (data/table.h) where none of the tables says anything of labels.
DataSet read_metadata_folder(const std::filesystem::path& folder, const DataOptions& options);

}  // namespace oneormany::data
