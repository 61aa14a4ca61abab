"""Attribute gauge study: how well appraisers agree with themselves, with each other and with the reference.

After the AIAG manual Measurement Systems Analysis, 4th edition (2010), chapter III section C: cross-tabulation with
Cohen's κ, effectiveness with exact intervals, miss rate and false-alarm rate; Fleiss' κ beside it.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from engine.errors import BadInput
from engine.labeling.kappa import Kappa, Share, cohen, counts_of, crosstab, fleiss, mean_fleiss, share

LIMITS = {"effectiveness": (0.90, 0.80), "miss": (0.02, 0.05), "false_alarm": (0.05, 0.10)}  # acceptable, marginal
COLUMNS = ("part", "appraiser", "trial", "rating", "reference")


@dataclass(frozen=True)
class Rating:
    """What an appraiser said of a part in a trial (counted from 1)."""

    part: str
    appraiser: str
    trial: int
    value: str


@dataclass(frozen=True)
class Pair:
    """Two raters, trial by trial: their table (rows: the first) and Cohen's κ."""

    first: str
    second: str
    table: tuple[tuple[int, ...], ...]
    kappa: Kappa

    def to_json(self) -> dict[str, Any]:
        """For reports."""
        return {"first": self.first, "second": self.second, "table": self.table, "kappa": self.kappa.to_json()}


@dataclass(frozen=True)
class Decision:
    """How good an appraiser's decisions are, with what the manual calls each: acceptable, marginal, unacceptable.

    Attributes:
        miss: bad parts that were called good, of all looks at bad parts (漏检).
        false_alarm: good parts that were called bad, of all looks at good parts (过杀).
    """

    effectiveness: Share
    miss: Share
    false_alarm: Share

    def verdicts(self) -> dict[str, str]:
        """Each figure's verdict."""
        values = {"effectiveness": self.effectiveness, "miss": self.miss, "false_alarm": self.false_alarm}
        return {name: verdict(name, value.value) for name, value in values.items()}

    def to_json(self) -> dict[str, Any]:
        """For reports."""
        shares = {name: getattr(self, name).to_json() for name in ("effectiveness", "miss", "false_alarm")}
        return shares | {"verdicts": self.verdicts()}


@dataclass(frozen=True)
class Gauge:
    """A study's result; what needs a reference is empty without one.

    Attributes:
        within: share of parts that an appraiser rates the same in all trials, and Fleiss' κ over the trials.
        between: the same over all appraisers and trials.
        versus: share of parts that an appraiser rates as the reference in all trials, and κ against it.
        together: the same for all appraisers.
        pairs, to_reference: cross-tabulations with Cohen's κ.
        mixed: appraiser → parts rated one way and another; wrong: appraiser → parts rated wrongly in all trials.
    """

    parts: tuple[str, ...]
    appraisers: tuple[str, ...]
    trials: int
    categories: tuple[str, ...]
    good: str
    within: Mapping[str, tuple[Share, Kappa]]
    between: tuple[Share, Kappa]
    pairs: tuple[Pair, ...]
    versus: Mapping[str, tuple[Share, Kappa]] = field(default_factory=dict)
    together: tuple[Share, Kappa] | None = None
    to_reference: tuple[Pair, ...] = ()
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    mixed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    wrong: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """For the command line and the report."""
        return {
            "parts": len(self.parts), "appraisers": list(self.appraisers), "trials": self.trials,
            "categories": list(self.categories), "good": self.good,
            "within": {name: _both(found) for name, found in self.within.items()},
            "between": _both(self.between),
            "versus": {name: _both(found) for name, found in self.versus.items()},
            "together": _both(self.together) if self.together else None,
            "pairs": [pair.to_json() for pair in self.pairs],
            "to_reference": [pair.to_json() for pair in self.to_reference],
            "decisions": {name: found.to_json() for name, found in self.decisions.items()},
            "mixed": {name: list(parts) for name, parts in self.mixed.items()},
            "wrong": {name: list(parts) for name, parts in self.wrong.items()},
        }  # fmt: skip


