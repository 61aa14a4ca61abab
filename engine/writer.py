"""The number with which this copy of a workspace marks what it writes: no two copies share one.

Ids of annotations, comments and edits are number × 2⁴⁰ + n, so that the work of several laptops can be put together. A copied
folder would go on giving the ids of its original; therefore the number belongs to a place (this machine, this path, this
folder), and a folder that finds itself elsewhere takes a fresh one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

FILE = "writer.json"
BITS = 23  # of the number; with the 40 bits below it an id stays a positive BIGINT
SHIFT = 40


@dataclass(frozen=True)
class Writer:
    """Who writes here: the number now, and those that this workspace had before."""

    number: int
    former: tuple[int, ...] = ()

    @property
    def floor(self) -> int:
        """Ids of this writer lie above it."""
        return self.number << SHIFT

    def wrote(self, ident: int) -> bool:
        """Whether an annotation or edit was made in this workspace, now or under a former number."""
        return (ident >> SHIFT) in (self.number, *self.former)


def claim(folder: Path, *, renew: bool = False) -> Writer:
    """The writer of the workspace in `folder`; a fresh one where it was copied or moved to another place.

    Only the owner of the workspace may ask. `renew` takes a fresh number in any case: after a backup was restored, numbers
    that were given since it was made may be known elsewhere.
    """
    file, place = folder / FILE, _place(folder)
    number, known, former = _read(file)
    if number and known == place and not renew:
        return Writer(number, former)
    former = tuple(dict.fromkeys((*former, number))) if number else ()
    fresh = Writer(secrets.randbelow((1 << BITS) - 1) + 1, former)
    _write(file, {"number": fresh.number, "place": place, "former": list(fresh.former)})
    return fresh


def _read(file: Path) -> tuple[int, str, tuple[int, ...]]:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        values = json.loads(file.read_text("utf-8"))
        number = int(values["number"])
        if 0 < number < 1 << BITS:
            return number, str(values["place"]), tuple(int(old) for old in values.get("former", ()))
    return 0, "", ()


def _write(file: Path, values: dict[str, object]) -> None:
    from engine.workspace import write_atomically

    write_atomically(file, json.dumps(values).encode())


def _place(folder: Path) -> str:
    """The folder and this machine as a digest, which tells nothing about either."""
    resolved = folder.resolve()
    status = resolved.stat()
    text = f"{_machine()}\n{resolved}\n{status.st_dev if sys.platform == 'win32' else ''}\n{status.st_ino}"
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _machine() -> str:
    if sys.platform == "win32":
        import winreg

        with (
            contextlib.suppress(OSError),
            winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Microsoft\Cryptography") as key,
        ):
            return str(winreg.QueryValueEx(key, "MachineGuid")[0])
    for path in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        with contextlib.suppress(OSError):
            found = Path(path).read_text("ascii", "replace").strip()
            if found:
                return found
    return f"{uuid.getnode():x}"
