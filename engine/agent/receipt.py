"""What a box did with a release, signed with the box's own ed25519 key."""

from __future__ import annotations

import ctypes
import functools
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.agent.errors import Refused
from engine.agent.files import write_whole

LIBRARY = "libcrypto.so.3"
MOST_BYTES = 64 << 10
_ED25519 = 1087  # EVP_PKEY_ED25519 of openssl/evp.h
_DOMAIN = b"lineside receipt 1\n"


@dataclass(frozen=True)
class Identity:
    """A box: its secret (32 bytes) and the public key that goes with it."""

    secret: bytes
    public: bytes

    @property
    def box(self) -> str:
        """The box's id."""
        return box_id(self.public)


def box_id(public: bytes) -> str:
    """Names a box by its public key."""
    return hashlib.sha256(public).hexdigest()[:16]


def identity(folder: Path) -> Identity:
    """The box's own key, made when it is first asked for."""
    path = folder / "key"
    try:
        secret = bytes.fromhex(path.read_text("ascii").strip())
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
        secret = os.urandom(32)
        write_whole(path, secret.hex().encode() + b"\n", 0o600)
    if len(secret) != 32:
        raise Refused(f"{path} is damaged; remove it, and the box gets a new key that the workbench has to accept.")
    return Identity(secret, _public(secret))


def signed(body: Mapping[str, Any], who: Identity) -> dict[str, Any]:
    """A receipt: what happened, the box's public key, and its signature."""
    return {"body": dict(body), "key": who.public.hex(), "signature": _sign(message(body), who.secret).hex()}


def message(body: Mapping[str, Any]) -> bytes:
    """The bytes that are signed."""
    return _DOMAIN + json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


@functools.cache
def _crypto() -> Any:
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError as error:
        raise Refused(f"This box has no {LIBRARY}; install the agent again: sh install.sh") from error
    library.EVP_PKEY_new_raw_private_key.restype = ctypes.c_void_p
    library.EVP_MD_CTX_new.restype = ctypes.c_void_p
    return library


def _private(secret: bytes) -> ctypes.c_void_p:
    return ctypes.c_void_p(_crypto().EVP_PKEY_new_raw_private_key(_ED25519, None, secret, ctypes.c_size_t(len(secret))))


def _public(secret: bytes) -> bytes:
    key, room, size = _private(secret), ctypes.create_string_buffer(32), ctypes.c_size_t(32)
    try:
        _must(_crypto().EVP_PKEY_get_raw_public_key(key, room, ctypes.byref(size)))
    finally:
        _crypto().EVP_PKEY_free(key)
    return room.raw


def _sign(content: bytes, secret: bytes) -> bytes:
    key, room, size = _private(secret), ctypes.create_string_buffer(64), ctypes.c_size_t(64)
    context = ctypes.c_void_p(_crypto().EVP_MD_CTX_new())
    try:
        _must(_crypto().EVP_DigestSignInit(context, None, None, None, key))
        _must(_crypto().EVP_DigestSign(context, room, ctypes.byref(size), content, ctypes.c_size_t(len(content))))
    finally:
        _crypto().EVP_MD_CTX_free(context)
        _crypto().EVP_PKEY_free(key)
    return room.raw


def _must(code: int) -> None:
    if code != 1:
        raise Refused(f"{LIBRARY} cannot sign with ed25519; install the agent again: sh install.sh")
