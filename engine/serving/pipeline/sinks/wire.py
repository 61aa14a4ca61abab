"""Connections of sinks: opened in seconds or not at all, with TLS where it is asked for, read to the byte."""

from __future__ import annotations

import contextlib
import socket
import ssl

TIMEOUT_S = 10.0


class Stream:
    """A TCP connection to HOST[:PORT]. Everything raises OSError."""

    def __init__(self, address: str, port: int, tls: bool = False, ca: str = "") -> None:
        """`ca`: file of the certificates that are trusted; empty: the machine's."""
        host, given = split(address)
        self._socket = socket.create_connection((host, given or port), TIMEOUT_S)
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if tls:
                context = ssl.create_default_context(cafile=ca or None)
                self._socket = context.wrap_socket(self._socket, server_hostname=host)
        except BaseException:
            self._socket.close()
            raise

    def send(self, content: bytes) -> None:
        """All of it."""
        self._socket.sendall(content)

    def receive(self, size: int) -> bytes:
        """Just so many bytes."""
        found = b""
        while len(found) < size:
            more = self._socket.recv(size - len(found))
            if not more:
                raise ConnectionError("the other side closed the connection")
            found += more
        return found

    def close(self) -> None:
        """Close it."""
        with contextlib.suppress(OSError):
            self._socket.close()


def split(address: str) -> tuple[str, int]:
    """Host and port of HOST[:PORT] or [IPv6][:PORT]; 0 where there is no port."""
    if address.startswith("["):
        host, _, rest = address[1:].partition("]")
        return host, int(rest[1:] or 0)
    host, _, port = address.partition(":")
    return host, int(port or 0)
