"""Objects followed as they change: list once, then hear what happens, as the API's own clients do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from connectors.kubernetes.api import Api, Gone, Kind, Object

AT_A_TIME_S = 2  # after which the server ends a watch, and whoever waits has a say


def followed(
    api: Api, kind: Kind, labels: str, seconds: float, tick: Callable[[], None], *, at_a_time: int = AT_A_TIME_S
) -> Iterator[dict[str, Object]]:
    """All objects with these labels by name: as they are now, then after each change and each pause, for so long.

    A watch that ends goes on where it was; where the server has forgotten that (410 Gone), everything is listed again.
    """
    end, version, now = time.monotonic() + seconds, "", dict[str, Object]()
    while time.monotonic() < end:
        tick()
        try:
            if not version:
                listed = api.list(kind, labels)
                version = str(listed["metadata"].get("resourceVersion", ""))
                now = {one["metadata"]["name"]: one for one in listed["items"]}
            yield now
            for what, item in api.events(kind, version, at_a_time, {"labelSelector": labels}):
                version = str(item["metadata"].get("resourceVersion") or version)
                if what != "BOOKMARK":
                    now = _changed(now, what, item)
                    yield now
        except Gone:
            version = ""


def _changed(now: dict[str, Object], what: str, item: Object) -> dict[str, Object]:
    name = item["metadata"]["name"]
    others = {key: one for key, one in now.items() if key != name}
    return others if what == "DELETED" else {**others, name: item}
