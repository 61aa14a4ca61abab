"""API keys of the runtime: a file for each key below one folder, which is read again when it changes.

A key is `ls_<id>_<secret>`; the secret has 256 random bits, and only its salted SHA-256 is stored. A slow password hash
(scrypt, Argon2) defends guessable secrets; nobody can try 2²⁵⁶ random ones, whatever a try costs, so that a fast hash is
as safe here, and each request pays microseconds for it (NIST SP 800-63B, 5.1.1.2 on look-up secrets).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import math
import os
import re
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from engine.serving.errors import BadRequest, Refused
from engine.serving.state import replace_file

SCOPES = ("infer", "metrics", "feedback", "admin")
MOST_KEYS = 1000
MOST_FILE_BYTES = 16 << 10
_ID = re.compile(r"[a-z0-9]{4,32}")
_NOBODY = "0" * 64

log = logging.getLogger("lineside.serving")


@dataclass(frozen=True)
class Key:
    """What is kept of a key; times are epoch seconds, quotas of 0 are none."""

    id: str
    salt: str
    digest: str
    name: str = ""
    scopes: tuple[str, ...] = ("infer",)
    models: tuple[str, ...] = ("*",)  # patterns of model names
    per_second: float = 0
    per_day: int = 0
    created: float = 0
    expires: float | None = None
    revoked: float | None = None
    feedback: bool = True  # whether what it asks may be kept

    def fits(self, secret: str) -> bool:
        """Whether this is its secret, compared in constant time."""
        return hmac.compare_digest(_hash(self.salt, secret), self.digest)

    def may(self, scope: str) -> bool:
        """Whether it is for this kind of request."""
        return scope in self.scopes

    def serves(self, model: str) -> bool:
        """Whether it is for this model."""
        return any(fnmatchcase(model, pattern) for pattern in self.models)

    def state(self, now: float | None = None) -> str:
        """active, expired or revoked."""
        if self.revoked is not None:
            return "revoked"
        return "expired" if self.expires is not None and self.expires <= (now or time.time()) else "active"

    def to_json(self) -> dict[str, Any]:
        """What may be told of it: neither salt nor digest."""
        return {name: value for name, value in self.stored().items() if name not in ("salt", "digest")} | {
            "state": self.state()
        }

    def stored(self) -> dict[str, Any]:
        """As it lies on disk."""
        return asdict(self) | {"scopes": list(self.scopes), "models": list(self.models)}

    def content(self) -> bytes:
        """The file of the key."""
        return json.dumps(self.stored(), ensure_ascii=False, indent=1).encode()


def new_key(wanted: Mapping[str, Any] | None = None) -> tuple[Key, str]:
    """A new key and its whole text, which is told once.

    Args:
        wanted: name, scopes, models, per_second, per_day, expires (epoch seconds), feedback; each may be left out.

    Raises:
        BadRequest: one of them is unknown or has a value that cannot be.
    """
    wanted = dict(wanted or {})
    if unknown := set(wanted) - {"name", "scopes", "models", "per_second", "per_day", "expires", "feedback"}:
        raise BadRequest(f"A key has no “{min(map(str, unknown))[:40]}”.")
    secret, salt = secrets.token_urlsafe(32), secrets.token_hex(16)
    identity = "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz23456789") for _ in range(12))
    key = _checked({"id": identity, "salt": salt, "digest": _hash(salt, secret), "created": time.time(), **wanted})
    return key, f"ls_{key.id}_{secret}"


def split(text: str) -> tuple[str, str] | None:
    """Id and secret of a key's text; None where it is none."""
    prefix, _, rest = text.partition("_")
    identity, _, secret = rest.partition("_")
    return (identity, secret) if prefix == "ls" and _ID.fullmatch(identity) and 0 < len(secret) <= 128 else None


