"""Pipelines on this side: run on this machine for a trial, and asked how they do on a target."""

from __future__ import annotations

import http.client
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.deployment.errors import TargetUnreachable
from engine.deployment.image import Image, images
from engine.deployment.predict import running_endpoint
from engine.deployment.target import Ask
from engine.deployment.targets import open_target
from engine.errors import BadInput, TargetError
from engine.packaging.artifacts import get_artifact, layout_folder
from engine.serving.pipeline.document import Pipeline, read_pipeline
from engine.serving.pipeline.settings import BadPipeline
from engine.workspace import Workspace, write_atomically

MODEL_FILES = ("model.json", "model.xml", "model.bin")
TICK_S = 0.2


def load(path: Path) -> Pipeline:
    """The pipeline of a file.

    Raises:
        BadInput: it names the key that cannot be.
    """
    try:
        return read_pipeline(path)
    except BadPipeline as error:
        raise BadInput(str(error)) from error


def run_here(
    workspace: Workspace, pipeline: Pipeline, artifact: str, *,
    once: bool = False, watch: Callable[[dict[str, Any]], None] = lambda _: None,
) -> dict[str, Any]:  # fmt: skip
    """Run a pipeline on this machine with the model of an artifact; ends with KeyboardInterrupt, or `once` all is done.

    Args:
        watch: is told the status several times a second; what it raises ends the run.

    Returns:
        The last status.

    Raises:
        UsageError: no such artifact.
        BadInput: the rule does not fit the model, or the artifact has none.
    """
    from engine.serving.pipeline.runner import Runner
    from engine.serving.predictor import openvino_predictor

    found = get_artifact(workspace, artifact)
    image = images(layout_folder(workspace), found.digest, found.name)[0]
    predictor = openvino_predictor(_model(workspace, image))
    try:
        pipeline.rule.check_labels(predictor.manifest.labels, predictor.manifest.name)
    except BadPipeline as error:
        raise BadInput(str(error)) from error
    state = workspace.path / "cache" / "pipelines" / pipeline.name
    runner = Runner(pipeline, predictor.predict, state, release=image.digest, once=once).start()
    try:
        while not runner.wait(TICK_S):
            watch(runner.status())
    finally:
        runner.stop()
    return runner.status()


def status(workspace: Workspace, target: str, *, ask: Ask | None = None) -> dict[str, Any]:
    """How the pipeline of the release does that runs on a target, as `engine.serving.pipeline.runner.Runner.status`.

    Raises:
        TargetError: nothing runs there, the release has no pipeline, or it does not answer.
    """
    with open_target(workspace, target, ask) as opened:
        try:
            code, body = opened.request(running_endpoint(opened), "GET", "/pipeline")
            answer = json.loads(body)
        except (OSError, EOFError, ValueError, http.client.HTTPException) as error:
            raise TargetUnreachable(
                f"The release on {opened.place} did not answer ({error or type(error).__name__})."
            ) from error
        if code != 200:
            raise TargetError(f"{opened.place}: {answer.get('error', code)}")
        found: dict[str, Any] = answer
        return found


def _model(workspace: Workspace, image: Image) -> Path:
    """The model of an image as a folder, made once."""
    folder = workspace.path / "cache" / "models" / image.digest.removeprefix("sha256:")
    place = image.environment.get("LINESIDE_MODEL", "").strip("/")
    missing = {f"{place}/{name}": name for name in MODEL_FILES if not (folder / name).is_file()}
    folder.mkdir(parents=True, exist_ok=True)
    for layer in reversed(image.layers) if missing else ():
        with tarfile.open(image.path(layer)) as tar:
            for entry in tar:
                if entry.isreg() and entry.name in missing and (file := tar.extractfile(entry)) is not None:
                    write_atomically(folder / missing.pop(entry.name), file.read())
        if not missing:
            break
    if missing:
        raise BadInput(f"The artifact {image.name or image.digest[:19]} has no model; package it again.")
    return folder
