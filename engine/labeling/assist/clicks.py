"""From clicks on an object and beside it to its mask, without any trained network.

The first click is looked at in windows of several sizes; outlines of many kinds are found around it (`candidates`) and
judged (`judging`). Each further click is taken for what it is: a person clicks in the middle of the largest mistake of
the mask that was shown. So the outlines are judged anew by how well the click fits that, beside new ones: the mask shown
with parts added around the click, or cut off there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from engine.labeling.assist import candidates, corrections, judging
from engine.labeling.assist.window import MARGIN, SIDE, Window, around

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Masks = NDArray[np.uint8]

SCALES = (1.0, 2.5, 6.25, 15.625)
LARGEST = 0.6  # of the longer side of the image: what is larger is not looked for at the first click
TOGETHER = 16  # candidates that are compared at once
REMEMBERED = 5  # clicks that new candidates are compared with
KEPT = 40  # candidates that are remembered for the next click
FAR_BEHIND = 0.2  # of what the best is worth
CENTRAL, VIOLATED = 0.5, 0.6  # what a click far from the middle, or on the wrong side, takes from a score


@dataclass(frozen=True)
class Click:
    """One click, in px of the image (the middle of the first pixel is 0.5, 0.5).

    Attributes:
        positive: it is on the object; else beside it.
    """

    x: float
    y: float
    positive: bool = True


@dataclass(frozen=True)
class _Step:
    """A click and the mask that it was an answer to."""

    click: Click
    window: Window
    shown: Masks  # (SIDE, SIDE)


@dataclass
class _View:
    """A window with the candidates in it, best first.

    Attributes:
        looks: what the looks of each are worth.
        fits: how well each fits the clicks that it has been compared with.
        due: with how many of the last clicks each has not been compared yet.
    """

    window: Window
    pool: Masks
    looks: NDArray[np.float32]
    fits: NDArray[np.float32]
    due: NDArray[np.intp]


@dataclass
class _Shown:
    """What was shown after some clicks: the mask in the first of the views."""

    mask: Masks
    views: list[_View] = field(repr=False)
    steps: tuple[_Step, ...] = field(repr=False)

    @property
    def window(self) -> Window:
        return self.views[0].window


@cache
def warm_up() -> None:
    """Have the libraries load and make their tables, once, so that the first click does not pay for it (0.2 s)."""
    import numpy as np

    picture = np.full((64, 64, 3), 40, np.uint8)
    picture[24:40, 24:40] = 200
    Segmenter(picture).mask([Click(32, 32), Click(4, 4, False)])


class Segmenter:
    """Segments one image (H, W, 1 or 3) uint8 by clicks; remembers what it showed, so that clicks can be taken back."""

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        self.pixels = pixels
        self._known: dict[tuple[Click, ...], _Shown | None] = {(): None}

    def mask(self, clicks: Sequence[Click]) -> NDArray[np.bool_]:
        """The mask (H, W) that clicks in this order mean; empty without a positive one."""
        import numpy as np

        whole = np.zeros(self.pixels.shape[:2], bool)
        shown = self._after(tuple(clicks))
        if shown is not None:
            part, x, y = shown.window.spread(shown.mask.astype(np.float32))
            whole[y : y + part.shape[0], x : x + part.shape[1]] = part > 0.5
        return whole

    def _after(self, clicks: tuple[Click, ...]) -> _Shown | None:
        if clicks not in self._known:
            before = self._after(clicks[:-1])
            if before is not None:
                self._known[clicks] = _corrected(self.pixels, before, clicks)
            elif clicks[-1].positive:
                self._known[clicks] = _first(self.pixels, clicks)
            else:
                self._known[clicks] = None
        return self._known[clicks]


def _first(pixels: NDArray[np.uint8], clicks: tuple[Click, ...]) -> _Shown:
    """The best candidate of the windows of all sizes."""
    import numpy as np

    largest, views = max(pixels.shape[:2]), []
    steps: tuple[_Step, ...] = ()
    for number, scale in enumerate(SCALES):
        if number and SIDE * SCALES[number - 1] >= LARGEST * largest:
            break
        window = around(pixels, clicks[-1].x, clicks[-1].y, scale)
        step = _Step(clicks[-1], window, np.zeros((SIDE, SIDE), np.uint8))
        steps = steps or (step,)
        pool = candidates.find(window, *_at(window, clicks[-1]))
        pool = pool[~candidates.runs_out(pool, window)]
        if not len(pool):
            pool = corrections.spot(*_at(window, clicks[-1]), 4)[None]
        views.append(_judged(_fresh(window, pool), clicks, (step,)))
    return _best(views, steps)


def _corrected(pixels: NDArray[np.uint8], before: _Shown, clicks: tuple[Click, ...]) -> _Shown:
    """The mask shown before corrected where the last click says, or another candidate that fits all clicks."""

    current = _wide_enough(pixels, before, clicks)
    window, shown = current.window, current.mask
    steps = (*current.steps, _Step(clicks[-1], window, shown))[-REMEMBERED:]
    x, y = _at(window, clicks[-1])
    there = candidates.find(window, x, y)
    changed = (corrections.added if clicks[-1].positive else corrections.cut)(shown, there, x, y)
    new = candidates.different([*there[~candidates.runs_out(there, window)], *changed])
    wrong = _violations(new, window, clicks)
    best = _judged(current.views[0], clicks, steps, _fresh(window, new[wrong <= max(float(wrong.min()), VIOLATED)]))
    positive = [click for click in clicks if click.positive]
    others = [view for view in current.views[1:] if _holds(view.window, positive)]
    return _best([best, *(_judged(view, clicks, steps, hope=best[1]) for view in others)], steps)


def _best(views: list[tuple[_View, float]], steps: tuple[_Step, ...]) -> _Shown:
    views.sort(key=lambda pair: -pair[1])
    return _Shown(views[0][0].pool[0], [view for view, _ in views], steps)


def _fresh(window: Window, pool: Masks) -> _View:
    """A view of candidates that have been compared with no click yet."""
    import numpy as np

    count = len(pool)
    return _View(window, pool, judging.scores(pool, window), np.zeros(count, np.float32), np.full(count, REMEMBERED))


def _judged(
    view: _View, clicks: tuple[Click, ...], steps: tuple[_Step, ...], new: _View | None = None, hope: float = -9.0
) -> tuple[_View, float]:
    """The candidates by what they are worth after the last click, new ones and finer ones among them; the best worth.

    Finer ones are not looked for in a view that stays far behind `hope`.
    """
    import numpy as np

    known = _View(view.window, view.pool, view.looks, view.fits, view.due + 1)
    ranked, worth = _ranked(known if new is None else _joined(known, new), clicks, steps)
    if worth >= hope - FAR_BEHIND:
        finer = np.stack([mask for one in ranked.pool[:2] for mask in corrections.finer(one)])
        ranked, worth = _ranked(_joined(ranked, _fresh(view.window, finer)), clicks, steps)
    return _chosen(ranked, slice(KEPT)), worth


def _ranked(view: _View, clicks: tuple[Click, ...], steps: tuple[_Step, ...]) -> tuple[_View, float]:
    """The candidates with the two best first; the best worth.

    Comparing with a click only lowers a worth: the others are compared no further than it takes to know that they are not
    better.
    """
    import numpy as np

    fits, due = view.fits.copy(), np.minimum(view.due, len(steps))
    base = view.looks - _violations(view.pool, view.window, clicks)
    while True:
        order = np.argsort(-(base + fits))
        if not due[order[:2]].any():
            return _chosen(_View(view.window, view.pool, view.looks, fits, due), order), float((base + fits)[order[0]])
        first = order[:TOGETHER]
        for left in np.unique(due[first]):
            rows = first[due[first] == left]
            if left:
                fits[rows] += _fit(view.pool[rows], view.window, steps[-left])
                due[rows] -= 1


def _chosen(view: _View, rows: Any) -> _View:
    return _View(view.window, view.pool[rows], view.looks[rows], view.fits[rows], view.due[rows])


def _joined(one: _View, other: _View) -> _View:
    import numpy as np

    both = [
        np.concatenate(pair) for pair in zip(*((v.pool, v.looks, v.fits, v.due) for v in (one, other)), strict=True)
    ]
    return _View(one.window, *both)


def _violations(pool: Masks, window: Window, clicks: Sequence[Click]) -> NDArray[np.float32]:
    """What clicks on the wrong side of a candidate take from its worth."""
    import numpy as np

    wrong = np.zeros(len(pool), np.float32)
    for click in clicks:
        if _holds(window, [click], 0):
            row, column = corrections.pixel(*_at(window, click))
            wrong += (pool[:, row, column] > 0) != click.positive
        else:
            wrong += click.positive
    return wrong * VIOLATED


def _fit(pool: Masks, window: Window, step: _Step) -> NDArray[np.float32]:
    """How near a click is to the middle of the largest mistake, were each candidate the truth: 0 (there) … −CENTRAL."""
    import cv2
    import numpy as np

    if window is not step.window and _holds(window, [step.click]):
        step = _Step(step.click, window, _carried(step.shown[None], step.window, window)[0])
    elif window is not step.window:
        pool = _carried(pool, window, step.window)
    row, column = corrections.pixel(*_at(step.window, step.click))
    found = np.full(len(pool), -CENTRAL, np.float32)
    fitting = np.flatnonzero(
        (pool[:, row, column] != step.shown[row, column]) & ((pool[:, row, column] > 0) == step.click.positive)
    )
    mistakes = np.zeros((len(fitting), SIDE + 2, SIDE + 2), np.uint8)
    np.bitwise_xor(pool[fitting], step.shown, out=mistakes[:, 1:-1, 1:-1])
    for number, mistake in zip(fitting.tolist(), mistakes, strict=True):
        left, top, width, height = cv2.boundingRect(mistake)
        near = mistake[top - 1 : top + height + 1, left - 1 : left + width + 1]
        # what is missing and what is too much touch at no more than corners: one distance does for both
        depth = cv2.distanceTransform(near, cv2.DIST_L2, 5)
        here = depth[row + 2 - top, column + 2 - left]
        found[number] = CENTRAL * (float(here) / cv2.minMaxLoc(depth)[1] - 1)
    return found


def _holds(window: Window, clicks: Sequence[Click], margin: int = 2 * MARGIN) -> bool:
    """Whether all clicks are well inside."""
    placed = [_at(window, click) for click in clicks]
    return all(margin <= value < SIDE - margin for place in placed for value in place)


def _wide_enough(pixels: NDArray[np.uint8], shown: _Shown, clicks: tuple[Click, ...]) -> _Shown:
    """The same in a window that has the last click well inside."""
    import numpy as np

    if _holds(shown.window, clicks[-1:]):
        return shown
    old = shown.window
    rows, columns = np.nonzero(shown.mask)
    x, y = _at(old, clicks[-1])
    xs, ys = np.append(columns, x), np.append(rows, y)
    middle = (xs.min() + xs.max() + 1) / 2, (ys.min() + ys.max() + 1) / 2
    wanted = max(old.scale, max(np.ptp(xs), np.ptp(ys)) * old.scale * 1.5 / SIDE)
    scale = next((known for known in SCALES if known >= wanted), wanted)
    window = around(pixels, old.left + middle[0] * old.scale, old.top + middle[1] * old.scale, scale)
    moved = _fresh(window, _carried(np.stack([shown.mask, *shown.views[0].pool[:8]]), old, window))
    return _Shown(moved.pool[0], [moved, *shown.views[1:]], shown.steps)


def _carried(masks: Masks, old: Window, new: Window) -> Masks:
    """Masks of one window in another one."""
    import cv2
    import numpy as np

    share = new.scale / old.scale
    # the middle of each px of the new window, in px of the old one
    shift = [(edge - start) / old.scale + share / 2 - 0.5 for edge, start in ((new.left, old.left), (new.top, old.top))]
    turn = np.array([[share, 0, shift[0]], [0, share, shift[1]]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = [cv2.warpAffine(mask.astype(np.float32), turn, (SIDE, SIDE), flags=flags) for mask in masks]
    return (np.stack(moved) > 0.5).astype(np.uint8)


def _at(window: Window, click: Click) -> tuple[float, float]:
    x, y = window.place(click.x, click.y)
    return x - 0.5, y - 0.5
