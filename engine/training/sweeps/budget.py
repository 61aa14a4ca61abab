"""The best model within some minutes: recipes compete, with what a step of each takes on this machine."""

from __future__ import annotations

import shutil
import statistics
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.errors import UsageError
from engine.jobs import Job, submit
from engine.jobs.context import JobContext, JobFailure
from engine.modeling.catalogue import Text
from engine.modeling.compile import compile_graph
from engine.modeling.graph import Graph
from engine.training.settings import CHOICE
from engine.training.sweeps.candidates import Candidate, candidates, look
from engine.training.sweeps.measure import STEPS, write_probe
from engine.training.sweeps.plan import (
    MEASURING,
    RATES,
    ROUNDS,
    Round,
    Speed,
    better_half,
    budget_seconds,
    plan_last,
    plan_round,
)
from engine.training.sweeps.study import MARGIN
from engine.training.sweeps.sweeps import Sweep, Trial, submit_sweep, write_state
from engine.training.sweeps.trials import Crew, Followed

if TYPE_CHECKING:
    from engine.workspace import Workspace

LATE = 1.5  # times the planned seconds, after which a trial of a round is stopped
OTHER_RATES = (1 / 3, 3.0)
LENGTHS = ("train.steps", "train.rounds", "train.checks")  # what does not tell trials of a stage apart


def start_budget(
    ws: Workspace, budget: str | float, version: int | str, task: str = "", name: str = "", seed: int = 0
) -> Job:
    """Find and train the best model that some minutes allow, in a job.

    Args:
        budget: "30m", "90s", "1.5h", or minutes.
        task: one of `engine.training.sweeps.TASKS`; default: what the version is labelled for.
        name: of the graph and the model that come out; default: a new one.

    Raises:
        UsageError: there is no such version, no recipe for the task, or a graph of that name.
    """
    from engine.data.versions import get_version
    from engine.modeling.graphs import list_graphs

    seconds = budget_seconds(str(budget))
    chosen = get_version(ws, version)
    facts = look(ws.path, chosen.id, task)
    taken = {entry.name for entry in list_graphs(ws)}
    if name in taken:
        raise UsageError(f"There is a model graph “{name}” already; choose another name for the one that comes out.")
    free = (f"best-{facts.task}{'-' + str(number) if number > 1 else ''}" for number in range(1, len(taken) + 2))
    details = {
        "kind": "budget",
        "minutes": seconds / 60,
        "trials": None,
        "parallel": 1,
        "pruner": "halving",
        "space": [],
        "figure": CHOICE[facts.task],
    }
    return submit_sweep(
        ws, name or next(found for found in free if found not in taken), facts.task, version, seed, details
    )


