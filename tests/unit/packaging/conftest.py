"""Artifacts as the product makes them, small: four layers, labels with their lineage, and the kit they are made of."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.packaging.image import LABEL
from engine.packaging.layers import Entry, write_layer
from engine.packaging.oci import Layout, RunConfig
from engine.workspace import Workspace

PACKAGES = [
    "debian:libc6=2.36-9+deb12u14", "debian:zlib1g=1:1.2.13.dfsg-1", "debian:libstdc++6=12.2.0-14+deb12u1",
    "pypi:numpy==2.4.6", "pypi:typing_extensions==4.16.0",
]  # fmt: skip


@pytest.fixture
def add_artifact(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Puts an artifact into the workspace and gives its digest."""
    (tmp_path / "kits" / "k1").mkdir(parents=True)
    (tmp_path / "kits" / "k1" / "kit.json").write_text(json.dumps({"packages": PACKAGES}))
    monkeypatch.setenv("LINESIDE_KITS", str(tmp_path / "kits"))

    def add(name: str = "parts:1", weights: bytes = b"weights", kit: str = "k1", **details: object) -> str:
        model, _, number = name.partition(":")
        layout = Layout(workspace.path / "artifacts").make()
        scratch = Path(tempfile.mkdtemp(dir=tmp_path))
        layers = [
            write_layer(scratch / f"layer{place}", [Entry(path, content)])
            for place, (path, content) in enumerate(
                [("base", b"b"), ("runtime", b"r"), ("code", b"c"), ("model", weights)]
            )
        ]
        labels = {
            "org.opencontainers.image.title": model, "org.opencontainers.image.version": number, LABEL + "precision": "fp32",
            LABEL + "kit": kit, LABEL + "run": "r1", LABEL + "version-digest": "sha256:" + "a" * 64,
            LABEL + "graph-digest": "sha256:" + "b" * 64, LABEL + "metrics": '{"map": 0.9}',
        }  # fmt: skip
        descriptor = layout.write_image(layers, RunConfig(["/serve"]), "linux/amd64", labels)
        layout.name(descriptor, f"{model}:{number}-fp32")
        more = {"reference": f"{model}:{number}-fp32", **details}
        with workspace.transaction("Package") as tx:
            tx.execute("INSERT INTO artifact (digest, name, platforms, bytes, precision, created, details) VALUES (?, ?, ?, ?, ?, ?, ?)",
                       [descriptor["digest"], name, "linux/amd64", layout.size(descriptor["digest"]), "fp32", tx.at, json.dumps(more)])  # fmt: skip
        return str(descriptor["digest"])

    return add
