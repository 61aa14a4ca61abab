"""The Optuna study of a sweep: which values come next, and which trial is hopeless (Akiba et al. 2019)."""

from __future__ import annotations

import json
import statistics
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.modeling.graph import Graph
from engine.training.sweeps.space import Choice, Dimension, drawn_values, has, swapped
from engine.training.sweeps.sweeps import Sweep, Trial

MARGIN = 0.005  # differences below it are noise on a small val split, and no reason to stop a trial
IMPORTANCE_FROM = 4  # trials that ended; fewer tell nothing
STATES = {"RUNNING": "running", "COMPLETE": "done", "PRUNED": "stopped", "FAIL": "failed"}


class Study:
    """The trials of a sweep, kept in its folder as Optuna's journal; only the sweep's job writes there.

    Trials are numbered from 1.
    """

    def __init__(self, sweep: Sweep) -> None:
        import optuna
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend

        warnings.filterwarnings("ignore", module="optuna")
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._optuna, self._sweep, self._graph, self._space = optuna, sweep, sweep.graph, sweep.space
        path = sweep.folder / "study.jsonl"
        mend(path)
        storage = JournalStorage(JournalFileBackend(str(path), lock_obj=_HeldByTheJob()))
        self._study = optuna.create_study(
            storage=storage, study_name=sweep.id, direction="maximize", load_if_exists=True, pruner=self._pruner()
        )
        begun = len(self._study.get_trials(deepcopy=False))
        # Another seed at each start: the same one would try the first values again.
        startup = max(4, min(10, int(sweep.details["trials"] or 40) // 4))
        self._study.sampler = optuna.samplers.TPESampler(
            seed=int(sweep.details["seed"]) + begun, n_startup_trials=startup, multivariate=True, group=True
        )
        if not begun and (drawn := drawn_values(self._graph, self._space)):
            self._study.enqueue_trial(drawn)  # the first trial is the graph as it is

    def begin(self) -> tuple[int, dict[str, Any]]:
        """A new trial: its number and values."""
        trial = self._study.ask()
        values = self._suggest(trial)
        trial.set_user_attr("values", values)
        return trial.number + 1, values

    def remember(self, number: int, **facts: Any) -> None:
        """Keep facts of a trial that has not ended: its run, why it ends."""
        for name, value in facts.items():
            self._trial(number).set_user_attr(name, value)

    def report(self, number: int, step: int, value: float) -> tuple[str, str] | None:
        """Add a check of a running trial; why it is hopeless, in English and Chinese, or None."""
        trial = self._trial(number)
        checks = [*trial.user_attrs.get("checks", []), [step, value]]
        trial.set_user_attr("checks", checks)
        trial.report(value, len(checks))
        others = self._others(number, len(checks))
        if not others or not trial.should_prune():
            return None
        middle, best = statistics.median(others), max(value for _, value in checks)
        return None if best > middle - MARGIN else _why(self._sweep.figure, step, value, middle)

    def _others(self, number: int, place: int) -> list[float]:
        """What the other trials had at their check of that number."""
        trials = (trial for trial in self._study.get_trials(deepcopy=False) if trial.number != number - 1)
        return [trial.intermediate_values[place] for trial in trials if place in trial.intermediate_values]

    def end(self, number: int, state: str, value: float | None = None, **facts: Any) -> None:
        """A trial is done, stopped or failed."""
        self.remember(number, **facts)
        told = {"done": "COMPLETE", "stopped": "PRUNED", "failed": "FAIL"}[state]
        self._study.tell(number - 1, value if state == "done" else None, self._optuna.trial.TrialState[told])

    def rows(self) -> list[Trial]:
        """All trials."""
        waiting = self._optuna.trial.TrialState.WAITING
        return [_row(found) for found in self._study.get_trials(deepcopy=False) if found.state != waiting]

    def importance(self) -> dict[str, float]:
        """Share of each parameter in the variance of the figure, by a random forest (Hutter et al. 2014, fANOVA)."""
        ended = [trial for trial in self.rows() if trial.state == "done"]
        if len(ended) < IMPORTANCE_FROM or len({trial.value for trial in ended}) < 2:
            return {}
        evaluator = self._optuna.importance.FanovaImportanceEvaluator(seed=0)
        try:
            found = self._optuna.importance.get_param_importances(self._study, evaluator=evaluator)
        except (ValueError, RuntimeError):  # of too few different values
            return {}
        return {key: round(float(share), 4) for key, share in found.items()}

    def _trial(self, number: int) -> Any:
        trials = self._study.get_trials(deepcopy=False)
        return self._optuna.trial.Trial(self._study, trials[number - 1]._trial_id)

    def _suggest(self, trial: Any) -> dict[str, Any]:
        types = {part.key: _one(trial, part) for part in self._space if "." not in part.key}
        graph: Graph = swapped(self._graph, types)
        return types | {part.key: _one(trial, part) for part in self._space if "." in part.key and has(graph, part.key)}

    def _pruner(self) -> Any:
        pruners, trials = self._optuna.pruners, int(self._sweep.details["trials"] or 40)
        match self._sweep.details["pruner"]:
            case "median":
                return pruners.MedianPruner(n_startup_trials=max(1, min(5, trials // 4)))
            case "halving":
                return pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=2)
        return pruners.NopPruner()


def mend(path: Path) -> None:
    """Cut from a journal what a power cut left half written, so that it can be read and written on."""
    if not path.exists():
        return
    data, end = path.read_bytes(), 0
    for line in data.splitlines(keepends=True):
        try:
            json.loads(line)
        except ValueError:
            break
        if not line.endswith(b"\n"):
            break
        end += len(line)
    if end < len(data):
        with path.open("r+b") as file:
            file.truncate(end)


class _HeldByTheJob:
    """Optuna's lock file would outlive a killed job; the job's own lock keeps others out."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        pass


def _why(figure: str, step: int, value: float, middle: float) -> tuple[str, str]:
    return (
        f"Stopped at step {step}: {figure} was {value:.3f}; half of the other trials had {middle:.3f} or more there.",
        f"在第 {step} 步停止：{figure} 为 {value:.3f}，而其他试验在此处的中位数为 {middle:.3f}。",
    )


def _one(trial: Any, part: Dimension) -> Any:
    if isinstance(part, Choice):
        return trial.suggest_categorical(part.key, part.values)
    if part.whole:
        return trial.suggest_int(part.key, int(part.low), int(part.high), step=part.step or 1, log=part.log)
    return part.rounded(trial.suggest_float(part.key, part.low, part.high, log=part.log))


def _row(found: Any) -> Trial:
    facts: Mapping[str, Any] = found.user_attrs
    checks = tuple((int(step), float(value)) for step, value in facts.get("checks", ()))
    ended = found.value if found.state.name == "COMPLETE" else None
    value = ended if ended is not None else checks[-1][1] if checks else None
    return Trial(
        found.number + 1, STATES[found.state.name], facts.get("values", {}), value, checks, facts.get("run", ""),
        facts.get("seconds"), facts.get("why", ""), facts.get("why_zh", ""),
    )  # fmt: skip
