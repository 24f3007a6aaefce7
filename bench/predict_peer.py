"""What `oneormany predict` does, as one would write it in Python; bench/predict runs it.

    predict_peer.py --export FILE.onnx --weights FILE       the network and a head of two classes
    predict_peer.py --runtime torch|onnxruntime --network FILE.onnx --weights FILE < names > rows

Pillow decodes in threads while the network runs on the batch before; a JSON line for each picture.
"""
import argparse
import json
import os
import sys
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

BATCH, SIZE = 16, 224
THREADS = len(os.sched_getaffinity(0))


def network_of(weights):
    import torch
    from efficientnet_lite0 import EfficientNetLite0
    network = EfficientNetLite0(weights)()
    torch.manual_seed(1)
    network._fc = torch.nn.Linear(1280, 2)
    return torch.nn.Sequential(network, torch.nn.Sigmoid()).eval()


def export(weights, file):
    import torch
    torch.onnx.export(network_of(weights), (torch.zeros(1, 3, SIZE, SIZE),), file, dynamo=False,
                      input_names=["x"], output_names=["p"], dynamic_axes={"x": {0: "n"}, "p": {0: "n"}})


def runner(args):
    """From a batch of n x 3 x 224 x 224 floats to n x 2 probabilities."""
    if args.runtime == "torch":
        import torch
        torch.set_num_threads(THREADS)
        network = network_of(args.weights)

        def run(batch):
            with torch.inference_mode():
                return network(torch.from_numpy(batch)).numpy()
        return run
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(args.network, options, providers=["CPUExecutionProvider"])
    return lambda batch: session.run(None, {"x": batch})[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--export")
    parser.add_argument("--weights")
    parser.add_argument("--network")
    parser.add_argument("--runtime", choices=("torch", "onnxruntime"))
    args = parser.parse_args()
    if args.export:
        return export(args.weights, args.export)

    import numpy
    import PIL.Image
    PIL.Image.MAX_IMAGE_PIXELS = None

    def decode(name):
        try:
            picture = PIL.Image.open(name)
            if picture.mode in ("RGBA", "LA", "P", "PA"):  # on white, as oneormany does
                picture = picture.convert("RGBA")
                picture = PIL.Image.alpha_composite(PIL.Image.new("RGBA", picture.size, "white"), picture)
            picture = picture.convert("RGB").resize((SIZE, SIZE), PIL.Image.Resampling.BILINEAR)
            return (numpy.asarray(picture, numpy.float32).transpose(2, 0, 1) - 127) / 128
        except OSError as error:
            return str(error)

    run = runner(args)
    names = (line.rstrip("\n") for line in sys.stdin)
    waiting = deque()
    with ThreadPoolExecutor(THREADS) as pool:
        while True:
            while len(waiting) < 3 and (some := list(islice(names, BATCH))):
                waiting.append([(name, pool.submit(decode, name)) for name in some])
            if not waiting:
                break
            done = [(name, future.result()) for name, future in waiting.popleft()]
            good = [(name, pixels) for name, pixels in done if not isinstance(pixels, str)]
            if good:
                for (name, _), p in zip(good, run(numpy.stack([pixels for _, pixels in good]))):
                    print(json.dumps({"file": name, "probability": float(p.max()), "error": None}))
            for name, why in done:
                if isinstance(why, str):
                    print(json.dumps({"file": name, "error": why}))
            sys.stdout.flush()


main()
