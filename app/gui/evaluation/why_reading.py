"""What the card "why" shows of an item, read from the engine off the UI thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from app.gui.evaluation.abouts import About
from app.gui.evaluation.answer_layer import answer_layer
from app.gui.evaluation.tiles import SOURCE_SIDE
from app.gui.widgets.objects import image_of

if TYPE_CHECKING:
    from app.gui.evaluation.reading import Seen
    from engine.curation.explain import Neighbour
    from engine.evaluation.explanation import Explanation
    from engine.workspace import Workspace

THUMBNAIL = 96


@dataclass(frozen=True)
class Why:
    """An item with the answer, if it was asked before.

    Attributes:
        scale: px of the picture for one px of the item.
        neighbours: None: nobody looked yet.
    """

    picture: QImage
    scale: float
    explanation: Explanation | None
    heat: QImage | None
    neighbours: Sequence[tuple[Neighbour, QImage]] | None


def read_why(workspace: Workspace, seen: Seen, item: int, about: About, method: str, inks: Mapping[str, str]) -> Why:
    """The item's picture, and what is known of the question already; before it was asked, what the model answered lies over it."""
    from engine.curation.explain import neighbours, recall_nearest
    from engine.data.items import item_image, thumbnail
    from engine.evaluation.explanation import Question, colored, folder_of, recall, recall_map
    from engine.training.models import get_model

    run = seen.evaluation.folder.parents[1].name
    place = item_image(workspace, item)
    picture = QImage.fromData(thumbnail(workspace, place, SOURCE_SIDE))
    asked = Question(place.digest, place.page or 0, method, about.label, about.box)
    folder = folder_of(workspace.path, run)
    found, heat = recall(folder, asked), None
    if found is not None:
        heat = image_of(colored(recall_map(folder, asked)))
    key = next((key for key, ident in seen.evaluation.ids.items() if ident == item), item)
    heat = heat or answer_layer(seen, key, inks)
    alike = recall_nearest(workspace.path, run, get_model(workspace, seen.model).version_id, key, asked)
    shown = None if alike is None else [(one, _small(workspace, one.item_id)) for one in neighbours(workspace, alike)]
    return Why(picture, picture.width() / max(1, place.width), found, heat, shown)


def _small(workspace: Workspace, item: int) -> QImage:
    from engine.data.items import thumbnail
    from engine.errors import LinesideError

    try:
        return QImage.fromData(thumbnail(workspace, item, THUMBNAIL))
    except (LinesideError, OSError):
        return QImage()
