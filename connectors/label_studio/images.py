"""The pictures of items on the way to the server: uploaded, or put into a folder that the server shows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, unquote, urlsplit

from connectors.label_studio.server import Server
from connectors.label_studio.sides import Item
from engine.data.exchange import Link
from engine.data.exporters.base import ExportItem, Files
from engine.data.importers.base import clean_text
from engine.errors import BadInput

if TYPE_CHECKING:
    from engine.workspace import Workspace

MOST = 32 << 20  # bytes in one request
KNOWN = {"jpeg": "jpg", "tiff": "tif"}


def image_name(reference: str, data: bytes) -> str:
    """A plain file name for a fetched picture, with the suffix of what it is."""
    from engine.data.images import SUFFIXES, BadImage, probe_bytes

    parts = urlsplit(reference)
    place = parse_qs(parts.query).get("d", [unquote(parts.path)])[0]
    name = re.sub(r"[^\w.-]+", "_", clean_text(place).rsplit("/", 1)[-1])[-80:].lstrip(".") or "image"
    if Path(name).suffix.lower() in SUFFIXES:
        return name
    try:
        return f"{name}.{KNOWN.get(kind := probe_bytes(data).format.lower(), kind)}"
    except BadImage:
        return f"{name}.png"  # the import says what is wrong with it


class Images:
    """Puts pictures where the server finds them, under the key of their item."""

    def __init__(self, ws: Workspace, server: Server, link: Link) -> None:
        self.ws, self.server, self.link = ws, server, link
        self._served = False

    def put(self, items: Sequence[Item]) -> tuple[dict[int, str], dict[int, str]]:
        """What each item's task is to name as its picture, and why some have none."""
        if self.link.images == "upload":
            return self._upload(items)
        here, _, there = self.link.images.partition("=")
        folder = Path(here).expanduser().absolute()
        there = (there or str(folder)).rstrip("/")
        if not self._served:
            self.server.serve(self.link.project, there, f"Lineside {self.link.name}")
            self._served = True
        places, refused = {}, {}
        for item in items:
            try:
                path = self._write(item, folder)
                places[item.id] = f"/data/local-files/?d={quote(f'{there}/{path.name}'.lstrip('/'))}"
            except OSError as error:
                refused[item.id] = f"its picture cannot be put into {folder}: {error.strerror or error}"
        return places, refused

    def _upload(self, items: Sequence[Item]) -> tuple[dict[int, str], dict[int, str]]:
        places: dict[int, str] = {}
        refused: dict[int, str] = {}
        waiting: dict[str, bytes] = {}
        owners: dict[str, int] = {}

        def send() -> None:
            if waiting:
                found = self.server.upload(self.link.project, waiting)
                places.update({owners[name]: place for name, place in found.items()})
                waiting.clear()

        with TemporaryDirectory(prefix="lineside-studio-") as folder:
            for item in items:
                try:
                    path = self._write(item, Path(folder))
                except (OSError, BadInput) as error:
                    refused[item.id] = f"its picture cannot be read: {error}"
                    continue
                waiting[path.name] = path.read_bytes()
                owners[path.name] = item.id
                if sum(map(len, waiting.values())) > MOST:
                    send()
            send()
        return places, refused

    def _write(self, item: Item, folder: Path) -> Path:
        """The picture as a file of its own; a page of a file of several as PNG."""
        from engine.data.items import linked_path

        source = Path(linked_path(item.link)) if item.link else self.ws.media.path(item.digest)
        suffix = "png" if item.pages else item.name.rsplit(".", 1)[-1].lower() if "." in item.name else "png"
        name = f"{item.key:016x}.{suffix if suffix.isalnum() else 'png'}"
        target = folder / name
        if not target.exists():
            entry = ExportItem(str(source), name, item.page, item.pages, item.width, item.height, None, None, {}, ())
            Files(folder).put(entry, name)
        return target
