"""The pixel classifier of a workspace as the page uses it: learns in the background after each stroke."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, Signal

from app.gui.labeling.parts import assist_results as results
from engine.labeling.assist import scribbles as kept
from engine.labeling.assist.scribbles import Scribbles, Stroke
from engine.labeling.edits import Add

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from app.gui.labeling.parts.assist import Assist
    from engine.labeling.assist.pixels import Looked, Samples

NAME = "pixels"
LOOKED_AT = 4  # images whose filters are kept
KEY = "assist_pixels"


class Pixels(QObject):
    """Strokes, what was learnt from them, and what it finds on the open image.

    Signals:
        changed: the strokes, what was found, or what goes on.
    """

    changed = Signal()

    def __init__(self, part: Assist) -> None:
        super().__init__(part)
        self.part = part
        self.scribbles = Scribbles(NAME)
        self.width = 6.0
        self.background = False
        self.least = 20
        self.state = ""
        self.masks: dict[int, NDArray[np.bool_]] = {}
        self.count = 0
        self._parts: list[tuple[int, Any]] = []
        self._run = 0  # the number of the newest look; older ones stop
        self._memory = _Memory()

    @property
    def item(self) -> int:
        """The open item."""
        return int(self.part.page.canvas.document.item_id)

    @property
    def here(self) -> list[Stroke]:
        """The strokes on the open image."""
        return self.scribbles.strokes.get(self.item, [])

    @property
    def folder(self) -> Path:
        """The workspace's folder."""
        return Path(self.part.page.shell.workspace.path)

    def open(self) -> None:
        """Take the strokes of a workspace."""
        self._memory = _Memory()
        try:
            self.scribbles = kept.load(self.folder, NAME)
        except Exception as error:
            self.scribbles = Scribbles(NAME)
            self.part.page.shell.notice(str(error), kind="error")
        self.changed.emit()

    def close(self) -> None:
        """Forget the workspace."""
        self.stop()
        self.scribbles, self.masks, self._memory = Scribbles(NAME), {}, _Memory()

    def add(self, stroke: Stroke) -> None:
        """One more stroke on the open image."""
        if self.item:
            self.scribbles.strokes.setdefault(self.item, []).append(stroke)
            self._changed()

    def take_back(self) -> bool:
        """Take the last stroke of the open image away; whether there was one."""
        if not self.here:
            return False
        self.here.pop()
        self._changed()
        return True

    def clear(self, *, everywhere: bool) -> None:
        """Forget the strokes of the open image, or all."""
        if everywhere:
            self.scribbles.strokes.clear()
        else:
            self.scribbles.strokes.pop(self.item, None)
        self._changed()

    def set_width(self, width: float) -> None:
        """Another width of the brush, px of the image."""
        self.width = min(max(round(width, 1), 1.0), 200.0)
        self.changed.emit()

    def stop(self) -> None:
        """Let go of what is under way."""
        self._run += 1
        self.part.forget(KEY)
        self.state, self.masks, self.count = "", {}, 0

    def look(self) -> None:
        """Learn from the strokes and look at the open image, off the UI thread; an older look is given up."""
        self.stop()
        picture = self.part.page.canvas.picture
        if not self.scribbles.ready or not picture.levels or self.part.page.canvas.tool is not self.part.scribble:
            self.part.scribble.show_masks({})
            self._tell()
            return
        found = results.look(picture, picture.width / 2, picture.height / 2)
        if found is None or found[0].shape[:2] != (picture.height, picture.width):
            self.state = QCoreApplication.translate("Assist", "This image is too large to look at while you draw")
            self._tell()
            return
        run, item, least = self._run, self.item, self.least
        strokes = {one: list(lines) for one, lines in self.scribbles.strokes.items() if lines}
        memory, smoothing = self._memory, self.part.smoothing
        self.state = QCoreApplication.translate("Assist", "Learning…")
        self._tell()

        def work(ws: Any) -> Any:
            return _find(ws, memory, strokes, (item, found[0]), smoothing, least, lambda: run != self._run)

        def take(answer: Any) -> None:
            if run == self._run and item == self.item and answer is not None:
                self.state = ""
                self.masks, self._parts = answer
                self.count = len(self._parts)
                self.part.scribble.show_masks(self.masks)
                self._tell()

        self.part.answer(work, take, self._failed, key=KEY)

    def accept(self) -> bool:
        """Make shapes of what was found; whether there was something."""
        if not self._parts or not self.masks:
            return bool(self.state)
        page = self.part.page
        size = page.canvas.document.width, page.canvas.document.height
        edits, known = [], {label.id for label in page.labels}
        for label, (part, x, y) in self._parts:
            if label not in known:  # removed from the schema since it was scribbled with
                continue
            empty = self.part.scribble.new_shape(self.part.output).with_(id=page.canvas.next_id(), label_id=label)
            shape = results.as_shape(empty, part, x, y, size, self.part.output)
            if shape is not None:
                edits.append(Add(shape))
        self._parts, self.masks, self.count = [], {}, 0
        self.part.scribble.show_masks({})
        page.editing.edit(edits, "Accept regions")
        self._tell()
        return True

    def _changed(self) -> None:
        folder, scribbles = self.folder, Scribbles(NAME, {k: list(v) for k, v in self.scribbles.strokes.items()})
        # the writer's thread: one after the other, the newest last
        self.part.page.writer.write(
            lambda _: _save(scribbles, folder), QCoreApplication.translate("Assist", "Keep scribbles")
        )
        self.look()

    def _failed(self, error: Exception) -> None:
        self.state = ""
        self.part.page.shell.notice(str(error), kind="error")
        self._tell()

    def _tell(self) -> None:
        self.part.page.canvas.kit.say()
        self.part.page.canvas.update()
        self.changed.emit()


