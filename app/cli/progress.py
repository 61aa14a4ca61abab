"""How far a long command is: a bar on a terminal, nothing in a pipe."""

from __future__ import annotations

import shutil
import sys
import time

BAR = 24
INTERVAL_S = 0.08


class Progress:
    """One line on stderr that is drawn over and over; call it with a fraction (None: unknown) and a message."""

    def __init__(self) -> None:
        self.visible = sys.stderr.isatty()
        self._drawn = False
        self._last = 0.0
        self._start = time.monotonic()

    def __call__(self, fraction: float | None, message: str = "", eta_s: float | None = None) -> None:
        """Draw the line, at most some dozen times a second."""
        now = time.monotonic()
        if not self.visible or (now - self._last < INTERVAL_S and fraction != 1):
            return
        self._last, self._drawn = now, True
        width = shutil.get_terminal_size().columns - 1
        print(
            "\r\x1b[K" + _line(fraction, message, eta_s, now - self._start)[:width], end="", file=sys.stderr, flush=True
        )

    def clear(self) -> None:
        """Take the line away, so that other text can be written."""
        if self._drawn:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._drawn = False
        self._start = time.monotonic()


def _line(fraction: float | None, message: str, eta_s: float | None, elapsed_s: float) -> str:
    if fraction is None:
        return f"{clock(elapsed_s):>6}  {message}"
    filled = round(BAR * min(max(fraction, 0.0), 1.0))
    left = f"{clock(eta_s)} left" if eta_s is not None else clock(elapsed_s)
    return f"{'█' * filled}{'░' * (BAR - filled)} {fraction:4.0%}  {left}  {message}"


def clock(seconds: float) -> str:
    """Seconds as m:ss."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
