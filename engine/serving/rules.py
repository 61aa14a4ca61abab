"""What a release may keep of the images that it is asked about, for how long and how much of each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from engine.serving.errors import BadRequest
from engine.serving.predictor import Prediction

IMAGES = ("whole", "stripped", "crops", "none")
FILE = "rules.json"
MOST_BYTES = 64 << 10
TAIL = 4096  # bytes at the end of an image by which it is drawn


@dataclass(frozen=True)
class Rules:
    """Where there are none, nothing is kept.

    Attributes:
        unsure: scores from, and below which the model was in doubt: of an object, or (below only) of the whole image's label.
        share: of all images, kept as a sample.
        disagreement: agreement with a mirrored release below which an image is kept.
        megabytes, count: at most so much lies on the box; what is worth least, and oldest, goes first.
        days: after which what was not collected is removed.
        image: whole; stripped (of EXIF, GPS, comments and whatever else is no pixel); crops (only the part with what was
            found); none (only the prediction).
        hide: parts of each image that are painted over, as shares of its width and height: left, top, right, bottom.
    """

    unsure: tuple[float, float] = (0.15, 0.6)
    share: float = 0.0
    disagreement: float = 0.5
    megabytes: float = 64
    count: int = 2000
    days: float = 30
    image: str = "stripped"
    hide: tuple[tuple[float, float, float, float], ...] = ()

    def wants(self, prediction: Prediction) -> bool:
        """Whether the model was in doubt: a score in between, or a classification without a clear winner."""
        low, high = self.unsure
        if prediction.classification is not None:
            return prediction.classification.score < high
        return any(low <= found.score < high for found in prediction.detections)

    def draws(self, image: bytes) -> bool:
        """Whether an image is of the sample: that follows from its last bytes, so the same image is always drawn or never."""
        if not self.share:
            return False
        drawn = hashlib.sha256(b"%d:" % len(image) + image[-TAIL:]).digest()
        return int.from_bytes(drawn[:4], "big") < self.share * (1 << 32)

    def content(self) -> bytes:
        """As it lies on a box."""
        return json.dumps(asdict(self)).encode()

    @staticmethod
    def of(wanted: Mapping[str, Any]) -> Rules:
        """Rules from plain values; what is not given is as usual.

        Raises:
            BadRequest: a rule is unknown or has a value that cannot be.
        """
        known = {entry.name for entry in fields(Rules)}
        if unknown := set(wanted) - known:
            raise BadRequest(f"There is no rule “{min(map(str, unknown))[:40]}”; there are {', '.join(sorted(known))}.")
        try:
            values = {name: _VALUES[name](value) for name, value in wanted.items()}
        except (TypeError, ValueError, OverflowError) as error:
            raise BadRequest(f"A rule has a value of the wrong kind ({str(error)[:80]}).") from error
        rules = Rules(**values)
        if reason := _wrong(rules):
            raise BadRequest(reason)
        return rules

    @staticmethod
    def read(folder: Path) -> Rules | None:
        """The rules of a folder; None where it has none, or says that there are to be none.

        Raises:
            OSError, BadRequest: they cannot be read.
        """
        try:
            with (folder / FILE).open("rb") as file:
                document = json.loads(file.read(MOST_BYTES))
        except FileNotFoundError:
            return None
        except (ValueError, RecursionError) as error:
            raise BadRequest(f"{folder / FILE} is no JSON ({error}).") from error
        return None if document is None else Rules.of(document if isinstance(document, dict) else {"": document})


_VALUES: dict[str, Any] = {
    "unsure": lambda pair: (float(pair[0]), float(pair[1])),
    "share": float, "disagreement": float, "megabytes": float, "count": int, "days": float, "image": str,
    "hide": lambda parts: tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in parts),
}  # fmt: skip


def _wrong(rules: Rules) -> str:
    """Why rules cannot be; empty where they can."""
    shares = (*rules.unsure, rules.share, rules.disagreement, *(edge for part in rules.hide for edge in part))
    if any(not 0 <= value <= 1 for value in shares):
        return "unsure, share, disagreement and the edges of hide are from 0 to 1."
    if any(left >= right or top >= bottom for left, top, right, bottom in rules.hide):
        return "A part to hide is left, top, right, bottom, with left < right and top < bottom."
    if rules.image not in IMAGES:
        return f"image is {', '.join(IMAGES)}; not “{rules.image[:40]}”."
    if not (0 < rules.megabytes <= 1e6 and 0 < rules.count <= 100_000 and 0 < rules.days <= 3650):
        return "megabytes is above 0 and at most a million, count at most 100000, days at most 3650."
    return ""
