"""The private keys of a workspace: made on first use, kept in the system's keyring, never in a file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from engine import credentials
from engine.errors import LinesideError

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner, Key

VARIABLE = "LINESIDE_TRUST_KEYS"


class NoKeys(LinesideError):
    """There is no place for keys on this machine, or not the keys that are needed."""


def make_signer(workspace_id: str, which: int = 0) -> CryptoSigner:
    """A new ed25519 key, kept in the keyring; with LINESIDE_TRUST_KEYS set, one of those.

    Args:
        workspace_id: names it in the keyring.
        which: of LINESIDE_TRUST_KEYS: 0 is the first, -1 the last.

    Raises:
        NoKeys: this machine has no keyring.
    """
    if given := _given():
        return given[which]
    seed = os.urandom(32)
    signer = _signer(seed)
    url = _url(workspace_id, signer.public_key.keyid)
    if not credentials.keep(url, seed.hex()) or credentials.recall(url, VARIABLE) != seed.hex():
        raise NoKeys(
            "This machine has no keyring in which the private key could be kept, so artifacts are not signed. Set one up"
            f" (lineside doctor), or give keys made by “openssl rand -hex 32” in {VARIABLE}; then: lineside trust init",
            fix="lineside trust init",
        )
    return signer


def find_signer(workspace_id: str, key: Key) -> CryptoSigner | None:
    """The private part of a public key, if this machine has it for the workspace."""
    if given := _given():
        return next((signer for signer in given if signer.public_key.keyid == key.keyid), None)
    try:
        seed = bytes.fromhex(credentials.recall(_url(workspace_id, key.keyid), VARIABLE))
    except ValueError:
        return None
    signer = _signer(seed) if len(seed) == 32 else None
    return signer if signer and signer.public_key.keyval == key.keyval else None


def forget(workspace_id: str, keyid: str) -> None:
    """Take a key that no root names any longer out of the keyring."""
    credentials.forget(_url(workspace_id, keyid))


def public_key(document: dict[str, Any]) -> Key:
    """The public key of a document as `trust export --key` writes it.

    Raises:
        LinesideError: it is none.
    """
    from securesystemslib.signer import SSlibKey

    try:
        key = SSlibKey.from_dict("", dict(document))
        raw = bytes.fromhex(key.keyval["public"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise LinesideError(
            f"This is no public key ({error}); make one with: lineside trust export --key FILE"
        ) from error
    if (key.keytype, key.scheme, len(raw)) != ("ed25519", "ed25519", 32):
        raise LinesideError(f"The public key is {key.keytype}; only ed25519 keys are taken.")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return SSlibKey.from_crypto(Ed25519PublicKey.from_public_bytes(raw))


def _given() -> list[CryptoSigner]:
    seeds = [part.strip() for part in os.environ.get(VARIABLE, "").split(",") if part.strip()]
    try:
        return [_signer(bytes.fromhex(seed)) for seed in seeds]
    except ValueError as error:
        raise NoKeys(f"{VARIABLE} must be one or more keys of 64 hexadecimal digits, separated by commas.") from error


def _signer(seed: bytes) -> CryptoSigner:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from securesystemslib.signer import CryptoSigner

    return CryptoSigner(Ed25519PrivateKey.from_private_bytes(seed))


def _url(workspace_id: str, keyid: str) -> str:
    return f"trust://{workspace_id}/{keyid}"
