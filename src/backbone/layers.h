#pragma once
// The layers that convolutional networks are made of, from tensors to OpenVINO's operations.

#include <openvino/core/node.hpp>
#include <set>
#include <string>

#include "backbone/weights.h"

namespace oneormany::backbone {

using Node = ov::Output<ov::Node>;

/// Builds layers out of named tensors and keeps count of those it used. A tensor that is missing,
/// of another shape, or holds a NaN or an infinity is an Error that names it (not the file).
class Layers {
 public:
  enum class Padding {
    kSame,      ///< TensorFlow's SAME: odd rest to the right and bottom
    kSymmetric  ///< (kernel - 1) / 2 on each side, as torchvision has it everywhere
  };

  /// `network` is for messages; epsilon is the batch norms'.
  Layers(const Tensors& tensors, std::string network, Padding padding, float epsilon);

  struct Convolution {
    int channels;  ///< that come out; 0: depthwise, as many as go in
    int kernel = 1;
    int stride = 1;
  };

  /// A convolution without bias and the batch norm after it, folded into one. x: [N,C,H,W].
  Node conv_norm(const Node& x, const std::string& conv, const std::string& norm,
                 const Convolution& shape);

  /// [N,in] to [N,out]
  Node linear(const Node& x, const std::string& name, int out);

  static Node relu(const Node& x);
  static Node relu6(const Node& x);
  static Node add(const Node& x, const Node& y);
  static Node max_pool(const Node& x);   ///< 3 × 3, stride 2, padding 1
  static Node mean_pool(const Node& x);  ///< [N,C,H,W] to [N,C]

  /// Throws Error if a tensor was never used, other than those of the classifier `name`: then the
  /// file holds some other network.
  void expect_no_more_than(const std::string& classifier) const;

 private:
  const std::vector<float>& values(const std::string& name, const std::vector<std::int64_t>& shape);

  const Tensors& tensors_;
  const std::string network_;
  const Padding padding_;
  const float epsilon_;
  std::set<std::string> used_;
};

}  // namespace oneormany::backbone
