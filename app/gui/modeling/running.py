"""“Run to here”: asks what flows for the chosen item whenever something changes, and shows it on canvas and panel."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from app.gui.modeling.flow_tiles import FlowOnCanvas, Place
from app.gui.modeling.flow_words import number
from app.gui.modeling.library import graph_of
from app.gui.widgets.errors import sentence
from engine.familiar import NotAllowed

if TYPE_CHECKING:
    from app.gui.modeling.editor import GraphEditor
    from app.gui.shell.shell import Shell
    from engine.changes import Changes
    from engine.training.flow import Flow
    from engine.workspace import Workspace

ASK_AFTER_MS = 150
REST_AFTER_MS = 250
SUGGESTED = 12

Items = tuple[int | None, int | None]


class Running(QObject):
    """Follows the drawing of an editor while it is on."""

    def __init__(self, shell: Shell, editor: GraphEditor) -> None:
        super().__init__(editor)
        self.shell, self.editor, self.panel = shell, editor, editor.flow
        self.on_canvas = FlowOnCanvas(editor.scene, shell.theme.color)
        self.on, self.seed = False, 0
        self.flows: list[Flow] = []
        self._items: Items = (None, None)
        self._asked: object = None
        self._pinned: Place | None = None
        self._timer = QTimer(self, singleShot=True, interval=ASK_AFTER_MS, timeout=self._ask)
        self._rest = QTimer(
            self, singleShot=True, interval=REST_AFTER_MS, timeout=lambda: self._show_place(self._pinned)
        )
        self._connect()

    def _connect(self) -> None:
        panel = self.panel
        panel.changed.connect(self.look)
        panel.rolled.connect(self.roll)
        panel.stepped.connect(lambda which, step: self._choose(which, _beside(self._items[which], step)))
        panel.wanted.connect(lambda which, text: self._choose(which, _named(text)))
        panel.typed.connect(self._suggest)
        panel.data_wanted.connect(lambda: self.shell.go("data"))
        panel.closed.connect(lambda: self.editor.run_action.setChecked(False))
        self.editor.run_action.toggled.connect(self.set_on)
        self.editor.roll_action.triggered.connect(self.roll)
        self.editor.run_to_wanted.connect(self.run_to)
        self.editor.scene.picked.connect(self._picked)
        self.on_canvas.chosen.connect(lambda node, port, place: self._pin((node, port, place)))
        self.on_canvas.pointed.connect(lambda node, port, place: self._point((node, port, place)))
        self.on_canvas.left.connect(self._rest.start)

    def set_on(self, on: bool) -> None:
        """Begin or end."""
        self.on = on
        self.panel.setVisible(on)
        self.editor.code.setVisible(not on)
        if not on:
            self.on_canvas.clear()
            self._asked, self.flows = None, []
            return
        self._read_weights()
        self._picked(self.editor.scene.selected_nodes())
        self.look()

    def run_to(self, node: str, port: str) -> None:
        """Run, and show what a node gives at a port; its first one when none is named."""
        ports = [one.name for one in self.editor.scene.view_of(node).outputs]
        self._pinned = (node, port or next(iter(ports), ""), 0)
        self._show_place(self._pinned)
        self.editor.run_action.setChecked(True)

    def roll(self) -> None:
        """Another roll of the dice for the augmentation."""
        if self.on:
            self.seed += 1
            self.look()

    def look(self) -> None:
        """The drawing or what is wanted changed: ask soon."""
        if self.on:
            self._timer.start()

    def opened(self) -> None:
        """Another workspace: other items, other models."""
        remembered = self.shell.settings.value(self._key(), "")
        self._items = (int(remembered) if str(remembered).isdigit() else None, None)
        self._asked, self.flows = None, []
        self.on_canvas.clear()
        self.panel.offer_weights([])
        self.look()

    def refresh(self, changes: Changes) -> None:
        """Items or annotations are others now, or a model was trained."""
        if self.on and changes.touches("models"):
            self._read_weights()
        if self.on and changes.touches("items", "annotations", "labels"):
            self._asked = None
            self.look()

    def _ask(self) -> None:
        document = self.editor.document
        if not self.panel.isVisible() or not document.name or self.shell.workspace is None:
            return
        if self.editor.analysis.errors or not self.editor.analysis.code:
            self.on_canvas.set_stale(True)
            self.panel.say(self.tr("Mend the errors of the drawing first."), "warning")
            return
        wish = (
            self.editor.analysis.code,
            self._wanted_items(),
            self.seed,
            self.panel.augment.isChecked(),
            self.panel.run,
        )
        if wish == self._asked:
            return
        self._asked = wish
        self.on_canvas.set_stale(True)
        self.panel.say(self.tr("running…"))
        self.shell.read(
            _work(graph_of(document), *wish[1:]),
            lambda found: self._take(wish, found),
            key="modeling.flow",
            on_error=lambda error: self._failed(wish, error),
        )

    def _wanted_items(self) -> Items:
        first, other = self._items
        return (first, other if other is not None else -1) if self.panel.compare.isChecked() else (first, None)

    def _take(self, wish: object, found: list[Flow] | None) -> None:
        if wish != self._asked or not self.on:  # a newer question is on its way
            return
        if found is None:  # an older question came to the process later and took the turn of this one
            self._asked = None
            self.look()
            return
        if not found:
            self.on_canvas.clear()
            self.panel.say("")
            self.panel.show_empty(self.tr("This workspace has no images yet, so nothing can flow."), is_link=True)
            return
        self.flows = found
        self._items = (found[0].item, found[1].item if len(found) > 1 else self._items[1])
        self.shell.settings.set_value(self._key(), found[0].item)
        self.on_canvas.show_flow(found[0])
        self._pinned = self._pinned if self._is_there(self._pinned) else self._first()
        self._show_place(self._pinned)
        self.panel.show_flows(found)
        self._tell(found[0])

    def _tell(self, flow: Flow) -> None:
        if flow.failure is not None:
            words = self.tr("It went no further than “{0}”: {1}").format(flow.failure.node, flow.failure.message)
            self.panel.say(words if flow.failure.node else flow.failure.message, "bad")
            return
        parts = [self.tr("{} ms").format(number(round(sum(flow.milliseconds.values()))))]
        if "loss" in flow.loss:
            parts.append(self.tr("loss {}").format(number(flow.loss["loss"])))
        if flow.waiting:
            parts.append(self.tr("remembers no good images yet"))
        if flow.weights == "pretrained":
            parts.append(self.tr("pretrained backbone"))
        self.panel.say(" · ".join(parts))

    def _failed(self, wish: object, error: Exception) -> None:
        if wish == self._asked:
            self.panel.say(sentence(error), "bad")
            if isinstance(error, NotAllowed):
                self._asked = None  # asked again once it is allowed
            if not self.flows:
                self.panel.show_empty(sentence(error))

    def _choose(self, which: int, find: Callable[[Workspace], int | None]) -> None:
        def take(item: int | None) -> None:
            first, other = self._items
            self._items = (first, item) if which else (item, other)
            self.look()

        self.shell.read(find, take, key=f"modeling.item{which}", on_error=lambda e: self.panel.say(sentence(e), "bad"))

    def _suggest(self, which: int, text: str) -> None:
        def read(ws: Workspace) -> list[str]:
            from engine.data.browse import ItemFilter, item_ids
            from engine.data.items import item_images

            return [image.name for image in item_images(ws, item_ids(ws, ItemFilter(text=text))[:SUGGESTED])]

        if text:
            self.shell.read(read, self.panel.pickers[which].suggest, key="modeling.suggest")

    def _read_weights(self) -> None:
        name = self.editor.document.name

        def read(ws: Workspace) -> list[tuple[str, str]]:
            from engine.training.models import list_models

            return [(model.title, model.run_id) for model in list_models(ws) if model.name == name]

        if self.shell.workspace is not None:
            self.shell.read(read, self.panel.offer_weights, key="modeling.weights")

    def _picked(self, nodes: list[str]) -> None:
        if self.on and len(nodes) == 1 and (self._pinned is None or self._pinned[0] != nodes[0]):
            ports = self.editor.scene.view_of(nodes[0]).outputs
            if ports:
                self._pin((nodes[0], ports[0].name, 0))

    def _pin(self, place: Place) -> None:
        self._pinned = place
        self._show_place(place)

    def _point(self, place: Place) -> None:
        self._rest.stop()
        self._show_place(place)

    def _show_place(self, place: Place | None) -> None:
        if place is None or place[0] not in self.editor.document.nodes:
            return
        view = self.editor.scene.view_of(place[0])
        port = next((port for port in view.outputs if port.name == place[1]), None)
        self.on_canvas.mark(place)
        self.panel.show_port(place[0], place[1], f"{view.title} · {port.label or port.name}" if port else view.title)

    def _is_there(self, place: Place | None) -> bool:
        return place is not None and place[0] in self.editor.document.nodes

    def _first(self) -> Place | None:
        return next(((node, port, 0) for node, port in self.flows[0].ports), None)

    def _key(self) -> str:
        workspace = self.shell.workspace
        return f"modeling/item/{workspace.path if workspace is not None else ''}".replace("\\", "/")


def _work(graph: Any, items: Items, seed: int, augment: bool, run: str) -> Callable[[Workspace], list[Flow] | None]:
    """What a reader's thread does; its answer is None when a newer question came, empty without images."""

    def work(ws: Workspace) -> list[Flow] | None:
        from engine.labeling.assist.companion import Superseded
        from engine.training.flow import beside, flow
        from engine.training.models import get_model

        first = items[0] if items[0] is not None and _is_item(ws, items[0]) else beside(ws, -1, 1)
        if first is None:
            return []
        other = beside(ws, first, 1) if items[1] == -1 else items[1]
        model = get_model(ws, run) if run else None
        try:
            return flow(ws, graph, [item for item in (first, other) if item is not None], model, seed, augment)
        except Superseded:
            return None

    return work


def _is_item(ws: Workspace, item: int) -> bool:
    return bool(ws.query("SELECT 1 FROM item WHERE id = ?", [item]))


def _beside(item: int | None, step: int) -> Callable[[Workspace], int | None]:
    def find(ws: Workspace) -> int | None:
        from engine.training.flow import beside

        return beside(ws, item if item is not None else -1, step)

    return find


def _named(text: str) -> Callable[[Workspace], int | None]:
    def find(ws: Workspace) -> int | None:
        from engine.training.flow import find_item

        return find_item(ws, text)

    return find
