"""Targets of kind process."""

from engine.plugins import hookimpl


@hookimpl
def lineside_targets() -> list[tuple[str, str]]:
    """The scheme and its class, imported when first used."""
    return [("process", "connectors.process.target:ProcessTarget")]
