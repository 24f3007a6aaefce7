"""The tutorial's recipe in fastai, as its author would write it today; bench/vs_fastai runs it.

    fastai_recipe.py --weights FILE --golden FILE --check
    fastai_recipe.py --weights FILE --pictures DIR --size 128 --batch 8 --epochs 5 --json FILE

One pretrained network, three models on the same pictures: classes (softmax, cross-entropy), labels
(sigmoid, binary cross-entropy), and labels that count from 0.9 up. Each is trained, judged on the
held-out fifth, and asked about pictures of none of the classes. Everything not named here is
fastai's default, on purpose: the head, the optimiser, the learning rate, the number of workers.
"""
import argparse
import json
import sys
import time
from collections import OrderedDict

started = time.perf_counter()
import PIL.Image
import torch
import torch.nn.functional as F
from fastai.vision.all import (
    BCEWithLogitsLossFlat, CategoryBlock, CrossEntropyLossFlat, DataBlock, ImageBlock,
    MultiCategoryBlock, RandomSplitter, Resize, ResizeMethod, accuracy, accuracy_multi, default_split,
    get_image_files, parent_label, partial, set_seed, vision_learner)
from fastai.vision.learner import model_meta
from torch import nn

IMPORTED = time.perf_counter() - started

PIL.Image.MAX_IMAGE_PIXELS = None  # a picture of 105 megapixels is one of the unseen


# --- the backbone: EfficientNet-Lite0, with the parameter names of its weight file -----------------

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


# The network wants (x - 127) / 128 of bytes; fastai hands it bytes / 255.
STATS = ([127 / 255] * 3, [128 / 255] * 3)


def check(backbone, golden_file):
    """Ends the program unless the network gives the reference features for the formula picture."""
    with open(golden_file) as f:
        golden = torch.tensor(json.load(f)["features"])
    c, i, j = torch.meshgrid(torch.arange(3), torch.arange(224), torch.arange(224), indexing="ij")
    x = ((7 * i + 13 * j + 29 * c) % 256 - 127) / 128
    with torch.no_grad():
        features = backbone().eval()[:-1](x[None])[0]
    worst = (features - golden).abs().max().item()
    if not worst < 1e-3:
        sys.exit(f"fastai_recipe: {backbone.weight_file}: features are {worst:.2g} off {golden_file}")
    print(f"backbone: {len(golden)} features, at most {worst:.1e} off the reference")


# --- the recipe ------------------------------------------------------------------------------------

def parent_labels(path):
    return [parent_label(path)]


def models():
    """Name, kind of target, its value, loss, measure, and the threshold from which a label counts."""
    yield "classes", CategoryBlock, parent_label, CrossEntropyLossFlat(), accuracy, None
    for threshold in (0.5, 0.9):
        yield ("labels" if threshold == 0.5 else f"labels >= {threshold}", MultiCategoryBlock,
               parent_labels, BCEWithLogitsLossFlat(thresh=threshold),
               partial(accuracy_multi, thresh=threshold), threshold)


def print_epoch(log):
    epoch, train_loss, valid_loss, valid_accuracy, took = log
    print(f"  epoch {epoch + 1}: loss {train_loss:.4f}, held out {valid_loss:.4f}, "
          f"accuracy {valid_accuracy:.4f}, took {took}", flush=True)


def train_and_ask(model, args):
    """Trains one model, prints and returns its measures and what it says of the unseen pictures."""
    name, block, get_y, loss, measure, threshold = model
    clock, seconds = time.perf_counter(), {}

    def lap(stage):
        nonlocal clock
        now = time.perf_counter()
        seconds[stage], clock = now - clock, now

    set_seed(42)
    data = DataBlock(blocks=(ImageBlock, block), get_items=get_image_files, get_y=get_y,
                     splitter=RandomSplitter(0.2, seed=42),
                     item_tfms=Resize(args.size, method=ResizeMethod.Squish))
    loaders = data.dataloaders(f"{args.pictures}/classes", bs=args.batch)
    learner = vision_learner(loaders, args.backbone, loss_func=loss, metrics=measure)
    lap("prepare")
    print(f"\n{name}: {len(loaders.train_ds)} pictures to train on, {len(loaders.valid_ds)} held out, "
          f"batch {args.batch}, {loaders.fake_l.num_workers} workers, {torch.get_num_threads()} threads")
    learner.logger = print_epoch
    with learner.no_bar():
        learner.fit(args.epochs)
        lap("fit")
        _, valid_loss, valid_accuracy = learner.final_record
        unseen = get_image_files(f"{args.pictures}/unseen")
        probability, _ = learner.get_preds(dl=loaders.test_dl(unseen))
        lap("unseen")

    highest = probability.max(dim=1).values
    # A classifier always names a class; a label model names what reaches its threshold.
    labelled = 1.0 if threshold is None else (highest > threshold).float().mean().item()
    result = {
        "name": name, "seconds": seconds, "labelled": labelled,
        "valid_loss": valid_loss, "valid_accuracy": valid_accuracy,
        "highest": {"min": highest.min().item(), "median": highest.median().item(),
                    "max": highest.max().item()},
    }
    print(f"  of {len(unseen)} unseen pictures {labelled:.1%} get a label; highest probability "
          f"{result['highest']['min']:.4f} to {result['highest']['max']:.4f}, "
          f"median {result['highest']['median']:.4f}", flush=True)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", required=True)
    parser.add_argument("--check", action="store_true", help="only compare the network with --golden")
    parser.add_argument("--golden")
    parser.add_argument("--pictures", help="a folder made by script/demo-pictures")
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--json", help="where to write seconds and measures")
    args = parser.parse_args()

    args.backbone = EfficientNetLite0(args.weights)
    if args.check:
        return check(args.backbone, args.golden)

    model_meta[args.backbone] = {"cut": None, "split": default_split, "stats": STATS}
    results = [train_and_ask(model, args) for model in models()]
    with open(args.json, "w") as f:
        json.dump({"import": IMPORTED, "models": results}, f, indent=1)


if __name__ == "__main__":
    main()
