"""Targets of kind kubernetes."""

from engine.plugins import hookimpl


@hookimpl
def lineside_targets() -> list[tuple[str, str]]:
    """The scheme and its class, imported when first used."""
    return [("kubernetes", "connectors.kubernetes.target:KubernetesTarget")]
