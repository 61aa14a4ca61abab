"""How many images must be labelled for nearly the full accuracy, by the queue and in random order; simulated on DeepPCB.

A simulated person labels the training images in batches; after each batch a detector is trained from scratch on what is
labelled and measured on the test images: a small head on the frozen features of the ImageNet backbone, quick enough to
train it dozens of times. The queue ranks the rest with `engine.curation.strategies`, as the product does.
Per seed, random order and queue begin with the same images. "Reached" is where the curve, made monotone and joined by
straight lines, first meets 95 % of the mAP@0.5 that the same training on all images gives (mean over the seeds).
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

DATA = Path(os.environ.get("LINESIDE_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
SIDE, STRIDE, CELLS, BATCH, WIDTH = 640, 8, 20, 16, 64
STEPS = int(os.environ.get("LINESIDE_QUEUE_STEPS", 600))
FIRST, MORE = 20, 20
SEEDS = (0, 1, 2)
ENOUGH = 0.95


@dataclass
class Course:
    """One simulated labelling: after how many images (and boxes) which mAP."""

    images: list[int] = field(default_factory=list)
    boxes: list[int] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)

    def reached(self, wanted: float, over: list[int]) -> float | None:
        """How much had to be labelled until the accuracy was there; None: never."""
        best = np.maximum.accumulate(self.accuracy)
        place = int(np.searchsorted(best, wanted))
        if place == len(best):
            return None
        if place == 0:
            return float(over[0])
        share = (wanted - best[place - 1]) / max(best[place] - best[place - 1], 1e-9)
        return float(over[place - 1] + share * (over[place] - over[place - 1]))


class Trial:
    """The data, and training and asking the small detector."""

    def __init__(self, folder: Path) -> None:
        import torch

        from engine.data.imports import import_data
        from engine.data.versions import create_version
        from engine.training.samples import Images
        from engine.workspace import Workspace

        torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", 2)))
        with Workspace.create(folder / "ws") as ws:
            import_data(ws, DATA / "deeppcb" / "train.coco.json", split="train")
            import_data(ws, DATA / "deeppcb" / "test.coco.json", split="val")
            version = create_version(ws, "pcb")
            self.images = Images(str(ws.path / "versions" / str(version.id)), "detection", width=SIDE, height=SIDE)
            self.images.load(lambda *_: None)
        self.manifest = self.images.manifest()
        self.count = len(self.images.train)
        self.train_maps, self.val_maps = self._features(self.images.train), self._features(self.images.val)

    def _features(self, samples: Any) -> Any:
        """(N, 176, 80, 80) float16: what the ImageNet backbone sees at strides 4, 8 and 16, brought to stride 8."""
        import torch
        from torch.nn import functional

        from engine.modeling.nets.efficientnet import EfficientNetLite0

        backbone = EfficientNetLite0().eval()
        backbone.load_pretrained()
        found = []
        with torch.no_grad():
            for index in range(len(samples)):
                image = torch.from_numpy(samples.canvas(index)).permute(2, 0, 1)[None].float()
                levels = backbone(((image - 127) / 128).expand(-1, 3, -1, -1))
                size = (SIDE // STRIDE, SIDE // STRIDE)
                maps = [functional.adaptive_max_pool2d(levels[0], size), levels[1]]
                maps.append(functional.interpolate(levels[2], size=size, mode="bilinear"))
                found.append(torch.cat(maps, 1)[0].half())
        maps = torch.stack(found)
        return maps / maps.float().std((0, 2, 3), keepdim=True).clamp_min(1e-3).half()

    def train(self, chosen: list[int], seed: int) -> Any:
        """A head trained from scratch on these images' features: the average of the weights over the last half."""
        import torch

        from engine.modeling.nets.detection import AnchorFreeHead, DetectionLoss
        from engine.training.optimisers import AdamW

        torch.manual_seed(seed)
        random = np.random.default_rng(seed)
        head = torch.nn.ModuleDict(
            {
                "mix": torch.nn.Sequential(
                    torch.nn.Conv2d(self.train_maps.shape[1], WIDTH, 3, padding=1, bias=False),
                    torch.nn.GroupNorm(8, WIDTH),
                    torch.nn.SiLU(),
                ),
                "head": AnchorFreeHead(WIDTH, (STRIDE,), len(self.images.labels)),
            }
        )
        settings = AdamW().configure(head, STEPS)
        optimiser, schedule = settings["optimizer"], settings["lr_scheduler"]["scheduler"]
        loss_of = DetectionLoss()
        average = [value.detach().clone() for value in head.parameters()]
        pool = self.images.train.items
        with_boxes = [index for index in chosen if len(pool[index].boxes)]
        for step in range(STEPS):
            maps, boxes, labels = self._crops(random.choice(with_boxes, BATCH), random)
            loss = loss_of(head["head"]([head["mix"](maps)]), boxes, labels)["loss"]
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(head.parameters(), 5.0)
            optimiser.step()
            schedule.step()
            if step >= STEPS // 2:
                with torch.no_grad():
                    weight = 1 / (step - STEPS // 2 + 1)
                    torch._foreach_lerp_(average, [value.detach() for value in head.parameters()], weight)
        with torch.no_grad():
            for value, mean in zip(head.parameters(), average, strict=True):
                value.copy_(mean)
        return head.eval()

    def _crops(self, chosen: Any, random: np.random.Generator) -> tuple[Any, Any, Any]:
        """Windows of the maps around an object of each image, mirrored by chance, with their boxes."""
        import torch

        maps, truth = [], []
        for index in chosen.tolist():
            sample, whole = self.images.train.items[index], self.train_maps[index]
            box = sample.boxes[random.integers(len(sample.boxes))]
            centre = ((box[1] + box[3]) / 2 / STRIDE, (box[0] + box[2]) / 2 / STRIDE)
            size = whole.shape[-1]
            y, x = (int(min(max(c - random.uniform(0.2, 0.8) * CELLS, 0), size - CELLS)) for c in centre)
            part = whole[:, y : y + CELLS, x : x + CELLS].float()
            boxes = sample.boxes - np.array([x, y, x, y], np.float32) * STRIDE
            side = CELLS * STRIDE
            middle = (boxes[:, :2] + boxes[:, 2:]) / 2
            inside = ((middle > 0) & (middle < side)).all(1)
            maps.append(part)
            truth.append((np.clip(boxes[inside], 0, side), sample.labels[inside]))
        most = max(1, *(len(labels) for _, labels in truth))
        boxes = np.zeros((len(truth), most, 4), np.float32)
        labels = np.full((len(truth), most), -1, np.int64)
        for row, (some, names) in enumerate(truth):
            boxes[row, : len(some)], labels[row, : len(names)] = some, names
        return torch.stack(maps), torch.from_numpy(boxes), torch.from_numpy(labels)

    def _answers(self, head: Any, maps: Any, floor: float) -> list[Any]:
        """(boxes xyxy px, scores, classes) of each image."""
        import torch

        from engine.serving.postprocess import select

        found = []
        with torch.no_grad():
            for start in range(0, len(maps), 8):
                output = head["head"]([head["mix"](maps[start : start + 8].float())])
                for boxes, logits in zip(output.boxes.numpy(), output.logits.sigmoid().numpy(), strict=True):
                    found.append(select(boxes, logits, floor, 0.5, 100))
        return found

    def accuracy(self, head: Any) -> float:
        """mAP@0.5 on the test images."""
        from engine.training.validate import average_precision

        answers = list(enumerate(self._answers(head, self.val_maps, 0.01)))
        return average_precision(self.images.val, answers, self.manifest)["val_map50"]

    def predict(self, head: Any, chosen: list[int]) -> tuple[list[Any], np.ndarray]:
        """What the detector says of training images, and (N, D) normalised embeddings: the largest of each feature."""
        from engine.curation.strategies import NOTICED, Predicted

        maps = self.train_maps[chosen]
        told = [
            Predicted(boxes.astype(float), classes.astype(np.int64), scores.astype(float), width=SIDE, height=SIDE)
            for boxes, scores, classes in self._answers(head, maps, NOTICED)
        ]
        embeddings = maps.amax((2, 3)).float().numpy()
        embeddings -= embeddings.mean(0)
        return told, embeddings / np.maximum(np.linalg.norm(embeddings, axis=1, keepdims=True), 1e-9)

    def labelled(self, strategy: str, seed: int, until: float) -> Course:
        """Label batch by batch until the accuracy is there."""
        from engine.curation.strategies import choose

        first = np.random.default_rng(seed).permutation(self.count).tolist()
        mine, course = first[:FIRST], Course()
        while True:
            network = self.train(mine, seed)
            course.images.append(len(mine))
            course.boxes.append(sum(len(self.images.train.items[i].boxes) for i in mine))
            course.accuracy.append(self.accuracy(network))
            print(
                f"  {strategy} seed {seed}: {len(mine)} images {course.accuracy[-1]:.3f}", file=sys.stderr, flush=True
            )
            rest = [index for index in first if index not in set(mine)]
            if course.accuracy[-1] >= until or not rest:
                return course
            if strategy == "random":
                mine = first[: len(mine) + MORE]
                continue
            told, vectors = self.predict(network, [*rest, *mine])
            ranking = choose(
                strategy, MORE, predicted=told[: len(rest)], embeddings=vectors[: len(rest)], known=vectors[len(rest) :], seed=seed
            )  # fmt: skip
            mine = mine + [rest[index] for index in ranking.first(MORE)]


def fraction_to_95(strategies: tuple[str, ...] = ("mix",)) -> dict[str, float]:
    """Images that the queue needs for 95 % of the full accuracy, as a share of what random order needs."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    with tempfile.TemporaryDirectory(prefix="lineside-bench-") as folder:
        trial = Trial(Path(folder))
        full = statistics.mean(trial.accuracy(trial.train(list(range(trial.count)), seed)) for seed in SEEDS)
        wanted = ENOUGH * full
        print(f"  all {trial.count} images: {full:.3f}, wanted {wanted:.3f}", file=sys.stderr, flush=True)
        found = {
            name: [trial.labelled(name, seed, wanted) for seed in SEEDS]
            for name in dict.fromkeys(("random", *strategies))
        }
    return _figures(found, wanted, full, strategies[0])


def _figures(found: dict[str, list[Course]], wanted: float, full: float, chosen: str) -> dict[str, float]:
    print(json.dumps({name: [vars(course) for course in courses] for name, courses in found.items()}), file=sys.stderr)
    needed = {
        (name, what): statistics.mean(
            course.reached(wanted, getattr(course, what)) or getattr(course, what)[-1] for course in courses
        )
        for name, courses in found.items()
        for what in ("images", "boxes")
    }
    return {
        "label.queue_fraction_to_95": needed[chosen, "images"] / needed["random", "images"],
        "label.queue_fraction_to_95_boxes": needed[chosen, "boxes"] / needed["random", "boxes"],
        "label.queue_images_to_95": needed[chosen, "images"],
        "label.random_images_to_95": needed["random", "images"],
        "label.full_map50": full,
    }


MEASURES = [fraction_to_95]
