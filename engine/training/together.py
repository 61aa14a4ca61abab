"""Several processes that train one model: each learns from its share of every batch, and all of them make the same step.

The worker is process 0. It starts the others (`engine.training.together_process`), which run the same training in folders
of their own and tell nobody. Gradients, losses and the statistics of batch normalisation are averaged over all of them
(data parallelism, Li et al. 2020, PyTorch Distributed), so that the batch is that of the drawing, however many share it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, distributed, nn
from torch.distributed.nn.functional import all_reduce

from engine.jobs.context import JobFailure
from engine.training.reporting import Reporter

LONGEST_WAIT = timedelta(hours=2)  # the others wait while process 0 looks at the val images
END_S = 10.0
LOG_CHARACTERS = 4000


@dataclass
class Group:
    """The processes of a training, seen from one of them.

    Attributes:
        others: those that this one has started.
        folder: where they meet, and what they print.
    """

    number: int = 0
    count: int = 1
    folder: Path = Path()
    others: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def before(self) -> list[pl.Callback]:
        """What comes before all that looks at gradients and losses."""
        return [Averaged(self.count)] if self.count > 1 else []

    @property
    def behind(self) -> list[pl.Callback]:
        """What comes behind all that can end the training."""
        return [SameEnd()] if self.count > 1 else []

    def broken(self) -> str:
        """What the first of the others that ended badly has printed; "": none did."""
        for number, other in enumerate(self.others, 1):
            if other.poll():
                return f"Process {number} of the training ended with code {other.returncode}:\n{self._log(number)}"
        return ""

    def _log(self, number: int) -> str:
        return (self.folder / f"{number}.log").read_text("utf-8", errors="replace")[-LOG_CHARACTERS:]


_here = Group()
_summed: Callable[[Tensor], Tensor] = all_reduce  # over all processes; its gradient is, too


def share(batch: int) -> range:
    """The places of a batch that this process makes."""
    return range(_here.number, batch, _here.count)


def is_first() -> bool:
    """Whether this process is the one that looks at the val images and tells how it goes."""
    return _here.number == 0


def be(number: int, count: int, folder: Path) -> None:
    """Say which one of the processes this is."""
    global _here
    _here = Group(number, count, folder)


@contextmanager
def together(count: int, run: Path, work: Mapping[str, Any], model: nn.Module, reporter: Reporter) -> Iterator[Group]:
    """Be one of `count` processes while a training lasts.

    Args:
        run: folder of the run, of which each of the others gets a copy.
        work: what `engine.training.fit.fit` is called with there.
        model: whose batch normalisation is to see whole batches.

    Raises:
        JobFailure: another process ended before the training did; with what it printed.
    """
    if count == 1:
        yield Group()
        return
    began_here = _here.count == 1
    if began_here:
        be(0, count, Path(tempfile.mkdtemp(prefix="together-")))
        _here.others = [_start(number, run, work) for number in range(1, count)]
    group = _here
    try:
        _meet(group, reporter)
        _see_whole_batches(model)
        yield group
    except RuntimeError as error:
        time.sleep(0.5 if group.others else 0)  # the connection breaks before the process is gone
        if broken := group.broken():
            raise JobFailure(f"{broken.splitlines()[0].rstrip(':')}; its output tells more.", kind="error") from _noted(
                error, broken
            )
        raise
    finally:
        _part(group)


def _noted(error: Exception, text: str) -> Exception:
    error.add_note(text)
    return error


def _start(number: int, run: Path, work: Mapping[str, Any]) -> subprocess.Popen[bytes]:
    place = _here.folder / str(number)
    shutil.copytree(run, place)
    told = json.dumps({**work, "folder": str(place), "number": number, "count": _here.count, "meet": str(_here.folder)})
    threads = str(max(1, (os.cpu_count() or 1) // _here.count))
    with (_here.folder / f"{number}.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "engine.training.together_process", told],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, "OMP_NUM_THREADS": threads},
        )  # fmt: skip


def _meet(group: Group, reporter: Reporter) -> None:
    """Wait for the others here, where a cancel and the end of one of them are noticed, and then connect."""
    (group.folder / f"{group.number}.ready").touch()
    while group.others and len(list(group.folder.glob("*.ready"))) < group.count:
        reporter.should_stop()
        if group.broken():
            raise RuntimeError("not all processes came")
        time.sleep(0.05)
    torch.set_num_threads(max(1, (os.cpu_count() or 1) // group.count))
    distributed.init_process_group(
        "gloo", f"file://{group.folder}/meet", rank=group.number, world_size=group.count, timeout=LONGEST_WAIT
    )


def _part(group: Group) -> None:
    if distributed.is_initialized():
        distributed.destroy_process_group()
    if not group.others:
        return
    end = time.monotonic() + END_S
    for other in group.others:
        try:
            other.wait(max(0.0, end - time.monotonic()) if sys.exc_info()[0] is None else 0.0)
        except subprocess.TimeoutExpired:
            other.kill()
            other.wait()
    shutil.rmtree(group.folder, ignore_errors=True)
    be(0, 1, Path())


class Averaged(pl.Callback):  # type: ignore[misc]  # Lightning is not typed here
    """Gradients before each step, and losses behind it, as the mean over all processes."""

    def __init__(self, count: int) -> None:
        self.count = count

    def on_before_optimizer_step(self, _trainer: pl.Trainer, pl_module: Any, *_: Any) -> None:
        """All gradients as one vector."""
        weights = [weight for weight in pl_module.parameters() if weight.requires_grad]
        for weight in weights:
            if weight.grad is None:
                weight.grad = torch.zeros_like(weight)
        self._average([weight.grad for weight in weights])

    def on_train_batch_end(self, _trainer: pl.Trainer, _model: Any, outputs: dict[str, Tensor], *_: Any) -> None:
        """The losses that are recorded."""
        self._average(list(outputs.values()))

    def _average(self, values: list[Tensor]) -> None:
        whole = torch.cat([value.flatten() for value in values])
        distributed.all_reduce(whole)
        pieces: tuple[Tensor, ...] = torch.split(whole / self.count, [value.numel() for value in values])
        for value, mean in zip(values, pieces, strict=True):
            value.copy_(mean.view_as(value))


class SameEnd(pl.Callback):  # type: ignore[misc]  # Lightning is not typed here
    """Process 0 alone decides whether the training ends early."""

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        """As it says."""
        ends = torch.tensor(float(trainer.should_stop))
        distributed.broadcast(ends, 0)
        trainer.should_stop = bool(ends)


class _Whole(nn.modules.batchnorm._BatchNorm):
    """Batch normalisation over the batches of all processes; PyTorch's own (SyncBatchNorm) needs a GPU."""

    def forward(self, given: Tensor) -> Tensor:
        """Mean and variance of the whole batch, in two passes, as one process computes them."""
        if not self.training:
            return super().forward(given)
        over, shape = [0, *range(2, given.dim())], (1, -1, *[1] * (given.dim() - 2))
        count = given.numel() // given.size(1) * distributed.get_world_size()
        mean = _summed(given.float().sum(over)) / count
        apart = given.float() - mean.view(shape)
        variance = _summed(apart.square().sum(over)) / count
        self._remember(mean.detach(), variance.detach() * count / max(1, count - 1))
        scaled = apart * (torch.rsqrt(variance + self.eps) * self.weight).view(shape)
        answer: Tensor = (scaled + self.bias.view(shape)).to(given.dtype)
        return answer

    def _remember(self, mean: Tensor, variance: Tensor) -> None:
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        self.num_batches_tracked += 1
        share = self.momentum if self.momentum is not None else 1 / float(self.num_batches_tracked)
        self.running_mean.lerp_(mean, share)
        self.running_var.lerp_(variance, share)


class _Whole1d(_Whole, nn.BatchNorm1d):
    pass


class _Whole2d(_Whole, nn.BatchNorm2d):
    pass


WHOLE: dict[type[nn.Module], type[nn.Module]] = {nn.BatchNorm1d: _Whole1d, nn.BatchNorm2d: _Whole2d}


def _see_whole_batches(model: nn.Module) -> None:
    for part in model.modules():
        if type(part) in WHOLE:
            part.__class__ = WHOLE[type(part)]
