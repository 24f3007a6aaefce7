#pragma once
// What an exported file says of itself.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporting/pixels.h"
#include "model/model.h"

namespace oneormany::exporting {

/// Names and values: those that Ultralytics reads (as its exporter writes them: lists and
/// dictionaries as Python's text), and ours, oneormany.*, in JSON. licence: of the backbone, which
/// is most of the file; empty: not known, and not written. batch: 0: any.
std::vector<std::pair<std::string, std::string>> metadata_of(const model::Model& model,
                                                             const std::string& licence,
                                                             Pixels pixels, std::int64_t batch);

/// 'it\'s' as Python reads it back.
std::string python_text(std::string_view text);

}  // namespace oneormany::exporting
