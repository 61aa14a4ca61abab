"""What boxes say they did with a stick: read back, and believed only if the box's key signed it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.agent.index import RECEIPTS
from engine.agent.receipt import MOST_BYTES, box_id, message

RESULTS = ("running", "failed", "refused")


@dataclass(frozen=True)
class Receipt:
    """A receipt whose signature is the box's own; `body` is what engine.agent.apply wrote."""

    body: Mapping[str, Any]

    @property
    def key(self) -> str:
        """Of the release."""
        return str(self.body["key"])

    @property
    def digest(self) -> str:
        """Of the image."""
        return str(self.body["digest"])

    @property
    def box(self) -> str:
        """The box's id."""
        return str(self.body["box"])

    @property
    def result(self) -> str:
        """running, failed or refused."""
        return str(self.body["result"])

    @property
    def message(self) -> str:
        """Why not, in a sentence."""
        return str(self.body.get("message", ""))

    @property
    def mode(self) -> str:
        """How it runs."""
        return str(self.body.get("mode", ""))

    @property
    def endpoint(self) -> str:
        """As seen on the box."""
        return str(self.body.get("endpoint", ""))

    @property
    def at(self) -> int:
        """When, by the box's clock (epoch seconds)."""
        at = self.body.get("at", 0)
        return at if isinstance(at, int) else 0


def read_receipts(folder: Path) -> tuple[list[Receipt], list[str]]:
    """The receipts of a stick in the order of their boxes' clocks, and sentences about files that are none."""
    found, problems = [], []
    for path in sorted((folder / RECEIPTS).glob("*.json")):
        try:
            found.append(_read(path))
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            problems.append(
                f"{path} is no receipt that a box signed ({error or type(error).__name__}); it is left out."
            )
    return sorted(found, key=lambda receipt: receipt.at), problems


def _read(path: Path) -> Receipt:
    if path.is_symlink() or path.stat().st_size > MOST_BYTES:
        raise ValueError("it is a link or too large")
    return verified(json.loads(path.read_bytes()))


def verified(document: Any) -> Receipt:
    """A receipt as it was signed.

    Raises:
        ValueError, KeyError, TypeError: it is none, or another wrote it.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    body, public = document["body"], bytes.fromhex(document["key"])
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(bytes.fromhex(document["signature"]), message(body))
    except InvalidSignature as error:
        raise ValueError("its signature is wrong") from error
    if body["box"] != box_id(public) or body["result"] not in RESULTS:
        raise ValueError("it speaks for another box")
    return Receipt({**body, "key": str(body["key"]), "digest": str(body["digest"])})