def _both(found: tuple[Share, Kappa]) -> dict[str, Any]:
    return {"agreement": found[0].to_json(), "kappa": found[1].to_json()}


def verdict(name: str, value: float) -> str:
    """What the manual says of a figure: acceptable, marginal or unacceptable; "" for no number."""
    if math.isnan(value):
        return ""
    best, least = LIMITS[name]
    sign = 1 if name == "effectiveness" else -1
    return (
        "acceptable" if sign * value >= sign * best else "marginal" if sign * value >= sign * least else "unacceptable"
    )


def study(ratings: Iterable[Rating], reference: Mapping[str, str] | None = None, good: str = "") -> Gauge:
    """Evaluate a study in which each appraiser rated each part equally often.

    Args:
        ratings: all ratings, in any order.
        reference: the true rating of each part.
        good: which rating means "good"; default: one named so ("ok", "good", "pass", "1"), else the commonest.

    Raises:
        BadInput: there are no two ratings to compare, some are missing or there twice, or nothing is called `good`; the
            message names the first.
    """
    table = _table(ratings)
    parts, appraisers, trials = _complete(table)
    truth = dict(reference or {})
    known = [part for part in parts if part in truth]
    values = [value for by in table.values() for said in by.values() for value in said]
    categories = tuple(sorted({*values, *(truth[part] for part in known)}))
    if good and good not in categories:
        raise BadInput(f"Nothing is rated “{good}” here; good is one of: {', '.join(categories)}.")
    if truth and len(known) < len(parts):
        missing = next(part for part in parts if part not in truth)
        raise BadInput(f"The part “{missing}” has no reference; give all parts one, or none.")
    rated = {who: [table[part][who] for part in parts] for who in appraisers}
    everyone = [[value for who in appraisers for value in table[part][who]] for part in parts]
    found = Gauge(
        parts, appraisers, trials, categories, good or _good(categories, values),
        within={who: (_same(rated[who]), fleiss(counts_of(rated[who], categories))) for who in appraisers},
        between=(_same(everyone), fleiss(counts_of(everyone, categories))),
        pairs=tuple(_pair(a, b, rated[a], rated[b], categories) for a, b in combinations(appraisers, 2)),
        mixed={who: tuple(p for p, v in zip(parts, rated[who], strict=True) if len(set(v)) > 1) for who in appraisers},
    )  # fmt: skip
    return _with_reference(found, rated, everyone, [truth[part] for part in parts]) if truth else found


