"""Pictures sorted by verdict into folders, each with what was said of it as JSON beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from engine.serving.pipeline.journal import Record
from engine.serving.pipeline.settings import TEXTS, setting
from engine.serving.pipeline.sinks import Image
from engine.serving.pipeline.verdicts import VERDICTS
from engine.serving.state import replace_file

_KNOWN = {b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg", b"BM": ".bmp", b"II*\0": ".tif", b"MM\0*": ".tif", b"RIFF": ".webp", b"GIF8": ".gif"}  # fmt: skip


@dataclass(frozen=True)
class ImageFolderSettings:
    """Settings of sorted pictures.

    Attributes:
        only: the verdicts whose pictures are kept.
    """

    name: str = setting(kind="name")
    folder: str = setting(kind="path")
    only: tuple[str, ...] = setting(VERDICTS, kind=TEXTS, one_of=VERDICTS)

    wants_images = True
    secret = ""

    def open(self, secret: str) -> ImageFolder:
        """Raises OSError where there is no such folder."""
        del secret
        return ImageFolder(self)


class ImageFolder:
    """FOLDER/VERDICT/NAME-ID.png and .json; the same record comes to the same files."""

    batch = 20

    def __init__(self, settings: ImageFolderSettings) -> None:
        self.folder = Path(settings.folder)
        if not self.folder.is_dir():
            raise FileNotFoundError(f"There is no folder {self.folder}.")

    def deliver(self, records: Sequence[Record], image: Image) -> int:
        """Write both files of each, whole or not at all."""
        for record in records:
            content = image(record)
            folder, name = self.folder / record.verdict, _name(record)
            if content:
                suffix = next((end for start, end in _KNOWN.items() if content.startswith(start)), ".bin")
                replace_file(folder / f"{name}{suffix}", content)
            replace_file(folder / f"{name}.json", json.dumps(record.told(), ensure_ascii=True, indent=1).encode())
        return 0

    def close(self) -> None:
        """Nothing is held."""


def _name(record: Record) -> str:
    """A file name of plain letters, however the picture was called."""
    stem = re.sub(r"[^\w.-]+", "_", PurePath(record.name.replace("\\", "/")).stem)[:80].strip(".") or "picture"
    return f"{stem.encode('utf-8', 'replace').decode()[:60]}-{record.id}"
