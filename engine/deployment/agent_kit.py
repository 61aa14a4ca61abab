"""What a bare box needs before it can apply a stick: a Python of its own, the agent, and the script that installs both."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import io
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

from engine import errors
from engine.agent import box
from engine.agent.trust import roots
from engine.deployment.image import Image
from engine.errors import BadInput
from engine.packaging.layers import Entry, digest_of_file, folder_entries, write_layer
from engine.workspace import write_atomically

FOLDER = "agent"
LIBRARIES = ("tuf", "securesystemslib")  # of the agent's own; both are pure Python where they are used here
PYTHON = "usr/bin/python3.11"


def write_agent(folder: Path, image: Image, trust: Path | None = None) -> int:
    """Put the agent onto a stick, with the image's base layer as its Python; bytes written now.

    Args:
        folder: of the bundle.
        image: of the platform that the agent is for.
        trust: folder of signed metadata; the box then trusts its root from the first day on.

    Raises:
        BadInput: the image's lowest layer holds no Python.
    """
    place = folder / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    base = image.path(image.layers[0])
    if not _has_python(base):
        raise BadInput(
            f"The lowest layer of {image.name or image.digest[:19]} has no {PYTHON} for the agent; use --no-agent."
        )
    code = place / ".code.part"
    write_layer(code, _code())
    files = {f"{_short(base)}-base.gz": base, f"{_short(code)}-code.gz": code}
    version = hashlib.sha256("".join(files).encode()).hexdigest()[:12]
    written = 0
    for name, source in files.items():
        target = place / name
        if not target.is_file() or digest_of_file(target) != digest_of_file(source):
            part = target.with_name(target.name + ".part")
            shutil.copyfile(source, part)
            part.replace(target)
            written += target.stat().st_size
    code.unlink()
    if trust is not None and (found := [*roots(trust)]):
        files["root.json"] = found[-1]
        write_atomically(place / "root.json", found[-1].read_bytes())
    sums = "".join(f"{digest_of_file(place / name).removeprefix('sha256:')}  {name}\n" for name in files)
    script = (Path(__file__).parent / "install.sh").read_text("utf-8")
    base_name, code_name = list(files)[:2]
    for mark, value in (
        ("@VERSION@", version),
        ("@BASE@", base_name),
        ("@CODE@", code_name),
        ("@PLATFORM@", image.platform),
    ):
        script = script.replace(mark, value)
    for path, content in ((place / "SHA256SUMS", sums), (folder / "install.sh", script)):
        write_atomically(path, content.encode())
    for old in place.iterdir():
        if old.name not in (*files, "SHA256SUMS"):
            old.unlink()
    return written


@functools.cache
def agent_archive() -> bytes:
    """A zip of the agent's own modules, the same for the same modules; Python runs it as it is."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for entry in _modules():
            content = entry.content.read_bytes() if isinstance(entry.content, Path) else entry.content or b""
            archive.writestr(zipfile.ZipInfo(entry.path), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _short(path: Path) -> str:
    return digest_of_file(path).removeprefix("sha256:")[:12]


def _has_python(layer: Path) -> bool:
    import tarfile

    with tarfile.open(layer) as tar:
        return any(member.name.removeprefix("./") == PYTHON for member in tar)


def _code() -> Iterator[Entry]:
    """The agent and its libraries as they lie on a box; sources only, since the box's Python compiles nothing it keeps."""
    yield from _modules()
    for name in LIBRARIES:
        found = importlib.util.find_spec(name)
        for root in (found.submodule_search_locations or []) if found else []:
            yield from (entry for entry in folder_entries(Path(root), name) if "__pycache__" not in entry.path)


def _modules() -> Iterator[Entry]:
    yield Entry("engine/__init__.py", b"")
    yield Entry("engine/errors.py", Path(errors.__file__))
    for entry in folder_entries(Path(box.__file__).parent, "engine/agent"):
        if entry.path.endswith((".py", ".sh")):
            yield entry
