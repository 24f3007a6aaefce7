#!/usr/bin/env python3
"""Small networks of the kinds that people bring, with random weights, as ONNX files; and what PyTorch
itself says of a picture (features.json). Written with torch 2.15, timm 1.0.31, transformers 5.24, onnx 1.23.
The lines that export are those of docs/backbones.md."""
import json
import os

import numpy as np
import onnx
import timm
import torch
import transformers

HERE = os.path.dirname(os.path.abspath(__file__))


def export(network, size, name, inputs, outputs, metadata=None, **how):
    """As people do it; what the exporter wrote down of its own work is taken out, for that is most of the file."""
    file = os.path.join(HERE, name + ".onnx")
    torch.onnx.export(network.eval(), (torch.zeros(1, 3, size, size),), file, input_names=inputs,
                      output_names=outputs, external_data=False, **how)
    model = onnx.load(file)
    onnx.helper.set_model_props(model, metadata or {})
    del model.graph.value_info[:]
    del model.graph.metadata_props[:]
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for tensor in model.graph.initializer:
        tensor.doc_string = ""
        del tensor.metadata_props[:]
    onnx.save(model, file)


def picture(size, mean, std):
    """As tests/backbone/backbone_test.cc has it, normalised."""
    i, j, c = np.meshgrid(np.arange(size), np.arange(size), np.arange(3), indexing="ij")
    x = ((7 * i + 13 * j + 29 * c) % 256).astype(np.float64) / 255
    x = (x - np.array(mean)) / np.array(std)
    return torch.tensor(x.transpose(2, 0, 1)[None].astype(np.float32))


class Outputs(torch.nn.Module):
    """A network of transformers whose outputs are a tuple."""

    def __init__(self, network, *names):
        super().__init__()
        self.network, self.names = network, names

    def forward(self, pixel_values):
        found = self.network(pixel_values=pixel_values)
        return tuple(getattr(found, name) for name in self.names)


def values(tensor):
    return [round(float(v), 7) for v in tensor.detach().flatten()]


torch.manual_seed(17)
features = {}

# timm: one output of two dimensions; mean and deviation in the metadata.
vit = timm.create_model("vit_tiny_patch16_224", pretrained=False, num_classes=0, img_size=32, patch_size=8,
                        embed_dim=8, depth=2, num_heads=2).eval()
mean, std, size = vit.pretrained_cfg["mean"], vit.pretrained_cfg["std"], 32
export(vit, size, "timm_vit", ["image"], ["features"],
       {"oneormany.mean": ",".join(map(str, mean)), "oneormany.std": ",".join(map(str, std)),
        "oneormany.size": str(size)},
       dynamic_shapes=({0: torch.export.Dim("batch")},))
features["timm_vit"] = {"size": size, "mean": list(mean), "std": list(std),
                        "features": values(vit(picture(size, mean, std)))}

# CLIP's image tower: tokens and image_embeds; nothing in the file.
clip = transformers.CLIPVisionModelWithProjection(transformers.CLIPVisionConfig(
    hidden_size=8, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=32, patch_size=8,
    projection_dim=8)).eval()
mean, std = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
export(Outputs(clip, "last_hidden_state", "image_embeds"), 32, "clip_vision", ["pixel_values"],
       ["last_hidden_state", "image_embeds"])
features["clip_vision"] = {"size": 32, "mean": mean, "std": std,
                           "features": values(clip(picture(32, mean, std)).image_embeds)}

# DINOv2: tokens and pooler_output, of pictures of 35 pixels.
dino = transformers.Dinov2Model(transformers.Dinov2Config(
    hidden_size=8, num_hidden_layers=2, num_attention_heads=2, mlp_ratio=2, image_size=35, patch_size=7)).eval()
mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
export(Outputs(dino, "last_hidden_state", "pooler_output"), 35, "dinov2", ["pixel_values"],
       ["last_hidden_state", "pooler_output"])
found = dino(picture(35, mean, std))
features["dinov2"] = {"size": 35, "mean": mean, "std": std, "features": values(found.pooler_output),
                      "mean_of_tokens": values(found.last_hidden_state.mean(1))}

with open(os.path.join(HERE, "features.json"), "w") as f:
    json.dump(features, f, indent=1)
    f.write("\n")
