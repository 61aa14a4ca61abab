"""Send an image to the release that runs on a target, and read what it sees."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from engine.deployment.errors import TargetUnreachable
from engine.deployment.target import Ask, Target
from engine.deployment.targets import open_target
from engine.errors import BadInput, TargetError
from engine.workspace import Workspace

TYPES = {
    ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".bmp": "image/bmp", ".tif": "image/tiff",
    ".tiff": "image/tiff", ".webp": "image/webp",
}  # fmt: skip


def predict(workspace: Workspace, target: str, file: Path | str, *, ask: Ask | None = None) -> dict[str, Any]:
    """The prediction for one image file, as the artifact gives it.

    Raises:
        BadInput: the file cannot be read, or the artifact refuses it and says why.
        TargetError: nothing runs there, or it does not answer.
    """
    return next(predict_many(workspace, target, [file], ask=ask))


def predict_many(
    workspace: Workspace, target: str, files: Iterable[Path | str], *, ask: Ask | None = None
) -> Iterator[dict[str, Any]]:
    """Predictions for files, one after another, over one connection to the target."""
    with open_target(workspace, target, ask) as opened:
        endpoint = running_endpoint(opened)
        for file in files:
            yield send(opened, endpoint, Path(file))


def running_endpoint(target: Target) -> str:
    """Where the target's running release listens.

    Raises:
        TargetError: nothing runs.
    """
    current = next((one for one in target.status() if one.current), None)
    if current is None:
        raise TargetError(f"Nothing runs on {target.place}.", fix=f"lineside deploy ARTIFACT {target.context.name}")
    if current.state in ("stopped", "restarting"):
        raise TargetError(f"{current.name} on {target.place} is {current.state}: {current.message or 'see its log'}.")
    return current.endpoint


def send(target: Target, endpoint: str, file: Path) -> dict[str, Any]:
    """One image to one endpoint."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file} cannot be read ({error.strerror}).") from error
    kind = TYPES.get(file.suffix.lower(), "application/octet-stream")
    try:
        status, answer = target.request(endpoint, "POST", "/predict", content, {"Content-Type": kind}, timeout=60)
    except (OSError, EOFError, http.client.HTTPException) as error:
        raise TargetUnreachable(
            f"The release on {target.place} did not answer ({error or type(error).__name__}); look at its log."
        ) from error
    try:
        parsed = json.loads(answer)
    except ValueError:
        parsed = {"error": answer[:300].decode("utf-8", "replace")}
    if status >= 400:
        reason = parsed.get("error") or parsed.get("detail") or parsed if isinstance(parsed, dict) else parsed
        kind_of_error = BadInput if status < 500 else TargetError
        raise kind_of_error(f"{file.name} was refused by the release on {target.place}: {reason}")
    return parsed if isinstance(parsed, dict) else {"predictions": parsed}