class BudgetSweep:
    """Measure, halve, try rates, train the winner whole; each part tells what it found and why it goes on so.

    After a kill the same parts come again: what their trials have found is taken over.
    """

    def __init__(self, context: JobContext, sweep: Sweep) -> None:
        self.context, self.sweep = context, sweep
        self.crew = Crew(context, sweep, float(sweep.state.get("seconds", 0.0)))
        self.trials = {(trial.stage, _key(trial.values)): trial for trial in sweep.trials}
        self.budget_s = float(sweep.details["minutes"]) * 60
        self.speeds = {name: Speed(**found) for name, found in sweep.state.get("speeds", {}).items()}
        self.stages: list[Text] = []

    def run(self) -> dict[str, Any]:
        """The whole of it.

        Raises:
            JobFailure: no recipe can be trained here.
        """
        facts = look(self.context.workspace, int(self.sweep.details["version"]["id"]), str(self.sweep.details["task"]))
        self._say(facts.told())
        known = {candidate.name: candidate for candidate in candidates(facts)}
        self._measure(known)
        names, reached = self._rounds({name: known[name] for name in self.speeds})
        winner, rate = self._rates(known[names[0]], reached)
        last = self._last(winner, rate)
        return self._result(last)

    def _measure(self, known: dict[str, Candidate]) -> None:
        failed: dict[str, str] = {}
        if not self.speeds:
            self._tell("Measuring how long a step takes")
            found = self._measured(known)
            names = list(known)
            self.speeds = {names[int(place)]: Speed(**speed) for place, speed in found["speeds"].items()}
            failed = {names[int(place)]: reason for place, reason in found["failed"].items()}
        if not self.speeds:
            raise JobFailure(f"None of the recipes can be trained here. {'; '.join(failed.values())}", kind="bad_data")
        lines = [(name, known[name].why, speed) for name, speed in self.speeds.items()]
        en = "; ".join(f"{name} ({why.en}): {1000 * speed.step_s:.0f} ms" for name, why, speed in lines)
        zh = "；".join(f"{name}（{why.zh}）：{1000 * speed.step_s:.0f} ms" for name, why, speed in lines)
        text = Text(f"A step takes on this machine: {en}.", f"本机每步用时：{zh}。")
        for name, reason in failed.items():
            text = Text(f"{text.en} {name} cannot be trained here: {reason}", f"{text.zh}{name} 无法在此训练：{reason}")
        self._say(text)

    def _measured(self, known: dict[str, Candidate]) -> dict[str, Any]:
        probes = self.sweep.folder / "probes"
        shutil.rmtree(probes, ignore_errors=True)
        for number, candidate in enumerate(known.values()):
            write_probe(probes / str(number), compile_graph(candidate.graph("probe", steps=STEPS, checks=1)))
        arguments = {
            "folders": [f"sweeps/{self.sweep.id}/probes/{number}" for number in range(len(known))],
            "version": self.sweep.details["version"]["id"],
            "limit_s": self.budget_s * MEASURING,
        }
        followed = Followed(0, submit(self.crew.place, "measure", arguments, f"Measure {len(known)} recipes"), "")
        self._wait_for(followed)
        shutil.rmtree(probes)
        result = followed.job.result()
        if result is None:
            raise JobFailure(f"The recipes could not be measured. {followed.status.error}")
        return result

    def _rounds(self, left: dict[str, Candidate]) -> tuple[list[str], Trial | None]:
        """The names that remain, the best first, and the last trial of the best one."""
        names, best = list(left), None
        for stage, share in enumerate(ROUNDS, 1):
            plan = plan_round({name: self.speeds[name] for name in names}, self.budget_s * share)
            if len(plan.steps) < 2:
                if best is None:
                    names = [min(names, key=lambda name: self.speeds[name].step_s)]
                self._say(_too_short(names[0], plan))
                break
            ended = {
                name: self._train(stage, left[name], {}, steps, plan.seconds) for name, steps in plan.steps.items()
            }
            values = {name: trial.value for name, trial in ended.items() if trial.value is not None}
            if not values:
                reasons = "; ".join(dict.fromkeys(trial.why for trial in ended.values()))
                raise JobFailure(f"No recipe came to a figure. {reasons}", kind="bad_data")
            names = better_half(values, self.speeds, MARGIN)
            best = ended[names[0]]
            self._say(_of_round(stage, plan, values, names, self.sweep.figure))
            if len(names) == 1:
                break
        return names, best

    def _rates(self, winner: Candidate, reached: Trial | None) -> tuple[Candidate, float]:
        """The winner's best rate, by trainings as long as its last one."""
        graph = winner.graph(self.sweep.name)
        node, _, name = winner.rate.partition(".")
        rate = float(graph.node(node).parameters[name])
        if reached is None:
            return winner, rate
        steps, speed = int(reached.values[winner.length]), self._speed(winner, reached)
        taken = speed.start_s + speed.check_s + steps * speed.step_s
        if len(OTHER_RATES) * taken > RATES * self.budget_s * LATE:
            self._say(_no_rates(rate, taken))
            return winner, rate
        found = {rate: reached.value or 0.0}
        for factor in OTHER_RATES:
            tried = float(f"{rate * factor:.2g}")
            if tried <= 1:
                trial = self._train(len(ROUNDS) + 1, winner, {winner.rate: tried}, steps, taken)
                found[tried] = trial.value if trial.value is not None else 0.0
        best = max(found, key=lambda tried: (round(found[tried] / MARGIN), tried == rate))
        self._say(_of_rates(found, best, self.sweep.figure))
        return winner, best

    def _last(self, winner: Candidate, rate: float) -> Trial:
        stage = len(ROUNDS) + 2
        trials = [trial for trial in self.trials.values() if trial.stage == stage]
        known = [trial for trial in self.trials.values() if trial.stage <= len(ROUNDS) and _is(trial, winner)]
        left = max(0.0, self.budget_s - self.crew.seconds)
        steps, checks = plan_last(self._speed(winner, known[-1] if known else None), left)
        if trials:  # it was begun before a kill
            steps, checks = (int(trials[0].values[key]) for key in (winner.length, "train.checks"))
        self._say(_before_last(winner, rate, left, steps))
        trial = self._train(stage, winner, {winner.rate: rate, "train.checks": checks}, steps, None)
        if trial.state != "done":
            raise JobFailure(f"The last training did not come to its end. {trial.why}")
        self._say(_at_last(trial, self.sweep.figure))
        return trial

    def _speed(self, candidate: Candidate, trial: Trial | None) -> Speed:
        """What was measured, or what a trial has really taken where that is longer."""
        speed = self.speeds[candidate.name]
        if trial is None or not trial.seconds:
            return speed
        step_s = (trial.seconds - speed.start_s - speed.check_s) / int(trial.values[candidate.length])
        return replace(speed, step_s=max(speed.step_s, step_s))

    def _train(
        self, stage: int, candidate: Candidate, more: dict[str, Any], steps: int, seconds: float | None
    ) -> Trial:
        """A trial of a stage; one that there is already is followed, or taken as it ended."""
        values = {**candidate.values, candidate.length: steps, **more}
        trial = self.trials.get((stage, _key(values)))
        if trial is None:
            number = len(self.trials) + 1
            settings = {"steps": steps, "checks": more.get("train.checks", 1)}
            graph = candidate.graph(self.sweep.name, **settings).with_parameters(more)
            trial = Trial(number, "running", values, run=self.crew.prepare(number, graph), stage=stage)
        if trial.state == "running":
            trial = self._follow(trial, seconds)
        return trial

    def _follow(self, trial: Trial, seconds: float | None) -> Trial:
        self._keep(trial)
        followed = self.crew.start(trial.number, trial.run)
        late = self._wait_for(followed, None if seconds is None else LATE * seconds)
        checks, status = tuple(followed.checks.items()), followed.status
        value = followed.kept if status.state == "done" else checks[-1][1] if checks else None
        state = "done" if status.state == "done" else "stopped" if late else "failed"
        why = (
            Text("Stopped because it took longer than planned.", "用时超过计划，因此停止。")
            if late
            else Text(status.error, status.error)
        )
        self.crew.leave(followed)
        told = why if state != "done" else Text("", "")
        trial = replace(trial, state=state, value=value, checks=checks, seconds=followed.seconds, why=told.en, why_zh=told.zh)  # fmt: skip
        self._keep(trial)
        return trial

    def _wait_for(self, followed: Followed, limit_s: float | None = None) -> bool:
        """Until a job ends; whether it took too long."""
        began, job = self.crew.seconds, followed.job
        try:
            while True:
                followed.news()
                if not followed.status.active and not self.crew.again(followed):
                    return False
                if limit_s is not None and self.crew.seconds - began > limit_s:
                    return True
                self._tell(f"Trial {followed.number}" if followed.number else job.title)
                self.crew.wait()
        except BaseException:
            job.cancel()
            raise

    def _keep(self, trial: Trial) -> None:
        self.trials[trial.stage, _key(trial.values)] = trial
        self._write()

    def _say(self, paragraph: Text) -> None:
        self.stages.append(paragraph)
        self.context.log(paragraph.en)
        self._write()

    def _write(self) -> None:
        told = self.stages if len(self.stages) >= len(self.sweep.stages) else self.sweep.stages
        write_state(
            self.sweep.folder,
            {
                "seconds": round(self.crew.seconds, 1),
                "trials": [trial.to_json() for trial in self.trials.values()],
                "speeds": {name: vars(speed) for name, speed in self.speeds.items()},
                "stages": [list(paragraph) for paragraph in told],
            },
        )

    def _tell(self, what: str) -> None:
        left = max(0.0, self.budget_s - self.crew.seconds)
        self.context.progress(min(0.999, self.crew.seconds / self.budget_s), what, left)

    def _result(self, last: Trial) -> dict[str, Any]:
        from engine.training.sweeps.runner import trained

        drawn = Graph.loads((self.context.workspace / "runs" / last.run / "graph.json").read_text("utf-8"))
        found = trained(self.crew, last)
        return {"sweep": self.sweep.id, "best": last.number, "run": last.run, "value": last.value, "trained": found, "drawn": drawn.to_json()}  # fmt: skip


