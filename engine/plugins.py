"""Plug-ins: a package registers under the entry point group `lineside` and implements any of these hooks."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

hookspec = pluggy.HookspecMarker("lineside")
hookimpl = pluggy.HookimplMarker("lineside")


class Hooks:
    """What a plug-in can add."""

    @hookspec
    def lineside_targets(self) -> Iterable[tuple[str, str]]:  # type: ignore[empty-body]
        """Pairs of URL scheme and `module:Class` of a `engine.deployment.target.Target`; imported when first used."""

    @hookspec
    def lineside_components(self) -> Iterable[Any]:  # type: ignore[empty-body]
        """Component classes for the model catalogue."""

    @hookspec
    def lineside_job_kinds(self) -> Mapping[str, Any]:  # type: ignore[empty-body]
        """Kinds of job by name: `engine.jobs.kinds.Kind`."""

    @hookspec
    def lineside_exchanges(self) -> Iterable[tuple[str, str]]:  # type: ignore[empty-body]
        """Pairs of a service's name and its module, which has the functions of `engine.data.exchange.Exchange`."""

    @hookspec
    def lineside_importers(self) -> Iterable[Any]:  # type: ignore[empty-body]
        """Importer classes for `data import`."""


@cache
def manager() -> pluggy.PluginManager:
    """The plug-in manager with everything installed on this machine; a broken plug-in is listed, not fatal."""
    plugins = pluggy.PluginManager("lineside")
    plugins.add_hookspecs(Hooks)
    broken: dict[str, str] = {}
    from importlib.metadata import entry_points

    for point in entry_points(group="lineside"):
        try:
            plugins.register(point.load(), name=point.name)
        except Exception as error:  # a third party's code may fail in any way
            broken[point.name] = f"{type(error).__name__}: {error}"
    plugins.broken = broken  # type: ignore[attr-defined]
    return plugins
