"""Where an item's image file is, and whether files that are only referred to are still what they were."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.changes import Changes, changed
from engine.errors import UsageError

if TYPE_CHECKING:
    from engine.workspace import Workspace


@dataclass(frozen=True)
class ItemImage:
    """What is needed to show an item: the file, its page, and the size in px as shown."""

    id: int
    path: Path
    page: int
    width: int
    height: int
    digest: str
    name: str


def item_image(ws: Workspace, item: int) -> ItemImage:
    """Where one item's picture is.

    Raises:
        UsageError: there is no such item.
    """
    found = item_images(ws, [item])
    if not found:
        raise UsageError(f"There is no item {item}.")
    return found[0]


def item_images(ws: Workspace, items: list[int]) -> list[ItemImage]:
    """Where the pictures of several items are, in the given order; unknown ids are left out."""
    rows = ws.query(
        "SELECT id, digest, page, width, height, name, link FROM item WHERE id IN (SELECT unnest(?::BIGINT[]))", [items]
    )
    found = {
        row[0]: ItemImage(
            row[0], linked_path(row[6]) if row[6] else ws.media.path(row[1]), row[2], row[3], row[4], row[1], row[5]
        )
        for row in rows
    }
    return [found[item] for item in items if item in found]


def thumbnail(ws: Workspace, item: int | ItemImage, size: int = 192) -> bytes:
    """A small JPEG of an item, cached in the workspace; may be called from any thread.

    Raises:
        BadImage: the file cannot be decoded, or is gone.
    """
    from engine.data.images import thumbnail as make

    image = item if isinstance(item, ItemImage) else item_image(ws, item)
    return make(image.path, image.page, size, ws.path / "cache" / "thumbs", image.digest)


def linked_path(link: str) -> Path:
    """The file that the column `link` of an item refers to."""
    values = json.loads(link)
    return Path(os.fsdecode(bytes.fromhex(values["bytes"])) if "bytes" in values else values["path"])


def check_links(ws: Workspace) -> Changes:
    """Look whether the files that items refer to in place are as they were; note on the items what is not.

    A file whose size or time changed is read again: only another content counts as changed.
    """
    from engine.data.media import digest_of

    found: dict[int, str | None] = {}
    for item, digest, link, problem in ws.query("SELECT id, digest, link, problem FROM item WHERE link IS NOT NULL"):
        values, path = json.loads(link), linked_path(link)
        now: str | None = None
        try:
            status = path.stat()
            if (status.st_size, status.st_mtime_ns) != (values["size"], values["mtime"]) and digest_of(path) != digest:
                now = "the linked file was changed"
        except OSError:
            now = "the linked file is gone"
        ours = problem in ("the linked file was changed", "the linked file is gone")
        if now != problem and (now is not None or ours):
            found[item] = now
    if not found:
        return Changes()
    with ws.transaction("Check linked files") as tx:
        for item, problem in found.items():
            tx.execute("UPDATE item SET problem = ? WHERE id = ?", [problem, item])
    return changed(items=found)
