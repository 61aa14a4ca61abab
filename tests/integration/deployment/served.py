"""Artifacts with the real serving runtime and a small network, to be run by this Python (`mode=interpreter`)."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from engine import serving
from engine.packaging.base import Kit
from engine.packaging.image import build_image, name_images
from engine.packaging.layers import Entry, folder_entries, write_layer
from engine.packaging.oci import Layout, RunConfig
from engine.serving.manifest import ModelManifest
from engine.workspace import Workspace
from tests.integration.deployment.program import HERE
from tests.unit.serving.conftest import write_model


def add_served(workspace: Workspace, name: str, tmp_path: Path, **changes: Any) -> str:
    """An artifact whose answers follow from the colour of an image; keywords replace keys of its model.json."""
    document = {
        "name": name, "task": "detection", "labels": ["scratch", "dent"], "input": {"width": 64, "height": 48},
        "postprocess": {"score_threshold": 0.3}, **changes,
    }  # fmt: skip
    model = write_model(tmp_path / f"model-{name}", ModelManifest.from_json(document))
    scratch = tmp_path / f"{name}.tar"
    code = [Entry("app/engine/__init__.py", b""), *folder_entries(Path(serving.__file__).parent, "app/engine/serving")]
    layers = []
    for number, entries in enumerate((code, list(folder_entries(model, "model")))):
        kept = [entry for entry in entries if "__pycache__" not in entry.path]
        layers.append(write_layer(scratch.with_suffix(f".{number}.tar"), kept, "none"))
    arguments = ["/usr/bin/python3.11", "-m", "engine.serving", "--threads", "1"]
    run = RunConfig(arguments, {"PYTHONPATH": "/app", "LINESIDE_MODEL": "/model"})
    return _add(workspace, name, layers, run)


def add_packaged(workspace: Workspace, kit: Kit, tmp_path: Path, *precisions: str) -> None:
    """Artifacts of one model as `lineside package` writes them, from its own base."""
    layout = Layout(workspace.path / "artifacts").make()
    for precision in precisions:
        document = {"name": "parts", "number": 3, "task": "detection", "labels": ["scratch", "dent"],
                    "input": {"width": 64, "height": 48}, "precision": precision}  # fmt: skip
        model = write_model(tmp_path / f"model-{precision}", ModelManifest.from_json(document))
        built = build_image(layout, model, kit, {})
        name_images(layout, [{"descriptor": built.descriptor, "reference": built.reference, "digest": built.digest}])
        with workspace.transaction("Package model") as tx:
            tx.execute("INSERT INTO artifact (digest, name, platforms, bytes, precision, created, details) VALUES (?, ?, ?, ?, ?, ?, ?)",
                       [built.digest, "parts:3", HERE, built.bytes, precision, tx.at, json.dumps({"reference": built.reference})])  # fmt: skip


def add_broken(workspace: Workspace, name: str) -> str:
    """An artifact whose program ends at once."""
    return _add(workspace, name, [], RunConfig(["/usr/bin/python3.11", "-c", "raise SystemExit(3)"], {}))


def _add(workspace: Workspace, name: str, layers: list[Any], run: RunConfig) -> str:
    layout = Layout(workspace.path / "artifacts").make()
    descriptor = layout.write_image(layers, run, HERE, {})
    layout.name(descriptor, name)
    with workspace.transaction("Package model") as tx:
        tx.execute("INSERT INTO artifact (digest, name, platforms, bytes, created) VALUES (?, ?, ?, ?, ?)",
                   [descriptor["digest"], name, HERE, layout.size(descriptor["digest"]), tx.at])  # fmt: skip
    return str(descriptor["digest"])


def picture(blue: int, width: int = 64, height: int = 48) -> bytes:
    """A PNG of one colour: the bluer, the surer is the network of what it says."""
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (width, height), (0, 0, blue)).save(file, "PNG")
    return file.getvalue()
