"""Cross-validation: the items of train and val in turns, so that each is once not learnt from."""

from __future__ import annotations

import hashlib
import json
import shutil
import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import BadInput
from engine.workspace import write_atomically

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from engine.data.tables import TableData
    from engine.training.reporting import Reporter
    from engine.training.samples import Images, Sample
    from engine.training.tables import Table

FEWEST, MOST = 2, 20
RESULT = "result.json"
COPIED = ("model.py", "start.safetensors", "start.json")


def rotate(images: Images, groups: Mapping[int, str], fold: int, folds: int) -> None:
    """Let val be the items of one fold (from 0) and train those of the others; test items stay out.

    Folds are the same on every machine, have the labels in like shares (of an item with several its rarest one counts),
    and never part what belongs to one group. Bad images of an anomaly model are only ever val.

    Raises:
        BadInput: there are fewer groups than folds.
    """
    from engine.training.samples import Samples

    pool: dict[str, list[Sample]] = {}
    for sample in [*images.train.items, *images.bad, *images.val.items]:
        pool.setdefault(groups.get(sample.key) or str(sample.key), []).append(sample)
    if len(pool) < folds:
        raise BadInput(f"{folds} folds need {folds} items or groups of items in train and val; there are {len(pool)}.")
    labels = {group: {int(label) for sample in samples for label in sample.labels} for group, samples in pool.items()}
    count = Counter(label for found in labels.values() for label in found)

    def place(group: str) -> tuple[int, int, bytes]:
        rarest = min(((count[label], label) for label in labels[group]), default=(len(pool) + 1, -1))
        return *rarest, hashlib.sha256(group.encode()).digest()

    parts: list[list[Sample]] = [[], []]
    for number, group in enumerate(sorted(pool, key=place)):
        parts[number % folds == fold] += pool[group]
    train, val = (sorted(part, key=lambda sample: sample.key) for part in parts)
    images.train = Samples(train, images.manifest, images.skipped)
    images.val = Samples(val, images.manifest, images.skipped)
    images.keep_normal()


def rotate_rows(table: Table, fold: int, folds: int) -> None:
    """Let val be the rows of one fold (from 0) and train others; test rows stay out, and columns are learnt anew.

    Folds are the same on every machine and have the labels in like shares; a version that keeps groups together keeps them
    so, and one by time is gone through forwards: val is the block behind all that is learnt from (Hyndman &
    Athanasopoulos 2021, §5.10).

    Raises:
        BadInput: there are fewer rows, groups or moments than folds.
    """
    table.turn(lambda data, labels: _folded(data, labels, fold, folds))


def _folded(data: TableData, labels: npt.NDArray[np.int64], fold: int, folds: int) -> npt.NDArray[Any]:
    import numpy as np

    splits, settings = data.splits.copy(), data.manifest["settings"]
    pool = np.flatnonzero((splits != "test") & (labels >= 0))
    if time := settings.get("time"):
        parts = np.array_split(np.unique(data.rows[time].to_numpy()[pool]), folds + 1)
        _require_enough(folds + 1, sum(len(part) > 0 for part in parts), "moments")
        ends = np.array([part[0] for part in parts[1:]])
        block = np.searchsorted(ends, data.rows[time].to_numpy()[pool], side="right")
        splits[pool] = np.where(block <= fold, "train", np.where(block == fold + 1, "val", "later"))
        return splits
    group = settings.get("group")
    names = np.array([str(value) for value in data.rows[group].to_pylist()]) if group else np.arange(len(splits))
    units, place = np.unique(names[pool], return_inverse=True)
    _require_enough(folds, len(units), "groups" if group else "rows")
    share = np.bincount(place, labels[pool]) / np.bincount(place)
    order = np.lexsort((np.random.default_rng(0).permutation(len(units)), share.round(3)))
    turn = np.empty(len(units), np.int64)
    turn[order] = np.arange(len(units)) % folds
    splits[pool] = np.where(turn[place] == fold, "val", "train")
    return splits


def _require_enough(wanted: int, there: int, what: str) -> None:
    if there < wanted:
        raise BadInput(f"These folds need {wanted} {what} in train and val; there are {there}.")


def run_folds(folder: Path, folds: int, reporter: Reporter, fit: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """Train each fold in a folder of its own below the run's; those that are done already are not made again.

    Args:
        fit: called with the folder, a reporter and (fold, folds).

    Returns:
        {"folds": result of each, "metrics": mean of each figure, "spread": its standard deviation over the folds}.
    """
    results = []
    for fold in range(folds):
        place = folder / f"fold-{fold + 1}"
        if not (place / RESULT).exists():
            (place / "checkpoints").mkdir(parents=True, exist_ok=True)
            for name in COPIED:
                if (folder / name).exists() and not (place / name).exists():
                    shutil.copyfile(folder / name, place / name)
            reporter.log(f"Fold {fold + 1} of {folds}")
            result = fit(place, _Part(reporter, fold, folds), (fold, folds))
            write_atomically(place / RESULT, json.dumps(result, ensure_ascii=False).encode())
        results.append(json.loads((place / RESULT).read_text("utf-8")))
    return {"folds": results, **summary([result["metrics"] for result in results])}


def summary(metrics: Sequence[Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Mean and standard deviation (n − 1) of each figure that all folds have."""
    names = [name for name in metrics[0] if all(name in found for found in metrics)]
    columns = {name: [found[name] for found in metrics] for name in names}
    return {
        "metrics": {name: statistics.fmean(values) for name, values in columns.items()},
        "spread": {name: statistics.stdev(values) for name, values in columns.items()},
    }


class _Part:
    """A reporter for one fold: its share of the progress, its number before the names of its figures."""

    def __init__(self, reporter: Reporter, fold: int, folds: int) -> None:
        self._reporter, self._fold, self._folds = reporter, fold, folds

    def progress(self, fraction: float, message: str = "", eta_s: float | None = None) -> None:
        """How far all folds are; the others are expected to take as long as this one."""
        rest = self._folds - self._fold - 1
        left = None if eta_s is None else eta_s + rest * eta_s / max(0.01, 1 - fraction)
        whole = min(0.999, (self._fold + fraction) / self._folds)
        self._reporter.progress(whole, f"Fold {self._fold + 1} of {self._folds}: {message}", left)

    def metric(self, step: int, **values: float) -> None:
        """Figures as “2/loss”."""
        self._reporter.metric(step, **{f"{self._fold + 1}/{name}": value for name, value in values.items()})

    def emit(self, event: str, **fields: Any) -> None:
        """What concerns the whole job: the device once, and what stands out."""
        if event not in ("live", "device") or (event == "device" and not self._fold):
            self._reporter.emit(event, **fields)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reporter, name)
