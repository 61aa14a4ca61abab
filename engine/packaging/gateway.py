"""The gateway image: HAProxy and its libraries for machines that have none, built once like the base of artifacts."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import tomllib
from pathlib import Path

from engine.errors import LinesideError
from engine.packaging import base
from engine.packaging.layers import write_layer
from engine.packaging.oci import Layout, RunConfig

RECIPE = base.RECIPE.parent / "gateway" / "recipe.toml"
NAME = "gateway"
_VERSION = 1  # of this module's own part in what the image contains


def has_gateway_image(platform: str) -> bool:
    """Whether the image can be had without the network."""
    return _found(platform) is not None


def gateway_image(platform: str) -> tuple[Path, str]:
    """The layout and the digest of the image for a platform: from the cache, or built now, which needs the network once.

    Raises:
        KitError: it is not in the cache and cannot be built; the message says what is missing.
    """
    return _found(platform) or _build(platform)


def _found(platform: str) -> tuple[Path, str] | None:
    for folder in base.kit_folders():
        layout = Layout(folder / _key(platform))
        if (layout.root / "index.json").is_file():
            try:
                return layout.root, str(layout.find(NAME)["digest"])
            except (LinesideError, ValueError, KeyError):
                continue
    return None


def _key(platform: str) -> str:
    return "gateway-" + hashlib.sha256(RECIPE.read_bytes() + f"\0{platform}\0{_VERSION}".encode()).hexdigest()[:16]


def _build(platform: str) -> tuple[Path, str]:
    recipe = tomllib.loads(RECIPE.read_text("utf-8"))["debian"]
    target = base.kit_folders()[0] / _key(platform)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".building-") as temporary:
        work = Path(temporary)
        debs = base.fetch_debs(recipe, platform.partition("/")[2], work)
        layer = write_layer(work / "layer.tar.gz", base.debian_entries(debs, recipe, work))
        layout = Layout(work / "layout").make()
        run = RunConfig(["/usr/sbin/haproxy"], {"PATH": "/usr/sbin:/usr/bin"}, ports=())
        layout.name(layout.write_image([layer], run, platform, {}), NAME)
        shutil.rmtree(target, ignore_errors=True)
        layout.root.rename(target)
    built = _found(platform)
    assert built is not None
    return built
