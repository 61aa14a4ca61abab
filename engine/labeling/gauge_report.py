"""The gauge study and the agreement of a round as one HTML page that prints well."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.data.report import svg
from engine.data.report.page import Figure, Section, Table, page
from engine.data.report.words import Words
from engine.labeling.agreement import Agreement
from engine.labeling.gauge import Decision, Gauge, Pair
from engine.labeling.kappa import Kappa, Share, strength

GRADES = {
    "acceptable": "good",
    "marginal": "warning",
    "unacceptable": "bad",
    "good": "good",
    "fair": "warning",
    "poor": "bad",
}


def gauge_page(found: Gauge, title: str, language: str = "en") -> str:
    """The report of an attribute gauge study, in the order of the AIAG manual's own."""
    words = Words(language)
    cards = [
        (words("Parts"), str(len(found.parts))),
        (words("Appraisers"), str(len(found.appraisers))),
        (words("Trials"), str(found.trials)),
        (words("All agree"), percent(found.between[0].value)),
    ]
    if found.together:
        cards.append((words("All right"), percent(found.together[0].value)))
    parts = [_within(found, words), _between(found, words)]
    if found.versus:
        parts += [_versus(found, words), _decisions(found, words)]
    parts.append(_parts(found, words))
    heading = words("Attribute gauge study: {0}", title)
    method = words("Made {0} by Lineside, after the AIAG manual Measurement Systems Analysis, 4th edition", f"{datetime.now():%Y-%m-%d %H:%M}")  # fmt: skip
    return page(heading, method, cards, parts, words)


def agreement_page(found: Agreement, title: str, names: Mapping[int, str], items: Mapping[int, str], language: str = "en") -> str:  # fmt: skip
    """The report of a round in which people drew shapes."""
    words = Words(language)
    first = found.thresholds[0]
    cards = [
        (words("Items"), str(len(found.items))),
        (words("Persons"), str(len(found.persons))),
        (words("Fleiss’ κ of the items"), number(found.fleiss.value)),
    ]
    grid = [[_f1(found, a, b, first) for b in found.persons] for a in found.persons]
    heading = words("F1 of each pair at IoU {0}", f"{first:g}")
    matrix = Figure("pairs", heading, svg.grid(heading, grid, found.persons, found.persons, numbers=True), ["person", *found.persons],
                    [[who, *map(_cell, row)] for who, row in zip(found.persons, grid, strict=True)])  # fmt: skip
    heads = [
        "Pair",
        "Items",
        "Matched",
        "Only first",
        "Only second",
        "Mean IoU",
        "Same label",
        "κ of shapes",
        "κ of items",
    ]
    rows = [
        [f"{p.first} – {p.second}", p.items, p.matched, p.only_first, p.only_second, number(p.mean_iou),
         percent(p.same_label), _kappa(p.shape_kappa), _kappa(p.item_kappa)]
        for p in found.pairs
    ]  # fmt: skip
    pairs = Section("pairs", words("Pairs"), words("Shapes belong together when they overlap by the IoU; F1 counts those that have the same label too."),
                    [matrix], [Table([words(head) for head in heads], rows)])  # fmt: skip
    labels = [[names.get(label, "?"), *_kappa_cells(kappa, words)] for label, kappa in found.labels.items()]
    by_label = Section("labels", words("Labels"), words("Whether a label is on an item at all (Fleiss’ κ)."),
                       tables=[Table([words("Label"), "κ", words("95 % from"), words("to"), words("Agreement")], labels)])  # fmt: skip
    worst = sorted(found.by_item.items(), key=lambda entry: entry[1])[:30]
    listed = Section("items", words("Items with least agreement"),
                     tables=[Table([words("Item"), "F1"], [[items.get(item, str(item)), number(f1)] for item, f1 in worst])])  # fmt: skip
    made = words("Made {0} by Lineside", f"{datetime.now():%Y-%m-%d %H:%M}")
    return page(words("Agreement: {0}", title), made, cards, [pairs, by_label, listed], words)


def percent(value: float) -> str:
    """84.0 %; – for no number."""
    return "–" if math.isnan(value) else f"{value + 1e-9:.1%}".replace("%", " %")  # 6.25 % is 6.3 %, as in the manual


def number(value: float) -> str:
    """0.863; – for no number."""
    return "–" if math.isnan(value) else f"{value:.3f}"


def _within(found: Gauge, words: Words) -> Section:
    section = Section(
        "within", words("Within appraisers"), words("How often an appraiser rates a part the same in all trials.")
    )
    rows = [[who, *_share_cells(share), *_kappa_cells(kappa, words)] for who, (share, kappa) in found.within.items()]
    section.tables.append(Table(_heads(words), rows))
    section.figures.append(_shares("within", words("Within appraisers"), {who: s for who, (s, _) in found.within.items()}, words))  # fmt: skip
    return section


def _between(found: Gauge, words: Words) -> Section:
    share, kappa = found.between
    text = words("How often all appraisers rate a part the same in all trials, and Cohen’s κ of each pair, trial by trial. κ above 0.75 is good agreement, below 0.40 poor.")  # fmt: skip
    section = Section("between", words("Between appraisers"), text)
    section.tables.append(Table(_heads(words), [[words("all"), *_share_cells(share), *_kappa_cells(kappa, words)]]))
    section.tables.append(_pair_table(found.pairs, words))
    section.tables += [_cross(pair, found.categories) for pair in found.pairs[:10]]
    return section


