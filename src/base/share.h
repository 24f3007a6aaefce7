#pragma once

#include <filesystem>

namespace oneormany::base {

/// The folder with what the program fetched or was installed with (weights/, vega/): the first
/// that exists of $ONEORMANY_SHARE, ../share/oneormany and deps beside the program's file, and
/// the folder named when the program was built. Throws Error if there is none.
std::filesystem::path share_dir();

}  // namespace oneormany::base
