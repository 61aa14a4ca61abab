"""The report of a rehearsal: one HTML file without scripts, with the images that are answered otherwise side by side."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.data.report.page import Figure, Section, Table, page
from engine.data.report.svg import Drawing, escape
from engine.data.report.words import Words
from engine.deployment.reasons import parts, sentence
from engine.deployment.rehearsal import Compared, Rehearsal, Reply
from engine.serving.agreement import pairs_of
from engine.serving.manifest import OBJECTS

SIDE, GAP, CAPTION = 310.0, 20.0, 40.0
MOST = 60  # images that are shown
PIXELS = 620  # of their longer side in the file
STYLE = (
    ".back{fill:var(--line,#e4e8ed)}.alone,.both{fill:none;stroke-width:2}.alone{stroke:#b91c1c}.both{stroke:#1f6feb}"
)


def html(rehearsal: Rehearsal, language: str = "en") -> str:
    """The whole document.

    Args:
        language: en or zh.
    """
    words, figures = Words(language, "engine.deployment"), rehearsal.figures
    old, new = rehearsal.old, rehearsal.new
    cards = [
        (words("Verdict"), words("Not to be released") if rehearsal.broken else words("Within the limits")),
        (words("Images"), f"{figures['images']:,}"),
        (words("Answered otherwise"), f"{figures['differing']:,}"),
        (words("Agreement"), f"{100 * figures['agreement']:.1f} %"),
    ]
    shown = rehearsal.differing[:MOST]
    sections = [
        Section("limits", words("Limits"), tables=[Table([""], [[(sentence(one, parts(one), words), "bad")] for one in rehearsal.broken])])
        if rehearsal.broken
        else None,
        Section("figures", words("Both releases"), tables=[_figures(figures, words)]),
        Section(
            "images", words("Images that are answered otherwise"),
            words("Blue: what both say. Red: what one says alone. The {0} that differ most of {1}.", len(shown), figures["differing"]),
            [_figure(one, at, words) for at, one in enumerate(shown)],
        ) if shown else None,
        Section("unreadable", words("Images that could not be read"), tables=[Table([""], [[one] for one in rehearsal.unreadable])])
        if rehearsal.unreadable else None,
    ]  # fmt: skip
    title = words("Rehearsal of {0} on {1}", new, rehearsal.target)
    return page(title, words("Against {0}, which runs there", old), cards, [one for one in sections if one], words)


def _figures(figures: Mapping[str, Any], words: Words) -> Table:
    rows: list[list[Any]] = [[words("Failed"), *(figures["failed"][side] for side in ("old", "new"))]]
    for name, key in (("Half of the answers within, ms", "p50_ms"), ("99 % of the answers within, ms", "p99_ms")):
        rows.append(
            [words(name), *(f"{figures[key][side]:.1f}" if side in figures[key] else "–" for side in ("old", "new"))]
        )
    if figures["rejects"]:
        rows.append([words("Parts called bad"), *(figures["rejects"][side] for side in ("old", "new"))])
    return Table(["", words("Old"), words("New")], rows)


def _figure(one: Compared, at: int, words: Words) -> Figure:
    rows = [
        [side, found["label"], found["score"], *found.get("box", ())]
        for side, reply in (("old", one.old), ("new", one.new))
        for found in _objects(reply)
    ]
    drawing = Drawing(2 * SIDE + GAP, SIDE + CAPTION, one.name)
    common = _common(one)
    picture = _picture(Path(one.path))
    for number, (name, reply) in enumerate((("Old", one.old), ("New", one.new))):
        _side(drawing, number * (SIDE + GAP), picture, reply, {pair[number] for pair in common})
        drawing.text(number * (SIDE + GAP), SIDE + 16, words(name))
        drawing.text(number * (SIDE + GAP), SIDE + 33, summary(reply), kind="q", room=SIDE)
    svg = drawing.svg().replace("</style>", f"{STYLE}</style>", 1)
    svg = svg.replace("<svg ", '<svg xmlns:xlink="http://www.w3.org/1999/xlink" ', 1)
    note = words("Agreement {0} %", f"{100 * one.agreement:.0f}")
    return Figure(f"image-{at + 1}", one.name, svg, ["release", "label", "score", "x0", "y0", "x1", "y1"], rows, note)


def summary(reply: Reply) -> str:
    """An answer in one line."""
    answer = reply.answer
    if answer is None:
        return reply.error
    if "predictions" in answer:
        return ", ".join(str(row.get("label", "?")) for row in answer["predictions"])
    if "label" in answer:
        return f"{answer['label']} {answer.get('score', 0):.2f}"
    if "labels" in answer:
        return ", ".join(f"{one['label']} {one['score']:.2f}" for one in answer["labels"]) or "–"
    return ", ".join(f"{one['label']} {one['score']:.2f}" for one in _objects(reply)) or "–"


def _objects(reply: Reply) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = (reply.answer or {}).get("detections", ())
    return found


def _common(one: Compared) -> list[tuple[int, int]]:
    task = (one.old.answer or {}).get("task")
    return pairs_of(task, _objects(one.old), _objects(one.new)) if task in OBJECTS and one.new.answer else []


def _picture(path: Path) -> tuple[str, float, float] | None:
    """A small JPEG as base64, with width and height of the image; None where it is none."""
    import cv2

    from engine.serving.errors import ServingError
    from engine.serving.images import decode

    try:
        pixels = decode(path, 0, "rgb")
    except (ServingError, OSError):
        return None
    high, wide = pixels.shape[:2]
    scale = min(1.0, PIXELS / max(high, wide))
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    made, data = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 80])
    return (base64.b64encode(data.tobytes()).decode(), float(wide), float(high)) if made else None


def _side(
    drawing: Drawing, left: float, picture: tuple[str, float, float] | None, reply: Reply, both: set[int]
) -> None:
    drawing.rect(left, 0, SIDE, SIDE, "back")
    if picture is None:
        drawing.text(left + SIDE / 2, SIDE / 2, "–", "middle", "q")
        return
    data, width, height = picture
    scale = SIDE / max(width, height)
    left, top = left + (SIDE - width * scale) / 2, (SIDE - height * scale) / 2
    drawing.parts.append(
        f'<image x="{left:.1f}" y="{top:.1f}" width="{width * scale:.1f}" height="{height * scale:.1f}"'
        f' preserveAspectRatio="none" xlink:href="data:image/jpeg;base64,{data}"/>'
    )
    numbered = enumerate(_objects(reply))
    for at, found in sorted(numbered, key=lambda pair: pair[0] not in both):  # what is said alone lies above
        x0, y0, x1, y1 = (float(edge) * scale for edge in found["box"])
        turn = ""
        if rotated := found.get("rotated"):
            x, y, wide, high, angle = (float(value) for value in rotated)
            x0, x1, y0, y1 = (
                (x - wide / 2) * scale,
                (x + wide / 2) * scale,
                (y - high / 2) * scale,
                (y + high / 2) * scale,
            )
            turn = f' transform="rotate({angle:.1f} {left + x * scale:.1f} {top + y * scale:.1f})"'
        kind = "both" if at in both else "alone"
        drawing.parts.append(
            f'<rect x="{left + x0:.1f}" y="{top + y0:.1f}" width="{max(0.0, x1 - x0):.1f}" height="{max(0.0, y1 - y0):.1f}"'
            f' class="{kind}"{turn}><title>{escape(str(found["label"]))}</title></rect>'
        )
