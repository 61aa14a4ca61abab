"""Images that come at the same time go through the network together."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.serving.predictor import Infer, Outputs
from engine.serving.preprocess import Floats


class Batcher:
    """A network for single images, called from many threads at once: the first caller waits for others, and runs for all.

    While the network is busy, further callers join the batch that waits for it. There is no thread of its own, so that
    nothing is left waiting when the model is unloaded.
    """

    def __init__(self, infer: Infer, seconds: float, most: int, at_once: int = 1) -> None:
        """`seconds`: that the first one waits; `most`: images of a batch; `at_once`: batches that may run beside each other."""
        self._infer = infer
        self._seconds = seconds
        self._most = most
        self._lock = threading.Lock()
        self._turn = threading.Semaphore(at_once)
        self._open: _Batch | None = None

    def __call__(self, tensor: Floats) -> Outputs:
        """(1, C, H, W) with others, several images by themselves."""
        if len(tensor) != 1:
            return self._infer(tensor)
        with self._lock:
            batch = self._open
            leads = batch is None
            if batch is None:
                batch = self._open = _Batch()
            place = batch.join(tensor)
            if place + 1 == self._most:
                self._open = None
                batch.full.set()
        if leads:
            batch.full.wait(self._seconds)
            with self._turn:
                with self._lock:
                    if self._open is batch:
                        self._open = None
                batch.run(self._infer)
        return batch.part(place)


class _Batch:
    """Images that wait for one run."""

    def __init__(self) -> None:
        self.full = threading.Event()
        self._done = threading.Event()
        self._tensors: list[Floats] = []
        self._outputs: Mapping[str, Any] = {}
        self._error: Exception | None = None

    def join(self, tensor: Floats) -> int:
        self._tensors.append(tensor)
        return len(self._tensors) - 1

    def run(self, infer: Infer) -> None:
        try:
            alone = len(self._tensors) == 1
            self._outputs = infer(self._tensors[0] if alone else np.concatenate(self._tensors))
        except Exception as error:
            self._error = error
        finally:
            self._done.set()

    def part(self, place: int) -> Outputs:
        """What is said of one image."""
        self._done.wait()
        if self._error is not None:
            raise self._error
        return {name: values[place : place + 1] for name, values in self._outputs.items()}
