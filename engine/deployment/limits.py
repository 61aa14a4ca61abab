"""How much may be asked of a target's gateway, which counts over all releases behind it: a switch or a canary doubles no quota.

The limit of everybody is for each caller: an API key, or an address without one. Those of keys follow the keys themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.agent.control import Control
from engine.deployment.gateways import gateway_of
from engine.deployment.target import Ask, Target
from engine.deployment.targets import open_target
from engine.errors import TargetError, UsageError
from engine.workspace import Workspace

STRETCH_S = 10
"""What the gateway counts over."""
MOST = 1e6
EVERYBODY = "*"


@dataclass(frozen=True)
class Limits:
    """What a gateway lets through.

    Attributes:
        per_second: of each caller, on the mean of `STRETCH_S`; None: any number.
        keys: of single API keys, by their ids; these count instead.
        refused: requests, since the gateway was started or reloaded.
    """

    per_second: float | None = None
    keys: Mapping[str, float] = field(default_factory=dict)
    refused: int = 0


def limits_of(workspace: Workspace, target: str, *, ask: Ask | None = None) -> Limits:
    """What the gateway of a target lets through.

    Raises:
        TargetError: it has none.
    """
    with open_target(workspace, target, ask) as opened:
        return _read(_gateway(opened))


def set_limit(workspace: Workspace, target: str, per_second: float | None, *, ask: Ask | None = None) -> Limits:
    """Let each caller ask so many times a second, or any number with None; from now on, without a lost request.

    Raises:
        UsageError: it is no such number.
        TargetError: the target has no gateway.
    """
    if per_second is not None and not 1 / STRETCH_S <= per_second <= MOST:
        raise UsageError(f"A limit is {1 / STRETCH_S:g} to {MOST:,.0f} requests a second, not {per_second:g}.")
    with open_target(workspace, target, ask) as opened:
        control = _gateway(opened)
        limits = {key: most for key, most in control.model().limits.items() if key != EVERYBODY}
        _set(control, limits if per_second is None else {**limits, EVERYBODY: _counted(per_second)})
        return _read(control)


def follow_keys(target: Target, keys: Iterable[Mapping[str, Any]]) -> None:
    """Let the gateway of a target, where it has one, hold each key to its quota of a second.

    Args:
        keys: all of the target, as its release lists them.
    """
    if target.gateway() is None or (control := gateway_of(target)) is None:
        return
    now = control.model().limits
    held = {
        key["id"]: _counted(key["per_second"]) for key in keys if key.get("per_second") and key["state"] == "active"
    }
    _set(control, {key: most for key, most in now.items() if key == EVERYBODY} | held)


def _gateway(target: Target) -> Control:
    control = gateway_of(target) if target.gateway() is not None else None
    if control is None:
        raise TargetError(
            f"{target.place} has no gateway, which counts what is asked; set the option gateway=yes and deploy once more.",
            fix=f"lineside target set {target.context.name} gateway=yes",
        )
    return control


def _read(control: Control) -> Limits:
    found = {key: most / STRETCH_S for key, most in control.model().limits.items()}
    return Limits(found.pop(EVERYBODY, None), found, control.refused())


def _set(control: Control, limits: Mapping[str, int]) -> None:
    if dict(control.model().limits) != dict(limits):
        control.set(replace(control.model(), limits=dict(limits)))


def _counted(per_second: float) -> int:
    return max(1, round(STRETCH_S * per_second))
