"""Figures of pushing to a registry, beside skopeo with the same layout to the same registry in the same run."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 3
MB = 1 << 20


def push_vs_skopeo() -> dict[str, float]:
    """Seconds of pushing an artifact of 65 MB as a share of skopeo's, the median of three rounds each."""
    from connectors.registry.target import RegistryTarget
    from engine.deployment.image import Image
    from engine.deployment.releases import nothing
    from engine.deployment.target import Context
    from engine.packaging.layers import Entry, write_layer
    from engine.packaging.oci import Layout, RunConfig
    from tests.integration.deployment.registries import Running

    own, theirs = [], []
    with tempfile.TemporaryDirectory(prefix="lineside-bench-") as name:
        folder, layout = Path(name), Layout(Path(name) / "layout").make()
        sizes = {"base": 14, "runtime": 30, "code": 1, "model": 20}
        layers = [
            write_layer(folder / what, [Entry(what, os.urandom(size * MB))], "stored") for what, size in sizes.items()
        ]
        descriptor = layout.write_image(layers, RunConfig(["/serve"]), "linux/amd64", {})
        layout.name(descriptor, "parts:1-fp32")
        registry = Running(folder / "registry", tls=False, password=False)
        try:
            for number in range(ROUNDS):
                start = time.perf_counter()
                subprocess.run(["skopeo", "copy", "-q", "--dest-tls-verify=false", f"oci:{layout.root}:parts:1-fp32",
                                f"docker://{registry.host}/skopeo{number}/parts:1"], check=True)  # fmt: skip
                theirs.append(time.perf_counter() - start)
                _forget(registry)
                context = Context("own", f"registry://{registry.host}/own{number}", home=folder / "home")
                start = time.perf_counter()
                with RegistryTarget(Context(**{**vars(context), "cache": folder / f"cache{number}"})) as target:
                    target.publish(Image(layout.root, descriptor["digest"]), "", nothing)
                own.append(time.perf_counter() - start)
                _forget(registry)
        finally:
            registry.stop()
    print(f"  own {own}, skopeo {theirs}", file=sys.stderr)
    return {"artifact.push_vs_skopeo_ratio": statistics.median(own) / statistics.median(theirs)}


def _forget(registry: object) -> None:
    """An empty registry again."""
    import shutil

    registry.stop()  # type: ignore[attr-defined]
    shutil.rmtree(registry.data, ignore_errors=True)  # type: ignore[attr-defined]
    registry.start()  # type: ignore[attr-defined]


MEASURES = [push_vs_skopeo]
