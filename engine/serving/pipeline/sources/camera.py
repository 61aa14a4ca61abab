"""A camera through OpenCV: V4L2, RTSP and whatever else FFmpeg opens. The newest frame wins.

What stands between OpenCV and the rest is `Grabber`; a camera with a library of its own (GenICam) is another class of it.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from engine.serving.images import Pixels
from engine.serving.pipeline.journal import Record
from engine.serving.pipeline.settings import check_path, setting
from engine.serving.pipeline.sources import Picture

DEVICE = re.compile(r"/dev/video\d{1,3}|rtsps?://[!-~]+|https?://[!-~]+|/[^\0:]+\.(mp4|mkv|avi|mov)")
OPENED_MS, READ_MS = 5000, 5000
LATE_S = 1.0  # a file that is read too late makes up for so much at most


class Grabber(Protocol):
    """A camera that is open."""

    def read(self) -> Pixels | None:
        """The next frame (H, W, 3) uint8 RGB, once it is there; None at the end of a file. Raises OSError when it is gone."""

    def close(self) -> None:
        """Let go of the camera."""


@dataclass(frozen=True)
class CameraSettings:
    """Settings of a camera.

    Attributes:
        device: /dev/video0, an RTSP or HTTP stream without a password, or a video file, which is played in its own pace.
        interval: seconds from one picture to the next; 0: each frame that there is time for.
        width, height: asked of the camera, in px; 0: as it is.
    """

    device: str = setting()
    interval: float = setting(0.0, least=0, most=86_400)
    width: int = setting(0, least=0, most=16384)
    height: int = setting(0, least=0, most=16384)

    def __post_init__(self) -> None:
        if not DEVICE.fullmatch(self.device) or "@" in self.device:
            raise ValueError(
                "device: it is /dev/videoN, rtsp://…, http://… or a video file, without a user or a password"
            )

        if self.device.startswith("/") and not self.device.startswith("/dev/"):
            check_path("source.device", self.device)

    @property
    def devices(self) -> list[str]:
        """What of the machine it needs: the device, or the folder of the file."""
        if self.device.startswith("/dev/"):
            return [self.device]
        return [self.device.rpartition("/")[0]] if self.device.startswith("/") else []

    def open(self) -> Camera:
        """Raises OSError where it cannot be opened."""
        return Camera(self, lambda: OpenCv(self))


class OpenCv:
    """A Grabber of `cv2.VideoCapture`."""

    def __init__(self, settings: CameraSettings) -> None:
        try:
            import cv2
        except ImportError as error:
            raise OSError(f"OpenCV is not on this machine ({error}).") from error
        self._device, self._cv2, self._due = settings.device, cv2, 0.0
        timeouts = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPENED_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_MS]
        if settings.device.startswith("/dev/video"):
            self._capture = cv2.VideoCapture(int(settings.device.removeprefix("/dev/video")), cv2.CAP_V4L2)
        else:
            self._capture = cv2.VideoCapture(settings.device, cv2.CAP_FFMPEG, timeouts)
        if not self._capture.isOpened():
            raise OSError(f"{settings.device} cannot be opened.")
        for what, value in ((cv2.CAP_PROP_FRAME_WIDTH, settings.width), (cv2.CAP_PROP_FRAME_HEIGHT, settings.height)):
            if value:
                self._capture.set(what, value)
        self._is_file = settings.device.startswith("/") and not settings.device.startswith("/dev/")

    def read(self) -> Pixels | None:
        """The next frame; of a file, when it is due."""
        good, frame = self._capture.read()
        if not good:
            if self._is_file:
                return None
            raise OSError(f"{self._device} gives no more frames.")
        if self._is_file:
            now = time.monotonic()
            self._due = max(self._due or now, now - LATE_S)
            time.sleep(max(0.0, self._due - now))
            self._due += 1 / (self._capture.get(self._cv2.CAP_PROP_FPS) or 25)
        pixels: Pixels = np.ascontiguousarray(frame[:, :, ::-1])
        return pixels

    def close(self) -> None:
        """Release it."""
        self._capture.release()


class Camera:
    """A thread reads each frame, so that the one that is taken is the newest; the others are counted."""

    def __init__(self, settings: CameraSettings, grabber: Callable[[], Grabber]) -> None:
        self.settings, self.dropped = settings, 0
        self._grabber = grabber()
        self._arrived = threading.Condition()
        self._frame: tuple[int, float, Pixels] | None = None
        self._failed: OSError | None = None
        self._ended = self._closing = False
        self._due, self._taken = time.monotonic(), 0
        self._thread = threading.Thread(target=self._read, name="camera", daemon=True)
        self._thread.start()

    def take(self, timeout: float) -> Picture | None:
        """The newest frame that was not taken yet, once it is time."""
        left = self._due - time.monotonic()
        if left > timeout:
            time.sleep(timeout)
            return None
        with self._arrived:
            self._arrived.wait_for(lambda: self._frame or self._failed or self._ended, max(0.0, left, timeout))
            frame, self._frame = self._frame, None
        if frame is None:
            if self._failed is not None:
                raise self._failed
            return None
        number, at, pixels = frame
        self.dropped += number - self._taken - 1
        self._taken = number
        self._due = max(self._due + self.settings.interval, time.monotonic() - self.settings.interval)
        return Picture(f"frame {number}", "", pixels, at=at)

    def done(self, picture: Picture, record: Record) -> None:
        """Nothing is put away."""

    def owns(self, key: str) -> bool:
        """None comes twice."""
        del key
        return False

    @property
    def exhausted(self) -> bool:
        """Whether a file is at its end."""
        return self._ended and self._frame is None

    def close(self) -> None:
        """Close the camera."""
        self._closing = True
        self._thread.join(READ_MS / 1e3 + 1)

    def _read(self) -> None:
        number, failed = 0, None
        try:
            while not self._closing:
                pixels: Any = self._grabber.read()
                if pixels is None:
                    break
                number += 1
                with self._arrived:
                    self._frame = (number, time.time(), pixels)
                    self._arrived.notify_all()
        except OSError as error:
            failed = error
        except Exception as error:  # of a camera's library, whatever it is
            failed = OSError(f"{self.settings.device}: {type(error).__name__}: {error}")
        with self._arrived:
            self._failed, self._ended = failed, True
            self._arrived.notify_all()
        self._grabber.close()
