"""What a run takes from models of the workspace, as its code names them: a teacher, and what an earlier model got wrong.

Models are found in the store, by whoever has it open; a worker copies what was found, by the paths alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from engine.training.mistakes import evaluated, put_mistakes
from engine.training.teaching import model_named, put_folder, teacher_of

if TYPE_CHECKING:
    from engine.workspace import Workspace

Lent = dict[str, dict[str, str]]  # by the class that takes it, then by the model's name: a path from the workspace
_FIND = {"Teacher": teacher_of, "Hard": evaluated}
_PUT = {"Teacher": put_folder, "Hard": put_mistakes}


def lent_by(ws: Workspace, codes: Iterable[str]) -> Lent:
    """Where that lies which some codes take.

    Raises:
        BadInput: a code names no model, or one that was not evaluated on train images where that is needed.
        UsageError: there is no such model.
    """
    found: Lent = {}
    for code in codes:
        for cls, find in _FIND.items():
            if (name := model_named(code, cls)) is not None:
                found.setdefault(cls, {})[name] = find(ws, name).relative_to(ws.path).as_posix()
    return found


def put_lent(workspace: Path, lent: Mapping[str, Mapping[str, str]], code: str, folder: Path) -> None:
    """Copy what a code takes into the folder of its run.

    Raises:
        BadInput: a teacher has no weights.
    """
    for cls, put in _PUT.items():
        if (name := model_named(code, cls)) is not None:
            put(workspace / lent[cls][name], folder)
