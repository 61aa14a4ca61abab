"""A bounded ring of images on disk that the model was not sure of, and of a sample of all, to be collected."""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
import time
from pathlib import Path

from engine.serving.predictor import Prediction


class FeedbackBuffer:
    """Keeps doubtful images, a share of all images, and their predictions below `folder`, the newest `megabytes` of them.

    An image is kept as `<milliseconds>-<digest>.img` with a `.json` beside it; the same image is kept once. Whether it is of
    the share follows from its digest.
    """

    def __init__(
        self, folder: Path, megabytes: float = 64, unsure: tuple[float, float] = (0.15, 0.6), share: float = 0.0
    ) -> None:
        self.folder = folder
        self.share = share
        self.limit = int(megabytes * 1e6)
        self.unsure = unsure
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        self._sizes = {path.stem: path.stat().st_size for path in sorted(folder.glob("*.img"))}

    def wants(self, prediction: Prediction) -> bool:
        """Whether the model was in doubt: a score in between, or a classification without a clear winner."""
        low, high = self.unsure
        if prediction.classification is not None:
            return prediction.classification.score < high
        return any(low <= found.score < high for found in prediction.detections)

    def keep(self, image: bytes, prediction: Prediction) -> None:
        """Keep one image if it is wanted or drawn; a full or broken disk never disturbs serving."""
        wanted = self.wants(prediction)
        if len(image) > self.limit or not (wanted or self.share):
            return
        digest = hashlib.sha256(image).hexdigest()[:32]
        if not wanted and int(digest[:8], 16) >= self.share * (1 << 32):
            return
        with self._lock, contextlib.suppress(OSError):
            if any(stem.endswith(digest) for stem in self._sizes):
                return
            while self._sizes and sum(self._sizes.values()) + len(image) > self.limit:
                oldest = min(self._sizes)
                del self._sizes[oldest]
                for suffix in (".img", ".json"):
                    (self.folder / f"{oldest}{suffix}").unlink(missing_ok=True)
            stem = f"{time.time_ns() // 1_000_000:015d}-{digest}"
            (self.folder / f"{stem}.json").write_text(json.dumps(prediction.to_json(), ensure_ascii=False), "utf-8")
            part = self.folder / f"{stem}.part"
            part.write_bytes(image)
            part.replace(self.folder / f"{stem}.img")
            self._sizes[stem] = len(image)
