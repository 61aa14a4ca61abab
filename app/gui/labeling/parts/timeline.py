"""Sequences: a timeline below the canvas with the tracks, playing, key frames, carrying a shape forward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLocale, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSpinBox, QVBoxLayout, QWidget

from app.gui.labeling.actions import Entry
from app.gui.labeling.parts.part import Part
from app.gui.labeling.timeline_bar import LANE, RULER, Lanes
from app.gui.operations import tracks as operations
from app.gui.operations.data import Progress
from app.gui.widgets.controls import button, label, roomy

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu

    from app.gui.labeling.page import LabelingPage
    from app.gui.labeling.reading import OpenItem
    from engine.changes import Changes
    from engine.data.records import Annotation
    from engine.labeling.tracks import Frame, Track
    from engine.workspace import Workspace

SHOWN_LANES = 5
PLAY_MS = 100
SETTING = "labeling/carry_frames"


@dataclass(frozen=True)
class Sequenced:
    """What is known of the open item's sequence."""

    frames: Sequence[Frame] = ()
    tracks: Sequence[Track] = ()


class Timeline(Part):
    """Shown while the open item is a frame of a sequence."""

    def __init__(self, page: LabelingPage) -> None:
        super().__init__(page)
        self.known = Sequenced()
        self.track = 0
        self._progress: Progress | None = None
        self.lanes = Lanes()
        self.lanes.frame_wanted.connect(self.go_to)
        self.lanes.track_chosen.connect(self.choose)
        self.place = label("", "quiet")
        self.count = QSpinBox()
        self.count.setObjectName("carry_frames")
        self.count.setRange(1, 1000)
        self.count.setKeyboardTracking(False)
        roomy(self.count)
        value = page.shell.settings.value(SETTING)
        self.count.setValue(int(value) if isinstance(value, int | str) and str(value).isdigit() else 20)
        self.count.valueChanged.connect(lambda number: page.shell.settings.set_value(SETTING, number))
        names = ("track_previous_key", "play", "track_next_key", "track_key", "track_end", "track_carry")
        self.buttons = {name: button("", lambda name=name: self.do(name)) for name in names}
        for name, made in self.buttons.items():
            made.setObjectName(f"{name}_button")
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.bar = self._build()
        self.bar.hide()
        self._play = QTimer(self, interval=PLAY_MS, timeout=self._next_picture)
        self._again = QTimer(self, singleShot=True, interval=60, timeout=self._read)
        self.retranslate()

    def entries(self) -> Sequence[Entry]:
        return [
            Entry("track_key", self.tr("Key frame here; begins a track with the selected shape"), ("Ctrl+T",)),
            Entry("track_end", self.tr("The track ends after this frame, or goes on"), ("Ctrl+Shift+T",)),
            Entry("track_carry", self.tr("Carry the shape forward over the next frames"), ("Ctrl+Alt+T",)),
            Entry("track_remove", self.tr("Remove the track with all its shapes")),
            Entry("track_previous_key", self.tr("Previous key frame"), ("Ctrl+PgUp",)),
            Entry("track_next_key", self.tr("Next key frame"), ("Ctrl+PgDown",)),
            Entry("play", self.tr("Play the frames, or stop"), ("F3",)),
        ]

    def do(self, name: str) -> None:
        if not self.known.frames and name != "play":
            self.page.shell.set_status(
                self.tr("This image is no frame of a sequence. Import a video, or a folder as a sequence.")
            )
            return
        do = {
            "track_key": self.key,
            "track_end": self.end,
            "track_carry": self.carry,
            "track_remove": self.remove,
            "track_previous_key": lambda: self._to_key(-1),
            "track_next_key": lambda: self._to_key(1),
            "play": self.play,
        }
        do[name]()

    def bars(self) -> Sequence[QWidget]:
        return [self.bar]

    def retranslate(self) -> None:
        words = {
            "track_previous_key": "◀",
            "track_next_key": "▶",
            "play": self.tr("Play"),
            "track_key": self.tr("Key frame"),
            "track_end": self.tr("End track"),
            "track_carry": self.tr("Carry forward"),
        }
        for entry in self.entries():
            if entry.name in self.buttons:
                self.buttons[entry.name].setText(words[entry.name])
                self.buttons[entry.name].setToolTip(f"{entry.text} ({', '.join(entry.keys)})")
        self.count.setSuffix(self.tr(" frames"))
        self.count.setToolTip(self.tr("How many frames a shape is carried forward"))
        self.lanes.setAccessibleName(self.tr("Timeline of the sequence"))
        self._say_place()

    def take_theme(self) -> None:
        self.lanes.update()

    def closed(self) -> None:
        self._play.stop()
        self.known, self.track = Sequenced(), 0
        self.bar.hide()

    def item_shown(self, found: OpenItem) -> None:
        if any(frame.item_id == found.id for frame in self.known.frames):
            self._show()
        self._again.start()

    def refresh(self, changes: Changes) -> None:
        if changes.touches("annotations", "items"):
            self._again.start()

    def selection_changed(self) -> None:
        shape = self.page.canvas.one_selected()
        if shape is not None and shape.track:
            self.choose(shape.track)

    def menu(self, menu: QMenu, shapes: Sequence[Annotation]) -> None:
        if self.known.frames and len(shapes) == 1:
            sub = menu.addMenu(self.tr("Track"))
            for name in ("track_key", "track_end", "track_carry", "track_remove"):
                sub.addAction(self.page.acts[name])

    # what can be done

    def choose(self, track: int) -> None:
        """Work on this track from now on."""
        self.track = self.lanes.track = track
        self.lanes.update()

    def go_to(self, index: int) -> None:
        """Open a frame of the sequence."""
        item = self.known.frames[index].item_id
        if item != self.page.item_id:
            self.page.shown(item=item)

    def key(self) -> None:
        """Begin a track with the selected shape, or put a key frame of the chosen track here."""
        item, shape = self.page.item_id, self.page.canvas.one_selected()
        write = self.page.writer.write
        if shape is not None and not shape.track:
            self.choose(shape.id)
            write(operations.begin(item, shape.id), self.tr("Begin track"), self._select_changed)
        elif self.track:
            write(operations.go_on(item, self.track), self.tr("Add key frame"), self._select_changed)
        else:
            self.page.shell.set_status(self.tr("Select a shape first; it becomes the first key frame of a track."))

    def end(self) -> None:
        """A gap after this frame, or none any more."""
        shape = self._tracked()
        if shape is not None:
            ends = "ends" not in shape.flags
            self.page.writer.write(operations.end(self.page.item_id, shape.id, ends=ends), self.tr("End track"))

    def remove(self) -> None:
        """Remove the chosen track; undo brings it back."""
        if self.track:
            self.page.writer.write(operations.remove(self.page.item_id, self.track), self.tr("Remove track"))

    def carry(self) -> None:
        """Follow the selected shape over the next frames; a second time stops it."""
        if self._progress is not None:
            self._progress.cancel()
            return
        shape = self.page.canvas.one_selected()
        if shape is None:
            self.page.shell.set_status(self.tr("Select the shape to carry forward first."))
            return
        self._progress = Progress()
        self.choose(shape.track or shape.id)
        self.buttons["track_carry"].setText(self.tr("Stop"))
        self.page.shell.run(
            operations.carry(self.page.item_id, shape.id, self.count.value(), self._progress),
            self.tr("Carry shape forward"),
            on_done=self._carried,
            on_error=self._not_carried,
        )

    def play(self) -> None:
        """Show frame after frame, or stop."""
        if self._play.isActive() or not self.known.frames:
            self._play.stop()
        else:
            self._play.start()
        self.buttons["play"].setText(self.tr("Stop") if self._play.isActive() else self.tr("Play"))

    # plumbing

    def _tracked(self) -> Annotation | None:
        shape = self.page.canvas.one_selected()
        if shape is None or not shape.track:
            shape = next((s for s in self.page.canvas.document.shapes if s.track and s.track == self.track), None)
        if shape is None:
            self.page.shell.set_status(self.tr("There is no shape of a track selected here."))
        return shape

    def _select_changed(self, changes: Changes) -> None:
        self.page._select_next = changes.annotations

    def _carried(self, done: Any) -> None:
        self._end_carry()
        number = QLocale().toString
        if done.lost_at:
            text = self.tr("Carried over {0} frames; lost at {1}. Check the suggestions there.")
            self.page.shell.notice(text.format(number(done.frames), done.lost_at))
        else:
            text = self.tr("Carried over {0} frames, as suggestions: Enter accepts, Del refuses.")
            self.page.shell.notice(text.format(number(done.frames)))

    def _not_carried(self, error: object) -> None:
        self._end_carry()
        self.page.shell.notice(str(error), kind="error")

    def _end_carry(self) -> None:
        self._progress = None
        self.retranslate()

    def _to_key(self, way: int) -> None:
        here = self._index()
        chosen = [one for one in self.known.tracks if one.id == self.track] or list(self.known.tracks)
        places = {frame.item_id: index for index, frame in enumerate(self.known.frames)}
        keys = sorted({places[item] for one in chosen for item in one.keys if item in places})
        further = [index for index in keys if (index - here) * way > 0]
        if further:
            self.go_to(further[0] if way > 0 else further[-1])

    def _next_picture(self) -> None:
        """The next frame once this one is on the canvas; the end of the sequence stops."""
        if self.page.canvas.document.item_id != self.page.item_id:
            return
        if self._index() + 1 < len(self.known.frames):
            self.go_to(self._index() + 1)
        else:
            self.play()

    def _index(self) -> int:
        item = self.page.item_id
        return next((n for n, frame in enumerate(self.known.frames) if frame.item_id == item), 0)

    def _read(self) -> None:
        item = self.page.item_id
        if self.page.blind:  # tracks are what others say
            self._take(Sequenced())
            return

        def question(ws: Workspace) -> Sequenced:
            from engine.labeling import tracks

            frames = tracks.frames_of(ws, item)
            return Sequenced(frames, tracks.tracks_of(ws, frames))

        if item:
            self.page._ask(question, self._take)

    def _take(self, found: Sequenced) -> None:
        self.known = found
        self._show()

    def _show(self) -> None:
        shown = len(self.known.frames) > 1
        self.bar.setVisible(shown)
        if not shown:
            return
        self.lanes.colors, self.lanes.names = self.page.canvas.look.colors, self.page.canvas.look.names
        self.lanes.current = self._index()
        self.lanes.show_sequence(self.known.frames, self.known.tracks)
        rows = min(max(len(self.known.tracks), 1), SHOWN_LANES)
        self.scroll.setFixedHeight(RULER + rows * LANE + 6)
        self._say_place()

    def _say_place(self) -> None:
        number = QLocale().toString
        here = self.tr("Frame {0} / {1}").format(number(self._index() + 1), number(len(self.known.frames)))
        self.place.setText(here)

    def _build(self) -> QWidget:
        bar = QFrame()
        bar.setObjectName("timeline")
        bar.setProperty("kind", "side")
        top = QHBoxLayout()
        top.setSpacing(8)
        for name in ("track_previous_key", "play", "track_next_key"):
            top.addWidget(self.buttons[name])
        top.addWidget(self.place)
        top.addStretch(1)
        for name in ("track_key", "track_end", "track_carry"):
            top.addWidget(self.buttons[name])
        top.addWidget(self.count)
        self.scroll = QScrollArea()
        self.scroll.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll.setWidgetResizable(True)
        self.scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scroll.setWidget(self.lanes)
        whole = QVBoxLayout(bar)
        whole.setContentsMargins(12, 6, 12, 6)
        whole.setSpacing(4)
        whole.addLayout(top)
        whole.addWidget(self.scroll)
        return bar
