#pragma once
// Any ONNX file as a backbone.

#include <filesystem>
#include <memory>
#include <openvino/core/model.hpp>
#include <string>

#include "backbone/backbone.h"

namespace oneormany::backbone {

struct OnnxNetwork {
  /// In: one picture of size x size, of Input's layout and type, normalised. Out: [1,features].
  std::shared_ptr<ov::Model> model;
  std::string sha256;  ///< see sha256_of_onnx()
  Input input;
  std::string output;   ///< which output it is: with it as a wish the file is read the same way
  std::string licence;  ///< as the file's metadata have it; or nothing
  std::string note;     ///< what was taken for granted, in one line; or nothing
};

/// Reads an ONNX file whose one input is a picture, [N,3,H,W] or [N,H,W,3] of floats or bytes. Of
/// `wishes` counts what is not the name.
/// Size: the file's, where it is fixed; else the wish, else what the file's metadata say, else
/// kUsualSize. Mean and deviation: the wish, else the file's metadata, else what stands beside the
/// file (see onnx_input.h), else ImageNet's.
/// Features: the output that is wished for, else the only one, else the first there is of
/// pooler_output, image_embeds, features, else the only one of two dimensions. Of it
///   [N,D]      is taken as it is;
///   [N,C,h,w]  the mean over h and w;
///   [N,T,D]    what is wished for: the first token (the class token of ViT, DINOv2 and CLIP) or
///              the mean of all.
/// Throws Error, one line with the file's name, if the file can't be read, has another form, leaves
/// open which are its features, contradicts the wishes or can't be brought to the size, or if it
/// would take more than 4 GB for a picture beside its
/// weights. It is read twice, first in a child process with a limit of memory and time: a file that
/// breaks OpenVINO's reader, or that makes much of little, breaks that one only.
OnnxNetwork read_onnx(const std::filesystem::path& file, const BackboneOptions& wishes);

}  // namespace oneormany::backbone
