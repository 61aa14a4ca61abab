"""Carrying a shape forward over the next frames of a sequence, as suggestions that a person accepts or corrects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.changes import Changes
from engine.data.items import item_images
from engine.data.records import Annotation
from engine.errors import UsageError
from engine.labeling import log, tracks
from engine.labeling.edits import annotations_of
from engine.labeling.log import Step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.labeling.tracks import Frame
    from engine.workspace import Workspace

    Gray = NDArray[np.uint8]
    Floats = NDArray[np.float64]

METHODS = ("flow", "mil")
AUTHOR = "tracker"
LOST = 0.5  # below this confidence the shape is lost
FEWEST = 6  # points that must be found again
MARGIN = 0.15  # of the size of a shape: so much of its surroundings is left out when points are looked for
BACK = (
    1.5  # px by which a point may miss when it is followed forth and back (Kálal et al., Forward-backward error, 2010)
)


@dataclass(frozen=True)
class Carried:
    """How far it went: frames that got a shape, and the name of the one on which it was lost ("": none)."""

    changes: Changes
    frames: int
    lost_at: str


def carry(
    ws: Workspace,
    item_id: int,
    annotation_id: int,
    count: int,
    method: str = "flow",
    progress: Callable[[float, str], None] = lambda _fraction, _text: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Carried:
    """Follow a shape over the next `count` frames; stops where it is lost, or where its track has a key frame.

    The shapes are annotations of origin "model" by the author "tracker", with the confidence as score; earlier ones of the
    same track on those frames are replaced. A shape without a track gets one. One transaction.

    Args:
        method: "flow": points in the shape are followed by pyramidal Lucas–Kanade, forth and back, and a similarity
            transform is fitted to them (any kind of shape but masks); "mil": OpenCV's TrackerMIL (boxes).

    Raises:
        UsageError: no sequence, no such shape, or a kind that cannot be carried.
    """
    frames = tracks.frames_of(ws, item_id)
    shape = next((one for one in annotations_of(ws, item_id) if one.id == annotation_id), None)
    if shape is None:
        raise UsageError(f"There is no shape {annotation_id} on item {item_id}; open the image again.")
    if not frames:
        raise UsageError("This image is no frame of a sequence; a shape can be carried over frames only.")
    if method not in METHODS:
        raise UsageError(f"There is no method “{method}”; choose one of: {', '.join(METHODS)}.")
    if shape.x is None or shape.kind == "mask" or (method == "mil" and shape.kind != "box"):
        raise UsageError(
            f"A shape of the kind “{shape.kind}” cannot be carried by “{method}”; convert it to a box first."
        )
    track = shape.track or shape.id
    there = {one.id: one for one in tracks.tracks_of(ws, frames)}.get(track)
    start = next(place for place, frame in enumerate(frames) if frame.item_id == item_id)
    ahead = frames[start + 1 : start + 1 + count]
    if there is not None:
        stop = (
            n
            for n, frame in enumerate(ahead)
            if frame.item_id in there.shapes and tracks.is_key(there.shapes[frame.item_id])
        )
        ahead = ahead[: next(stop, len(ahead))]
    made, lost_at = [], ""
    for number, (frame, found, sure) in enumerate(_followed(ws, shape, frames[start], ahead, method)):
        if cancelled():
            break
        if found is None or sure < LOST:
            lost_at = frame.name
            break
        progress((number + 1) / len(ahead), frame.name)
        made.append(
            found.with_(
                id=0, item_id=frame.item_id, origin="model", author=AUTHOR, score=round(min(sure, 1.0), 3), track=track,
                group=0, relations=(), flags=tuple(flag for flag in shape.flags if flag not in (tracks.MADE, "ends")),
            )
        )  # fmt: skip
    return Carried(_write(ws, shape, track, made), len(made), lost_at)


def _write(ws: Workspace, shape: Annotation, track: int, made: Sequence[Annotation]) -> Changes:
    if not made:
        return Changes()
    items = {one.item_id for one in made}
    with ws.transaction("Carry shape forward") as tx:
        listed = ", ".join(map(str, items))
        old = tx.execute(
            f"SELECT id FROM annotation WHERE item_id IN ({listed}) AND (details ->> '$.track')::BIGINT = ?", [track]
        ).fetchall()
        steps = [Step(before, None, parent) for before, parent in log.take(tx, [row[0] for row in old], None).values()]
        if not shape.track:
            (before, parent), *_ = log.take(tx, [shape.id], shape.item_id).values()
            after = before.with_(track=track, origin="person", author=tx.author)
            steps.append(Step(before, after, parent))
        first = ws.new_ids("annotation", len(made))
        steps += [Step(None, one.with_(id=first + number)) for number, one in enumerate(made)]
        return log.put(ws, tx, steps)


def _followed(
    ws: Workspace, shape: Annotation, start: Frame, ahead: Sequence[Frame], method: str
) -> Iterator[tuple[Frame, Annotation | None, float]]:
    files = {image.id: image for image in item_images(ws, [start.item_id, *(frame.item_id for frame in ahead)])}

    def pixels(frame: Frame) -> NDArray[np.uint8]:
        from engine.serving.images import decode

        return decode(files[frame.item_id].path, files[frame.item_id].page, "rgb")

    step = _Flow(shape, pixels(start)) if method == "flow" else _Mil(shape, pixels(start))
    for frame in ahead:
        found, sure = step.next(pixels(frame))
        yield frame, found, sure
        if found is None:
            return


class _Mil:
    """OpenCV's tracker by multiple instance learning (Babenko et al. 2009)."""

    def __init__(self, shape: Annotation, pixels: Gray) -> None:
        import cv2

        self._shape = shape
        self._tracker = cv2.TrackerMIL_create()  # type: ignore[attr-defined]  # missing in the stubs
        box = [round(float(getattr(shape, name) or 0)) for name in "xywh"]
        self._tracker.init(pixels, (box[0], box[1], max(box[2], 2), max(box[3], 2)))

    def next(self, pixels: Gray) -> tuple[Annotation | None, float]:
        """The shape on the next frame, and how sure that is."""
        found, (x, y, w, h) = self._tracker.update(pixels)
        if not found:
            return None, 0.0
        return self._shape.with_(x=float(x), y=float(y), w=float(w), h=float(h)), 0.75  # it tells no confidence


