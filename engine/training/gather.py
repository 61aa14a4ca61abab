"""Training without gradients: the network looks at the good images once, and keeps what it needs to judge others."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch import nn

from engine.jobs.clock import clock
from engine.modeling.nets.anomaly import head_of
from engine.serving.manifest import ModelManifest
from engine.training.load import WEIGHTS, save_network
from engine.training.reporting import Reporter
from engine.training.samples import Samples
from engine.training.validate import scores_of

DEVIATIONS = 3.0  # of good images' scores above their mean that are still normal …
MARGIN = 1.05  # … but at least so many times the farthest of them

Run = Callable[[nn.Module, torch.Tensor], Any]


class Gathering(pl.Callback):  # type: ignore[misc]  # Lightning is not typed here
    """Tells how far the looking is, heeds a person who stops or pauses it, and gives way to one who works.

    Attributes:
        rested: seconds in which it stood still.
    """

    def __init__(self, reporter: Reporter, steps: int) -> None:
        self.reporter, self.steps = reporter, steps
        self.rested, self._began = 0.0, clock()

    def on_train_batch_start(self, *_: Any) -> None:
        """Before each look."""
        self._began = clock()

    def on_train_batch_end(self, _trainer: Any, _module: Any, _outputs: Any, _batch: Any, index: int) -> None:
        """After each look."""
        self.reporter.progress((index + 1) / self.steps, f"Looked at {index + 1} of {self.steps} batches")
        self.rested += self.reporter.give_way(clock() - self._began) + self.reporter.wait_if_paused()
        self.reporter.should_stop()


def gather(
    folder: Path,
    model: Any,
    data: Any,
    steps: int,
    accelerator: str,
    reporter: Reporter,
    check: Callable[[], dict[str, float]],
) -> tuple[dict[str, float], float]:
    """Let the model look at all good images, then measure it; writes weights and metrics.

    It takes seconds, so one that was interrupted begins anew.

    Returns:
        figures on the val images, and the seconds that it took, without rests.
    """
    start, looking = clock(), Gathering(reporter, steps)
    trainer = pl.Trainer(
        max_epochs=1, accelerator=accelerator, devices=1, callbacks=[looking], logger=False,
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False, limit_val_batches=0,
        num_sanity_val_steps=0, use_distributed_sampler=False, default_root_dir=folder,
    )  # fmt: skip
    with torch.no_grad():
        trainer.fit(model, datamodule=data)
    figures = check()
    reporter.metric(steps, **figures)
    (folder / "metrics.jsonl").write_text(json.dumps({"step": steps, **figures}) + "\n", "utf-8")
    save_network(model.network, folder / WEIGHTS)
    return figures, clock() - start - looking.rested


def set_limit(network: nn.Module, samples: Samples, manifest: ModelManifest, run: Run) -> None:
    """What is normal, by good images that were not learnt from: three deviations above their mean, or the farthest."""
    distances = scores_of(network, samples, manifest, run)
    good = np.array([value for index, value in distances if not samples.items[index].labels[0]])
    if len(good):
        limit = max(good.mean() + DEVIATIONS * good.std(), MARGIN * good.max(), 1e-6)
        head_of(network).limit.fill_(float(limit))
