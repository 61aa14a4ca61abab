"""What happens around the steps of a training: averaging, records, checks, checkpoints, stopping."""

from __future__ import annotations

import copy
import json
import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from torch import nn

from engine.jobs.clock import clock
from engine.jobs.context import JobFailure
from engine.training.health import Health
from engine.training.metrics import Metric
from engine.training.reporting import Reporter
from engine.training.settings import EqualAverage, GradientNoise, MovingAverage, Training
from engine.training.watching import Watcher

# A resume must cost ≤ 10 s of work.
CHECKPOINT_EVERY_S = float(os.environ.get("LINESIDE_CHECKPOINT_EVERY_S", 6.0))
EVENT_EVERY_S = 0.5
LOOK_EVERY_STEPS = 10  # on an accelerator: reading the loss waits for it
PATIENCE = 2  # checks without a better figure
FALL = 1 / 3  # of the rate
BETTER = 0.002  # what counts as better, for figures from 0 to 1


class WeightAverage(pl.Callback):  # type: ignore[misc]  # Lightning is not typed here
    """An average of the weights over the steps; it is what is checked and kept.

    Args:
        steps: of the whole training.

    Attributes:
        network: the averaged network, in eval mode.
    """

    def __init__(self, network: nn.Module, how: MovingAverage | EqualAverage, steps: int) -> None:
        self.how, self.start = how, round(how.start * steps)
        self.network = copy.deepcopy(network).eval().requires_grad_(False) if how.share else network
        self.steps = 0

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: Any, *_: Any) -> None:
        """Move the average a little; before its start it is the weights themselves."""
        if not self.how.share or trainer.global_step == self.steps:
            return
        self.steps += 1
        keep = self.how.keeps(max(0, self.steps - self.start))
        mine, theirs = ([*one.parameters(), *one.buffers()] for one in (self.network, pl_module.network))
        pairs = list(zip(mine, theirs, strict=True))
        moving = [pair for pair in pairs if pair[0].is_floating_point()]
        with torch.no_grad():
            torch._foreach_lerp_([own for own, _ in moving], [other for _, other in moving], 1 - keep)
            for own, other in pairs:
                if not own.is_floating_point():
                    own.copy_(other)

    def on_fit_start(self, _trainer: pl.Trainer, pl_module: Any) -> None:
        """Follow the model to its device."""
        self.network.to(pl_module.device)

    def state_dict(self) -> dict[str, Any]:
        """For the checkpoint."""
        return {"network": self.network.state_dict(), "steps": self.steps} if self.how.share else {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """From the checkpoint."""
        if self.how.share:
            self.network.load_state_dict(state_dict["network"])
            self.steps = state_dict["steps"]


class Recorder(pl.Callback):  # type: ignore[misc]  # Lightning is not typed here
    """Writes metrics.jsonl and checkpoints, tells the reporter, heeds cancel and pause, ends on a loss that is no number.

    Args:
        folder: of the run.
        check: gives the figures on the val images.
        keep: called with the figures of the last check and the network, to keep the best weights.
        over: tells behind a step why no more training is needed, in a sentence; "": it is. Its argument is whether val was
            just looked at.

    Attributes:
        step: that was made last.
    """

    def __init__(
        self,
        folder: Path,
        training: Training,
        seed: int,
        reporter: Reporter,
        check: Callable[[], dict[str, float]],
        keep: Callable[[dict[str, float]], None],
        over: Callable[[bool], str] = lambda _: "",
    ) -> None:
        self.folder, self.training, self.seed, self.reporter = folder, training, seed, reporter
        self.check, self.keep, self.over = check, keep, over
        self.step = 0
        self.watcher: Watcher | None = None
        self.health: Health | None = None
        self._parts: list[dict[str, float]] = []  # figures of the batches of this step
        self.seconds = 0.0  # of training over all attempts, without pauses
        self.checked: list[tuple[int, dict[str, float]]] = []
        self._lines: list[str] = []
        self._saved = self._told = self._began = clock()
        self._first = 0
        self._step_began, self._slept = self._began, clock.slept
        every = max(1, training.steps // training.checks) if training.checks else 0
        self._check_at = set(range(every, training.steps, every)) | {training.steps} if every else set()

    @property
    def checkpoint(self) -> Path:
        """The file that a resume begins from."""
        return self.folder / "checkpoints" / "last.ckpt"

    def state_dict(self) -> dict[str, Any]:
        """For the checkpoint."""
        return {"seconds": self.elapsed(), "checked": self.checked}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """From the checkpoint."""
        self.seconds = state_dict["seconds"]
        self.checked = [(step, figures) for step, figures in state_dict["checked"]]

    def on_train_start(self, trainer: pl.Trainer, *_: Any) -> None:
        """Forget records that are later than the checkpoint."""
        self._first = self.step = trainer.global_step
        self._saved = self._told = self._began = clock()
        path = self.folder / "metrics.jsonl"
        if path.exists():
            lines = path.read_text("utf-8").splitlines(keepends=True)
            kept = [line for line in lines if line.endswith("\n") and json.loads(line)["step"] <= self._first]
            path.write_text("".join(kept), "utf-8")
        if self.watcher is not None:
            self.watcher.resume(self._first, self.checked)
        # A kill right behind the end of a training that ended early.
        trainer.should_stop = self._first > 0 and bool(self.over(True))

    def on_train_batch_start(self, _trainer: pl.Trainer, _model: Any, _batch: Any, number: int) -> None:
        """Dropout, too, depends on the seed and the batch alone."""
        seed_dropout(self.seed, number)
        self._step_began = clock()

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: Any, outputs: Any, *_: Any) -> None:
        """Record the step that was just made, if the batch ended one."""
        made = trainer.global_step > self.step
        step, now = self.step + 1, clock()
        last = step == self.training.steps
        looks = pl_module.device.type == "cpu" or step % LOOK_EVERY_STEPS == 0 or last
        if looks:
            self._parts.append({name: float(value) for name, value in outputs.items()})
        if not made:
            return
        self.step = step
        if looks:
            figures = {name: sum(part[name] for part in self._parts) / len(self._parts) for name in outputs}
            self._parts.clear()
            if not math.isfinite(figures["loss"]):
                raise JobFailure(
                    f"The loss became {figures['loss']} at step {step}: the learning rate is too high for this model and"
                    " its data. Start again with a third of it, or with a lower gradient limit.",
                    kind="not_a_number",
                )
            figures["rate"] = trainer.optimizers[0].param_groups[0]["lr"]
            self._lines.append(json.dumps({"step": step, **figures}) + "\n")
            if self.watcher is not None:
                self.watcher.loss(step, figures["loss"], figures["rate"])
            if now - self._told > EVENT_EVERY_S or last:
                self._told = now
                self.reporter.metric(step, **figures)
                self._progress(step, figures["loss"])
                if self.watcher is not None:
                    self.watcher.look(step)
        checked = step in self._check_at
        if checked:
            self._check(step)
        if not last and (why := self.over(checked)):
            if self._check_at and not checked:
                self._check(step)
            self.reporter.log(f"Ended at step {step}: {why}")
            trainer.should_stop = last = True
        if clock() - self._saved > CHECKPOINT_EVERY_S or last:
            self.save(trainer)
        self._heed(trainer)
        self._give_way()
        if self.health is not None:
            self.health.rest()

    def save(self, trainer: pl.Trainer) -> None:
        """Write records and checkpoint; a kill at any moment leaves the old or the new."""
        with (self.folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write("".join(self._lines))
        self._lines.clear()
        part = self.checkpoint.with_suffix(".part")
        trainer.save_checkpoint(part)
        part.replace(self.checkpoint)
        self._saved = clock()

    def _heed(self, trainer: pl.Trainer) -> None:
        try:
            waited = self.reporter.wait_if_paused()
            self.reporter.should_stop()
        except BaseException:
            self.save(trainer)
            raise
        self._began += waited
        self._saved += waited

    def _give_way(self) -> None:
        """Rest as long as the step took, where a person works; tell when the computer slept."""
        rested = self.reporter.give_way(clock() - self._step_began)
        self._began += rested
        self._saved += rested
        if self.health is not None:
            self.health.gentle = rested > 0
        slept = clock.slept
        if slept - self._slept > 1:
            self.reporter.log(f"Stood still for {slept - self._slept:.0f} s (the computer slept?), and goes on.")
            self._slept = slept

    def _check(self, step: int) -> None:
        began = clock()
        figures = self.check()
        if self.health is not None:
            self.health.pace.checks.append(clock() - began)
        if figures:
            self.checked.append((step, figures))
            self._lines.append(json.dumps({"step": step, **figures}) + "\n")
            self.reporter.metric(step, **figures)
        self.keep(figures)

    def _progress(self, step: int, loss: float) -> None:
        made = max(1, step - self._first)
        if self.health is not None:
            left = self.health.left()[1]
        else:
            left = (clock() - self._began) / made * (self.training.steps - step)
        self.reporter.progress(
            step / self.training.steps, f"Step {step} of {self.training.steps}, loss {loss:.3f}", left
        )

    def elapsed(self) -> float:
        """Seconds of training over all attempts, without pauses."""
        return self.seconds + clock() - self._began


class Clip(pl.Callback):  # type: ignore[misc]  # Lightning is not typed here
    """Cuts the gradient to its limit. Lightning's own refuses optimisers that take all weights in one pass."""

    def __init__(self, limit: float) -> None:
        self.limit = limit

    def on_before_optimizer_step(self, _trainer: pl.Trainer, pl_module: Any, *_: Any) -> None:
        """Behind all that looks at the gradient or changes it."""
        torch.nn.utils.clip_grad_norm_(pl_module.parameters(), self.limit)


class Plateau(pl.Callback):  # type: ignore[misc]  # Lightning is not typed here
    """Sets the base of the schedule by the checks so far: those of the checkpoint alone decide after a resume.

    Args:
        recorder: knows the checks; comes before this one.
        metric: of a check that shall become better.
    """

    def __init__(self, recorder: Recorder, metric: Metric) -> None:
        self.recorder, self.metric = recorder, metric
        self.seen = 0

    def on_train_start(self, trainer: pl.Trainer, *_: Any) -> None:
        """As after the last check."""
        self._set(trainer)

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        """After each check."""
        if len(self.recorder.checked) > self.seen:
            self._set(trainer)

    def _set(self, trainer: pl.Trainer) -> None:
        self.seen = len(self.recorder.checked)
        share = FALL ** falls([self.metric.worth(figures) for _, figures in self.recorder.checked])
        for entry in trainer.lr_scheduler_configs:
            groups = entry.scheduler.optimizer.param_groups
            entry.scheduler.base_lrs = [group["initial_lr"] * share for group in groups]


class Noise(pl.Callback):  # type: ignore[misc]  # Lightning is not typed here
    """Noise that fades in the gradients; the recorder's seed of the step makes it the same after a resume."""

    def __init__(self, how: GradientNoise) -> None:
        self.how = how

    def on_before_optimizer_step(self, trainer: pl.Trainer, pl_module: Any, *_: Any) -> None:
        """Before they are cut to their limit."""
        spread = math.sqrt(self.how.strength / (1 + trainer.global_step) ** self.how.fading)
        for weight in pl_module.parameters():
            if weight.grad is not None:
                weight.grad.add_(torch.randn_like(weight.grad), alpha=spread)


def seed_dropout(seed: int, number: int) -> None:
    """Let what is random in the network depend on the seed and the number of the batch.

    `torch.manual_seed` where there is an accelerator; without one it would note each call for it, for ever.
    """
    (torch.manual_seed if torch.cuda.is_available() else torch.default_generator.manual_seed)(seed * 1_000_003 + number)


def waited(values: Sequence[float], margin: float) -> int:
    """How many values there are behind the last one that was better by more than the margin than the one like it before."""
    best, count = float("-inf"), 0
    for value in values:
        best, count = (value, 0) if value > best + margin else (best, count + 1)
    return count


def falls(figures: Sequence[float]) -> int:
    """How often the rate has fallen: each time that `PATIENCE` checks in a row brought nothing better."""
    best, waited, count = float("-inf"), 0, 0
    for figure in figures:
        waited = 0 if figure > best + BETTER else waited + 1
        best = max(best, figure)
        if waited == PATIENCE:
            waited, count = 0, count + 1
    return count
