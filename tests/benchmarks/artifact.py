"""Figures of the artifact: its compressed size and the time to write it once the kit is there."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path


def artifact() -> dict[str, float]:
    """Of an artifact for linux/amd64 with a small detector."""
    from engine.packaging import base
    from engine.packaging.image import build_image
    from engine.packaging.oci import Layout
    from tests.benchmarks.serve import _model

    kit = base.kit("linux/amd64")
    with tempfile.TemporaryDirectory(prefix="lineside-bench-") as folder:
        model, layout = _model(Path(folder)), Layout(Path(folder) / "layout").make()
        start = time.perf_counter()
        built = build_image(layout, model, kit, {})
        return {"artifact.compressed_mb": built.bytes / 1e6, "artifact.build_s": time.perf_counter() - start}


MEASURES = [artifact]
