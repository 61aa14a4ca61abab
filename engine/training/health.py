"""How a training is, live: speed, waiting, memory, energy, gradients, filters that died, answers to a few val images."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from engine.jobs.clock import clock
from engine.serving.errors import BadImage
from engine.serving.manifest import OBJECTS, ModelManifest
from engine.serving.tiles import are_used
from engine.training.batches import collate
from engine.training.objects import found_in, true_of
from engine.training.reporting import Reporter
from engine.training.resources import Energy, Pace, memory_mb
from engine.training.samples import Samples, View
from engine.training.settings import Training
from engine.training.similarity import kept
from engine.training.watching import Watcher
from engine.workspace import write_atomically

LOOK_EVERY_STEPS = 10  # norms of all gradients cost as much as clipping them does
TELL_EVERY_S = 2.0
SHOWN, MOST = 6, 50  # val images whose answers are kept at each check; answers for each
SAMPLES = "answers.json"
ANSWERED = 0.3  # score from which on a label counts as answered, at most


class Health(pl.Callback):  # type: ignore[misc]  # Lightning is not typed here
    """Measures beside the steps and tells “live” events; what is wrong goes through the watcher.

    Attributes:
        gentle: whether the training rests between its steps, as long as each takes.
        pace: seconds of the last steps; the recorder adds those of checks.
    """

    def __init__(self, training: Training, watcher: Watcher, reporter: Reporter, cuda: bool) -> None:
        self.training, self.watcher, self.reporter = training, watcher, reporter
        self.pace, self.energy, self._cuda = Pace(), Energy(cuda), cuda
        self.norms: dict[str, tuple[float, float]] = {}
        self.spent = 0.0  # Wh of earlier attempts
        self._alive: dict[str, dict[str, Tensor]] = {}
        self._made = 0
        self._ended = self._told = self._step_began = clock()
        self._waited = self._window = 0.0
        self._seen = 0
        self.gentle = False

    def state_dict(self) -> dict[str, Any]:
        """For the checkpoint."""
        return {"energy_wh": self.spent + self.energy.read()[0]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """From the checkpoint."""
        self.spent = state_dict["energy_wh"]

    def used(self) -> dict[str, Any]:
        """Energy of all attempts: {"wh", "source"}."""
        wh, source = self.energy.read()
        return {"wh": round(self.spent + wh, 3), "source": source}

    def on_train_start(self, trainer: pl.Trainer, *_: Any) -> None:
        """Begin to measure."""
        self._made = trainer.global_step
        self.rest()
        self._told = self._ended

    def rest(self) -> None:
        """What happened since the last step, a check or a pause, is no step's time."""
        self._ended = self._step_began = clock()

    def on_train_batch_start(self, *_: Any) -> None:
        """The batch is there."""
        self._waited += clock() - self._ended

    def on_before_optimizer_step(self, trainer: pl.Trainer, pl_module: Any, *_: Any) -> None:
        """Look at the gradients, now and then."""
        step = trainer.global_step + 1
        if step % LOOK_EVERY_STEPS and step != 1:
            return
        self.norms = norms_of(pl_module.network)
        if self.norms:
            self.watcher.gradients(step, self.norms)
        if step > 1:
            note_alive(pl_module.network, self._alive)

    def on_train_batch_end(self, trainer: pl.Trainer, _model: Any, _outputs: Any, batch: Any, *_: Any) -> None:
        """The step is made, if this batch ended one."""
        now = clock()
        self._ended = now
        self._seen += _count(batch)
        if trainer.global_step == self._made:
            return
        self._made = trainer.global_step
        self.pace.steps.append(now - self._step_began)
        self._window += now - self._step_began
        self._step_began = now
        if now - self._told > TELL_EVERY_S and self._window > 0:
            self._tell(now)

    def _tell(self, now: float) -> None:
        waiting = min(1.0, self._waited / self._window)
        if len(self.pace.steps) >= 2 * LOOK_EVERY_STEPS:
            self.watcher.loading(self._made, waiting)
        used = self.used()
        live = {
            "step": self._made, "images_s": round(self._seen / self._window, 2), "waiting": round(waiting, 3),
            "memory_mb": round(memory_mb()), "energy_wh": used["wh"], "energy_source": used["source"],
            "gradient": {part: float(f"{gradient:.4g}") for part, (gradient, _) in self.norms.items()},
        }  # fmt: skip
        if self.watcher.rows:
            live["of"] = "rows"
        if self._cuda:
            live["gpu_mb"] = round(torch.cuda.max_memory_allocated() / 2**20)
        live["left_s"] = [round(seconds, 1) for seconds in self.left()]
        self.reporter.emit("live", **live)
        self._told, self._waited, self._window, self._seen = now, 0.0, 0.0, 0

    def left(self) -> tuple[float, float, float]:
        """Seconds that the rest of the training takes: least, expected, most."""
        every = max(1, self.training.steps // self.training.checks) if self.training.checks else 0
        rest = self.training.steps - self._made
        least, expected, most = self.pace.left(rest, -(-rest // every) if every else 0)
        return least, expected * (2 if self.gentle else 1), most * (2 if self.gentle else 1)

    def checked(self, step: int) -> None:
        """A check: which filters moved since the last one."""
        shares = dead_shares(self._alive)
        if shares:
            self.watcher.dead(step, shares)
        self._alive.clear()


def _count(batch: Any) -> int:
    """Images of a batch; of a person's own, the length of its first tensor."""
    if hasattr(batch, "images"):
        return len(batch.images)
    parts = batch.values() if isinstance(batch, dict) else batch if isinstance(batch, list | tuple) else [batch]
    return next((len(part) for part in parts if isinstance(part, Tensor) and part.ndim), 1)


def norms_of(network: nn.Module) -> dict[str, tuple[float, float]]:
    """Norm of the gradient and of the weights, by part of the network; parts that do not learn are left out."""
    found = {}
    for name, part in network.named_children():
        learns = [(weight, weight.grad) for weight in part.parameters() if weight.grad is not None]
        if learns:
            pairs = torch.stack(
                [torch.stack(torch._foreach_norm([pair[place] for pair in learns])).norm() for place in (1, 0)]
            )
            gradient, weights = pairs.tolist()
            found[name] = (gradient, weights)
    return found


def note_alive(network: nn.Module, alive: dict[str, dict[str, Tensor]]) -> None:
    """Which filters got a gradient; one that answers to no image gets none at all. Adds to `alive`, by part and weight."""
    for name, part in network.named_children():
        known = alive.setdefault(name, {})
        for weight_name, weight in part.named_parameters():
            if weight.grad is not None and weight.ndim == 4:
                moved = weight.grad.detach().flatten(1).any(1)
                known[weight_name] = moved | known[weight_name] if weight_name in known else moved


def dead_shares(alive: dict[str, dict[str, Tensor]]) -> dict[str, float]:
    """Share of filters that never got a gradient, by part; branches that got none at all had nothing to learn from."""
    shares = {}
    for name, filters in alive.items():
        used = [moved for moved in filters.values() if bool(moved.any())]
        if used:
            shares[name] = 1 - float(torch.cat(used).float().mean())
    return shares


class Answered:
    """Looks at the network's outputs on the val images as they pass: which labels it answers."""

    def __init__(self, run: Callable[[Any, Any], Any], manifest: ModelManifest) -> None:
        self._run, self.manifest = run, manifest
        self.labels: set[int] = set()

    def __call__(self, network: nn.Module, images: Tensor) -> Any:
        """As `run`."""
        output = self._run(network, images)
        if self.manifest.task == "classification":
            self.labels.update(output.argmax(1).unique().tolist())
        elif self.manifest.task == "multilabel":
            self.labels.update((output.float().sigmoid().amax(0) >= ANSWERED).nonzero().flatten().tolist())
        elif self.manifest.task in OBJECTS:
            least = min(ANSWERED, self.manifest.postprocess.score_threshold)
            best = output.logits.float().sigmoid().flatten(0, 1).amax(0)
            self.labels.update((best >= least).nonzero().flatten().tolist())
        return output

    def never(self, samples: Samples) -> list[str]:
        """Labels that val images have and no answer had; none where nothing was looked at."""
        if not is_shown(self.manifest.task):
            return []
        there = {int(label) for sample in samples.items for label in sample.labels}
        return [self.manifest.labels[label] for label in sorted(there - self.labels)]


def is_shown(task: str) -> bool:
    """Whether answers of the task are kept at each check."""
    return task in ("classification", "multilabel") or task in OBJECTS


@torch.no_grad()
def keep_answers(
    folder: Path,
    step: int,
    network: nn.Module,
    samples: Samples,
    manifest: ModelManifest,
    run: Callable[[Any, Any], Any],
) -> None:
    """Keep the answers to a few val images, the same at each check, in answers.json.

    One entry an image: key, name, and of objects "boxes" (xyxy shares of the canvas, score, label) and "truth", and what they
    carry beside them in px of the canvas, "more" and "true_more" (see `engine.training.objects`); for classification "label",
    "score" and "truth"; for multilabel the same with all labels in one text.
    """
    if not is_shown(manifest.task) or are_used(manifest) or not len(samples):  # tiles are no whole images
        return
    chosen = sorted({round(place) for place in np.linspace(0, len(samples) - 1, SHOWN).tolist()})
    there, views = [], []
    for index in chosen:
        with contextlib.suppress(BadImage):
            views.append(samples.view(index))
            there.append(samples.items[index])
    if not there:
        return
    output = run(network, collate(views, manifest).images)
    found = [
        {"key": sample.key, "name": sample.name, **_answer(output, n, view, manifest)}
        for n, (sample, view) in enumerate(zip(there, views, strict=True))
    ]
    write_atomically(folder / SAMPLES, json.dumps({"step": step, "images": found}, ensure_ascii=False).encode())


def _answer(output: Any, place: int, view: View, manifest: ModelManifest) -> dict[str, Any]:
    if manifest.task == "classification":
        shares = output[place].float().softmax(0)
        best = int(shares.argmax())
        truth = manifest.labels[int(view.labels[0])]
        return {"label": manifest.labels[best], "score": round(float(shares[best]), 3), "truth": truth}
    if manifest.task == "multilabel":
        scores = output[place].float().sigmoid().cpu().numpy()
        said = ", ".join(np.array(manifest.labels)[scores >= manifest.postprocess.score_threshold].tolist())
        truth = ", ".join(manifest.labels[label] for label in view.labels)
        return {"label": said or "–", "score": round(float(scores.max()), 3), "truth": truth or "–"}
    size = np.array([manifest.input.width, manifest.input.height] * 2, np.float32)
    boxes, scores, labels, more = found_in(manifest, output, place, replace(manifest.postprocess, max_detections=MOST))
    answers = [
        [*_shares(box), round(float(score), 3), manifest.labels[int(label)]]
        for box, score, label in zip(boxes / size, scores, labels, strict=True)
    ]
    true = [
        [*_shares(box), manifest.labels[int(label)]] for box, label in zip(view.boxes / size, view.labels, strict=True)
    ]
    true_more = [kept(value) for value in true_of(manifest, view)]
    return {"boxes": answers, "truth": true, "more": more, "true_more": true_more}


def _shares(box: Any) -> list[float]:
    return [round(float(side), 4) for side in box]
