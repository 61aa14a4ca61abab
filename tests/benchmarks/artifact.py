"""Figures of the artifact: its compressed size, the time to write it, and that each vision template becomes one."""

from __future__ import annotations

import dataclasses
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

STEPS = 30
MOST_LOST_PT = 5.0  # networks that have hardly begun to learn


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


def templates() -> dict[str, float]:
    """Each vision template trained for a while, exported, quantised and packaged as it was measured to be best.

    The size of the network of 8 bits as a share of the full one and what it loses, in points; absent where 8 bits were
    refused, and why is printed.
    """
    from engine.modeling.recipes import RECIPES
    from engine.workspace import Workspace
    from tests.benchmarks.train import versions_by_task

    figures: dict[str, float] = {}
    vision = [recipe for recipe in RECIPES.values() if recipe.task != "tabular"]
    with tempfile.TemporaryDirectory(prefix="lineside-bench-") as folder:
        versions = versions_by_task(Path(folder), 60, "60/20/20")
        for recipe in vision:
            version = versions[recipe.task]
            with Workspace.open(version.parent.parent) as ws:
                export, packed = _packaged(ws, recipe, int(version.name))
            if (int8 := export["precisions"].get("int8")) is None:
                print(f"{recipe.name}: {export['rejected'].get('int8')}", file=sys.stderr)
            else:
                full = export["precisions"]["fp32"]
                figures[f"artifact.{recipe.name}_int8_size"] = int8["bytes"] / full["bytes"]
                figures[f"artifact.{recipe.name}_int8_drop_pt"] = int8["drop_pt"]
            figures[f"artifact.{recipe.name}_mb"] = packed["bytes"] / 1e6
            print(f"  {recipe.name}: an artifact of {packed['bytes'] / 1e6:.1f} MB", file=sys.stderr, flush=True)
    return {"artifact.templates": len(vision), **figures}


def _packaged(ws: Any, recipe: Any, version: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the export of the template says after it was trained and quantised, and the artifact."""
    from engine.jobs import wait
    from engine.modeling.compile import compile_graph
    from engine.modeling.graphs import new_graph
    from engine.packaging.export import export_model, quantize_model, read_export
    from engine.packaging.image import package_model
    from engine.training.models import get_model
    from engine.training.runs import start_run

    def done(job: Any) -> dict[str, Any]:
        status = wait(ws, job)
        assert status.state == "done", (recipe.name, status)
        return job.result() or {}

    new_graph(ws, recipe.name, recipe.name)
    takes_steps = "TRAIN = Training(" in compile_graph(recipe.graph("x"))
    done(start_run(ws, recipe.name, version, {"train.steps": STEPS} if takes_steps else {}))
    done(export_model(ws, recipe.name))
    done(quantize_model(ws, recipe.name, MOST_LOST_PT))
    packed = done(package_model(ws, recipe.name))
    return read_export(ws.path / "runs" / get_model(ws, recipe.name).run_id) or {}, packed


def delta() -> dict[str, float]:
    """How much less a change of the head costs than the compressed layer of the whole model, in FP32 and in INT8.

    The network is a ResNet-18 that the product trained; the second model has other weights in its head alone. The layer is
    compared as gzip and zstd would compress it for the way, whichever is smaller.
    """
    from engine.modeling.graphs import save_graph
    from engine.modeling.recipes import recipe
    from engine.packaging.export import export_run
    from engine.packaging.quantize import quantize_run
    from engine.training.models import get_model
    from engine.training.runs import start_run
    from engine.workspace import Workspace
    from tests.benchmarks.train import sorted_version

    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="lineside-bench-") as folder:
        version = sorted_version(Path(folder), 40, "60/20/20")
        with Workspace.open(version.parent.parent) as ws:
            graph = recipe("classification-small").graph("resnet")
            nodes = [
                dataclasses.replace(one, type="backbone.resnet", parameters={"layers": 18})
                if one.id == "backbone"
                else one
                for one in graph.nodes
            ]
            save_graph(ws, dataclasses.replace(graph, nodes=nodes))
            _done(ws, start_run(ws, "resnet", int(version.name), {"train.steps": 3}))
            first = ws.path / "runs" / get_model(ws, "resnet").run_id
            second = first.with_name("other-head")
            shutil.copytree(first, second)
            _change_head(second / "weights.safetensors")
            for run in (first, second):
                export_run(run, ws.path, lambda *_: None)
            figures["artifact.delta_ratio"] = _ratio(Path(folder), first, second, "fp32")
            for run in (first, second):
                quantize_run(run, ws.path, lambda *_: None, MOST_LOST_PT * 20)
            figures["artifact.delta_int8_ratio"] = _ratio(Path(folder), first, second, "int8")
    return figures


def _change_head(weights: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    state = load_file(weights)
    head = [name for name in state if name.startswith("head") and state[name].is_floating_point()]
    assert head, "the network's head has no weights"
    for name in head:
        state[name] = state[name] + 0.01 * torch.randn(state[name].shape)
    save_file(state, weights)


def _ratio(folder: Path, first: Path, second: Path, precision: str) -> float:
    """The compressed model layer by its delta from the other model's."""
    import gzip

    import zstandard

    from engine.packaging.delta import best_delta
    from engine.packaging.image import _manifest, _model_entries
    from engine.packaging.layers import write_layer

    layers = []
    for number, run in enumerate((first, second), 1):
        model = run / "export" / precision
        entries = _model_entries(model, _manifest(model, "resnet", number))
        layers.append(write_layer(folder / f"{precision}-{number}", entries, packing="stored").path)
    content = layers[1].read_bytes()
    compressed = min(len(gzip.compress(content, 6)), len(zstandard.ZstdCompressor(level=19).compress(content)))
    change = best_delta(*layers)
    size = len(change.content) if change else len(content)
    print(f"  {precision}: {len(content)} bytes, compressed {compressed}, delta {size}", file=sys.stderr, flush=True)
    return compressed / size


def _done(ws: Any, job: Any) -> None:
    from engine.jobs import wait

    status = wait(ws, job)
    assert status.state == "done", status


MEASURES = [artifact, delta, templates]
