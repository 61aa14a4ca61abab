"""What a model is expected to do, as a TOML file, and whether it does (docs/expectations.md)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from engine.errors import BadInput
from engine.evaluation.compare import Comparison
from engine.evaluation.outcomes import LOWER_IS_BETTER, Value
from engine.evaluation.robustness import Robustness
from engine.evaluation.slices import Group

Numbers = dict[str, float]
WITHOUT_BAD = (
    "accuracy",
    "macro_f1",
    "pixel_accuracy",
    "exact",
)  # of a split without bad items: the share of good ones alone


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Limits(_Strict):
    """Bounds of figures by their names."""

    at_least: Numbers = Field(default_factory=dict)
    at_most: Numbers = Field(default_factory=dict)


class SliceLimits(Limits):
    """Bounds for groups of items: of `group` alone, or of every group with `min_items` items or more."""

    by: str
    group: str | None = None
    min_items: PositiveInt = 1


class Latency(_Strict):
    """Milliseconds of the network alone for one image, as the export measured it on this machine."""

    at_most_ms: float = Field(gt=0)
    precision: str | None = None


class Against(_Strict):
    """How much worse than another model each figure may be, and how many items may have more mistakes."""

    model: str
    worse_by: Numbers = Field(default_factory=dict)
    items: int | None = Field(default=None, ge=0)


class Expectations(Limits):
    """A whole file; see docs/expectations.md."""

    split: Literal["train", "val", "test"] = "test"
    precision: str = "torch"
    threshold: float | str = "model"
    certain: bool = False
    good_alone: bool = False
    label: dict[str, Limits] = Field(default_factory=dict)
    slice: list[SliceLimits] = Field(default_factory=list)
    latency: Latency | None = None
    holds: Numbers = Field(default_factory=dict)
    against: Against | None = None


@dataclass(frozen=True)
class Verdict:
    """One expectation.

    Attributes:
        part: what of the split it is about: empty for all of it, a label, a group, or another model.
        figure: its name, or "latency_ms", "items", or a disturbance.
        kind: "at_least", "at_most", "holds" or "worse_by".
        found: None where it is not known.
        reason: why it is not met, where the figures do not say it: "cannot_tell", "nothing_bad", "not_measured", "breaks".
        at: the end of the interval that was judged, or the level at which the model breaks.
        items: keys of the items behind a failure, where there are some.
    """

    part: str
    figure: str
    kind: str
    bound: float
    found: float | None
    passed: bool
    reason: str = ""
    at: float | None = None
    items: tuple[int, ...] = ()

    @property
    def what(self) -> str:
        """Part and figure."""
        return ": ".join(filter(None, (self.part, self.figure)))

    @property
    def asked(self) -> str:
        """Kind and bound."""
        words = {"at_least": "at least", "at_most": "at most", "holds": "holds to", "worse_by": "worse by at most"}
        return f"{words[self.kind]} {self.bound:g}"

    @property
    def note(self) -> str:
        """Why it is not met, or what was judged."""
        if self.reason == "breaks":
            return f"breaks at {self.at:g}"
        reasons = {
            "cannot_tell": "this split cannot tell", "not_measured": "not measured: lineside export, evaluate or robustness",
            "nothing_bad": "no bad item to judge by; evaluate a split that has some, or allow it with good_alone = true",
        }  # fmt: skip
        return reasons.get(self.reason, "" if self.at is None else f"95 %: {self.at:.4g}")


@dataclass(frozen=True)
class Found:
    """What is known of a model; None: not measured.

    Attributes:
        figures: of the whole split, with intervals where there are some.
        labels: of each label.
        slices: the groups of each slice, in the order of the file.
        latency_ms: with the precision that it is of.
        robustness: holds every disturbance that is asked for.
        comparison: from the other model to this one.
        bad: keys of the bad items of the split; None where the task does not tell bad from good.
    """

    figures: Mapping[str, Value]
    labels: Mapping[str, Mapping[str, float | None]]
    slices: Sequence[Sequence[Group]] = ()
    latency_ms: float | None = None
    robustness: Robustness | None = None
    comparison: Comparison | None = None
    bad: frozenset[int] | None = None


def read_expectations(path: Path) -> Expectations:
    """Read a file of expectations.

    Raises:
        BadInput: it cannot be read, is not TOML, has a key or a value that is not known, or asks for nothing.
    """
    from engine.evaluation.disturbances import named

    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is not text in UTF-8'}."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path} is not TOML: {error}.") from error
    try:
        found = Expectations.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        reason = "there is no such key" if first["type"] == "extra_forbidden" else first["msg"]
        raise BadInput(f"{path}: {place}: {reason}; docs/expectations.md tells what can be asked.") from error
    if not any(_asked(found)):
        raise BadInput(f"{path} expects nothing; write for example: [at_least] map50 = 0.9")
    named(list(found.holds))
    return found


def judge(wanted: Expectations, found: Found) -> list[Verdict]:
    """Hold what is known of a model against what is expected, one verdict each; what is not known is not met.

    Nor is a figure that good items alone make up (`WITHOUT_BAD`) where there is no bad one: a model that calls everything
    good would meet it. `good_alone` allows that.

    Raises:
        BadInput: a figure, a label or a group that there is not.
    """
    alone = found.bad is not None and not found.bad and not wanted.good_alone
    verdicts = list(_limits("", wanted, found.figures, wanted.certain, alone))
    for label, limits in wanted.label.items():
        if label not in found.labels:
            raise BadInput(f"There is no label “{label}”; there are: {', '.join(found.labels)}.")
        values = {name: Value(value=value, low=None, high=None) for name, value in found.labels[label].items()}
        verdicts += _limits(label, limits, values, certain=False, alone=alone)
    for limits, groups in zip(wanted.slice, found.slices, strict=True):
        verdicts += _slice(limits, groups, wanted, found.bad)
    if wanted.latency is not None:
        verdicts.append(_latency(wanted.latency, found.latency_ms))
    verdicts += [_holds(name, level, found.robustness, alone) for name, level in wanted.holds.items()]
    if wanted.against is not None:
        verdicts += _against(wanted.against, found.comparison, alone)
    return verdicts


def _asked(wanted: Expectations) -> Iterator[bool]:
    limits: list[Limits] = [wanted, *wanted.label.values(), *wanted.slice]
    yield from (bool(one.at_least or one.at_most) for one in limits)
    yield from (wanted.latency is not None, bool(wanted.holds))
    yield wanted.against is not None and bool(wanted.against.worse_by or wanted.against.items is not None)


def _limits(
    part: str, limits: Limits, values: Mapping[str, Value], certain: bool, alone: bool, items: Sequence[int] = ()
) -> Iterator[Verdict]:
    """`alone`: what is judged has good items only, which is not allowed."""
    for kind, bounds, sign, end in (("at_least", limits.at_least, 1, "low"), ("at_most", limits.at_most, -1, "high")):
        for name, bound in bounds.items():
            if name not in values:
                raise BadInput(f"There is no figure “{name}” here; there are: {', '.join(values)}.")
            value = values[name]["value"]
            at = values[name][end] if certain else None
            judged = value if at is None else at
            unfounded = alone and name in WITHOUT_BAD
            passed = judged is not None and (judged - bound) * sign >= -1e-9 and not unfounded
            reason = "cannot_tell" if value is None else "nothing_bad" if unfounded else ""
            yield Verdict(part, name, kind, bound, value, passed, reason, at, () if passed else tuple(items))


def _slice(
    limits: SliceLimits, groups: Sequence[Group], wanted: Expectations, bad: frozenset[int] | None
) -> Iterator[Verdict]:
    chosen = [group for group in groups if limits.group in (None, group.name)]
    if not chosen:
        there = ", ".join(group.name for group in groups)
        raise BadInput(f"Grouping by “{limits.by}” gives no group “{limits.group}”; there are: {there}.")
    for group in chosen:
        if group.count >= limits.min_items:
            alone = bad is not None and bad.isdisjoint(group.items) and not wanted.good_alone
            part = f"{limits.by} = {group.name}"
            yield from _limits(part, limits, group.figures, wanted.certain, alone, group.items)


def _latency(wanted: Latency, found: float | None) -> Verdict:
    passed = found is not None and found <= wanted.at_most_ms
    reason = "not_measured" if found is None else ""
    return Verdict("", "latency_ms", "at_most", wanted.at_most_ms, found, passed, reason)


def _holds(name: str, level: float, found: Robustness | None, alone: bool) -> Verdict:
    """Levels are compared by how far they lie along the disturbance: 0.55 × is more than 0.7 × where it gets darker."""
    strain = next((one for one in found.strains if one.name == name), None) if found is not None else None
    if found is None or strain is None:
        return Verdict("", name, "holds", level, None, False, "not_measured")
    if alone and found.main in WITHOUT_BAD:
        return Verdict("", name, "holds", level, strain.holds_to, False, "nothing_bad")
    falling = strain.levels[-1].level < strain.levels[0].level
    beyond = [one for one in strain.levels if (one.level <= level if falling else one.level >= level)]
    if not beyond:
        raise BadInput(f"{name} is measured to {strain.levels[-1].level:g} {strain.unit} only, not to {level:g}.")
    judged = [one for one in strain.levels if one not in beyond] + beyond[:1]
    lost = next((one for one in judged if one.level == strain.breaks_at), None)
    if lost is None:
        return Verdict("", name, "holds", level, strain.holds_to, True)
    return Verdict("", name, "holds", level, strain.holds_to, False, "breaks", lost.level, tuple(lost.worse))


def _against(wanted: Against, found: Comparison | None, alone: bool) -> Iterator[Verdict]:
    if found is None:
        yield Verdict(wanted.model, "items", "at_most", wanted.items or 0, None, False, "not_measured")
        return
    changes, items = {figure.name: figure.change for figure in found.figures}, [one.item_key for one in found.worse]
    for name, allowed in wanted.worse_by.items():
        if name not in changes:
            raise BadInput(f"There is no figure “{name}” to compare; there are: {', '.join(changes)}.")
        change = changes[name]
        worse = None if change is None else change if name in LOWER_IS_BETTER else -change
        unfounded = alone and name in WITHOUT_BAD
        passed = worse is not None and worse <= allowed + 1e-9 and not unfounded
        reason = "cannot_tell" if worse is None else "nothing_bad" if unfounded else ""
        yield Verdict(
            wanted.model, name, "worse_by", allowed, worse, passed, reason, None, () if passed else tuple(items)
        )
    if wanted.items is not None:
        passed = len(items) <= wanted.items
        found_items = () if passed else tuple(items)
        yield Verdict(wanted.model, "items", "at_most", wanted.items, len(items), passed, "", None, found_items)


def values_of(summary: Mapping[str, Any], told: Mapping[str, Value]) -> dict[str, Value]:
    """All figures of an evaluation, with the intervals of those that were told by item."""
    plain = {name: Value(value=value, low=None, high=None) for name, value in summary["metrics"].items()}
    return {name: {**value, **{end: told[name][end] for end in ("low", "high")}} if name in told else value
            for name, value in plain.items()}  # fmt: skip
