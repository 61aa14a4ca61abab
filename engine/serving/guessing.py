"""Who tries keys that are none waits longer each time; good clients behind the same address go on."""

from __future__ import annotations

import hashlib
import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable

from engine.serving.errors import Refused

FREE_TRIES = 5
LONGEST_S = 900.0
FORGOTTEN_S = 3600.0
MOST_ADDRESSES = 10_000


class Guesses:
    """Failed tries by address.

    After some tries each further one is answered only after 1 s, 2 s, 4 s … 15 min. While an address waits, only keys
    that were right from there within the last hour are looked at: of other keys it is not even told whether they are
    right, so that a thousand tries a second give nothing, and a client that works goes on working.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failed: OrderedDict[str, tuple[int, float, float]] = OrderedDict()  # tries, locked until, last try
        self._good: OrderedDict[tuple[str, bytes], float] = OrderedDict()  # (address, hash of the whole key), when

    def before(self, address: str, text: str) -> None:
        """Ask whether a try may be made.

        Raises:
            Refused: the address has to wait.
        """
        now, place = self._clock(), network(address)
        until = self._failed.get(place, (0, 0.0, 0.0))[1]
        if now < until and now - self._good.get((place, _digest(text)), -math.inf) > FORGOTTEN_S:
            wait = math.ceil(until - now)
            raise Refused(
                429,
                f"Too many wrong keys came from this address; try again in {wait} s.",
                (b"retry-after", b"%d" % wait),
            )

    def wrong(self, address: str) -> float:
        """Note a failed try; the seconds that the address has to wait now."""
        now, place = self._clock(), network(address)
        tries, _, last = self._failed.pop(place, (0, 0.0, now))
        tries = 1 if now - last > FORGOTTEN_S else tries + 1
        wait = min(2.0 ** (tries - FREE_TRIES), LONGEST_S) if tries >= FREE_TRIES else 0.0
        self._failed[place] = (tries, now + wait, now)
        _bound(self._failed)
        return wait

    def right(self, address: str, text: str) -> None:
        """Note that a key was right from this address."""
        place = network(address), _digest(text)
        self._good.pop(place, None)
        self._good[place] = self._clock()
        _bound(self._good)


def network(address: str) -> str:
    """What counts as one address: with IPv6 the /64 that one customer has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _bound(table: OrderedDict[str, tuple[int, float, float]] | OrderedDict[tuple[str, bytes], float]) -> None:
    while len(table) > MOST_ADDRESSES:
        table.popitem(last=False)
