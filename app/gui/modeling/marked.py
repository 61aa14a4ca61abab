"""Comments and groups on the scene: keeps their items in step with the document, and says what is hidden where."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QRectF
from PySide6.QtWidgets import QGraphicsItem

from app.gui.modeling.commands import Change
from app.gui.modeling.items import NoteItem
from app.gui.modeling.marks import CommentItem, FoldedItem, FrameItem
from app.gui.modeling.views import NodeView, PortView, ProblemView

if TYPE_CHECKING:
    from app.gui.modeling.items import CardItem, NodeItem
    from app.gui.modeling.scene import GraphScene
    from engine.modeling.notes import Group


class Marked:
    """Belongs to a scene."""

    def __init__(self, scene: GraphScene) -> None:
        self._scene, self._document = scene, scene.document
        self.comments: dict[str, CommentItem] = {}
        self.frames: dict[str, FrameItem] = {}
        self.folded: dict[str, FoldedItem] = {}
        self._home: dict[str, str] = {}  # node → its group
        self._notes: list[NoteItem] = []
        self._document.comment_changed.connect(self.show_comment)
        self._document.group_changed.connect(self.show_group)

    def rebuild(self) -> None:
        """Draw all of them anew; the scene is empty of them."""
        self.comments, self.frames, self.folded, self._home, self._notes = {}, {}, {}, {}, []
        for name in self._document.groups:
            self.show_group(name)
        for name in self._document.comments:
            self.show_comment(name)

    # what is where

    def box_of(self, node_id: str) -> FoldedItem | None:
        """The folded box that hides a node."""
        return self.folded.get(self._home.get(node_id, ""))

    def frame_of(self, node_id: str) -> FrameItem | None:
        """The frame around a node."""
        return self.frames.get(self._home.get(node_id, ""))

    def members(self, group_id: str) -> list[NodeItem]:
        """The cards of a group that are there."""
        cards = self._scene.cards
        return [cards[name] for name in self._document.groups[group_id].nodes if name in cards]

    def selected_comments(self) -> list[str]:
        """Ids of the selected comments."""
        return [name for name, item in self.comments.items() if item.isSelected()]

    def selected_groups(self) -> list[str]:
        """Ids of the groups that are selected themselves."""
        return [name for name, item in (*self.frames.items(), *self.folded.items()) if item.isSelected()]

    def select_members(self) -> None:
        """Let what is in selected frames be selected with them."""
        for name, frame in self.frames.items():
            if frame.isSelected():
                for card in self.members(name):
                    card.setSelected(True)

    # in step with the document

    def show_comment(self, comment_id: str) -> None:
        """Draw, change or take away one comment."""
        comment = self._document.comments.get(comment_id)
        item = self.comments.get(comment_id)
        if comment is None:
            if item is not None:
                self._scene.removeItem(self.comments.pop(comment_id))
        elif item is None:
            self.comments[comment_id] = item = CommentItem(comment, self._scene.colors)
            self._scene.addItem(item)
        else:
            item.show_comment(comment)

    def show_group(self, group_id: str) -> None:
        """Draw, change or take away one group, and show or hide what is in it."""
        group = self._document.groups.get(group_id)
        before = {node for node, home in self._home.items() if home == group_id}
        for node in before:
            del self._home[node]
        if group is not None:
            self._home |= dict.fromkeys(group.nodes, group_id)
        if group is None or group.folded:
            self._drop(self.frames, group_id)
        if group is None or not group.folded:
            self._drop(self.folded, group_id)
        touched = before | set(group.nodes if group is not None else ())
        for node in touched & self._scene.cards.keys():
            self._scene.cards[node].setVisible(not self.hides(node))
        if group is not None:
            self._draw(group)
        self._scene.lay_all(self._document.edges_of(touched))

    def hides(self, node_id: str) -> bool:
        """Whether a node is in a folded group."""
        group = self._document.groups.get(self._home.get(node_id, ""))
        return group is not None and group.folded

    def _drop(self, items: dict[str, FrameItem] | dict[str, FoldedItem], group_id: str) -> None:
        item = items.pop(group_id, None)
        if item is not None:
            self.forget_notes(item)
            self._scene.removeItem(item)

    def _draw(self, group: Group) -> None:
        cards = self.members(group.id)
        if not cards:
            return
        if group.folded:
            view = self._view(group, cards)
            if group.id in self.folded:
                self.folded[group.id].show_view(view)
            else:
                self.folded[group.id] = FoldedItem(view, self._scene.colors)
                self._scene.addItem(self.folded[group.id])
        else:
            if group.id not in self.frames:
                self.frames[group.id] = FrameItem(group.id, self._scene.colors)
                self._scene.addItem(self.frames[group.id])
            self.frames[group.id].show_frame(group.title, around(cards))

    def _view(self, group: Group, cards: list[NodeItem]) -> NodeView:
        """A folded group as a card: a port for every end of a wire that crosses its border."""
        inside = set(group.nodes)
        entries: dict[str, PortView] = {}
        outputs: dict[str, PortView] = {}
        for edge in self._document.edges_of(inside):
            if edge.source not in inside:
                self._take(entries, "in", edge.target, edge.target_port)
            elif edge.target not in inside:
                self._take(outputs, "out", edge.source, edge.source_port)
        words = QCoreApplication.translate("Marks", "{} components").format(len(cards))
        x, y = min((card.x(), card.y()) for card in cards)  # where a card was, so nothing else lies there
        return NodeView(group.id, group.title, "group", words, tuple(entries.values()), tuple(outputs.values()), x, y)

    def _take(self, ports: dict[str, PortView], side: str, node_id: str, name: str) -> None:
        card = self._scene.cards.get(node_id)
        if card is None:
            return
        port = next((p for p in (card.view.inputs if side == "in" else card.view.outputs) if p.name == name), None)
        if port is not None:
            ports[f"{node_id}.{name}"] = replace(port, name=f"{node_id}.{name}", label=port.label or port.name)

    def follow(self, card: CardItem) -> None:
        """A card moved or changed: its frame or its box does too."""
        group = self._document.groups.get(self._home.get(card.view.id, ""))
        if group is not None:
            self._draw(group)

    def edges_changed(self, *nodes: str) -> None:
        """The wires at some nodes are others: folded boxes may have other ports."""
        for group_id in {self._home[node] for node in nodes if node in self._home}:
            if group_id in self.folded and group_id in self._document.groups:
                self._draw(self._document.groups[group_id])
                self._scene.lay_all(self._document.edges_of(self._document.groups[group_id].nodes))

    def show_problems(self, problems: tuple[ProblemView, ...]) -> None:
        """Say at folded boxes what is wrong in them."""
        for note in self._notes:
            if note.scene() is not None:
                self._scene.removeItem(note)
        self._notes = []
        hidden: dict[str, list[ProblemView]] = {group_id: [] for group_id in self.folded}
        for problem in problems:
            if (home := self._home.get(problem.node, "")) in hidden:
                hidden[home].append(problem)
        for group_id, item in self.folded.items():
            found = tuple(
                replace(problem, port=f"{problem.node}.{problem.port}", message=f"{problem.node}: {problem.message}")
                for problem in hidden[group_id]
            )
            item.set_problems(found)
            if found:
                self._notes.append(NoteItem(item, found, self._scene.colors))

    def forget_notes(self, item: QGraphicsItem) -> None:
        """An item goes, and its note with it."""
        self._notes = [note for note in self._notes if note.parentItem() is not item]

    # what a person does

    def resize_comment(self, comment_id: str, width: float, height: float) -> None:
        """Give a comment another size; one step of undo."""
        comment = self._document.comments[comment_id].sized(width, height)
        self.change_comment(comment_id, QCoreApplication.translate("ModelCommands", "Resize comment"), comment=comment)

    def change_comment(self, comment_id: str, words: str, *, comment: object) -> None:
        """Put another value in a comment's place; one step of undo, none when it is the same."""
        if comment != self._document.comments[comment_id]:
            now = self._document.state
            notes = tuple(comment if one.id == comment_id else one for one in now.comments)
            self._scene.stack.push(Change(self._document, replace(now, comments=notes), words))  # type: ignore[arg-type]


def around(cards: list[NodeItem]) -> QRectF:
    """The rectangle around some cards, in scene coordinates."""
    rect = QRectF()
    for card in cards:
        rect = rect.united(card.rect.translated(card.pos()))
    return rect
