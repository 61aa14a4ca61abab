"""What readers of formats with many pictures in a file have in common: what was found, and what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from engine.data.importers.base import BAD_CONTENT, Labels, Picture, Problem, Reading, Shapes, Source
from engine.data.importers.text import clean_text
from engine.errors import BadInput


def reason_of(error: Exception) -> str:
    """Why content cannot be read, in words."""
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


class FileReader:
    """Collects what all files of a source say together; a picture is known by its name."""

    format = ""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.labels, self.shapes = Labels(), Shapes()
        self.pictures: list[Picture] = []
        self.index: dict[str, int] = {}

    def problem(self, what: object, reason: str) -> None:
        """Note what could not be read."""
        self.source.problems.append(Problem(clean_text(str(what)), reason))

    def each(self, files: Mapping[str, Path], add: Callable[[str, Path], object]) -> None:
        """Read all files; one that cannot be read costs only itself."""
        for name, path in files.items():
            self.source.progress(0.0, f"Reading {name}")
            try:
                add(name, path)
            except BadInput as error:
                self.problem(name, str(error))
            except BAD_CONTENT as error:
                self.problem(name, f"cannot be read: {reason_of(error)}")

    def picture(self, image: str, path: str, split: str | None, *more: Any, **fields: Any) -> int:
        """The place of a picture, which is added when it is new."""
        if image not in self.index:
            self.index[image] = len(self.pictures)
            self.pictures.append(Picture(path, image, split, *more, **fields))
        return self.index[image]

    def reading(self, **fields: Any) -> Reading:
        """All that was found.

        Raises:
            BadInput: there is no picture.
        """
        if not self.pictures:
            problems = self.source.problems
            reason = problems[0].reason if problems else f"there is no {self.format} file"
            raise BadInput(f"No image of the {self.format} annotations in {self.source.path} could be found: {reason}.")
        return Reading(self.pictures, self.labels.specs, self.shapes.table(), self.source.problems, **fields)
