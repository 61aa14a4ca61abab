"""Figures of the artifact: its compressed size, the time to write it, and that each vision template becomes one."""

from __future__ import annotations

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


MEASURES = [artifact, templates]
