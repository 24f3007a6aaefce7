"""Runs ONNX files in ONNX Runtime, which knows nothing of oneormany.

    run_onnx.py INPUT.npy MODEL.onnx...

Prints a JSON list: of each model its input, outputs and metadata; the latter read as Ultralytics does.
"""
import ast
import json
import sys

import numpy as np
import onnx
import onnxruntime

onnxruntime.set_default_logger_severity(3)
fed = np.load(sys.argv[1])
results = []
for file in sys.argv[2:]:
    onnx.checker.check_model(file, full_check=True)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    metadata = session.get_modelmeta().custom_metadata_map
    for key, value in metadata.items():
        if key in {"imgsz", "names", "args"}:
            metadata[key] = ast.literal_eval(value)
        elif key in {"stride", "batch", "channels"}:
            metadata[key] = int(value)
        elif key.startswith("oneormany.") and value.startswith("{"):
            metadata[key] = json.loads(value)
    (wants,) = session.get_inputs()
    outputs = session.run(None, {wants.name: fed})
    results.append({
        "input": {"name": wants.name, "type": wants.type, "shape": wants.shape},
        "outputs": {o.name: value.tolist() for o, value in zip(session.get_outputs(), outputs)},
        "types": {o.name: o.type for o in session.get_outputs()},
        "opsets": {o.domain: o.version for o in onnx.load(file).opset_import},
        "metadata": metadata,
    })
json.dump(results, sys.stdout)
