"""Several images in one, and objects put in other places; other images are drawn from the same generator."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from engine.errors import BadInput
from engine.serving.errors import BadImage
from engine.serving.images import Pixels
from engine.training.augment import moved, together, visible, windowed
from engine.training.augmentations.step import Random, Step, shaped
from engine.training.samples import Floats, Images, Integers, View

TRIES = 10  # places looked at for one object


def another(images: Images, like: View, random: Random) -> View | None:
    """Some other training image of the same size; None when it cannot be read or has another one."""
    try:
        found = images.train.view(int(random.integers(len(images.train))))
    except BadImage:
        return None  # its own turn tells
    return found if found.pixels.shape == like.pixels.shape else None


@dataclass(frozen=True)
class CopyObject(Step):
    """Objects copied to free places of the same image (after Ghiasi et al. 2021).

    Attributes:
        count: of copies at most.
    """

    count: int = 2

    def change(self, view: View, random: Random) -> View:
        """The view with copies; where there is no free place, without."""
        for _ in range(int(random.integers(1, self.count + 1))):
            view = pasted(view, view, random)
        return view


@dataclass(frozen=True)
class CutPaste(Step):
    """Pieces of sound surface moved to other sound places (Li et al. 2021, CutPaste §3.1): looks odd, and is no object.

    Attributes:
        count: of pieces at most.
        size: side of a piece at most, share of the image's side.
    """

    count: int = 2
    size: float = 0.2

    def change(self, view: View, random: Random) -> View:
        """The view with pieces moved; where there is no free place, without."""
        pixels, sides = view.pixels.copy(), np.array(view.pixels.shape[:2])
        taken = np.zeros(sides, np.bool_) if view.classes is None else view.classes > 0
        for left, top, right, bottom in view.boxes.round().astype(int).clip(0).tolist():
            taken[top:bottom, left:right] = True
        for _ in range(int(random.integers(1, self.count + 1))):
            size = np.maximum(2, sides * random.uniform(0.2, 1, 2) * self.size).astype(int)
            free = [
                at
                for at in (random.random((TRIES, 2)) * (sides - size + 1)).astype(int)
                if not _at(taken, at, size).any()
            ]
            if len(free) >= 2:
                _at(pixels, free[1], size)[:] = _at(view.pixels, free[0], size)
        return replace(view, pixels=pixels)


def _at(values: Any, corner: Any, size: Any) -> Any:
    """A window of rows and columns."""
    return values[corner[0] : corner[0] + size[0], corner[1] : corner[1] + size[1]]


@dataclass(frozen=True)
class CopyPaste(Step):
    """Objects of another training image put in free places (Dwibedi et al. 2017).

    Attributes:
        images: where they come from.
        count: of objects at most.
    """

    images: Images
    count: int = 2

    def change(self, view: View, random: Random) -> View:
        """The view with objects of one other image."""
        source = another(self.images, view, random)
        for _ in range(int(random.integers(1, self.count + 1)) if source else 0):
            view = pasted(view, source or view, random)
        return view


@dataclass(frozen=True)
class Mosaic(Step):
    """Four images meet at a point (Bochkovskiy et al. 2020), none of them made smaller."""

    images: Images

    def change(self, view: View, random: Random) -> View:
        """A window of this image and of three others."""
        rows, columns = view.pixels.shape[:2]
        x, y = (round(random.uniform(0.3, 0.7) * length) for length in (columns, rows))
        pixels, parts = view.pixels.copy(), []
        classes = None if view.classes is None else view.classes.copy()
        quarters = ((0, 0, x, y), (x, 0, columns, y), (0, y, x, rows), (x, y, columns, rows))
        for number, (left, top, right, bottom) in enumerate(quarters):
            part = view if number == 0 else another(self.images, view, random) or view
            width, height = right - left, bottom - top
            window = (
                int(random.integers(columns - width + 1)),
                int(random.integers(rows - height + 1)),
                1.0,
                width,
                height,
            )
            seen = visible(windowed(part, *window))
            pixels[top:bottom, left:right] = seen.pixels
            if classes is not None and seen.classes is not None:
                classes[top:bottom, left:right] = seen.classes
            parts.append(shifted(seen, left, top, pixels))
        return together(pixels, classes, parts)


@dataclass(frozen=True)
class MixUp(Step):
    """Two images shine through each other, and the objects of both are to be found (Zhang et al. 2019, §3.1)."""

    images: Images

    def change(self, view: View, random: Random) -> View:
        """A weighed mean; the weights come from Beta(8, 8), near a half."""
        import cv2

        other, share = another(self.images, view, random), float(random.beta(8, 8))
        if other is None:
            return view
        pixels = shaped(cv2.addWeighted(view.pixels, share, other.pixels, 1 - share, 0), view.pixels)
        classes = view.classes
        if classes is not None and other.classes is not None:
            classes = np.where(classes > 0, classes, other.classes)
        return together(pixels, classes, [view, other])


@dataclass(frozen=True)
class Negative(Step):
    """Dark and light exchanged, and with them the labels that are each other's opposite.

    Attributes:
        images: whose labels they are.
        opposites: pairs of labels, as in "open = short, spur = mousebite"; others stay.
    """

    images: Images
    opposites: str = ""
    order: Integers = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Read the pairs.

        Raises:
            BadInput: one is no pair, or names a label that the version lacks or that stands in another pair.
        """
        order, known = list(range(len(self.images.labels))), {name: at for at, name in enumerate(self.images.labels)}
        for pair in filter(None, (part.strip() for part in self.opposites.split(","))):
            names = [name.strip() for name in pair.split("=")]
            if len(names) != 2 or len({*names} & known.keys()) != 2:
                raise BadInput(f"Negative: “{pair}” is no pair of labels (one = another) of: {', '.join(known)}.")
            one, other = (known[name] for name in names)
            if order[one] != one or order[other] != other:
                raise BadInput(f"Negative: “{pair}” names a label that has an opposite already.")
            order[one], order[other] = other, one
        object.__setattr__(self, "order", np.array(order, np.int64))

    def change(self, view: View, _random: Random) -> View:
        """The negative."""
        order = self.order
        planes = np.concatenate([[0], order + 1, np.arange(len(order) + 1, 256)]).astype(np.uint8)
        classes = None if view.classes is None else planes[view.classes]
        return replace(view, pixels=255 - view.pixels, labels=order[view.labels], classes=classes)