class _Memory:
    """Filters of the images looked at last, and the samples of the strokes on them; for worker threads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._looked: OrderedDict[int, Looked] = OrderedDict()
        self._samples: dict[int, tuple[tuple[Stroke, ...], Samples]] = {}

    def looked(self, item: int, image: Callable[[], NDArray[np.uint8]], stopped: Callable[[], bool]) -> Looked:
        """The filters of an image."""
        from engine.labeling.assist.pixels import Looked

        if item not in self._looked:
            self._looked[item] = Looked(image(), stopped=stopped)
            while len(self._looked) > LOOKED_AT:
                self._looked.popitem(last=False)
        self._looked.move_to_end(item)
        return self._looked[item]

    def samples(
        self, item: int, strokes: list[Stroke], image: Callable[[], NDArray[np.uint8]], stopped: Callable[[], bool]
    ) -> Samples:
        """The scribbled pixels of an image."""
        known = self._samples.get(item)
        if known is None or known[0] != tuple(strokes):
            self._samples[item] = (tuple(strokes), self.looked(item, image, stopped).samples(strokes))
        return self._samples[item][1]


def _find(
    ws: Any,
    memory: _Memory,
    strokes: dict[int, list[Stroke]],
    shown: tuple[int, NDArray[np.uint8]],
    smoothing: float,
    least: int,
    stopped: Callable[[], bool],
) -> Any:
    """The masks by label and their regions (label, (pixels, x, y)); None when nobody wants them any more."""
    from engine.labeling.assist.apply import image_of
    from engine.labeling.assist.filters import Stopped
    from engine.labeling.assist.pixels import PixelClassifier, regions

    item, image = shown
    there = {
        row[0] for row in ws.query("SELECT id FROM item WHERE id IN (SELECT unnest(?::BIGINT[]))", [list(strokes)])
    }
    try:
        with memory.lock:
            if stopped():
                return None
            samples = [
                memory.samples(
                    one, lines, (lambda: image) if one == item else lambda one=one: image_of(ws, one), stopped
                )
                for one, lines in strokes.items()
                if one in there  # an image may have been removed since
            ]
            looked = memory.looked(item, lambda: image, stopped)
        if stopped():
            return None
        if len({label for _, labels in samples for label in set(labels.tolist())}) < 2:
            return {}, []
        classifier = PixelClassifier.learn([found for found in samples if len(found[1])])
        masks, _ = classifier.masks(looked, smoothing, stopped)
    except Stopped:
        return None
    return masks, [(label, part) for label, mask in masks.items() for part in regions(mask, least)]


def _save(scribbles: Scribbles, folder: Path) -> Any:
    from engine.changes import Changes

    scribbles.save(folder)
    return Changes()
