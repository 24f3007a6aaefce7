#include "cli/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <vector>

#include "base/job.h"
#include "base/parallel.h"
#include "cli/terminal.h"
#include "data/names.h"
#include "features/features.h"
#include "ood/scores.h"
#include "report/text.h"

namespace oneormany::cli {
namespace {

/// The number that all of `text` is; none if it isn't a finite one.
std::optional<double> number(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !std::isfinite(value)) return {};
  return value;
}

std::string no(const std::string& text, const char* what) { return "'" + text + "' is no " + what; }

/// CLI11 would take -1 for a very large number.
bool is_whole(const std::string& text) {
  return !text.empty() && text.size() < 19 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// One character, alone or with spaces around it, or its name.
std::optional<char> delimiter_of(const std::string& text) {
  static const std::map<std::string, char> kNames = {
      {"space", ' '}, {"tab", '\t'}, {"comma", ','}, {"semicolon", ';'},
      {"bar", '|'},   {"pipe", '|'}, {"\\t", '\t'}};
  if (const auto named = kNames.find(data::lower(text)); named != kNames.end())
    return named->second;
  if (text.size() == 1) return text[0];
  const std::string inside = data::trimmed(text);
  if (text.empty() || inside.size() > 1) return std::nullopt;
  return inside.empty() ? ' ' : inside[0];
}

/// In the order of ScoreKind, each once. Throws UsageError for an unknown name.
std::vector<ood::ScoreKind> kinds_of(const std::vector<std::string>& names, bool all) {
  std::vector<ood::ScoreKind> kinds;
  for (const std::string& name : names) {
    if (name != "all") kinds.push_back(ood::parse_score(name));
  }
  for (const ood::ScoreInfo& score : ood::all_scores()) {
    if (all) kinds.push_back(score.kind);
  }
  std::sort(kinds.begin(), kinds.end());
  kinds.erase(std::unique(kinds.begin(), kinds.end()), kinds.end());
  return kinds;
}

/// Three numbers from `least` to 1.
void add_colours(CLI::App& command, const char* name, std::optional<std::array<float, 3>>& colours,
                 const char* what, double least) {
  const auto parse = [least](const std::string& text) -> std::optional<std::array<float, 3>> {
    const std::vector<std::string> parts = CLI::detail::split(text, ',');
    if (parts.size() != 3) return {};
    std::array<float, 3> parsed{};
    for (std::size_t c = 0; c < 3; ++c) {
      const double value = number(parts[c]).value_or(-1);
      if (value < least || value > 1) return {};
      parsed[c] = static_cast<float>(value);
    }
    return parsed;
  };
  command
      .add_option_function<std::string>(
          name, [&colours, parse](const std::string& text) { colours = parse(text); }, what)
      ->check([parse](const std::string& text) {
        return parse(text) ? ""
                           : no(text, "R,G,B from 0 to 1 (numbers up to 255: divide them by 255)");
      })
      ->option_text("R,G,B");
}

}  // namespace

std::string positive(const std::string& text) {
  return number(text).value_or(0) > 0 ? "" : no(text, "number above 0");
}

std::string share(const std::string& text) {
  const double value = number(text).value_or(-1);
  return value >= 0 && value <= 1 ? "" : no(text, "number from 0 to 1");
}

std::string whole_number(const std::string& text) {
  return is_whole(text) ? "" : no(text, "whole number from 0 up");
}

std::string whole_number_above_0(const std::string& text) {
  return is_whole(text) && number(text) > 0 ? "" : no(text, "whole number from 1 up");
}

void heading(CLI::App& command, const char* name) { command.option_defaults()->group(name); }

void add_pictures(CLI::App& command, std::vector<std::filesystem::path>& sources) {
  command
      .add_option("PICTURES", sources,
                  "Folders (and all below them), pictures, patterns ('scans/*.tif'), tables with "
                  "a column of files, or - for a list on standard input, a file name a line")
      ->required()
      ->type_name("");
}

void add_names_of_tables(CLI::App& command, data::DataOptions& options) {
  command.add_option("--file-column", options.file_column, "Table column that names the file")
      ->type_name("NAME");
  command
      .add_option("--pictures", options.pictures,
                  "Where the files that a table names are, if not beside it")
      ->type_name("DIR");
}

void add_data_options(CLI::App& command, data::DataOptions& options) {
  command.add_option("--file-column", options.file_column, "Table column that names the file")
      ->type_name("NAME");
  add_label_options(command, options);
  command
      .add_option(
          "--split", options.split,
          "Of data that is parted into train, val, test, … (folders, or a column), the part "
          "to read")
      ->type_name("NAME");
  command
      .add_option("--pictures", options.pictures,
                  "Where the files that a table names are, if not beside it")
      ->type_name("DIR");
  command
      .add_option("--class-level", options.class_level,
                  "Of class folders within folders, how deep the classes are: at 2 the picture "
                  "a/b/1.jpg is of class b")
      ->check(CLI::Range(1, 9))
      ->option_text("N=1");
}

void add_names(CLI::App& command, std::vector<std::string>& names, const std::string& more) {
  command.add_option("--names", names, "The classes' names, " + more)
      ->delimiter(',')
      ->transform([](std::string name) { return CLI::detail::trim(name); })
      ->allow_extra_args(false)
      ->option_text("A,B,...");
}

CLI::Option* add_file(CLI::App& command, const char* name, std::optional<std::string>& file,
                      const char* what) {
  return command.add_option(name, file, what)->option_text("FILE");
}

void add_label_options(CLI::App& command, data::DataOptions& options) {
  command
      .add_option("--label-column", options.label_column,
                  "Table column that holds the labels; or A,B,C, each a label with 0 or 1 in its "
                  "cells")
      ->type_name("NAME");
  command
      .add_option_function<std::string>(
          "--label-delimiter",
          [&options](const std::string& text) { options.delimiter = delimiter_of(text); },
          "What stands between several labels of one cell, as | or space")
      ->check([](const std::string& text) {
        return delimiter_of(text)
                   ? ""
                   : no(text, "single character, nor space, tab, comma or semicolon");
      })
      ->option_text("CHAR");
}

void add_feature_options(CLI::App& command, app::FeatureOptions& options) {
  command
      .add_option(
          "--backbone", options.backbone.name,
          "The frozen network: efficientnet-lite0; or a weight file of it or of "
          "torchvision's resnet18/34/50 or mobilenet_v2; or an ONNX file (DINOv2, CLIP, timm, ...)")
      ->option_text("NAME|FILE=" + options.backbone.name);
  command
      .add_option("--size", options.backbone.size,
                  "Width and height of what the network sees; an ONNX file may know its own")
      ->check(CLI::Range(backbone::kSmallestSize, 1024))
      ->option_text(fmt::format("PIXELS={}", backbone::kUsualSize));
  add_colours(command, "--mean", options.backbone.mean,
              "Of red, green and blue from 0 to 1, what is taken from a picture before the network "
              "sees it. If not given: what the network's file says, else 0.485,0.456,0.406",
              0);
  add_colours(command, "--std", options.backbone.std,
              "By what the rest is divided. If not given: what the network's file says, else "
              "0.229,0.224,0.225",
              1e-6);
  command
      .add_option("--backbone-output", options.backbone.output,
                  "Of an ONNX file with several outputs the one with the features; of a row of "
                  "tokens NAME:first (the class token) or NAME:mean")
      ->option_text("NAME");
  command.get_option("--mean")->needs(command.get_option("--std"));
  command.get_option("--std")->needs(command.get_option("--mean"));
  command
      .add_option_function<std::string>(
          "--precision",
          [&options](const std::string& precision) {
            options.backbone.precision =
                precision == "bf16" ? backbone::Precision::kBf16 : backbone::Precision::kF32;
          },
          "Of the network: bf16 is faster on processors that have it, with slightly other numbers")
      ->check(CLI::IsMember({"f32", "bf16"}))
      ->option_text("f32|bf16=f32");
  add_reading_options(command, options.reading);
  add_cache(command, options.cache_dir);
}

void add_cache(CLI::App& command, std::optional<std::filesystem::path>& folder) {
  folder = features::default_cache_dir();
  command
      .add_option_function<std::string>(
          "--cache", [&folder](const std::string& given) { folder = given; },
          "Folder where features are kept")
      ->option_text("DIR=" + folder->string());
  // After --cache, so that it wins.
  command.add_flag_callback(
      "--no-cache", [&folder] { folder.reset(); }, "Neither read nor keep features");
}

void add_scoring_options(CLI::App& command, app::ScoringOptions& options, bool* all_scores,
                         const std::string& if_not_given) {
  command
      .add_option_function<std::vector<std::string>>(
          "--scores",
          [&options, all_scores](const std::vector<std::string>& names) {
            const bool all = std::find(names.begin(), names.end(), "all") != names.end();
            options.scores = kinds_of(names, all);
            if (all_scores) *all_scores = all;
          },
          "OOD scores to evaluate, listed below: how much a picture looks like the classes. all, "
          "or "
          "names. " +
              if_not_given)
      ->delimiter(',')
      ->allow_extra_args(false)
      ->option_text("all|NAME[,NAME...]");
  command
      .add_option_function<std::string>(
          "--aim",
          [&options](const std::string& text) {
            options.aim = options.label_aim = metrics::parse_aim(text);
          },
          "What the recommended threshold is for: keep=0.95 (accept 95 % of the correct "
          "predictions), keep-each=0.95 (of each class's, at a threshold of its own), "
          "precision=0.99, f1, or cost:wrong=1:none=0.2. In multi-label "
          "classification each label's threshold too, which is else for the best F1")
      ->allow_extra_args(false)
      ->option_text("AIM=keep=0.95");
  CLI::Option* alpha =
      command
          .add_option("--alpha", options.alpha,
                      "Error rate of the prediction sets: how often a label that a picture carries "
                      "may be missing from its set")
          ->check(CLI::Range(0.001, 0.5))
          ->option_text("SHARE=0.05");
  // Its name of old: scripts may have it.
  command.add_option("--risk", options.alpha)
      ->check(CLI::Range(0.001, 0.5))
      ->group("")
      ->excludes(alpha);
}

std::string list_of_scores() {
  constexpr int kIndent = 21;
  std::string list = "Scores\n";
  for (const ood::ScoreInfo& score : ood::all_scores()) {
    const auto lines = report::wrap(score.what, terminal_width() - kIndent);
    list += fmt::format("  {:<{}}{}\n", score.name, kIndent - 2,
                        fmt::join(lines, "\n" + std::string(kIndent, ' ')));
  }
  return list + "With knn a further one is made of it and max_probability: both_gates.\n\n";
}

void add_loading_options(CLI::App& command, app::LoadOptions& options) {
  add_file(command, "--backbone", options.backbone,
           "Where the weights of the model's backbone are, if they aren't found");
  command
      .add_option_function<std::string>(
          "--precision",
          [&options](const std::string& name) {
            options.precision =
                name == "bf16" ? backbone::Precision::kBf16 : backbone::Precision::kF32;
          },
          "Of the network. If not given, as it was trained. bf16 takes about two thirds of the "
          "time "
          "on processors that have it")
      ->check(CLI::IsMember({"f32", "bf16"}))
      ->option_text("f32|bf16");
}

void add_limits(CLI::App& command, image::ImageOptions& options) {
  command.add_option("--max-megapixels", options.max_megapixels, "Larger pictures are left out")
      ->check(positive)
      ->option_text("MP=250");
  command
      .add_option("--max-seconds", options.max_seconds,
                  "Pictures that take longer to decode are left out")
      ->check(positive)
      ->option_text("S=60");
}

void add_reading_options(CLI::App& command, image::ImageOptions& options) {
  add_limits(command, options);
  command
      .add_option("--white", options.white,
                  "The value that is white in TIFF files of more than 8 bits. If not given: of "
                  "floats 1, 255 or 65535, the least that holds all values of a picture; of "
                  "integers 4095 if it holds them, else the largest of the type")
      ->check(positive)
      ->option_text("VALUE");
  command
      .add_option_function<std::string>(
          "--bands",
          [&options](const std::string& text) { options.bands = image::parse_bands(text); },
          "Which bands of a TIFF file are red, green and blue, from 1: 4,3,2 of Sentinel-2")
      ->option_text("R,G,B");
}

void add_stages(CLI::App& command, features::Stages& stages) {
  command
      .add_option_function<std::string>(
          "--stages",
          [&stages](const std::string& which) {
            stages = which == "last" ? features::Stages::kLast : features::Stages::kAll;
          },
          "Features of all stages of the network, or of its last layer alone. An ONNX file has "
          "one stage: both mean the same")
      ->check(CLI::IsMember({"all", "last"}))
      ->option_text("all|last=all");
}

void add_strict(CLI::App& command, bool& strict) {
  command.add_flag("--strict", strict, "A file that can't be used is an error (exit code 1)");
}

void add_json(CLI::App& command, bool& json) {
  command.add_flag("--json", json, "Print JSON, all of it in full precision");
}

void add_common_options(CLI::App& command, bool works_long) {
  heading(command, kOptions);
  if (works_long) {
    command
        .add_option_function<int>("--threads", base::set_thread_count,
                                  "How many threads to use. If not given, one for each processor, "
                                  "or what ONEORMANY_THREADS says")
        ->check(CLI::Range(1, 1024))
        ->option_text("N");
  }
  command.add_flag_callback(
      "--quiet", [] { base::Job::current().silence(); }, "No progress lines");
}

}  // namespace oneormany::cli
