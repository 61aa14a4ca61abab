"""A release rehearsed before anyone sees it: the same images to the one that runs and to the new one beside it."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from engine.deployment.feedback import recorded
from engine.deployment.judge import fewer_rejects
from engine.deployment.policy import Policy
from engine.deployment.predict import TYPES, running_endpoint
from engine.deployment.reasons import Reason
from engine.deployment.releases import artifacts_called, choose, nothing
from engine.deployment.target import Ask, Progress, Target
from engine.deployment.targets import open_target
from engine.deployment.trial import trial
from engine.errors import BadInput, UsageError
from engine.serving.agreement import agreed, is_reject
from engine.workspace import Workspace

RECORDED = "recorded"
SAMPLE = 200
TAIL = 100  # images from which on the 99th percentile says something
LEAST_MS = 2.0  # differences of time below are those of the machine
SAME = 0.999  # agreement from which on two answers do not differ


@dataclass(frozen=True)
class Reply:
    """What one release said to one image.

    Attributes:
        answer: as `/predict` gave it; None where it failed, with the reason in `error`.
        milliseconds: from the question to the whole answer, as seen from here.
    """

    answer: dict[str, Any] | None
    error: str
    milliseconds: float


@dataclass(frozen=True)
class Compared:
    """One image and both answers; `agreement` is 0 where one of them failed, and `path` where the image lies."""

    name: str
    path: str
    old: Reply
    new: Reply
    agreement: float


@dataclass(frozen=True)
class Rehearsal:
    """What came out.

    Attributes:
        old, new: names of the releases.
        images: in the order in which they were asked.
        rejects: parts called bad by the old and the new release; None for tasks that know no such thing.
        broken: sentences that say which limits of the policy do not hold; none: the release may go out.
    """

    target: str
    old: str
    new: str
    images: list[Compared]
    rejects: tuple[int, int] | None = None
    broken: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = field(default=())

    @property
    def differing(self) -> list[Compared]:
        """Images that are answered otherwise, the largest difference first."""
        found = [one for one in self.images if one.agreement < SAME]
        return sorted(found, key=lambda one: (one.agreement, one.name))

    @property
    def figures(self) -> dict[str, Any]:
        """Agreement, failures, times and rejects of both."""
        times = {side: milliseconds(self.images, side) for side in ("old", "new")}
        return {
            "images": len(self.images),
            "differing": len(self.differing),
            "agreement": float(np.mean([one.agreement for one in self.images])),
            "failed": {side: failures(self.images, side) for side in ("old", "new")},
            "p50_ms": {side: float(np.percentile(found, 50)) for side, found in times.items() if len(found)},
            "p99_ms": {side: float(np.percentile(found, 99)) for side, found in times.items() if len(found)},
            "rejects": None if self.rejects is None else dict(zip(("old", "new"), self.rejects, strict=True)),
        }

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; of the images only those that differ."""
        return {
            "target": self.target, "old": self.old, "new": self.new, "passed": not self.broken, "broken": list(self.broken),
            **self.figures, "unreadable": list(self.unreadable), "items": [asdict(one) for one in self.differing],
        }  # fmt: skip


def rehearse(
    workspace: Workspace,
    artifact: str,
    target: str,
    source: str = RECORDED,
    sample: int = SAMPLE,
    policy: Policy | None = None,
    progress: Progress = nothing,
    *,
    ask: Ask | None = None,
) -> Rehearsal:
    """Ask the release that runs and an artifact started beside it the same images; then the artifact is ended again.

    Args:
        artifact, target: as for `deploy`.
        source: "recorded" for what releases on the target kept, a folder, or a version's name or number.
        sample: at most so many images, drawn the same way each time.
        progress: as for `deploy`, with the stage `ask` and the number of images; what it raises ends the rehearsal.

    Raises:
        UsageError: no such artifact, target or version.
        BadInput: there are no images.
        TargetError: nothing runs there, or the artifact does not start; nothing is left running.
    """
    from engine.packaging.trust.signing import vouch

    digests, name = artifacts_called(workspace, artifact)
    policy = policy or Policy()
    with open_target(workspace, target, ask) as opened, tempfile.TemporaryDirectory(prefix="lineside-") as scratch:
        images = sampled(find_images(workspace, opened, source, Path(scratch)), sample)
        old = running_endpoint(opened)
        digest, image, _ = choose(workspace, opened, digests, name, progress)
        vouch(workspace, digest)
        with trial(workspace, opened, image, name, progress) as tried:
            models = [_model(opened, endpoint) for endpoint in (old, tried.endpoint)]
            found, unreadable = _asked(opened, (old, tried.endpoint), images, progress)
    return judged(target, models, found, policy, unreadable)


