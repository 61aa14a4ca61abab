"""The job "sweep": the worker's side. It trains nothing itself; each trial is a run with a job of its own."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any

from engine.errors import LinesideError
from engine.jobs.context import JobContext, JobFailure
from engine.training.sweeps.space import configured
from engine.training.sweeps.study import Study
from engine.training.sweeps.sweeps import Sweep, Trial, best_of, read_sweep, write_state
from engine.training.sweeps.trials import Crew, Followed

if TYPE_CHECKING:
    from engine.training.sweeps.budget import BudgetSweep

GIVE_UP_AFTER = 3  # failures, when nothing has gone well


def run(context: JobContext) -> dict[str, Any]:
    """Do the sweep that the arguments name: {"sweep"}; one that was broken off goes on.

    Raises:
        JobFailure: its folder is damaged, or the first trials all failed.
        Cancelled: a person stopped it; runs that are at work are stopped too and go on when it does.
    """
    folder = context.workspace / "sweeps" / context.arguments["sweep"]
    sweep = read_sweep(folder)
    if sweep is None:
        raise JobFailure(f"{folder / 'sweep.json'} cannot be read; start the sweep again.", kind="bad_data")
    work = _work(context, sweep)
    try:
        return work.run()
    except BaseException:
        work.crew.stop()
        raise


def _work(context: JobContext, sweep: Sweep) -> SpaceSweep | BudgetSweep:
    if sweep.kind == "space":
        return SpaceSweep(context, sweep)
    from engine.training.sweeps.budget import BudgetSweep

    return BudgetSweep(context, sweep)


class SpaceSweep:
    """Trials of a space, chosen by Optuna."""

    def __init__(self, context: JobContext, sweep: Sweep) -> None:
        self.context, self.sweep = context, sweep
        self.study = Study(sweep)
        self.crew = Crew(context, sweep, float(sweep.state.get("seconds", 0.0)))
        self._importance: dict[str, float] = dict(sweep.importance)
        self._budget_s = float(sweep.details["minutes"] or 0) * 60
        self._graph = sweep.graph
        train = next((node for node in self._graph.nodes if "checks" in node.parameters), None)
        self._checks = int(train.parameters.get("checks", 8)) if train is not None else 0

    def run(self) -> dict[str, Any]:
        """Until there are enough trials, or no time is left."""
        for trial in self.study.rows():
            if trial.state == "running":
                self._take_up(trial)
        while True:
            while len(self.crew) < self.sweep.details["parallel"] and self._wants_more():
                self._begin()
            for followed in self.crew:
                self._follow(followed)
            self._tell()
            if not len(self.crew) and not self._wants_more():
                break
            self.crew.wait()
        return self._result()

    def _take_up(self, trial: Trial) -> None:
        if trial.run:
            self.crew.start(trial.number, trial.run).checks |= dict(trial.checks)
        else:
            self.study.end(
                trial.number, "failed", why="The sweep ended before it began.", why_zh="扫描在其开始前已结束。"
            )

    def _begin(self) -> None:
        number, values = self.study.begin()
        if (same := self._same(number, values)) is not None:
            why = {"why": f"The same values as trial {same.number}.", "why_zh": f"与试验 {same.number} 的值相同。"}
            self.study.end(number, same.state, same.value, run=same.run, checks=same.checks, **why)
            return
        try:
            run = self.crew.prepare(number, configured(self._graph, values), overrides=values)
        except LinesideError as error:
            self.study.end(number, "failed", why=str(error), why_zh=str(error))
            return
        self.study.remember(number, run=run)
        self.crew.start(number, run)
        self.context.log(f"Trial {number}: {_words(values)}")

    def _same(self, number: int, values: dict[str, Any]) -> Trial | None:
        """A trial of the same values whose end is known: with the same seed it would end so again."""
        rows = (trial for trial in self.study.rows() if trial.number != number and trial.state in ("done", "stopped"))
        return next((trial for trial in rows if trial.values == values), None)

    def _follow(self, followed: Followed) -> None:
        for step, value in followed.news():
            hopeless = self.study.report(followed.number, step, value)
            if hopeless and len(followed.checks) < self._checks:
                return self._end(followed, "stopped", *hopeless)
        status, figure = followed.status, self.sweep.figure
        if (followed.known or status.state == "done") and followed.kept is None:
            there = ", ".join(sorted(followed.known)) or "none"
            text = f"Its checks on the val images have no figure “{figure}”; they have {there}."
            return self._end(followed, "failed", text, f"验证结果中没有指标“{figure}”；有：{there}。")
        if status.state == "done":
            return self._end(followed, "done")
        if not status.active and not self.crew.again(followed):
            if status.state == "cancelled":
                return self._end(followed, "stopped", "Stopped by hand.", "已手动停止。")
            return self._end(followed, "failed", status.error, status.error)
        if self._budget_s and self.crew.seconds > self._budget_s:
            self._end(followed, "stopped", "Stopped because the time was up.", "时间已用完，因此停止。")
        return None

    def _end(self, followed: Followed, state: str, why: str = "", why_zh: str = "") -> None:
        value = followed.kept if state == "done" else None
        self.study.end(followed.number, state, value, seconds=followed.seconds, why=why, why_zh=why_zh)
        self.crew.leave(followed)
        if state == "done":
            self._importance = self.study.importance()
            self.context.log(f"Trial {followed.number}: {self.sweep.figure} {value:.4f}")
        else:
            self.context.log(f"Trial {followed.number}: {why}")

    def _wants_more(self) -> bool:
        trials = self.study.rows()
        failed = [trial for trial in trials if trial.state == "failed" and trial.run]
        if len(failed) >= GIVE_UP_AFTER and len(failed) == len(trials):
            raise JobFailure(f"The first {len(failed)} trials all failed. {failed[-1].why}", kind="bad_data")
        most = self.sweep.details["trials"]
        if most is not None and len(trials) >= most:
            return False
        return not self._budget_s or self.crew.seconds + self._usual_s(trials) < self._budget_s

    def _usual_s(self, trials: list[Trial]) -> float:
        """How long a trial is expected to take."""
        return statistics.median([trial.seconds or 0.0 for trial in trials if trial.state == "done"] or [0.0])

    def _tell(self) -> None:
        trials = self.study.rows()
        best = best_of(trials)
        state = {"seconds": round(self.crew.seconds, 1), "importance": self._importance}
        write_state(self.sweep.folder, state | {"trials": [trial.to_json() for trial in trials]})
        ended = sum(trial.state != "running" for trial in trials)
        under_way = sum(followed.status.fraction for followed in self.crew)
        most = self.sweep.details["trials"]
        shares = [(ended + under_way) / most] if most else []
        shares += [self.crew.seconds / self._budget_s] if self._budget_s else []
        known = f", best {self.sweep.figure} {best.value:.3f} by trial {best.number}" if best is not None else ""
        self.context.progress(min(0.999, max(shares)), (f"{ended} of {most} trials" if most else f"{ended} trials") + known)  # fmt: skip

    def _result(self) -> dict[str, Any]:
        trials = self.study.rows()
        best = best_of(trials)
        if best is None:
            reasons = "; ".join(dict.fromkeys(trial.why for trial in trials if trial.why))
            raise JobFailure(f"No trial came to a figure. {reasons}", kind="bad_data")
        return {"sweep": self.sweep.id, "best": best.number, "run": best.run, "value": best.value, "trained": trained(self.crew, best)}  # fmt: skip


def trained(crew: Crew, trial: Trial) -> dict[str, Any] | None:
    """What the job of a trial found; None of one that did not end."""
    from engine.training.sweeps.trials import job_of_run

    job = job_of_run(crew.place, trial.run)
    return job.result() if job is not None else None


def _words(values: dict[str, Any]) -> str:
    return ", ".join(
        f"{key}={value:g}" if isinstance(value, float) else f"{key}={value}" for key, value in values.items()
    )
