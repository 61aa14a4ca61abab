"""The gateway of a cluster: an HTTPRoute of the Gateway API, steered as HAProxy is on a box."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from connectors.kubernetes.api import ROUTES, Api, Object
from connectors.kubernetes.manifests import App, route
from connectors.kubernetes.settings import Settings
from engine.agent.control import Control
from engine.agent.gateway import Gateway, Slot
from engine.deployment import counts
from engine.errors import TargetError, UsageError

KEPT = "lineside/gateway"
TAKEN_S = 15.0  # in which a controller takes a route
SETTLE_S = 1.0  # in which a change of weights reaches all of its proxies


class RouteControl(Control):
    """Splits requests by the weights of an HTTPRoute; what is wanted is kept in the route itself."""

    def __init__(
        self, api: Api, app: App, settings: Settings, apply: Callable[[Object], Object], metrics: Callable[[str], str]
    ) -> None:  # fmt: skip
        self._api, self._app, self._settings = api, app, settings
        self._apply, self._metrics = apply, metrics

    def read(self) -> Gateway | None:
        """The gateway as it should be; None where there is no route yet."""
        found = self._api.get(ROUTES, self._app.name)
        text = ((found or {}).get("metadata", {}).get("annotations") or {}).get(KEPT)
        return Gateway.from_json(json.loads(text)) if text else None

    def model(self) -> Gateway:
        """Likewise; a new one is empty."""
        listen = self._settings.hostname or f"{self._app.name}.{self._app.namespace}.svc"
        return self.read() or Gateway(80, listen)

    def set(self, gateway: Gateway) -> None:
        """Make it so, and see that a controller took it."""
        if gateway.keys:
            raise UsageError(
                "A cluster's Gateway cannot tell API keys apart; roll out with --canary, --mirror or --header."
            )
        weights = {_service(slot): slot.weight for slot in gateway.slots.values() if slot.release}
        headers = {rule: _service(gateway.slots[slot]) for rule, slot in gateway.headers.items()}
        if weights:
            wanted = route(self._app, self._settings, weights, headers, json.dumps(gateway.to_json()))
            self._taken(self._apply(wanted))

    def drained(self, release: str, seconds: float) -> bool:
        """Nobody counts a cluster's requests; a release says when it ends that it finishes those that it has."""
        del release
        time.sleep(min(seconds, SETTLE_S))
        return True

    def statistics(self) -> dict[str, dict[str, int]]:
        """What the releases themselves have counted."""
        return {name: self._counted(slot) for name, slot in self.model().slots.items()}

    def _counted(self, slot: Slot) -> dict[str, int]:
        found = counts.read(self._metrics(_service(slot))) if slot.release else None
        return {"hrsp_2xx": int(found.requests - found.failed), "hrsp_5xx": int(found.failed)} if found else {}

    def _taken(self, item: Object) -> None:
        """Wait until a controller says what it thinks of this generation of the route.

        Raises:
            TargetError: it does not take it, or there is none.
        """
        generation, end = item["metadata"].get("generation", 0), time.monotonic() + TAKEN_S
        while True:
            told = [one for parent in (item.get("status") or {}).get("parents") or [] for one in parent.get("conditions") or []
                    if one.get("observedGeneration", generation) >= generation]  # fmt: skip
            if bad := next((one for one in told if one.get("status") == "False"), None):
                raise TargetError(
                    f"The Gateway {'/'.join(self._settings.route)} does not take the route {self._app.name}:"
                    f" {bad.get('reason')}: {bad.get('message')}"
                )
            if any(one.get("type") == "Accepted" and one.get("status") == "True" for one in told):
                return
            if time.monotonic() > end:
                raise TargetError(
                    f"Nobody took the route {self._app.name} within {TAKEN_S:.0f} s: is there a Gateway"
                    f" {'/'.join(self._settings.route)}, and does a controller run for its class?"
                )
            time.sleep(0.2)
            item = self._api.get(ROUTES, self._app.name) or item


def _service(slot: Slot) -> str:
    """The name of a slot's service, from its address line-3.namespace.svc:80."""
    return slot.address.partition(".")[0]
