"""One thing that came to be kept on a box: an image with what was said of it, in one file, so that it is whole or absent.

The file is a line of JSON and the bytes of the image after it. Its name says how much it is worth, when it was kept
(milliseconds since 1970) and of which image: in the order of their names, the least valuable and oldest come first.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

REASONS = ("sampled", "unsure", "disagreement", "corrected")
"""Why something is kept, from the least valuable reason on."""
NAME = re.compile(r"[0-3]-\d{15}-[0-9a-f]{32}\.item")
MOST_HEAD = 8 << 20  # bytes of the line
MOST_IMAGE = 256 << 20


class NotKept(ValueError):
    """The bytes are no such file, or not a whole one."""


@dataclass(frozen=True)
class Kept:
    """An image and what was said of it.

    Attributes:
        reason: one of REASONS.
        at: when, by the box's clock (epoch seconds).
        image: the file's bytes; empty where only the prediction may be kept.
        prediction: as /predict answered it.
        release: digest of the artifact's image; empty where nobody told it.
        said: a person's word: `verdict` (right, wrong), `label` or `objects` (label, box), `note`, `by`.
        other: what another release said of the same image, and `agreement`.
        offset: x, y in px of the part that is kept within the image that was asked about; None: all of it.
    """

    reason: str
    at: float
    image: bytes
    prediction: Mapping[str, Any]
    release: str = ""
    said: Mapping[str, Any] = field(default_factory=dict)
    other: Mapping[str, Any] = field(default_factory=dict)
    offset: tuple[int, int] | None = None

    def content(self) -> bytes:
        """The file."""
        head = {
            "schema": 1, "reason": self.reason, "at": self.at, "sha256": hashlib.sha256(self.image).hexdigest(),
            "prediction": self.prediction, "release": self.release, "said": self.said, "other": self.other,
            "offset": self.offset,
        }  # fmt: skip
        return json.dumps(head, ensure_ascii=False).encode() + b"\n" + self.image

    @staticmethod
    def read(content: bytes) -> Kept:
        """What a file holds; nothing of it is believed before it was looked at.

        Raises:
            NotKept: it is torn, damaged or something else.
        """
        line, found, image = content.partition(b"\n")
        if not found or len(line) > MOST_HEAD or len(image) > MOST_IMAGE:
            raise NotKept("it is cut off or too large")
        try:
            head = json.loads(line)
            kept = Kept(
                str(head["reason"]), float(head["at"]), image, dict(head["prediction"]), str(head["release"])[:200],
                dict(head["said"]), dict(head["other"]), _offset(head["offset"]),
            )  # fmt: skip
            whole = head["sha256"] == hashlib.sha256(image).hexdigest()
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise NotKept(f"its first line is damaged ({type(error).__name__})") from error
        if not whole or kept.reason not in REASONS or not math.isfinite(kept.at):
            raise NotKept("its image is not the one that was kept" if not whole else "it says no known reason or time")
        return kept


def name_of(reason: str, at: float, asked: bytes) -> str:
    """The name of the file about an image that was asked about."""
    return f"{REASONS.index(reason)}-{round(1e3 * at):015d}-{digest_of(asked)}.item"


def digest_of(asked: bytes) -> str:
    """By which the same image is known again."""
    return hashlib.sha256(asked).hexdigest()[:32]


def _offset(given: Any) -> tuple[int, int] | None:
    return None if given is None else (int(given[0]), int(given[1]))
