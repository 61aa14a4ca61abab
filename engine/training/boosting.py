"""Training of boosted trees: LightGBM grows them on the rows as the network gets them, the network takes them over.

The checkpoint is LightGBM's own text of the trees, `checkpoints/trees.txt`: nothing is pickled, and nothing but the training
needs LightGBM.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from engine.errors import BadInput
from engine.jobs.clock import clock
from engine.modeling.nets.trees import Trees
from engine.training.callbacks import CHECKPOINT_EVERY_S, EVENT_EVERY_S
from engine.training.load import WEIGHTS, save_network
from engine.training.reporting import Reporter
from engine.training.settings import Boosting
from engine.training.tables import Rows, Table
from engine.workspace import write_atomically

TREES = Path("checkpoints") / "trees.txt"
METRICS = "metrics.jsonl"
TRAIN, VAL = "train", "val"
LOSS, AREA = "binary_logloss", "auc"


@dataclass(frozen=True)
class Grown:
    """What came of it.

    Attributes:
        kept: trees of the model, those with the least loss on val.
        made: trees that were grown.
        leaves: of the trees that are kept.
    """

    figures: dict[str, float]
    kept: int
    made: int
    leaves: int
    seconds: float


def boost(
    folder: Path,
    network: nn.Module,
    table: Table,
    boosting: Boosting,
    seed: int,
    reporter: Reporter,
    check: Callable[[], dict[str, float]],
) -> Grown:
    """Grow trees, go on from the checkpoint where there is one, and keep those that foretell val best.

    Args:
        check: gives the figures of the network on val.

    Raises:
        BadInput: LightGBM is not there.
        Cancelled: a person stopped it; the checkpoint is written.
    """
    lightgbm = _lightgbm()
    trees = trees_of(network)
    began = clock()
    course = _Course(folder, boosting, reporter)
    sets = {TRAIN: _dataset(trees, table.train)}
    if len(table.val) and table.val.counts(2).all():
        sets[VAL] = _dataset(trees, table.val, sets[TRAIN])
    left = boosting.rounds - course.made
    if left > 0 and not course.over():
        text = lightgbm.train(
            _settings(trees, boosting, seed), sets[TRAIN], left, valid_sets=list(sets.values()), valid_names=list(sets),
            init_model=folder / TREES if course.made else None, callbacks=[course], keep_training_booster=True,
        ).model_to_string(num_iteration=-1)  # fmt: skip
        course.save(text)
    whole = lightgbm.Booster(model_file=folder / TREES)
    kept = course.best or whole.current_iteration()
    best = whole.model_to_string(num_iteration=kept)
    write_atomically(folder / "trees.txt", best.encode())
    grown = whole.dump_model(num_iteration=kept)["tree_info"]
    trees.take(grown)
    save_network(network, folder / WEIGHTS)
    figures = check()
    leaves = sum(int(tree["num_leaves"]) for tree in grown)
    return Grown(figures, kept, whole.current_iteration(), leaves, course.seconds + clock() - began)


def trees_of(network: nn.Module) -> Trees:
    """The part of a network that is grown.

    Raises:
        BadInput: it has none.
    """
    found = next((part for part in network.modules() if isinstance(part, Trees)), None)
    if found is None:
        raise BadInput("The code has Boosting, but its network has no Trees; take a component that is grown.")
    return found


def _lightgbm() -> Any:
    try:
        import lightgbm
    except (ImportError, OSError) as error:
        raise BadInput(
            f"LightGBM cannot be loaded ({error}). Install the package lightgbm, and libgomp1 of the system."
        ) from error
    return lightgbm


def _settings(trees: Trees, boosting: Boosting, seed: int) -> dict[str, Any]:
    return {
        "objective": "binary", "metric": [LOSS, AREA], "learning_rate": boosting.rate, "num_leaves": trees.leaves,
        "min_data_in_leaf": trees.rows, "max_depth": trees.depth or -1, "lambda_l2": trees.l2, "seed": seed,
        "deterministic": True, "force_row_wise": True, "feature_pre_filter": False, "verbosity": -1,
        "num_threads": torch.get_num_threads(),
    }  # fmt: skip


def _dataset(trees: Trees, rows: Rows, like: Any = None) -> Any:
    import lightgbm

    categories = [place for place, number in enumerate(trees.number.tolist()) if not number]
    values = trees.columns(torch.from_numpy(rows.tensor)).numpy().astype("float64")
    return lightgbm.Dataset(
        values, rows.labels, reference=like, categorical_feature=categories, free_raw_data=False,
        params={"verbosity": -1, "feature_pre_filter": False},
    )  # fmt: skip


class _Course:
    """What happens after each tree: records, checkpoints, cancel and pause, and the end where val no longer gains.

    Attributes:
        made: trees of the checkpoint.
        losses: on val after each tree.
        seconds: of earlier attempts.
    """

    def __init__(self, folder: Path, boosting: Boosting, reporter: Reporter) -> None:
        self.folder, self.boosting, self.reporter = folder, boosting, reporter
        self.order, self.before_iteration = 0, False
        self.lines, self.losses, self.seconds, self.made = self._resume()
        self.checked = max(1, boosting.rounds // boosting.checks) if boosting.checks else 0
        self.told, self.saved, self.began, self.grown = 0.0, clock(), clock(), clock()

    def __call__(self, now: Any) -> None:
        from lightgbm.callback import EarlyStopException

        step = now.iteration + 1
        found = {(place, metric): float(value) for place, metric, value, *_ in now.evaluation_result_list}
        self._note(step, found)
        last = step == self.boosting.rounds or self.over()
        if clock() - self.saved > CHECKPOINT_EVERY_S:
            self.save(now.model.model_to_string(num_iteration=-1))
        self._heed(now.model)
        if last and step < self.boosting.rounds:
            self.reporter.log(f"Ended at tree {step}: the last {self.boosting.patience} made val no better.")
            raise EarlyStopException(self.best - 1, now.evaluation_result_list)

    @property
    def best(self) -> int:
        """After how many trees the loss on val was least; 0 where there is none."""
        return self.losses.index(min(self.losses)) + 1 if self.losses else 0

    def over(self) -> bool:
        """Whether so many trees in a row were in vain."""
        return bool(self.boosting.patience and self.losses) and len(self.losses) - self.best >= self.boosting.patience

    def save(self, text: str) -> None:
        """Write trees and records; a kill at any moment leaves the old or the new."""
        (self.folder / TREES).parent.mkdir(exist_ok=True)
        lines = "".join(json.dumps(line) + "\n" for line in self.lines)
        write_atomically(self.folder / METRICS, lines.encode())
        write_atomically(self.folder / TREES, text.encode())
        self.saved = clock()

    def _note(self, step: int, found: dict[tuple[str, str], float]) -> None:
        loss = found[TRAIN, LOSS]
        self.lines.append({"step": step, "loss": loss, "seconds": self.seconds + clock() - self.began})
        last = step == self.boosting.rounds
        if (VAL, LOSS) in found:
            self.losses.append(found[VAL, LOSS])
            figures = {"val_auroc": found[VAL, AREA], "val_log_loss": found[VAL, LOSS]}
            self.lines.append({"step": step, **figures})
            if last or (self.checked and step % self.checked == 0):
                self.reporter.metric(step, **figures)
        if last or clock() - self.told > EVENT_EVERY_S:
            self.told = clock()
            self.reporter.metric(step, loss=loss)
            self.reporter.progress(step / self.boosting.rounds, f"Tree {step}, loss {loss:.3f}")

    def _heed(self, booster: Any) -> None:
        try:
            self.began += self.reporter.give_way(clock() - self.grown) + self.reporter.wait_if_paused()
            self.reporter.should_stop()
        except BaseException:
            self.save(booster.model_to_string(num_iteration=-1))
            raise
        self.grown = clock()

    def _resume(self) -> tuple[list[dict[str, float]], list[float], float, int]:
        """Records as far as the checkpoint goes, losses on val, seconds and trees."""
        import lightgbm

        if not (self.folder / TREES).exists():
            return [], [], 0.0, 0
        try:
            made = lightgbm.Booster(model_file=self.folder / TREES).current_iteration()
            lines = [json.loads(line) for line in (self.folder / METRICS).read_text("utf-8").splitlines()]
        except (lightgbm.basic.LightGBMError, OSError, ValueError):
            self.reporter.log("The last checkpoint is damaged; the training begins anew.")
            (self.folder / TREES).unlink()
            return [], [], 0.0, 0
        self.reporter.log("Going on from the last checkpoint.")
        lines = [line for line in lines if line["step"] <= made]
        losses = [line["val_log_loss"] for line in lines if "val_log_loss" in line]
        return lines, losses, max((line.get("seconds", 0.0) for line in lines), default=0.0), made
