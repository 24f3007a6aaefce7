#pragma once
// Options that several commands have, said once.

#include <CLI/App.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/load_model.h"
#include "app/options.h"
#include "data/data.h"
#include "features/features.h"

namespace oneormany::cli {

/// For CLI::Option::check: says what is wrong with a number, or nothing.
std::string positive(const std::string& text);
std::string share(const std::string& text);         ///< from 0 to 1
std::string whole_number(const std::string& text);  ///< from 0 up
std::string whole_number_above_0(const std::string& text);

/// The options that are added next stand under this heading in --help.
void heading(CLI::App& command, const char* name);
inline constexpr const char* kOptions = "Options";  ///< the last heading

/// PICTURES, one by one (data::PictureNames).
void add_pictures(CLI::App& command, std::vector<std::filesystem::path>& sources);

/// --file-column and --pictures, of tables that name files.
void add_names_of_tables(CLI::App& command, data::DataOptions& options);

/// What DATA is, for --help.
inline constexpr const char* kDataHelp =
    "A folder of class folders; or a CSV file (file,label or file,labels, or a column of 0 and 1 "
    "for each label; an empty cell means no label); or a folder with metadata.csv or "
    "metadata.jsonl";
/// Of commands that take several.
inline const std::string kSourcesHelp =
    std::string(kDataHelp) +
    ". Of several the last one's labels count: a corrected table of `oneormany predict` behind the "
    "folders that the model came from";

/// The options that say how to read DATA.
void add_data_options(CLI::App& command, data::DataOptions& options);

/// --label-column and --label-delimiter.
void add_label_options(CLI::App& command, data::DataOptions& options);

/// --backbone, --size, --mean, --std, --backbone-output, --precision, --max-megapixels, --cache,
/// --no-cache.
void add_feature_options(CLI::App& command, app::FeatureOptions& options);

/// --names, of the classes. more: the rest of the text of --help.
void add_names(CLI::App& command, std::vector<std::string>& names, const std::string& more);

/// An option that takes one file.
CLI::Option* add_file(CLI::App& command, const char* name, std::optional<std::string>& file,
                      const char* what);

/// The beginning of what --groups is.
inline constexpr const char* kGroupsHelp =
    "One value for each row; equal ones belong together (pictures of one object, or one picture "
    "several times)";
/// Which files of numbers are read, for the end of --help.
inline constexpr const char* kFilesHelp =
    "A FILE is .npy (numpy.save), .npz or .safetensors (FILE.npz:NAME, FILE.safetensors:NAME "
    "where it holds several arrays) or CSV. ";

/// --scores, --aim and --alpha. all_scores, if not null, is told whether "all" was among the
/// scores; options.scores are then all there are. if_not_given: how --help ends the text of
/// --scores.
void add_scoring_options(CLI::App& command, app::ScoringOptions& options, bool* all_scores,
                         const std::string& if_not_given);

/// The scores, one a line, for the end of --help.
std::string list_of_scores();

/// --cache and --no-cache; the folder is the usual one until they say otherwise.
void add_cache(CLI::App& command, std::optional<std::filesystem::path>& folder);

/// Of a model that is used: where its backbone's weights are, and in which precision that is run.
void add_loading_options(CLI::App& command, app::LoadOptions& options);

/// --max-megapixels and --max-seconds.
void add_limits(CLI::App& command, image::ImageOptions& options);

/// These, and how TIFF files are read.
void add_reading_options(CLI::App& command, image::ImageOptions& options);
void add_stages(CLI::App& command, features::Stages& stages);
void add_strict(CLI::App& command, bool& strict);
void add_json(CLI::App& command, bool& json);

/// --quiet, which silences the progress at once, and for commands that work long --threads; where
/// the command has none yet. Every command gets them, by main.
void add_common_options(CLI::App& command, bool works_long);

}  // namespace oneormany::cli
