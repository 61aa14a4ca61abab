"""What only a person can say of a model: what it is meant for, where it must not be used, and what its card is to tell.

Kept in the model's folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.changes import Changes, changed
from engine.errors import BadInput
from engine.workspace import write_atomically

if TYPE_CHECKING:
    from engine.training.models import ModelRow

FILE = "card.json"


class Notes(BaseModel):
    """Free text; empty: nobody said anything.

    Attributes:
        expected: path of a file of expectations that the card holds the model against.
        by: SQL expressions, each of which gives the card a table of groups.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    intended: str = Field(default="", max_length=8000)
    limits: str = Field(default="", max_length=8000)
    expected: str = ""
    by: tuple[str, ...] = ()


def read_notes(model: ModelRow) -> Notes:
    """The notes of a model.

    Raises:
        BadInput: the file was damaged.
    """
    path = model.folder / FILE
    try:
        return Notes.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Notes()
    except (OSError, ValidationError) as error:
        raise BadInput(f"{path} cannot be read; delete it, and write the notes again.") from error


def save_notes(model: ModelRow, notes: Notes) -> Changes:
    """Remember the notes of a model."""
    write_atomically(model.folder / FILE, (notes.model_dump_json(indent=2) + "\n").encode())
    return changed(models=model.id)
