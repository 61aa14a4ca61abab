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
from engine.training.sweeps import TASKS
from engine.training.sweeps.space import swapped

SMALLEST_PX = 12.0  # of an object in the model's input; below it a detector on stride 8 misses it
USUAL_SIDE, LARGEST_SIDE = 640, 1280
WHOLE = ("classification", "multilabel")  # of these that speak of whole images


@dataclass(frozen=True)
class Facts:
    """What decides about the recipes.

    Attributes:
        side: px of the longer side of the middle image.
        small: px of the shorter side of an object, smaller than nine in ten; 0 where there are none.
        targets: columns of a table that are foretold.
    """

    task: str
    train: int
    val: int
    side: int = 0
    small: float = 0.0
    targets: int = 0

    def told(self) -> Text:
        """In a sentence."""
        if self.task == "tabular":
            return Text(
                f"{self.train} rows to learn from, {self.val} to compare by; columns to foretell: {self.targets}.",
                f"训练行 {self.train} 行，验证行 {self.val} 行；预测目标 {self.targets} 列。",
            )
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
        values: what tells it from the others, by "node.parameter", or by node for the type of its component; "recipe" is
            its name.
        why: it may be the best.
        like: the recipe whose settings go with those types.
    """

    values: dict[str, Any]
    why: Text
    like: str = ""

    @property
    def name(self) -> str:
        """As a person reads it."""
        return ", ".join(f"{k.partition('.')[2]} {v}" if "." in k else str(v) for k, v in self.values.items())

    @property
    def length(self) -> str:
        """The parameter that says how long is learnt: steps, or trees."""
        return "train.rounds" if self._grows else "train.steps"

    @property
    def rate(self) -> str:
        """The parameter that is the learning rate."""
        return "train.rate" if self._grows else "optimiser.rate"

    @property
    def _grows(self) -> bool:
        return RECIPES[self.values["recipe"]].components["train"] == "train.boost"

    def graph(self, name: str, **train: Any) -> Graph:
        """The recipe's graph with the values, and with settings of the training: steps (or trees), checks."""
        types = {key: value for key, value in self.values.items() if "." not in key and key != "recipe"}
        drawn = swapped(RECIPES[self.values["recipe"]].graph(name), types)
        values = dict(RECIPES[self.like].parameters) if self.like else {}
        values |= {key: value for key, value in self.values.items() if "." in key}
        if "data.width" in values:
            values["data.height"] = values["data.width"]
        settings = {self.length if key == "steps" else f"train.{key}": value for key, value in train.items()}
        return drawn.with_parameters(values | settings)


def look(workspace: Path, version: int, task: str) -> Facts:
    """The facts of a version.

    Raises:
        UsageError: there are no recipes for its task.
    """
    from engine.data.tables import names
    from engine.data.versions import read_version
    from engine.training.marks import KINDS, rows_of

    data = read_version(workspace, version)
    labelled = str(data.manifest["task"])
    splits = data.manifest["splits"]
    train, val = int(splits.get("train", 0)), int(splits.get("val", 0))
    task = task or (labelled if labelled in TASKS else "detection")
    if task == "anomaly":
        known = ", ".join(name for name, recipe in RECIPES.items() if recipe.task == task)
        raise UsageError(
            f"Anomaly models look at the good images once, in seconds, so no time has to be shared out; train {known} and"
            " compare them by lineside compare."
        )
    if task not in TASKS:
        raise UsageError(f"There are no recipes to compare for “{task}”; there are some for {', '.join(TASKS)}.")
    if "tabular" in (task, labelled):
        if task != labelled:
            raise UsageError(
                f"This version holds {'rows of a table' if labelled == 'tabular' else 'images'}, nothing for “{task}”."
            )
        return Facts(task, train, val, targets=max(1, len(names(data.manifest["table"].get("target", "")))))
    sides = np.maximum(np.array(data.items["width"]), np.array(data.items["height"]))
    shapes = rows_of(data.annotations, KINDS[task])
    short = np.minimum(np.array(shapes["w"], float), np.array(shapes["h"], float))
    short = short[np.isfinite(short) & (short > 0)]
    small = float(np.percentile(short, 10)) if task not in WHOLE and len(short) else 0.0
    return Facts(task, train, val, int(np.median(sides)), small)


def candidates(facts: Facts) -> list[Candidate]:
    """What competes, the quickest first: of a short budget the others need not even be measured."""
    if facts.task == "tabular":
        return list(_tables(facts))
    return list(_classification(facts) if facts.task in WHOLE else _placed(facts))


def _tables(facts: Facts) -> Iterator[Candidate]:
    if facts.targets > 1:
        yield Candidate(
            {"recipe": "table-mmoe"}, Text("columns that go together help each other", "相关的目标互相促进")
        )
        own = Text(
            "experts of each column's own: for answers that contradict", "每个目标有专属专家：适合方向不一致的目标"
        )
        yield Candidate({"recipe": "table-ple"}, own)
        return
    yield Candidate(
        {"recipe": "table-lightgbm"}, Text("grown in seconds; strong on measurements", "几秒内完成；擅长测量值")
    )
    yield Candidate({"recipe": "table-fm"}, Text("what pairs of columns do together", "两列之间的相互作用"))
    deep = Text("what three or more columns do together; needs many rows", "三列及以上的共同作用；需要较多行")
    yield Candidate({"recipe": "table-deepfm"}, deep)


def _placed(facts: Facts) -> Iterator[Candidate]:
    side = _multiple(min(USUAL_SIDE, facts.side))
    cut = RECIPES[facts.task].graph("").node("augment").parameters["crop"] > 0
    crop = min(320, side) if cut else 0  # 0: the image as a whole
    usual = {"recipe": facts.task, "data.width": side, "augment.crop": crop, "backbone.width": 16}
    if side >= 256 and cut:
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
    learnt, size = f"{facts.task}-lite0", {"data.width": side, "augment.crop": crop}
    if learnt in RECIPES:
        yield Candidate({"recipe": learnt, **size}, photographs)
    else:
        lite0 = {"backbone": RECIPES["detection-lite0"].components["backbone"]}
        yield Candidate({"recipe": facts.task, **lite0, **size}, photographs, "detection-lite0")


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
