#pragma once
// Names of pages: "scan.tif#page=2", as RFC 8118 has it for PDF; pages count from 1.

#include <filesystem>

namespace oneormany::base {

struct NamedPage {
  std::filesystem::path file;
  unsigned page = 1;
  bool said = false;  ///< the name says which
};

/// What a name means: the file of this very name if there is one, else what it says.
NamedPage named_page(const std::filesystem::path& name);

std::filesystem::path page_name(const std::filesystem::path& file, unsigned page);

}  // namespace oneormany::base
