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

started = time.perf_counter()
import PIL.Image
import torch
from fastai.vision.all import (
    BCEWithLogitsLossFlat, CategoryBlock, CrossEntropyLossFlat, DataBlock, ImageBlock,
    MultiCategoryBlock, RandomSplitter, Resize, ResizeMethod, accuracy, accuracy_multi, default_split,
    get_image_files, parent_label, partial, set_seed, vision_learner)
from efficientnet_lite0 import EfficientNetLite0
from fastai.vision.learner import model_meta

IMPORTED = time.perf_counter() - started

PIL.Image.MAX_IMAGE_PIXELS = None  # a picture of 105 megapixels is one of the unseen


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
