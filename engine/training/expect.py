"""What a recipe meets in a workspace: which data it could learn from, and how long that takes on this machine."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, Literal

from engine.modeling.recipes import Recipe

if TYPE_CHECKING:
    from engine.workspace import Workspace

SPREAD = 0.25  # of the time of one or two earlier runs, when there is no more to tell it by
ENOUGH = {"class": 20}  # of each label; see the words of the recipes
ENOUGH_OBJECTS = 30


@dataclass(frozen=True)
class Data:
    """What of a workspace a recipe can learn from.

    Attributes:
        images: that have such annotations.
        labels: how many annotations each label has.
        enough: what each label should have.
    """

    images: int
    labels: dict[str, int]
    enough: int

    @property
    def short(self) -> dict[str, int]:
        """The labels that have too few."""
        return {name: count for name, count in self.labels.items() if count < self.enough}

    @property
    def ready(self) -> bool:
        """Whether there are labels, each with enough."""
        return bool(self.labels) and not self.short


@dataclass(frozen=True)
class Time:
    """How long a training takes, s, and how that is known: from earlier runs of the recipe, or estimated."""

    seconds: float
    low: float
    high: float
    source: Literal["runs", "estimate"]
    runs: int = 0

    def to_json(self) -> dict[str, Any]:
        """As the commands print it."""
        return asdict(self)


def data_for(ws: Workspace, recipe: Recipe) -> Data:
    """Count what a recipe could learn from; predictions do not count."""
    kinds = ", ".join("?" for _ in recipe.kinds)
    where = f"origin <> 'model' AND kind IN ({kinds})"
    ((images,),) = ws.query(f"SELECT count(DISTINCT item_id) FROM annotation WHERE {where}", list(recipe.kinds))
    rows = ws.query(
        f"SELECT l.name, count(*) FROM annotation a JOIN label l ON a.label_id = l.id WHERE {where.replace('kind', 'a.kind')}"
        " GROUP BY l.name, l.position ORDER BY l.position",
        list(recipe.kinds),
    )
    return Data(images, dict(rows), ENOUGH.get(recipe.kinds[0], ENOUGH_OBJECTS))


def time_of_runs(ws: Workspace, recipe: Recipe) -> Time | None:
    """The time by trainings of this recipe that ended here, for as many images as the template has; None: there is none."""
    from engine.training.models import list_models

    loop = _loop(recipe)
    per_image: list[float] = []
    for model in list_models(ws):
        details = model.details
        seen = int(details.get("steps", 0)) * int(details.get("batch", 0))
        if seen and float(details.get("seconds", 0)) > 0 and _recipe_of(model.folder) == recipe.name:
            per_image.append(float(details["seconds"]) / seen)
    if not per_image:
        return None
    middle = median(per_image)
    low, high = min(*per_image, middle * (1 - SPREAD)), max(*per_image, middle * (1 + SPREAD))
    return Time(middle * loop, low * loop, high * loop, "runs", len(per_image))


def estimated_time(recipe: Recipe) -> Time:
    """The time by a short measurement, in the process beside the window.

    Raises:
        LinesideError: it cannot be measured.
    """
    from engine.modeling.speed import estimate

    found = estimate(recipe.graph("estimate"))
    return Time(found.middle, found.low, found.high, "estimate")


def _loop(recipe: Recipe) -> int:
    """How many images a training of the template sees."""
    values = next((node.parameters for node in recipe.graph("loop").nodes if node.type == "train.fit"), {})
    return int(values.get("steps", 0)) * int(values.get("batch", 0))


def _recipe_of(folder: Any) -> str:
    try:
        return str(json.loads((folder / "run.json").read_text("utf-8")).get("recipe", ""))
    except (OSError, ValueError):
        return ""