class _Flow:
    """Points of the shape followed from frame to frame; how it looked at first says whether it still is the same."""

    def __init__(self, shape: Annotation, pixels: Gray) -> None:
        self._shape, self._last = shape, _gray(pixels)
        self._pattern = _patch(self._last, shape)

    def next(self, pixels: Gray) -> tuple[Annotation | None, float]:
        """The shape on the next frame, and how sure that is: the share of points found again × likeness to the start."""
        now = _gray(pixels)
        old = _points_in(self._last, self._shape)
        transform, share = _motion(self._last, now, old)
        if transform is None:
            return None, 0.0
        moved = transformed(self._shape, transform)
        height, width = now.shape
        if moved.x is None or moved.x + (moved.w or 0) < 1 or moved.x > width - 1 or (moved.y or 0) > height - 1:
            return None, 0.0
        like = _likeness(self._pattern, _patch(now, moved))
        self._shape, self._last = moved, now
        return moved, share**0.5 * max(like, 0.0) ** 0.5


def transformed(shape: Annotation, matrix: Floats) -> Annotation:
    """A shape moved, turned and scaled by a (2, 3) similarity; a box stays upright and keeps its centre and scale."""
    from engine.labeling.geometry import bounds

    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    x, y, w, h = (float(getattr(shape, name) or 0.0) for name in "xywh")
    if not shape.points:
        cx, cy = matrix @ np.array([x + w / 2, y + h / 2, 1.0])
        return shape.with_(x=_px(cx - w * scale / 2), y=_px(cy - h * scale / 2), w=_px(w * scale), h=_px(h * scale))
    if shape.kind == "ellipse":
        px, py, rx, ry, angle = shape.points[0]
        cx, cy = matrix @ np.array([px, py, 1.0])
        turn = float(np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0])))
        return _ellipse(shape, (_px(cx), _px(cy), _px(rx * scale), _px(ry * scale), round(angle + turn, 2)))
    step = 3 if shape.kind == "keypoints" else 2
    rings = []
    for ring in shape.points:
        points = np.array(ring, np.float64).reshape(-1, step)
        points[:, :2] = np.round(points[:, :2] @ matrix[:, :2].T + matrix[:, 2], 2)
        rings.append(points)
    known = np.concatenate([ring[:, :2][ring[:, -1] > 0] if step == 3 else ring for ring in rings])
    box = bounds(known) if len(known) else (x, y, w, h)
    points_now = tuple(tuple(float(v) for v in ring.ravel()) for ring in rings)
    return shape.with_(points=points_now, x=box[0], y=box[1], w=box[2], h=box[3])