def _key(values: Any) -> str:
    """What a trial of a stage is known by: all but how long it was trained."""
    return "; ".join(f"{key}={values[key]}" for key in sorted(values) if key not in LENGTHS)


def _is(trial: Trial, candidate: Candidate) -> bool:
    return candidate.values.items() <= trial.values.items()


def _too_short(name: str, plan: Round) -> Text:
    others = [step_s for other, step_s in plan.left_out.items() if other != name]
    if not others:
        return Text(
            f"The time was too short to measure another recipe, so {name} is trained.",
            f"时间不足以测量其他方案，因此训练 {name}。",
        )
    slow = statistics.median(others)
    en = f"The time is too short to compare more (a step of the others takes {1000 * slow:.0f} ms), so {name} is trained."
    return Text(en, f"时间不足以继续比较（其余每步约 {1000 * slow:.0f} ms），因此训练 {name}。")


def _of_round(stage: int, plan: Round, values: dict[str, float], names: list[str], figure: str) -> Text:
    en = "; ".join(f"{name}: {figure} {value:.3f} after {plan.steps[name]} steps" for name, value in values.items())
    zh = "；".join(f"{name}：{plan.steps[name]} 步后 {figure} {value:.3f}" for name, value in values.items())
    en = f"Round {stage}, {plan.seconds:.0f} s each: {en}. "
    zh = f"第 {stage} 轮，每个 {plan.seconds:.0f} 秒：{zh}。"
    for name, step_s in plan.left_out.items():
        en += f"{name} was left out: at {step_s:.2f} s a step it would not get far enough to be judged. "
        zh += f"{name} 未参加：每步 {step_s:.2f} 秒，时间内步数太少，无法评判。"
    return Text(f"{en}The better half goes on: {'; '.join(names)}.", f"{zh}较好的一半继续：{'；'.join(names)}。")


def _no_rates(rate: float, taken: float) -> Text:
    return Text(
        f"Other learning rates are not tried: each would take {taken:.0f} s. It stays {rate:g}.",
        f"不再比较其他学习率：每个需要 {taken:.0f} 秒。学习率保持 {rate:g}。",
    )


def _of_rates(found: dict[float, float], best: float, figure: str) -> Text:
    en = ", ".join(f"{rate:g}: {figure} {value:.3f}" for rate, value in found.items())
    zh = "，".join(f"{rate:g}：{figure} {value:.3f}" for rate, value in found.items())
    return Text(f"Learning rates: {en}. The best is {best:g}.", f"学习率：{zh}。最好的是 {best:g}。")


def _before_last(winner: Candidate, rate: float, left: float, steps: int) -> Text:
    return Text(
        f"The rest of the time, {left:.0f} s, trains {winner.name} with the rate {rate:g} whole: {steps} steps.",
        f"剩余的 {left:.0f} 秒完整训练 {winner.name}，学习率 {rate:g}：共 {steps} 步。",
    )


def _at_last(trial: Trial, figure: str) -> Text:
    value = "–" if trial.value is None else f"{trial.value:.3f}"
    return Text(f"It came to {figure} {value}.", f"结果：{figure} {value}。")
