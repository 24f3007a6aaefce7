#pragma once
// What an ONNX file says beside its graph, read without OpenVINO.

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace oneormany::backbone {

struct OnnxFacts {
  std::map<std::string, std::string> metadata;  ///< the model's metadata_props
  std::set<std::string> beside;  ///< files with weights, as the ONNX file names them: relative
};

/// Walks the messages of onnx.proto3 that may hold either, without recursion into anything else
/// and deeper than 64 subgraphs. Throws Error, without the file's name, if the bytes aren't whole.
OnnxFacts read_onnx_facts(std::string_view bytes);

/// The SHA-256 of the file, in hex as sha256sum has it; where weights lie in files beside it, that
/// of a text: its own SHA-256 and theirs, in the order of their names. Throws Error if one
/// isn't there, or lies elsewhere than below the file's folder.
std::string sha256_of_onnx(const std::filesystem::path& file, const OnnxFacts& facts);

}  // namespace oneormany::backbone
