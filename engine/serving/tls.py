"""TLS of the runtime: at least 1.2, with a certificate that is read again when its file changes."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path

from engine.serving.errors import ServingError

log = logging.getLogger("lineside.serving")


class Certificate:
    """A certificate and its key in two files (PEM), and the context that shows it.

    Raises:
        ServingError: they are missing, damaged, or do not fit each other.
    """

    def __init__(self, certificate: Path, key: Path) -> None:
        self.files = (certificate, key)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
        self._seen = self._signature()
        if problem := self._load(self.context):
            raise ServingError(f"TLS cannot start: {problem}")

    def refresh(self) -> None:
        """Show new connections the new certificate once it is whole; until then the old one stays."""
        signature = self._signature()
        if signature == self._seen:
            return
        self._seen = signature
        problem = self._load(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)) or self._load(self.context)
        if problem:
            log.error("The new certificate is not used: %s", problem)
        else:
            log.info("The new certificate of %s is in use.", self.files[0].name)

    def _load(self, context: ssl.SSLContext) -> str:
        try:
            context.load_cert_chain(*self.files, password=_no_password)
        except FileNotFoundError:
            return f"{self.files[0]} or {self.files[1]} is not there."
        except (OSError, ValueError) as error:
            return (
                f"{self.files[0].name} and {self.files[1].name} do not fit ({getattr(error, 'reason', None) or error})."
            )
        return ""

    def _signature(self) -> list[tuple[int, int, int]]:
        return [(s.st_mtime_ns, s.st_ino, s.st_size) for s in (f.stat() for f in self.files if f.exists())]


def _no_password() -> str:
    """A key with a password would have OpenSSL ask on the terminal."""
    raise ValueError("the key has a password; write it without one")