def judged(
    target: str,
    models: Sequence[dict[str, Any]],
    images: list[Compared],
    policy: Policy,
    unreadable: Sequence[str] = (),
) -> Rehearsal:
    """Hold what was answered against the limits."""
    if not images:
        raise BadInput("None of the images could be read; there is nothing to rehearse with.", fix="--from FOLDER")
    rejects = _rejects(images, [model.get("labels", ()) for model in models])
    broken = [*_errors(images, policy), *_times(images, policy), *_reject_change(images, rejects, policy)]
    mean = float(np.mean([one.agreement for one in images]))
    if "disagreement" in policy.tests and 1 - mean > policy.disagreement:
        broken.append(Reason("rehearsed agreement", f"{100 * mean:.1f}", f"{100 * (1 - policy.disagreement):g}"))
    old, new = (f"{model.get('name', '?')}:{model.get('number', '?')}" for model in models)
    return Rehearsal(target, old, new, images, rejects, tuple(broken), tuple(unreadable))


def compared(target: Target, endpoints: tuple[str, str], name: str, path: Path, swap: bool = False) -> Compared:
    """Ask both releases about one image; `swap`: the new one first, so that neither always has the warmer machine.

    Raises:
        OSError: the image cannot be read.
    """
    content = path.read_bytes()
    kind = TYPES.get(path.suffix.lower(), "application/octet-stream")
    replies = {side: _ask(target, endpoints[side], content, kind) for side in ((1, 0) if swap else (0, 1))}
    old, new = replies[0], replies[1]
    return Compared(name, str(path), old, new, _agreed(old, new))


def failures(images: Sequence[Compared], side: str) -> int:
    """How many images a release ("old" or "new") did not answer."""
    return sum(getattr(one, side).answer is None for one in images)


def milliseconds(images: Sequence[Compared], side: str) -> list[float]:
    """Times of the answers of a release."""
    return [getattr(one, side).milliseconds for one in images if getattr(one, side).answer is not None]


def find_images(workspace: Workspace, target: Target, source: str, scratch: Path) -> list[tuple[str, Path]]:
    """Names and files of what `rehearse` takes from a source.

    Raises:
        UsageError: no such version.
        BadInput: there are none.
    """
    from engine.data.images import SUFFIXES

    if source == RECORDED:
        found = []
        for name, content in recorded(target):
            (scratch / name).write_bytes(content)
            found.append((name, scratch / name))
        keeping = f"lineside feedback keep {target.context.name} share=0.05"
        missing = (
            f"{target.place} kept no images; give a folder or a version with --from, or let it keep some: {keeping}"
        )
    elif (folder := Path(source)).is_dir():
        files = sorted(
            path for path in folder.rglob("*") if path.suffix.lower() in {*SUFFIXES, ".json"} and path.is_file()
        )
        found = [(path.relative_to(folder).as_posix(), path) for path in files]
        missing = f"{folder} holds no images."
    else:
        found, missing = _of_version(workspace, source), f"The version “{source}” holds no images."
    if not found:
        raise BadInput(missing)
    return found


def _of_version(workspace: Workspace, which: str) -> list[tuple[str, Path]]:
    from engine.data.versions import get_version, read_version

    try:
        version = get_version(workspace, which)
    except UsageError as error:
        raise UsageError(
            f"“{which}” is neither “{RECORDED}”, a folder nor a version; see: lineside version list."
        ) from error
    if version.is_table:
        raise BadInput(
            f"The version “{version.name}” holds rows of a table; give a folder with JSON files of rows instead."
        )
    items = read_version(workspace.path, version.id).items.select(["name", "path", "page"]).to_pylist()
    return [(item["name"], Path(item["path"])) for item in items if not item["page"]]


def sampled(images: list[tuple[str, Path]], most: int) -> list[tuple[str, Path]]:
    """At most so many of them, drawn the same way each time."""
    if len(images) <= most:
        return images
    chosen = sorted(random.Random(0).sample(range(len(images)), most))
    return [images[at] for at in chosen]


