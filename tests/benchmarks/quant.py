"""Figures of quantisation: throughput of INT8 and BF16 against FP32 for the classifier's backbone, and what INT8 loses.

EfficientNet-Lite0 at 224² with ImageNet weights; a linear layer on it learns to tell the six defects of DeepPCB apart, on
crops of the training images; accuracy is on crops of the test images. Throughput: several requests at once, two threads.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

DATA = Path(os.environ.get("LINESIDE_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
SIZE, MARGIN, THREADS = 224, 24, 2
LIMIT = 900  # crops of a split


def quant() -> dict[str, float]:
    """Export, quantise with the product's own functions, compare."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    from engine.packaging import convert, measure
    from engine.packaging.quantize import quantize_folder

    crops, labels, names = _crops("train")
    test, expected, _ = _crops("test")
    manifest = _manifest(names)
    train_tensors = _tensors(crops, manifest)
    network = _network(train_tensors, torch.tensor(labels), len(names))
    train_tensors = train_tensors[::3]
    with tempfile.TemporaryDirectory(prefix="lineside-bench-") as temporary:
        folder = Path(temporary)
        convert.convert(network, manifest, folder / "fp32")
        worst = convert.parity(network, folder / "fp32", train_tensors[:8])
        convert.as_bf16(folder / "fp32", folder / "bf16")
        quantize_folder(folder / "fp32", folder / "int8", train_tensors)
        kinds = ["fp32", "int8", *(["bf16"] if measure.has_bf16() else [])]
        # In turns and the best of each: what else runs on the machine slows all of them down alike.
        speed = dict.fromkeys(kinds, 0.0)
        for _ in range(5):
            for kind in kinds:
                speed[kind] = max(speed[kind], measure.throughput(folder / kind, 1.0, THREADS))
        right = {kind: _accuracy(folder / kind, test, expected) for kind in kinds}
    figures = {
        "quant.int8_speedup": speed["int8"] / speed["fp32"],
        "quant.int8_drop_pt": right["fp32"] - right["int8"],
        "quant.fp32_accuracy_pt": right["fp32"],
        "quant.fp32_images_per_s": speed["fp32"],
        "quant.parity": max(worst.values()),
    }
    return figures | ({"quant.bf16_speedup": speed["bf16"] / speed["fp32"]} if "bf16" in speed else {})


def _crops(split: str) -> tuple[list[Any], list[int], list[str]]:
    """Squares around the defects of a split of DeepPCB, their labels, and the labels' names."""
    from engine.serving.images import decode

    folder = DATA / "deeppcb"
    document = json.loads((folder / f"{split}.coco.json").read_text())
    classes = {category["id"]: place for place, category in enumerate(document["categories"])}
    files = {image["id"]: folder / image["file_name"] for image in document["images"]}
    chosen = document["annotations"][:: max(1, len(document["annotations"]) // LIMIT)]
    crops, labels = [], []
    for annotation in chosen:
        image = decode(files[annotation["image_id"]], colours="rgb")
        x, y, width, height = annotation["bbox"]
        half = int(max(width, height) / 2 + MARGIN)
        left, top = max(0, int(x + width / 2) - half), max(0, int(y + height / 2) - half)
        crops.append(image[top : top + 2 * half, left : left + 2 * half])
        labels.append(classes[annotation["category_id"]])
    return crops, labels, [category["name"] for category in document["categories"]]


def _manifest(names: list[str]) -> Any:
    from engine.serving.manifest import ModelManifest

    spec = {"resize": "stretch", "mean": [0.498] * 3, "std": [0.502] * 3}
    shape = {"width": SIZE, "height": SIZE}
    return ModelManifest.from_json(
        {"name": "defects", "task": "classification", "labels": names, "input": shape, "preprocess": spec}
    )


def _tensors(crops: list[Any], manifest: Any) -> list[Any]:
    from engine.serving.preprocess import prepare

    return [prepare(crop, manifest)[0] for crop in crops]


def _network(tensors: list[Any], labels: Any, classes: int) -> Any:
    import torch
    from torch import nn

    from engine.modeling.nets.efficientnet import EfficientNetLite0

    class Classifier(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.backbone = EfficientNetLite0()
            self.backbone.load_pretrained()
            self.linear = nn.Linear(320, classes)

        def features(self, images: torch.Tensor) -> torch.Tensor:
            return self.backbone(images)[-1].mean((2, 3))

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return self.linear(self.features(images)).softmax(1)

    torch.manual_seed(0)
    network = Classifier().eval()
    with torch.no_grad():
        features = torch.cat([network.features(torch.from_numpy(np.concatenate(tensors[place : place + 16])))
                              for place in range(0, len(tensors), 16)]).clone()  # fmt: skip
    optimiser = torch.optim.LBFGS(network.linear.parameters(), max_iter=300, line_search_fn="strong_wolfe")

    def loss() -> Any:
        optimiser.zero_grad()
        value = (
            nn.functional.cross_entropy(network.linear(features), labels) + 1e-4 * network.linear.weight.square().sum()
        )
        value.backward()
        return value

    optimiser.step(loss)
    return network.requires_grad_(False)


def _accuracy(folder: Path, crops: list[Any], expected: list[int]) -> float:
    from engine.serving.predictor import openvino_predictor

    predictor = openvino_predictor(folder)
    labels = predictor.manifest.labels
    found = [predictor.predict(crop).classification for crop in crops]
    return 100 * float(np.mean([one.label == labels[label] for one, label in zip(found, expected, strict=True) if one]))


MEASURES = [quant]
