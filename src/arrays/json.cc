#include "arrays/json.h"

#include <fmt/core.h>

#include "base/error.h"

namespace oneormany::arrays {

using nlohmann::json;

json parse_json(std::string_view text) {
  const auto check = [](int depth, json::parse_event_t event, const json&) {
    const bool begins =
        event == json::parse_event_t::object_start || event == json::parse_event_t::array_start;
    if (begins && depth >= kDeepestJson) {
      throw Error(fmt::format("JSON nested deeper than {} levels: flatten it", kDeepestJson));
    }
    return true;
  };
  try {
    return json::parse(text, check);
  } catch (const json::parse_error& error) {
    throw Error(fmt::format("broken JSON at character {}", error.byte));
  } catch (const json::exception&) {  // out_of_range
    throw Error("a number that is too large (or another value that JSON can't mean)");
  }
}

}  // namespace oneormany::arrays
