"""The job that evaluates a model under growing disturbances, and what it leaves: a curve for each, and where it breaks."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.changes import Changes, changed
from engine.errors import BadInput, UsageError

if TYPE_CHECKING:
    from engine.data.versions import VersionData
    from engine.evaluation.disturbances import Disturbance
    from engine.evaluation.predictor import Looks
    from engine.evaluation.scores import Scores
    from engine.jobs import Job, JobContext
    from engine.workspace import Transaction, Workspace

SCHEMA = 1
FILE = "robustness.json"
ITEMS = 60  # of the split; more only make the curves smoother
LOSS = 0.05  # a model that loses more of its main figure is broken
UPRIGHT_ONLY = (
    "detection",
    "rotated",
    "keypoints",
    "classification",
    "multilabel",
)  # tasks whose answers can be turned back


@dataclass(frozen=True)
class Level:
    """The main figure at one level, and the keys of the items that have more mistakes than undisturbed."""

    level: float
    value: float
    worse: list[int]


@dataclass(frozen=True)
class Strain:
    """One disturbance, its levels from weak to strong.

    Attributes:
        breaks_at: the first level that loses more than `LOSS`; None: none of them does.
        holds_to: the last level before; None: even the first one breaks it.
    """

    name: str
    unit: str
    levels: list[Level]
    breaks_at: float | None
    holds_to: float | None


@dataclass(frozen=True)
class Robustness:
    """One result; `base` is the main figure of the same items undisturbed."""

    model: str
    model_id: int
    version: str
    version_id: int
    split: str
    precision: str
    main: str
    items: int
    base: float
    strains: list[Strain]

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"schema": SCHEMA, **asdict(self)}

    @staticmethod
    def from_json(document: dict[str, Any]) -> Robustness:
        """The other way."""
        strains = [
            Strain(**{**strain, "levels": [Level(**level) for level in strain["levels"]]})
            for strain in document["strains"]
        ]
        known = {name: value for name, value in document.items() if name not in ("schema", "strains")}
        return Robustness(**known, strains=strains)


def measure_robustness(
    ws: Workspace, model: str | int, version: str | int, split: str = "test", precision: str = "torch",
    items: int = ITEMS, only: Sequence[str] = (),
) -> Job:  # fmt: skip
    """Start measuring how a model stands disturbed pictures.

    Args:
        items: how many of the split are looked at.
        only: names of disturbances; all without any.

    Raises:
        UsageError: no such model, version or disturbance, or no items.
        BadInput: it is a model of tables, the split has no items, or the model was not exported in that precision.
    """
    from engine.evaluation.disturbances import named
    from engine.evaluation.evaluate import chosen_model
    from engine.jobs import submit
    from engine.training.models import get_model

    if items < 1:
        raise UsageError(f"At least one item is needed to measure anything, not {items}.")
    named(only)
    if get_model(ws, model).task == "tabular":
        raise BadInput("Robustness disturbs images; a model of tables has none.")
    arguments = chosen_model(ws, model, version, split, precision) | {"items": items, "only": list(only)}
    title = f"Robustness of {arguments['model']} on {arguments['version']} ({split})"
    return submit(ws, "robustness", arguments, title)


def run(context: JobContext) -> dict[str, Any]:
    """The worker's part."""
    from engine.data.versions import read_version
    from engine.evaluation.disturbances import named
    from engine.evaluation.evaluate import load_predictor
    from engine.workspace import write_atomically

    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    wanted = context.arguments
    run_folder = context.workspace / wanted["run"]
    context.progress(0.0, "Loading the model")
    predictor = load_predictor(run_folder, wanted["precision"])

    def progress(fraction: float, message: str) -> None:
        context.should_stop()
        context.wait_if_paused()
        context.progress(0.02 + 0.97 * fraction, message)

    version = read_version(context.workspace, wanted["version_id"])
    about = {name: wanted[name] for name in ("model", "model_id", "version", "version_id", "split", "precision")}
    found = strain(predictor, version, named(wanted["only"]), about, wanted["items"], progress)
    path = run_folder / "robustness" / context.folder.name / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(found.to_json(), ensure_ascii=False, allow_nan=False).encode())
    context.artifact(path, "robustness")
    context.progress(1.0, "Done")
    return {"path": str(path.relative_to(context.workspace)), **about}


def ingest(workspace: Workspace, tx: Transaction, spec: dict[str, Any], result: dict[str, Any]) -> Changes:
    """The owner's part: the file is the record; only screens need to know."""
    del workspace, tx, spec
    return changed(models=result["model_id"])


def strain(
    predictor: Looks, version: VersionData, disturbances: Sequence[Disturbance], about: dict[str, Any], items: int,
    progress: Callable[[float, str], None],
) -> Robustness:  # fmt: skip
    """Evaluate a model undisturbed, and then at each level of each disturbance, on the first `items` of a split."""
    from engine.evaluation.disturbances import Disturbed, rotation
    from engine.evaluation.predictor import evaluate_predictor

    if predictor.manifest.task not in UPRIGHT_ONLY:
        disturbances = [one for one in disturbances if one.apply is not rotation]
    steps = 1 + sum(len(one.levels) for one in disturbances)
    done = 0

    def look(model: Looks, what: str) -> Scores:
        nonlocal done
        start, done = done, done + 1

        def tell(fraction: float, _item: str) -> None:
            progress((start + fraction) / steps, what)

        return evaluate_predictor(model, version, about["split"], limit=items, progress=tell)

    base = look(predictor, "Undisturbed")
    strains = []
    for one in disturbances:
        levels = []
        for level in one.levels:
            scores = look(Disturbed(predictor, one, level), f"{one.name} {level:g} {one.unit}")
            levels.append(Level(level, round(scores.accuracy, 6), _worse(base, scores)))
        strains.append(judged(one.name, one.unit, levels, base.accuracy))
    return Robustness(**about, main=base.main, items=len(base.items), base=round(base.accuracy, 6), strains=strains)


def judged(name: str, unit: str, levels: list[Level], base: float) -> Strain:
    """Where the figure first falls by more than `LOSS`."""
    at = next((place for place, level in enumerate(levels) if level.value < base - LOSS - 1e-9), len(levels))
    breaks = levels[at].level if at < len(levels) else None
    return Strain(name, unit, levels, breaks, levels[at - 1].level if at else None)


def read_robustness(
    run_folder: Path, version_id: int, split: str, precision: str, names: Collection[str] = ()
) -> Robustness | None:
    """The newest result of a run for a split that has these disturbances; None: there is none. Damaged files are passed over."""
    wanted = (version_id, split, precision)
    for path in sorted(run_folder.glob(f"robustness/*/{FILE}"), reverse=True):
        try:
            found = Robustness.from_json(json.loads(path.read_bytes()))
        except (OSError, ValueError, KeyError, TypeError):
            continue
        fits = (found.version_id, found.split, found.precision) == wanted
        if fits and {strain.name for strain in found.strains}.issuperset(names):
            return found
    return None


def _worse(base: Scores, scores: Scores) -> list[int]:
    """Keys of items whose error rose by half a mistake or more, the most first."""
    before = {row["item_key"]: row["error"] for row in base.items}
    rises = [(row["error"] - before[row["item_key"]], row["item_key"]) for row in scores.items]
    return [key for rise, key in sorted(rises, reverse=True) if rise >= 0.5]