def _ellipse(shape: Annotation, ellipse: tuple[float, float, float, float, float]) -> Annotation:
    from engine.data.importers.base import ellipse_bounds

    x, y, w, h = ellipse_bounds(ellipse)
    return shape.with_(points=(ellipse,), x=x, y=y, w=w, h=h)


def _motion(before: Gray, now: Gray, points: Floats | None) -> tuple[Any, float]:
    """The (2, 3) similarity that most points moved by, and the share of the points that did; None when too few did."""
    import cv2

    if points is None or len(points) < FEWEST:
        return None, 0.0
    old = points.astype(np.float32).reshape(-1, 1, 2)
    size = (21, 21)
    new, found, _ = cv2.calcOpticalFlowPyrLK(before, now, old, None, winSize=size, maxLevel=4)
    back, again, _ = cv2.calcOpticalFlowPyrLK(now, before, new, None, winSize=size, maxLevel=4)
    missed = np.linalg.norm((old - back).reshape(-1, 2), axis=1)
    kept = (found.ravel() == 1) & (again.ravel() == 1) & (missed < BACK)
    if kept.sum() < FEWEST:
        return None, 0.0
    matrix, inside = cv2.estimateAffinePartial2D(old[kept], new[kept], method=cv2.RANSAC, ransacReprojThreshold=2.0)
    if matrix is None or inside.sum() < FEWEST:
        return None, 0.0
    return matrix.astype(np.float64), float(inside.sum() / len(old))


def _points_in(gray: Gray, shape: Annotation) -> Floats | None:
    """Corners in the shape that are worth following, (N, 2) px."""
    import cv2

    mask = np.zeros(gray.shape, np.uint8)
    x, y, w, h = (float(getattr(shape, name) or 0.0) for name in "xywh")
    if shape.kind in ("polygon", "rotated_box"):
        cv2.fillPoly(mask, [np.round(np.array(ring).reshape(-1, 2)).astype(np.int32) for ring in shape.points], 255)
    else:
        grow = 4.0 if shape.kind in ("point", "keypoints", "polyline") else -MARGIN / 2 * min(w, h)
        left, top = round(x - grow), round(y - grow)
        cv2.rectangle(mask, (left, top), (round(x + w + grow), round(y + h + grow)), 255, -1)
    found = cv2.goodFeaturesToTrack(gray, 120, 0.01, 3, mask=mask)
    return None if found is None else found.reshape(-1, 2).astype(np.float64)


def _patch(gray: Gray, shape: Annotation) -> Gray:
    """How a shape looks: its bounding box as (32, 32)."""
    import cv2

    x, y, w, h = (float(getattr(shape, name) or 0.0) for name in "xywh")
    size = (max(round(w), 2), max(round(h), 2))
    cut = cv2.getRectSubPix(gray, size, (x + w / 2, y + h / 2))
    patch: Gray = cv2.resize(cut, (32, 32), interpolation=cv2.INTER_AREA)
    return patch


def _likeness(a: Gray, b: Gray) -> float:
    """Normalised cross-correlation of two patches."""
    one, other = a.astype(np.float64) - a.mean(), b.astype(np.float64) - b.mean()
    size = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum() / size) if size > 0 else 0.0


def _gray(pixels: Gray) -> Gray:
    import cv2

    gray: Gray = pixels[..., 0] if pixels.shape[2] == 1 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return np.ascontiguousarray(gray)


def _px(value: float) -> float:
    return round(float(value), 2)
