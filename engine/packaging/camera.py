"""OpenCV as a layer on top of an artifact whose pipeline has a camera: made once for a platform, then offline."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import tempfile
import tomllib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from engine.packaging import base
from engine.packaging.layers import Layer, write_layer

REQUIREMENTS = base.RECIPE / "camera.txt"
LEAVE_OUT = ["cv2/data/*", "cv2/gapi/*", "cv2/misc/*"]


def packages() -> list[str]:
    """What is in it, as the list of an artifact's parts names it: pypi:name==version."""
    lines = REQUIREMENTS.read_text("utf-8").splitlines()
    return [f"pypi:{line.split()[0]}" for line in lines if "==" in line and line[0] not in "# "]


def camera_layer(platform: str, tell: Callable[[str], None]) -> Layer:
    """The layer, from the cache of kits, or built now, which needs the network once.

    Raises:
        KitError: it is not in the cache and cannot be built.
    """
    key = f"camera-{hashlib.sha256(REQUIREMENTS.read_bytes() + platform.encode()).hexdigest()[:16]}"
    for folder in base.kit_folders():
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            document = json.loads((folder / key / "layer.json").read_text("utf-8"))
            found = Layer(**{**document, "path": folder / key / document["path"]})
            if found.path.stat().st_size == found.size:
                return found
    tell(f"Fetching OpenCV for {platform}; it is needed once.")
    return _build(platform.partition("/")[2], base.kit_folders()[0] / key)


def _build(architecture: str, target: Path) -> Layer:
    recipe = tomllib.loads((base.RECIPE / "recipe.toml").read_text("utf-8"))["python"]
    recipe["leave_out"] = [*recipe["leave_out"], *LEAVE_OUT]
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".building-") as temporary:
        work = Path(temporary)
        wheels = base.fetch_wheels(recipe, architecture, work, REQUIREMENTS)
        kept = work / "layer"
        kept.mkdir()
        layer = write_layer(kept / "camera.tar.gz", base.wheel_entries(wheels, recipe, work))
        (kept / "layer.json").write_text(json.dumps({**asdict(layer), "path": layer.path.name}), "utf-8")
        shutil.rmtree(target, ignore_errors=True)
        kept.rename(target)
    return Layer(target / layer.path.name, layer.digest, layer.size, layer.diff_id, layer.media_type)
