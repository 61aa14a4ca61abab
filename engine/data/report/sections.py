"""The sections of the dataset report, each out of facts: words, figures, tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.data.report import svg
from engine.data.report.drift import SLIGHT, STRONG, Drift
from engine.data.report.facts import Facts, Import, local
from engine.data.report.page import Figure, Section, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.data.report.pictures import Measured
    from engine.data.report.words import Words

MOST_LABELS = 24  # in one figure
MOST_DOTS = 3000
RARE = 10  # annotations: a label with fewer is hardly learnt


def labels(facts: Facts, words: Words) -> Section:
    """How many annotations each label has, of which kinds, and how many are on one item."""
    counts = facts.counts()
    kinds = facts.ask("SELECT kind, count(*) FROM annotation GROUP BY 1 ORDER BY 2 DESC, 1")
    each = facts.ask("SELECT n, count(*) FROM (SELECT (SELECT count(*) FROM annotation a WHERE a.item_id = i.id) AS n FROM item i) GROUP BY 1 ORDER BY 1")  # fmt: skip
    rare = [label for label, count, _ in counts if count < RARE]
    text = words("Labels with fewer than {0} annotations are hardly learnt: {1}.", RARE, ", ".join(rare[:12])) if rare else ""  # fmt: skip
    shown = counts[:MOST_LABELS]
    found = Section("labels", words("Labels"), text)
    found.figures.append(
        Figure("labels", words("Annotations of each label"),
               svg.bars(words("Annotations of each label"), [(n, c, facts.labels.get(n, "")) for n, c, _ in shown]),
               ("label", "annotations", "items"), counts)
    )  # fmt: skip
    found.figures.append(
        Figure("kinds", words("Kinds of annotation"),
               svg.bars(words("Kinds of annotation"), [(kind, count, "") for kind, count in kinds]), ("kind", "annotations"), kinds)
    )  # fmt: skip
    if each:
        top = int(each[-1][0])
        edges = _edges_whole(0, top + 1)
        values = np.histogram([n for n, _ in each], edges, weights=[c for _, c in each])[0].tolist()
        title = words("Annotations on one item")
        found.figures.append(Figure("per-item", title, svg.columns(title, edges, [("", values)], words("annotations")),
                                    ("annotations", "items"), each))  # fmt: skip
    return found


def shapes(facts: Facts, words: Words) -> Section | None:
    """How large the shapes are and where they lie."""
    sizes = facts.sizes()
    if not len(sizes):
        return None
    found = Section("shapes", words("Sizes and places"))
    picked = sizes[:: max(1, math.ceil(len(sizes) / MOST_DOTS))]
    title = words("Width and height of the shapes in px")
    found.figures.append(
        Figure("sizes", title, svg.dots(title, picked.tolist(), words("width, px"), words("height, px")),
               ("width", "height"), sizes.round(2).tolist())
    )  # fmt: skip
    sides = np.sqrt(sizes.prod(1))
    found.figures.append(_histogram("area", words("Size of the shapes (root of the area, px)"), sides, "px", log=True))
    aspects = sizes[:, 0] / sizes[:, 1]
    found.figures.append(_histogram("aspect", words("Width to height"), aspects, words("width ÷ height"), log=True))
    place = facts.places()
    title = words("Where the middles of the shapes lie")
    found.figures.append(
        Figure("places", title, svg.grid(title, place.tolist(), ratio=_ratio(facts)), [f"c{n}" for n in range(place.shape[1])],
               place.tolist(), words("All images laid over each other; the stronger the colour, the more shapes."))
    )  # fmt: skip
    for at, (label, count, _) in enumerate(facts.counts()[:6]):
        if count and len(facts.labels) > 1:
            place = facts.places(label)
            title = words("Places of “{0}”", label)
            found.figures.append(
                Figure(f"places-{at + 1}", title, svg.grid(title, place.tolist(), ratio=_ratio(facts)),
                       [f"c{n}" for n in range(place.shape[1])], place.tolist())
            )  # fmt: skip
    return found


def together(facts: Facts, words: Words) -> Section | None:
    """Which labels occur on the same item."""
    names = [label for label, count, _ in facts.counts() if count][:MOST_LABELS]
    if len(names) < 2:
        return None
    values = facts.together(names)
    title = words("Items with both labels")
    figure = Figure("together", title, svg.grid(title, values.tolist(), names, names, numbers=True), ["label", *names],
                    [[name, *row] for name, row in zip(names, values.tolist(), strict=True)],
                    words("On the diagonal: items with the label at all."))  # fmt: skip
    return Section("together", words("Labels on the same item"), figures=[figure])


def splits(facts: Facts, words: Words) -> Section:
    """How labels are divided over the splits."""
    names, by_label, items = facts.splits()
    shown = [name or words("none") for name in names]
    rows = [label for label, count, _ in facts.counts() if count][:MOST_LABELS]
    found = Section("splits", words("Splits"), words("A label should be divided over the splits as the items are."))
    title = words("Share of the splits in each label")
    values = [items, *(by_label[label] for label in rows)]
    heads = [words("all items"), *rows]
    found.figures.append(
        Figure("splits", title, svg.stacked(title, heads, shown, values), ["label", *shown],
               [[head, *value] for head, value in zip(heads, values, strict=True)])
    )  # fmt: skip
    missing = [
        (label, ", ".join(shown[at] for at, count in enumerate(by_label[label]) if names[at] and not count))
        for label in rows
        if any(names[at] and not count for at, count in enumerate(by_label[label]))
    ]
    if missing:
        found.tables.append(Table([words("Label"), words("Missing in")], [[label, (where, "warning")] for label, where in missing]))  # fmt: skip
    return found


def pictures(facts: Facts, measured: Sequence[Measured], failed: Mapping[int, str], words: Words) -> Section:
    """Sharpness, exposure and size of the pictures."""
    count = facts.items.num_rows
    text = words("{0} of {1} pictures were measured.", f"{len(measured):,}", f"{count:,}") if count else ""
    found = Section("pictures", words("Picture quality"), text)
    sizes = facts.ask("SELECT width || ' × ' || height, count(*) FROM item GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20")
    title = words("Sizes of the pictures in px")
    found.figures.append(Figure("picture-sizes", title, svg.bars(title, [(n or "?", c, "") for n, c in sizes]), ("size", "items"), sizes))  # fmt: skip
    if not measured:
        return found
    for name, title, axis, log in (
        ("sharpness", words("Sharpness"), words("variance of the Laplacian"), True),
        ("brightness", words("Brightness"), words("mean grey, 0 … 255"), False),
        ("contrast", words("Contrast"), words("standard deviation of grey"), False),
    ):
        values = np.array([getattr(entry, name) for entry in measured])
        figure = _histogram(name, title, np.maximum(values, 0.1) if log else values, axis, log)
        rows = [[entry.item, round(getattr(entry, name), 3)] for entry in measured]
        found.figures.append(Figure(name, title, figure.svg, ("item", name), rows, _worst_note(name, words)))
    found.tables.append(_worst(facts, measured, words))
    if failed:
        names = _names(facts, list(failed)[:20])
        found.tables.append(Table([words("Cannot be read"), words("Why")], [[names[i], failed[i]] for i in list(failed)[:20]]))  # fmt: skip
    return found


def doubles(facts: Facts, groups: Sequence[Sequence[int]], words: Words) -> Section | None:
    """Pictures that are nearly the same, and whether they straddle splits."""
    if not groups:
        return None
    names = _names(facts, [item for group in groups[:40] for item in group])
    split = dict(facts.ask("SELECT id, coalesce(split, '') FROM item"))
    rows = []
    for group in groups[:40]:
        where = sorted({split[item] or words("none") for item in group})
        shown = ", ".join(names[item] for item in group[:6]) + (f" … (+{len(group) - 6})" if len(group) > 6 else "")
        rows.append([len(group), shown, (", ".join(where), "bad" if len(where) > 1 else "")])
    text = words(
        "Nearly equal pictures in different splits make a model look better than it is; keep them in one group."
    )
    return Section("doubles", words("Nearly equal pictures"), text, tables=[Table([words("Number"), words("Pictures"), words("Split")], rows)])  # fmt: skip


def drift(found: Sequence[tuple[Import, Import, list[Drift]]], words: Words) -> Section | None:
    """What changed from import to import."""
    if not found:
        return None
    text = words(
        "Each import is compared with all before it. PSI (population stability index) below {0}: the same; up to {1}:"
        " slightly different; above: clearly different, so a model that learnt from the earlier items may fail on the later"
        " ones. KS is the largest distance of the two distributions, p how likely it is by chance.", SLIGHT, STRONG,
    )  # fmt: skip
    kinds = {"none": ("no", "good"), "slight": ("slight", "warning"), "strong": ("strong", "bad")}
    rows = [
        [f"{one.name} · {local(one.created)} · {one.items}", words(entry.name), _figure(entry.before), _figure(entry.after),
         f"{entry.psi:.3f}", _figure(entry.ks), _p(entry.p), (words(kinds[entry.verdict][0]), kinds[entry.verdict][1])]
        for _, one, entries in found for entry in entries
    ]  # fmt: skip
    heads = ["Import", "Measure", "Median before", "Median now", "PSI", "KS", "p", "Drift"]
    section = Section(
        "drift", words("Drift between imports"), text, tables=[Table([words(head) for head in heads], rows)]
    )
    _, _, entries = found[-1]
    title = words("PSI of the last import")
    section.figures.append(
        Figure("drift", title, svg.bars(title, [(words(e.name), round(e.psi, 3), "") for e in entries], lambda value: f"{value:.3f}"),
               ("measure", "psi", "ks", "p", "verdict"), [[e.name, e.psi, e.ks, e.p, e.verdict] for e in entries])
    )  # fmt: skip
    return section


def _histogram(name: str, title: str, values: NDArray[np.float64], axis: str, log: bool) -> Figure:
    low, high = float(values.min()), float(values.max())
    if log:
        edges = np.geomspace(max(low, 1e-3), max(high, low * 1.01, 1e-3) * 1.001, 25)
    else:
        edges = np.linspace(low, high if high > low else low + 1, 25)
    counts = np.histogram(values, edges)[0]
    rows = [
        [round(float(a), 4), round(float(b), 4), int(n)] for a, b, n in zip(edges[:-1], edges[1:], counts, strict=True)
    ]
    return Figure(name, title, svg.columns(title, edges.tolist(), [("", counts.tolist())], axis, log=log), ("from", "to", "count"), rows)  # fmt: skip


def _edges_whole(low: int, high: int) -> list[float]:
    step = max(1, math.ceil((high - low) / 30))
    return [float(value) for value in range(low, high + step, step)]


def _ratio(facts: Facts) -> float:
    found = facts.ask("SELECT median(height / width) FROM item WHERE width > 0 AND height > 0")[0][0]
    return min(2.0, max(0.4, float(found or 1.0)))


def _worst_note(name: str, words: Words) -> str:
    return words("Low values are blurred, or have nothing on them.") if name == "sharpness" else ""


def _worst(facts: Facts, measured: Sequence[Measured], words: Words) -> Table:
    """The pictures at the ends: least sharp, darkest, brightest, flattest."""
    rows: list[list[Any]] = []
    ends = (("least sharp", "sharpness", 1), ("darkest", "dark", -1), ("brightest", "bright", -1), ("least contrast", "contrast", 1))  # fmt: skip
    for head, key, sign in ends:
        for entry in sorted(measured, key=lambda one: (sign * asdict(one)[key], one.item))[:3]:
            value = asdict(entry)[key]
            shown = f"{value:.0%}" if key in ("dark", "bright") else f"{value:.1f}"
            if key not in ("dark", "bright") or value > 0.05:
                rows.append([words(head), _names(facts, [entry.item])[entry.item], shown])
    return Table([words("Look at"), words("Picture"), words("Value")], rows)


def _names(facts: Facts, items: Sequence[int]) -> dict[int, str]:
    return dict(facts.ask("SELECT id, name FROM item WHERE id IN (SELECT unnest(?::BIGINT[]))", [list(items)]))


def _figure(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.4g}"


def _p(value: float) -> str:
    return "–" if math.isnan(value) else "< 0.001" if value < 0.001 else f"{value:.3f}"