def _versus(found: Gauge, words: Words) -> Section:
    section = Section("versus", words("Against the reference"), words("How often an appraiser rates a part as the reference in all trials (effectiveness)."))  # fmt: skip
    rows = [[who, *_share_cells(share), *_kappa_cells(kappa, words)] for who, (share, kappa) in found.versus.items()]
    if found.together:
        rows.append([words("all"), *_share_cells(found.together[0]), *_kappa_cells(found.together[1], words)])
    section.tables.append(Table(_heads(words), rows))
    section.tables.append(_pair_table(found.to_reference, words))
    section.figures.append(_shares("versus", words("Against the reference"), {who: s for who, (s, _) in found.versus.items()}, words))  # fmt: skip
    return section


def _decisions(found: Gauge, words: Words) -> Section:
    text = words("Acceptable: effectiveness from 90 %, miss rate up to 2 %, false-alarm rate up to 5 %; marginal: from 80 %, up to 5 %, up to 10 %. “{0}” counts as good.", found.good)  # fmt: skip
    heads = [words(head) for head in ("Appraiser", "Effectiveness", "Miss rate (bad called good)", "False-alarm rate (good called bad)")]  # fmt: skip
    rows = [[who, *_graded(decision, words)] for who, decision in found.decisions.items()]
    return Section("decisions", words("Decisions"), text, tables=[Table(heads, rows)])


def _graded(decision: Decision, words: Words) -> list[tuple[str, str]]:
    verdicts = decision.verdicts()
    cells = []
    for name in ("effectiveness", "miss", "false_alarm"):
        share: Share = getattr(decision, name)
        grade = verdicts[name]
        shown = f"{percent(share.value)} ({share.matched} / {share.of})"
        cells.append((f"{shown} {words(grade)}" if grade else shown, GRADES.get(grade, "")))
    return cells


def _parts(found: Gauge, words: Words) -> Section:
    rows = [
        [who, ", ".join(found.mixed.get(who, ())) or "–", ", ".join(found.wrong.get(who, ())) or "–"]
        for who in found.appraisers
    ]
    heads = [words("Appraiser"), words("Rated one way and another"), words("Wrong in all trials")]
    return Section("parts", words("Parts to look at"), tables=[Table(heads, rows)])


def _heads(words: Words) -> list[str]:
    return [words(head) for head in ("Appraiser", "Parts", "Same", "Share", "95 % from", "to", "Fleiss’ κ", "κ 95 % from", "to", "Agreement")]  # fmt: skip


def _share_cells(share: Share) -> list[Any]:
    return [share.of, share.matched, percent(share.value), percent(share.low), percent(share.high)]


def _kappa_cells(kappa: Kappa, words: Words) -> list[Any]:
    grade = strength(kappa.value)
    return [
        number(kappa.value),
        number(kappa.low),
        number(kappa.high),
        (words(grade) if grade else "–", GRADES.get(grade, "")),
    ]


def _kappa(kappa: Kappa) -> tuple[str, str]:
    return number(kappa.value), GRADES.get(strength(kappa.value), "")


def _pair_table(pairs: tuple[Pair, ...], words: Words) -> Table:
    heads = [words(head) for head in ("Pair", "Cohen’s κ", "95 % from", "to", "Agreement")]
    return Table(
        heads, [[f"{p.first} – {p.second or words('reference')}", *_kappa_cells(p.kappa, words)] for p in pairs]
    )


def _cross(pair: Pair, categories: tuple[str, ...]) -> Table:
    rows = [[f"{pair.first}: {name}", *row, sum(row)] for name, row in zip(categories, pair.table, strict=True)]
    return Table([f"{pair.first} × {pair.second}", *(f"{pair.second}: {name}" for name in categories), "Σ"], rows)


def _shares(name: str, title: str, shares: Mapping[str, Share], words: Words) -> Figure:
    """A bar with its 95 % interval for each appraiser."""
    drawing = svg.Drawing(height=30 * len(shares) + 40, title=title)
    left, room = 176.0, drawing.width - 220
    for tick in range(0, 101, 20):
        x = left + room * tick / 100
        drawing.line(x, 8, x, 30 * len(shares) + 10)
        drawing.text(x, 30 * len(shares) + 28, f"{tick} %", "middle", "q")
    for row, (who, share) in enumerate(shares.items()):
        y = 12 + 30 * row
        value = 0.0 if math.isnan(share.value) else share.value
        drawing.text(168, y + 14, who, "end", room=160)
        drawing.rect(left + room * share.low, y + 7, room * (share.high - share.low), 6, "a", f"{percent(share.low)} – {percent(share.high)}", opacity=0.3)  # fmt: skip
        drawing.rect(left + room * value - 3, y + 3, 6, 14, "a", percent(share.value))
    rows = [[who, share.matched, share.of, share.low, share.high] for who, share in shares.items()]
    return Figure(name, title, drawing.svg(), ("appraiser", "matched", "of", "low", "high"), rows, words("The bar is the 95 % interval."))  # fmt: skip


def _cell(value: float) -> float | str:
    return "" if math.isnan(value) else value


def _f1(found: Agreement, a: str, b: str, threshold: float) -> float:
    if a == b:
        return 1.0
    pair = next((p for p in found.pairs if {p.first, p.second} == {a, b}), None)
    return round(pair.f1[threshold], 3) if pair else math.nan