def shifted(view: View, left: int, top: int, onto: Pixels) -> View:
    """The objects of a view at (left, top) px of another image."""

    def plane(values: Pixels) -> Pixels:
        whole = np.zeros(onto.shape[:2], np.uint8)
        rows, columns = max(0, top), max(0, left)
        inner = values[rows - top : onto.shape[0] - top, columns - left : onto.shape[1] - left]
        whole[rows : rows + inner.shape[0], columns : columns + inner.shape[1]] = inner
        return whole

    return moved(view, onto, lambda places: places + np.array([left, top], np.float32), plane)


def pasted(view: View, source: View, random: Random) -> View:
    """The view with one object of `source` in a free place; as it is where none is free."""
    alone = [box for box in range(len(source.boxes)) if not _meets(source.boxes[box], np.delete(source.boxes, box, 0))]
    if not alone:
        return view
    chosen = int(random.choice(alone))
    rows, columns = view.pixels.shape[:2]
    low, high = np.floor(source.boxes[chosen, :2]).astype(int), np.ceil(source.boxes[chosen, 2:]).astype(int)
    width, height = high - low
    for _ in range(TRIES):
        left, top = int(random.integers(columns - width + 1)), int(random.integers(rows - height + 1))
        if not _meets(np.array([left, top, left + width, top + height], np.float32), view.boxes):
            return _put(view, source, (*low, *high), (left, top), chosen)
    return view


def _put(view: View, source: View, area: tuple[int, ...], place: tuple[int, int], chosen: int) -> View:
    left, top, right, bottom = area
    target = np.s_[place[1] : place[1] + bottom - top, place[0] : place[0] + right - left]
    origin = np.s_[top:bottom, left:right]

    def put(onto: Pixels, of: Pixels) -> Pixels:
        copy = onto.copy()
        copy[target] = of[origin]
        return copy

    classes = view.classes
    if classes is not None and source.classes is not None:
        classes = put(classes, source.classes)
    copy = shifted(source.only([chosen]), place[0] - left, place[1] - top, view.pixels)
    return together(put(view.pixels, source.pixels), classes, [view, copy])


def _meets(box: Floats, others: Floats) -> bool:
    return bool(((others[:, :2] < box[2:]) & (others[:, 2:] > box[:2])).all(1).any())
