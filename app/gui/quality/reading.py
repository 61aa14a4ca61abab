"""What the quality page asks of the engine, each run off the UI thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from engine.labeling.agreement import Agreement
    from engine.labeling.findings import Finding
    from engine.labeling.gauge import Gauge
    from engine.labeling.review import Work
    from engine.labeling.rounds import Round
    from engine.workspace import Workspace

CROP = 132  # px of a picture of a finding
MARGIN = 0.6  # of the shape's size around it
MOST_CROPS = 60


@dataclass(frozen=True)
class Progress:
    """Items by state and person, and what was done on which day."""

    states: dict[str, int]
    people: dict[str, dict[str, int]]
    work: list[Work]
    rule: str
    names: list[str]


@dataclass(frozen=True)
class RoundSeen:
    """A round with how far everybody is, how they agree, and the gauge study; `reason` where there is none yet."""

    round: Round
    done: dict[str, tuple[int, ...]]
    agreement: Agreement | None = None
    gauge: Gauge | None = None
    reason: str = ""
    names: dict[int, str] = field(default_factory=dict)
    items: dict[int, str] = field(default_factory=dict)


def progress(ws: Workspace) -> Progress:
    """For the first tab."""
    from engine.labeling import review

    return Progress(
        review.counts(ws), review.counts_by_person(ws), review.work(ws, 30), review.own_work_rule(ws), review.people(ws)
    )


def findings(ws: Workspace) -> list[Finding]:
    """All suspicious labels."""
    from engine.training.dynamics import all_findings

    return all_findings(ws)


def crops(ws: Workspace, found: Sequence[Finding]) -> list[tuple[Finding, QImage, str]]:
    """A picture of the place of each finding with the shape's box drawn on it, and the item's name."""
    from engine.data.items import item_images

    listed = list(found[:MOST_CROPS])
    images = {image.id: image for image in item_images(ws, sorted({finding.item_id for finding in listed}))}
    rows = ws.query(
        "SELECT id, x, y, w, h FROM annotation WHERE id IN (SELECT unnest(?::BIGINT[]))",
        [[finding.annotation_id for finding in listed]],
    )
    boxes = {row[0]: tuple(float(value or 0) for value in row[1:]) for row in rows}
    decoded: dict[int, QImage] = {}
    result = []
    for finding in sorted(listed, key=lambda one: one.item_id):
        image = images.get(finding.item_id)
        if image is None:
            continue
        if finding.item_id not in decoded:
            decoded = {finding.item_id: QImage(str(image.path))}
        result.append((finding, _crop(decoded[finding.item_id], boxes.get(finding.annotation_id)), image.name))
    order = {finding.key: place for place, finding in enumerate(listed)}
    return sorted(result, key=lambda entry: order[entry[0].key])


def rounds(ws: Workspace) -> list[tuple[Round, dict[str, tuple[int, ...]]]]:
    """All rounds with how far everybody is."""
    from engine.labeling.rounds import progress, rounds

    return [(known, progress(ws, known)) for known in rounds(ws)]


def look(ws: Workspace, round_id: int) -> RoundSeen:
    """Everything of one round."""
    from engine.data.records import read_labels
    from engine.errors import BadInput
    from engine.labeling.rounds import agreement_of, gauge_of, progress, round_of

    made = round_of(ws, round_id)
    done = progress(ws, made)
    names = {label.id: label.name for label in read_labels(ws)}
    items = dict(ws.query("SELECT id, name FROM item WHERE id IN (SELECT unnest(?::BIGINT[]))", [list(made.items)]))
    gauge, reason = None, ""
    try:
        gauge = gauge_of(ws, made)
    except BadInput as error:
        reason = str(error)
    return RoundSeen(made, done, agreement_of(ws, made), gauge, reason, names, items)


def _crop(image: QImage, box: tuple[float, ...] | None) -> QImage:
    from PySide6.QtCore import QRectF, Qt
    from PySide6.QtGui import QColor, QPainter, QPen

    ground = QImage(CROP, CROP, QImage.Format.Format_RGB32)
    ground.fill(QColor("#2b2f36"))
    if image.isNull():
        return ground
    x, y, w, h = box or (0.0, 0.0, float(image.width()), float(image.height()))
    side = max(w, h, 24.0) * (1 + 2 * MARGIN) if box else float(max(image.width(), image.height()))
    source = QRectF(x + w / 2 - side / 2, y + h / 2 - side / 2, side, side)
    painter = QPainter(ground)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, side > CROP)
    scale = CROP / side
    painter.drawImage(
        QRectF(-source.x() * scale, -source.y() * scale, image.width() * scale, image.height() * scale),
        image,
        QRectF(image.rect()),
    )
    if box:
        painter.setPen(QPen(QColor("#ffb020"), 2, Qt.PenStyle.SolidLine))
        painter.drawRect(
            QRectF((x - source.x()) * scale, (y - source.y()) * scale, max(2.0, w * scale), max(2.0, h * scale))
        )
    painter.end()
    return ground
