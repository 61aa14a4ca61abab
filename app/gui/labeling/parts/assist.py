"""Smart tools that need no trained model: segment by clicks, intelligent scissors, scribbles; and their settings."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QEvent, QLocale, QObject
from PySide6.QtGui import QContextMenuEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from app.gui.labeling.actions import Entry
from app.gui.labeling.parts.assist_click import ClickTool, is_right
from app.gui.labeling.parts.assist_panel import OUTPUTS, AssistPanel
from app.gui.labeling.parts.assist_pixels import NAME, Pixels
from app.gui.labeling.parts.assist_scribble import ScribbleTool
from app.gui.labeling.parts.assist_wire import ScissorsTool
from app.gui.labeling.parts.part import Part
from app.gui.operations import assist as operations
from app.gui.widgets.job_strip import JobStrip

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from app.gui.labeling.page import LabelingPage
    from app.gui.labeling.reading import OpenItem
    from app.gui.labeling.tools.base import Tool
    from engine.labeling.assist.clicks import Click
    from engine.workspace import Workspace

SMART = ("click_segment", "scissors", "scribble")


class Assist(Part):
    """Gives the canvas the smart tools and keeps their settings.

    Attributes:
        output: what a found region becomes, "mask" or "polygon".
        pair: the pair of networks that clicks are answered by; "" for the built-in method.
        smoothing: px.
        hover: whether a preview is shown where the mouse rests.
    """

    def __init__(self, page: LabelingPage) -> None:
        super().__init__(page)
        settings = page.shell.settings
        output = str(settings.value("labeling/assist_output"))
        self.output = output if output in OUTPUTS else OUTPUTS[0]
        self.smoothing = _number(settings.value("labeling/assist_smoothing"), 1.0, 20.0)
        self.hover = str(settings.value("labeling/assist_hover")).lower() == "true"
        self.pair = ""
        self._item: OpenItem | None = None
        self.pixels = Pixels(self)
        self.pixels.width = _number(settings.value("labeling/assist_brush"), 6.0, 200.0)
        self.click = ClickTool(page.canvas, self)
        self.scissors = ScissorsTool(page.canvas, self)
        self.scribble = ScribbleTool(page.canvas, self.pixels)
        self.strip = JobStrip(page.shell)
        self.panel = AssistPanel(self.strip)
        self._show_settings()
        self._connect()
        page.canvas.installEventFilter(self)

    def entries(self) -> Sequence[Entry]:
        translate = QCoreApplication.translate
        return [
            Entry("click_segment", translate("Assist", "Segment by clicks"), ("S",), "segment", checkable=True, group="tool"),
            Entry("scissors", translate("Assist", "Intelligent scissors"), ("G",), "scissors", checkable=True,
                  group="tool", family="click_segment"),
            Entry("scribble", translate("Assist", "Scribble and find the rest"), ("U",), "scribble", checkable=True,
                  group="tool", family="click_segment"),
            Entry("assist_output", translate("Assist", "Smart tools make masks or polygons"), ("Shift+U",)),
            Entry("assist_background", translate("Assist", "Scribble background or label"), ("Alt+U",)),
            Entry("assist_apply", translate("Assist", "Apply the scribbles to all unlabelled images")),
        ]  # fmt: skip

    def do(self, name: str) -> None:
        if name == "assist_output":
            self.set_output(OUTPUTS[1 - OUTPUTS.index(self.output)])
        elif name == "assist_background":
            self.panel.background.toggle()
        elif name == "assist_apply":
            self.apply_all()

    def tools(self) -> Sequence[Tool]:
        return [self.click, self.scissors, self.scribble]

    def sections(self) -> Sequence[tuple[str, QWidget]]:
        return [("assist", self.panel)]

    def opened(self, workspace: Workspace) -> None:
        self.pixels.open()
        self.page._ask(lambda ws: _pairs(ws), self._take_pairs)

    def closed(self) -> None:
        self._item, self.pair = None, ""
        self.pixels.close()
        self.strip.clear()

    def item_shown(self, found: OpenItem) -> None:
        again = self._item is not None and self._item.id == found.id
        self._item = found
        if not again:
            self.click.forget_picture()
            self.scissors.forget_picture()
            self.pixels.look()

    def retranslate(self) -> None:
        self.panel.retranslate()
        self.strip.retranslate()
        self._show_scribbles()

    def finish(self) -> None:
        from engine.labeling.assist.companion import shared

        if shared.cache_info().currsize:
            shared().close()

    # what the tools need

    def answer(
        self,
        question: Callable[[Any], Any],
        take: Callable[[Any], None],
        failed: Callable[[Exception], None],
        key: str = "assist_click",
    ) -> None:
        """Have something worked out off the UI thread; a newer question with the same key makes this one void."""
        self.page.shell.read(question, take, key or None, failed)

    def forget(self, key: str) -> None:
        """What is under way with that key is not wanted any more."""
        if self.page.shell.workspace is not None:
            self.page.shell.read(lambda _: None, lambda _: None, key)

    def pair_question(
        self, pixels: NDArray[Any], clicks: Sequence[Click], corner: tuple[int, int], *, whole: bool
    ) -> Callable[[Any], Any] | None:
        """The question to the chosen pair of networks about a part of the image that begins at `corner`, or all of it.

        None when the built-in method is chosen.
        """
        image = self._item.image if self._item is not None else None
        if not self.pair or image is None:
            return None
        part = f"{image.digest} {corner} {pixels.shape}"  # what is kept of a part is of that part alone
        digest = image.digest if whole else hashlib.sha256(part.encode()).hexdigest()
        arguments = {
            "folder": str(self.page.shell.workspace.path), "name": self.pair, "digest": digest, "page": image.page,
            "size": [pixels.shape[1], pixels.shape[0]], "clicks": [[c.x, c.y, float(c.positive)] for c in clicks],
        }  # fmt: skip

        def question(_: Any) -> Any:
            from engine.labeling.assist.companion import shared

            return shared().call("segment.decode", arguments, {"image": pixels}, replaces="segment")[1]["mask"] > 0

        return question

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The right button means “beside it” while clicks segment."""
        if self.page.canvas.tool is not self.click or not self.page.canvas.picture.levels:
            return False
        if isinstance(event, QContextMenuEvent):
            return event.reason() == QContextMenuEvent.Reason.Mouse
        if isinstance(event, QMouseEvent) and is_right(event.button()):
            if event.type() == QEvent.Type.MouseButtonPress:
                self.click.add(self.page.canvas._pointer(event), positive=False)
            return True
        return False

    # settings

    def set_output(self, output: str) -> None:
        """Masks or polygons from now on."""
        self.output = output
        self._keep("output", output)
        self._show_settings()
        self.page.canvas.kit.say()

    def apply_all(self) -> None:
        """Start the job that looks at all unlabelled images."""
        shell, output, least = self.page.shell, self.output, self.pixels.least
        title = QCoreApplication.translate("Assist", "Apply scribbles")
        shell.run(
            operations.apply_scribbles(NAME, None, output, least),
            title,
            on_done=lambda job: self.strip.follow(job, title),
            on_error=lambda error: shell.notice(str(error), kind="error"),
        )

    def _connect(self) -> None:
        panel, pixels = self.panel, self.pixels
        panel.output_changed.connect(self.set_output)
        panel.method_changed.connect(self._set_pair)
        panel.smoothing_changed.connect(self._set_smoothing)
        panel.hover_changed.connect(self._set_hover)
        panel.width_changed.connect(self._set_width)
        panel.least_changed.connect(self._set_least)
        panel.background_changed.connect(lambda on: setattr(pixels, "background", on))
        panel.tool_wanted.connect(self._take_tool)
        panel.accept.connect(pixels.accept)
        panel.clear_here.connect(lambda: pixels.clear(everywhere=False))
        panel.clear_all.connect(lambda: pixels.clear(everywhere=True))
        panel.apply_all.connect(self.apply_all)
        pixels.changed.connect(self._show_scribbles)
        self.page.canvas.tool_changed.connect(panel.show_tool)

    def _take_tool(self, name: str) -> None:
        self.page.acts[name].trigger()
        self.panel.show_tool(self.page.canvas.tool.name)
        self.page.canvas.setFocus()

    def _take_pairs(self, names: Sequence[str]) -> None:
        wanted = str(self.page.shell.settings.value("labeling/assist_pair") or "")
        self.pair = wanted if wanted in names else ""
        self.panel.show_pairs(names, self.pair)

    def _set_pair(self, name: str) -> None:
        self.pair = name
        self._keep("pair", name)
        self.click.again()

    def _set_smoothing(self, value: float) -> None:
        self.smoothing = value
        self._keep("smoothing", value)
        self.click.again()
        if self.page.canvas.tool is self.scribble:
            self.pixels.look()

    def _set_hover(self, on: bool) -> None:
        self.hover = on
        self._keep("hover", on)

    def _set_width(self, width: float) -> None:
        self._keep("brush", width)
        if width != self.pixels.width:
            self.pixels.set_width(width)

    def _set_least(self, least: int) -> None:
        self.pixels.least = least
        self.pixels.look()

    def _keep(self, name: str, value: object) -> None:
        self.page.shell.settings.set_value(f"labeling/assist_{name}", value)

    def _show_settings(self) -> None:
        panel = self.panel
        panel.output.setCurrentIndex(OUTPUTS.index(self.output))
        for field, value in (
            (panel.smoothing, self.smoothing), (panel.width_box, self.pixels.width), (panel.least, self.pixels.least)
        ):  # fmt: skip
            field.blockSignals(True)
            field.setValue(value)
            field.blockSignals(False)
        panel.hover.setChecked(self.hover)

    def _show_scribbles(self) -> None:
        pixels, number = self.pixels, QLocale().toString
        strokes = [one for lines in pixels.scribbles.strokes.values() for one in lines]
        images = sum(bool(lines) for lines in pixels.scribbles.strokes.values())
        translate = QCoreApplication.translate
        text = translate("Assist", "Drag over a few pixels of the label and, with Alt, of the background.")
        if strokes:
            text = translate("Assist", "Scribbles: {0} · on images: {1}").format(number(len(strokes)), number(images))
            text += f" · {pixels.state}" if pixels.state else ""
        self.panel.show_scribbles(
            text, pixels.count, here=bool(pixels.here), ready=pixels.scribbles.ready, any_there=bool(strokes)
        )
        self._show_settings()


def _number(value: object, default: float, most: float) -> float:
    try:
        number = float(str(value))
    except ValueError:
        return default
    return number if 0 <= number <= most else default


def _pairs(ws: Workspace) -> list[str]:
    from engine.labeling.assist.onnx_pair import pairs

    return [pair.name for pair in pairs(ws.path)]
