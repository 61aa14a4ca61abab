"""Which recipes compete for a data version when only minutes are given, and why these."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import UsageError
from engine.modeling.catalogue import Text
from engine.modeling.graph import Graph
from engine.modeling.recipes import RECIPES

SMALLEST_PX = 12.0  # of an object in the model's input; below it a detector on stride 8 misses it
USUAL_SIDE, LARGEST_SIDE = 640, 1280
TASKS = ("detection", "segmentation", "classification", "multilabel")
WHOLE = ("classification", "multilabel")  # of these that speak of whole images


@dataclass(frozen=True)
class Facts:
    """What decides about the recipes.

    Attributes:
        side: px of the longer side of the middle image.
        small: px of the shorter side of an object, smaller than nine in ten; 0 where there are none.
    """

    task: str
    train: int
    val: int
    side: int
    small: float

    def told(self) -> Text:
        """In a sentence."""
        en = f"{self.train} images to learn from, {self.val} to compare by; the longer side is {self.side} px."
        zh = f"训练图像 {self.train} 幅，验证图像 {self.val} 幅；长边 {self.side} px。"
        if self.small:
            en += f" Nine of ten objects are at least {self.small:.0f} px across."
            zh += f"九成目标的短边不小于 {self.small:.0f} px。"
        return Text(en, zh)


@dataclass(frozen=True)
class Candidate:
    """A recipe with settings.

    Attributes:
        values: what tells it from the others, by "node.parameter"; "recipe" is its name.
        why: it may be the best.
    """

    values: dict[str, Any]
    why: Text

    @property
    def name(self) -> str:
        """As a person reads it."""
        return ", ".join(str(v) if k == "recipe" else f"{k.partition('.')[2]} {v}" for k, v in self.values.items())

    def graph(self, name: str, **train: Any) -> Graph:
        """The recipe's graph with the values, and with settings of the training."""
        recipe = RECIPES[self.values["recipe"]]
        drawn = recipe.graph(name)
        values = {key: value for key, value in self.values.items() if "." in key}
        if "data.width" in values:
            values["data.height"] = values["data.width"]
        return drawn.with_parameters(values | {f"train.{key}": value for key, value in train.items()})


def look(workspace: Path, version: int, task: str) -> Facts:
    """The facts of a version.

    Raises:
        UsageError: there are no recipes for its task.
    """
    from engine.data.versions import read_version

    data = read_version(workspace, version)
    labelled = str(data.manifest["task"])
    task = task or (labelled if labelled in TASKS else "detection")
    if task == "anomaly":
        known = ", ".join(name for name, recipe in RECIPES.items() if recipe.task == task)
        raise UsageError(
            f"Anomaly models look at the good images once, in seconds, so no time has to be shared out; train {known} and"
            " compare them by lineside compare."
        )
    if task not in TASKS:
        raise UsageError(f"There are no recipes to compare for “{task}”; there are some for {', '.join(TASKS)}.")
    sides = np.maximum(np.array(data.items["width"]), np.array(data.items["height"]))
    shapes = np.array(data.annotations["kind"].to_pylist()) != "class"
    short = np.minimum(np.array(data.annotations["w"], float), np.array(data.annotations["h"], float))[shapes]
    short = short[np.isfinite(short) & (short > 0)]
    small = float(np.percentile(short, 10)) if task not in WHOLE and len(short) else 0.0
    splits = data.manifest["splits"]
    return Facts(task, int(splits.get("train", 0)), int(splits.get("val", 0)), int(np.median(sides)), small)


def candidates(facts: Facts) -> list[Candidate]:
    """What competes, the quickest first: of a short budget the others need not even be measured."""
    return list(_classification(facts) if facts.task in WHOLE else _placed(facts))


def _placed(facts: Facts) -> Iterator[Candidate]:
    side = _multiple(min(USUAL_SIDE, facts.side))
    crop = min(320, side)
    usual = {"recipe": facts.task, "data.width": side, "augment.crop": crop, "backbone.width": 16}
    if side >= 256:
        more = Text("small crops: many steps in the same time", "裁剪小：同样时间内步数多")
        yield Candidate({**usual, "augment.crop": _multiple(crop / 2)}, more)
    yield Candidate(usual, Text("a small network, quick on any machine", "小网络，在任何机器上都较快"))
    if facts.small * side / 2 / facts.side >= SMALLEST_PX:
        half = _multiple(side / 2)
        why = Text("half the resolution: the objects are still large enough", "分辨率减半：目标仍足够大")
        yield Candidate({**usual, "data.width": half, "augment.crop": min(crop, half), "backbone.width": 32}, why)
    elif facts.small * side / facts.side < SMALLEST_PX and facts.side > side:
        larger = min(LARGEST_SIDE, _multiple(facts.side))
        why = Text("a higher resolution: objects would be too small otherwise", "提高分辨率：否则目标过小")
        yield Candidate({**usual, "data.width": larger}, why)
    wide = Text("twice as wide: sees finer differences, a step takes longer", "宽度加倍：能分辨更细的差别，但每步更慢")
    yield Candidate({**usual, "backbone.width": 32}, wide)
    photographs = Text("begins with what it learnt from a million photographs", "使用百万张照片的预训练权重")
    yield Candidate({"recipe": f"{facts.task}-lite0", "data.width": side, "augment.crop": crop}, photographs)


def _classification(facts: Facts) -> Iterator[Candidate]:
    learnt = Text("begins with what it learnt from a million photographs", "使用百万张照片的预训练权重")
    scratch = Text("learns from scratch: for images unlike photographs", "从零训练：适合与照片差别较大的图像")
    coarse = Text("a low resolution: many steps in the same time", "分辨率低：同样时间内步数多")
    small = {"recipe": f"{facts.task}-small", "data.width": _multiple(min(64, facts.side)), "backbone.width": 16}
    yield Candidate(small, coarse)
    yield Candidate({**small, "data.width": _multiple(min(128, max(64, facts.side))), "backbone.width": 32}, scratch)
    yield Candidate({"recipe": facts.task, "data.width": 128}, learnt)
    fine = Text("the same at a higher resolution", "同上，分辨率更高")
    yield Candidate({"recipe": facts.task, "data.width": 224}, fine)


def _multiple(side: float) -> int:
    """The nearest size that the networks take."""
    return max(32, round(side / 32) * 32)
