"""What a release keeps of the images that it was asked about, to be collected: written beside the requests, never by them."""

from __future__ import annotations

import contextlib
import json
import math
import queue
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from engine.serving.errors import BadImage, BadRequest
from engine.serving.images import MAX_PIXELS, Pixels
from engine.serving.kept import Kept
from engine.serving.logs import log
from engine.serving.metrics import Metrics
from engine.serving.predictor import Prediction
from engine.serving.privacy import permitted
from engine.serving.ring import Ring
from engine.serving.rules import Rules

WAITING = 64
MOST_BYTES = 64 << 20  # of images that wait, together
TICK_S = 1.0
SAID_S = 10.0  # in which a person's word is on disk, or is said not to be


@dataclass
class _Offer:
    """What waits to be written."""

    reason: str
    rules: Rules
    image: bytes | Pixels
    prediction: Mapping[str, Any] | Prediction
    said: Mapping[str, Any] = field(default_factory=dict)
    other: Mapping[str, Any] = field(default_factory=dict)
    at: float = field(default_factory=time.time)
    kept: Future[bool] = field(default_factory=Future)

    @property
    def size(self) -> int:
        """Bytes that it holds."""
        return len(self.image) if isinstance(self.image, bytes) else self.image.nbytes


class Feedback:
    """Takes what may be worth a look and has a thread write it to a ring of files; what does not fit is dropped and counted.

    Counts `lineside_feedback_total{reason, result}`: kept, known (or worth less than all that is there), dropped (too much
    waits), failed (the disk).
    """

    def __init__(
        self, folder: Path, metrics: Metrics, usual: Rules | None = None, release: str = "", pixels: int = MAX_PIXELS
    ) -> None:
        """`usual`: the rules where the folder has none; None: nothing is kept then."""
        self.rules = usual
        self._usual, self._release, self._pixels = usual, release, pixels
        self._ring, self._metrics = Ring(folder), metrics
        self._waiting: queue.Queue[_Offer | None] = queue.Queue(WAITING)
        self._bytes = 0
        self._lock = threading.Lock()
        self._complaint = ""
        self._tend()
        self._thread = threading.Thread(target=self._run, name="feedback", daemon=True)
        self._thread.start()

    def offer(self, image: bytes | Pixels, prediction: Prediction) -> None:
        """An answer that was just given."""
        rules = self.rules
        if rules is None:
            return
        if rules.wants(prediction):
            self._put(_Offer("unsure", rules, image, prediction))
        elif isinstance(image, bytes) and rules.draws(image):
            self._put(_Offer("sampled", rules, image, prediction))

    def differs(self, image: bytes, answer: Mapping[str, Any], other: Mapping[str, Any], agreement: float) -> None:
        """An image that another release answered otherwise."""
        rules = self.rules
        if rules is not None and agreement < rules.disagreement:
            told = {"agreement": agreement, "prediction": dict(other)}
            self._put(_Offer("disagreement", rules, image, answer, other=told))

    def correct(self, image: bytes, prediction: Prediction, said: Mapping[str, Any]) -> bool:
        """A person's word on an answer; whether it is on disk now. Blocks until that is known."""
        rules = self.rules
        if rules is None or not self._put(offer := _Offer("corrected", rules, image, prediction, said)):
            return False
        try:
            return offer.kept.result(SAID_S)
        except TimeoutError:
            return False

    def close(self) -> None:
        """Write what waits; further offers are dropped."""
        self.rules = None
        with contextlib.suppress(queue.Full):
            self._waiting.put(None, timeout=SAID_S)
        self._thread.join(SAID_S)

    def _put(self, offer: _Offer) -> bool:
        with self._lock:
            fits = self._bytes + offer.size <= MOST_BYTES and not self._waiting.full()
            if fits:
                self._bytes += offer.size
                self._waiting.put_nowait(offer)
        if not fits:
            self._count(offer, "dropped")
        return fits

    def _run(self) -> None:
        tended = time.monotonic()
        while True:
            try:
                offer = self._waiting.get(timeout=TICK_S)
                if offer is None:
                    return
                self._write(offer)
            except queue.Empty:
                pass
            if time.monotonic() - tended >= TICK_S:
                self._tend()
                tended = time.monotonic()

    def _write(self, offer: _Offer) -> None:
        result = "failed"
        try:
            result = "kept" if self._keep(offer) else "known"
        except (OSError, BadImage, MemoryError) as error:
            self._complain(f"Feedback cannot be kept in {self._ring.folder}: {error}")
        except Exception:  # whatever it was: the next ones are still kept
            log.exception("An image could not be kept")
        with self._lock:
            self._bytes -= offer.size
        self._count(offer, result)
        offer.kept.set_result(result == "kept")

    def _keep(self, offer: _Offer) -> bool:
        said = offer.prediction.to_json() if isinstance(offer.prediction, Prediction) else offer.prediction
        image, offset = permitted(offer.image, said, offer.rules, self._pixels)
        kept = Kept(offer.reason, offer.at, image, said, self._release, offer.said, offer.other, offset)
        asked = offer.image if isinstance(offer.image, bytes) else np.ascontiguousarray(offer.image).tobytes()
        return self._ring.add(kept, asked, offer.rules)

    def _tend(self) -> None:
        """Read the rules again, and do what they and whoever collected say."""
        try:
            self.rules = Rules.read(self._ring.folder) or self._usual
            self._ring.tend(self.rules or Rules())
        except (OSError, BadRequest) as error:
            self.rules = None  # what may be kept is not known
            self._complain(f"Nothing is kept as feedback: {error}")
        self._metrics.gauge("lineside_feedback_bytes", self._ring.bytes)

    def _complain(self, sentence: str) -> None:
        """Say it once, not for each image."""
        if sentence != self._complaint:
            log.warning("%s", sentence)
            self._complaint = sentence

    def _count(self, offer: _Offer, result: str) -> None:
        self._metrics.count("lineside_feedback_total", reason=offer.reason, result=result)


def said_of(query: Mapping[str, str], who: str) -> dict[str, Any]:
    """A person's word as a request gives it.

    Args:
        query: verdict, label, objects (JSON), note, by.
        who: the key that asked, where nobody is named.

    Raises:
        BadRequest: it says neither right nor wrong, or objects that are none.
    """
    if query.get("verdict") not in ("right", "wrong"):
        raise BadRequest("verdict is “right” or “wrong”.")
    said: dict[str, Any] = {name: query[name][:200] for name in ("verdict", "label", "note", "by") if name in query}
    if "objects" in query:
        said["objects"] = _objects(query["objects"])
    return {**said, **({"by": who} if who and "by" not in said else {})}


def _objects(text: str) -> list[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = [
            {"label": str(one["label"])[:200], "box": [round(float(edge), 2) for edge in one["box"]]}
            for one in json.loads(text)
        ]
        proper = all(len(one["box"]) == 4 and all(map(math.isfinite, one["box"])) for one in found)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BadRequest("objects is a list of {“label”: …, “box”: [left, top, right, bottom]}.") from error
    if not proper or len(found) > 500:
        raise BadRequest("Each of at most 500 objects has a box of four numbers: left, top, right, bottom in px.")
    return found
