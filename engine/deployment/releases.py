"""Releases: deploy an artifact to a target, take it back, say what runs where."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from engine.changes import Changes, changed
from engine.deployment.advice import fits
from engine.deployment.certificates import TLS_FILES
from engine.deployment.errors import ReleaseFailed, TargetUnreachable
from engine.deployment.gateways import certificate_of, ensure_gateway, gateway_of
from engine.deployment.image import Image, images
from engine.deployment.logs import LogReader
from engine.deployment.probing import clock_told
from engine.deployment.pushes import push
from engine.deployment.receipts import Receipt
from engine.deployment.target import Ask, Probe, Progress, ReleaseSpec, ReleaseStatus, Target
from engine.deployment.targets import get_target, open_target, remember_probe
from engine.errors import LinesideError, UsageError
from engine.packaging.artifacts import Artifact, get_artifact, layout_folder, list_artifacts
from engine.packaging.carrying import with_pipeline
from engine.serving.pipeline.document import Pipeline
from engine.workspace import Workspace

Step = Callable[[Target, Progress], ReleaseStatus]
CURRENT = ("running", "published")
"""States of a release that took over and was not replaced: it runs, or lies where nothing runs."""


@dataclass(frozen=True)
class Release:
    """An artifact applied to a target, as the workspace's history has it.

    Attributes:
        state: applying, rolling (see `engine.deployment.rollout`), running, published (in a registry), sent (on a stick
            whose box has not answered yet), failed, replaced or removed.
        details: mode, key, previous (id of the release that this one took the place of), rolled_back (id of the release
            that was taken back by this one), push {sent, skipped, resumed, retries, saved}, error, log, rollout, history,
            receipts (by box), environment (what its program is told), takt (see `engine.deployment.takt`),
            pipeline (name of the one that it carries).
    """

    id: int
    target: str
    artifact: str
    state: str
    traffic: int
    endpoint: str
    created: datetime
    ended: datetime | None = None
    details: dict[str, Any] = field(default_factory=dict)
    name: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "id": self.id, "target": self.target, "artifact": self.artifact, "name": self.name, "state": self.state,
            "traffic": self.traffic, "endpoint": self.endpoint, "created": self.created.isoformat(),
            "ended": self.ended.isoformat() if self.ended else None, "details": self.details,
        }  # fmt: skip


@dataclass(frozen=True)
class TargetStatus:
    """What runs on a target now: as the target says, beside what the history says should run."""

    target: str
    reachable: bool
    releases: list[ReleaseStatus] = field(default_factory=list)
    should: Release | None = None
    message: str = ""  # one sentence when something is not as it should be

    @property
    def running(self) -> ReleaseStatus | None:
        """The release that requests go to."""
        return next((one for one in self.releases if one.current), None)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "target": self.target, "reachable": self.reachable, "message": self.message,
            "releases": [one.to_json() for one in self.releases],
            "should": self.should.to_json() if self.should else None,
        }  # fmt: skip


def nothing(stage: str, done: int, total: int, digest: str) -> None:
    """A progress callback for those who do not watch."""


def deploy(
    workspace: Workspace, artifact: str, target: str, progress: Progress = nothing, *,
    notes: Mapping[str, Any] | None = None, pipeline: Pipeline | None = None, ask: Ask | None = None,
) -> Release:  # fmt: skip
    """Push an artifact to a target and let it take over there once it is ready.

    Deploying what already runs answers with the running release and changes nothing.

    Args:
        artifact: digest (or its first characters), reference, or name of the model (its newest artifact,
            of the target's platform if there are several).
        target: name of the target.
        progress: see `engine.deployment.target.Progress`.
        notes: what its history keeps of why it is deployed, as `Takt.notes`; with `environment`, what it is told.
        pipeline: runs in the release, which carries it; None: as the artifact is.
        ask: asks for a password where one is needed.

    Raises:
        UsageError: no such artifact or target.
        NotTrusted, NoKeys, BadInput: the artifact is not whole, or not what the workspace's keys vouch for.
        WrongPlatform, DiskFull, HostKeyUnknown, HostKeyChanged, LoginRefused, TargetUnreachable: the target refuses;
            what ran there still runs.
        ReleaseFailed: it did not become ready; what ran before still runs.
    """
    digests, name = artifacts_called(workspace, artifact)
    return deploy_first(workspace, digests, name, target, progress, notes=notes, pipeline=pipeline, ask=ask)


def rollback(workspace: Workspace, target: str, progress: Progress = nothing, *, ask: Ask | None = None) -> Release:
    """Put the release before the present one back, in one step; done again it goes one further back.

    Raises:
        UsageError: there is none before.
    """
    current = current_release(workspace, target)
    if current is None:
        raise UsageError(f"Nothing was released to “{target}” yet; there is nothing to go back to.")
    previous = get_release(workspace, current.details["previous"]) if current.details.get("previous") else None
    if previous is None:
        raise UsageError(f"The release {current.id} on “{target}” is the first; there is none before it to go back to.")
    kept: dict[str, Any] = {key: previous.details[key] for key in ("environment", "takt") if key in previous.details}
    notes: dict[str, Any] = kept | {
        "rolled_back": current.id,
        "restores": previous.id,
        "previous": previous.details.get("previous"),
    }
    return deploy_first(workspace, [previous.artifact], previous.name, target, progress, notes=notes, ask=ask)


def list_releases(workspace: Workspace, target: str | None = None) -> list[Release]:
    """The history, newest first."""
    where, parameters = ("WHERE r.target = ?", [target]) if target else ("", [])
    return [_row(row) for row in workspace.query(f"{_SELECT} {where} ORDER BY r.id DESC", parameters)]


def get_release(workspace: Workspace, release_id: int) -> Release | None:
    """A release of the history."""
    rows = workspace.query(f"{_SELECT} WHERE r.id = ?", [release_id])
    return _row(rows[0]) if rows else None


def current_release(workspace: Workspace, target: str) -> Release | None:
    """The release that should run on a target."""
    rows = workspace.query(
        f"{_SELECT} WHERE r.target = ? AND r.state IN {CURRENT} ORDER BY r.id DESC LIMIT 1", [target]
    )
    return _row(rows[0]) if rows else None


def status(workspace: Workspace, target: str, *, ask: Ask | None = None) -> TargetStatus:
    """What runs on a target now; one that does not answer is told as such, not raised.

    A deploy that was killed after its release took over is written into the history now.
    """
    get_target(workspace, target)
    try:
        with open_target(workspace, target, ask) as opened:
            take_receipts(workspace, opened.receipts())
            found = opened.status()
            running = next((one for one in found if one.current), None)
            adopted = running and running.state in CURRENT and _adopt(workspace, target, running)
            if adopted and running and (control := gateway_of(opened)):
                control.take_over(running)
    except TargetUnreachable as error:
        return TargetStatus(target, False, [], current_release(workspace, target), str(error))
    should = current_release(workspace, target)
    message = running.message if running else ""
    if (going := rolling(workspace, target)) is not None:
        message = f"Release {going.id} ({going.name}) is being rolled out, {going.traffic} % now: {going.details['history'][-1]['why'][-1]}"
    if should and running is None:
        moved = next((one.message for one in found if one.key == should.details.get("key")), "")
        message = f"Release {should.id} should run on “{target}”, but nothing does." if opened.runs else (
            f"Release {should.id} is not as it was published to “{target}”: {moved or 'it is gone'}.")  # fmt: skip
    elif should and running and running.key != should.details.get("key"):
        message = f"“{target}” runs another release than this workspace put there ({running.name or running.key})."
    return TargetStatus(target, True, found, should, message)


def logs(workspace: Workspace, target: str, lines: int = 200, *, ask: Ask | None = None) -> str:
    """The last lines of the release that runs on a target, or of the last one that did."""
    reader = LogReader(workspace, target, ask)
    try:
        return "\n".join(reader.read(lines)[0].lines)
    finally:
        reader.close()


def remove_release(workspace: Workspace, target: str, *, ask: Ask | None = None) -> Changes:
    """End what runs on a target and take all of its releases away; pushed layers stay for the next deploy."""
    with open_target(workspace, target, ask) as opened:
        for one in opened.status():
            opened.remove(one.key)
    with workspace.transaction("Remove release") as tx:
        tx.execute("UPDATE release SET state = 'removed', traffic = 0, ended = coalesce(ended, ?)"
                   f" WHERE target = ? AND state IN {(*CURRENT, 'applying', 'rolling')}", [tx.at, target])  # fmt: skip
    return Changes(everything=True)


def artifacts_called(workspace: Workspace, artifact: str) -> tuple[list[str], str]:
    """Digests of the artifacts that a name or a digest means, the first choice first, and the name.

    A reference (parts:3-int8) names a precision, too: it means that one only, on whatever platform.
    """
    found = get_artifact(workspace, artifact)
    if "pipeline" in found.details:
        return [found.digest], found.name
    by_digest = found.digest.removeprefix("sha256:").startswith(artifact.removeprefix("sha256:"))
    same_model = [
        one.digest
        for one in list_artifacts(workspace)
        if one.name == found.name
        and "pipeline" not in one.details
        and not by_digest
        and (names_model(found, artifact) or one.precision == found.precision)
    ]
    return list(dict.fromkeys([found.digest, *same_model])), found.name


def names_model(found: Artifact, artifact: str) -> bool:
    """Whether an artifact was found by the name of its model, which leaves the precision open."""
    return artifact in (found.name, found.name.rpartition(":")[0])


def choose(
    workspace: Workspace, opened: Target, digests: list[str], name: str, progress: Progress = nothing,
    pipeline: Pipeline | None = None,
) -> tuple[str, Image, Probe]:  # fmt: skip
    """The first of the artifacts that is for the target's platform and of a precision that its CPU computes, if one is.

    Where nothing runs, it is the artifact with all platforms. With a pipeline, it is the artifact that carries it.

    Raises:
        WrongPlatform: none is.
        UsageError: a rollout is going on there, or no pipeline can run there.
    """
    target = opened.context.name
    if pipeline is not None and opened.runs and not opened.pipelines:
        raise UsageError(
            f"No pipeline runs on {opened.place}; they run on targets of kind process, docker, ssh and bundle."
        )
    if (going := rolling(workspace, target)) is not None:
        raise UsageError(
            f"Release {going.id} ({going.name}) is being rolled out on “{target}”; promote it or take it back first.",
            fix=f"lineside release rollback {target}",
        )

    def tell(sentence: str) -> None:
        progress("note", 0, 0, sentence)

    found = [(digest, image) for digest in digests for image in images(layout_folder(workspace), digest, name)]
    probe = opened.probe()
    remember_probe(workspace, target, probe)
    if told := clock_told(probe.clock_skew_s):
        progress("note", 0, 0, f"{opened.place}: {told}")
    if not opened.runs:
        if pipeline is not None:
            digests = [with_pipeline(workspace, digests[0], pipeline, tell)]
        return digests[0], Image(layout_folder(workspace), digests[0], name), probe
    running = [pair for pair in found if pair[1].platform == probe.platform]
    computed = [pair for pair in running if fits(probe, pair[1].precision)]
    digest, image = (computed or running or found)[0]
    opened.check_platform(image, probe)
    if pipeline is not None:
        digest = with_pipeline(workspace, digest, pipeline, tell)
        carrying = images(layout_folder(workspace), digest, name)
        image = next(one for one in carrying if one.platform == image.platform)
    return digest, image, probe


def carried(workspace: Workspace, digest: str) -> dict[str, str]:
    """What the history keeps of the pipeline that an artifact carries: its name as `pipeline`; nothing without one."""
    found = get_artifact(workspace, digest).details.get("pipeline")
    return {"pipeline": found["name"]} if found else {}


def rolling(workspace: Workspace, target: str) -> Release | None:
    """The release that is being rolled out on a target: it gets a share of the requests, or copies."""
    return next((one for one in list_releases(workspace, target) if one.state == "rolling"), None)


def deploy_first(
    workspace: Workspace, digests: list[str], name: str, target: str, progress: Progress = nothing, *,
    notes: Mapping[str, Any] | None = None, pipeline: Pipeline | None = None, ask: Ask | None = None,
) -> Release:  # fmt: skip
    """As `deploy`, of the first of some artifacts that is for the target's platform; signed and checked before a byte is sent."""
    from engine.packaging.trust.signing import vouch

    notes = notes or {}
    with open_target(workspace, target, ask) as opened:
        take_receipts(workspace, opened.receipts())
        digest, image, probe = choose(workspace, opened, digests, name, progress, pipeline)
        environment = notes.get("environment", {})
        shown = certificate_of(opened)
        current = current_release(workspace, target)
        if current and current.artifact == digest:
            now = next((one for one in opened.status() if one.key == current.details.get("key")), None)
            control = gateway_of(opened)
            as_wanted = now and now.endpoint.startswith("https:") == bool(shown)
            as_told = not environment or environment == current.details.get("environment")
            found_by_it = control is None or control.model().slot_of(current.details.get("key", ""))
            if now and now.current and now.state in CURRENT and as_wanted and as_told and found_by_it:
                return current
        details = {
            "previous": current.id if current else None,
            **notes,
            **carried(workspace, digest),
            **vouch(workspace, digest),
        }
        release = begin(workspace, digest, target, details)
        try:
            report = push(workspace, opened, image, digest, progress)
            control = ensure_gateway(opened, probe.platform, progress)
            files = TLS_FILES if shown and control is None else {}  # else the gateway shows the certificate
            spec = ReleaseSpec(release.details["key"], name or digest[7:19], image, {**environment, **files})
            applied = opened.apply(spec, progress, route=partial(control.take_over, tls=shown) if control else None)
        except BaseException as error:
            fail(workspace, release, error)
            raise
    return finish(workspace, release, applied, {"push": vars(report)})


def begin(workspace: Workspace, digest: str, target: str, details: dict[str, Any]) -> Release:
    """Write a release into the history before anything of it is on the target."""
    with workspace.transaction("Deploy") as tx:
        number = (tx.execute("SELECT max(id) FROM release").fetchone() or [None])[0]
        release_id = int(number or 0) + 1
        details["key"] = f"{workspace.id[:8]}-{release_id}"
        tx.execute(
            "UPDATE release SET state = 'failed', ended = ? WHERE target = ? AND state = 'applying'", [tx.at, target]
        )
        tx.execute("INSERT INTO release (id, target, artifact, state, traffic, created, details) VALUES (?, ?, ?, 'applying',"
                   " 0, ?, ?)", [release_id, target, digest, tx.at, json.dumps(details)])  # fmt: skip
    return Release(release_id, target, digest, "applying", 0, "", tx.at.replace(tzinfo=UTC), None, details)


def finish(workspace: Workspace, release: Release, applied: ReleaseStatus, more: dict[str, Any]) -> Release:
    """A release took over."""
    details = {**release.details, **more, "mode": applied.mode}
    if applied.state == "sent":
        details["image"] = applied.digest
        _send(workspace, release, details)
        return replace(release, state="sent", details=details)
    with workspace.transaction("Deploy") as tx:
        tx.execute(f"UPDATE release SET state = 'replaced', traffic = 0, ended = ? WHERE target = ? AND state IN {CURRENT}",
                   [tx.at, release.target])  # fmt: skip
        tx.execute("UPDATE release SET state = ?, traffic = 100, endpoint = ?, details = ? WHERE id = ?",
                   [applied.state if applied.state in CURRENT else "running", applied.endpoint, json.dumps(details), release.id])  # fmt: skip
    finished = get_release(workspace, release.id)
    assert finished is not None
    return finished


def _send(workspace: Workspace, release: Release, details: dict[str, Any]) -> None:
    """Note that a release is on its way; what runs there is as it was until a receipt says otherwise."""
    with workspace.transaction("Deploy") as tx:
        tx.execute("UPDATE release SET state = 'replaced', ended = ? WHERE target = ? AND state = 'sent'",
                   [tx.at, release.target])  # fmt: skip
        tx.execute("UPDATE release SET state = 'sent', details = ? WHERE id = ?", [json.dumps(details), release.id])


def send(workspace: Workspace, artifact: str, target: str, write: Callable[[str], dict[str, Any]]) -> Release:
    """Put a release for a target into the history that somebody carries there.

    Args:
        artifact: digest of the image.
        write: puts the release of this key where it will be carried from; what the history should keep of it.
    """
    current = current_release(workspace, target)
    release = begin(workspace, artifact, target, {"previous": current.id if current else None})
    try:
        details = {**release.details, **write(release.details["key"])}
    except BaseException as error:
        fail(workspace, release, error)
        raise
    _send(workspace, release, details)
    return replace(release, state="sent", details=details)


def take_receipts(workspace: Workspace, receipts: Sequence[Receipt]) -> Changes:
    """Write into the history what boxes did with releases that were carried to them."""
    by_key = {one.details.get("key"): one for one in list_releases(workspace)} if receipts else {}
    changes = Changes()
    for receipt in receipts:
        release = by_key.get(receipt.key)
        if release is not None and _take(workspace, release, receipt):
            by_key[receipt.key] = get_release(workspace, release.id) or release
            changes |= changes_of(release)
    return changes


def _take(workspace: Workspace, release: Release, receipt: Receipt) -> bool:
    """Take one receipt; False where it is not news, or of another box than the release was for."""
    before = release.details.get("receipts", {})
    if (
        receipt.digest not in (release.artifact, release.details.get("image"))
        or before.get(receipt.box) == receipt.body
    ):
        return False
    if release.details.get("box") not in (None, "", receipt.box):
        return False
    more: dict[str, Any] = {"receipts": {**before, receipt.box: receipt.body}}
    newer = current_release(workspace, release.target)
    if receipt.result == "running" and not (newer and newer.id > release.id):
        applied = ReleaseStatus(
            receipt.key, receipt.digest, state="running", mode=receipt.mode, endpoint=receipt.endpoint
        )
        finish(workspace, release, applied, more)
        return True
    state = release.state
    if receipt.result == "running":
        state = "replaced"
    elif state == "sent":
        state = "failed"
        more |= {"error": receipt.message, "log": receipt.body.get("log", "")}
    with workspace.transaction("Receipt") as tx:
        tx.execute("UPDATE release SET state = ?, details = ?, ended = coalesce(ended, CASE WHEN ? THEN ?::TIMESTAMP END)"
                   " WHERE id = ?", [state, json.dumps({**release.details, **more}), state != "running", tx.at, release.id])  # fmt: skip
    return True


def _adopt(workspace: Workspace, target: str, running: ReleaseStatus) -> bool:
    """Record a release that took over just before the program that deployed it was killed."""
    applying = [one for one in list_releases(workspace, target) if one.state == "applying"]
    release = next((one for one in applying if one.details.get("key") == running.key), None)
    if release is not None:
        finish(workspace, release, running, {})
    return release is not None


def fail(workspace: Workspace, release: Release, error: BaseException) -> None:
    """A release did not come to take over."""
    known = isinstance(error, LinesideError)
    details = {**release.details, "error": str(error) if known else f"{type(error).__name__}: {error}"}
    if isinstance(error, ReleaseFailed):
        details["log"] = error.log
    with workspace.transaction("Deploy") as tx:
        tx.execute("UPDATE release SET state = 'failed', traffic = 0, ended = ?, details = ? WHERE id = ?",
                   [tx.at, json.dumps(details), release.id])  # fmt: skip


def changes_of(release: Release) -> Changes:
    """What a deploy or a rollback changed."""
    return changed(releases=[release.id], targets=[release.target])


_SELECT = """
SELECT r.id, r.target, r.artifact, r.state, r.traffic, r.endpoint, r.created, r.ended, r.details,
       (SELECT any_value(a.name) FROM artifact a WHERE a.digest = r.artifact) FROM release r"""


def _row(row: tuple[Any, ...]) -> Release:
    number, target, artifact, state, traffic, endpoint, created, ended, details, name = row
    return Release(
        number, target, artifact, state, traffic or 0, endpoint or "", created.replace(tzinfo=UTC),
        ended.replace(tzinfo=UTC) if ended else None, json.loads(details or "{}"), name or "",
    )  # fmt: skip
