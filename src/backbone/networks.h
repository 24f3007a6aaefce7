#pragma once
// The networks whose weights come as bare tensors, built as OpenVINO models.

#include <array>
#include <memory>
#include <openvino/core/model.hpp>
#include <string>

#include "backbone/backbone.h"
#include "backbone/weights.h"

namespace oneormany::backbone {

/// What a network expects of its pixels: (x - mean) / scale for x in 0..255; red, green, blue.
struct Normalisation {
  std::array<float, 3> mean;
  std::array<float, 3> scale;
};

/// What torchvision, timm, DINOv2 and most others trained on ImageNet expect.
constexpr Normalisation kImageNet{{123.675f, 116.28f, 103.53f}, {58.395f, 57.12f, 57.375f}};

struct Network {
  std::string name;  ///< "efficientnet-lite0", "resnet18", ...
  Normalisation normalisation;
  /// In: f32 [1,3,size,size], normalised. Out: f32 [1,features], several stages mean-pooled
  /// after their ReLU, the last layer's first; and after it, if asked for, [1,1000], the logits of
  /// ImageNet's classes (of the last layer alone).
  ///   efficientnet-lite0  1280 | 672 of the expansion after stage 112 | 1152 of that after 192
  ///   mobilenet_v2        1280 | 576 of the expansion after stage 96 | 960 of that after 160
  ///   resnet18, 34        512 of layer4 | 256 of layer3
  ///   resnet50            2048 of layer4 | 1024 of layer3
  std::shared_ptr<ov::Model> model;
  int last_layer_count = 0;  ///< of the features those of the last layer: the first in each row
};

/// Builds the network that the tensors' names tell: EfficientNet-Lite0 (Liu 2020, "Higher accuracy
/// on vision models with EfficientNet-Lite"), torchvision's resnet18, 34 or 50 (He et al. 2015,
/// arXiv:1512.03385; stride in the 3 × 3 convolution) or mobilenet_v2 (Sandler et al. 2018,
/// arXiv:1801.04381). The classifier may be missing, or of any shape, unless logits are wanted.
/// Throws Error (one line, without the file's name) for unknown names, and for a tensor that is
/// missing, superfluous or of the wrong shape, which it names.
Network build_network(const Tensors& tensors, int size, bool with_logits = false);

/// Puts the pixels in front: from here on the model's one input is u8 [1,size,size,3], RGB,
/// and its outputs are f32. Of `input` layout and order of colours count; a model whose input is
/// bytes gets them as they are.
void take_pixels(std::shared_ptr<ov::Model>& model, const Normalisation& normalisation,
                 const Input& input = {});

}  // namespace oneormany::backbone
