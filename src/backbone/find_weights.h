#pragma once
// Weight files, known by their hash: what a model file says it needs.

#include <filesystem>
#include <span>
#include <string>

namespace oneormany::backbone {

/// SHA-256 in hex: of the file, as sha256sum has it; of an ONNX file whose weights lie in files
/// beside it that of all of them (sha256_of_onnx()). Throws Error with the file's name.
std::string sha256_of_weights(const std::filesystem::path& file);

/// The weights `name`, a backbone that comes with the program or a file, whose hash is `sha256`
/// (empty: any). Looked at are, in this order, the path itself, a file of that name in each of
/// `folders` (where the model file is; the cache's folder "weights"), and in share_dir()/weights.
/// Give what it returns to BackboneOptions::name. Throws Error that says where it looked, what was
/// wrong there, and the cure.
std::filesystem::path find_weights(const std::string& name, const std::string& sha256,
                                   std::span<const std::filesystem::path> folders);

}  // namespace oneormany::backbone
