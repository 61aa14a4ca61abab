"""The next best minute: what an hour of labelling, of review, or of collecting a label is expected to bring.

It rests on three measured things: the learning curve of models trained on growing versions, the speed at which people work
here, and, for a label, its own error. Each forecast is kept and later held against what the hour did bring.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.changes import Changes
from engine.curation import curve, speed
from engine.curation.curve import Curve, Estimate
from engine.curation.measured import Point, learning_points, measured, training_share

if TYPE_CHECKING:
    from engine.workspace import Workspace

KEPT_CURVES = 60  # drawn curves that a forecast keeps
RAREST = 3  # labels that are offered for collecting
NOTES = {
    "curve": "Train and evaluate models on at least {count} versions of growing size, on the same images ({found} so far).",
    "speed": "Label at least {count} images here, so that the speed is known ({found} so far).",
    "review": "Go through at least {count} likely label errors ({found} so far).",
    "alike": "If the images are like those labelled so far.",
    "mended": "On {share} % of the images gone through so far something was mended.",
    "collect": "If {label} learns as all labels do together, and finding such images takes no time.",
}


@dataclass(frozen=True)
class Note:
    """A sentence whose pattern a face may translate; see `NOTES`."""

    pattern: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def text(self, translate: Callable[[str], str] = str) -> str:
        """The sentence."""
        return translate(NOTES[self.pattern]).format(**self.values)


@dataclass(frozen=True)
class Option:
    """One way to spend an hour.

    Attributes:
        kind: label, review or collect.
        label: what to collect.
        gain: of the figure, in [0, 1]; None: cannot be told.
        per_hour: images (collect: shapes of the label) that an hour brings.
        missing: what is needed to tell.
        assumes: what the estimate rests on beyond the measured.
    """

    kind: str
    label: str = ""
    gain: Estimate | None = None
    per_hour: float = 0.0
    missing: tuple[Note, ...] = ()
    assumes: Note | None = None


@dataclass(frozen=True)
class Forecast:
    """All options, the best first.

    Attributes:
        metric: map50 or accuracy; "" when no model was evaluated.
        on: the version and split that the points were measured on.
        drawn: probable curves, rows a, b, c.
    """

    options: list[Option]
    points: list[Point] = field(default_factory=list)
    metric: str = ""
    on: str = ""
    drawn: list[list[float]] = field(default_factory=list)

    @property
    def now(self) -> Point | None:
        """The model that has learned from most."""
        return max(self.points, key=lambda point: point.images, default=None)

    def to_json(self) -> dict[str, Any]:
        """As the store keeps it and the command line prints it."""
        return asdict(self)


@dataclass(frozen=True)
class Outcome:
    """A forecast and what came of it.

    Attributes:
        hours: at work since then, until the newest model's version was made.
        images: that the newest model has learned from beyond those of then.
        brought: change of the figure; None: no newer model was measured on the same images yet.
        expected: of that many images, by the curves of then.
    """

    id: int
    created: datetime
    forecast: Mapping[str, Any]
    hours: float = 0.0
    images: int = 0
    brought: float | None = None
    expected: Estimate | None = None


def next_best(ws: Workspace) -> Forecast:
    """What an hour is expected to bring now. Says what is missing where it cannot be told."""
    metric, on, points = learning_points(ws)
    found = curve.fit([point.images for point in points], [1 - point.figure for point in points])
    options = [_labelling(ws, found, points), _review(ws, found, points), *_collecting(ws, found, points, metric)]
    options.sort(key=lambda option: -(option.gain.value if option.gain else -1.0))
    drawn = [] if found is None else found.drawn[:KEPT_CURVES].round(6).tolist()
    return Forecast(options, points, metric, on, drawn)


def keep(ws: Workspace, forecast: Forecast) -> Changes:
    """Remember a forecast, to be held against what comes; one that tells nothing is not kept."""
    if any(option.gain for option in forecast.options):
        with ws.transaction("Forecast") as tx:
            ((ident,),) = tx.execute("SELECT coalesce(max(id), 0) + 1 FROM forecast").fetchall()
            details = json.dumps(forecast.to_json(), ensure_ascii=False)
            tx.execute("INSERT INTO forecast VALUES (?, ?, ?, ?)", [ident, tx.at, tx.author, details])
    return Changes()


def outcomes(ws: Workspace, limit: int = 10) -> list[Outcome]:
    """Kept forecasts, newest first, with what came of them."""
    rows = ws.query("SELECT id, created, details FROM forecast ORDER BY id DESC LIMIT ?", [limit])
    found = {on: points for _, on, points in measured(ws)} if rows else {}
    return [_outcome(ws, ident, created, json.loads(details), found) for ident, created, details in rows]


def _labelling(ws: Workspace, found: Curve | None, points: Sequence[Point]) -> Option:
    pace = speed.labelling_speed(ws)
    missing = [_curve_missing(points)] if found is None else []
    if not pace.enough:
        missing.append(Note("speed", {"count": speed.FEWEST, "found": pace.items}))
    if found is None or missing:
        return Option("label", per_hour=pace.items_per_hour, missing=tuple(missing))
    gain = found.gain(max(point.images for point in points), pace.items_per_hour * training_share(ws))
    return Option("label", gain=gain, per_hour=pace.items_per_hour, assumes=Note("alike"))


def _review(ws: Workspace, found: Curve | None, points: Sequence[Point]) -> Option:
    pace = speed.review_speed(ws)
    missing = [_curve_missing(points)] if found is None else []
    if not pace.enough:
        missing.append(Note("review", {"count": speed.FEWEST, "found": pace.items}))
    if found is None or missing:
        return Option("review", per_hour=pace.items_per_hour, missing=tuple(missing))
    images = max(point.images for point in points)
    wrong = min(0.9, pace.mended / pace.items)
    # A share ρ of wrong labels leaves about n (1 − ρ)² of n images; the queue holds the likeliest ones, so ρ falls with it.
    share = wrong * min(1.0, pace.items_per_hour / images)
    gain = curve.estimate(found.error(images * (1 - share) ** 2) - found.error(images))
    return Option("review", gain=gain, per_hour=pace.items_per_hour,
                  assumes=Note("mended", {"share": round(100 * wrong)}))  # fmt: skip


def _collecting(ws: Workspace, found: Curve | None, points: Sequence[Point], metric: str) -> list[Option]:
    """Labels with the largest error, each as if an hour brought only shapes of it."""
    pace = speed.labelling_speed(ws)
    if found is None or not pace.enough or metric != "map50":
        return []
    newest = max(points, key=lambda point: point.images)
    errors, counts = _labels(ws, newest.evaluation)
    height, exponents, floors = found.drawn.T
    falling = height * newest.images**-exponents
    falling /= falling + floors  # the share of the error that more images take away; the floor stays
    options = []
    for label, error in errors.items():
        there = counts.get(label, 0)
        if not there:
            continue
        falls = error * falling * (1 - (1 + pace.shapes_per_hour / there) ** -exponents) / len(errors)
        options.append(
            Option(
                "collect",
                label,
                curve.estimate(falls),
                pace.shapes_per_hour,
                assumes=Note("collect", {"label": label}),
            )
        )
    options.sort(key=lambda option: -(option.gain.value if option.gain else 0.0))
    return options[:RAREST]


def _labels(ws: Workspace, evaluation: int) -> tuple[dict[str, float], dict[str, int]]:
    """The error 1 − AP of each label by an evaluation, and how many shapes each label has."""
    from engine.errors import LinesideError
    from engine.evaluation.results import load_evaluation

    try:
        per_class = load_evaluation(ws, evaluation).summary["per_class"]
    except LinesideError:
        per_class = {}
    errors = {
        label: 1 - value
        for label, figures in per_class.items()
        if (value := figures.get("ap50", figures.get("ap"))) is not None
    }
    counts = dict(
        ws.query(
            "SELECT l.name, count(*) FROM annotation a JOIN label l ON l.id = a.label_id WHERE a.origin <> 'model' GROUP BY 1"
        )
    )
    return errors, counts


def _curve_missing(points: Sequence[Point]) -> Note:
    return Note("curve", {"count": curve.FEWEST, "found": len({point.images for point in points})})


def _outcome(
    ws: Workspace, ident: int, created: datetime, forecast: Mapping[str, Any], found: Mapping[str, Sequence[Point]]
) -> Outcome:
    then, figure = max(((point["images"], point["figure"]) for point in forecast["points"]), default=(0, 0.0))
    now = max(found.get(forecast["on"], ()), key=lambda point: point.images, default=None)
    if now is None or now.images <= then:
        return Outcome(ident, created, forecast, speed.labelling_speed(ws, created).seconds / 3600)
    hours = speed.labelling_speed(ws, created, _made(ws, now)).seconds / 3600
    more = now.images - then
    expected = Curve(np.array(forecast["drawn"])).gain(then, more) if forecast["drawn"] else None
    return Outcome(ident, created, forecast, hours, more, now.figure - figure, expected)


def _made(ws: Workspace, point: Point) -> datetime | None:
    """When the version that a model has learned from was made: later work is not in it."""
    from engine.data.versions import list_versions
    from engine.training.models import list_models

    version = next((model.version_id for model in list_models(ws) if model.title == point.model), 0)
    return next((known.created for known in list_versions(ws) if known.id == version), None)