class KeyFolder:
    """The keys below a folder; where there is no such folder, no keys are asked for.

    A file that cannot be read stands for no key: it is named in the log, and the other keys go on.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.closed = False
        self._keys: dict[str, Key] = {}
        self._seen: dict[str, tuple[int, int, int]] = {}
        self._looked = -math.inf
        self._lock = threading.Lock()
        self.refresh()

    def refresh(self, every: float = 0.5) -> None:
        """Look at the folder when the last look is longer ago."""
        if self.folder is None or time.monotonic() - self._looked < every:
            return
        with self._lock:
            self._looked = time.monotonic()
            self._read(self.folder)

    def find(self, identity: str) -> Key | None:
        """A key by id."""
        return self._keys.get(identity)

    def all(self) -> list[Key]:
        """All keys, oldest first."""
        return sorted(self._keys.values(), key=lambda key: (key.created, key.id))

    def check(self, identity: str, secret: str) -> Key | None:
        """The key with this id and secret; an unknown id takes as long as a wrong secret."""
        key = self.find(identity) or Key(identity, "", _NOBODY)
        return key if key.fits(secret) and key.salt else None

    def add(self, key: Key) -> None:
        """Keep a key; it is valid at once.

        Raises:
            Refused: there are too many, or the disk does not take it.
        """
        with self._lock:
            if len(self._keys) >= MOST_KEYS:
                self._forget_oldest_ended()
            self._write(key)

    def revoke(self, identity: str) -> Key:
        """End a key at once; what is known of it stays.

        Raises:
            Refused: there is none of this id.
        """
        with self._lock:
            key = self.find(identity)
            if key is None:
                raise Refused(404, f"There is no key “{identity[:40]}”; GET /v2/admin/keys lists them.")
            if key.revoked is None:
                key = Key(**{**vars(key), "revoked": time.time()})
                self._write(key)
            return key

    def _write(self, key: Key) -> None:
        assert self.folder is not None
        path = self.folder / f"{key.id}.json"
        try:
            replace_file(path, key.content())
            self._seen[path.name] = _signature(path)
        except OSError as error:
            raise Refused(507, f"The key cannot be kept ({error.strerror or error}); nothing was changed.") from error
        self._keys = {**self._keys, key.id: key}

    def _forget_oldest_ended(self) -> None:
        assert self.folder is not None
        ended = next((key for key in self.all() if key.state() != "active"), None)
        if ended is None:
            raise Refused(409, f"There are {MOST_KEYS} keys already; revoke those that nobody uses.")
        (self.folder / f"{ended.id}.json").unlink(missing_ok=True)
        self._keys = {identity: key for identity, key in self._keys.items() if identity != ended.id}

    def _read(self, folder: Path) -> None:
        try:
            found = {entry.name: _signature(entry) for entry in os.scandir(folder) if entry.name.endswith(".json")}
        except FileNotFoundError:
            if self.closed:  # a folder that was there and is gone must not open the door
                self._keys, self._seen = {}, {}
            return
        except OSError as error:
            if not self.closed:
                log.error("The folder of keys cannot be read (%s); nobody is let in.", error.strerror)
            self.closed = True
            return
        self.closed = True
        if found == self._seen:
            return
        keys = {}
        for name, signature in sorted(found.items())[:MOST_KEYS]:
            key = self._keys.get(name.removesuffix(".json"))
            if key is None or self._seen.get(name) != signature:
                key = _load(folder / name)
            if key is not None:
                keys[key.id] = key
        self._keys, self._seen = keys, found


def _signature(entry: os.DirEntry[str] | Path) -> tuple[int, int, int]:
    status = entry.stat()
    return status.st_mtime_ns, status.st_ino, status.st_size


def _load(path: Path) -> Key | None:
    try:
        if path.stat().st_size > MOST_FILE_BYTES:
            raise ValueError("it is too large")
        key = _checked(json.loads(path.read_text("utf-8")))
        if f"{key.id}.json" != path.name:
            raise ValueError("it holds another key than its name says")
    except (OSError, ValueError, RecursionError, BadRequest) as error:
        log.error("The key file %s is not used: %s", path.name, error)
        return None
    return key


def _checked(values: Any) -> Key:
    """A key of JSON values.

    Raises:
        BadRequest: one of them cannot be.
    """
    if not isinstance(values, dict):
        raise BadRequest("A key is a JSON object.")
    known = {item.name for item in fields(Key)}
    given: dict[str, Any] = {
        name: tuple(v) if isinstance(v, list) else v for name, v in values.items() if name in known
    }
    for name in ("salt", "digest", "id", "name"):
        if not isinstance(given.get(name, ""), str) or len(given.get(name, "")) > 128:
            raise BadRequest(f"“{name}” of a key is a text of at most 128 letters.")
    if not _ID.fullmatch(given.get("id", "")):
        raise BadRequest("“id” of a key has 4 to 32 small letters and digits.")
    if any(ord(letter) < 32 for letter in given.get("name", "")):
        raise BadRequest("“name” of a key is one line.")
    for name, most in (("scopes", len(SCOPES)), ("models", 64)):
        entries = given.get(name, ("*",))
        texts = isinstance(entries, tuple) and all(isinstance(one, str) and 0 < len(one) <= 128 for one in entries)
        if not texts or not 1 <= len(entries) <= most:
            raise BadRequest(f"“{name}” of a key is a list of 1 to {most} texts.")
    if unknown := set(given.get("scopes", ())) - set(SCOPES):
        raise BadRequest(f"There is no scope “{min(unknown)}”; there are {', '.join(SCOPES)}.")
    if not isinstance(given.get("feedback", True), bool):
        raise BadRequest("“feedback” of a key is true or false.")
    for name in ("per_second", "per_day", "created", "expires", "revoked"):
        if name in given:
            _check_number(name, given[name])
    return Key(**given)


def _check_number(name: str, value: Any) -> None:
    if value is None and name in ("expires", "revoked"):
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1e12:
        raise BadRequest(f"“{name}” of a key is a number of at least 0.")


def _hash(salt: str, secret: str) -> str:
    return hashlib.sha256(f"{salt}:{secret}".encode()).hexdigest()
