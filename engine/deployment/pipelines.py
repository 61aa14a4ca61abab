"""Pipelines on this side: run on this machine for a trial, and asked how they do on a target."""

from __future__ import annotations

import http.client
import json
import tarfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from engine.deployment.credentials import keep, recall
from engine.deployment.errors import TargetUnreachable
from engine.deployment.image import Image, images
from engine.deployment.predict import running_endpoint
from engine.deployment.target import Ask, Target
from engine.deployment.targets import open_target
from engine.errors import BadInput, TargetError, UsageError
from engine.packaging.artifacts import get_artifact, layout_folder
from engine.serving.pipeline.document import Pipeline, read_pipeline
from engine.serving.pipeline.settings import NAME, BadPipeline
from engine.serving.state import SECRETS
from engine.workspace import Workspace, write_atomically

MODEL_FILES = ("model.json", "model.xml", "model.bin")
TICK_S = 0.2
SECRET = "LINESIDE_SECRET"  # noqa: S105  the variable of the environment


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
    secret = partial(_own_secret, workspace)
    runner = Runner(pipeline, predictor.predict, state, release=image.digest, once=once, secret=secret).start()
    try:
        while not runner.wait(TICK_S):
            watch(runner.status())
    finally:
        runner.stop()
    return runner.status()


def give_secret(workspace: Workspace, name: str, value: str, target: str = "", *, ask: Ask | None = None) -> None:
    """Let the sinks of pipelines have what the name of a secret in their documents stands for.

    On a target it lies in the folder that outlives releases, readable by them alone. Without a target it is for runs on this
    machine, and lies in the keyring.

    Raises:
        UsageError: no such name or target, or nothing was given.
        TargetError: the target keeps no state, or this machine has no keyring.
    """
    if not NAME.fullmatch(name) or not value or "\n" in value:
        raise UsageError(
            f"“{name[:40]}” cannot be given; a name is small letters, digits, - and _, and a secret is one line."
        )
    if target:
        with open_target(workspace, target, ask) as opened:
            opened.put_state(f"{SECRETS}/{name}", value.encode())
    elif not keep(_place(workspace, name), value):
        raise TargetError(f"This machine has no keyring; give the secret with each run, as {SECRET}.")


def _place(workspace: Workspace, name: str) -> str:
    return f"pipeline:{workspace.id}:{name}"


def _own_secret(workspace: Workspace, name: str) -> str:
    found = recall(_place(workspace, name), SECRET)
    if not found:
        raise FileNotFoundError(
            f"The secret “{name}” is not on this machine; give it with: lineside pipeline secret {name}"
        )
    return found


def status(workspace: Workspace, target: str, *, ask: Ask | None = None) -> dict[str, Any]:
    """How the pipeline of the release does that runs on a target, as `engine.serving.pipeline.runner.Runner.status`.

    Raises:
        TargetError: nothing runs there, the release has no pipeline, or it does not answer.
    """
    with open_target(workspace, target, ask) as opened:
        return status_of(opened)


def status_of(opened: Target) -> dict[str, Any]:
    """Likewise, of a target that is open."""
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
