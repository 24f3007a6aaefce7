#!/usr/bin/env python3
"""Small networks with random weights as ONNX files of opsets that torch wrote by default up to 2022: old_conv_10.onnx,
old_vit_9.onnx, old_vit_12.onnx. Written with torch 2.15's exporter of that time."""
import os

import torch
import torch.nn.functional as F
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))


class Conv(nn.Module):
    """What torch writes by Clip, Pad and Resize."""

    def __init__(self):
        super().__init__()
        self.first, self.norm = nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8)
        self.second, self.gate = nn.Conv2d(8, 16, 3, 2, 1), nn.Linear(16, 16)

    def forward(self, x):
        y = self.second(F.relu6(self.norm(self.first(x))))
        y = F.hardswish(y * torch.sigmoid(self.gate(y.mean((2, 3))))[:, :, None, None])
        y = F.pad(F.interpolate(y, scale_factor=2, mode="nearest"), (0, 1, 0, 1), value=0.5)
        return torch.flatten(F.adaptive_avg_pool2d(y, 1), 1)


class Vit(nn.Module):
    """One layer; its softmax is over the last of four axes."""

    def __init__(self, tokens=17, width=8, heads=2):
        super().__init__()
        self.heads = heads
        self.patches = nn.Conv2d(3, width, 8, 8)
        self.first, self.position = nn.Parameter(torch.randn(1, 1, width)), nn.Parameter(torch.randn(1, tokens, width))
        self.norm, self.three, self.out = nn.LayerNorm(width), nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        y = self.patches(x).flatten(2).transpose(1, 2)
        y = torch.cat([self.first.expand(y.shape[0], -1, -1), y], 1) + self.position
        n, tokens, width = y.shape
        parts = self.three(self.norm(y)).reshape(n, tokens, 3, self.heads, width // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4).unbind(0)
        attention = (q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5).softmax(-1)
        y = y + self.out((attention @ v).transpose(1, 2).reshape(n, tokens, width))
        return F.normalize(F.gelu(y)[:, 0], dim=-1)


torch.manual_seed(17)
for name, network, opset in (("conv", Conv(), 10), ("vit", Vit(), 9), ("vit", Vit(), 12)):
    torch.onnx.export(network.eval(), (torch.zeros(1, 3, 32, 32),), os.path.join(HERE, f"old_{name}_{opset}.onnx"),
                      opset_version=opset, dynamo=False, input_names=["x"], output_names=["features"],
                      dynamic_axes={"x": {0: "n"}, "features": {0: "n"}})
