"""Applying what mends a drawing: from the note below a card, the list of problems, the menu, or a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu

from app.gui.modeling.commands import Change
from app.gui.modeling.library import graph_of, state_of

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from app.gui.modeling.editor import GraphEditor
    from app.gui.modeling.views import FixView
    from engine.modeling.fixes import Fix


class Mending:
    """Belongs to an editor; each fix is one step of undo."""

    def __init__(self, editor: GraphEditor) -> None:
        self.editor = editor
        self.action = editor.on_canvas(self.apply_first, QKeySequence("Ctrl+."))
        editor.scene.fix_wanted.connect(self.apply)
        editor.inspector.fix_wanted.connect(self.apply)

    def texts(self) -> list[tuple[QAction, str, str]]:
        """The action with what it is called."""
        return [(self.action, QCoreApplication.translate("Mending", "Mend what is wrong here"), "Ctrl+.")]

    def offered(self) -> list[FixView]:
        """What mends the chosen components, or the whole drawing when none is chosen."""
        chosen = self.editor.scene.selected_nodes()
        problems = self.editor.analysis.problems
        here = [p for p in problems if p.node in chosen or (not chosen and p.node not in self.editor.document.nodes)]
        return [fix for problem in here for fix in problem.fixes]

    def apply_first(self) -> None:
        """Do the likeliest of what is offered."""
        offered = self.offered()
        if offered:
            self.apply(offered[0])
        else:
            words = QCoreApplication.translate("Mending", "There is nothing here that can be mended at once.")
            self.editor.say(words)

    def apply(self, view: FixView) -> None:
        """Mend; what is new is chosen then."""
        from engine.errors import UsageError

        document, scene = self.editor.document, self.editor.scene
        before = set(document.nodes)
        try:
            after = state_of(cast("Fix", view.fix).apply(graph_of(document)))
        except UsageError:  # the drawing is not any more what the fix was made for
            return
        self.editor.stack.push(Change(document, after, self.text(view)))
        new = [name for name in document.nodes if name not in before]
        if new:
            scene.clearSelection()
        for name in new:
            scene.shown_item(name).setSelected(True)
            self.editor.canvas.bring(scene.shown_item(name))

    def fill_menu(self, menu: QMenu) -> None:
        """An entry for everything that is offered."""
        for view in self.offered():
            menu.addAction(self.text(view), lambda view=view: self.apply(view))

    @staticmethod
    def text(view: FixView) -> str:
        """A fix as the menu and the undo name it."""
        return QCoreApplication.translate("Mending", "Fix: {}").format(view.title.rstrip(".。"))
