"""Which ports of a box answer this machine without a tunnel."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

MOST = 32  # of the ports that a box names; to knock at all of what a stranger says would be a port scan
PATIENCE_S = 0.7


def reachable(host: str, ports: Sequence[int]) -> tuple[int, ...]:
    """Those at which a connection is taken from here."""
    asked = ports[:MOST]
    if not asked:
        return ()
    with ThreadPoolExecutor(len(asked)) as pool:
        return tuple(
            port for port, open_ in zip(asked, pool.map(lambda port: _answers(host, port), asked), strict=True) if open_
        )


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), PATIENCE_S).close()
    except OSError:
        return False
    return True