def _asked(
    target: Target, endpoints: tuple[str, str], images: Sequence[tuple[str, Path]], progress: Progress
) -> tuple[list[Compared], list[str]]:
    found, unreadable = list[Compared](), list[str]()
    for at, (name, path) in enumerate(images):
        progress("ask", at, len(images), "")
        try:
            if at == 0:
                compared(target, endpoints, name, path)  # the first answer of a network takes longer
            found.append(compared(target, endpoints, name, path, swap=at % 2 == 1))
        except OSError as error:
            unreadable.append(f"{name} cannot be read ({error.strerror}).")
    progress("ask", len(images), len(images), "")
    return found, unreadable


def _ask(target: Target, endpoint: str, content: bytes, kind: str) -> Reply:
    start = time.perf_counter()
    try:
        status, body = target.request(endpoint, "POST", "/predict", content, {"Content-Type": kind}, timeout=60)
        answer = json.loads(body)
    except (OSError, EOFError, http.client.HTTPException, ValueError) as error:
        return Reply(None, f"{type(error).__name__}: {error}", 1e3 * (time.perf_counter() - start))
    spent = 1e3 * (time.perf_counter() - start)
    if status >= 400 or not isinstance(answer, dict):
        reason = answer.get("error", answer) if isinstance(answer, dict) else answer
        return Reply(None, f"{status}: {str(reason)[:500]}", spent)
    return Reply(answer, "", spent)


def _agreed(old: Reply, new: Reply) -> float:
    if old.answer is None or new.answer is None:
        return float(old.answer is None and new.answer is None)
    return agreed(old.answer, new.answer)


def _model(target: Target, endpoint: str) -> dict[str, Any]:
    """What a release says its model is; {} where it does not."""
    with contextlib.suppress(OSError, EOFError, http.client.HTTPException, ValueError):
        status, body = target.request(endpoint, "GET", "/")
        document = json.loads(body) if status == 200 else {}
        if isinstance(document, dict) and isinstance(document.get("model"), dict):
            return dict(document["model"])
    return {}


def _rejects(images: Sequence[Compared], labels: Sequence[Sequence[str]]) -> tuple[int, int] | None:
    """Of the images that both answered."""
    both = [(one.old.answer, one.new.answer) for one in images if one.old.answer and one.new.answer]
    try:
        said = [tuple(is_reject(answer, of) for answer, of in zip(pair, labels, strict=True)) for pair in both]
    except (KeyError, TypeError, IndexError):
        return None
    if not said or any(None in pair for pair in said):
        return None
    return sum(bool(old) for old, _ in said), sum(bool(new) for _, new in said)


def _errors(images: Sequence[Compared], policy: Policy) -> list[Reason]:
    old, new = failures(images, "old"), failures(images, "new")
    allowed = int(policy.errors * len(images))
    broken = "errors" in policy.tests and new > old + allowed
    return [Reason("rehearsed failures", new, len(images), old, allowed)] if broken else []


def _times(images: Sequence[Compared], policy: Policy) -> list[Reason]:
    old, new = milliseconds(images, "old"), milliseconds(images, "new")
    if "latency" not in policy.tests or not old or not new:
        return []
    broken = []
    for share, said in ((50, "rehearsed slower"), *(((99, "rehearsed tail"),) if len(images) >= TAIL else ())):
        before, now = float(np.percentile(old, share)), float(np.percentile(new, share))
        if now > policy.slower * before and now - before > LEAST_MS:
            broken.append(Reason(said, f"{now:.1f}", f"{before:.1f}", f"{policy.slower:g}"))
    return broken


def _reject_change(images: Sequence[Compared], rejects: tuple[int, int] | None, policy: Policy) -> list[Reason]:
    if rejects is None or "rejects" not in policy.tests:
        return []
    both = sum(one.old.answer is not None and one.new.answer is not None for one in images)
    old, new = rejects
    fewest, most = old - fewer_rejects(old / both, policy) * both, old + policy.rejects * both
    if fewest - 0.5 <= new <= most + 0.5:
        return []
    return [Reason("rehearsed rejects", new, both, old, max(0, int(np.ceil(fewest))), int(most))]
