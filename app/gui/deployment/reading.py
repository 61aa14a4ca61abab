"""What the deployment page shows, read from the engine off the UI thread into plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QSize
from PySide6.QtGui import QImage, QImageReader

from app.gui.deployment.fit import reason_against, remark_on
from app.gui.deployment.target_row import TargetLine

if TYPE_CHECKING:
    from engine.deployment.pushes import Push
    from engine.deployment.releases import Release, TargetStatus
    from engine.deployment.target import Probe
    from engine.deployment.targets import TargetRow
    from engine.workspace import Workspace

LARGEST = 2048


@dataclass(frozen=True)
class ArtifactLine:
    """One artifact as the list shows it."""

    digest: str
    name: str
    platform: str
    precision: str
    bytes: int
    created: datetime
    signed: int = 0  # the release's count; 0 while it is not signed
    foreign: bool = False  # it came from elsewhere

    @property
    def short(self) -> str:
        """The digest as people compare it."""
        bare = self.digest.removeprefix("sha256:")
        return f"sha256:{bare[:4]}…{bare[-4:]}"


@dataclass(frozen=True)
class Place:
    """A target, and what the history says should run there."""

    name: str
    url: str
    kind: str
    release: str = ""
    can_roll_back: bool = False
    signed: int | None = None  # of the release that should run there
    runs: bool = True  # whether releases run there; not in a registry or on a stick
    probe: Probe | None = None
    probed: datetime | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    fleet: str = ""  # the one that it belongs to; it is shown there


@dataclass(frozen=True)
class Overview:
    """Artifacts and targets."""

    artifacts: Sequence[ArtifactLine] = ()
    places: Sequence[Place] = ()
    names: Mapping[str, str] = field(default_factory=dict)


def read_overview(workspace: Workspace) -> Overview:
    """Everything that the page lists; contacts no target."""
    from engine.deployment.fleet.fleets import fleet_of
    from engine.deployment.releases import current_release
    from engine.deployment.targets import list_targets
    from engine.packaging.artifacts import list_artifacts
    from engine.packaging.trust.signing import signed_counts

    counts = signed_counts(workspace)
    artifacts = [
        ArtifactLine(
            a.digest, a.name, a.platforms, a.precision or "", a.bytes, a.created,
            counts.get(a.digest, 0), bool(a.details.get("foreign")),
        )
        for a in list_artifacts(workspace)
    ]  # fmt: skip
    fleets = fleet_of(workspace)
    places = [
        _place(row, current_release(workspace, row.name), fleets.get(row.name, "")) for row in list_targets(workspace)
    ]
    return Overview(artifacts, places, {a.digest: a.name for a in artifacts})


def _place(row: TargetRow, release: Release | None, fleet: str) -> Place:
    signed = int(release.details.get("signed", 0)) if release else None
    back = bool(release and release.details.get("previous"))
    return Place(
        row.name, row.url, kind_text(row), release.name if release else "", back, signed,
        row.scheme not in ("registry", "bundle"), row.probe, row.probed, row.options, fleet,
    )  # fmt: skip


def read_push(workspace: Workspace, digest: str, target: str) -> Push:
    """What a push would send, as far as is known before the target is asked."""
    from engine.deployment.pushes import planned

    return planned(workspace, digest, target)


def read_cut(workspace: Workspace) -> Push | None:
    """The newest push that did not come to its end."""
    from engine.deployment.pushes import unfinished

    return next(iter(unfinished(workspace)), None)


def kind_text(row: TargetRow) -> str:
    """What a target is: kind, address, architecture."""
    kinds = {
        "process": QCoreApplication.translate("Targets", "Process"),
        "docker": "Docker",
        "ssh": "SSH",
        "registry": QCoreApplication.translate("Targets", "Registry"),
        "bundle": QCoreApplication.translate("Targets", "Stick"),
    }
    parts = [kinds.get(row.scheme, row.scheme)]
    if row.scheme in ("ssh", "registry", "bundle"):
        parts[0] = f"{parts[0]} {row.url.partition('://')[2]}"
    if row.probe is not None:
        parts.append(row.probe.platform.removeprefix("linux/"))
    return " · ".join(part for part in parts if part)


def line_of(
    place: Place, status: TargetStatus | None, names: Mapping[str, str], chosen: ArtifactLine | None = None
) -> TargetLine:
    """A row from what is known of a target, and how the chosen artifact fits there."""
    line = TargetLine(
        place.name, place.kind, place.release, can_roll_back=place.can_roll_back, signed=place.signed,
        keeps=bool(place.options.get("feedback")) or place.url.startswith("bundle:"),
        probe=place.probe, probed=place.probed,
    )  # fmt: skip
    if chosen is not None:
        against = reason_against(chosen, place)
        line = replace(line, needed=chosen.bytes, against=against, remark=remark_on(chosen, place))
    return line if status is None else replace(line, **_now(place, status, names))


def _now(place: Place, status: TargetStatus, names: Mapping[str, str]) -> dict[str, str]:
    """What runs there now, as the target itself says."""
    running = status.running
    sent = next((one for one in reversed(status.releases) if one.state == "sent"), None)
    if not status.reachable:
        return {"health": "unreachable", "release": place.release, "message": status.message}
    if (shown := running or sent) is None:
        return {"health": "nothing", "release": "", "message": status.message}
    release = shown.name or names.get(shown.digest, "") or shown.digest[7:19]
    if running is None:
        return {"health": "sent", "release": release, "message": status.message}
    message = status.message or running.message
    return {
        "health": running.state, "release": release, "message": message,
        "mode": running.mode, "endpoint": running.endpoint,
    }  # fmt: skip


def read_image(path: str) -> tuple[QImage, QSize]:
    """A picture to show, at most `LARGEST` px wide or high, and the size of the whole; may run in any thread."""
    reader = QImageReader(path)
    reader.setAutoTransform(True)
    QImageReader.setAllocationLimit(2048)
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > LARGEST:
        reader.setScaledSize(size.scaled(LARGEST, LARGEST, _keep()))
    image = reader.read()
    if image.isNull():
        return image, QSize()
    turned = (image.width() > image.height()) != (size.width() > size.height()) and size.width() != size.height()
    return image, size.transposed() if turned else size


def _keep() -> Any:
    from PySide6.QtCore import Qt

    return Qt.AspectRatioMode.KeepAspectRatio
