#pragma once
// Any ONNX file as a backbone.

#include <filesystem>
#include <memory>
#include <openvino/core/model.hpp>
#include <string>

namespace oneormany::backbone {

struct OnnxNetwork {
  /// In: [1,3,size,size], normalised. Out: [1,features].
  std::shared_ptr<ov::Model> model;
  std::string sha256;  ///< of the file and of all weights, also those in files beside it
};

/// Reads an ONNX file whose one input is a picture [N,3,H,W]. Its features are its only output,
/// or the only one of several with two dimensions:
///   [N,D]      taken as it is;
///   [N,C,h,w]  its mean over h and w;
///   [N,T,D]    its first token, the class token of a vision transformer (ViT, DINOv2, CLIP).
/// Throws Error, one line with the file's name, if the file can't be read, has another form, or
/// can't be brought to this size, or if it would take more than 4 GB for a picture beside its
/// weights. It is read twice, first in a child process with a limit of memory and time: a file that
/// breaks OpenVINO's reader, or that makes much of little, breaks that one only.
OnnxNetwork read_onnx(const std::filesystem::path& file, int size);

}  // namespace oneormany::backbone
