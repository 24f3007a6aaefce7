#include "base/base64.h"

#include <glib.h>

#include <memory>

namespace oneormany::base {

std::string to_base64(std::string_view bytes) {
  const std::unique_ptr<gchar, decltype(&g_free)> text(
      g_base64_encode(reinterpret_cast<const guchar*>(bytes.data()), bytes.size()), &g_free);
  return text.get();
}

std::string from_base64(const std::string& text) {
  gsize size = 0;
  const std::unique_ptr<guchar, decltype(&g_free)> bytes(g_base64_decode(text.c_str(), &size),
                                                         &g_free);
  return {reinterpret_cast<const char*>(bytes.get()), size};
}

}  // namespace oneormany::base