def read_study(path: Path) -> tuple[list[Rating], dict[str, str]]:
    """Ratings and reference of a CSV file with the columns part, appraiser, trial, rating and perhaps reference.

    Raises:
        BadInput: it cannot be read, lacks a column, or gives a part two references; the message names the line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path} cannot be read as a CSV file: {error}.") from error
    missing = [name for name in COLUMNS[:4] if rows and name not in rows[0][1]]
    if missing or not rows:
        raise BadInput(f"{path} needs rows with the columns {', '.join(COLUMNS)} (the last may be left out).")
    ratings, truth = list[Rating](), dict[str, str]()
    for number, row in rows:
        try:
            rating = Rating(row["part"].strip(), row["appraiser"].strip(), int(row["trial"]), row["rating"].strip())
            if not (rating.part and rating.appraiser and rating.value):
                raise ValueError
        except (ValueError, AttributeError, TypeError) as error:
            raise BadInput(f"{path}, line {number}: the trial must be a whole number and no cell empty.") from error
        ratings.append(rating)
        if (said := (row.get("reference") or "").strip()) and truth.setdefault(rating.part, said) != said:
            raise BadInput(f"{path}, line {number}: the part “{rating.part}” has two references.")
    return ratings, truth


def _table(ratings: Iterable[Rating]) -> dict[str, dict[str, list[str]]]:
    """Part → appraiser → values in the order of the trials."""
    table: dict[str, dict[str, dict[int, str]]] = {}
    for rating in ratings:
        said = table.setdefault(rating.part, {}).setdefault(rating.appraiser, {})
        if rating.trial in said:
            raise BadInput(f"{rating.appraiser} rated the part “{rating.part}” twice in trial {rating.trial}; count the trials from 1.")  # fmt: skip
        said[rating.trial] = rating.value
    return {part: {who: [said[at] for at in sorted(said)] for who, said in by.items()} for part, by in table.items()}


def _complete(table: Mapping[str, Mapping[str, Sequence[str]]]) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    parts = tuple(table)
    appraisers = tuple(sorted({who for by in table.values() for who in by}))
    trials = max((len(said) for by in table.values() for said in by.values()), default=0)
    for part in parts:
        for who in appraisers:
            if len(table[part].get(who, ())) != trials:
                said = len(table[part].get(who, ()))
                raise BadInput(
                    f"{who} rated the part “{part}” {said} of {trials} times; a study needs all ratings of all parts."
                )
    if len(appraisers) * trials < 2:
        raise BadInput("There is nothing to compare: a study needs two appraisers, or one who rates twice.")
    return parts, appraisers, trials


def _good(categories: Sequence[str], values: Sequence[str]) -> str:
    named = [name for name in categories if name.casefold() in ("ok", "good", "pass", "1", "合格", "良品")]
    return named[0] if named else max(categories, key=values.count)


def _same(rated: Sequence[Sequence[str]]) -> Share:
    return share(sum(len(set(values)) == 1 for values in rated), len(rated))


def _pair(
    first: str, second: str, a: Sequence[Sequence[str]], b: Sequence[Sequence[str]], categories: Sequence[str]
) -> Pair:
    table = crosstab([v for values in a for v in values], [v for values in b for v in values], categories)
    return Pair(first, second, tuple(tuple(int(n) for n in row) for row in table), cohen(table))


def _with_reference(
    found: Gauge, rated: Mapping[str, Sequence[Sequence[str]]], everyone: Sequence[Sequence[str]], truth: Sequence[str]
) -> Gauge:
    from dataclasses import replace

    repeated = [[value] * found.trials for value in truth]
    all_pairs = tuple(_pair(who, "", rated[who], repeated, found.categories) for who in found.appraisers)
    return replace(
        found,
        versus={who: (_right(rated[who], truth), _against(rated[who], truth, found.categories)) for who in rated},
        together=(_right(everyone, truth), _against(everyone, truth, found.categories)),
        to_reference=all_pairs,
        decisions={who: _decision(rated[who], truth, found.good) for who in rated},
        wrong={
            who: tuple(
                part
                for part, said, true in zip(found.parts, values, truth, strict=True)
                if len(set(said)) == 1 and said[0] != true
            )
            for who, values in rated.items()
        },
    )


def _right(rated: Sequence[Sequence[str]], truth: Sequence[str]) -> Share:
    return share(sum(set(said) == {true} for said, true in zip(rated, truth, strict=True)), len(truth))


def _against(rated: Sequence[Sequence[str]], truth: Sequence[str], categories: Sequence[str]) -> Kappa:
    """The mean over the looks of Fleiss' κ of one look with the reference."""
    looks = range(len(rated[0]))
    return mean_fleiss(
        [counts_of([(said[at], true) for said, true in zip(rated, truth, strict=True)], categories) for at in looks]
    )


def _decision(rated: Sequence[Sequence[str]], truth: Sequence[str], good: str) -> Decision:
    looks = [(value, true) for said, true in zip(rated, truth, strict=True) for value in said]
    bad = [value for value, true in looks if true != good]
    fine = [value for value, true in looks if true == good]
    return Decision(
        _right(rated, truth),
        share(sum(value == good for value in bad), len(bad)),
        share(sum(value != good for value in fine), len(fine)),
    )
