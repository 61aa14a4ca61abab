"""“More like this” on the labelling page, for the open image and for a selected shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from app.gui.labeling.actions import Entry
from app.gui.labeling.parts.part import Part

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu

    from engine.data.records import Annotation


class Similar(Part):
    """Two actions, also in the context menu of the canvas."""

    def entries(self) -> Sequence[Entry]:
        translate = QCoreApplication.translate
        return [
            Entry("similar_images", translate("LabelingSimilar", "More images like this one")),
            Entry("similar_shapes", translate("LabelingSimilar", "More shapes like this one")),
        ]

    def do(self, name: str) -> None:
        shape = self.page.canvas.one_selected()
        if name == "similar_images" and self.page.item_id:
            self.show(0)
        elif shape is not None and shape.x is not None and shape.origin != "model":
            self.show(shape.id)
        else:
            self.page.shell.set_status(
                QCoreApplication.translate(
                    "LabelingSimilar", "Select one shape of your own first; then ask for more like it."
                )
            )

    def menu(self, menu: QMenu, shapes: Sequence[Annotation]) -> None:
        menu.addSeparator()
        if len(shapes) == 1 and shapes[0].x is not None and shapes[0].origin != "model":
            menu.addAction(self.page.acts["similar_shapes"])
        menu.addAction(self.page.acts["similar_images"])

    def show(self, shape: int) -> None:
        """Show what is like the open image (0) or like one of its shapes."""
        from app.gui.widgets.similar_dialog import SimilarDialog

        SimilarDialog(self.page, self.page.shell, self.page.item_id, shape).show()
