"""A camera that is none: plays the pictures of a folder at a rate, for trials and demonstrations."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from engine.serving.pipeline.journal import Record
from engine.serving.pipeline.settings import setting
from engine.serving.pipeline.sources import Picture

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")


@dataclass(frozen=True)
class SimulatorSettings:
    """Settings of a simulated camera.

    Attributes:
        rate: pictures a second, of which the newest is given and older ones are left out; 0: as fast as they are taken.
        loop: whether it begins anew after the last.
    """

    folder: str = setting(kind="path")
    rate: float = setting(5.0, least=0, most=1000)
    loop: bool = setting(True)

    def open(self) -> Simulator:
        """Raises OSError where the folder has no pictures."""
        return Simulator(self)


class Simulator:
    """Pictures in the order of their names."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self.settings, self.dropped = settings, 0
        self._files = sorted(path for path in Path(settings.folder).iterdir() if path.suffix.lower() in SUFFIXES)
        if not self._files:
            raise FileNotFoundError(f"There are no pictures in {settings.folder}.")
        self._next, self._begun = 0, time.monotonic()

    def take(self, timeout: float) -> Picture | None:
        """The newest picture that the camera would have."""
        if self.exhausted:
            time.sleep(timeout)
            return None
        if self.settings.rate:
            due = self._begun + self._next / self.settings.rate - time.monotonic()
            if due > timeout:
                time.sleep(timeout)
                return None
            time.sleep(max(0.0, due))
            newest = int((time.monotonic() - self._begun) * self.settings.rate)
            if not self.settings.loop:
                newest = min(newest, len(self._files) - 1)
            self.dropped += max(0, newest - self._next)
            self._next = max(self._next, newest)
        number, path = self._next, self._files[self._next % len(self._files)]
        self._next += 1
        return Picture(path.name, "" if self.settings.loop else f"{number}/{path.name}", path.read_bytes())

    def done(self, picture: Picture, record: Record) -> None:
        """Nothing is put away."""

    def owns(self, key: str) -> bool:
        """Played once, each could come again after a restart."""
        return not self.settings.loop and bool(key)

    @property
    def exhausted(self) -> bool:
        """Whether all were played."""
        return not self.settings.loop and self._next >= len(self._files)

    def close(self) -> None:
        """Nothing is held."""
