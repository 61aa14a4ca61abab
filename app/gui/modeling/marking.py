"""What a person does with comments and groups: writing, colouring, grouping, folding. Everything is one step of undo."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QPointF
from PySide6.QtGui import QAction, QColor, QIcon, QKeySequence, QPixmap
from PySide6.QtWidgets import QMenu

from app.gui.modeling.commands import Change
from app.gui.modeling.marks import NOTE_COLORS, CommentItem, FoldedItem, FrameItem
from app.gui.modeling.views import on_grid
from engine.modeling.notes import Comment, Group, fresh, kept

if TYPE_CHECKING:
    from app.gui.modeling.document import State
    from app.gui.modeling.editor import GraphEditor

COLOR_NAMES = {
    "yellow": QT_TRANSLATE_NOOP("Marks", "Yellow"),
    "green": QT_TRANSLATE_NOOP("Marks", "Green"),
    "blue": QT_TRANSLATE_NOOP("Marks", "Blue"),
    "purple": QT_TRANSLATE_NOOP("Marks", "Purple"),
    "red": QT_TRANSLATE_NOOP("Marks", "Red"),
    "grey": QT_TRANSLATE_NOOP("Marks", "Grey"),
}


class Marking:
    """Belongs to an editor."""

    def __init__(self, editor: GraphEditor) -> None:
        self.editor = editor
        on_canvas = editor.on_canvas
        self.comment_action = on_canvas(self.add_comment, QKeySequence("Ctrl+M"))
        self.group_action = on_canvas(self.group, QKeySequence("Ctrl+G"))
        self.ungroup_action = on_canvas(self.ungroup, QKeySequence("Ctrl+Shift+G"))
        self.fold_action = on_canvas(self.fold, QKeySequence("Ctrl+E"))
        self.edit_action = on_canvas(self.edit_chosen, QKeySequence("F2"))
        editor.canvas.edit_wanted.connect(self.edit)

    def texts(self) -> list[tuple[QAction, str, str]]:
        """The actions with what they are called."""
        translate = QCoreApplication.translate
        return [
            (self.comment_action, translate("Marks", "Add a comment"), "Ctrl+M"),
            (self.group_action, translate("Marks", "Group"), "Ctrl+G"),
            (self.ungroup_action, translate("Marks", "Ungroup"), "Ctrl+Shift+G"),
            (self.fold_action, translate("Marks", "Fold or unfold the group"), "Ctrl+E"),
            (self.edit_action, translate("Marks", "Write or rename"), "F2"),
        ]

    # comments

    def add_comment(self, place: QPointF | None = None) -> None:
        """Put a note on the canvas, where the pointer is when no place is given, and begin to write."""
        editor, document = self.editor, self.editor.document
        at = place if place is not None else editor.canvas.pointed_at()
        comment = Comment(fresh("note", document.comments), x=on_grid(at.x()), y=on_grid(at.y()))
        now = document.state
        self._push(
            replace(now, comments=(*now.comments, comment)), QCoreApplication.translate("Marks", "Add a comment")
        )
        editor.scene.clearSelection()
        editor.scene.marks.comments[comment.id].setSelected(True)
        editor.canvas.setFocus()
        self.edit(editor.scene.marks.comments[comment.id])

    def color_chosen(self, color: str) -> None:
        """Give the chosen comments another colour."""
        chosen, now = self.editor.scene.marks.selected_comments(), self.editor.document.state
        notes = tuple(replace(one, color=color) if one.id in chosen else one for one in now.comments)
        self._push(replace(now, comments=notes), QCoreApplication.translate("ModelCommands", "Colour comment"))

    # writing in place

    def edit_chosen(self) -> None:
        """Write the chosen comment, or rename the group of what is chosen."""
        marks = self.editor.scene.marks
        notes = marks.selected_comments()
        if notes:
            self.edit(marks.comments[notes[0]])
            return
        for group in self.chosen_groups()[:1]:
            self.edit(marks.folded.get(group.id) or marks.frames[group.id])

    def edit(self, item: object) -> None:
        """Begin to type a comment's text or a group's title."""
        if isinstance(item, CommentItem) and item.editor is None:
            item.edit(lambda text, name=item.comment.id: self._write(name, text))
        elif isinstance(item, FrameItem | FoldedItem) and item.editor is None:
            item.edit(lambda text, name=item.group_id: self._rename(name, text))

    def _write(self, comment_id: str, text: str) -> None:
        comment = self.editor.document.comments.get(comment_id)
        if comment is not None:
            words = QCoreApplication.translate("ModelCommands", "Write comment")
            self.editor.scene.marks.change_comment(comment_id, words, comment=replace(comment, text=text.strip()))

    def _rename(self, group_id: str, text: str) -> None:
        title = " ".join(text.split())
        group = self.editor.document.groups.get(group_id)
        if group is not None and title and title != group.title:
            words = QCoreApplication.translate("ModelCommands", "Rename group")
            self._put_groups([replace(group, title=title)], words)

    # groups

    def chosen_groups(self) -> list[Group]:
        """The groups that are chosen, or that what is chosen is in."""
        scene, document = self.editor.scene, self.editor.document
        names = dict.fromkeys(scene.marks.selected_groups())
        for node_id in scene.selected_nodes():
            if (home := document.group_of(node_id)) is not None:
                names[home.id] = None
        return [document.groups[name] for name in names]

    def group(self) -> None:
        """Draw a frame around what is chosen; what is in other groups comes out of them."""
        editor, document = self.editor, self.editor.document
        chosen = set(editor.scene.selected_nodes())
        if not chosen:
            editor.say(QCoreApplication.translate("Marks", "Choose the components that belong together first."))
            return
        now = document.state
        rest = kept(now.groups, [node.id for node in now.nodes if node.id not in chosen])
        name = fresh("group", document.groups)
        title = QCoreApplication.translate("Marks", "Group {}").format(name.rpartition("_")[2])
        mine = Group(name, title, tuple(node.id for node in now.nodes if node.id in chosen))
        self._push(replace(now, groups=(*rest, mine)), QCoreApplication.translate("Marks", "Group"))
        self.edit(editor.scene.marks.frames[name])

    def ungroup(self) -> None:
        """Take the frames of the chosen groups away; what is in them stays."""
        gone = {group.id for group in self.chosen_groups()}
        now = self.editor.document.state
        if gone:
            inside = [node for group in now.groups if group.id in gone for node in group.nodes]
            left = tuple(group for group in now.groups if group.id not in gone)
            self._push(replace(now, groups=left), QCoreApplication.translate("Marks", "Ungroup"))
            self._choose(inside)

    def take_out(self) -> None:
        """Let the chosen components leave their groups."""
        now, chosen = self.editor.document.state, set(self.editor.scene.selected_nodes())
        rest = kept(now.groups, [node.id for node in now.nodes if node.id not in chosen])
        words = QCoreApplication.translate("Marks", "Take out of the group")
        self._push(replace(now, groups=tuple(rest)), words)

    def fold(self) -> None:
        """Fold the chosen groups, or unfold them when all are folded."""
        groups = self.chosen_groups()
        if not groups:
            self.editor.say(QCoreApplication.translate("Marks", "Choose a group, or a component that is in one."))
            return
        down = not all(group.folded for group in groups)
        translate = QCoreApplication.translate
        words = translate("ModelCommands", "Fold group") if down else translate("ModelCommands", "Unfold group")
        self._put_groups([replace(group, folded=down) for group in groups], words)
        scene = self.editor.scene
        scene.clearSelection()
        for group in groups:
            (scene.marks.folded if down else scene.marks.frames)[group.id].setSelected(True)
        scene.marks.select_members()

    def show(self, node_id: str) -> None:
        """Unfold the group that hides a node, if one does."""
        group = self.editor.document.group_of(node_id)
        if group is not None and group.folded:
            self._put_groups(
                [replace(group, folded=False)], QCoreApplication.translate("ModelCommands", "Unfold group")
            )

    # the menu

    def fill_menu(self, menu: QMenu, place: QPointF) -> None:
        """Add what can be done with the comments and groups that are chosen, or at a place of the ground."""
        scene = self.editor.scene
        if scene.marks.selected_comments():
            menu.addAction(self.edit_action)
            colors = menu.addMenu(QCoreApplication.translate("Marks", "Colour"))
            for name, title in COLOR_NAMES.items():
                action = colors.addAction(_square(NOTE_COLORS[name]), QCoreApplication.translate("Marks", title))
                action.triggered.connect(lambda _=False, name=name: self.color_chosen(name))
        nodes, groups = scene.selected_nodes(), self.chosen_groups()
        if nodes:
            menu.addAction(self.group_action)
        if groups:
            menu.addActions([self.fold_action, self.ungroup_action])
            words = QCoreApplication.translate("Marks", "Take out of the group")
            if not scene.marks.selected_groups():
                menu.addAction(words, self.take_out)
            elif not scene.marks.selected_comments():
                menu.addAction(self.edit_action)
        if not scene.selectedItems():
            menu.addAction(self.comment_action.text(), lambda: self.add_comment(place))

    def _put_groups(self, groups: Iterable[Group], words: str) -> None:
        now, new = self.editor.document.state, {group.id: group for group in groups}
        self._push(replace(now, groups=tuple(new.get(group.id, group) for group in now.groups)), words)

    def _push(self, state: State, words: str) -> None:
        if state != self.editor.document.state:
            self.editor.stack.push(Change(self.editor.document, state, words))

    def _choose(self, nodes: Iterable[str]) -> None:
        self.editor.scene.clearSelection()
        for node_id in nodes:
            self.editor.scene.node_item(node_id).setSelected(True)


def _square(color: str) -> QIcon:
    pixmap = QPixmap(14, 14)
    pixmap.fill(QColor(color))
    return QIcon(pixmap)
