"""Writing a workspace, or one of its versions, in another program's format."""

from __future__ import annotations

import errno
import shutil
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.data.exporters import exporter
from engine.data.exporters.base import Files, Losses, load
from engine.errors import BadInput, UsageError, WorkspaceError

if TYPE_CHECKING:
    from engine.workspace import Workspace


@dataclass
class ExportReport:
    """What an export wrote: items, annotations, and what the format could not say, in words."""

    path: Path
    written: int = 0
    annotations: int = 0
    not_expressible: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        return {"path": str(self.path), "written": self.written, "annotations": self.annotations,
                "not_expressible": self.not_expressible}  # fmt: skip


def export_data(
    ws: Workspace,
    out: Path | str,
    format: str,
    version: str | int | None = None,
    progress: Callable[[float, str], None] | None = None,
    images: bool = True,
) -> ExportReport:
    """Write items and annotations into a new folder, or a zip archive when `out` ends in .zip.

    Annotations that a model made are left out. The export is written beside its place and renamed when it is whole.

    Args:
        format: one of `exporters.NAMES`.
        version: a version's name or number; None: the workspace as it is now.
        images: whether the image files are written too.

    Raises:
        BadInput: the place is taken, or there is nothing to export.
        UsageError: no such format or version.
    """
    out = Path(out).expanduser().absolute()
    chosen = exporter(format)
    archive = out.suffix.lower() == ".zip"
    if out.exists() and (archive or not out.is_dir() or any(out.iterdir())):
        raise BadInput(f"{out} exists already and is not an empty folder; choose another place.")
    losses = Losses()
    dump = load(ws, version, losses)
    if not dump.items:
        raise BadInput("There are no items to export; import some first.")
    partial = out.with_name(f".{out.name}.{uuid.uuid4().hex[:8]}.part")
    tell = progress or (lambda *_: None)
    try:
        partial.mkdir(parents=True)
        chosen.write(dump, partial, Files(partial, images, tell, len(dump.items)), losses)
        if archive:
            tell(0.95, "Packing")
            _pack(partial, out)
        else:
            if out.exists():
                out.rmdir()
            partial.replace(out)
    except OSError as error:
        what = "the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else error.strerror or str(error)
        raise WorkspaceError(f"The export to {out} failed: {what}; nothing was left there.") from error
    except UnicodeEncodeError as error:
        raise UsageError(f"The export to {out} failed: a name cannot be written in this format ({error}).") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    tell(1.0, "Done")
    return ExportReport(out, len(dump.items), sum(len(item.annotations) for item in dump.items), losses.lines())


def _pack(folder: Path, archive: Path) -> None:
    """All files of a folder as a zip archive; images are packed as they are, texts are compressed."""
    partial = archive.with_name(f".{archive.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        with zipfile.ZipFile(partial, "w") as opened:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    text = path.suffix.lower() in (".json", ".xml", ".txt", ".csv", ".yaml", ".bmp", ".tif", ".tiff")
                    method = zipfile.ZIP_DEFLATED if text else zipfile.ZIP_STORED
                    opened.write(path, path.relative_to(folder).as_posix(), method)
        partial.replace(archive)
    finally:
        partial.unlink(missing_ok=True)
