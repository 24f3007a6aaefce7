"""EfficientNet-Lite0 in PyTorch, with the parameter names of its weight file."""
from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import nn


class SameConv2d(nn.Conv2d):
    """A convolution with TensorFlow's SAME padding: what is odd goes to the right and the bottom."""

    def forward(self, x):
        pads = []
        for length in (x.shape[3], x.shape[2]):  # F.pad counts from the last axis
            kernel, stride = self.kernel_size[0], self.stride[0]
            total = max((-(-length // stride) - 1) * stride + kernel - length, 0)
            pads += [total // 2, total - total // 2]
        return super().forward(F.pad(x, pads))


def conv(n_in, n_out, kernel, stride=1, groups=1):
    if stride == 1:  # SAME is symmetric here, which the plain convolution does by itself
        return nn.Conv2d(n_in, n_out, kernel, padding=kernel // 2, groups=groups, bias=False)
    return SameConv2d(n_in, n_out, kernel, stride, groups=groups, bias=False)


def norm(channels):
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class Block(nn.Module):
    """An inverted residual: widen by 1x1, filter each channel, narrow by 1x1 without activation."""

    def __init__(self, n_in, n_out, expand, kernel, stride):
        super().__init__()
        width = n_in * expand
        if expand > 1:
            self._expand_conv, self._bn0 = conv(n_in, width, 1), norm(width)
        self._depthwise_conv = conv(width, width, kernel, stride, groups=width)
        self._bn1 = norm(width)
        self._project_conv, self._bn2 = conv(width, n_out, 1), norm(n_out)
        self.wide, self.residual = expand > 1, stride == 1 and n_in == n_out

    def forward(self, x):
        y = F.relu6(self._bn0(self._expand_conv(x))) if self.wide else x
        y = F.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.residual else y


class EfficientNetLite0:
    """What vision_learner calls an architecture: something that makes the network, given `weights`.

    fastai itself cuts the network before its last pooling and puts its own head there.
    """

    STAGES = [(1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3),
              (6, 112, 3, 1, 5), (6, 192, 4, 2, 5), (6, 320, 1, 1, 3)]

    def __init__(self, weight_file):
        self.weight_file = weight_file

    def __call__(self, pretrained=True):
        blocks, n_in = [], 32
        for expand, n_out, repeats, stride, kernel in self.STAGES:
            for i in range(repeats):
                blocks.append(Block(n_in, n_out, expand, kernel, stride if i == 0 else 1))
                n_in = n_out
        network = nn.Sequential(OrderedDict(
            _conv_stem=conv(3, 32, 3, 2), _bn0=norm(32), act0=nn.ReLU6(),
            _blocks=nn.Sequential(*blocks),
            _conv_head=conv(320, 1280, 1), _bn1=norm(1280), act1=nn.ReLU6(),
            pool=nn.AdaptiveAvgPool2d(1), flat=nn.Flatten(), _fc=nn.Linear(1280, 1000)))
        if pretrained:
            network.load_state_dict(torch.load(self.weight_file, weights_only=True))
        return network
