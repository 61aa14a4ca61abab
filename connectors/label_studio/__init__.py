"""Exchange with a Label Studio server."""

from engine.plugins import hookimpl


@hookimpl
def lineside_exchanges() -> list[tuple[str, str]]:
    """The name and its module, imported when first used."""
    return [("label_studio", "connectors.label_studio.exchange")]
