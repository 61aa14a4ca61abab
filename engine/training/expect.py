"""What a recipe meets in a workspace: which data it could learn from, and how long that takes on this machine."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, Literal

from engine.data.versions import list_versions
from engine.modeling.recipes import Recipe
from engine.modeling.speed import images_seen
from engine.training.marks import KINDS, VERDICTS, is_normal

if TYPE_CHECKING:
    from engine.workspace import Workspace

SPREAD = 0.25  # of the time of one or two earlier runs, when there is no more to tell it by
ENOUGH = {"class": 20}  # of each label; see the words of the recipes
ENOUGH_OBJECTS = 30
ENOUGH_ROWS = 1000
ASSUMED = 100  # good images of an anomaly model where the workspace has none


@dataclass(frozen=True)
class Data:
    """What of a workspace a recipe can learn from.

    Attributes:
        images: that have such annotations.
        labels: how many annotations each label has; for anomaly, how many images are good and how many are not; for
            tables, how many rows each version has.
        enough: what each label should have.
        wanted: the labels that should; None: all.
    """

    images: int
    labels: dict[str, int]
    enough: int
    wanted: tuple[str, ...] | None = None

    @property
    def short(self) -> dict[str, int]:
        """The labels that have too few."""
        wanted = self.labels if self.wanted is None else self.wanted
        return {name: self.labels[name] for name in wanted if self.labels.get(name, self.enough) < self.enough}

    @property
    def ready(self) -> bool:
        """Whether there are labels, each with enough."""
        return bool(self.labels) and not self.short


@dataclass(frozen=True)
class Time:
    """How long a training takes, s, and how that is known: from earlier runs of the recipe, or estimated.

    Attributes:
        images: how many it is for; 0 where the template tells that by its steps.
    """

    seconds: float
    low: float
    high: float
    source: Literal["runs", "estimate"]
    runs: int = 0
    images: int = 0

    def to_json(self) -> dict[str, Any]:
        """As the commands print it."""
        return asdict(self)


def data_for(ws: Workspace, recipe: Recipe) -> Data:
    """Count what a recipe could learn from; predictions do not count."""
    if recipe.task == "anomaly":
        return _good_and_bad(ws)
    if recipe.task == "tabular":
        tables = {version.name: version.items for version in list_versions(ws) if version.is_table}
        return Data(0, tables, ENOUGH_ROWS)
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

    images = _images(data_for(ws, recipe)) if _looks(recipe) else 0
    loop = images_seen(recipe.graph("loop"), images)
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
    return Time(middle * loop, low * loop, high * loop, "runs", len(per_image), images)


def estimated_time(recipe: Recipe, data: Data | None = None) -> Time | None:
    """The time by a short measurement, in the process beside the window; None: for tables only runs tell it.

    Args:
        data: what there is to look at; it counts for a recipe that remembers instead of learning.

    Raises:
        LinesideError: it cannot be measured.
    """
    from engine.modeling.speed import estimate

    if recipe.task == "tabular":
        return None
    images = _images(data) if _looks(recipe) else 0
    found = estimate(recipe.graph("estimate"), images)
    return Time(found.middle, found.low, found.high, "estimate", images=images)


def _looks(recipe: Recipe) -> bool:
    """Whether it looks at each good image instead of learning in steps."""
    return not {"train.gather", "train.boost"}.isdisjoint(recipe.components.values())


def _images(data: Data | None) -> int:
    """Good images, or the rows of the largest table."""
    counts = data.labels if data is not None else {}
    return counts.get(VERDICTS[0], 0) or max(counts.values(), default=0) or ASSUMED


def _good_and_bad(ws: Workspace) -> Data:
    """Images as an anomaly model sees them; see `engine.training.marks`."""
    kinds = KINDS["anomaly"]
    rows = ws.query(
        "SELECT a.item_id, a.kind, l.name FROM annotation a JOIN label l ON a.label_id = l.id"
        f" WHERE a.origin <> 'model' AND a.kind IN ({', '.join('?' for _ in kinds)})",
        list(kinds),
    )
    bad = {item for item, kind, name in rows if kind != "class" or not is_normal(name)}
    good = {item for item, kind, name in rows if kind == "class" and is_normal(name)}
    ((images,),) = ws.query("SELECT count(*) FROM item")
    normal = len(good - bad) if good else images - len(bad)
    labels = dict(zip(VERDICTS, (normal, len(bad)), strict=True)) if images else {}
    return Data(normal + len(bad), labels, ENOUGH["class"], VERDICTS[:1])


def _recipe_of(folder: Any) -> str:
    try:
        return str(json.loads((folder / "run.json").read_text("utf-8")).get("recipe", ""))
    except (OSError, ValueError):
        return ""
