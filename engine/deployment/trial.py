"""A release on trial: beside what runs on a target, asked by the workbench alone, gone afterwards whatever happens."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

from engine.deployment.image import Image
from engine.deployment.target import Progress, ReleaseSpec, ReleaseStatus, Target
from engine.workspace import Workspace

IDLE_S = 60
"""So long after the last request it ends by itself, where the workbench was killed or the link was cut."""


@contextlib.contextmanager
def trial(
    workspace: Workspace, target: Target, image: Image, name: str, progress: Progress,
    environment: Mapping[str, str] | None = None,
) -> Iterator[ReleaseStatus]:  # fmt: skip
    """Push an image, start it beside what runs, and take it away at the end of the block.

    Raises:
        ReleaseFailed: it did not become ready.
    """
    settings = {**(environment or {}), "LINESIDE_IDLE_SECONDS": str(IDLE_S)}
    spec = ReleaseSpec(f"{workspace.id[:8]}-trial", name or image.digest[7:19], image, settings, trial=True)
    target.push(image, progress)
    try:
        yield target.prepare(spec, progress)
    finally:
        with contextlib.suppress(Exception):  # a link that was cut: then it ends by itself
            target.remove(spec.key)
