#include <nlohmann/json.hpp>

#include "report/inspection.h"

namespace oneormany::report {

std::string inspection_json(const app::Inspection& inspection) {
  using json = nlohmann::ordered_json;
  json classes = json::array(), per_picture = json::object(), skipped = json::array();
  for (const evaluate::ClassCount& one : inspection.classes) {
    classes.push_back({{"name", one.name}, {"count", one.count}});
  }
  for (const auto& [labels, pictures] : inspection.labels_per_picture) {
    per_picture[std::to_string(labels)] = pictures;
  }
  for (const data::Skip& skip : inspection.skipped) {
    skipped.push_back({{"file", skip.file.string()}, {"why", skip.why}});
  }
  json groups = json::array();
  for (const app::DuplicateGroup& group : inspection.duplicate_groups) {
    json copies = json::array();
    for (const auto& copy : group.copies) {
      copies.push_back({{"file", copy.file.string()}, {"labels", copy.labels}});
    }
    groups.push_back({{"copies", copies}, {"conflicting", group.conflicting}});
  }
  const bool one_class =
      inspection.problem == data::Problem::kOneClass && inspection.classes.size() > 1;
  const json report = {{"format", "oneormany-inspect-1"},
                       {"data",
                        {{"name", inspection.data_name},
                         {"layout", inspection.layout},
                         {"pictures", inspection.pictures},
                         {"classes", classes},
                         {"labels_per_picture", per_picture},
                         {"duplicates", inspection.duplicates},
                         {"duplicate_groups", groups},
                         {"extra_names", inspection.extra_names},
                         {"skipped", skipped}}},
                       {"problem",
                        {{"type", one_class ? "classification" : "labels"},
                         {"activation", one_class ? "softmax" : "sigmoid"},
                         {"loss", one_class ? "cross_entropy" : "bce_with_logits"},
                         {"why", inspection.why}}},
                       {"notes", inspection.notes},
                       {"warnings", inspection.warnings}};
  // File names may hold bytes that aren't UTF-8; JSON may not.
  return report.dump(2, ' ', false, json::error_handler_t::replace);
}

}  // namespace oneormany::report
