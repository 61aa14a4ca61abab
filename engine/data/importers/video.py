"""Videos: their frames become images of one sequence, in the order of time."""

# ruff: noqa: D102  what the methods do is told by the protocol in base.py
from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.data.importers.base import Picture, Problem, Reading, Shapes, Source
from engine.data.importers.text import clean_text
from engine.errors import BadInput, UsageError

if TYPE_CHECKING:
    import numpy as np

SUFFIXES = (".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg")
MOST = 100_000  # frames of one video
QUALITY = 95  # of the JPEG that a frame is kept as


class VideoImporter:
    """One video, or all videos of a folder. Options: `every` (each n-th frame), `lossless` (PNG in place of JPEG).

    A frame is an item of its own: group is the video's name, metadata has "frame" (from 0), "seconds" and "video".
    """

    name = "video"

    def recognise(self, source: Source) -> float:
        if source.path.is_file():
            return 1.0 if source.path.suffix.lower() in SUFFIXES else 0.0
        return 0.5 if source.path.is_dir() and not source.images and source.with_suffix(*SUFFIXES) else 0.0

    def read(self, source: Source) -> Reading:
        videos = source.with_suffix(*SUFFIXES)
        if not videos:
            raise BadInput(f"There is no video in {source.path}; choose a file such as line3.mp4.")
        if source.scratch is None:
            raise UsageError("The frames of a video are new files; import it without --link.")
        every = whole(source.options.get("every", 1))
        folder = source.scratch()
        pictures: list[Picture] = []
        for number, (name, path) in enumerate(videos.items()):
            share = (number / len(videos), 1 / len(videos))
            pictures += _frames(source, name, path, folder, every, share)
        if not pictures:
            raise BadInput(f"No frame of {source.path} can be read; check that the video plays.")
        return Reading(pictures, [], Shapes().table(), source.problems)


def whole(value: Any) -> int:
    """The distance of the frames that are taken.

    Raises:
        UsageError: it is no whole number from 1 on.
    """
    try:
        every = int(value)
    except (TypeError, ValueError):
        every = 0
    if every < 1:
        raise UsageError(f"“{value}” is not a distance of frames; give a whole number from 1 on, such as --every 5.")
    return every


def _frames(
    source: Source, name: str, path: Path, folder: Path, every: int, share: tuple[float, float]
) -> list[Picture]:
    """Write the frames of one video into `folder`; those that look the same as one before are left out and counted."""
    from cv2 import IMWRITE_JPEG_QUALITY, imencode

    suffix = ".png" if source.options.get("lossless") else ".jpg"
    stem = name.rsplit(".", 1)[0]
    seen: set[bytes] = set()
    pictures: list[Picture] = []
    same = 0
    for frame, seconds, total, pixels in _decoded(source, name, path, every):
        done, encoded = imencode(suffix, pixels, [IMWRITE_JPEG_QUALITY, QUALITY] if suffix == ".jpg" else [])
        content = encoded.tobytes() if done else b""
        digest = hashlib.sha256(content).digest()
        if digest in seen:
            same += 1
            continue
        seen.add(digest)
        file = folder / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}-{frame:07d}{suffix}"
        file.write_bytes(content)
        about = {"frame": frame, "seconds": round(seconds, 3), "video": clean_text(name)}
        pictures.append(Picture(str(file), f"{clean_text(stem)}/{frame:06d}{suffix}", None, clean_text(stem), about))
        source.progress(0.04 * (share[0] + share[1] * min(frame / max(total, 1), 1)), f"Frame {frame:,} of {name}")
    if same:
        source.problems.append(Problem(name, f"{same:,} frames are the same as one before; left out"))
    return pictures


def _decoded(
    source: Source, name: str, path: Path, every: int
) -> Iterator[tuple[int, float, int, np.ndarray[Any, Any]]]:
    """Each frame to take: its number, its time in s, how many there are (a guess of the container), (H, W, 3) BGR."""
    import cv2

    video = cv2.VideoCapture(str(path))
    try:
        if not video.isOpened():
            source.problems.append(Problem(name, "cannot be read as a video; convert it to MP4 (H.264)"))
            return
        rate = video.get(cv2.CAP_PROP_FPS) or 25.0
        total = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
        for frame in range(MOST):
            if source.cancelled() or not video.grab():
                return
            if frame % every == 0:
                fine, pixels = video.retrieve()
                if not fine:
                    source.problems.append(Problem(name, f"frame {frame:,} cannot be decoded; left out"))
                    continue
                yield frame, frame / rate, total, pixels
        source.problems.append(Problem(name, f"only the first {MOST:,} frames were taken"))
    finally:
        video.release()
